/**
 * Softmax and its relatives, over a vector or along each row of a matrix. The mathematics is in
 * assembly/values/softmax.ts and assembly/rules/softmax.ts.
 */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { RankError, ShapeMismatchError } from '../errors.ts'
import { SCALAR } from '../tape.ts'
import type { Matrix, Vector } from '../tensor.ts'
import type { DType, Operand, Shape } from '../types.ts'
import { apply, sameShape, shapeOf } from '../apply.ts'
import type { Var } from '../var.ts'

/** What has rows: a matrix, or a vector, which is one. */
export type Rows = Vector<number, DType> | Matrix<number, number, DType>

/** One number for each row. */
export type PerRow<T extends Rows> = T['shape']['length'] extends 2 ? Vector<T['shape'][0], T['dtype']> : number

/** The shape of an operand that must be a vector or a matrix. */
function rowsShape(op: string, operand: number, x: unknown): Shape {
  const shape = shapeOf(op, x)
  if (shape.length === 1 || shape.length === 2) return shape
  throw new RankError(op, operand, 'a vector or a matrix', shape, 'A single number has no softmax.')
}

/** The shape of one number a row. */
function rowResult(shape: Shape): Shape {
  return shape.length === 1 ? SCALAR : shape.slice(0, 1)
}

/**
 * yᵢ = exp xᵢ / Σⱼ exp xⱼ, for each row. Computed with a shift, so that nothing overflows. Pullback: x̄ += y∘(ȳ − ⟨ȳ, y⟩).
 * An element of +∞ takes all of it, shared with others of its kind; a row of −∞ only gives NaN.
 *
 * @shape N → N; M×N → M×N, row by row
 * @throws {RankError} when x is a number.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * softmax(vector([0, 0])).value.toArray() // → [0.5, 0.5]
 * ```
 */
export function softmax<T extends Rows>(x: Operand<T>): Var<T> {
  return apply('softmax', Opcode.Softmax, rowsShape('softmax', 1, x), x) as Var<T>
}

/**
 * y = log Σⱼ exp xⱼ, for each row. Computed with a shift, so that nothing overflows; −∞ for no elements. Pullback:
 * x̄ += ȳ·softmax x.
 *
 * @shape N → scalar; M×N → M
 * @throws {RankError} when x is a number.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * logSumExp(vector([0, 0])).value // → 0.69314718
 * ```
 */
export function logSumExp<T extends Rows>(x: Operand<T>): Var<PerRow<T>> {
  const shape = rowsShape('logSumExp', 1, x)
  return apply('logSumExp', Opcode.LogSumExp, rowResult(shape), x) as Var<PerRow<T>>
}

/**
 * y = −Σⱼ tⱼ log softmax(x)ⱼ, for each row: the cross-entropy of a softmax, in one op. Right for any target, also one
 * that does not sum to 1. A target of 0 adds nothing, even where x is −∞. Pullback: x̄ += ȳ·(Σt · softmax x − t),
 * t̄ −= ȳ·log softmax x.
 *
 * @shape two of N → scalar; two of M×N → M
 * @throws {RankError} when an operand is a number.
 * @throws {ShapeMismatchError} when the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * softmaxCrossEntropy(vector([0, 0]), vector([1, 0])).value // → 0.69314718
 * ```
 */
export function softmaxCrossEntropy<T extends Rows>(logits: Operand<T>, target: Operand<NoInfer<T>>): Var<PerRow<T>> {
  const shape = rowsShape('softmaxCrossEntropy', 1, logits)
  const other = rowsShape('softmaxCrossEntropy', 2, target)
  if (!sameShape(shape, other)) {
    throw new ShapeMismatchError(
      'softmaxCrossEntropy',
      [shape, other],
      'shapes differ',
      'The target has one number for each logit, for example one-hot.',
    )
  }
  return apply('softmaxCrossEntropy', Opcode.SoftmaxCrossEntropy, rowResult(shape), logits, target) as Var<PerRow<T>>
}
