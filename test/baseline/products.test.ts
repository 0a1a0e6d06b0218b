import { describe, expect, test } from 'vitest'
import { BaselineTape } from '../../bench/baseline/index.ts'
import { expectGradient, Inputs } from './differences.ts'

const inputs = new Inputs(5)

/** Sizes around the kernels' blocks of 4 and 8 rows. */
const sizes = [
  [1, 1],
  [1, 5],
  [4, 3],
  [9, 2],
  [8, 8],
  [13, 6],
] as const

describe.each(sizes)('%i×%i', (m, n) => {
  test('matVec', () => {
    expectGradient((t, [a, x]) => t.matVec(a, x), [inputs.matrix(m, n), inputs.vector(n)])
    expectGradient((t, [a, x]) => t.matVec(a, x, true), [inputs.matrix(m, n), inputs.vector(m)])
  })

  test('matVec, its factors used twice', () => {
    expectGradient(
      (t, [a, x]) => t.matVec(a, t.add(x, t.matVec(a, t.matVec(a, x), true))),
      [inputs.matrix(m, n, -0.5, 0.5), inputs.vector(n)],
    )
  })

  test('outer', () => {
    expectGradient((t, [u, v]) => t.outer(u, v), [inputs.vector(m), inputs.vector(n)])
    expectGradient((t, [u, v]) => t.add(t.outer(u, v), t.outer(t.mul(u, u), v)), [inputs.vector(m), inputs.vector(n)])
  })

  test('addRow', () => {
    expectGradient((t, [a, b]) => t.addRow(t.addRow(a, b), b), [inputs.matrix(m, n), inputs.vector(n)])
  })

  test('sum, dot and squaredError', () => {
    const a = inputs.matrix(m, n)
    const b = inputs.matrix(m, n)
    expectGradient((t, [x]) => t.mul(t.sum(x), t.sum(t.mul(x, x))), [a])
    expectGradient((t, [x, y]) => t.mul(t.dot(x, y), t.dot(x, x)), [a, b])
    expectGradient((t, [x, y]) => t.mul(t.squaredError(x, y), t.squaredError(y, t.mul(x, y))), [a, b])
  })
})

describe.each([
  [1, 1, 1],
  [1, 4, 3],
  [3, 5, 2],
  [5, 1, 6],
])('matMul %i×%i×%i', (m, n, k) => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('transposed: %s, %s', (transposeA, transposeB) => {
    const a = transposeA ? inputs.matrix(k, m) : inputs.matrix(m, k)
    const b = transposeB ? inputs.matrix(n, k) : inputs.matrix(k, n)
    expectGradient((t, [u, v]) => t.matMul(u, v, transposeA, transposeB), [a, b])
    expectGradient(
      (t, [u, v]) => {
        const c = t.matMul(u, v, transposeA, transposeB)
        return t.mul(c, t.matMul(t.mul(u, u), v, transposeA, transposeB))
      },
      [a, b],
    )
  })

  test('the same matrix on both sides', () => {
    expectGradient((t, [u]) => t.matMul(u, u, false, true), [inputs.matrix(m, k)])
    expectGradient((t, [u]) => t.matMul(u, u, true), [inputs.matrix(k, n)])
  })
})

test('known values', () => {
  const tape = new BaselineTape()
  const a = tape.tensor(Float64Array.of(1, 2, 3, 4, 5, 6), 2, 3)
  const b = tape.tensor(Float64Array.of(1, 0, -1, 2, 1, 1), 3, 2)
  const x = tape.vector(Float64Array.of(1, -1, 2))
  const y = tape.vector(Float64Array.of(3, -2))
  expect([...tape.values(tape.matVec(a, x))]).toEqual([5, 11])
  expect([...tape.values(tape.matVec(a, y, true))]).toEqual([-5, -4, -3])
  expect([...tape.values(tape.matMul(a, b))]).toEqual([2, 7, 5, 16])
  expect([...tape.values(tape.matMul(a, a, false, true))]).toEqual([14, 32, 32, 77])
  expect([...tape.values(tape.matMul(b, a, true, true))]).toEqual([2, 5, 7, 16])
  expect([...tape.values(tape.outer(y, x))]).toEqual([3, -3, 6, -2, 2, -4])
  expect(tape.value(tape.dot(a, a))).toBe(91)
  expect(tape.value(tape.sum(b))).toBe(4)
  expect(tape.value(tape.squaredError(x, tape.vector(Float64Array.of(0, 1, 1))))).toBe(6)
})

test('sizes that do not fit are refused', () => {
  const tape = new BaselineTape()
  const a = tape.tensor(new Float64Array(6), 2, 3)
  const x = tape.vector(new Float64Array(2))
  expect(() => tape.matVec(a, x)).toThrow('matVec: 3 columns against a vector of 2')
  expect(() => tape.matMul(a, a)).toThrow('matMul: inner sizes differ: 2×3 times 2×3')
  expect(() => tape.dot(a, x)).toThrow('dot of 6 and 2 elements')
  expect(() => tape.addRow(a, x)).toThrow('addRow: 3 columns against a vector of 2')
})
