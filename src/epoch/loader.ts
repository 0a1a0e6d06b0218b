/** Where the rows of tables are loaded for steps: those of several steps at a time, where they run in one call. */
import { Source } from '../load.ts'
import type { Strided } from '../compile/program.ts'
import { type Resident, resident, ResidentLeaf } from '../resident.ts'
import { bytesOf, countOf } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { engine } from '../wasm/engine.ts'
import type { Table } from './table.ts'

/** How many bytes of rows are loaded for several steps: they are to stay in the first or second cache. */
const MOST_BYTES = 2 ** 16

/** A table, where its rows are loaded, and what a step gets of them. */
interface Column extends Pick<Table<Shape>, 'index'> {
  readonly source: Source
  /** The shape of a row, and how the elements of what a step gets are stored. */
  readonly shape: Shape
  readonly dtype: DType
  /** What a step gets. */
  readonly target: Resident<unknown>
  /** The rows of all steps that are loaded at a time: the target itself, where that is one. */
  readonly block: Resident<unknown>
  /** How many bytes a step's take. */
  readonly bytes: number
}

/** Resident tensors that rows are loaded into. */
export class Loader {
  /** What a step gets. */
  readonly residents: readonly Resident<unknown>[]
  /** How many rows a step gets, and the rows of how many steps are loaded at a time. */
  readonly size: number
  readonly steps: number
  readonly #columns: readonly Column[]
  readonly #made: Resident<unknown>[] = []

  /**
   * @param batch how many rows a step gets, or undefined for one row without a dimension for the batch
   * @param mostSteps the rows of how many steps may be loaded at a time, if they take no more than `MOST_BYTES`
   */
  constructor(tables: readonly Table<Shape>[], dtype: DType, batch: number | undefined, mostSteps: number) {
    this.size = batch ?? 1
    const typeOf = (shape: Shape): DType => (batch === undefined && shape.length === 0 ? 'float64' : dtype)
    const bytesFor = (shape: Shape): number => this.size * countOf(shape) * bytesOf(typeOf(shape))
    const stepBytes = tables.reduce((total, { shape }) => total + bytesFor(shape), 0)
    this.steps = Math.max(1, Math.min(mostSteps, Math.floor(MOST_BYTES / stepBytes)))
    const make = (sizes: Shape, type: DType): Resident<unknown> => {
      const one = resident<unknown>(sizes.length === 0 ? 0 : tensorOf(dataOf(type, countOf(sizes)), sizes))
      this.#made.push(one)
      return one
    }
    try {
      this.#columns = tables.map(({ data, shape, options: { scale = 1, offset = 0 }, index }) => {
        const type = typeOf(shape)
        const target = make(batch === undefined ? shape : [batch, ...shape], type)
        const block = this.steps === 1 ? target : make([this.steps * this.size, ...shape], type)
        const source = new Source(data, scale, offset)
        return { source, index, shape, dtype: type, target, block, bytes: bytesFor(shape) }
      })
    } catch (error) {
      this.free()
      throw error
    }
    this.residents = this.#columns.map(({ target }) => target)
  }

  /** Loads the rows of that many steps: those that the order has from `from` on. */
  load(order: ArrayLike<number>, from: number, steps: number): void {
    for (const { target } of this.#columns) {
      target.use('epoch', 'A step gets them again for the next rows: leave it to epoch to free them.')
      target.checkUnread('epoch')
    }
    const rows = new Uint32Array(steps * this.size)
    for (const { source, index, shape, dtype, target, block } of this.#columns) {
      for (let i = 0; i < rows.length; i++) {
        const row = order[from + i] as number
        rows[i] = index === undefined ? row : (index[row] as number)
      }
      source.loadInto(new ResidentLeaf(pointerOf(block), [rows.length, ...shape], dtype), rows)
      target.version++
    }
  }

  /** Where the rows of all steps are. */
  get strided(): Strided[] {
    return this.#columns.map(({ target, block, bytes }) => {
      return { resident: target, pointer: pointerOf(block), stride: bytes }
    })
  }

  /** Lets the residents be the rows of a step. */
  choose(step: number): void {
    const { u8 } = engine().memory
    for (const { target, block, bytes } of this.#columns) {
      if (block === target) continue
      const from = pointerOf(block) + step * bytes
      u8.copyWithin(pointerOf(target), from, from + bytes)
      target.version++
    }
  }

  free(): void {
    for (const one of this.#made) one.free()
  }
}

/** Where the elements of a resident tensor or number are. */
function pointerOf({ flat }: Resident<unknown>): number {
  return (flat[0] as ResidentLeaf).pointer
}
