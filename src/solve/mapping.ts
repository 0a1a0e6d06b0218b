/** A function of parameters of any structure, with any result, as one of rows of numbers with its derivative as a matrix. */
import { backpropWith } from '../grad.ts'
import { flatten, unflatten } from './flat.ts'
import type { Dense } from './matrix.ts'

/** Parameters, and the function's result there. */
export interface Image {
  /** The parameters in a row. */
  readonly x: Float64Array
  readonly params: unknown
  readonly value: unknown
  /** The result in a row. */
  readonly values: Float64Array
  /** ∂values/∂x, a row for each value. */
  jacobian(): Dense
}

/** A function of parameters and data, and how often it was evaluated. */
export class Mapping {
  readonly start: Float64Array
  evaluations = 0
  readonly #op: string
  readonly #like: unknown
  readonly #data: readonly unknown[]
  readonly #call: (...args: unknown[]) => [value: unknown, pullback: (cotangent: unknown) => unknown]

  constructor(op: string, f: unknown, args: readonly unknown[]) {
    this.#op = op
    ;[this.#like, ...this.#data] = args
    this.start = flatten(op, this.#like)
    this.#call = backpropWith(f as never, { wrt: 0 }) as never
  }

  /** The image of these parameters; those of float32 are rounded first. */
  at(numbers: Float64Array): Image {
    const op = this.#op
    const params = unflatten(op, this.#like, numbers)
    this.evaluations++
    const [value, pullback] = this.#call(params, ...this.#data)
    const x = flatten(op, params)
    const values = flatten(op, value)
    const jacobian = (): Dense => {
      const data = new Float64Array(values.length * x.length)
      const unit = new Float64Array(values.length)
      for (let i = 0; i < values.length; i++) {
        unit[i] = 1
        data.set(flatten(op, pullback(unflatten(op, value, unit))), i * x.length)
        unit[i] = 0
      }
      return { rows: values.length, columns: x.length, data }
    }
    return { x, params, value, values, jacobian }
  }
}
