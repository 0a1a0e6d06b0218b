/** Where derivatives end. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { mapLeaves } from '../structure.ts'
import type { AnyTensor } from '../types.ts'
import { unary } from '../apply.ts'
import { valueOf } from '../value.ts'
import { constantLeaf, HOST, type Var } from '../var.ts'

/**
 * y = x, with derivative zero: for what depends on it x is a constant. Any structure; a leaf of a user's type becomes a
 * constant, of numbers and tensors nothing is copied. Where a gradient would be a mistake, not zero, take `noGrad`.
 *
 * @param x a variable, a structure of variables, or plain
 * @shape any → same
 * @throws {VarOutOfRunError} when the run of a variable has ended.
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * gradBP((x: Var<number>) => x.mul(stopGradient(x)))(3) // → 3
 * ```
 */
export function stopGradient(x: number): Var<number>
export function stopGradient<A extends AnyTensor>(x: A): Var<A>
export function stopGradient<V>(x: V): V
export function stopGradient(x: unknown): unknown {
  return mapLeaves(x, 'stopGradient', leaf => {
    const variable = constantLeaf(leaf)
    return variable.shape === HOST
      ? constantLeaf(valueOf(variable))
      : unary('stopGradient', Opcode.StopGradient, variable)
  })
}
