/** The rule of the choice between two operands. */
import { computeSlot, constant, contribute1, contribute3, cotangent, wants } from '../emit'
import { Opcode } from '../shared/opcodes'
import { isTensor, operandA, operandB, operandC, wordOf } from '../slots'

/** y = b where a ≠ 0, else c: b̄ += ȳ where a ≠ 0, c̄ += ȳ elsewhere, each exactly 0 where it is not chosen; ā = 0. */
export function whereRule(slot: usize): void {
  const condition = operandA(slot)
  const dy = cotangent<usize>(slot)
  const zero = constant<usize>(0)
  contribute(operandB(slot), slot, condition, dy, zero)
  contribute(operandC(slot), slot, condition, zero, dy)
}

/** Adds a where the condition holds, b elsewhere, summed where the target is a scalar that was broadcast. */
function contribute(target: usize, slot: usize, condition: usize, a: usize, b: usize): void {
  if (!wants(target)) return
  const word = wordOf(slot)
  if (isTensor(slot) && !isTensor(target)) {
    contribute1<usize>(target, Opcode.Sum, computeSlot(word, slot, condition, a, b))
  } else contribute3(target, word, condition, a, b)
}
