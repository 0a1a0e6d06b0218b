import { describe, expect, test } from 'vitest'
import { gemm, gemv, gemvT, gerAdd, gerSet } from '../../bench/baseline/index.ts'
import * as naive from '../../bench/manual/naive.ts'
import * as optimised from '../../bench/manual/optimised.ts'
import { Inputs } from './differences.ts'

const inputs = new Inputs(11)

/** Equal to 10⁻¹³ of the sum of the terms' sizes, here bounded by the number of terms. */
function expectNear(actual: Float64Array, expected: Float64Array, terms: number): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs(actual[i] - expected[i]), `element ${i}`).toBeLessThanOrEqual(1e-13 * terms)
  }
}

/** Operands stand at an offset, with NaN around that must neither be read nor written. */
const OFFSET = 3
function framed(x: Float64Array): Float64Array {
  const frame = new Float64Array(x.length + 2 * OFFSET).fill(NaN)
  frame.set(x, OFFSET)
  return frame
}
function expectFrame(frame: Float64Array, expected: Float64Array, terms: number): void {
  expect(frame.subarray(0, OFFSET).every(Number.isNaN)).toBe(true)
  expect(frame.subarray(frame.length - OFFSET).every(Number.isNaN)).toBe(true)
  expectNear(frame.subarray(OFFSET, frame.length - OFFSET), expected, terms)
}

describe.each([
  [1, 1],
  [3, 1],
  [1, 9],
  [4, 4],
  [7, 5],
  [8, 3],
  [9, 8],
  [16, 17],
  [23, 30],
])('%i×%i', (m, n) => {
  const a = inputs.numbers(m * n)
  const x = inputs.numbers(n)
  const y = inputs.numbers(m)

  test('gemv', () => {
    const expected = new Float64Array(m)
    naive.gemv(m, n, a, x, expected)
    const out = framed(new Float64Array(m).fill(NaN))
    gemv(m, n, false, framed(a), OFFSET, framed(x), OFFSET, out, OFFSET)
    expectFrame(out, expected, n)
    gemv(m, n, true, framed(a), OFFSET, framed(x), OFFSET, out, OFFSET)
    expectFrame(
      out,
      expected.map(v => 2 * v),
      n,
    )
    const plain = new Float64Array(m)
    optimised.gemv(m, n, a, x, plain)
    expectNear(plain, expected, n)
  })

  test('gemvT', () => {
    const expected = new Float64Array(n)
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) expected[j] += a[i * n + j] * y[i]
    const out = framed(new Float64Array(n).fill(NaN))
    gemvT(m, n, false, framed(a), OFFSET, framed(y), OFFSET, out, OFFSET)
    expectFrame(out, expected, m)
    gemvT(m, n, true, framed(a), OFFSET, framed(y), OFFSET, out, OFFSET)
    expectFrame(
      out,
      expected.map(v => 2 * v),
      m,
    )
  })

  test('ger, overwriting and adding', () => {
    const expected = new Float64Array(m * n).map((_, p) => y[Math.floor(p / n)] * x[p % n])
    const out = framed(new Float64Array(m * n).fill(NaN))
    gerSet(m, n, framed(y), OFFSET, framed(x), OFFSET, out, OFFSET)
    expectFrame(out, expected, 1)
    gerAdd(m, n, -3, framed(y), OFFSET, framed(x), OFFSET, out, OFFSET)
    expectFrame(
      out,
      expected.map(v => -2 * v),
      4,
    )
  })
})

function transposed(rows: number, cols: number, a: Float64Array): Float64Array {
  return new Float64Array(a.length).map((_, p) => a[(p % rows) * cols + Math.floor(p / rows)])
}

/** Sizes on both sides of the tile (2 × 4) and of the blocks (96, 512 and 256). */
const products = [
  [1, 1, 1],
  [2, 4, 3],
  [3, 5, 7],
  [5, 3, 1],
  [17, 9, 20],
  [97, 13, 257],
  [6, 515, 5],
] as const

describe.each(products)('gemm %i×%i×%i', (m, n, k) => {
  const a = inputs.numbers(m * k)
  const b = inputs.numbers(k * n)
  const expected = new Float64Array(m * n)
  naive.gemm(m, n, k, a, b, expected)

  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('transposed: %s, %s', (transposeA, transposeB) => {
    const left = framed(transposeA ? transposed(m, k, a) : a)
    const right = framed(transposeB ? transposed(k, n, b) : b)
    const out = framed(new Float64Array(m * n).fill(NaN))
    gemm(transposeA, transposeB, m, n, k, false, left, OFFSET, right, OFFSET, out, OFFSET)
    expectFrame(out, expected, k)
    gemm(transposeA, transposeB, m, n, k, true, left, OFFSET, right, OFFSET, out, OFFSET)
    expectFrame(
      out,
      expected.map(v => 2 * v),
      k,
    )
  })

  test('without offsets', () => {
    const out = new Float64Array(m * n).fill(NaN)
    optimised.gemm(m, n, k, a, b, out)
    expectNear(out, expected, k)
  })
})
