/** What is minimised, as a function of a row of numbers. */
import { valueAndGrad } from '../derivatives/gradient.ts'
import type { VarFunction } from '../differentiate.ts'
import { difference, flatten, norm, startOf, unflatten } from './flat.ts'
import { type Iterate, nonFinite, type Report, reportOf, type StopReason } from './iterates.ts'

/** Parameters with what is minimised there. */
export interface Point {
  /** The parameters in a row. */
  readonly x: Float64Array
  readonly params: unknown
  /** What is minimised: the function, or its negative. */
  readonly value: number
  readonly gradient: Float64Array
  readonly gradientNorm: number
}

/** A function of parameters and data with a number as result, or its negative, and how often it was evaluated. */
export class Objective {
  readonly op: string
  readonly start: Point['x']
  evaluations = 0
  readonly #sign: 1 | -1
  readonly #like: unknown
  readonly #data: readonly unknown[]
  readonly #valueAndGrad: (...args: unknown[]) => [value: number, gradient: unknown]

  constructor(op: string, f: VarFunction, args: readonly unknown[], sign: 1 | -1 = 1) {
    this.op = op
    this.#sign = sign
    ;[this.#like, ...this.#data] = args
    this.start = startOf(op, this.#like)
    this.#valueAndGrad = valueAndGrad(f as never, { wrt: 0 }) as never
  }

  /** The point with these parameters; those of float32 are rounded first. */
  at(numbers: Float64Array): Point {
    const { op } = this
    const params = unflatten(op, this.#like, numbers)
    this.evaluations++
    const [value, gradient] = this.#valueAndGrad(params, ...this.#data)
    const flat = flatten(op, gradient)
    return {
      x: flatten(op, params),
      params,
      value: this.#sign * value,
      gradient: this.#sign === 1 ? flat : flat.map(g => -g),
      gradientNorm: norm(flat),
    }
  }

  /** What is yielded for a point. */
  iterate({ params, value, gradientNorm }: Point): Iterate<unknown> {
    return { params, value: this.#sign * value, gradientNorm }
  }

  /** What is returned for the last point. */
  report(point: Point, reason: StopReason, iterations: number): Report<unknown> {
    return reportOf(this.iterate(point), reason, iterations, this.evaluations)
  }
}

/** What is not finite at a point; undefined if all is. */
export function flawOf({ x, value, gradient }: Point): StopReason | undefined {
  return nonFinite(x, value, gradient)
}

/** When a minimiser stops. */
export interface Tolerances {
  readonly iterations: number
  readonly gradientTolerance: number
  readonly stepTolerance: number
  readonly reductionTolerance: number
}

/** Has the step from one point to the next brought the end? */
export function endOf(before: Point, now: Point, tolerances: Tolerances): StopReason | undefined {
  if (now.gradientNorm <= tolerances.gradientTolerance) return 'gradient'
  const step = norm(difference(now.x, before.x))
  if (step <= tolerances.stepTolerance * norm(now.x)) return 'step'
  const scale = Math.max(Math.abs(before.value), Math.abs(now.value))
  if (Math.abs(before.value - now.value) <= tolerances.reductionTolerance * scale) return 'reduction'
  return undefined
}
