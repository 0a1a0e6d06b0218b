/** Numbers of several types on their way into linear memory, where they are converted. */
import { describe, SizeError, UsageError } from './errors.ts'
import { checkGiven, FINITE, ROWS } from './options.ts'
import type { ResidentLeaf } from './resident.ts'
import { bytesOf, countOf } from './tape.ts'
import type { Data, DType } from './types.ts'
import { engine } from './wasm/engine.ts'

/**
 * What `load` takes: float64, float32, or bytes, such as the pixels of an image.
 *
 * @example
 * ```ts
 * const pixels: Loadable = new Uint8ClampedArray(28 * 28)
 * ```
 */
export type Loadable = Float64Array | Float32Array | Uint8Array | Uint8ClampedArray

/**
 * Options of `load`.
 *
 * @example
 * ```ts
 * const options: LoadOptions = { scale: 1 / 255, rows: [3, 1, 4] }
 * ```
 */
export interface LoadOptions {
  /** What each number is multiplied by: finite, 1 by default. */
  readonly scale?: number
  /** What is added then: finite, 0 by default. */
  readonly offset?: number
  /** Which rows of the source are taken, in order, one for each row of the target. All of it, in order, without. */
  readonly rows?: ArrayLike<number>
}

/** @internal What the options may be that say how numbers are converted. */
export const CONVERSION = { scale: FINITE, offset: FINITE }

/** @internal Overwrites a block: each number is scale · the source's + offset. Throws before it writes. */
export function loadInto(leaf: ResidentLeaf, source: Loadable, options: LoadOptions): void {
  const { shape } = leaf
  checkGiven('load', options, { ...CONVERSION, rows: ROWS })
  const { scale = 1, offset = 0, rows } = options
  checkSource('load', source)
  if (rows === undefined) checkLength(source, countOf(shape))
  else checkRows(source, shape, rows)
  new Source(source, scale, offset).loadInto(leaf, rows ?? WHOLE)
}

/** The one row that is all of a source. */
const WHOLE: ArrayLike<number> = [0]

/** @internal Numbers with how they are converted. Nothing is checked here. */
export class Source {
  readonly #numbers: Loadable
  readonly #bytes: Uint8Array
  readonly #scale: number
  readonly #offset: number

  constructor(numbers: Loadable, scale: number, offset: number) {
    this.#bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    this.#numbers = numbers
    this.#scale = scale
    this.#offset = offset
  }

  /** Fills a block with rows, as many as are chosen. */
  loadInto({ pointer, shape, dtype }: ResidentLeaf, rows: ArrayLike<number>): void {
    const count = countOf(shape)
    if (count === 0) return
    const { exports, memory } = engine()
    const each = this.#numbers.BYTES_PER_ELEMENT
    const room = bytesOf(dtype)
    if (each > room) {
      this.#round(memory.view(pointer, count, dtype), rows)
      return
    }
    const size = (count / rows.length) * each
    // The last bytes of the block: converting goes from its beginning on and never writes what it has not read.
    const at = pointer + (room - each) * count
    for (let i = 0; i < rows.length;) {
      const first = rows[i] as number
      let next = i + 1
      while (next < rows.length && rows[next] === first + next - i) next++
      memory.u8.set(this.#bytes.subarray(first * size, (first + next - i) * size), at + i * size)
      i = next
    }
    if (each === room && this.#scale === 1 && this.#offset === 0) return
    exports[kernelFor(this.#numbers, dtype)](count, this.#scale, this.#offset, at, pointer)
  }

  /** The same for a block that has no room for the source's bytes: elements are rounded where they are written. */
  #round(target: Data, rows: ArrayLike<number>): void {
    const size = target.length / rows.length
    for (let i = 0; i < rows.length; i++) {
      const from = (rows[i] as number) * size
      for (let j = 0; j < size; j++) {
        target[i * size + j] = this.#scale * (this.#numbers[from + j] as number) + this.#offset
      }
    }
  }
}

/** What converts such numbers to elements of a type, which are no smaller. */
function kernelFor(numbers: Loadable, dtype: DType) {
  if (numbers instanceof Float64Array) return 'convertDoubles'
  if (numbers instanceof Float32Array) return dtype === 'float32' ? 'convertFloats32' : 'convertFloats'
  return dtype === 'float32' ? 'convertBytes32' : 'convertBytes'
}

/** @internal Throws unless element i of a list, which is wrong, is a number at least. */
export function checkIsNumber(what: string, i: number, value: unknown): void {
  if (typeof value === 'number') return
  throw new UsageError(`${what}, at ${String(i)}, is ${describe(value)}, but must be a number.`)
}

/** @internal Throws unless numbers are of a type that is converted. */
export function checkSource(what: string, source: unknown): void {
  const isLoadable =
    source instanceof Float64Array ||
    source instanceof Float32Array ||
    source instanceof Uint8Array ||
    source instanceof Uint8ClampedArray
  if (isLoadable) return
  throw new UsageError(
    `${what}: the source is ${describe(source)}. Give a Float64Array, Float32Array, Uint8Array or Uint8ClampedArray; of ` +
      'other numbers, Float64Array.from(source, Number).',
  )
}

function checkLength({ length }: Loadable, count: number): void {
  if (length === count) return
  throw new SizeError(
    `load: the target has ${String(count)} numbers, the source ${String(length)}. Give as many, source.subarray(from, to); or ` +
      'choose rows: { rows }.',
  )
}

function checkRows({ length }: Loadable, shape: readonly number[], rows: ArrayLike<number>): void {
  const [targetRows] = shape
  if (targetRows !== rows.length) {
    throw new SizeError(
      `load: ${String(rows.length)} rows are chosen for a target of ${String(targetRows ?? 'no')} rows. Choose one for each.`,
    )
  }
  const size = countOf(shape.slice(1))
  const available = size === 0 ? Infinity : length / size
  if (size > 0 && !Number.isInteger(available)) {
    throw new SizeError(`load: the source has ${String(length)} numbers, which are no whole rows of ${String(size)}.`)
  }
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    if (Number.isInteger(row) && row >= 0 && row < available) continue
    checkIsNumber('load: a row', i, row)
    throw new SizeError(`load: row ${String(row)} is outside 0 … ${String(available - 1)}.`)
  }
}
