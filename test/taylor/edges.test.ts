/** Series at zeros, ties, infinities, NaN and the ends of the range, against reverse mode. */
import {
  backprop,
  directionalDerivatives,
  evalBP,
  gradBP,
  maximum,
  mul,
  vector,
  where,
  type Leaf,
  type Shape,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { type OnVars, type Vars } from '../support/differences.ts'
import { binaryEdges, corners, nearlyEqual, points, unaryEdges } from '../support/edges.ts'
import { operations } from '../support/operations.ts'
import { filled, flat } from '../support/plain.ts'

const shapes: readonly Shape[] = [[], [3]]

function applyOf(name: string): OnVars {
  const operation = operations.find(candidate => candidate.name === name)
  if (operation === undefined) throw new Error(`no op ${name}`)
  return operation.apply
}

/** The derivatives of f(x + t·dx) at 0, one number for each order: the first element, of which the others are copies. */
function along(f: OnVars, x: readonly number[], dx: readonly number[], order: number, shape: Shape): number[] {
  const fill = (numbers: readonly number[]): Leaf[] => numbers.map(number => filled(shape, () => number))
  const terms = directionalDerivatives((operands: Vars) => f(operands), order)(fill(x), fill(dx))
  return terms.map(term => {
    const [first, ...others] = flat(term)
    for (const other of others) expect(other).toBe(first)
    return first
  })
}

/** The derivatives of a function at a point, each by one more gradBP. */
function nested(f: (t: Var<number>) => Var<number>, at: number, order: number): number[] {
  let g = f
  return Array.from({ length: order + 1 }, () => {
    const before = g
    g = t => gradBP(before)(t)
    return evalBP(before)(at)
  })
}

/** An op on numbers. */
function onNumbers(f: OnVars, ...operands: readonly Var<number>[]): Var<number> {
  return f(operands as unknown as Vars) as unknown as Var<number>
}

function same(a: number, b: number): boolean {
  return a === b || nearlyEqual(a, b, 1e-11)
}

/** From here on squares overflow, and what they are multiplied by decides between 0 and NaN. */
const HUGE = 1e307

describe.each(Object.keys(unaryEdges))('%s', name => {
  const f = applyOf(name)

  test('the first order is that of reverse mode, at every edge', () => {
    for (const x of points) {
      const [value, [slope]] = backprop(f)([x]) as [number, [number]]
      for (const shape of shapes) {
        const [zeroth, first] = along(f, [x], [1], 2, shape)
        if (!same(zeroth, value)) expect.fail(`${name}(${x}) is ${zeroth}, in reverse mode ${value}`)
        if (!same(first, slope)) expect.fail(`order 1 of ${name}(${x}) is ${first}, in reverse mode ${slope}`)
      }
    }
  })

  test('the second and third are those of nested reverse mode, where these are finite', () => {
    for (const x of points.filter(point => Math.abs(point) < HUGE)) {
      const expected = nested(t => onNumbers(f, t), x, 3)
      const actual = along(f, [x], [1], 3, [])
      for (const k of [2, 3]) {
        const agrees = Number.isFinite(expected[k]) ? same(actual[k], expected[k]) : !Number.isFinite(actual[k])
        if (!Number.isNaN(expected[k]) && !agrees) {
          expect.fail(`order ${k} of ${name}(${x}) is ${actual[k]}, by nested gradients ${expected[k]}`)
        }
      }
    }
  })
})

describe.each(Object.keys(binaryEdges))('%s', name => {
  const f = applyOf(name)
  const directions = [
    [1, 0],
    [0, 1],
    [1, 1],
    [0.5, -2],
  ] as const

  test('the first order is that of reverse mode, at every pair of edges', () => {
    for (const x of corners) {
      for (const y of corners) {
        const [, [byX, byY]] = backprop(f)([x, y]) as [number, [number, number]]
        for (const [dx, dy] of directions) {
          const expected = byX * dx + byY * dy
          const size = Math.abs(byX * dx) + Math.abs(byY * dy)
          for (const shape of shapes) {
            const [, first] = along(f, [x, y], [dx, dy], 2, shape)
            if (!same(first, expected) && !(Math.abs(first - expected) <= 1e-14 * size)) {
              expect.fail(`order 1 of ${name}(${x}, ${y}) along ${dx}, ${dy} is ${first}, in reverse mode ${expected}`)
            }
          }
        }
      }
    }
  })

  test('the second is that of nested reverse mode, where that is finite', () => {
    const moderate = corners.filter(corner => corner === 0 || (Math.abs(corner) > 1e-100 && Math.abs(corner) < 1e100))
    expect(moderate).toHaveLength(10)
    for (const x of moderate) {
      for (const y of moderate) {
        for (const [dx, dy] of directions) {
          const expected = nested(t => onNumbers(f, t.mul(dx).add(x), t.mul(dy).add(y)), 0, 2)[2]
          const actual = along(f, [x, y], [dx, dy], 2, [])[2]
          if (Number.isFinite(expected) && !same(actual, expected)) {
            expect.fail(`order 2 of ${name}(${x}, ${y}) along ${dx}, ${dy} is ${actual}, by gradients ${expected}`)
          }
        }
      }
    }
  })
})

test('ties share, at each order', () => {
  const f = (t: Var<number>): Var<number> =>
    maximum(mul(vector([1, 0, 0], 3), t.exp()).add(mul(vector([0, 1, 0], 3), t.sin().add(1))))
  // max(eᵗ, 1 + sin t, 0) at 0: half of each, whose derivatives are 1, 1, 1, … and 1, 0, −1, …
  expect(directionalDerivatives(f, 3)(0, 1)).toEqual([1, 1, 0.5, 0])
})

test('a choice has no part of what is not chosen, whatever that is', () => {
  const f = (x: Var<Vector>): Var<Vector> => where(vector([1, 0]), x.sqrt(), x.mul(x))
  const terms = directionalDerivatives(f, 3)(vector([4, 0]), vector([1, 1]))
  expect(terms.map(term => term.toArray())).toEqual([
    [2, 0],
    [0.25, 0],
    [-0.03125, 2],
    [0.01171875, 0],
  ])
})
