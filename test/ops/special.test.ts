/** The special functions: derivatives of order two and more where the chain rule alone would lose digits, and conventions. */
import {
  backprop,
  ceil,
  clamp,
  constVar,
  digamma,
  erf,
  erfc,
  evalBP,
  floor,
  gradBP,
  hypot,
  inverf,
  inverfc,
  invnormcdf,
  lgamma,
  log1mExp,
  matrix,
  normcdf,
  polygamma,
  round,
  sum,
  UsageError,
  vector,
  vector32,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { toNumber } from '../kernels/exact.ts'
import {
  exactGaussian,
  exactInverf,
  exactInverfc,
  exactInverfcSlope,
  exactInverfSlope,
  exactInvNormCdf,
  exactPolygamma,
} from '../kernels/exactSpecial.ts'
import { expectFailure } from '../support/failures.ts'

type Scalar = (x: Var<number>) => Var<number>

/** The derivative of that order, by nesting; of a number, and of a vector of three whose sum is differentiated. */
function derivative(f: Scalar, order: number): (x: number) => number {
  const nested = (n: number): Scalar => (n === 0 ? f : x => gradBP(nested(n - 1))(x))
  return order === 0 ? evalBP(f) : gradBP(nested(order - 1))
}

function derivativeOfTensor(f: (x: Var<Vector>) => Var<Vector>, order: number): (x: number) => number {
  const nested = (n: number): ((x: Var<Vector>) => Var<Vector>) =>
    n === 0 ? f : x => gradBP((y: Var<Vector>) => sum(nested(n - 1)(y)))(x)
  return x => evalBP(nested(order))(vector([x, x, x])).at(2)
}

/** Within a few roundings of the largest term of the truth. */
function expectNear(actual: number, expected: number, size = Math.abs(expected), what = ''): void {
  if (!Number.isFinite(expected)) expect(actual, what).toBe(expected)
  else expect(Math.abs(actual - expected), what).toBeLessThanOrEqual(40 * 2 ** -53 * size + 5e-323)
}

/** Hₙ(x) by Hermite's recurrence, and the sum of its terms' magnitudes: the n-th derivative of e^(−s·x²) is Hₙ times it. */
function hermite(n: number, x: number, s: number): { value: number; size: number } {
  let [before, value] = [0, 1]
  let [sizeBefore, size] = [0, 1]
  for (let k = 0; k < n; k++) {
    ;[before, value] = [value, -2 * s * (x * value + k * before)]
    ;[sizeBefore, size] = [size, 2 * s * (Math.abs(x) * size + k * sizeBefore)]
  }
  return { value, size }
}

describe('erf, erfc and normcdf', () => {
  const families = [
    { f: erf, factor: 2 / Math.sqrt(Math.PI), half: false },
    { f: erfc, factor: -2 / Math.sqrt(Math.PI), half: false },
    { f: normcdf, factor: 1 / Math.sqrt(2 * Math.PI), half: true },
  ]

  test.each([1, 2, 3, 4, 5])('derivative of order %i, far out as well', order => {
    for (const { f, factor, half } of families) {
      for (const x of [0, 0.3, -1.7, 5, -12.5, 20.1, 26, half ? 37 : -26.4]) {
        const { value, size } = hermite(order - 1, x, half ? 0.5 : 1)
        const scale = factor * toNumber(exactGaussian(x, half))
        for (const d of [derivative(f<number>, order), derivativeOfTensor(f<Vector>, order)]) {
          expectNear(d(x), scale * value, Math.abs(scale * size), `${f.name} at ${x}`)
        }
      }
    }
  })

  test('at ±∞ all derivatives are 0', () => {
    for (const { f } of families) {
      for (const order of [1, 2, 3, 4]) {
        for (const x of [Infinity, -Infinity, 1e300, -60]) {
          expect(Math.abs(derivative(f<number>, order)(x))).toBe(0)
          expect(Math.abs(derivativeOfTensor(f<Vector>, order)(x))).toBe(0)
        }
        expect(derivative(f<number>, order)(NaN)).toBe(NaN)
      }
    }
  })
})

describe('inverf, inverfc and invnormcdf', () => {
  /** Second and third derivative of y with y″ = c·y·y′². */
  const higher = (c: number, y: number, slope: number): readonly number[] => [
    c * y * slope * slope,
    c * slope ** 3 * (1 + 2 * c * y * y),
  ]
  const families = [
    {
      f: inverf,
      c: 2,
      y: exactInverf,
      slope: (z: number): number => toNumber(exactInverfSlope(z)),
      points: [0.2, -0.6, 0.74, 0.76, -0.95, 1 - 1e-10],
    },
    {
      f: inverfc,
      c: 2,
      y: exactInverfc,
      slope: (p: number): number => -toNumber(exactInverfcSlope(p)),
      points: [0.2, 0.6, 1.1, 1.9, 0.3, 1e-3, 1e-20, 1e-100],
    },
    {
      f: invnormcdf,
      c: 1,
      y: exactInvNormCdf,
      slope: (p: number): number => 2 * Math.SQRT2 * toNumber(exactInverfcSlope(2 * Math.min(p, 1 - p))),
      points: [0.1, 0.45, 0.8, 0.999, 1e-3, 1e-20, 1e-100],
    },
  ]

  test('derivatives of order two and three, near the ends as well', () => {
    for (const { f, c, y, slope, points } of families) {
      for (const x of points) {
        const [second, third] = higher(c, toNumber(y(x)), slope(x))
        for (const make of [
          (order: number) => derivative(f<number>, order),
          (order: number) => derivativeOfTensor(f<Vector>, order),
        ]) {
          expectNear(make(1)(x), slope(x))
          expectNear(make(2)(x), second, Math.abs(second), `${f.name} at ${x}`)
          expectNear(make(3)(x), third, Math.abs(third), `${f.name} at ${x}`)
        }
      }
    }
  })

  test('are the inverses, to the derivative', () => {
    for (const x of [-3, -0.4, 0.1, 2.5]) {
      expect(evalBP((v: Var<number>) => inverf(erf(v)))(x)).toBeCloseTo(x, 10)
      expect(gradBP((v: Var<number>) => inverfc(erfc(v)))(x)).toBeCloseTo(1, 10)
      expect(gradBP((v: Var<number>) => invnormcdf(normcdf(v)))(x)).toBeCloseTo(1, 10)
    }
  })

  test('the ends: infinite with infinite derivatives, NaN outside', () => {
    const ends = [
      [inverf, -1, -Infinity, Infinity],
      [inverf, 1, Infinity, Infinity],
      [inverfc, 0, Infinity, -Infinity],
      [inverfc, 2, -Infinity, -Infinity],
      [invnormcdf, 0, -Infinity, Infinity],
      [invnormcdf, 1, Infinity, Infinity],
    ] as const
    for (const [f, x, value, slope] of ends) {
      expect(backprop((v: Var<number>) => f(v))(x)).toEqual([value, slope])
      expect(derivative(f<number>, 2)(x)).toBe(value)
    }
    expect([inverf(1.1), inverfc(-1e-300), inverfc(2.1), invnormcdf(-0.1), invnormcdf(2)].map(y => y.value)).toEqual(
      Array(5).fill(NaN),
    )
  })
})

describe('lgamma and its derivatives', () => {
  test.each([1, 2, 3, 4, 5])('derivative of order %i', order => {
    for (const x of [0.3, 1, 1.4616321449683622, 2, 7.7, 55, 1e-5, 1e8]) {
      const expected = toNumber(exactPolygamma(order - 1, x))
      const size = Math.max(Math.abs(expected), order === 1 ? 2 ** -40 : 0)
      for (const d of [derivative(lgamma<number>, order), derivativeOfTensor(lgamma<Vector>, order)]) {
        expectNear(d(x), expected, size, `at ${x}`)
      }
      expect(polygamma(order - 1, x).value).toBe(derivative(lgamma<number>, order)(x))
    }
    for (const x of [-0.3, -1.5, -2.7, -20.2]) {
      const expected = toNumber(exactPolygamma(order - 1, x))
      const size = Math.max(Math.abs(expected), Math.abs(toNumber(exactPolygamma(order - 1, 1 - x))))
      expectNear(derivative(lgamma<number>, order)(x), expected, size, `at ${x}`)
    }
  })

  test('known values', () => {
    expect([1, 2].map(x => lgamma(x).value)).toEqual([0, 0])
    expect(lgamma(101).value).toBeCloseTo(363.7393755555635, 12)
    expect(lgamma(-0.5).value).toBeCloseTo(Math.log(2 * Math.sqrt(Math.PI)), 14)
    expect(digamma(1).value).toBeCloseTo(-0.57721566490153287, 15)
    expect(polygamma(1, 1).value).toBeCloseTo(Math.PI ** 2 / 6, 14)
    expect(polygamma(3, 0.5).value).toBeCloseTo(Math.PI ** 4, 11)
    expect(digamma(1.4616321449683622).value).toBeCloseTo(0, 15)
  })

  test('the poles', () => {
    for (const x of [0, -0, -1, -2, -1e300, Infinity, -Infinity]) expect(lgamma(x).value).toBe(Infinity)
    expect([0, -0, -1, Infinity, -Infinity].map(x => digamma(x).value)).toEqual([
      -Infinity,
      Infinity,
      NaN,
      Infinity,
      NaN,
    ])
    expect([0, -0, -1, Infinity, -Infinity].map(x => polygamma(1, x).value)).toEqual([
      Infinity,
      Infinity,
      Infinity,
      0,
      NaN,
    ])
    expect([0, -0, -1, Infinity].map(x => polygamma(2, x).value)).toEqual([-Infinity, Infinity, NaN, -0])
  })

  test('an order that is none is refused', () => {
    for (const n of [-1, 0.5, 100, NaN]) {
      expectFailure(() => evalBP((x: Var<number>) => polygamma(n, x))(1), UsageError, /^polygamma: the order is/)
    }
  })
})

describe('log1mExp', () => {
  test('keeps all digits at both ends, in derivatives as well', () => {
    for (const x of [-1e-300, -1e-10, -0.1, -0.7, -3, -50, -700]) {
      const s = -1 / Math.expm1(-x)
      const expected = [
        x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x)),
        s,
        s * (1 - s),
        s * (1 - s) * (1 - 2 * s),
      ]
      expected.forEach((value, order) => {
        expectNear(derivative(log1mExp<number>, order)(x), value, Math.abs(value), `order ${order} at ${x}`)
      })
    }
    for (const order of [0, 1, 2, 3]) expect(derivative(log1mExp<number>, order)(-Infinity)).toBe(-0)
  })
})

describe('steps', () => {
  test('round takes the even one of two, floor and ceil the neighbour, on vectors of both types', () => {
    const x = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6]
    expect(round(vector(x)).value.toArray()).toEqual([0, 2, 2, -0, -2, 2, -3])
    expect(round(vector32(x)).value.toArray()).toEqual([0, 2, 2, -0, -2, 2, -3])
    expect(floor(vector(x)).value.toArray()).toEqual([0, 1, 2, -1, -2, 2, -3])
    expect(ceil(vector(x)).value.toArray()).toEqual([1, 2, 3, -0, -1, 3, -2])
    expect(round(2 ** 53 + 2).value).toBe(2 ** 53 + 2)
  })

  test('no derivative, to every order, and none passes through', () => {
    for (const f of [floor, ceil, round]) {
      expect(gradBP((x: Var<number>) => f(x).mul(x))(1.5)).toBe(f(1.5).value)
      expect(derivative(f<number>, 2)(1)).toBe(0)
      expect(gradBP((x: Var<Matrix>) => sum(f(x)))(matrix([1, 2.5], 1, 2)).toArray()).toEqual([[0, 0]])
    }
  })
})

describe('clamp', () => {
  test('1 between the bounds, half at one, 0 outside, second derivative 0', () => {
    const f = (x: Var<Vector>): Var<Vector> => clamp(x, -1, 2)
    const [value, gradient] = backprop(f)(vector([-3, -1, 0, 2, 3, Infinity, -Infinity]))
    expect(value.toArray()).toEqual([-1, -1, 0, 2, 2, 2, -1])
    expect(gradient.toArray()).toEqual([0, 0.5, 1, 0.5, 0, 0, 0])
    expect(derivative(x => clamp(x, -1, 2).mul(x), 2)(0.5)).toBe(2)
    expect(backprop((x: Var<number>) => clamp(x, -1, 2))(NaN)).toEqual([NaN, NaN])
  })

  test('equal bounds leave no slope, infinite ones do nothing', () => {
    expect([0, 1, 2].map(x => backprop((v: Var<number>) => clamp(v, 1, 1))(x))).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ])
    expect(backprop((v: Var<number>) => clamp(v, -Infinity, Infinity))(7)).toEqual([7, 1])
    expect(clamp(vector32([0.1, 0.9]), 0.2, 0.8).value.toArray()).toEqual([0.2, 0.8].map(Math.fround))
  })

  test('bounds in the wrong order, and NaN, are refused', () => {
    for (const [lo, hi] of [
      [1, 0],
      [NaN, 1],
      [0, NaN],
    ] as const) {
      expectFailure(() => evalBP((x: Var<number>) => clamp(x, lo, hi))(1), UsageError, /^clamp: the bounds are/)
    }
  })
})

test('hypot does not overflow, and its gradient has length 1', () => {
  expect(hypot(3e200, 4e200).value / 5e200).toBeCloseTo(1, 15)
  expect(hypot(constVar(Infinity), NaN).value).toBe(Infinity)
  expect(gradBP((x: Var<number>, y: Var<number>) => hypot(x, y))(3e-200, 4e-200)).toEqual([
    expect.closeTo(0.6, 15),
    expect.closeTo(0.8, 15),
  ])
  expect(gradBP((x: Var<number>, y: Var<number>) => hypot(x, y))(0, 0)).toEqual([NaN, NaN])
})
