/**
 * Values of the special functions. Some ops are a function and its derivatives at once, told apart by the attribute: families that
 * are closed under differentiation, and whose members have a better form than the chain rule gives them.
 */
import {
  erfcScalar,
  erfScalar,
  gaussian,
  inverf,
  inverfc,
  inverfcSlope,
  inverfSlope,
  invNormCdf,
  invNormCdfSlope,
  normCdfScalar,
} from '../kernels/errorFunction'
import { lgamma, polygamma } from '../kernels/gamma'
import { expScalar, logScalar } from '../kernels/math'
import { ATTRIBUTE, GAUSSIAN_HALF } from '../shared/layout'
import { Opcode } from '../shared/opcodes'

/** log(1 − eᵃ) for a < 0, in the one of two forms that loses nothing; or its derivative, 1/(1 − e⁻ᵃ). */
function log1mExp(a: f64, order: i32): f64 {
  if (order != 0) return -1 / Math.expm1(-a)
  return a > -Math.LN2 ? logScalar(-Math.expm1(a)) : Math.log1p(-expScalar(a))
}

/**
 * ∂ᵏ e^(−s·a²)/∂aᵏ with s = 1 or ½. It is h·e^(−s·a²) with the polynomials h₀ = 1 and hₖ₊₁ = −2s·(a·hₖ + k·hₖ₋₁), those of
 * Hermite. Where the exponential is 0, so is all of it.
 */
function gaussianDerivative(a: f64, attribute: i32): f64 {
  const scale: f64 = attribute & GAUSSIAN_HALF ? 0.5 : 1
  const order = attribute & (GAUSSIAN_HALF - 1)
  const value = gaussian(a, scale)
  if (value == 0 || order == 0) return value
  let before: f64 = 0
  let h: f64 = 1
  for (let k = 0; k < order; k++) {
    const next = -2 * scale * (a * h + <f64>k * before)
    before = h
    h = next
  }
  return h * value
}

/**
 * The value of an op of this group at one point; `word` holds opcode and attribute. Not inlined, where `elementwiseNumber` is: that
 * stands in many places.
 */
export function specialNumber(word: i32, a: f64): f64 {
  const attribute = word >>> (8 * ATTRIBUTE)
  switch (word & 0xff) {
    case Opcode.Floor:
      return Math.floor(a)
    case Opcode.Ceil:
      return Math.ceil(a)
    case Opcode.Round:
      return nearest(a)
    case Opcode.Log1mExp:
      return log1mExp(a, attribute)
    case Opcode.Gaussian:
      return gaussianDerivative(a, attribute)
    case Opcode.Erf:
      return erfScalar(a)
    case Opcode.Erfc:
      return erfcScalar(a)
    case Opcode.NormCdf:
      return normCdfScalar(a)
    case Opcode.Inverf:
      return attribute == 0 ? inverf(a) : inverfSlope(a)
    case Opcode.Inverfc:
      return attribute == 0 ? inverfc(a) : inverfcSlope(a)
    case Opcode.InvNormCdf:
      return attribute == 0 ? invNormCdf(a) : invNormCdfSlope(a)
    case Opcode.LGamma:
      return lgamma(a)
    case Opcode.Polygamma:
      return polygamma(attribute, a)
    default:
      return NaN
  }
}
