/**
 * exp, log, tanh and the logistic function of four float32 lanes (math.ts has what is made of them): math64.ts with
 * polynomials of lower degree. All take every float32: NaN, ±∞, ±0 and denormals, in and out.
 *
 * Errors are in units in the last place (ULP) of the exact result. They bound what was found at 12,000,000 points (exp 0.77, log
 * 0.84, tanh 1.33, logistic 1.92); `test/kernels/math.test.ts` looks again in each run.
 */
import { madd, select } from './lanes'

// Constants are loaded from memory, where each stands four times: V8 13 rebuilds a v128 literal in every iteration.

const ONE = memory.data<f32>([1, 1, 1, 1], 16)
const TWO = memory.data<f32>([2, 2, 2, 2], 16)
const HALF = memory.data<f32>([0.5, 0.5, 0.5, 0.5], 16)
const INFINITE = memory.data<f32>([Infinity, Infinity, Infinity, Infinity], 16)
const SIGN_BIT = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16)

// exp

/** For |x| below this, e^x is normal, and so is every step to it. */
const EXP_ORDINARY = memory.data<f32>([87, 87, 87, 87], 16)
/** e^x is 0 below and ∞ above. */
const EXP_LEAST = memory.data<f32>([-104, -104, -104, -104], 16)
const EXP_GREATEST = memory.data<f32>([89, 89, 89, 89], 16)
const LOG2_E = memory.data<f32>([1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634], 16)
/** 1.5·2²³: added to a small number it leaves the nearest integer in the low bits. */
const ROUNDER = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16)
/** ln 2 in two parts. The first has 9 zeros at its end, so that its product with an exponent is exact. */
const LN2_HIGH = memory.data<f32>([0.693145751953125, 0.693145751953125, 0.693145751953125, 0.693145751953125], 16)
const LN2_LOW = memory.data<f32>(
  [1.428606820309417e-6, 1.428606820309417e-6, 1.428606820309417e-6, 1.428606820309417e-6],
  16,
)
const EXP_3 = memory.data<f32>([1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1], 16)
const EXP_4 = memory.data<f32>([4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2], 16)
const EXP_5 = memory.data<f32>([8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3], 16)
const EXP_6 = memory.data<f32>([1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3], 16)
const EXP_7 = memory.data<f32>([1.987569150e-4, 1.987569150e-4, 1.987569150e-4, 1.987569150e-4], 16)

/**
 * e^x. Error ≤ 0.9 ULP, denormal results included. e^−∞ = 0, e^∞ = ∞; overflows above 88.722, 0 below −103.97. As `Exp64`, with the polynomial of degree 7 of Cephes,
 * expf.c.
 */
@final
@unmanaged
export class Exp32 {
  @inline
  isOrdinary(x: v128): bool {
    return i32x4.all_true(f32x4.lt(f32x4.abs(x), v128.load(EXP_ORDINARY)))
  }

  @inline
  ofOrdinary(x: v128): v128 {
    const rounded = madd<f32>(x, v128.load(LOG2_E), v128.load(ROUNDER))
    return i32x4.add(expOfRest(x, rounded), i32x4.shl(rounded, 23))
  }

  @inline
  ofAny(x: v128): v128 {
    const rounder = v128.load(ROUNDER)
    x = f32x4.min(f32x4.max(x, v128.load(EXP_LEAST)), v128.load(EXP_GREATEST))
    const rounded = madd<f32>(x, v128.load(LOG2_E), rounder)
    const half = f32x4.add(f32x4.mul(f32x4.sub(rounded, rounder), v128.load(HALF)), rounder)
    const otherHalf = f32x4.sub(rounded, f32x4.sub(half, rounder))
    return f32x4.mul(f32x4.mul(expOfRest(x, rounded), powerOfTwo(half)), powerOfTwo(otherHalf))
  }
}

/** e^r, with r = x − k·ln 2 and `rounded` = k + ROUNDER; 1 + r is split as in float64. */
@inline
function expOfRest(x: v128, rounded: v128): v128 {
  const one = v128.load(ONE)
  const k = f32x4.sub(rounded, v128.load(ROUNDER))
  const high = f32x4.sub(x, f32x4.mul(k, v128.load(LN2_HIGH)))
  const low = f32x4.mul(k, v128.load(LN2_LOW))
  const sum = f32x4.add(one, high)
  const lost = f32x4.sub(f32x4.sub(high, f32x4.sub(sum, one)), low)

  const r = f32x4.sub(high, low)
  const r2 = f32x4.mul(r, r)
  const q2 = madd<f32>(v128.load(EXP_3), r, v128.load(HALF))
  const q4 = madd<f32>(v128.load(EXP_5), r, v128.load(EXP_4))
  const q6 = madd<f32>(v128.load(EXP_7), r, v128.load(EXP_6))
  const q = madd<f32>(madd<f32>(q6, r2, q4), r2, q2)
  return f32x4.add(sum, madd<f32>(r2, q, lost))
}

/** 2ᵏ, given k + ROUNDER, for −126 ≤ k ≤ 127. */
@inline
function powerOfTwo(rounded: v128): v128 {
  return i32x4.add(i32x4.shl(rounded, 23), v128.load(ONE))
}

// log

const LEAST_NORMAL = memory.data<u32>([0x00800000, 0x00800000, 0x00800000, 0x00800000], 16)
/** 2²⁵ makes every denormal normal. */
const DENORMAL_SCALE = memory.data<f32>([33554432, 33554432, 33554432, 33554432], 16)
const DENORMAL_EXPONENT = memory.data<f32>([25, 25, 25, 25], 16)
const EXPONENT_BIAS = memory.data<f32>([127, 127, 127, 127], 16)
const MINUS_INFINITE = memory.data<f32>([-Infinity, -Infinity, -Infinity, -Infinity], 16)
const NOT_A_NUMBER = memory.data<f32>([NaN, NaN, NaN, NaN], 16)
/** The bits of √½, the least mantissa. */
const LEAST_MANTISSA = memory.data<u32>([0x3f3504f3, 0x3f3504f3, 0x3f3504f3, 0x3f3504f3], 16)
/** The bits of 1, less those of √½: carries into the exponent where the mantissa is at least √2. */
const MANTISSA_SHIFT = memory.data<u32>([0x004afb0d, 0x004afb0d, 0x004afb0d, 0x004afb0d], 16)
const MANTISSA_BITS = memory.data<u32>([0x007fffff, 0x007fffff, 0x007fffff, 0x007fffff], 16)
const LOG_1 = memory.data<f32>([0.66666662693, 0.66666662693, 0.66666662693, 0.66666662693], 16)
const LOG_2 = memory.data<f32>([0.40000972152, 0.40000972152, 0.40000972152, 0.40000972152], 16)
const LOG_3 = memory.data<f32>([0.28498786688, 0.28498786688, 0.28498786688, 0.28498786688], 16)
const LOG_4 = memory.data<f32>([0.24279078841, 0.24279078841, 0.24279078841, 0.24279078841], 16)

/**
 * The natural logarithm. Error ≤ 0.9 ULP, denormal arguments included. log 0 = −∞ for either zero, log ∞ = ∞, log 1 = +0; NaN for negative x.
 * As `Log64`, with the polynomial of fdlibm's e_logf.c.
 */
@final
@unmanaged
export class Log32 {
  @inline
  isOrdinary(x: v128): bool {
    return i32x4.all_true(v128.and(f32x4.ge(x, v128.load(LEAST_NORMAL)), f32x4.lt(x, v128.load(INFINITE))))
  }

  @inline
  ofOrdinary(x: v128): v128 {
    return logOfNormal(x, v128.load(EXPONENT_BIAS))
  }

  @inline
  ofAny(x: v128): v128 {
    const denormal = f32x4.lt(x, v128.load(LEAST_NORMAL))
    const normal = select<f32>(denormal, f32x4.mul(x, v128.load(DENORMAL_SCALE)), x)
    const shift = v128.and(v128.load(DENORMAL_EXPONENT), denormal)
    let y = logOfNormal(normal, f32x4.add(v128.load(EXPONENT_BIAS), shift))
    y = select<f32>(f32x4.eq(x, v128.load(INFINITE)), x, y)
    y = select<f32>(f32x4.eq(x, f32x4.splat(0)), v128.load(MINUS_INFINITE), y)
    return select<f32>(f32x4.ge(x, f32x4.splat(0)), y, v128.load(NOT_A_NUMBER))
  }
}

/** log x of normal x, with `bias` taken from the exponent. */
@inline
function logOfNormal(x: v128, bias: v128): v128 {
  const shifted = i32x4.add(x, v128.load(MANTISSA_SHIFT))
  const k = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_u(shifted, 23)), bias)
  const mantissa = i32x4.add(v128.and(shifted, v128.load(MANTISSA_BITS)), v128.load(LEAST_MANTISSA))
  const f = f32x4.sub(mantissa, v128.load(ONE))
  const s = f32x4.div(f, f32x4.add(f, v128.load(TWO)))
  const s2 = f32x4.mul(s, s)
  const s4 = f32x4.mul(s2, s2)
  const even = f32x4.mul(s4, madd<f32>(s4, v128.load(LOG_4), v128.load(LOG_2)))
  const odd = madd<f32>(s2, madd<f32>(s4, v128.load(LOG_3), v128.load(LOG_1)), even)
  const halfSquare = f32x4.mul(f32x4.mul(v128.load(HALF), f), f)
  const correction = madd<f32>(s, f32x4.add(halfSquare, odd), f32x4.mul(k, v128.load(LN2_LOW)))
  return madd<f32>(k, v128.load(LN2_HIGH), f32x4.add(f32x4.sub(correction, halfSquare), f))
}

// tanh

/** From here on tanh x is 1. */
const TANH_END = memory.data<f32>([9.25, 9.25, 9.25, 9.25], 16)
const TANH_SMALL = memory.data<f32>([0.625, 0.625, 0.625, 0.625], 16)
const TANH_3 = memory.data<f32>([-3.33332819422e-1, -3.33332819422e-1, -3.33332819422e-1, -3.33332819422e-1], 16)
const TANH_5 = memory.data<f32>([1.33314422036e-1, 1.33314422036e-1, 1.33314422036e-1, 1.33314422036e-1], 16)
const TANH_7 = memory.data<f32>([-5.37397155531e-2, -5.37397155531e-2, -5.37397155531e-2, -5.37397155531e-2], 16)
const TANH_9 = memory.data<f32>([2.06390887954e-2, 2.06390887954e-2, 2.06390887954e-2, 2.06390887954e-2], 16)
const TANH_11 = memory.data<f32>([-5.70498872745e-3, -5.70498872745e-3, -5.70498872745e-3, -5.70498872745e-3], 16)

/**
 * The hyperbolic tangent. Error ≤ 1.4 ULP. Odd, bit by bit: tanh −x = −tanh x, tanh −0 = −0; tanh ±∞ = ±1.
 *
 * 1 − 2 / (e^2|x| + 1), and x + x³·P(x²) where |x| < 0.625, with the polynomial of Cephes, tanhf.c.
 */
@final
@unmanaged
export class Tanh32 {
  @inline
  isOrdinary(_: v128): bool {
    return true
  }

  @inline
  ofOrdinary(x: v128): v128 {
    const magnitude = f32x4.min(f32x4.abs(x), v128.load(TANH_END))
    const x2 = f32x4.mul(magnitude, magnitude)
    const high = madd<f32>(madd<f32>(v128.load(TANH_11), x2, v128.load(TANH_9)), x2, v128.load(TANH_7))
    const p = madd<f32>(madd<f32>(high, x2, v128.load(TANH_5)), x2, v128.load(TANH_3))
    const small = madd<f32>(f32x4.mul(magnitude, x2), p, magnitude)
    const e = changetype<Exp32>(0).ofOrdinary(f32x4.add(magnitude, magnitude))
    const one = v128.load(ONE)
    const large = f32x4.sub(one, f32x4.div(v128.load(TWO), f32x4.add(e, one)))
    const y = select<f32>(f32x4.lt(magnitude, v128.load(TANH_SMALL)), small, large)
    return v128.or(y, v128.and(x, v128.load(SIGN_BIT)))
  }

  @inline
  ofAny(x: v128): v128 {
    return this.ofOrdinary(x)
  }
}

// logistic

/** The logistic function 1 / (1 + e^−x). Error ≤ 2 ULP, denormal results included. 0 at −∞, ½ at 0, 1 at ∞. As `Logistic64`. */
@final
@unmanaged
export class Logistic32 {
  @inline
  isOrdinary(x: v128): bool {
    return changetype<Exp32>(0).isOrdinary(x)
  }

  @inline
  ofOrdinary(x: v128): v128 {
    return logisticOfExp(x, changetype<Exp32>(0).ofOrdinary(v128.or(x, v128.load(SIGN_BIT))))
  }

  @inline
  ofAny(x: v128): v128 {
    return logisticOfExp(x, changetype<Exp32>(0).ofAny(v128.or(x, v128.load(SIGN_BIT))))
  }
}

@inline
function logisticOfExp(x: v128, e: v128): v128 {
  const one = v128.load(ONE)
  const denominator = f32x4.add(one, e)
  const gained = f32x4.sub(f32x4.sub(denominator, one), e)
  const q = f32x4.div(select<f32>(f32x4.ge(x, f32x4.splat(0)), one, e), denominator)
  return madd<f32>(q, gained, q)
}
