/** Descent, and ascent, along conjugate gradients. */
import type { DataOf, ParametersOf, PlainArguments } from '../signatures.ts'
import type { Primal } from '../types.ts'
import { type Directions, downwards, minimiser } from './descent.ts'
import { accumulate, difference, inner, multiple, powerOfTwo } from './flat.ts'
import type { Loss, Minimiser, MinimiserOptions } from './minimiser.ts'

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
