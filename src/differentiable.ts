/** Types of the user's own: what must be known of a type whose values are differentiated, and where it is found. */
import { describe, UsageError } from './errors.ts'

/**
 * The key under which a class says how its instances are differentiated: a `Differentiable`, and an instance is one leaf,
 * held by one `Var`; or `'product'`, and it is gone through field by field, as a record is. A type has one dictionary, the
 * same object for all of its values: by it the type is known.
 *
 * @example
 * ```ts
 * class Money {
 *   readonly cents: number
 *   constructor(cents: number) {
 *     this.cents = cents
 *   }
 *   get [differentiable](): Differentiable<Money> {
 *     return moneySpace
 *   }
 * }
 * const moneySpace: Differentiable<Money> = {
 *   zero: () => new Money(0),
 *   one: () => new Money(1),
 *   add: (a, b) => new Money(a.cents + b.cents),
 * }
 * gradBP((m: Var<Money>) => [m, m])(new Money(250)).cents // → 2
 *
 * class Line {
 *   readonly [differentiable] = 'product'
 *   slope = 2
 *   start = 1
 * }
 * gradBP((line: BVar<Line>) => line.slope.mul(3).add(line.start))(new Line()).slope // → 3
 * ```
 */
export const differentiable: unique symbol = Symbol.for('backprop-wasm.differentiable') as never

/**
 * What must be known of a type T so that its values can be differentiated: a vector space, as far as it is needed. No
 * method changes its arguments. `like` is a value that says which zero is meant, the one of its size for example.
 *
 * Laws (`checkLaws` checks them), with 0 = zero(like):
 *
 * - add is associative and commutative, add(a, zero(a)) = a;
 * - zero(zero(a)) = zero(a), one(one(a)) = one(a): they depend on the form of their argument only;
 * - scale(1, a) = a, scale(0, a) = zero(a), scale(s·t, a) = scale(s, scale(t, a)), and scale is distributive:
 *   scale(s + t, a) = scale(s, a) + scale(t, a), scale(s, a + b) = scale(s, a) + scale(s, b);
 * - map((x, y) ↦ x + y, a, b) = add(a, b), map(x ↦ s·x, a) = scale(s, a), map(() ↦ 0, a) = zero(a);
 * - inner is symmetric and linear in each argument, and inner(a, a) ≥ 0.
 *
 * @example
 * ```ts
 * const counts: Differentiable<Float64Array> = {
 *   zero: like => new Float64Array(like.length),
 *   one: like => new Float64Array(like.length).fill(1),
 *   add: (a, b) => a.map((ai, i) => ai + (b[i] ?? 0)),
 * }
 * ```
 */
export interface Differentiable<T> {
  /**
   * The zero of the form of `like`: add(a, zero(a)) = a. What an unused input has as its gradient.
   *
   * @param like the value whose form it has
   * @returns the zero
   * @throws nothing
   * @example
   * ```ts
   * zeroOf(new Float64Array(2)) // → [0, 0]
   * ```
   */
  zero(like: T): T
  /**
   * The one of the form of `like`: what a result is seeded with, one = gradBP(x ↦ x).
   *
   * @param like the value whose form it has
   * @returns the one
   * @throws nothing
   * @example
   * ```ts
   * oneOf(new Float64Array(2)) // → [1, 1]
   * ```
   */
  one(like: T): T
  /**
   * The sum a + b: what several contributions to a cotangent are combined by.
   *
   * @param a a value
   * @param b another one, of the same form
   * @returns the sum, a new value
   * @throws nothing
   * @example
   * ```ts
   * addValues(Float64Array.of(1, 2), Float64Array.of(3, 4)) // → [4, 6]
   * ```
   */
  add(a: T, b: T): T
  /**
   * factor·a, for optimisers.
   *
   * @param factor a number
   * @param a a value
   * @returns the product, a new value
   * @throws nothing
   * @example
   * ```ts
   * scaleValue(2, Float64Array.of(1, 2)) // → [2, 4]
   * ```
   */
  scale?(factor: number, a: T): T
  /**
   * f of each number of the first value, and of the numbers at the same place in the others, for optimisers that go number
   * by number.
   *
   * @param f the function
   * @param value a value
   * @param others further ones, of the same form
   * @returns the value made of the results
   * @throws nothing
   * @example
   * ```ts
   * mapNumbers((x, y) => x * y, Float64Array.of(1, 2), Float64Array.of(3, 4)) // → [3, 8]
   * ```
   */
  map?(f: (...numbers: number[]) => number, value: T, ...others: T[]): T
  /**
   * The inner product ⟨a, b⟩, for norms and for checks of gradients.
   *
   * @param a a value
   * @param b another one, of the same form
   * @returns the number
   * @throws nothing
   * @example
   * ```ts
   * innerProduct(Float64Array.of(1, 2), Float64Array.of(3, 4)) // → 11
   * ```
   */
  inner?(a: T, b: T): number
  /**
   * Is a cotangent of the form of its value? Where that is more than being of the type, such as a length, an answer `false`
   * makes an error of what would be a wrong gradient.
   *
   * @param like the value
   * @param cotangent what a pullback gave for it
   * @returns whether it fits
   * @throws nothing
   * @example
   * ```ts
   * const fits: Differentiable<Float64Array>['fits'] = (like, cotangent) => like.length === cotangent.length
   * ```
   */
  fits?(like: T, cotangent: T): boolean
  /**
   * A random value of the form of `like`, for directions of checks.
   *
   * @param like the value whose form it has
   * @param random gives a random number, one at each call
   * @returns the value
   * @throws nothing
   * @example
   * ```ts
   * randomOf(new Float64Array(2), () => 0.5) // → [0.5, 0.5]
   * ```
   */
  random?(like: T, random: () => number): T
}

/**
 * Types that are not one's own and have been registered: `registerDifferentiable` at run time, and here, by declaration
 * merging, for the type system: `BVar` of such a type is a `Var`. Types are compared by structure: register classes that
 * no other type fits, those with a private member for example.
 *
 * @example
 * ```ts no-run
 * declare module 'backprop-wasm' {
 *   interface DifferentiableTypes {
 *     Quaternion: Quaternion
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- users add to it
export interface DifferentiableTypes {}

/** A dictionary, whatever its type is. */
export type Space = Differentiable<unknown>

const float64Arrays: Differentiable<Float64Array> = {
  zero: like => new Float64Array(like.length),
  one: like => new Float64Array(like.length).fill(1),
  add: (a, b) => a.map((ai, i) => ai + (b[i] as number)),
  scale: (factor, a) => a.map(ai => factor * ai),
  map: (f, a, ...others) => a.map((ai, i) => f(ai, ...others.map(b => b[i] as number))),
  inner: (a, b) => a.reduce((sum, ai, i) => sum + ai * (b[i] as number), 0),
  fits: (like, cotangent) => like.length === cotangent.length,
  random: (like, random) => like.map(() => random()),
}

/** What has been registered, by prototype. */
const registered = new Map<unknown, Space | 'product'>([[Float64Array.prototype, float64Arrays]])

/**
 * Says how instances of a class are differentiated that is not one's own: registerDifferentiable(Class, dictionary); with
 * `'product'`, field by field. For the type system see `DifferentiableTypes`.
 *
 * @param type the class; its subclasses are included
 * @param how the dictionary, or 'product'
 * @shape class, dictionary → nothing
 * @throws {UsageError} when the class has been registered with something else, or the dictionary lacks a method.
 * @example
 * ```ts
 * class Metres {
 *   #length = 0
 *   static of(length: number): Metres {
 *     const metres = new Metres()
 *     metres.#length = length
 *     return metres
 *   }
 *   get length(): number {
 *     return this.#length
 *   }
 * }
 * registerDifferentiable(Metres, {
 *   zero: () => Metres.of(0),
 *   one: () => Metres.of(1),
 *   add: (a, b) => Metres.of(a.length + b.length),
 * })
 * zeroOf(Metres.of(3)).length // → 0
 * ```
 */
export function registerDifferentiable<T extends object>(
  type: { readonly prototype: T; readonly name: string },
  how: Differentiable<T> | 'product',
): void {
  const prototype: unknown = type.prototype
  if (how !== 'product') checkSpace(`registerDifferentiable(${type.name})`, how)
  const before = registered.get(prototype)
  if (before !== undefined && before !== how) {
    throw new UsageError(`registerDifferentiable: ${type.name} has been registered already, with something else.`)
  }
  registered.set(prototype, how)
}

/** Throws unless it is a dictionary. */
export function checkSpace(what: string, space: unknown): asserts space is Space {
  const missing = missingMethod(space)
  if (missing === undefined) return
  throw new UsageError(`${what}: the dictionary has no ${missing}. Give { zero, one, add }, see Differentiable.`)
}

/** The first method that something lacks to be a dictionary. */
function missingMethod(space: unknown): string | undefined {
  if (typeof space !== 'object' || space === null) return 'zero'
  return ['zero', 'one', 'add'].find(name => typeof (space as Record<string, unknown>)[name] !== 'function')
}

/** How the value says that it is differentiated, or its class does; undefined for what says nothing. */
function howOf(value: object): Space | 'product' | undefined {
  const own = (value as { readonly [differentiable]?: Space | 'product' })[differentiable]
  if (own !== undefined) {
    if (own !== 'product' && missingMethod(own) !== undefined) checkSpace(`[differentiable] of ${describe(value)}`, own)
    return own
  }
  let prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === Array.prototype) return undefined
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const how = registered.get(prototype)
    if (how !== undefined) return how
  }
  return undefined
}

/** The dictionary of a value that is a leaf of a user's type; undefined for any other value. */
export function spaceOf(value: unknown): Space | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const how = howOf(value)
  return how === 'product' ? undefined : how
}

/** Is it an instance of a class that is gone through field by field? */
export function isProduct(value: object): boolean {
  return howOf(value) === 'product'
}
