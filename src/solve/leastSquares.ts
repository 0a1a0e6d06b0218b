/** Levenberg–Marquardt: the least sum of squares, by the derivative of what is squared. */
import type { VarFunction } from '../differentiate.ts'
import { checkOptions } from '../grad.ts'
import { POSITIVE } from '../options.ts'
import type { DataOf, ParametersOf, PlainArguments } from '../signatures.ts'
import type { Primal } from '../types.ts'
import type { Minimiser, MinimiserOptions } from './minimiser.ts'
import { isShort, moved, norm } from './flat.ts'
import {
  type Iterate,
  nonFinite,
  type Report,
  reportOf,
  type Steps,
  type StopReason,
  withDefaults,
} from './iterates.ts'
import { type Image, Mapping, mappingOperators } from './mapping.ts'
import { columnNorms, type Dense, transposedTimes, triangularise } from './matrix.ts'
import type { Equation } from './roots.ts'
import { solver } from './solver.ts'
import { type Trust, type TrustedStep, trustedStep } from './trustedStep.ts'

/**
 * Options of `levenbergMarquardt`: those of minimisers, with other defaults, and one more.
 *
 * @example
 * ```ts
 * const options: LeastSquaresOptions = { radius: 0.1 }
 * ```
 */
export interface LeastSquaresOptions extends MinimiserOptions {
  /** How far the first step may go, in units of the scaled norm of the start: more than 0, 1 by default. */
  readonly radius?: number
}

const DEFAULTS = {
  iterations: 1000,
  gradientTolerance: 0,
  stepTolerance: 2 ** -50,
  reductionTolerance: 0,
  radius: 1,
} as const

/**
 * Levenberg–Marquardt: the parameters p for which Σ rᵢ(p)² is least, by steps that solve min |J·s + r|² + λ·|D·s|² where J = ∂r/∂p, D
 * has the largest norm that each column of J has had, and λ is such that |D·s| is within a radius of trust (Moré, The Levenberg–Marquardt
 * algorithm, 1978, as in MINPACK). It is solved by orthogonal transformations of J, whose condition JᵀJ would square.
 *
 * A step is taken when the sum falls; where that would be lost in rounding, when the gradient does. So by default the parameters become
 * as exact as the residuals allow: it stops when neither falls any more.
 *
 * @param residuals what is squared and summed up: all numbers of the result, whatever its structure
 * @param options when it stops: by default after 1000 steps, or when nothing is to be gained; and the first radius
 * @shape residuals: (BVar<P>, …data) ↦ BVar → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * const residuals = ({ a, b }: BVar<{ a: number; b: number }>, t: Var<Vector<4>>, y: Var<Vector<4>>) =>
 *   sub(a.mul(t.mul(b).exp()), y)
 * const fit = levenbergMarquardt(residuals)
 * const { params, value } = last(fit({ a: 1, b: 0 }, vector([0, 1, 2, 3], 4), vector([2, 1, 0.5, 0.25], 4)))
 * params // → { a: 2.000000, b: -0.693147 }
 * value < 1e-24 // → true
 * ```
 */
export function levenbergMarquardt<P, Data extends readonly unknown[], W, O = unknown>(
  residuals: Equation<P, Data, W, O>,
  options: LeastSquaresOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  const op = 'levenbergMarquardt'
  const chosen = withDefaults(op, options, DEFAULTS, { radius: POSITIVE })
  checkOptions(op, residuals, {})
  const operators = mappingOperators(op, residuals as VarFunction, chosen)
  return solver(op, residuals as VarFunction, args => fit(new Mapping(operators, args), chosen)) as never
}

/** Parameters with their residuals and the derivative of these. */
interface Place {
  readonly image: Image
  /** Σ r². */
  readonly square: number
  readonly jacobian: Dense
  /** Jᵀ·r, half the gradient of the sum. */
  readonly halfGradient: Float64Array
}

function placeOf(image: Image): Place {
  const jacobian = image.jacobian()
  return { image, square: norm(image.values) ** 2, jacobian, halfGradient: transposedTimes(jacobian, image.values) }
}

/** The part of Σ r² up to which a change may be due to rounding. */
const NOISE = 2 ** -36

/** What must be left of the gradient at most, where only it tells whether a step is good. */
const FALLING = 0.9

/** What must be left of the gradient at most, of the largest that it has been, where no step gains anything. */
const SMALL = 2 ** -20

/** How many steps from one place are tried. */
const TRIALS = 60

/** How much of what a step promises it must bring to be taken. */
const TAKEN = 1e-4

function* fit(mapping: Mapping, options: Required<LeastSquaresOptions>): Steps<number> {
  let now = placeOf(mapping.at(mapping.start))
  let iterations = 0
  const iterate = (): Iterate<unknown> => ({
    params: now.image.params,
    value: now.square,
    gradientNorm: 2 * norm(now.halfGradient),
  })
  const report = (reason: StopReason): Report<unknown> => reportOf(iterate(), reason, iterations, mapping.evaluations)
  let scale = new Float64Array(now.image.x.length)
  let trust: Trust | undefined
  let end: StopReason | undefined
  let steepest = 0 // the largest that the gradient has been, in units of D
  for (;;) {
    const { image, square, jacobian, halfGradient } = now
    yield iterate()
    end ??= nonFinite(image.x, square, jacobian.data)
    if (square === 0) end ??= 'zero'
    if (2 * norm(halfGradient) <= options.gradientTolerance) end ??= 'gradient'
    if (iterations >= options.iterations) end ??= 'iterations'
    if (end !== undefined) return report(end)
    const sizes = columnNorms(jacobian)
    // A column of zeros has no size, and any will do.
    scale = scale.map((size, j) => Math.max(size, sizes[j] as number) || 1)
    trust ??= { radius: options.radius * (scaledNorm(image.x, scale) || 1), lambda: 0 }
    const slope = scaledNorm(halfGradient, scale, -1)
    steepest = Math.max(steepest, slope)
    const triangle = triangularise(jacobian, image.values)
    let next: Place | undefined
    let isBlocked = false // by NaN or an infinity
    let trials = 0
    while (next === undefined) {
      const step = trustedStep(triangle, scale, trust)
      const trial = mapping.at(moved(image.x, 1, step.s))
      // What the step has brought, and what the linear model promised, in units of Σ r².
      const actual = 1 - norm(trial.values) ** 2 / square
      isBlocked ||= !Number.isFinite(actual)
      const promised = (step.modelSquare + 2 * step.damping) / square
      if (iterations === 0) trust = { ...trust, radius: Math.min(trust.radius, step.length) }
      if (promised > NOISE || !(Math.abs(actual) <= NOISE)) {
        trust = adapted(trust, step, actual, promised, square)
        if (actual >= TAKEN * promised) next = placeOf(trial)
      } else {
        // Rounding decides about the sum: the gradient decides about the step.
        const place = placeOf(trial)
        if (scaledNorm(place.halfGradient, scale, -1) > FALLING * slope) end = 'reduction'
        else {
          trust = adapted(trust, step, promised, promised, square)
          next = place
        }
      }
      if (isShort(image.x, trial.x, options.stepTolerance)) end ??= 'step'
      if (promised <= options.reductionTolerance && Math.abs(actual) <= options.reductionTolerance) end ??= 'reduction'
      if (++trials === TRIALS) end ??= 'step'
      if (end !== undefined && isBlocked) end = 'nonFiniteValue'
      if (next === undefined && end !== undefined) {
        // A step that was not taken says nothing by its length, unless the gradient is small, or the length is as was asked for.
        const isTold = (end === 'step' ? options.stepTolerance : options.reductionTolerance) > NOISE
        return report(isBlocked || isTold || slope <= SMALL * steepest ? end : 'trustRegion')
      }
    }
    now = next
    iterations++
  }
}

/** The next radius of trust, and a λ to begin with: by what a step has brought of what was promised, as in MINPACK's lmder. */
function adapted(
  { radius, lambda }: Trust,
  { length, modelSquare, damping }: TrustedStep,
  actual: number,
  promised: number,
  square: number,
): Trust {
  if (!(actual > 0.25 * promised)) {
    const slope = (modelSquare + damping) / square
    // The minimum of the parabola through both ends, with the slope at the first.
    const share = actual >= 0 ? 0.5 : (0.5 * slope) / (slope - 0.5 * actual)
    const factor = actual > -99 ? Math.max(share, 0.1) : 0.1
    return { radius: factor * Math.min(radius, 10 * length), lambda: lambda / factor }
  }
  return lambda === 0 || actual >= 0.75 * promised ? { radius: 2 * length, lambda: lambda / 2 } : { radius, lambda }
}

/** |Dᵏ·x|. */
function scaledNorm(x: Float64Array, scale: Float64Array, power: 1 | -1 = 1): number {
  return norm(x.map((xi, i) => (power === 1 ? xi * (scale[i] as number) : xi / (scale[i] as number))))
}
