/**
 * Derivatives of elementwise ops, as expressions: found by letting the engine record its own rule, once for each op. What
 * the rule does to a cotangent, element by element, it does to a tangent as well.
 */
import { ATTRIBUTE } from '../../assembly/shared/layout.ts'
import { TRAIT_OPERANDS } from '../../assembly/shared/program.ts'
import { Tape } from '../tape.ts'
import { traitsOf } from '../traits.ts'

/** One op of an expression. Its operands are numbers of values, or, where negative, of constants: −1 is the first. */
export interface Step {
  readonly word: number
  readonly operands: readonly number[]
}

/**
 * The derivative of an op by one operand, times the operand's own: ∂y/∂a·v. Value 0 is v, 1 the other operand, 2 the
 * operand itself, 3 the result y; the steps' values follow.
 */
export interface Slope {
  readonly steps: readonly Step[]
  readonly constants: readonly number[]
  /** Which value it is; undefined where it is zero. */
  readonly result: number | undefined
}

/** What of a word says which elementwise op it is. */
const ELEMENTWISE = 0xff | (0xff << (8 * ATTRIBUTE))

/** By op and position. */
const known: (Slope | undefined)[] = []

/** The derivative of an elementwise op by its operand at a position, 0 for a and 1 for b. */
export function slopeOf(word: number, position: number): Slope {
  const op = word & ELEMENTWISE
  const place = 2 * ((op & 0xff) | ((op >>> (8 * ATTRIBUTE)) << 8)) + position
  return (known[place] ??= derive(op, position))
}

/** Numbers enough for any rule. */
const TAPE_BYTES = 2 ** 12

function derive(word: number, position: number): Slope {
  const tape = new Tape(TAPE_BYTES)
  try {
    const [v, other, wanted] = [tape.leafNumber(0), tape.leafNumber(0), tape.leafNumber(0)]
    const isBinary = operandCount(word) > 1
    const y =
      isBinary && position === 1
        ? tape.record(word, other, wanted)
        : tape.record(word, wanted, isBinary ? other : wanted)
    tape.seed(y, v, true)
    tape.backward(y, y, wanted, true)
    const steps: Step[] = []
    for (let slot = y + 1; slot < tape.length; slot++) {
      const stepWord = tape.word(slot)
      steps.push({ word: stepWord, operands: tape.operands(slot).slice(0, operandCount(stepWord)) })
    }
    const constants = Array.from({ length: tape.constants }, (_, i) => tape.number(-1 - i))
    return { steps, constants, result: tape.touched(wanted) ? tape.adjointSlot(wanted) : undefined }
  } finally {
    tape.free()
  }
}

function operandCount(word: number): number {
  return traitsOf(word) & TRAIT_OPERANDS
}
