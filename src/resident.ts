/** Parameters that live in linear memory across runs. */
import { ResidentError, shapeText, StructureMismatchError, UsageError } from './errors.ts'
import type { Fixed } from './fixed.ts'
import { type Loadable, loadInto, type LoadOptions } from './load.ts'
import { checkLike, isPromise, isStatic, keysOf, mapLeaves, part, pathText, StructureLeaf } from './structure.ts'
import { bytesOf, countOf, SCALAR } from './tape.ts'
import { type PlainTensor, Tensor, tensorOf } from './tensor.ts'
import type { AnyTensor, Data, DType, Shape, Static } from './types.ts'
import { engine } from './wasm/engine.ts'

/** One leaf: a block of linear memory with its shape. */
export class ResidentLeaf extends StructureLeaf {
  readonly pointer: number
  readonly shape: Shape
  readonly dtype: DType

  constructor(pointer: number, shape: Shape, dtype: DType) {
    super()
    this.pointer = pointer
    this.shape = shape
    this.dtype = dtype
  }
}

/**
 * A value with its elements where they are in linear memory: what `withView` gives.
 *
 * @example
 * ```ts
 * type Line = View<{ slope: number; points: Vector }> // { slope: Float64Array; points: Float64Array }
 * ```
 */
export type View<T> = T extends number
  ? Float64Array
  : T extends AnyTensor
    ? T extends { readonly data: infer Elements }
      ? Elements
      : Data
    : T extends Static | Fixed<unknown>
      ? T
      : T extends ReadonlyMap<infer K, infer V>
        ? ReadonlyMap<K, View<V>>
        : { readonly [K in keyof T]: View<T[K]> }

/** What a number has in common with a tensor. */
const NUMBER = { shape: SCALAR, dtype: 'float64' } as const

/** How many handles have been made. */
let made = 0

/** Gives back the blocks of handles that were forgotten without `free`. The net below, not the way to do it. */
const forgotten = new FinalizationRegistry<readonly number[]>(blocks => {
  for (const block of blocks) engine().memory.free(block)
})

/**
 * Parameters that live in linear memory, so that no step copies them: give it to an operator as an argument, in place of
 * the plain value or of a part of it. `read()` gives a copy, `write()` changes it. Free it with `free()` or `using`.
 *
 * @example
 * ```ts
 * using weights = resident(vector([1, 2]))
 * gradBP((w: Var<Vector>) => dot(w, w))(weights).toArray() // → [2, 4]
 * ```
 */
export class Resident<T> extends StructureLeaf {
  /** @internal No other handle has the same number. */
  readonly id = made++
  /** @internal How many open runs read it. */
  readers = 0
  /** @internal How often it has been changed. */
  version = 0
  /** @internal The same structure with a `ResidentLeaf` at each leaf. */
  readonly leaves: unknown
  /** @internal Its leaves, in the order of a traversal. */
  readonly flat: readonly ResidentLeaf[]
  /** @internal Which of them are numbers. */
  readonly numbers: readonly number[]
  readonly #blocks: number[] = []
  #freed = false

  /** The same as `resident(value)`: new Resident(value).read() = value. @sameAs resident */
  constructor(value: T) {
    super()
    const { memory } = engine()
    const flat: ResidentLeaf[] = []
    this.flat = flat
    try {
      this.leaves = mapLeaves(value, 'resident', (leaf, path) => {
        if (leaf instanceof Resident || leaf instanceof ResidentLeaf) {
          throw new ResidentError('resident: a part is resident already. Give plain values: use its .read().')
        }
        if (typeof leaf !== 'number' && !(leaf instanceof Tensor)) {
          throw new ResidentError(
            `${pathText(path)}: a value of a user's type cannot live in linear memory. Make the numbers and tensors beside ` +
              'it resident, and give it as an argument of its own.',
          )
        }
        const { shape, dtype }: Pick<PlainTensor, 'shape' | 'dtype'> = leaf instanceof Tensor ? leaf : NUMBER
        const pointer = memory.allocate(bytesOf(dtype) * countOf(shape))
        this.#blocks.push(pointer)
        const result = new ResidentLeaf(pointer, shape, dtype)
        flat.push(result)
        return result
      })
      this.numbers = flat.flatMap(({ shape }, i) => (shape.length === 0 ? [i] : []))
      store(this.leaves, value, 'resident')
    } catch (error) {
      for (const block of this.#blocks) memory.free(block)
      throw error
    }
    forgotten.register(this, this.#blocks, this)
  }

  /**
   * The present value, a copy: read() = value.
   *
   * @returns the plain value
   * @throws {ResidentError} when it has been freed.
   * @example
   * ```ts
   * resident(vector([1, 2])).read().toArray() // → [1, 2]
   * ```
   */
  read(): T {
    this.use('read')
    const { memory } = engine()
    return mapLeaves(this.leaves, '', leaf => {
      const { pointer, shape, dtype } = leaf as ResidentLeaf
      if (shape.length === 0) return memory.f64[pointer / 8]
      return tensorOf(memory.read(pointer, countOf(shape), dtype), shape)
    }) as T
  }

  /**
   * Overwrites the value: value = newValue, in place.
   *
   * @param value a value of the same structure and shapes
   * @returns nothing
   * @throws {ResidentError} when it has been freed, or a run that is still open reads it.
   * @throws {StructureMismatchError} when keys, lengths or kinds of leaves differ.
   * @throws {ShapeMismatchError} when shapes differ.
   * @throws {DTypeMismatchError} when types of elements differ.
   * @example
   * ```ts
   * const weights = resident(vector([1, 2], 2))
   * weights.write(vector([3, 4], 2))
   * weights.read().toArray() // → [3, 4]
   * ```
   */
  write(value: T): void {
    this.use('write')
    this.checkUnread('write')
    checkLike(this.leaves, value, 'write')
    store(this.leaves, value, 'write')
    this.version++
  }

  /**
   * Overwrites the value with numbers of another type, converted in linear memory: each is scale · the source's + offset. For
   * a number or one tensor; with `rows`, row i becomes row rows[i] of the source.
   *
   * @param source float64, float32 or bytes, row by row
   * @param options `scale`, 1 by default; `offset`, 0 by default; `rows`
   * @returns nothing
   * @throws {ResidentError} when it has been freed, or a run that is still open reads it.
   * @throws {UsageError} when the value is a structure, or the source or an option of another type.
   * @throws {SizeError} when there are not as many numbers, or a row is not there.
   * @example
   * ```ts
   * const batch = resident(zeros(2, 2))
   * batch.load(new Uint8Array([0, 51, 102, 153, 204, 255]), { scale: 1 / 255, rows: [2, 0] })
   * batch.read().toArray() // → [[0.8, 1], [0, 0.2]]
   * ```
   */
  load(this: Resident<number | AnyTensor>, source: Loadable, options: LoadOptions = {}): void {
    this.use('load')
    this.checkUnread('load')
    if (!(this.leaves instanceof ResidentLeaf)) {
      throw new UsageError('load: the value is a structure. Make its tensors resident one by one to load them.')
    }
    loadInto(this.leaves, source, options)
    this.version++
  }

  /**
   * Gives the elements where they are, without a copy, as long as the function runs: withView(f) = f(view). They may be read
   * and written. Meanwhile the value counts as being read, so that no step changes it, and memory does not grow, so that
   * the view stays what it is. It must not be kept: later it shows other numbers, or none.
   *
   * @param use gets a `Float64Array`, or `Float32Array`, in place of each tensor, and of each number one of length 1
   * @returns what the function gives
   * @throws {ResidentError} when it has been freed, or a run that is still open reads it; (from what is called inside) when memory
   *   would have to grow.
   * @throws {UsageError} when the function gives a promise.
   * @example
   * ```ts
   * const weights = resident(vector([3, 4]))
   * weights.withView(w => w[0] * w[1]) // → 12
   * weights.withView(w => w.fill(1))
   * weights.read().toArray() // → [1, 1]
   * ```
   */
  withView<R>(use: (view: View<T>) => R): R {
    this.use('withView')
    this.checkUnread('withView')
    const { memory } = engine()
    this.readers++
    memory.views++
    try {
      const view = mapResident(this.leaves, ({ pointer, shape, dtype }) => {
        return memory.view(pointer, countOf(shape), dtype)
      })
      const result = use(view as View<T>)
      if (isPromise(result)) {
        throw new UsageError('withView: the function gives a promise, but the view is good only until it has returned.')
      }
      return result
    } finally {
      memory.views--
      this.readers--
      this.version++
    }
  }

  /**
   * Overwrites some parts of a record, in place, and leaves the others: the rate in the state of an optimiser, say.
   *
   * @param parts a record with some of the keys, values of the same structure and shapes
   * @returns nothing
   * @throws {ResidentError} when it has been freed, or a run that is still open reads it.
   * @throws {StructureMismatchError} when a key is not there, or structures differ.
   * @throws {ShapeMismatchError} when shapes differ.
   * @example
   * ```ts
   * const line = resident({ slope: 1, start: vector([2, 3]) })
   * line.assign({ slope: 5 })
   * line.read().slope // → 5
   * ```
   */
  assign(parts: Partial<T>): void {
    this.use('assign')
    this.checkUnread('assign')
    const keys =
      this.leaves instanceof ResidentLeaf || isStatic(this.leaves) ? undefined : keysOf(this.leaves as object)
    const like: Record<string, unknown> = {}
    for (const key of Object.keys(parts)) {
      if (typeof keys !== 'object' || !keys.includes(key)) {
        throw new StructureMismatchError(
          `assign.${key}`,
          'there is no such part. Give some keys of the record, no others.',
        )
      }
      like[key] = part(this.leaves as object, key)
    }
    checkLike(like, parts, 'assign')
    store(like, parts, 'assign')
    this.version++
  }

  /**
   * Gives the memory back. Freeing twice does nothing.
   *
   * @returns nothing
   * @throws {ResidentError} when a run that is still open reads it.
   * @example
   * ```ts
   * resident(vector([1, 2])).free()
   * ```
   */
  free(): void {
    if (this.#freed) return
    this.checkUnread('free')
    this.#freed = true
    forgotten.unregister(this)
    for (const block of this.#blocks) engine().memory.free(block)
  }

  // What has a name in common with tensors is internal: the compiler compares a tensor that does not fit with the type that
  // has most in common with it, and would say what it lacks to be resident.

  /**
   * @internal Refuses: resident parameters are handles of this engine, JSON cannot hold them. Write the value, `read()`.
   *
   * @throws {ResidentError} always.
   * @example
   * ```ts
   * JSON.stringify(resident(vector([1, 2])).read()) // → '[1,2]'
   * ```
   */
  toJSON(): never {
    throw new ResidentError('JSON: resident parameters cannot be written. Write a copy: .read().')
  }

  /** What the console of Node shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const kinds = this.flat.map(({ shape }) => (shape.length === 0 ? 'number' : shapeText(shape)))
    return `Resident { ${this.#freed ? 'freed' : kinds.join(', ')} }`
  }

  /** @internal What messages call it. */
  get [Symbol.toStringTag](): string {
    return 'Resident'
  }

  /** The same as `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free()
  }

  /** @internal Throws if it has been freed. */
  use(what: string, repair = 'Make new ones with resident(value).'): void {
    if (this.#freed) throw new ResidentError(`${what}: these resident parameters have been freed. ${repair}`)
  }

  /** @internal Throws if an open run reads it, other than the `own` ones. */
  checkUnread(what: string, own = 0): void {
    if (this.readers > own) {
      throw new ResidentError(
        `${what}: a run that is still open reads these resident parameters. Change them after the function has returned.`,
      )
    }
  }
}

/** The structure with `visit(leaf)` in place of each leaf. No check is made: `mapLeaves` has made the structure. */
export function mapResident(leaves: unknown, visit: (leaf: ResidentLeaf) => unknown): unknown {
  if (leaves instanceof ResidentLeaf) return visit(leaves)
  if (isStatic(leaves)) return leaves
  if (Array.isArray(leaves)) return leaves.map(inner => mapResident(inner, visit))
  if (Object.getPrototypeOf(leaves) !== Object.prototype) {
    return mapLeaves(leaves, '', leaf => visit(leaf as ResidentLeaf))
  }
  // Copied first, so that the result has the hidden class at once, not by one transition for each key.
  const result = { ...(leaves as Record<string, unknown>) }
  for (const key in result) {
    const leaf = result[key]
    result[key] = leaf instanceof ResidentLeaf ? visit(leaf) : mapResident(leaf, visit)
  }
  return result
}

/** Copies a value into the blocks of a structure of the same form. */
function store(leaves: unknown, value: unknown, path: string): void {
  const { memory } = engine()
  checkLike(leaves, value, path, (leaf, given) => {
    const { pointer } = leaf as ResidentLeaf
    if (given instanceof Tensor) memory.write(pointer, given.data)
    else memory.f64[pointer / 8] = given as number
  })
}

/**
 * Copies a value into linear memory, to stay there: resident(value).read() = value.
 *
 * @param value numbers and tensors in any structure
 * @returns the handle
 * @throws {UnknownLeafError} for a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * const layer = resident({ w: vector([1, 2, 3]), b: 0 })
 * layer.read().b // → 0
 * layer.free()
 * ```
 */
export function resident<T>(value: T): Resident<T> {
  return new Resident(value)
}
