/**
 * The tape: run records forwards, walk them backwards. Append order is topological order, so both are loops; neither
 * knows an op by name. Both stop where they need something from the facade, say what, and are called again.
 */
import { applyRule, applyScalarRule, isLastOrder, operandCount, readsBeforeContributing, scratchBuffers } from './rules/index'
import { beginWalk, endRule, pass } from './emit'
import { allocate, free, padded, scratchMark } from './memory'
import { ALIGNMENT, FLAGS, STATE, STATE_TOUCHED, VALUE } from './shared/layout'
import { Opcode } from './shared/opcodes'
import { Status } from './shared/status'
import { at, bytes, data, hasRoom, isTensor, operandA, operandB, operandC, recordCount, scalar, wordOf } from './slots'
import { elementwiseNumber } from './values/elementwise'
import { execute } from './values/execute'

/** No rule appends more records than this, or more constants. */
const RECORDS_A_RULE = 32

/** Why the last `forward` or `backward` came back. */
let status: i32 = Status.Done
/** With NeedMemory: how many bytes the next record needs at once. */
let neededBytes: usize = 0

export function lastStatus(): i32 {
  return status
}

export function bytesNeeded(): usize {
  return neededBytes
}

/** Gives a record's result its buffer. False when there is no room. */
function place(slot: usize): bool {
  if (load<u8>(slot) == Opcode.Identity) {
    store<u32>(slot, <u32>data(operandA(slot)), VALUE)
    return true
  }
  const size = bytes(slot)
  const pointer = allocate(size)
  if (!pointer) {
    neededBytes = padded(size)
    status = Status.NeedMemory
    return false
  }
  store<u32>(slot, <u32>pointer, VALUE)
  return true
}

/** Runs the records from slot `from` up to, not including, `to`. Returns the slot it stopped at; `to` when done. */
export function forward(from: i32, to: i32): i32 {
  status = Status.Done
  let slot = at(from)
  const end = at(to)
  for (; slot < end; slot += 32) {
    const opcode = <i32>load<u8>(slot)
    if (opcode == Opcode.Leaf) continue
    if (load<u8>(slot, FLAGS) == 0) {
      const value = elementwiseNumber(wordOf(slot), scalar(operandA(slot)), scalar(operandB(slot)))
      store<f64>(slot, value, VALUE)
      continue
    }
    if (isTensor(slot)) {
      if (!place(slot)) break
      if (opcode == Opcode.Identity) continue
    }
    execute(wordOf(slot), slot, operandA(slot), operandB(slot), operandC(slot))
  }
  return from + <i32>((slot - at(from)) >> 5)
}

/** Runs one op on constants: `slot` is a constant that has its word, operands and shape. False: no room. */
export function evaluate(slot: i32): bool {
  const target = at(slot)
  status = Status.Done
  if (isTensor(target)) {
    if (!place(target)) return false
    if (load<u8>(target) == Opcode.Identity) return true
  }
  execute(wordOf(target), target, operandA(target), operandB(target), operandC(target))
  return true
}

/**
 * Adds the value in `source` to the cotangent of `target`, in the mode of the walk that follows. False: no room in the
 * arena, nothing has been done.
 */
export function seed(target: i32, source: i32, record: bool): bool {
  status = Status.Done
  const size: usize = 2 * <usize>padded(bytes(at(target))) + <usize>ALIGNMENT
  if (!record && size > free()) {
    neededBytes = size
    status = Status.NeedMemory
    return false
  }
  const mark = scratchMark()
  beginWalk(at(target), record, 1)
  pass<usize>(at(target), at(source))
  endRule(mark)
  return true
}

/** The bytes that a record's rule may take from the arena: a cotangent for each operand, and its scratch buffers. */
function ruleBytes(opcode: i32, slot: usize): usize {
  const operands = operandCount(opcode)
  const own = bytes(slot)
  const a = bytes(operandA(slot))
  const b = operands > 1 ? bytes(operandB(slot)) : 0
  const c = operands > 2 ? bytes(operandC(slot)) : 0
  const largest = max(max(own, a), max(b, c))
  return a + b + c + (<usize>scratchBuffers(opcode) * (largest + ALIGNMENT)) + 4 * ALIGNMENT
}

/**
 * Walks back from slot `from` to slot `stop`, both included: each record that a cotangent has reached hands it on to
 * its operands and forgets it. Slots below `first` are constants of the walk. While `record` is set the contributions
 * become records at the end of the tape. Returns the slot it stopped at;
 * `stop` − 1 when done.
 */
export function backward(from: i32, stop: i32, first: i32, record: bool, scale: f64): i32 {
  status = Status.Done
  beginWalk(at(first), record, scale)
  const last = at(stop)
  let slot = at(from)
  for (; slot >= last; slot -= 32) {
    if (!(load<u8>(slot, STATE) & STATE_TOUCHED)) continue
    const opcode = <i32>load<u8>(slot)
    if (!record && load<u8>(slot, FLAGS) == 0) {
      if (opcode != Opcode.Leaf) {
        applyScalarRule(slot)
        store<u8>(slot, 0, STATE)
      }
      continue
    }
    if (opcode == Opcode.Leaf) continue
    if (record) {
      if (isLastOrder(wordOf(slot))) {
        status = Status.OrderTooHigh
        break
      }
      if (!hasRoom(RECORDS_A_RULE)) {
        status = Status.NeedSlots
        break
      }
    } else {
      const size = ruleBytes(opcode, slot)
      if (size > free()) {
        neededBytes = size
        status = Status.NeedMemory
        break
      }
    }
    const mark = scratchMark()
    applyRule(opcode, slot)
    endRule(mark)
    store<u8>(slot, 0, STATE)
  }
  return from - <i32>((at(from) - slot) >> 5)
}

/** Forgets all cotangents of the slots from `from` up to, not including, `to`. */
export function forget(from: i32, to: i32): void {
  for (let slot = at(from), end = at(to); slot < end; slot += 32) store<u8>(slot, 0, STATE)
}


/**
 * May the tensor in `slot` be changed while the rule of its only reader runs? True when exactly one record from
 * `from` on reads it, once, and that record's rule reads it no more after contributing to its cotangent.
 */
export function updatesInPlace(slot: i32, from: i32): bool {
  const target = at(slot)
  let readers = 0
  let last = true
  for (let record = at(from), end = at(recordCount()); record < end; record += 32) {
    const opcode = <i32>load<u8>(record)
    if (opcode == Opcode.Leaf) continue
    const operands = operandCount(opcode)
    if (operandA(record) == target) {
      readers++
      last = readsBeforeContributing(opcode, 0)
    }
    if (operands > 1 && operandB(record) == target) {
      readers++
      last = readsBeforeContributing(opcode, 1)
    }
    if (operands > 2 && operandC(record) == target) readers += 2
  }
  return readers == 0 || (readers == 1 && last)
}

/** An upper bound of what a walk from slot `from` back to slot `stop` takes from the arena. */
export function walkBytes(from: i32, stop: i32): usize {
  let cotangents: u64 = 0
  let largest: u64 = ALIGNMENT
  for (let slot = at(from), last = at(stop); slot >= last; slot -= 32) {
    const opcode = <i32>load<u8>(slot)
    if (opcode == Opcode.Leaf || load<u8>(slot, FLAGS) == 0) continue
    largest = max(largest, <u64>ruleBytes(opcode, slot))
    const operands = operandCount(opcode)
    cotangents += cotangentBytes(operandA(slot))
    if (operands > 1) cotangents += cotangentBytes(operandB(slot))
    if (operands > 2) cotangents += cotangentBytes(operandC(slot))
  }
  return <usize>min(cotangents + largest, <u64>u32.MAX_VALUE - ALIGNMENT)
}

/** The bytes that a contribution to a slot's cotangent may leave in the arena. */
@inline
function cotangentBytes(target: usize): u64 {
  return isTensor(target) ? <u64>padded(bytes(target)) : 0
}
