/** Zeros, inverses, fixed points and extrema by Newton and Halley. */
import {
  dot,
  evalBP,
  extremum,
  findZero,
  fixedPoint,
  gradBP,
  inverse,
  last,
  matVec,
  matrix,
  ResultError,
  StructureMismatchError,
  sub,
  UnknownLeafError,
  UsageError,
  vector,
  zeros,
  type BVar,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

interface Complex {
  re: number
  im: number
}

const square = (x: Var<number>): Var<number> => x.mul(x).sub(4)
const methods = ['newton', 'halley'] as const

describe('the published examples of ad', () => {
  test('Newton: x² − 4 from 1', () => {
    expect(Array.from(findZero(square)(1), ({ params }) => params)).toEqual([
      1, 2.5, 2.05, 2.000609756097561, 2.0000000929222947, 2.000000000000002, 2,
    ])
  })

  test('Halley: x² − 4 from 1', () => {
    const iterates = Array.from(findZero(square, { method: 'halley' })(1), ({ params }) => params)
    expectClose(iterates, [1, 1.8571428571428572, 1.9997967892704736, 1.9999999999994755, 2], 1e-15)
  })

  test.each(methods)('%s: fixedPoint cos, inverse sqrt, extremum cos, z² + 1', method => {
    expect(last(fixedPoint((x: Var<number>) => x.cos(), { method })(1)).params).toBe(0.7390851332151607)
    // From 1 a step of Halley's leads to where there is no root.
    const start = method === 'newton' ? 1 : 4
    expectClose(last(inverse((x: Var<number>) => x.sqrt(), { method })(start, Math.sqrt(10))).params, 10, 1e-15)
    expectClose(last(extremum((x: Var<number>) => x.cos(), { method })(1)).params, 0, 1e-15)
    const f = ({ re, im }: BVar<Complex>) => ({ re: re.mul(re).sub(im.mul(im)).add(1), im: re.mul(im).mul(2) })
    expectClose(last(findZero(f, { method })({ re: 1, im: 1 })).params, { re: 0, im: 1 }, 1e-15)
  })
})

describe('complex numbers', () => {
  const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im })
  const mul = (a: Complex, b: Complex): Complex => ({ re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re })
  const times = (t: number, a: Complex): Complex => ({ re: t * a.re, im: t * a.im })
  const div = (a: Complex, b: Complex): Complex => times(1 / (b.re ** 2 + b.im ** 2), mul(a, { re: b.re, im: -b.im }))

  // z³ − 2z + i, whose derivatives are 3z² − 2 and 6z.
  const f = ({ re, im }: BVar<Complex>) => {
    const square = { re: re.mul(re).sub(im.mul(im)), im: re.mul(im).mul(2) }
    const cube = { re: square.re.mul(re).sub(square.im.mul(im)), im: square.re.mul(im).add(square.im.mul(re)) }
    return { re: cube.re.sub(re.mul(2)), im: cube.im.sub(im.mul(2)).add(1) }
  }
  const steps = {
    newton: (y: Complex, y1: Complex): Complex => div(y, y1),
    halley: (y: Complex, y1: Complex, y2: Complex): Complex =>
      div(times(2, mul(y, y1)), add(times(2, mul(y1, y1)), times(-1, mul(y, y2)))),
  }

  test.each(methods)('%s takes the steps of complex arithmetic', method => {
    let z = { re: 0.7, im: -1.3 }
    let count = 0
    for (const { params, value } of findZero(f, { method })(z)) {
      expectClose(params, z, 1e-9)
      z = params
      const y = add(mul(mul(z, z), z), add(times(-2, z), { re: 0, im: 1 }))
      expectClose(value, y, 1e-13)
      z = add(z, times(-1, steps[method](y, add(times(3, mul(z, z)), { re: -2, im: 0 }), times(6, z))))
      count++
    }
    expect(count).toBeGreaterThan(3)
    expect(last(findZero(f, { method })({ re: 0.7, im: -1.3 })).converged).toBe(true)
  })
})

describe.each(methods)('systems by %s', method => {
  test('parameters and results of different structures', () => {
    // x·y = 6, x + y = 5, u = (x, y, x − y)
    type P = { x: number; pair: [number, Vector<3>]; name: string }
    const f = ({ x, pair: [y, u] }: BVar<P>) => ({
      all: sub(u, matVec(matrix([1, 0, 0, 1, 1, -1], 3, 2), both(x, y))),
      product: x.mul(y).sub(6),
      sum: x.add(y).sub(5),
    })
    const both = (x: Var<number>, y: Var<number>) => x.mul(vector([1, 0], 2)).add(y.mul(vector([0, 1], 2)))
    const { params, converged, value } = last(findZero(f, { method })({ x: 1.5, pair: [4, zeros(3)], name: 'a' }))
    expect(converged).toBe(true)
    expect(params.name).toBe('a')
    expectClose(params, [2, 3, 2, 3, -1], 1e-14)
    expectClose(flat(value), [0, 0, 0, 0, 0], 1e-14)
  })

  test('linear systems take one step', () => {
    const draw = new Random(3)
    const a = randomMatrix(6, 6, draw)
    const b = randomVector(6, draw)
    const linear = (x: Var<Vector<6>>, b: Var<Vector<6>>) => sub(matVec(a, x), b)
    const iterates = Array.from(findZero(linear, { method, valueTolerance: 1e-13 })(zeros(6), b))
    expect(iterates.length).toBeLessThanOrEqual(3)
    expectClose(evalBP((x: Var<Vector<6>>) => matVec(a, x))(iterates[1].params), b, 1e-12)
  })

  test('extremum of a quadratic function, from an inverse, and a fixed point of a structure', () => {
    const bowl = ([x, y]: BVar<[number, number]>) => x.mul(x).add(x.mul(y)).sub(y.mul(y).mul(3)).add(x.mul(4))
    const saddle = last(extremum(bowl, { method })([1, 1]))
    expectClose(saddle.params, [-24 / 13, -4 / 13], 1e-14)
    expectClose(gradBP(bowl)(saddle.params), [0, 0], 1e-14)
    expect(saddle.value).toBeCloseTo(evalBP(bowl)(saddle.params), 14)
    const turn = ({ re, im }: BVar<Complex>) => ({ re: im.mul(-0.5).add(1), im: re.mul(0.5) })
    expectClose(last(fixedPoint(turn, { method })({ re: 3, im: 3 })).params, { re: 0.8, im: 0.4 }, 1e-14)
  })

  test('third or second order near a simple zero, all iterates and evaluations counted', () => {
    let calls = 0
    const f = (x: Var<number>): Var<number> => {
      calls++
      return x.exp().sub(3)
    }
    const iterates = Array.from(findZero(f, { method })(1.2))
    const errors = iterates.map(({ params }) => Math.abs(params - Math.log(3)))
    const order = method === 'newton' ? 2 : 3
    expect(errors[2]).toBeLessThan(errors[1] ** order)
    const report = last(findZero(f, { method })(1.2))
    expect(report.iterations).toBe(iterates.length - 1)
    expect(calls).toBeGreaterThan(0)
  })
})

describe('how it ends', () => {
  const f = (x: Var<number>): Var<number> => x.mul(x)

  test('no zero: as many steps as allowed, not converged', () => {
    const report = last(findZero((x: Var<number>) => f(x).add(1), { iterations: 20 })(3))
    expect(report).toMatchObject({ converged: false, reason: 'iterations', iterations: 20, evaluations: 21 })
  })

  test('a derivative of zero is singular', () => {
    const report = last(findZero((x: Var<number>) => f(x).add(1))(0))
    expect(report).toMatchObject({ converged: false, reason: 'singular', iterations: 0, params: 0, value: 1 })
  })

  test('NaN and infinities stop it where they are', () => {
    const reports = Array.from(findZero((x: Var<number>) => x.log())(3))
    expect(reports.at(-1)?.value).toBeNaN()
    expect(last(findZero((x: Var<number>) => x.log())(3))).toMatchObject({ reason: 'nonFiniteValue', iterations: 1 })
    expect(last(findZero((x: Var<number>) => x.sqrt())(0))).toMatchObject({
      reason: 'nonFiniteGradient',
      iterations: 0,
    })
    expect(last(findZero(square)(NaN))).toMatchObject({ reason: 'nonFiniteParams', converged: false })
    expect(last(findZero(square)(Infinity))).toMatchObject({ reason: 'nonFiniteParams', converged: false })
    expect(last(findZero(square)(1e-320))).toMatchObject({ converged: false })
  })

  test('multiple zeros are found slowly, by short steps', () => {
    const report = last(findZero((x: Var<number>) => f(x.sub(1)))(3))
    expect(report.converged).toBe(true)
    expectClose(report.params, 1, 1e-15)
    expect(last(findZero(f, { valueTolerance: 1e-12 })(3))).toMatchObject({ converged: true, reason: 'zero' })
  })

  test('rounding: no step makes the value smaller', () => {
    const report = last(
      findZero((x: Var<number>) =>
        x
          .exp()
          .mul(1e6)
          .sub(Math.PI * 1e6),
      )(1),
    )
    expect(report.converged).toBe(true)
    expect(report.iterations).toBeLessThan(10)
    expectClose(report.params, Math.log(Math.PI), 1e-15)
  })

  test.each(methods)('%s: numbers of different sizes, each converged by its own', method => {
    const started = ({ t, y }: BVar<{ t: number; y: number }>) => ({ u: t.sub(1.7e9), v: y.exp().sub(5) })
    const scaled = ({ t, y }: BVar<{ t: number; y: number }>) => ({
      u: t.div(1e10).exp().sub(3),
      v: y.mul(1e10).exp().sub(5),
    })
    const noisy = ({ t, y }: BVar<{ t: number; y: number }>) => ({
      u: t
        .sub(Math.PI * 1e9)
        .mul(1e6)
        .add(t.mul(1e-3).sin()),
      v: y.exp().sub(5),
    })
    const one = last(findZero(started, { method })({ t: 1.7e9, y: 1 }))
    expect(one).toMatchObject({ converged: true, params: { t: 1.7e9 } })
    expectClose(one.params.y, Math.log(5), 1e-15)
    const two = last(findZero(scaled, { method })({ t: 1e10, y: 1e-10 }))
    expect(two.converged).toBe(true)
    expectClose([two.params.t * 1e-10, two.params.y * 1e10], [Math.log(3), Math.log(5)], 1e-15)
    const three = last(findZero(noisy, { method })({ t: 3e9, y: 1 }))
    expect(three.converged).toBe(true)
    expectClose(three.params.y, Math.log(5), 1e-15)
    const four = last(inverse(started, { method })({ t: 1.7e9, y: 1 }, { u: 0, v: 2 }))
    expectClose(four.params.y, Math.log(7), 1e-15)
    const sum = ({ t, y }: BVar<{ t: number; y: number }>) => t.sub(1.7e9).pow(2).add(y.exp()).sub(y.mul(5))
    const five = last(extremum(sum, { method })({ t: 1.7e9, y: 1 }))
    expect(five.converged).toBe(true)
    expectClose(five.params.y, Math.log(5), 1e-15)
  })

  test('a long way is not taken for rounding', () => {
    const f = ({ t, y }: BVar<{ t: number; y: number }>) => ({ u: t.sub(1.7e9), v: y.exp().sub(5) })
    const report = last(findZero(f)({ t: 1.7e9, y: -1 }))
    expect(report).toMatchObject({ converged: true, params: { t: 1.7e9 } })
    expectClose(report.params.y, Math.log(5), 1e-15)
  })

  test.each(methods)('%s: zeros at 0, where no step is short beside the number, end in rounding too', method => {
    const tenth = (x: Var<number>) => x.add(0.1).pow(2).sub(0.01)
    for (const start of [1, 0.3, -0.01]) {
      const report = last(findZero(tenth, { method })(start))
      expect(report.converged).toBe(true)
      expect(Math.abs(report.params)).toBeLessThan(1e-15)
    }
    const pair = last(findZero(([x, y]: BVar<[number, number]>) => [tenth(x), y.mul(y).sub(2)], { method })([1, 1]))
    expect(pair.converged).toBe(true)
    expectClose(pair.params, [0, Math.SQRT2], 1e-15)
    const cosine = last(findZero((x: Var<number>) => x.add(Math.PI / 2).cos(), { method })(0.3))
    expect(cosine.converged).toBe(true)
    const data = vector([0.1, 0.7, -0.3, -0.5, 0.21, -0.21], 6)
    const centre = last(extremum((x: Var<number>) => dot(sub(x, data), sub(x, data)), { method })(1))
    expect(centre.converged).toBe(true)
    expect(Math.abs(centre.params)).toBeLessThan(1e-15)
  })

  test.each(methods)('%s: iterates are the caller’s: what is written into them changes nothing', method => {
    const f = (p: Var<Vector<2>>) => p.mul(p).sub(vector([2, 3], 2))
    const run = (spoil: boolean): number[] =>
      Array.from(findZero(f, { method })(vector([1, 1], 2)), ({ params, value, gradientNorm }) => {
        if (!spoil) return gradientNorm
        params.data.fill(NaN)
        value.data.fill(NaN)
        return gradientNorm
      })
    expect(run(true)).toEqual(run(false))
  })

  test('the start is yielded first; nothing is computed before it is asked for', () => {
    let calls = 0
    const iterates = findZero((x: Var<number>) => {
      calls++
      return x.mul(x)
    })(2)
    expect(calls).toBe(0)
    expect(iterates.next().value).toEqual({ params: 2, value: 4, gradientNorm: 4 })
    for (const { params } of iterates) if (params < 1) break
    expect(iterates.next().value).toEqual({ params: 0.25, value: 0.0625, gradientNorm: 0.5 })
  })

  test('inside a function of variables, on plain values', () => {
    const f = (x: Var<number>): Var<number> => x.mul(last(findZero(square)(1)).params)
    expect(gradBP(f)(3)).toBe(2)
  })
})

describe('what is refused', () => {
  test.each([
    [() => findZero(square, { steps: 3 } as never), UsageError, /^findZero: there is no option 'steps'/],
    [() => findZero(square, { iterations: -1 }), UsageError, /^findZero: iterations is -1/],
    [
      () => findZero(square, { iterations: 10.5 }),
      UsageError,
      /^findZero: iterations is 10.5, but must be a whole number/,
    ],
    [() => findZero(square, null as never), UsageError, /^findZero: the options are null/],
    [() => inverse(square, { stepTolerance: NaN }), UsageError, /^inverse: stepTolerance is NaN/],
    [() => findZero(square, { method: 'secant' as never }), UsageError, /^findZero: method is 'secant'/],
    [() => findZero(3 as never), UsageError, /^findZero: the first argument must be a function/],
    [() => findZero(square)('1' as never), UsageError, /^findZero: the start is the string '1'/],
    [() => findZero(square)(new Date() as never), UnknownLeafError, /findZero/],
    [() => findZero(((x: Var<number>) => x.value) as never)(1).next(), ResultError, /./],
    [
      () => findZero(({ re, im }: BVar<Complex>) => re.mul(im))({ re: 1, im: 1 }).next(),
      UsageError,
      /^findZero: the function gives 1 numbers? for 2 parameters/,
    ],
    [() => fixedPoint((({ re }: BVar<Complex>) => re) as never)({ re: 1, im: 1 }).next(), StructureMismatchError, /./],
    [() => extremum((x: Var<Vector<2>>) => x as never)(zeros(2)).next(), Error, /^extremum|^grad/],
    [() => last(findZero((x: Var<number>, y: Var<number>) => x.mul(y))(1, undefined as never)), Error, /./],
  ])('%#: %s', (body, type, message) => {
    if (type === Error) expect(body).toThrow(message)
    else expectFailure(body, type, message)
  })
})
