/** The level of the engine: what is on the open run's tape, and how many bytes are in use. */
import { current } from '../../src/run.ts'
import { engine } from '../../src/wasm/engine.ts'

/** Records and constants on the tape of the open run. */
export function tapeLevel(): { records: number; constants: number } {
  const tape = current?.tape
  if (tape === undefined) throw new Error('no run is open')
  return { records: tape.length, constants: tape.constants }
}

/** Is a run open? */
export function isRunOpen(): boolean {
  return current !== undefined
}

/** Bytes of linear memory that are given out. */
export function bytesInUse(): number {
  return engine().memory.bytesInUse
}

/** The size of linear memory. */
export function linearBytes(): number {
  return engine().memory.byteLength
}
