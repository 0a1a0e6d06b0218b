/** log Γ and its derivatives, of one number. */
import { own } from '../own'
import { LAST_POLYGAMMA } from '../shared/layout'
import { DIGAMMA, DIGAMMA_ZERO, DIGAMMA_ZERO_LOW, LGAMMA_1, LGAMMA_2 } from './coefficients'
import { logScalar } from './math'
import { quotient } from './polynomial'

/** Is x a pole: 0, or a negative whole number? So are all float64 below −2⁵². */
@inline
function isPole(x: f64): bool {
  return x <= 0 && x == Math.floor(x)
}

/** sin πx for |x| ≤ ½. */
@inline
function sinPi(x: f64): f64 {
  return Math.sin(Math.PI * x)
}

/** The signed distance of x from the nearest whole number, exactly. */
@inline
function fromNearest(x: f64): f64 {
  return x - nearest(x)
}

/** ½ log 2π − ½ */
const STIRLING: f64 = 0.41893853320467274
/** B₂ₖ/(2k(2k − 1)) */
const STIRLING_TERMS = memory.data<f64>([
  1.0 / 12,
  -1.0 / 360,
  1.0 / 1260,
  -1.0 / 1680,
  1.0 / 1188,
  -691.0 / 360360,
  1.0 / 156,
  -3617.0 / 122400,
])

/**
 * log |Γ(x)|. Error ≤ 3.5 ULP for x > 0, also near the zeros 1 and 2. For negative x, where Γ(x)Γ(−x) = −π/(x sin πx), a few ULP
 * of the larger of two terms that may cancel. ∞ at the poles 0, −1, −2 …, and at ±∞.
 */
export function lgamma(x: f64): f64 {
  if (isPole(x)) return Infinity
  if (x <= -0.34375) {
    const sine = sinPi(fromNearest(x))
    return logScalar(Math.PI / Math.abs(x * sine)) - lgamma(-x)
  }
  // Γ(1 + x) = x Γ(x)
  if (x < 0.65625) return x * (x - 1) * (0.5 + quotient(x + 0.34375, LGAMMA_1, 7)) - logScalar(Math.abs(x))
  if (x < 1.65625) return (1 - x) * (2 - x) * (0.5 + quotient(x - 0.65625, LGAMMA_1, 7))
  if (x < 8) {
    let product: f64 = 1
    while (x >= 3) {
      x -= 1
      product *= x
    }
    const y = (x - 1) * (x - 2) * (0.40625 + quotient(x - 1.65625, LGAMMA_2, 7))
    return product == 1 ? y : y + logScalar(product)
  }
  // (x − ½) log x − x + ½ log 2π + Σ B₂ₖ/(2k(2k − 1) x²ᵏ⁻¹), without subtracting x.
  return (x - 0.5) * (logScalar(x) - 1) + (STIRLING + series(1 / x, STIRLING_TERMS) / x)
}

/** Σ cₖ x²ᵏ of eight terms, from k = 0 on. */
function series(x: f64, coefficients: usize): f64 {
  const square = x * x
  let sum: f64 = 0
  for (let at = coefficients + 56; at >= coefficients; at -= 8) sum = sum * square + load<f64>(at)
  return sum
}

/** B₂ₖ/2k */
const DIGAMMA_TERMS = memory.data<f64>([
  1.0 / 12,
  -1.0 / 120,
  1.0 / 252,
  -1.0 / 240,
  1.0 / 132,
  -691.0 / 32760,
  1.0 / 12,
  -3617.0 / 8160,
])

/**
 * ψ(x) = Γ'(x)/Γ(x). Error ≤ 3 ULP for x > 0, also near its zero 1.4616…; for negative x, by reflection, of the larger of
 * two terms that may cancel. ∓∞ at ±0, ∞ at ∞; NaN at −1, −2 … and at −∞.
 */
export function digamma(x: f64): f64 {
  if (isPole(x)) return x == 0 ? -1 / x : NaN
  if (x < 0) return digamma(1 - x) - Math.PI * cotangentPi(fromNearest(x))
  // ψ(x) = ψ(1 + x) − 1/x
  if (x < 1) return (x - (DIGAMMA_ZERO - 1) - DIGAMMA_ZERO_LOW) * (1 + quotient(x, DIGAMMA, 7)) - 1 / x
  if (x < 10) {
    let sum: f64 = 0
    while (x > 2.5) {
      x -= 1
      sum += 1 / x
    }
    return sum + (x - DIGAMMA_ZERO - DIGAMMA_ZERO_LOW) * (1 + quotient(x - 1, DIGAMMA, 7))
  }
  const inverse = 1 / x
  return logScalar(x) - inverse * (0.5 + inverse * series(inverse, DIGAMMA_TERMS))
}

/** cot πx for |x| ≤ ½: exactly 0 at ±½. */
@inline
function cotangentPi(x: f64): f64 {
  return sinPi(0.5 - Math.abs(x)) / sinPi(x)
}

/** B₂ₖ */
const BERNOULLI_NUMBERS = memory.data<f64>([
  1.0 / 6,
  -1.0 / 30,
  1.0 / 42,
  -1.0 / 30,
  5.0 / 66,
  -691.0 / 2730,
  7.0 / 6,
  -3617.0 / 510,
  43867.0 / 798,
  -174611.0 / 330,
])

/** m·x^(−n), where x^(−n) alone may leave the range. */
@inline
function timesPower(m: f64, x: f64, n: f64): f64 {
  const root = Math.pow(x, -0.5 * n)
  return m * root * root
}

/** n! Σ (x + k)^(−n − 1) over all k ≥ 0, for x > 0 and n ≥ 1: some terms, and the rest by Euler and Maclaurin. */
function hurwitz(n: f64, x: f64): f64 {
  let factorial: f64 = 1
  for (let i: f64 = 2; i <= n; i++) factorial *= i
  const terms = Math.max(0, Math.ceil(15 + n - x))
  const z = x + terms
  const inverse = 1 / (z * z)
  // The term B₂ₖ (2k + n − 1)!/((2k)! z^(2k + n)), in units of (n − 1)!/zⁿ.
  let factor: f64 = 1
  let sum: f64 = 1 + (0.5 * n) / z
  for (let k = 1; k <= 10; k++) {
    const even = <f64>(2 * k)
    factor *= ((even + n - 1) * (even + n - 2) * inverse) / (even * (even - 1))
    sum += factor * load<f64>(BERNOULLI_NUMBERS + (<usize>(k - 1) << 3))
  }
  sum *= timesPower(factorial / n, z, n)
  for (let k = terms - 1; k >= 0; k--) sum += timesPower(factorial, x + k, n + 1)
  return sum
}

const allCotangentTerms = memory.data((LAST_POLYGAMMA + 3) * 8)

/**
 * The n-th derivative of cot πx by x, for |x| ≤ ½: πⁿ times a polynomial P of c = cot πx, where P₀ = c and
 * Pₙ₊₁ = −(1 + c²)·Pₙ'. All its coefficients have one sign, so nothing cancels.
 */
function cotangentDerivative(n: i32, x: f64): f64 {
  const terms = own(allCotangentTerms)
  store<f64>(terms, 0)
  store<f64>(terms, 1, 8)
  for (let k = 0; k < n; k++) {
    // In place, from the highest on: the coefficient j is −((j + 1)·pⱼ₊₁ + (j − 1)·pⱼ₋₁).
    let above: f64 = 0
    let here: f64 = 0
    store<f64>(terms + (<usize>(k + 2) << 3), 0)
    for (let j = k + 2; j >= 0; j--) {
      const at = terms + (<usize>j << 3)
      here = load<f64>(at)
      const below = j > 0 ? <f64>(j - 1) * load<f64>(at - 8) : 0
      store<f64>(at, -(above + below))
      above = <f64>j * here
    }
  }
  const c = cotangentPi(x)
  let sum = load<f64>(terms + (<usize>(n + 1) << 3))
  for (let j = n; j >= 0; j--) sum = sum * c + load<f64>(terms + (<usize>j << 3))
  for (let k = 0; k < n; k++) sum *= Math.PI
  return sum
}

/**
 * The n-th derivative of ψ, for n ≤ `LAST_POLYGAMMA`. Error ≤ 8 ULP for x > 0 and n ≤ 4, growing with n; for negative x, by
 * reflection, of the larger of two terms that may cancel. 0 at ∞. At a pole ∞ for odd n; for even n ∓∞ at ±0, NaN at −1, −2 …
 */
export function polygamma(n: i32, x: f64): f64 {
  if (n == 0) return digamma(x)
  const odd = (n & 1) != 0
  if (isPole(x)) return odd ? (x == -Infinity ? NaN : Infinity) : x == 0 ? -1 / x : NaN
  if (x >= 0) {
    const value = hurwitz(<f64>n, x)
    return odd ? value : -value
  }
  // ψ⁽ⁿ⁾(x) = (−1)ⁿ ψ⁽ⁿ⁾(1 − x) − π·dⁿ cot πx/dxⁿ
  return -hurwitz(<f64>n, 1 - x) - Math.PI * cotangentDerivative(n, fromNearest(x))
}
