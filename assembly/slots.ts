/** Reading and writing slots (see shared/layout.ts for the drawing). */
import { control } from './control'
import {
  ADJOINT,
  ATTRIBUTE,
  COLS,
  CONTROL_CONSTANTS,
  CONTROL_RECORDS,
  FLAGS,
  FLAG_FLOAT32,
  FLAG_MIXED,
  FLAG_TENSOR,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  ROWS,
  SLOT_SHIFT,
  STATE,
  VALUE,
} from './shared/layout'
import { Opcode } from './shared/opcodes'

/** The address of slot 0. */
let origin: usize = 0
/** How many records and constants the tape has room for. */
let recordCapacity: i32 = 0
let constantCapacity: i32 = 0

/** Moves the tape: slot 0 is at `address`, with that much room on each side. */
export function useTape(address: usize, recordRoom: i32, constantRoom: i32): void {
  origin = address
  recordCapacity = recordRoom
  constantCapacity = constantRoom
}

/** The number of records on the tape. */
@inline
export function recordCount(): i32 {
  return load<i32>(control, CONTROL_RECORDS)
}

/** The number of constants below the origin. */
@inline
function constantCount(): i32 {
  return load<i32>(control, CONTROL_CONSTANTS)
}

/** Is there room for that many more records, and as many constants? */
@inline
export function hasRoom(count: i32): bool {
  return recordCount() + count <= recordCapacity && constantCount() + count <= constantCapacity
}

/** The address of a slot. */
@inline
export function at(slot: i32): usize {
  return origin + (<isize>slot << SLOT_SHIFT)
}

/** The slot at an address. */
@inline
export function slotOf(address: usize): i32 {
  return <i32>(<isize>(address - origin) >> SLOT_SHIFT)
}

/** The address of the next record, which now belongs to the tape. */
@inline
export function nextRecord(): usize {
  const slot = recordCount()
  store<i32>(control, slot + 1, CONTROL_RECORDS)
  return at(slot)
}

/** The address of the next constant. */
@inline
export function nextConstant(): usize {
  const count = constantCount() + 1
  store<i32>(control, count, CONTROL_CONSTANTS)
  return at(-count)
}

@inline
export function operandA(slot: usize): usize {
  return at(load<i32>(slot, OPERAND_A))
}

@inline
export function operandB(slot: usize): usize {
  return at(load<i32>(slot, OPERAND_B))
}

@inline
export function operandC(slot: usize): usize {
  return at(load<i32>(slot, OPERAND_C))
}

/** Does a record of this opcode have an offset, in elements, in place of operand c? */
@inline
export function hasOffset(opcode: i32): bool {
  return opcode >= Opcode.Slice && opcode <= Opcode.RowPut
}

/** The offset of a record that has one. */
@inline
export function offsetOf(slot: usize): i32 {
  return load<i32>(slot, OPERAND_C)
}

/** The third argument of `execute`: the address of operand c, or the offset. */
@inline
export function argumentC(slot: usize): usize {
  return hasOffset(load<u8>(slot)) ? <usize>offsetOf(slot) : operandC(slot)
}

@inline
export function isTensor(slot: usize): bool {
  return (load<u8>(slot, FLAGS) & FLAG_TENSOR) != 0
}

/** Is it a tensor of float32? */
@inline
export function isFloat32(slot: usize): bool {
  return (load<u8>(slot, FLAGS) & FLAG_FLOAT32) != 0
}

/** What the flags say of a value: a tensor or not, and of which elements. */
@inline
export function valueFlags(slot: usize): i32 {
  return load<u8>(slot, FLAGS) & (FLAG_TENSOR | FLAG_FLOAT32)
}

/** The word without its state: opcode, flags and attribute. */
@inline
export function wordOf(slot: usize): i32 {
  return load<i32>(slot) & ~(0xff << (8 * STATE))
}

/**
 * The word of a record of scalars, whose flags are zero. Read by bytes: a store to the state byte that is still on its
 * way could not be forwarded to a load of all four, which would cost more than the whole rule.
 */
@inline
export function scalarWordOf(slot: usize): i32 {
  return <i32>load<u8>(slot) | (<i32>load<u8>(slot, ATTRIBUTE) << (8 * ATTRIBUTE))
}

@inline
export function rows(slot: usize): i32 {
  return load<i32>(slot, ROWS)
}

@inline
export function cols(slot: usize): i32 {
  return load<i32>(slot, COLS)
}

/** The number of elements; 1 for a scalar. */
@inline
export function count(slot: usize): i32 {
  return isTensor(slot) ? rows(slot) * cols(slot) : 1
}

/** An element's size in bytes, as the number of places that a count is shifted by. */
@inline
export function elementShift(slot: usize): usize {
  return isFloat32(slot) ? 2 : 3
}

/** The size of the value in bytes. */
@inline
export function bytes(slot: usize): usize {
  return <usize>count(slot) << elementShift(slot)
}

/** The address of the value: inside the slot for a scalar, in the arena for a tensor. */
@inline
export function data(slot: usize): usize {
  return isTensor(slot) ? <usize>load<u32>(slot, VALUE) : slot + VALUE
}

/** A scalar's value. */
@inline
export function scalar(slot: usize): f64 {
  return load<f64>(slot, VALUE)
}

/** Number i of a tensor of T, or the scalar itself. */
@inline
export function numberAt<T>(slot: usize, i: i32): f64 {
  return isTensor(slot) ? load<T>(data(slot) + <usize>i * sizeof<T>()) : scalar(slot)
}

/** Writes number i of a tensor of T, or the scalar itself. */
@inline
export function setNumberAt<T>(slot: usize, i: i32, value: f64): void {
  if (isTensor(slot)) store<T>(data(slot) + <usize>i * sizeof<T>(), <T>value)
  else store<f64>(slot, value, VALUE)
}

/** Gives `slot` the shape of `like`, and nothing else. */
@inline
export function copyShape(slot: usize, like: usize): void {
  store<i32>(slot, rows(like), ROWS)
  store<i32>(slot, cols(like), COLS)
}

/** The flags of a result shaped like `like` with these operands, beside the ones that the word brings. */
@inline
export function shapeFlags(like: usize, a: usize, b: usize): i32 {
  return isTensor(like) ? valueFlags(like) : isTensor(a) || isTensor(b) ? FLAG_MIXED : 0
}
