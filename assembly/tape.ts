/**
 * The tape: run records forwards, walk them backwards. Append order is topological order, so both are loops; neither
 * knows an op by name. Both stop where they need something from the facade, say what, and are called again.
 */
import { applyArithmeticRule, applyRule, applyScalarRule, isLastOrder, operandCount } from './rules/index'
import { readsBeforeContributing, scratchBuffers, worksInPlace } from './rules/index'
import { control, stopForMemory, stopForOrder, stopWith } from './control'
import { beginWalk, endRule, pass, wants } from './emit'
import { axpy } from './kernels/vector'
import { allocate, arenaTop, free, padded, scratchMark } from './memory'
import { ADJOINT, ALIGNMENT, CONTROL_RAN, FLAGS, OPERAND_A, SLOT_BYTES, SLOT_SHIFT, STATE, STATE_BORROWED, STATE_GIVEN } from './shared/layout'
import { STATE_TOUCHED, STATE_UPDATE, VALUE } from './shared/layout'
import { Opcode } from './shared/opcodes'
import { Status } from './shared/status'
import { argumentC, at, bytes, count, data, elementShift, hasRoom, isFloat32, isTensor, operandA, operandB, operandC, recordCount } from './slots'
import { offsetOf, rows, scalar, wordOf } from './slots'
import { arithmetic, elementwiseNumber, isArithmetic } from './values/elementwise'
import { execute } from './values/execute'

/** No rule appends more records than this, or more constants. */
const RECORDS_A_RULE = 32

/**
 * What the walk asks of each opcode, a byte each: how many operands, how many scratch buffers, and whether it works in place. A
 * table, because the code that answers is long, and cold in every step.
 */
const asked = memory.data(Opcode.Count)
const OPERANDS = 3
const BUFFERS_SHIFT = 2
const BUFFERS = 15
const IN_PLACE = 64

/** Fills the table. Called once, by the main thread: an instance of a worker must leave memory as it is. */
export function prepareWalks(): void {
  for (let opcode = 0; opcode < Opcode.Count; opcode++) {
    const answer = operandCount(opcode) | (scratchBuffers(opcode) << BUFFERS_SHIFT) | (worksInPlace(opcode) ? IN_PLACE : 0)
    store<u8>(asked + opcode, answer)
  }
}

/** Is the op's value its operand or a part of it, in the same memory? */
@inline
export function isView(opcode: i32): bool {
  return opcode == Opcode.Identity || opcode == Opcode.StopGradient || opcode == Opcode.Slice
}

/** Gives a record's result its buffer. False when there is no room. */
function place(slot: usize): bool {
  const opcode = <i32>load<u8>(slot)
  if (isView(opcode) || worksInPlace(opcode)) {
    const start = opcode == Opcode.Slice ? <usize>offsetOf(slot) << elementShift(slot) : 0
    store<u32>(slot, <u32>(data(operandA(slot)) + start), VALUE)
    return true
  }
  const size = bytes(slot)
  const pointer = allocate(size)
  if (!pointer) {
    stopForMemory(padded(size))
    return false
  }
  store<u32>(slot, <u32>pointer, VALUE)
  return true
}

/**
 * Runs + − × ÷ of scalars from `slot` on, up to the first record that is something else. In a chain each record waits for
 * the one before it, and a number that has just been stored takes a processor longer to load than to compute: so the
 * last result is kept at hand (2.7 → 1.25 ns a record). A loop without calls has the registers for it.
 */
function runArithmetic(slot: usize, end: usize): usize {
  let last: usize = 0
  let value: f64 = 0
  for (; slot < end && isScalarArithmetic(slot); slot += SLOT_BYTES) {
    const a = operandA(slot)
    if (a != last) value = scalar(a)
    value = arithmetic(load<u8>(slot), value, scalar(operandB(slot)))
    store<f64>(slot, value, VALUE)
    last = slot
  }
  return slot
}

@inline
function isScalarArithmetic(slot: usize): bool {
  return isArithmetic(load<u8>(slot)) && load<u8>(slot, FLAGS) == 0
}

/** Runs the records from slot `from` up to, not including, `to`. Returns the slot it stopped at; `to` when done. */
export function forward(from: i32, to: i32): i32 {
  stopWith(Status.Done)
  let slot = at(from)
  const end = at(to)
  for (; slot < end; slot += SLOT_BYTES) {
    const opcode = <i32>load<u8>(slot)
    if (opcode == Opcode.Leaf) continue
    if (load<u8>(slot, FLAGS) == 0) {
      if (isArithmetic(opcode)) {
        slot = runArithmetic(slot, end) - SLOT_BYTES
        continue
      }
      const value = elementwiseNumber(wordOf(slot), scalar(operandA(slot)), scalar(operandB(slot)))
      store<f64>(slot, value, VALUE)
      continue
    }
    if (isTensor(slot)) {
      if (!place(slot)) break
      if (isView(opcode)) continue
    }
    execute(wordOf(slot), slot, operandA(slot), operandB(slot), argumentC(slot))
  }
  return from + <i32>((slot - at(from)) >> SLOT_SHIFT)
}

/** Runs what has not been run. False when there is no room; called again, it goes on. */
function runPending(): bool {
  const to = recordCount()
  const ran = forward(load<i32>(control, CONTROL_RAN), to)
  store<i32>(control, ran, CONTROL_RAN)
  return ran == to
}

/** Runs one op on constants: `slot` is a constant that has its word, operands and shape. False: no room. */
export function evaluate(slot: i32): bool {
  const target = at(slot)
  stopWith(Status.Done)
  if (isTensor(target)) {
    if (!place(target)) return false
    if (isView(load<u8>(target))) return true
  }
  execute(wordOf(target), target, operandA(target), operandB(target), argumentC(target))
  return true
}

/**
 * Adds the value in `source` to the cotangent of `target`, in the mode of the walk that follows. False: no room in the
 * arena, nothing has been done.
 */
export function seed(target: i32, source: i32, record: bool): bool {
  stopWith(Status.Done)
  const size: usize = 2 * <usize>padded(bytes(at(target))) + <usize>ALIGNMENT
  if (!record && size > free()) {
    stopForMemory(size)
    return false
  }
  const mark = scratchMark()
  beginWalk(at(target), record, 1)
  pass<usize>(at(target), at(source))
  endRule(mark)
  return true
}

/** The bytes that the first contribution to a slot's cotangent may take: none where it has a buffer of its own. */
@inline
function cotangentBytes(target: usize): usize {
  if (!wants(target)) return 0
  const state = load<u8>(target, STATE)
  const owned = (state & STATE_GIVEN) != 0 || (state & (STATE_TOUCHED | STATE_BORROWED)) == STATE_TOUCHED
  return owned ? 0 : padded(bytes(target))
}

/** The size of the value, or of one number for each of its rows, which is more where the rows are empty. */
@inline
function widest(slot: usize): usize {
  return isTensor(slot) ? max(bytes(slot), <usize>rows(slot) << 3) : 8
}

/**
 * The bytes that a record's rule may take from the arena: cotangents of its operands, and its scratch buffers. They may
 * be more than any memory has, so the sum is wider than an address.
 */
function ruleBytes(opcode: i32, slot: usize): u64 {
  const answers = <i32>load<u8>(asked + opcode)
  const operands = answers & OPERANDS
  const a = operandA(slot)
  const b = operands > 1 ? operandB(slot) : a
  const c = operands > 2 ? operandC(slot) : a
  const buffers = <usize>((answers >> BUFFERS_SHIFT) & BUFFERS)
  // What was worked on in place had this one reader: it borrows the reader's cotangent.
  let total: u64 = answers & IN_PLACE ? 0 : cotangentBytes(a)
  if (operands > 1) total += cotangentBytes(b)
  if (operands > 2) total += cotangentBytes(c)
  if (buffers) total += <u64>buffers * <u64>padded(max(max(widest(slot), widest(a)), max(widest(b), widest(c))))
  return total
}

/** A number of bytes, or more than any memory has. */
@inline
function addressable(bytes: u64): usize {
  return <usize>min(bytes, <u64>u32.MAX_VALUE - 2 * ALIGNMENT)
}

/** Walks back over + − × ÷ of scalars from `slot` on, down to the first other record that a cotangent has reached. */
function walkArithmetic(slot: usize, last: usize): usize {
  for (; slot >= last; slot -= SLOT_BYTES) {
    if (!(load<u8>(slot, STATE) & STATE_TOUCHED)) continue
    if (!isScalarArithmetic(slot)) break
    applyArithmeticRule(load<u8>(slot), slot)
    store<u8>(slot, 0, STATE)
  }
  return slot
}

/**
 * Runs what has not been run, and walks back from slot `from` to slot `stop`, both included: each record that a cotangent has
 * reached hands it on to its operands and forgets it. Slots below `first` are constants of the walk. While `record` is set
 * the contributions become records at the end of the tape, and nothing is run. Returns the slot it stopped at; `stop` − 1 when
 * done.
 */
export function backward(from: i32, stop: i32, first: i32, record: bool): i32 {
  stopWith(Status.Done)
  // A walk that is recorded looks at no value.
  if (!record && !runPending()) return from
  beginWalk(at(first), record, 1)
  return walk(from, stop, record, false)
}

/** The walk itself, which has begun; `prepared` if there is room for all of it. */
function walk(from: i32, stop: i32, record: bool, prepared: bool): i32 {
  const last = at(stop)
  let slot = at(from)
  let room: u64 = 0
  for (; slot >= last; slot -= SLOT_BYTES) {
    if (!(load<u8>(slot, STATE) & STATE_TOUCHED)) continue
    const opcode = <i32>load<u8>(slot)
    if (!record && load<u8>(slot, FLAGS) == 0) {
      if (isArithmetic(opcode)) {
        slot = walkArithmetic(slot, last) + SLOT_BYTES
        continue
      }
      if (opcode != Opcode.Leaf) applyScalarRule(slot)
      store<u8>(slot, 0, STATE)
      continue
    }
    if (opcode == Opcode.Leaf) {
      // An input of a run that was nested in this one, called with a constant. The walk ends here; what it brought goes.
      store<u8>(slot, 0, STATE)
      continue
    }
    if (opcode == Opcode.Host) {
      stopWith(Status.Host)
      break
    }
    if (record) {
      if (isLastOrder(wordOf(slot))) {
        stopForOrder(opcode)
        break
      }
      if (!hasRoom(RECORDS_A_RULE)) {
        stopWith(Status.NeedSlots)
        break
      }
    } else if (!prepared) {
      room = ruleBytes(opcode, slot)
      if (room > <u64>free()) {
        stopForMemory(addressable(room))
        break
      }
    }
    const mark = scratchMark()
    const top = arenaTop()
    applyRule(opcode, slot)
    // What a rule took beyond its room belonged to somebody else: better no result than a wrong one.
    if (!record && !prepared && <u64>(arenaTop() - top) + <u64>(mark - scratchMark()) > room) unreachable()
    endRule(mark)
    store<u8>(slot, 0, STATE)
  }
  return from - <i32>((at(from) - slot) >> SLOT_SHIFT)
}

/** Forgets all cotangents of the slots from `from` up to, not including, `to`. */
export function forget(from: i32, to: i32): void {
  for (let slot = at(from), end = at(to); slot < end; slot += SLOT_BYTES) store<u8>(slot, 0, STATE)
}

/**
 * Prepares a walk that updates parameters: a tensor among the inputs (slots from `first` on, before `firstRecord`) that
 * one record reads, once, and whose rule reads it no more after contributing to its cotangent, takes every contribution
 * itself. Returns the bytes that the walk from slot `last` may take from the arena.
 */
export function prepareUpdate(first: i32, firstRecord: i32, last: i32): usize {
  const inputs = at(first)
  const records = at(firstRecord)
  for (let record = records, end = at(recordCount()); record < end; record += SLOT_BYTES) {
    const opcode = <i32>load<u8>(record)
    if (opcode == Opcode.Leaf) continue
    const operands = <i32>load<u8>(asked + opcode) & OPERANDS
    for (let position = 0; position < operands; position++) {
      const operand = at(load<i32>(record + OPERAND_A + (position << 2)))
      if (operand < inputs || operand >= records) continue
      // An input has no operands: the field counts its readers, one that forbids the update in place as two.
      const readers = load<i32>(operand, OPERAND_A) + (readsBeforeContributing(opcode, position) ? 1 : 2)
      store<i32>(operand, readers, OPERAND_A)
    }
  }
  for (let input = inputs; input < records; input += SLOT_BYTES) {
    if (isTensor(input) && load<i32>(input, OPERAND_A) < 2) {
      store<u8>(input, STATE_GIVEN | STATE_UPDATE | STATE_TOUCHED, STATE)
      store<u32>(input, load<u32>(input, VALUE), ADJOINT)
    }
    store<i32>(input, 0, OPERAND_A)
  }
  beginWalk(inputs, false, 0)
  // Each slot's cotangent once, and the largest of what the rules need for themselves at a time.
  let total: u64 = ALIGNMENT
  let largest: u64 = 0
  for (let slot = at(last); slot >= inputs; slot -= SLOT_BYTES) {
    const opcode = <i32>load<u8>(slot)
    if (isTensor(slot)) total += <u64>cotangentBytes(slot)
    // As in `ruleBytes`: operand a borrows. It is an earlier slot, so what is taken off here will be added there.
    if (load<u8>(asked + opcode) & IN_PLACE) total -= <u64>cotangentBytes(operandA(slot))
    // The rule of a record of scalars takes nothing.
    if (opcode != Opcode.Leaf && load<u8>(slot, FLAGS) != 0) largest = max(largest, ruleBytes(opcode, slot))
  }
  total += largest
  return addressable(total)
}

/**
 * A step of descent in one call: runs what has not been run, then walks back from slot `loss`, a number, so that every tensor among
 * the inputs becomes itself + scale · its gradient: in the walk where `prepareUpdate` allows it, the others at the end. Nothing
 * is changed before there is room for all of it. False when there is none; called again, it goes on.
 */
export function descend(first: i32, firstRecord: i32, loss: i32, scale: f64): bool {
  if (!runPending()) return false
  const room = prepareUpdate(first, firstRecord, loss)
  if (room > free()) {
    stopForMemory(room)
    return false
  }
  store<u8>(at(loss), STATE_TOUCHED, STATE)
  store<f64>(at(loss), 1, ADJOINT)
  beginWalk(at(first), false, scale)
  walk(loss, firstRecord, false, true)
  applyGradient(first, firstRecord, scale)
  return true
}

/** parameter += scale · its cotangent, for the tensors among the inputs that a walk has brought one to and has not changed itself. */
export function applyGradient(first: i32, firstRecord: i32, scale: f64): void {
  for (let input = at(first), end = at(firstRecord); input < end; input += SLOT_BYTES) {
    if (!isTensor(input) || (load<u8>(input, STATE) & (STATE_TOUCHED | STATE_UPDATE)) != STATE_TOUCHED) continue
    const gradient = load<u32>(input, ADJOINT)
    if (isFloat32(input)) axpy<f32>(count(input), scale, gradient, data(input))
    else axpy<f64>(count(input), scale, gradient, data(input))
  }
}
