/** How far to go in a direction of descent: the strong conditions of Wolfe. */
import type { StopReason } from './iterates.ts'
import { inner, moved } from './flat.ts'
import { flawOf, NOISE, type Objective, type Point } from './objective.ts'

/** A step along the direction, and the function of one number there. */
interface Trial {
  readonly length: number
  readonly point: Point
  readonly value: number
  readonly slope: number
}

/** What is asked of a step. */
export interface Demands {
  /** How much of the slope may be left at its end: c₂. */
  readonly curvature: number
  /** Is the function infinite at walls? Then a step that has decreased enough is taken, however steep it is, where a longer one meets one. */
  readonly isWalled?: boolean
}

/** What is found: a point, none if no point is lower. */
interface Found {
  readonly point?: Point
  /** Why the method should stop there. */
  readonly failure?: StopReason
  /** Has the slope not fallen as wanted, however near to each other the points that were tried? By a kink, or by rounding. */
  readonly isRough?: boolean
}

/** How much of the decrease that the slope promises a step must bring. */
const DECREASE = 1e-4

/** By how much a step that may be longer is made longer. */
const LONGER = 4

/** How many steps are tried. */
const TRIALS = 60

/**
 * A point along a direction d of descent at which, with φ(t) = f(x + t·d),
 *
 *   φ(t) ≤ φ(0) + c₁·t·φ′(0) and |φ′(t)| ≤ c₂·|φ′(0)|,
 *
 * by algorithms 3.5 and 3.6 of Nocedal & Wright (Numerical Optimization, 2006), which are one loop here: `low` is the best step so
 * far that has decreased enough, `high` the other end of an interval that holds a step as wanted, once there is one. Where the values
 * differ by rounding only, slopes decide, as Hager & Zhang propose (SIAM J. Optim. 16, 2005): (2c₁ − 1)·φ′(0) ≥ φ′(t) ≥ c₂·φ′(0). A
 * step to where something is not finite is too long.
 *
 */
export function lineSearch(
  objective: Objective,
  from: Point,
  direction: Float64Array,
  first: number,
  { curvature, isWalled = false }: Demands,
): Found {
  const start: Trial = { length: 0, point: from, value: from.value, slope: inner(from.gradient, direction) }
  const noise = NOISE * Math.abs(start.value)
  let low = start
  let high: Trial | undefined
  let flaw: StopReason | undefined
  let length = first
  for (let i = 0; i < TRIALS; i++) {
    const point = objective.at(moved(from.x, length, direction))
    const trial: Trial = { length, point, value: point.value, slope: inner(point.gradient, direction) }
    flaw = flawOf(point)
    const level = trial.value <= start.value + noise && trial.slope <= (2 * DECREASE - 1) * start.slope
    const decreased = trial.value <= start.value + DECREASE * length * start.slope || level
    if (flaw !== undefined || !decreased || trial.value > low.value + noise) high = trial
    else if (Math.abs(trial.slope) <= -curvature * start.slope) return { point }
    else if (isWalled && high !== undefined && flawOf(high.point) !== undefined) return { point }
    else {
      if (trial.slope * (high === undefined ? 1 : high.length - low.length) >= 0) high = low
      low = trial
    }
    const next = high === undefined ? LONGER * length : between(low, high, flaw !== undefined)
    // The interval has come down to neighbouring numbers, or the step is out of range.
    if (next === length || !Number.isFinite(next)) break
    length = next
  }
  if (low === start) return flaw === undefined ? {} : { failure: flaw }
  const isFalling = low.value < start.value - noise
  const failure = high === undefined ? (isFalling ? 'unbounded' : undefined) : flawOf(high.point)
  return failure === undefined ? { point: low.point, isRough: true } : { point: low.point, failure }
}

/**
 * A step between two: where the cubic polynomial with the values and slopes of both has its minimum, but not too near to either. Where
 * nothing is known of the other end, a tenth of the way there.
 */
function between(low: Trial, high: Trial, isFlawed: boolean): number {
  const width = high.length - low.length
  if (isFlawed || flawOf(high.point) !== undefined) return low.length + 0.1 * width
  const d1 = low.slope + high.slope - (3 * (low.value - high.value)) / (low.length - high.length)
  const root = Math.sqrt(d1 * d1 - low.slope * high.slope)
  const d2 = width > 0 ? root : -root
  const share = 1 - (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2)
  const safe = Number.isFinite(share) ? Math.min(Math.max(share, 0.1), 0.9) : 0.5
  return low.length + safe * width
}
