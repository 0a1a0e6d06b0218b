/** The optimisers that come with the library. Each is its published rule, written in ops. */
import { checkOptionNames, UsageError } from '../errors.ts'
import { pow, sqrt, sub } from '../ops/elementwise.ts'
import { type Optimiser, optimiserOf, optionText, type RateOptions } from './optimiser.ts'

/**
 * Gradient descent: p′ = p − rate·g. `sgdStep` is the same in one function with the loss, without a state.
 *
 * @param options the rate, 0.01 by default, and a schedule
 * @shape RateOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, or an option is unknown.
 * @example
 * ```ts
 * const descent = sgd({ rate: 0.1 })
 * descent(descent.start(1), 1, 5)[1] // → 0.5
 * ```
 */
export function sgd(options: RateOptions = {}): Optimiser {
  checkOptionNames('sgd', options, ['rate', 'schedule'])
  const { rate = 0.01 } = options
  return optimiserOf('sgd', {
    ...options,
    rate,
    moments: {},
    rule:
      ({ rate }) =>
      (p, g) => [p.sub(g.mul(rate)), {}],
  })
}

/**
 * Options of `momentum`.
 *
 * @example
 * ```ts
 * const options: MomentumOptions = { rate: 0.1, momentum: 0.9, nesterov: true }
 * ```
 */
export interface MomentumOptions extends RateOptions {
  /** How much of the velocity is kept at each step, from 0 up to, not including, 1; 0.9 by default. */
  readonly momentum?: number
  /** Go where the velocity is about to lead to, as Nesterov's method does. */
  readonly nesterov?: boolean
}

/**
 * Gradient descent with momentum: v′ = μ·v + g, p′ = p − rate·v′; with `nesterov` p′ = p − rate·(g + μ·v′) (Polyak 1964;
 * Nesterov 1983, in the form of Sutskever et al. 2013 for parameters that look ahead).
 *
 * @param options the rate, 0.01 by default; the momentum μ, 0.9 by default; `nesterov`; a schedule
 * @shape MomentumOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, the momentum is not in [0, 1), or an option is unknown.
 * @example
 * ```ts
 * const heavy = momentum({ rate: 0.1, momentum: 0.5 })
 * const [state, p] = heavy(heavy.start(1), 1, 2) // p → 0.8
 * heavy(state, p, 2)[1] // → 0.5
 * ```
 */
export function momentum(options: MomentumOptions = {}): Optimiser<'velocity'> {
  checkOptionNames('momentum', options, ['rate', 'momentum', 'nesterov', 'schedule'])
  const { rate = 0.01, momentum = 0.9, nesterov = false } = options
  checkShare('momentum', 'momentum', momentum)
  return optimiserOf('momentum', {
    ...options,
    rate,
    moments: { velocity: 0 },
    rule:
      ({ rate }) =>
      (p, g, { velocity }) => {
        const v = velocity.mul(momentum).add(g)
        return [p.sub((nesterov ? g.add(v.mul(momentum)) : v).mul(rate)), { velocity: v }]
      },
  })
}

/**
 * Options of `adam`.
 *
 * @example
 * ```ts
 * const options: AdamOptions = { rate: 0.002, beta1: 0.8 }
 * ```
 */
export interface AdamOptions extends RateOptions {
  /** How much of the mean of gradients is kept at each step; 0.9 by default. */
  readonly beta1?: number
  /** How much of the mean of their squares is kept; 0.999 by default. */
  readonly beta2?: number
  /** What is added to the root of that mean; 1e-8 by default. */
  readonly epsilon?: number
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1), with its correction of both means' bias: m′ = β₁·m + (1 − β₁)·g, v′ = β₂·v +
 * (1 − β₂)·g², p′ = p − rate·m̂/(√v̂ + ε), where m̂ = m′/(1 − β₁ᵗ) and v̂ = v′/(1 − β₂ᵗ) at step t = 1, 2, ….
 *
 * @param options the rate, 0.001 by default; β₁, β₂ and ε; a schedule
 * @shape AdamOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, β₁ or β₂ is not in [0, 1), ε is not positive, or an option is
 *   unknown.
 * @example
 * ```ts
 * const method = adam({ rate: 0.1 })
 * const [state, p] = method(method.start(1), 1, 5) // p → 0.9
 * method(state, p, -5)[1] // → 0.9052…
 * ```
 */
export function adam(options: AdamOptions = {}): Optimiser<'mean' | 'square'> {
  checkOptionNames('adam', options, ['rate', 'beta1', 'beta2', 'epsilon', 'schedule'])
  const { rate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  checkShare('adam', 'beta1', beta1)
  checkShare('adam', 'beta2', beta2)
  if (!(typeof epsilon === 'number' && epsilon > 0 && epsilon < Infinity)) {
    throw new UsageError(`adam: epsilon is ${optionText(epsilon)}, but must be a positive number.`)
  }
  return optimiserOf('adam', {
    ...options,
    rate,
    moments: { mean: 0, square: 0 },
    rule: ({ rate, step }) => {
      // rate·m̂/(√v̂ + ε) = (rate·√c₂/c₁)·m′/(√v′ + √c₂·ε) with c = 1 − βᵗ: two passes less.
      const root = sqrt(sub(1, pow(beta2, step)))
      const factor = rate.mul(root).div(sub(pow(beta1, step), 1))
      const floor = root.mul(epsilon)
      return (p, g, { mean, square }) => {
        const m = mean.mul(beta1).add(g.mul(1 - beta1))
        const v = square.mul(beta2).add(g.mul(1 - beta2).mul(g))
        return [p.add(m.mul(factor).div(v.sqrt().add(floor))), { mean: m, square: v }]
      }
    },
  })
}

/** Throws unless an option is a share of what is kept: less than all. */
function checkShare(method: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return
  throw new UsageError(
    `${method}: ${name} is ${optionText(value)}, but must be a number from 0 up to, not including, 1.`,
  )
}
