/** Methods that go down along a direction: of steepest descent, conjugate to the last one, or by L-BFGS. */
import type { NumberResult } from '../derivatives/types.ts'
import type { VarFunction } from '../differentiate.ts'
import { checkOptions } from '../grad.ts'
import type { DataOf, FunctionOfParameters, ParametersOf, PlainArguments, ResultOf } from '../signatures.ts'
import type { Primal } from '../types.ts'
import { accumulate, difference, inner, multiple, norm, powerOfTwo } from './flat.ts'
import { type Iterates, type Steps, withDefaults } from './iterates.ts'
import { type Demands, lineSearch } from './lineSearch.ts'
import { endOf, flawOf, NOISE, Objective, operatorsOf, type Point, stallOf, type Tolerances } from './objective.ts'
import { solver } from './solver.ts'

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

/** @internal A method's directions, and what it learns on the way. */
export interface Directions extends Demands {
  /** Where to go from a point, which need not be downwards. */
  at(point: Point): Float64Array
  /** Takes in what a step along the last direction has led to. */
  learn(before: Point, now: Point): void
  /** Forgets all, so that the next direction is that of steepest descent. */
  forget(): void
  /** Is a step as long as the direction about right? */
  readonly isScaled: boolean
  /** The reason is `gradient`, too, when the last direction promises no more than this: where it is Newton's, δ²/2. 0 by default. */
  readonly decrement?: number
}

/** A step that is all but the last: rounding may decide about slopes. */
const ANY: Demands = { curvature: Infinity }

/** How many steps may gain nothing that can be told from rounding, unless the gradient falls. */
const IDLE = 20

/** What is left of a gradient at most that falls. */
const FALLING = 0.9

/**
 * @internal The iterates along some directions.
 *
 * @param start the point to go on from, if it is known
 * @param before the largest norm that the gradient has had before that
 */
export function* descend(
  objective: Objective,
  directions: Directions,
  tolerances: Tolerances,
  start?: Point,
  before = 0,
): Steps<number> {
  let now = start ?? objective.at(objective.start)
  yield objective.iterate(now)
  const flaw = flawOf(now) ?? (now.gradientNorm <= tolerances.gradientTolerance ? 'gradient' : undefined)
  if (flaw !== undefined) return objective.report(now, flaw, 0)
  let isFresh = true // nothing is learnt
  let gain = 0 // what the last step promised to first order
  let steepest = Math.max(before, now.gradientNorm) // the largest norm that the gradient has had
  let mark = now.gradientNorm // what it was when it last fell, or the value did
  let idle = 0 // how many steps ago that was
  let iterations = 0
  while (iterations < tolerances.iterations) {
    const direction = directions.at(now)
    const slope = inner(now.gradient, direction)
    const isCentred = slope < 0 && -slope / 2 <= (directions.decrement ?? 0)
    const first = directions.isScaled ? 1 : gain > 0 ? gain / -slope : Math.min(1, now.gradientNorm) / norm(direction)
    const found = slope < 0 ? lineSearch(objective, now, direction, first, isCentred ? ANY : directions) : {}
    const next = found.point
    if (next === undefined) {
      if (isCentred) return objective.report(now, 'gradient', iterations)
      if (isFresh) return objective.report(now, found.failure ?? stallOf(now, steepest, 'lineSearch'), iterations)
      directions.forget()
      isFresh = true
      continue
    }
    iterations++
    yield objective.iterate(next)
    steepest = Math.max(steepest, next.gradientNorm)
    const end = found.failure ?? (isCentred ? 'gradient' : endOf(now, next, tolerances, steepest))
    // Where the slope does not fall as it does on a smooth function, a short step says nothing, and rounding decides about the value.
    idle = next.value < now.value - NOISE * Math.abs(now.value) ? 0 : idle + 1
    if (idle === 0 || next.gradientNorm < FALLING * mark) {
      idle = 0
      mark = next.gradientNorm
    }
    const isStalled = found.isRough === true ? end === 'step' || idle > 0 : end === undefined && idle === IDLE
    if (isStalled) return objective.report(next, stallOf(next, steepest, 'lineSearch'), iterations)
    if (end !== undefined) return objective.report(next, end, iterations)
    directions.learn(now, next)
    isFresh = false
    gain = -inner(now.gradient, difference(next.x, now.x))
    now = next
  }
  return objective.report(now, 'iterations', iterations)
}

/** The direction of steepest descent, about as long as 1: where gradients are large, ⟨g, g⟩ may not be finite. */
function downwards({ gradient, gradientNorm }: Point): Float64Array {
  return multiple(-1 / powerOfTwo(gradientNorm), gradient)
}

/** The minimiser by some directions; `sign` is −1 for what goes up. */
function minimiser(
  op: string,
  f: unknown,
  options: MinimiserOptions,
  sign: 1 | -1,
  directions: () => Directions,
): unknown {
  const chosen = withDefaults(op, options, DEFAULTS)
  checkOptions(op, f, {})
  const operators = operatorsOf(op, f as VarFunction, chosen)
  return solver(op, f as VarFunction, args => descend(new Objective(operators, args, sign), directions(), chosen))
}

const steepestDescent = (): Directions => ({
  at: downwards,
  learn: () => undefined,
  forget: () => undefined,
  curvature: 0.9,
  isScaled: false,
})

/**
 * Steepest descent: p′ = p − t·∇f(p), where t fulfils the strong conditions of Wolfe. Original (ad): gradientDescent.
 *
 * It is slow where curvatures differ: take `lbfgs` unless its path is what matters.
 *
 * @param f the function, a number, of parameters and of data
 * @param options when it stops
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * const bowl = (p: BVar<{ x: number; y: number }>) => p.x.sub(1).pow(2).add(p.y.mul(p.y).mul(10))
 * const { converged, params } = last(gradientDescent(bowl)({ x: 0, y: 1 }))
 * converged // → true
 * params // → { x: 1.0000, y: 0.0000 }
 * ```
 */
export function gradientDescent<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: MinimiserOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  return minimiser('gradientDescent', f, options, 1, steepestDescent) as never
}

/**
 * Steepest ascent to a maximum: p′ = p + t·∇f(p). Original (ad): gradientAscent.
 *
 * @param f the function, a number, of parameters and of data
 * @param options when it stops
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * last(gradientAscent((x: Var<number>) => x.sub(3).pow(2).mul(-1))(0)).params // → 3
 * ```
 */
export function gradientAscent<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: MinimiserOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  return minimiser('gradientAscent', f, options, -1, steepestDescent) as never
}

/** Directions d = −g + β·d of Polak and Ribière, β never being negative. */
const conjugateDirections = (): Directions => {
  let direction: Float64Array | undefined
  let share = 0 // β, in the units of the directions
  return {
    at: point => {
      const before = direction
      direction = downwards(point)
      if (before !== undefined) accumulate(direction, share, before)
      return direction
    },
    learn: (before, now) => {
      const unit = 1 / powerOfTwo(before.gradientNorm)
      const old = multiple(unit, before.gradient)
      const change = multiple(unit, difference(now.gradient, before.gradient))
      share = Math.max(0, -inner(downwards(now), change) / inner(old, old))
    },
    forget: () => {
      direction = undefined
    },
    curvature: 0.1,
    isScaled: false,
  }
}

/**
 * Descent along conjugate gradients: d′ = −g′ + β·d with β = max(0, ⟨g′, g′ − g⟩/⟨g, g⟩) (Polak & Ribière 1969; Nocedal & Wright,
 * Numerical Optimization, 2006, equation 5.45), each step fulfilling the strong conditions of Wolfe. It keeps three rows of numbers
 * whatever the number of parameters. Original (ad): conjugateGradientDescent.
 *
 * @param f the function, a number, of parameters and of data
 * @param options when it stops
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * const valley = ({ x, y }: BVar<{ x: number; y: number }>) => x.sub(1).pow(2).add(y.sub(x.mul(x)).pow(2).mul(100))
 * last(conjugateGradientDescent(valley)({ x: -1.2, y: 1 })).params // → { x: 1.000000, y: 1.000000 }
 * ```
 */
export function conjugateGradientDescent<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: MinimiserOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  return minimiser('conjugateGradientDescent', f, options, 1, conjugateDirections) as never
}

/**
 * Ascent along conjugate gradients to a maximum: d′ = g′ + β·d, as `conjugateGradientDescent` of −f. Original (ad):
 * conjugateGradientAscent.
 *
 * @param f the function, a number, of parameters and of data
 * @param options when it stops
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * last(conjugateGradientAscent((x: Var<number>) => x.cos())(1)).params // → 0.000000…
 * ```
 */
export function conjugateGradientAscent<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: MinimiserOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  return minimiser('conjugateGradientAscent', f, options, -1, conjugateDirections) as never
}

/**
 * Options of `lbfgs`.
 *
 * @example
 * ```ts
 * const options: LbfgsOptions = { memory: 20 }
 * ```
 */
export interface LbfgsOptions extends MinimiserOptions {
  /** How many of the last steps are remembered; 10 by default. */
  readonly memory?: number
}

/** A remembered step: how x and the gradient have changed, and 1/⟨both⟩. */
interface Step {
  readonly s: Float64Array
  readonly y: Float64Array
  readonly rho: number
}

/** Directions −H·g, where H is the inverse of the Hessian as far as the remembered steps tell. */
const limitedMemory = (memory: number): Directions => {
  let steps: Step[] = []
  return {
    at: point => {
      const newest = steps.at(-1)
      if (newest === undefined) return downwards(point)
      // Algorithm 7.4 of Nocedal & Wright, the two loops.
      const q = multiple(-1, point.gradient)
      const shares = new Float64Array(steps.length)
      for (let i = steps.length - 1; i >= 0; i--) {
        const { s, y, rho } = steps[i] as Step
        shares[i] = rho * inner(s, q)
        accumulate(q, -(shares[i] as number), y)
      }
      const size = norm(newest.y)
      const scale = 1 / newest.rho / size / size
      for (let i = 0; i < q.length; i++) q[i] = scale * (q[i] as number)
      steps.forEach(({ s, y, rho }, i) => {
        accumulate(q, (shares[i] as number) - rho * inner(y, q), s)
      })
      return q
    },
    learn: (before, now) => {
      const s = difference(now.x, before.x)
      const y = difference(now.gradient, before.gradient)
      const curvature = inner(s, y)
      // Without positive curvature, which rounding may take, H would not be positive definite.
      if (!(curvature > 2 ** -52 * norm(s) * norm(y))) return
      steps.push({ s, y, rho: 1 / curvature })
      if (steps.length > memory) steps.shift()
    },
    forget: () => {
      steps = []
    },
    curvature: 0.9,
    get isScaled() {
      return steps.length > 0
    },
  }
}

/**
 * L-BFGS: p′ = p − t·H·∇f(p), where H stands for the inverse of the Hessian and is made of the last steps (Liu & Nocedal 1989; Nocedal &
 * Wright, Numerical Optimization, 2006, algorithms 7.4 and 7.5); t fulfils the strong conditions of Wolfe. What to take for a smooth
 * function of many parameters.
 *
 * @param f the function, a number, of parameters and of data
 * @param options when it stops, and how many steps it remembers
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * const valley = ({ x, y }: BVar<{ x: number; y: number }>) => x.sub(1).pow(2).add(y.sub(x.mul(x)).pow(2).mul(100))
 * const { params, reason } = last(lbfgs(valley)({ x: -1.2, y: 1 }))
 * params // → { x: 1.000000, y: 1.000000 }
 * reason // → 'gradient'
 * ```
 */
export function lbfgs<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: LbfgsOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  const { memory, ...rest } = withDefaults('lbfgs', options, { ...DEFAULTS, memory: 10 })
  return minimiser('lbfgs', f, rest, 1, () => limitedMemory(memory)) as never
}
