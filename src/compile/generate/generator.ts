/**
 * From the instructions of a program, as they stand in linear memory, to WebAssembly. Runs of instructions on numbers become
 * functions, elementwise instructions in a row on tensors become loops, addresses and constants being part of the code. All
 * others are left to the interpreter, which is called for them in between.
 *
 * Each number is computed by the same operations in the same order as by the interpreter, so it has the same bits.
 */
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { SLOT_BYTES } from '../../../assembly/shared/layout.ts'
import type { Engine } from '../../wasm/engine.ts'
import { Bytes, Code, I32, ModuleWriter } from './binary.ts'
import { EngineFunction, imports } from './imports.ts'
import { loopEnd, LoopWriter } from './loops.ts'
import { instanceOf } from './module.ts'
import { isOnNumbers, NumbersWriter } from './numbers.ts'
import { Sorter } from './order.ts'
import { Pace } from './pace.ts'
import { type Repeat, RepeatFinder } from './repeats.ts'
import { RepeatWriter } from './repeatLoop.ts'
import { type Layout, Slots } from './slots.ts'
import { Turn } from './turn.ts'

/** How many instructions a function has at most: the time that an engine takes for one grows faster than its length. */
const LONGEST_FUNCTION = 256
/** Fewer instructions on numbers in a row are left to the interpreter: a call for each would cost what they do. */
const SHORTEST_FUNCTION = 6
/** How many instructions on numbers are put in another order together. They are generated together, too. */
const LONGEST_RUN = 2 ** 14
/** A single elementwise instruction is done as well by the interpreter. */
const SHORTEST_LOOP = 2

/** The code of some of a program's instructions. */
export interface Piece {
  /** Gives the address of the guard where it has stopped, or 0. */
  readonly run: () => number
  /**
   * The address up to which instructions have been generated, by this piece and the ones before; undefined if some are left out
   * in between, so that these pieces are of no use without the next.
   */
  readonly end: number | undefined
  /** How many instructions run as generated code. */
  readonly generated: number
}

/** What runs a unit: one or more instructions in a row. */
enum By {
  Interpreter,
  Function,
  Repeat,
  Loop,
}

export class Generator {
  readonly #engine: Engine
  readonly #slots: Slots
  readonly #pace = new Pace()
  readonly #preparation: Iterator<undefined, void>
  readonly #numbers: NumbersWriter
  readonly #loops: LoopWriter
  readonly #sorter: Sorter
  readonly #finder: RepeatFinder
  /** The instructions in the order in which they run; those of a unit are in a row. */
  readonly #order: Int32Array
  /** By instruction: its position in this order. */
  readonly #positionOf: Int32Array
  /** Where the units end in this order, what runs them, and whether those up to here are the first instructions of the program. */
  readonly #ends: number[] = []
  readonly #by: By[] = []
  readonly #isWhole: boolean[] = []
  /** By unit: the repeat that it is. */
  readonly #repeats = new Map<number, Repeat>()
  /** By instruction: the number of its unit. */
  readonly #unitOf: Int32Array
  /** By instruction: is its value read by another unit? */
  readonly #kept: Uint8Array
  /** How many units have been generated or left out. */
  #done = 0

  constructor(engine: Engine, layout: Layout) {
    this.#engine = engine
    this.#slots = new Slots(engine.memory, layout)
    this.#numbers = new NumbersWriter(this.#slots)
    this.#loops = new LoopWriter(this.#slots, engine.exports.isFused() !== 0)
    this.#sorter = new Sorter(this.#slots, this.#pace)
    this.#finder = new RepeatFinder(this.#slots, this.#pace)
    this.#order = new Int32Array(this.#slots.length)
    this.#positionOf = new Int32Array(this.#slots.length)
    this.#unitOf = new Int32Array(this.#slots.length)
    this.#kept = new Uint8Array(this.#slots.length)
    this.#preparation = this.#prepare()
  }

  /**
   * Divides the program into units and finds what they need of each other, by so much work (`Pace`); false if that is not all
   * yet. To be called until it is true, before anything else.
   */
  prepare(work: number): boolean {
    this.#slots.renew()
    this.#pace.begin(work)
    return this.#preparation.next().done === true
  }

  *#prepare() {
    yield* this.#divide()
    for (let i = 0; i < this.#slots.length; i++) {
      this.#noteOperands(i)
      if (this.#pace.isOver(1)) yield
    }
    this.#noteResults()
  }

  /**
   * Generates code for the next instructions, until so many are generated. Throws a `ModuleRefusedError` where the host
   * refuses the module.
   */
  generate(most: number): Piece {
    const writer = new ModuleWriter(imports)
    const run = new Bytes()
    let generated = 0
    let end = this.#done === 0 ? 0 : (this.#ends[this.#done - 1] as number)
    for (; this.#done < this.#ends.length && generated < most; this.#done++) {
      const first = end
      end = this.#ends[this.#done] as number
      const by = this.#by[this.#done]
      if (by === By.Interpreter) {
        this.#callInterpreter(run, first, end)
        continue
      }
      generated += end - first
      if (by === By.Loop) run.indexed(Code.Call, this.#loops.write(writer, first, end, this.#kept))
      else {
        const repeat = this.#repeats.get(this.#done)
        const { index, mayStop } = repeat ? this.#writeRepeat(writer, repeat) : this.#writeFunction(writer, first, end)
        run.indexed(Code.Call, index)
        if (mayStop) this.#returnIfStopped(run)
      }
    }
    run.i32(0)
    writer.add([I32], { integers: 1, floats: 0, vectors: 0 }, run)
    const isWhole = this.#isWhole[this.#done - 1] === true
    return { run: this.#start(writer), end: isWhole ? this.#slots.at(end) : undefined, generated }
  }

  /** Whether there is nothing more to generate. */
  get isDone(): boolean {
    return [By.Function, By.Repeat, By.Loop].every(by => this.#by.indexOf(by, this.#done) < 0)
  }

  #writeFunction(writer: ModuleWriter, first: number, end: number): { index: number; mayStop: boolean } {
    const members = { number: this.#done, unitOf: this.#unitOf, instructions: this.#order.subarray(first, end) }
    return this.#numbers.write(writer, members, this.#kept)
  }

  #writeRepeat(writer: ModuleWriter, repeat: Repeat): { index: number; mayStop: boolean } {
    const ordered = { order: this.#order, positionOf: this.#positionOf }
    return new RepeatWriter(new Turn(this.#slots, ordered, repeat, this.#kept)).write(writer)
  }

  #start(writer: ModuleWriter): () => number {
    const { exports, memory } = this.#engine
    const isShared = typeof SharedArrayBuffer === 'function' && memory.memory.buffer instanceof SharedArrayBuffer
    const env = { ...(exports as unknown as WebAssembly.ModuleImports), memory: memory.memory }
    const instance = instanceOf(writer.finish(isShared), { env })
    return instance.exports['run'] as () => number
  }

  // Units

  *#divide() {
    const slots = this.#slots
    for (let first = 0, end = 0; first < slots.length; first = end) {
      const last = Math.min(first + LONGEST_RUN, slots.length)
      for (; end < last && isOnNumbers(slots, slots.at(end)); end++) if (this.#pace.isOver(1)) yield
      if (end - first >= SHORTEST_FUNCTION) {
        yield* this.#addNumbers(first, end)
        continue
      }
      let by = By.Interpreter
      if (end === first) {
        const stop = loopEnd(slots, first)
        if (stop - first >= SHORTEST_LOOP) by = By.Loop
        end = Math.max(stop, first + 1)
      }
      for (let i = first; i < end; i++) this.#order[i] = i
      this.#addUnit(by, first, end, true)
      if (this.#pace.isOver(end - first)) yield
    }
  }

  /** Adds the units of a run of instructions on numbers: loops of its repeats, and functions of what is between them. */
  *#addNumbers(first: number, end: number) {
    yield* this.#sorter.sort(first, end, this.#order)
    const repeats = yield* this.#finder.find(this.#order, first, end)
    let from = first
    for (const repeat of repeats) {
      const stop = repeat.first + repeat.turns * repeat.period
      this.#addFunctions(from, repeat.first, end)
      this.#repeats.set(this.#by.length, repeat)
      this.#addUnit(By.Repeat, repeat.first, stop, stop === end)
      from = stop
    }
    this.#addFunctions(from, end, end)
    if (this.#pace.isOver(end - first)) yield
  }

  /** Adds functions of instructions in a run that ends there. */
  #addFunctions(first: number, stop: number, end: number): void {
    for (let start = first; start < stop; start += LONGEST_FUNCTION) {
      const next = Math.min(start + LONGEST_FUNCTION, stop)
      this.#addUnit(By.Function, start, next, next === end)
    }
  }

  #addUnit(by: By, first: number, end: number, isWhole: boolean): void {
    const last = this.#by.length - 1
    const joins = by === By.Interpreter && this.#by[last] === by
    const unit = joins ? last : last + 1
    this.#by[unit] = by
    this.#ends[unit] = end
    this.#isWhole[unit] = isWhole
    for (let at = first; at < end; at++) {
      const i = this.#order[at] as number
      this.#unitOf[i] = unit
      this.#positionOf[i] = at
    }
  }

  // Values that have to be in memory: read by another unit, by the interpreter, or in the end.

  #noteOperands(i: number): void {
    const slots = this.#slots
    const slot = slots.at(i)
    const reader = this.#unitOf[i] as number
    this.#noteRead(slots.a(slot), reader)
    this.#noteRead(slots.b(slot), reader)
    if (slots.operands(slot) > 2) this.#noteRead(slots.c(slot), reader)
  }

  #noteResults(): void {
    const slots = this.#slots
    const { constantsEnd, prologue, results } = slots.layout
    const end = -1
    for (const slot of results) this.#noteRead(slot, end)
    // What has a view is read by way of it.
    for (let slot = constantsEnd; slot < prologue; slot += SLOT_BYTES) {
      if (slots.opcode(slot) !== Opcode.Leaf) this.#noteRead(slots.a(slot), end)
    }
  }

  #noteRead(operand: number, reader: number): void {
    const i = this.#slots.indexOf(operand)
    if (i >= 0 && (this.#by[reader] === By.Interpreter || this.#unitOf[i] !== reader)) this.#kept[i] = 1
  }

  // Calls

  #callInterpreter(run: Bytes, first: number, end: number): void {
    const stop = this.#slots.at(end)
    run.i32(this.#slots.at(first))
    run.i32(stop)
    run.indexed(Code.Call, EngineFunction.Replay)
    run.indexed(Code.LocalTee, 0)
    run.i32(stop)
    run.byte(Code.I32Ne)
    run.returnIf(() => {
      run.indexed(Code.LocalGet, 0)
    })
  }

  /** Returns the number on the stack, unless it is 0. */
  #returnIfStopped(run: Bytes): void {
    run.indexed(Code.LocalTee, 0)
    run.returnIf(() => {
      run.indexed(Code.LocalGet, 0)
    })
  }
}
