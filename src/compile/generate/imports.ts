/** What generated code calls: functions of the engine. */
import type { EngineExports } from '../../wasm/exports.ts'
import { F64, I32, type Import } from './binary.ts'

/** The numbers of the functions in a module. */
export enum EngineFunction {
  Replay,
  NumberOf,
  Exp,
  Log,
  Tanh,
  Logistic,
}

const ofNumber = { parameters: [F64], results: [F64] } as const

export const imports = [
  { name: 'replay', type: { parameters: [I32, I32], results: [I32] } },
  { name: 'numberOf', type: { parameters: [I32, F64, F64], results: [F64] } },
  { name: 'expScalar', type: ofNumber },
  { name: 'logScalar', type: ofNumber },
  { name: 'tanhScalar', type: ofNumber },
  { name: 'logisticScalar', type: ofNumber },
] as const satisfies readonly (Import & { readonly name: keyof EngineExports })[]
