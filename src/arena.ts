/**
 * The arena of a tape: chunks of linear memory, filled one after the other, given back all at once. The engine allocates
 * from one arena at a time, that of the active tape; any other may be used from here meanwhile.
 */
import { ALIGNMENT, CONTROL_END, CONTROL_TOP } from '../assembly/shared/layout.ts'
import { OutOfMemoryError } from './errors.ts'
import type { Engine } from './wasm/engine.ts'

interface Chunk {
  readonly address: number
  readonly size: number
}

const LARGEST_STEP_BYTES = 2 ** 28

export class Arena {
  readonly #engine: Engine
  /** Where the engine reads, in 32-bit integers, how far the chunk in use is filled and where it ends. */
  readonly #top: number
  readonly #end: number
  readonly #chunks: Chunk[] = []
  readonly #firstChunkBytes: number
  /** The index of the chunk in use; −1 before the first. */
  #current = -1
  /** Is it the one that the engine allocates from? */
  #isActive = false
  /** While it is not: what the engine will read when it is. */
  #keptTop = 0
  #keptEnd = 0

  constructor(engine: Engine, firstChunkBytes: number) {
    this.#engine = engine
    this.#firstChunkBytes = firstChunkBytes
    this.#top = engine.control + CONTROL_TOP / 4
    this.#end = engine.control + CONTROL_END / 4
  }

  /** Makes it the one that the engine allocates from. */
  activate(): void {
    this.#isActive = true
    this.#set(this.#keptTop, this.#keptEnd)
  }

  /** Lets the engine allocate from another one. */
  deactivate(): void {
    this.#keptTop = this.#address
    this.#keptEnd = this.#chunkEnd
    this.#isActive = false
  }

  /** A buffer of that many bytes, until the arena is reset. */
  allocate(bytes: number): number {
    const size = bytes + ((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT)
    if (this.#current < 0 || size > this.free) this.extend(size)
    const address = this.#address
    this.#moveTop(address + size)
    return address
  }

  /** The bytes that are left in the current chunk. */
  get free(): number {
    return this.#chunkEnd - this.#address
  }

  /** Goes on to a chunk with room for at least that many bytes. What is left of the present one is not used. */
  extend(bytes: number): void {
    const next = this.#chunks[this.#current + 1]
    if (next === undefined || next.size < bytes) {
      const total = this.#chunks.reduce((sum, chunk) => sum + chunk.size, 0)
      const size = Math.max(bytes, this.#firstChunkBytes, Math.min(total, LARGEST_STEP_BYTES))
      const address = this.#allocateChunk(size, bytes)
      this.#chunks.splice(this.#current + 1, 0, address)
    }
    this.#use(this.#current + 1)
  }

  /** The chunk in use, for `reset`. */
  get chunk(): number {
    return this.#current
  }

  /** How much of the chunk is in use, for `reset`: in bytes from its start, so that it holds for another chunk, too. */
  get filled(): number {
    const chunk = this.#chunks[this.#current]
    return chunk === undefined ? 0 : this.#address - chunk.address
  }

  /** The address of the next buffer. */
  get #address(): number {
    return this.#isActive ? (this.#engine.memory.i32[this.#top] as number) >>> 0 : this.#keptTop
  }

  /** Where the chunk in use ends. */
  get #chunkEnd(): number {
    return this.#isActive ? (this.#engine.memory.i32[this.#end] as number) >>> 0 : this.#keptEnd
  }

  /** Gives back everything since the arena stood at this chunk and was filled so far. */
  reset(chunk: number, filled: number): void {
    this.#use(Math.max(chunk, 0))
    const found = this.#chunks[this.#current]
    if (found !== undefined) this.#moveTop(found.address + filled)
  }

  /** Frees the chunks behind the one in use, and that one too if nothing is in it and it is the first. */
  trim(): void {
    const empty = this.#current === 0 && this.filled === 0
    for (const { address } of this.#chunks.splice(empty ? 0 : this.#current + 1)) this.#engine.memory.free(address)
    if (empty) this.#leave()
  }

  #leave(): void {
    this.#current = -1
    this.#set(0, 0)
  }

  /** The parts of the chunks that are in use, as addresses. */
  used(): { address: number; end: number }[] {
    const top = this.#address
    return this.#chunks
      .slice(0, this.#current + 1)
      .map(({ address, size }, index) => ({ address, end: index === this.#current ? top : address + size }))
  }

  /** Gives the chunks themselves back. The arena must not be used any more. */
  release(): void {
    for (const chunk of this.#chunks) this.#engine.memory.free(chunk.address)
  }

  /** A generous chunk, or, where memory ends, one of the size that is needed. */
  #allocateChunk(size: number, needed: number): Chunk {
    const { memory } = this.#engine
    const chunk = (bytes: number): Chunk => ({
      address: memory.allocate(bytes),
      size: Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT),
    })
    if (size <= needed || size > memory.availableBytes) return chunk(needed)
    try {
      return chunk(size)
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error
      return chunk(needed)
    }
  }

  #use(index: number): void {
    const chunk = this.#chunks[index]
    if (chunk === undefined) {
      this.#leave()
      return
    }
    this.#current = index
    this.#set(chunk.address, chunk.address + chunk.size)
  }

  #set(top: number, end: number): void {
    this.#moveTop(top)
    if (this.#isActive) this.#engine.memory.i32[this.#end] = end
    else this.#keptEnd = end
  }

  #moveTop(top: number): void {
    if (this.#isActive) this.#engine.memory.i32[this.#top] = top
    else this.#keptTop = top
  }
}
