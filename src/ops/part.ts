/**
 * Tensors and arrays of their parts. The mathematics is in assembly/values/part.ts and assembly/rules/part.ts; why it is
 * so: docs/design/collections.md.
 */
import { SLOT_BYTES } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { DTypeMismatchError, OperandError, OutOfMemoryError, RankError, ShapeMismatchError } from '../errors.ts'
import { countOf, FLOAT32_WORD, SCALAR } from '../tape.ts'
import { dataOf, type PlainTensor, Tensor, tensorOf, type Vector } from '../tensor.ts'
import type { DType, Operand, Shape } from '../types.ts'
import { apply, dtypeOf, sameShape, shapeOf } from '../apply.ts'
import { valueOf } from '../value.ts'
import { constantLeaf, isConstant, Var } from '../var.ts'
import { engine } from '../wasm/engine.ts'

/** @internal The elements of x from the offset on, as many as the shape has. Shares memory with x, unless it is a number. */
export function slice(op: string, x: unknown, offset: number, shape: Shape): Var<unknown> {
  return apply(op, Opcode.Slice, shape, x, x, offset)
}

/**
 * N things of one kind: a tuple for a literal N up to 16, so that destructuring gives each its type; otherwise an array.
 *
 * @example
 * ```ts
 * const point: Elements<Var<number>, 2> = sequenceVar(constVar(vector([1, 2], 2)))
 * const [x, y] = point // each a Var<number>
 * ```
 */
export type Elements<T, N extends number> = (number extends N ? T[] : TupleOf<T, N, []>) extends infer Built extends T[]
  ? Built // asked for, so that code generic in N knows an array
  : never

/** A tensor of N parts of shape R: `Vector<N>` for no sizes, `Matrix<N, K>` for one. */
export type Parts<N extends number, R extends Shape, D extends DType = 'float64'> = Tensor<readonly [N, ...R], D>

/** What the parts of such a tensor are: numbers, or tensors of shape R. */
export type Part<R extends Shape, D extends DType = 'float64'> = R extends readonly [] ? number : Tensor<Readonly<R>, D>

/** T, N times. Longer tuples would slow the compiler down, and fill its messages. */
type TupleOf<T, N extends number, Built extends T[]> = Built['length'] extends N
  ? Built
  : Built['length'] extends 16
    ? T[]
    : TupleOf<T, N, [...Built, T]>

/**
 * The parts of a tensor: sequenceVar(x) = [x₀, x₁, …], the elements of a vector as variables of numbers, the rows of a
 * matrix as variables of vectors. Pullback: x̄ᵢ += ȳᵢ, where a part was used. All parts together cost what the tensor has
 * elements, forwards, backwards and in derivatives of higher order. Original: sequenceVar, toList, toRows.
 *
 * An op on the tensor is one record, one on each of its n elements is n records: take elements for what has no op.
 *
 * @param x the vector or matrix; a tensor of more dimensions is taken apart along the first
 * @shape N → N scalars; M×N → M vectors of N
 * @returns the parts, in order: a tuple where their number is a literal up to 16
 * @throws {RankError} when x is a number.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * const f = (v: Var<Vector<3>>) => {
 *   const [x, y, z] = sequenceVar(v)
 *   return x.div(y).sqrt().mul(z)
 * }
 * gradBP(f)(vector([8, 2, 5], 3)).toArray() // → [0.625, -2.5, 2]
 * ```
 */
export function sequenceVar<N extends number, R extends Shape, D extends DType>(
  x: Operand<Parts<N, R, D>>,
): Elements<Var<Part<R, D>>, N>
export function sequenceVar(x: unknown): unknown[] {
  return parts('sequenceVar', x)
}

/** @internal The parts of a tensor along its first dimension. */
export function parts(op: string, x: unknown): Var<unknown>[] {
  const shape = shapeOf(op, x)
  if (shape.length === 0) {
    throw new RankError(op, 1, 'a vector or a matrix', shape, 'A number has no parts.')
  }
  const length = shape[0] as number
  checkCount(length)
  const partShape = shape.length === 1 ? SCALAR : shape.slice(1)
  const size = countOf(partShape)
  // Where no run is open an op copies its operands in, so the parts of constants are taken without one.
  const constant = x instanceof Tensor ? x : isConstant(x) ? (valueOf(x as Var<unknown>) as PlainTensor) : undefined
  return Array.from({ length }, (_, i) => {
    if (constant === undefined) return slice(op, x, i * size, partShape)
    if (partShape === SCALAR) return constantLeaf(constant.data[i])
    return constantLeaf(tensorOf(constant.data.slice(i * size, (i + 1) * size), partShape))
  })
}

/** Throws where not even the slots of so many variables would fit: parts without elements may be any number. */
function checkCount(n: number): void {
  const bytes = n * SLOT_BYTES
  const { availableBytes, maximumBytes } = engine().memory
  if (bytes >= maximumBytes) throw new OutOfMemoryError(bytes, availableBytes, maximumBytes)
}

/**
 * The tensor with the given parts: collectVar([x₀, x₁, …]) = x, a vector of numbers, or a matrix whose rows are vectors.
 * Undoes `sequenceVar`; a vector of numbers is one of float64. Pullback: x̄ᵢ += ȳᵢ. Costs what the result has elements. Original: collectVar, vector, fromRows.
 *
 * @param xs variables or plain values, all of one shape; a vector of no elements for none
 * @shape N scalars → N; M vectors of N → M×N
 * @throws {ShapeMismatchError} when the parts have different shapes.
 * @throws {DTypeMismatchError} when some are of float32 and some of float64.
 * @throws {OperandError} when xs is no array, or one of its elements is no operand.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const f = (x: Var<number>, y: Var<number>) => softmax(collectVar([x, y, 0])) // a Var<Vector<3>>
 * evalBP(f)(0, 0).toArray() // → [0.3333, 0.3333, 0.3333]
 * ```
 */
export function collectVar<const Xs extends readonly Operand<number>[]>(xs: Xs): Var<Vector<Xs['length']>>
export function collectVar<R extends Shape, D extends DType, const Xs extends readonly Operand<Tensor<R, D>>[]>(
  xs: Xs & readonly Operand<Tensor<R, D>>[],
): Var<Parts<Xs['length'], R, D>>
export function collectVar(xs: readonly unknown[]): unknown {
  return collect('collectVar', xs)
}

/** @internal The tensor with the given parts along its first dimension; of numbers, one with elements of type `numbers`. */
export function collect(op: string, xs: readonly unknown[], numbers: DType = 'float64'): Var<unknown> {
  if (!Array.isArray(xs)) throw new OperandError(op, xs)
  const first: Shape = xs.length === 0 ? SCALAR : shapeOf(op, xs[0])
  const dtype = first.length === 0 ? numbers : dtypeOf(xs[0])
  let constant = true
  for (const [i, x] of xs.entries()) {
    const shape = shapeOf(op, x)
    if (!sameShape(shape, first)) {
      throw new ShapeMismatchError(
        op,
        [first, shape],
        `part ${String(i)} has another shape than part 0`,
        'Give parts of one shape.',
      )
    }
    if (first.length > 0 && dtypeOf(x) !== dtype) {
      throw new DTypeMismatchError(
        op,
        [dtype, dtypeOf(x)],
        `Cast part ${String(i)}, or part 0: toFloat64(x), toFloat32(x).`,
      )
    }
    if (x instanceof Var && !isConstant(x)) constant = false
  }
  const shape = [xs.length, ...first]
  const size = countOf(first)
  if (constant) return constantLeaf(plain(xs, size, shape, dtype))
  let whole = apply(op, dtype === 'float32' ? Opcode.Embed | FLOAT32_WORD : Opcode.Embed, shape, xs[0], xs[0], 0)
  for (let i = 1; i < xs.length; i++) whole = apply(op, Opcode.Put, shape, whole, xs[i], i * size)
  return whole
}

/** The same for constants and plain values. */
function plain(xs: readonly unknown[], size: number, shape: Shape, dtype: DType): PlainTensor {
  const data = dataOf(dtype, countOf(shape))
  for (const [i, x] of xs.entries()) {
    const value = x instanceof Var ? valueOf(x as Var<unknown>) : x
    if (typeof value === 'number') data[i] = value
    else data.set((value as PlainTensor).data, i * size)
  }
  return tensorOf(data, shape)
}
