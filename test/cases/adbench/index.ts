/** The named functions of the cases. */
import type { Inputs } from '../program.ts'
import type { Tensor } from 'backprop-wasm'
import type { Value } from '../values.ts'
import { ba } from './ba.ts'
import { gmm } from './gmm.ts'
import { handComplicated, handSimple } from './hand.ts'
import { lstm } from './lstm.ts'

/** A function of named inputs and of the tables that cases of a file share, by group and name. */
export type NamedFunction = (
  inputs: Inputs,
  shared: Readonly<Record<string, Readonly<Record<string, Tensor>>>>,
) => Value

export const namedFunctions: ReadonlyMap<string, NamedFunction> = new Map<string, NamedFunction>([
  ['adbench.gmm', gmm],
  ['adbench.ba', ba],
  ['adbench.lstm', lstm],
  ['adbench.handSimple', (inputs, { hand }) => handSimple(inputs, hand)],
  ['adbench.handComplicated', (inputs, { hand }) => handComplicated(inputs, hand)],
])
