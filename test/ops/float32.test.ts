/**
 * Every op of the table on tensors of float32, against the same on float64 at the same points: values, gradients, second
 * derivatives, with random cotangents. What was computed from n terms may differ by n·2⁻²⁴ of the largest of them, times a small
 * number for the steps of the op and of its rule.
 */
import {
  backprop,
  backpropWith,
  castValue,
  evalBP,
  gradBP,
  sum,
  toFloat32,
  toFloat64,
  vector,
  vector32,
  type Leaf,
  type Shape,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { along, dirtyMemory, innerVar, type OnVars, type Plains, type Vars } from '../support/differences.ts'
import { unaryEdges, binaryEdges } from '../support/edges.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { dtypeOf, filled, flat, randomLike, randomVector, shapeOf } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

const EPSILON = 2 ** -24

/** Asserts that numbers computed from n terms are those of float64, up to `steps` roundings a term. */
function expectNear(actual: unknown, expected: unknown, n: number, steps: number, what: string): void {
  const [a, b] = [flat(actual), flat(expected)]
  expect(a.length, what).toBe(b.length)
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  const allowed = steps * (n + 4) * EPSILON * scale
  a.forEach((value, i) => {
    if (value !== b[i] && !(Math.abs(value - b[i]) <= allowed)) {
      expect.fail(`${what}: number ${i} is ${value}, in float64 ${b[i]}; they differ by more than ${allowed}`)
    }
  })
}

/** Asserts that a gradient has the types and shapes of its point. */
function expectAlike(gradient: Plains, point: Plains): void {
  expect(gradient.map(shapeOf)).toEqual(point.map(shapeOf))
  expect(gradient.map(dtypeOf)).toEqual(point.map(dtypeOf))
}

/** The most numbers that are added up for one. */
function terms(shapes: readonly Shape[]): number {
  return shapes.reduce(
    (most, shape) =>
      Math.max(
        most,
        shape.reduce((n, size) => n * size, 1),
      ),
    1,
  )
}

const small = (shapes: readonly Shape[]): boolean => shapes.flat().every(size => size < 20)

describe.each(operations.map(operation => ({ operation, title: titleOf(operation) })))('$title', ({ operation }) => {
  test(
    'value and gradient',
    seeded(random => {
      for (const shapes of operation.cases) {
        const x = operandsOf(operation, shapes, random, 'float32')
        const exact = castValue('float64', x)
        dirtyMemory()
        const [value, pullback] = backpropWith(operation.apply)(x)
        const [expected, exactPullback] = backpropWith(operation.apply)(exact)
        const what = shapes.map(shape => shape.join('×')).join(' and ')
        expectNear(value, expected, terms(shapes), 2, `value on ${what}`)
        const cotangent = randomLike(value, random)
        const gradient = pullback(cotangent)
        expectAlike(gradient, x)
        const exactCotangent = castValue('float64', cotangent)
        expectNear(gradient, exactPullback(exactCotangent), terms(shapes), 4, `gradient on ${what}`)
      }
    }),
  )

  test(
    'second order',
    seeded(random => {
      for (const shapes of operation.cases.filter(small)) {
        const x = operandsOf(operation, shapes, random, 'float32')
        const cotangent = randomLike(backprop(operation.apply)(x)[0], random)
        const weights = x.map(leaf => randomLike(leaf, random))
        const secondOf = (seed: Leaf, along1: Plains): ((point: Plains) => Plains) => {
          const scalar = (operands: Vars): Var<number> => innerVar([operation.apply(operands)], [seed])
          return gradBP(along(scalar, along1))
        }
        dirtyMemory()
        const gradient = secondOf(cotangent, weights)(x)
        expectAlike(gradient, x)
        const exact = secondOf(castValue('float64', cotangent), castValue('float64', weights))(castValue('float64', x))
        expectNear(gradient, exact, terms(shapes), 16, shapes.map(shape => shape.join('×')).join(' and '))
      }
    }),
  )
})

describe('edges', () => {
  /** Zeros, units, the ends of the range, and where exponentials overflow, vanish or saturate. */
  const magnitudes = [
    0,
    2 ** -149,
    1e-40,
    1e-38,
    1e-10,
    0.5,
    1,
    2,
    3,
    9,
    17,
    40,
    87,
    88.5,
    89,
    104,
    1e10,
    1e30,
    3.4e38,
    1e300,
    Infinity,
  ]
  const points = [...magnitudes.flatMap(x => [x, -x]), NaN].map(Math.fround)
  const corners = [0, 2 ** -140, 0.5, 1, 2, 1e20, 3e38, Infinity]
    .flatMap(x => [x, -x])
    .concat(NaN)
    .map(Math.fround)
  const shapes: readonly Shape[] = [[1], [3], [4], [9], [3, 3]]

  function applyOf(name: string): OnVars {
    const operation = operations.find(candidate => candidate.name === name)
    if (operation === undefined) throw new Error(`no op ${name}`)
    return operation.apply
  }

  /** Equal up to a few roundings of float32; NaN and infinities must be the same. */
  function isNear(a: number, exact: number): boolean {
    const b = Math.fround(exact)
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
    return Math.abs(a - b) <= 2 * EPSILON * 2 * Math.abs(b) + 2 ** -148
  }

  test.each(Object.keys(unaryEdges))('%s has the values of its formula at every edge', name => {
    for (const x of points) {
      for (const shape of shapes) {
        const [value] = backprop(applyOf(name))([filled(shape, () => x, 'float32')])
        const expected = unaryEdges[name].value(x)
        for (const a of flat(value)) {
          if (!isNear(a, expected)) expect.fail(`${name}(${x}) on [${shape.join()}]: ${a}, expected ${expected}`)
        }
      }
    }
  })

  test.each(Object.keys(binaryEdges))('%s has the values of its formula at every pair of edges', name => {
    for (const x of corners) {
      for (const y of corners) {
        const expected =
          name === 'logBase' ? Math.fround(Math.log(y)) / Math.fround(Math.log(x)) : binaryEdges[name].value(x, y)
        const operands = (shape: Shape): Leaf[] => [
          filled(shape, () => x, 'float32'),
          filled(shape, () => y, 'float32'),
        ]
        for (const shape of shapes) {
          const [value] = backprop(applyOf(name))(operands(shape))
          for (const a of flat(value)) {
            if (!isNear(a, expected))
              expect.fail(`${name}(${x}, ${y}) on [${shape.join()}]: ${a}, expected ${expected}`)
          }
        }
      }
    }
  })

  test.each(Object.keys(unaryEdges))('%s has one gradient at every place', name => {
    for (const x of points) {
      const slopes = shapes.flatMap(shape => flat(backprop(applyOf(name))([filled(shape, () => x, 'float32')])[1]))
      expect(new Set(slopes).size, `${name} at ${x}: ${slopes.join()}`).toBe(1)
    }
  })
})

describe('casts', () => {
  test('round to float32, and are exact back', () => {
    const values = [0.1, -0, 1e-50, 2 ** -149, 3.5e38, -Infinity, NaN, 16777217, 1 / 3]
    const rounded = toFloat32(vector(values)).value
    expect(rounded.toArray()).toEqual(values.map(Math.fround))
    expect(toFloat64(rounded).value.toArray()).toEqual(values.map(Math.fround))
    expect(castValue('float32', vector(values)).toArray()).toEqual(values.map(Math.fround))
  })

  test.each([0, 1, 2, 3, 4, 7, 64, 65])('of %i elements: the cotangent comes back, cast', n => {
    seeded(random => {
      const x = randomVector(n, random)
      const cotangent = castValue('float32', randomVector(n, random))
      const [, pullback] = backpropWith((v: Var<Vector>) => toFloat32(v.mul(v).mul(v)))(x)
      const gradient: Vector = pullback(cotangent)
      expect(gradient.dtype).toBe('float64')
      gradient.toArray().forEach((g, i) => {
        const expected = cotangent.at(i) * 3 * x.at(i) ** 2
        expect(Math.abs(g - expected)).toBeLessThanOrEqual(1e-14 * Math.abs(expected))
      })
      const [, narrow] = backpropWith((v: Var<Vector32>) => toFloat64(v.mul(v).mul(v)))(castValue('float32', x))
      expect(narrow(x).dtype).toBe('float32')
    })()
  })

  test('a chain there and back has derivatives of every order', () => {
    const f = (v: Var<Vector>): Var<number> => sum(toFloat64(toFloat32(v.mul(v).mul(v)).exp()))
    const second = gradBP((v: Var<Vector>) => sum(gradBP(f)(v)))(vector([0.5, 0.5]))
    // (e^x³)″ = (6x + 9x⁴)·e^x³
    for (const y of second.toArray()) expect(Math.abs(y - (3 + 9 / 16) * Math.exp(0.125))).toBeLessThan(1e-5)
  })

  test('of a number, and to the type that is there: the very same', () => {
    const x = vector32([1, 2])
    expect(evalBP((v: Var<Vector32>) => toFloat32(v))(x)).toEqual(x)
    expect(evalBP((s: Var<number>) => toFloat32(s as never) as unknown as Var<number>)(0.1)).toBe(0.1)
  })
})
