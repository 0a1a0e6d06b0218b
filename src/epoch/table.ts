/** Tables: rows of data outside linear memory, and how they are converted. */
import { describe, SizeError, UsageError } from '../errors.ts'
import { checkIsNumber, checkSource, CONVERSION, type Loadable, type LoadOptions } from '../load.ts'
import { checkGiven, optionText } from '../options.ts'
import { countOf } from '../tape.ts'
import type { Shape } from '../types.ts'

/**
 * Rows of data outside linear memory, each of shape R, and how they are converted. Made by `table` and `oneHot`.
 *
 * @example
 * ```ts
 * const points: Table<readonly [2]> = table(new Float32Array([1, 2, 3, 4]), [2])
 * points.count // → 2
 * ```
 */
export interface Table<R extends Shape> {
  /** The numbers, row by row. */
  readonly data: Loadable
  /** The shape of a row: empty for a number. */
  readonly shape: R
  /** How many rows there are. */
  readonly count: number
  /** How numbers are converted. */
  readonly options: Pick<LoadOptions, 'scale' | 'offset'>
  /** Where row i of the table is in the data: at row index[i]. At row i, if undefined. */
  readonly index: ArrayLike<number> | undefined
}

/**
 * A table: row i has the numbers scale·data[i·n + j] + offset, in the shape given. The data are not copied; rows are converted
 * when they are needed.
 *
 * @param data the numbers, row by row
 * @param shape the shape of a row: `[784]` for vectors, `[]` for numbers
 * @param options `scale` and `offset`, 1 and 0 by default
 * @shape numbers, shape → Table
 * @throws {UsageError} when the data, or an option, are of another type.
 * @throws {SizeError} when the data are no whole rows, or a size is no whole number, 1 or more.
 * @example
 * ```ts
 * const images = table(new Uint8Array(3 * 784), [784], { scale: 1 / 255 })
 * images.count // → 3
 * ```
 */
export function table<const R extends Shape>(
  data: Loadable,
  shape: R,
  options: Pick<LoadOptions, 'scale' | 'offset'> = {},
): Table<Readonly<R>> {
  checkGiven('table', options, CONVERSION)
  checkSource('table', data)
  checkShape('table', shape)
  const count = data.length / countOf(shape)
  if (!Number.isInteger(count)) {
    throw new SizeError(`table: ${String(data.length)} numbers are no whole rows of ${String(countOf(shape))}.`)
  }
  return { data, shape: shape.slice() as unknown as R, count, options: { ...options }, index: undefined }
}

/** @internal Throws unless it is the shape of a row: sizes of 1 or more. */
export function checkShape(what: string, shape: unknown): void {
  if (Array.isArray(shape) && shape.every(size => Number.isInteger(size) && size > 0)) return
  const given = Array.isArray(shape) ? `[${shape.map(String).join(', ')}]` : describe(shape)
  throw new SizeError(
    `${what}: the shape of a row is ${given}. Give whole numbers, 1 or more: [784] for vectors, [] for numbers.`,
  )
}

/**
 * A table of classes: row i has 1 at labels[i] and 0 elsewhere. The labels are copied.
 *
 * @param labels the classes, whole numbers from 0 on
 * @param classes how many there are
 * @shape n labels → Table of n rows
 * @throws {UsageError} when the labels are no array of numbers.
 * @throws {SizeError} when a label is no class, or there is no class.
 * @example
 * ```ts
 * oneHot([2, 0, 1, 1], 3).count // → 4
 * ```
 */
export function oneHot<const N extends number>(labels: ArrayLike<number>, classes: N): Table<readonly [N]> {
  if (!(Number.isInteger(classes) && classes > 0)) {
    throw new SizeError(`oneHot: ${optionText(classes)} is no number of classes. Give a whole number, 1 or more.`)
  }
  if (!(Array.isArray(labels) || ArrayBuffer.isView(labels))) {
    throw new UsageError(
      `oneHot: the labels are ${describe(labels)}. Give an array or a typed array: oneHot([2, 0, 1], 3).`,
    )
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number
    if (Number.isInteger(label) && label >= 0 && label < classes) continue
    checkIsNumber('oneHot: a label', i, label)
    throw new SizeError(`oneHot: label ${String(label)}, at ${String(i)}, is outside 0 … ${String(classes - 1)}.`)
  }
  const data = new Uint8Array(classes * classes)
  for (let i = 0; i < classes; i++) data[i * classes + i] = 1
  return { data, shape: [classes], count: labels.length, options: {}, index: Uint32Array.from(labels) }
}
