/**
 * Functions for runs of instructions on numbers, and on single elements of tensors. What is used once is computed where it is
 * used, on the stack; what is used more often is a local; a value is stored only where something else reads it.
 */
import { FLAG_MIXED, VALUE } from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { Bytes, Code, I32, type ModuleWriter } from './binary.ts'
import { numbersRead, ScalarWriter } from './scalars.ts'
import type { Slots } from './slots.ts'

/** Is it an instruction that stands in such a function? */
export function isOnNumbers(slots: Slots, slot: number): boolean {
  const flags = slots.flags(slot)
  if (flags === 0) return true
  const opcode = slots.opcode(slot)
  const a = slots.a(slot)
  const b = slots.b(slot)
  if (flags === FLAG_MIXED) {
    if (slots.isGuard(slot)) return !slots.isTensor(a) && !slots.isTensor(b)
    if (opcode === Opcode.Where) return ![a, b, slots.c(slot)].some(x => slots.isTensor(x))
    return opcode === Opcode.Slice && slots.hasDoubles(a)
  }
  const part = opcode === Opcode.Embed ? a : opcode === Opcode.AddAt || opcode === Opcode.Put ? b : undefined
  if (part === undefined || slots.isTensor(part)) return false
  return slots.hasDoubles(slot) && !slots.layout.moving.has(slot)
}

/** Which instructions are in a function, in order; each belongs to one. */
export interface Members {
  readonly instructions: Int32Array
  /** The number of the function, and by instruction the number of its own. */
  readonly number: number
  readonly unitOf: Int32Array
}

export class NumbersWriter extends ScalarWriter {
  /** By slot, while a function is written: how often it is read there, and in which local it is; 0 for none. */
  readonly #uses: Int32Array
  readonly #local: Int32Array
  /** The slots for which these two are not 0. */
  readonly #touched: number[] = []
  #members: Members | undefined
  /** How many locals it has: those that hold the places of tensors come first. */
  #pointers = 0
  #locals = 0

  constructor(slots: Slots) {
    super(slots, new Bytes())
    const { layout } = slots
    this.#uses = new Int32Array(slots.numberOf(layout.to))
    this.#local = new Int32Array(this.#uses.length)
  }

  /**
   * Adds the function of these instructions; `kept` tells which values must be in memory. It gives 0, or the address of the
   * guard that it stopped at, if it has guards; otherwise nothing.
   */
  write(writer: ModuleWriter, members: Members, kept: Uint8Array): { index: number; mayStop: boolean } {
    const { code, slots } = this
    code.clear()
    this.#members = members
    this.#pointers = this.#locals = 0
    let mayStop = false
    for (const i of members.instructions) {
      this.#countUses(slots.at(i))
      if (slots.isGuard(slots.at(i))) mayStop = true
    }
    for (const i of members.instructions) this.#writeInstruction(slots.at(i), kept[i] === 1)
    if (mayStop) code.i32(0)
    for (const number of this.#touched) this.#uses[number] = this.#local[number] = 0
    this.#touched.length = 0
    const locals = { integers: this.#pointers, floats: this.#locals - this.#pointers, vectors: 0 }
    return { index: writer.add(mayStop ? [I32] : [], locals, code), mayStop }
  }

  /** Is it an instruction of the function that is written? */
  #isHere(slot: number): boolean {
    const { number, unitOf } = this.#members as Members
    const i = this.slots.indexOf(slot)
    return i >= 0 && unitOf[i] === number
  }

  /** Counts how often an instruction reads its operands. */
  #countUses(slot: number): void {
    const { slots } = this
    const [ofA, ofB, ofC] = numbersRead(slots, slot)
    this.#use(slots.a(slot), ofA)
    this.#use(slots.b(slot), ofB)
    this.#use(slots.c(slot), ofC)
    if (slots.opcode(slot) === Opcode.Slice && slots.layout.moving.has(slots.a(slot))) this.#loadPointer(slots.a(slot))
  }

  #use(operand: number, times: number): void {
    if (times === 0) return
    const number = this.slots.numberOf(operand)
    if (this.#uses[number] === 0) this.#touched.push(number)
    this.#uses[number] = (this.#uses[number] as number) + times
  }

  /** Reads where a tensor is, once for the whole function. */
  #loadPointer(tensor: number): void {
    const { code } = this
    const number = this.slots.numberOf(tensor)
    if (this.#local[number] !== 0) return
    this.#touched.push(number)
    this.#pointers++
    this.#local[number] = ++this.#locals
    code.i32(0)
    code.access(Code.I32Load, 2, tensor + VALUE)
    code.indexed(Code.LocalSet, this.#locals - 1)
  }

  /** Writes what an instruction does, unless that is only to compute what one other uses: it will be written there. */
  #writeInstruction(slot: number, isKept: boolean): void {
    const { code, slots } = this
    if (slots.isGuard(slot)) {
      this.guard(slot)
      return
    }
    const number = slots.numberOf(slot)
    const uses = this.#uses[number] as number
    switch (slots.opcode(slot)) {
      case Opcode.Embed:
      case Opcode.AddAt:
      case Opcode.Put:
        this.#writeElement(slot)
        return
      case Opcode.Slice:
        break
      default:
        if (!isKept && uses < 2) return
    }
    if (isKept) code.i32(0)
    this.compute(slot)
    if (uses > 0) this.#setLocal(number, isKept)
    else if (!isKept) code.byte(Code.Drop)
    if (isKept) code.access(Code.F64Store, 3, slot + VALUE)
  }

  /** Makes the number on the stack a local of a slot; leaves it on the stack as well, if it is needed there. */
  #setLocal(number: number, isNeeded: boolean): void {
    this.#local[number] = ++this.#locals
    this.code.indexed(isNeeded ? Code.LocalTee : Code.LocalSet, this.#locals - 1)
  }

  /** Adds b to an element of a tensor, or writes it there; or a, all others being 0. */
  #writeElement(slot: number): void {
    const { code, slots } = this
    const { start } = slots.place(slot)
    const element = start + 8 * slots.c(slot)
    const opcode = slots.opcode(slot)
    if (opcode === Opcode.Embed) code.zero(start, 8 * slots.count(slot))
    code.i32(0)
    if (opcode === Opcode.AddAt) {
      code.i32(0)
      code.access(Code.F64Load, 3, element)
    }
    this.operand(opcode === Opcode.Embed ? slots.a(slot) : slots.b(slot))
    if (opcode === Opcode.AddAt) code.byte(Code.F64Add)
    code.access(Code.F64Store, 3, element)
  }

  // Values

  protected override operand(slot: number): void {
    const { code, slots } = this
    const number = slots.numberOf(slot)
    const local = this.#local[number] as number
    if (local !== 0) code.indexed(Code.LocalGet, local - 1)
    else if (slots.isConstant(slot)) code.f64(slots.constant(slot))
    else if (this.#isHere(slot)) this.compute(slot)
    else {
      code.i32(0)
      code.access(Code.F64Load, 3, slot + VALUE)
      if ((this.#uses[number] as number) > 1) this.#setLocal(number, true)
    }
  }

  protected override element(slot: number): void {
    const { code, slots } = this
    const tensor = slots.a(slot)
    const { input, start } = slots.place(tensor)
    const offset = 8 * slots.c(slot)
    if (input < 0) code.i32(0)
    else code.indexed(Code.LocalGet, (this.#local[slots.numberOf(tensor)] as number) - 1)
    code.access(Code.F64Load, 3, input < 0 ? start + offset : offset)
  }

  protected override address(slot: number): void {
    this.code.i32(slot)
  }
}
