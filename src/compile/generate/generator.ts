/**
 * From the instructions of a program, as they stand in linear memory, to WebAssembly. Runs of instructions on numbers become
 * functions, in which what is computed and used is a local or stays on the stack, addresses and constants being part of the
 * code. All others are left to the interpreter, which is called for them in between.
 *
 * Each number is computed by the same operations in the same order as by the interpreter, so it has the same bits.
 */
import {
  FLAGS,
  FLAG_MIXED,
  FLAG_TENSOR,
  FLAG_TRANSPOSE_A,
  FLAG_TRANSPOSE_B,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  SLOT_BYTES,
  SLOT_SHIFT,
  STATE,
  VALUE,
} from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { GUARD, GUARD_HOLDS, Mode, Relation, TRAIT_OFFSET, TRAIT_OPERANDS } from '../../../assembly/shared/program.ts'
import type { EngineExports } from '../../wasm/exports.ts'
import type { LinearMemory } from '../../wasm/memory.ts'
import { traitsOf } from '../graph.ts'
import { Bytes, Code, F64, I32, type Import, ModuleWriter } from './binary.ts'

/** How many instructions a function has at most: the time that an engine takes for one grows faster than its length. */
const LONGEST_FUNCTION = 256
/** Fewer instructions in a row are left to the interpreter: a call for each would cost what they do. */
const SHORTEST_FUNCTION = 6

/** What generated code calls, in the order of their numbers. */
const imports = [
  { name: 'replay', type: { parameters: [I32, I32], results: [I32] } },
  { name: 'numberOf', type: { parameters: [I32, F64, F64], results: [F64] } },
  { name: 'expScalar', type: { parameters: [F64], results: [F64] } },
  { name: 'logScalar', type: { parameters: [F64], results: [F64] } },
  { name: 'tanhScalar', type: { parameters: [F64], results: [F64] } },
  { name: 'logisticScalar', type: { parameters: [F64], results: [F64] } },
] as const satisfies readonly (Import & { name: keyof EngineExports })[]

function importOf(name: (typeof imports)[number]['name']): number {
  return imports.findIndex(one => one.name === name)
}

const REPLAY = importOf('replay')
const NUMBER_OF = importOf('numberOf')

/** Ops that are one instruction, and ops that are a function of one number. Any other is a call of `numberOf`. */
const instructions = new Map<number, Code>([
  [Opcode.Neg, Code.F64Neg],
  [Opcode.Abs, Code.F64Abs],
  [Opcode.Sqrt, Code.F64Sqrt],
  [Opcode.Add, Code.F64Add],
  [Opcode.Sub, Code.F64Sub],
  [Opcode.Mul, Code.F64Mul],
  [Opcode.Div, Code.F64Div],
  [Opcode.Max, Code.F64Max],
  [Opcode.Min, Code.F64Min],
])
const functions = new Map<number, number>([
  [Opcode.Exp, importOf('expScalar')],
  [Opcode.Log, importOf('logScalar')],
  [Opcode.Tanh, importOf('tanhScalar')],
  [Opcode.Logistic, importOf('logisticScalar')],
])
const comparisons = new Map<number, Code>([
  [Relation.Less, Code.F64Lt],
  [Relation.LessOrEqual, Code.F64Le],
  [Relation.Greater, Code.F64Gt],
  [Relation.GreaterOrEqual, Code.F64Ge],
  [Relation.Equal, Code.F64Eq],
])

/** The flags of tensors whose elements generated code can read and write: float64. */
const KNOWN_FLAGS = FLAG_TENSOR | FLAG_MIXED | FLAG_TRANSPOSE_A | FLAG_TRANSPOSE_B

/** Where the parts of a program are, as addresses. */
export interface Layout {
  /** The slots of constants, from the first slot on. */
  readonly block: number
  readonly constantsEnd: number
  /** The instructions that have been run once, and behind them those that run each time. */
  readonly prologue: number
  readonly from: number
  readonly to: number
  /** The slots of tensors that are not always at the same place. */
  readonly moving: ReadonlySet<number>
  /** The slots of numbers that are read after a run. */
  readonly results: readonly number[]
}

/** The code of some of a program's instructions, up to, not including, `end`. */
export interface Piece {
  /** Gives where it has stopped, as `replay` does. */
  readonly run: () => number
  readonly end: number
  /** How many instructions run as generated code. */
  readonly generated: number
}

export class Generator {
  readonly #memory: LinearMemory
  readonly #environment: WebAssembly.ModuleImports
  readonly #layout: Layout
  #i32: Int32Array
  #f64: Float64Array
  /** By instruction: the number of the function that it belongs to; 0 where it is left to the interpreter. */
  readonly #functionOf: Int32Array
  /** By instruction: is its value read where it is no local? */
  readonly #kept: Uint8Array
  /** By slot, while a function is written: how often it is read there, and in which local it is; 0 for none. */
  readonly #uses: Int32Array
  readonly #local: Int32Array
  /** The slots for which these two are not 0. */
  readonly #touched: number[] = []
  /** The instructions of the function that is written. */
  #first = 0
  #last = 0
  /** How many locals it has: those that hold the places of tensors come first. */
  #pointers = 0
  #locals = 0
  readonly #code = new Bytes()

  constructor(exports: EngineExports, memory: LinearMemory, layout: Layout) {
    this.#memory = memory
    this.#environment = { ...(exports as unknown as WebAssembly.ModuleImports), memory: memory.memory }
    this.#layout = layout
    this.#i32 = memory.i32
    this.#f64 = memory.f64
    const { block, from, to } = layout
    this.#functionOf = new Int32Array((to - from) >> SLOT_SHIFT)
    this.#kept = new Uint8Array(this.#functionOf.length)
    this.#uses = new Int32Array((to - block) >> SLOT_SHIFT)
    this.#local = new Int32Array(this.#uses.length)
    this.#divide()
    this.#findKept()
  }

  /**
   * Generates code for the instructions from this address on, until so many are generated. The module may be refused: then
   * what `WebAssembly.Module` throws is thrown.
   */
  generate(from: number, most: number): Piece {
    this.#i32 = this.#memory.i32
    this.#f64 = this.#memory.f64
    const functionOf = this.#functionOf
    const start = (from - this.#layout.from) >> SLOT_SHIFT
    const writer = new ModuleWriter(imports)
    const run = new Bytes()
    let generated = 0
    let i = start
    while (i < functionOf.length && generated < most) {
      const number = functionOf[i] as number
      let end = i + 1
      while (end < functionOf.length && functionOf[end] === number) end++
      if (number === 0) this.#callInterpreter(run, i, end)
      else {
        this.#callFunction(run, writer, i, end)
        generated += end - i
      }
      i = end
    }
    const end = this.#addressOf(i)
    run.i32(end)
    writer.add([I32], 1, 0, run)
    const { memory } = this.#memory
    const isShared = typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer
    const module = new WebAssembly.Module(writer.finish(isShared))
    const { exports } = new WebAssembly.Instance(module, { env: this.#environment })
    return { run: exports['run'] as () => number, end, generated }
  }

  // Which instructions

  /** Divides the instructions into functions. */
  #divide(): void {
    const functionOf = this.#functionOf
    let functions = 0
    for (let i = 0; i < functionOf.length;) {
      let end = i
      while (end < functionOf.length && this.#isOnNumbers(end)) end++
      if (end - i >= SHORTEST_FUNCTION) {
        for (let start = i; start < end; start += LONGEST_FUNCTION) {
          functionOf.fill(++functions, start, Math.min(start + LONGEST_FUNCTION, end))
        }
      }
      i = end + 1
    }
  }

  /** Is it an instruction that code is generated for: on numbers, or on one element of a tensor? */
  #isOnNumbers(i: number): boolean {
    const slot = this.#addressOf(i)
    const flags = this.#flagsOf(slot)
    if (flags === 0) return true
    const opcode = this.#opcodeOf(slot)
    const a = this.#operandOf(slot, OPERAND_A)
    const b = this.#operandOf(slot, OPERAND_B)
    if (flags === FLAG_MIXED) {
      if (this.#isGuard(slot)) return !this.#isTensor(a) && !this.#isTensor(b)
      return opcode === Opcode.Slice && this.#hasDoubles(a)
    }
    const writes = opcode === Opcode.AddAt || opcode === Opcode.Put
    return writes && this.#hasDoubles(slot) && !this.#isTensor(b) && !this.#layout.moving.has(slot)
  }

  #hasDoubles(slot: number): boolean {
    return (this.#flagsOf(slot) & ~KNOWN_FLAGS) === 0
  }

  /** Finds the numbers that have to be in memory: read by another function, by the interpreter, or in the end. */
  #findKept(): void {
    const functionOf = this.#functionOf
    const { from, to, results } = this.#layout
    const note = (operand: number, reader: number): void => {
      if (operand < from || operand >= to) return
      const i = (operand - from) >> SLOT_SHIFT
      if (reader === 0 || functionOf[i] !== reader) this.#kept[i] = 1
    }
    for (let i = 0; i < functionOf.length; i++) {
      const slot = this.#addressOf(i)
      const reader = functionOf[i] as number
      const kind = traitsOf(this.#opcodeOf(slot))
      note(this.#operandOf(slot, OPERAND_A), reader)
      note(this.#operandOf(slot, OPERAND_B), reader)
      const mode = (this.#wordOf(slot) >>> (8 * STATE)) & 0xff
      const readsThird = mode !== (Mode.Plain as number) || (kind & TRAIT_OFFSET) === 0
      if (readsThird && reader === 0) note(this.#operandOf(slot, OPERAND_C), reader)
    }
    for (const slot of results) note(slot, 0)
  }

  // Reading slots

  #addressOf(i: number): number {
    return this.#layout.from + i * SLOT_BYTES
  }

  /** The number of a slot in the block. */
  #numberOf(slot: number): number {
    return (slot - this.#layout.block) >> SLOT_SHIFT
  }

  #wordOf(slot: number): number {
    return this.#i32[slot / 4] as number
  }

  /** What an instruction does; a guard has no opcode of this list. */
  #opcodeOf(slot: number): Opcode {
    return this.#wordOf(slot) & 0xff // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment
  }

  #isGuard(slot: number): boolean {
    return (this.#wordOf(slot) & 0xff) === GUARD
  }

  #flagsOf(slot: number): number {
    return (this.#wordOf(slot) >>> (8 * FLAGS)) & 0xff
  }

  #isTensor(slot: number): boolean {
    return (this.#flagsOf(slot) & FLAG_TENSOR) !== 0
  }

  /** An operand's address, or what the instruction has in its place. */
  #operandOf(slot: number, which: number): number {
    return (this.#i32[(slot + which) / 4] as number) >>> 0
  }

  /** Does the slot hold the same number in each run? */
  #isConstant(slot: number): boolean {
    const { constantsEnd, prologue, from } = this.#layout
    return slot < constantsEnd || (slot >= prologue && slot < from)
  }

  #constantOf(slot: number): number {
    return this.#f64[(slot + VALUE) / 8] as number
  }

  // Functions

  #callInterpreter(run: Bytes, first: number, end: number): void {
    run.i32(this.#addressOf(first))
    run.i32(this.#addressOf(end))
    run.indexed(Code.Call, REPLAY)
    run.indexed(Code.LocalTee, 0)
    run.i32(this.#addressOf(end))
    run.byte(Code.I32Ne)
    run.returnIf(() => {
      run.indexed(Code.LocalGet, 0)
    })
  }

  #callFunction(run: Bytes, writer: ModuleWriter, first: number, end: number): void {
    const mayStop = this.#writeFunction(first, end)
    const floats = this.#locals - this.#pointers
    run.indexed(Code.Call, writer.add(mayStop ? [I32] : [], this.#pointers, floats, this.#code))
    if (!mayStop) return
    run.indexed(Code.LocalTee, 0)
    run.returnIf(() => {
      run.indexed(Code.LocalGet, 0)
    })
  }

  /** Writes one function: it gives 0, or the address of the guard that it stopped at, if it has guards; otherwise nothing. */
  #writeFunction(first: number, end: number): boolean {
    const code = this.#code
    code.clear()
    this.#first = this.#addressOf(first)
    this.#last = this.#addressOf(end)
    this.#pointers = this.#locals = 0
    let mayStop = false
    for (let slot = this.#first; slot < this.#last; slot += SLOT_BYTES) {
      this.#countUses(slot)
      if (this.#isGuard(slot)) mayStop = true
    }
    for (let i = first; i < end; i++) this.#writeInstruction(this.#addressOf(i), this.#kept[i] === 1)
    if (mayStop) code.i32(0)
    for (const number of this.#touched) this.#uses[number] = this.#local[number] = 0
    this.#touched.length = 0
    return mayStop
  }

  /** Counts how often an instruction reads its operands. What is read twice becomes a local. */
  #countUses(slot: number): void {
    const a = this.#operandOf(slot, OPERAND_A)
    const b = this.#operandOf(slot, OPERAND_B)
    const opcode = this.#opcodeOf(slot)
    if (this.#isGuard(slot)) {
      const times = this.#relationOf(slot) === (Relation.Same as number) ? 2 : 1
      this.#use(a, times)
      this.#use(b, times)
      return
    }
    switch (opcode) {
      case Opcode.Slice:
        if (this.#layout.moving.has(a)) this.#loadPointer(a)
        return
      case Opcode.AddAt:
      case Opcode.Put:
        this.#use(b, 1)
        return
      case Opcode.TanhBack:
      case Opcode.LogisticBack:
        this.#use(a, 1)
        this.#use(b, 2)
        return
      case Opcode.Pow:
        // The base is squared.
        this.#use(a, 2)
        this.#use(b, 1)
        return
      default:
        this.#use(a, 1)
        if (traitsOf(opcode) & TRAIT_OPERANDS & 2) this.#use(b, 1)
    }
  }

  #use(operand: number, times: number): void {
    const number = this.#numberOf(operand)
    if (this.#uses[number] === 0) this.#touched.push(number)
    this.#uses[number] = (this.#uses[number] as number) + times
  }

  /** Reads where a tensor is, once for the whole function. */
  #loadPointer(tensor: number): void {
    const number = this.#numberOf(tensor)
    if (this.#local[number] !== 0) return
    this.#touched.push(number)
    this.#pointers++
    this.#local[number] = ++this.#locals
    this.#code.i32(0)
    this.#code.access(Code.I32Load, 2, tensor + VALUE)
    this.#code.indexed(Code.LocalSet, this.#locals - 1)
  }

  /** Writes what an instruction does, unless that is only to compute what one other uses: it will be written there. */
  #writeInstruction(slot: number, isKept: boolean): void {
    const code = this.#code
    const number = this.#numberOf(slot)
    const uses = this.#uses[number] as number
    if (this.#isGuard(slot)) {
      this.#writeGuard(slot)
      return
    }
    switch (this.#opcodeOf(slot)) {
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
    this.#compute(slot)
    if (uses > 0) this.#setLocal(number, isKept)
    else if (!isKept) code.byte(Code.Drop)
    if (isKept) code.access(Code.F64Store, 3, slot + VALUE)
  }

  /** Makes the number on the stack a local of a slot; leaves it on the stack as well, if it is needed there. */
  #setLocal(number: number, isNeeded: boolean): void {
    this.#local[number] = ++this.#locals
    this.#code.indexed(isNeeded ? Code.LocalTee : Code.LocalSet, this.#locals - 1)
  }

  /** Adds b to an element of a tensor, or writes it there. */
  #writeElement(slot: number): void {
    const code = this.#code
    const element = this.#operandOf(slot, VALUE) + 8 * this.#operandOf(slot, OPERAND_C)
    code.i32(0)
    if (this.#opcodeOf(slot) === Opcode.AddAt) {
      code.i32(0)
      code.access(Code.F64Load, 3, element)
      this.#operand(this.#operandOf(slot, OPERAND_B))
      code.byte(Code.F64Add)
    } else this.#operand(this.#operandOf(slot, OPERAND_B))
    code.access(Code.F64Store, 3, element)
  }

  #relationOf(guard: number): number {
    return (this.#wordOf(guard) >>> 24) & (GUARD_HOLDS - 1)
  }

  /** Returns the guard's address where the outcome is another one than it was recorded with. */
  #writeGuard(slot: number): void {
    const code = this.#code
    const a = this.#operandOf(slot, OPERAND_A)
    const b = this.#operandOf(slot, OPERAND_B)
    const comparison = comparisons.get(this.#relationOf(slot))
    if (comparison !== undefined) {
      this.#operand(a)
      this.#operand(b)
      code.byte(comparison)
    } else {
      // The same bits, or two NaN.
      for (const x of [a, b]) {
        this.#operand(x)
        code.byte(Code.I64ReinterpretF64)
      }
      code.byte(Code.I64Eq)
      for (const x of [a, b]) {
        this.#operand(x)
        this.#operand(x)
        code.byte(Code.F64Ne)
      }
      code.byte(Code.I32And)
      code.byte(Code.I32Or)
    }
    if ((this.#wordOf(slot) >>> 24) & GUARD_HOLDS) code.byte(Code.I32Eqz)
    code.returnIf(() => {
      code.i32(slot)
    })
  }

  /** Pushes a number that is an operand. */
  #operand(slot: number): void {
    const code = this.#code
    const number = this.#numberOf(slot)
    const local = this.#local[number] as number
    if (local !== 0) code.indexed(Code.LocalGet, local - 1)
    else if (this.#isConstant(slot)) code.f64(this.#constantOf(slot))
    else if (slot >= this.#first && slot < this.#last) this.#compute(slot)
    else {
      code.i32(0)
      code.access(Code.F64Load, 3, slot + VALUE)
      if ((this.#uses[number] as number) > 1) this.#setLocal(number, true)
    }
  }

  /** Pushes the value of an op of numbers, or an element of a tensor. */
  #compute(slot: number): void {
    const code = this.#code
    const opcode = this.#opcodeOf(slot)
    const a = this.#operandOf(slot, OPERAND_A)
    const b = this.#operandOf(slot, OPERAND_B)
    const instruction = instructions.get(opcode)
    const called = functions.get(opcode)
    if (instruction !== undefined) {
      this.#operand(a)
      if (traitsOf(opcode) & TRAIT_OPERANDS & 2) this.#operand(b)
      code.byte(instruction)
    } else if (called !== undefined) {
      this.#operand(a)
      code.indexed(Code.Call, called)
    } else if (opcode === Opcode.Slice) {
      const offset = 8 * this.#operandOf(slot, OPERAND_C)
      const local = this.#local[this.#numberOf(a)] as number
      if (local !== 0) code.indexed(Code.LocalGet, local - 1)
      else code.i32(0)
      code.access(Code.F64Load, 3, local !== 0 ? offset : this.#operandOf(a, VALUE) + offset)
    } else if (opcode === Opcode.TanhBack) {
      // a·((1 − b)·(1 + b))
      this.#operand(a)
      code.f64(1)
      this.#operand(b)
      code.byte(Code.F64Sub)
      code.f64(1)
      this.#operand(b)
      code.byte(Code.F64Add)
      code.byte(Code.F64Mul)
      code.byte(Code.F64Mul)
    } else if (opcode === Opcode.LogisticBack) {
      // a·(b·(1 − b))
      this.#operand(a)
      this.#operand(b)
      code.f64(1)
      this.#operand(b)
      code.byte(Code.F64Sub)
      code.byte(Code.F64Mul)
      code.byte(Code.F64Mul)
    } else if (opcode === Opcode.Identity || opcode === Opcode.StopGradient) this.#operand(a)
    else if (opcode !== Opcode.Pow || !this.#isConstant(b) || !this.#power(slot, a, this.#constantOf(b))) {
      code.i32(this.#wordOf(slot))
      this.#operand(a)
      if (traitsOf(opcode) & TRAIT_OPERANDS & 2) this.#operand(b)
      else code.f64(0)
      code.indexed(Code.Call, NUMBER_OF)
    }
  }

  /**
   * Pushes the k-th derivative of x^y by x, y being a constant: c·x^(y − k) with c = y·(y − 1)…(y − k + 1), where the power is
   * 1, x or x·x, or c is 0. Does nothing and gives false where it is not, or if it is a derivative by y, too.
   */
  #power(slot: number, x: number, y: number): boolean {
    const code = this.#code
    const attribute = this.#wordOf(slot) >>> 24
    const k = attribute & 15
    if (attribute >>> 4 !== 0) return false
    let c = 1
    for (let i = 0; i < k; i++) c *= y - i
    const exponent = y - k
    if (c === 0 || exponent === 0) {
      code.f64(c === 0 ? 0 : c) // never −0
      return true
    }
    if (exponent !== 1 && exponent !== 2) return false
    if (k > 0) code.f64(c)
    this.#operand(x)
    if (exponent === 2) {
      this.#operand(x)
      code.byte(Code.F64Mul)
    }
    if (k > 0) code.byte(Code.F64Mul)
    return true
  }
}
