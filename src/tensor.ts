/** Plain tensors: numbers with a shape, in ordinary JavaScript memory. */
import { type ConsoleOptions, type Inspect, shownElements } from './console.ts'
import { describe, ShapeMismatchError, SizeError, shapeText, UsageError } from './errors.ts'
import { StructureLeaf } from './structure.ts'
import type { AnyTensor, Data, DType, Shape, tensorBrand } from './types.ts'
import type { AnyVar, Var } from './var.ts'

/**
 * Numbers with a shape, row-major. The library never changes one after it was made, except where it is given as `into`.
 *
 * `S` is the shape as a type, sizes being literals where they are known: `Tensor<readonly [300, 784]>`. `D` is the
 * type of the elements, float64 or float32. Made by `vector`, `matrix` and `zeros`, and `vector32`, `matrix32` and `zeros32`.
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
  declare static readonly [Symbol.hasInstance]: (value: unknown) => value is PlainTensor
  declare readonly [tensorBrand]: true
  /** The elements, row by row. */
  readonly data: Data<D>
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
   * new Tensor<[1, 2, 3], 'float32'>(new Float32Array(6), [1, 2, 3]).dtype // → 'float32'
   * ```
   */
  constructor(data: Data<D>, shape: S) {
    super()
    let count = 1
    for (let i = 0; i < shape.length; i++) count *= shape[i] as number
    if (count !== data.length) throw new SizeError(countText('Tensor', shape, data.length))
    this.data = data
    this.shape = shape
  }

  /** The type of the elements. */
  get dtype(): D {
    // Not by `instanceof`, which is slow.
    return (this.data.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64') as D
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

  /** What the console of Node shows: the shape and the elements. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: ConsoleOptions, inspect: Inspect): string {
    const name = this[Symbol.toStringTag]
    return depth < 0 ? `[${name}]` : `${name} ${shownElements(this.data, this.shape, options, inspect)}`
  }

  /** What messages and `Object.prototype.toString` call it. */
  get [Symbol.toStringTag](): string {
    return `Tensor<${this.dtype === 'float32' ? 'float32 ' : ''}${shapeText(this.shape)}>`
  }
}

/**
 * A tensor of any shape and any type of elements.
 *
 * @example
 * ```ts
 * const tensors: PlainTensor[] = [vector([1, 2]), vector32([1, 2])]
 * ```
 */
export type PlainTensor = Tensor<Shape, DType>

/** @internal The tensor with these elements, of whichever type. */
export function tensorOf(data: Data, shape: Shape): PlainTensor {
  return new Tensor<Shape, DType>(data, shape)
}

/** @internal Zeros. */
export function dataOf(dtype: DType, n: number): Data {
  return dtype === 'float32' ? new Float32Array(n) : new Float64Array(n)
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
export type Vector<N extends number = number, D extends DType = 'float64'> = Tensor<readonly [N], D>

/**
 * A vector of float32, with N elements.
 *
 * @example
 * ```ts
 * const bias: Vector32<3> = vector32([0, 0, 0], 3)
 * ```
 */
export type Vector32<N extends number = number> = Vector<N, 'float32'>

/**
 * A tensor of two dimensions, with M rows and N columns, row by row in memory.
 *
 * @example
 * ```ts
 * const identity: Matrix<2, 2> = matrix([1, 0, 0, 1], 2, 2)
 * ```
 */
export type Matrix<M extends number = number, N extends number = number, D extends DType = 'float64'> = Tensor<
  readonly [M, N],
  D
>

/**
 * A matrix of float32, with M rows and N columns, row by row in memory.
 *
 * @example
 * ```ts
 * const identity: Matrix32<2, 2> = matrix32([1, 0, 0, 1], 2, 2)
 * ```
 */
export type Matrix32<M extends number = number, N extends number = number> = Matrix<M, N, 'float32'>

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

/** The numbers as elements of that type, as many as the shape has; an array that holds such elements is taken as it is. */
function numbersFor<D extends DType>(
  what: string,
  values: ArrayLike<number>,
  shape: readonly number[],
  dtype: D,
): Data<D>
function numbersFor(what: string, values: ArrayLike<number>, shape: readonly number[], dtype: DType): Data {
  if (typeof values[0] === 'object') {
    throw new UsageError(
      `${what}: the values are rows. Give the numbers in one flat array, and the sizes: rows.flat().`,
    )
  }
  checkSizes(what, shape)
  const count = shape.reduce((product, n) => product * n, 1)
  if (values.length !== count) {
    throw new SizeError(countText(what, shape, values.length))
  }
  if (values instanceof (dtype === 'float32' ? Float32Array : Float64Array)) return values
  const numbers = dataOf(dtype, count)
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
  return new Tensor(numbersFor('vector', values, shape, 'float64'), shape)
}

/**
 * A vector of float32. A `Float32Array` is taken as it is, without a copy; anything else is copied and rounded.
 *
 * @param values the elements
 * @param n how many there are; makes the size part of the type
 * @shape n numbers → n
 * @throws {SizeError} when n is no size or is not the number of values.
 * @throws {UsageError} when an element is no number.
 * @example
 * ```ts
 * const x = vector32([0.1, 0.2], 2) // Vector32<2>
 * x.at(0) // → 0.10000000149011612
 * ```
 */
export function vector32(values: ArrayLike<number>): Vector32
export function vector32<const N extends number>(values: ArrayLike<number>, n: N): Vector32<N>
export function vector32(values: ArrayLike<number>, n: number = values.length): Vector32 {
  const shape = [n] as const
  return new Tensor<readonly [number], 'float32'>(numbersFor('vector32', values, shape, 'float32'), shape)
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
  return new Tensor(numbersFor('matrix', values, shape, 'float64'), shape)
}

/**
 * A matrix of float32, row by row: Aᵢⱼ = values[i·n + j]. A `Float32Array` is taken as it is, without a copy; anything else is
 * copied and rounded.
 *
 * @param values the elements, row by row
 * @param m the number of rows
 * @param n the number of columns
 * @shape m·n numbers → m×n
 * @throws {SizeError} when m or n is no size, or m·n is not the number of values.
 * @throws {UsageError} when an element is no number.
 * @example
 * ```ts
 * const a = matrix32([1, 2, 3, 4, 5, 6], 2, 3) // Matrix32<2, 3>
 * a.toArray() // → [[1, 2, 3], [4, 5, 6]]
 * ```
 */
export function matrix32<const M extends number, const N extends number>(
  values: ArrayLike<number>,
  m: M,
  n: N,
): Matrix32<M, N> {
  const shape = [m, n] as const
  return new Tensor<readonly [M, N], 'float32'>(numbersFor('matrix32', values, shape, 'float32'), shape)
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
  const shape: Readonly<S> = sizes
  return new Tensor(new Float64Array(countFor('zeros', sizes)), shape)
}

/**
 * A tensor of float32 zeros: 0 everywhere.
 *
 * @param sizes the shape, outermost size first
 * @shape sizes → a tensor of these sizes
 * @throws {SizeError} when a size is negative or no whole number, or there is none.
 * @example
 * ```ts
 * const w: Matrix32<2, 3> = zeros32(2, 3)
 * w.toArray() // → [[0, 0, 0], [0, 0, 0]]
 * ```
 */
export function zeros32<const S extends number[]>(...sizes: S): Tensor<Readonly<S>, 'float32'> {
  const shape: Readonly<S> = sizes
  return new Tensor<Readonly<S>, 'float32'>(new Float32Array(countFor('zeros32', sizes)), shape)
}

/** How many elements a tensor of these sizes has. */
function countFor(what: string, sizes: readonly number[]): number {
  if (sizes.length === 0) throw new SizeError(`${what}: no size was given. For a single zero write the number 0.`)
  checkSizes(what, sizes)
  return sizes.reduce((product, n) => product * n, 1)
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
export function check<const S extends Shape, D extends DType>(x: Tensor<Shape, D>, sizes: S): Tensor<Readonly<S>, D>
export function check<A extends AnyTensor, const S extends Shape>(
  x: Var<A>,
  sizes: S,
): Var<Tensor<Readonly<S>, DTypeOf<A>>>
export function check(x: PlainTensor | AnyVar, sizes: Shape): unknown {
  if (x.shape.length !== sizes.length || x.shape.some((n, i) => n !== sizes[i])) {
    throw new ShapeMismatchError(
      'check',
      [x.shape, sizes],
      'the tensor has another shape than expected',
      'Give a tensor of the second shape.',
    )
  }
  return x instanceof Tensor ? tensorOf(x.data, sizes) : x
}

/** The type of a tensor's elements. */
type DTypeOf<A extends AnyTensor> = A extends Tensor<Shape, infer D> ? D : never

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
export function widen<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<{ readonly [K in keyof S]: number }, D>
export function widen<S extends Shape, D extends DType>(
  x: Var<Tensor<S, D>>,
): Var<Tensor<{ readonly [K in keyof S]: number }, D>>
export function widen(x: unknown): unknown {
  return x
}
