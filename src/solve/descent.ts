/** Descent along directions, whichever they are, each step by a line search. */
import type { VarFunction } from '../differentiate.ts'
import { checkOptions } from '../grad.ts'
import { difference, inner, multiple, norm, powerOfTwo } from './flat.ts'
import { type Steps, withDefaults } from './iterates.ts'
import { type Demands, lineSearch } from './lineSearch.ts'
import { DEFAULTS, type MinimiserOptions } from './minimiser.ts'
import { endOf, flawOf, NOISE, Objective, operatorsOf, type Point, stallOf, type Tolerances } from './objective.ts'
import { solver } from './solver.ts'

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
    const isTold = end !== undefined && (end !== 'step' || tolerances.stepTolerance > NOISE)
    const isStalled = !isTold && (found.isRough === true ? end === 'step' || idle > 0 : idle === IDLE)
    if (isStalled) return objective.report(next, stallOf(next, steepest, 'lineSearch'), iterations)
    if (end !== undefined) return objective.report(next, end, iterations)
    directions.learn(now, next)
    isFresh = false
    gain = -inner(now.gradient, difference(next.x, now.x))
    now = next
  }
  return objective.report(now, 'iterations', iterations)
}

/** @internal The direction of steepest descent, about as long as 1: where gradients are large, ⟨g, g⟩ may not be finite. */
export function downwards({ gradient, gradientNorm }: Point): Float64Array {
  return multiple(-1 / powerOfTwo(gradientNorm), gradient)
}

/** @internal The minimiser by some directions; `sign` is −1 for what goes up. */
export function minimiser(
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
