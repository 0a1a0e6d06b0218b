/**
 * `backprop-wasm/inspect`: op numbers and their names, status texts, and tapes as text.
 *
 * For debugging and teaching: each call copies its arguments and takes about a microsecond. What is here is loaded at the
 * first call and shares nothing with the engine.
 */
import { SLOT_BYTES } from '../../assembly/shared/layout.ts'
import { call } from './load.ts'

/** The 32-bit words of one slot of a tape. */
const WORDS = SLOT_BYTES / 4
/** Slots printed by one call. AssemblyScript's collector goes through an array of strings again for each new element. */
const PAGE = 256

/**
 * The name of an op number; the empty string for a number that belongs to no op.
 *
 * @param opcode the number, a whole one
 * @returns the name, as in `Opcode`
 * @throws {TypeError} when the number is not whole
 * @example
 * ```ts
 * opName(opcodeOf('Tanh')) // → "Tanh"
 * opName(255) // → ""
 * ```
 */
export function opName(opcode: number): string {
  const code = whole('opName', 'opcode', opcode)
  return call(bind => bind.opName(code))
}

/**
 * The number of the op with this name; −1 if there is none.
 *
 * @param name the name, as in `Opcode`; capitals count
 * @returns the number, or −1
 * @throws {TypeError} when the name is not a string
 * @example
 * ```ts
 * opcodeOf('Leaf') // → 0
 * opcodeOf('leaf') // → -1
 * ```
 */
export function opcodeOf(name: string): number {
  if (typeof name !== 'string') throw new TypeError(`opcodeOf: the name must be a string, not ${typeof name}`)
  return call(bind => bind.opcodeOf(name))
}

/**
 * What a status code of the engine means, in a sentence; the empty string for a number that is no status.
 *
 * @param status the code, a whole number
 * @returns the sentence
 * @throws {TypeError} when the code is not whole
 * @example
 * ```ts
 * errorText(0) // → "All records have been run."
 * ```
 */
export function errorText(status: number): string {
  const code = whole('errorText', 'status', status)
  return call(bind => bind.errorText(code))
}

/**
 * A tape as text, one numbered line for each slot: result, op, operands, shape.
 *
 * A vector's shape is its length, a matrix's rows × columns; ᵀ marks a transposed operand; constants have negative numbers;
 * an offset stands in brackets.
 *
 * @param slots a copy of whole slots, 32 bytes each: constants first (if they are to be shown), then the records
 * @param origin how many of the slots are constants
 * @returns the lines, separated by `\n`; the empty string for no slots
 * @throws {TypeError} when `slots` is not an Int32Array
 * @throws {RangeError} when `slots` ends within a slot, or `origin` is not a whole number from 0 to the number of slots
 * @example
 * ```ts
 * const slots = new Int32Array(16)
 * slots[8] = opcodeOf('Neg') // the second slot: Neg of the first
 * printTape(slots) // → "%0 = Leaf : number\n%1 = Neg %0 : number"
 * ```
 */
export function printTape(slots: Int32Array, origin = 0): string {
  const count = wholeSlots('printTape', slots)
  if (!Number.isInteger(origin) || origin < 0 || origin > count)
    throw new RangeError(
      `printTape: the origin must be a whole number from 0 to ${count}, the number of slots; it is ${origin}`,
    )
  const pages: string[] = []
  for (let first = 0; first < count; first += PAGE) {
    const page = slots.subarray(first * WORDS, (first + PAGE) * WORDS)
    pages.push(call(bind => bind.printRecords(page, origin - first)))
  }
  return pages.join('\n')
}

/**
 * How often each op occurs on a tape.
 *
 * @param slots a copy of whole slots, 32 bytes each
 * @returns the counts by the op's name, in the order of the op numbers; only ops that occur. Slots whose number belongs
 *   to no op are counted as `unknown`
 * @throws {TypeError} when `slots` is not an Int32Array
 * @throws {RangeError} when `slots` ends within a slot
 * @example
 * ```ts
 * statistics(new Int32Array(24)) // → { Leaf: 3 }
 * ```
 */
export function statistics(slots: Int32Array): Readonly<Record<string, number>> {
  wholeSlots('statistics', slots)
  const counts = call(bind => bind.statistics(slots))
  const named: Record<string, number> = {}
  for (const [code, count] of counts.entries()) if (count > 0) named[opName(code) || 'unknown'] = count
  return named
}

/**
 * The inner product Σ aᵢ·bᵢ of two arrays = aᵀb, added up from left to right.
 *
 * One call on plain arrays, without a tape and without a gradient; for a differentiable one see `dot` of `backprop-wasm`.
 *
 * @shape a: Float64Array (n), b: Float64Array (n) → number
 * @throws {TypeError} when an argument is not a Float64Array
 * @throws {RangeError} when the arrays differ in length
 * @example
 * ```ts
 * dot(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)) // → 32
 * ```
 */
export function dot(a: Float64Array, b: Float64Array): number {
  float64('dot', 'a', a)
  float64('dot', 'b', b)
  if (a.length !== b.length)
    throw new RangeError(`dot: the arrays must be equally long; a has ${a.length} elements and b has ${b.length}`)
  return call(bind => bind.dot(a, b))
}

/**
 * y = log Σ exp aᵢ, without overflow for large elements; −∞ for an empty array.
 *
 * One call on a plain array, without a tape and without a gradient; for a differentiable one see `logSumExp` of
 * `backprop-wasm`.
 *
 * @shape a: Float64Array (n) → number
 * @throws {TypeError} when the argument is not a Float64Array
 * @example
 * ```ts
 * logSumExp(Float64Array.of(1000, 1000)) // → 1000.6931471805599
 * ```
 */
export function logSumExp(a: Float64Array): number {
  float64('logSumExp', 'a', a)
  return call(bind => bind.logSumExp(a))
}

/** Checks that an argument is a whole number; one that does not fit 32 bits becomes −1, which is nobody's code. */
function whole(caller: string, argument: string, value: number): number {
  if (!Number.isInteger(value))
    throw new TypeError(`${caller}: ${argument} must be a whole number; it is ${String(value)}`)
  return value === (value | 0) ? value : -1
}

/** Checks that an array consists of whole slots; gives their number. */
function wholeSlots(caller: string, slots: Int32Array): number {
  if (!(slots instanceof Int32Array)) throw new TypeError(`${caller}: the slots must be an Int32Array`)
  if (slots.length % WORDS !== 0)
    throw new RangeError(
      `${caller}: a slot has ${WORDS} words, and ${slots.length} is no multiple of it; copy whole slots of ${SLOT_BYTES} bytes`,
    )
  return slots.length / WORDS
}

function float64(caller: string, argument: string, value: Float64Array): void {
  if (!(value instanceof Float64Array)) throw new TypeError(`${caller}: ${argument} must be a Float64Array`)
}
