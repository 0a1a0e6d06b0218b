/** Slots as text: `%3 = MatVec %0 %-1 : 300`. */
import {
  ATTRIBUTE,
  COLS,
  FLAGS,
  FLAG_FLOAT32,
  FLAG_HOST,
  FLAG_TENSOR,
  FLAG_TRANSPOSE_A,
  FLAG_TRANSPOSE_B,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  ROWS,
  SLOT_BYTES,
} from '../shared/layout'
import { Opcode } from '../shared/opcodes'

/** The 32-bit words of one slot. */
const WORDS = SLOT_BYTES >> 2

/** One line a slot, in order. The slot at index `origin` is slot 0, the ones before it have negative numbers. */
export function printSlots(slots: Int32Array, origin: i32): string {
  const count = slots.length / WORDS
  const lines = new Array<string>(count)
  for (let i = 0; i < count; i++) unchecked((lines[i] = printSlot(slots, i * WORDS, i - origin)))
  return lines.join('\n')
}

function printSlot(slots: Int32Array, word: i32, slot: i32): string {
  const opcode = slots[word] & 0xff
  const flags = (slots[word] >> (FLAGS * 8)) & 0xff
  const operands = operandCount(opcode)
  let line = `%${slot} = ${opcode < Opcode.Count ? Opcode[<Opcode>opcode] : `opcode ${opcode}`}`
  if (operands > 0) line += printOperand(slots[word + (OPERAND_A >> 2)], (flags & FLAG_TRANSPOSE_A) != 0)
  if (operands > 1) line += printOperand(slots[word + (OPERAND_B >> 2)], (flags & FLAG_TRANSPOSE_B) != 0)
  if (operands > 2) line += printOperand(slots[word + (OPERAND_C >> 2)], false)
  if (hasOffset(opcode)) line += ` [${slots[word + (OPERAND_C >> 2)]}]`
  if (opcode == Opcode.Host) line += printHost(slots, word)
  else line += printAttribute(opcode, (slots[word] >>> (ATTRIBUTE * 8)) & 0xff)
  return line + ' : ' + printShape(flags, slots[word + (ROWS >> 2)], slots[word + (COLS >> 2)])
}

/** The operands of a host op that stand in its slot. */
function printHost(slots: Int32Array, word: i32): string {
  const operands = (slots[word] >>> (ATTRIBUTE * 8)) & 0xff
  let text = ''
  if (operands > 0) text += printOperand(slots[word + (OPERAND_B >> 2)], false)
  if (operands > 1) text += printOperand(slots[word + (OPERAND_C >> 2)], false)
  return text
}

function printOperand(slot: i32, transposed: bool): string {
  return ` %${slot}${transposed ? 'ᵀ' : ''}`
}

/** A vector is one row, so it is printed by its length alone. */
function printShape(flags: i32, rows: i32, columns: i32): string {
  if (flags & FLAG_HOST) return 'host'
  if ((flags & FLAG_TENSOR) == 0) return 'number'
  const sizes = rows == 1 ? columns.toString() : `${rows}×${columns}`
  return flags & FLAG_FLOAT32 ? sizes + ' float32' : sizes
}

/** How many operands an op has: the groups of shared/opcodes.ts. */
function operandCount(opcode: i32): i32 {
  switch (opcode) {
    case Opcode.Leaf:
    case Opcode.Host:
      return 0
    case Opcode.Dot:
    case Opcode.RowDot:
    case Opcode.RowScale:
    case Opcode.ExtremeShare:
    case Opcode.AddAt:
    case Opcode.Put:
    case Opcode.RowAddAt:
    case Opcode.RowPut:
    case Opcode.MatVec:
    case Opcode.MatMul:
    case Opcode.Outer:
    case Opcode.BlockMatMul:
    case Opcode.SoftmaxBack:
    case Opcode.SoftmaxCrossEntropy:
      return 2
    case Opcode.Where:
    case Opcode.SoftmaxCrossEntropyBack:
      return 3
    default:
      if (opcode >= Opcode.Count) return 0
      return opcode >= Opcode.Add && opcode < Opcode.Where ? 2 : 1
  }
}

/** Does the op have an offset in place of its third operand? */
function hasOffset(opcode: i32): bool {
  return opcode >= Opcode.Slice && opcode <= Opcode.RowPut
}

/** The record's small constants, where it has any: for Pow, how often it is differentiated by its base and its exponent. */
function printAttribute(opcode: i32, attribute: i32): string {
  if (attribute == 0) return ''
  return opcode == Opcode.Pow ? ` [${attribute & 15},${attribute >> 4}]` : ` [${attribute}]`
}
