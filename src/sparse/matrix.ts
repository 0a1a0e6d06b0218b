/** Sparse matrices: what `sparseJacobian` and `sparseHessian` give. */
import { type ConsoleOptions, type Inspect, shownItems } from '../console.ts'
import { differentiable } from '../differentiable.ts'
import { shapeText, UsageError } from '../errors.ts'
import type { Fixed } from '../fixed.ts'
import { type Matrix, Tensor, type Vector, zeros } from '../tensor.ts'
import type { Var } from '../var.ts'

/**
 * Which entries of a matrix may be other than zero, at any point. Entry k is in row rows[k] and column columns[k]; entries are
 * in the order of rows, and of columns in each row. Those of row i are from rowStarts[i] up to, not including, rowStarts[i + 1]:
 * compressed sparse rows. It is shared between matrices: not to be written to.
 *
 * @example
 * ```ts
 * const doubled = sparseJacobian((x: Var<Vector>) => x.mul(2))(vector([1, 2, 3]))
 * const pattern: SparsityPattern = doubled.pattern.value
 * Array.from(pattern.columns) // → [0, 1, 2]
 * pattern.products // → 1
 * ```
 */
export interface SparsityPattern {
  /** How many rows and columns the matrix has. */
  readonly shape: readonly [rows: number, columns: number]
  /** The row of each entry. */
  readonly rows: Int32Array
  /** The column of each entry. */
  readonly columns: Int32Array
  /** Where each row begins; one more at the end, the number of entries. */
  readonly rowStarts: Int32Array
  /** How many products with vectors the values take: the number of colours. */
  readonly products: number
}

/**
 * A matrix with few entries that are not zero: their values, and where they are. Inside another function the values are a
 * variable.
 *
 * @example
 * ```ts
 * const differences = sparseJacobian((x: BVar<number[]>) => [x[1].sub(x[0]), x[2].sub(x[1])])
 * const matrix: SparseMatrix = differences([1, 2, 4])
 * matrix.values.toArray() // → [-1, 1, -1, 1]
 * matrix.toDense().toArray() // → [[-1, 1, 0], [0, -1, 1]]
 * ```
 */
export class SparseMatrix<V extends Vector | Var<Vector> = Vector> {
  /** A structure: the values are a leaf, the pattern is passed through. */
  declare readonly [differentiable]: 'product'
  /** The value of each entry, in the order of the pattern. */
  readonly values: V
  /** Where the entries are. */
  readonly pattern: Fixed<SparsityPattern>

  /**
   * A matrix of values and their places: new SparseMatrix(values, pattern).values = values.
   *
   * @param values the value of each entry
   * @param pattern where the entries are, in `fixed`
   * @throws nothing
   * @example
   * ```ts
   * const { pattern } = sparseJacobian((x: Var<Vector>) => x.mul(x))(vector([1, 2]))
   * new SparseMatrix(vector([5, 6]), pattern).toDense().toArray() // → [[5, 0], [0, 6]]
   * ```
   */
  constructor(values: V, pattern: Fixed<SparsityPattern>) {
    this.values = values
    this.pattern = pattern
  }

  /**
   * The same matrix with its zeros: toDense()ᵢⱼ is the value of the entry in row i and column j, 0 where there is none.
   *
   * @returns a matrix of its own
   * @throws {UsageError} when the values are no vector of as many numbers as there are entries, a variable for example.
   * @example
   * ```ts
   * sparseHessian((x: Var<Vector>) => sum(x.mul(x)))(vector([1, 2])).toDense().toArray() // → [[2, 0], [0, 2]]
   * ```
   */
  toDense(this: { readonly values: Vector; readonly pattern: Fixed<SparsityPattern> }): Matrix {
    const { shape, rows, columns } = this.pattern.value
    const values: unknown = this.values
    if (!(values instanceof Tensor) || values.shape.length !== 1 || values.data.length !== rows.length) {
      throw new UsageError(
        `toDense: the values must be a vector of ${String(rows.length)} numbers, one for each entry. Of a variable take the ` +
          '.value first, of a batch one row.',
      )
    }
    const dense = zeros(...shape)
    for (const [k, value] of values.data.entries()) {
      dense.data[(rows[k] as number) * shape[1] + (columns[k] as number)] = value
    }
    return dense
  }

  /** What the console of Node shows: the shape and [row, column, value] of each entry; of a variable computing nothing. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: ConsoleOptions, inspect: Inspect): string {
    const { shape, rows, columns } = this.pattern.value
    const name = `SparseMatrix<${shapeText(shape)}>`
    if (depth < 0) return `[${name}]`
    const values: unknown = this.values
    if (!(values instanceof Tensor) || values.shape.length !== 1) return `${name} ${inspect({ values }, options)}`
    const entry = (k: number): number[] => [rows[k], columns[k], values.data[k]] as number[]
    return `${name} ${shownItems(values.data.length, entry, options, inspect)}`
  }
}

Object.defineProperty(SparseMatrix.prototype, differentiable, { value: 'product' })
