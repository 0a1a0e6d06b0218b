import { describe, expect, test } from 'vitest'
import { BaselineTape } from '../../bench/baseline/index.ts'
import { expectGradient, Inputs } from './differences.ts'

const inputs = new Inputs(6)

describe.each([
  [1, 1],
  [1, 10],
  [3, 1],
  [4, 5],
])('%i×%i', (rows, cols) => {
  test('softmax', () => {
    expectGradient((t, [x]) => t.softmax(x), [inputs.matrix(rows, cols, -2, 2)])
    expectGradient((t, [x]) => t.mul(t.softmax(x), t.softmax(t.mul(x, x))), [inputs.matrix(rows, cols, -2, 2)])
  })

  test('logSumExp', () => {
    expectGradient((t, [x]) => t.logSumExp(x), [inputs.matrix(rows, cols, -2, 2)])
    expectGradient((t, [x]) => t.mul(t.logSumExp(x), t.logSumExp(t.mul(x, x))), [inputs.matrix(rows, cols, -2, 2)])
  })

  test('softmaxCrossEntropy with any target, also a negative one', () => {
    const x = inputs.matrix(rows, cols, -2, 2)
    const t = inputs.matrix(rows, cols, -1, 2)
    expectGradient((tape, [a, b]) => tape.softmaxCrossEntropy(a, b), [x, t])
    expectGradient(
      (tape, [a, b]) => {
        const loss = tape.softmaxCrossEntropy(a, b)
        return tape.mul(loss, tape.softmaxCrossEntropy(tape.mul(a, a), tape.mul(b, a)))
      },
      [x, t],
    )
  })
})

test('softmaxCrossEntropy is −Σ t log softmax(x), and its gradient by x is Σt·softmax(x) − t', () => {
  const tape = new BaselineTape()
  const x = tape.vector(inputs.numbers(6, -3, 3))
  const target = inputs.numbers(6, 0, 2)
  const t = tape.vector(target)
  const loss = tape.softmaxCrossEntropy(x, t)
  const p = tape.values(tape.softmax(x)).slice()
  tape.backward(loss)
  const total = target.reduce((s, v) => s + v, 0)
  expect(tape.value(loss)).toBeCloseTo(-target.reduce((s, v, i) => s + v * Math.log(p[i]), 0), 12)
  tape.adjoints(x).forEach((slope, i) => expect(slope).toBeCloseTo(total * p[i] - target[i], 12))
  tape.adjoints(t).forEach((slope, i) => expect(slope).toBeCloseTo(-Math.log(p[i]), 12))
})

test('large logits do not overflow', () => {
  const tape = new BaselineTape()
  const x = tape.vector(Float64Array.of(1000, 999, -1000))
  const e = Math.exp(-1)
  expect(tape.value(tape.logSumExp(x))).toBeCloseTo(1000 + Math.log1p(e), 12)
  const p = tape.values(tape.softmax(x))
  expect(p[0]).toBeCloseTo(1 / (1 + e), 15)
  expect(p[2]).toBe(0)
})

test('a logit of −∞ with target 0 costs nothing', () => {
  const tape = new BaselineTape()
  const x = tape.vector(Float64Array.of(0, -Infinity))
  const loss = tape.softmaxCrossEntropy(x, tape.constantVector(Float64Array.of(1, 0)))
  tape.backward(loss)
  expect(tape.value(loss)).toBe(0)
  expect([...tape.adjoints(x)]).toEqual([0, 0])
})

test('logSumExp of infinities', () => {
  const tape = new BaselineTape()
  const of = (...xs: number[]) => tape.value(tape.logSumExp(tape.vector(Float64Array.from(xs))))
  expect(of(-Infinity, -Infinity)).toBe(-Infinity)
  expect(of(Infinity, 1)).toBe(Infinity)
  expect(of(-Infinity, 1)).toBe(1)
  expect(of(NaN, 1)).toBeNaN()
})

test('shapes that do not fit are refused', () => {
  const tape = new BaselineTape()
  const x = tape.tensor(new Float64Array(6), 2, 3)
  const t = tape.tensor(new Float64Array(6), 3, 2)
  expect(() => tape.softmaxCrossEntropy(x, t)).toThrow('softmaxCrossEntropy of 2×3 logits and a 3×2 target')
})
