/** What the methods yield and return. */
import { describe, UsageError } from '../errors.ts'
import { BOOLEAN, checkGiven, COUNT, type Kind, NOT_NEGATIVE } from '../options.ts'
import { allFinite } from './flat.ts'

/**
 * One iterate of a method: where it is, and what is there.
 *
 * @example
 * ```ts
 * const [first] = gradientDescent((x: Var<number>) => x.mul(x))(3)
 * first // → { params: 3, value: 9, gradientNorm: 6 }
 * ```
 */
export interface Iterate<P, V = number> {
  /** The parameters, in the structure of the start. */
  readonly params: P
  /** The function there: what is minimised, or what is to become zero; for `levenbergMarquardt` Σ r². */
  readonly value: V
  /** The Euclidean norm of the gradient there; of zeros that of the whole derivative, √Σ (∂fᵢ/∂xⱼ)². */
  readonly gradientNorm: number
}

/**
 * Why a method has stopped. It has converged with
 *
 * - `'zero'`: the function, or all residuals, are as small as `valueTolerance` asks;
 * - `'gradient'`: the gradient is as small as `gradientTolerance` asks;
 * - `'step'`: the last step was as short as `stepTolerance` asks;
 * - `'reduction'`: the last step has gained no more than `reductionTolerance` asks, or what is to be gained is lost in rounding;
 * - `'gap'`: the value is as near to the least one as `gapTolerance` asks, as far as the barrier's theory goes.
 *
 * It has not converged with
 *
 * - `'iterations'`: as many steps as were allowed;
 * - `'lineSearch'`: no step in a direction of descent gains anything, though the gradient is not small beside what it has been;
 * - `'trustRegion'`: nor does any step to where a model of the function is trusted;
 * - `'unbounded'`: the function falls and falls, for as far as a direction was followed;
 * - `'singular'`: the derivative, a matrix, cannot be inverted;
 * - `'nonFiniteParams'`, `'nonFiniteValue'`, `'nonFiniteGradient'`, `'nonFiniteHessian'`: the last iterate has NaN or an infinity
 *   there, or nothing else was found beyond it.
 *
 * @example
 * ```ts
 * const reason: StopReason = last(findZero((x: Var<number>) => x.mul(x).add(1), { iterations: 5 })(3)).reason // → 'iterations'
 * ```
 */
export type StopReason =
  | 'zero'
  | 'gradient'
  | 'step'
  | 'reduction'
  | 'gap'
  | 'iterations'
  | 'lineSearch'
  | 'trustRegion'
  | 'unbounded'
  | 'singular'
  | 'nonFiniteParams'
  | 'nonFiniteValue'
  | 'nonFiniteGradient'
  | 'nonFiniteHessian'

/**
 * What a method returns: the last iterate, and how it came there.
 *
 * @example
 * ```ts
 * const report: Report<number> = last(lbfgs((x: Var<number>) => x.sub(2).pow(2))(0))
 * report.converged // → true
 * report.params // → 2
 * ```
 */
export interface Report<P, V = number> extends Iterate<P, V> {
  /** Is the last iterate what was looked for, as far as the tolerances say? */
  readonly converged: boolean
  /** Why the method has stopped. */
  readonly reason: StopReason
  /** How many steps were taken, hence the number of the last iterate, the start being 0. */
  readonly iterations: number
  /** How often the function was evaluated, a product with its Hessian being one more; a Jacobian beside a value is not counted. */
  readonly evaluations: number
}

/**
 * The iterates of a method, one after the other, the start first, and in the end the report. Nothing is computed before it is asked
 * for. A loop may end at any time; another one, or `last`, goes on from there.
 *
 * @example
 * ```ts
 * const iterates: Iterates<number> = lbfgs((x: Var<number>) => x.sub(2).pow(2))(0)
 * for (const { gradientNorm } of iterates) if (gradientNorm < 5) break
 * iterates.report // → undefined
 * for (const { value } of iterates) if (Number.isNaN(value)) break
 * iterates.report?.reason // → 'gradient'
 * ```
 */
export interface Iterates<P, V = number> extends IterableIterator<Iterate<P, V>, Report<P, V>, undefined> {
  /** The report, as soon as the method has stopped; undefined before. */
  readonly report: Report<P, V> | undefined
}

/** The steps of a method: what it yields and returns. */
export type Steps<V = unknown> = Generator<Iterate<unknown, V>, Report<unknown, V>, undefined>

/** The iterates that some steps lead to. They keep the report, or the error that the steps have ended by. */
export class KeptIterates<V> implements Iterates<unknown, V> {
  readonly #steps: Steps<V>
  #end: IteratorReturnResult<Report<unknown, V>> | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(steps: Steps<V>) {
    this.#steps = steps
  }

  get report(): Report<unknown, V> | undefined {
    return this.#end?.value
  }

  next(): IteratorResult<Iterate<unknown, V>, Report<unknown, V>> {
    if (this.#end !== undefined) return this.#end
    if (this.#failure !== undefined) throw this.#failure.error
    try {
      const result = this.#steps.next()
      if (result.done === true) this.#end = result
      return result
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }

  [Symbol.iterator](): this {
    return this
  }
}

/**
 * The report of a method, for whose sake the iterates that are left are computed: last(iterates) = iterates.report in the end. After
 * a loop it is there already.
 *
 * @param iterates what a method gives
 * @shape Iterates → Report
 * @throws {UsageError} when these are no iterates.
 * @example
 * ```ts
 * last(fixedPoint((x: Var<number>) => x.cos())(1)).params // → 0.7390851332151607
 * ```
 */
export function last<P, V>(iterates: Iterates<P, V>): Report<P, V> {
  if (typeof (iterates as Partial<Iterates<P, V>> | undefined)?.next !== 'function') {
    throw new UsageError(
      `last: it takes iterates, but got ${describe(iterates)}. Give the start: last(lbfgs(f)(start)).`,
    )
  }
  let result = iterates.next()
  while (result.done !== true) result = iterates.next()
  return result.value
}

/** The reasons for which a run has converged. */
const CONVERGED: readonly StopReason[] = ['zero', 'gradient', 'step', 'reduction', 'gap']

/** The report of a run that has come to an iterate. */
export function reportOf<P, V>(
  { params, value, gradientNorm }: Iterate<P, V>,
  reason: StopReason,
  iterations: number,
  evaluations: number,
): Report<P, V> {
  return { params, value, gradientNorm, converged: CONVERGED.includes(reason), reason, iterations, evaluations }
}

/** What is not finite among parameters, value and gradient; undefined if all is. */
export function nonFinite(params: Float64Array, value: number, gradient: Float64Array): StopReason | undefined {
  if (!allFinite(params)) return 'nonFiniteParams'
  if (!Number.isFinite(value)) return 'nonFiniteValue'
  return allFinite(gradient) ? undefined : 'nonFiniteGradient'
}

/** Options that are numbers, and whether what is evaluated is compiled. */
export type Chosen<O> = O & { readonly compile: boolean }

/** What the options may be that count something; all others are numbers that are not negative, unless the caller says more. */
const COUNTS: { readonly [name: string]: Kind } = { iterations: COUNT, memory: COUNT }

/** The options that are given, over those by default. Throws unless each is known, and of its kind; `kinds` has those of the caller. */
export function withDefaults<O extends { readonly [K in keyof O]: number }>(
  op: string,
  options: { readonly [K in keyof O]?: number | undefined } & { readonly compile?: boolean | undefined },
  defaults: O,
  kinds: { readonly [name: string]: Kind } = {},
): Chosen<O> {
  const names = Object.keys(defaults)
  const numbers = Object.fromEntries(names.map(name => [name, COUNTS[name] ?? NOT_NEGATIVE]))
  checkGiven(op, options, { ...numbers, ...kinds, compile: BOOLEAN })
  const given = options as { readonly [name: string]: unknown }
  const chosen = names.map(name => [name, given[name] ?? defaults[name as keyof O]])
  return { ...(Object.fromEntries(chosen) as O), compile: options.compile ?? false }
}
