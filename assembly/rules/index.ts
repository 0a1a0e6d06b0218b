/** The one place where an opcode becomes a rule. */
import { ATTRIBUTE } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { elementwiseRule } from './elementwise'
import { productRule } from './product'
import { reduceRule } from './reduce'
import { softmaxRule } from './softmax'

/** Runs the rule of a record of scalars: plain arithmetic. */
@inline
export function applyScalarRule(slot: usize): void {
  elementwiseRule<f64>(slot)
}

/** Runs the rule of any other record, or of any record while the walk is recorded. */
export function applyRule(opcode: i32, slot: usize): void {
  if (opcode < Opcode.Sum) elementwiseRule<usize>(slot)
  else if (opcode < Opcode.MatVec) reduceRule(slot)
  else if (opcode < Opcode.Softmax) productRule(slot)
  else softmaxRule(slot)
}

/**
 * The most intermediate buffers, each as large as the record's largest operand, that the op's rule makes. A product's
 * contribution may need one when it cannot be added in place.
 */
@inline
export function scratchBuffers(opcode: i32): i32 {
  return opcode < Opcode.Sum ? 6 : opcode < Opcode.MatVec ? 1 : opcode < Opcode.Softmax ? 0 : 8
}

/** How many operands the op has. */
@inline
export function operandCount(opcode: i32): i32 {
  if (opcode == Opcode.SoftmaxCrossEntropyBack) return 3
  if (opcode >= Opcode.Add && opcode <= Opcode.LogisticBack) return 2
  if (opcode >= Opcode.MatVec && opcode <= Opcode.Outer) return 2
  return opcode == Opcode.Dot ||
    opcode == Opcode.RowDot ||
    opcode == Opcode.RowScale ||
    opcode == Opcode.SoftmaxBack ||
    opcode == Opcode.SoftmaxCrossEntropy
    ? 2
    : 1
}

/**
 * Does the op's rule read the operand at this position, 0 for a and 1 for b, only before it contributes to its
 * cotangent? Then the operand may be overwritten by that very contribution.
 */
export function readsBeforeContributing(opcode: i32, position: i32): bool {
  if (opcode == Opcode.Add || opcode == Opcode.Sub) return true
  return (opcode == Opcode.MatVec || opcode == Opcode.MatMul) && position == 0
}

/** Is this a derivative of a power that has no room for one order more, in the four bits that count them? */
export function isLastOrder(word: i32): bool {
  if ((word & 0xff) != Opcode.Pow) return false
  return ((word >>> (8 * ATTRIBUTE)) & 15) >= 14 || word >>> (8 * ATTRIBUTE + 4) >= 14
}
