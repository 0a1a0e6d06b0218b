/** Minima under inequalities, by logarithmic barriers. */
import { numberValued } from '../derivatives/recorded.ts'
import type { VarFunction } from '../differentiate.ts'
import { UsageError } from '../errors.ts'
import { checkOptions, evaluator } from '../grad.ts'
import { SHARE } from '../options.ts'
import { sum } from '../ops/reduce.ts'
import type { DataOf, FunctionOn, ParametersOf, PlainArguments } from '../signatures.ts'
import { mapLeaves } from '../structure.ts'
import type { Primal } from '../types.ts'
import type { AnyVar, Var } from '../var.ts'
import { descend, type Directions } from './descent.ts'
import { flatten, multiple, unflatten } from './flat.ts'
import { type Iterate, reportOf, type Steps, withDefaults } from './iterates.ts'
import { Objective, type Operators, operatorsOf, type Point } from './objective.ts'
import { lineSearch } from './lineSearch.ts'
import { type Dense, solvePositive } from './matrix.ts'
import type { Loss, Minimiser, MinimiserOptions } from './minimiser.ts'
import { evaluated, solver } from './solver.ts'

/**
 * Options of `constrainedDescent`: those of minimisers but for the gradient's tolerance, and its own.
 *
 * @example
 * ```ts
 * const options: BarrierOptions = { gapTolerance: 1e-6 }
 * ```
 */
export interface BarrierOptions extends Omit<MinimiserOptions, 'gradientTolerance'> {
  /** The weight of the barrier at first; 1 by default. */
  readonly weight?: number
  /** What the weight is multiplied by when the minimum with it has been found; 0.1 by default. */
  readonly shrink?: number
  /** Converged when the value is, for convex functions, above the least one by no more than this; 1e-8 by default. */
  readonly gapTolerance?: number
}

const DEFAULTS = {
  iterations: 1000,
  stepTolerance: 2 ** -52,
  reductionTolerance: 2 ** -52,
  weight: 1,
  shrink: 0.1,
  gapTolerance: 1e-8,
} as const

/**
 * A minimum of f where all numbers of g are negative, by a logarithmic barrier: minima of f(p) − μ·Σ log(−gᵢ(p)) for weights μ that
 * shrink, each by Newton's method (Boyd & Vandenberghe, Convex Optimization, 2004, algorithm 11.1), begun by a step along the path of
 * minima (Nocedal & Wright, Numerical Optimization, 2006, section 19.6). All iterates are inside. For convex f and g with m numbers the
 * value is at last above the least one by m·μ, `gapTolerance` at most. How near a minimum is to be found is measured by Newton's
 * decrement, in units of μ, which does not depend on those of f and p. It takes the whole Hessian, n products with it for n numbers.
 *
 * The value of an iterate is f(p), the gradient that of f with its barrier. Original (ad): constrainedDescent.
 *
 * @param f the function, a number, of parameters and of data
 * @param g the constraints, of the same arguments: a number, a tensor, or a structure of them
 * @param options when it stops, for each weight and for all; the weights
 * @shape f: (BVar<P>, …data) ↦ Var<number>, g: (BVar<P>, …data) ↦ BVar → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable,
 *   or `shrink` is not below 1; (from the iterates) when the start is not inside.
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
  const chosen = withDefaults(op, options, DEFAULTS, { shrink: SHARE })
  checkOptions(op, f, {})
  if (typeof g !== 'function') throw new UsageError(`${op}: the second argument must be a function: the constraints.`)
  const barrier: Barrier = {
    op,
    value: evaluated(evaluator(op, f as VarFunction), chosen),
    constraints: evaluator(op, g as VarFunction),
    sum: operatorsOf(op, withBarrier(numberValued(op, f as VarFunction), g as VarFunction), chosen),
  }
  return solver(op, f as VarFunction, args => inside(barrier, args, chosen)) as never
}

/** What is evaluated. */
interface Barrier {
  readonly op: string
  /** (params, …data) ↦ f. */
  readonly value: VarFunction
  /** (params, …data) ↦ g. */
  readonly constraints: VarFunction
  /** Of f − μ·Σ log(−gᵢ) as a function of params, μ and data: one function for all weights. */
  readonly sum: Operators
}

/** (params, μ, …data) ↦ f − μ·Σ log(−gᵢ). */
function withBarrier(f: VarFunction, g: VarFunction): VarFunction {
  return (params, weight, ...data) => {
    let total = f(params, ...data) as Var<number>
    mapLeaves(g(params, ...data), '', leaf => {
      const wall = (leaf as Var<number>).neg().log()
      total = total.sub(((leaf as AnyVar).shape.length === 0 ? wall : sum(wall as never)).mul(weight as Var<number>))
    })
    return total
  }
}

/**
 * What Newton's step to a centre may promise, in units of the weight, for it to be the last one: δ²/2, δ being the decrement, whose
 * next value is about δ². At the centre of convex functions f is above the least value by m·μ at most, so near to it by
 * μ·(m + δ·√m) (Boyd & Vandenberghe, section 11.2; Nesterov & Nemirovskii). The decrement does not depend on units, as a norm does.
 * `NEAR` is for weights that are not the last.
 */
const NEAR = 0.1
const CENTRED = 1e-3

/** What the last weight leaves room for: 1 + δ/√m. */
const ROOM = 1.01

function* inside(
  { op, value, constraints, sum }: Barrier,
  [start, ...data]: readonly unknown[],
  options: Required<BarrierOptions>,
): Steps<number> {
  const count = checkInside(op, constraints(start, ...data))
  const enough = options.gapTolerance / (ROOM * Math.max(count, 1))
  const objectives: Objective[] = []
  let iterations = 0
  let values = 0 // how often f was evaluated for its own sake
  let steepest = 0 // the largest norm that the gradient has had
  let place = flatten(op, start) // where the last iterate is, whose params are the caller's as soon as they are yielded
  const seen = ({ params, gradientNorm }: Iterate<unknown>): Iterate<unknown> => {
    values++
    steepest = Math.max(steepest, gradientNorm)
    place = flatten(op, params)
    return { params, value: value(params, ...data) as number, gradientNorm }
  }
  let now: Iterate<unknown> | undefined
  for (let weight = options.weight; ; weight = Math.max(options.shrink * weight, enough)) {
    const before = objectives.at(-1)
    const objective = new Objective(sum, [unflatten(op, start, place), weight, ...data])
    objectives.push(objective)
    let from = objective.at(objective.start)
    if (before !== undefined && iterations < options.iterations) {
      // To where the centre moves with the weight: the gradient is that of the new one, the Hessian that of the last.
      const { point } = lineSearch(objective, from, newtonStep(before, from).step, 1, DEMANDS)
      if (point !== undefined) {
        from = point
        iterations++
        yield (now = seen(objective.iterate(from)))
      }
    }
    if (now === undefined) yield (now = seen(objective.iterate(from)))
    const isLast = weight <= enough
    const tolerances = { ...options, gradientTolerance: 0, iterations: options.iterations - iterations }
    const run = descend(objective, newton(objective, (isLast ? CENTRED : NEAR) * weight), tolerances, from, steepest)
    run.next() // the first one has been seen
    let next = run.next()
    for (; next.done !== true; next = run.next()) yield (now = seen(next.value))
    const { converged, reason, iterations: more } = next.value
    iterations += more
    if (converged && !isLast) continue
    const evaluations = objectives.reduce((total, objective) => total + objective.evaluations, values)
    return reportOf(now, reason === 'gradient' ? 'gap' : reason, iterations, evaluations)
  }
}

/** What is asked of a step. */
const DEMANDS = { curvature: 0.9, isWalled: true }

/** The directions of Newton's method. Where the Hessian is not positive definite, what they promise is no measure. */
function newton(objective: Objective, decrement: number): Directions {
  let isExact = false
  return {
    at: point => {
      const { step, shift } = newtonStep(objective, point)
      isExact = shift === 0
      return step
    },
    learn: () => undefined,
    forget: () => undefined,
    ...DEMANDS,
    isScaled: true,
    get decrement() {
      return isExact ? decrement : 0
    },
  }
}

/** −H⁻¹·∇, H being that of an objective, shifted where it is not positive definite. */
function newtonStep(objective: Objective, point: Point): { step: Float64Array; shift: number } {
  const n = point.x.length
  const hessian: Dense = { rows: n, columns: n, data: new Float64Array(n * n) }
  const unit = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    unit[i] = 1
    hessian.data.set(objective.times(point, unit), i * n)
    unit[i] = 0
  }
  const downwards = multiple(-1, point.gradient)
  const { x: step, shift } = solvePositive(hessian, downwards) ?? { x: downwards, shift: Infinity }
  return { step, shift }
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
