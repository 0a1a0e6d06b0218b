/** An example or more of every op of the case language that the library has or that is composed of its ops. */
import type { Entry, Example } from './reference.ts'

const clamp = (x: number, lo: number, hi: number) => Math.min(Math.max(x, lo), hi)
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const softplus = (x: number) => Math.log(1 + Math.exp(x))
const numbers = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i))
const total = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const times = (xs: readonly number[]) => xs.reduce((a, b) => a * b, 1)
const mean = (xs: readonly number[]) => total(xs) / xs.length
const logSumExp = (xs: readonly number[]) => Math.log(total(xs.map(Math.exp)))
const power = (xs: readonly number[], p: number) => total(xs.map(x => Math.abs(x) ** p)) ** (1 / p)
const variance = (xs: readonly number[]) => mean(xs.map(x => (x - mean(xs)) ** 2))

/** A function of one number, on a scalar and on three dimensions. */
const unary = (op: string, f: (x: number) => number, between?: readonly [number, number], attrs = {}): Example[] => [
  { op, attrs, operands: [[]], shape: [], at: ([x]) => f(x()), ...(between && { between }) },
  { op, attrs, operands: [[2, 1, 3]], shape: [2, 1, 3], at: ([x], ...i) => f(x(...i)), ...(between && { between }) },
]

/** A function of two numbers, broadcast in several ways. */
const binary = (op: string, f: (x: number, y: number) => number, between?: readonly [number, number]): Example[] => {
  const range = between && { between }
  return [
    { op, operands: [[], []], shape: [], at: ([x, y]) => f(x(), y()), ...range },
    {
      op,
      operands: [
        [2, 3],
        [2, 3],
      ],
      shape: [2, 3],
      at: ([x, y], i, j) => f(x(i, j), y(i, j)),
      ...range,
    },
    { op, operands: [[2, 1], [3]], shape: [2, 3], at: ([x, y], i, j) => f(x(i, 0), y(j)), ...range },
    { op, operands: [[], [2, 2]], shape: [2, 2], at: ([x, y], i, j) => f(x(), y(i, j)), ...range },
    {
      op,
      operands: [
        [2, 1, 2],
        [1, 1],
      ],
      shape: [2, 1, 2],
      at: ([x, y], i, j, k) => f(x(i, j, k), y(0, 0)),
      ...range,
    },
  ]
}

/** A function of all elements, over all of them and over some axes. */
const reduction = (op: string, f: (xs: readonly number[]) => number, attrs = {}): Example[] => {
  const from: Pick<Example, 'op' | 'between'> = { op, between: [0.2, 1.5] }
  const all = ([x]: readonly Entry[]) => f(numbers(6, at => x(Math.floor(at / 3), at % 3)))
  return [
    { ...from, attrs, operands: [[]], shape: [], at: ([x]) => f([x()]) },
    { ...from, attrs, operands: [[2, 3]], shape: [], at: all },
    { ...from, attrs: { ...attrs, keepDims: true }, operands: [[2, 3]], shape: [1, 1], at: all },
    { ...from, attrs: { ...attrs, axis: 0 }, operands: [[2, 3]], shape: [3], at: ([x], j) => f([x(0, j), x(1, j)]) },
    {
      ...from,
      attrs: { ...attrs, axis: [-1, 0], keepDims: true },
      operands: [[2, 2, 2]],
      shape: [1, 2, 1],
      at: ([x], _, j) => f([x(0, j, 0), x(0, j, 1), x(1, j, 0), x(1, j, 1)]),
    },
  ]
}

/** The mean of a loss over all elements. */
const loss = (
  op: string,
  f: (x: number, t: number) => number,
  between: readonly [number, number],
  attrs = {},
): Example => ({
  op,
  attrs,
  between,
  operands: [
    [2, 3],
    [2, 3],
  ],
  shape: [],
  at: ([x, t]) => mean(numbers(6, at => f(x(Math.floor(at / 3), at % 3), t(Math.floor(at / 3), at % 3)))),
})

const product = (m: number, a: (i: number) => number, b: (i: number) => number) => total(numbers(m, i => a(i) * b(i)))

/** The error function by its series, for small arguments. */
function erf(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; n < 40; n++) {
    term *= -(x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const selu = (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))

export const examples: readonly Example[] = [
  ...binary('add', (x, y) => x + y),
  ...binary('sub', (x, y) => x - y),
  ...binary('mul', (x, y) => x * y),
  ...binary('div', (x, y) => x / y, [0.5, 2]),
  ...binary('pow', (x, y) => x ** y, [0.5, 2]),
  ...binary('mod', (x, y) => x - Math.floor(x / y) * y, [0.3, 2]),
  ...binary('hypot', Math.hypot, [0.3, 2]),
  ...binary('maximum', Math.max),
  ...binary('minimum', Math.min),
  ...binary('atan2', Math.atan2, [0.3, 2]),
  ...binary('logaddexp', (x, y) => Math.log(Math.exp(x) + Math.exp(y))),
  ...binary('squaredDifference', (x, y) => (x - y) ** 2),
  ...binary('prelu', (x, alpha) => (x > 0 ? x : alpha * x)),
  ...unary('neg', x => -x),
  ...unary('abs', Math.abs),
  ...unary('sign', Math.sign),
  ...unary('square', x => x * x),
  ...unary('sqrt', Math.sqrt, [0.5, 2]),
  ...unary('rsqrt', x => 1 / Math.sqrt(x), [0.5, 2]),
  ...unary('reciprocal', x => 1 / x, [0.5, 2]),
  ...unary('exp', Math.exp),
  ...unary('expm1', Math.expm1),
  ...unary('log', Math.log, [0.5, 2]),
  ...unary('log1p', Math.log1p, [0.5, 2]),
  ...unary('sin', Math.sin),
  ...unary('cos', Math.cos),
  ...unary('tan', Math.tan),
  ...unary('asin', Math.asin, [-0.8, 0.8]),
  ...unary('acos', Math.acos, [-0.8, 0.8]),
  ...unary('atan', Math.atan),
  ...unary('sinh', Math.sinh),
  ...unary('cosh', Math.cosh),
  ...unary('tanh', Math.tanh),
  ...unary('asinh', Math.asinh),
  ...unary('acosh', Math.acosh, [1.5, 3]),
  ...unary('atanh', Math.atanh, [-0.8, 0.8]),
  ...unary('erf', erf),
  ...unary('sigmoid', sigmoid),
  ...unary('logSigmoid', x => -softplus(-x)),
  ...unary('softplus', softplus),
  ...unary('relu', x => Math.max(x, 0)),
  ...unary('relu6', x => clamp(x, 0, 6), [-2, 8.5]),
  ...unary('elu', x => (x > 0 ? x : Math.exp(x) - 1)),
  ...unary('selu', selu),
  ...unary('gelu', x => (x / 2) * (1 + erf(x / Math.SQRT2))),
  ...unary('silu', x => x * sigmoid(x)),
  ...unary('floor', Math.floor, [-3, 3]),
  ...unary('ceil', Math.ceil, [-3, 3]),
  ...unary('round', Math.round, [-3, 3]),
  ...unary('identity', x => x),
  ...unary('onesLike', () => 1),
  ...unary('zerosLike', () => 0),
  ...unary('leakyRelu', x => (x > 0 ? x : 0.2 * x), undefined, { alpha: 0.2 }),
  ...unary('step', x => (x > 0 ? 1 : 0)),
  ...unary('step', x => (x > 0 ? 1 : 0.3), undefined, { alpha: 0.3 }),
  ...unary('clip', x => clamp(x, -0.4, 0.6), undefined, { lo: -0.4, hi: 0.6 }),
  {
    op: 'where',
    operands: [[2, 3], [3], []],
    shape: [2, 3],
    at: ([condition, a, b], i, j) => (condition(i, j) === 0 ? b() : a(j)),
  },

  ...reduction('sum', total),
  ...reduction('mean', mean),
  ...reduction('prod', times),
  ...reduction('max', xs => Math.max(...xs)),
  ...reduction('min', xs => Math.min(...xs)),
  ...reduction('logSumExp', logSumExp),
  ...reduction('variance', variance),
  ...reduction('norm', xs => power(xs, 2)),
  ...reduction('norm', total, { ord: 1 }),
  ...reduction('norm', xs => power(xs, 3), { ord: 3 }),
  ...reduction('norm', xs => Math.max(...xs), { ord: 'Infinity' }),
  ...reduction('norm', xs => power(xs, 2), { ord: 'fro' }),
  {
    op: 'softmax',
    operands: [[2, 3]],
    shape: [2, 3],
    at: ([x], i, j) => Math.exp(x(i, j) - logSumExp(numbers(3, k => x(i, k)))),
  },
  {
    op: 'softmax',
    attrs: { axis: 0 },
    operands: [[3, 1, 2]],
    shape: [3, 1, 2],
    at: ([x], i, j, k) => Math.exp(x(i, j, k) - logSumExp(numbers(3, l => x(l, j, k)))),
  },
  {
    op: 'logSoftmax',
    attrs: { axis: -1 },
    operands: [[4]],
    shape: [4],
    at: ([x], i) => x(i) - logSumExp(numbers(4, x)),
  },

  {
    op: 'matMul',
    operands: [
      [2, 3],
      [3, 4],
    ],
    shape: [2, 4],
    at: ([a, b], i, j) =>
      product(
        3,
        k => a(i, k),
        k => b(k, j),
      ),
  },
  {
    op: 'matMul',
    attrs: { transposeA: true, transposeB: true },
    operands: [
      [3, 2],
      [4, 3],
    ],
    shape: [2, 4],
    at: ([a, b], i, j) =>
      product(
        3,
        k => a(k, i),
        k => b(j, k),
      ),
  },
  {
    op: 'matMul',
    attrs: { transposeB: true },
    operands: [
      [2, 1, 2, 3],
      [3, 2, 3],
    ],
    shape: [2, 3, 2, 2],
    at: ([a, b], g, h, i, j) =>
      product(
        3,
        k => a(g, 0, i, k),
        k => b(h, j, k),
      ),
  },
  {
    op: 'matMul',
    operands: [
      [1, 3],
      [4, 3, 2],
    ],
    shape: [4, 1, 2],
    at: ([a, b], g, i, j) =>
      product(
        3,
        k => a(i, k),
        k => b(g, k, j),
      ),
  },
  {
    op: 'matMul',
    operands: [
      [1, 2, 2, 3],
      [2, 3, 1],
    ],
    shape: [1, 2, 2, 1],
    at: ([a, b], g, h, i, j) =>
      product(
        3,
        k => a(g, h, i, k),
        k => b(h, k, j),
      ),
  },
  { op: 'matVec', operands: [[2, 3], [3]], shape: [2], at: ([a, x], i) => product(3, k => a(i, k), x) },
  { op: 'dot', operands: [[3], [3]], shape: [], at: ([x, y]) => product(3, x, y) },
  { op: 'outer', operands: [[2], [3]], shape: [2, 3], at: ([x, y], i, j) => x(i) * y(j) },
  { op: 'trace', operands: [[3, 3]], shape: [], at: ([x]) => x(0, 0) + x(1, 1) + x(2, 2) },
  { op: 'diag', operands: [[3]], shape: [3, 3], at: ([x], i, j) => (i === j ? x(i) : 0) },
  { op: 'diagPart', operands: [[2, 2]], shape: [2], at: ([x], i) => x(i, i) },
  { op: 'tril', operands: [[3, 3]], shape: [3, 3], at: ([x], i, j) => (j <= i ? x(i, j) : 0) },
  { op: 'triu', operands: [[3, 3]], shape: [3, 3], at: ([x], i, j) => (j >= i ? x(i, j) : 0) },

  {
    op: 'reshape',
    attrs: { shape: [3, -1] },
    operands: [[2, 3]],
    shape: [3, 2],
    at: ([x], i, j) => x(Math.floor((2 * i + j) / 3), (2 * i + j) % 3),
  },
  { op: 'reshape', attrs: { shape: [] }, operands: [[1, 1]], shape: [], at: ([x]) => x(0, 0) },
  { op: 'transpose', operands: [[2, 3]], shape: [3, 2], at: ([x], i, j) => x(j, i) },
  {
    op: 'transpose',
    attrs: { perm: [2, 0, 1] },
    operands: [[2, 3, 4]],
    shape: [4, 2, 3],
    at: ([x], i, j, k) => x(j, k, i),
  },
  {
    op: 'broadcastTo',
    attrs: { shape: [2, 3, 2] },
    operands: [[3, 1]],
    shape: [2, 3, 2],
    at: ([x], _, j) => x(j, 0),
  },
  {
    op: 'concat',
    attrs: { axis: -1 },
    operands: [
      [2, 1],
      [2, 2],
    ],
    shape: [2, 3],
    at: ([x, y], i, j) => (j < 1 ? x(i, j) : y(i, j - 1)),
  },
  {
    op: 'stack',
    attrs: { axis: 1 },
    operands: [
      [2, 2],
      [2, 2],
    ],
    shape: [2, 2, 2],
    at: (xs, i, which, j) => xs[which](i, j),
  },
  {
    op: 'slice',
    attrs: { begin: [1, 0], size: [2, -1] },
    operands: [[4, 3]],
    shape: [2, 3],
    at: ([x], i, j) => x(i + 1, j),
  },
  { op: 'index', attrs: { at: [1, 2] }, operands: [[2, 3]], shape: [], at: ([x]) => x(1, 2) },
  { op: 'index', attrs: { at: [1] }, operands: [[2, 3]], shape: [3], at: ([x], j) => x(1, j) },
  { op: 'unstack', attrs: { axis: 1, index: 2 }, operands: [[2, 3]], shape: [2], at: ([x], i) => x(i, 2) },
  {
    op: 'split',
    attrs: { sizes: [1, 2, 1], axis: 1, index: 1 },
    operands: [[2, 4]],
    shape: [2, 2],
    at: ([x], i, j) => x(i, j + 1),
  },
  {
    op: 'gather',
    attrs: { indices: { shape: [2, 2], data: [2, 0, 2, 1] }, axis: 1 },
    operands: [[2, 3]],
    shape: [2, 2, 2],
    at: ([x], i, j, k) => x(i, [2, 0, 2, 1][2 * j + k]),
  },
  {
    op: 'segmentSum',
    attrs: { indices: { shape: [4], data: [1, -1, 1, 0] }, segments: 3 },
    operands: [[4, 2]],
    shape: [3, 2],
    at: ([x], i, j) => (i === 0 ? x(3, j) : i === 1 ? x(0, j) + x(2, j) : 0),
  },
  { op: 'tile', attrs: { reps: [2, 3] }, operands: [[2, 1]], shape: [4, 3], at: ([x], i) => x(i % 2, 0) },
  {
    op: 'pad',
    attrs: {
      paddings: [
        [1, 0],
        [0, 2],
      ],
      value: 7,
    },
    operands: [[1, 2]],
    shape: [2, 4],
    at: ([x], i, j) => (i === 1 && j < 2 ? x(0, j) : 7),
  },
  {
    op: 'pad',
    attrs: { paddings: [[2, 1]], mode: 'reflect' },
    operands: [[3]],
    shape: [6],
    at: ([x], i) => x([2, 1, 0, 1, 2, 1][i]),
  },
  { op: 'reverse', operands: [[2, 3]], shape: [2, 3], at: ([x], i, j) => x(1 - i, 2 - j) },
  { op: 'reverse', attrs: { axes: [-1] }, operands: [[2, 3]], shape: [2, 3], at: ([x], i, j) => x(i, 2 - j) },
  {
    op: 'cumsum',
    attrs: { axis: 1 },
    operands: [[2, 3]],
    shape: [2, 3],
    at: ([x], i, j) => total(numbers(j + 1, k => x(i, k))),
  },

  {
    op: 'batchNorm',
    attrs: { eps: 0.1 },
    operands: [[3, 1, 2], [2], [2], [2], [2]],
    shape: [3, 1, 2],
    between: [0.2, 2],
    at: ([x, m, v, offset, scale], i, j, k) => ((x(i, j, k) - m(k)) / Math.sqrt(v(k) + 0.1)) * scale(k) + offset(k),
  },
  loss('mse', (x, t) => (x - t) ** 2, [-1, 1]),
  loss('absoluteDifference', (x, t) => Math.abs(x - t), [-1, 1]),
  loss('bceWithLogits', (x, t) => softplus(x) - t * x, [-1, 1]),
  loss('huber', (x, t) => (Math.abs(x - t) <= 0.5 ? (x - t) ** 2 / 2 : 0.5 * (Math.abs(x - t) - 0.25)), [-1, 1], {
    delta: 0.5,
  }),
  loss('hinge', (x, t) => Math.max(0, 1 - (2 * t - 1) * x), [-1, 1]),
  loss('logLoss', (p, t) => -t * Math.log(p + 0.01) - (1 - t) * Math.log(1 - p + 0.01), [0.2, 0.8], { eps: 0.01 }),
  {
    op: 'crossEntropy',
    operands: [
      [2, 3],
      [2, 3],
    ],
    shape: [],
    at: ([x, t]) =>
      mean(
        numbers(2, i => {
          const row = numbers(3, j => x(i, j))
          return total(row.map((value, j) => t(i, j) * (logSumExp(row) - value)))
        }),
      ),
  },
]
