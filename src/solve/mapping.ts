/** A function of parameters of any structure, with any result, as one of rows of numbers with its derivative as a matrix. */
import { jacobian } from '../derivatives/jacobian.ts'
import { directional } from '../derivatives/tangent.ts'
import type { VarFunction } from '../differentiate.ts'
import { evalBP } from '../grad.ts'
import { mapLeaves } from '../structure.ts'
import { flatten, startOf, unflatten } from './flat.ts'
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
  /** The derivative of the Jacobian along a direction, ∂(J(x)·a)/∂x for a constant a. */
  bend(a: Float64Array): Dense
}

/** A function of parameters and data, and how often it was evaluated. */
export class Mapping {
  readonly start: Float64Array
  evaluations = 0
  readonly #op: string
  readonly #like: unknown
  readonly #data: readonly unknown[]
  readonly #value: VarFunction
  readonly #jacobian: VarFunction
  readonly #bend: VarFunction

  constructor(op: string, f: VarFunction, args: readonly unknown[]) {
    this.#op = op
    ;[this.#like, ...this.#data] = args
    this.start = startOf(op, this.#like)
    const along = directional(f as never, { wrt: 0 }) as unknown as VarFunction
    this.#value = evalBP(f as never)
    this.#jacobian = jacobian(f as never, { wrt: 0 })
    this.#bend = jacobian(along as never, { wrt: 0 })
  }

  /** The image of these parameters; those of float32 are rounded first. */
  at(numbers: Float64Array): Image {
    const op = this.#op
    const params = unflatten(op, this.#like, numbers)
    this.evaluations++
    const value = this.#value(params, ...this.#data)
    const toMatrix = (blocks: unknown): Dense => matrixOf(flatten(op, blocks), sizesOf(value), sizesOf(params))
    return {
      x: flatten(op, params),
      params,
      value,
      values: flatten(op, value),
      jacobian: () => toMatrix(this.#jacobian(params, ...this.#data)),
      bend: a => toMatrix(this.#bend(params, ...this.#data, unflatten(op, params, a))),
    }
  }
}

/** How many numbers each leaf has. */
function sizesOf(value: unknown): number[] {
  const sizes: number[] = []
  mapLeaves(value, '', leaf => sizes.push(flatten('', leaf).length))
  return sizes
}

/** The matrix of which the blocks are given one after the other, for each leaf of the result those by each leaf of the argument. */
function matrixOf(blocks: Float64Array, heights: readonly number[], widths: readonly number[]): Dense {
  const rows = heights.reduce((total, n) => total + n, 0)
  const columns = widths.reduce((total, n) => total + n, 0)
  const data = new Float64Array(rows * columns)
  let from = 0
  let top = 0
  for (const height of heights) {
    let left = 0
    for (const width of widths) {
      for (let i = 0; i < height; i++) {
        data.set(blocks.subarray(from, from + width), (top + i) * columns + left)
        from += width
      }
      left += width
    }
    top += height
  }
  return { rows, columns, data }
}
