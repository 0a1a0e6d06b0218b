/** Between the types of elements. The mathematics is in assembly/values/elementwise.ts and assembly/rules/elementwise.ts. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { FLOAT32_WORD } from '../tape.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Operand, Shape } from '../types.ts'
import { apply, dtypeOf, shapeOf } from '../apply.ts'
import type { Var } from '../var.ts'

/**
 * y = x with elements of float32, each rounded: relative error ≤ 2⁻²⁴, ±∞ beyond 3.4028235e38. Pullback: x̄ += ȳ, as float64
 * again. A tensor of float32 stays what it is.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * toFloat32(vector([0.1, 1])).value.toArray() // → [0.10000000149011612, 1]
 * gradBP((x: Var<Vector>) => sum(toFloat32(x)))(vector([1, 2])) // → [1, 1]
 * ```
 */
export function toFloat32<S extends Shape, D extends DType>(x: Operand<Tensor<S, D>>): Var<Tensor<S, 'float32'>> {
  return cast('toFloat32', 'float32', x) as Var<Tensor<S, 'float32'>>
}

/**
 * y = x with elements of float64; exact. Pullback: x̄ += ȳ, rounded to float32 again. A tensor of float64 stays what it is.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * toFloat64(vector32([0.1, 1])).value.toArray() // → [0.10000000149011612, 1]
 * gradBP((x: Var<Vector32>) => sum(toFloat64(x)))(vector32([1, 2])).dtype // → 'float32'
 * ```
 */
export function toFloat64<S extends Shape, D extends DType>(x: Operand<Tensor<S, D>>): Var<Tensor<S>> {
  return cast('toFloat64', 'float64', x) as Var<Tensor<S>>
}

/** @internal What has that type already, as a number has, is passed on. */
export function cast(op: string, dtype: DType, x: unknown): Var<unknown> {
  const shape = shapeOf(op, x)
  if (shape.length === 0 || dtypeOf(x) === dtype) return apply(op, Opcode.Identity, shape, x)
  return apply(op, dtype === 'float32' ? Opcode.Cast | FLOAT32_WORD : Opcode.Cast, shape, x)
}
