/**
 * Linear memory: typed-array views of it, and an allocator of blocks.
 *
 * Views detach when memory grows, and writes to detached views vanish silently. So growth happens in this module
 * only, which renews the views at once, and nobody keeps one across a call that may allocate.
 */
import { ALIGNMENT } from '../../assembly/shared/layout.ts'
import { OutOfMemoryError, ResidentError } from '../errors.ts'
import type { Data, DType } from '../types.ts'
import { FreeList } from './freeList.ts'

const PAGE_BYTES = 65536
const LARGEST_PAGES = 65535

/**
 * How large memory is at first, unless it is said. Growth detaches the old buffer, and once a buffer has been detached V8 11 (Node 20)
 * looks for that in every loop over typed arrays, anywhere in the process: hand-written ones then take 1.4 times as long. What is
 * not touched takes no room, and 32 MiB no time; 64 MiB would make V8 collect garbage, for 2 ms.
 */
const INITIAL_BYTES = 2 ** 25

/** Bytes rounded up to whole cache lines. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

export class LinearMemory {
  readonly memory: WebAssembly.Memory
  readonly maximumBytes: number
  u8: Uint8Array
  i32: Int32Array
  f64: Float64Array
  f32: Float32Array
  /** What has been given back, before the frontier. */
  readonly #free = new FreeList()
  /** Sizes of the blocks in use, by address. */
  readonly #sizes = new Map<number, number>()
  /** From here to the end of memory nothing has been given out yet. */
  #frontier = 0

  /** `isShared`: threads may have it together. Then old views stay valid after growth, but end where they ended. */
  constructor(maximumBytes: number, initialBytes = INITIAL_BYTES, isShared = false) {
    // Whole pages, and never the last one of 4 GiB: an end of 2³² would be 0 in a 32-bit address.
    const maximum = Math.min(Math.floor(maximumBytes / PAGE_BYTES), LARGEST_PAGES)
    // The binary asks for a page at least.
    const initial = Math.min(Math.max(1, Math.ceil(initialBytes / PAGE_BYTES)), maximum)
    this.maximumBytes = maximum * PAGE_BYTES
    this.memory = new WebAssembly.Memory({ initial, maximum, shared: isShared })
    const buffer = this.memory.buffer
    this.u8 = new Uint8Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.f32 = new Float32Array(buffer)
  }

  /** The first address that may be given out. Called once, before the first block. */
  start(address: number): void {
    this.#frontier = padded(address)
  }

  /** The size of linear memory in bytes. */
  get byteLength(): number {
    return this.u8.byteLength
  }

  /** Bytes in blocks that are in use. */
  get bytesInUse(): number {
    let total = 0
    for (const size of this.#sizes.values()) total += size
    return total
  }

  /** How many views users hold at the moment: as long as there is one, memory does not grow. */
  views = 0
  /** A view of n elements at an address, until memory grows. */
  view(address: number, n: number, dtype: DType): Data {
    if (dtype === 'float32') return this.f32.subarray(address / 4, address / 4 + n)
    return this.f64.subarray(address / 8, address / 8 + n)
  }

  /** A copy of n elements at an address. */
  read(address: number, n: number, dtype: DType): Data {
    if (dtype === 'float32') return this.f32.slice(address / 4, address / 4 + n)
    return this.f64.slice(address / 8, address / 8 + n)
  }

  /** Copies elements to an address. */
  write(address: number, data: Data): void {
    if (data.BYTES_PER_ELEMENT === 4) this.f32.set(data, address / 4)
    else this.f64.set(data, address / 8)
  }

  /** Called when there is no room: they free what nobody needs at the moment. */
  readonly reclaimers = new Set<() => void>()
  #reclaiming = false

  /**
   * A block of at least that many bytes, aligned to a cache line, with undefined content.
   *
   * @throws {OutOfMemoryError} when memory cannot grow as far; nothing has changed then.
   */
  allocate(bytes: number): number {
    const size = Math.max(padded(bytes), ALIGNMENT)
    try {
      return this.#take(size)
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || this.#reclaiming) throw error
    }
    this.#reclaiming = true
    try {
      for (const reclaim of this.reclaimers) reclaim()
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error
    } finally {
      this.#reclaiming = false
    }
    return this.#take(size)
  }

  #take(size: number): number {
    let address = this.#free.take(size)
    if (address === undefined) {
      // What is free before the frontier is used up to its end before memory grows.
      address = this.#free.startBefore(this.#frontier)
      this.#growTo(address + size, size)
      this.#free.takeBefore(this.#frontier)
      this.#frontier = address + size
    }
    this.#sizes.set(address, size)
    return address
  }

  /** Gives a block back. */
  free(address: number): void {
    const size = this.#sizes.get(address)
    if (size === undefined) return
    this.#sizes.delete(address)
    this.#free.give(address, size)
  }

  /** Bytes that could still be given out at most. */
  get availableBytes(): number {
    return this.maximumBytes - this.#frontier + this.#free.bytes
  }

  #growTo(end: number, requested: number): void {
    const length = this.byteLength
    if (end <= length) return
    const fail = (): OutOfMemoryError => new OutOfMemoryError(requested, this.availableBytes, this.maximumBytes)
    if (end > this.maximumBytes) throw fail()
    if (this.views > 0) {
      throw new ResidentError(
        `withView: there is no room for ${String(requested)} bytes, and memory cannot grow while a view is open. Call the ` +
          'engine after the function of withView has returned.',
      )
    }
    // In steps of an eighth, so that a slowly growing program does not renew its views all the time.
    const wanted = Math.ceil((end - length) / PAGE_BYTES)
    const room = Math.floor((this.maximumBytes - length) / PAGE_BYTES)
    const generous = Math.min(Math.max(wanted, Math.ceil(length / 8 / PAGE_BYTES)), room)
    try {
      this.memory.grow(generous)
    } catch {
      try {
        this.memory.grow(wanted)
      } catch {
        throw fail()
      }
    }
    const buffer = this.memory.buffer
    this.u8 = new Uint8Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.f32 = new Float32Array(buffer)
  }
}
