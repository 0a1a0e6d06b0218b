/**
 * Functions for runs of instructions on numbers, and on single elements of tensors. What is used once is computed where it is
 * used, on the stack; what is used more often is a local; a value is stored only where something else reads it.
 */
import { FLAG_MIXED, VALUE } from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { GUARD_HOLDS, Relation } from '../../../assembly/shared/program.ts'
import { Bytes, Code, I32, type ModuleWriter } from './binary.ts'
import { EngineFunction } from './imports.ts'
import type { Slots } from './slots.ts'
import { isBinary, timesRead, ValueWriter } from './values.ts'

const comparisons = new Map<Relation, Code>([
  [Relation.Less, Code.F64Lt],
  [Relation.LessOrEqual, Code.F64Le],
  [Relation.Greater, Code.F64Gt],
  [Relation.GreaterOrEqual, Code.F64Ge],
  [Relation.Equal, Code.F64Eq],
])

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
  const writes = opcode === Opcode.AddAt || opcode === Opcode.Put
  return writes && slots.hasDoubles(slot) && !slots.isTensor(b) && !slots.layout.moving.has(slot)
}

/** Which instructions are in a function, in order; each belongs to one. */
export interface Members {
  readonly instructions: Int32Array
  /** The number of the function, and by instruction the number of its own. */
  readonly number: number
  readonly unitOf: Int32Array
}

export class NumbersWriter extends ValueWriter {
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
    const a = slots.a(slot)
    const b = slots.b(slot)
    if (slots.isGuard(slot)) {
      const times = this.#relation(slot) === Relation.Same ? 2 : 1
      this.#use(a, times)
      this.#use(b, times)
      return
    }
    switch (slots.opcode(slot)) {
      case Opcode.Slice:
        if (slots.layout.moving.has(a)) this.#loadPointer(a)
        return
      case Opcode.AddAt:
      case Opcode.Put:
        this.#use(b, 1)
        return
      default: {
        const [ofA, ofB, ofC] = timesRead(slots, slot)
        this.#use(a, ofA)
        this.#use(b, ofB)
        this.#use(slots.c(slot), ofC)
      }
    }
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
      this.#writeGuard(slot)
      return
    }
    const number = slots.numberOf(slot)
    const uses = this.#uses[number] as number
    switch (slots.opcode(slot)) {
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

  /** Adds b to an element of a tensor, or writes it there. */
  #writeElement(slot: number): void {
    const { code, slots } = this
    const element = slots.place(slot).start + 8 * slots.c(slot)
    code.i32(0)
    if (slots.opcode(slot) === Opcode.AddAt) {
      code.i32(0)
      code.access(Code.F64Load, 3, element)
      this.operand(slots.b(slot))
      code.byte(Code.F64Add)
    } else this.operand(slots.b(slot))
    code.access(Code.F64Store, 3, element)
  }

  #relation(guard: number): Relation {
    return this.slots.attribute(guard) & (GUARD_HOLDS - 1) // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment
  }

  /** Returns the guard's address where the outcome is another one than it was recorded with. */
  #writeGuard(slot: number): void {
    const { code, slots } = this
    const operands = [slots.a(slot), slots.b(slot)]
    const comparison = comparisons.get(this.#relation(slot))
    if (comparison !== undefined) {
      for (const x of operands) this.operand(x)
      code.byte(comparison)
    } else {
      // The same bits, or two NaN.
      for (const x of operands) {
        this.operand(x)
        code.byte(Code.I64ReinterpretF64)
      }
      code.byte(Code.I64Eq)
      for (const x of operands) {
        this.operand(x)
        this.operand(x)
        code.byte(Code.F64Ne)
      }
      code.byte(Code.I32And)
      code.byte(Code.I32Or)
    }
    if (slots.attribute(slot) & GUARD_HOLDS) code.byte(Code.I32Eqz)
    code.returnIf(() => {
      code.i32(slot)
    })
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

  protected override apply(instruction: Code): void {
    this.code.byte(instruction)
  }

  protected override constant(value: number): void {
    this.code.f64(value)
  }

  protected override call(slot: number): void {
    const { code, slots } = this
    const opcode = slots.opcode(slot)
    const a = slots.a(slot)
    if (opcode === Opcode.Slice) {
      const { input, start } = slots.place(a)
      const offset = 8 * slots.c(slot)
      if (input < 0) code.i32(0)
      else code.indexed(Code.LocalGet, (this.#local[slots.numberOf(a)] as number) - 1)
      code.access(Code.F64Load, 3, input < 0 ? start + offset : offset)
      return
    }
    if (opcode === Opcode.Where) {
      this.operand(slots.b(slot))
      this.operand(slots.c(slot))
      this.operand(a)
      code.f64(0)
      code.byte(Code.F64Ne)
      code.byte(Code.Select)
      return
    }
    const called = this.functionOf(opcode)
    if (called === undefined) code.i32(slots.word(slot))
    this.operand(a)
    if (called === undefined) {
      if (isBinary(opcode)) this.operand(slots.b(slot))
      else code.f64(0)
    }
    code.indexed(Code.Call, called ?? EngineFunction.NumberOf)
  }
}
