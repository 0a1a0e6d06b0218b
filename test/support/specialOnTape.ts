/** The special functions on the baseline's tape, where they are plain sums: by their series, near the middle of their domains. */
import type { BaselineTape } from '../../bench/baseline/index.ts'

/** c₀ + c₁x + c₂x² + … */
function polynomial(tape: BaselineTape, x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, c) => tape.add(tape.mul(sum, x), tape.constant(c)), tape.constant(0))
}

/** Σ cₖ x²ᵏ⁺¹ */
function odd(tape: BaselineTape, x: number, coefficients: readonly number[]): number {
  return tape.mul(x, polynomial(tape, tape.mul(x, x), coefficients))
}

function scaled(tape: BaselineTape, x: number, factor: number, summand = 0): number {
  return tape.add(tape.mul(x, tape.constant(factor)), tape.constant(summand))
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1)
}

/** For |x| ≤ 1.5. */
export function erfOn(tape: BaselineTape, x: number): number {
  const coefficient = (k: number): number =>
    ((k % 2 === 0 ? 2 : -2) / Math.sqrt(Math.PI) / factorial(k)) * (1 / (2 * k + 1))
  return odd(
    tape,
    x,
    Array.from({ length: 26 }, (_, k) => coefficient(k)),
  )
}

export function erfcOn(tape: BaselineTape, x: number): number {
  return scaled(tape, erfOn(tape, x), -1, 1)
}

export function normcdfOn(tape: BaselineTape, x: number): number {
  return scaled(tape, erfOn(tape, scaled(tape, x, Math.SQRT1_2)), 0.5, 0.5)
}

/** For |x| ≤ 0.6: Σ cₖ/(2k + 1)·(√π/2·x)²ᵏ⁺¹ with cₖ = Σ cⱼcₖ₋₁₋ⱼ/((j + 1)(2j + 1)). */
export function inverfOn(tape: BaselineTape, x: number): number {
  const c = [1]
  for (let k = 1; k < 50; k++) {
    let sum = 0
    for (let j = 0; j < k; j++) sum += (c[j] * c[k - 1 - j]) / ((j + 1) * (2 * j + 1))
    c.push(sum)
  }
  return odd(
    tape,
    scaled(tape, x, Math.sqrt(Math.PI) / 2),
    c.map((value, k) => value / (2 * k + 1)),
  )
}

export function inverfcOn(tape: BaselineTape, x: number): number {
  return inverfOn(tape, scaled(tape, x, -1, 1))
}

export function invnormcdfOn(tape: BaselineTape, x: number): number {
  return scaled(tape, inverfOn(tape, scaled(tape, x, 2, -1)), Math.SQRT2)
}

/** B₂, B₄ … */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]
/** So far the argument is moved, where the asymptotic series are exact. */
const STEPS = 14

/** The sum over k < STEPS of a term of x + k, and the rest by a series at x + STEPS. */
function shifted(tape: BaselineTape, x: number, term: (z: number) => number, series: (z: number) => number): number {
  let sum = series(scaled(tape, x, 1, STEPS))
  for (let k = 0; k < STEPS; k++) sum = tape.add(sum, term(scaled(tape, x, 1, k)))
  return sum
}

/** For x > 0: the series of Stirling. */
export function lgammaOn(tape: BaselineTape, x: number): number {
  return shifted(
    tape,
    x,
    z => tape.neg(tape.log(z)),
    z => {
      const main = tape.sub(tape.mul(scaled(tape, z, 1, -0.5), tape.log(z)), z)
      const rest = odd(
        tape,
        tape.recip(z),
        bernoulli.map((b, i) => b / ((2 * i + 2) * (2 * i + 1))),
      )
      return tape.add(scaled(tape, main, 1, Math.log(2 * Math.PI) / 2), rest)
    },
  )
}

/** For x > 0: its derivative. */
export function digammaOn(tape: BaselineTape, x: number): number {
  return shifted(
    tape,
    x,
    z => tape.neg(tape.recip(z)),
    z => {
      const inverse = tape.recip(z)
      const rest = odd(
        tape,
        inverse,
        bernoulli.map((b, i) => -b / (2 * i + 2)),
      )
      return tape.add(tape.log(z), tape.add(scaled(tape, inverse, -0.5), tape.mul(inverse, rest)))
    },
  )
}

/** For x > 0: the second derivative of that. */
export function secondPolygammaOn(tape: BaselineTape, x: number): number {
  const cube = (z: number): number => tape.mul(z, tape.mul(z, z))
  return shifted(
    tape,
    x,
    z => scaled(tape, cube(tape.recip(z)), -2),
    z => {
      const inverse = tape.recip(z)
      const square = tape.mul(inverse, inverse)
      const rest = polynomial(tape, square, [-1, ...bernoulli.map((b, i) => -b * (2 * i + 3))])
      return tape.sub(tape.mul(square, rest), cube(inverse))
    },
  )
}
