/** What is written for instructions on numbers, wherever the numbers are. */
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { GUARD_HOLDS, Relation } from '../../../assembly/shared/program.ts'
import { Code } from './binary.ts'
import { EngineFunction } from './imports.ts'
import type { Instructions, Slots } from './slots.ts'
import { isBinary, timesRead, ValueWriter } from './values.ts'

const comparisons = new Map<Relation, Code>([
  [Relation.Less, Code.F64Lt],
  [Relation.LessOrEqual, Code.F64Le],
  [Relation.Greater, Code.F64Gt],
  [Relation.GreaterOrEqual, Code.F64Ge],
  [Relation.Equal, Code.F64Eq],
])

function relationOf(slots: Instructions, guard: number): Relation {
  return slots.attribute(guard) & (GUARD_HOLDS - 1) // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment
}

/** How often what an instruction does reads its operands as numbers, 2 standing for any more. */
export function numbersRead(slots: Instructions, slot: number): readonly [a: number, b: number, c: number] {
  if (slots.isGuard(slot)) {
    const times = relationOf(slots, slot) === Relation.Same ? 2 : 1
    return [times, times, 0]
  }
  switch (slots.opcode(slot)) {
    case Opcode.Slice:
      return [0, 0, 0]
    case Opcode.Embed:
      return [1, 0, 0]
    case Opcode.AddAt:
    case Opcode.Put:
      return [0, 1, 0]
    default:
      return timesRead(slots, slot)
  }
}

/** Writes values of numbers. */
export abstract class ScalarWriter<S extends Instructions = Slots> extends ValueWriter<S> {
  /** Pushes the element of a tensor that a `Slice` reads. */
  protected abstract element(slot: number): void
  /** Pushes the address of an instruction. */
  protected abstract address(slot: number): void

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
      this.element(slot)
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

  /** Returns the guard's address where the outcome is another one than it was recorded with. */
  protected guard(slot: number): void {
    const { code, slots } = this
    const operands = [slots.a(slot), slots.b(slot)]
    const comparison = comparisons.get(relationOf(slots, slot))
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
      this.address(slot)
    })
  }
}
