/** The special functions of a float64 to some 150 bits: the truth that their errors are measured against. */
import { bits, decompose, type Exact, exactExp, exactLog, fixed, one, precision, shift } from './exact.ts'
import {
  bernoulliNumber,
  erfcxOf,
  erfOf,
  erfRatio,
  expOf,
  inverfcOfExp,
  lgammaOf,
  logOf,
  over,
  pi,
  polygammaOf,
  sinCosOf,
  sqrtOf,
  times,
  twoOverRootOfPi,
} from './fixedPoint.ts'

function ofFixed(significand: bigint): Exact {
  return { significand, exponent: -precision }
}

function toFixed({ significand, exponent }: Exact): bigint {
  return shift(significand, exponent + precision)
}

/** A fixed-point factor times a float64, whatever the size of that. */
function timesNumber(factor: bigint, x: number): Exact {
  const { significand, exponent } = decompose(x)
  return { significand: factor * significand, exponent: exponent - precision }
}

/** e^(−a/2ᵏ) for a product a of two float64, however small the result is. */
function expOfMinusSquare(x: number, half: boolean): Exact {
  const { significand, exponent } = decompose(x)
  const square = shift(significand * significand, 2 * exponent + precision - (half ? 1 : 0))
  // e^(−s) = 2^−k·e^(k·ln 2 − s)
  const ln2 = toFixed(exactLog(2))
  const k = square / ln2
  return { significand: expOf(k * ln2 - square), exponent: -precision - Number(k) }
}

export function exactGaussian(x: number, half = false): Exact {
  return expOfMinusSquare(x, half)
}

export function exactErf(x: number): Exact {
  const a = fixed(Math.abs(x))
  if (Math.abs(x) < 3) return timesNumber(erfRatio(times(a, a)), x)
  const value = one - toFixed(exactErfc(Math.abs(x)))
  return ofFixed(x < 0 ? -value : value)
}

export function exactErfc(x: number): Exact {
  if (x < 0) return ofFixed(2n * one - toFixed(exactErfc(-x)))
  if (x < 1) return ofFixed(one - erfOf(fixed(x)))
  const { significand, exponent } = expOfMinusSquare(x, false)
  return { significand: times(significand, erfcxOf(fixed(x))), exponent }
}

export function exactNormCdf(x: number): Exact {
  const a = over(fixed(Math.abs(x)), sqrtOf(2n * one))
  if (Math.abs(x) < 1) return ofFixed((one + (x < 0 ? -erfOf(a) : erfOf(a))) / 2n)
  const { significand, exponent } = expOfMinusSquare(x, true)
  const tail = { significand: times(significand, erfcxOf(a)), exponent: exponent - 1 }
  return x < 0 ? tail : ofFixed(one - toFixed(tail))
}

/** y/z where erf y = z, for 0 < z < 0.8, by Newton's iteration. */
function inverfRatio(z: bigint): bigint {
  let y = (z * 9n) / 10n
  for (let i = 0; i < 9; i++) y += over(times(z - erfOf(y), expOf(times(y, y))), twoOverRootOfPi)
  return over(y, z)
}

/** inverfc p for 0 < p ≤ ½, p being as small as it likes. */
function inverfcOfSmall(p: number): bigint {
  const square = -toFixed(exactLog(p))
  const w = sqrtOf(square)
  return inverfcOfExp(square, w - over(logOf(2n * w), 2n * w))
}

/** inverf of a fixed-point number. */
function inverfOf(z: number): Exact {
  const magnitude = Math.abs(z)
  if (magnitude < 2 ** -60) return timesNumber(over(one, twoOverRootOfPi), z)
  if (magnitude <= 0.5) return timesNumber(inverfRatio(fixed(magnitude)), z)
  const y = inverfcOfSmall(1 - magnitude)
  return ofFixed(z < 0 ? -y : y)
}

export const exactInverf = inverfOf

export function exactInverfc(p: number): Exact {
  if (p < 0.5) return ofFixed(inverfcOfSmall(p))
  return inverfOf(1 - p)
}

export function exactInvNormCdf(p: number): Exact {
  const root = sqrtOf(2n * one)
  if (p >= 0.3 && p <= 0.7) {
    // 2p − 1 is exact.
    const { significand, exponent } = inverfOf(2 * p - 1)
    return { significand: significand * root, exponent: exponent - precision }
  }
  // erfc y = 2p with 2p = e^(ln 2 + log p), which is a float64 except for the least p.
  const rest = p < 0.5 ? p : 1 - p
  const square = -(toFixed(exactLog(rest)) + toFixed(exactLog(2)))
  const w = sqrtOf(square)
  const y = times(root, inverfcOfExp(square, w - over(logOf(2n * w), 2n * w)))
  return ofFixed(p < 0.5 ? -y : y)
}

/** √π/2·e^(y²) with erfc y = p: the slope of inverf at 1 − p. */
function inverseSlope(square: bigint, p: Exact): Exact {
  const w = sqrtOf(square)
  const y = inverfcOfExp(square, w - over(logOf(2n * w), 2n * w))
  const { significand, exponent } = p
  return { significand: (over(erfcxOf(y), twoOverRootOfPi) << bits) / significand, exponent: -2 * precision - exponent }
}

export function exactInverfSlope(z: number): Exact {
  const magnitude = Math.abs(z)
  if (magnitude > 0.5) return exactInverfcSlope(1 - magnitude)
  const y = toFixed(inverfOf(magnitude))
  return ofFixed(over(expOf(times(y, y)), twoOverRootOfPi))
}

/** But for its sign. */
export function exactInverfcSlope(p: number): Exact {
  if (p > 0.5) return exactInverfSlope(1 - p)
  return inverseSlope(-toFixed(exactLog(p)), decompose(p))
}

/** x − the nearest whole number, exactly. */
function fromNearest(x: number): number {
  return x - Math.round(x)
}

/** log |Γ(x)|. For negative x only the absolute error is small. */
export function exactLGamma(x: number): Exact {
  if (x >= 0.5) return ofFixed(lgammaOf(fixed(x)))
  // Γ(1 + x) = x Γ(x)
  if (x > -0.5) return ofFixed(lgammaOf(one + fixed(x)) - toFixed(exactLog(Math.abs(x))))
  const { sin } = sinCosOf(times(pi, fixed(fromNearest(x))))
  const product = times(fixed(-x), sin < 0n ? -sin : sin)
  return ofFixed(logOf(over(pi, product)) - lgammaOf(fixed(-x)))
}

/** The n-th derivative of ψ, for n ≤ 4; for x < −½ only the absolute error is small. */
export function exactPolygamma(n: number, x: number): Exact {
  if (x <= -0.5) return reflectedPolygamma(n, x)
  if (x >= 2 ** 20 && n > 0) return farPolygamma(n, x)
  if (x >= 0.5) return ofFixed(polygammaOf(n, fixed(x)))
  // ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(1 + x) − (−1)ⁿ n!/xⁿ⁺¹
  const { significand, exponent } = decompose(x)
  let factorial = 1n
  for (let i = 2n; i <= BigInt(n); i++) factorial *= i
  const scale = BigInt(precision - exponent * (n + 1))
  const pole = (factorial << scale) / significand ** BigInt(n + 1)
  return ofFixed(polygammaOf(n, one + fixed(x)) + (n % 2 === 0 ? -pole : pole))
}

/** The same far out, where it is tiny: ±(n − 1)!/xⁿ·(1 + n/(2x) + Σ B₂ₖ (2k + n − 1)!/((2k)! (n − 1)! x²ᵏ)). */
function farPolygamma(n: number, x: number): Exact {
  const inverse = over(one, fixed(x))
  const square = times(inverse, inverse)
  let sum = one + (BigInt(n) * inverse) / 2n
  let power = one
  for (let k = 1; k <= 10; k++) {
    power = (times(power, square) * BigInt((2 * k + n - 1) * (2 * k + n - 2))) / BigInt(2 * k * (2 * k - 1))
    const [numerator, denominator] = bernoulliNumber(k)
    sum += (power * numerator) / denominator
  }
  for (let i = 2n; i < BigInt(n); i++) sum *= i
  const { significand, exponent } = decompose(x)
  const fine = 200
  const quotient = (sum << BigInt(fine)) / significand ** BigInt(n)
  return { significand: n % 2 === 0 ? -quotient : quotient, exponent: -precision - fine - n * exponent }
}

/** The same by reflection. */
function reflectedPolygamma(n: number, x: number): Exact {
  const { sin, cos } = sinCosOf(times(pi, fixed(fromNearest(x))))
  const c = over(cos, sin)
  const c2 = times(c, c)
  const derivatives = [
    c,
    -(one + c2),
    2n * times(c, one + c2),
    -2n * times(one + c2, one + 3n * c2),
    8n * times(c, times(one + c2, 2n * one + 3n * c2)),
  ]
  let term = derivatives[n]
  for (let i = 0; i <= n; i++) term = times(term, pi)
  const other = polygammaOf(n, one - fixed(x))
  return ofFixed((n % 2 === 0 ? other : -other) - term)
}

export function exactLog1mExp(x: number): Exact {
  if (x > -1) {
    // 1 − eˣ = −x·(1 + x/2 + x²/6 + …)
    const a = fixed(x)
    let term = one
    let sum = 0n
    for (let n = 2n; term !== 0n && term !== -1n; n++) {
      sum += term
      term = times(term, a) / n
    }
    return ofFixed(toFixed(exactLog(-x)) + logOf(sum))
  }
  const e = exactExp(Math.max(x, -1000))
  // log(1 − e) = −e·(1 + e/2 + e²/3 + …)
  const fraction = toFixed(e)
  let power = one
  let sum = 0n
  for (let n = 1n; power !== 0n; n++) {
    sum += power / n
    power = times(power, fraction)
  }
  return { significand: -times(e.significand, sum), exponent: e.exponent }
}
