/** Taylor series of functions: all derivatives along a direction, up to an order. */
import { derivativeOperator } from '../derivatives/recorded.ts'
import type { DerivativeOptions, Directed } from '../derivatives/types.ts'
import { OrderError, UsageError } from '../errors.ts'
import { choose, zerosLike } from '../grad.ts'
import type { ArgumentsOf, Evaluated, FunctionOf, FunctionOn, Positions, ResultOf } from '../signatures.ts'
import { mapLeaves } from '../structure.ts'
import { SCALAR } from '../tape.ts'
import { type AnyVar, constantLeaf, Var } from '../var.ts'
import { coefficients } from './coefficients.ts'
import { scaled } from './records.ts'
import type { Terms } from './types.ts'

/**
 * The terms of the Taylor series: taylor(f, n)(x, ẋ) = [f(x), f′(x)·ẋ, …, f⁽ⁿ⁾(x)·ẋⁿ/n!], whose sum is nearly f(x + ẋ). The
 * direction ẋ comes after the arguments of f, in the structure that a gradient has: bare for one argument, a tuple for
 * several, those of `wrt` only.
 *
 * The function runs once, and so may branch by value. The time grows as n², not as the n-th power of anything. Terms that
 * are known to be zero, as those of a polynomial beyond its degree, are not computed. At kinks, ties and ends of a domain the
 * first order is that of reverse mode; higher orders follow from it: docs/taylor.md. With a variable among the arguments the
 * terms are variables, to be differentiated; `compile` and `vmap` take what this gives. Original: taylor, taylor0 of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param order the last order, n
 * @param options `wrt` for arguments that are data
 * @shape f: (…BVar) ↦ BVar → (…plain, direction) ↦ [plain, …, plain], n + 1 times
 * @throws {StructureMismatchError} (from the function) when the direction has another structure than the arguments.
 * @throws {ShapeMismatchError} (from the function) when shapes differ.
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, the order no count, or an option not what it must be.
 * @example
 * ```ts
 * taylor((x: Var<number>) => x.exp(), 4)(0, 1) // → [1, 1, 0.5, 0.16666666666666666, 0.041666666666666664]
 * taylor((x: Var<number>, y: Var<number>) => x.mul(y), 3)(3, 4, [1, 10]) // → [12, 34, 10, 0]
 * ```
 */
export function taylor<
  Vs extends readonly unknown[],
  W,
  const N extends number,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: FunctionOf<Vs, W, O>,
  order: N,
  options: DerivativeOptions<I> = {},
): Evaluated<Directed<ArgumentsOf<O, Vs>, I>, Terms<ResultOf<O, W>, N>> {
  checkOrder('taylor', order)
  return derivativeOperator(
    'taylor',
    f,
    options,
    (f, args, wrt, direction) => coefficients(f, args, wrt, direction, order),
    { directed: true },
  ) as never
}

/**
 * The derivatives along a direction: directionalDerivatives(f, n)(x, ẋ) = [f(x), f′(x)·ẋ, …, f⁽ⁿ⁾(x)·ẋⁿ], the terms of
 * `taylor` without the factorials. Original: dus, dus0, dusF, dus0F of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param order the last order, n
 * @param options `wrt` for arguments that are data
 * @shape f: (…BVar) ↦ BVar → (…plain, direction) ↦ [plain, …, plain], n + 1 times
 * @throws {StructureMismatchError} (from the function) when the direction has another structure than the arguments.
 * @throws {ShapeMismatchError} (from the function) when shapes differ.
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {OrderError} when the order is above 170, whose factorial is no number; (from the function) above 34 for float32.
 * @throws {UsageError} when f is no function, the order no count, or an option not what it must be.
 * @example
 * ```ts
 * const f = (p: BVar<{ x: number; y: number }>) => ({ z: p.x.mul(p.y) })
 * directionalDerivatives(f, 2)({ x: 3, y: 4 }, { x: 1, y: 10 }) // → [{ z: 12 }, { z: 34 }, { z: 20 }]
 * ```
 */
export function directionalDerivatives<
  Vs extends readonly unknown[],
  W,
  const N extends number,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: FunctionOf<Vs, W, O>,
  order: N,
  options: DerivativeOptions<I> = {},
): Evaluated<Directed<ArgumentsOf<O, Vs>, I>, Terms<ResultOf<O, W>, N>> {
  checkOrder('directionalDerivatives', order, LAST_FACTORIAL)
  return derivativeOperator(
    'directionalDerivatives',
    f,
    options,
    (f, args, wrt, direction) => withFactorials('directionalDerivatives', coefficients(f, args, wrt, direction, order)),
    { directed: true },
  ) as never
}

/**
 * The derivatives of a function of one number: derivatives(f, n)(x) = [f(x), f′(x), …, f⁽ⁿ⁾(x)], each in the structure of the
 * result. Original: diffs, diffs0, diffsF, diffs0F of ad.
 *
 * @param f the function of one number; any result
 * @param order the last order, n
 * @shape f: Var<number> ↦ BVar → number ↦ [plain, …, plain], n + 1 times
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {OrderError} when the order is above 170, whose factorial is no number; (from the function) above 34 for float32.
 * @throws {UsageError} when f is no function, or the order no count; (from the function) when its argument is no number.
 * @example
 * ```ts
 * derivatives((x: Var<number>) => x.pow(3), 4)(2) // → [8, 12, 12, 6, 0]
 * derivatives((x: Var<number>) => [x.sin(), x.recip()], 2)(1) // → [[0.841471, 1], [0.540302, -1], [-0.841471, 2]]
 * ```
 */
export function derivatives<W, const N extends number, O = unknown>(
  f: FunctionOn<[x: Var<number>], W, O>,
  order: N,
): Evaluated<[x: Var<number>], Terms<ResultOf<O, W>, N>> {
  checkOrder('derivatives', order, LAST_FACTORIAL)
  return derivativeOperator('derivatives', f, {}, (f, args, wrt) => {
    const [x] = args
    if (args.length !== 1 || !(x instanceof Var) || x.shape !== SCALAR) {
      throw new UsageError(
        'derivatives: the argument must be one number; along a direction take directionalDerivatives.',
      )
    }
    return withFactorials('derivatives', coefficients(f, args, wrt, constantLeaf(1), order))
  }) as never
}

/**
 * The terms of the Taylor series at 0: maclaurin(f, n)(ẋ) = [f(0), f′(0)·ẋ, …, f⁽ⁿ⁾(0)·ẋⁿ/n!], which is taylor(f, n)(0, ẋ).
 * Original: maclaurin, maclaurin0 of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param order the last order, n
 * @shape f: (…BVar) ↦ BVar → (…direction) ↦ [plain, …, plain], n + 1 times
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or the order no count.
 * @example
 * ```ts
 * maclaurin((x: Var<number>) => log1p(x), 3)(0.5) // → [0, 0.5, -0.125, 0.041666666666666664]
 * ```
 */
export function maclaurin<Vs extends readonly unknown[], W, const N extends number, O = unknown>(
  f: FunctionOf<Vs, W, O>,
  order: N,
): Evaluated<ArgumentsOf<O, Vs>, Terms<ResultOf<O, W>, N>> {
  checkOrder('maclaurin', order)
  return derivativeOperator('maclaurin', f, {}, (f, args, wrt) =>
    coefficients(f, args.map(zerosLike), wrt, choose(args, wrt), order),
  ) as never
}

/** The largest k whose k! is a number. */
const LAST_FACTORIAL = 170

/** Throws unless the order is a count, and no larger than the last one there is. */
export function checkOrder(op: string, order: unknown, last = Infinity): void {
  if (!Number.isInteger(order) || (order as number) < 0) {
    throw new UsageError(`${op}: the order must be 0, 1, 2, …; it is the second argument.`)
  }
  if ((order as number) > last) throw factorialTooLarge(op, order as number)
}

/** Derivatives for the terms of a series: the k-th times k!. */
function withFactorials(op: string, terms: readonly unknown[]): unknown[] {
  let factorial = 1
  return terms.map((term, k) => {
    factorial *= Math.max(k, 1)
    return mapLeaves(term, '', leaf => {
      const { dtype } = leaf as AnyVar
      if (dtype === 'float32' && Math.fround(factorial) === Infinity) throw factorialTooLarge(op, k, ' of float32')
      return factorial === 1 ? leaf : scaled(leaf as AnyVar, factorial)
    })
  })
}

function factorialTooLarge(op: string, order: number, type = ''): OrderError {
  return new OrderError(
    `${op}: a derivative of order ${String(order)} is a term of the series times ${String(order)}!, which is larger than any ` +
      `number${type}. Take the terms themselves: taylor.`,
  )
}
