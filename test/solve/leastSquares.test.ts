/** Levenberg–Marquardt, and what it is solved by. */
import {
  evalBP,
  jacobian,
  last,
  levenbergMarquardt,
  mapNumbers,
  matMul,
  matVec,
  matrix,
  op1,
  ResultError,
  sub,
  UnknownLeafError,
  UsageError,
  vector,
  zeros,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { norm } from '../../src/solve/flat.ts'
import {
  columnNorms,
  type Dense,
  solve,
  solvePositive,
  solveUpper,
  solveUpperTransposed,
  transposedTimes,
  transposedUpperTimes,
  triangularise,
  upperTimes,
} from '../../src/solve/matrix.ts'
import { trustedStep } from '../../src/solve/trustedStep.ts'
import { expectFailure } from '../support/failures.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

interface Decay {
  a: number
  b: number
  c: number
}
const curve = ({ a, b, c }: BVar<Decay>, t: Var<Vector>): Var<Vector> => a.mul(t.mul(b.neg()).exp()).add(c)
const decay = (p: BVar<Decay>, t: Var<Vector>, y: Var<Vector>): Var<Vector> => sub(curve(p, t), y)
const times = vector(Float64Array.from({ length: 40 }, (_, i) => i / 8))
const truth: Decay = { a: 3, b: 0.8, c: 0.5 }
const exact = evalBP(curve)(truth, times)

describe('fits', () => {
  test('exact data: parameters to the last digits', () => {
    const report = last(levenbergMarquardt(decay)({ a: 1, b: 1, c: 0 }, times, exact))
    expect(report.converged).toBe(true)
    expectClose(report.params, truth, 1e-14)
    expect(report.value).toBeLessThan(1e-27)
  })

  test('noisy data: the gradient vanishes; value and gradient norm are those of the sum of squares', () => {
    const draw = new Random(2)
    const noisy = mapNumbers(y => y + draw.between(-0.1, 0.1), exact)
    const iterates = Array.from(levenbergMarquardt(decay)({ a: 1, b: 1, c: 0 }, times, noisy))
    for (const { params, value, gradientNorm } of iterates) {
      const residuals = evalBP(decay)(params, times, noisy).data
      expectClose(
        value,
        residuals.reduce((total, r) => total + r * r, 0),
        1e-13,
      )
      const j = jacobian(decay, { wrt: 0 })(params, times, noisy)
      const gradient = [j.a, j.b, j.c].map(
        column => 2 * column.data.reduce((total, d, i) => total + d * residuals[i], 0),
      )
      expectClose(gradientNorm, Math.hypot(...gradient), 1e-12)
    }
    const report = last(levenbergMarquardt(decay)({ a: 1, b: 1, c: 0 }, times, noisy))
    expect(report.gradientNorm).toBeLessThan(1e-12)
    expect(report.iterations).toBe(iterates.length - 1)
    const values = iterates.map(({ value }) => value)
    values.slice(1).forEach((value, i) => {
      expect(value).toBeLessThanOrEqual(values[i] * (1 + 1e-9))
    })
  })

  test('an ill-conditioned linear problem loses no more than its condition asks', () => {
    // A polynomial of degree 7 on [0, 1]: the condition of J is 10⁶, that of JᵀJ 10¹².
    const m = 20
    const n = 8
    const data = Float64Array.from({ length: m * n }, (_, k) => (Math.floor(k / n) / (m - 1)) ** (k % n))
    const a = matrix(data, m, n)
    const x = vector([1, -2, 3, -4, 5, -6, 7, -8], n)
    const b = evalBP((x: Var<Vector<8>>) => matVec(a, x))(x)
    const report = last(levenbergMarquardt((x: Var<Vector<8>>) => sub(matVec(a, x), b))(zeros(n)))
    expect(report.converged).toBe(true)
    expectClose(report.params, x, 1e-9)
  })

  test('residuals and parameters of any structure', () => {
    type P = { line: [slope: number, start: number]; shift: Vector<2>; name: string }
    const f = ({ line: [slope, start], shift }: BVar<P>) => ({
      points: slope
        .mul(vector([0, 1, 2], 3))
        .add(start)
        .sub(vector([1, 3, 5], 3)),
      shift: [shift.sub(vector([4, 5], 2)), slope.sub(2)] as const,
    })
    const start: P = { line: [0, 0], shift: zeros(2), name: 'p' }
    const report = last(levenbergMarquardt(f)(start))
    expect(report.converged).toBe(true)
    expect(report.params.name).toBe('p')
    expectClose(flat([report.params.line, report.params.shift]), [2, 1, 4, 5], 1e-14)
  })

  test('Powell’s singular function: the derivative is singular at the zero', () => {
    const f = ([a, b, c, d]: BVar<[number, number, number, number]>) => [
      a.add(b.mul(10)),
      c.sub(d).mul(Math.sqrt(5)),
      b.sub(c.mul(2)).pow(2),
      a.sub(d).pow(2).mul(Math.sqrt(10)),
    ]
    const report = last(levenbergMarquardt(f)([3, -1, 0, 1]))
    expect(report.value).toBeLessThan(1e-25)
    expectClose(report.params, [0, 0, 0, 0], 1e-6)
  })

  test('a rank that is too small, and fewer residuals than parameters', () => {
    const sums = ([x, y]: BVar<[number, number]>) => [x.add(y).sub(1), x.add(y).sub(2), x.add(y).sub(6)]
    const report = last(levenbergMarquardt(sums)([5, 5]))
    expect(report.converged).toBe(true)
    expectClose(report.params[0] + report.params[1], 3, 1e-13)
    const one = last(levenbergMarquardt(([x, y]: BVar<[number, number]>) => x.mul(y).sub(6))([1, 1]))
    expect(one.converged).toBe(true)
    expectClose(one.params[0] * one.params[1], 6, 1e-14)
    const unused = last(levenbergMarquardt(([x, _]: BVar<[number, number]>) => x.sub(6))([1, 1]))
    expectClose(unused.params, [6, 1], 1e-15)
  })

  test('a zero that is met exactly', () => {
    const report = last(levenbergMarquardt((x: Var<number>) => x.sub(2))(5))
    expect(report).toMatchObject({ converged: true, reason: 'zero', params: 2, value: 0 })
  })

  test('evaluations are counted, the jacobian not being one', () => {
    const report = last(levenbergMarquardt((x: Var<number>) => x.sub(2), { radius: 10 })(5))
    expect(report).toMatchObject({ iterations: 1, evaluations: 2 })
  })
})

describe('how it ends', () => {
  test('each parameter by its own size', () => {
    const f = ({ t, y }: BVar<{ t: number; y: number }>) => [t.sub(1e16).mul(1e-3), y.exp().sub(5)]
    const report = last(levenbergMarquardt(f)({ t: 1e16, y: -1 }))
    expect(report).toMatchObject({ converged: true, params: { t: 1e16 } })
    expectClose(report.params.y, Math.log(5), 1e-15)
  })

  test('a kink is no minimum: no step gains anything, but the gradient is not small', () => {
    const kink = last(levenbergMarquardt((x: Var<number>) => x.sub(1).abs().add(5))(0.3))
    expect(kink).toMatchObject({ converged: false, reason: 'trustRegion' })
    // A parameter that is 0, beside which no step is short.
    const zero = last(levenbergMarquardt(([x, y]: BVar<[number, number]>) => [x.abs().add(1), y.sub(2)])([0.3, 5]))
    expect(zero.reason).toBe('trustRegion')
    expect(zero.evaluations).toBeLessThan(150)
  })

  test('NaN and infinities', () => {
    const start = last(levenbergMarquardt((x: Var<number>) => x.log())(-1))
    expect(start).toMatchObject({ converged: false, reason: 'nonFiniteValue', iterations: 0 })
    const slope = last(levenbergMarquardt((x: Var<number>) => x.sqrt().add(1))(0))
    expect(slope).toMatchObject({ converged: false, reason: 'nonFiniteGradient', iterations: 0 })
    expect(last(levenbergMarquardt((x: Var<number>) => x)(Infinity)).reason).toBe('nonFiniteParams')
    // Steps to where the logarithm is not defined are taken back.
    const logarithm = last(levenbergMarquardt((x: Var<number>) => x.log().sub(1), { radius: 100 })(20))
    expect(logarithm.converged).toBe(true)
    expectClose(logarithm.params, Math.E, 1e-14)
    // The sum is least where the domain ends.
    const edge = last(levenbergMarquardt((x: Var<number>) => x.sqrt().add(1))(3))
    expect(edge.params).toBeGreaterThan(0)
    expectClose(edge.value, 1, 1e-6)
  })

  test('options', () => {
    const start = { a: 1, b: 1, c: 0 }
    const run = (options: object) => last(levenbergMarquardt(decay, options)(start, times, exact))
    expect(run({ iterations: 2 })).toMatchObject({ converged: false, reason: 'iterations', iterations: 2 })
    expect(run({ gradientTolerance: 1 })).toMatchObject({ converged: true, reason: 'gradient' })
    expect(run({ stepTolerance: 0.1 })).toMatchObject({ converged: true, reason: 'step' })
    expect(run({ reductionTolerance: 0.999999 }).reason).toBe('reduction')
    // The first step is within the radius, in units of the start, which is scaled by the columns of J.
    const j = jacobian(decay, { wrt: 0 })(start, times, exact)
    const scaled = (p: Decay) => Math.hypot(p.a * norm(j.a.data), p.b * norm(j.b.data), p.c * norm(j.c.data))
    const [first, second] = levenbergMarquardt(decay, { radius: 0.01 })(start, times, exact)
    expect(scaled(mapNumbers((x, y) => x - y, second.params, first.params))).toBeLessThan(0.0111 * scaled(start))
  })

  test('what is refused', () => {
    expectFailure(() => levenbergMarquardt(decay, { factor: 1 } as never), UsageError, /no option 'factor'/)
    expectFailure(() => levenbergMarquardt(decay, { radius: -1 }), UsageError, /radius is -1/)
    expectFailure(() => levenbergMarquardt(decay, { radius: 0 }), UsageError, /radius is 0, but must be a positive/)
    expectFailure(() => levenbergMarquardt(decay, { radius: Infinity }), UsageError, /radius is Infinity/)
    expectFailure(() => levenbergMarquardt(decay, { iterations: 10.5 }), UsageError, /must be a whole number/)
    expectFailure(() => levenbergMarquardt(null as never), UsageError, /^levenbergMarquardt: the first argument/)
    expectFailure(
      () => levenbergMarquardt(decay)('a' as never, times, exact),
      UsageError,
      /^levenbergMarquardt: the start/,
    )
    expectFailure(() => levenbergMarquardt((x: Var<number>) => x)(new Date() as never), UnknownLeafError)
    expectFailure(() => levenbergMarquardt((() => 3) as never)(1).next(), ResultError)
    expectFailure(() => (levenbergMarquardt(decay) as (p: Decay) => unknown)(truth), UsageError, /but 3 are needed/)
  })

  test("an op of the user's may have a pullback on plain values", () => {
    const sine = op1((x: number) => [Math.sin(x), dz => [dz * Math.cos(x)]])
    const report = last(levenbergMarquardt((x: Var<number>) => [sine(x), sine(x).sub(1)])(1))
    expectClose(report.params, Math.PI / 6, 1e-7)
  })
})

describe('matrices', () => {
  const draw = new Random(9)
  const dense = (rows: number, columns: number): Dense => ({
    rows,
    columns,
    data: randomMatrix(rows, columns, draw).data,
  })
  const asMatrix = ({ rows, columns, data }: Dense): Matrix => matrix(data, rows, columns)
  const upper = ({ columns, data }: Dense): Dense => ({
    rows: columns,
    columns,
    data: data.slice(0, columns * columns).map((x, k) => (k % columns < Math.floor(k / columns) ? 0 : x)),
  })

  test.each([
    [1, 1],
    [5, 1],
    [5, 5],
    [9, 4],
    [3, 6],
  ])('triangularise %i×%i: RᵀR = AᵀA, Rᵀ·Qᵀb = Aᵀb', (rows, columns) => {
    const a = dense(rows, columns)
    const b = randomVector(rows, draw).data
    const { r, qtb } = triangularise(a, b)
    const square = (m: Dense) => matMul(asMatrix(m), asMatrix(m), { transposeA: true }).value
    expectClose(square(upper(r)), square(a), 1e-14)
    expectClose(norm(qtb), norm(b), 1e-14)
    expectClose(vector(transposedUpperTimes(r, qtb)), vector(transposedTimes(a, b)), 1e-14)
    expectClose(
      vector(columnNorms(a)),
      Array.from({ length: columns }, (_, j) => Math.hypot(...a.data.filter((_, k) => k % columns === j))),
      1e-15,
    )
  })

  test('triangularise a column of zeros, and what would overflow', () => {
    const a: Dense = { rows: 3, columns: 2, data: Float64Array.of(0, 1e200, 0, 1e200, 0, 1e200) }
    const { r, qtb } = triangularise(a, Float64Array.of(1, 1, 1))
    expect(r.data[0]).toBe(0)
    expectClose(norm(qtb), Math.sqrt(3), 1e-15)
    expectClose(Math.hypot(r.data[1] / 1e200, r.data[3] / 1e200), Math.sqrt(3), 1e-14)
  })

  test('triangular systems, and solve', () => {
    const r = dense(5, 5)
    for (let i = 0; i < 5; i++) r.data[i * 6] += 3
    const x = randomVector(5, draw).data
    expectClose(vector(solveUpper(r, upperTimes(r, x))), vector(x), 1e-14)
    expectClose(vector(solveUpperTransposed(r, transposedUpperTimes(r, x))), vector(x), 1e-14)
    const a = dense(7, 7)
    a.data[0] = 0
    const y = randomVector(7, draw)
    const b = evalBP((v: Var<Vector>) => matVec(asMatrix(a), v))(y as Vector)
    expectClose(vector(solve(a, b.data) ?? []), y, 1e-12)
    expect(solve({ rows: 2, columns: 2, data: Float64Array.of(1, 2, 2, 4) }, Float64Array.of(1, 1))).toBeUndefined()
  })

  test('solvePositive shifts by the diagonal until the matrix is positive definite', () => {
    const a = dense(6, 6)
    const square = matMul(asMatrix(a), asMatrix(a), { transposeA: true }).value
    const x = randomVector(6, draw)
    const b = evalBP((v: Var<Vector>) => matVec(square, v))(x as Vector)
    const found = solvePositive({ rows: 6, columns: 6, data: square.data }, b.data)
    expect(found?.shift).toBe(0)
    expectClose(vector(found?.x ?? []), x, 1e-9)
    const two = (data: number[], b: number[]) =>
      solvePositive({ rows: 2, columns: 2, data: Float64Array.from(data) }, Float64Array.from(b))
    // −1 becomes −1 + 10·1, and 2 becomes 2 + 10·2.
    expect(two([-1, 0, 0, 2], [9, 22])).toEqual({ x: Float64Array.of(1, 1), shift: 10 })
    expectClose(vector(two([0, 0, 0, 0], [1e-3, 0])?.x ?? []), [1, 0], 1e-15)
    expect(two([1, 1, 1, 1], [1, 1])?.shift).toBe(1e-3)
    expect(two([NaN, 0, 0, 1], [1, 1])).toBeUndefined()
    expect(two([1, 0, 0, -Infinity], [1, 1])).toBeUndefined()
    expect(solve({ rows: 1, columns: 1, data: Float64Array.of(NaN) }, Float64Array.of(1))).toBeUndefined()
    // Rows of very different sizes.
    const scaled: Dense = { rows: 2, columns: 2, data: Float64Array.of(1e-200, 1e-200, 1e150, 0) }
    expectClose(vector(solve(scaled, Float64Array.of(3e-200, 1e150)) ?? []), [1, 2], 1e-15)
  })

  test.each([1e-3, 0.3, 1e3])('a step within the radius %d solves the damped system', radius => {
    for (let i = 0; i < 20; i++) {
      const j = dense(8, 4)
      const b = randomVector(8, draw).data
      const scale = randomVector(4, draw).data.map(x => 0.1 + Math.abs(x))
      const { s, lambda, length, modelSquare, damping } = trustedStep(triangularise(j, b), scale, { radius, lambda: 0 })
      const scaled = s.map((si, k) => si * scale[k])
      expectClose(norm(scaled), length, 1e-14)
      expect(length).toBeLessThanOrEqual(1.1 * radius)
      if (lambda > 0) expect(length).toBeGreaterThanOrEqual(0.9 * radius)
      const js = evalBP((v: Var<Vector>) => matVec(asMatrix(j), v))(vector(s)).data
      expectClose(modelSquare, norm(js) ** 2, 1e-13)
      expectClose(damping, lambda * length ** 2, 1e-14)
      const left = transposedTimes(j, js).map((x, k) => x + lambda * scale[k] * scaled[k])
      expectClose(vector(left), vector(transposedTimes(j, b).map(x => -x)), 1e-12)
    }
  })
})
