/**
 * Linear memory: typed-array views of it, and an allocator of blocks.
 *
 * Views detach when memory grows, and writes to detached views vanish silently. So growth happens in this module
 * only, which renews the views at once, and nobody keeps one across a call that may allocate.
 */
import { ALIGNMENT } from '../../assembly/shared/layout.ts'
import { OutOfMemoryError } from '../errors.ts'
import type { Data, DType } from '../types.ts'

const PAGE_BYTES = 65536
const LARGEST_PAGES = 65535

/** A free block: `size` bytes from `address` on. */
interface Block {
  address: number
  size: number
}

/** Bytes rounded up to whole cache lines. */
function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

export class LinearMemory {
  readonly memory: WebAssembly.Memory
  readonly maximumBytes: number
  u8: Uint8Array
  i32: Int32Array
  f64: Float64Array
  f32: Float32Array
  /** Free blocks by address, none next to another. */
  readonly #freeBlocks: Block[] = []
  /** Sizes of the blocks in use, by address. */
  readonly #sizes = new Map<number, number>()
  /** From here to the end of memory nothing has been given out yet. */
  #frontier = 0

  constructor(maximumBytes: number) {
    // Whole pages, and never the last one of 4 GiB: an end of 2³² would be 0 in a 32-bit address.
    const maximum = Math.min(Math.floor(maximumBytes / PAGE_BYTES), LARGEST_PAGES)
    this.maximumBytes = maximum * PAGE_BYTES
    this.memory = new WebAssembly.Memory({ initial: Math.min(16, maximum), maximum })
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
    const index = this.#freeBlocks.findIndex(block => block.size >= size)
    const block = this.#freeBlocks[index]
    if (block !== undefined) {
      const address = block.address
      if (block.size === size) this.#freeBlocks.splice(index, 1)
      else {
        block.address += size
        block.size -= size
      }
      this.#sizes.set(address, size)
      return address
    }
    // A free block at the frontier is used up to its end before memory grows.
    const last = this.#freeBlocks.at(-1)
    const joined = last !== undefined && last.address + last.size === this.#frontier ? last : undefined
    const address = joined?.address ?? this.#frontier
    this.#growTo(address + size, size)
    if (joined !== undefined) this.#freeBlocks.pop()
    this.#frontier = address + size
    this.#sizes.set(address, size)
    return address
  }

  /** Gives a block back. */
  free(address: number): void {
    const size = this.#sizes.get(address)
    if (size === undefined) return
    this.#sizes.delete(address)
    const blocks = this.#freeBlocks
    let index = blocks.findIndex(block => block.address > address)
    if (index < 0) index = blocks.length
    const before = blocks[index - 1]
    const after = blocks[index]
    if (before !== undefined && before.address + before.size === address) {
      before.size += size
      if (after !== undefined && before.address + before.size === after.address) {
        before.size += after.size
        blocks.splice(index, 1)
      }
    } else if (after !== undefined && address + size === after.address) {
      after.address = address
      after.size += size
    } else blocks.splice(index, 0, { address, size })
  }

  /** Bytes that could still be given out at most. */
  get availableBytes(): number {
    return this.maximumBytes - this.#frontier + this.#freeBlocks.reduce((total, block) => total + block.size, 0)
  }

  #growTo(end: number, requested: number): void {
    const length = this.byteLength
    if (end <= length) return
    const fail = (): OutOfMemoryError => new OutOfMemoryError(requested, this.availableBytes, this.maximumBytes)
    if (end > this.maximumBytes) throw fail()
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
