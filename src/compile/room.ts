/** Bytes of a block that is planned before it exists: which are in use, and how many there must be. */
import { FreeList } from '../wasm/freeList.ts'
import { padded } from '../wasm/memory.ts'

export class Room {
  /** How many bytes have been in use at most. */
  bytes = 0
  /** Unused bytes before the end. */
  readonly #free = new FreeList()

  /** Where that many bytes are: in the first gap that has them, else behind all. */
  take(bytes: number): number {
    const size = padded(bytes)
    if (size === 0) return this.bytes
    const gap = this.#free.take(size)
    if (gap !== undefined) return gap
    const start = this.#free.startBefore(this.bytes)
    this.#free.takeBefore(this.bytes)
    this.bytes = start + size
    return start
  }

  /** Gives bytes back. */
  give(start: number, bytes: number): void {
    const size = padded(bytes)
    if (size > 0) this.#free.give(start, size)
  }
}
