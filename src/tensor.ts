/** Plain tensors: numbers with a shape, in ordinary JavaScript memory. */
import { describe, ShapeMismatchError, SizeError, shapeText, UsageError } from './errors.ts'
import { StructureLeaf } from './structure.ts'
import type { AnyTensor, DType, Shape, tensorBrand } from './types.ts'
import type { AnyVar, Var } from './var.ts'

/**
 * Numbers with a shape, row-major. The library never changes one after it was made, except where it is given as `into`.
 *
 * `S` is the shape as a type, sizes being literals where they are known: `Tensor<readonly [300, 784]>`. `D` is the
 * type of the elements; float64 is the only one so far. Made by `vector`, `matrix` and `zeros`.
 *
 * @example
 * ```ts
 * const a = matrix([1, 2, 3, 4, 5, 6], 2, 3)
 * a.shape // → [2, 3]
 * a.at(1, 2) // → 6
 * ```
 */
export class Tensor<S extends Shape = Shape, D extends DType = 'float64'> extends StructureLeaf implements AnyTensor {
  /** @internal For the type system alone: what `instanceof` finds is a `Tensor`, not a `Tensor` of any. */
  declare static readonly [Symbol.hasInstance]: (value: unknown) => value is Tensor
  declare readonly [tensorBrand]: true
  declare protected readonly dtype: D
  /** The elements, row by row. */
  readonly data: Float64Array
  /** The sizes, outermost first. */
  readonly shape: S

  /**
   * A tensor of any shape: new Tensor(data, shape).data = data, without a copy.
   *
   * @param data the elements, row by row
   * @param shape the sizes, outermost first
   * @throws {SizeError} when the sizes do not multiply to the number of elements.
   * @example
   * ```ts
   * new Tensor(new Float64Array(6), [1, 2, 3]).shape // → [1, 2, 3]
   * ```
   */
  constructor(data: Float64Array, shape: S) {
    super()
    let count = 1
    for (let i = 0; i < shape.length; i++) count *= shape[i] as number
    if (count !== data.length) throw new SizeError(countText('Tensor', shape, data.length))
    this.data = data
    this.shape = shape
  }

  /**
   * The element at the given indices, which count from 0.
   *
   * @param indices one index for each dimension, outermost first
   * @returns the element
   * @throws {SizeError} when there are not as many indices as dimensions, or one is outside its range.
   * @example
   * ```ts
   * vector([4, 5, 6]).at(1) // → 5
   * ```
   */
  at(...indices: number[]): number {
    let offset = 0
    if (indices.length !== this.shape.length) {
      throw new SizeError(
        `at: ${String(indices.length)} indices for shape ${shapeText(this.shape)}. Give one index a dimension.`,
      )
    }
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number
      const size = this.shape[i] as number
      if (!(Number.isInteger(index) && index >= 0 && index < size)) {
        throw new SizeError(`at: index ${String(index)} is outside 0 … ${String(size - 1)}.`)
      }
      offset = offset * size + index
    }
    return this.data[offset] as number
  }

  /**
   * The elements as nested arrays, one level a dimension; a copy.
   *
   * @returns the elements
   * @throws nothing
   * @example
   * ```ts
   * matrix([1, 2, 3, 4], 2, 2).toArray() // → [[1, 2], [3, 4]]
   * ```
   */
  toArray(): NestedArray<S> {
    let level: NestedNumbers[] = Array.from(this.data)
    for (let i = this.shape.length - 1; i > 0; i--) {
      const size = this.shape[i] as number
      const groups = this.shape.slice(0, i).reduce((product, n) => product * n, 1)
      const above: NestedNumbers[] = []
      for (let j = 0; j < groups; j++) above.push(level.slice(j * size, (j + 1) * size))
      level = above
    }
    return level as NestedArray<S>
  }

  /**
   * What `JSON.stringify` writes: the elements as nested arrays, toJSON() = toArray().
   *
   * @returns the elements
   * @throws nothing
   * @example
   * ```ts
   * JSON.stringify(vector([1, 2])) // → '[1,2]'
   * ```
   */
  toJSON(): NestedArray<S> {
    return this.toArray()
  }

  /** What messages and `Object.prototype.toString` call it. */
  get [Symbol.toStringTag](): string {
    return `Tensor<${shapeText(this.shape)}>`
  }
}

/**
 * What `toArray` gives for a shape: numbers in an array for a vector, rows for a matrix.
 *
 * @example
 * ```ts
 * const rows: NestedArray<readonly [2, 3]> = [
 *   [1, 2, 3],
 *   [4, 5, 6],
 * ]
 * ```
 */
export type NestedArray<S extends Shape> = S extends readonly [number]
  ? number[]
  : S extends readonly [number, number]
    ? number[][]
    : NestedNumbers[]

/**
 * Numbers in arrays, nested as deep as a tensor has dimensions.
 *
 * @example
 * ```ts
 * const rows: NestedNumbers = [[1, 2], [3, 4]]
 * ```
 */
export type NestedNumbers = number | NestedNumbers[]

/**
 * A tensor of one dimension, with N elements.
 *
 * @example
 * ```ts
 * const bias: Vector<3> = vector([0, 0, 0], 3)
 * ```
 */
export type Vector<N extends number = number> = Tensor<readonly [N]>

/**
 * A tensor of two dimensions, with M rows and N columns, row by row in memory.
 *
 * @example
 * ```ts
 * const identity: Matrix<2, 2> = matrix([1, 0, 0, 1], 2, 2)
 * ```
 */
export type Matrix<M extends number = number, N extends number = number> = Tensor<readonly [M, N]>

/** Throws unless every size is a whole number that is not negative. */
function checkSizes(what: string, sizes: readonly number[]): void {
  for (const size of sizes) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new SizeError(`${what}: ${String(size)} is no size. Give a whole number, 0 or more.`)
    }
  }
}

function countText(what: string, shape: readonly number[], given: number): string {
  const needed = shape.reduce((product, n) => product * n, 1)
  return (
    `${what}: ${shapeText(shape)} needs ${String(needed)} numbers, but ${String(given)} were given. ` +
    `Give as many numbers as the sizes say.`
  )
}

/** The numbers as a Float64Array of the right length; an array that is one already is taken as it is. */
function numbersFor(what: string, values: ArrayLike<number>, shape: readonly number[]): Float64Array {
  checkSizes(what, shape)
  const count = shape.reduce((product, n) => product * n, 1)
  if (values.length !== count) {
    throw new SizeError(countText(what, shape, values.length))
  }
  if (values instanceof Float64Array) return values
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const value: unknown = values[i]
    if (typeof value !== 'number') {
      const repair = 'Give plain numbers in one flat array, row by row: rows.flat().'
      throw new UsageError(`${what}: element ${String(i)} is ${describe(value)}, but must be a number. ${repair}`)
    }
    numbers[i] = value
  }
  return numbers
}

/**
 * A vector. A `Float64Array` is taken as it is, without a copy; anything else is copied.
 *
 * @param values the elements
 * @param n how many there are; makes the size part of the type
 * @shape n numbers → n
 * @throws {SizeError} when n is no size or is not the number of values.
 * @throws {UsageError} when an element is no number.
 * @example
 * ```ts
 * const x = vector([1, 2, 3]) // Vector<number>
 * const y = vector([1, 2, 3], 3) // Vector<3>
 * ```
 */
export function vector(values: ArrayLike<number>): Vector
export function vector<const N extends number>(values: ArrayLike<number>, n: N): Vector<N>
export function vector(values: ArrayLike<number>, n: number = values.length): Vector {
  const shape = [n] as const
  return new Tensor(numbersFor('vector', values, shape), shape)
}

/**
 * A matrix, row by row: Aᵢⱼ = values[i·n + j]. A `Float64Array` is taken as it is, without a copy; anything else is copied.
 *
 * @param values the elements, row by row
 * @param m the number of rows
 * @param n the number of columns
 * @shape m·n numbers → m×n
 * @throws {SizeError} when m or n is no size, or m·n is not the number of values.
 * @throws {UsageError} when an element is no number.
 * @example
 * ```ts
 * const a = matrix([1, 2, 3, 4, 5, 6], 2, 3) // Matrix<2, 3>
 * a.toArray() // → [[1, 2, 3], [4, 5, 6]]
 * ```
 */
export function matrix<const M extends number, const N extends number>(
  values: ArrayLike<number>,
  m: M,
  n: N,
): Matrix<M, N> {
  const shape = [m, n] as const
  return new Tensor(numbersFor('matrix', values, shape), shape)
}

/**
 * A tensor of zeros: 0 everywhere.
 *
 * @param sizes the shape, outermost size first
 * @shape sizes → a tensor of these sizes
 * @throws {SizeError} when a size is negative or no whole number, or there is none.
 * @example
 * ```ts
 * zeros(2, 3).toArray() // → [[0, 0, 0], [0, 0, 0]]
 * ```
 */
export function zeros<const S extends number[]>(...sizes: S): Tensor<Readonly<S>> {
  if (sizes.length === 0) throw new SizeError('zeros: no size was given. For a single zero write the number 0.')
  checkSizes('zeros', sizes)
  const shape: Readonly<S> = sizes
  return new Tensor(new Float64Array(sizes.reduce((product: number, n) => product * n, 1)), shape)
}

/**
 * Checks the shape of a tensor whose sizes are not known to the type system, and makes them part of its type. A variable
 * stays the same variable.
 *
 * @param x the tensor, or a variable that holds one
 * @param sizes the shape that it must have
 * @shape any → the sizes given
 * @throws {ShapeMismatchError} when x has another shape.
 * @example
 * ```ts
 * const loaded: Vector = vector([1, 2, 3])
 * const x: Vector<3> = check(loaded, [3])
 * ```
 */
export function check<const S extends Shape>(x: Tensor, sizes: S): Tensor<Readonly<S>>
export function check<A extends AnyTensor, const S extends Shape>(x: Var<A>, sizes: S): Var<Tensor<Readonly<S>>>
export function check(x: Tensor | AnyVar, sizes: Shape): unknown {
  if (x.shape.length !== sizes.length || x.shape.some((n, i) => n !== sizes[i])) {
    throw new ShapeMismatchError(
      'check',
      [x.shape, sizes],
      'the tensor has another shape than expected',
      'Give a tensor of the second shape.',
    )
  }
  return x instanceof Tensor ? new Tensor(x.data, sizes) : x
}

/**
 * The same tensor with sizes forgotten by the type system.
 *
 * @param x the tensor, or a variable that holds one
 * @shape any → same
 * @throws nothing
 * @example
 * ```ts
 * const sizes: Vector[] = [widen(vector([1, 2], 2)), widen(vector([1, 2, 3], 3))]
 * ```
 */
export function widen<S extends Shape>(x: Tensor<S>): Tensor<{ readonly [K in keyof S]: number }>
export function widen<S extends Shape>(x: Var<Tensor<S>>): Var<Tensor<{ readonly [K in keyof S]: number }>>
export function widen(x: unknown): unknown {
  return x
}
