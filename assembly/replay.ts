/**
 * Running a program (shared/program.ts): a loop over instructions that allocates nothing and places nothing. It works on
 * addresses alone, so it needs neither tape nor arena, and may be called while a run is open.
 */
import { ATTRIBUTE, FLAGS, OPERAND_A, OPERAND_B, OPERAND_C, SLOT_BYTES, STATE, VALUE } from './shared/layout'
import { GUARD, GUARD_HOLDS, Mode, Relation } from './shared/program'
import { count, data, isFloat32, scalar, wordOf } from './slots'
import { arithmetic, elementwiseNumber, isArithmetic } from './values/elementwise'
import { accumulate, execute } from './values/execute'
import { productWithBias } from './values/product'

/**
 * Runs the instructions from address `from` up to, not including, `to`. Returns where it stopped: at the guard whose
 * outcome is another one than it was recorded with; at `to` when done.
 */
export function replay(from: usize, to: usize): usize {
  let slot = from
  for (; slot < to; slot += SLOT_BYTES) {
    const opcode = <i32>load<u8>(slot)
    const a = <usize>load<u32>(slot, OPERAND_A)
    const b = <usize>load<u32>(slot, OPERAND_B)
    if (load<u8>(slot, FLAGS) == 0) {
      if (isArithmetic(opcode)) slot = replayArithmetic(slot, to) - SLOT_BYTES
      else store<f64>(slot, elementwiseNumber(wordOf(slot), scalar(a), scalar(b)), VALUE)
      continue
    }
    const c = <usize>load<u32>(slot, OPERAND_C)
    switch (<i32>load<u8>(slot, STATE)) {
      case Mode.Plain:
        if (opcode == GUARD) {
          if (!holds(load<u8>(slot, ATTRIBUTE), a, b)) return slot
        } else execute(wordOf(slot), slot, a, b, c)
        break
      case Mode.Accumulate:
        accumulate(wordOf(slot), slot, a, b, 1)
        break
      case Mode.Scaled:
        accumulate(wordOf(slot), slot, a, b, scalar(c))
        break
      default:
        productWithBias(wordOf(slot), slot, a, b, c)
    }
  }
  return slot
}

/**
 * The value of an elementwise op at one point, `word` being its opcode and attribute: for generated code (src/compile),
 * where an op is no instruction of WebAssembly.
 */
export function numberOf(word: i32, a: f64, b: f64): f64 {
  return elementwiseNumber(word, a, b)
}

/** `runArithmetic` of tape.ts, for operands that are addresses. */
function replayArithmetic(slot: usize, end: usize): usize {
  let last: usize = 0
  let value: f64 = 0
  for (; slot < end && isArithmetic(load<u8>(slot)) && load<u8>(slot, FLAGS) == 0; slot += SLOT_BYTES) {
    const a = <usize>load<u32>(slot, OPERAND_A)
    if (a != last) value = scalar(a)
    value = arithmetic(load<u8>(slot), value, scalar(<usize>load<u32>(slot, OPERAND_B)))
    store<f64>(slot, value, VALUE)
    last = slot
  }
  return slot
}

/** Is the outcome of a guard the one that it was recorded with? */
function holds(attribute: i32, a: usize, b: usize): bool {
  return compare(attribute & (GUARD_HOLDS - 1), a, b) == ((attribute & GUARD_HOLDS) != 0)
}

function compare(relation: i32, a: usize, b: usize): bool {
  switch (relation) {
    case Relation.Less:
      return scalar(a) < scalar(b)
    case Relation.LessOrEqual:
      return scalar(a) <= scalar(b)
    case Relation.Greater:
      return scalar(a) > scalar(b)
    case Relation.GreaterOrEqual:
      return scalar(a) >= scalar(b)
    case Relation.Equal:
      return scalar(a) == scalar(b)
    default:
      return isFloat32(a) ? same<f32, i32>(count(a), data(a), data(b)) : same<f64, i64>(count(a), data(a), data(b))
  }
}

/** Are n numbers of T the same bits, read as integers, where one NaN is as good as another? */
function same<T, Bits>(n: i32, x: usize, y: usize): bool {
  for (let i: usize = 0, size = <usize>n * sizeof<T>(); i < size; i += sizeof<T>()) {
    if (load<Bits>(x + i) == load<Bits>(y + i)) continue
    const p = load<T>(x + i)
    const q = load<T>(y + i)
    if (p == p || q == q) return false
  }
  return true
}
