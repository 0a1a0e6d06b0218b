/** The types that connect plain values with variables. Types only. */
import type { differentiable, DifferentiableTypes } from './differentiable.ts'
import type { Fixed } from './fixed.ts'
import type { Resident } from './resident.ts'
import type { Tensor } from './tensor.ts'
import type { Var } from './var.ts'

/** Marks every tensor, whatever its shape: what `BVar` and `Primal` test. */
export declare const tensorBrand: unique symbol

/**
 * Any tensor, of any shape and element type.
 *
 * @example
 * ```ts
 * const values: AnyTensor[] = [vector([1, 2])]
 * ```
 */
export interface AnyTensor {
  readonly [tensorBrand]: true
}

/**
 * The sizes of a tensor, outermost first.
 *
 * @example
 * ```ts
 * const shape: Shape = [300, 784]
 * ```
 */
export type Shape = readonly number[]

/**
 * The type of a tensor's elements.
 *
 * @example
 * ```ts
 * const precision: DType = 'float32'
 * ```
 */
export type DType = 'float64' | 'float32'

/**
 * The array that holds elements of a type.
 *
 * @example
 * ```ts
 * const elements: Data<'float32'> = vector32([1, 2]).data // a Float32Array
 * ```
 */
export type Data<D extends DType = DType> = { float64: Float64Array; float32: Float32Array }[D]

/**
 * What is passed through untouched, in arguments, results and gradients: it has no derivative.
 *
 * @example
 * ```ts
 * const tag: Static = 'circle'
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export type Static = string | boolean | bigint | null | undefined | symbol | Function

/**
 * A number literal or a numeric enum where a number to be differentiated is meant. At run time a tag 0 cannot be told
 * from a weight 0, so no value fits this type. Repair: use a string as tag, or `fixed(n)`.
 *
 * @example
 * ```ts
 * type Kind = BVar<0 | 1> // NumericTag<0> | NumericTag<1>
 * ```
 */
export interface NumericTag<N extends number, Repair extends string = 'use a string tag, or fixed()'> {
  readonly 'a numeric literal cannot be told from a weight': [N, Repair]
}

/**
 * What cannot be differentiated, with the repair, as a type that nothing fits.
 *
 * @example
 * ```ts
 * type Raw = BVar<Float32Array> // NotDifferentiable<'make a tensor of it, …'>
 * ```
 */
export interface NotDifferentiable<Repair extends string> {
  readonly 'this cannot be differentiated': Repair
}

/**
 * A plain type with a variable at each leaf: a number or tensor becomes a `Var`, a record of them a record of
 * variables, and so on through tuples, arrays, unions and maps; a value of a user's type is one leaf; what is `Static` or
 * fixed stays as it is.
 *
 * @example
 * ```ts
 * type Layer = { w: Vector<3>; b: number; name: string }
 * const apply = (layer: BVar<Layer>) => layer.w.mul(layer.b) // layer.w: Var<Vector<3>>, layer.name: string
 * ```
 */
export type BVar<A> = A extends number
  ? `${number}` extends `${A}` // not `number extends A`, which holds for a numeric enum as well
    ? Var<number>
    : NumericTag<A>
  : A extends AnyTensor
    ? Var<A>
    : A extends Static | Fixed<unknown>
      ? A
      : A extends UserLeaf
        ? Var<A extends Float64Array ? Float64Array : A> // whatever its buffer is
        : A extends ReadonlyMap<infer K, infer T>
          ? ReadonlyMap<K, BVar<T>>
          : A extends Opaque
            ? NotDifferentiable<'make a tensor of it, vector(data), or wrap it in fixed()'>
            : { readonly [K in keyof A]: BVar<A[K]> }

/** What is one leaf though it is no number and no tensor: what has a dictionary. */
// eslint-disable-next-line @typescript-eslint/no-redundant-type-constituents -- users add types to `DifferentiableTypes`
type UserLeaf = { readonly [differentiable]: object } | Float64Array | DifferentiableTypes[keyof DifferentiableTypes]

/** Objects that hold their content behind methods: what a mapped type would take apart. */
type Opaque = ArrayBufferView | Date | PromiseLike<unknown> | ReadonlySet<unknown> | RegExp

/**
 * The plain type behind a structure of variables: what `BVar` is undone by.
 *
 * @example
 * ```ts
 * type Layer = Primal<{ w: Var<Vector<3>>; name: string }> // { w: Vector<3>; name: string }
 * ```
 */
export type Primal<V> =
  V extends Var<infer A>
    ? A
    : V extends Static | number | AnyTensor | Fixed<unknown> | NumericTag<number>
      ? V
      : V extends ReadonlyMap<infer K, infer T>
        ? Map<K, Primal<T>>
        : { -readonly [K in keyof V]: Primal<V[K]> }

/**
 * A plain value of type A, or resident parameters in place of it or of a part: what a call takes.
 *
 * @example
 * ```ts
 * const x: Plain<Vector> = resident(vector([1, 2]))
 * ```
 */
export type Plain<A> =
  | A
  | Resident<A>
  | Resident<ReadOnly<A>>
  | (A extends Static | number | AnyTensor | Fixed<unknown> | UserLeaf
      ? A
      : A extends ReadonlyMap<infer K, infer T>
        ? ReadonlyMap<K, Plain<T>>
        : { readonly [K in keyof A]: Plain<A[K]> })

/**
 * The same structure with tensors of another type of elements: what `castValue` gives.
 *
 * @example
 * ```ts
 * const half: CastTo<{ w: Vector<2>; b: number }, 'float32'> = { w: vector32([0.5, 0], 2), b: 0.5 }
 * ```
 */
export type CastTo<A, D extends DType> =
  A extends Tensor<infer S, DType>
    ? Tensor<S, D>
    : A extends Static | number | Fixed<unknown> | UserLeaf
      ? A
      : A extends ReadonlyMap<infer K, infer T>
        ? Map<K, CastTo<T, D>>
        : { [K in keyof A]: CastTo<A[K], D> }

/** A structure that is read-only at each depth: to it those can be assigned that are, and those that are not. */
export type ReadOnly<A> = A extends Static | number | AnyTensor | Fixed<unknown> | UserLeaf
  ? A
  : A extends ReadonlyMap<infer K, infer T>
    ? ReadonlyMap<K, ReadOnly<T>>
    : { readonly [K in keyof A]: ReadOnly<A[K]> }

/**
 * A variable or a plain value at each leaf: what an operator accepts inside another run.
 *
 * @example
 * ```ts
 * const pair: Mixed<readonly [Var<number>, Var<number>]> = [1, 2]
 * ```
 */
export type Mixed<V> =
  V extends Var<infer A>
    ? V | A
    : V extends Static | number | AnyTensor | Fixed<unknown> | NumericTag<number>
      ? V
      : V extends ReadonlyMap<infer K, infer T>
        ? ReadonlyMap<K, Mixed<T>>
        : { readonly [K in keyof V]: Mixed<V[K]> }

/**
 * Where an op takes an operand: a variable, or a plain value that is a constant then.
 *
 * @example
 * ```ts
 * const shift: Operand<Vector<2>> = vector([1, 2], 2)
 * ```
 */
export type Operand<A> = Var<A> | A

/**
 * What a variable can hold.
 *
 * @example
 * ```ts
 * const square = <A extends Leaf>(x: Var<A>): Var<A> => x.mul(x)
 * ```
 */
export type Leaf = NumberLike | AnyTensor

/** A number, written so that a literal is inferred as `number`: `exp(2)` is a `Var<number>`, not a `Var<2>`. */
interface NumberLike {
  toExponential(fractionDigits?: number): string
  valueOf(): number
}

/**
 * V itself if it is made of variables and of what is passed through; otherwise V with the problem in its place, at any
 * depth. To be compared with V by assignability: so recursive types end, and messages lead to the place.
 */
export type Valid<V, InPlaceOfPlain> = V extends Var<infer _> | Static | Fixed<unknown>
  ? V
  : V extends NumericTag<number> | NotDifferentiable<string>
    ? Refused
    : V extends ReadonlyMap<infer K, infer T> // before Opaque: a map has all that a set has
      ? ReadonlyMap<K, Valid<T, InPlaceOfPlain>>
      : V extends number | AnyTensor | Opaque | UserLeaf
        ? InPlaceOfPlain
        : { [K in keyof V]: Valid<V[K], InPlaceOfPlain> }

/** Fits nothing; what it is compared with says why. */
interface Refused {
  readonly refused: true
}
