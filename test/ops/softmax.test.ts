/** Softmax and its relatives at infinities, huge and equal logits, and targets of every kind. */
import {
  backprop,
  gradBP,
  logSumExp,
  matrix,
  softmax,
  softmaxCrossEntropy,
  sum,
  vector,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose, flat } from '../support/plain.ts'

/** Logits with the value that softmax has there, by limits. */
const limits = (
  [
    [
      [0, 0],
      [0.5, 0.5],
    ],
    [
      [-Infinity, 0, 0],
      [0, 0.5, 0.5],
    ],
    [
      [Infinity, 0, 1e308],
      [1, 0, 0],
    ],
    [
      [Infinity, Infinity, -Infinity, 3],
      [0.5, 0.5, 0, 0],
    ],
    [
      [1e308, 1e308, -1e308],
      [0.5, 0.5, 0],
    ],
    [[-1e308], [1]],
    [
      [-1e308, -1e308],
      [0.5, 0.5],
    ],
    [
      [-Infinity, -Infinity],
      [NaN, NaN],
    ],
    [
      [NaN, 0],
      [NaN, NaN],
    ],
    [
      [1000, 0, -1000],
      [1, 0, 0],
    ],
  ] as [logits: number[], expected: number[]][]
).map(([logits, expected]) => ({ logits, expected, title: titleOf(logits) }))

/** JSON has no infinities. */
function titleOf(logits: readonly number[]): string {
  return `[${logits.join(', ')}]`
}

describe('softmax', () => {
  test.each(limits)('of $title, as a vector and as a row among others', ({ logits, expected }) => {
    expectClose(softmax(vector(logits)).value, expected, 1e-15)
    const n = logits.length
    const rows = matrix([...logits.map(() => 1), ...logits, ...logits.map((_, i) => i)], 3, n)
    expectClose(softmax(rows).value.data.slice(n, 2 * n), expected, 1e-15)
  })

  test('its gradient at infinite logits has no NaN where its value has none', () => {
    for (const { logits, expected } of limits) {
      const [, gradient] = backprop((x: Var<Vector>) => sum(softmax(x).mul(vector(logits.map((_, i) => i + 1)))))(
        vector(logits),
      )
      expect(flat(gradient).some(Number.isNaN)).toBe(expected.some(Number.isNaN))
    }
  })

  test('a shift of all logits changes nothing', () => {
    const x = [0.5, -1, 2, 0]
    for (const shift of [1e3, -1e3, 2 ** 40]) {
      expectClose(softmax(vector(x.map(v => v + shift))).value, softmax(vector(x)).value, 1e-3)
    }
  })

  test('rows do not see each other: NaN stays in its row', () => {
    const value = softmax(matrix([NaN, 1, 0, 0], 2, 2)).value
    expect(value.toArray()).toEqual([
      [NaN, NaN],
      [0.5, 0.5],
    ])
  })
})

describe('logSumExp', () => {
  const sums: [logits: number[], expected: number][] = [
    [[], -Infinity],
    [[-Infinity, -Infinity], -Infinity],
    [[Infinity, 0], Infinity],
    [[Infinity, -Infinity], Infinity],
    [[NaN, Infinity], NaN],
    [[1e308, 1e308], 1e308],
    [[-1e308, -1e308], -1e308],
    [[7], 7],
    [[0, 0], Math.log(2)],
    [[-Infinity, 3], 3],
  ]

  test.each(sums.map(([logits, expected]) => ({ logits, expected, title: titleOf(logits) })))(
    'of $title is $expected',
    ({ logits, expected }) => {
      expectClose(logSumExp(vector(logits)).value, expected, 1e-15)
      expectClose(logSumExp(matrix([...logits, ...logits], 2, logits.length)).value, [expected, expected], 1e-15)
    },
  )

  test('its gradient is softmax, also where logits are −∞ or huge', () => {
    for (const logits of [
      [-Infinity, 0, 0],
      [1e308, 1e308],
      [-1e308, 5],
      [Infinity, 3],
    ]) {
      expectClose(gradBP((x: Var<Vector>) => logSumExp(x))(vector(logits)), softmax(vector(logits)).value, 1e-15)
    }
  })
})

const crossEntropy = (x: Var<Vector>, t: Var<Vector>): Var<number> => softmaxCrossEntropy(x, t)

describe('softmaxCrossEntropy', () => {
  test('a target of 0 adds nothing, even where the logit is −∞', () => {
    const [value, gradient] = backprop(crossEntropy, { wrt: 0 })(vector([-Infinity, 0, 0]), vector([0, 1, 0]))
    expectClose(value, Math.log(2), 1e-15)
    expectClose(gradient, [0, -0.5, 0.5], 1e-15)
  })

  test('an impossible target costs ∞', () => {
    expect(softmaxCrossEntropy(vector([-Infinity, 0]), vector([1, 0])).value).toBe(Infinity)
  })

  test('a target that does not sum to 1: gradient Σt·softmax − t', () => {
    const t = [2, 0.5, -1]
    const x = [0.3, -0.2, 1]
    const p = flat(softmax(vector(x)).value)
    const [byLogits, byTarget] = gradBP(crossEntropy)(vector(x), vector(t))
    expectClose(
      byLogits,
      p.map((pi, i) => 1.5 * pi - t[i]),
      1e-14,
    )
    expectClose(
      byTarget,
      p.map(pi => -Math.log(pi)),
      1e-14,
    )
  })

  test('a target of zeros: no loss, no gradient by the logits', () => {
    const [value, [byLogits]] = backprop(crossEntropy)(vector([5, -Infinity, 1e308]), vector([0, 0, 0]))
    expect(value).toBe(0)
    expect(flat(byLogits).every(g => g === 0)).toBe(true)
  })

  test('logits of +∞ share the probability, as in softmax', () => {
    const at = backprop(crossEntropy, { wrt: 0 })
    const sure = at(vector([Infinity, 0]), vector([1, 0]))
    expect(sure[0]).toBe(0)
    expectClose(sure[1], [0, 0], 0)
    const shared = at(vector([Infinity, Infinity, 3]), vector([1, 0, 0]))
    expectClose(shared[0], Math.LN2, 1e-15)
    expectClose(shared[1], [-0.5, 0.5, 0], 1e-15)
    const wrong = at(vector([Infinity, 0]), vector([0, 1]))
    expect(wrong[0]).toBe(Infinity)
    expectClose(wrong[1], [1, -1], 0)
  })

  test('huge logits do not overflow', () => {
    const [value, gradient] = backprop(crossEntropy, { wrt: 0 })(vector([1e308, 1e308]), vector([1, 0]))
    expectClose(value, Math.LN2, 1e-15)
    expectClose(gradient, [-0.5, 0.5], 1e-15)
    const wrong = backprop(crossEntropy, { wrt: 0 })(vector([0, 1e308]), vector([1, 0]))
    expect(wrong[0]).toBe(1e308)
    expectClose(wrong[1], [-1, 1], 1e-15)
  })

  test('a confident right answer has its small loss, to all digits', () => {
    const expected = Math.log1p(Math.exp(-30))
    expect(Math.abs(softmaxCrossEntropy(vector([30, 0]), vector([1, 0])).value / expected - 1)).toBeLessThan(1e-15)
    expect(Math.abs(softmaxCrossEntropy(vector([0, 30]), vector([0, 1])).value / expected - 1)).toBeLessThan(1e-15)
  })

  test('a matrix is row by row the same as vectors', () => {
    const x = [-Infinity, 0, 0, 1e308, -1, 2, 0.5, 0.5, 0.5]
    const t = [0, 1, 0, 1, 0, 0, 3, -1, 0.5]
    const [value, [byLogits, byTarget]] = backprop((a: Var<Matrix>, b: Var<Matrix>) => softmaxCrossEntropy(a, b))(
      matrix(x, 3, 3),
      matrix(t, 3, 3),
    )
    const rows = [0, 3, 6].map(i => backprop(crossEntropy)(vector(x.slice(i, i + 3)), vector(t.slice(i, i + 3))))
    expect(flat(value)).toEqual(rows.map(row => row[0]))
    expect(flat(byLogits)).toEqual(rows.flatMap(row => flat(row[1][0])))
    expect(flat(byTarget)).toEqual(rows.flatMap(row => flat(row[1][1])))
  })

  test('one logit: loss 0 for any target', () => {
    expectClose(backprop(crossEntropy)(vector([3]), vector([5])), [0, 0, 0], 1e-15)
  })
})
