/**
 * The elementwise ops at their edges: value and derivative by JavaScript's own `Math` and by the formula that the op's
 * documentation states, in IEEE arithmetic.
 */
import { toNumber } from '../kernels/exact.ts'
import {
  exactErf,
  exactErfc,
  exactGaussian,
  exactInverf,
  exactInverfc,
  exactInverfcSlope,
  exactInverfSlope,
  exactInvNormCdf,
  exactLGamma,
  exactNormCdf,
  exactPolygamma,
} from '../kernels/exactSpecial.ts'

/** Zeros, units, the ends of the range, and where exponentials overflow, vanish or saturate. */
const magnitudes = [
  0,
  5e-324,
  1e-308,
  1e-10,
  0.5,
  1,
  2,
  3,
  22,
  36,
  40,
  700,
  709.5,
  710,
  746,
  1e16,
  1e200,
  1e308,
  Infinity,
]
export const points: readonly number[] = [...magnitudes.flatMap(x => [x, -x]), NaN]

/** A smaller list, for pairs. */
export const corners: readonly number[] = [0, 0.5, 1, 2, 3, 1e-200, 1e200, Infinity].flatMap(x => [x, -x]).concat(NaN)

export interface UnaryEdges {
  readonly value: (x: number) => number
  /** The derivative, from x and the value. */
  readonly slope: (x: number, y: number) => number
  /** Does the derivative subtract what is nearly equal, so that only its absolute error is small? */
  readonly cancels?: boolean
}

const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** The nearest whole number, the even one of two. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (rest === 0 || Number.isNaN(rest)) return x
  const up = rest === 0.5 ? below % 2 !== 0 : rest > 0.5
  return up ? Math.ceil(x) : x > 0 ? below : -Math.abs(below)
}

/** e^(−x²), or e^(−x²/2). */
function gaussian(x: number, half = false): number {
  if (Number.isNaN(x)) return x
  return Math.abs(x) > 40 ? 0 : toNumber(exactGaussian(x, half))
}

/** A function with limits at −∞ and ∞ that it has reached beyond 40. */
function saturating(f: (x: number) => number, below: number, above: number): (x: number) => number {
  return x => (Number.isNaN(x) ? x : x > 40 ? above : x < -40 ? below : f(x))
}

/** The polygamma function of order n, with the poles' conventions. */
export function polygamma(n: number, x: number): number {
  if (Number.isNaN(x) || x === -Infinity) return NaN
  if (x === Infinity) return n === 0 ? x : n % 2 === 0 ? -0 : 0
  if (x <= 0 && Number.isInteger(x)) return n % 2 === 1 ? Infinity : x === 0 ? -1 / x : NaN
  return toNumber(exactPolygamma(n, x))
}

function lgamma(x: number): number {
  if (Number.isNaN(x)) return x
  if (Math.abs(x) === Infinity || (x <= 0 && Number.isInteger(x))) return Infinity
  return x === 1 || x === 2 ? 0 : toNumber(exactLGamma(x))
}

/** An inverse between two bounds, where it is infinite. */
function inverse(f: (x: number) => number, low: number, high: number, atLow: number, atHigh = -atLow) {
  return (x: number): number => (x === low ? atLow : x === high ? atHigh : x > low && x < high ? f(x) : NaN)
}

const inverfSlope = inverse(x => toNumber(exactInverfSlope(x)), -1, 1, Infinity, Infinity)

export const unaryEdges: Readonly<Record<string, UnaryEdges>> = {
  neg: { value: x => -x, slope: () => -1 },
  abs: { value: Math.abs, slope: x => Math.sign(x) },
  sign: { value: Math.sign, slope: () => 0 },
  recip: { value: x => 1 / x, slope: (x, y) => -(y / x) },
  exp: { value: Math.exp, slope: (_, y) => y },
  log: { value: Math.log, slope: x => 1 / x },
  sqrt: { value: Math.sqrt, slope: (_, y) => 1 / (y + y) },
  sin: { value: Math.sin, slope: x => Math.cos(x) },
  cos: { value: Math.cos, slope: x => -Math.sin(x) },
  tan: { value: Math.tan, slope: (_, y) => 1 + y * y },
  asin: { value: Math.asin, slope: x => 1 / Math.sqrt((1 - x) * (1 + x)) },
  acos: { value: Math.acos, slope: x => 1 / -Math.sqrt((1 - x) * (1 + x)) },
  atan: { value: Math.atan, slope: x => 1 / (1 + x * x) },
  sinh: { value: Math.sinh, slope: x => Math.cosh(x) },
  cosh: { value: Math.cosh, slope: x => Math.sinh(x) },
  tanh: { value: Math.tanh, slope: (_, y) => (1 - y) * (1 + y), cancels: true },
  asinh: { value: Math.asinh, slope: x => 1 / Math.hypot(1, x) },
  acosh: { value: Math.acosh, slope: x => 1 / (Math.sqrt(x - 1) * Math.sqrt(x + 1)) },
  atanh: { value: Math.atanh, slope: x => 1 / ((1 - x) * (1 + x)) },
  log1p: { value: Math.log1p, slope: x => 1 / (1 + x) },
  expm1: { value: Math.expm1, slope: x => Math.exp(x) },
  logistic: { value: logistic, slope: (_, y) => y * (1 - y), cancels: true },
  log1pExp: {
    value: x => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))),
    slope: x => logistic(x),
  },
  floor: { value: Math.floor, slope: () => 0 },
  ceil: { value: Math.ceil, slope: () => 0 },
  round: { value: roundHalfEven, slope: () => 0 },
  log1mExp: {
    value: x => (x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))),
    slope: x => -1 / Math.expm1(-x),
  },
  erf: {
    value: saturating(x => (x === 0 ? x : toNumber(exactErf(x))), -1, 1),
    slope: x => (2 / Math.sqrt(Math.PI)) * gaussian(x),
  },
  erfc: {
    value: saturating(x => toNumber(exactErfc(x)), 2, 0),
    slope: x => (-2 / Math.sqrt(Math.PI)) * gaussian(x),
  },
  normcdf: {
    value: saturating(x => toNumber(exactNormCdf(x)), 0, 1),
    slope: x => gaussian(x, true) / Math.sqrt(2 * Math.PI),
  },
  inverf: {
    value: inverse(x => (x === 0 ? x : toNumber(exactInverf(x))), -1, 1, -Infinity),
    slope: inverfSlope,
  },
  inverfc: {
    value: inverse(x => (x === 1 ? 0 : toNumber(exactInverfc(x))), 0, 2, Infinity),
    slope: x => -(x === 0 || x === 2 ? Infinity : x > 0 && x < 2 ? toNumber(exactInverfcSlope(x)) : NaN),
  },
  invnormcdf: {
    value: inverse(x => (x === 0.5 ? 0 : toNumber(exactInvNormCdf(x))), 0, 1, -Infinity),
    slope: x => {
      const p = Math.min(x, 1 - x)
      return p === 0 ? Infinity : p > 0 ? 2 * Math.SQRT2 * toNumber(exactInverfcSlope(2 * p)) : NaN
    },
  },
  lgamma: { value: lgamma, slope: x => polygamma(0, x) },
  digamma: { value: x => polygamma(0, x), slope: x => polygamma(1, x) },
  // Of order 2.
  polygamma: { value: x => polygamma(2, x), slope: x => polygamma(3, x) },
  // Between −0.7 and 0.9.
  clamp: {
    value: x => Math.min(Math.max(x, -0.7), 0.9),
    slope: x => (Number.isNaN(x) ? NaN : x > -0.7 && x < 0.9 ? 1 : 0),
  },
}

export interface BinaryEdges {
  readonly value: (x: number, y: number) => number
  readonly slopes: (x: number, y: number) => readonly [byFirst: number, bySecond: number]
}

/** The quotient's derivatives by numerator and denominator. */
function quotient(p: number, q: number): readonly [number, number] {
  return [1 / q, -(p / q / q)]
}

/** Powers: x⁰ is constant, x² takes no logarithm, a power that is zero has derivative zero by the exponent. */
function powerSlopes(x: number, y: number): readonly [number, number] {
  const value = Math.pow(x, y)
  return [y === 0 ? 0 : y * Math.pow(x, y - 1), value === 0 ? 0 : value * Math.log(x)]
}

/** The derivative of max(x, y) by x: half where they tie. */
function share(x: number, y: number): number {
  return x > y ? 1 : x < y ? 0 : x === y ? 0.5 : NaN
}

/** 1 where it holds, without a derivative. */
function comparison(holds: (x: number, y: number) => boolean): BinaryEdges {
  return { value: (x, y) => Number(holds(x, y)), slopes: () => [0, 0] }
}

export const binaryEdges: Readonly<Record<string, BinaryEdges>> = {
  add: { value: (x, y) => x + y, slopes: () => [1, 1] },
  sub: { value: (x, y) => x - y, slopes: () => [1, -1] },
  mul: { value: (x, y) => x * y, slopes: (x, y) => [y, x] },
  div: { value: (x, y) => x / y, slopes: quotient },
  pow: { value: Math.pow, slopes: powerSlopes },
  atan2: {
    value: Math.atan2,
    slopes: (y, x) => {
      const radius = Math.hypot(y, x)
      return [(1 / radius) * (x / radius), (1 / radius) * -(y / radius)]
    },
  },
  hypot: {
    value: Math.hypot,
    slopes: (x, y) => [x / Math.hypot(x, y), y / Math.hypot(x, y)],
  },
  max: { value: Math.max, slopes: (x, y) => [share(x, y), share(y, x)] },
  min: { value: Math.min, slopes: (x, y) => [share(y, x), share(x, y)] },
  less: comparison((x, y) => x < y),
  lessEqual: comparison((x, y) => x <= y),
  greater: comparison((x, y) => x > y),
  greaterEqual: comparison((x, y) => x >= y),
  equal: comparison((x, y) => x === y),
  notEqual: comparison((x, y) => x !== y),
  logBase: {
    value: (b, x) => Math.log(x) / Math.log(b),
    slopes: (b, x) => {
      const [byLogX, byLogB] = quotient(Math.log(x), Math.log(b))
      return [byLogB / b, byLogX / x]
    },
  },
}

/** Equal up to a few roundings; NaN, infinities and the sign of a zero must be the same. */
export function nearlyEqual(a: number, b: number, relative = 1e-14): boolean {
  if (Object.is(a, b)) return true
  if (!Number.isFinite(a) || !Number.isFinite(b) || b === 0) return false
  return Math.abs(a - b) <= relative * Math.abs(b) + 1e-322
}
