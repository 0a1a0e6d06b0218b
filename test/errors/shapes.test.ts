/** Operands that do not fit: the error names the op, the shapes and the repair, wherever the op is applied. */
import {
  add,
  atan2,
  check,
  dot,
  evalBP,
  gradBP,
  logSumExp,
  matMul,
  matrix,
  matVec,
  outer,
  RankError,
  ShapeMismatchError,
  SizeError,
  softmax,
  softmaxCrossEntropy,
  squaredError,
  sum,
  UsageError,
  vector,
  zeros,
  type Tensor,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'

const v2 = vector([1, 2], 2)
const v3 = vector([1, 2, 3], 3)
const m23 = matrix([1, 2, 3, 4, 5, 6], 2, 3)
const m32 = matrix([1, 2, 3, 4, 5, 6], 3, 2)
const cube = zeros(2, 3, 2)

/** What a compiler would not let pass. */
const wrong = (value: Tensor | number): never => value as never

interface Mismatch {
  readonly title: string
  readonly op: string
  readonly shapes: readonly (readonly number[])[]
  readonly patterns: readonly RegExp[]
  readonly apply: () => unknown
}

const mismatches: readonly Mismatch[] = [
  {
    title: 'add of two vectors',
    op: 'add',
    shapes: [[2], [3]],
    patterns: [/^add: shapes differ: 2 and 3\. .*same shape, or a number and a tensor/],
    apply: () => add(v2, wrong(v3)),
  },
  {
    title: 'a vector and a matrix of one row are not the same',
    op: 'add',
    shapes: [[3], [1, 3]],
    patterns: [/^add: shapes differ: 3 and 1×3\./],
    apply: () => add(v3, wrong(matrix([1, 2, 3], 1, 3))),
  },
  {
    title: 'a rank of 3 against another',
    op: 'atan2',
    shapes: [
      [2, 3, 2],
      [2, 3],
    ],
    patterns: [/^atan2: shapes differ: 2×3×2 and 2×3\./],
    apply: () => atan2(cube, wrong(m23)),
  },
  {
    title: 'matVec with the wrong inner size',
    op: 'matVec',
    shapes: [[3, 2], [3]],
    patterns: [/^matVec: inner sizes differ: 3×2 and 3\. Did you mean \{ transpose: true \}\?/],
    apply: () => matVec(m32, wrong(v3)),
  },
  {
    title: 'matVec that no transpose mends',
    op: 'matVec',
    shapes: [[3, 2], [5]],
    patterns: [/^matVec: inner sizes differ: 3×2 and 5\. A must have as many columns as x has elements/],
    apply: () => matVec(m32, wrong(zeros(5))),
  },
  {
    title: 'matMul with the wrong inner size',
    op: 'matMul',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    patterns: [/^matMul: inner sizes differ: 2×3 and 2×3\. Did you mean \{ transposeB: true \}\?/],
    apply: () => matMul(m23, wrong(m23)),
  },
  {
    title: 'dot',
    op: 'dot',
    shapes: [
      [2, 3],
      [3, 2],
    ],
    patterns: [/^dot: shapes differ: 2×3 and 3×2\. Give two tensors of the same shape/],
    apply: () => dot(m23, wrong(m32)),
  },
  {
    title: 'squaredError',
    op: 'sub',
    shapes: [[2], [3]],
    patterns: [/shapes differ: 2 and 3/],
    apply: () => squaredError(v2, wrong(v3)),
  },
  {
    title: 'softmaxCrossEntropy',
    op: 'softmaxCrossEntropy',
    shapes: [[2], [3]],
    patterns: [/^softmaxCrossEntropy: shapes differ: 2 and 3\. The target has one number for each logit/],
    apply: () => softmaxCrossEntropy(v2, wrong(v3)),
  },
  {
    title: 'check',
    op: 'check',
    shapes: [[2], [3]],
    patterns: [/^check: the tensor has another shape than expected: 2 and 3\./],
    apply: () => check(v2, [3]),
  },
]

describe('ShapeMismatchError', () => {
  test.each(mismatches)('$title', ({ op, shapes, patterns, apply }) => {
    for (const place of [apply, inRun(apply), inNestedRun(apply)]) {
      const error = expectFailure(place, ShapeMismatchError, ...patterns)
      if (op !== 'sub') expect(error.op).toBe(op)
      expect(error.shapes).toEqual(shapes)
    }
  })

  test('of a method names it', () => {
    const f = (x: Var<Vector>): Var<Vector> => x.mul(wrong(v3))
    expectFailure(() => gradBP(f)(v2), ShapeMismatchError, /^mul: shapes differ: 2 and 3/)
  })
})

/** The same inside a run, after records have been made. */
function inRun(apply: () => unknown): () => unknown {
  return () =>
    evalBP((x: Var<number>) => {
      const y = x.mul(x)
      apply()
      return y
    })(3)
}

function inNestedRun(apply: () => unknown): () => unknown {
  return () =>
    gradBP((x: Var<Vector>) => {
      const g = gradBP((y: Var<Vector>) => {
        const z = dot(y, x)
        apply()
        return z
      })(x)
      return dot(g, x)
    })(v2)
}

interface WrongRank {
  readonly title: string
  readonly op: string
  readonly shape: readonly number[]
  readonly pattern: RegExp
  readonly apply: () => unknown
}

const ranks: readonly WrongRank[] = [
  {
    title: 'a vector for a matrix',
    op: 'matVec',
    shape: [2],
    pattern: /^matVec: operand 1 must be a matrix \(rank 2\), but has shape 2 \(rank 1\)\. Make one with matrix/,
    apply: () => matVec(wrong(v2), v2),
  },
  {
    title: 'a matrix for a vector',
    op: 'matVec',
    shape: [3, 2],
    pattern: /^matVec: operand 2 must be a vector \(rank 1\), but has shape 3×2 \(rank 2\)\. .*use matMul/,
    apply: () => matVec(m23, wrong(m32)),
  },
  {
    title: 'a number in matMul',
    op: 'matMul',
    shape: [],
    pattern: /^matMul: operand 2 must be a matrix \(rank 2\), but has shape scalar \(rank 0\)\./,
    apply: () => matMul(m23, wrong(3)),
  },
  {
    title: 'a matrix in outer',
    op: 'outer',
    shape: [2, 3],
    pattern: /^outer: operand 1 must be a vector/,
    apply: () => outer(wrong(m23), v2),
  },
  {
    title: 'a number in softmax',
    op: 'softmax',
    shape: [],
    pattern: /^softmax: operand 1 must be a vector or a matrix, but has shape scalar \(rank 0\)\. A single number/,
    apply: () => softmax(wrong(3)),
  },
  {
    title: 'rank 3 in logSumExp',
    op: 'logSumExp',
    shape: [2, 3, 2],
    pattern: /^logSumExp: operand 1 must be a vector or a matrix, but has shape 2×3×2 \(rank 3\)/,
    apply: () => logSumExp(wrong(cube)),
  },
  {
    title: 'a number as the target of softmaxCrossEntropy',
    op: 'softmaxCrossEntropy',
    shape: [],
    pattern: /^softmaxCrossEntropy: operand 2 must be a vector or a matrix/,
    apply: () => softmaxCrossEntropy(v2, wrong(1)),
  },
]

describe('RankError', () => {
  test.each(ranks)('$title', ({ op, shape, pattern, apply }) => {
    for (const place of [apply, inRun(apply), inNestedRun(apply)]) {
      const error = expectFailure(place, RankError, pattern)
      expect([error.op, error.shape]).toEqual([op, shape])
    }
  })
})

describe('elements that are no numbers', () => {
  test.each([
    ['rows', () => vector([[1, 2], [3]] as never), /^vector: the values are rows\. .*rows\.flat\(\)/],
    ['rows without sizes', () => matrix([[1, 2]] as never, undefined as never, 2), /^matrix: the values are rows/],
    ['a row further on', () => vector([1, [2]] as never), /^vector: element 1 is an array, .*rows\.flat\(\)/],
    ['a text', () => matrix([1, '2'] as never, 1, 2), /^matrix: element 1 is the string '2'/],
    ['a hole', () => vector([1, , 3] as never), /^vector: element 1 is undefined/], // eslint-disable-line no-sparse-arrays
    ['a bigint', () => vector([1n] as never), /element 0 is the bigint 1n/],
  ] as const)('%s', (_title, body, pattern) => {
    expectFailure(body, UsageError, pattern)
  })

  test('other typed arrays are converted', () => {
    expect(vector(Float32Array.of(0.5, 2)).toArray()).toEqual([0.5, 2])
    expect(vector(Int8Array.of(-1)).toArray()).toEqual([-1])
  })
})

describe('SizeError', () => {
  test.each([
    ['too few numbers', () => matrix([1, 2, 3], 2, 2), /^matrix: 2×2 needs 4 numbers, but 3 were given\. Give/],
    ['too many', () => vector([1, 2, 3], 2), /^vector: 2 needs 2 numbers, but 3 were given/],
    ['a negative size', () => zeros(2, -1), /^zeros: -1 is no size\. Give a whole number, 0 or more/],
    ['a fraction', () => matrix([], 0.5, 0), /^matrix: 0\.5 is no size/],
    ['NaN', () => vector([], NaN), /^vector: NaN is no size/],
    ['no size at all', () => zeros(), /^zeros: no size was given/],
    ['an index outside', () => v3.at(3), /^at: index 3 is outside 0 … 2/],
    ['too few indices', () => m23.at(1), /^at: 1 indices for shape 2×3\. Give one index a dimension/],
  ] as const)('%s', (_title, body, pattern) => {
    expectFailure(body, SizeError, pattern)
  })
})

test('shapes that fit are no errors: a number with anything, equal shapes of any rank', () => {
  expect(sum(add(cube, cube).mul(2)).value).toBe(0)
  expect(sum(add(3, cube)).value).toBe(36)
})
