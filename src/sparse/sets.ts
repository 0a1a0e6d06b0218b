/**
 * Sets of inputs: what a number depends on. Sets are values, shared between all numbers that depend on the same. A small one
 * is a sorted list. A large one may be a union that is not yet made: sums of n terms, one after another, would otherwise take
 * n² steps. It is made when it has grown to twice the largest of its parts, or when it is asked for.
 */

/** Sets up to this size are lists always. */
const SMALL = 24

/** A set of inputs, by their numbers. */
export interface InputSet {
  /** The inputs in order; undefined where the union of the two parts is not yet made. */
  elements: ArrayLike<number> | undefined
  first: InputSet | undefined
  second: InputSet | undefined
  /** No fewer than it has elements. */
  readonly weight: number
  /** The size of the largest list that it is made of. */
  readonly largest: number
  /** When it was last visited. */
  mark: number
}

function listed(elements: ArrayLike<number>): InputSet {
  const { length } = elements
  return { elements, first: undefined, second: undefined, weight: length, largest: length, mark: 0 }
}

/** The set of no inputs. */
export const EMPTY: InputSet = listed([])

/** The sets of so many inputs. */
export class InputSets {
  /** By input: when it was last found. */
  readonly #found: Int32Array
  #mark = 0

  constructor(count: number) {
    this.#found = new Int32Array(count)
  }

  /** The set of one input. */
  one(input: number): InputSet {
    return listed([input])
  }

  /** All elements of two sets. */
  union(a: InputSet, b: InputSet): InputSet {
    if (a === b || b === EMPTY) return a
    if (a === EMPTY) return b
    const weight = a.weight + b.weight
    const largest = Math.max(a.largest, b.largest)
    if (weight <= SMALL) return merged(a, b)
    if (weight >= 2 * largest) return listed(this.#gather([a, b]))
    return { elements: undefined, first: a, second: b, weight, largest, mark: 0 }
  }

  /** All elements of so many sets, each being `step` further in the list than the one before. */
  all(sets: readonly InputSet[] | undefined, from: number, count: number, step = 1): InputSet {
    if (sets === undefined) return EMPTY
    const distinct: InputSet[] = []
    let last = EMPTY
    for (let i = 0, at = from; i < count; i++, at += step) {
      const set = sets[at] as InputSet
      if (set === last || set === EMPTY) continue
      distinct.push(set)
      last = set
    }
    const [first = EMPTY, second = EMPTY] = distinct
    return distinct.length > 2 ? listed(this.#gather(distinct)) : this.union(first, second)
  }

  /** The elements of a set, in order. */
  elementsOf(set: InputSet): ArrayLike<number> {
    if (set.elements !== undefined) return set.elements
    set.elements = this.#gather([set])
    set.first = undefined
    set.second = undefined
    return set.elements
  }

  /** The elements of several sets, in order. */
  #gather(sets: InputSet[]): ArrayLike<number> {
    const mark = ++this.#mark
    const found = this.#found
    const gathered: number[] = []
    const pending = sets
    for (let set = pending.pop(); set !== undefined; set = pending.pop()) {
      if (set.mark === mark) continue
      set.mark = mark
      const { elements, first, second } = set
      if (elements === undefined) {
        pending.push(first as InputSet, second as InputSet)
        continue
      }
      for (let i = 0; i < elements.length; i++) {
        const input = elements[i] as number
        if (found[input] === mark) continue
        found[input] = mark
        gathered.push(input)
      }
    }
    return Int32Array.from(gathered).sort()
  }
}

/** All elements of two lists; one of them itself if it has them all. */
function merged(a: InputSet, b: InputSet): InputSet {
  const x = a.elements as ArrayLike<number>
  const y = b.elements as ArrayLike<number>
  const both: number[] = []
  let i = 0
  let j = 0
  while (i < x.length && j < y.length) {
    const [p, q] = [x[i] as number, y[j] as number]
    both.push(p < q ? p : q)
    if (p <= q) i++
    if (q <= p) j++
  }
  while (i < x.length) both.push(x[i++] as number)
  while (j < y.length) both.push(y[j++] as number)
  if (both.length === x.length) return a
  return both.length === y.length ? b : listed(both)
}
