/** Coefficients: slots of the tape that a series is recorded on, and the ops on them. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { scaleHost } from '../host.ts'
import type { Space } from '../differentiable.ts'
import type { Run } from '../run.ts'
import { spaceOfLeaf } from '../structure.ts'
import type { Tape } from '../tape.ts'
import type { PlainTensor } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { apply, applySlots, applySlots3, slotOf } from '../apply.ts'
import { type AnyVar, constantLeaf, HOST, hostVarOf, type Var, varLike, varOf } from '../var.ts'

/** What messages call an op on coefficients. */
export const TAYLOR = 'taylor'

/**
 * A coefficient: its slot, which is negative for a constant. Undefined where it is known to be zero, so that nothing is computed
 * with it.
 */
export type Term = number | undefined

/** What is recorded of coefficients, on one run: slots to slots, without an object for each. */
export class Records {
  readonly run: Run
  readonly tape: Tape
  readonly #numbers = new Map<number, number>()

  constructor(run: Run) {
    this.run = run
    this.tape = run.tape
  }

  /** @param offset of ops on parts */
  apply(word: number, shape: Shape, a: number, b = a, offset?: number): number {
    return applySlots(TAYLOR, word, this.tape, shape, a, b, offset)
  }

  apply3(word: number, shape: Shape, a: number, b: number, c: number): number {
    return applySlots3(TAYLOR, word, this.tape, shape, a, b, c)
  }

  /** A constant number; each is there once. */
  number(x: number): number {
    let slot = this.#numbers.get(x)
    if (slot === undefined) this.#numbers.set(x, (slot = this.tape.constantNumber(x)))
    return slot
  }

  /** A constant tensor. */
  tensor(x: PlainTensor): number {
    return this.tape.constantTensor(x)
  }

  /** Does a coefficient hold a tensor? */
  isTensor(slot: number): boolean {
    return this.tape.valueFlags(slot) !== 0
  }

  /** The variable for a coefficient. */
  variable(slot: number, shape: Shape, dtype: DType): Var<unknown> {
    if (shape !== HOST) return varOf(this.run, slot, shape, dtype)
    const { tape } = this
    return hostVarOf(this.run, slot, tape.host.spaces[tape.hostIndex(slot)] as Space)
  }

  /** The slot of a variable that may belong to a run around, or of a plain value. */
  slotOf(x: unknown): number {
    return slotOf(TAYLOR, constantLeaf(x), this.run)
  }

  plus(shape: Shape, a: Term, b: Term): Term {
    return a === undefined || b === undefined ? (a ?? b) : this.apply(Opcode.Add, shape, a, b)
  }

  minus(shape: Shape, a: Term, b: Term): Term {
    if (b === undefined) return a
    return a === undefined ? this.apply(Opcode.Neg, shape, b) : this.apply(Opcode.Sub, shape, a, b)
  }

  /** A coefficient times a number. */
  times(shape: Shape, term: Term, factor: number): Term {
    if (term === undefined || factor === 1) return term
    if (shape === HOST) return this.slotOf(scaled(this.variable(term, shape, 'float64'), factor))
    return this.apply(Opcode.Mul, shape, term, this.number(factor))
  }

  /** A coefficient divided by a number. */
  over(shape: Shape, term: Term, divisor: number): Term {
    if (term === undefined || divisor === 1) return term
    if (shape === HOST) return this.times(shape, term, 1 / divisor)
    return this.apply(Opcode.Div, shape, term, this.number(divisor))
  }
}

/** A variable times a number. */
export function scaled(x: AnyVar, factor: number): Var<unknown> {
  const { run, slot, shape } = x
  if (shape !== HOST) return apply(TAYLOR, Opcode.Mul, shape, x, factor)
  return scaleHost(TAYLOR, spaceOfLeaf(x) as Space, factor, varLike(x, run, slot))
}
