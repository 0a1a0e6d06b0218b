/** The one instance of bind.wasm: made at the first call, through as-bind. */
import { instantiateSync } from 'as-bind/dist/as-bind.esm.js'
import { installConverters } from '../../assembly/asbind/converters.ts'
import { wasmBase64 } from '../wasm/generated/bind.ts'

/** The exports of assembly/bind/index.ts as as-bind binds them. */
export interface Bind {
  opName(code: number): string
  opcodeOf(name: string): number
  errorText(code: number): string
  printRecords(slots: Int32Array, origin: number): string
  statistics(slots: Int32Array): Int32Array
  dot(a: Float64Array, b: Float64Array): number
  logSumExp(a: Float64Array): number
}

let instance: Bind | undefined

/**
 * Calls into bind.wasm. as-bind keeps the arguments of a call that throws pinned for ever, so after one the whole
 * instance, with its memory, is left to the collector, and the next call makes a new one.
 */
export function call<T>(use: (bind: Bind) => T): T {
  instance ??= load()
  try {
    return use(instance)
  } catch (error) {
    instance = undefined
    throw error
  }
}

function load(): Bind {
  installConverters()
  const binary = Uint8Array.from(atob(wasmBase64), character => character.charCodeAt(0))
  // The compiler has checked neither side against the other; test/bind/ does.
  return instantiateSync(binary, {}).exports as unknown as Bind
}
