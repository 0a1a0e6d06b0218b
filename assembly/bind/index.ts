/**
 * The cold path: what is called seldom and speaks in strings and arrays. Compiled by itself, with a garbage collector
 * and as-bind's type section, into bind.wasm; the engine knows nothing of it. Why: docs/design/as-bind.md.
 *
 * as-bind cannot release the arguments of a call that throws, so nothing here throws: the caller has checked. Loops go over
 * addresses: each use of a managed array inside a loop would be stored on the collector's stack (5 times slower).
 */
import { SLOT_BYTES } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { Status } from '../shared/status'
import { printSlots } from './print'

/** The name of an opcode as it is written in `Opcode`; "" for a number that is none. */
export function opName(code: i32): string {
  return isOpcode(code) ? Opcode[<Opcode>code] : ''
}

/** The opcode of that name; −1 if there is none. */
export function opcodeOf(name: string): i32 {
  for (let code = 0; code < Opcode.Count; code++) if (Opcode[<Opcode>code] == name) return code
  return -1
}

/** What a status of the engine means, as a sentence; "" for a number that is no status. */
export function errorText(code: i32): string {
  switch (code) {
    case Status.Done:
      return 'All records have been run.'
    case Status.NeedMemory:
      return 'The arena has no room for the next buffer; the memory must grow before the run goes on.'
    case Status.NeedSlots:
      return 'The tape has no room for the next record; the memory must grow before the run goes on.'
    case Status.Host:
      return 'The walk has reached an op of the host; its pullback must be called there before the walk goes on.'
    case Status.UnknownOpcode:
      return 'A record has an opcode that this engine does not know; the record was damaged, or written for another version.'
    case Status.OrderTooHigh:
      return 'An op was differentiated more often than its record can count; derivatives of this order are not possible.'
    default:
      return ''
  }
}

/** One line a slot. `slots` is a copy of whole slots (see shared/layout.ts), `origin` says which of them is slot 0. */
export function printRecords(slots: Int32Array, origin: i32): string {
  return printSlots(slots, origin)
}

/** How often each opcode occurs in a copy of whole slots; the last element counts what is no opcode. */
export function statistics(slots: Int32Array): Int32Array {
  const counts = new Int32Array(Opcode.Count + 1)
  const to = counts.dataStart
  for (let slot = slots.dataStart, end = slot + slots.byteLength; slot < end; slot += SLOT_BYTES) {
    const count = to + (<usize>min<i32>(load<u8>(slot), Opcode.Count) << 2)
    store<i32>(count, load<i32>(count) + 1)
  }
  return counts
}

/** Σ aᵢ·bᵢ. The arrays are equally long. */
export function dot(a: Float64Array, b: Float64Array): f64 {
  let sum = 0.0
  let y = b.dataStart
  for (let x = a.dataStart, end = x + a.byteLength; x < end; x += 8, y += 8) sum += load<f64>(x) * load<f64>(y)
  return sum
}

/** log Σ exp aᵢ, shifted by the greatest element so that nothing overflows. −∞ for an empty array. */
export function logSumExp(a: Float64Array): f64 {
  const start = a.dataStart
  const end = start + a.byteLength
  let greatest = -Infinity
  for (let x = start; x < end; x += 8) greatest = max(greatest, load<f64>(x))
  if (!isFinite(greatest)) return greatest // empty, or an element that decides alone: ∞ or NaN
  let sum = 0.0
  for (let x = start; x < end; x += 8) sum += Math.exp(load<f64>(x) - greatest)
  return greatest + Math.log(sum)
}

function isOpcode(code: i32): bool {
  return code >= 0 && code < Opcode.Count
}
