/**
 * Computes assembly/kernels/coefficients.ts: `npx tsx scripts/coefficients.ts > assembly/kernels/coefficients.ts`.
 *
 * Each function of `tasks` is approximated by a polynomial, or a quotient of two, that agrees with it at the Chebyshev nodes
 * of an interval, which is nearly the best there is. The function is computed by series to 200 bits (test/kernels/fixedPoint.ts),
 * and so is the system of equations; only the result is rounded to float64. The largest relative error at points between
 * the nodes is written beside each.
 */
import { fileURLToPath } from 'node:url'
import { fixed, one } from '../test/kernels/exact.ts'
import {
  erfcxOf,
  erfOf,
  erfRatio,
  expOf,
  inverfcOfExp,
  lgammaOf,
  logOf,
  over,
  polygammaOf,
  sqrtOf,
  times,
  twoOverRootOfPi,
} from '../test/kernels/fixedPoint.ts'

interface Fit {
  readonly name: string
  /** What is approximated. */
  readonly text: string
  readonly f: (x: bigint) => bigint
  /** What is subtracted first and added last: so the errors of the rest weigh less. */
  readonly constant: number
  readonly from: number
  readonly to: number
  readonly degree: number
  /** Is it a quotient of two polynomials of that degree? */
  readonly isQuotient: boolean
}

/** Solves the equations `rows`, whose last column is the right side, by elimination. */
function solve(rows: bigint[][]): bigint[] {
  const n = rows.length
  const magnitude = (x: bigint): bigint => (x < 0n ? -x : x)
  const at = (i: number, j: number): bigint => rows[i][j]
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++) if (magnitude(at(i, k)) > magnitude(at(pivot, k))) pivot = i
    ;[rows[k], rows[pivot]] = [rows[pivot], rows[k]]
    for (let i = k + 1; i < n; i++) {
      const factor = over(at(i, k), at(k, k))
      rows[i] = rows[i].map((x, j) => x - times(factor, at(k, j)))
    }
  }
  const x: bigint[] = []
  for (let k = n - 1; k >= 0; k--) {
    let rest = at(k, n)
    for (let j = k + 1; j < n; j++) rest -= times(at(k, j), x[j])
    x[k] = over(rest, at(k, k))
  }
  return x
}

/** A fixed-point number as the nearest float64. */
function toNumber(x: bigint): number {
  const sign = x < 0n ? -1 : 1
  const digits = (x < 0n ? -x : x).toString(2)
  const kept = digits.slice(0, 80)
  const scale = digits.length - kept.length - 200
  return sign * Number(BigInt('0b' + kept)) * 2 ** scale
}

function horner(coefficients: readonly bigint[], x: bigint): bigint {
  return coefficients.reduceRight((sum, c) => times(sum, x) + c, 0n)
}

function node(i: number, n: number, { from, to }: Fit): number {
  return (from + to) / 2 + ((to - from) / 2) * Math.cos((Math.PI * (2 * i + 1)) / (2 * n))
}

/** The coefficients from that of x⁰ on, of the numerator and, where there is one, of the denominator. */
function fit(task: Fit): { coefficients: number[]; error: number } {
  const { degree: m, isQuotient } = task
  const n = isQuotient ? m : 0
  const count = m + n + 1
  const constant = fixed(task.constant)
  const rows: bigint[][] = []
  for (let i = 0; i < count; i++) {
    const x = fixed(node(i, count, task))
    const y = task.f(x) - constant
    const powers = [one]
    for (let k = 1; k <= Math.max(m, n); k++) powers.push(times(powers[k - 1], x))
    rows.push([...powers.slice(0, m + 1), ...powers.slice(1, n + 1).map(power => -times(y, power)), y])
  }
  const solution = solve(rows)
  const numerator = solution.slice(0, m + 1)
  const denominator = [one, ...solution.slice(m + 1)]
  let error = 0
  for (let i = 0; i <= 400; i++) {
    const x = fixed(node(i, 401, task))
    const y = task.f(x)
    error = Math.max(
      error,
      Math.abs(toNumber(over(constant + over(horner(numerator, x), horner(denominator, x)) - y, y))),
    )
  }
  const all = isQuotient ? [...numerator, ...denominator] : numerator
  return { coefficients: all.map(toNumber), error }
}

/** The zero of digamma, by Newton's iteration. */
function digammaZero(): bigint {
  let zero = fixed(1.4616321449683622)
  for (let i = 0; i < 5; i++) zero -= over(polygammaOf(0, zero), polygammaOf(1, zero))
  return zero
}
const zero = digammaZero()

/** The quotient of two functions with a common zero, where its neighbour stands for it. */
function quotientAt(x: bigint, numerator: (x: bigint) => bigint, denominator: (x: bigint) => bigint): bigint {
  const near = denominator(x) === 0n ? x + 1n : x
  return over(numerator(near), denominator(near))
}

/** inverf z / z, by Newton's iteration. */
function inverfRatio(square: bigint): bigint {
  const z = sqrtOf(square)
  let y = (z * 9n) / 10n
  for (let i = 0; i < 9; i++) y += over(times(z - erfOf(y), expOf(times(y, y))), twoOverRootOfPi)
  return over(y, z)
}

/** inverfc(e^(−w²)) / w. */
function inverfcRatio(w: bigint): bigint {
  return over(inverfcOfExp(times(w, w), w - over(logOf(2n * w), 2n * w)), w)
}

const tasks: readonly Fit[] = [
  {
    name: 'ERF',
    text: 'erf(x)/x, of x² in 0 … 1',
    f: erfRatio,
    constant: 1,
    from: 0,
    to: 1,
    degree: 12,
    isQuotient: false,
  },
  {
    name: 'ERFCX',
    text: '(x + ½)·erfcx(x), of 1 − 8/(x + 4), for x ≥ ½',
    f: t => {
      const x = over(8n * one, one - t) - 4n * one
      return times(x + one / 2n, erfcxOf(x))
    },
    constant: 0,
    from: 1 - 8 / 4.5,
    to: 1 - 2 ** -30,
    degree: 22,
    isQuotient: false,
  },
  {
    name: 'INVERF',
    text: 'inverf(z)/z, of 0.5625 − z², for z² in 0 … 0.75²',
    f: t => inverfRatio(fixed(0.5625) - t),
    constant: 1,
    from: 0,
    to: 0.5625 - 2 ** -80,
    degree: 7,
    isQuotient: true,
  },
  {
    name: 'INVERFC_NEAR',
    text: 'inverf(z)/z, of 1 − z² − 31/256, for z in 0.75 … 15/16',
    f: t => inverfRatio(one - t - fixed(31 / 256)),
    constant: 1.25,
    from: 0,
    to: 0.4375 - 31 / 256,
    degree: 8,
    isQuotient: true,
  },
  {
    name: 'INVERFC_MIDDLE',
    text: 'inverfc(e^(−w²))/w, of w − 1.625, for w in 1.625 … 3.25',
    f: t => inverfcRatio(t + fixed(1.625)),
    constant: 0.875,
    from: 0,
    to: 1.625,
    degree: 6,
    isQuotient: true,
  },
  {
    name: 'INVERFC_FAR',
    text: 'The same, of w − 3.25, for w in 3.25 … 7',
    f: t => inverfcRatio(t + fixed(3.25)),
    constant: 0.9375,
    from: 0,
    to: 3.75,
    degree: 7,
    isQuotient: true,
  },
  {
    name: 'INVERFC_END',
    text: 'The same, of 1/w, for w in 7 … 27.31, where e^(−w²) is the least float64',
    f: inverse => inverfcRatio(over(one, inverse)),
    constant: 1,
    from: 1 / 27.31,
    to: 1 / 7,
    degree: 7,
    isQuotient: true,
  },
  {
    name: 'LGAMMA_1',
    text: 'lgamma(1 + s)/(s(s − 1)), of s + 0.34375, for s in −0.34375 … 0.65625',
    f: t =>
      quotientAt(
        t - fixed(0.34375),
        x => lgammaOf(one + x),
        x => times(x, x - one),
      ),
    constant: 0.5,
    from: 0,
    to: 1,
    degree: 7,
    isQuotient: true,
  },
  {
    name: 'LGAMMA_2',
    text: 'lgamma(x)/((x − 1)(x − 2)), of x − 1.65625, for x in 1.65625 … 3',
    f: t => quotientAt(t + fixed(1.65625), lgammaOf, x => times(x - one, x - 2n * one)),
    constant: 0.40625,
    from: 0,
    to: 1.34375,
    degree: 7,
    isQuotient: true,
  },
  {
    name: 'DIGAMMA',
    text: 'digamma(x)/(x − x₀), of x − 1, for x in 1 … 2½; x₀ is its zero',
    f: t =>
      quotientAt(
        t + one,
        x => polygammaOf(0, x),
        x => x - zero,
      ),
    constant: 1,
    from: 0,
    to: 1.5,
    degree: 7,
    isQuotient: true,
  },
]

/** The text of assembly/kernels/coefficients.ts. */
export function coefficientsFile(): string {
  const high = toNumber(zero)
  const parts = tasks.map(task => {
    const { coefficients, error } = fit(task)
    const size = `${task.isQuotient ? 'Numerator and denominator' : 'Polynomial'} of degree ${task.degree}`
    const less = task.constant === 0 ? '' : ` Less ${task.constant}.`
    const comment = `/** ${task.text}.${less} ${size}; relative error ${error.toExponential(1)}. */`
    return `${comment}\nexport const ${task.name} = memory.data<f64>([\n${coefficients.map(x => `  ${x},\n`).join('')}])\n`
  })
  return `/** Coefficients of the special functions, from that of x⁰ on. Written by scripts/coefficients.ts. */

${parts.join('\n')}
/** The zero of digamma in two parts. */
export const DIGAMMA_ZERO: f64 = ${high}
export const DIGAMMA_ZERO_LOW: f64 = ${toNumber(zero - fixed(high))}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(coefficientsFile())
