/** Values of known types, for the tests of types: never there when a program runs. */
import type { Matrix, Var, Vector } from 'backprop-wasm'

export type Layer = { readonly w: Matrix<2, 3>; readonly b: Vector<2>; readonly name: string }

export declare const scalar: Var<number>
export declare const v3: Vector<3>
export declare const v4: Vector<4>
export declare const m23: Matrix<2, 3>
export declare const V3: Var<Vector<3>>
export declare const V4: Var<Vector<4>>
export declare const M23: Var<Matrix<2, 3>>
export declare const layer: Layer
