/** Parameters of any structure as one row of numbers, which is what the methods compute with. */
import { mapNumbersOf } from '../space.ts'
import { mapLeaves } from '../structure.ts'
import { dataOf, Tensor, tensorOf } from '../tensor.ts'

/** All numbers of a plain value, in the order of its leaves. */
export function flatten(op: string, value: unknown): Float64Array {
  const leaves: (number | ArrayLike<number>)[] = []
  let count = 0
  mapLeaves(value, op, leaf => {
    const numbers = numbersOf(op, leaf)
    leaves.push(numbers)
    count += typeof numbers === 'number' ? 1 : numbers.length
    return leaf
  })
  const row = new Float64Array(count)
  let place = 0
  for (const numbers of leaves) {
    if (typeof numbers === 'number') row[place++] = numbers
    else {
      row.set(numbers, place)
      place += numbers.length
    }
  }
  return row
}

/** The numbers of a leaf. */
function numbersOf(op: string, leaf: unknown): number | ArrayLike<number> {
  if (typeof leaf === 'number') return leaf
  if (leaf instanceof Tensor) return leaf.data
  const numbers: number[] = []
  mapNumbersOf(
    op,
    x => {
      numbers.push(x)
      return x
    },
    leaf,
  )
  return numbers
}

/** The value of the same structure as another one that has these numbers; elements of float32 are rounded. */
export function unflatten(op: string, like: unknown, numbers: Float64Array): unknown {
  let place = 0
  return mapLeaves(like, op, leaf => {
    if (typeof leaf === 'number') return numbers[place++]
    if (!(leaf instanceof Tensor)) return mapNumbersOf(op, () => numbers[place++] as number, leaf)
    const from = place
    place += leaf.data.length
    const data = dataOf(leaf.dtype, leaf.data.length)
    data.set(numbers.subarray(from, place))
    return tensorOf(data, leaf.shape)
  })
}

/** ⟨x, y⟩. */
export function inner(x: Float64Array, y: Float64Array): number {
  let total = 0
  for (let i = 0; i < x.length; i++) total += (x[i] as number) * (y[i] as number)
  return total
}

/** |x|, without overflow or underflow on the way. */
export function norm(x: Float64Array): number {
  const square = inner(x, x)
  if (square > 2 ** -900 && square < Infinity) return Math.sqrt(square)
  let largest = 0
  for (const xi of x) {
    // Not by Math.max alone: NaN must stay.
    if (!(Math.abs(xi) <= largest)) largest = Math.abs(xi)
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest
  let total = 0
  for (const xi of x) total += (xi / largest) ** 2
  return largest * Math.sqrt(total)
}

/** A power of two about as large as a positive number: dividing by it rounds nothing. */
export function powerOfTwo(x: number): number {
  return 2 ** Math.floor(Math.log2(x))
}

// Loops over indices: `map`, `every` and `for … of` take up to ten times as long, and rows may be long.

/** t·x, a new row. */
export function multiple(t: number, x: Float64Array): Float64Array {
  const product = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) product[i] = t * (x[i] as number)
  return product
}

/** x + t·d, a new row. */
export function moved(x: Float64Array, t: number, d: Float64Array): Float64Array {
  const sum = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) sum[i] = (x[i] as number) + t * (d[i] as number)
  return sum
}

/** x − y, a new row. */
export function difference(x: Float64Array, y: Float64Array): Float64Array {
  return moved(x, -1, y)
}

/** x += t·y. */
export function accumulate(x: Float64Array, t: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + t * (y[i] as number)
}

/** Does a step from x to y change each number by no more than a part of it, before and after? */
export function isShort(x: Float64Array, y: Float64Array, part: number): boolean {
  for (let i = 0; i < x.length; i++) {
    const [xi, yi] = [x[i] as number, y[i] as number]
    if (!(Math.abs(yi - xi) <= part * Math.min(Math.abs(xi), Math.abs(yi)))) return false
  }
  return true
}

/** Are all numbers finite? */
export function allFinite(x: Float64Array): boolean {
  for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i])) return false
  return true
}
