/** The one place where an opcode becomes a rule. */
import { ATTRIBUTE, GAUSSIAN_HALF, LAST_POLYGAMMA } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { arithmeticRule, elementwiseRule } from './elementwise'
import { partRule } from './part'
import { productRule } from './product'
import { reduceRule } from './reduce'
import { softmaxRule } from './softmax'
import { whereRule } from './where'

/** Runs the rule of + − × ÷ of scalars. */
@inline
export function applyArithmeticRule(opcode: i32, slot: usize): void {
  arithmeticRule<f64>(opcode, slot)
}

/** Runs the rule of any record of scalars: plain arithmetic. */
@inline
export function applyScalarRule(slot: usize): void {
  elementwiseRule<f64>(slot)
}

/** Runs the rule of any other record, or of any record while the walk is recorded. */
export function applyRule(opcode: i32, slot: usize): void {
  if (opcode < Opcode.Where) elementwiseRule<usize>(slot)
  else if (opcode == Opcode.Where) whereRule(slot)
  else if (opcode < Opcode.MatVec) reduceRule(slot)
  else if (opcode < Opcode.Softmax) productRule(slot)
  else if (opcode < Opcode.Slice) softmaxRule(slot)
  else partRule(slot)
}

/**
 * The most intermediate buffers, each as large as the record's largest operand, that the op's rule makes: one for each
 * `compute…`, one for each contribution that cannot be added in place or that is summed into a scalar first. The walk
 * stops the engine when a rule takes more.
 */
export function scratchBuffers(opcode: i32): i32 {
  switch (opcode) {
    case Opcode.Identity:
    case Opcode.StopGradient:
    case Opcode.Neg:
    case Opcode.Sign:
    case Opcode.Floor:
    case Opcode.Ceil:
    case Opcode.Round:
    case Opcode.Add:
    case Opcode.Mul:
    case Opcode.Exp:
    case Opcode.Log:
    case Opcode.Tanh:
    case Opcode.Logistic:
    case Opcode.Broadcast:
    case Opcode.Dot:
    case Opcode.MatVec:
    case Opcode.MatMul:
    case Opcode.Outer:
    case Opcode.BlockMatMul:
    case Opcode.MaxShare:
    case Opcode.Less:
    case Opcode.LessOrEqual:
    case Opcode.Equal:
    case Opcode.ExtremeShare:
    case Opcode.Slice:
    case Opcode.Embed:
    case Opcode.AddAt:
    case Opcode.Put:
    case Opcode.RowSlice:
      return 0
    case Opcode.Sub:
    case Opcode.Abs:
    case Opcode.Sqrt:
    case Opcode.Sin:
    case Opcode.Sinh:
    case Opcode.Cosh:
    case Opcode.Asinh:
    case Opcode.Log1p:
    case Opcode.Expm1:
    case Opcode.Log1pExp:
    case Opcode.Log1mExp:
    case Opcode.Gaussian:
    case Opcode.LGamma:
    case Opcode.Polygamma:
    case Opcode.Sum:
    case Opcode.RowSum:
    case Opcode.RowBroadcast:
    case Opcode.Repeat:
    case Opcode.SumRepeats:
    case Opcode.Softmax:
    case Opcode.RowEmbed:
    case Opcode.RowAddAt:
    case Opcode.RowPut:
    case Opcode.Cast:
      return 1
    case Opcode.Cos:
    case Opcode.Tan:
    case Opcode.Atan:
    case Opcode.Erf:
    case Opcode.Erfc:
    case Opcode.NormCdf:
    case Opcode.Pow:
    case Opcode.Hypot:
    case Opcode.Max:
    case Opcode.Min:
    case Opcode.RowDot:
    case Opcode.RowScale:
    case Opcode.Maximum:
    case Opcode.Minimum:
    case Opcode.Where:
    case Opcode.LogSumExp:
      return 2
    case Opcode.Div:
    case Opcode.Atanh:
    case Opcode.TanhBack:
    case Opcode.InvNormCdf:
      return 3
    case Opcode.Asin:
    case Opcode.LogisticBack:
    case Opcode.Inverf:
    case Opcode.Inverfc:
      return 4
    case Opcode.Acos:
    case Opcode.Acosh:
    case Opcode.Atan2:
    case Opcode.SoftmaxBack:
    case Opcode.SoftmaxCrossEntropy:
      return 5
    default:
      return 10
  }
}

/** How many operands the op has. */
@inline
export function operandCount(opcode: i32): i32 {
  if (opcode == Opcode.SoftmaxCrossEntropyBack || opcode == Opcode.Where) return 3
  if (opcode >= Opcode.Add && opcode <= Opcode.LogisticBack) return 2
  if (opcode >= Opcode.MatVec && opcode <= Opcode.BlockMatMul) return 2
  return opcode == Opcode.Dot ||
    opcode == Opcode.RowDot ||
    opcode == Opcode.RowScale ||
    opcode == Opcode.ExtremeShare ||
    opcode == Opcode.AddAt ||
    opcode == Opcode.Put ||
    opcode == Opcode.RowAddAt ||
    opcode == Opcode.RowPut ||
    opcode == Opcode.SoftmaxBack ||
    opcode == Opcode.SoftmaxCrossEntropy
    ? 2
    : 1
}

/**
 * Does the op change operand a's buffer and give it as its result? No other record reads that operand, which is never an
 * input, so its cotangent is the result's, borrowed.
 */
@inline
export function worksInPlace(opcode: i32): bool {
  return (
    opcode == Opcode.AddAt || opcode == Opcode.Put || opcode == Opcode.RowAddAt || opcode == Opcode.RowPut
  )
}

/**
 * Does the op's rule read the operand at this position, 0 for a and 1 for b, only before it contributes to its
 * cotangent? Then the operand may be overwritten by that very contribution.
 */
export function readsBeforeContributing(opcode: i32, position: i32): bool {
  if (opcode == Opcode.Add || opcode == Opcode.Sub || opcode == Opcode.Slice) return true
  if (opcode == Opcode.RowSlice) return true
  return (opcode == Opcode.MatVec || opcode == Opcode.MatMul || opcode == Opcode.BlockMatMul) && position == 0
}

/** Is this a derivative that has no room for one order more than its rule makes, in the bits that count them? */
export function isLastOrder(word: i32): bool {
  const attribute = word >>> (8 * ATTRIBUTE)
  switch (word & 0xff) {
    case Opcode.Pow:
      return (attribute & 15) >= 14 || attribute >>> 4 >= 14
    case Opcode.Gaussian:
      return (attribute & (GAUSSIAN_HALF - 1)) >= GAUSSIAN_HALF - 2
    case Opcode.Polygamma:
      return attribute >= LAST_POLYGAMMA - 1
    default:
      return false
  }
}
