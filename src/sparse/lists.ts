/** A sparse matrix without values: the columns of each row, or the rows of each column. */

/** Lists of numbers, one after another: list i goes from starts[i] up to, not including, starts[i + 1]. */
export interface Lists {
  readonly starts: Int32Array
  readonly items: Int32Array
}

/** How many lists there are. */
export function lengthOf({ starts }: Lists): number {
  return starts.length - 1
}

/** How many numbers list i has. */
export function sizeOf({ starts }: Lists, i: number): number {
  return (starts[i + 1] as number) - (starts[i] as number)
}

/** The size of the longest list. */
export function longest(lists: Lists): number {
  let most = 0
  for (let i = 0; i < lengthOf(lists); i++) most = Math.max(most, sizeOf(lists, i))
  return most
}

/** For each of so many numbers the lists that it is in, in order. */
export function transposed({ starts, items }: Lists, count: number): Lists {
  const from = new Int32Array(count + 1)
  for (const item of items) from[item + 1] = (from[item + 1] as number) + 1
  for (let i = 0; i < count; i++) from[i + 1] = (from[i + 1] as number) + (from[i] as number)
  const next = from.slice()
  const found = new Int32Array(items.length)
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const item = items[k] as number
      const place = next[item] as number
      next[item] = place + 1
      found[place] = i
    }
  }
  return { starts: from, items: found }
}

/** Those numbers of each list for which the predicate holds. */
export function filtered({ starts, items }: Lists, keeps: (list: number, item: number) => boolean): Lists {
  const from = new Int32Array(starts.length)
  const kept: number[] = []
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const item = items[k] as number
      if (keeps(i, item)) kept.push(item)
    }
    from[i + 1] = kept.length
  }
  return { starts: from, items: Int32Array.from(kept) }
}

/** Symmetric lists: j in list i where i is in list j, too. */
export function symmetric(lists: Lists): Lists {
  const count = lengthOf(lists)
  const other = transposed(lists, count)
  const from = new Int32Array(count + 1)
  const both: number[] = []
  for (let i = 0; i < count; i++) {
    const end = lists.starts[i + 1] as number
    const otherEnd = other.starts[i + 1] as number
    let k = lists.starts[i] as number
    let l = other.starts[i] as number
    while (k < end || l < otherEnd) {
      const p = k < end ? (lists.items[k] as number) : Infinity
      const q = l < otherEnd ? (other.items[l] as number) : Infinity
      both.push(Math.min(p, q))
      if (p <= q) k++
      if (q <= p) l++
    }
    from[i + 1] = both.length
  }
  return { starts: from, items: Int32Array.from(both) }
}
