/**
 * A recorded run as a graph of nodes in arrays: read from the tape, then simplified. Node numbers are in the order of
 * recording, constants first, so a node's operands have smaller numbers and every pass is a loop.
 */
import {
  COLS,
  FLAGS,
  FLAG_FLOAT32,
  FLAG_TENSOR,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  ROWS,
  SLOT_BYTES,
  STATE,
  VALUE,
} from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { TRAIT_IN_PLACE, TRAIT_OFFSET, TRAIT_OPERANDS, TRAIT_VIEW } from '../../assembly/shared/program.ts'
import type { Tape } from '../tape.ts'
import { traitsOf } from '../traits.ts'
import { Interner } from './interner.ts'
import { foreign } from './recorder.ts'

const SLOT_INTEGERS = SLOT_BYTES >> 2
/** What the flags of a word say of its value. */
const VALUE_FLAGS = (FLAG_TENSOR | FLAG_FLOAT32) << (8 * FLAGS)
const WITHOUT_STATE = ~(0xff << (8 * STATE))

/** An operand that is no slot of the recorded run. */
const FOREIGN = -1

/** Where a run stands on its tape. */
export interface Extent {
  /** The first of its records, and how many constants there were before it. */
  readonly first: number
  readonly constants: number
  /** How many of its records are inputs: the first ones. */
  readonly inputs: number
}

export class Graph {
  /** How many nodes are constants; inputs follow, then what is computed from them. */
  readonly constants: number
  readonly inputs: number
  /** How many nodes there are, and how many of them were recorded; others were appended. */
  length: number
  readonly recorded: number
  word: Int32Array
  a: Int32Array
  b: Int32Array
  c: Int32Array
  rows: Int32Array
  cols: Int32Array
  /** The numbers of scalar constants. */
  readonly number: Float64Array
  /** Where the elements of constant tensors are: in the arena of the tape, so only until the run ends. */
  readonly address: Float64Array
  /** Which nodes the result depends on. */
  live: Uint8Array
  /** After `simplify`: the node that has the same value and stays. */
  #same: Int32Array
  readonly #extent: Extent
  readonly #tapeConstants: number
  /** By slot: the node of an input that an inner function was given a constant for. It is a constant of the program. */
  readonly #given = new Map<number, number>()

  constructor(tape: Tape, extent: Extent) {
    this.#extent = extent
    this.#tapeConstants = tape.constants
    const evaluated = tape.viewSlots(-tape.constants, -extent.constants)
    const records = tape.viewSlots(extent.first, tape.length)
    const given = innerLeaves(records, extent.inputs)
    const before = tape.constants - extent.constants
    given.forEach((at, i) => this.#given.set(extent.first + at, before + i))
    this.constants = before + given.length
    this.inputs = extent.inputs
    this.length = this.constants + tape.length - extent.first
    this.recorded = this.length
    const n = this.length
    this.word = new Int32Array(n)
    this.a = new Int32Array(n)
    this.b = new Int32Array(n)
    this.c = new Int32Array(n)
    this.rows = new Int32Array(n)
    this.cols = new Int32Array(n)
    this.live = new Uint8Array(n)
    this.#same = new Int32Array(n)
    this.number = new Float64Array(this.constants)
    this.address = new Float64Array(this.constants)
    for (let id = 0; id < before; id++) this.#readConstant(id, evaluated, id * SLOT_INTEGERS)
    given.forEach((at, i) => {
      this.#readConstant(before + i, records, at * SLOT_INTEGERS)
    })
    this.#readRecords(records)
  }

  #readConstant(id: number, slots: Int32Array, at: number): void {
    // Whatever made it: its value is there.
    this.word[id] = (slots[at] as number) & VALUE_FLAGS
    this.#readShape(id, slots, at)
    if (this.isTensor(id)) this.address[id] = (slots[at + VALUE / 4] as number) >>> 0
    else this.number[id] = new Float64Array(slots.buffer, slots.byteOffset)[(at + VALUE / 4) >> 1] as number
  }

  #readRecords(slots: Int32Array): void {
    for (let id = this.constants, at = 0; id < this.length; id++, at += SLOT_INTEGERS) {
      const word = (slots[at] as number) & WITHOUT_STATE
      const kind = traitsOf(word)
      const operands = kind & TRAIT_OPERANDS
      this.word[id] = word
      this.a[id] = operands > 0 ? this.#idOf(slots[at + OPERAND_A / 4] as number) : id
      this.b[id] = operands > 1 ? this.#idOf(slots[at + OPERAND_B / 4] as number) : (this.a[id] as number)
      const c = slots[at + OPERAND_C / 4] as number
      this.c[id] = kind & TRAIT_OFFSET ? c : operands > 2 ? this.#idOf(c) : (this.b[id] as number)
      this.#readShape(id, slots, at)
    }
  }

  #readShape(id: number, slots: Int32Array, at: number): void {
    if (!this.isTensor(id)) return
    this.rows[id] = slots[at + ROWS / 4] as number
    this.cols[id] = slots[at + COLS / 4] as number
  }

  #idOf(slot: number): number {
    const { first, constants } = this.#extent
    if (slot >= first) return this.#given.get(slot) ?? this.constants + slot - first
    return slot < -constants ? slot + this.#tapeConstants : FOREIGN
  }

  /** The node of a slot. @throws {UsageError} when it belongs to a run around the recorded one. */
  nodeOf(slot: number): number {
    const id = this.#idOf(slot)
    if (id === FOREIGN) throw foreign()
    return id
  }

  isTensor(id: number): boolean {
    return ((this.word[id] as number) & (FLAG_TENSOR << (8 * FLAGS))) !== 0
  }

  /** The flags, in a word, of what a node's value is: a tensor or not, of float32 or not. */
  valueFlags(id: number): number {
    return (this.word[id] as number) & VALUE_FLAGS
  }

  /** The bytes of an element of a node's value. */
  elementBytes(id: number): number {
    return ((this.word[id] as number) & (FLAG_FLOAT32 << (8 * FLAGS))) === 0 ? 8 : 4
  }

  /** The bytes of a node's value. */
  bytesOf(id: number): number {
    return this.elementBytes(id) * this.countOf(id)
  }

  /** How many elements a node's value has. */
  countOf(id: number): number {
    return this.isTensor(id) ? (this.rows[id] as number) * (this.cols[id] as number) : 1
  }

  /** Is it computed, neither constant nor input? */
  isComputed(id: number): boolean {
    return id >= this.constants + this.inputs
  }

  /** Is it a recorded tensor that shares another one's memory? */
  isView(id: number): boolean {
    return (
      id < this.recorded &&
      this.isComputed(id) &&
      this.isTensor(id) &&
      (traitsOf(this.word[id] as number) & TRAIT_VIEW) !== 0
    )
  }

  /** Does a node have operands beyond a, beyond b? */
  operandsOf(id: number): number {
    return this.isComputed(id) ? traitsOf(this.word[id] as number) & TRAIT_OPERANDS : 0
  }

  /** The node that stands for another one after `simplify`. */
  standIn(id: number): number {
    return this.#same[id] as number
  }

  /** Appends a node. */
  append(word: number, a: number, b: number, c: number, like: number): number {
    const id = this.length++
    if (id >= this.word.length) this.#grow()
    this.word[id] = word
    this.a[id] = a
    this.b[id] = b
    this.c[id] = c
    this.rows[id] = this.rows[like] as number
    this.cols[id] = this.cols[like] as number
    this.live[id] = 1
    return id
  }

  #grow(): void {
    const longer = (from: Int32Array): Int32Array => {
      const to = new Int32Array(2 * from.length + 16)
      to.set(from)
      return to
    }
    this.word = longer(this.word)
    this.a = longer(this.a)
    this.b = longer(this.b)
    this.c = longer(this.c)
    this.rows = longer(this.rows)
    this.cols = longer(this.cols)
    const live = new Uint8Array(this.word.length)
    live.set(this.live)
    this.live = live
  }

  /**
   * Keeps what the roots depend on, one node for each value: common records are shared, what only passes its operand on is
   * left out, and so is multiplying by 1. The bits of no value change.
   */
  simplify(roots: readonly number[]): void {
    this.#mark(roots)
    const alone = this.#changedInPlace()
    const { word, a, b, c } = this
    const same = this.#same
    const interner = new Interner(this)
    for (let id = 0; id < this.length; id++) {
      same[id] = id
      if (this.live[id] === 0) continue
      if (id < this.constants) {
        if (!this.isTensor(id)) same[id] = interner.number(id)
        continue
      }
      if (!this.isComputed(id)) continue
      const kind = traitsOf(word[id] as number)
      a[id] = same[a[id] as number] as number
      b[id] = same[b[id] as number] as number
      if ((kind & TRAIT_OFFSET) === 0) c[id] = same[c[id] as number] as number
      const passed = this.#passedOn(id, kind)
      if (passed >= 0) same[id] = passed
      else if (alone[id] === 0) same[id] = interner.record(id)
    }
    this.#mark(roots.map(id => this.standIn(id)))
  }

  /** Marks what the roots depend on as live, and nothing else. */
  #mark(roots: readonly number[]): void {
    const { live, a, b, c } = this
    live.fill(0)
    for (const id of roots) live[id] = 1
    for (let id = this.length - 1; id >= this.constants; id--) {
      if (live[id] === 0) continue
      const operands = this.operandsOf(id)
      if (operands > 0) this.#markOperand(a[id] as number)
      if (operands > 1) this.#markOperand(b[id] as number)
      if (operands > 2) this.#markOperand(c[id] as number)
    }
  }

  #markOperand(id: number): void {
    if (id === FOREIGN) throw foreign()
    this.live[id] = 1
  }

  /** Which nodes have a buffer that is changed by another node, or change one: they have no second reader. */
  #changedInPlace(): Uint8Array {
    const alone = new Uint8Array(this.length)
    for (let id = this.constants; id < this.length; id++) {
      if (this.live[id] === 0 || (traitsOf(this.word[id] as number) & TRAIT_IN_PLACE) === 0) continue
      alone[id] = 1
      alone[this.a[id] as number] = 1
    }
    return alone
  }

  /** The operand that a node has the very value of; −1 for none. */
  #passedOn(id: number, kind: number): number {
    const a = this.a[id] as number
    const b = this.b[id] as number
    if ((kind & TRAIT_VIEW) !== 0 && (kind & TRAIT_OFFSET) === 0 && this.#sameExtent(a, id)) return a
    const opcode = (this.word[id] as number) & 0xff
    const isProduct = opcode === (Opcode.Mul as number)
    if ((isProduct || opcode === (Opcode.Div as number)) && this.isOne(b) && this.#sameExtent(a, id)) return a
    return isProduct && this.isOne(a) && this.#sameExtent(b, id) ? b : -1
  }

  /** Is it the constant 1? */
  isOne(id: number): boolean {
    return id < this.constants && !this.isTensor(id) && this.number[id] === 1
  }

  #sameExtent(a: number, b: number): boolean {
    if (!this.isTensor(a) || !this.isTensor(b)) return this.isTensor(a) === this.isTensor(b)
    return this.rows[a] === this.rows[b] && this.cols[a] === this.cols[b]
  }
}

/** Which records are inputs of inner functions that were given constants: counted from the first. */
function innerLeaves(records: Int32Array, inputs: number): number[] {
  const found: number[] = []
  for (let i = inputs; i * SLOT_INTEGERS < records.length; i++) {
    if (((records[i * SLOT_INTEGERS] as number) & 0xff) === (Opcode.Leaf as number)) found.push(i)
  }
  return found
}
