/**
 * exp, log, tanh and the logistic function of two float64 lanes (math.ts has what is made of them). All take every float64:
 * NaN, ±∞, ±0 and denormals, in and out.
 *
 * Errors are in units in the last place (ULP) of the exact result. They bound what was found at 600,000 points in each of
 * several ranges (exp 0.79, log 0.84, tanh 1.33, logistic 1.86); `test/kernels/math.test.ts` looks again in each run.
 */
import { madd, select } from './lanes'

// Constants are loaded from memory, where each stands twice: V8 13 rebuilds a v128 literal in every iteration.

const ONE = memory.data<f64>([1, 1], 16)
const TWO = memory.data<f64>([2, 2], 16)
const HALF = memory.data<f64>([0.5, 0.5], 16)
const INFINITE = memory.data<f64>([Infinity, Infinity], 16)
const SIGN_BIT = memory.data<u64>([0x8000000000000000, 0x8000000000000000], 16)

// exp

/** For |x| below this, e^x is normal, and so is every step to it. */
const EXP_ORDINARY = memory.data<f64>([708, 708], 16)
/** e^x is 0 below and ∞ above. */
const EXP_LEAST = memory.data<f64>([-746, -746], 16)
const EXP_GREATEST = memory.data<f64>([710, 710], 16)
const LOG2_E = memory.data<f64>([1.4426950408889634, 1.4426950408889634], 16)
/** 1.5·2⁵²: added to a small number it leaves the nearest integer in the low bits. */
const ROUNDER = memory.data<f64>([6755399441055744, 6755399441055744], 16)
/** ln 2 in two parts. The first has 21 zeros at its end, so that its product with an exponent is exact. */
const LN2_HIGH = memory.data<f64>([6.93147180369123816490e-1, 6.93147180369123816490e-1], 16)
const LN2_LOW = memory.data<f64>([1.90821492927058770002e-10, 1.90821492927058770002e-10], 16)
const INVERSE_FACTORIAL_3 = memory.data<f64>([1 / 6.0, 1 / 6.0], 16)
const INVERSE_FACTORIAL_4 = memory.data<f64>([1 / 24.0, 1 / 24.0], 16)
const INVERSE_FACTORIAL_5 = memory.data<f64>([1 / 120.0, 1 / 120.0], 16)
const INVERSE_FACTORIAL_6 = memory.data<f64>([1 / 720.0, 1 / 720.0], 16)
const INVERSE_FACTORIAL_7 = memory.data<f64>([1 / 5040.0, 1 / 5040.0], 16)
const INVERSE_FACTORIAL_8 = memory.data<f64>([1 / 40320.0, 1 / 40320.0], 16)
const INVERSE_FACTORIAL_9 = memory.data<f64>([1 / 362880.0, 1 / 362880.0], 16)
const INVERSE_FACTORIAL_10 = memory.data<f64>([1 / 3628800.0, 1 / 3628800.0], 16)
const INVERSE_FACTORIAL_11 = memory.data<f64>([1 / 39916800.0, 1 / 39916800.0], 16)
const INVERSE_FACTORIAL_12 = memory.data<f64>([1 / 479001600.0, 1 / 479001600.0], 16)
const INVERSE_FACTORIAL_13 = memory.data<f64>([1 / 6227020800.0, 1 / 6227020800.0], 16)

/**
 * e^x. Error ≤ 0.9 ULP, denormal results included. e^−∞ = 0, e^∞ = ∞; overflows above 709.78, 0 below −745.13.
 *
 * With k the integer nearest to x / ln 2 and r = x − k·ln 2, e^x = 2ᵏ·e^r, and |r| ≤ ln 2 / 2 is small enough for the
 * Taylor polynomial of degree 13.
 */
@final
@unmanaged
export class Exp64 {
  @inline
  isOrdinary(x: v128): bool {
    return i64x2.all_true(f64x2.lt(f64x2.abs(x), v128.load(EXP_ORDINARY)))
  }

  /** 2ᵏ is multiplied by adding k to the exponent bits. */
  @inline
  ofOrdinary(x: v128): v128 {
    const rounded = madd<f64>(x, v128.load(LOG2_E), v128.load(ROUNDER))
    return i64x2.add(expOfRest(x, rounded), i64x2.shl(rounded, 52))
  }

  /** 2ᵏ is multiplied in two steps, of which only the second leaves the normal range: so it is rounded once. */
  @inline
  ofAny(x: v128): v128 {
    const rounder = v128.load(ROUNDER)
    x = f64x2.min(f64x2.max(x, v128.load(EXP_LEAST)), v128.load(EXP_GREATEST))
    const rounded = madd<f64>(x, v128.load(LOG2_E), rounder)
    const half = f64x2.add(f64x2.mul(f64x2.sub(rounded, rounder), v128.load(HALF)), rounder)
    const otherHalf = f64x2.sub(rounded, f64x2.sub(half, rounder))
    return f64x2.mul(f64x2.mul(expOfRest(x, rounded), powerOfTwo(half)), powerOfTwo(otherHalf))
  }
}

/**
 * e^r, with r = x − k·ln 2 and `rounded` = k + ROUNDER.
 *
 * 1 + r is split into `sum` and what its rounding lost, which joins the higher terms: so the last addition is the only
 * rounding of its size. The terms of degree 2 to 13 are added in Estrin's order.
 */
@inline
function expOfRest(x: v128, rounded: v128): v128 {
  const one = v128.load(ONE)
  const k = f64x2.sub(rounded, v128.load(ROUNDER))
  const high = f64x2.sub(x, f64x2.mul(k, v128.load(LN2_HIGH)))
  const low = f64x2.mul(k, v128.load(LN2_LOW))
  const sum = f64x2.add(one, high)
  const lost = f64x2.sub(f64x2.sub(high, f64x2.sub(sum, one)), low)

  const r = f64x2.sub(high, low)
  const r2 = f64x2.mul(r, r)
  const r4 = f64x2.mul(r2, r2)
  const r8 = f64x2.mul(r4, r4)
  const q2 = madd<f64>(v128.load(INVERSE_FACTORIAL_3), r, v128.load(HALF))
  const q4 = madd<f64>(v128.load(INVERSE_FACTORIAL_5), r, v128.load(INVERSE_FACTORIAL_4))
  const q6 = madd<f64>(v128.load(INVERSE_FACTORIAL_7), r, v128.load(INVERSE_FACTORIAL_6))
  const q8 = madd<f64>(v128.load(INVERSE_FACTORIAL_9), r, v128.load(INVERSE_FACTORIAL_8))
  const q10 = madd<f64>(v128.load(INVERSE_FACTORIAL_11), r, v128.load(INVERSE_FACTORIAL_10))
  const q12 = madd<f64>(v128.load(INVERSE_FACTORIAL_13), r, v128.load(INVERSE_FACTORIAL_12))
  const q = madd<f64>(madd<f64>(q12, r2, q10), r8, madd<f64>(madd<f64>(q8, r2, q6), r4, madd<f64>(q4, r2, q2)))
  return f64x2.add(sum, madd<f64>(r2, q, lost))
}

/** 2ᵏ, given k + ROUNDER, for −1022 ≤ k ≤ 1023. */
@inline
function powerOfTwo(rounded: v128): v128 {
  return i64x2.add(i64x2.shl(rounded, 52), v128.load(ONE))
}

// log

const LEAST_NORMAL = memory.data<f64>([2.2250738585072014e-308, 2.2250738585072014e-308], 16)
/** 2⁵⁴ makes every denormal normal. */
const DENORMAL_SCALE = memory.data<f64>([18014398509481984, 18014398509481984], 16)
const DENORMAL_EXPONENT = memory.data<f64>([54, 54], 16)
const MINUS_INFINITE = memory.data<f64>([-Infinity, -Infinity], 16)
const NOT_A_NUMBER = memory.data<f64>([NaN, NaN], 16)
/** The bits of √½, the least mantissa. */
const LEAST_MANTISSA = memory.data<u64>([0x3fe6a09e667f3bcd, 0x3fe6a09e667f3bcd], 16)
/** The bits of 1, less those of √½: carries into the exponent where the mantissa is at least √2. */
const MANTISSA_SHIFT = memory.data<u64>([0x00095f619980c433, 0x00095f619980c433], 16)
const MANTISSA_BITS = memory.data<u64>([0x000fffffffffffff, 0x000fffffffffffff], 16)
/** The bits of 2⁵². A small integer k put into its low bits makes 2⁵² + k. */
const INTEGER_BITS = memory.data<u64>([0x4330000000000000, 0x4330000000000000], 16)
/** 2⁵² + 1023 */
const INTEGER_BIAS = memory.data<f64>([4503599627371519, 4503599627371519], 16)
const LOG_1 = memory.data<f64>([6.666666666666735130e-1, 6.666666666666735130e-1], 16)
const LOG_2 = memory.data<f64>([3.999999999940941908e-1, 3.999999999940941908e-1], 16)
const LOG_3 = memory.data<f64>([2.857142874366239149e-1, 2.857142874366239149e-1], 16)
const LOG_4 = memory.data<f64>([2.222219843214978396e-1, 2.222219843214978396e-1], 16)
const LOG_5 = memory.data<f64>([1.818357216161805012e-1, 1.818357216161805012e-1], 16)
const LOG_6 = memory.data<f64>([1.531383769920937332e-1, 1.531383769920937332e-1], 16)
const LOG_7 = memory.data<f64>([1.479819860511658591e-1, 1.479819860511658591e-1], 16)

/**
 * The natural logarithm. Error ≤ 0.9 ULP, denormal arguments included. log 0 = −∞ for either zero, log ∞ = ∞, log 1 = +0;
 * NaN for negative x.
 *
 * x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2, and log(1 + f) = 2s + s³·R(s²) with s = f / (2 + f). The polynomial R is that of
 * fdlibm's e_log.c, of which this is the two-lane form.
 */
@final
@unmanaged
export class Log64 {
  @inline
  isOrdinary(x: v128): bool {
    return i64x2.all_true(v128.and(f64x2.ge(x, v128.load(LEAST_NORMAL)), f64x2.lt(x, v128.load(INFINITE))))
  }

  @inline
  ofOrdinary(x: v128): v128 {
    return logOfNormal(x, v128.load(INTEGER_BIAS))
  }

  @inline
  ofAny(x: v128): v128 {
    const denormal = f64x2.lt(x, v128.load(LEAST_NORMAL))
    const normal = select<f64>(denormal, f64x2.mul(x, v128.load(DENORMAL_SCALE)), x)
    const shift = v128.and(v128.load(DENORMAL_EXPONENT), denormal)
    let y = logOfNormal(normal, f64x2.add(v128.load(INTEGER_BIAS), shift))
    y = select<f64>(f64x2.eq(x, v128.load(INFINITE)), x, y)
    y = select<f64>(f64x2.eq(x, f64x2.splat(0)), v128.load(MINUS_INFINITE), y)
    return select<f64>(f64x2.ge(x, f64x2.splat(0)), y, v128.load(NOT_A_NUMBER))
  }
}

/** log x of normal x, with `bias` taken from the exponent bits. */
@inline
function logOfNormal(x: v128, bias: v128): v128 {
  const shifted = i64x2.add(x, v128.load(MANTISSA_SHIFT))
  const k = f64x2.sub(v128.or(i64x2.shr_u(shifted, 52), v128.load(INTEGER_BITS)), bias)
  const mantissa = i64x2.add(v128.and(shifted, v128.load(MANTISSA_BITS)), v128.load(LEAST_MANTISSA))
  const f = f64x2.sub(mantissa, v128.load(ONE))
  const s = f64x2.div(f, f64x2.add(f, v128.load(TWO)))
  const s2 = f64x2.mul(s, s)
  const s4 = f64x2.mul(s2, s2)
  const even = f64x2.mul(s4, madd<f64>(s4, madd<f64>(s4, v128.load(LOG_6), v128.load(LOG_4)), v128.load(LOG_2)))
  const odd = madd<f64>(
    s2,
    madd<f64>(s4, madd<f64>(s4, madd<f64>(s4, v128.load(LOG_7), v128.load(LOG_5)), v128.load(LOG_3)), v128.load(LOG_1)),
    even,
  )
  const halfSquare = f64x2.mul(f64x2.mul(v128.load(HALF), f), f)
  const correction = madd<f64>(s, f64x2.add(halfSquare, odd), f64x2.mul(k, v128.load(LN2_LOW)))
  return madd<f64>(k, v128.load(LN2_HIGH), f64x2.add(f64x2.sub(correction, halfSquare), f))
}

// tanh

/** From here on tanh x is 1. */
const TANH_END = memory.data<f64>([22, 22], 16)
const TANH_SMALL = memory.data<f64>([0.625, 0.625], 16)
const MINUS_TWO = memory.data<f64>([-2, -2], 16)
const TANH_P0 = memory.data<f64>([-9.64399179425052238628e-1, -9.64399179425052238628e-1], 16)
const TANH_P1 = memory.data<f64>([-9.92877231001918586564e1, -9.92877231001918586564e1], 16)
const TANH_P2 = memory.data<f64>([-1.61468768441708447952e3, -1.61468768441708447952e3], 16)
const TANH_Q0 = memory.data<f64>([1.12811678491632931402e2, 1.12811678491632931402e2], 16)
const TANH_Q1 = memory.data<f64>([2.23548839060100448583e3, 2.23548839060100448583e3], 16)
const TANH_Q2 = memory.data<f64>([4.84406305325125486048e3, 4.84406305325125486048e3], 16)

/**
 * The hyperbolic tangent. Error ≤ 1.4 ULP. Odd, bit by bit: tanh −x = −tanh x, tanh −0 = −0; tanh ±∞ = ±1.
 *
 * 1 − 2 / (e^2|x| + 1), and x + x³·P(x²)/Q(x²) where |x| < 0.625. The rational function is that of Cephes, tanh.c.
 * Both are a number plus a quotient: the two numerators and denominators are selected, then divided once.
 */
@final
@unmanaged
export class Tanh64 {
  @inline
  isOrdinary(_: v128): bool {
    return true
  }

  @inline
  ofOrdinary(x: v128): v128 {
    const magnitude = f64x2.min(f64x2.abs(x), v128.load(TANH_END))
    const small = f64x2.lt(magnitude, v128.load(TANH_SMALL))
    const x2 = f64x2.mul(magnitude, magnitude)
    const p = madd<f64>(madd<f64>(v128.load(TANH_P0), x2, v128.load(TANH_P1)), x2, v128.load(TANH_P2))
    const q = madd<f64>(madd<f64>(f64x2.add(x2, v128.load(TANH_Q0)), x2, v128.load(TANH_Q1)), x2, v128.load(TANH_Q2))
    const e = changetype<Exp64>(0).ofOrdinary(f64x2.add(magnitude, magnitude))
    const numerator = select<f64>(small, f64x2.mul(f64x2.mul(magnitude, x2), p), v128.load(MINUS_TWO))
    const denominator = select<f64>(small, q, f64x2.add(e, v128.load(ONE)))
    const start = select<f64>(small, magnitude, v128.load(ONE))
    const y = f64x2.add(start, f64x2.div(numerator, denominator))
    return v128.or(y, v128.and(x, v128.load(SIGN_BIT)))
  }

  @inline
  ofAny(x: v128): v128 {
    return this.ofOrdinary(x)
  }
}

// logistic

/**
 * The logistic function 1 / (1 + e^−x). Error ≤ 2 ULP, denormal results included. 0 at −∞, ½ at 0, 1 at ∞.
 *
 * With e = e^−|x|, which cannot overflow: 1 / (1 + e) for x ≥ 0, and e / (1 + e) otherwise. What the rounding of 1 + e
 * loses is put back into the quotient as if 1 + e were 1, which is where it weighs.
 */
@final
@unmanaged
export class Logistic64 {
  @inline
  isOrdinary(x: v128): bool {
    return changetype<Exp64>(0).isOrdinary(x)
  }

  @inline
  ofOrdinary(x: v128): v128 {
    return logisticOfExp(x, changetype<Exp64>(0).ofOrdinary(v128.or(x, v128.load(SIGN_BIT))))
  }

  @inline
  ofAny(x: v128): v128 {
    return logisticOfExp(x, changetype<Exp64>(0).ofAny(v128.or(x, v128.load(SIGN_BIT))))
  }
}

@inline
function logisticOfExp(x: v128, e: v128): v128 {
  const one = v128.load(ONE)
  const denominator = f64x2.add(one, e)
  const gained = f64x2.sub(f64x2.sub(denominator, one), e)
  const q = f64x2.div(select<f64>(f64x2.ge(x, f64x2.splat(0)), one, e), denominator)
  return madd<f64>(q, gained, q)
}
