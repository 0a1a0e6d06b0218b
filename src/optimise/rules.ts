/** The optimisers that come with the library. Each is its published rule, written in ops. */
import type { AnyLeaf } from '../mapVars.ts'
import { max, pow, sqrt, sub } from '../ops/elementwise.ts'
import { BOOLEAN, checkGiven, numberThat, POSITIVE, SHARE } from '../options.ts'
import { type Optimiser, optimiserOf, RATE, type RateOptions } from './optimiser.ts'

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
  checkGiven('sgd', options, RATE)
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
  checkGiven('momentum', options, { ...RATE, momentum: SHARE, nesterov: BOOLEAN })
  const { rate = 0.01, momentum = 0.9, nesterov = false } = options
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
  checkGiven('adam', options, ADAM)
  return adamOf('adam', options, 0)
}

/** The options of Adam. */
const ADAM = { ...RATE, beta1: SHARE, beta2: SHARE, epsilon: POSITIVE }

/** Adam, with a decay of the parameters beside it. */
function adamOf(method: string, options: AdamOptions, decay: number): Optimiser<'mean' | 'square'> {
  const { rate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...rest } = options
  return optimiserOf(method, {
    ...rest,
    rate,
    moments: { mean: 0, square: 0 },
    rule: ({ rate, step }) => {
      // rate·m̂/(√v̂ + ε) = (rate·√c₂/c₁)·m′/(√v′ + √c₂·ε) with c = 1 − βᵗ: two passes less.
      const root = sqrt(sub(1, pow(beta2, step)))
      const factor = rate.mul(root).div(sub(pow(beta1, step), 1))
      const floor = root.mul(epsilon)
      const kept = decay === 0 ? undefined : sub(1, rate.mul(decay))
      return (p, g, { mean, square }) => {
        const m = mean.mul(beta1).add(g.mul(1 - beta1))
        const v = meanSquare(square, g, beta2)
        const start = kept === undefined ? p : p.mul(kept)
        return [start.add(m.mul(factor).div(v.sqrt().add(floor))), { mean: m, square: v }]
      }
    },
  })
}

/**
 * Options of `adamW`.
 *
 * @example
 * ```ts
 * const options: AdamWOptions = { rate: 0.001, decay: 0.1 }
 * ```
 */
export interface AdamWOptions extends AdamOptions {
  /** How much of the parameters is taken off at each step, times the rate; 0.01 by default. */
  readonly decay?: number
}

const DECAY = numberThat('a finite number, 0 or more', decay => decay >= 0 && decay < Infinity)

/**
 * Adam with decoupled decay of weights (Loshchilov & Hutter 2019, algorithm 2, line 12): p′ = p − rate·(m̂/(√v̂ + ε) + λ·p), with m̂ and v̂ as
 * of `adam`, to whose means the decay does not belong. The λ of the paper, which a schedule multiplies but the rate does not, is rate·λ
 * here.
 *
 * @param options the rate, 0.001 by default; β₁, β₂, ε; the decay λ; a schedule
 * @shape AdamWOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, β₁ or β₂ is not in [0, 1), ε is not positive, the decay is negative, or an option
 *   is unknown.
 * @example
 * ```ts
 * const method = adamW({ rate: 0.1, decay: 0.5 })
 * method(method.start(1), 1, 5)[1] // → 0.85
 * ```
 */
export function adamW(options: AdamWOptions = {}): Optimiser<'mean' | 'square'> {
  checkGiven('adamW', options, { ...ADAM, decay: DECAY })
  const { decay = 0.01, ...rest } = options
  return adamOf('adamW', rest, decay)
}

/**
 * Options of `rmsProp`.
 *
 * @example
 * ```ts
 * const options: RmsPropOptions = { rate: 0.001, keep: 0.99 }
 * ```
 */
export interface RmsPropOptions extends RateOptions {
  /** How much of the mean of squares is kept at each step; 0.9 by default. */
  readonly keep?: number
  /** What is added to the root of that mean; 1e-8 by default. */
  readonly epsilon?: number
}

/**
 * RMSProp (Tieleman & Hinton 2012, lecture 6e, slide 29): v′ = ρ·v + (1 − ρ)·g², p′ = p − rate·g/(√v′ + ε). There is no correction of the
 * mean's bias: the first step is rate/√(1 − ρ) long.
 *
 * @param options the rate, 0.01 by default; ρ as `keep`, and ε; a schedule
 * @shape RmsPropOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, ρ is not in [0, 1), ε is not positive, or an option is unknown.
 * @example
 * ```ts
 * const method = rmsProp({ rate: 0.1, keep: 0.75 })
 * method(method.start(1), 1, 5)[1] // → 0.8
 * ```
 */
export function rmsProp(options: RmsPropOptions = {}): Optimiser<'square'> {
  checkGiven('rmsProp', options, { ...RATE, keep: SHARE, epsilon: POSITIVE })
  const { rate = 0.01, keep = 0.9, epsilon = 1e-8, ...rest } = options
  return optimiserOf('rmsProp', {
    ...rest,
    rate,
    moments: { square: 0 },
    rule:
      ({ rate }) =>
      (p, g, { square }) => {
        const v = meanSquare(square, g, keep)
        return [p.sub(g.mul(rate).div(v.sqrt().add(epsilon))), { square: v }]
      },
  })
}

/**
 * Options of `adagrad`.
 *
 * @example
 * ```ts
 * const options: AdagradOptions = { rate: 0.1 }
 * ```
 */
export interface AdagradOptions extends RateOptions {
  /** What is added to the root of the sum of squares; 1e-8 by default. */
  readonly epsilon?: number
}

/**
 * Adagrad (Duchi, Hazan & Singer 2011, section 1.1, the diagonal form): v′ = v + g², p′ = p − rate·g/(√v′ + ε).
 *
 * @param options the rate, 0.01 by default; ε; a schedule
 * @shape AdagradOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, ε is not positive, or an option is unknown.
 * @example
 * ```ts
 * const method = adagrad({ rate: 0.1 })
 * const [state, p] = method(method.start(1), 1, 3) // p → 0.9
 * method(state, p, 4)[1] // → 0.82
 * ```
 */
export function adagrad(options: AdagradOptions = {}): Optimiser<'square'> {
  checkGiven('adagrad', options, { ...RATE, epsilon: POSITIVE })
  const { rate = 0.01, epsilon = 1e-8, ...rest } = options
  return optimiserOf('adagrad', {
    ...rest,
    rate,
    moments: { square: 0 },
    rule:
      ({ rate }) =>
      (p, g, { square }) => {
        const v = square.add(g.mul(g))
        return [p.sub(g.mul(rate).div(v.sqrt().add(epsilon))), { square: v }]
      },
  })
}

/**
 * Options of `adadelta`.
 *
 * @example
 * ```ts
 * const options: AdadeltaOptions = { keep: 0.9 }
 * ```
 */
export interface AdadeltaOptions extends RateOptions {
  /** How much of both means of squares is kept at each step; 0.95 by default. */
  readonly keep?: number
  /** What is added to both before their roots are taken; 1e-6 by default. It decides how long the first steps are. */
  readonly epsilon?: number
}

/**
 * Adadelta (Zeiler 2012, algorithm 1): v′ = ρ·v + (1 − ρ)·g², d = g·√(u + ε)/√(v′ + ε), u′ = ρ·u + (1 − ρ)·d², p′ = p − rate·d. The paper
 * has no rate, which is 1.
 *
 * @param options the rate, 1 by default; ρ as `keep`, and ε; a schedule
 * @shape AdadeltaOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, ρ is not in [0, 1), ε is not positive, or an option is unknown.
 * @example
 * ```ts
 * const method = adadelta({ keep: 0.75, epsilon: 0.01 })
 * method(method.start(1), 1, 5)[1] // → 0.8001…
 * ```
 */
export function adadelta(options: AdadeltaOptions = {}): Optimiser<'square' | 'change'> {
  checkGiven('adadelta', options, { ...RATE, keep: SHARE, epsilon: POSITIVE })
  const { rate = 1, keep = 0.95, epsilon = 1e-6, ...rest } = options
  return optimiserOf('adadelta', {
    ...rest,
    rate,
    moments: { square: 0, change: 0 },
    rule:
      ({ rate }) =>
      (p, g, { square, change }) => {
        const v = meanSquare(square, g, keep)
        const d = g.mul(change.add(epsilon).sqrt()).div(v.add(epsilon).sqrt())
        return [p.sub(d.mul(rate)), { square: v, change: meanSquare(change, d, keep) }]
      },
  })
}

/**
 * Options of `adaMax`.
 *
 * @example
 * ```ts
 * const options: AdaMaxOptions = { beta2: 0.99 }
 * ```
 */
export interface AdaMaxOptions extends RateOptions {
  /** How much of the mean of gradients is kept at each step; 0.9 by default. */
  readonly beta1?: number
  /** How much of the largest gradient is kept; 0.999 by default. */
  readonly beta2?: number
}

/**
 * AdaMax (Kingma & Ba 2015, algorithm 2): m′ = β₁·m + (1 − β₁)·g, u′ = max(β₂·u, |g|), p′ = p − rate/(1 − β₁ᵗ)·m′/u′ at step t = 1, 2, ….
 * Where all gradients have been 0 the parameter stays.
 *
 * @param options the rate, 0.002 by default; β₁ and β₂; a schedule
 * @shape AdaMaxOptions → Optimiser
 * @throws {UsageError} when the rate is no finite number, β₁ or β₂ is not in [0, 1), or an option is unknown.
 * @example
 * ```ts
 * const method = adaMax({ rate: 0.1 })
 * const [state, p] = method(method.start(1), 1, 5) // p → 0.9
 * method(state, p, 0)[1] // → 0.8525…
 * ```
 */
export function adaMax(options: AdaMaxOptions = {}): Optimiser<'mean' | 'largest'> {
  checkGiven('adaMax', options, { ...RATE, beta1: SHARE, beta2: SHARE })
  const { rate = 0.002, beta1 = 0.9, beta2 = 0.999, ...rest } = options
  return optimiserOf('adaMax', {
    ...rest,
    rate,
    moments: { mean: 0, largest: 0 },
    rule: ({ rate, step }) => {
      const factor = rate.div(sub(pow(beta1, step), 1))
      return (p, g, { mean, largest }) => {
        const m = mean.mul(beta1).add(g.mul(1 - beta1))
        const u = max(largest.mul(beta2), g.abs())
        // 0/0 where u has always been 0: the smallest number that there is makes 0 of it, and changes no other u.
        const smallest = u.dtype === 'float32' ? 2 ** -149 : Number.MIN_VALUE
        return [p.add(m.mul(factor).div(max(u, smallest))), { mean: m, largest: u }]
      }
    },
  })
}

/** ρ·v + (1 − ρ)·x². */
function meanSquare(square: AnyLeaf, x: AnyLeaf, keep: number): AnyLeaf {
  return square.mul(keep).add(x.mul(1 - keep).mul(x))
}
