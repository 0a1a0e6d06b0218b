/** Derivatives of functions whose result is one number: `grad` and its relatives. */
import { checkFunction, type VarFunction } from '../differentiate.ts'
import { ResultError, UsageError } from '../errors.ts'
import { backpropOperator, choose, DIRECTION, gradientOperator, recordInside } from '../grad.ts'
import { mapVars } from '../mapVars.ts'
import type {
  ArgumentsOf,
  Backprop,
  Chosen,
  Evaluated,
  Gradient,
  GradientOptions,
  PlainGradient,
  Positions,
  ResultOf,
} from '../signatures.ts'
import { checkLike } from '../structure.ts'
import type { AnyTensor, Plain } from '../types.ts'
import { Var } from '../var.ts'
import { type DerivativeBody, derivativeOperator, gradientOf, numberValued } from './recorded.ts'
import type { DerivativeOptions, Directed, NumberFunction } from './types.ts'

/**
 * The gradient of a function whose result is one number: grad(f)(x) = f′(x)ᵀ, in the structure of the argument; for several
 * arguments a tuple. `gradBP` is the same for any result, whose numbers it adds up. Original: grad of ad.
 *
 * Inside another function, with a variable among the arguments, the gradient is made of variables, to be differentiated
 * again: derivatives of any order are nested calls.
 *
 * @param f the function, of one or several arguments; its result is one number
 * @param options `wrt` for arguments that are data, `into` for where the gradient goes
 * @shape f: (…BVar) ↦ Var<number> → (…plain) ↦ the structure of the arguments
 * @throws {ShapeMismatchError} (from the function) when the result is a tensor.
 * @throws {StructureMismatchError} (from the function) when the result is a structure.
 * @throws {ResultError} (from the function) when the result is a plain value, or undefined.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * grad((x: Var<number>, y: Var<number>) => x.mul(y).add(y.sin()))(2, 0) // → [0, 3]
 *
 * const cube = (x: Var<number>) => x.pow(3)
 * grad((x: Var<number>) => grad((y: Var<number>) => grad(cube)(y))(x))(5) // → 6
 * ```
 */
export function grad<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  G extends Plain<PlainGradient<ArgumentsOf<O, Vs>, I>> = never,
  O = unknown,
>(f: NumberFunction<Vs, W, O>, options: GradientOptions<I, G> = {}): Gradient<ArgumentsOf<O, Vs>, I, G> {
  return gradientOperator('grad', checkedNumber('grad', f), options) as never
}

/**
 * Value and gradient of a function whose result is one number: valueAndGrad(f)(x) = [f(x), f′(x)ᵀ]. Original: grad' of ad.
 *
 * @param f the function, of one or several arguments; its result is one number
 * @param options as in `grad`
 * @shape f: (…BVar) ↦ Var<number> → (…plain) ↦ [number, the structure of the arguments]
 * @throws {ShapeMismatchError} (from the function) when the result is a tensor.
 * @throws {StructureMismatchError} (from the function) when the result is a structure.
 * @throws {ResultError} (from the function) when the result is a plain value, or undefined.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * valueAndGrad((x: Var<number>) => x.mul(x))(3) // → [9, 6]
 * ```
 */
export function valueAndGrad<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  G extends Plain<PlainGradient<ArgumentsOf<O, Vs>, I>> = never,
  O = unknown,
>(
  f: NumberFunction<Vs, W, O>,
  options: GradientOptions<I, G> = {},
): Backprop<ArgumentsOf<O, Vs>, ResultOf<O, W>, I, G> {
  return backpropOperator('valueAndGrad', checkedNumber('valueAndGrad', f), options) as never
}

function checkedNumber(op: string, f: unknown): VarFunction {
  checkFunction(op, f)
  return numberValued(op, f as VarFunction)
}

/**
 * Argument and gradient, blended leaf by leaf: gradWith(blend, f)(x) has blend(xᵢ, f′(x)ᵢ) where x has xᵢ. Original: gradWith
 * of ad.
 *
 * @param blend a function of a leaf and its derivative, two variables of one shape, that gives one of that shape
 * @param f the function, of one or several arguments; its result is one number
 * @param options `wrt` as in `grad`
 * @shape blend: (Var, Var) ↦ Var, f: (…BVar) ↦ Var<number> → (…plain) ↦ the structure of the arguments
 * @throws {ShapeMismatchError} (from the function) when the result is a tensor, or a blend of another shape.
 * @throws {StructureMismatchError} (from the function) when the result is a structure, or a blend of another kind.
 * @throws {ResultError} (from the function) when the result, or what the blend gives, is a plain value, or undefined.
 * @throws {UsageError} when one is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const step = gradWith((x, dx) => x.sub(dx.mul(0.1)), (x: Var<number>) => x.mul(x))
 * step(5) // → 4
 * ```
 */
export function gradWith<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  blend: (leaf: Var<AnyTensor>, derivative: Var<AnyTensor>) => Var<AnyTensor>,
  f: NumberFunction<Vs, W, O>,
  options: DerivativeOptions<I> = {},
): Evaluated<ArgumentsOf<O, Vs>, Chosen<ArgumentsOf<O, Vs>, I>> {
  if (typeof blend !== 'function') {
    throw new UsageError('gradWith: the first argument must be a function of a leaf and its derivative.')
  }
  const blended = (leaf: Var<AnyTensor>, derivative: Var<AnyTensor>): Var<AnyTensor> => {
    const result: unknown = blend(leaf, derivative)
    if (!(result instanceof Var)) throw new ResultError(BLEND, result)
    checkLike(leaf, result, BLEND)
    return result as Var<AnyTensor>
  }
  return derivativeOperator('gradWith', f, options, (f, args, wrt) =>
    mapVars(blended, choose(args, wrt), gradientOf('gradWith', f, wrt)(...args)),
  ) as never
}

/** What messages call the result of a blend. */
const BLEND = 'gradWith, what the blend gives'

/**
 * The Hessian times a vector: hvp(f)(x, v) = f″(x)·v, without the Hessian. The direction v is an argument after those of f, of
 * the structure of the gradient; so it may be a variable too, and `compile` and `vmap` take what this gives. Costs a few
 * gradients, however many numbers there are. With the gradient beside it: `jvp(grad(f))(x, v)`. Original: hessianProduct of
 * ad.
 *
 * @param f the function, of one or several arguments; its result is one number
 * @param options `wrt` as in `grad`
 * @shape f: (…BVar) ↦ Var<number> → (…plain, direction) ↦ the structure of the arguments
 * @throws {StructureMismatchError} (from the function) when the direction has another structure than the gradient, or the
 * result is a structure.
 * @throws {ShapeMismatchError} (from the function) when shapes differ, or the result is a tensor.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const f = (x: Var<Vector<2>>) => x.mul(x).mul(x) // x³
 * hvp((x: Var<Vector<2>>) => sum(f(x)))(vector([1, 2], 2), vector([1, 10], 2)).toArray() // → [6, 120]
 * ```
 */
export function hvp<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: NumberFunction<Vs, W, O>,
  options: DerivativeOptions<I> = {},
): Evaluated<Directed<ArgumentsOf<O, Vs>, I>, Chosen<ArgumentsOf<O, Vs>, I>> {
  // The Hessian is symmetric: what the pullback of the gradient gives is what its tangent would be.
  const product: DerivativeBody = (f, args, wrt, direction) =>
    recordInside(gradientOf('hvp', f, wrt), args, wrt, DIRECTION)[1](direction)
  return derivativeOperator('hvp', f, options, product, { directed: true }) as never
}
