/** Minima under inequalities, by logarithmic barriers. */
import { numberValued } from '../derivatives/recorded.ts'
import type { VarFunction } from '../differentiate.ts'
import { UsageError } from '../errors.ts'
import { checkOptions, evalBP } from '../grad.ts'
import { sum } from '../ops/reduce.ts'
import type { DataOf, FunctionOn, ParametersOf, PlainArguments } from '../signatures.ts'
import { mapLeaves } from '../structure.ts'
import type { Primal } from '../types.ts'
import type { AnyVar, Var } from '../var.ts'
import { DEFAULTS, type Loss, type Minimiser, type MinimiserOptions } from './descent.ts'
import { flatten, startOf } from './flat.ts'
import { type Iterate, type Iterates, type Report, reportOf, type StopReason, withDefaults } from './iterates.ts'
import { trustRegion } from './newtonCG.ts'
import { Objective } from './objective.ts'

/**
 * Options of `constrainedDescent`.
 *
 * @example
 * ```ts
 * const options: BarrierOptions = { gapTolerance: 1e-6 }
 * ```
 */
export interface BarrierOptions extends MinimiserOptions {
  /** The weight of the barrier at first; 1 by default. */
  readonly weight?: number
  /** What the weight is multiplied by when the minimum with it has been found; 0.1 by default. */
  readonly shrink?: number
  /** Converged when the number of constraints times the weight is no more than this; 1e-8 by default. */
  readonly gapTolerance?: number
}

/**
 * A minimum of f where all numbers of g are negative, by a logarithmic barrier: minima of f(p) − μ·Σ log(−gᵢ(p)) by `newtonCG`, for
 * weights μ that shrink (Nocedal & Wright, Numerical Optimization, 2006, section 19.6; Boyd & Vandenberghe, Convex Optimization, 2004,
 * algorithm 11.1). For convex f and g with m numbers the value is above the least one by m·μ at most. All iterates are inside. The
 * value of an iterate is f(p), the gradient that of f with its barrier. Original (ad): constrainedDescent.
 *
 * @param f the function, a number, of parameters and of data
 * @param g the constraints, of the same arguments: a number, a tensor, or a structure of them
 * @param options when it stops, for each weight and for all; the weights
 * @shape f: (BVar<P>, …data) ↦ Var<number>, g: (BVar<P>, …data) ↦ BVar → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown, negative or NaN, or `shrink` is not below 1; (from the iterates) when the start is
 *   not inside.
 * @throws {ShapeMismatchError} (from the iterates) when f gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when f gives a structure.
 * @throws {NotTwiceDifferentiableError} (from the iterates) when f or g calls an op whose pullback is one of plain values.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when f or g gives a plain value.
 * @example
 * ```ts
 * type Point = { x: number; y: number }
 * const distance = ({ x, y }: BVar<Point>) => x.sub(2).pow(2).add(y.sub(1).pow(2))
 * const disc = ({ x, y }: BVar<Point>) => x.mul(x).add(y.mul(y)).sub(1) // x² + y² ≤ 1
 * last(constrainedDescent(distance, disc)({ x: 0, y: 0 })).params // → { x: 0.894427, y: 0.447213 }
 * ```
 */
export function constrainedDescent<P, Data extends readonly unknown[], W, C, O = unknown, Q = unknown>(
  f: Loss<P, Data, W, O>,
  g: FunctionOn<[parameters: ParametersOf<O, P>, ...data: DataOf<O, Data>], C, Q>,
  options: BarrierOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  const op = 'constrainedDescent'
  const chosen = withDefaults(op, options, { ...DEFAULTS, weight: 1, shrink: 0.1, gapTolerance: 1e-8 })
  if (!(chosen.shrink < 1)) {
    throw new UsageError(`${op}: shrink is ${String(chosen.shrink)}, but must be a number below 1.`)
  }
  checkOptions(op, f, {})
  if (typeof g !== 'function') throw new UsageError(`${op}: the second argument must be a function: the constraints.`)
  return ((...args: unknown[]) => {
    startOf(op, args[0])
    return inside(op, f as VarFunction, g as VarFunction, args, chosen)
  }) as never
}

function* inside(
  op: string,
  f: VarFunction,
  g: VarFunction,
  [start, ...data]: readonly unknown[],
  options: Required<BarrierOptions>,
): Iterates<unknown> {
  const value = evalBP(f as never) as unknown as (...args: unknown[]) => number
  const count = checkInside(op, (evalBP(g as never) as VarFunction)(start, ...data))
  const loss = numberValued(op, f)
  const withBarrier = (params: unknown, weight: unknown, ...data: unknown[]): unknown => {
    let total = loss(params, ...data) as Var<number>
    mapLeaves(g(params, ...data), '', leaf => {
      const wall = (leaf as Var<number>).neg().log()
      total = total.sub(((leaf as AnyVar).shape.length === 0 ? wall : sum(wall as never)).mul(weight as Var<number>))
    })
    return total
  }
  let iterations = 0
  let evaluations = 1
  const seen = ({ params, gradientNorm }: Iterate<unknown>): Iterate<unknown> => {
    evaluations++
    return { params, value: value(params, ...data), gradientNorm }
  }
  let params = start
  for (let weight = options.weight; ; weight *= options.shrink) {
    const tolerances = { ...options, iterations: options.iterations - iterations }
    const args = [params, weight, ...data]
    const run = trustRegion(new Objective(op, withBarrier, args), withBarrier, args, tolerances)
    let next = run.next()
    // The first one has been seen, except the very first.
    if (weight === options.weight && next.done !== true) yield seen(next.value)
    for (next = run.next(); next.done !== true; next = run.next()) yield seen(next.value)
    const last = next.value
    params = last.params
    iterations += last.iterations
    evaluations += last.evaluations
    const report = (reason: StopReason): Report<unknown> => reportOf(seen(last), reason, iterations, evaluations)
    if (!last.converged) return report(last.reason)
    if (count * weight <= options.gapTolerance) return report('gap')
  }
}

/** How many constraints there are. @throws {UsageError} unless all hold. */
function checkInside(op: string, constraints: unknown): number {
  const values = flatten(op, constraints)
  const broken = values.findIndex(c => !(c < 0))
  if (broken === -1) return values.length
  throw new UsageError(
    `${op}: the start is not inside: number ${String(broken + 1)} of the constraints is ${String(values[broken])} there, ` +
      'but all must be negative. Give a start where they are.',
  )
}
