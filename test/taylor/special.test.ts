/** Series of the special functions: against nested gradients, and against the function at another point. */
import * as library from 'backprop-wasm'
import { derivatives, evalBP, gradBP, taylor, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../support/plain.ts'

type N = Var<number>

/** A function, points where it is smooth, and a step within the radius of convergence of each. */
const functions: readonly (readonly [name: keyof typeof library, points: readonly number[], step: number])[] = [
  ['erf', [-1.5, 0, 0.7, 3], 0.5],
  ['erfc', [-1.5, 0, 0.7, 3], 0.5],
  ['normcdf', [-1.5, 0, 0.7, 3], 0.5],
  ['inverf', [-0.6, 0, 0.3], 0.1],
  ['inverfc', [0.5, 1, 1.4], 0.1],
  ['invnormcdf', [0.2, 0.5, 0.7], 0.05],
  ['lgamma', [0.8, 2, 7], 0.2],
  ['digamma', [0.8, 2, 7], 0.2],
  ['log1mExp', [-2, -1], 0.3],
]

describe.each(functions)('%s', (name, points, step) => {
  const f = library[name] as (x: N) => N

  test('to order 5 as nested gradients', () => {
    for (const at of points) {
      let g = f
      const nested = Array.from({ length: 6 }, () => {
        const before = g
        g = x => gradBP(before)(x)
        return evalBP(before)(at)
      })
      expectClose(derivatives(f, 5)(at), nested, 1e-10)
    }
  })

  test('to order 20, summed, as the function at another point; also of a full series', () => {
    for (const at of points) {
      const terms = taylor(f, 20)(at, step)
      expectClose(
        terms.reduce((a, b) => a + b),
        evalBP(f)(at + step),
        1e-10,
      )
      // Along a curve that is no line.
      const curved = taylor((t: N) => f(t.sin().mul(step).add(at)), 20)(0, 0.5)
      expectClose(
        curved.reduce((a, b) => a + b),
        evalBP(f)(at + step * Math.sin(0.5)),
        1e-10,
      )
    }
  })
})

test('steps are constant', () => {
  for (const name of ['floor', 'ceil', 'round'] as const) {
    expect(derivatives((x: N) => library[name](x), 2)(2.5)).toEqual([
      Math[name === 'round' ? 'floor' : name](2.5),
      0,
      0,
    ])
  }
})
