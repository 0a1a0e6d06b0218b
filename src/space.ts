/** The vector space of plain values: what optimisers and checks of gradients need, over any structure. */
import { type Space, spaceOf } from './differentiable.ts'
import { StructureMismatchError, UnknownLeafError, UsageError } from './errors.ts'
import { checkLike, mapLeaves, pathText } from './structure.ts'
import { dataOf, type PlainTensor, Tensor, tensorOf } from './tensor.ts'
import type { CastTo, Data, DType } from './types.ts'

/** The same structure with f of each number and element, and `custom` of each value of a user's type. */
function mapValues(
  op: string,
  value: unknown,
  number: (x: number) => number,
  custom: (x: unknown, path: string) => unknown,
): unknown {
  return mapLeaves(value, op, (leaf, path) => {
    if (typeof leaf === 'number') return number(leaf)
    if (leaf instanceof Tensor) return tensorOf(leaf.data.map(number), leaf.shape)
    return custom(leaf, path)
  })
}

/** The dictionary of a leaf. */
function spaceAt(leaf: unknown, path: string): Space {
  const space = spaceOf(leaf)
  if (space === undefined)
    throw new UnknownLeafError(pathText(path), leaf, 'Give plain values: a variable has a .value.')
  return space
}

/** A method that a dictionary need not have. */
function needed<T>(method: T | undefined, name: string, path: string, leaf: unknown): T {
  if (method !== undefined) return method
  const type = (leaf as { constructor?: { name?: string } }).constructor?.name ?? 'the type'
  throw new UsageError(`${pathText(path)}: the dictionary of ${type} has no ${name}, which is needed here. Add it.`)
}

/**
 * Zero in the structure of a value: zeroOf(x) + x = x.
 *
 * @param value a plain value of any structure
 * @shape any → same
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * zeroOf({ w: vector([1, 2]), b: 3, name: 'a' }).w.toArray() // → [0, 0]
 * ```
 */
export function zeroOf<T>(value: T): T {
  return mapValues(
    'zeroOf',
    value,
    () => 0,
    (leaf, path) => spaceAt(leaf, path).zero(leaf),
  ) as T
}

/**
 * One in the structure of a value, 1 for each number: what results are seeded with, oneOf(x) = the gradient of x ↦ x.
 *
 * @param value a plain value of any structure
 * @shape any → same
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * oneOf({ w: vector([1, 2]), b: 3 }).w.toArray() // → [1, 1]
 * ```
 */
export function oneOf<T>(value: T): T {
  return mapValues(
    'oneOf',
    value,
    () => 1,
    (leaf, path) => spaceAt(leaf, path).one(leaf),
  ) as T
}

/** Throws unless two values of a user's type have one form. */
function checkFit(space: Space, leaf: unknown, other: unknown, path: string): void {
  if (space.fits?.(leaf, other) === false)
    throw new StructureMismatchError(pathText(path), 'the values differ in form.')
}

/** Leaves of b that stand where those of a do, in order. */
function pairedLeaves(op: string, a: unknown, b: unknown): unknown[] {
  const leaves: unknown[] = []
  checkLike(a, b, op, (_, leaf) => leaves.push(leaf))
  return leaves
}

/**
 * The sum of two values of one structure, leaf by leaf: addValues(a, b) = a + b. What is static is taken from the first.
 *
 * @param a a plain value of any structure
 * @param b another one
 * @shape two of the same structure → same
 * @throws {StructureMismatchError} when the structures differ.
 * @throws {ShapeMismatchError} when shapes differ.
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * addValues({ x: 1, y: [2] }, { x: 10, y: [20] }) // → { x: 11, y: [22] }
 * ```
 */
export function addValues<T>(a: T, b: NoInfer<T>): T {
  const others = pairedLeaves('addValues', a, b)
  let i = 0
  return mapLeaves(a, 'addValues', (leaf, path) => {
    const other = others[i++]
    if (typeof leaf === 'number') return leaf + (other as number)
    if (leaf instanceof Tensor) {
      const { data } = other as PlainTensor
      return tensorOf(
        leaf.data.map((x, j) => x + (data[j] as number)),
        leaf.shape,
      )
    }
    const space = spaceAt(leaf, path)
    checkFit(space, leaf, other, path)
    return space.add(leaf, other)
  }) as T
}

/**
 * A multiple of a value, leaf by leaf: scaleValue(s, a) = s·a.
 *
 * @param factor the number
 * @param value a plain value of any structure
 * @shape number, any → same
 * @throws {UsageError} when the dictionary of a user's type has no scale.
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * scaleValue(2, { x: 1, y: [2] }) // → { x: 2, y: [4] }
 * ```
 */
export function scaleValue<T>(factor: number, value: T): T {
  return mapValues(
    'scaleValue',
    value,
    x => factor * x,
    (leaf, path) => {
      const space = spaceAt(leaf, path)
      return needed(space.scale?.bind(space), 'scale', path, leaf)(factor, leaf)
    },
  ) as T
}

/** f of the elements at each place. Up to three operands, which is what optimisers have, no array is made for a place. */
function mapElements(
  f: (...numbers: number[]) => number,
  x: Data,
  y: Data | undefined,
  z: Data | undefined,
  more: readonly Data[],
): Data {
  if (y === undefined) return x.map(xi => f(xi))
  if (z === undefined) return x.map((xi, i) => f(xi, y[i] as number))
  if (more.length === 0) return x.map((xi, i) => f(xi, y[i] as number, z[i] as number))
  return x.map((xi, i) => f(xi, y[i] as number, z[i] as number, ...more.map(data => data[i] as number)))
}

/** The numbers at one place. */
type Numbers<Values extends readonly unknown[]> = { [K in keyof Values]: number }

/**
 * A function of the numbers at one place, for each place of several values of one structure: mapNumbers(f, a, b) has
 * f(aᵢ, bᵢ) where a has aᵢ. What is static is taken from the first. With it an optimiser that goes number by number is one
 * expression over any structure.
 *
 * @param f the function: one number for each value
 * @param value a plain value of any structure
 * @param others further ones, of the same structure
 * @shape any number of the same structure → same
 * @throws {UsageError} when the dictionary of a user's type has no map.
 * @throws {StructureMismatchError} when the structures differ.
 * @throws {ShapeMismatchError} when shapes differ.
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * mapNumbers(Math.sqrt, { x: 4, y: [9, 16] }) // → { x: 2, y: [3, 4] }
 * mapNumbers((p, g) => p - 0.5 * g, { x: 1 }, { x: 4 }) // → { x: -1 }
 * ```
 */
export function mapNumbers<T, Others extends readonly NoInfer<T>[]>(
  f: (number: number, ...numbers: Numbers<Others>) => number,
  value: T,
  ...others: Others
): T {
  return mapNumbersOf('mapNumbers', f as (...numbers: number[]) => number, value, others) as T
}

/** @internal The same, with the name that messages begin with. */
export function mapNumbersOf(
  op: string,
  f: (...numbers: number[]) => number,
  value: unknown,
  others: readonly unknown[] = [],
): unknown {
  const pairs = others.map(other => pairedLeaves(op, value, other))
  let place = 0
  return mapLeaves(value, op, (leaf, path) => {
    const rest = pairs.map(leaves => leaves[place])
    place++
    if (typeof leaf === 'number') return f(leaf, ...(rest as number[]))
    if (leaf instanceof Tensor) {
      const [x, y, z, ...more] = [leaf, ...(rest as PlainTensor[])].map(tensor => tensor.data)
      return tensorOf(mapElements(f, x as Data, y, z, more), leaf.shape)
    }
    const space = spaceAt(leaf, path)
    for (const other of rest) checkFit(space, leaf, other, path)
    return needed(space.map?.bind(space), 'map', path, leaf)(f, leaf, ...rest)
  })
}

/**
 * The same value with tensors of another type of elements: castValue('float32', x) has each element of x rounded to float32.
 * Numbers stay float64. In a function of variables take `toFloat32` and `toFloat64`.
 *
 * @param dtype the type of elements that is wanted
 * @param value a plain value of any structure
 * @shape any → same
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * const net = castValue('float32', { w: vector([0.5, 0.1], 2), rate: 0.1 }) // { w: Vector32<2>; rate: number }
 * net.w.toArray() // → [0.5, 0.10000000149011612]
 * net.rate // → 0.1
 * ```
 */
export function castValue<D extends DType, T>(dtype: D, value: T): CastTo<T, D> {
  return mapLeaves(value, 'castValue', (leaf, path) => {
    if (typeof leaf !== 'number' && !(leaf instanceof Tensor)) {
      spaceAt(leaf, path)
      return leaf
    }
    if (typeof leaf === 'number' || leaf.dtype === dtype) return leaf
    const data = dataOf(dtype, leaf.data.length)
    data.set(leaf.data)
    return tensorOf(data, leaf.shape)
  }) as CastTo<T, D>
}

/**
 * The inner product of two values of one structure: ⟨a, b⟩ = Σ aᵢ·bᵢ over all numbers, elements and leaves of users'
 * types.
 *
 * @param a a plain value of any structure
 * @param b another one
 * @shape two of the same structure → number
 * @throws {UsageError} when the dictionary of a user's type has no inner.
 * @throws {StructureMismatchError} when the structures differ.
 * @throws {ShapeMismatchError} when shapes differ.
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * innerProduct({ x: 2, y: vector([3, 4]) }, { x: 5, y: vector([6, 7]) }) // → 56
 * ```
 */
export function innerProduct<T>(a: T, b: NoInfer<T>): number {
  let total = 0
  checkLike(a, b, 'innerProduct', (leaf, other) => {
    if (typeof leaf === 'number') total += leaf * (other as number)
    else if (leaf instanceof Tensor) {
      const x = leaf.data
      const y = (other as PlainTensor).data
      for (let i = 0; i < x.length; i++) total += (x[i] as number) * (y[i] as number)
    } else {
      const space = spaceAt(leaf, 'innerProduct')
      total += needed(space.inner?.bind(space), 'inner', 'innerProduct', leaf)(leaf, other)
    }
  })
  return total
}

/**
 * A random value in the structure of another one, a draw for each number: for directions in which a gradient is checked.
 *
 * @param like a plain value of any structure
 * @param random gives a number at each call
 * @shape any → same
 * @throws {UsageError} when the dictionary of a user's type has no random.
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * randomOf({ x: 1, y: [2] }, () => 0.5) // → { x: 0.5, y: [0.5] }
 * ```
 */
export function randomOf<T>(like: T, random: () => number): T {
  return mapValues(
    'randomOf',
    like,
    () => random(),
    (leaf, path) => {
      const space = spaceAt(leaf, path)
      return needed(space.random?.bind(space), 'random', path, leaf)(leaf, random)
    },
  ) as T
}
