/** Once through data: its rows in batches, a step for each, with pauses. */
import { type Cache, programsOf } from '../compile/compile.ts'
import { describe, SizeError, UsageError } from '../errors.ts'
import { checkIsNumber, checkSource, CONVERSION } from '../load.ts'
import { BOOLEAN, checkGiven, isRecord, type Kind, NOT_NEGATIVE, oneOf, ROWS, SIZE } from '../options.ts'
import type { Resident } from '../resident.ts'
import { argumentsOf } from '../stepArguments.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { Loader } from './loader.ts'
import { checkShape, type Table } from './table.ts'

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
  /**
   * The first arguments of the step, before those that the tables give: the same for all steps. They make the step a function that can
   * be compiled, and a compiled one runs several times in one call.
   */
  readonly parameters?: readonly unknown[]
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

/** After how many milliseconds there is a pause. */
const SLICE_MILLIS = 30

/** What a step gets: a row of each table, or a batch of them. */
type Rows<Tables, D extends DType> = { [K in keyof Tables]: Resident<Row<ShapeIn<Tables[K]>, D>> }
type Batches<Tables, D extends DType> = {
  [K in keyof Tables]: Resident<Tensor<readonly [number, ...ShapeIn<Tables[K]>], D>>
}
type Loaded<Tables, D extends DType, B> = [B] extends [undefined] ? Rows<Tables, D> : Batches<Tables, D>
/** A size that may be missing is none: what the step gets depends on it. */
type Told<B> = [B] extends [undefined] ? unknown : { readonly batch: B }
type Row<R extends Shape, D extends DType> = R extends readonly [] ? number : Tensor<R, D>
type ShapeIn<T> = T extends Table<infer R> ? R : never

/**
 * Once through the rows of some tables: for each row, or batch, it is converted into resident tensors and the step is
 * called with them, step(x₁, x₂, …) = its loss. After each 30 milliseconds there is a pause: the generator yields how far it has
 * come. What is done with a pause is the caller's: nothing, a look at the progress, `break`, or `await`.
 *
 * With `parameters` they are the first arguments of each step: step(p₁, p₂, …, x₁, x₂, …). A compiled function then takes several steps
 * in one call, with the same results.
 *
 * The tensors that a step gets are overwritten for the next step, and freed at the end: a step keeps what it `read()`s, not
 * them, and does not free them.
 *
 * Without any step, because there is no row or `dropLast` leaves all out, nothing is yielded, and the loss of the result is NaN.
 *
 * @param tables the data, with as many rows each
 * @param step what is done with a row or a batch; it gives the loss
 * @param options `parameters`, `batch`, `order`, `dtype`, `dropLast`, `sliceMillis`, `signal`
 * @shape tables of n rows, (…Resident) ↦ number → a generator of Progress
 * @throws {SizeError} when the tables have not the same number of rows, or the order names a row that is not there.
 * @throws {UsageError} when there is no table, or something else in its place, an option makes no sense, parameters and tables are not as
 *   many arguments as the step takes; (from the generator) when a step gives no number.
 * @throws {ResidentError} when a step has freed what it got, or a run that is still open reads it.
 * @throws {OutOfMemoryError} when there is no room for a batch.
 * @example
 * ```ts
 * const train = compile(sgdStep((w: Var<number>, x: Var<Vector>) => sum(x.sub(w).pow(2)), { rate: 0.1 }))
 * const w = resident(0)
 * for (const { rows } of epoch([table(new Uint8Array([1, 3, 3, 1]), [])], train, { parameters: [w], batch: 2 })) {
 *   console.log(rows)
 * }
 * w.read() // → 1.28
 * ```
 */
export function epoch<
  const Tables extends readonly Table<Shape>[],
  P extends readonly unknown[] | [] = [],
  D extends DType = 'float64',
  B extends number | undefined = undefined,
>(
  tables: Tables,
  step: (...given: [...P, ...Loaded<Tables, NoInfer<D>, NoInfer<B>>]) => number,
  options?: EpochOptions & { readonly batch?: B; readonly parameters?: P; readonly dtype?: D } & NoInfer<Told<B>>,
): Generator<Progress, Progress, void>
export function epoch(
  tables: readonly Table<Shape>[],
  step: unknown,
  options: EpochOptions = {},
): Generator<Progress, Progress, void> {
  const count = checkTables(tables)
  if (typeof step !== 'function')
    throw new UsageError('epoch: the step must be a function: (x, t) => train(net, x, t).')
  checkGiven('epoch', options, OPTIONS)
  checkArguments(step, options.parameters?.length ?? 0, tables.length)
  const order = options.order === undefined ? upTo(count) : checkedOrder(options.order, count)
  return run(tables, new Stepper(step as StepFunction, options), order, options)
}

const LIST: Kind = { wanted: 'a list: { parameters: [net] }', holds: Array.isArray }

const SIGNAL: Kind = {
  wanted: 'an AbortSignal',
  holds: value => typeof (value as EpochOptions['signal'] | null)?.throwIfAborted === 'function',
}

/** What the options may be. */
const OPTIONS = {
  parameters: LIST,
  batch: SIZE,
  order: ROWS,
  dropLast: BOOLEAN,
  dtype: oneOf('float64', 'float32'),
  sliceMillis: NOT_NEGATIVE,
  signal: SIGNAL,
}

/** All rows, in their order. */
function upTo(count: number): Uint32Array {
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  return order
}

/** A copy of the order. */
function checkedOrder(given: ArrayLike<number>, count: number): Uint32Array {
  const order = new Uint32Array(given.length)
  for (let i = 0; i < order.length; i++) {
    const row = given[i] as number
    if (!(Number.isInteger(row) && row >= 0 && row < count)) {
      checkIsNumber('epoch: a row of the order', i, row)
      throw new SizeError(`epoch: row ${String(row)} of the order is outside 0 … ${String(count - 1)}.`)
    }
    order[i] = row
  }
  return order
}

/** Calls of several steps become longer below this part of a slice, and shorter above twice as much. */
const PART_OF_SLICE = 1 / 16

type StepFunction = (...args: readonly unknown[]) => unknown

/** Takes steps: those of a compiled function several in one call. */
class Stepper {
  /** How many steps it takes at a time; as many as must be loaded. */
  atOnce = 1
  /** The losses of the steps that were loaded last. */
  losses = new Float64Array(1)
  readonly #step: StepFunction
  readonly #parameters: readonly unknown[]
  readonly #programs: Cache | undefined
  readonly #short: number

  constructor(step: StepFunction, { parameters = [], sliceMillis = SLICE_MILLIS }: EpochOptions) {
    this.#step = step
    this.#parameters = parameters.slice()
    this.#programs = programsOf(step)
    this.#short = PART_OF_SLICE * sliceMillis
  }

  /** How many steps it may ever take at a time, out of so many. */
  mostOf(steps: number): number {
    return this.#programs === undefined ? 1 : steps
  }

  /** Takes steps of those that are loaded: one at least, from number `from` on, up to `to` at most. Gives where it has stopped. */
  run(loader: Loader, from: number, to: number, pauseAt: number): number {
    if (this.losses.length < to) this.losses = new Float64Array(to)
    const args = [...this.#parameters, ...loader.residents]
    const start = performance.now()
    let stop = this.#programs?.callEach(args, loader.strided, from, to, this.losses, pauseAt) ?? from
    if (stop === from) {
      loader.choose(from)
      const loss = this.#step(...args)
      checkNumber(loss)
      this.losses[from] = loss
      stop++
    }
    const millis = performance.now() - start
    if (millis < this.#short) this.atOnce = Math.min(this.mostOf(loader.steps), 2 * (stop - from))
    else if (millis > 2 * this.#short) this.atOnce = Math.ceil((stop - from) / 2)
    return stop
  }
}

function* run(
  tables: readonly Table<Shape>[],
  stepper: Stepper,
  order: ArrayLike<number>,
  { batch, dtype = 'float64', dropLast = false, sliceMillis = SLICE_MILLIS, signal }: EpochOptions,
): Generator<Progress, Progress, void> {
  signal?.throwIfAborted()
  const size = batch ?? 1
  const end = dropLast ? order.length - (order.length % size) : order.length
  let loader = new Loader(tables, dtype, batch, stepper.mostOf(Math.floor(end / size)))
  try {
    let [steps, rows, total, sliceSteps, sliceTotal] = [0, 0, 0, 0, 0]
    let pauseAt = performance.now() + sliceMillis
    while (rows < end) {
      if (end - rows < size) {
        loader.free()
        loader = new Loader(tables, dtype, end - rows, 1)
      }
      const loaded = Math.min(loader.steps, stepper.atOnce, Math.floor((end - rows) / loader.size))
      loader.load(order, rows, loaded)
      for (let next = 0, paused = false; next < loaded && !paused;) {
        const stop = stepper.run(loader, next, loaded, pauseAt)
        for (; next < stop; next++) {
          const loss = stepper.losses[next] as number
          total += loss
          sliceTotal += loss
          steps++
          sliceSteps++
          rows += loader.size
        }
        if (performance.now() < pauseAt && rows < end) continue
        yield { steps, rows, loss: sliceTotal / sliceSteps }
        signal?.throwIfAborted()
        // What is left is loaded anew: the data may have changed.
        paused = true
        sliceSteps = sliceTotal = 0
        pauseAt = performance.now() + sliceMillis
      }
    }
    return { steps, rows, loss: total / steps }
  } finally {
    loader.free()
  }
}

/** Throws unless parameters and tables are as many arguments as the step takes, if that is known. */
function checkArguments(step: object, parameters: number, tables: number): void {
  const problem = argumentsOf(step)?.problemOf(parameters + tables, parameters)
  if (problem === undefined) return
  throw new UsageError(
    `epoch: ${problem} Given are ${String(parameters)} by { parameters: [net, …] }, and ${String(tables)} by the tables.`,
  )
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
  const what = `epoch: table ${String(i + 1)}`
  checkGiven(what, options, CONVERSION)
  checkSource(what, data)
  checkShape(what, shape)
}

/** Throws unless what a step gives is a number. */
function checkNumber(loss: unknown): asserts loss is number {
  if (typeof loss === 'number') return
  throw new UsageError(
    `epoch: the step gives ${describe(loss)}. Give the loss, a number: (x, t) => train(net, x, t); ` +
      'to wait for something, await in the pauses.',
  )
}
