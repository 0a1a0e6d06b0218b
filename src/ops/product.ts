/** Matrix products. The mathematics is in assembly/values/product.ts and assembly/rules/product.ts. */
import { FLAGS, FLAG_TRANSPOSE_A, FLAG_TRANSPOSE_B } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { RankError, ShapeMismatchError } from '../errors.ts'
import { SCALAR } from '../tape.ts'
import type { Matrix, Vector } from '../tensor.ts'
import type { AnyTensor, Operand, Shape } from '../types.ts'
import { apply, sameShape, shapeOf, type Var } from '../var.ts'

const TRANSPOSE_A = FLAG_TRANSPOSE_A << (8 * FLAGS)
const TRANSPOSE_B = FLAG_TRANSPOSE_B << (8 * FLAGS)

/** The shape of an operand that must be a vector. */
function vectorShape(op: string, operand: number, x: unknown): readonly [number] {
  const shape = shapeOf(op, x)
  const [n] = shape
  if (n === undefined || shape.length !== 1) {
    throw new RankError(op, operand, 'a vector (rank 1)', shape, 'For a product of matrices use matMul.')
  }
  return [n]
}

/** The shape of an operand that must be a matrix; turned round if it is to be transposed. */
function matrixShape(op: string, operand: number, x: unknown, transpose: boolean): readonly [number, number] {
  const shape = shapeOf(op, x)
  const [m, n] = shape
  if (m === undefined || n === undefined || shape.length !== 2) {
    throw new RankError(op, operand, 'a matrix (rank 2)', shape, 'Make one with matrix(data, m, n).')
  }
  return transpose ? [n, m] : [m, n]
}

/**
 * y = A·x, the product of a matrix and a vector; Aᵀ·x with `{ transpose: true }`. Pullback: Ā += ȳ·xᵀ, x̄ += Aᵀ·ȳ.
 * Original: matVec of the samples, #> of hmatrix-backprop.
 *
 * @shape A: M×N, x: N → M; transposed A: M×N, x: M → N
 * @throws {RankError} when A is no matrix or x no vector.
 * @throws {ShapeMismatchError} when the inner sizes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const a = matrix([1, 2, 3, 4], 2, 2)
 * evalBP((x: Var<Vector<2>>) => matVec(a, x))(vector([1, 1], 2)).toArray() // → [3, 7]
 * ```
 */
export function matVec<M extends number, N extends number>(
  a: Operand<Matrix<M, N>>,
  x: Operand<Vector<NoInfer<N>>>,
  options?: { readonly transpose?: false },
): Var<Vector<M>>
export function matVec<M extends number, N extends number>(
  a: Operand<Matrix<M, N>>,
  x: Operand<Vector<NoInfer<M>>>,
  options: { readonly transpose: true },
): Var<Vector<N>>
export function matVec(
  a: Operand<Matrix>,
  x: Operand<Vector>,
  options: { readonly transpose?: boolean } = {},
): unknown {
  const transpose = options.transpose === true
  const [m, k] = matrixShape('matVec', 1, a, transpose)
  const [n] = vectorShape('matVec', 2, x)
  if (k !== n) {
    throw new ShapeMismatchError(
      'matVec',
      [shapeOf('matVec', a), [n]],
      'inner sizes differ',
      k !== n && m === n ? 'Did you mean { transpose: true }?' : 'A must have as many columns as x has elements.',
    )
  }
  return apply('matVec', Opcode.MatVec | (transpose ? TRANSPOSE_A : 0), [m], a, x)
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
 * @throws {RankError} when an operand is no matrix.
 * @throws {ShapeMismatchError} when the inner sizes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const a = matrix([1, 2, 3, 4], 2, 2)
 * matMul(a, a, { transposeB: true }).value.toArray() // → [[5, 11], [11, 25]]
 * ```
 */
export function matMul<M extends number, K extends number, N extends number>(
  a: Operand<Matrix<M, K>>,
  b: Operand<Matrix<NoInfer<K>, N>>,
  options?: { readonly transposeA?: false; readonly transposeB?: false },
): Var<Matrix<M, N>>
export function matMul<M extends number, K extends number, N extends number>(
  a: Operand<Matrix<K, M>>,
  b: Operand<Matrix<NoInfer<K>, N>>,
  options: { readonly transposeA: true; readonly transposeB?: false },
): Var<Matrix<M, N>>
export function matMul<M extends number, K extends number, N extends number>(
  a: Operand<Matrix<M, K>>,
  b: Operand<Matrix<N, NoInfer<K>>>,
  options: { readonly transposeA?: false; readonly transposeB: true },
): Var<Matrix<M, N>>
export function matMul<M extends number, K extends number, N extends number>(
  a: Operand<Matrix<K, M>>,
  b: Operand<Matrix<N, NoInfer<K>>>,
  options: { readonly transposeA: true; readonly transposeB: true },
): Var<Matrix<M, N>>
export function matMul(a: Operand<Matrix>, b: Operand<Matrix>, options: MatMulOptions = {}): unknown {
  const transposeA = options.transposeA === true
  const transposeB = options.transposeB === true
  const [m, k] = matrixShape('matMul', 1, a, transposeA)
  const [l, n] = matrixShape('matMul', 2, b, transposeB)
  if (k !== l) {
    throw new ShapeMismatchError(
      'matMul',
      [
        [m, k],
        [l, n],
      ],
      'inner sizes differ',
      k === n ? 'Did you mean { transposeB: true }?' : m === l ? 'Did you mean { transposeA: true }?' : CHECK_SIZES,
    )
  }
  const word = Opcode.MatMul | (transposeA ? TRANSPOSE_A : 0) | (transposeB ? TRANSPOSE_B : 0)
  return apply('matMul', word, [m, n], a, b)
}

const CHECK_SIZES = 'The first must have as many columns as the second has rows.'

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
export function outer<M extends number, N extends number>(
  x: Operand<Vector<M>>,
  y: Operand<Vector<N>>,
): Var<Matrix<M, N>> {
  const [m] = vectorShape('outer', 1, x)
  const [n] = vectorShape('outer', 2, y)
  return apply('outer', Opcode.Outer, [m, n], x, y) as Var<Matrix<M, N>>
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
