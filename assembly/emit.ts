/**
 * What rules are written in. A rule computes (`compute…`) and contributes (`contribute…`) by ops of the tape, and
 * `emit` has two modes for it: *run now*, where the op runs at once and is added to the target's cotangent in place,
 * and *record*, where the op becomes a record like any other, to be run later and differentiated again.
 *
 * Rules are generic in the handle H by which they hold values. For records of scalars in the mode *run now* H is
 * f64, the number itself, and everything inlines to plain arithmetic. Otherwise H is usize, the address of a slot:
 * a record's own, or, in the mode *run now*, a scratch slot that describes a cotangent or an intermediate value.
 */
import { allocate, releaseScratch, scratch } from './memory'
import { Opcode } from './shared/opcodes'
import {
  ADJOINT,
  COLS,
  FLAGS,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  ROWS,
  SLOT_BYTES,
  STATE,
  STATE_BORROWED,
  STATE_GIVEN,
  STATE_OWN_RECORD,
  STATE_TOUCHED,
  STATE_UPDATE,
  VALUE,
} from './shared/layout'
import {
  at,
  bytes,
  copyShape,
  data,
  hasOffset,
  isTensor,
  nextConstant,
  nextRecord,
  rows,
  shapeFlags,
  slotOf,
  valueFlags,
} from './slots'
import { elementwiseNumber, isElementwise } from './values/elementwise'
import { accumulate, execute } from './values/execute'
import { addPart, elementAt, rowAddPart } from './values/part'

/** Scratch slots that one rule may use; no rule comes near. */
const SCRATCH_SLOTS = 64
const scratchSlots = memory.data(SCRATCH_SLOTS * SLOT_BYTES, 16)
let scratchCount: usize = 0

/** The first slot that takes part in the walk: whatever lies below is a constant of it. */
let firstTarget: usize = 0
let recording = false
/** What contributions to a parameter under update are multiplied by: minus the rate. */
let updateScale: f64 = 0

/** Starts a walk: contributions to slots below `first` are dropped. */
export function beginWalk(first: usize, record: bool, scale: f64): void {
  // The facade's error for a worker that is lost leaves a rule in its middle.
  if (ASC_FEATURE_THREADS) scratchCount = 0
  firstTarget = first
  recording = record
  updateScale = scale
}

/** Does the walk want a cotangent for this slot? */
@inline
export function wants(target: usize): bool {
  return target >= firstTarget
}

// Slots

/** A scratch slot with the shape of `like`, without a buffer. */
function scratchLike(like: usize): usize {
  const slot = scratchSlots + scratchCount++ * SLOT_BYTES
  store<i32>(slot, valueFlags(like) << (8 * FLAGS))
  if (isTensor(like)) copyShape(slot, like)
  return slot
}

/** A scratch slot for a scalar. */
@inline
function scratchNumber(value: f64): usize {
  const slot = scratchSlots + scratchCount++ * SLOT_BYTES
  store<i32>(slot, 0)
  store<f64>(slot, value, VALUE)
  return slot
}

/** Appends a record of the given shape to the tape; `c` is an offset where the opcode has one. */
function append(word: i32, like: usize, a: usize, b: usize, c: usize): usize {
  const slot = nextRecord()
  store<i32>(slot, word | (shapeFlags(like, a, b) << (8 * FLAGS)))
  store<i32>(slot, slotOf(a), OPERAND_A)
  store<i32>(slot, slotOf(b), OPERAND_B)
  store<i32>(slot, hasOffset(word & 0xff) ? <i32>c : slotOf(c), OPERAND_C)
  if (isTensor(like)) copyShape(slot, like)
  return slot
}

// Reading

/** The value of a record. */
@inline
export function primal<H>(slot: usize): H {
  if (isFloat<H>()) return <H>load<f64>(slot, VALUE)
  return <H>slot
}

/** The cotangent that the walk has brought to a record. */
@inline
export function cotangent<H>(slot: usize): H {
  if (isFloat<H>()) return <H>load<f64>(slot, ADJOINT)
  if (recording) return <H>at(load<i32>(slot, ADJOINT))
  const description = scratchLike(slot)
  if (isTensor(slot)) store<u32>(description, load<u32>(slot, ADJOINT), VALUE)
  else store<f64>(description, load<f64>(slot, ADJOINT), VALUE)
  return <H>description
}

/** A number. */
@inline
export function constant<H>(value: f64): H {
  if (isFloat<H>()) return <H>value
  return <H>constantSlot(value)
}

function constantSlot(value: f64): usize {
  if (!recording) return scratchNumber(value)
  const slot = nextConstant()
  store<i32>(slot, 0)
  store<f64>(slot, value, VALUE)
  return slot
}

// Computing

/** op(a, b, c) as an intermediate value with the shape of `like`. */
export function computeSlot(word: i32, like: usize, a: usize, b: usize, c: usize): usize {
  if (recording) return append(word, like, a, b, c)
  const out = scratchLike(like)
  if (isTensor(out)) store<u32>(out, <u32>scratch(bytes(out)), VALUE)
  execute(word, out, a, b, c)
  return out
}

/** The operand that gives an elementwise op its shape. */
@inline
function wider(a: usize, b: usize): usize {
  return isTensor(a) ? a : b
}

/** Elementwise op(a). */
@inline
export function compute1<H>(word: i32, a: H): H {
  if (isFloat<H>()) return <H>elementwiseNumber(word, <f64>a, 0)
  return <H>computeSlot(word, <usize>a, <usize>a, <usize>a, <usize>a)
}

/** Elementwise op(a, b). */
@inline
export function compute2<H>(word: i32, a: H, b: H): H {
  if (isFloat<H>()) return <H>elementwiseNumber(word, <f64>a, <f64>b)
  return <H>computeSlot(word, wider(<usize>a, <usize>b), <usize>a, <usize>b, <usize>b)
}

/** One number for each row of a table: a scalar for one row, otherwise a vector. */
export function computeRows(word: i32, a: usize, b: usize): usize {
  const n = rows(a)
  const shape = scratchNumber(0)
  if (n > 1) {
    store<u8>(shape, valueFlags(a), FLAGS)
    store<i32>(shape, 1, ROWS)
    store<i32>(shape, n, COLS)
  }
  return computeSlot(word, shape, a, b, b)
}

// Contributing

/** Adds the number `value` to a scalar's cotangent. */
@inline
function contributeNumber(target: usize, value: f64): void {
  if (load<u8>(target, STATE)) store<f64>(target, load<f64>(target, ADJOINT) + value, ADJOINT)
  else {
    store<u8>(target, STATE_TOUCHED, STATE)
    store<f64>(target, value, ADJOINT)
  }
}

/** In the mode *record*: makes `contribution`, or its sum with what is there, the target's cotangent. */
function contributeRecord(target: usize, contribution: usize): void {
  let total = contribution
  if (load<u8>(target, STATE)) {
    const before = at(load<i32>(target, ADJOINT))
    total = append(Opcode.Add, target, before, contribution, contribution)
  }
  store<u8>(target, STATE_TOUCHED, STATE)
  store<i32>(target, slotOf(total), ADJOINT)
}

/** A description of a tensor's cotangent that can be written to: its own buffer, copied from the lender first. */
function writable(target: usize): usize {
  const state = load<u8>(target, STATE)
  if (state & STATE_BORROWED) {
    const own = allocate(bytes(target))
    memory.copy(own, load<u32>(target, ADJOINT), bytes(target))
    store<u32>(target, <u32>own, ADJOINT)
    store<u8>(target, STATE_TOUCHED, STATE)
  }
  const description = scratchLike(target)
  store<u32>(description, load<u32>(target, ADJOINT), VALUE)
  return description
}

/** A description of a tensor's cotangent for its first contribution, which must write every element. */
function cover(target: usize, state: i32): usize {
  const out = scratchLike(target)
  if (!(state & STATE_GIVEN)) store<u32>(target, <u32>allocate(bytes(target)), ADJOINT)
  store<u32>(out, load<u32>(target, ADJOINT), VALUE)
  store<u8>(target, state | STATE_TOUCHED, STATE)
  return out
}

/** Adds op(a, b, c), which has the target's shape, to the target's cotangent. */
function contributeSlot(word: i32, target: usize, a: usize, b: usize, c: usize): void {
  if (recording) {
    contributeRecord(target, append(word, target, a, b, c))
    return
  }
  if (!isTensor(target)) {
    const out = scratchNumber(0)
    execute(word, out, a, b, c)
    contributeNumber(target, load<f64>(out, VALUE))
    return
  }
  const state = load<u8>(target, STATE)
  if (!(state & STATE_TOUCHED)) {
    execute(word, cover(target, state), a, b, c)
    return
  }
  const scale: f64 = state & STATE_UPDATE ? updateScale : 1
  const out = writable(target)
  if (accumulate(word, out, a, b, scale)) return
  const addend = computeSlot(word, target, a, b, c)
  accumulate(Opcode.Identity, out, addend, addend, scale)
}

/** Hands a cotangent on unchanged: the target borrows the buffer while it is the only contribution. */
function passSlot(target: usize, source: usize): void {
  if (isTensor(source) && !isTensor(target)) {
    contributeSlot(Opcode.Sum, target, source, source, source)
    return
  }
  if (recording) {
    contributeRecord(target, source)
    return
  }
  if (!isTensor(target)) {
    contributeNumber(target, load<f64>(source, VALUE))
    return
  }
  if (load<u8>(target, STATE) == 0) {
    store<u8>(target, STATE_TOUCHED | STATE_BORROWED, STATE)
    store<u32>(target, <u32>data(source), ADJOINT)
    return
  }
  contributeSlot(Opcode.Identity, target, source, source, source)
}

/** Adds the cotangent `source` to the target's: the pullback of what passes its operand on. */
@inline
export function pass<H>(target: usize, source: H): void {
  if (!wants(target)) return
  if (isFloat<H>()) contributeNumber(target, <f64>source)
  else passSlot(target, <usize>source)
}

/** Adds the elements of `source` from the offset on to the target's cotangent; borrows them, as `pass` does. */
export function passPart(target: usize, source: usize, offset: usize): void {
  if (!wants(target)) return
  if (recording) {
    contributeRecord(target, append(Opcode.Slice, target, source, source, offset))
    return
  }
  const view = scratchLike(target)
  if (isTensor(target)) store<u32>(view, <u32>elementAt(source, offset), VALUE)
  else execute(Opcode.Slice, view, source, source, offset)
  passSlot(target, view)
}

/**
 * Adds `part` to the target's cotangent from the offset on; with `byRows`, from the offset on in each row. The first
 * contribution fills the rest with zeros, each further one touches its own elements only. Recorded, that is an Embed, then
 * an AddAt in its buffer, or their likes for rows. A record that was not made so, or not for this target, may have other
 * readers: it is copied first.
 */
export function contributePart(target: usize, part: usize, offset: usize, byRows: bool): void {
  if (!wants(target)) return
  const state = load<u8>(target, STATE)
  if (recording) {
    let total: usize
    if (state & STATE_TOUCHED) {
      const before = at(load<i32>(target, ADJOINT))
      const own = state & STATE_OWN_RECORD ? before : append(Opcode.Embed, target, before, before, 0)
      total = append(byRows ? Opcode.RowAddAt : Opcode.AddAt, target, own, part, offset)
    } else total = append(byRows ? Opcode.RowEmbed : Opcode.Embed, target, part, part, offset)
    store<u8>(target, STATE_TOUCHED | STATE_OWN_RECORD, STATE)
    store<i32>(target, slotOf(total), ADJOINT)
    return
  }
  if (state & STATE_TOUCHED) {
    const out = writable(target)
    const scale: f64 = state & STATE_UPDATE ? updateScale : 1
    if (byRows) rowAddPart(out, part, offset, scale)
    else addPart(out, part, offset, scale)
    return
  }
  execute(byRows ? Opcode.RowEmbed : Opcode.Embed, cover(target, state), part, part, offset)
}

/** Adds an elementwise op(a, b), summed where the target is a scalar that was broadcast. */
function contributeElementwise(word: i32, target: usize, a: usize, b: usize): void {
  if (!isTensor(target) && isTensor(wider(a, b))) {
    if ((word & 0xff) == Opcode.Mul && isTensor(a) && isTensor(b)) {
      contributeSlot(Opcode.Dot, target, a, b, b)
    } else {
      const terms = computeSlot(word, wider(a, b), a, b, b)
      contributeSlot(Opcode.Sum, target, terms, terms, terms)
    }
  } else contributeSlot(word, target, a, b, b)
}

/** Adds op(a) to the target's cotangent. */
@inline
export function contribute1<H>(target: usize, word: i32, a: H): void {
  if (!wants(target)) return
  if (isFloat<H>()) contributeNumber(target, elementwiseNumber(word, <f64>a, 0))
  else if (isElementwise(word & 0xff)) contributeElementwise(word, target, <usize>a, <usize>a)
  else contributeSlot(word, target, <usize>a, <usize>a, <usize>a)
}

/** Adds op(a, b) to the target's cotangent. */
@inline
export function contribute2<H>(target: usize, word: i32, a: H, b: H): void {
  if (!wants(target)) return
  if (isFloat<H>()) contributeNumber(target, elementwiseNumber(word, <f64>a, <f64>b))
  else if (isElementwise(word & 0xff)) contributeElementwise(word, target, <usize>a, <usize>b)
  else contributeSlot(word, target, <usize>a, <usize>b, <usize>b)
}

/** Adds op(a, b, c) to the target's cotangent. */
@inline
export function contribute3(target: usize, word: i32, a: usize, b: usize, c: usize): void {
  if (wants(target)) contributeSlot(word, target, a, b, c)
}

/** Forgets the scratch slots of the rule that has just run, and its buffers back to the mark. */
@inline
export function endRule(mark: usize): void {
  scratchCount = 0
  releaseScratch(mark)
}
