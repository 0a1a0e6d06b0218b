/** Taylor series of functions: all derivatives along a direction, up to an order. */
import type { VarFunction } from '../differentiate.ts'
import { evaluator } from '../grad.ts'
import { coefficients } from './coefficients.ts'

/** @internal */
export function taylor(f: VarFunction, order: number): (...args: unknown[]) => unknown {
  return evaluator('taylor', (x, dx) => coefficients(f, [x], undefined, dx, order))
}
