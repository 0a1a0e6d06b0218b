/** A function of parameters of any structure, with any result, as one of rows of numbers with its derivative as a matrix. */
import { jacobian } from '../derivatives/jacobian.ts'
import { directional } from '../derivatives/tangent.ts'
import type { VarFunction } from '../differentiate.ts'
import { evaluator } from '../grad.ts'
import { mapLeaves } from '../structure.ts'
import { flatten, unflatten } from './flat.ts'
import type { Dense } from './matrix.ts'
import { evaluated } from './solver.ts'

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

/** What is evaluated of a function of parameters and data. */
export interface MappingOperators {
  /** The solver, for messages. */
  readonly op: string
  /** (params, …data) ↦ value. */
  readonly value: VarFunction
  /** (params, …data) ↦ J. */
  readonly jacobian: VarFunction
  /** (params, …data, a) ↦ ∂(J·a)/∂params. */
  readonly bend: VarFunction
}

/** What a solver evaluates of a function; made once, so that each call of it runs the same programs if they are compiled. */
export function mappingOperators(op: string, f: VarFunction, options: { readonly compile: boolean }): MappingOperators {
  const along = directional(f as never, { wrt: 0 })
  return {
    op,
    value: evaluated(evaluator(op, f), options),
    jacobian: evaluated(jacobian(f as never, { wrt: 0 }), options),
    bend: evaluated(jacobian(along as never, { wrt: 0 }), options),
  }
}

/** A function of parameters, for certain data, and how often it was evaluated. */
export class Mapping {
  readonly start: Float64Array
  evaluations = 0
  readonly #operators: MappingOperators
  readonly #like: unknown
  readonly #data: readonly unknown[]

  constructor(operators: MappingOperators, [start, ...data]: readonly unknown[]) {
    this.#operators = operators
    this.#like = start
    this.#data = data
    this.start = flatten(operators.op, start)
  }

  /** The image of these parameters; those of float32 are rounded first. */
  at(numbers: Float64Array): Image {
    const { op, ...operators } = this.#operators
    const params = unflatten(op, this.#like, numbers)
    this.evaluations++
    const value = operators.value(params, ...this.#data)
    const x = flatten(op, params)
    const heights = sizesOf(value)
    const widths = sizesOf(params)
    // Params and value are the caller's as soon as they are yielded: what is computed later is computed from copies.
    const copyOf = (numbers: Float64Array): unknown => unflatten(op, this.#like, numbers)
    const toMatrix = (blocks: unknown): Dense => matrixOf(flatten(op, blocks), heights, widths)
    return {
      x,
      params,
      value,
      values: flatten(op, value),
      jacobian: () => toMatrix(operators.jacobian(copyOf(x), ...this.#data)),
      bend: a => toMatrix(operators.bend(copyOf(x), ...this.#data, copyOf(a))),
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
        const start = (top + i) * columns + left
        for (let j = 0; j < width; j++) data[start + j] = blocks[from++] as number
      }
      left += width
    }
    top += height
  }
  return { rows, columns, data }
}
