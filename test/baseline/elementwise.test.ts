import { describe, expect, test } from 'vitest'
import { BaselineTape } from '../../bench/baseline/index.ts'
import { expectGradient, Inputs, type Input } from './differences.ts'

type Range = readonly [number, number]

const unaryOps: readonly (readonly [name: string, op: (t: BaselineTape, a: number) => number, domain: Range])[] = [
  ['neg', (t, a) => t.neg(a), [-3, 3]],
  ['abs', (t, a) => t.abs(a), [0.1, 3]],
  ['sign', (t, a) => t.sign(a), [-3, -0.1]],
  ['recip', (t, a) => t.recip(a), [0.4, 3]],
  ['exp', (t, a) => t.exp(a), [-2, 2]],
  ['log', (t, a) => t.log(a), [0.4, 5]],
  ['sqrt', (t, a) => t.sqrt(a), [0.4, 5]],
  ['sin', (t, a) => t.sin(a), [-4, 4]],
  ['cos', (t, a) => t.cos(a), [-4, 4]],
  ['tan', (t, a) => t.tan(a), [-1.1, 1.1]],
  ['asin', (t, a) => t.asin(a), [-0.8, 0.8]],
  ['acos', (t, a) => t.acos(a), [-0.8, 0.8]],
  ['atan', (t, a) => t.atan(a), [-4, 4]],
  ['sinh', (t, a) => t.sinh(a), [-2, 2]],
  ['cosh', (t, a) => t.cosh(a), [-2, 2]],
  ['tanh', (t, a) => t.tanh(a), [-3, 3]],
  ['asinh', (t, a) => t.asinh(a), [-4, 4]],
  ['acosh', (t, a) => t.acosh(a), [1.3, 5]],
  ['atanh', (t, a) => t.atanh(a), [-0.8, 0.8]],
  ['log1p', (t, a) => t.log1p(a), [-0.6, 4]],
  ['expm1', (t, a) => t.expm1(a), [-2, 2]],
  ['logistic', (t, a) => t.logistic(a), [-5, 5]],
  ['log1pExp', (t, a) => t.log1pExp(a), [-5, 5]],
]

const binaryOps: readonly (readonly [
  name: string,
  op: (t: BaselineTape, a: number, b: number) => number,
  left: Range,
  right: Range,
])[] = [
  ['add', (t, a, b) => t.add(a, b), [-3, 3], [-3, 3]],
  ['sub', (t, a, b) => t.sub(a, b), [-3, 3], [-3, 3]],
  ['mul', (t, a, b) => t.mul(a, b), [-3, 3], [-3, 3]],
  ['div', (t, a, b) => t.div(a, b), [-3, 3], [0.4, 3]],
  ['pow', (t, a, b) => t.pow(a, b), [0.4, 3], [-2, 2]],
  ['logBase', (t, a, b) => t.logBase(a, b), [1.5, 5], [0.4, 3]],
  ['atan2', (t, a, b) => t.atan2(a, b), [-3, 3], [0.4, 3]],
]

const shapes = [
  [1, 1],
  [1, 7],
  [5, 1],
  [3, 4],
] as const

describe.each(unaryOps)('%s of tensors', (_, op, [from, to]) => {
  const inputs = new Inputs(3)

  test.each(shapes)('%i×%i: derivative', (rows, cols) => {
    expectGradient((t, [a]) => op(t, a), [inputs.matrix(rows, cols, from, to)])
  })

  test('gives the same bits as on scalars', () => {
    const tape = new BaselineTape()
    const data = inputs.numbers(9, from, to)
    const dy = inputs.numbers(9)
    const scalars = [...data].map((v, i) => {
      const a = tape.scalar(v)
      const y = op(tape, a)
      tape.backward(y, dy[i])
      return [tape.value(y), tape.adjoint(a)]
    })
    const a = tape.tensor(data, 3, 3)
    const y = op(tape, a)
    tape.backward(y, dy)
    expect([...tape.values(y)]).toEqual(scalars.map(([v]) => v))
    tape.adjoints(a).forEach((slope, i) => expect(slope).toBeCloseTo(scalars[i][1], 14))
  })

  test('adds to a cotangent that is already there', () => {
    expectGradient((t, [a]) => t.add(op(t, a), t.mul(op(t, a), a)), [inputs.vector(5, from, to)])
  })
})

describe.each(binaryOps)('%s of tensors', (_, op, left, right) => {
  const inputs = new Inputs(4)

  test.each(shapes)('%i×%i: derivatives', (rows, cols) => {
    const a = inputs.matrix(rows, cols, ...left)
    const b = inputs.matrix(rows, cols, ...right)
    expectGradient((t, [u, v]) => op(t, u, v), [a, b])
  })

  test.each(shapes)('%i×%i with a scalar on the right, and on the left', (rows, cols) => {
    const build = (t: BaselineTape, [u, v]: readonly number[]) => op(t, u, v)
    const a: Input = inputs.matrix(rows, cols, ...left)
    expectGradient(build, [a, inputs.number(...right)])
    expectGradient(build, [inputs.number(...left), inputs.matrix(rows, cols, ...right)])
  })

  test('adds to cotangents that are already there', () => {
    const a = inputs.vector(5, ...left)
    const b = inputs.vector(5, ...right)
    expectGradient((t, [u, v]) => t.mul(op(t, u, v), t.add(u, t.mul(v, op(t, u, v)))), [a, b])
    expectGradient((t, [u, v]) => t.mul(op(t, u, v), t.add(u, v)), [a, inputs.number(...right)])
    expectGradient((t, [u, v]) => t.mul(op(t, u, v), t.add(u, v)), [inputs.number(...left), b])
  })

  test('the same tensor on both sides', () => {
    const both = inputs.vector(4, Math.max(left[0], right[0], 0.4), Math.min(left[1], right[1]))
    expectGradient((t, [u]) => op(t, u, u), [both])
  })
})

test('a square of negative elements takes no logarithm', () => {
  const tape = new BaselineTape()
  const x = tape.vector(Float64Array.of(-3, 0, 2))
  const y = tape.pow(x, tape.constant(2))
  tape.backward(y, Float64Array.of(1, 1, 1))
  expect([...tape.values(y)]).toEqual([9, 0, 4])
  expect([...tape.adjoints(x)]).toEqual([-6, 0, 4])
})

test('tensors of unequal shapes are refused', () => {
  const tape = new BaselineTape()
  const a = tape.vector(new Float64Array(6))
  const b = tape.tensor(new Float64Array(6), 2, 3)
  expect(() => tape.add(a, b)).toThrow('Add of a 1×6 and a 2×3 tensor')
})
