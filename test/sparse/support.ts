/** Dense derivatives as the reference, one pullback for each row, and how sparse ones are held against them. */
import { backpropWith, Fixed, gradBP, Tensor, type SparseMatrix } from 'backprop-wasm'
import { expect } from 'vitest'
import { filled, flat, isClose } from '../support/plain.ts'

/** Any function of variables, as the dynamic tests make them. */
export type AnyFunction = (...args: never[]) => unknown
type Call = (...args: readonly unknown[]) => unknown
type Operator = (f: unknown, options: object) => Call

/** The same structure with the numbers of a list, in order. */
function withNumbers(like: unknown, numbers: readonly number[]): unknown {
  let next = 0
  const copy = (value: unknown): unknown => {
    if (typeof value === 'number') return numbers[next++]
    if (value instanceof Tensor) {
      return filled(value.shape, () => numbers[next++], value.dtype)
    }
    if (Array.isArray(value)) return value.map(copy)
    if (typeof value !== 'object' || value === null || value instanceof Fixed) return value
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]))
  }
  return copy(like)
}

/** All numbers of a structure that are no data, in order. */
function numbersOf(value: unknown): number[] {
  if (value instanceof Fixed) return []
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return flat(value)
  return Object.values(value).flatMap(numbersOf)
}

/** The Jacobian, row by row. */
export function denseJacobian(f: AnyFunction, args: readonly unknown[], options: object = {}): number[][] {
  const [value, pullback] = (backpropWith as unknown as Operator)(f, options)(...args) as [unknown, Call]
  const { length } = numbersOf(value)
  return Array.from({ length }, (_, i) => {
    const unit = Array.from({ length }, (_unused, j) => Number(i === j))
    return numbersOf(pullback(withNumbers(value, unit)))
  })
}

/** The Hessian, row by row. */
export function denseHessian(f: AnyFunction, args: readonly unknown[], options: object = {}): number[][] {
  return denseJacobian((gradBP as unknown as Operator)(f, options), args, options)
}

/** Applies `sparseJacobian` or `sparseHessian`, whatever the function's type is. */
export function sparse(
  operator: unknown,
  f: AnyFunction,
  args: readonly unknown[],
  options: object = {},
): SparseMatrix {
  return (operator as Operator)(f, options)(...args) as SparseMatrix
}

/** Asserts that a matrix has these entries, and is zero elsewhere; that its pattern is in order; returns it. */
export function expectMatrix(matrix: SparseMatrix, dense: readonly (readonly number[])[], tolerance = 1e-12): void {
  const { shape, rows, columns, rowStarts } = matrix.pattern.value
  expect(shape[0]).toBe(dense.length)
  expect(rowStarts).toHaveLength(shape[0] + 1)
  expect(rowStarts[0]).toBe(0)
  expect(rowStarts[shape[0]]).toBe(columns.length)
  expect(matrix.values.data).toHaveLength(columns.length)
  const found = dense.map(row => {
    expect(row).toHaveLength(shape[1])
    return row.map(() => 0)
  })
  for (let i = 0; i < shape[0]; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      expect(rows[k]).toBe(i)
      if (k > rowStarts[i]) expect(columns[k]).toBeGreaterThan(columns[k - 1])
      found[i][columns[k]] = matrix.values.at(k)
    }
  }
  dense.forEach((row, i) => {
    row.forEach((value, j) => {
      if (!isClose(found[i][j], value, tolerance)) expect.fail(`entry ${i}, ${j} is ${found[i][j]}, expected ${value}`)
    })
  })
  if (shape[0] > 0) expect(flat(matrix.toDense())).toEqual(found.flat())
}

/** The places of a pattern's entries, row by row. */
export function placesOf({ pattern }: SparseMatrix): number[][] {
  const { columns, rowStarts, shape } = pattern.value
  return Array.from({ length: shape[0] }, (_, i) => Array.from(columns.slice(rowStarts[i], rowStarts[i + 1])))
}
