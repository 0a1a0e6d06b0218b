/** A look at what a function records. */
import { Invocation, type VarFunction } from './differentiate.ts'
import type { ArgumentsOf, FunctionOf, PlainArguments } from './signatures.ts'

/**
 * A copied tape: what `printTape` of `backprop-wasm/inspect` prints.
 *
 * @example
 * ```ts
 * const copied: CopiedTape = tapeOf((x: Var<number>) => x.exp())(1)
 * ```
 */
export interface CopiedTape {
  /** The slots, 8 numbers each: constants first, then the records. */
  readonly slots: Int32Array
  /** How many of the slots are constants. */
  readonly constants: number
  /** How many of the records are inputs: the first ones. */
  readonly inputs: number
}

/**
 * What a function records, as a copy: tapeOf(f)(x) = the slots of f's tape at x, one for each input, op and constant. For
 * debugging and for tests that pin how many records something takes; print it with `printTape` of
 * `backprop-wasm/inspect`.
 *
 * @param f the function, of one or several arguments
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ a copied tape
 * @throws {ResultError} when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * const tape = tapeOf((x: Var<number>) => x.exp().add(1))(0)
 * tape.slots.length / 8 // → 4
 * tape.constants // → 1
 * ```
 */
export function tapeOf<Vs extends readonly unknown[], W, O = unknown>(
  f: FunctionOf<Vs, W, O>,
): (...args: PlainArguments<ArgumentsOf<O, Vs>>) => CopiedTape {
  return (...args) => {
    const invocation = new Invocation(args, undefined)
    try {
      invocation.call(f as VarFunction)
      const { tape, first } = invocation.run
      tape.run()
      const { constants } = tape
      return { slots: tape.copySlots(-constants, tape.length), constants, inputs: first + invocation.inputs }
    } finally {
      invocation.close(false)
    }
  }
}
