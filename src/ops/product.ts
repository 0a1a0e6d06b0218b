/** Matrix products. The mathematics is in assembly/values/product.ts and assembly/rules/product.ts. */
import { FLAGS, FLAG_TRANSPOSE_A, FLAG_TRANSPOSE_B } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { RankError, ShapeMismatchError } from '../errors.ts'
import { BOOLEAN, checkGiven } from '../options.ts'
import { SCALAR } from '../tape.ts'
import type { Matrix, Vector } from '../tensor.ts'
import type { AnyTensor, DType, Operand, Shape } from '../types.ts'
import { apply, sameShape, shapeOf } from '../apply.ts'
import type { Var } from '../var.ts'

const TRANSPOSE_A = FLAG_TRANSPOSE_A << (8 * FLAGS)
const TRANSPOSE_B = FLAG_TRANSPOSE_B << (8 * FLAGS)

/**
 * The size that an option chooses. Written so, a signature gives one message, with the size that is wanted; overloads, one
 * for each case, would give one about the last case.
 */
export type If<T extends boolean, Yes extends number, No extends number> = T extends true ? Yes : No

// Each call has options of its own: all is looked at only where what is read of them is not what it must be, or nothing.
const MATVEC_OPTIONS = { transpose: BOOLEAN }
const MATMUL_OPTIONS = { transposeA: BOOLEAN, transposeB: BOOLEAN }

/** Is one of two options given, and is each true, false or not given? */
function isTold(a: unknown, b: unknown): boolean {
  const isFirst = a === true || a === false
  return isFirst ? b === undefined || b === true || b === false : a === undefined && (b === true || b === false)
}

/** The shape of an operand that must be a vector. */
function vectorShape(op: string, operand: number, x: unknown): Shape {
  const shape = shapeOf(op, x)
  if (shape.length === 1) return shape
  throw new RankError(op, operand, 'a vector (rank 1)', shape, 'For a product of matrices use matMul.')
}

/** The shape of an operand that must be a matrix. */
function matrixShape(op: string, operand: number, x: unknown): Shape {
  const shape = shapeOf(op, x)
  if (shape.length === 2) return shape
  throw new RankError(op, operand, 'a matrix (rank 2)', shape, 'Make one with matrix(data, m, n).')
}

/** One size of a shape whose rank has been checked. */
function size(shape: Shape, dimension: number): number {
  return shape[dimension] as number
}

/**
 * y = A·x, the product of a matrix and a vector; Aᵀ·x with `{ transpose: true }`. Pullback: Ā += ȳ·xᵀ, x̄ += Aᵀ·ȳ.
 * Original: matVec of the samples, #> of hmatrix-backprop.
 *
 * @shape A: M×N, x: N → M; transposed A: M×N, x: M → N
 * @throws {UsageError} when an option is unknown or no boolean.
 * @throws {RankError} when A is no matrix or x no vector.
 * @throws {ShapeMismatchError} when the inner sizes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const a = matrix([1, 2, 3, 4], 2, 2)
 * evalBP((x: Var<Vector<2>>) => matVec(a, x))(vector([1, 1], 2)).toArray() // → [3, 7]
 * ```
 */
export function matVec<M extends number, N extends number, T extends boolean = false, D extends DType = 'float64'>(
  a: Operand<Matrix<M, N, D>>,
  x: Operand<Vector<NoInfer<If<T, M, N>>, NoInfer<D>>>,
  options?: { readonly transpose?: T },
): Var<Vector<If<T, N, M>, D>>
export function matVec(a: unknown, x: unknown, options?: { readonly transpose?: boolean }): unknown {
  const told = options?.transpose
  if (options !== undefined && told !== true && told !== false) checkGiven('matVec', options, MATVEC_OPTIONS)
  const transpose = told === true
  const shape = matrixShape('matVec', 1, a)
  const vector = vectorShape('matVec', 2, x)
  const rows = size(shape, transpose ? 1 : 0)
  if (size(shape, transpose ? 0 : 1) !== size(vector, 0)) {
    const repair =
      rows === size(vector, 0)
        ? `Did you mean { transpose: ${String(!transpose)} }?`
        : 'A must have as many columns as x has elements.'
    throw new ShapeMismatchError('matVec', [shape, vector], 'inner sizes differ', repair)
  }
  return apply('matVec', Opcode.MatVec | (transpose ? TRANSPOSE_A : 0), [rows], a, x)
}

/**
 * Which operands of `matMul` are transposed.
 *
 * @example
 * ```ts
 * const options: MatMulOptions<true, false> = { transposeA: true }
 * ```
 */
export interface MatMulOptions<TA extends boolean = boolean, TB extends boolean = boolean> {
  /** Use Aᵀ. */
  readonly transposeA?: TA
  /** Use Bᵀ. */
  readonly transposeB?: TB
}

/**
 * C = A·B, the product of two matrices, either transposed by an option at no cost. Pullback: Ā += C̄·Bᵀ, B̄ += Aᵀ·C̄.
 * Original: <> of hmatrix-backprop.
 *
 * @shape A: M×K, B: K×N → M×N; transposed A: K×M, transposed B: N×K
 * @throws {UsageError} when an option is unknown or no boolean.
 * @throws {RankError} when an operand is no matrix.
 * @throws {ShapeMismatchError} when the inner sizes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const a = matrix([1, 2, 3, 4], 2, 2)
 * matMul(a, a, { transposeB: true }).value.toArray() // → [[5, 11], [11, 25]]
 * ```
 */
export function matMul<
  M extends number,
  K extends number,
  L extends number,
  N extends number,
  TA extends boolean = false,
  TB extends boolean = false,
  D extends DType = 'float64',
>(
  a: Operand<Matrix<M, K, D>>,
  b: Operand<Matrix<If<TB, L, NoInfer<If<TA, M, K>>>, If<TB, NoInfer<If<TA, M, K>>, N>, NoInfer<D>>>,
  options?: MatMulOptions<TA, TB>,
): Var<Matrix<If<TA, K, M>, If<TB, L, N>, D>>
export function matMul(a: unknown, b: unknown, options?: MatMulOptions): unknown {
  const toldA = options?.transposeA
  const toldB = options?.transposeB
  if (options !== undefined && !isTold(toldA, toldB)) checkGiven('matMul', options, MATMUL_OPTIONS)
  const transposeA = toldA === true
  const transposeB = toldB === true
  const shapeA = matrixShape('matMul', 1, a)
  const shapeB = matrixShape('matMul', 2, b)
  const m = size(shapeA, transposeA ? 1 : 0)
  const k = size(shapeA, transposeA ? 0 : 1)
  const l = size(shapeB, transposeB ? 1 : 0)
  const n = size(shapeB, transposeB ? 0 : 1)
  if (k !== l) {
    const repair =
      k === n
        ? `Did you mean { transposeB: ${String(!transposeB)} }?`
        : m === l
          ? `Did you mean { transposeA: ${String(!transposeA)} }?`
          : 'The first must have as many columns as the second has rows.'
    const problem = transposeA || transposeB ? 'inner sizes, transposed as asked, differ' : 'inner sizes differ'
    throw new ShapeMismatchError('matMul', [shapeA, shapeB], problem, repair)
  }
  const word = Opcode.MatMul | (transposeA ? TRANSPOSE_A : 0) | (transposeB ? TRANSPOSE_B : 0)
  return apply('matMul', word, [m, n], a, b)
}

/**
 * A = x·yᵀ, the outer product of two vectors. Pullback: x̄ += Ā·y, ȳ += Āᵀ·x. Original: outer of hmatrix-backprop.
 *
 * @shape x: M, y: N → M×N
 * @throws {RankError} when an operand is no vector.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * outer(vector([1, 2]), vector([3, 4])).value.toArray() // → [[3, 4], [6, 8]]
 * ```
 */
export function outer<M extends number, N extends number, D extends DType>(
  x: Operand<Vector<M, D>>,
  y: Operand<Vector<N, NoInfer<D>>>,
): Var<Matrix<M, N, D>> {
  const m = size(vectorShape('outer', 1, x), 0)
  const n = size(vectorShape('outer', 2, y), 0)
  return apply('outer', Opcode.Outer, [m, n], x, y) as Var<Matrix<M, N, D>>
}

/**
 * z = Σ xᵢ·yᵢ, the inner product of two tensors of the same shape. Pullback: x̄ += z̄·y, ȳ += z̄·x. Original: dot of the
 * samples, <.> of hmatrix-backprop.
 *
 * @shape two of the same shape → scalar
 * @throws {ShapeMismatchError} when the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * dot(vector([1, 2]), vector([3, 4])).value // → 11
 * ```
 */
export function dot<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<number> {
  const a: Shape = shapeOf('dot', x)
  const b: Shape = shapeOf('dot', y)
  if (!sameShape(a, b)) {
    throw new ShapeMismatchError('dot', [a, b], 'shapes differ', 'Give two tensors of the same shape.')
  }
  return apply('dot', a.length === 0 ? Opcode.Mul : Opcode.Dot, SCALAR, x, y) as Var<number>
}
