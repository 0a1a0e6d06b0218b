/**
 * What stands in the run around for a value that one sample of a batch has: the values of all samples, below each other in
 * one tensor; or one value that all samples share.
 */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { cast } from '../ops/cast.ts'
import { slice } from '../ops/part.ts'
import { countOf } from '../tape.ts'
import type { DType, Shape } from '../types.ts'
import { apply, sameShape } from '../apply.ts'
import { type AnyVar, HOST, varOf } from '../var.ts'

/** What messages call an op of a batch. */
export const VMAP = 'vmap'

/** How one sample's value lies in memory: rows × columns. A number is 1 × 1, a vector one row. */
export interface Layout {
  readonly rows: number
  readonly cols: number
}

/** The layout of a shape. */
export function layoutOf(shape: Shape): Layout {
  const cols = shape[shape.length - 1] ?? 1
  return { rows: shape.slice(0, -1).reduce((product, n) => product * n, 1), cols }
}

/** A table of all samples, and the layout that one sample has in it. */
interface Table extends Layout {
  readonly table: AnyVar
}

export class Batch {
  /** How many samples there are. */
  readonly size: number
  /** The layout of one sample. */
  readonly layout: Layout
  /** How many elements one sample has. */
  readonly count: number
  /** Is it a number for each sample, no tensor? */
  readonly isNumber: boolean
  /** The value that all samples share; undefined if each has its own. */
  readonly shared: AnyVar | undefined
  /** The value of each sample, if these are of a user's type. */
  readonly samples: readonly AnyVar[] | undefined
  /** The type of the elements of its tables. */
  readonly dtype: DType
  /** All samples as a table, in those layouts that were asked for: the same memory. */
  readonly #tables: Table[] = []
  readonly #shape: Shape
  #row: AnyVar | undefined

  private constructor(
    size: number,
    shape: Shape,
    dtype: DType,
    shared: AnyVar | undefined,
    samples: readonly AnyVar[] | undefined,
  ) {
    this.size = size
    this.#shape = shape
    this.layout = layoutOf(shape)
    this.count = countOf(shape)
    this.isNumber = shape.length === 0
    this.dtype = dtype
    this.shared = shared
    this.samples = samples
  }

  /** One value for all samples. */
  static shared(size: number, value: AnyVar): Batch {
    return new Batch(size, value.shape, value.dtype, value, undefined)
  }

  /** A value of a user's type for each sample. */
  static ofSamples(samples: readonly AnyVar[]): Batch {
    return new Batch(samples.length, HOST, 'float64', undefined, samples)
  }

  /** The values of all samples, each of that shape, in a tensor with one more size in front. */
  static stacked(size: number, shape: Shape, stack: AnyVar): Batch {
    const batch = new Batch(size, shape, stack.dtype, undefined, undefined)
    // What has a number for each sample is one row.
    batch.#tables.push(batch.isNumber ? { rows: 0, cols: 0, table: stack } : { ...batch.layout, table: stack })
    return batch
  }

  /** The same given as a table, in which a sample has the given layout. */
  static table(size: number, shape: Shape, layout: Layout, table: AnyVar): Batch {
    const batch = new Batch(size, shape, table.dtype, undefined, undefined)
    batch.#tables.push({ ...layout, table })
    return batch
  }

  /** The same with tables of elements of that type. What all samples share stays what it is where it is taken as it is. */
  inType(dtype: DType): Batch {
    if (dtype === this.dtype || this.samples !== undefined) return this
    const batch = new Batch(this.size, this.#shape, dtype, this.shared, undefined)
    const [first] = this.#tables
    if (this.shared === undefined && first !== undefined)
      batch.#tables.push({ ...first, table: inType(first.table, dtype) })
    return batch
  }

  /** All samples as a table in which each has so many rows and columns. A shared value is repeated. */
  as({ rows, cols }: Layout): AnyVar {
    const found = this.#tables.find(known => known.rows === rows && known.cols === cols)
    if (found !== undefined) return found.table
    const from = this.#tables[0]
    const shape = [this.size * rows, cols]
    const table = slice(VMAP, from?.table ?? this.#repeated(), 0, shape)
    this.#tables.push({ rows, cols, table })
    return table
  }

  /** The shared value as one row, which only matters to products of blocks: other ops of vectors look at no rows. */
  sharedRow(): AnyVar | undefined {
    if (this.shared === undefined || this.layout.rows === 1) return this.shared
    this.#row ??= slice(VMAP, this.shared, 0, [this.count])
    return this.#row
  }

  /** A table of its own, in which each sample is one row, to be written into. */
  freshRows(): AnyVar {
    return apply(VMAP, Opcode.RowEmbed, [this.size, this.count], this.as(this.layout), this.as(this.layout), 0)
  }

  #repeated(): AnyVar {
    return inType(apply(VMAP, Opcode.Repeat, [this.size, this.count], this.sharedRow()), this.dtype)
  }

  /** The tensor of all samples, with one more size in front of the given ones. */
  stack(shape: Shape): AnyVar {
    const whole = [this.size, ...shape]
    const table = this.isNumber ? this.#numbers() : this.as(this.layout)
    return inShape(table, whole)
  }

  /** A number for each sample, in one row. */
  #numbers(): AnyVar {
    const first = this.#tables[0]
    if (first?.rows === 0) return first.table
    return slice(VMAP, this.as(this.layout), 0, [this.size])
  }

  /** The value of one sample, of the given shape. */
  sample(index: number, shape: Shape): AnyVar {
    if (this.shared !== undefined) return inShape(this.shared, shape)
    if (this.samples !== undefined) return this.samples[index] as AnyVar
    const from = this.#tables[0] as Table
    return slice(VMAP, from.table, index * this.count, shape)
  }
}

/** The same value with elements of that type. */
export function inType(value: AnyVar, dtype: DType): AnyVar {
  return value.dtype === dtype ? value : cast(VMAP, dtype, value)
}

/** The same value in a shape that has the same rows and columns: a record knows no more of a shape. */
export function inShape(value: AnyVar, shape: Shape): AnyVar {
  if (value.shape === HOST || sameShape(value.shape, shape)) return value
  return value.run === undefined ? slice(VMAP, value, 0, shape) : varOf(value.run, value.slot, shape, value.dtype)
}
