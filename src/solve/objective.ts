/** What is minimised, as a function of a row of numbers. */
import { hvp } from '../derivatives/gradient.ts'
import { numberValued } from '../derivatives/recorded.ts'
import type { VarFunction } from '../differentiate.ts'
import { backpropOperator } from '../grad.ts'
import { flatten, isShort, multiple, norm, unflatten } from './flat.ts'
import { type Iterate, nonFinite, type Report, reportOf, type StopReason } from './iterates.ts'
import { evaluated } from './solver.ts'

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

/** What is evaluated of a function, one number, of parameters and data. */
export interface Operators {
  /** The solver, for messages. */
  readonly op: string
  /** (params, …data) ↦ [value, gradient]. */
  readonly valueAndGrad: VarFunction
  /** (params, …data, v) ↦ H·v. */
  readonly product: VarFunction
}

/** What a solver evaluates of a function; made once, so that each call of it runs the same programs if they are compiled. */
export function operatorsOf(op: string, f: VarFunction, options: { readonly compile: boolean }): Operators {
  return {
    op,
    valueAndGrad: evaluated(backpropOperator(op, numberValued(op, f), { wrt: 0 }), options),
    product: evaluated(hvp(f as never, { wrt: 0 }), options),
  }
}

/** A function of parameters with a number as result, or its negative, for certain data, and how often it was evaluated. */
export class Objective {
  readonly start: Point['x']
  evaluations = 0
  readonly #operators: Operators
  readonly #sign: 1 | -1
  readonly #like: unknown
  readonly #data: readonly unknown[]

  constructor(operators: Operators, [start, ...data]: readonly unknown[], sign: 1 | -1 = 1) {
    this.#operators = operators
    this.#sign = sign
    this.#like = start
    this.#data = data
    this.start = flatten(operators.op, start)
  }

  /** The point with these parameters; those of float32 are rounded first. */
  at(numbers: Float64Array): Point {
    const { op, valueAndGrad } = this.#operators
    const params = unflatten(op, this.#like, numbers)
    this.evaluations++
    const [value, gradient] = valueAndGrad(params, ...this.#data) as [number, unknown]
    const flat = flatten(op, gradient)
    return {
      x: flatten(op, params),
      params,
      value: this.#sign * value,
      gradient: this.#sign === 1 ? flat : multiple(-1, flat),
      gradientNorm: norm(flat),
    }
  }

  /** The Hessian at a point times a vector. */
  times({ x }: Point, v: Float64Array): Float64Array {
    const { op, product } = this.#operators
    this.evaluations++
    // Not the params of the point, which are the caller's as soon as they are yielded.
    const [params, tangent] = [x, v].map(numbers => unflatten(op, this.#like, numbers))
    const image = flatten(op, product(params, ...this.#data, tangent))
    return this.#sign === 1 ? image : multiple(-1, image)
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

/** @internal The part of a value's size up to which a change may be due to rounding. */
export const NOISE = 2 ** -50

/** What must be left of the gradient at most, of the largest that it has been, where rounding decides about the value. */
const SMALL = 2 ** -20

/**
 * Has the step from one point to the next brought the end?
 *
 * @param steepest the largest norm that the gradient has had
 */
export function endOf(before: Point, now: Point, tolerances: Tolerances, steepest: number): StopReason | undefined {
  if (now.gradientNorm <= tolerances.gradientTolerance) return 'gradient'
  if (isShort(before.x, now.x, tolerances.stepTolerance)) return 'step'
  const scale = Math.max(Math.abs(before.value), Math.abs(now.value))
  const isSmall = tolerances.reductionTolerance > NOISE || now.gradientNorm <= SMALL * steepest
  if (isSmall && Math.abs(before.value - now.value) <= tolerances.reductionTolerance * scale) return 'reduction'
  return undefined
}

/**
 * Why a method stops where no step gains anything: the function is least there, as far as can be told in rounding; or the gradient, which
 * has not become small, is not that of a smooth function.
 */
export function stallOf({ gradientNorm }: Point, steepest: number, failure: 'lineSearch' | 'trustRegion'): StopReason {
  return gradientNorm <= SMALL * steepest ? 'reduction' : failure
}
