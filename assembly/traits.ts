/** What the planner of programs (src/compile) must know of an op: the engine's own predicates, gathered. */
import { operandCount, worksInPlace } from './rules/index'
import { Opcode } from './shared/opcodes'
import {
  TRAIT_ACCUMULATES,
  TRAIT_ACCUMULATES_SCALED,
  TRAIT_ADDS_EXACTLY,
  TRAIT_IN_PLACE,
  TRAIT_OFFSET,
  TRAIT_OVERWRITES_A,
  TRAIT_OVERWRITES_B,
  TRAIT_OVERWRITES_C,
  TRAIT_VIEW,
} from './shared/program'
import { hasOffset } from './slots'
import { isView } from './tape'
import { accumulatesElementwise, isElementwise } from './values/elementwise'
import { accumulates } from './values/execute'

/** The traits of an op, as bits. */
export function traitsOf(opcode: i32): i32 {
  if (opcode == Opcode.Leaf) return 0
  let traits = operandCount(opcode)
  if (isView(opcode)) traits |= TRAIT_VIEW
  if (worksInPlace(opcode)) traits |= TRAIT_IN_PLACE
  if (hasOffset(opcode)) traits |= TRAIT_OFFSET
  if (accumulates(opcode, false)) traits |= TRAIT_ACCUMULATES
  if (accumulates(opcode, true)) traits |= TRAIT_ACCUMULATES_SCALED
  if (accumulatesElementwise(opcode)) traits |= TRAIT_ADDS_EXACTLY
  if (mayOverwriteFirst(opcode)) traits |= TRAIT_OVERWRITES_A
  if (isElementwise(opcode) || opcode == Opcode.SoftmaxBack) traits |= TRAIT_OVERWRITES_B
  if (opcode == Opcode.Where) traits |= TRAIT_OVERWRITES_C
  return traits
}

/** Does the op read each element, or each row, of operand a before it writes the same one of its result? */
function mayOverwriteFirst(opcode: i32): bool {
  return (
    isElementwise(opcode) ||
    opcode == Opcode.RowScale ||
    opcode == Opcode.Softmax ||
    opcode == Opcode.SoftmaxBack
  )
}
