/**
 * The instructions of one turn of a repeat, as a small program of its own. Its slots are numbers: those below the period are
 * the instructions, as they are in the first turn; the others are operands that come from elsewhere.
 */
import { VALUE } from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import type { Repeat } from './repeats.ts'
import { numbersRead } from './scalars.ts'
import type { Instructions, Slots } from './slots.ts'

/** How many turns ago a value may have been computed to be still in a local. */
const FARTHEST = 4

/** An address in the first turn, and how far it moves from turn to turn. */
export interface Moving {
  readonly first: number
  readonly stride: number
}

/** Where an operand comes from that is not computed in the same turn. */
export type Source =
  | { readonly kind: 'constant'; readonly slot: number }
  /** Memory that no turn writes. */
  | { readonly kind: 'fixed'; readonly address: number }
  | { readonly kind: 'memory'; readonly address: Moving }
  /** The value of an instruction so many turns before; in the first turns what lies as many strides before its slot. */
  | { readonly kind: 'earlier'; readonly instruction: number; readonly distance: number }

/** Where the instructions of the repeat are: in an order, in which each has a position. */
export interface Ordered {
  readonly order: Int32Array
  readonly positionOf: Int32Array
}

const operandsOf = [
  (slots: Slots, slot: number) => slots.a(slot),
  (slots: Slots, slot: number) => slots.b(slot),
  (slots: Slots, slot: number) => slots.c(slot),
] as const

export class Turn implements Instructions {
  readonly turns: number
  readonly period: number
  readonly #slots: Slots
  readonly #ordered: Ordered
  readonly #first: number
  /** By instruction: the slots of its operands. */
  readonly #operands: Int32Array
  readonly #sources: Source[] = []
  /** By what makes it different: the slot of a source. */
  readonly #sourceSlots = new Map<string, number>()
  /** By instruction: must its value be in memory in each turn, in the last one? By itself or by what reads it here. */
  readonly isStored: Uint8Array
  readonly isStoredLast: Uint8Array
  /** By instruction: how many turns later its value is read from a local, at most. */
  readonly reach: Uint8Array

  /** `kept` tells which instructions have values that are read elsewhere. */
  constructor(slots: Slots, ordered: Ordered, { first, turns, period }: Repeat, kept: Uint8Array) {
    this.#slots = slots
    this.#ordered = ordered
    this.#first = first
    this.turns = turns
    this.period = period
    this.#operands = new Int32Array(3 * period)
    this.isStored = new Uint8Array(period)
    this.isStoredLast = new Uint8Array(period)
    this.reach = new Uint8Array(period)
    for (let instruction = 0; instruction < period; instruction++) {
      const slot = this.#slotAt(instruction, 0)
      const reads = numbersRead(slots, slot)
      // What is written for a power depends on a constant exponent, also where it is not read.
      const isPower = !slots.isGuard(slot) && slots.opcode(slot) === Opcode.Pow
      for (let k = 0; k < 3; k++) {
        if (reads[k] !== 0 || (isPower && k === 1))
          this.#operands[3 * instruction + k] = this.#findOperand(instruction, k)
      }
      // What writes to a tensor has no value of its own.
      for (let turn = 0; turn < turns && !slots.isTensor(slot); turn++) {
        if (kept[this.#instructionAt(instruction, turn)] !== 1) continue
        if (turn < turns - 1) this.isStored[instruction] = 1
        else this.isStoredLast[instruction] = 1
      }
    }
  }

  // Instructions

  word(instruction: number): number {
    return this.#slots.word(this.#slotAt(instruction, 0))
  }

  opcode(instruction: number): Opcode {
    return this.#slots.opcode(this.#slotAt(instruction, 0))
  }

  isGuard(instruction: number): boolean {
    return this.#slots.isGuard(this.#slotAt(instruction, 0))
  }

  attribute(instruction: number): number {
    return this.#slots.attribute(this.#slotAt(instruction, 0))
  }

  a(instruction: number): number {
    return this.#operands[3 * instruction] as number
  }

  b(instruction: number): number {
    return this.#operands[3 * instruction + 1] as number
  }

  c(instruction: number): number {
    return this.#operands[3 * instruction + 2] as number
  }

  /** The address of an instruction. */
  address(instruction: number): Moving {
    const first = this.#slotAt(instruction, 0)
    return { first, stride: this.#slotAt(instruction, 1) - first }
  }

  /** Where its value is stored. */
  result(instruction: number): Moving {
    const { first, stride } = this.address(instruction)
    return { first: first + VALUE, stride }
  }

  /** The element that it reads or writes, if it does: from the beginning of a tensor, if that is resident, or an address. */
  element(instruction: number): (Moving & { readonly tensor: number | undefined }) | undefined {
    const slots = this.#slots
    const slot = this.#slotAt(instruction, 0)
    const element = slots.element(slot)
    if (element === undefined) return undefined
    const next = slots.element(this.#slotAt(instruction, 1)) ?? element
    const tensor = element.input < 0 ? undefined : slots.a(slot)
    return { first: element.start, stride: next.start - element.start, tensor }
  }

  // Sources

  /** How many slots there are: instructions, and sources behind them. */
  get slots(): number {
    return this.period + this.#sources.length
  }

  /** Undefined for an instruction. */
  source(slot: number): Source | undefined {
    return this.#sources[slot - this.period]
  }

  isConstant(slot: number): boolean {
    return this.source(slot)?.kind === 'constant'
  }

  constant(slot: number): number {
    const source = this.source(slot)
    return source?.kind === 'constant' ? this.#slots.constant(source.slot) : NaN
  }

  #instructionAt(instruction: number, turn: number): number {
    return this.#ordered.order[this.#first + turn * this.period + instruction] as number
  }

  #slotAt(instruction: number, turn: number): number {
    return this.#slots.at(this.#instructionAt(instruction, turn))
  }

  /** The place among all instructions of the repeat of the one that has this slot; −1 if none has. */
  #placeOf(slot: number): number {
    const i = this.#slots.indexOf(slot)
    const place = i < 0 ? -1 : (this.#ordered.positionOf[i] as number) - this.#first
    return place < this.turns * this.period ? Math.max(place, -1) : -1
  }

  /** The slot of an operand, the k-th of an instruction. Notes what must be in memory, or in a local, for it. */
  #findOperand(instruction: number, k: number): number {
    const slots = this.#slots
    const operandOf = operandsOf[k] as (typeof operandsOf)[number]
    const first = operandOf(slots, this.#slotAt(instruction, 0))
    const stride = operandOf(slots, this.#slotAt(instruction, 1)) - first
    if (stride === 0 && this.#placeOf(first) < 0) {
      return this.#slotOf(
        slots.isConstant(first) ? { kind: 'constant', slot: first } : { kind: 'fixed', address: first + VALUE },
      )
    }
    const earlier = this.#earlierOf(first, stride)
    if (earlier?.distance === 0) return earlier.instruction
    if (earlier !== undefined) {
      const { instruction: of, distance } = earlier
      this.reach[of] = Math.max(this.reach[of] as number, distance)
      return this.#slotOf({ kind: 'earlier', ...earlier })
    }
    for (let turn = 0; turn < this.turns; turn++) {
      const place = this.#placeOf(first + turn * stride)
      if (place >= 0) this.isStored[place % this.period] = 1
    }
    return this.#slotOf({ kind: 'memory', address: { first: first + VALUE, stride } })
  }

  /**
   * The instruction whose value, of the same number of turns before, is in each turn the operand that moves so; undefined if
   * there is none, or if the first turns read something else of the repeat.
   */
  #earlierOf(first: number, stride: number): { instruction: number; distance: number } | undefined {
    const last = this.#placeOf(first + (this.turns - 1) * stride)
    if (last < 0) return undefined
    const instruction = last % this.period
    const distance = this.turns - 1 - Math.floor(last / this.period)
    if (distance > Math.min(FARTHEST, this.turns - 2) || this.address(instruction).stride !== stride) return undefined
    for (let turn = 0; turn < distance; turn++) if (this.#placeOf(first + turn * stride) >= 0) return undefined
    return { instruction, distance }
  }

  #slotOf(source: Source): number {
    const key = JSON.stringify(source)
    let slot = this.#sourceSlots.get(key)
    if (slot === undefined) {
      slot = this.period + this.#sources.push(source) - 1
      this.#sourceSlots.set(key, slot)
    }
    return slot
  }
}
