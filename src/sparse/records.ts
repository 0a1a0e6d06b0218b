/** What a call has recorded, read as a program: to be told from another one, and for what its results depend on. */
import { COLS, OPERAND_A, OPERAND_B, OPERAND_C, ROWS, SLOT_BYTES, STATE } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { TRAIT_OFFSET, TRAIT_OPERANDS } from '../../assembly/shared/program.ts'
import { type VarFunction, withLength } from '../differentiate.ts'
import type { HostCall, HostOp } from '../hostStore.ts'
import { current, type Run } from '../run.ts'
import { leavesOf } from '../structure.ts'
import { countOf, type Tape, TENSOR_WORD } from '../tape.ts'
import { traitsOf } from '../traits.ts'
import { type AnyVar, isConstant } from '../var.ts'
import { callAt } from '../walk.ts'
import type { Lists } from './lists.ts'
import { type Dependence, type DependenceRecord, isFlat, type Layout, ruleOf, type Value } from './rules.ts'
import { EMPTY, type InputSet, InputSets } from './sets.ts'

/** Where the records of a call are, and what they were made of. */
interface Call {
  readonly tape: Tape
  /** The first slot of its run. */
  readonly first: number
  /** The first slot that is no input. */
  readonly firstRecord: number
  readonly end: number
  readonly vars: readonly unknown[]
  readonly result: unknown
}

/** The same function, and what its last call has recorded, as long as these records are there. */
export function watched(f: VarFunction): { readonly f: VarFunction; readonly call: () => Call } {
  let call: Call | undefined
  const watching = (...vars: unknown[]): unknown => {
    const { tape, first } = current as Run
    const firstRecord = tape.length
    const result = f(...vars)
    call = { tape, first, firstRecord, end: tape.length, vars, result }
    return result
  }
  return { f: withLength(watching, f.length), call: () => call as Call }
}

/** In place of an operand that is no record of the call: whatever it holds, no input is in it. */
const OUTSIDE = -1
/** The same in a code, for a tensor; its sizes follow. */
const OUTSIDE_TENSOR = -2

const SLOT_INTEGERS = SLOT_BYTES / 4
/** All of a slot's first integer but what a walk has left there. */
const WITHOUT_STATE = ~(0xff << (8 * STATE))

export class Records {
  readonly #tape: Tape
  readonly #first: number
  readonly #firstRecord: number
  readonly #end: number
  /** The inputs to differentiate by, and the results: leaves in order, with their slots. */
  readonly #inputs: readonly AnyVar[]
  readonly #results: readonly AnyVar[]

  /** @param inputs the variables, among those that the function got, to differentiate by */
  constructor({ tape, first, firstRecord, end, result }: Call, inputs: unknown) {
    this.#tape = tape
    this.#first = first
    this.#firstRecord = firstRecord
    this.#end = end
    this.#inputs = leavesOf(inputs)
    this.#results = leavesOf(result)
  }

  /**
   * The program, as numbers: all that dependence rules look at. Two calls with the same code have the same pattern; values are
   * not in it.
   */
  code(): Int32Array {
    const code: number[] = []
    this.#encode(n => code.push(n))
    return Int32Array.from(code)
  }

  /** Is it the program with that code? */
  hasCode(code: Int32Array): boolean {
    let length = 0
    let same = true
    this.#encode(n => {
      if (code[length++] !== n) same = false
    })
    return same && length === code.length
  }

  #encode(push: (n: number) => void): void {
    const tape = this.#tape
    const first = this.#first
    // Slots are read where they are: there may be millions.
    const slots = tape.viewSlots(first, this.#end)
    const pushOperand = (operand: number): void => {
      if (operand >= first) {
        push(operand - first)
        return
      }
      // The sizes of a constant belong to the program.
      const [rows, cols] = tape.folded(operand)
      push(rows === undefined ? OUTSIDE : OUTSIDE_TENSOR)
      if (rows !== undefined) push(rows)
      if (cols !== undefined) push(cols)
    }
    push(this.#inputs.length)
    for (const { slot } of this.#inputs) {
      push(slot - first)
      push(tape.folded(slot).length)
      for (const size of tape.folded(slot)) push(size)
    }
    push(this.#results.length)
    for (const leaf of this.#results) {
      push(this.#own(leaf))
      push(countOf(leaf.shape))
    }
    for (let at = (this.#firstRecord - first) * SLOT_INTEGERS; at < slots.length; at += SLOT_INTEGERS) {
      const word = (slots[at] as number) & WITHOUT_STATE
      push(word)
      if ((word & TENSOR_WORD) !== 0) {
        push(slots[at + ROWS / 4] as number)
        push(slots[at + COLS / 4] as number)
      }
      if (isHost(word)) {
        const slot = first + at / SLOT_INTEGERS
        const operands = this.#operandsOf(slot, word)
        push(this.#opAt(slot).onVars === undefined ? 0 : 1)
        push(operands.length)
        for (const operand of operands) push(Math.max(operand - first, OUTSIDE))
        continue
      }
      const traits = traitsOf(word)
      const count = traits & TRAIT_OPERANDS
      if (count > 0) pushOperand(slots[at + OPERAND_A / 4] as number)
      if (count > 1) pushOperand(slots[at + OPERAND_B / 4] as number)
      if (count > 2) pushOperand(slots[at + OPERAND_C / 4] as number)
      if ((traits & TRAIT_OFFSET) !== 0) push(slots[at + OPERAND_C / 4] as number)
    }
  }

  /** The slot of a variable, counted from the first of the call. */
  #own({ run, slot }: AnyVar): number {
    return run?.tape === this.#tape && this.#isOwn(slot) ? slot - this.#first : OUTSIDE
  }

  #isOwn(slot: number): boolean {
    return slot >= this.#first
  }

  #operandsOf(slot: number, word: number): readonly number[] {
    if ((word & 0xff) === (Opcode.Leaf as number)) return []
    if (isHost(word)) return leavesOf(this.#callAt(slot).inputs).map(x => (isConstant(x) ? OUTSIDE : x.slot))
    return this.#tape.operands(slot).slice(0, traitsOf(word) & TRAIT_OPERANDS)
  }

  // Ops of the user's

  #start(slot: number): number {
    const tape = this.#tape
    return tape.hostOperands(slot) > 0 ? slot : tape.operandB(slot)
  }

  #callAt(slot: number): HostCall {
    return callAt(this.#tape, this.#start(slot), undefined)
  }

  #opAt(slot: number): HostOp {
    return this.#tape.host.ops[this.#tape.node(slot)] as HostOp
  }

  /** Can each op be differentiated twice? One whose pullback is one of plain values cannot. */
  get isTwiceDifferentiable(): boolean {
    for (let slot = this.#firstRecord; slot < this.#end; slot++) {
      if (isHost(this.#tape.word(slot)) && this.#opAt(slot).onVars === undefined) return false
    }
    return true
  }

  // Dependence

  /** For each number of the result the inputs that it depends on, in order; and how many inputs there are. */
  pattern(): { readonly rows: Lists; readonly columnCount: number } {
    const columnCount = this.#inputs.reduce((count, { shape }) => count + countOf(shape), 0)
    const inputs = new InputSets(columnCount)
    const dependence = this.#spread(inputs)
    const rows: ArrayLike<number>[] = []
    for (const leaf of this.#results) {
      const own = this.#own(leaf)
      const sets = own === OUTSIDE ? undefined : dependence[own]
      for (let i = 0; i < countOf(leaf.shape); i++) rows.push(inputs.elementsOf(sets?.[i] ?? EMPTY))
    }
    const starts = new Int32Array(rows.length + 1)
    for (const [i, row] of rows.entries()) starts[i + 1] = (starts[i] as number) + row.length
    const items = new Int32Array(starts[rows.length] as number)
    for (const [i, row] of rows.entries()) items.set(row, starts[i])
    return { rows: { starts, items }, columnCount }
  }

  /** The dependence of each slot that a result depends on, counted from the first of the call. */
  #spread(inputs: InputSets): readonly Dependence[] {
    const dependence = new Array<Dependence>(this.#end - this.#first).fill(undefined)
    let next = 0
    for (const leaf of this.#inputs) {
      const own = this.#own(leaf)
      const ones = Array.from({ length: countOf(leaf.shape) }, () => inputs.one(next++))
      if (own !== OUTSIDE) dependence[own] = ones
    }
    const lastReaders = this.#lastReaders()
    for (let slot = this.#firstRecord; slot < this.#end; slot++) {
      if (lastReaders[slot - this.#first] === 0) continue
      const word = this.#tape.word(slot)
      const operands = this.#operandsOf(slot, word)
      const isDependent = operands.some(
        operand => this.#isOwn(operand) && dependence[operand - this.#first] !== undefined,
      )
      if (isDependent) dependence[slot - this.#first] = this.#dependenceAt(slot, word, operands, dependence, inputs)
      // Lists are long: those that nothing reads any more are forgotten.
      for (const operand of operands) {
        if (this.#isOwn(operand) && lastReaders[operand - this.#first] === slot) {
          dependence[operand - this.#first] = undefined
        }
      }
    }
    return dependence
  }

  /** By slot, counted from the first of the call: the last record that reads it; the end for results, 0 if none does. */
  #lastReaders(): Int32Array {
    const first = this.#first
    const last = new Int32Array(this.#end - first)
    for (const leaf of this.#results) if (this.#own(leaf) !== OUTSIDE) last[this.#own(leaf)] = this.#end
    for (let slot = this.#end - 1; slot >= this.#firstRecord; slot--) {
      const word = this.#tape.word(slot)
      if (last[slot - first] === 0 || isFlat(word & 0xff)) continue
      for (const operand of this.#operandsOf(slot, word)) {
        if (this.#isOwn(operand) && last[operand - first] === 0) last[operand - first] = slot
      }
    }
    return last
  }

  #dependenceAt(
    slot: number,
    word: number,
    operands: readonly number[],
    dependence: readonly Dependence[],
    inputs: InputSets,
  ): Dependence {
    if (isHost(word)) {
      // Each part of what an op of the user's gives depends on all that it got.
      const all = operands.reduce<InputSet>((set, operand) => {
        const sets = this.#isOwn(operand) ? dependence[operand - this.#first] : undefined
        return inputs.union(set, inputs.all(sets, 0, sets?.length ?? 0))
      }, EMPTY)
      return new Array<InputSet>(countOf(this.#tape.folded(slot))).fill(all)
    }
    const [a = OUTSIDE, b = a, c = b] = operands
    const valueAt = (operand: number): Value => ({
      sets: this.#isOwn(operand) ? dependence[operand - this.#first] : undefined,
      ...this.#layoutAt(operand),
    })
    const first = valueAt(a)
    const second = b === a ? first : valueAt(b)
    const record: DependenceRecord = {
      word,
      a: first,
      b: second,
      c: c === b ? second : valueAt(c),
      offset: traitsOf(word) & TRAIT_OFFSET ? this.#tape.operandC(slot) : 0,
      ...this.#layoutAt(slot),
      inputs,
    }
    return ruleOf(word & 0xff)(record)
  }

  #layoutAt(slot: number): Layout {
    const [rows, cols] = this.#tape.folded(slot)
    return { isTensor: rows !== undefined, rows: rows ?? 1, cols: cols ?? 1 }
  }
}

function isHost(word: number): boolean {
  return (word & 0xff) === (Opcode.Host as number)
}
