/** Rules of the ops on parts. A cotangent that covers its target in part is added where it belongs, and nowhere else. */
import { contribute3, contributePart, cotangent, pass, passPart } from '../emit'
import { Opcode } from '../shared/opcodes'
import { count, isTensor, offsetOf, operandA, operandB, wordOf } from '../slots'

export function partRule(slot: usize): void {
  const a = operandA(slot)
  const dy = cotangent<usize>(slot)
  const offset = <usize>offsetOf(slot)
  switch (wordOf(slot) & 0xff) {
    // y = a[offset …]: ā[offset …] += ȳ. All of a tensor, in another shape, is passed on.
    case Opcode.Slice:
      if (isTensor(slot) && count(slot) == count(a)) passPart(a, dy, 0)
      else contributePart(a, dy, offset, false)
      break
    // y = 0, but y[offset …] = a: ā += ȳ[offset …]
    case Opcode.Embed:
      passPart(a, dy, offset)
      break
    // y = a, but y[offset …] += b: ā += ȳ, b̄ += ȳ[offset …]
    case Opcode.AddAt:
    // The same for y[offset …] = b: what it overwrites are zeros of an Embed, whose rule reads none of their cotangents.
    case Opcode.Put:
      pass<usize>(a, dy)
      passPart(operandB(slot), dy, offset)
      break
    // The same in each row.
    case Opcode.RowSlice:
      contributePart(a, dy, offset, true)
      break
    case Opcode.RowEmbed:
      contribute3(a, Opcode.RowSlice, dy, dy, offset)
      break
    case Opcode.RowAddAt:
    case Opcode.RowPut:
      pass<usize>(a, dy)
      contribute3(operandB(slot), Opcode.RowSlice, dy, dy, offset)
      break
    default:
      break
  }
}
