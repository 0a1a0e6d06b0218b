/** Once through data: its rows in batches, converted in linear memory, a step for each, with pauses. */
import { describe, SizeError, UsageError } from './errors.ts'
import { checkOptionNames, isRecord } from './options.ts'
import { checkSource, type Loadable, type LoadOptions, Source } from './load.ts'
import { type Resident, resident, type ResidentLeaf } from './resident.ts'
import { countOf } from './tape.ts'
import { dataOf, type Tensor, tensorOf } from './tensor.ts'
import type { DType, Shape } from './types.ts'

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
  checkOptionNames('table', options, ['scale', 'offset'])
  checkSource('table', data, options.scale ?? 1, options.offset ?? 0)
  checkShape('table', shape)
  const count = data.length / countOf(shape)
  if (!Number.isInteger(count)) {
    throw new SizeError(`table: ${String(data.length)} numbers are no whole rows of ${String(countOf(shape))}.`)
  }
  return { data, shape: shape.slice() as unknown as R, count, options: { ...options }, index: undefined }
}

/** Throws unless it is the shape of a row: sizes of 1 or more. */
function checkShape(what: string, shape: unknown): void {
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
 * @throws {UsageError} when the labels are no array.
 * @throws {SizeError} when a label is no class, or there is no class.
 * @example
 * ```ts
 * oneHot([2, 0, 1, 1], 3).count // → 4
 * ```
 */
export function oneHot<const N extends number>(labels: ArrayLike<number>, classes: N): Table<readonly [N]> {
  if (!(Number.isInteger(classes) && classes > 0)) {
    throw new SizeError(`oneHot: ${String(classes)} is no number of classes. Give a whole number, 1 or more.`)
  }
  if (!(Array.isArray(labels) || ArrayBuffer.isView(labels))) {
    throw new UsageError(
      `oneHot: the labels are ${describe(labels)}. Give an array or a typed array: oneHot([2, 0, 1], 3).`,
    )
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number
    if (Number.isInteger(label) && label >= 0 && label < classes) continue
    throw new SizeError(`oneHot: label ${String(label)}, at ${String(i)}, is outside 0 … ${String(classes - 1)}.`)
  }
  const data = new Uint8Array(classes * classes)
  for (let i = 0; i < classes; i++) data[i * classes + i] = 1
  return { data, shape: [classes], count: labels.length, options: {}, index: Uint32Array.from(labels) }
}

/**
 * Options of `epoch`.
 *
 * @example
 * ```ts
 * const options: EpochOptions = { batch: 128, order: Uint32Array.of(2, 0, 1), sliceMillis: 16 }
 * ```
 */
export interface EpochOptions {
  /** Which rows are taken, in order; copied at the start. All, in the order of the tables, without. */
  readonly order?: ArrayLike<number>
  /** How many rows each step gets, as a tensor with one dimension more. Without, a step gets one row as it is. */
  readonly batch?: number
  /** The type of the elements of all tensors that a step gets; float64 by default. Numbers stay float64. */
  readonly dtype?: DType
  /** Leaves out the rows at the end that do not fill a batch: all of them, if there are fewer than one batch. */
  readonly dropLast?: boolean
  /** After how many milliseconds there is a pause; 30 by default. */
  readonly sliceMillis?: number
  /** An `AbortSignal`: ends the epoch at the next pause, by throwing the signal's reason. */
  readonly signal?: { throwIfAborted(): void }
}

/**
 * How far an epoch has come.
 *
 * @example
 * ```ts
 * const begun: Progress = { steps: 10, rows: 1280, loss: 2.3 }
 * ```
 */
export interface Progress {
  /** Steps so far. */
  readonly steps: number
  /** Rows so far. */
  readonly rows: number
  /** The mean of what the steps have given since the last pause; of all steps in the result of the epoch; NaN if there were none. */
  readonly loss: number
}

/** What a step gets: a row of each table, or a batch of them. */
type Rows<Tables, D extends DType> = { [K in keyof Tables]: Resident<Row<ShapeIn<Tables[K]>, D>> }
type Batches<Tables, D extends DType> = {
  [K in keyof Tables]: Resident<Tensor<readonly [number, ...ShapeIn<Tables[K]>], D>>
}
type Row<R extends Shape, D extends DType> = R extends readonly [] ? number : Tensor<R, D>
type ShapeIn<T> = T extends Table<infer R> ? R : never

/**
 * Once through the rows of some tables: for each row, or batch, it is converted into resident tensors and the step is
 * called with them, step(x₁, x₂, …) = its loss. After each 30 milliseconds there is a pause: the generator yields how far it has
 * come. What is done with a pause is the caller's: nothing, a look at the progress, `break`, or `await`.
 *
 * The tensors that a step gets are overwritten for the next step, and freed at the end: a step keeps what it `read()`s, not
 * them, and does not free them.
 *
 * Without any step, because there is no row or `dropLast` leaves all out, nothing is yielded, and the loss of the result is NaN.
 *
 * @param tables the data, with as many rows each
 * @param step what is done with a row or a batch; it gives the loss
 * @param options `batch`, `order`, `dtype`, `dropLast`, `sliceMillis`, `signal`
 * @shape tables of n rows, (…Resident) ↦ number → a generator of Progress
 * @throws {SizeError} when the tables have not the same number of rows, or the order names a row that is not there.
 * @throws {UsageError} when there is no table, or something else in its place, an option makes no sense, or a step gives no number.
 * @throws {ResidentError} when a step has freed what it got, or a run that is still open reads it.
 * @throws {OutOfMemoryError} when there is no room for a batch.
 * @example
 * ```ts
 * const train = compile(sgdStep((w: Var<number>, x: Var<Vector>) => sum(x.sub(w).pow(2)), { rate: 0.1 }))
 * const w = resident(0)
 * for (const { rows } of epoch([table(new Uint8Array([1, 3, 3, 1]), [])], x => train(w, x), { batch: 2 })) {
 *   console.log(rows)
 * }
 * w.read() // → 1.28
 * ```
 */
export function epoch<const Tables extends readonly Table<Shape>[], D extends DType = 'float64'>(
  tables: Tables,
  step: (...batch: Batches<Tables, NoInfer<D>>) => number,
  options: EpochOptions & { readonly batch: number; readonly dtype?: D },
): Generator<Progress, Progress, void>
export function epoch<const Tables extends readonly Table<Shape>[], D extends DType = 'float64'>(
  tables: Tables,
  step: (...row: Rows<Tables, NoInfer<D>>) => number,
  options?: EpochOptions & { readonly batch?: never; readonly dtype?: D },
): Generator<Progress, Progress, void>
export function epoch(
  tables: readonly Table<Shape>[],
  step: unknown,
  options: EpochOptions = {},
): Generator<Progress, Progress, void> {
  const count = checkTables(tables)
  if (typeof step !== 'function')
    throw new UsageError('epoch: the step must be a function: (x, t) => train(net, x, t).')
  checkOptionNames('epoch', options, ['batch', 'order', 'dropLast', 'dtype', 'sliceMillis', 'signal'])
  checkOptions(options)
  const order = Array.from(options.order ?? Uint32Array.from({ length: count }, (_, i) => i))
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number
    if (Number.isInteger(row) && row >= 0 && row < count) continue
    throw new SizeError(`epoch: row ${String(row)} of the order is outside 0 … ${String(count - 1)}.`)
  }
  return run(tables, step as (...rows: readonly unknown[]) => unknown, order, options)
}

function* run(
  tables: readonly Table<Shape>[],
  step: (...rows: readonly unknown[]) => unknown,
  order: ArrayLike<number>,
  { batch, dtype = 'float64', dropLast = false, sliceMillis = 30, signal }: EpochOptions,
): Generator<Progress, Progress, void> {
  signal?.throwIfAborted()
  let loader = new Loader(tables, dtype, batch)
  try {
    const size = batch ?? 1
    const end = dropLast ? order.length - (order.length % size) : order.length
    let [steps, rows, total, sliceSteps, sliceTotal] = [0, 0, 0, 0, 0]
    let pauseAt = performance.now() + sliceMillis
    while (rows < end) {
      const taken = Math.min(size, end - rows)
      if (taken < size) {
        loader.free()
        loader = new Loader(tables, dtype, taken)
      }
      loader.load(order, rows)
      const loss = step(...loader.residents)
      checkNumber(loss)
      rows += taken
      steps++
      total += loss
      sliceSteps++
      sliceTotal += loss
      if (performance.now() < pauseAt && rows < end) continue
      yield { steps, rows, loss: sliceTotal / sliceSteps }
      signal?.throwIfAborted()
      sliceSteps = sliceTotal = 0
      pauseAt = performance.now() + sliceMillis
    }
    return { steps, rows, loss: total / steps }
  } finally {
    loader.free()
  }
}

/** The resident tensors that batches of one size are loaded into. */
class Loader {
  readonly residents: readonly Resident<unknown>[]
  readonly #columns: readonly Column[]
  /** Which rows of the data are taken. */
  readonly #rows: Uint32Array

  /** @param batch how many rows, or undefined for one row without a dimension for the batch */
  constructor(tables: readonly Table<Shape>[], dtype: DType, batch: number | undefined) {
    this.#rows = new Uint32Array(batch ?? 1)
    const residents: Resident<unknown>[] = []
    this.residents = residents
    try {
      this.#columns = tables.map(({ data, shape, options: { scale = 1, offset = 0 }, index }) => {
        const sizes = batch === undefined ? shape : [batch, ...shape]
        const target = resident<unknown>(sizes.length === 0 ? 0 : tensorOf(dataOf(dtype, countOf(sizes)), sizes))
        residents.push(target)
        return { source: new Source(data, scale, offset), index, target }
      })
    } catch (error) {
      this.free()
      throw error
    }
  }

  /** Loads rows of each table: those that the order has from `from` on. */
  load(order: ArrayLike<number>, from: number): void {
    const rows = this.#rows
    for (const { target } of this.#columns) {
      target.use('epoch', 'A step gets them again for the next rows: leave it to epoch to free them.')
      target.checkUnread('epoch')
    }
    for (const { source, index, target } of this.#columns) {
      for (let i = 0; i < rows.length; i++) {
        const row = order[from + i] as number
        rows[i] = index === undefined ? row : (index[row] as number)
      }
      source.loadInto(target.flat[0] as ResidentLeaf, rows)
      target.version++
    }
  }

  free(): void {
    for (const one of this.residents) one.free()
  }
}

/** A table, and where its rows are loaded. */
interface Column extends Pick<Table<Shape>, 'index'> {
  readonly source: Source
  readonly target: Resident<unknown>
}

/** How many rows the tables have. */
function checkTables(tables: readonly Table<Shape>[]): number {
  const given: unknown = tables
  if (!Array.isArray(given)) {
    throw new UsageError(
      `epoch: the tables are ${describe(given)}. Give an array of them: epoch([table(data, [784])], step).`,
    )
  }
  given.forEach(checkTable)
  const [first] = tables
  if (first === undefined) throw new UsageError('epoch: there is no table. Give one for each argument of the step.')
  for (const { count } of tables) {
    if (count === first.count) continue
    const counts = tables.map(one => String(one.count)).join(' and ')
    throw new SizeError(`epoch: the tables have ${counts} rows. Give tables of as many rows each.`)
  }
  return first.count
}

/** Throws unless it is what `table` and `oneHot` make. */
function checkTable(given: unknown, i: number): void {
  const { data, shape, count, options } = (isRecord(given) ? given : {}) as Partial<Table<Shape>>
  if (!Number.isInteger(count) || !isRecord(options)) {
    throw new UsageError(
      `epoch: table ${String(i + 1)} is ${describe(given)}. Make it by table(data, shape), or oneHot(labels, n).`,
    )
  }
  checkSource(`epoch: table ${String(i + 1)}`, data, options.scale ?? 1, options.offset ?? 0)
  checkShape(`epoch: table ${String(i + 1)}`, shape)
}

/** Throws unless what a step gives is a number. */
function checkNumber(loss: unknown): asserts loss is number {
  if (typeof loss === 'number') return
  throw new UsageError(
    `epoch: the step gives ${describe(loss)}. Give the loss, a number: (x, t) => train(net, x, t); ` +
      'to wait for something, await in the pauses.',
  )
}

function checkOptions({ batch, dtype, sliceMillis }: EpochOptions): void {
  const type: unknown = dtype ?? 'float64'
  if (type !== 'float64' && type !== 'float32') {
    throw new UsageError(`epoch: dtype is ${String(type)}, but must be 'float64' or 'float32'.`)
  }
  if (batch !== undefined && !(Number.isInteger(batch) && batch > 0)) {
    throw new UsageError(`epoch: batch is ${String(batch)}, but must be a whole number, 1 or more.`)
  }
  if (sliceMillis !== undefined && !(sliceMillis >= 0)) {
    throw new UsageError(`epoch: sliceMillis is ${String(sliceMillis)}, but must be a number, 0 or more.`)
  }
}
