/** Small dense matrices of float64 in plain loops: what Newton's method and least squares solve with. */
import { norm } from './flat.ts'

/** A matrix, row by row. */
export interface Dense {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

/** The element in a row and a column. */
function at({ columns, data }: Dense, i: number, j: number): number {
  return data[i * columns + j] as number
}

/** Aᵀ·x. */
export function transposedTimes(a: Dense, x: Float64Array): Float64Array {
  const y = new Float64Array(a.columns)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) y[j] = (y[j] as number) + at(a, i, j) * (x[i] as number)
  }
  return y
}

/** The Euclidean norm of each column. */
export function columnNorms(a: Dense): Float64Array {
  return Float64Array.from({ length: a.columns }, (_, j) => columnNorm(a, 0, j))
}

/** The Euclidean norm of a column from a row on. */
function columnNorm({ rows, columns, data }: Dense, from: number, j: number): number {
  const column = new Float64Array(rows - from)
  for (let i = from; i < rows; i++) column[i - from] = data[i * columns + j] as number
  return norm(column)
}

/** The solution of A·x = b by elimination with partial pivoting, rows being scaled first; undefined where a pivot is 0 or NaN. */
export function solve(a: Dense, b: Float64Array): Float64Array | undefined {
  const n = a.rows
  const m = a.data.slice()
  const x = b.slice()
  for (let i = 0; i < n; i++) {
    const row = m.subarray(i * n, (i + 1) * n)
    // By a power of two, which rounds nothing.
    const size = 2 ** Math.floor(Math.log2(row.reduce((largest, aij) => Math.max(largest, Math.abs(aij)), 0)))
    if (!(size > 0)) return undefined
    for (let j = 0; j < n; j++) row[j] = (row[j] as number) / size
    x[i] = (x[i] as number) / size
  }
  const size = (i: number, k: number): number => Math.abs(m[i * n + k] as number)
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++) if (size(i, k) > size(pivot, k)) pivot = i
    if (!(size(pivot, k) > 0)) return undefined
    swapRows(m, n, k, pivot)
    swapRows(x, 1, k, pivot)
    for (let i = k + 1; i < n; i++) {
      const factor = (m[i * n + k] as number) / (m[k * n + k] as number)
      if (factor === 0) continue
      for (let j = k + 1; j < n; j++) m[i * n + j] = (m[i * n + j] as number) - factor * (m[k * n + j] as number)
      x[i] = (x[i] as number) - factor * (x[k] as number)
    }
  }
  return solveUpper({ rows: n, columns: n, data: m }, x)
}

/**
 * The solution of (A + τ·D)·x = b for a symmetric A, where D is the diagonal of |A| and τ the first of 0, 10⁻³, 10⁻², … for which the
 * matrix is positive definite (Nocedal & Wright, algorithm 3.3), by the method of Cholesky; undefined where A is not finite.
 */
export function solvePositive(a: Dense, b: Float64Array): { x: Float64Array; shift: number } | undefined {
  for (let shift = 0; shift < 1e10; shift = shift === 0 ? 1e-3 : 10 * shift) {
    const r = cholesky(a, shift)
    if (r !== undefined) return { x: solveUpper(r, solveUpperTransposed(r, b)), shift }
  }
  return undefined
}

/** R with RᵀR = A + τ·D; undefined where that is not positive definite. */
function cholesky(a: Dense, shift: number): Dense | undefined {
  const n = a.rows
  const r: Dense = { rows: n, columns: n, data: new Float64Array(n * n) }
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let total = at(a, i, j)
      const size = Math.abs(total)
      if (i === j) total += shift * (size || 1)
      for (let k = 0; k < i; k++) total -= at(r, k, i) * at(r, k, j)
      // A pivot that is all rounding is none.
      if (i === j && !(total > n * 2 ** -52 * size)) return undefined
      r.data[i * n + j] = i === j ? Math.sqrt(total) : total / at(r, i, i)
    }
  }
  return r
}

function swapRows(m: Float64Array, columns: number, i: number, j: number): void {
  if (i === j) return
  const row = m.slice(i * columns, (i + 1) * columns)
  m.copyWithin(i * columns, j * columns, (j + 1) * columns)
  m.set(row, j * columns)
}

/** R⁻¹·b, R being the upper triangle of the first rows. */
export function solveUpper(r: Dense, b: Float64Array): Float64Array {
  const x = b.slice(0, r.columns)
  for (let i = r.columns - 1; i >= 0; i--) {
    let total = x[i] as number
    for (let j = i + 1; j < r.columns; j++) total -= at(r, i, j) * (x[j] as number)
    x[i] = total / at(r, i, i)
  }
  return x
}

/** R⁻ᵀ·b. */
export function solveUpperTransposed(r: Dense, b: Float64Array): Float64Array {
  const x = b.slice(0, r.columns)
  for (let i = 0; i < r.columns; i++) {
    let total = x[i] as number
    for (let j = 0; j < i; j++) total -= at(r, j, i) * (x[j] as number)
    x[i] = total / at(r, i, i)
  }
  return x
}

/** R·x. */
export function upperTimes(r: Dense, x: Float64Array): Float64Array {
  return x.map((_, i) => {
    let total = 0
    for (let j = i; j < r.columns; j++) total += at(r, i, j) * (x[j] as number)
    return total
  })
}

/** Rᵀ·x. */
export function transposedUpperTimes(r: Dense, x: Float64Array): Float64Array {
  return Float64Array.from({ length: r.columns }, (_, j) => {
    let total = 0
    for (let i = 0; i <= j; i++) total += at(r, i, j) * (x[i] as number)
    return total
  })
}

/**
 * A = Q·R by Householder's reflections: R, the upper triangle of the first rows, and Qᵀ·b. Rows of zeros are added where there are
 * fewer than columns.
 */
export function triangularise(a: Dense, b: Float64Array): { readonly r: Dense; readonly qtb: Float64Array } {
  const { columns } = a
  const rows = Math.max(a.rows, columns)
  const data = new Float64Array(rows * columns)
  data.set(a.data)
  const qtb = new Float64Array(rows)
  qtb.set(b)
  for (let k = 0; k < Math.min(rows - 1, columns); k++) {
    let size = columnNorm({ rows, columns, data }, k, k)
    if (size === 0) continue
    // H = 1 − v·vᵀ/v₀ with v = a/(±|a|) + e₀, the sign being that of a₀, so that v₀ ≥ 1.
    if ((data[k * columns + k] as number) < 0) size = -size
    for (let i = k; i < rows; i++) data[i * columns + k] = (data[i * columns + k] as number) / size
    data[k * columns + k] = (data[k * columns + k] as number) + 1
    const head = data[k * columns + k] as number
    for (let j = k + 1; j < columns; j++) reflect(data, columns, k, data, columns, j, head)
    reflect(data, columns, k, qtb, 1, 0, head)
    data[k * columns + k] = -size
  }
  return { r: { rows, columns, data }, qtb }
}

/** Reflects column j of a matrix by the vector below the diagonal of column k of another. */
function reflect(
  v: Float64Array,
  vColumns: number,
  k: number,
  m: Float64Array,
  columns: number,
  j: number,
  head: number,
): void {
  const rows = m.length / columns
  let total = 0
  for (let i = k; i < rows; i++) total += (v[i * vColumns + k] as number) * (m[i * columns + j] as number)
  const factor = total / head
  for (let i = k; i < rows; i++) {
    m[i * columns + j] = (m[i * columns + j] as number) - factor * (v[i * vColumns + k] as number)
  }
}
