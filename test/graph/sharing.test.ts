/** Values used many times, constants, and graphs that are long. */
import {
  backprop,
  backpropWith,
  constVar,
  dot,
  evalBP,
  exp,
  gradBP,
  logistic,
  matMul,
  matrix,
  matVec,
  outer,
  softmax,
  sum,
  vector,
  type Leaf,
  type Matrix,
  type Shape,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { checkSecondOrder, checkThirdOrder, type Vars } from '../support/differences.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { expectClose, flat, randomLike, randomVector } from '../support/plain.ts'
import { seeded } from '../support/random.ts'
import { tapeLevel } from '../support/tape.ts'

describe('fan-out', () => {
  test('a number used 1000 times', () => {
    const f = (x: Var<number>): Var<number> => {
      let total = x
      for (let i = 1; i < 1000; i++) total = total.add(x.mul(i))
      return total.mul(x)
    }
    const slope = 1 + (999 * 1000) / 2
    expect(backprop(f)(3)).toEqual([9 * slope, 6 * slope])
    expect(gradBP((x: Var<number>) => gradBP(f)(x))(3)).toBe(2 * slope)
  })

  test('a vector used 1000 times, by ops that add and ops that hand on', () => {
    const f = (x: Var<Vector>): Var<number> => {
      let total = x
      for (let i = 0; i < 500; i++) total = total.add(x).add(x.mul(0.5))
      return dot(total, x)
    }
    const factor = 1 + 500 * 1.5
    const x = vector([1, -2, 3])
    expectClose(gradBP(f)(x), [2 * factor, -4 * factor, 6 * factor], 1e-13)
    const second = gradBP((y: Var<Vector>) => dot(gradBP(f)(y), vector([1, 10, 100])))(x)
    expectClose(second, [2 * factor, 20 * factor, 200 * factor], 1e-13)
  })

  test('a matrix used by 100 products', () => {
    const v = vector([1, 2], 2)
    const f = (a: Var<Matrix<2, 2>>): Var<number> => {
      let total = dot(matVec(a, v), v)
      for (let i = 1; i < 100; i++) total = total.add(dot(matVec(a, v), v))
      return total
    }
    expect(gradBP(f)(matrix([1, 2, 3, 4], 2, 2)).toArray()).toEqual([
      [100, 200],
      [200, 400],
    ])
  })
})

/** May both operands be the same? */
function hasEqual([a, b]: readonly Shape[]): boolean {
  return a.join() === b.join()
}

const twoOperands = operations
  // A matrix times itself as a vector there is not.
  .filter(({ name, domains, cases }) => domains.length === 2 && name !== 'matVec' && cases.some(hasEqual))
  .map(operation => ({ operation, title: titleOf(operation) }))

describe.each(twoOperands)('the same value as both operands: $title', ({ operation }) => {
  const same = operation.cases.filter(([a, b]) => JSON.stringify(a) === JSON.stringify(b) && a.every(n => n < 20))
  const square = ([x]: Vars): Var<Leaf> => operation.apply([x, x])

  test(
    'the gradient is the sum of both',
    seeded(random => {
      for (const shapes of same) {
        const [x] = operandsOf(operation, shapes, random)
        const [value, pullback] = backpropWith(square)([x])
        const cotangent = randomLike(value, random)
        const [left, right] = backpropWith(operation.apply)([x, x])[1](cotangent).map(flat)
        expectClose(
          pullback(cotangent),
          left.map((g, i) => g + right[i]),
          1e-13,
        )
      }
      expect(same.length).toBeGreaterThan(0)
    }),
  )

  test(
    'second and third order by differences',
    seeded(random => {
      for (const shapes of same) {
        const x = operandsOf(operation, shapes, random).slice(0, 1)
        checkSecondOrder(square, x, random)
        checkThirdOrder(square, x, random)
      }
    }),
  )
})

describe('constants', () => {
  test('ops on constants only add no record', () => {
    evalBP((x: Var<number>) => {
      const before = tapeLevel().records
      const c = constVar(2).add(3).mul(constVar(4)).exp().pow(2)
      const v = constVar(vector([1, 2, 3]))
      const s = dot(softmax(v.mul(c).add(1)), v)
      matVec(outer(v, v), v)
      matMul(constVar(matrix([1, 2], 2, 1)), matrix([3], 1, 1))
      expect(s.value).toBeGreaterThan(0)
      expect(tapeLevel().records).toBe(before)
      return x.mul(s)
    })(1)
  })

  test('plain operands and constants add no record of their own', () => {
    evalBP((x: Var<number>) => {
      const before = tapeLevel().records
      const y = x.add(1).mul(constVar(2))
      expect(tapeLevel().records).toBe(before + 2)
      const z = dot(y.mul(vector([1, 2])), vector([3, 4]))
      expect(tapeLevel().records).toBe(before + 4)
      return z
    })(1)
  })

  test('arguments that are data are constants: ops on them add no record', () => {
    gradBP(
      (x: Var<number>, data: Var<Vector>) => {
        const before = tapeLevel().records
        const scale = sum(data.mul(data))
        expect(tapeLevel().records).toBe(before)
        return x.mul(scale)
      },
      { wrt: 0 },
    )(3, vector([1, 2]))
  })

  test('are the same wherever they were made: outside, in an outer run, in this one', () => {
    const outside = constVar(vector([1, 2]))
    const f = (x: Var<Vector>): Var<number> => {
      const here = constVar(vector([1, 2]))
      const nested = gradBP((y: Var<Vector>) => dot(y.mul(y), outside.mul(here)))(x)
      return dot(nested, outside).add(dot(nested, here))
    }
    // nested = 2x·c², so that the gradient is 4c³.
    expect(gradBP(f)(vector([5, 6])).toArray()).toEqual([4, 32])
    expect(gradBP(f)(vector([5, 6])).toArray()).toEqual([4, 32])
  })

  test('can be computed with outside any run', () => {
    expect(constVar(2).add(3).value).toBe(5)
    expect(constVar(2).add(constVar(3)).sqrt().value).toBe(Math.sqrt(5))
    expect(exp(constVar(vector([0, 0]))).value.toArray()).toEqual([1, 1])
    expect(
      constVar(vector([1, 2]))
        .mul(3)
        .add(constVar(1))
        .value.toArray(),
    ).toEqual([4, 7])
  })

  test('a constant of a structure is a structure of constants', () => {
    const c = constVar({ a: 2, b: [vector([1, 2])], tag: 'x' })
    expect(gradBP((x: Var<number>) => x.mul(c.a).add(sum(c.b[0].mul(x))))(3)).toBe(5)
    expect(c.tag).toBe('x')
  })
})

describe('long graphs', () => {
  test('a chain of 1,000,000 records', () => {
    const links = 1_000_000
    const f = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 0; i < links / 2; i++) y = y.mul(1.000001).sub(0.000001)
      return y
    }
    const slope = 1.000001 ** (links / 2)
    const [value, gradient] = backprop(f)(3)
    expectClose([value, gradient], [2 * slope + 1, slope], 1e-8)
  })

  test('a chain of 100,000 records, differentiated twice', () => {
    const f = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 0; i < 100_000; i++) y = y.mul(0.9999).add(x.mul(y).mul(1e-6))
      return y
    }
    const second = gradBP((x: Var<number>) => gradBP(f)(x))(0.5)
    const h = 1e-4
    expectClose(second, (gradBP(f)(0.5 + h) - gradBP(f)(0.5 - h)) / (2 * h), 1e-6)
  })

  test(
    'a chain of 20,000 tensor records',
    seeded(random => {
      const x = randomVector(65, random)
      const f = (v: Var<Vector>): Var<Vector> => {
        let y = v
        for (let i = 0; i < 10_000; i++) y = logistic(y).add(v)
        return y
      }
      // The chain reaches its fixed point y = σ(y) + x, whose derivative is 1/(1 − σ′(y)).
      const [y, gradient] = backprop(f)(x)
      const slopes = flat(y).map((yi, i) => {
        const s = yi - x.data[i]
        return 1 / (1 - s * (1 - s))
      })
      expectClose(gradient, slopes, 1e-12)
    }),
  )

  test('a tensor larger than the first chunk of the arena', () => {
    const n = 300_000
    const x = vector(Float64Array.from({ length: n }, (_, i) => i / n))
    const gradient = gradBP((v: Var<Vector>) => dot(v.mul(v), exp(v)))(x)
    for (const i of [0, 1, 150_001, n - 1]) {
      const xi = x.data[i]
      expectClose(gradient.data[i], (2 * xi + xi * xi) * Math.exp(xi), 1e-14)
    }
  })
})
