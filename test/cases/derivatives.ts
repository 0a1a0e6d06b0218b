/** Derivatives of a function of named inputs, as the cases ask for them. */
import { backpropWith, Tensor } from 'backprop-wasm'
import type { Inputs } from './program.ts'
import type { PlainValue } from './schema.ts'
import type { Value } from './values.ts'

/** A function of named variables. */
export type Differentiated = (inputs: Inputs) => Value

/** Plain values by name. */
export type Named = Readonly<Record<string, PlainValue>>

/** Value, and the gradient for a cotangent of the value; ones if none is given. */
export function valueAndGradient(f: Differentiated, at: Named, cotangent?: PlainValue): [PlainValue, Named] {
  const [value, pullback] = backpropWith(f)(at as Readonly<Record<string, Tensor>>)
  return [value, pullback((cotangent ?? onesLike(value)) as Tensor)]
}

function onesLike(value: PlainValue): PlainValue {
  return typeof value === 'number' ? 1 : new Tensor(new Float64Array(value.data.length).fill(1), value.shape)
}
