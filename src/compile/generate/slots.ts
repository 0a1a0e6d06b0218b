/** The instructions of a program as they stand in linear memory: what a generator reads of them. */
import {
  ATTRIBUTE,
  COLS,
  FLAGS,
  FLAG_MIXED,
  FLAG_TENSOR,
  FLAG_TRANSPOSE_A,
  FLAG_TRANSPOSE_B,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  ROWS,
  SLOT_BYTES,
  SLOT_SHIFT,
  STATE,
  VALUE,
} from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { GUARD, Mode, TRAIT_OPERANDS } from '../../../assembly/shared/program.ts'
import { traitsOf } from '../../traits.ts'
import type { LinearMemory } from '../../wasm/memory.ts'

/** The flags of tensors whose elements generated code can read and write: float64. All others are left to the interpreter. */
const KNOWN_FLAGS = FLAG_TENSOR | FLAG_MIXED | FLAG_TRANSPOSE_A | FLAG_TRANSPOSE_B

/** Where the elements of a tensor are: so many bytes behind the beginning of a resident input, or at an address. */
export interface Place {
  /** Which input; −1 for an address. */
  readonly input: number
  readonly start: number
}

/** Where the parts of a program are, as addresses. */
export interface Layout {
  /** The slots of constants, from the first slot on. */
  readonly block: number
  readonly constantsEnd: number
  /** The instructions that have been run once, and behind them those that run each time. */
  readonly prologue: number
  readonly from: number
  readonly to: number
  /** Where the program's memory ends. */
  readonly end: number
  /** By slot: the places of tensors that are resident, so not always at the same address. */
  readonly moving: ReadonlyMap<number, Place>
  /** The slots that are read after a run. */
  readonly results: readonly number[]
}

/** What is read of instructions to write what they do. */
export type Instructions = Pick<
  Slots,
  'word' | 'opcode' | 'isGuard' | 'attribute' | 'a' | 'b' | 'c' | 'isConstant' | 'constant'
>

export class Slots {
  readonly layout: Layout
  readonly #memory: LinearMemory
  #i32: Int32Array
  #f64: Float64Array

  constructor(memory: LinearMemory, layout: Layout) {
    this.#memory = memory
    this.layout = layout
    this.#i32 = memory.i32
    this.#f64 = memory.f64
  }

  /** To be called before slots are read again: memory may have grown. */
  renew(): void {
    this.#i32 = this.#memory.i32
    this.#f64 = this.#memory.f64
  }

  /** How many instructions run each time. */
  get length(): number {
    return (this.layout.to - this.layout.from) >> SLOT_SHIFT
  }

  /** The address of an instruction. */
  at(i: number): number {
    return this.layout.from + i * SLOT_BYTES
  }

  /** Which instruction a slot is; −1 for none. */
  indexOf(slot: number): number {
    const { from, to } = this.layout
    return slot >= from && slot < to ? (slot - from) >> SLOT_SHIFT : -1
  }

  /** The number of a slot in the block. */
  numberOf(slot: number): number {
    return (slot - this.layout.block) >> SLOT_SHIFT
  }

  /** Opcode, flags and attribute, and the mode in place of the state. */
  word(slot: number): number {
    return this.#i32[slot / 4] as number
  }

  /** What an instruction does; a guard has no opcode of this list. */
  opcode(slot: number): Opcode {
    return this.word(slot) & 0xff // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment
  }

  isGuard(slot: number): boolean {
    return (this.word(slot) & 0xff) === GUARD
  }

  flags(slot: number): number {
    return (this.word(slot) >>> (8 * FLAGS)) & 0xff
  }

  mode(slot: number): Mode {
    return (this.word(slot) >>> (8 * STATE)) & 0xff // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment
  }

  attribute(slot: number): number {
    return this.word(slot) >>> (8 * ATTRIBUTE)
  }

  isTensor(slot: number): boolean {
    return (this.flags(slot) & FLAG_TENSOR) !== 0
  }

  /** Is it a number, or a tensor of float64? */
  hasDoubles(slot: number): boolean {
    return (this.flags(slot) & ~KNOWN_FLAGS) === 0
  }

  /** How many elements a tensor has. */
  count(slot: number): number {
    return this.#field(slot, ROWS) * this.#field(slot, COLS)
  }

  a(slot: number): number {
    return this.#field(slot, OPERAND_A)
  }

  b(slot: number): number {
    return this.#field(slot, OPERAND_B)
  }

  /** Operand c, or what the instruction has in its place. */
  c(slot: number): number {
    return this.#field(slot, OPERAND_C)
  }

  /** How many of a, b and c an instruction reads; b is a where it has one operand only. What is added to counts, an offset not. */
  operands(slot: number): number {
    if (this.isGuard(slot)) return 2
    return this.mode(slot) === Mode.Plain ? traitsOf(this.opcode(slot)) & TRAIT_OPERANDS : 3
  }

  /** Where the elements of a tensor are. */
  place(slot: number): Place {
    return this.layout.moving.get(slot) ?? { input: -1, start: this.#field(slot, VALUE) }
  }

  /** Where the element is that a `Slice` reads, or an `AddAt` or `Put` writes; undefined for other instructions. */
  element(slot: number): Place | undefined {
    if (this.isGuard(slot)) return undefined
    const opcode = this.opcode(slot)
    const isRead = opcode === Opcode.Slice
    if (!isRead && opcode !== Opcode.AddAt && opcode !== Opcode.Put) return undefined
    const { input, start } = this.place(isRead ? this.a(slot) : slot)
    return { input, start: start + 8 * this.c(slot) }
  }

  /** Does the slot hold the same number in each run? */
  isConstant(slot: number): boolean {
    const { constantsEnd, prologue, from } = this.layout
    return !this.isTensor(slot) && (slot < constantsEnd || (slot >= prologue && slot < from))
  }

  constant(slot: number): number {
    return this.#f64[(slot + VALUE) / 8] as number
  }

  #field(slot: number, offset: number): number {
    return (this.#i32[(slot + offset) / 4] as number) >>> 0
  }
}
