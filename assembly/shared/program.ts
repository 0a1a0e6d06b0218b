/**
 * Programs: recorded slots, planned once and run again and again by `replay`. Read by both compilers.
 *
 * An instruction is a slot (shared/layout.ts) with four differences:
 *
 * - operands are the addresses of their slots, so that nothing depends on where the tape is;
 * - every tensor has its buffer already;
 * - the state byte holds the instruction's *mode*;
 * - where the mode is `Scaled` operand c is the factor, where it is `Accumulate` or `Biased` what is added to.
 */

/** What an instruction does with op(a, b). */
export enum Mode {
  /** y = op(a, b, c) */
  Plain = 0,
  /** y += op(a, b) */
  Accumulate = 1,
  /** y += c·op(a, b), c being a number */
  Scaled = 2,
  /** y = c + op(a, b); for MatVec only. y may be c. */
  Biased = 3,
}

/** The opcode, of programs only, that compares a and b and stops the program unless the outcome is the one it was recorded with. */
export const GUARD = 0xff

/** How a guard compares. The outcome that it wants is bit `GUARD_HOLDS` of the attribute. */
export enum Relation {
  Less = 0,
  LessOrEqual = 1,
  Greater = 2,
  GreaterOrEqual = 3,
  Equal = 4,
  /** All elements are the same bits; one NaN is as good as another. */
  Same = 5,
}

export const GUARD_HOLDS = 8

/**
 * What a plan must know of an op, as bits of `traitsOf(opcode)`. The two lowest hold how many operands it has.
 */
export const TRAIT_OPERANDS = 3
/** Its value is its operand or a part of it, in the same memory. */
export const TRAIT_VIEW = 4
/** It changes operand a's buffer and gives it as its result. */
export const TRAIT_IN_PLACE = 8
/** It has an offset in place of operand c. */
export const TRAIT_OFFSET = 16
/** It can be added to its result in one pass; with a factor. */
export const TRAIT_ACCUMULATES = 32
export const TRAIT_ACCUMULATES_SCALED = 64
/** Adding it is the same bits as computing it and adding it then. */
export const TRAIT_ADDS_EXACTLY = 128
/** Its result may be written over operand a, over operand b, if that has as many elements and is not needed any more. */
export const TRAIT_OVERWRITES_A = 256
export const TRAIT_OVERWRITES_B = 512
/** The same for operand c. */
export const TRAIT_OVERWRITES_C = 1024
