/**
 * Loops for elementwise instructions in a row on tensors of equal length: each input is read once, two numbers at a time, what
 * is computed stays in registers, and only what is read later is written.
 *
 * All buffers of a loop are the same or disjoint; in a turn of it everything is read before anything is written. So it does not
 * matter which results lie where operands were.
 */
import { FLAG_TENSOR, VALUE } from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { Mode } from '../../../assembly/shared/program.ts'
import { Bytes, Code, type ModuleWriter, VectorCode } from './binary.ts'
import type { Place, Slots } from './slots.ts'
import { hasPairs, timesRead, ValueWriter } from './values.ts'

/** How many instructions a loop has at most. */
const LONGEST_LOOP = 64

/** Ops with a loop of the engine's that adds to the result. */
const accumulating = new Set<Opcode>([
  Opcode.Identity,
  Opcode.Neg,
  Opcode.Mul,
  Opcode.Div,
  Opcode.TanhBack,
  Opcode.LogisticBack,
])
const scaling = new Set<Opcode>([Opcode.Identity, Opcode.Neg])

/** Is it an elementwise instruction on tensors of float64 that can stand in a loop? */
export function isElementwise(slots: Slots, slot: number): boolean {
  if (slots.flags(slot) !== FLAG_TENSOR || !slots.hasDoubles(slots.a(slot))) return false
  const opcode = slots.opcode(slot)
  switch (slots.mode(slot)) {
    case Mode.Plain:
      return opcode === Opcode.Broadcast || (hasPairs(slots, slot) && slots.hasDoubles(slots.b(slot)))
    case Mode.Accumulate:
      return accumulating.has(opcode) && slots.hasDoubles(slots.b(slot))
    case Mode.Scaled:
      return scaling.has(opcode)
    default:
      return false
  }
}

/** The tensors that an instruction reads, beside the one that it writes to. */
function tensorsRead(slots: Slots, slot: number): number[] {
  const operands = [slots.a(slot), slots.b(slot), slots.c(slot)].slice(0, slots.operands(slot))
  return operands.filter(operand => slots.isTensor(operand))
}

/** How many bytes one place begins behind another of the same memory; undefined in different memory. */
function distance(a: Place, b: Place): number | undefined {
  return a.input === b.input ? Math.abs(a.start - b.start) : undefined
}

/** Where the longest loop ends that begins with this instruction. */
export function loopEnd(slots: Slots, first: number): number {
  const n = slots.count(slots.at(first))
  const read: Place[] = []
  const written: Place[] = []
  let i = first
  for (; i < Math.min(slots.length, first + LONGEST_LOOP); i++) {
    const slot = slots.at(i)
    if (!isElementwise(slots, slot) || slots.count(slot) !== n) break
    const tensors = tensorsRead(slots, slot)
    if (tensors.some(tensor => slots.count(tensor) !== n)) break
    const inputs = tensors.filter(tensor => slots.indexOf(tensor) < first).map(tensor => slots.place(tensor))
    const result = slots.place(slot)
    if (slots.mode(slot) === Mode.Scaled) inputs.push(result)
    const overlaps = (a: Place, b: Place): boolean => (distance(a, b) ?? Infinity) < 8 * n
    if (inputs.some(input => written.some(place => overlaps(input, place)))) break
    read.push(...inputs)
    if ([...read, ...written].some(place => overlaps(place, result) && distance(place, result) !== 0)) break
    written.push(result)
  }
  return i
}

/** The instructions of numbers that have a form for pairs. */
const forPairs = new Map<Code, VectorCode>([
  [Code.F64Abs, VectorCode.F64x2Abs],
  [Code.F64Neg, VectorCode.F64x2Neg],
  [Code.F64Sqrt, VectorCode.F64x2Sqrt],
  [Code.F64Floor, VectorCode.F64x2Floor],
  [Code.F64Ceil, VectorCode.F64x2Ceil],
  [Code.F64Nearest, VectorCode.F64x2Nearest],
  [Code.F64Add, VectorCode.F64x2Add],
  [Code.F64Sub, VectorCode.F64x2Sub],
  [Code.F64Mul, VectorCode.F64x2Mul],
  [Code.F64Div, VectorCode.F64x2Div],
  [Code.F64Min, VectorCode.F64x2Min],
  [Code.F64Max, VectorCode.F64x2Max],
])

/** The local that counts the bytes. */
const POSITION = 0

export class LoopWriter extends ValueWriter {
  /** Does the engine use fused multiply-add? */
  readonly #isFused: boolean
  /** What is done before the loop. */
  readonly #head = new Bytes()
  #first = 0
  #last = 0
  /** By slot: how often it is read. */
  readonly #uses = new Map<number, number>()
  /** By slot: the local that holds where a tensor is, that holds the value of an instruction. */
  readonly #pointers = new Map<number, number>()
  readonly #values = new Map<number, number>()
  /** By slot, or a constant's text: the local that holds a number in both lanes. */
  readonly #numbers = new Map<number | string, number>()
  #locals = 0
  /** Is it the last element that is computed, alone? */
  #isLast = false

  constructor(slots: Slots, isFused: boolean) {
    super(slots, new Bytes())
    this.#isFused = isFused
  }

  /** Adds the function of these instructions; `kept` tells which results are read elsewhere. It gives nothing. */
  write(writer: ModuleWriter, first: number, end: number, kept: Uint8Array): number {
    const { slots, code } = this
    this.#first = slots.at(first)
    this.#last = slots.at(end)
    for (const map of [this.#uses, this.#pointers, this.#numbers, this.#values]) map.clear()
    this.#head.clear()
    code.clear()
    const n = slots.count(this.#first)
    const inputs = this.#findInputs(first, end)
    const stored = this.#findStored(first, end, kept)
    this.#locals = 1
    for (const slot of new Set([...inputs, ...stored])) if (slots.layout.moving.has(slot)) this.#loadPointer(slot)
    const integers = this.#locals
    if (n > 1) {
      code.loop(() => {
        this.#turn(inputs, stored, first, end)
        code.indexed(Code.LocalGet, POSITION)
        code.i32(16)
        code.byte(Code.I32Add)
        code.indexed(Code.LocalTee, POSITION)
        code.i32(8 * (n & ~1))
        code.byte(Code.I32LtU)
      })
    }
    if (n & 1) {
      this.#isLast = true
      this.#turn(inputs, stored, first, end)
      this.#isLast = false
    }
    this.#head.append(code)
    return writer.add([], { integers, floats: 0, vectors: this.#locals - integers }, this.#head)
  }

  /** The tensors that are read and not computed here; notes how often everything is read. */
  #findInputs(first: number, end: number): Set<number> {
    const { slots } = this
    const inputs = new Set<number>()
    const use = (slot: number, times: number): void => {
      if (times === 0) return
      this.#uses.set(slot, (this.#uses.get(slot) ?? 0) + times)
      if (slots.isTensor(slot) && !this.#isHere(slot)) inputs.add(slot)
    }
    for (let i = first; i < end; i++) {
      const slot = slots.at(i)
      const [ofA, ofB] = timesRead(slots, slot)
      use(slots.a(slot), ofA)
      use(slots.b(slot), ofB)
      const mode = slots.mode(slot)
      if (mode === Mode.Accumulate) use(slots.c(slot), 1)
      // What it adds to lies where its result will.
      if (mode === Mode.Scaled) inputs.add(slot)
    }
    return inputs
  }

  /** The results that must be written: the last in its place, if it is read elsewhere or lies in memory of the caller's. */
  #findStored(first: number, end: number, kept: Uint8Array): number[] {
    const { slots } = this
    const { block, end: ownEnd } = slots.layout
    const last = new Map<string, number>()
    for (let i = first; i < end; i++) {
      const { input, start } = slots.place(slots.at(i))
      last.set(`${String(input)}:${String(start)}`, i)
    }
    const isOwn = ({ input, start }: Place): boolean => input < 0 && start >= block && start < ownEnd
    return [...last.values()]
      .filter(i => kept[i] === 1 || !isOwn(slots.place(slots.at(i))))
      .sort((i, j) => i - j)
      .map(i => slots.at(i))
  }

  #isHere(slot: number): boolean {
    return slot >= this.#first && slot < this.#last
  }

  #loadPointer(tensor: number): void {
    this.#head.i32(0)
    this.#head.access(Code.I32Load, 2, tensor + VALUE)
    this.#head.indexed(Code.LocalSet, this.#locals)
    this.#pointers.set(tensor, this.#locals++)
  }

  // A turn of the loop

  #turn(inputs: ReadonlySet<number>, stored: readonly number[], first: number, end: number): void {
    const { code, slots } = this
    this.#values.clear()
    for (const slot of inputs) {
      const offset = this.#address(slot)
      code.vectorAccess(this.#isLast ? VectorCode.Load64Zero : VectorCode.Load, offset)
      // An instruction that scales reads its own place: under the negative number, as its value has the slot's.
      this.#setLocal(this.#isHere(slot) ? -slot : slot)
    }
    for (let i = first; i < end; i++) {
      const slot = slots.at(i)
      const uses = this.#uses.get(slot) ?? 0
      if (uses < 2 && !(uses === 1 && stored.includes(slot))) continue
      this.#result(slot)
      this.#setLocal(slot)
    }
    for (const slot of stored) {
      const offset = this.#address(slot)
      this.operand(slot)
      if (this.#isLast) code.storeLane(offset)
      else code.vectorAccess(VectorCode.Store, offset)
    }
  }

  /** Pushes the address of the present elements of a tensor, but for the offset that it gives. */
  #address(slot: number): number {
    const { code, slots } = this
    code.indexed(Code.LocalGet, POSITION)
    const pointer = this.#pointers.get(slot)
    if (pointer === undefined) return slots.place(slot).start
    code.indexed(Code.LocalGet, pointer)
    code.byte(Code.I32Add)
    return 0
  }

  #setLocal(slot: number): void {
    let local = this.#values.get(slot)
    if (local === undefined) this.#values.set(slot, (local = this.#locals++))
    this.code.indexed(Code.LocalSet, local)
  }

  /** Pushes what an instruction computes, by its mode. */
  #result(slot: number): void {
    const { code, slots } = this
    switch (slots.mode(slot)) {
      case Mode.Accumulate:
        this.operand(slots.c(slot))
        this.compute(slot)
        code.vector(VectorCode.F64x2Add)
        return
      case Mode.Scaled:
        // c·a + y, or −c·a + y
        this.operand(slots.c(slot))
        if (slots.opcode(slot) === Opcode.Neg) code.vector(VectorCode.F64x2Neg)
        this.operand(slots.a(slot))
        if (!this.#isFused) code.vector(VectorCode.F64x2Mul)
        code.indexed(Code.LocalGet, this.#values.get(-slot) as number)
        code.vector(this.#isFused ? VectorCode.F64x2RelaxedMadd : VectorCode.F64x2Add)
        return
      default:
        this.compute(slot)
    }
  }

  // Values

  protected override operand(slot: number): void {
    const value = this.#values.get(slot)
    if (value !== undefined) this.code.indexed(Code.LocalGet, value)
    else if (this.#isHere(slot)) this.#result(slot)
    else if (this.slots.isConstant(slot)) this.constant(this.slots.constant(slot))
    else {
      this.#twice(slot, head => {
        head.i32(0)
        head.vectorAccess(VectorCode.Load64Splat, slot + VALUE)
      })
    }
  }

  /** Pushes a number in both lanes; it is put there before the loop. */
  #twice(key: number | string, push: (head: Bytes) => void): void {
    let local = this.#numbers.get(key)
    if (local === undefined) {
      local = this.#locals++
      this.#numbers.set(key, local)
      push(this.#head)
      this.#head.indexed(Code.LocalSet, local)
    }
    this.code.indexed(Code.LocalGet, local)
  }

  protected override apply(instruction: Code): void {
    this.code.vector(forPairs.get(instruction) as VectorCode)
  }

  protected override constant(value: number): void {
    // −0 is another constant than 0.
    this.#twice(Object.is(value, -0) ? '-0' : String(value), head => {
      head.f64(value)
      head.vector(VectorCode.F64x2Splat)
    })
  }

  protected override call(slot: number): void {
    const { code, slots } = this
    const a = slots.a(slot)
    switch (slots.opcode(slot)) {
      case Opcode.Sign:
        // a > 0 ? 1 : a < 0 ? −1 : a
        this.constant(1)
        this.constant(-1)
        this.operand(a)
        this.#compare(a, VectorCode.F64x2Lt)
        code.vector(VectorCode.Bitselect)
        this.#compare(a, VectorCode.F64x2Gt)
        code.vector(VectorCode.Bitselect)
        return
      case Opcode.MaxShare:
        // a > b ? 1 : a < b ? 0 : a = b ? ½ : NaN
        this.constant(1)
        this.constant(0)
        this.constant(0.5)
        this.constant(NaN)
        for (const comparison of [VectorCode.F64x2Eq, VectorCode.F64x2Lt, VectorCode.F64x2Gt]) {
          this.#compare(a, comparison, slots.b(slot))
          code.vector(VectorCode.Bitselect)
        }
        return
      case Opcode.Broadcast:
        this.operand(a)
        return
      default:
        throw new Error(`op ${String(slots.opcode(slot))} has no form for pairs`)
    }
  }

  /** Pushes all ones where a compares so with b, or with 0. */
  #compare(a: number, comparison: VectorCode, b?: number): void {
    this.operand(a)
    if (b === undefined) this.constant(0)
    else this.operand(b)
    this.code.vector(comparison)
  }
}
