/** Buffers in a binary's memory between guard zones, seeded random numbers, and comparisons that say where. */
import { type Binary, type ElementType, float64 } from './binaries'

/** Elements before and after each buffer that nobody may write. */
const guardElements = 8
/** What the guard zones hold: a number that no test computes. */
const guard = Math.fround(-1.2345e-30)

interface Buffer {
  readonly start: number // in elements
  readonly length: number
  /** What an input held; undefined for an output. */
  readonly unchanged: ArrayLike<number> | undefined
}

/**
 * Lays the buffers of one call out in memory. With `skew` 1 no buffer starts at a multiple of 16 bytes, with 0 each
 * does.
 */
export class Workbench {
  private readonly type: ElementType
  private readonly view: Float64Array | Float32Array
  private readonly base: number
  private top: number
  private buffers: Buffer[] = []

  constructor(
    binary: Binary,
    readonly skew: 0 | 1 = 0,
  ) {
    const { buffer } = binary.memory
    this.type = binary.type
    this.view = this.type === float64 ? new Float64Array(buffer) : new Float32Array(buffer)
    this.base = Math.ceil((binary.kernels.heapBase() >>> 0) / this.type.bytes) + 16
    this.top = this.base
  }

  /** Puts values into memory that the call may not change. Returns their address. */
  input(values: ArrayLike<number>): number {
    return this.place(values, true)
  }

  /** Puts values into memory that the call may change. */
  inout(values: ArrayLike<number>): number {
    return this.place(values, false)
  }

  /** Room for a result, full of NaN: whatever reads it before writing will show. */
  output(length: number): number {
    return this.place(new Float64Array(length).fill(NaN), false)
  }

  read(pointer: number, length: number): Float64Array | Float32Array {
    const start = (pointer >>> 0) / this.type.bytes
    return this.view.slice(start, start + length)
  }

  /** Throws if a guard or an input was overwritten, and forgets the buffers. */
  finish(context: string): void {
    for (const { start, length, unchanged } of this.buffers) {
      for (let i = 1; i <= guardElements; i++) {
        if (this.view[start - i] !== guard) throw new Error(`${context}: wrote ${i} before a buffer of ${length}`)
        if (this.view[start + length + i - 1] !== guard)
          throw new Error(`${context}: wrote at ${length + i - 1} of a buffer of ${length}`)
      }
      if (unchanged) expectSame(this.view.subarray(start, start + length), unchanged, `${context}: an input`)
    }
    this.buffers = []
    this.top = this.base
  }

  private place(values: ArrayLike<number>, readOnly: boolean): number {
    const { length } = values
    const lanes = 16 / this.type.bytes
    const start = ((this.top + guardElements + lanes - 1) & -lanes) + this.skew
    this.top = start + length + guardElements
    if (this.top > this.view.length) throw new Error(`The test needs more memory than ${this.view.byteLength} bytes`)
    this.view.fill(guard, start - guardElements, this.top)
    this.view.set(values, start)
    this.buffers.push({
      start,
      length,
      unchanged: readOnly ? this.view.slice(start, this.top - guardElements) : undefined,
    })
    return start * this.type.bytes
  }
}

/** Numbers that repeat with the seed: TEST_SEED, or a new one each run. Name it in every failure. */
export const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32)) >>> 0

export class Random {
  private state = seed

  /** Numbers are rounded to that type. */
  constructor(private readonly type: ElementType = float64) {}

  /** mulberry32: uniform among the 32-bit integers. */
  private bits(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }

  /** Uniform in [low, high), with all 53 bits. */
  number(low: number, high: number): number {
    return low + (high - low) * ((this.bits() >>> 5) * 2 ** -27 + (this.bits() >>> 6) * 2 ** -53)
  }

  numbers(n: number, low = -1, high = 1): Float64Array | Float32Array {
    return this.type.array(n).map(() => this.number(low, high))
  }

  /** Integers from −8 to 8: their products and sums are exact, in whatever order they are added. */
  integers(n: number): Float64Array | Float32Array {
    return this.type.array(n).map(() => (this.bits() % 17) - 8)
  }

  /** Any bit pattern: mostly of very large or small magnitude, now and then not a number. */
  anyFloat(): number {
    const { buffer } = new Uint32Array([this.bits(), this.bits()])
    return this.type === float64 ? new Float64Array(buffer)[0] : new Float32Array(buffer)[0]
  }
}

/** Equal as numbers: NaN equals NaN, and −0 equals 0. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, context: string): void {
  compare(actual, expected, context, (a, e) => a === e || (Number.isNaN(a) && Number.isNaN(e)))
}

/** Equal in every bit, but for the payload of NaN, which WebAssembly leaves open. */
export function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, context: string): void {
  compare(actual, expected, context, Object.is)
}

/** Within `tolerance`, which a NaN never is. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  context: string,
): void {
  compare(actual, expected, context, (a, e) => Math.abs(a - e) <= tolerance)
}

function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  context: string,
  agree: (actual: number, expected: number) => boolean,
): void {
  if (actual.length !== expected.length)
    throw new Error(`${context}: ${actual.length} elements, not ${expected.length}`)
  for (let i = 0; i < expected.length; i++)
    if (!agree(actual[i], expected[i]))
      throw new Error(
        `${context}: element ${i} of ${expected.length} is ${actual[i]}, not ${expected[i]} (TEST_SEED=${seed})`,
      )
}
