/** What is written for an elementwise op: once, for numbers and for pairs of numbers in the lanes of a vector. */
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { TRAIT_OPERANDS } from '../../../assembly/shared/program.ts'
import { traitsOf } from '../../traits.ts'
import { type Bytes, Code } from './binary.ts'
import { EngineFunction } from './imports.ts'
import type { Instructions, Slots } from './slots.ts'

/** Ops that are one instruction. */
const instructions = new Map<Opcode, Code>([
  [Opcode.Neg, Code.F64Neg],
  [Opcode.Abs, Code.F64Abs],
  [Opcode.Sqrt, Code.F64Sqrt],
  [Opcode.Floor, Code.F64Floor],
  [Opcode.Ceil, Code.F64Ceil],
  [Opcode.Round, Code.F64Nearest],
  [Opcode.Add, Code.F64Add],
  [Opcode.Sub, Code.F64Sub],
  [Opcode.Mul, Code.F64Mul],
  [Opcode.Div, Code.F64Div],
  [Opcode.Max, Code.F64Max],
  [Opcode.Min, Code.F64Min],
])

/** Ops that are a function of the engine's, of one number. */
const functions = new Map<Opcode, EngineFunction>([
  [Opcode.Exp, EngineFunction.Exp],
  [Opcode.Log, EngineFunction.Log],
  [Opcode.Tanh, EngineFunction.Tanh],
  [Opcode.Logistic, EngineFunction.Logistic],
])

/** Does an op have a second operand? */
export function isBinary(opcode: Opcode): boolean {
  return (traitsOf(opcode) & TRAIT_OPERANDS) > 1
}

/**
 * The k-th derivative of x^y by x as c·x^exponent with an exponent of 0, 1 or 2, y being a constant; c may be 0. Undefined where
 * it is none, or for a derivative by y.
 */
function simplePower(
  slots: Instructions,
  slot: number,
): { c: number; exponent: number; isScaled: boolean } | undefined {
  const exponentSlot = slots.b(slot)
  const attribute = slots.attribute(slot)
  const k = attribute & 15
  if (attribute >>> 4 !== 0 || !slots.isConstant(exponentSlot)) return undefined
  const y = slots.constant(exponentSlot)
  let c = 1
  for (let i = 0; i < k; i++) c *= y - i
  if (c === 0) return { c: 0, exponent: 0, isScaled: true }
  const exponent = y - k
  return exponent === 0 || exponent === 1 || exponent === 2 ? { c, exponent, isScaled: k > 0 } : undefined
}

/** Can the value of the op be written for pairs of numbers? That of numbers always can. */
export function hasPairs(slots: Instructions, slot: number): boolean {
  const opcode = slots.opcode(slot)
  switch (opcode) {
    case Opcode.Identity:
    case Opcode.StopGradient:
    case Opcode.TanhBack:
    case Opcode.LogisticBack:
    case Opcode.Sign:
    case Opcode.MaxShare:
      return true
    case Opcode.Pow:
      return simplePower(slots, slot) !== undefined
    default:
      return instructions.has(opcode)
  }
}

/** How often the value of an op reads its operands, 2 standing for any more: those must be locals. */
export function timesRead(slots: Instructions, slot: number): readonly [a: number, b: number, c: number] {
  const opcode = slots.opcode(slot)
  switch (opcode) {
    case Opcode.TanhBack:
    case Opcode.LogisticBack:
      return [1, 2, 0]
    case Opcode.Sign:
      return [2, 0, 0]
    case Opcode.MaxShare:
      return [2, 2, 0]
    case Opcode.Pow: {
      const power = simplePower(slots, slot)
      return power === undefined ? [1, 1, 0] : [power.exponent, 0, 0]
    }
    case Opcode.Where:
      return [1, 1, 1]
    default:
      return [1, isBinary(opcode) ? 1 : 0, 0]
  }
}

/** Writes values: of numbers or of pairs, which differ in their instructions only. */
export abstract class ValueWriter<S extends Instructions = Slots> {
  protected readonly slots: S
  protected readonly code: Bytes

  constructor(slots: S, code: Bytes) {
    this.slots = slots
    this.code = code
  }

  /** Pushes an operand. */
  protected abstract operand(slot: number): void
  /** Applies an instruction of numbers. */
  protected abstract apply(instruction: Code): void
  /** Pushes a constant. */
  protected abstract constant(value: number): void
  /** Pushes the value of an op that has no form of its own here. */
  protected abstract call(slot: number): void

  /** Pushes op(a, b). */
  protected compute(slot: number): void {
    const { slots } = this
    const opcode = slots.opcode(slot)
    const a = slots.a(slot)
    const b = slots.b(slot)
    const instruction = instructions.get(opcode)
    if (instruction !== undefined) {
      this.operand(a)
      if (isBinary(opcode)) this.operand(b)
      this.apply(instruction)
      return
    }
    switch (opcode) {
      case Opcode.Identity:
      case Opcode.StopGradient:
        this.operand(a)
        return
      case Opcode.TanhBack:
        // a·((1 − b)·(1 + b))
        this.operand(a)
        this.constant(1)
        this.operand(b)
        this.apply(Code.F64Sub)
        this.constant(1)
        this.operand(b)
        this.apply(Code.F64Add)
        this.apply(Code.F64Mul)
        this.apply(Code.F64Mul)
        return
      case Opcode.LogisticBack:
        // a·(b·(1 − b))
        this.operand(a)
        this.operand(b)
        this.constant(1)
        this.operand(b)
        this.apply(Code.F64Sub)
        this.apply(Code.F64Mul)
        this.apply(Code.F64Mul)
        return
      case Opcode.Pow:
        this.#power(slot)
        return
      default:
        this.call(slot)
    }
  }

  /** The engine's function for an op of one number, if it has one. */
  protected functionOf(opcode: Opcode): EngineFunction | undefined {
    return functions.get(opcode)
  }

  #power(slot: number): void {
    const power = simplePower(this.slots, slot)
    if (power === undefined) {
      this.call(slot)
      return
    }
    const { c, exponent, isScaled } = power
    const x = this.slots.a(slot)
    if (exponent === 0) {
      this.constant(c)
      return
    }
    if (isScaled) this.constant(c)
    this.operand(x)
    if (exponent === 2) {
      this.operand(x)
      this.apply(Code.F64Mul)
    }
    if (isScaled) this.apply(Code.F64Mul)
  }
}
