/**
 * The elementwise ops at their edges: value and derivative by JavaScript's own `Math` and by the formula that the op's
 * documentation states, in IEEE arithmetic.
 */

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
