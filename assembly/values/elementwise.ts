/** Values of the elementwise ops: the mathematics for one number, and the loops over tensors. */
import { toFloat32, toFloat64 } from '../kernels/cast'
import { bytes } from '../kernels/lanes'
import { copy } from '../kernels/vector'
import { mapExp, mapLog, mapLogistic, mapTanh } from '../kernels/math'
import { expScalar, logScalar, logisticScalar, tanhScalar } from '../kernels/math'
import { mapErf, mapErfc, mapNormCdf } from '../kernels/errorFunction'
import { mapAdd, mapDiv, mapLogisticBack, mapMul, mapSub, mapTanhBack } from '../kernels/elementwise'
import { mapAbs, mapCeil, mapFloor, mapNeg, mapRound, mapSqrt } from '../kernels/elementwise'
import { Opcode } from '../shared/opcodes'
import { ATTRIBUTE, FLAG_TENSOR } from '../shared/layout'
import { bytes as sizeInBytes, count, data, isFloat32, isTensor, scalar } from '../slots'
import { powerDerivative } from './power'
import { specialNumber } from './special'

/** Is the op elementwise: does one element of the result depend on one element of each operand? */
@inline
export function isElementwise(opcode: i32): bool {
  return opcode >= Opcode.Identity && opcode <= Opcode.LogisticBack
}

/** Is it one of + − × ÷, which need no function? */
@inline
export function isArithmetic(opcode: i32): bool {
  return opcode >= Opcode.Add && opcode <= Opcode.Div
}

/** The value of + − × ÷ at one point. */
@inline
export function arithmetic(opcode: i32, a: f64, b: f64): f64 {
  switch (opcode) {
    case Opcode.Add:
      return a + b
    case Opcode.Sub:
      return a - b
    case Opcode.Mul:
      return a * b
    default:
      return a / b
  }
}

/**
 * The value of an elementwise op at one point. `word` holds opcode and attribute.
 *
 * Conventions: |x| has sign(x) as its derivative, and sign(0) = 0; where a and b are equal, each has half of their maximum
 * and minimum; the rest follows IEEE 754 and ECMAScript.
 */
@inline
export function elementwiseNumber(word: i32, a: f64, b: f64): f64 {
  if (isArithmetic(word & 0xff)) return arithmetic(word & 0xff, a, b)
  switch (word & 0xff) {
    case Opcode.Identity:
    case Opcode.StopGradient:
    case Opcode.Cast:
      return a
    case Opcode.Neg:
      return -a
    case Opcode.Abs:
      return Math.abs(a)
    case Opcode.Sign:
      return a > 0 ? 1 : a < 0 ? -1 : a
    case Opcode.Exp:
      return expScalar(a)
    case Opcode.Log:
      return logScalar(a)
    case Opcode.Sqrt:
      return Math.sqrt(a)
    case Opcode.Sin:
      return Math.sin(a)
    case Opcode.Cos:
      return Math.cos(a)
    case Opcode.Tan:
      return Math.tan(a)
    case Opcode.Asin:
      return Math.asin(a)
    case Opcode.Acos:
      return Math.acos(a)
    case Opcode.Atan:
      return Math.atan(a)
    case Opcode.Sinh:
      return Math.sinh(a)
    case Opcode.Cosh:
      return Math.cosh(a)
    case Opcode.Tanh:
      return tanhScalar(a)
    case Opcode.Asinh:
      return Math.asinh(a)
    case Opcode.Acosh:
      return Math.acosh(a)
    case Opcode.Atanh:
      return Math.atanh(a)
    case Opcode.Log1p:
      return Math.log1p(a)
    case Opcode.Expm1:
      return Math.expm1(a)
    case Opcode.Logistic:
      return logisticScalar(a)
    case Opcode.Log1pExp:
      // log(1 + eᵃ) = max(a, 0) + log(1 + e^−|a|): no overflow on the right, no loss on the left.
      return (a > 0 ? a : a < 0 ? 0 : a * 0) + Math.log1p(expScalar(-Math.abs(a)))
    case Opcode.Pow:
      return powerDerivative(a, b, (word >>> (8 * ATTRIBUTE)) & 15, word >>> (8 * ATTRIBUTE + 4))
    case Opcode.Atan2:
      return Math.atan2(a, b)
    case Opcode.Hypot:
      return Math.hypot(a, b)
    case Opcode.Max:
      return max(a, b)
    case Opcode.Min:
      return min(a, b)
    case Opcode.MaxShare:
      return a > b ? 1 : a < b ? 0 : a == b ? 0.5 : NaN
    case Opcode.Less:
      return a < b ? 1 : 0
    case Opcode.LessOrEqual:
      return a <= b ? 1 : 0
    case Opcode.Equal:
      return a == b ? 1 : 0
    case Opcode.TanhBack:
      return a * ((1 - b) * (1 + b))
    case Opcode.LogisticBack:
      return a * (b * (1 - b))
    default:
      return specialNumber(word, a)
  }
}

/**
 * One number at a time, for the ops that no vector loop exists for: in float64, so that float32 is rounded once, by the last
 * step. A scalar operand is taken as it is.
 */
function mapNumbers<T>(word: i32, n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize): void {
  let x: f64 = aTensor ? 0 : load<f64>(a)
  let z: f64 = bTensor ? 0 : load<f64>(b)
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) {
    if (aTensor) x = load<T>(a + i)
    if (bTensor) z = load<T>(b + i)
    store<T>(y + i, <T>elementwiseNumber(word, x, z))
  }
}

/** out = a, each element rounded to the type of out's. A number stays what it is. */
export function cast(out: usize, a: usize): void {
  const n = count(out)
  if (isFloat32(out) == isFloat32(a)) memory.copy(data(out), data(a), sizeInBytes(out))
  else if (isFloat32(out)) toFloat32(n, data(a), data(out))
  else toFloat64(n, data(a), data(out))
}

/**
 * out = op(a, b) for every element of tensors of T; a scalar operand is repeated. Out must not overlap an operand, unless it is
 * the very same buffer.
 */
export function elementwise<T>(word: i32, out: usize, a: usize, b: usize): void {
  if (!isTensor(out)) {
    store<f64>(data(out), elementwiseNumber(word, scalar(a), scalar(b)))
    return
  }
  const n = count(out)
  const y = data(out)
  const pa = data(a)
  const pb = data(b)
  const aTensor = isTensor(a)
  const bTensor = isTensor(b)
  switch (word & 0xff) {
    case Opcode.Identity:
    case Opcode.StopGradient:
      copy<T>(n, pa, y)
      break
    case Opcode.Add:
      mapAdd<T>(n, pa, aTensor, pb, bTensor, y, false)
      break
    case Opcode.Sub:
      mapSub<T>(n, pa, aTensor, pb, bTensor, y, false)
      break
    case Opcode.Mul:
      mapMul<T>(n, pa, aTensor, pb, bTensor, y, false)
      break
    case Opcode.Div:
      mapDiv<T>(n, pa, aTensor, pb, bTensor, y, false)
      break
    case Opcode.TanhBack:
      mapTanhBack<T>(n, pa, aTensor, pb, bTensor, y, false)
      break
    case Opcode.LogisticBack:
      mapLogisticBack<T>(n, pa, aTensor, pb, bTensor, y, false)
      break
    case Opcode.Neg:
      mapNeg<T>(n, pa, y)
      break
    case Opcode.Abs:
      mapAbs<T>(n, pa, y)
      break
    case Opcode.Sqrt:
      mapSqrt<T>(n, pa, y)
      break
    case Opcode.Floor:
      mapFloor<T>(n, pa, y)
      break
    case Opcode.Ceil:
      mapCeil<T>(n, pa, y)
      break
    case Opcode.Round:
      mapRound<T>(n, pa, y)
      break
    case Opcode.Erf:
      mapErf<T>(n, pa, y)
      break
    case Opcode.Erfc:
      mapErfc<T>(n, pa, y)
      break
    case Opcode.NormCdf:
      mapNormCdf<T>(n, pa, y)
      break
    case Opcode.Exp:
      mapExp<T>(n, pa, y)
      break
    case Opcode.Log:
      mapLog<T>(n, pa, y)
      break
    case Opcode.Tanh:
      mapTanh<T>(n, pa, y)
      break
    case Opcode.Logistic:
      mapLogistic<T>(n, pa, y)
      break
    default:
      mapNumbers<T>(word, n, pa, aTensor, pb, bTensor, y)
  }
}

/** Is there a loop that adds the op's values to what is there? */
export function accumulatesElementwise(opcode: i32): bool {
  return (
    opcode == Opcode.Mul || opcode == Opcode.Div || opcode == Opcode.TanhBack || opcode == Opcode.LogisticBack
  )
}

/** Adds op(a, b) to `out` in one pass over memory. False, with nothing done, when there is no such loop. */
export function accumulateElementwise<T>(word: i32, out: usize, a: usize, b: usize): bool {
  const n = count(out)
  const y = data(out)
  const pa = data(a)
  const pb = data(b)
  switch (word & 0xff) {
    case Opcode.Mul:
      mapMul<T>(n, pa, isTensor(a), pb, isTensor(b), y, true)
      return true
    case Opcode.Div:
      mapDiv<T>(n, pa, isTensor(a), pb, isTensor(b), y, true)
      return true
    case Opcode.TanhBack:
      mapTanhBack<T>(n, pa, isTensor(a), pb, isTensor(b), y, true)
      return true
    case Opcode.LogisticBack:
      mapLogisticBack<T>(n, pa, isTensor(a), pb, isTensor(b), y, true)
      return true
    default:
      return false
  }
}
