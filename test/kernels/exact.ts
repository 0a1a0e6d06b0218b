/**
 * exp, log, tanh and the logistic function to some 150 bits, in integer arithmetic alone: the truth that the fast
 * kernels' errors are measured against.
 */

/** significand · 2^exponent, off by less than 2⁻¹⁵⁰ of itself. */
export interface Exact {
  readonly significand: bigint
  readonly exponent: number
}

/** Bits after the point in all fixed-point arithmetic below. */
export const precision = 200
export const bits = BigInt(precision)
export const one = 1n << bits

/** ln 2 = 2·artanh(⅓) */
export const ln2 = 2n * artanh(one / 3n)

/** A finite float64, exactly. */
export function decompose(x: number): Exact {
  const word = new BigUint64Array(new Float64Array([x]).buffer)[0]
  const biased = Number((word >> 52n) & 0x7ffn)
  const fraction = word & 0xfffffffffffffn
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n)
  return { significand: word >> 63n ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1075 }
}

/** x in fixed point. What is below the last bit is cut off. */
export function fixed(x: number): bigint {
  const { significand, exponent } = decompose(x)
  return shift(significand, exponent + precision)
}

export function shift(value: bigint, by: number): bigint {
  return by >= 0 ? value << BigInt(by) : value >> BigInt(-by)
}

/** s + s³/3 + s⁵/5 + … */
export function artanh(s: bigint): bigint {
  const square = (s * s) >> bits
  let sum = 0n
  let power = s
  for (let i = 1n; power !== 0n && power !== -1n; i += 2n) {
    sum += power / i
    power = (power * square) >> bits
  }
  return sum
}

export function exactExp(x: number): Exact {
  if (Math.abs(x) > 2 ** 12) throw new RangeError(`exactExp: e^${x} is far outside the range of a float64`)
  const k = Math.round(x / Math.LN2) // any integer near will do
  const r = fixed(x) - BigInt(k) * ln2
  let sum = 0n
  let term = one
  for (let i = 1n; term !== 0n && term !== -1n; i++) {
    sum += term
    term = ((term * r) >> bits) / i
  }
  return { significand: sum, exponent: k - precision }
}

export function exactLog(x: number): Exact {
  const { significand, exponent } = decompose(x)
  // x = mantissa·2^k with ¾ ≤ mantissa < 1½, so that the two terms of the result never cancel.
  const length = bitLength(significand)
  let mantissa = shift(significand, precision - length) // in [½, 1)
  let k = exponent + length
  if (4n * mantissa < 3n * one) {
    mantissa <<= 1n
    k--
  }
  const s = ((mantissa - one) << bits) / (mantissa + one)
  return { significand: 2n * artanh(s) + BigInt(k) * ln2, exponent: -precision }
}

export function exactTanh(x: number): Exact {
  const { significand, exponent } = decompose(x)
  const magnitude = Math.abs(x)
  if (magnitude < 2 ** -24) {
    // x·(1 − x²/3 + 2x⁴/15 − 17x⁶/315): the next term is below 2⁻¹⁹⁷.
    const x2 = shift(significand * significand, 2 * exponent + precision)
    const inner = (2n * one) / 15n - ((x2 * ((17n * one) / 315n)) >> bits)
    const factor = one - ((x2 * (one / 3n - ((x2 * inner) >> bits))) >> bits)
    return { significand: significand * factor, exponent: exponent - precision }
  }
  const e = magnitude > 100 ? { significand: 0n, exponent: 0 } : exactExp(-2 * magnitude)
  const t = shift(e.significand, e.exponent + precision)
  const quotient = ((one - t) << bits) / (one + t)
  return { significand: x < 0 ? -quotient : quotient, exponent: -precision }
}

export function exactLogistic(x: number): Exact {
  const e = exactExp(-Math.abs(x))
  const denominator = one + shift(e.significand, e.exponent + precision)
  if (x >= 0) return { significand: (one << bits) / denominator, exponent: -precision }
  return { significand: (e.significand << bits) / denominator, exponent: e.exponent }
}

/** The nearest float64; ±∞ beyond the greatest. */
export function toNumber({ significand, exponent }: Exact): number {
  const magnitude = magnitudeOf(significand)
  // 64 bits, the last one being set where more follow: rounded once, by the conversion or by the scaling to a denormal.
  const unit = Math.max(bitLength(magnitude) - 64, -1074 - exponent)
  const kept = unit > 0 ? magnitude >> BigInt(unit) : magnitude
  const isHalf = unit > 0 && ((magnitude >> BigInt(unit - 1)) & 1n) === 1n
  const scale = exponent + Math.max(unit, 0)
  const rounded = isHalf && scale === -1074 ? kept + 1n : kept
  const half = Math.trunc(scale / 2)
  const value = Number(rounded) * 2 ** half * 2 ** (scale - half)
  return significand < 0n ? -value : value
}

/** How many bits the significand of a type has, and the exponent of its least number. */
const formats = { float64: { bits: 53, least: -1074 }, float32: { bits: 24, least: -149 } } as const

/** How far a number of that type is from the exact value, in units in the last place of the exact value. */
export function ulps(actual: number, exact: Exact, type: keyof typeof formats = 'float64'): number {
  if (!Number.isFinite(actual)) return Infinity
  const { bits, least } = formats[type]
  const unit = Math.max(exact.exponent + bitLength(exact.significand) - bits, least)
  const fine = 40 // the difference is taken in 2⁻⁴⁰ ULP
  const value = decompose(actual)
  const difference =
    shift(value.significand, value.exponent - unit + fine) - shift(exact.significand, exact.exponent - unit + fine)
  return Number(magnitudeOf(difference)) / 2 ** fine
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value
}

export function bitLength(value: bigint): number {
  const hex = magnitudeOf(value).toString(16)
  return 4 * hex.length - Math.clz32(parseInt(hex[0], 16)) + 28
}
