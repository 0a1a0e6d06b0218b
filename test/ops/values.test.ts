/** Known values, and the graphs at which the references went wrong. */
import {
  abs,
  backprop,
  constVar,
  dot,
  eq,
  evalBP,
  exp,
  ge,
  gradBP,
  gt,
  le,
  log,
  lt,
  matVec,
  matrix,
  sqrt,
  sum,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
  UsageError,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose } from '../support/plain.ts'

/** z = x·√y, then z + xʸ. */
function known(x: Var<number>, y: Var<number>): Var<number> {
  const z = x.mul(y.sqrt())
  return z.add(x.pow(y))
}

describe('known values', () => {
  test('z = x·√y; z + x ** y at (2, 3)', () => {
    expect(backprop(known)(2, 3)).toEqual([11.464101615137753, [13.732050807568877, 6.1225277136691885]])
  })

  test('√ alone at 4 has the derivative 0.25', () => {
    expect(gradBP((x: Var<number>) => sqrt(x))(4)).toBe(0.25)
    expect(gradBP((x: Var<Vector>) => sqrt(x))(vector([4, 16])).toArray()).toEqual([0.25, 0.125])
  })

  test('x ↦ x has the derivative one', () => {
    expect(backprop((x: Var<number>) => x)(7)).toEqual([7, 1])
    expect(gradBP((x: Var<Vector>) => x)(vector([7, 8])).toArray()).toEqual([1, 1])
    expect(gradBP((x: Var<Matrix<2, 1>>) => x)(matrix([7, 8], 2, 1)).toArray()).toEqual([[1], [1]])
  })

  test('a linear function has the derivative of its matrix', () => {
    const a = matrix([1, 2, 3, 4, 5, 6], 2, 3)
    const gradient = gradBP((x: Var<Vector<3>>) => matVec(a, x))(vector([0, 0, 0], 3))
    expect(gradient.toArray()).toEqual([5, 7, 9])
  })

  test('the derivatives of exp, to the fifth', () => {
    let f = (x: Var<number>): Var<number> => exp(x)
    for (let order = 1; order <= 5; order++) {
      const inner = f
      f = x => gradBP(inner)(x)
      expectClose(evalBP(f)(0.7), Math.exp(0.7), 1e-15)
    }
  })

  test('the Hessian of the known function', () => {
    const row = (i: 0 | 1): readonly number[] =>
      gradBP((x: Var<number>, y: Var<number>) => gradBP(known)(x, y)[i])(2, 3)
    const mixed = 1 / (2 * Math.sqrt(3)) + 4 * (1 + 3 * Math.log(2))
    expectClose([row(0), row(1)], [12, mixed, mixed, -2 / (4 * 3 ** 1.5) + 8 * Math.log(2) ** 2], 1e-14)
  })
})

describe('unused inputs and constants', () => {
  test('an unused number, vector, matrix and structure have zero gradients', () => {
    type Unused = { a: number; b: Vector; c: Matrix<2, 1>; d: [number, Vector] }
    const point: Unused = { a: 1, b: vector([1, 2]), c: matrix([1, 2], 2, 1), d: [3, vector([4])] }
    const gradient = gradBP((x: Var<number>, _unused: BVar<Unused>) => x.mul(x))(3, point)
    expect(gradient[0]).toBe(6)
    expect(gradient[1].a).toBe(0)
    expect(gradient[1].b.toArray()).toEqual([0, 0])
    expect(gradient[1].c.toArray()).toEqual([[0], [0]])
    expect(gradient[1].d[0]).toBe(0)
    expect(gradient[1].d[1].toArray()).toEqual([0])
  })

  test('a constant result has zero gradients', () => {
    expect(backprop((_x: Var<number>) => constVar(5))(3)).toEqual([5, 0])
    expect(gradBP((_x: Var<Vector>) => constVar(vector([5, 6])))(vector([1, 2, 3])).toArray()).toEqual([0, 0, 0])
  })

  test('a result made of constants inside the run has zero gradients', () => {
    expect(backprop((_x: Var<number>) => constVar(5).mul(2).exp())(3)).toEqual([Math.exp(10), 0])
  })

  test('a constant has no cotangent: x·5', () => {
    expect(gradBP((x: Var<number>) => x.mul(constVar(5)))(3)).toBe(5)
  })
})

/** Adds records that nothing uses, in values or derivatives infinite or NaN. */
function dead(x: Var<number>): void {
  sqrt(x.mul(0))
  log(x.mul(0))
  x.div(0)
  x.mul(Infinity).sub(Infinity)
  exp(x.mul(1e308))
}

describe('dead code', () => {
  const cases: readonly (readonly [string, (x: Var<number>, y: Var<number>) => Var<number>])[] = [
    [
      'before the result',
      (x, y) => {
        dead(x)
        return known(x, y)
      },
    ],
    [
      'after the result',
      (x, y) => {
        const result = known(x, y)
        dead(x)
        dead(result)
        return result
      },
    ],
    [
      'between its parts',
      (x, y) => {
        const z = x.mul(y.sqrt())
        dead(z)
        const power = x.pow(y)
        dead(power)
        return z.add(power)
      },
    ],
  ]

  test.each(cases)('%s changes nothing', (_title, f) => {
    expect(backprop(f)(2, 3)).toEqual(backprop(known)(2, 3))
  })

  test.each(cases)('%s changes nothing in the second order', (_title, f) => {
    const second = (g: typeof f): unknown => gradBP((x: Var<number>, y: Var<number>) => gradBP(g)(x, y))(2, 3)
    expect(second(f)).toEqual(second(known))
  })

  test('of tensors changes nothing either', () => {
    const gradient = gradBP((x: Var<Vector>) => {
      sqrt(x.mul(0))
      const result = dot(x, x)
      log(abs(x).mul(0))
      sum(x.div(0))
      return result
    })(vector([1, -2, 3]))
    expect(gradient.toArray()).toEqual([2, -4, 6])
  })
})

describe('comparisons', () => {
  test('compare values, as functions and as methods, with numbers and variables', () => {
    evalBP((x: Var<number>, y: Var<number>) => {
      expect([lt(x, y), le(x, y), gt(x, y), ge(x, y), eq(x, y)]).toEqual([true, true, false, false, false])
      expect([x.lt(y), x.le(y), x.gt(y), x.ge(y), x.eq(y)]).toEqual([true, true, false, false, false])
      expect([lt(x, 2), le(x, 2), gt(x, 2), ge(x, 2), eq(x, 2)]).toEqual([false, true, false, true, true])
      expect([x.lt(2), x.le(2), x.gt(2), x.ge(2), x.eq(2)]).toEqual([false, true, false, true, true])
      expect([lt(1, y), lt(1, 2), eq(3, y)]).toEqual([true, true, true])
      return x
    })(2, 3)
  })

  test('are of numbers: a tensor is refused', () => {
    const v = vector([1, 2])
    for (const compare of [lt, le, gt, ge, eq]) {
      expectFailure(
        () => evalBP((x: Var<Vector>) => (compare(x as never, 1) ? x : x))(v),
        UsageError,
        /a Tensor<2> stands/,
      )
      expectFailure(() => evalBP((x: Var<number>) => (compare(x, v as never) ? x : x))(1), UsageError)
    }
    for (const name of ['lt', 'le', 'gt', 'ge', 'eq'] as const) {
      const compare = (x: Var<Vector>): boolean => (x as unknown as Var<number>)[name](1)
      expectFailure(() => evalBP((x: Var<Vector>) => (compare(x) ? x : x))(v), UsageError, /max, min or abs/)
    }
  })

  test('with NaN every comparison is false', () => {
    evalBP((x: Var<number>) => {
      expect([x.lt(1), x.le(1), x.gt(1), x.ge(1), x.eq(x)]).toEqual([false, false, false, false, false])
      return x
    })(NaN)
  })

  test('a loop and a branch on values differentiate what was done', () => {
    const newton = (a: Var<number>): Var<number> => {
      let x = a
      while (gt(abs(x.mul(x).sub(a)), 1e-14)) x = x.add(a.div(x)).div(2)
      return x.lt(2) ? x : x.neg()
    }
    expectClose(backprop(newton)(2), [Math.SQRT2, 1 / (2 * Math.SQRT2)], 1e-12)
    expectClose(backprop(newton)(9), [-3, -1 / 6], 1e-12)
  })
})
