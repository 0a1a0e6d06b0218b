/**
 * Functions over collections: the elements of a vector, the rows of a matrix, an array, the values of a `Map`. Written with
 * `parts` and `collect`. What JavaScript's arrays do themselves, `xs.map(f)`, `xs.reduce(f, initial)`, `xs.length`, has no
 * second name here.
 */
import { OperandError, ShapeMismatchError } from '../errors.ts'
import type { Tensor, Vector } from '../tensor.ts'
import type { DType, Operand, Shape } from '../types.ts'
import { dtypeOf, shapeOf } from '../apply.ts'
import type { Var } from '../var.ts'
import { collect, type Part, type Parts, parts } from './part.ts'

/** The members of a collection, in order. */
function membersOf(op: string, x: unknown): readonly unknown[] {
  if (Array.isArray(x)) return x
  return x instanceof Map ? Array.from(x.values()) : parts(op, x)
}

/** A collection of the same kind as x, with other members; numbers become elements of the type of x's. */
function withMembers(op: string, x: unknown, members: readonly unknown[]): unknown {
  if (Array.isArray(x)) return members
  return x instanceof Map
    ? new Map(Array.from(x.keys(), (key, i) => [key, members[i]]))
    : collect(op, members, dtypeOf(x))
}

/**
 * y = [f(x₀), f(x₁), …]: a function of one element applied to each element of a vector, each row of a matrix, each value
 * of a `Map`. Pullback: that of what f records. Of an array it is `xs.map(f)`. Original: fmap, vmap.
 *
 * An op takes a whole tensor in one record: `sin(x)`, not `fmap(sin, x)`. This is for what has no op.
 *
 * @param f gives a number or a tensor, of one shape for all, as a variable or a plain value; for a `Map` anything
 * @param x the vector, matrix or `Map`
 * @shape N → N, or N×K where f gives vectors; M×N → M, or M×K
 * @throws {RankError} when x is a number.
 * @throws {ShapeMismatchError} when f gives different shapes.
 * @throws {OperandError} when f gives what is no operand.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * const f = (x: Var<Vector<3>>) => fmap(e => (e.lt(2) ? e : e.mul(e)), x)
 * gradBP(f)(vector([1, 2, 3], 3)).toArray() // → [1, 4, 6]
 * const norms = (a: Var<Matrix<2, 2>>) => fmap(row => dot(row, row).sqrt(), a)
 * evalBP(norms)(matrix([3, 4, 6, 8], 2, 2)).toArray() // → [5, 10]
 * ```
 */
export function fmap<N extends number, R extends Shape, D extends DType>(
  f: (x: Var<Part<R, D>>) => Operand<number>,
  x: Operand<Parts<N, R, D>>,
): Var<Vector<N, D>>
export function fmap<N extends number, R extends Shape, D extends DType, S extends Shape, E extends DType>(
  f: (x: Var<Part<R, D>>) => Operand<Tensor<S, E>>,
  x: Operand<Parts<N, R, D>>,
): Var<Parts<N, S, E>>
export function fmap<K, V, W>(f: (value: V) => W, x: ReadonlyMap<K, V>): Map<K, W>
export function fmap(f: (member: never) => unknown, x: unknown): unknown {
  const members = membersOf('fmap', x)
  return withMembers(
    'fmap',
    x,
    members.map(member => f(member as never)),
  )
}

/**
 * z = [f(x₀, y₀), f(x₁, y₁), …]: a function of two elements applied to the elements of two vectors, the rows of two
 * matrices, the members of two arrays, in pairs. Pullback: that of what f records. Original: zipWith, liftA2.
 *
 * @param f gives a number or a tensor, of one shape for all; for arrays anything
 * @param x a vector, a matrix or an array
 * @param y another one of as many parts
 * @shape N and N → N, or N×K where f gives vectors; likewise for rows
 * @throws {RankError} when x or y is a number.
 * @throws {ShapeMismatchError} when they have not as many parts, or f gives different shapes.
 * @throws {OperandError} when only one is an array, or f gives what is no operand.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const f = (x: Var<Vector<2>>, y: Var<Vector<2>>) => zipWith((a, b) => (a.gt(b) ? a.sub(b) : 0), x, y)
 * gradBP(f)(vector([1, 5], 2), vector([2, 3], 2)).map(g => g.toArray()) // → [[0, 1], [0, -1]]
 * ```
 */
export function zipWith<N extends number, R extends Shape, D extends DType, S extends Shape, E extends DType>(
  f: (x: Var<Part<R, D>>, y: Var<Part<S, E>>) => Operand<number>,
  x: Operand<Parts<N, R, D>>,
  y: Operand<Parts<NoInfer<N>, S, E>>,
): Var<Vector<N, D>>
export function zipWith<
  N extends number,
  R extends Shape,
  D extends DType,
  S extends Shape,
  E extends DType,
  T extends Shape,
  F extends DType,
>(
  f: (x: Var<Part<R, D>>, y: Var<Part<S, E>>) => Operand<Tensor<T, F>>,
  x: Operand<Parts<N, R, D>>,
  y: Operand<Parts<NoInfer<N>, S, E>>,
): Var<Parts<N, T, F>>
export function zipWith<A, B, W>(f: (x: A, y: B) => W, x: readonly A[], y: readonly B[]): W[]
export function zipWith(f: (x: never, y: never) => unknown, x: unknown, y: unknown): unknown {
  if (x instanceof Map || Array.isArray(x) !== Array.isArray(y)) throw new OperandError('zipWith', x)
  const xs = membersOf('zipWith', x)
  const ys = membersOf('zipWith', y)
  if (xs.length !== ys.length) {
    throw new ShapeMismatchError('zipWith', [[xs.length], [ys.length]], 'lengths differ', 'Give as many of each.')
  }
  return withMembers(
    'zipWith',
    x,
    xs.map((member, i) => f(member as never, ys[i] as never)),
  )
}

/**
 * How many parts a collection has: length(x) = N for a vector of N elements or a matrix of N rows, and the number of
 * entries of a `Map`. A plain number: it has no derivative. Of an array it is `xs.length`. Original: length.
 *
 * @param x the vector, matrix or `Map`
 * @shape N, or N×K → plain number
 * @throws {RankError} when x is a number.
 * @example
 * ```ts
 * const mean = (x: Var<Vector>) => sum(x).div(length(x))
 * gradBP(mean)(vector([1, 2, 3, 6])).toArray() // → [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export function length<N extends number, R extends Shape, D extends DType>(x: Operand<Parts<N, R, D>>): N
export function length(x: ReadonlyMap<unknown, unknown>): number
export function length(x: unknown): number {
  if (x instanceof Map) return x.size
  const [size] = shapeOf('length', x)
  return size ?? parts('length', x).length
}

/**
 * y = f(… f(f(initial, x₀), x₁) …): what remains of all elements, rows or values, taken up from the left. Pullback: that of
 * what f records. Of an array it is `xs.reduce(f, initial)`. Original: foldl'.
 *
 * @param f takes what has been gathered and the next member
 * @param initial what to begin with: a variable, as `constVar(0)`, or a structure of them, where f gives that
 * @param x the vector, matrix or `Map`, whose values are taken in order of insertion
 * @shape N, or N×K → what f gives
 * @throws {RankError} when x is a number.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const horner = (coefficients: Var<Vector>, x: Var<number>) =>
 *   foldl((y: Var<number>, c) => y.mul(x).add(c), constVar(0), coefficients)
 * gradBP(horner, { wrt: 1 })(vector([1, 0, -2]), 3) // → 6
 * ```
 */
export function foldl<B, N extends number, R extends Shape, D extends DType>(
  f: (gathered: B, x: Var<Part<R, D>>) => B,
  initial: B,
  x: Operand<Parts<N, R, D>>,
): B
export function foldl<B, V>(f: (gathered: B, value: V) => B, initial: B, x: ReadonlyMap<unknown, V>): B
export function foldl(f: (gathered: unknown, member: never) => unknown, initial: unknown, x: unknown): unknown {
  return membersOf('foldl', x).reduce((gathered, member) => f(gathered, member as never), initial)
}

/**
 * y = [initial, f(initial, x₀), f(f(initial, x₀), x₁), …]: all that `foldl` passes through, one more than x has members.
 * Pullback: that of what f records. Original: scanl.
 *
 * @param f takes what has been gathered and the next member
 * @param initial what to begin with: a variable, as `constVar(0)`, or a structure of them, where f gives that
 * @param x the vector, matrix, array or `Map`
 * @shape N, or N×K → an array of N + 1; of variables, `collectVar` makes a tensor of it
 * @throws {RankError} when x is a number.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const sums = (x: Var<Vector>) => collectVar(scan((sum: Var<number>, e) => sum.add(e), constVar(0), x))
 * evalBP(sums)(vector([1, 2, 3])).toArray() // → [0, 1, 3, 6]
 * ```
 */
export function scan<B, N extends number, R extends Shape, D extends DType>(
  f: (gathered: B, x: Var<Part<R, D>>) => B,
  initial: B,
  x: Operand<Parts<N, R, D>>,
): B[]
export function scan<B, V>(f: (gathered: B, member: V) => B, initial: B, x: readonly V[] | ReadonlyMap<unknown, V>): B[]
export function scan(f: (gathered: unknown, member: never) => unknown, initial: unknown, x: unknown): unknown[] {
  let gathered = initial
  return [initial, ...membersOf('scan', x).map(member => (gathered = f(gathered, member as never)))]
}

/**
 * y = [f(x₀), f(x₁), …], unless f gives undefined for one: then undefined, and f is not asked further. `fmap` with a
 * function that may fail. Pullback: that of what f records. Original: traverse, in Maybe; other effects are JavaScript's own.
 *
 * @param f gives a number or a tensor, of one shape for all, or undefined; for arrays and Maps anything
 * @param x the vector, matrix, array or `Map`
 * @shape N → N, or N×K where f gives vectors; M×N → M, or M×K; or undefined
 * @throws {RankError} when x is a number.
 * @throws {ShapeMismatchError} when f gives different shapes.
 * @throws {OperandError} when f gives what is no operand.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * const logarithms = (x: Var<Vector>) => traverse(e => (e.gt(0) ? e.log() : undefined), x)
 * const f = (x: Var<Vector>) => logarithms(x) ?? x
 * evalBP(f)(vector([1, 1])).toArray() // → [0, 0]
 * evalBP(f)(vector([1, -1])).toArray() // → [1, -1]
 * ```
 */
export function traverse<N extends number, R extends Shape, D extends DType>(
  f: (x: Var<Part<R, D>>) => Operand<number> | undefined,
  x: Operand<Parts<N, R, D>>,
): Var<Vector<N, D>> | undefined
export function traverse<N extends number, R extends Shape, D extends DType, S extends Shape, E extends DType>(
  f: (x: Var<Part<R, D>>) => Operand<Tensor<S, E>> | undefined,
  x: Operand<Parts<N, R, D>>,
): Var<Parts<N, S, E>> | undefined
export function traverse<V, W>(f: (member: V) => W | undefined, x: readonly V[]): W[] | undefined
export function traverse<K, V, W>(f: (value: V) => W | undefined, x: ReadonlyMap<K, V>): Map<K, W> | undefined
export function traverse(f: (member: never) => unknown, x: unknown): unknown {
  const results: unknown[] = []
  for (const member of membersOf('traverse', x)) {
    const result = f(member as never)
    if (result === undefined) return undefined
    results.push(result)
  }
  return withMembers('traverse', x, results)
}

/**
 * [gᵢ₊₁, yᵢ] = f(gᵢ, xᵢ) from the left; gives [the last g, y]: `foldl` and `fmap` in one. Pullback: that of
 * what f records. Original: mapAccumL.
 *
 * @param f takes what has been gathered and the next member; gives both, gathered first
 * @param initial what to begin with: a variable, as `constVar(0)`, or a structure of them, where f gives that
 * @param x the vector, matrix, array or `Map`
 * @returns what was gathered last, and the collection of results
 * @shape N → N, or N×K where f gives vectors; M×N → M, or M×K
 * @throws {RankError} when x is a number.
 * @throws {ShapeMismatchError} when f gives different shapes.
 * @throws {OperandError} when f gives what is no operand.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const smooth = (x: Var<Vector>) =>
 *   mapAccumL((last: Var<number>, e) => [e, e.add(last).div(2)] as const, constVar(0), x)[1]
 * evalBP(smooth)(vector([2, 4, 8])).toArray() // → [1, 3, 6]
 * ```
 */
export function mapAccumL<B, N extends number, R extends Shape, D extends DType>(
  f: (gathered: B, x: Var<Part<R, D>>) => readonly [B, Operand<number>],
  initial: B,
  x: Operand<Parts<N, R, D>>,
): [B, Var<Vector<N, D>>]
export function mapAccumL<B, N extends number, R extends Shape, D extends DType, S extends Shape, E extends DType>(
  f: (gathered: B, x: Var<Part<R, D>>) => readonly [B, Operand<Tensor<S, E>>],
  initial: B,
  x: Operand<Parts<N, R, D>>,
): [B, Var<Parts<N, S, E>>]
export function mapAccumL<B, V, W>(
  f: (gathered: B, member: V) => readonly [B, W],
  initial: B,
  x: readonly V[],
): [B, W[]]
export function mapAccumL<B, K, V, W>(
  f: (gathered: B, value: V) => readonly [B, W],
  initial: B,
  x: ReadonlyMap<K, V>,
): [B, Map<K, W>]
export function mapAccumL(
  f: (gathered: unknown, member: never) => readonly [unknown, unknown],
  initial: unknown,
  x: unknown,
): unknown {
  let gathered = initial
  const results = membersOf('mapAccumL', x).map(member => {
    const [next, result] = f(gathered, member as never)
    gathered = next
    return result
  })
  return [gathered, withMembers('mapAccumL', x, results)]
}
