/** L-BFGS: descent along directions that the last steps make of the gradient. */
import type { DataOf, ParametersOf, PlainArguments } from '../signatures.ts'
import type { Primal } from '../types.ts'
import { type Directions, downwards, minimiser } from './descent.ts'
import { accumulate, difference, inner, multiple, norm } from './flat.ts'
import { withDefaults } from './iterates.ts'
import { DEFAULTS, type Loss, type Minimiser, type MinimiserOptions } from './minimiser.ts'

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
