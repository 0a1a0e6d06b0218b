/**
 * The arena of the current run. The facade owns the memory and hands out one chunk at a time; here a pointer moves.
 *
 *        top ──►                              ◄── end
 *      ┌─────────────────────┬───────────────┬─────────────────────┐
 *      │ values, cotangents  │     free      │ scratch of one rule │
 *      └─────────────────────┴───────────────┴─────────────────────┘
 *
 * Nothing here grows memory: what does not fit returns 0. `forward` then asks the facade for another chunk; a rule has
 * made sure beforehand that all it may need is there (`ruleBytes`).
 */
import { control } from './control'
import { ALIGNMENT, CONTROL_END, CONTROL_TOP } from './shared/layout'

/** The address where the next buffer will be. */
@inline
export function arenaTop(): usize {
  return load<u32>(control, CONTROL_TOP)
}

@inline
function end(): usize {
  return load<u32>(control, CONTROL_END)
}

/** Bytes rounded up to whole cache lines. */
@inline
export function padded(bytes: usize): usize {
  return (bytes + ALIGNMENT - 1) & ~(<usize>ALIGNMENT - 1)
}

/** Bytes left in the current chunk. */
@inline
export function free(): usize {
  return end() - arenaTop()
}

/** A new buffer of that many bytes, or 0 when the chunk has no room for it. Its content is undefined. */
export function allocate(bytes: usize): usize {
  const size = padded(bytes)
  if (size > free() || size < bytes) return 0
  const pointer = arenaTop()
  store<u32>(control, <u32>(pointer + size), CONTROL_TOP)
  return pointer
}

/** A buffer that lives until `releaseScratch`. The caller has made sure that there is room. */
export function scratch(bytes: usize): usize {
  const pointer = end() - padded(bytes)
  store<u32>(control, <u32>pointer, CONTROL_END)
  return pointer
}

/** The mark to give to `releaseScratch`. */
@inline
export function scratchMark(): usize {
  return end()
}

/** Gives back all scratch buffers made since the mark was taken. */
@inline
export function releaseScratch(mark: usize): void {
  store<u32>(control, <u32>mark, CONTROL_END)
}
