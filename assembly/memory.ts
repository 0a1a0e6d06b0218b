/**
 * The arena of the current run. The facade owns the memory and hands out one chunk at a time; here a pointer moves.
 *
 *        top ──►                              ◄── end
 *      ┌─────────────────────┬───────────────┬─────────────────────┐
 *      │ values, cotangents  │     free      │ scratch of one rule │
 *      └─────────────────────┴───────────────┴─────────────────────┘
 *
 * Nothing here grows memory: what does not fit returns 0, and the caller asks the facade for another chunk.
 */
import { ALIGNMENT } from './shared/layout'

let top: usize = 0
let end: usize = 0

/** Makes the bytes from `start` to `limit` the current chunk. Both are addresses, multiples of 64. */
export function useChunk(start: usize, limit: usize): void {
  top = start
  end = limit
}

/** The address where the next buffer will be. */
export function arenaTop(): usize {
  return top
}

/** Bytes rounded up to whole cache lines. */
@inline
export function padded(bytes: usize): usize {
  return (bytes + ALIGNMENT - 1) & ~(<usize>ALIGNMENT - 1)
}

/** Bytes left in the current chunk. */
@inline
export function free(): usize {
  return end - top
}

/** A new buffer of that many bytes, or 0 when the chunk has no room for it. Its content is undefined. */
export function allocate(bytes: usize): usize {
  const size = padded(bytes)
  if (size > end - top || size < bytes) return 0
  const pointer = top
  top += size
  return pointer
}

/** A buffer that lives until `releaseScratch`. The caller has made sure that there is room. */
export function scratch(bytes: usize): usize {
  end -= padded(bytes)
  return end
}

/** The mark to give to `releaseScratch`. */
@inline
export function scratchMark(): usize {
  return end
}

/** Gives back all scratch buffers made since the mark was taken. */
@inline
export function releaseScratch(mark: usize): void {
  end = mark
}
