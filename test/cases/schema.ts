/** The schema of the published cases, as their README states it, and plain values in it. */
import { Tensor } from 'backprop-wasm'

/** A number, or the text of one that JSON lacks: NaN, Infinity, -Infinity, -0. */
export type CaseNumber = number | string

export interface CaseTensor {
  readonly shape: readonly number[]
  readonly data: readonly CaseNumber[]
}

/** A matrix by its entries [row, column, value] that are not 0. */
export interface SparseMatrix {
  readonly shape: readonly [rows: number, columns: number]
  readonly sparse: readonly (readonly [row: number, column: number, value: number])[]
}

/** The name of an input or of an earlier step, a number, or a constant. */
export type Argument = string | number | CaseTensor

/** What an op takes beside its operands. */
export type Attributes = Readonly<Record<string, unknown>>

export interface Program {
  readonly steps: readonly {
    readonly id: string
    readonly op: string
    readonly args: readonly Argument[]
    readonly attrs?: Attributes
  }[]
  readonly out: string
}

/** What a case expects, of what decides which parts are returned. */
export interface Expected {
  readonly value?: CaseTensor
  readonly grad?: unknown
  readonly accept?: unknown
  readonly hessian?: unknown
  readonly jacobian?: CaseTensor | Readonly<Record<string, unknown>>
  readonly jacobianBlocks?: Readonly<Record<string, unknown>>
  readonly hvp?: { readonly vector: CaseTensor; readonly order: readonly string[] }
  readonly residual?: unknown
  readonly residualJacobian?: unknown
  readonly JtJ?: unknown
}

export interface Case {
  readonly id: string
  readonly program?: Program
  readonly fn?: string
  readonly shared?: readonly string[]
  readonly residual?: string
  readonly inputs: Readonly<Record<string, CaseTensor>>
  readonly wrt?: readonly string[]
  readonly dy?: CaseTensor
  readonly expected: Expected
}

/** What several cases of a file have in common: by name a group of named tensors. */
export type Shared = Readonly<Record<string, Readonly<Record<string, CaseTensor | SparseMatrix>>>>

/** A plain value of the library: ranks are known at run time only, and a tensor of no dimensions is a number. */
export type PlainValue = number | Tensor

/** A tensor of the cases as a value of the library. */
export function plainOf({ shape, data }: CaseTensor): PlainValue {
  const numbers = Float64Array.from(data, Number)
  return shape.length === 0 ? numbers[0] : new Tensor(numbers, [...shape])
}

/** A tensor of the cases, sparse or not, as a tensor of the library. */
export function tensorOf(given: CaseTensor | SparseMatrix): Tensor {
  if (!('sparse' in given)) return new Tensor(Float64Array.from(given.data, Number), [...given.shape])
  const [rows, columns] = given.shape
  const data = new Float64Array(rows * columns)
  for (const [i, j, value] of given.sparse) data[i * columns + j] = value
  return new Tensor(data, [rows, columns])
}

/** A value of the library as a tensor of the cases. */
export function caseTensorOf(value: PlainValue): CaseTensor {
  return typeof value === 'number'
    ? { shape: [], data: [value] }
    : { shape: [...value.shape], data: Array.from(value.data) }
}
