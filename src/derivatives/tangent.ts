/** Derivatives along a direction: `jvp`, `directional`, `derivative`. */
import type { VarFunction, Wrt } from '../differentiate.ts'
import { UsageError } from '../errors.ts'
import type { ArgumentsOf, Evaluated, FunctionOf, FunctionOn, Positions, ResultOf } from '../signatures.ts'
import { SCALAR } from '../tape.ts'
import { constantLeaf, Var } from '../var.ts'
import { derivativeOperator, recordTangent } from './recorded.ts'
import type { DerivativeOptions, Directed, Jvp } from './types.ts'

/**
 * Value and tangent: jvp(f)(x, ẋ) = [f(x), f′(x)·ẋ], the derivative along a direction, which is forward mode. The direction is
 * an argument after those of f, of the structure that a gradient has: bare for one argument, a tuple for several, those of
 * `wrt` only. So it may be a variable too, and `compile` and `vmap` take what this gives. Original: du' and duF' of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param options `wrt` for arguments that are data
 * @shape f: (…BVar) ↦ BVar → (…plain, direction) ↦ [plain, the same structure]
 * @throws {StructureMismatchError} (from the function) when the direction has another structure than the arguments.
 * @throws {ShapeMismatchError} (from the function) when shapes differ.
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * jvp((x: Var<number>) => x.mul(x))(3, 10) // → [9, 60]
 * jvp((x: Var<number>, y: Var<number>) => ({ product: x.mul(y) }))(3, 4, [1, 0]) // → [{ product: 12 }, { product: 4 }]
 * ```
 */
export function jvp<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: DerivativeOptions<I> = {}): Jvp<ArgumentsOf<O, Vs>, ResultOf<O, W>, I> {
  return derivativeOperator('jvp', f, options, (f, args, wrt, v) => along(f, args, wrt, v), {
    directed: true,
  }) as never
}

/**
 * The derivative along a direction: directional(f)(x, ẋ) = f′(x)·ẋ, in the structure of the result. `jvp` gives the value
 * with it. Original: du and duF of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param options `wrt` for arguments that are data
 * @shape f: (…BVar) ↦ BVar → (…plain, direction) ↦ the structure of the result
 * @throws {StructureMismatchError} (from the function) when the direction has another structure than the arguments.
 * @throws {ShapeMismatchError} (from the function) when shapes differ.
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const f = (p: BVar<{ x: number; y: number }>) => p.x.mul(p.y)
 * directional(f)({ x: 3, y: 4 }, { x: 1, y: 10 }) // → 34
 * ```
 */
export function directional<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: FunctionOf<Vs, W, O>,
  options: DerivativeOptions<I> = {},
): Evaluated<Directed<ArgumentsOf<O, Vs>, I>, ResultOf<O, W>> {
  return derivativeOperator('directional', f, options, (f, args, wrt, v) => along(f, args, wrt, v)[1], {
    directed: true,
  }) as never
}

function along(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
  direction: unknown,
): [value: unknown, tangent: unknown] {
  const [value, push] = recordTangent(f, args, wrt)
  return [value, push(direction)]
}

/**
 * The derivative of a function of one number: derivative(f)(x) = f′(x), in the structure of the result. Original: diff and
 * diffF of ad; with the value, diff' and diffF', it is `jvp(f)(x, 1)`.
 *
 * @param f the function of one number; any result
 * @shape f: Var<number> ↦ BVar → number ↦ the structure of the result
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function; (from the function) when its argument is no number.
 * @example
 * ```ts
 * derivative((t: Var<number>) => [t.cos(), t.sin()])(0) // → [0, 1]
 * ```
 */
export function derivative<W, O = unknown>(
  f: FunctionOn<[x: Var<number>], W, O>,
): Evaluated<[x: Var<number>], ResultOf<O, W>> {
  return derivativeOperator('derivative', f, {}, (f, args, wrt) => {
    const [x] = args
    if (args.length !== 1 || !(x instanceof Var) || x.shape !== SCALAR) {
      throw new UsageError('derivative: the argument must be one number; for others take grad, jvp or jacobian.')
    }
    return recordTangent(f, args, wrt)[1](constantLeaf(1))
  }) as never
}
