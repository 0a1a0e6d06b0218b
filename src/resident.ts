/** Parameters that live in linear memory across runs. */
import { ResidentError, shapeText } from './errors.ts'
import { checkLike, isStatic, StructureLeaf, mapLeaves, pathText } from './structure.ts'
import { bytesOf, countOf, SCALAR } from './tape.ts'
import { type PlainTensor, Tensor, tensorOf } from './tensor.ts'
import type { DType, Shape } from './types.ts'
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

  /**
   * Refuses: resident parameters are handles of this engine, JSON cannot hold them. Write the value, `read()`.
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

  /** What messages call it. */
  get [Symbol.toStringTag](): string {
    return 'Resident'
  }

  /** The same as `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free()
  }

  /** @internal Throws if it has been freed. */
  use(what: string): void {
    if (this.#freed) {
      throw new ResidentError(`${what}: these resident parameters have been freed. Make new ones with resident(value).`)
    }
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
  for (const key in result) result[key] = mapResident(result[key], visit)
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
