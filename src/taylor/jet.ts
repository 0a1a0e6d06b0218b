/** All derivatives of a function, up to an order. */
import { recordJacobian } from '../derivatives/jacobian.ts'
import { derivativeOperator } from '../derivatives/recorded.ts'
import type { DerivativeOptions } from '../derivatives/types.ts'
import { type VarFunction, withLength } from '../differentiate.ts'
import type { ArgumentsOf, Chosen, Evaluated, FunctionOf, Positions, ResultOf } from '../signatures.ts'
import { checkOrder } from './taylor.ts'
import type { Jet } from './types.ts'

/**
 * All derivatives up to an order: jet(f, n)(x) = [f(x), f′(x), …, f⁽ⁿ⁾(x)], each the Jacobian of the one before. At each leaf of
 * the result the k-th has the structure of the argument (a tuple for several), nested k times; its leaves have the sizes of
 * the result first, then those of the argument k times: of one number by a vector of N a number, a vector, an N×N matrix, an
 * N×N×N tensor, …. Along one direction `taylor` is cheaper by far. Original: grads, jacobians, Jet of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param order the last order, n
 * @param options `wrt` for arguments that are data
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ [M, M×N, M×N×N, …], n + 1 of them, for each leaf M and N
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} (from the function) when an argument or the result holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, the order no count, or an option not what it must be.
 * @example
 * ```ts
 * jet((x: Var<number>, y: Var<number>) => x.mul(y), 2)(3, 4) // → [12, [4, 3], [[0, 1], [1, 0]]]
 *
 * const [value, gradient, hessian] = jet((x: Var<Vector<2>>) => dot(x, x), 2)(vector([1, 2], 2))
 * value // → 5
 * gradient.toArray() // → [2, 4]
 * hessian.toArray() // → [[2, 0], [0, 2]]
 * ```
 */
export function jet<
  Vs extends readonly unknown[],
  W,
  const N extends number,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: FunctionOf<Vs, W, O>,
  order: N,
  options: DerivativeOptions<I> = {},
): Evaluated<ArgumentsOf<O, Vs>, Jet<ResultOf<O, W>, Chosen<ArgumentsOf<O, Vs>, I>, N>> {
  checkOrder('jet', order)
  return derivativeOperator('jet', f, options, (f, args, wrt) => {
    let derivative: VarFunction = f
    return Array.from({ length: order + 1 }, (_, k) => {
      const lower = derivative
      if (k > 0)
        derivative = withLength((...vars: unknown[]) => recordJacobian(lower, vars, wrt, 'auto', false), f.length)
      return derivative(...args)
    })
  }) as never
}
