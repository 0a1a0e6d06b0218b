/** Bytes of a block that is planned before it exists: which are in use, and how many there must be. */
import { ALIGNMENT } from '../../assembly/shared/layout.ts'

interface Gap {
  start: number
  size: number
}

/** Bytes rounded up to whole cache lines. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

export class Room {
  /** How many bytes have been in use at most. */
  bytes = 0
  /** Unused bytes before the end, by position, none next to another. */
  readonly #gaps: Gap[] = []

  /** Where that many bytes are: in the smallest gap that has them, else behind all. */
  take(bytes: number): number {
    const size = padded(bytes)
    let best: Gap | undefined
    for (const gap of this.#gaps) if (gap.size >= size && (best === undefined || gap.size < best.size)) best = gap
    if (best !== undefined) {
      const { start } = best
      best.start += size
      best.size -= size
      if (best.size === 0) this.#gaps.splice(this.#gaps.indexOf(best), 1)
      return start
    }
    const last = this.#gaps.at(-1)
    const start = last !== undefined && last.start + last.size === this.bytes ? last.start : this.bytes
    if (start < this.bytes) this.#gaps.pop()
    this.bytes = start + size
    return start
  }

  /** Gives bytes back. */
  give(start: number, bytes: number): void {
    const size = padded(bytes)
    if (size === 0) return
    const gaps = this.#gaps
    let index = gaps.findIndex(gap => gap.start > start)
    if (index < 0) index = gaps.length
    const before = gaps[index - 1]
    const after = gaps[index]
    const joinsBefore = before !== undefined && before.start + before.size === start
    const joinsAfter = after !== undefined && start + size === after.start
    if (joinsBefore) {
      before.size += size + (joinsAfter ? after.size : 0)
      if (joinsAfter) gaps.splice(index, 1)
    } else if (joinsAfter) {
      after.start = start
      after.size += size
    } else gaps.splice(index, 0, { start, size })
  }
}
