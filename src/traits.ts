/** What the engine says of its ops. */
import { Opcode } from '../assembly/shared/opcodes.ts'
import { engine } from './wasm/engine.ts'

let traits: Int32Array | undefined

/** The traits of a word's op: bits of assembly/shared/program.ts. */
export function traitsOf(word: number): number {
  if (traits === undefined) {
    const { exports } = engine()
    traits = Int32Array.from({ length: Opcode.Count }, (_, opcode) => exports.traitsOf(opcode))
  }
  return traits[word & 0xff] ?? 2
}
