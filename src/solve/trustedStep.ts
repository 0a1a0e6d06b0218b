/** The step of least squares within a radius of trust. */
import { norm } from './flat.ts'
import {
  type Dense,
  solveUpper,
  solveUpperTransposed,
  transposedUpperTimes,
  triangularise,
  upperTimes,
} from './matrix.ts'

/** How far the linear model is trusted, and the damping that was right for the last step. */
export interface Trust {
  readonly radius: number
  readonly lambda: number
}

/** A step, and what was found on the way. */
export interface TrustedStep {
  /** The step. */
  readonly s: Float64Array
  /** |D·s|. */
  readonly length: number
  readonly lambda: number
  /** |J·s|². */
  readonly modelSquare: number
  /** λ·|D·s|². */
  readonly damping: number
}

/** By which part the length of a step may differ from the radius. */
const SLACK = 0.1

/** How many values of λ are tried. */
const TRIALS = 10

/** J = Q·R as its upper triangle R, and Qᵀ·r. */
export interface Triangle {
  readonly r: Dense
  readonly qtb: Float64Array
}

/**
 * The step s that minimises |J·s + r|² within |D·s| ≤ radius, up to a tenth of it. At the minimum (JᵀJ + λD²)·s = −Jᵀr for a λ ≥ 0,
 * found by Newton's method on 1/radius − 1/|D·s(λ)|, which is nearly linear (Moré 1978, section 5).
 *
 * @param model J and r
 * @param scale the diagonal of D
 * @param trust the radius, and the λ to begin with
 */
export function trustedStep(model: Triangle, scale: Float64Array, { radius, lambda: guess }: Trust): TrustedStep {
  const { r, qtb } = model
  let lower = 0
  if (isRegular(r, scale)) {
    const step = damped(model, scale, 0)
    if (step.length <= (1 + SLACK) * radius) return step
    lower = correction(step, scale, radius)
  }
  // |D·s(λ)| ≤ |D⁻¹·Jᵀr|/λ.
  const upper = norm(transposedUpperTimes(r, qtb).map((g, j) => g / (scale[j] as number))) / radius
  let lambda = Math.min(Math.max(guess, lower), upper) || 1e-3 * upper
  for (let trial = 1; ; trial++) {
    const step = damped(model, scale, lambda)
    if (Math.abs(step.length - radius) <= SLACK * radius || trial === TRIALS) return step
    if (step.length > radius) lower = lambda
    lambda = Math.max(lower, lambda + correction(step, scale, radius)) || 1e-3 * upper
  }
}

/** Is R regular, columns being measured by their scale? */
function isRegular(r: Dense, scale: Float64Array): boolean {
  const sizes = scale.map((size, j) => Math.abs(r.data[j * r.columns + j] as number) / size)
  return Math.min(...sizes) > 2 ** -52 * scale.length * Math.max(...sizes)
}

/** A step with the triangle S of its system: SᵀS = JᵀJ + λD². */
interface DampedStep extends TrustedStep {
  readonly triangle: Dense
}

/** The s that minimises |R·s + Qᵀr|² + λ·|D·s|². */
function damped({ r, qtb }: Triangle, scale: Float64Array, lambda: number): DampedStep {
  const n = scale.length
  const data = new Float64Array(2 * n * n)
  const right = new Float64Array(2 * n)
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) data[i * n + j] = r.data[i * n + j] as number
    data[(n + i) * n + i] = Math.sqrt(lambda) * (scale[i] as number)
    right[i] = -(qtb[i] as number)
  }
  const both = triangularise({ rows: 2 * n, columns: n, data }, right)
  const s = solveUpper(both.r, both.qtb)
  const length = norm(s.map((si, i) => si * (scale[i] as number)))
  const modelSquare = norm(upperTimes(r, s)) ** 2
  return { s, length, lambda, modelSquare, damping: lambda * length ** 2, triangle: both.r }
}

/** Newton's correction of λ for a step that is too long or too short. */
function correction({ s, length, triangle }: DampedStep, scale: Float64Array, radius: number): number {
  const gradient = s.map((si, i) => (si * (scale[i] as number) ** 2) / length)
  return (length - radius) / radius / norm(solveUpperTransposed(triangle, gradient)) ** 2
}
