/** Derivatives in derivatives: no confusion of perturbations, higher orders, the published examples of `ad`, host ops, types. */
import {
  backprop,
  backpropWith,
  boxed,
  constVar,
  derivative,
  directional,
  dot,
  evalBP,
  exp,
  grad,
  gradBP,
  gradWith,
  hessian,
  hessianF,
  hvp,
  jacobian,
  jacobianTransposed,
  jvp,
  LostDerivativeError,
  matrix,
  matrix32,
  matVec,
  NotTwiceDifferentiableError,
  op1,
  ResultError,
  ShapeMismatchError,
  StructureMismatchError,
  sum,
  taylor,
  toFloat64,
  UnknownLeafError,
  UsageError,
  valueAndGrad,
  vector,
  vector32,
  vmap,
  type Boxed,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

type Scalar = (x: Var<number>) => Var<number>
/** The derivative of a function of a number inside another run, by each operator that gives it. */
const slopes: Record<string, (f: Scalar) => Scalar> = {
  grad: f => x => grad(f)(x),
  derivative: f => x => derivative(f)(x),
  jvp: f => x => jvp(f)(x, constVar(1))[1],
  jacobian: f => x => jacobian(f)(x),
  'jacobian forward': f => x => jacobian(f, { mode: 'forward' })(x),
  'in a batch': f => x => dot(vmap(grad(f))(constVar(vector([1, 1], 2)).mul(x)), vector([0.5, 0.5], 2)),
}
const pairs = Object.keys(slopes).flatMap(a => Object.keys(slopes).map(b => [a, b] as const))

describe.each(pairs)('%s of %s', (outer, inner) => {
  const [D, d] = [slopes[outer], slopes[inner]]
  const at = (f: Scalar, x: number): number => evalBP((y: Var<number>) => f(y))(x)

  test('perturbations are not confused', () => {
    // Siskind and Pearlmutter: D (λx. x · D (λy. x + y) 1) 1 is 1, not 2.
    expect(
      at(
        D(x => x.mul(d(y => x.add(y))(constVar(1)))),
        1,
      ),
    ).toBe(1)
    // D (λx. x · D (λy. x · y) 2) 1 is 2.
    expect(
      at(
        D(x => x.mul(d(y => x.mul(y))(constVar(2)))),
        1,
      ),
    ).toBe(2)
    // The inner derivative, by y at x, of x·y² is 2x².
    expect(
      at(
        D(x => d(y => x.mul(y).mul(y))(x)),
        3,
      ),
    ).toBe(12)
    // The function of the inner one is made outside of it: D (λx. D (λy. x·y³) x) = D 3x³.
    expect(
      at(
        D(x => d(y => y.pow(3).mul(x))(x)),
        2,
      ),
    ).toBe(36)
  })

  test('the shift operator of Manzyuk and others, applied twice', () => {
    // s u f x = f (x + u); D s at 0 is the derivative as an operator on functions, and twice it is the second one.
    const shift = (u: Var<number>) => (f: Scalar) => (x: Var<number>) => f(x.add(u))
    const byShift = (slope: typeof d) => (f: Scalar) => (x: Var<number>) =>
      slope(u => shift(u)(f)(x))(constVar(0).mul(x))
    const h: Scalar = x => x.pow(4)
    expectClose(at(byShift(D)(byShift(d)(h)), 2), 48)
    expectClose(at(byShift(d)(byShift(D)(h)), 2), 48)
  })

  test('orders three and four', () => {
    const f: Scalar = x => x.mul(x).sin().exp()
    const third = at(D(d(D(f))), 0.5)
    expectClose(third, at(slopes['grad'](slopes['grad'](slopes['grad'](f))), 0.5), 1e-11)
    expectClose(at(d(D(d(D(x => x.pow(5))))), 2), 240)
  })
})

test('with plain arguments inside, what is around would be lost, and is an error', () => {
  expect(() => grad((x: Var<number>) => x.mul(grad((y: Var<number>) => x.add(y))(1)))(1)).toThrow(LostDerivativeError)
  expect(() => grad((x: Var<number>) => x.mul(jacobian((y: Var<number>) => x.add(y))(1)))(1)).toThrow(
    LostDerivativeError,
  )
  expect(() => grad((x: Var<number>) => x.mul(jvp((y: Var<number>) => x.add(y))(1, 1)[1]))(1)).toThrow(
    LostDerivativeError,
  )
})

describe('the published examples of ad', () => {
  test('grad, grad′, gradWith', () => {
    expect(grad((x: Var<number>, y: Var<number>, z: Var<number>) => x.mul(y).add(z))(1, 2, 3)).toEqual([2, 1, 1])
    const f = (x: Var<number>, y: Var<number>, z: Var<number>) => x.mul(4).mul(y.exp()).add(z.cos())
    const [value, gradient] = valueAndGrad(f)(1, 2, 3)
    expectClose([value, gradient], [28.566231899122155, 29.5562243957226, 29.5562243957226, -0.1411200080598672], 1e-15)
    expect(
      gradWith(
        (_, dx) => dx,
        (v: Var<Vector<5>>) => sum(v),
      )(vector([0, 1, 2, 3, 4], 5)).toArray(),
    ).toEqual([1, 1, 1, 1, 1])
  })

  test('jacobian, jacobianT', () => {
    const f = (x: Var<number>, y: Var<number>) => [y, x, x.mul(y)] as const
    expect(jacobian(f)(2, 1)).toEqual([
      [0, 1],
      [1, 0],
      [1, 2],
    ])
    expect(jacobianTransposed(f)(2, 1)).toEqual([
      [0, 1, 1],
      [1, 0, 2],
    ])
  })

  test('hessian, hessianF, hessianProduct', () => {
    expect(hessian((x: Var<number>, y: Var<number>) => x.mul(y))(1, 2)).toEqual([
      [0, 1],
      [1, 0],
    ])
    const f = (x: Var<number>, y: Var<number>) => [x.mul(y), x.add(y), x.exp().mul(y.cos())]
    const c = -1.1312043837568135
    const s = -2.4717266720048188
    expectClose(hessianF(f)(1, 2), [0, 1, 1, 0, 0, 0, 0, 0, c, s, s, -c], 1e-15)
    expect(hvp((x: Var<number>, y: Var<number>) => x.mul(y))(1, 2, [3, 5])).toEqual([5, 3])
  })

  test('the tensor of third derivatives of exp(x·y) at (1, 2)', () => {
    const f = (x: Var<number>, y: Var<number>): Var<number> => exp(x.mul(y))
    const e = Math.exp(2)
    const [xxx, xxy, xyy, yyy] = [8 * e, 8 * e, 4 * e, e]
    const expected = [xxx, xxy, xxy, xyy, xxy, xyy, xyy, yyy]
    expectClose(jacobian(hessian(f))(1, 2), expected, 1e-14)
    expectClose(hessianF(grad(f))(1, 2), expected, 1e-14)
    const v = (p: Var<Vector<2>>): Var<number> => {
      const [x, y] = [dot(p, vector([1, 0], 2)), dot(p, vector([0, 1], 2))]
      return exp(x.mul(y))
    }
    const tensor = jacobian(hessian(v))(vector([1, 2], 2))
    expect(tensor.shape).toEqual([2, 2, 2])
    expectClose(tensor, expected, 1e-14)
    const fourth = jacobian(jacobian(hessian(f)))(1, 2)
    expectClose(fourth[0][0][0][0], 16 * e, 1e-14)
    expectClose(fourth[1][1][1][1], e, 1e-14)
  })

  test('diff, diffF, du', () => {
    expect(derivative((x: Var<number>) => x.sin())(0)).toBe(1)
    expectClose(derivative((x: Var<number>) => [x.sin(), x.cos()])(1), [Math.cos(1), -Math.sin(1)], 1e-15)
    expect(directional((x: Var<number>, y: Var<number>) => x.mul(y))(2, 3, [10, 100])).toBe(230)
  })
})

describe("ops of the user's", () => {
  const cube = op1((x: number) => [x ** 3, dz => [3 * x * x * dz]])
  const cubeOnVars = op1(
    (x: number) => x ** 3,
    (dz, x) => [dz.mul(x).mul(x).mul(3)],
  )

  test('reverse takes any pullback, forward and second order one on variables', () => {
    const [f, g] = [(x: Var<number>) => cube(x), (x: Var<number>) => cubeOnVars(x)]
    expect(jacobian(f, { mode: 'reverse' })(2)).toBe(12)
    expect(jacobian(g, { mode: 'forward' })(2)).toBe(12)
    expect(jvp(g)(2, 3)).toEqual([8, 36])
    expect(hessian(g)(2)).toBe(12)
    expect(hvp(g)(2, 5)).toBe(60)
    for (const forward of [() => jvp(f)(2, 3), () => jacobian(f, { mode: 'forward' })(2), () => hessian(f)(2)]) {
      expect(forward).toThrow(NotTwiceDifferentiableError)
    }
  })

  test('of itself jacobian takes forward mode only where it goes through', () => {
    const [f, g] = [cube, cubeOnVars].map(op => (x: Var<number>) => [op(x), x])
    expect(jacobian(f)(2)).toEqual([12, 1])
    expect(jacobian(g)(2)).toEqual([12, 1])
    expect(jacobianTransposed(f)(2)).toEqual([12, 1])
    expect(vmap(jacobian(f))(vector([2, 3], 2)).map(x => x.toArray())).toEqual([
      [12, 27],
      [1, 1],
    ])
    expect(() => jacobian(f, { mode: 'forward' })(2)).toThrow(
      'no second derivative goes through this op, and none in forward mode',
    )
  })

  test('many rows of one op are one call of the op', () => {
    let calls = 0
    const scaled = op1((x: Vector<40>) => {
      calls++
      return [
        vector(
          x.data.map(t => t * t),
          40,
        ),
        dz => [
          vector(
            dz.data.map((d, i) => 2 * d * x.at(i)),
            40,
          ),
        ],
      ]
    })
    const x = randomVector(40, new Random(3))
    const j = jacobian((v: Var<Vector<40>>) => scaled(v))(x)
    expectClose(
      Array.from({ length: 40 }, (_, i) => j.at(i, i)),
      x.data.map(t => 2 * t),
    )
    expect(calls).toBeLessThanOrEqual(2)
  })
})

test('float32 stays float32 unless a leaf has float64', () => {
  const x = vector32([1, 2], 2)
  const squares = (v: Var<Vector32<2>>) => v.mul(v)
  for (const mode of ['forward', 'reverse'] as const) {
    expect(jacobian(squares, { mode })(x)).toEqual(matrix32([2, 0, 0, 4], 2, 2))
    const wide = jacobian((v: Var<Vector32<2>>) => toFloat64(v.mul(v)), { mode })(x)
    expect([wide.dtype, ...wide.data]).toEqual(['float64', 2, 0, 0, 4])
    expect(jacobian((t: Var<number>, v: Var<Vector32<2>>) => v.mul(t), { mode, wrt: 0 })(3, x)).toEqual(x)
    expect(jacobianTransposed((v: Var<Vector32<2>>) => ({ y: v.mul(3), t: sum(v) }), { mode })(x)).toEqual({
      y: matrix32([3, 0, 0, 3], 2, 2),
      t: vector32([1, 1], 2),
    })
  }
  expect(jvp(squares)(x, vector32([1, 10], 2))[1]).toEqual(vector32([2, 40], 2))
  expect(hvp((v: Var<Vector32<2>>) => sum(v.mul(v)))(x, vector32([1, 10], 2))).toEqual(vector32([2, 20], 2))
})

describe('what does not fit', () => {
  const square = (x: Var<Vector<2>>) => x.mul(x)
  const v = vector([1, 2], 2)

  test('a result that is not one number', () => {
    for (const op of [grad, valueAndGrad, hessian, hvp] as unknown as ((
      f: unknown,
    ) => (...xs: unknown[]) => unknown)[]) {
      expect(() => op(square)(v, v)).toThrow(ShapeMismatchError)
      expect(() => op((x: Var<Vector<2>>) => ({ y: sum(x) }))(v, v)).toThrow(StructureMismatchError)
      expect(() => op((x: Var<Vector<2>>) => sum(x).value)(v, v)).toThrow(ResultError)
      expect(() => op(() => undefined)(v, v)).toThrow(ResultError)
    }
    expect(() => grad(square as never)(v)).toThrow('grad: the result is not one number')
  })

  test('a direction of another structure, or none', () => {
    const f = (p: { a: Var<number>; b: Var<Vector<2>> }) => dot(p.b, p.b).mul(p.a)
    const p = { a: 1, b: v }
    expect(() => jvp(f)(p, { a: 1 } as never)).toThrow('jvp, the direction: keys differ')
    expect(() => hvp(f)(p, { a: 1, b: vector([1, 2, 3]) as never })).toThrow(ShapeMismatchError)
    expect(() => directional(f)(p, 1 as never)).toThrow(StructureMismatchError)
    expect(() => (jvp(f) as unknown as (x: unknown) => unknown)(p)).toThrow(/a direction comes after them/)
    expect(evalBP(f)(p)).toBe(5)
  })

  test('values that are no numbers have no Jacobian', () => {
    const space = { zero: () => 0n, one: () => 1n, add: (a: bigint, b: bigint) => a + b }
    const f = (x: Var<Boxed<bigint>>, y: Var<number>) => ({ x, y })
    expect(() => jacobian(f as never)(...([boxed(2n, space), 1] as never[]))).toThrow(UnknownLeafError)
  })

  test('options and functions that are none', () => {
    expect(() => jacobian(square, { mode: 'sideways' as never })).toThrow(
      "jacobian: mode is 'sideways', but must be 'auto', 'forward' or 'reverse'.",
    )
    expect(() => jvp(square, { mode: 'forward' } as never)).toThrow("there is no option 'mode'")
    expect(() => grad(3 as never)).toThrow(UsageError)
    expect(() => hessian(undefined as never)).toThrow('hessian: the first argument must be a function')
    expect(() => gradWith(1 as never, (x: Var<number>) => x)).toThrow(UsageError)
    expect(() => derivative(square as never)(v as never)).toThrow('derivative: the argument must be one number')
    expect(() => (jvp(square, { wrt: 1 as never }) as unknown as (...xs: unknown[]) => unknown)(v, v)).toThrow(
      'jvp: wrt is 1',
    )
    expect(jacobian((x: Var<Vector<2>>) => matVec(matrix([1, 2], 1, 2), x))(v).shape).toEqual([1, 2])
  })

  test('a position twice', () => {
    const f = (x: Var<number>, y: Var<number>) => x.mul(y)
    const operators = { gradBP, backprop, backpropWith, grad, valueAndGrad, jvp, jacobian, hessian, hvp }
    for (const [name, operator] of Object.entries(operators)) {
      const make = (): unknown =>
        (operator as unknown as (f: unknown, options: object) => unknown)(f, { wrt: [1, 0, 1] })
      expect(make).toThrow(UsageError)
      expect(make).toThrow(`${name}: wrt has the position 1 twice.`)
    }
    expect(() => taylor(f, 2, { wrt: [0, 0] })).toThrow('taylor: wrt has the position 0 twice.')
    expect(grad(f, { wrt: [1, 0] })(2, 3)).toEqual([2, 3])
  })

  test('a blend that is no variable, or one of another shape', () => {
    const loss = (p: { a: Var<number>; b: Var<Vector<2>> }) => dot(p.b, p.b).mul(p.a)
    const blended = (blend: unknown) => (): unknown => gradWith(blend as never, loss)({ a: 1, b: v })
    expect(blended(() => 7)).toThrow(ResultError)
    expect(blended(() => 7)).toThrow('gradWith, what the blend gives is a plain number (7), not a variable')
    expect(blended(() => undefined)).toThrow(ResultError)
    expect(blended((x: Var<number>, dx: Var<number>) => [x, dx])).toThrow(ResultError)
    expect(blended((x: Var<Vector>) => sum(x))).toThrow(StructureMismatchError)
    expect(
      blended((x: Var<Vector<2>>) => (x.shape.length === 0 ? x : matVec(matrix([1, 2, 3, 4, 5, 6], 3, 2), x))),
    ).toThrow(ShapeMismatchError)
    expect(blended((x: Var<number>, dx: Var<number>) => x.sub(dx))()).toEqual({ a: -4, b: vector([-1, -2], 2) })
  })
})
