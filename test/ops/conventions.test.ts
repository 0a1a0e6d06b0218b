/** The conventions at special points, by name and to the bit where that is promised. */
import {
  abs,
  asinh,
  backprop,
  dot,
  evalBP,
  expm1,
  gradBP,
  log,
  log1p,
  logistic,
  matMul,
  matrix,
  matVec,
  max,
  maximum,
  min,
  minimum,
  outer,
  pow,
  product,
  sign,
  sqrt,
  squaredError,
  sum,
  tanh,
  vector,
  zeros,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { flat } from '../support/plain.ts'

const slopeOf = (f: (x: Var<number>) => Var<number>): ((x: number) => number) => gradBP(f)
const curvatureOf = (f: (x: Var<number>) => Var<number>): ((x: number) => number) =>
  gradBP((x: Var<number>) => gradBP(f)(x))

describe('powers', () => {
  test('x ** 2 is differentiated at 0 and below, to every order, by no logarithm', () => {
    const square = (x: Var<number>): Var<number> => x.pow(2)
    for (const x of [0, -0, -3, 5, -1e-200]) {
      expect(slopeOf(square)(x)).toBe(2 * x)
      expect(curvatureOf(square)(x)).toBe(2)
      expect(gradBP((y: Var<number>) => gradBP((z: Var<number>) => gradBP(square)(z))(y))(x)).toBe(0)
    }
  })

  test('x ** 2 of a vector with zeros and negative numbers', () => {
    const gradient = gradBP((x: Var<Vector>) => sum(pow(x, 2)))(vector([-2, 0, 3]))
    expect(gradient.toArray()).toEqual([-4, 0, 6])
  })

  test('integer exponents at negative bases', () => {
    expect(backprop((x: Var<number>) => x.pow(3))(-2)).toEqual([-8, 12])
    expect(backprop((x: Var<number>) => x.pow(-1))(-2)).toEqual([-0.5, -0.25])
    expect(curvatureOf(x => x.pow(3))(-2)).toBe(-12)
  })

  test('x ** 0 is 1 with derivative 0 by x, also at 0, ∞ and NaN', () => {
    for (const x of [0, -0, 1, -5, Infinity, -Infinity, NaN]) {
      expect(backprop((v: Var<number>) => v.pow(0))(x)).toEqual([1, 0])
    }
  })

  test('0 ** y has derivative 0 by y for y > 0 and −∞ at y = 0', () => {
    const power = gradBP((y: Var<number>) => pow(0, y))
    expect([0.5, 1, 2, 7].map(y => power(y))).toEqual([0, 0, 0, 0])
    expect(power(0)).toBe(-Infinity)
  })

  test('x ** 1 at 0: slope 1, curvature 0', () => {
    expect(slopeOf(x => x.pow(1))(0)).toBe(1)
    expect(curvatureOf(x => x.pow(1))(0)).toBe(0)
  })

  test('a fractional power at 0: slope ∞ below 1, 0 above', () => {
    expect(slopeOf(x => x.pow(0.5))(0)).toBe(Infinity)
    expect(slopeOf(x => x.pow(1.5))(0)).toBe(0)
  })

  test('a fractional power of a negative number is NaN, and so is its slope', () => {
    expect(backprop((x: Var<number>) => x.pow(0.5))(-1)).toEqual([NaN, NaN])
  })

  test('the exponent of a negative base has derivative NaN, the base has a right one', () => {
    expect(gradBP((x: Var<number>, y: Var<number>) => x.pow(y))(-2, 3)).toEqual([12, NaN])
  })
})

describe('ties and zeros', () => {
  test('abs and sign have slope 0 at 0, to every order', () => {
    for (const zero of [0, -0]) {
      expect(slopeOf(abs)(zero)).toBeCloseTo(0, 300)
      expect(slopeOf(sign)(zero)).toBe(0)
      expect(curvatureOf(abs)(zero)).toBe(0)
    }
    expect(gradBP((x: Var<Vector>) => sum(abs(x)))(vector([-2, 0, 2])).toArray()).toEqual([-1, 0, 1])
  })

  test('max and min share alike where they tie, scalars and tensors, operands and infinities', () => {
    const both = [max, min].map(f => gradBP((x: Var<number>, y: Var<number>) => f(x, y)))
    for (const gradient of both) {
      for (const x of [3, Infinity, -Infinity]) expect(gradient(x, x)).toEqual([0.5, 0.5])
      expect(gradient(0, -0)).toEqual([0.5, 0.5])
      expect(gradient(NaN, 1)).toEqual([NaN, NaN])
    }
    expect(gradBP((x: Var<number>) => max(x, x))(3)).toBe(1)
    expect(gradBP((x: Var<Vector>) => sum(max(x, 1)))(vector([0, 1, 2])).toArray()).toEqual([0, 0.5, 1])
    expect(gradBP((x: Var<number>) => sum(min(x, vector([0, 1, 2]))))(1)).toBe(1.5)
    expect(curvatureOf(x => max(x, 1))(1)).toBe(0)
    // |x| = max(x, −x), whose slope at 0 is that of abs.
    expect(slopeOf(x => max(x, x.neg()))(0)).toBe(0)
  })

  test('maximum and minimum share alike among all that tie', () => {
    const largest = gradBP((x: Var<Vector>) => maximum(x).mul(6))
    expect(largest(vector([1, 5, 5, -1, 5])).toArray()).toEqual([0, 2, 2, 0, 2])
    expect(largest(vector([0, -0])).toArray()).toEqual([3, 3])
    expect(largest(vector([Infinity, 1, Infinity])).toArray()).toEqual([3, 0, 3])
    expect(largest(vector([-Infinity, -Infinity])).toArray()).toEqual([3, 3])
    expect(gradBP((x: Var<Matrix>) => minimum(x))(matrix([2, 1, 1, 3], 2, 2)).toArray()).toEqual([
      [0, 0.5],
      [0.5, 0],
    ])
    const second = gradBP((x: Var<Vector>) => dot(gradBP((y: Var<Vector>) => maximum(y.mul(y)))(x), x))
    expect(second(vector([3, 1, -3])).toArray()).toEqual([6, 0, -6])
  })

  test('extremes of NaN are NaN, with NaN gradients; of nothing, infinite, without one', () => {
    expect(flat(backprop((x: Var<Vector>) => maximum(x))(vector([1, NaN])))).toEqual([NaN, NaN, NaN])
    expect(flat(backprop((x: Var<Vector>) => minimum(x))(vector([NaN])))).toEqual([NaN, NaN])
    expect(flat(backprop((x: Var<Vector>) => maximum(x))(vector([])))).toEqual([-Infinity])
    expect(flat(backprop((x: Var<Vector>) => minimum(x))(zeros(0)))).toEqual([Infinity])
    expect(flat(backprop((x: Var<Matrix>) => maximum(x).add(sum(x)))(zeros(3, 0)))).toEqual([-Infinity])
  })

  test('a product with zeros is differentiated to every order', () => {
    const gradient = gradBP((x: Var<Vector>) => product(x))
    expect(gradient(vector([2, 0, 3])).toArray()).toEqual([0, 6, 0])
    expect(gradient(vector([2, 0, 0, 3])).toArray()).toEqual([0, 0, 0, 0])
    const row = (i: number): ((x: Vector) => Vector) =>
      gradBP((x: Var<Vector>) =>
        dot(gradBP((y: Var<Vector>) => product(y))(x), vector([0, 1, 2, 3].map(j => +(i === j)))),
      )
    expect(row(1)(vector([2, 0, 0, 3])).toArray()).toEqual([0, 0, 6, 0])
    expect(row(0)(vector([0, 0, 0, 3])).toArray()).toEqual([0, 0, 0, 0])
    const third = (x: Var<Vector>): Var<number> =>
      sum(gradBP((y: Var<Vector>) => sum(gradBP((z: Var<Vector>) => product(z))(y)))(x))
    expect(gradBP(third)(vector([0, 0, 0])).toArray()).toEqual([2, 2, 2])
    expect(evalBP(third)(vector([0, 0, 0, 0]))).toBe(0)
    const fourth = gradBP((x: Var<Vector>) => sum(gradBP(third)(x)))
    expect(fourth(vector([0, 0, 0, 0])).toArray()).toEqual([6, 6, 6, 6])
  })

  test('a product of nothing is 1, of one number it', () => {
    expect(flat(backprop((x: Var<Vector>) => product(x))(vector([])))).toEqual([1])
    expect(flat(backprop((x: Var<Vector>) => product(x))(vector([-7])))).toEqual([-7, 1])
    expect(flat(backprop((x: Var<Matrix>) => product(x))(zeros(0, 3)))).toEqual([1])
  })

  test('sqrt at 0 has slope ∞, and none where nothing asks for it', () => {
    expect(slopeOf(sqrt)(0)).toBe(Infinity)
    expect(slopeOf(x => x.sqrt().mul(0).add(x))(4)).toBe(1)
  })

  test('log at 0 is −∞ with slope ∞', () => {
    expect(backprop((x: Var<number>) => log(x))(0)).toEqual([-Infinity, Infinity])
  })

  test('equal operands of squaredError: zero, with zero gradient', () => {
    const t = vector([1, -2, 3])
    const [value, gradient] = backprop((x: Var<Vector>) => squaredError(x, t))(t)
    expect(value).toBe(0)
    expect(gradient.data.every(g => g === 0)).toBe(true)
  })

  test('a zero factor in a product passes the other factor on', () => {
    expect(gradBP((x: Var<number>, y: Var<number>) => x.mul(y))(0, 7)).toEqual([7, 0])
    const gradient = gradBP((x: Var<Vector>) => dot(x, vector([0, 5])))(vector([3, 0]))
    expect(gradient.toArray()).toEqual([0, 5])
  })
})

describe('saturation and small arguments', () => {
  test('logistic and tanh saturate without NaN', () => {
    for (const x of [40, 800, 1e308, Infinity]) {
      expect(backprop((v: Var<number>) => logistic(v))(x)).toEqual([1, 0])
      expect(backprop((v: Var<number>) => tanh(v))(x)).toEqual([1, 0])
      expect(backprop((v: Var<number>) => tanh(v))(-x)).toEqual([-1, 0])
      const [low, slope] = backprop((v: Var<number>) => logistic(v))(-x)
      expect(low).toBeLessThan(1e-17)
      expect(slope).toBeCloseTo(low, 17)
      expect(Number.isFinite(curvatureOf(logistic)(x))).toBe(true)
      expect(Number.isFinite(curvatureOf(tanh)(-x))).toBe(true)
    }
  })

  test('log1p and expm1 keep all digits near 0', () => {
    for (const x of [1e-5, -1e-9, 1e-15, 1e-300, -5e-324]) {
      expect(backprop((v: Var<number>) => log1p(v))(x)[0]).toBe(Math.log1p(x))
      expect(backprop((v: Var<number>) => expm1(v))(x)[0]).toBe(Math.expm1(x))
    }
    expect(slopeOf(log1p)(1e-300)).toBe(1)
    expect(slopeOf(expm1)(1e-300)).toBe(1)
  })

  test('asinh at 1e200: nothing overflows', () => {
    const [value, slope] = backprop((x: Var<number>) => asinh(x))(1e200)
    expect(value).toBeCloseTo(Math.asinh(1e200), 10)
    expect(slope / 1e-200).toBeCloseTo(1, 14)
    expect(curvatureOf(asinh)(1e200)).toBeCloseTo(0, 300)
  })
})

describe('products with infinities and NaN', () => {
  test('only the rows that hold NaN become NaN', () => {
    const a = matrix([1, NaN, 2, 3], 2, 2)
    const y = backprop((x: Var<Vector<2>>) => matVec(a, x))(vector([1, 1], 2))
    expect(y[0].toArray()).toEqual([NaN, 5])
    expect(y[1].toArray()).toEqual([3, NaN])
  })

  test('0·∞ is NaN in every product, as in IEEE 754', () => {
    const zero = vector([0], 1)
    const infinite = vector([Infinity], 1)
    expect(dot(zero, infinite).value).toBe(NaN)
    expect(outer(zero, infinite).value.toArray()).toEqual([[NaN]])
    expect(matMul(matrix([0], 1, 1), matrix([Infinity], 1, 1)).value.toArray()).toEqual([[NaN]])
    expect(matVec(matrix([0], 1, 1), infinite).value.toArray()).toEqual([NaN])
  })

  test('a sum of ±∞ is NaN, of one infinity it', () => {
    expect(sum(vector([Infinity, -Infinity])).value).toBe(NaN)
    expect(sum(vector([1, Infinity, 2])).value).toBe(Infinity)
  })
})

describe('empty tensors', () => {
  test('sums over nothing are 0', () => {
    expect(sum(zeros(0)).value).toBe(0)
    expect(dot(zeros(0, 3), zeros(0, 3)).value).toBe(0)
    expect(squaredError(zeros(3, 0), zeros(3, 0)).value).toBe(0)
  })

  test('a product over an inner size of 0 is zero, with empty gradients', () => {
    const [value, [a, b]] = backprop((x: Var<Matrix<2, 0>>, y: Var<Matrix<0, 3>>) => matMul(x, y))(
      matrix([], 2, 0),
      matrix([], 0, 3),
    )
    expect(value.toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect([a.shape, b.shape]).toEqual([
      [2, 0],
      [0, 3],
    ])
  })
})
