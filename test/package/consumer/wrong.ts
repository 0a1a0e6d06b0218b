// What a user's editor must refuse, in few words.
import { hessian, vector, vmap } from 'backprop-wasm'
import type { Var } from 'backprop-wasm'

const square = (x: Var<number>) => x.mul(x)
export const matrix = hessian(square)(vector([1]))
export const squares = vmap(square)([1, 2, 3])
