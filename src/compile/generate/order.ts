/**
 * The order of instructions on numbers. They are recorded forwards and then back, so what the walk back reads has been computed
 * long before. In the order of results, each behind what it needs and what has not been computed yet, most values are used
 * soon: in the same function, where they are locals.
 */
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import type { Pace } from './pace.ts'
import type { Slots } from './slots.ts'

const nowhere = { from: Infinity, to: 0 }

export class Sorter {
  readonly #slots: Slots
  readonly #pace: Pace
  readonly #results: ReadonlySet<number>
  #first = 0
  #end = 0
  #order: Int32Array = new Int32Array(0)
  /** The next free place in the order. */
  #next = 0
  /** By instruction, from the first on: has it been placed? */
  #placed = new Uint8Array(0)
  readonly #stack: number[] = []
  /** The memory from the first to the last tensor that is made here. */
  #made: { from: number; to: number } = nowhere

  constructor(slots: Slots, pace: Pace) {
    this.#slots = slots
    this.#pace = pace
    this.#results = new Set(slots.layout.results)
  }

  /**
   * Writes these instructions into `order`, each behind its operands. Guards and what is written to tensors keep their order: so
   * nothing is written before a guard that it stood behind. So does what reads memory in which a tensor is made here, perhaps
   * in place of the one that is read.
   */
  *sort(first: number, end: number, order: Int32Array): Generator<undefined, void> {
    this.#first = this.#next = first
    this.#end = end
    this.#order = order
    this.#placed = new Uint8Array(end - first)
    this.#made = nowhere
    for (let i = first; i < end; i++) {
      this.#noteMade(i)
      if (this.#pace.isOver(1)) yield
    }
    for (const all of [false, true]) {
      for (let i = first; i < end; i++) {
        if (all || this.#isWanted(i)) this.#stack.push(i)
        while (!this.#place()) yield
        if (this.#pace.isOver(1)) yield
      }
    }
  }

  #isWanted(i: number): boolean {
    const slot = this.#slots.at(i)
    if (this.#slots.isGuard(slot) || this.#results.has(slot)) return true
    switch (this.#slots.opcode(slot)) {
      case Opcode.Embed:
      case Opcode.AddAt:
      case Opcode.Put:
        return true
      case Opcode.Slice: {
        const { from, to } = this.#extent(this.#slots.a(slot))
        return from < this.#made.to && to > this.#made.from
      }
      default:
        return false
    }
  }

  #noteMade(i: number): void {
    const slot = this.#slots.at(i)
    if (this.#slots.opcode(slot) !== Opcode.Embed) return
    const { from, to } = this.#extent(slot)
    this.#made = { from: Math.min(this.#made.from, from), to: Math.max(this.#made.to, to) }
  }

  /** The memory of a tensor, unless that is resident: there no tensor is made. */
  #extent(tensor: number): { from: number; to: number } {
    const { input, start } = this.#slots.place(tensor)
    return input < 0 ? { from: start, to: start + 8 * this.#slots.count(tensor) } : nowhere
  }

  /** Places what is on the stack, each behind its operands, unless it has been placed; false if that is not all in this step. */
  #place(): boolean {
    const stack = this.#stack
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as number
      if (this.#isPlaced(top) || !this.#pushOperands(top)) {
        stack.pop()
        if (!this.#isPlaced(top)) {
          this.#placed[top - this.#first] = 1
          this.#order[this.#next++] = top
        }
      }
      if (this.#pace.isOver(1)) return false
    }
    return true
  }

  /** Pushes the operands that have not been placed, the first one last; false if all have. */
  #pushOperands(i: number): boolean {
    const slot = this.#slots.at(i)
    const before = this.#stack.length
    const operands = this.#slots.operands(slot)
    if (operands > 2) this.#push(this.#slots.c(slot))
    if (operands > 1) this.#push(this.#slots.b(slot))
    this.#push(this.#slots.a(slot))
    return this.#stack.length > before
  }

  #push(operand: number): void {
    const i = this.#slots.indexOf(operand)
    if (i >= this.#first && i < this.#end && !this.#isPlaced(i)) this.#stack.push(i)
  }

  #isPlaced(i: number): boolean {
    return this.#placed[i - this.#first] === 1
  }
}
