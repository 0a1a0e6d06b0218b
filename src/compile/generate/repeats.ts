/**
 * Finds terms of equal structure again among instructions on numbers: turns of as many instructions, of which each does what
 * the one of the turn before does, to operands that lie further by as much as in each other turn.
 */
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import type { Pace } from './pace.ts'
import { numbersRead } from './scalars.ts'
import type { Slots } from './slots.ts'

/** How many instructions a turn has at most. */
const LONGEST_PERIOD = 128
/** How many instructions must be in the turns between the first and the last two, so that a loop is worth it. */
const SHORTEST_REPEAT = 128
/**
 * How many comparisons there are for each instruction, at most: many only where much repeats itself, but never long enough.
 * Longer periods are not tried then.
 */
const MOST_COMPARISONS = 8
/** How much work (`Pace`) a comparison is, and reading what is compared of an instruction. */
const COMPARING = 1 / 4
const READING = 3
/** The least number of turns. */
const FEWEST_TURNS = 4

/** Turns among instructions in an order: where they begin there, how many there are, and how many instructions in each. */
export interface Repeat {
  readonly first: number
  readonly turns: number
  readonly period: number
}

/** What must lie equally far apart from turn to turn: the result, and three operands or the element that is read or written. */
const FIELDS = 4

export class RepeatFinder {
  readonly #slots: Slots
  readonly #pace: Pace
  /** By instruction, in their order: what must be the same in each turn, two numbers each, and what must lie equally far apart. */
  #kinds = new Float64Array(0)
  #fields = new Float64Array(0)
  #length = 0
  /** How many comparisons are left. */
  #left = 0

  constructor(slots: Slots, pace: Pace) {
    this.#slots = slots
    this.#pace = pace
  }

  /** Those that do not overlap, in order. Shorter periods come first, as a longer one may be the same several times. */
  *find(order: Int32Array, first: number, end: number): Generator<undefined, readonly Repeat[]> {
    this.#length = end - first
    if (this.#length < SHORTEST_REPEAT) return []
    this.#makeRoom()
    for (let at = 0; at < this.#length; at++) {
      this.#read(at, order[first + at] as number)
      if (this.#pace.isOver(READING)) yield
    }
    const found: Repeat[] = []
    this.#left = MOST_COMPARISONS * this.#length
    for (let period = 1; period <= LONGEST_PERIOD && this.#left > 0; period++) {
      const before = this.#left
      this.#findPeriod(period, found)
      if (this.#pace.isOver((before - this.#left) * COMPARING)) yield
    }
    return found
      .map(({ first: at, turns, period }) => ({ first: first + at, turns, period }))
      .sort((a, b) => a.first - b.first)
  }

  /** A repeat has so many instructions that repeat themselves that one of them is at a multiple of that number. */
  #findPeriod(period: number, found: Repeat[]): void {
    let from = 0
    for (let probe = SHORTEST_REPEAT - 1; probe + 2 * period < this.#length; probe += SHORTEST_REPEAT) {
      if (probe < from || !this.#repeats(probe, period)) continue
      let first = probe
      while (first > from && this.#repeats(first - 1, period)) first--
      let last = probe
      while (last + 1 + 2 * period < this.#length && this.#repeats(last + 1, period)) last++
      from = last + 1
      const turns = Math.floor((from - first) / period) + 2
      if (from - first < SHORTEST_REPEAT || turns < FEWEST_TURNS) continue
      found.push({ first, turns, period })
      this.#take(first, first + turns * period)
    }
  }

  /** Do the next two turns do what this instruction does, to what lies equally far apart? */
  #repeats(at: number, period: number): boolean {
    this.#left--
    const kinds = this.#kinds
    for (let k = 2 * at; k < 2 * at + 2; k++) {
      if (kinds[k] !== kinds[k + 2 * period] || kinds[k] !== kinds[k + 4 * period]) return false
    }
    const fields = this.#fields
    const step = FIELDS * period
    for (let k = FIELDS * at; k < FIELDS * (at + 1); k++) {
      const middle = fields[k + step] as number
      if (middle - (fields[k] as number) !== (fields[k + 2 * step] as number) - middle) return false
    }
    return true
  }

  /** What is taken is like nothing else. */
  #take(first: number, end: number): void {
    for (let at = first; at < end; at++) this.#kinds[2 * at] = -1 - at
  }

  #makeRoom(): void {
    if (this.#kinds.length >= 2 * this.#length) return
    this.#kinds = new Float64Array(2 * this.#length)
    this.#fields = new Float64Array(FIELDS * this.#length)
  }

  #read(at: number, instruction: number): void {
    const slots = this.#slots
    const slot = slots.at(instruction)
    this.#kinds[2 * at] = slots.word(slot) >>> 0
    this.#kinds[2 * at + 1] = this.#sameOf(slot)
    const k = FIELDS * at
    this.#fields[k] = slot
    const [ofA, ofB, ofC] = numbersRead(slots, slot)
    this.#fields[k + 1] = ofA > 0 ? slots.a(slot) : 0
    this.#fields[k + 2] = ofB > 0 ? slots.b(slot) : 0
    this.#fields[k + 3] = ofC > 0 ? slots.c(slot) : (slots.element(slot)?.start ?? 0)
  }

  /** What beside the word must be the same in each turn. */
  #sameOf(slot: number): number {
    const slots = this.#slots
    switch (slots.isGuard(slot) ? undefined : slots.opcode(slot)) {
      case Opcode.Embed:
        // It sets a whole tensor to 0, and stands alone.
        return slot
      case Opcode.Slice:
        return slots.layout.moving.has(slots.a(slot)) ? slots.a(slot) : 0
      case Opcode.Pow:
        // What is written depends on a constant exponent, and may not read it.
        return slots.isConstant(slots.b(slot)) ? slots.b(slot) : 0
      default:
        return 0
    }
  }
}
