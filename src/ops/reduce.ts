/** Sums. The mathematics is in assembly/values/reduce.ts and assembly/rules/reduce.ts. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { SCALAR } from '../tape.ts'
import type { AnyTensor, Operand } from '../types.ts'
import { apply, shapeOf, type Var } from '../var.ts'
import { sub } from './elementwise.ts'
import { dot } from './product.ts'

/**
 * y = Σ xᵢ, the sum of all elements; 0 for none. Pullback: x̄ᵢ += ȳ. Original: sumElements of hmatrix-backprop.
 *
 * @shape any → scalar
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * sum(vector([1, 2, 3])).value // → 6
 * ```
 */
export function sum<A extends AnyTensor>(x: Operand<A>): Var<number> {
  const scalar = shapeOf('sum', x).length === 0
  return apply('sum', scalar ? Opcode.Identity : Opcode.Sum, SCALAR, x) as Var<number>
}

/**
 * y = Σ (xᵢ − tᵢ)², the squared error. Pullback: x̄ += 2ȳ(x − t), t̄ −= 2ȳ(x − t).
 *
 * @shape two of the same shape → scalar
 * @throws {ShapeMismatchError} when the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * squaredError(vector([1, 2]), vector([0, 4])).value // → 5
 * ```
 */
export function squaredError<T extends AnyTensor>(x: Operand<T>, target: Operand<NoInfer<T>>): Var<number> {
  const difference = sub<T>(x, target)
  return dot(difference, difference)
}
