/** Steepest descent, and ascent. */
import type { DataOf, ParametersOf, PlainArguments } from '../signatures.ts'
import type { Primal } from '../types.ts'
import { type Directions, downwards, minimiser } from './descent.ts'
import type { Loss, Minimiser, MinimiserOptions } from './minimiser.ts'

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
