/**
 * The error function and its relatives, of vectors of T and of one number. They are computed in float64, two lanes at a time,
 * and rounded once where T is float32. The same bits for the same element, wherever it stands.
 *
 * erfc(x) = e^(−x²)·erfcx(x), and erfcx, which falls like 1/(x√π), is a polynomial of 1 − 8/(x + 4) from ½ on. What is
 * nearer to 0 comes from erf, whose series needs no exponential.
 */
import { ERF, ERFCX, INVERF, INVERFC_END, INVERFC_FAR, INVERFC_MIDDLE, INVERFC_NEAR } from './coefficients'
import { bytes, select, storeOne } from './lanes'
import { expLanes, logScalar } from './math'
import { polynomialLanes, quotient } from './polynomial'

/** e^(−scale·x²) is 0 from here on, for a scale of ½ or 1. */
const GAUSSIAN_END = 40.0
/** √½ */
const ROOT_HALF = 0.7071067811865476

// Functions that several others call, and that are too long for a copy in each.

function exp(x: v128): v128 {
  return expLanes(x)
}

function polynomial(x: v128, coefficients: usize, degree: i32): v128 {
  return polynomialLanes(x, coefficients, degree)
}

/**
 * e^(−scale·x²) for a scale of ½ or 1. Error ≤ 1.5 ULP: what the rounding of x² loses, times its slope, is put back, since
 * at the end of the range it would weigh 350 ULP.
 */
function gaussianLanes(x: v128, scale: f64): v128 {
  const magnitude = f64x2.min(f64x2.abs(x), f64x2.splat(GAUSSIAN_END))
  const square = f64x2.mul(magnitude, magnitude)
  const high = v128.and(magnitude, i64x2.splat(-0x8000000))
  const low = f64x2.sub(magnitude, high)
  const highSquare = f64x2.sub(f64x2.mul(high, high), square)
  const lost = f64x2.add(f64x2.add(highSquare, f64x2.mul(f64x2.add(high, high), low)), f64x2.mul(low, low))
  const e = exp(f64x2.mul(square, f64x2.splat(-scale)))
  return f64x2.sub(e, f64x2.mul(e, f64x2.mul(lost, f64x2.splat(scale))))
}

/** erf x for |x| ≤ 1. */
function erfNear(x: v128): v128 {
  return f64x2.add(x, f64x2.mul(x, polynomial(f64x2.mul(x, x), ERF, 12)))
}

/** e^(x²)·erfc(x) for x ≥ ½, ½ below. */
function erfcxFar(x: v128): v128 {
  const four = f64x2.splat(4)
  const half = f64x2.splat(0.5)
  const inner = f64x2.max(x, half)
  const t = f64x2.sub(f64x2.splat(1), f64x2.div(f64x2.splat(8), f64x2.add(inner, four)))
  return f64x2.div(polynomial(t, ERFCX, 22), f64x2.add(inner, half))
}

/** What a map does to its lanes. */
abstract class Lanes {
  abstract of(x: v128): v128
}

@final
class Erf extends Lanes {
  of(x: v128): v128 {
    const magnitude = f64x2.abs(x)
    const far = f64x2.gt(magnitude, f64x2.splat(1))
    const near = erfNear(x)
    if (!v128.any_true(far)) return near
    const rest = f64x2.mul(gaussianLanes(x, 1), erfcxFar(magnitude))
    const y = v128.or(f64x2.sub(f64x2.splat(1), rest), v128.and(x, f64x2.splat(-0.0)))
    return select<f64>(far, y, near)
  }
}

@final
class Erfc extends Lanes {
  of(x: v128): v128 {
    const magnitude = f64x2.abs(x)
    const rest = f64x2.mul(gaussianLanes(x, 1), erfcxFar(magnitude))
    const far = select<f64>(f64x2.lt(x, f64x2.splat(0)), f64x2.sub(f64x2.splat(2), rest), rest)
    const near = f64x2.sub(f64x2.splat(1), erfNear(x))
    return select<f64>(f64x2.lt(magnitude, f64x2.splat(0.5)), near, far)
  }
}

@final
class NormCdf extends Lanes {
  of(x: v128): v128 {
    const half = f64x2.splat(0.5)
    const scaled = f64x2.mul(x, f64x2.splat(ROOT_HALF))
    const magnitude = f64x2.abs(scaled)
    const rest = f64x2.mul(f64x2.mul(gaussianLanes(x, 0.5), half), erfcxFar(magnitude))
    const far = select<f64>(f64x2.gt(x, f64x2.splat(0)), f64x2.sub(f64x2.splat(1), rest), rest)
    const near = f64x2.add(half, f64x2.mul(half, erfNear(scaled)))
    return select<f64>(f64x2.lt(magnitude, half), near, far)
  }
}

/** The lanes of T at p as float64: two, or one where only one is left. */
@inline
function loadLanes<T>(p: usize, isPair: bool): v128 {
  if (sizeof<T>() == 8) return isPair ? v128.load(p) : v128.load64_splat(p)
  return f64x2.promote_low_f32x4(isPair ? v128.load64_zero(p) : v128.load32_splat(p))
}

@inline
function map<T, L extends Lanes>(n: i32, x: usize, y: usize): void {
  const f = changetype<L>(0)
  const end = x + bytes<T>(n & ~1)
  while (x < end) {
    const value = f.of(loadLanes<T>(x, true))
    if (sizeof<T>() == 8) v128.store(y, value)
    else v128.store64_lane(y, f32x4.demote_f64x2_zero(value), 0)
    x += 2 * sizeof<T>()
    y += 2 * sizeof<T>()
  }
  if (n & 1) {
    const value = f.of(loadLanes<T>(x, false))
    storeOne<T>(y, sizeof<T>() == 8 ? value : f32x4.demote_f64x2_zero(value))
  }
}

/** yᵢ = erf xᵢ. Error ≤ 1.5 ULP. Odd, ±1 at ±∞. n ≥ 0; y may be x. */
export function mapErf<T>(n: i32, x: usize, y: usize): void {
  map<T, Erf>(n, x, y)
}

/** yᵢ = erfc xᵢ = 1 − erf xᵢ. Error ≤ 4.5 ULP, denormal results included. 2 at −∞, 0 at ∞. n ≥ 0; y may be x. */
export function mapErfc<T>(n: i32, x: usize, y: usize): void {
  map<T, Erfc>(n, x, y)
}

/** yᵢ = ½ erfc(−xᵢ/√2). Error ≤ 4.5 ULP, denormal results included. 0 at −∞, 1 at ∞. n ≥ 0; y may be x. */
export function mapNormCdf<T>(n: i32, x: usize, y: usize): void {
  map<T, NormCdf>(n, x, y)
}

@inline
function scalar<L extends Lanes>(x: f64): f64 {
  return f64x2.extract_lane(changetype<L>(0).of(f64x2.splat(x)), 0)
}

/** erf x, with the bits of `mapErf<f64>`. */
export function erfScalar(x: f64): f64 {
  return scalar<Erf>(x)
}

/** erfc x, with the bits of `mapErfc<f64>`. */
export function erfcScalar(x: f64): f64 {
  return scalar<Erfc>(x)
}

/** ½ erfc(−x/√2), with the bits of `mapNormCdf<f64>`. */
export function normCdfScalar(x: f64): f64 {
  return scalar<NormCdf>(x)
}

/** e^(−scale·x²) for a scale of ½ or 1. Error ≤ 1.5 ULP. */
export function gaussian(x: f64, scale: f64): f64 {
  return f64x2.extract_lane(gaussianLanes(f64x2.splat(x), scale), 0)
}

// Inverses

/** |z| up to which inverf is a quotient of polynomials. */
const INVERF_NEAR = 0.75

/** inverf z for |z| ≤ 0.75. */
@inline
function inverfNear(z: f64): f64 {
  return z * (1 + quotient(0.5625 - z * z, INVERF, 7))
}

/** inverfc p for 0 ≤ p ≤ ¼: ∞ at 0, NaN below. */
function inverfcFar(p: f64): f64 {
  // 1 − z² = p(2 − p) for z = 1 − p
  if (p >= 0.0625) return (1 - p) * (1.25 + quotient(p * (2 - p) - 0.12109375, INVERFC_NEAR, 8))
  const w = Math.sqrt(-logScalar(p))
  if (w < 3.25) return w * (0.875 + quotient(w - 1.625, INVERFC_MIDDLE, 6))
  if (w < 7) return w * (0.9375 + quotient(w - 3.25, INVERFC_FAR, 7))
  return w * (1 + quotient(1 / w, INVERFC_END, 7))
}

/** The inverse of erf. Error ≤ 3.5 ULP. Odd; ±∞ at ±1, NaN outside. */
export function inverf(z: f64): f64 {
  const magnitude = Math.abs(z)
  if (magnitude <= INVERF_NEAR) return inverfNear(z)
  return copysign(inverfcFar(1 - magnitude), z)
}

/** The inverse of erfc. Error ≤ 3.5 ULP, also where p is denormal. ∞ at 0, 0 at 1, −∞ at 2; NaN outside. */
export function inverfc(p: f64): f64 {
  if (p < 1 - INVERF_NEAR) return inverfcFar(p)
  if (p > 1 + INVERF_NEAR) return -inverfcFar(2 - p)
  return inverfNear(1 - p)
}

/** The inverse of the normal distribution's function. Error ≤ 3.5 ULP. −∞ at 0, 0 at ½, ∞ at 1; NaN outside. */
export function invNormCdf(p: f64): f64 {
  if (p < 0.5) return -Math.SQRT2 * inverfc(p + p)
  const rest = 1 - p
  return Math.SQRT2 * inverfc(rest + rest)
}

/** √π/2 */
const HALF_ROOT_PI = 0.886226925452758

/**
 * ½√π·e^(y²) where erfc(y) = p, for 0 ≤ p ≤ ¼: the slope of inverf and, but for the sign, of inverfc. e^(y²) would multiply the
 * error of y by 2y²; erfcx(y)/p is the same and does not.
 */
function inverseSlope(p: f64): f64 {
  return p == 0 ? Infinity : (HALF_ROOT_PI * f64x2.extract_lane(erfcxFar(f64x2.splat(inverfcFar(p))), 0)) / p
}

/** The derivative of inverf: ∞ at ±1. Error ≤ 5 ULP. */
export function inverfSlope(z: f64): f64 {
  const magnitude = Math.abs(z)
  if (magnitude <= INVERF_NEAR) return HALF_ROOT_PI / gaussian(inverfNear(z), 1)
  return inverseSlope(1 - magnitude)
}

/** The derivative of inverfc: −∞ at 0 and 2. Error ≤ 5 ULP. */
export function inverfcSlope(p: f64): f64 {
  if (p >= 1 - INVERF_NEAR && p <= 1 + INVERF_NEAR) return -inverfSlope(1 - p)
  return -inverseSlope(p > 1 ? 2 - p : p)
}

/** The derivative of invNormCdf: ∞ at 0 and 1. Error ≤ 7 ULP. */
export function invNormCdfSlope(p: f64): f64 {
  const rest = p <= 0.5 ? p : 1 - p
  return -2 * Math.SQRT2 * inverfcSlope(rest + rest)
}
