/** The types that connect plain values with variables. Types only. */
import type { Fixed } from './fixed.ts'
import type { Resident } from './resident.ts'
import type { Var } from './var.ts'

/** Marks every tensor, whatever its shape: what `BVar` and `Primal` test. */
export declare const tensorBrand: unique symbol

/**
 * Any tensor, of any shape and element type.
 *
 * @example
 * ```ts
 * import { vector, type AnyTensor } from 'backprop-wasm'
 *
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
 * import type { Shape } from 'backprop-wasm'
 *
 * const shape: Shape = [300, 784]
 * ```
 */
export type Shape = readonly number[]

/**
 * The type of a tensor's elements.
 *
 * @example
 * ```ts
 * import type { DType } from 'backprop-wasm'
 *
 * const precision: DType = 'float64'
 * ```
 */
export type DType = 'float64'

/**
 * What is passed through untouched, in arguments, results and gradients: it has no derivative.
 *
 * @example
 * ```ts
 * import type { Static } from 'backprop-wasm'
 *
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
 * import type { BVar, NumericTag } from 'backprop-wasm'
 *
 * type Kind = BVar<0 | 1> // NumericTag<0> | NumericTag<1>
 * ```
 */
export interface NumericTag<N extends number> {
  readonly 'a numeric literal cannot be told from a weight: use a string tag or fixed()': N
}

/**
 * A plain type with a variable at each leaf: a number or tensor becomes a `Var`, a record of them a record of
 * variables, and so on through tuples, arrays and unions; what is `Static` or fixed stays as it is.
 *
 * @example
 * ```ts
 * import type { BVar, Vector } from 'backprop-wasm'
 *
 * type Layer = { w: Vector<3>; b: number; name: string }
 * const apply = (layer: BVar<Layer>) => layer.w.mul(layer.b) // layer.w: Var<Vector<3>>, layer.name: string
 * ```
 */
export type BVar<A> = A extends number
  ? number extends A
    ? Var<number>
    : NumericTag<A>
  : A extends AnyTensor
    ? Var<A>
    : A extends Static | Fixed<unknown>
      ? A
      : { readonly [K in keyof A]: BVar<A[K]> }

/**
 * The plain type behind a structure of variables: what `BVar` is undone by.
 *
 * @example
 * ```ts
 * import type { Primal, Var, Vector } from 'backprop-wasm'
 *
 * type Layer = Primal<{ w: Var<Vector<3>>; name: string }> // { w: Vector<3>; name: string }
 * ```
 */
export type Primal<V> =
  V extends Var<infer A>
    ? A
    : V extends Static | number | AnyTensor | Fixed<unknown> | NumericTag<number>
      ? V
      : { -readonly [K in keyof V]: Primal<V[K]> }

/**
 * What may be passed for an argument of type V: the plain value, or resident parameters in place of it or of a part.
 *
 * @example
 * ```ts
 * import { resident, vector, type Plain, type Var, type Vector } from 'backprop-wasm'
 *
 * const x: Plain<Var<Vector>> = resident(vector([1, 2]))
 * ```
 */
export type Plain<V> =
  | Resident<Primal<V>>
  | (V extends Var<infer A>
      ? A
      : V extends Static | number | AnyTensor | Fixed<unknown> | NumericTag<number>
        ? V
        : { readonly [K in keyof V]: Plain<V[K]> })

/**
 * A variable or a plain value at each leaf: what an operator accepts inside another run.
 *
 * @example
 * ```ts
 * import type { Mixed, Var } from 'backprop-wasm'
 *
 * const pair: Mixed<readonly [Var<number>, Var<number>]> = [1, 2]
 * ```
 */
export type Mixed<V> =
  V extends Var<infer A>
    ? V | A
    : V extends Static | number | AnyTensor | Fixed<unknown> | NumericTag<number>
      ? V
      : { readonly [K in keyof V]: Mixed<V[K]> }

/**
 * Where an op takes an operand: a variable, or a plain value that is a constant then.
 *
 * @example
 * ```ts
 * import { vector, type Operand, type Vector } from 'backprop-wasm'
 *
 * const shift: Operand<Vector<2>> = vector([1, 2], 2)
 * ```
 */
export type Operand<A> = Var<A> | A

/**
 * What a variable can hold.
 *
 * @example
 * ```ts
 * import { exp, type Leaf, type Var } from 'backprop-wasm'
 *
 * const square = <A extends Leaf>(x: Var<A>): Var<A> => x.mul(x)
 * ```
 */
export type Leaf = number | AnyTensor
