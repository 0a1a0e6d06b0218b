/** Values with their dictionary beside them, for types that have none of their own. */
import { checkSpace, type Differentiable, differentiable, type Space } from './differentiable.ts'

/** The dictionary of boxes, by that of what is in them: one for each, so that two boxes are of one type if these are. */
const ofBoxes = new WeakMap<Space, Differentiable<Boxed<unknown>>>()

function spaceOfBoxes(space: Space): Differentiable<Boxed<unknown>> {
  const known = ofBoxes.get(space)
  if (known !== undefined) return known
  const box = (value: unknown): Boxed<unknown> => new Boxed(value, space)
  const made: Differentiable<Boxed<unknown>> = {
    zero: like => box(space.zero(like.value)),
    one: like => box(space.one(like.value)),
    add: (a, b) => box(space.add(a.value, b.value)),
  }
  if (space.scale !== undefined) made.scale = (factor, a) => box(space.scale?.(factor, a.value))
  if (space.map !== undefined) {
    made.map = (f, a, ...others) => box(space.map?.(f, a.value, ...others.map(b => b.value)))
  }
  if (space.inner !== undefined) made.inner = (a, b) => space.inner?.(a.value, b.value) ?? NaN
  if (space.fits !== undefined) made.fits = (like, cotangent) => space.fits?.(like.value, cotangent.value) ?? true
  if (space.random !== undefined) made.random = (like, random) => box(space.random?.(like.value, random))
  ofBoxes.set(space, made)
  return made
}

/**
 * A value that is one leaf, with the dictionary by which it is differentiated. Made by `boxed`.
 *
 * @example
 * ```ts
 * const budget: Boxed<bigint> = boxed(5n, { zero: () => 0n, one: () => 1n, add: (a, b) => a + b })
 * budget.value // → 5n
 * ```
 */
export class Boxed<T> {
  /** The value. */
  readonly value: T
  /** The dictionary of the value. */
  readonly space: Differentiable<T>

  /** The same as `boxed(value, space)`: new Boxed(value, space).value = value. @sameAs boxed */
  constructor(value: T, space: Differentiable<T>) {
    checkSpace('boxed', space)
    this.value = value
    this.space = space
  }

  /** The dictionary of such boxes. */
  get [differentiable](): Differentiable<Boxed<T>> {
    return spaceOfBoxes(this.space) as Differentiable<Boxed<T>>
  }
}

/**
 * A value as one leaf, with a dictionary given by hand: for a type that has none, or for another than its own. A variable
 * holds the box, and so does the gradient. Original: the explicit-dictionary forms, `Summer` and `Unity`, `ZeroFunc` and its
 * relatives.
 *
 * @param value the value
 * @param space the dictionary; one object for all values of the type
 * @shape T, its dictionary → a leaf
 * @throws {UsageError} when the dictionary lacks a method.
 * @example
 * ```ts
 * const integers: Differentiable<bigint> = { zero: () => 0n, one: () => 1n, add: (a, b) => a + b }
 * const twice = op1((x: Boxed<bigint>) => [boxed(2n * x.value, integers), dz => [boxed(2n * dz.value, integers)]])
 * gradBP((x: Var<Boxed<bigint>>) => twice(x))(boxed(3n, integers)).value // → 2n
 * ```
 */
export function boxed<T>(value: T, space: Differentiable<T>): Boxed<T> {
  return new Boxed(value, space)
}
