/** What the console of Node shows of tensors and matrices: shape and numbers, as many as it shows of an array. */
import type { Shape } from './types.ts'

/** The options that Node gives: those that are looked at. */
export interface ConsoleOptions {
  /** How many elements are shown at most; all if null. */
  readonly maxArrayLength?: number | null
}

/** Node's `inspect`, which it gives as well. */
export type Inspect = (value: unknown, options: object) => string

/** The elements as nested arrays, which are shortened if they are more than the console shows of one array. */
export function shownElements(
  data: ArrayLike<number>,
  shape: Shape,
  options: ConsoleOptions,
  inspect: Inspect,
): string {
  const most = options.maxArrayLength ?? Infinity
  const each = data.length <= most ? Infinity : Math.floor(most ** (1 / shape.length))
  const nested = (level: number, offset: number, size: number): unknown => {
    if (level === shape.length) return data[offset]
    const length = shape[level] as number
    const step = size / length
    return beginning(length, each, i => nested(level + 1, offset + i * step, step))
  }
  return inspect(nested(0, 0, data.length), { ...options, depth: Infinity, maxArrayLength: each })
}

/** So many items, each an array of numbers, shortened likewise. */
export function shownItems(
  length: number,
  item: (i: number) => readonly number[],
  options: ConsoleOptions,
  inspect: Inspect,
): string {
  const items = beginning(length, options.maxArrayLength ?? Infinity, item)
  return inspect(items, { ...options, depth: Infinity })
}

/** An array of this length of which only so many elements are made: Node counts the others, and does not look at them. */
function beginning<T>(length: number, most: number, element: (i: number) => T): T[] {
  const array = Array.from({ length: Math.min(length, most) }, (_, i) => element(i))
  array.length = length
  return array
}
