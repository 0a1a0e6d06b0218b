/** The types of `vmap`: what is a batch of what. Types only. */
import type { Anything, MixedArguments, Operator, PlainArguments } from '../signatures.ts'
import type { Tensor } from '../tensor.ts'
import type { AnyTensor, NotDifferentiable, Primal, Shape, Static } from '../types.ts'
import type { Fixed } from '../fixed.ts'
import type { Var } from '../var.ts'

/**
 * What holds B samples of each variable in a structure: a vector of B numbers for a number, a tensor with one more size in
 * front for a tensor. What is passed through stays as it is.
 *
 * @example
 * ```ts
 * type Points = BatchOf<{ x: Var<number>; v: Var<Vector<3>> }, 10> // { x: Var<Vector<10>>; v: Var<Matrix<10, 3>> }
 * ```
 */
export type BatchOf<V, B extends number> =
  V extends Var<infer A>
    ? Var<Stack<A, B>>
    : V extends Static | Fixed<unknown>
      ? V
      : V extends ReadonlyMap<infer K, infer T>
        ? ReadonlyMap<K, BatchOf<T, B>>
        : { [K in keyof V]: BatchOf<V[K], B> }

/** B numbers, or B tensors. */
type Stack<A, B extends number> = A extends number
  ? Tensor<readonly [B]>
  : A extends Tensor<infer S extends Shape, infer D>
    ? Tensor<readonly [B, ...S], D>
    : A extends AnyTensor
      ? AnyTensor
      : NotDifferentiable<'only numbers and tensors come in batches; share it: { shared: 0 }'>

/**
 * What an op does for all samples at once, F being the op of one sample: its inputs and its result have one more size in
 * front.
 *
 * @example
 * ```ts
 * const squares: BatchRule<(x: Var<number>) => Var<number>> = xs => xs.mul(xs)
 * ```
 */
export type BatchRule<F> = F extends (...inputs: infer Vs) => infer W
  ? (...batches: { [K in keyof Vs]: BatchOf<Vs[K], number> }) => BatchOf<W, number>
  : never

/**
 * Options of `vmap`.
 *
 * @example
 * ```ts
 * const options: VmapOptions<0> = { shared: 0 }
 * ```
 */
export interface VmapOptions<S = undefined> {
  /** The positions of the arguments that are the same for all samples: one, or an array; none if left out. */
  readonly shared?: S
}

/** The arguments, those at the positions S as they are, the others as batches of B samples. */
type BatchedArguments<Vs extends readonly unknown[], S, B extends number> = {
  [K in keyof Vs]: K extends `${SharedIndex<S>}` ? Vs[K] : BatchOf<Vs[K], B>
}

/** The positions that an option names. */
type SharedIndex<S> = S extends number ? S : S extends readonly (infer I extends number)[] ? I : never

/**
 * Nothing fits this if the samples of several sizes were inferred: no member of a union is the whole of it. Without a
 * conditional type on B itself, so that it is decided where B is a type parameter.
 */
type OneSize<B extends number> = {
  [K in B]: [B] extends [K] ? readonly unknown[] : readonly 'all batches must have the same size'[]
}[B]

/**
 * What `vmap` gives.
 *
 * @example
 * ```ts
 * const squares: Batched<[Var<number>], Var<number>> = vmap((x: Var<number>) => x.mul(x))
 * ```
 */
export interface Batched<Vs extends readonly unknown[], W, S = undefined> extends Operator<
  (...args: BatchedArguments<Vs, S, number>) => BatchOf<W, number>
> {
  <B extends number>(
    this: unknown,
    ...args: PlainArguments<BatchedArguments<Vs, S, B>> & OneSize<B>
  ): Primal<BatchOf<W, B>>
  <B extends number>(...args: MixedArguments<BatchedArguments<Vs, S, B>> & OneSize<B>): BatchOf<W, B>
  <B extends number>(...args: BatchedArguments<Vs, S, B>): BatchOf<W, B>
  // The first once more, as in signatures.ts.
  <B extends number>(
    this: Anything,
    ...args: PlainArguments<BatchedArguments<Vs, S, B>> & OneSize<B>
  ): Primal<BatchOf<W, B>>
}
