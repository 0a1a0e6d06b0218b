/**
 * Rules of the matrix products. Transposes are flags, never copies. The cotangent that reads a parameter is emitted
 * before the parameter's own, so that a parameter may be updated in place (see STATE_UPDATE).
 */
import { contribute2, cotangent } from '../emit'
import { ATTRIBUTE, BLOCKS_SHARE_A, BLOCKS_SHARE_B, BLOCKS_SUM } from '../shared/layout'
import { FLAGS, FLAG_TRANSPOSE_A, FLAG_TRANSPOSE_B } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { operandA, operandB, wordOf } from '../slots'
import { transposeA, transposeB } from '../values/product'

const TRANSPOSE_A = FLAG_TRANSPOSE_A << (8 * FLAGS)
const TRANSPOSE_B = FLAG_TRANSPOSE_B << (8 * FLAGS)

/** MatMul with the given transposes. */
@inline
function matMul(a: bool, b: bool): i32 {
  return Opcode.MatMul | (a ? TRANSPOSE_A : 0) | (b ? TRANSPOSE_B : 0)
}

/** BlockMatMul with the given transposes, and what its blocks share. */
function blockMatMul(a: bool, aShared: bool, b: bool, bShared: bool, summed: bool): i32 {
  const shared = (aShared ? BLOCKS_SHARE_A : 0) | (bShared ? BLOCKS_SHARE_B : 0) | (summed ? BLOCKS_SUM : 0)
  return Opcode.BlockMatMul | (a ? TRANSPOSE_A : 0) | (b ? TRANSPOSE_B : 0) | (shared << (8 * ATTRIBUTE))
}

export function productRule(slot: usize): void {
  const word = wordOf(slot)
  const a = operandA(slot)
  const b = operandB(slot)
  const dy = cotangent<usize>(slot)
  const ta = transposeA(word)
  const tb = transposeB(word)
  switch (word & 0xff) {
    // y = A·x: x̄ += Aᵀ·ȳ, Ā += ȳ·xᵀ; for y = Aᵀ·x: x̄ += A·ȳ, Ā += x·ȳᵀ
    case Opcode.MatVec:
      contribute2<usize>(b, Opcode.MatVec | (ta ? 0 : TRANSPOSE_A), a, dy)
      if (ta) contribute2<usize>(a, Opcode.Outer, b, dy)
      else contribute2<usize>(a, Opcode.Outer, dy, b)
      break
    // C = A·B: B̄ += Aᵀ·C̄, Ā += C̄·Bᵀ, and the same with the transposes moved to the other side
    case Opcode.MatMul:
      if (tb) contribute2<usize>(b, matMul(true, ta), dy, a)
      else contribute2<usize>(b, matMul(!ta, false), a, dy)
      if (ta) contribute2<usize>(a, matMul(tb, true), b, dy)
      else contribute2<usize>(a, matMul(false, !tb), dy, b)
      break
    // Z = x·yᵀ: x̄ += Z̄·y, ȳ += Z̄ᵀ·x
    case Opcode.Outer:
      contribute2<usize>(a, Opcode.MatVec, dy, b)
      contribute2<usize>(b, Opcode.MatVec | TRANSPOSE_A, dy, a)
      break
    // The same for each block. What was shared, or summed, is where it now stands.
    case Opcode.BlockMatMul: {
      const shared = word >>> (8 * ATTRIBUTE)
      const aShared = (shared & BLOCKS_SHARE_A) != 0
      const bShared = (shared & BLOCKS_SHARE_B) != 0
      const summed = (shared & BLOCKS_SUM) != 0
      if (tb) contribute2<usize>(b, blockMatMul(true, summed, ta, aShared, bShared), dy, a)
      else contribute2<usize>(b, blockMatMul(!ta, aShared, false, summed, bShared), a, dy)
      if (ta) contribute2<usize>(a, blockMatMul(tb, bShared, true, summed, aShared), b, dy)
      else contribute2<usize>(a, blockMatMul(false, summed, !tb, bShared, aShared), dy, b)
      break
    }
    default:
      break
  }
}
