/** The types of the derivative operators: what a derivative is made of. Types only. */
import type { Fixed } from '../fixed.ts'
import type { Chosen, Evaluated, FunctionOf, PlainGradient, ResultOf, ValidResult } from '../signatures.ts'
import type { Tensor } from '../tensor.ts'
import type { AnyTensor, DType, NotDifferentiable, Primal, Shape, Static } from '../types.ts'
import type { Var } from '../var.ts'

/**
 * The Jacobian of a result W by an argument V, both structures of plain values, or both of variables: at each leaf of W the
 * structure of V, whose leaves have the sizes of both, those of the result first. A number has no sizes. What is passed
 * through stays as it is.
 *
 * @example
 * ```ts
 * type A = Jacobian<Vector<2>, Vector<3>> // Matrix<2, 3>
 * type B = Jacobian<{ y: number; z: Vector<2> }, [number, Vector<3>]>
 * const b: B = { y: [1, zeros(3)], z: [zeros(2), zeros(2, 3)] }
 * ```
 */
export type Jacobian<W, V> =
  W extends Var<infer A>
    ? Row<A, V>
    : W extends Static | Fixed<unknown>
      ? W
      : W extends number | AnyTensor
        ? Row<W, V>
        : W extends ReadonlyMap<infer K, infer T>
          ? Map<K, Jacobian<T, V>>
          : { -readonly [K in keyof W]: Jacobian<W[K], V> }

/** The derivatives of one leaf of the result. */
type Row<A, V> =
  V extends Var<infer B>
    ? Var<Entry<A, B>>
    : V extends Static | Fixed<unknown>
      ? V
      : V extends number | AnyTensor
        ? Entry<A, V>
        : V extends ReadonlyMap<infer K, infer T>
          ? Map<K, Row<A, T>>
          : { -readonly [K in keyof V]: Row<A, V[K]> }

/** The derivatives of one leaf by another. */
type Entry<A, B> = A extends number
  ? B extends number
    ? number
    : Known<B>
  : B extends number
    ? Known<A>
    : A extends Tensor<infer S extends Shape, infer D>
      ? B extends Tensor<infer T extends Shape, infer E>
        ? Tensor<readonly [...S, ...T], Wider<D, E>>
        : Known<B>
      : Known<A>

/** The tensor itself; what is neither number nor tensor has no Jacobian. */
type Known<A> = A extends AnyTensor ? A : NotDifferentiable<'only numbers and tensors have a Jacobian'>

/** float32 if both are, so that numbers of either fit in. What went through float32 on the way has its accuracy. */
type Wider<D extends DType, E extends DType> = 'float64' extends D | E ? 'float64' : 'float32'

/** W if it is one number, otherwise the repair. */
export type NumberResult<W> = [W] extends [ValidResult<W>]
  ? [W] extends [Var<number>]
    ? W
    : 'the result must be one number: add it up, sum(…), or take gradBP or jacobian'
  : ValidResult<W>

/** A function of variables whose result is one number. */
export type NumberFunction<Vs extends readonly unknown[], W, O> = FunctionOf<Vs, W, O, NumberResult<ResultOf<O, W>>>

/** What `jacobian` gives. */
export type Jacobians<Vs extends readonly unknown[], W, I> = Evaluated<
  Vs,
  Jacobian<W, Chosen<Vs, I>>,
  Jacobian<Primal<W>, PlainGradient<Vs, I>>
>

/** What `jacobianTransposed` gives. */
export type TransposedJacobians<Vs extends readonly unknown[], W, I> = Evaluated<
  Vs,
  Jacobian<Chosen<Vs, I>, W>,
  Jacobian<PlainGradient<Vs, I>, Primal<W>>
>

/** What `hessian` gives. */
export type Hessians<Vs extends readonly unknown[], I> = Evaluated<
  Vs,
  Jacobian<Chosen<Vs, I>, Chosen<Vs, I>>,
  Jacobian<PlainGradient<Vs, I>, PlainGradient<Vs, I>>
>

/** What `hessianF` gives. */
export type HessiansOfAll<Vs extends readonly unknown[], W, I> = Evaluated<
  Vs,
  Jacobian<Jacobian<W, Chosen<Vs, I>>, Chosen<Vs, I>>,
  Jacobian<Jacobian<Primal<W>, PlainGradient<Vs, I>>, PlainGradient<Vs, I>>
>

/** The arguments, and after them a direction: one for each of those that `wrt` chooses, in the structure of a gradient. */
export type Directed<Vs extends readonly unknown[], I> = [...Vs, direction: Chosen<Vs, I>]

/**
 * What `jvp` gives.
 *
 * @example
 * ```ts
 * const square: Jvp<[Var<number>], Var<number>> = jvp((x: Var<number>) => x.mul(x))
 * ```
 */
export type Jvp<Vs extends readonly unknown[], W, I = undefined> = Evaluated<Directed<Vs, I>, [value: W, tangent: W]>

/**
 * Options of derivative operators.
 *
 * @example
 * ```ts
 * const options: DerivativeOptions<0> = { wrt: 0 }
 * ```
 */
export interface DerivativeOptions<I = undefined> {
  /** The positions of the arguments to differentiate by: one, or an array; all if left out. The others are data. */
  readonly wrt?: I
}

/**
 * Options of `jacobian` and its relatives.
 *
 * @example
 * ```ts
 * const options: JacobianOptions = { mode: 'forward' }
 * ```
 */
export interface JacobianOptions<I = undefined> extends DerivativeOptions<I> {
  /**
   * `'reverse'` makes a row for each number of the result, `'forward'` a column for each number of the arguments; `'auto'`,
   * which is the default, what is fewer, or rows where f calls an op that has no forward mode. The results differ by rounding,
   * and, where a derivative is infinite, by where 0·∞ is NaN.
   */
  readonly mode?: 'auto' | 'forward' | 'reverse'
}
