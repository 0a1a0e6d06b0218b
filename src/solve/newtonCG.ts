/** Newton's method within a radius of trust, its steps by conjugate gradients, which see the Hessian by products only. */
import type { VarFunction } from '../differentiate.ts'
import { checkOptions } from '../grad.ts'
import type { DataOf, ParametersOf, PlainArguments } from '../signatures.ts'
import type { Primal } from '../types.ts'
import { DEFAULTS, type Loss, type Minimiser, type MinimiserOptions } from './descent.ts'
import { accumulate, allFinite, inner, isShort, moved, multiple, norm, powerOfTwo } from './flat.ts'
import { type Steps, type StopReason, withDefaults } from './iterates.ts'
import { endOf, flawOf, NOISE, Objective, operatorsOf, type Point, stallOf, type Tolerances } from './objective.ts'
import { solver } from './solver.ts'

/**
 * Newton–CG: p′ = p + s where s is nearly least for the quadratic model g·s + ½·s·H·s within a radius of trust, by Steihaug's conjugate
 * gradients (Nocedal & Wright, Numerical Optimization, 2006, algorithms 4.1 and 7.2). H·v comes from `hvp`; there is no Hessian. Where
 * it meets negative curvature it follows that direction as far as it trusts it. It does not look for any where the gradient is zero: from
 * a line of symmetry it may come to a saddle, and stop there.
 *
 * @param f the function, a number, of parameters and of data
 * @param options when it stops
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {NotTwiceDifferentiableError} (from the iterates) when f calls an op whose pullback is one of plain values.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * const valley = ({ x, y }: BVar<{ x: number; y: number }>) => x.sub(1).pow(2).add(y.sub(x.mul(x)).pow(2).mul(100))
 * const { params, iterations } = last(newtonCG(valley)({ x: -1.2, y: 1 }))
 * params // → { x: 1.000000, y: 1.000000 }
 * iterations < 50 // → true
 * ```
 */
export function newtonCG<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: MinimiserOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  const op = 'newtonCG'
  const chosen = withDefaults(op, options, DEFAULTS)
  checkOptions(op, f, {})
  const operators = operatorsOf(op, f as VarFunction, chosen)
  return solver(op, f as VarFunction, args => trustRegion(new Objective(operators, args), chosen)) as never
}

/** How much of the change that the model promises a step must bring to be taken. */
const TAKEN = 1e-4

/** A radius of trust that is beyond all measure. */
const FAR = 1e100

/** How many steps from one point are tried. */
const TRIALS = 60

/** How many rounds of conjugate gradients a step may take for each parameter: more than one, since rounding spoils conjugacy. */
const ROUNDS = 20

/** @internal The iterates. */
export function* trustRegion(objective: Objective, tolerances: Tolerances): Steps<number> {
  let now = objective.at(objective.start)
  yield objective.iterate(now)
  const start = flawOf(now) ?? (now.gradientNorm <= tolerances.gradientTolerance ? 'gradient' : undefined)
  if (start !== undefined) return objective.report(now, start, 0)
  let radius = Math.max(1, norm(now.x))
  let iterations = 0
  let steepest = now.gradientNorm // the largest norm that the gradient has had
  let trials = 0 // from here
  let flaw: StopReason | undefined // what has been wrong with a step from here
  while (iterations < tolerances.iterations) {
    if (radius > FAR) return objective.report(now, 'unbounded', iterations)
    const from = now
    const model = steihaug(from, v => objective.times(from, v), radius)
    if (model === undefined) return objective.report(now, 'nonFiniteHessian', iterations)
    const { step, promised } = model
    const next = objective.at(moved(now.x, 1, step))
    flaw = flawOf(next) ?? flaw
    const length = norm(step)
    const noise = NOISE * Math.abs(now.value)
    const gain = flawOf(next) === undefined ? now.value - next.value : -Infinity
    // Where rounding decides about the value, the gradient decides about the step.
    const isNoise = Math.abs(gain) <= noise && promised <= noise
    const share = isNoise ? 1 - next.gradientNorm / now.gradientNorm : gain / promised
    if (!(share >= 0.25)) radius = length / 4
    else if (share > 0.75 && length > 0.99 * radius) radius *= 2
    if (share >= TAKEN) {
      iterations++
      yield objective.iterate(next)
      steepest = Math.max(steepest, next.gradientNorm)
      const end = endOf(now, next, tolerances, steepest)
      now = next
      flaw = undefined
      trials = 0
      if (end !== undefined) return objective.report(now, end, iterations)
    } else if (++trials === TRIALS || isShort(now.x, next.x, 2 ** -52)) {
      return objective.report(now, flaw ?? stallOf(now, steepest, 'trustRegion'), iterations)
    }
  }
  return objective.report(now, 'iterations', iterations)
}

/** A step, and the decrease that the quadratic model promises: −(g·s + ½·s·H·s). */
interface ModelStep {
  readonly step: Float64Array
  readonly promised: number
}

/** The step within a radius, as exact as it is worth so far from the minimum; undefined where H·v is not finite. */
function steihaug(
  { gradient, gradientNorm }: Point,
  times: (v: Float64Array) => Float64Array,
  radius: number,
): ModelStep | undefined {
  const unit = powerOfTwo(gradientNorm) // of gradient and Hessian, so that no square overflows
  const small = Math.min(0.5, Math.sqrt(gradientNorm)) * (gradientNorm / unit)
  const step = new Float64Array(gradient.length)
  const slopes = multiple(1 / unit, gradient)
  const residual = slopes.slice() // (g + H·s)/unit
  let direction = multiple(-1, slopes)
  for (let i = 0; i < ROUNDS * gradient.length; i++) {
    const image = multiple(1 / unit, times(direction))
    if (!allFinite(image)) return undefined
    const curvature = inner(direction, image)
    const square = inner(residual, residual)
    const length = square / curvature
    const leaves = !(curvature > 0) || !(norm(moved(step, length, direction)) < radius)
    const taken = leaves ? toBoundary(step, direction, radius) : length
    accumulate(step, taken, direction)
    accumulate(residual, taken, image)
    if (leaves || norm(residual) <= small) break
    const share = inner(residual, residual) / square
    direction = moved(multiple(-1, residual), share, direction)
  }
  return { step, promised: (-unit * (inner(slopes, step) + inner(residual, step))) / 2 }
}

/** The t > 0 for which |s + t·d| is the radius. */
function toBoundary(step: Float64Array, direction: Float64Array, radius: number): number {
  const a = inner(direction, direction)
  const b = inner(step, direction)
  const c = radius ** 2 - inner(step, step)
  const root = Math.sqrt(b * b + a * c)
  return b > 0 ? c / (b + root) : (root - b) / a
}
