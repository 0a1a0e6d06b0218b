/** Optimisers: functions from state, parameters and gradient to the next state and parameters, made of the engine's ops. */
import { BackpropError, describe, StructureMismatchError, UsageError } from '../errors.ts'
import { ANYTHING, checkGiven, checkOption, FINITE, functionLike, isRecord } from '../options.ts'
import { evalBP } from '../grad.ts'
import { type AnyLeaf, atEachPlace, withLeaves } from '../mapVars.ts'
import { Resident, ResidentLeaf } from '../resident.ts'
import type { Operator } from '../signatures.ts'
import { checkLike, mapLeaves, pathText, spaceOfLeaf } from '../structure.ts'
import { countOf } from '../tape.ts'
import { dataOf, type PlainTensor, Tensor, tensorOf } from '../tensor.ts'
import type { Operand } from '../types.ts'
import { type AnyVar, Var } from '../var.ts'

/**
 * What an optimiser keeps from step to step: how many steps there have been, the rate, and its moments, each of the
 * parameters' structure. `Count` is `number`, or `Var<number>` where P is made of variables.
 *
 * @example
 * ```ts
 * const state: OptimiserState<number, 'velocity'> = { step: 0, rate: 0.1, moments: { velocity: 0 } }
 * ```
 */
export interface OptimiserState<P, Moments extends string = never, Count = number> {
  /** How many steps have been taken. */
  readonly step: Count
  /** The rate; with a schedule, what that multiplies. */
  readonly rate: Count
  /** Running averages and the like, by name. */
  readonly moments: { readonly [K in Moments]: P }
}

/**
 * An optimiser: (state, parameters, gradient) ↦ [state, parameters], a pure function, of variables as of plain values.
 * `trainStep` makes a step of one and a loss; `compile` takes it as it takes any operator.
 *
 * @example
 * ```ts
 * const descent: Optimiser = sgd({ rate: 0.5 })
 * const [state, w] = descent(descent.start(3), 3, 2)
 * w // → 2
 * state.step // → 1
 * ```
 */
export interface Optimiser<Moments extends string = never> extends Operator {
  <P>(
    state: OptimiserState<P, Moments>,
    parameters: P,
    gradient: NoInfer<P>,
  ): [state: OptimiserState<P, Moments>, parameters: P]
  <V>(
    state: OptimiserState<V, Moments, Var<number>>,
    parameters: V,
    gradient: V,
  ): [state: OptimiserState<V, Moments, Var<number>>, parameters: V]
  /**
   * The state before the first step, for parameters of this structure: no steps yet, each moment as it begins.
   *
   * @param parameters the parameters, plain or resident; only their structure and shapes matter
   * @shape any → OptimiserState
   * @throws {UsageError} when a leaf is resident, or a value of a user's type.
   * @throws {UnknownLeafError} when a leaf is none: a plain typed array, a Set, a promise.
   * @example
   * ```ts
   * momentum().start([1, 2]) // → { step: 0, rate: 0.01, moments: { velocity: [0, 0] } }
   * ```
   */
  start<P>(parameters: P | Resident<P>): OptimiserState<P, Moments>
}

/**
 * What all optimisers have in common.
 *
 * @example
 * ```ts
 * const options: RateOptions = { rate: 0.1, schedule: step => step.recip() }
 * ```
 */
export interface RateOptions {
  /** What a step is multiplied by. It is a part of the state, so it may be another one at each step. */
  readonly rate?: number
  /**
   * A factor of the rate for each step, as a function of its number, which is 1 for the first: warming up, decay. It is made of
   * ops, as a part of the step.
   */
  readonly schedule?: (step: Var<number>) => Operand<number>
}

/**
 * What `optimiser` makes one of: `moments` by name with what each of their elements begins with; and the rule.
 *
 * @example
 * ```ts
 * const rule: OptimiserRule<never> = { rate: 0.1, moments: {}, rule: ({ rate }) => (p, g) => [p.sub(g.mul(rate)), {}] }
 * ```
 */
export interface OptimiserRule<Moments extends string> extends RateOptions {
  readonly rate: number
  /** What each element of a moment begins with. */
  readonly moments: { readonly [K in Moments]: number }
  /**
   * From the number of the step, 1 for the first, and its rate, to what is done with a leaf: from its value, gradient and
   * moments to the next value and moments. What leaves have in common is computed in between.
   */
  readonly rule: (numbers: {
    readonly step: Var<number>
    readonly rate: Var<number>
  }) => (
    parameter: AnyLeaf,
    gradient: AnyLeaf,
    moments: { readonly [K in Moments]: AnyLeaf },
  ) => readonly [parameter: AnyLeaf, moments: { readonly [K in Moments]: AnyLeaf }]
}

/** @internal The options that all optimisers have. */
export const RATE = { rate: FINITE, schedule: functionLike('step => step.recip()') }

/** A state as the engine sees it. */
type AnyState = OptimiserState<unknown, string, Var<number>>

/**
 * An optimiser that does the same with each leaf of the parameters: optimiser({ rate, moments, rule })(state, p, g) =
 * [state′, p′] by the rule.
 *
 * @param options the rate, the moments with what they begin with, and the rule
 * @shape OptimiserRule → Optimiser
 * @throws {UsageError} when the rate, or what a moment begins with, is no finite number, or an option is unknown; (from the
 *   optimiser) when the rule gives something else than a leaf and its moments, or the schedule no number.
 * @throws {StructureMismatchError} (from the optimiser) when the state is that of another optimiser, or of other parameters.
 * @example
 * ```ts
 * // RMSProp
 * const rmsProp = optimiser({
 *   rate: 0.01,
 *   moments: { square: 0 },
 *   rule: ({ rate }) => (p, g, { square }) => {
 *     const s = square.mul(0.9).add(g.mul(0.1).mul(g))
 *     return [p.sub(g.mul(rate).div(s.sqrt().add(1e-8))), { square: s }]
 *   },
 * })
 * rmsProp(rmsProp.start(1), 1, 2)[1] // → 0.96837…
 * ```
 */
export function optimiser<Moments extends string>(options: OptimiserRule<Moments>): Optimiser<Moments> {
  checkGiven('optimiser', options, { ...RATE, moments: ANYTHING, rule: ANYTHING })
  const { rate, moments, rule } = options
  checkOption('optimiser', 'rate', rate, FINITE)
  if (typeof (rule as unknown) !== 'function') throw new UsageError(`optimiser: the rule is ${describe(rule)}. ${RULE}`)
  if (!isRecord(moments)) {
    throw new UsageError(
      `optimiser: moments is ${describe(moments)}. Give what each begins with, by name: { square: 0 }.`,
    )
  }
  for (const [name, start] of Object.entries(moments)) checkOption('optimiser', `moments.${name}`, start, FINITE)
  return optimiserOf('optimiser', options)
}

/** @internal The same of options that have been checked, with the name that messages begin with. */
export function optimiserOf<Moments extends string>(
  method: string,
  options: OptimiserRule<Moments>,
): Optimiser<Moments> {
  const { rate, schedule, rule } = options
  const moments: Readonly<Record<string, number>> = options.moments
  const names = Object.keys(moments)
  const update = (state: AnyState, parameters: unknown, gradient: unknown): [AnyState, unknown] => {
    checkState(method, names, state)
    const step = state.step.add(1)
    const rate = schedule === undefined ? state.rate : state.rate.mul(factorOf(method, schedule(step)))
    const update = rule({ step, rate })
    if (typeof (update as unknown) !== 'function') {
      throw new UsageError(`${method}: the rule gives ${describe(update)}. ${RULE}`)
    }
    const before: Readonly<Record<string, unknown>> = state.moments
    try {
      const rows = atEachPlace(
        (p, g, ...leaves) => leavesOf(method, names, update(p, g, named(names, leaves))),
        parameters,
        [gradient, ...names.map(name => before[name])],
      )
      const next = withLeaves(
        parameters,
        rows.map(([leaf]) => leaf),
      )
      const nextMoments = names.map((_, k) =>
        withLeaves(
          parameters,
          rows.map(leaves => leaves[k + 1]),
        ),
      )
      return [{ step, rate: state.rate, moments: named(names, nextMoments) }, next]
    } catch (error) {
      for (const name of names) checkMoment(method, name, parameters, before[name])
      throw error
    }
  }
  const start = (parameters: unknown): OptimiserState<unknown, string> => {
    const like = parameters instanceof Resident ? parameters.leaves : parameters
    checkLeaves(method, like)
    return {
      step: 0,
      rate,
      moments: named(
        names,
        names.map(name => filledLike(like, moments[name] as number)),
      ),
    }
  }
  const optimiser = Object.assign(evalBP(update as never), { start })
  stateChecks.set(optimiser, state => {
    checkState(method, names, state)
  })
  return optimiser as unknown as Optimiser<Moments>
}

function named<K extends string, T>(names: readonly string[], values: readonly T[]): Record<K, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<K, T>
}

/** A number for each number, a tensor for each tensor, all elements being `value`. */
function filledLike(like: unknown, value: number): unknown {
  return mapLeaves(like, 'start', leaf => {
    if (typeof leaf === 'number') return value
    const { shape, dtype } = leaf as Pick<PlainTensor, 'shape' | 'dtype'>
    return shape.length === 0 ? value : tensorOf(dataOf(dtype, countOf(shape)).fill(value), shape)
  })
}

/** Throws unless all leaves of the parameters are numbers and tensors. */
function checkLeaves(method: string, like: unknown): void {
  mapLeaves(like, `${method}.start`, (leaf, path) => {
    if (typeof leaf === 'number' || leaf instanceof Tensor || leaf instanceof ResidentLeaf) return leaf
    throw new UsageError(`${pathText(path)}: optimisers take numbers and tensors only, but this is ${describe(leaf)}.`)
  })
}

/** Throws unless a state has the parts that this optimiser keeps. */
function checkState(method: string, names: readonly string[], state: unknown): void {
  const { step, rate, moments } = (isRecord(state) ? state : {}) as Partial<AnyState>
  if (!(isNumber(step) && isNumber(rate) && isRecord(moments))) {
    throw new StructureMismatchError(`${method}: the state`, `it must be a record { step, rate, moments }. ${START}`)
  }
  const given = Object.keys(moments)
  if (given.length === names.length && names.every(name => given.includes(name))) return
  const problem = `the moments are { ${given.join(', ')} }, but must be { ${names.join(', ')} }: it is another optimiser's.`
  throw new StructureMismatchError(`${method}: the state.moments`, `${problem} ${START}`)
}

/** Throws, if a moment is not like the parameters, an error that says so. */
function checkMoment(method: string, name: string, parameters: unknown, moment: unknown): void {
  const path = `${method}: the state.moments.${name}`
  try {
    checkLike(parameters, moment, path)
  } catch (cause) {
    if (!(cause instanceof BackpropError)) throw cause
    const problem = `it is not like the parameters: it is the state of others. ${START} (${cause.message})`
    throw new StructureMismatchError(path, problem)
  }
}

/** For each optimiser: throws unless a state, resident or of variables, has the parts that it keeps. */
const stateChecks = new WeakMap<object, (state: unknown) => void>()

/** @internal Throws unless a state has the parts that the optimiser keeps, if that is known. */
export function checkStateOf(optimiser: object, state: unknown): void {
  stateChecks.get(optimiser)?.(state instanceof Resident ? state.leaves : state)
}

/** What to do about a wrong state. */
const START = 'Make one for these parameters: method.start(parameters).'

/** What a rule must be. */
const RULE =
  'It must be: ({ step, rate }) => (p, g, moments) => [p′, { …moments }], variables all, with every moment by name.'

/** What the rule gives for a leaf, in a row: the next value and moments. */
function leavesOf(method: string, names: readonly string[], result: unknown): readonly AnyLeaf[] {
  const [next, moments] = Array.isArray(result) && result.length === 2 ? (result as readonly unknown[]) : []
  if (!(next instanceof Var && isRecord(moments))) {
    throw new UsageError(`${method}: the rule gives no pair of a leaf and its moments. ${RULE}`)
  }
  const after = moments as Readonly<Record<string, unknown>>
  const extra = Object.keys(after).find(name => !names.includes(name))
  if (extra !== undefined) {
    throw new UsageError(`${method}: the rule gives a moment '${extra}' that the optimiser has not. ${RULE}`)
  }
  const rest = names.map(name => {
    const moment = after[name]
    if (moment instanceof Var) return moment as AnyLeaf
    throw new UsageError(`${method}: the rule gives ${describe(moment)} for the moment '${name}'. ${RULE}`)
  })
  return [next as AnyLeaf, ...rest]
}

/** What a schedule gives, which must be a number. */
function factorOf(method: string, factor: unknown): Operand<number> {
  if (typeof factor === 'number' || isNumber(factor)) return factor
  throw new UsageError(
    `${method}: the schedule gives ${describe(factor)}${factor instanceof Var ? ' that holds no number' : ''}. ` +
      'It must give a factor of the rate, a number: step => step.recip().',
  )
}

/** Is it a variable that holds a number, or a resident one? */
function isNumber(value: unknown): value is Var<number> {
  const isLeaf = value instanceof Var || value instanceof ResidentLeaf
  return isLeaf && (value as AnyVar).shape.length === 0 && spaceOfLeaf(value) === undefined
}
