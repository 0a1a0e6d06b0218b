/** Rules of the reductions; each is another one's transpose. */
import { computeSlot, contribute1, contribute2, cotangent, wants } from '../emit'
import { Opcode } from '../shared/opcodes'
import { isTensor, operandA, operandB, wordOf } from '../slots'

export function reduceRule(slot: usize): void {
  const a = operandA(slot)
  const dy = cotangent<usize>(slot)
  switch (wordOf(slot) & 0xff) {
    case Opcode.Sum:
      contribute1<usize>(a, Opcode.Broadcast, dy)
      break
    case Opcode.Broadcast:
      contribute1<usize>(a, Opcode.Sum, dy)
      break
    // ā += ȳ·b, b̄ += ȳ·a, with one ȳ for all elements
    case Opcode.Dot: {
      const b = operandB(slot)
      contribute2<usize>(a, Opcode.Mul, dy, b)
      contribute2<usize>(b, Opcode.Mul, dy, a)
      break
    }
    case Opcode.RowSum:
      contribute1<usize>(a, Opcode.RowBroadcast, dy)
      break
    case Opcode.RowBroadcast:
      contribute1<usize>(a, Opcode.RowSum, dy)
      break
    // the same with one ȳ for each row
    case Opcode.RowDot: {
      const b = operandB(slot)
      contribute2<usize>(a, Opcode.RowScale, b, dy)
      contribute2<usize>(b, Opcode.RowScale, a, dy)
      break
    }
    case Opcode.RowScale: {
      const b = operandB(slot)
      contribute2<usize>(a, Opcode.RowScale, dy, b)
      contribute2<usize>(b, Opcode.RowDot, dy, a)
      break
    }
    // ā += ȳ·share, equal among elements that tie
    case Opcode.Maximum:
    case Opcode.Minimum:
      if (wants(a)) {
        const share = computeSlot(Opcode.ExtremeShare, a, a, slot, slot)
        if (isTensor(slot)) contribute2<usize>(a, Opcode.RowScale, share, dy)
        else contribute2<usize>(a, Opcode.Mul, dy, share)
      }
      break
    // Constant where no two elements meet; its derivative is 0 everywhere, also there.
    case Opcode.ExtremeShare:
      break
    case Opcode.Repeat:
      contribute1<usize>(a, Opcode.SumRepeats, dy)
      break
    case Opcode.SumRepeats:
      contribute1<usize>(a, Opcode.Repeat, dy)
      break
    default:
      break
  }
}
