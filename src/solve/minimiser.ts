/** What minimisers have in common: what they minimise, what they give, and when they stop. */
import type { NumberResult } from '../derivatives/types.ts'
import type { FunctionOfParameters, ResultOf } from '../signatures.ts'
import type { Iterates } from './iterates.ts'

/**
 * When a minimiser stops. The first that holds decides; 0 turns a tolerance off.
 *
 * @example
 * ```ts
 * const options: MinimiserOptions = { gradientTolerance: 1e-5, iterations: 100 }
 * ```
 */
export interface MinimiserOptions {
  /** How many steps at most; 1000 by default. */
  readonly iterations?: number
  /** Converged when the norm of the gradient is no more than this; 1e-8 by default. */
  readonly gradientTolerance?: number
  /** Converged when a step changes each number by no more than this times its size; 2⁻⁵² by default. */
  readonly stepTolerance?: number
  /** Converged when a step changes the value by no more than this times its size; 2⁻⁵² by default. */
  readonly reductionTolerance?: number
  /** Is the function compiled, with its derivatives? Then what it captures is constant, what changes must be data; false by default. */
  readonly compile?: boolean
}

/** @internal When a minimiser stops, if nothing else is said. */
export const DEFAULTS = {
  iterations: 1000,
  gradientTolerance: 1e-8,
  stepTolerance: 2 ** -52,
  reductionTolerance: 2 ** -52,
} as const

/**
 * What a minimiser gives: from the start, and data, to the iterates.
 *
 * @example
 * ```ts
 * const descend: Minimiser<number, []> = gradientDescent((x: Var<number>) => x.mul(x))
 * ```
 */
export type Minimiser<P, Data extends readonly unknown[]> = (start: P, ...data: Data) => Iterates<P>

/**
 * What is minimised: a function of parameters and data, whose result is one number.
 *
 * @example
 * ```ts
 * const loss: Loss<Var<number>, [], Var<number>> = (x: Var<number>) => x.mul(x)
 * ```
 */
export type Loss<P, Data extends readonly unknown[], W, O = unknown> = FunctionOfParameters<
  P,
  Data,
  W,
  O,
  NumberResult<ResultOf<O, W>>
>
