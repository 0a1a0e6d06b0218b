/**
 * The tape of `init({ debug: true })`: each record is run when it is recorded, in the user's own line, its value is looked at for
 * NaN, and its place is kept; a walk goes record by record, and what each one's rule has added is looked at too. `Tape` itself knows
 * nothing of it, so that without the option recording costs what it did.
 */
import { FLAGS, FLAG_HOST, FLAG_MIXED, FLAG_TENSOR } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { TRAIT_OPERANDS } from '../../assembly/shared/program.ts'
import { BackpropError, NotANumberError } from '../errors.ts'
import { type AnyPullback, type HostCall, type HostOp, type Pullback, SamplePullbacks } from '../hostStore.ts'
import { isPromise, someLeaf } from '../structure.ts'
import { countOf, Found, Tape, type TapeMark } from '../tape.ts'
import { type PlainTensor, Tensor } from '../tensor.ts'
import { traitsOf } from '../traits.ts'
import type { Data, Shape } from '../types.ts'
import type { AnyVar } from '../var.ts'
import type { Template } from '../vmap/template.ts'
import { engine } from '../wasm/engine.ts'
import { insteadOf, isChecked, located, Place } from './place.ts'
import { Places } from './places.ts'

/** A tape, of the kind that `init` has asked for. */
export function newTape(firstChunkBytes?: number, template?: Template): Tape {
  return engine().debug ? new DebugTape(firstChunkBytes, template) : new Tape(firstChunkBytes, template)
}

/** The flag of a value that is kept on the TypeScript side. */
const HOST_WORD = FLAG_HOST << (8 * FLAGS)
/** The flags of what is more than plain arithmetic of numbers: `record` writes only a part of it. */
const LONG_WORD = HOST_WORD | ((FLAG_TENSOR | FLAG_MIXED) << (8 * FLAGS))

/** What to do about NaN. */
const REPAIR = {
  value: 'Keep the operands where the op is defined: max(x, 1e-12) under a log, for example.',
  gradient:
    'Keep the operands where the slope of the op is finite. To leave elements out choose before the op, as in log(where(ok, x, 1)): ' +
    'chosen after it, they still get a cotangent of 0, and 0 · ∞ is NaN.',
}

class DebugTape extends Tape {
  override readonly places = new Places()

  // Recording

  override record(word: number, a: number, b: number): number {
    const slot = super.record(word, a, b)
    this.places.note(slot)
    const opcode = word & 0xff
    const isWhole = (word & LONG_WORD) === 0 && opcode !== (Opcode.Leaf as number) && opcode !== (Opcode.Host as number)
    if (isWhole) this.#settle(slot)
    return slot
  }

  override recordTensor(word: number, a: number, b: number, shape: Shape, c?: number): number {
    const slot = super.recordTensor(word, a, b, shape, c)
    if ((word & LONG_WORD) !== 0) this.#settle(slot)
    return slot
  }

  override evaluate(word: number, a: number, b: number, shape: Shape, c?: number): number {
    const slot = super.evaluate(word, a, b, shape, c)
    this.#check(slot, Place.here())
    return slot
  }

  override recordHostNumber(
    op: HostOp,
    count: number,
    a: number,
    b: number,
    value: number,
    pullback: Pullback | undefined,
  ): number {
    const watched = pullback === undefined ? undefined : this.#watched(this.length, pullback)
    const slot = super.recordHostNumber(op, count, a, b, value, watched)
    this.#check(slot)
    return slot
  }

  override recordHost(op: HostOp, call: HostCall): number {
    const { pullback } = call
    if (pullback === undefined) return super.recordHost(op, call)
    const watch = (one: Pullback): Pullback => this.#watched(this.length, one)
    return super.recordHost(op, { ...call, pullback: watchEach(pullback, watch) })
  }

  override hostNumber(slot: number, value: number): void {
    super.hostNumber(slot, value)
    this.#check(slot)
  }

  override hostTensor(slot: number, tensor: PlainTensor): void {
    super.hostTensor(slot, tensor)
    this.#check(slot)
  }

  override reset(mark: TapeMark): void {
    super.reset(mark)
    this.places.take(this.innermost, mark.records)
  }

  /** Runs the records from `first` on, and looks at what they give; `of` is the record whose rule has made them. */
  #settle(first: number, of?: number): void {
    if (this.template !== undefined) return
    this.#telling(first, () => {
      this.run()
    })
    for (let slot = first; slot < this.length; slot++) this.#check(slot, this.places.at(slot), of)
  }

  /** Throws if the value in a slot holds NaN. It is part of a gradient if the rule of a record has made it. */
  #check(slot: number, place = this.places.at(slot), of?: number): void {
    if (!this.#looks) return
    const value = this.#value(slot)
    const index = nanIn(value)
    if (index < 0) return
    const operands = this.#operands(slot)
    if (this.#hasBadRecord(operands)) return
    const given = operands.map(operand => this.#operandText(operand, value.length, index))
    const what = of === undefined ? 'the value' : `the value of ${this.#name(slot)} in its gradient`
    const problem = `${nanText(what, value, index)}${given.length > 0 ? `, for ${given.join(' and ')}` : ''}.`
    this.#refuse(of ?? slot, place, of === undefined ? 'value' : 'gradient', problem + this.#originsText(operands))
  }

  /**
   * Does the value of a record among these hold NaN? That was an error, which was caught, or the record is one of those that are made to
   * be differentiated, and then what depends on its value is of no account either.
   */
  #hasBadRecord(slots: readonly number[]): boolean {
    return slots.some(slot => slot >= 0 && !this.#isLeaf(slot) && nanIn(this.#value(slot)) >= 0)
  }

  #isLeaf(slot: number): boolean {
    return (this.word(slot) & 0xff) === (Opcode.Leaf as number)
  }

  /** Are values looked at? In a template there are none. */
  get #looks(): boolean {
    return isChecked && this.template === undefined
  }

  // Walking back

  /** The walk changes no parameter itself, as it may end half way: the whole gradient comes first. */
  override descend(first: number, firstRecord: number, loss: number, scale: number): void {
    this.seedNumber(loss, 1)
    this.backward(loss, firstRecord, first, false)
    this.applyGradient(first, firstRecord, scale)
  }

  override seed(target: number, source: number, record: boolean): void {
    const { length } = this
    super.seed(target, source, record)
    this.#noteAll(length)
  }

  override backward(from: number, stop: number, first: number, record: boolean): number {
    for (let slot = from; slot >= stop; slot--) {
      const found = this.found(slot)
      if (found === Found.Engine) this.#pull(slot, first, record)
      else if (found !== Found.Nothing) return slot
    }
    return stop - 1
  }

  /** Lets the rule of one record add to the cotangents of its operands, and looks at these. */
  #pull(slot: number, first: number, record: boolean): void {
    const place = this.places.at(slot)
    const operands = this.#operands(slot)
    // Copied: the rule may hand its buffer on.
    const cotangent = this.#cotangent(slot, record).slice()
    const { length } = this
    this.#telling(slot, () => {
      insteadOf(place, () => {
        super.backward(slot, slot, first, record)
        this.#noteAll(length, slot)
      })
    })
    if (!this.#looks || this.#hasBadRecord([slot, ...operands])) return
    for (const [i, operand] of operands.entries()) {
      if (operand < first || !this.touched(operand)) continue
      const added = this.#cotangent(operand, record)
      const index = nanIn(added)
      if (index < 0) continue
      const what = operands.length > 1 ? `the gradient by operand ${String(i + 1)}` : 'the gradient'
      const given = operands.map(operand => this.#operandText(operand, added.length, index))
      const upper = elementText('the cotangent', cotangent, added.length, index)
      const problem = `${nanText(what, added, index)}, for ${[upper, ...given].join(' and ')}.`
      this.#refuse(slot, place, 'gradient', problem + this.#originsText(operands))
    }
  }

  /** A host op's pullback that looks at what it gives. */
  #watched(slot: number, pullback: Pullback): Pullback {
    const check = (gradient: unknown): unknown => {
      if (isChecked && someLeaf(gradient, leaf => nanIn(elementsOf(leaf)) >= 0)) {
        this.#refuse(slot, this.places.at(slot), 'gradient', 'the gradient that its pullback gave holds NaN.')
      }
      return gradient
    }
    return cotangent => {
      const gradient = pullback(cotangent)
      return isPromise(gradient) ? gradient.then(check) : check(gradient)
    }
  }

  /** Notes the place of records that the engine has appended, and runs them. */
  #noteAll(first: number, of?: number): void {
    for (let slot = first; slot < this.length; slot++) this.places.note(slot)
    if (first < this.length) this.#settle(first, of)
  }

  // Telling

  /** Does what may fail because of a record: an error says which. */
  #telling(slot: number, body: () => void): void {
    try {
      body()
    } catch (error) {
      const place = this.places.at(slot)
      if (!(error instanceof BackpropError) || error.cause !== undefined || place === undefined) throw error
      throw located(error, `It concerns ${this.#name(slot)}, recorded`, place)
    }
  }

  #refuse(slot: number, place: Place | undefined, during: 'value' | 'gradient', problem: string): never {
    const error = new NotANumberError(this.#name(slot), during, problem, REPAIR[during])
    throw place === undefined ? error : located(error, 'It was recorded', place)
  }

  /** What messages call the op of a slot. */
  #name(slot: number): string {
    const opcode = this.word(slot) & 0xff
    if (opcode !== (Opcode.Host as number)) return Opcode[opcode] as string
    return this.host.ops[this.node(slot)]?.name ?? 'an op'
  }

  /** Where NaN and infinities in operands come from: a sentence for each. */
  #originsText(operands: readonly number[]): string {
    let text = ''
    for (const operand of new Set(operands)) {
      const isBad = [Number.isNaN, isInfinite].find(test => someElement(this.#value(operand), test))
      if (isBad === undefined) continue
      const origin = this.#origin(operand, isBad)
      const what = isBad === isInfinite ? 'infinity' : 'NaN'
      const place = this.places.at(origin)
      if (this.#isLeaf(origin)) text += ` The ${what} is in ${origin < 0 ? 'a constant' : 'an argument'}.`
      else
        text += ` The ${what} comes from ${this.#name(origin)}${place === undefined ? '' : `, recorded ${place.line}`}.`
    }
    return text
  }

  /** The slot in which such elements appear first, followed back from one that has them. */
  #origin(slot: number, isBad: (x: number) => boolean): number {
    for (;;) {
      const next = this.#operands(slot).find(operand => someElement(this.#value(operand), isBad))
      if (next === undefined) return slot
      slot = next
    }
  }

  /** An operand, for a result of so many elements of which one is bad. */
  #operandText(operand: number, count: number, index: number): string {
    return elementText('the operand', this.#value(operand), count, index)
  }

  // What there is in slots

  #operands(slot: number): readonly number[] {
    const word = this.word(slot)
    const opcode = word & 0xff
    if (opcode === (Opcode.Leaf as number)) return []
    if (opcode !== (Opcode.Host as number)) return this.operands(slot).slice(0, traitsOf(word) & TRAIT_OPERANDS)
    const count = this.hostOperands(slot)
    if (count > 0) return [this.operandB(slot), this.operandC(slot)].slice(0, count)
    const slots: number[] = []
    someLeaf((this.host.nodes[this.node(slot)] as HostCall).inputs, leaf => {
      const { run, slot } = leaf as AnyVar
      if (run?.tape === this) slots.push(slot)
      return false
    })
    return slots
  }

  /** The elements of a value; none of one of a user's type. */
  #value(slot: number): Data {
    if ((this.word(slot) & HOST_WORD) !== 0) return NONE
    const shape = this.folded(slot)
    if (shape.length === 0) return Float64Array.of(this.number(slot))
    return this.memory.view(this.pointer(slot), countOf(shape), this.dtype(slot))
  }

  /** The elements of a cotangent that there is. */
  #cotangent(slot: number, record: boolean): Data {
    if (record) return this.#value(this.adjointSlot(slot))
    const shape = this.folded(slot)
    if (shape.length === 0) return Float64Array.of(this.adjointNumber(slot))
    return this.memory.view(this.adjointPointer(slot), countOf(shape), this.dtype(slot))
  }
}

const NONE = new Float64Array(0)

function watchEach(pullback: AnyPullback, watch: (one: Pullback) => Pullback): AnyPullback {
  if (!(pullback instanceof SamplePullbacks)) return watch(pullback)
  return new SamplePullbacks(pullback.pullbacks.map(each => (each === undefined ? each : watchEach(each, watch))))
}

/** The elements of a plain leaf; none of what is neither number nor tensor. */
function elementsOf(leaf: unknown): Data {
  if (typeof leaf === 'number') return Float64Array.of(leaf)
  return leaf instanceof Tensor ? leaf.data : NONE
}

function isInfinite(x: number): boolean {
  return x === Infinity || x === -Infinity
}

function someElement(data: Data, holds: (x: number) => boolean): boolean {
  for (const x of data) if (holds(x)) return true
  return false
}

/** The index of the first NaN; −1 if there is none. */
function nanIn(data: Data): number {
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) return i
  return -1
}

/** How many elements are NaN, and the first of them. */
function nanText(what: string, data: Data, first: number): string {
  if (data.length === 1) return `${what} is NaN`
  let count = 0
  for (const x of data) if (Number.isNaN(x)) count++
  return `in ${what} NaN is at ${String(count)} of ${String(data.length)} elements, first at ${String(first)}`
}

/** What is at the place of a result's element; of what does not go element by element, what sort of elements it has. */
function elementText(what: string, data: Data, count: number, index: number): string {
  if (data.length === 1) return `${what} ${String(data[0])}`
  if (data.length === count) return `${what} ${String(data[index])} there`
  const sort = nanIn(data) >= 0 ? 'some NaN' : someElement(data, isInfinite) ? 'some infinite' : 'all finite'
  return `${what} of ${String(data.length)} elements, ${sort}`
}
