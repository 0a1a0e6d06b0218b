/** Rules of softmax and its relatives, row by row. */
import { compute1, compute2, computeRows, computeSlot, contribute1, contribute2 } from '../emit'
import { contribute3, cotangent, wants } from '../emit'
import { Opcode } from '../shared/opcodes'
import { operandA, operandB, operandC, wordOf } from '../slots'

export function softmaxRule(slot: usize): void {
  const a = operandA(slot)
  const b = operandB(slot)
  const dy = cotangent<usize>(slot)
  switch (wordOf(slot) & 0xff) {
    case Opcode.Softmax:
      contribute2<usize>(a, Opcode.SoftmaxBack, dy, slot)
      break
    // y = b∘(a − ⟨a, b⟩): symmetric in ȳ and a, so ā has the same form; b̄ += ȳ∘a − ⟨a, b⟩ȳ − ⟨ȳ, b⟩a
    case Opcode.SoftmaxBack:
      contribute2<usize>(a, Opcode.SoftmaxBack, dy, b)
      if (wants(b)) {
        contribute2<usize>(b, Opcode.Mul, dy, a)
        contribute1<usize>(b, Opcode.Neg, scaleRows(dy, computeRows(Opcode.RowDot, a, b)))
        contribute1<usize>(b, Opcode.Neg, scaleRows(a, computeRows(Opcode.RowDot, dy, b)))
      }
      break
    // ā += ȳ·softmax(a)
    case Opcode.LogSumExp:
      if (wants(a)) contribute2<usize>(a, Opcode.RowScale, compute1<usize>(Opcode.Softmax, a), dy)
      break
    // y = Σ b (logSumExp a − a): ā += ȳ·(Σb · softmax a − b), b̄ += ȳ·(logSumExp a − a)
    case Opcode.SoftmaxCrossEntropy:
      contribute3(a, Opcode.SoftmaxCrossEntropyBack, dy, a, b)
      if (wants(b)) {
        const normalizer = computeRows(Opcode.LogSumExp, a, a)
        const spread = computeSlot(Opcode.RowBroadcast, a, normalizer, normalizer, normalizer)
        contribute2<usize>(b, Opcode.RowScale, compute2<usize>(Opcode.Sub, spread, a), dy)
      }
      break
    // y = a·d with d = Σc · p − c, p = softmax b:
    // ā += ⟨ȳ, d⟩, b̄ += the pullback of softmax at a·Σc·ȳ, c̄ += a·(⟨ȳ, p⟩ − ȳ)
    case Opcode.SoftmaxCrossEntropyBack: {
      const c = operandC(slot)
      const p = compute1<usize>(Opcode.Softmax, b)
      const total = computeRows(Opcode.RowSum, c, c)
      if (wants(a)) {
        contribute2<usize>(a, Opcode.RowDot, dy, compute2<usize>(Opcode.Sub, scaleRows(p, total), c))
      }
      const scaled = scaleRows(dy, a)
      if (wants(b)) contribute2<usize>(b, Opcode.SoftmaxBack, scaleRows(scaled, total), p)
      if (wants(c)) {
        contribute1<usize>(c, Opcode.RowBroadcast, computeRows(Opcode.RowDot, scaled, p))
        contribute1<usize>(c, Opcode.Neg, scaled)
      }
      break
    }
    default:
      break
  }
}

/** Row i of a table times element i of a factor. */
function scaleRows(table: usize, factor: usize): usize {
  return computeSlot(Opcode.RowScale, table, table, factor, factor)
}
