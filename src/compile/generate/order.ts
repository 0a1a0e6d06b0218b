/**
 * The order of instructions on numbers. They are recorded forwards and then back, so what the walk back reads has been computed
 * long before. In the order of results, each behind what it needs and what has not been computed yet, most values are used
 * soon: in the same function, where they are locals.
 */
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import type { Slots } from './slots.ts'
import { isBinary } from './values.ts'

export class Sorter {
  readonly #slots: Slots
  readonly #results: ReadonlySet<number>
  #first = 0
  #end = 0
  /** By instruction, from the first on: has it been placed? */
  #placed = new Uint8Array(0)
  readonly #stack: number[] = []

  constructor(slots: Slots) {
    this.#slots = slots
    this.#results = new Set(slots.layout.results)
  }

  /**
   * Writes these instructions into `order`, each behind its operands. Guards and what is written to tensors keep their order: so
   * nothing is written before a guard that it stood behind.
   */
  sort(first: number, end: number, order: Int32Array): void {
    this.#first = first
    this.#end = end
    this.#placed = new Uint8Array(end - first)
    let next = first
    for (let i = first; i < end; i++) if (this.#isWanted(i)) next = this.#place(i, order, next)
    for (let i = first; i < end; i++) next = this.#place(i, order, next)
  }

  #isWanted(i: number): boolean {
    const slot = this.#slots.at(i)
    if (this.#slots.isGuard(slot) || this.#results.has(slot)) return true
    const opcode = this.#slots.opcode(slot)
    return opcode === Opcode.AddAt || opcode === Opcode.Put
  }

  /** Places an instruction behind its operands, unless it has been placed. Gives the next free place. */
  #place(i: number, order: Int32Array, next: number): number {
    const stack = this.#stack
    stack.push(i)
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as number
      if (this.#isPlaced(top) || !this.#pushOperands(top)) {
        stack.pop()
        if (this.#isPlaced(top)) continue
        this.#placed[top - this.#first] = 1
        order[next++] = top
      }
    }
    return next
  }

  /** Pushes the operands that have not been placed, the first one last; false if all have. */
  #pushOperands(i: number): boolean {
    const slot = this.#slots.at(i)
    const before = this.#stack.length
    if (this.#slots.opcode(slot) === Opcode.Where) this.#push(this.#slots.c(slot))
    if (this.#slots.isGuard(slot) || isBinary(this.#slots.opcode(slot))) this.#push(this.#slots.b(slot))
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
