/** Slots of a tape, written by hand. */
import * as layout from '../../assembly/shared/layout.ts'

export const WORDS = layout.SLOT_BYTES / 4

export interface Slot {
  readonly opcode: number
  readonly flags?: number
  readonly attribute?: number
  readonly a?: number
  readonly b?: number
  readonly c?: number
  readonly rows?: number
  readonly cols?: number
}

export function slots(...list: readonly Slot[]): Int32Array {
  const words = new Int32Array(list.length * WORDS)
  for (const [i, { opcode, flags = 0, attribute = 0, a = 0, b = 0, c = 0, rows = 0, cols = 0 }] of list.entries()) {
    const slot = words.subarray(i * WORDS)
    slot[0] = opcode | (flags << (8 * layout.FLAGS)) | (attribute << (8 * layout.ATTRIBUTE))
    slot[layout.OPERAND_A / 4] = a
    slot[layout.OPERAND_B / 4] = b
    slot[layout.OPERAND_C / 4] = c
    slot[layout.ROWS / 4] = rows
    slot[layout.COLS / 4] = cols
  }
  return words
}
