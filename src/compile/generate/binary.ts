/** WebAssembly in its binary form: bytes, numbers of variable length, and modules of functions over the engine's memory. */

/** The instructions that are generated. */
export enum Code {
  Loop = 0x03,
  If = 0x04,
  End = 0x0b,
  BranchIf = 0x0d,
  Return = 0x0f,
  Call = 0x10,
  Drop = 0x1a,
  Select = 0x1b,
  LocalGet = 0x20,
  LocalSet = 0x21,
  LocalTee = 0x22,
  I32Load = 0x28,
  F64Load = 0x2b,
  F64Store = 0x39,
  I32Const = 0x41,
  F64Const = 0x44,
  I32Eqz = 0x45,
  I32Ne = 0x47,
  I32LtU = 0x49,
  I64Eq = 0x51,
  F64Eq = 0x61,
  F64Ne = 0x62,
  F64Lt = 0x63,
  F64Gt = 0x64,
  F64Le = 0x65,
  F64Ge = 0x66,
  I32Add = 0x6a,
  I32Sub = 0x6b,
  I32And = 0x71,
  I32Or = 0x72,
  F64Abs = 0x99,
  F64Neg = 0x9a,
  F64Ceil = 0x9b,
  F64Floor = 0x9c,
  F64Nearest = 0x9e,
  F64Sqrt = 0x9f,
  F64Add = 0xa0,
  F64Sub = 0xa1,
  F64Mul = 0xa2,
  F64Div = 0xa3,
  F64Min = 0xa4,
  F64Max = 0xa5,
  I64ReinterpretF64 = 0xbd,
}

/** Those on vectors, which have a byte before them. */
export enum VectorCode {
  Load = 0x00,
  Load64Splat = 0x0a,
  Store = 0x0b,
  F64x2Splat = 0x14,
  F64x2Eq = 0x47,
  F64x2Lt = 0x49,
  F64x2Gt = 0x4a,
  Bitselect = 0x52,
  Store64Lane = 0x5b,
  Load64Zero = 0x5d,
  F64x2Ceil = 0x74,
  F64x2Floor = 0x75,
  F64x2Nearest = 0x94,
  F64x2Abs = 0xec,
  F64x2Neg = 0xed,
  F64x2Sqrt = 0xef,
  F64x2Add = 0xf0,
  F64x2Sub = 0xf1,
  F64x2Mul = 0xf2,
  F64x2Div = 0xf3,
  F64x2Min = 0xf4,
  F64x2Max = 0xf5,
  F64x2RelaxedMadd = 0x107,
}

/** Types of values. */
export const I32 = 0x7f
export const F64 = 0x7c
const V128 = 0x7b
/** The byte before instructions on vectors. */
const VECTOR = 0xfd
/** The byte before instructions on many bytes, and that which fills memory. */
const BULK = 0xfc
const MEMORY_FILL = 0x0b
/** The type of a block that gives nothing. */
const EMPTY = 0x40

export class Bytes {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  /** Forgets what was written. */
  clear(): void {
    this.length = 0
  }

  /** What was written, not copied. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length)
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  /** An unsigned number of 32 bits, in LEB128. */
  unsigned(value: number): void {
    let rest = value >>> 0
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80)
    this.byte(rest)
  }

  /** A signed number of 32 bits, in LEB128. */
  signed(value: number): void {
    let rest = value | 0
    for (; rest > 0x3f || rest < -0x40; rest >>= 7) this.byte((rest & 0x7f) | 0x80)
    this.byte(rest & 0x7f)
  }

  /** A number of 64 bits. */
  float(value: number): void {
    if (this.length + 8 > this.#bytes.length) this.#grow(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** A name of ASCII characters, its length before it. */
  name(text: string): void {
    this.unsigned(text.length)
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  append(other: Bytes): void {
    if (this.length + other.length > this.#bytes.length) this.#grow(other.length)
    this.#bytes.set(other.written, this.length)
    this.length += other.length
  }

  #grow(more: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + more))
    bytes.set(this.written)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  // Instructions

  /** An instruction with a number behind it: of a local, of a function. */
  indexed(code: Code, index: number): void {
    this.byte(code)
    this.unsigned(index)
  }

  i32(value: number): void {
    this.byte(Code.I32Const)
    this.signed(value)
  }

  f64(value: number): void {
    this.byte(Code.F64Const)
    this.float(value)
  }

  /** A load or store at `offset` bytes behind the address on the stack, which is a multiple of 2 ** `alignment`. */
  access(code: Code, alignment: number, offset: number): void {
    this.byte(code)
    this.byte(alignment)
    this.unsigned(offset)
  }

  /** An instruction on vectors. */
  vector(code: VectorCode): void {
    this.byte(VECTOR)
    this.unsigned(code)
  }

  /** A load or store of one or two numbers at `offset` bytes behind the address on the stack, a multiple of 8. */
  vectorAccess(code: VectorCode, offset: number): void {
    this.vector(code)
    this.byte(3)
    this.unsigned(offset)
  }

  /** Stores the first number of a vector. */
  storeLane(offset: number): void {
    this.vectorAccess(VectorCode.Store64Lane, offset)
    this.byte(0)
  }

  /** Sets bytes to 0: so many, from the address on. */
  zero(address: number, bytes: number): void {
    this.i32(address)
    this.i32(0)
    this.i32(bytes)
    this.byte(BULK)
    this.unsigned(MEMORY_FILL)
    this.byte(0)
  }

  /** Repeats the body as long as it leaves another number than 0 on the stack. */
  loop(body: () => void): void {
    this.byte(Code.Loop)
    this.byte(EMPTY)
    body()
    this.indexed(Code.BranchIf, 0)
    this.byte(Code.End)
  }

  /** Returns what `value` pushes, if the number on the stack is not 0. */
  returnIf(value: () => void): void {
    this.byte(Code.If)
    this.byte(EMPTY)
    value()
    this.byte(Code.Return)
    this.byte(Code.End)
  }
}

/** The parameters and results of a function. */
export interface FunctionType {
  readonly parameters: readonly number[]
  readonly results: readonly number[]
}

/** How many locals a function has, numbered in this order. */
export interface Locals {
  readonly integers: number
  readonly floats: number
  readonly vectors: number
}

/** A function that a module takes from outside. */
export interface Import {
  readonly name: string
  readonly type: FunctionType
}

/** Functions without parameters over a memory that is given; the last one is exported as `run`. */
export class ModuleWriter {
  readonly #imports: readonly Import[]
  readonly #results: (readonly number[])[] = []
  readonly #bodies = new Bytes()
  readonly #head = new Bytes()

  constructor(imports: readonly Import[]) {
    this.#imports = imports
  }

  /** Adds a function: what it gives, its locals, and its code without the last `end`. Gives its number. */
  add(results: readonly number[], { integers, floats, vectors }: Locals, code: Bytes): number {
    const head = this.#head
    head.clear()
    head.unsigned(3)
    head.unsigned(integers)
    head.byte(I32)
    head.unsigned(floats)
    head.byte(F64)
    head.unsigned(vectors)
    head.byte(V128)
    this.#bodies.unsigned(head.length + code.length + 1)
    this.#bodies.append(head)
    this.#bodies.append(code)
    this.#bodies.byte(Code.End)
    return this.#imports.length + this.#results.push(results) - 1
  }

  /** The module. A memory that is shared must be imported as such. */
  finish(isShared: boolean): Uint8Array<ArrayBuffer> {
    const module = new Bytes()
    for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) module.byte(byte)
    const types = [
      ...this.#imports.map(({ type }) => type),
      ...this.#results.map(results => ({ parameters: [], results })),
    ]
    const section = (id: number, content: (bytes: Bytes) => void): void => {
      const bytes = new Bytes()
      content(bytes)
      module.byte(id)
      module.unsigned(bytes.length)
      module.append(bytes)
    }
    section(1, bytes => {
      bytes.unsigned(types.length)
      for (const { parameters, results } of types) {
        bytes.byte(0x60)
        for (const list of [parameters, results]) {
          bytes.unsigned(list.length)
          for (const type of list) bytes.byte(type)
        }
      }
    })
    section(2, bytes => {
      bytes.unsigned(1 + this.#imports.length)
      bytes.name('env')
      bytes.name('memory')
      bytes.byte(2)
      bytes.byte(isShared ? 3 : 0)
      bytes.unsigned(0)
      if (isShared) bytes.unsigned(65536)
      for (const [i, { name }] of this.#imports.entries()) {
        bytes.name('env')
        bytes.name(name)
        bytes.byte(0)
        bytes.unsigned(i)
      }
    })
    section(3, bytes => {
      bytes.unsigned(this.#results.length)
      for (let i = 0; i < this.#results.length; i++) bytes.unsigned(this.#imports.length + i)
    })
    section(7, bytes => {
      bytes.unsigned(1)
      bytes.name('run')
      bytes.byte(0)
      bytes.unsigned(this.#imports.length + this.#results.length - 1)
    })
    section(10, bytes => {
      bytes.unsigned(this.#results.length)
      bytes.append(this.#bodies)
    })
    return module.written
  }
}
