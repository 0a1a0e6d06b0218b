/** Parameters of any structure as one row of numbers, which is what the methods compute with. */
import { describe, UsageError } from '../errors.ts'
import { mapNumbersOf } from '../space.ts'
import { isStatic } from '../structure.ts'

/** The numbers of the start. @throws {UsageError} when it is no structure of parameters. */
export function startOf(op: string, start: unknown): Float64Array {
  if (!isStatic(start)) return flatten(op, start)
  throw new UsageError(`${op}: the start is ${describe(start)}. Give a number, a tensor, or a structure of them.`)
}

/** All numbers of a plain value, in the order of its leaves. */
export function flatten(op: string, value: unknown): Float64Array {
  const numbers: number[] = []
  mapNumbersOf(
    op,
    x => {
      numbers.push(x)
      return x
    },
    value,
  )
  return Float64Array.from(numbers)
}

/** The value of the same structure as another one that has these numbers; elements of float32 are rounded. */
export function unflatten(op: string, like: unknown, numbers: Float64Array): unknown {
  let place = 0
  return mapNumbersOf(op, () => numbers[place++] as number, like)
}

/** ⟨x, y⟩. */
export function inner(x: Float64Array, y: Float64Array): number {
  let total = 0
  for (let i = 0; i < x.length; i++) total += (x[i] as number) * (y[i] as number)
  return total
}

/** |x|, without overflow or underflow on the way. */
export function norm(x: Float64Array): number {
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

/** x + t·d, a new row. */
export function moved(x: Float64Array, t: number, d: Float64Array): Float64Array {
  return x.map((xi, i) => xi + t * (d[i] as number))
}

/** x − y, a new row. */
export function difference(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((xi, i) => xi - (y[i] as number))
}

/** x += t·y. */
export function accumulate(x: Float64Array, t: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + t * (y[i] as number)
}

/** Are all numbers finite? */
export function isFinite(x: Float64Array): boolean {
  return x.every(Number.isFinite)
}
