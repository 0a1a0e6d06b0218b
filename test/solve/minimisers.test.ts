/** Gradient descent, conjugate gradients, L-BFGS and Newton–CG. */
import {
  castValue,
  conjugateGradientAscent,
  conjugateGradientDescent,
  dot,
  gradBP,
  gradientAscent,
  gradientDescent,
  innerProduct,
  last,
  lbfgs,
  logSumExp,
  match,
  matMul,
  matVec,
  matrix,
  mapNumbers,
  newtonCG,
  op1,
  op2,
  ResultError,
  ShapeMismatchError,
  softmaxCrossEntropy,
  StructureMismatchError,
  sub,
  sum,
  UnknownLeafError,
  UsageError,
  vector,
  vector32,
  zeros,
  type BVar,
  type Matrix,
  type Op,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

interface Point {
  x: number
  y: number
}

const rosenbrock = ({ x, y }: BVar<Point>): Var<number> => {
  return x
    .sub(1)
    .pow(2)
    .add(y.sub(x.mul(x)).pow(2).mul(100))
}
const minimisers = { gradientDescent, conjugateGradientDescent, lbfgs, newtonCG } as const
const each = Object.entries(minimisers)
const patient = { iterations: 50_000 }

describe.each(each)('%s', (name, minimise) => {
  test('Rosenbrock’s valley, in a record', () => {
    const report = last(minimise(rosenbrock, patient)({ x: -1.2, y: 1 }))
    expect(report.converged).toBe(true)
    expectClose(report.params, { x: 1, y: 1 }, 1e-7)
    expect(report.gradientNorm).toBeLessThanOrEqual(1e-8)
  })

  test('the solution of a linear system, over a structure, with data', () => {
    // ½·xᵀ(AᵀA + 1)x − b·x, x being spread over a structure.
    type P = { a: number; rest: [Vector<3>, Map<string, Vector<2>>]; name: string }
    const draw = new Random(7)
    const a = randomMatrix(6, 6, draw)
    const b = randomVector(6, draw)
    const row = (p: BVar<P>) => {
      const [u, map] = p.rest
      const v = map.get('v') as Var<Vector<2>>
      const e = (n: 3 | 2, at: number) =>
        matrix(
          Float64Array.from({ length: 6 * n }, (_, k) => (Math.floor(k / n) === at + (k % n) ? 1 : 0)),
          6,
          n,
        )
      return matVec(e(3, 1) as Matrix<6, 3>, u)
        .add(matVec(e(2, 4) as Matrix<6, 2>, v))
        .add(p.a.mul(vector([1, 0, 0, 0, 0, 0], 6)))
    }
    const loss = (p: BVar<P>, b: Var<Vector<6>>): Var<number> => {
      const x = row(p)
      const ax = matVec(a, x)
      return dot(ax, ax).add(dot(x, x)).div(2).sub(dot(b, x))
    }
    const start: P = { a: 3, rest: [zeros(3), new Map([['v', vector([1, -1], 2)]])], name: 'p' }
    const { params, converged } = last(minimise(loss)(start, b))
    expect(converged).toBe(true)
    expect(params.name).toBe('p')
    const gradient = gradBP(loss, { wrt: 0 })(params, b)
    expect(Math.sqrt(innerProduct(gradient, gradient))).toBeLessThan(1e-7)
    expect(start.a).toBe(3)
  })

  test('logistic regression, as exact as the gradient says', () => {
    const draw = new Random(1)
    const x = randomMatrix(30, 4, draw)
    const t = matrix(
      Float64Array.from({ length: 90 }, (_, k) => (k % 3 === Math.floor(k / 3) % 3 ? 1 : 0)),
      30,
      3,
    )
    const loss = (w: Var<Matrix<4, 3>>): Var<number> =>
      sum(softmaxCrossEntropy(matMul(x, w), t)).add(dot(w, w).mul(0.1))
    const report = last(minimise(loss)(zeros(4, 3)))
    expect(report.converged).toBe(true)
    expect(report.params.shape).toEqual([4, 3])
    expectClose(report.params, last(newtonCG(loss, { gradientTolerance: 1e-12 })(zeros(4, 3))).params, 1e-7)
  })

  test('each iterate is lower than the one before; value and gradient are those of its parameters', () => {
    let before = Infinity
    for (const { params, value, gradientNorm } of minimise(rosenbrock, { iterations: 30 })({ x: -1.2, y: 1 })) {
      expect(value).toBeLessThan(before)
      before = value
      expect(value).toBeCloseTo((params.x - 1) ** 2 + 100 * (params.y - params.x ** 2) ** 2, 12)
      const g = gradBP(rosenbrock)(params)
      expectClose(gradientNorm, Math.hypot(g.x, g.y), 1e-14)
    }
  })

  test('iterations and evaluations are those that there were', () => {
    let calls = 0
    const counted = (p: BVar<Point>): Var<number> => {
      calls++
      return rosenbrock(p)
    }
    const run = minimise(counted, { iterations: 7 })({ x: -1.2, y: 1 })
    expect(calls).toBe(0)
    const iterates = Array.from(run)
    expect(iterates.length).toBe(8)
    calls = 0
    const report = last(minimise(counted, { iterations: 7 })({ x: -1.2, y: 1 }))
    expect(report).toMatchObject({ ...iterates[7], converged: false, reason: 'iterations', iterations: 7 })
    expect(report.evaluations).toBe(calls)
  })

  test('a variant of a union', () => {
    type Shape = { kind: 'disc'; r: number } | { kind: 'box'; w: number; h: number }
    const area = (s: BVar<Shape>): Var<number> =>
      match(s, {
        disc: ({ r }) => r.sub(2).pow(2),
        box: ({ w, h }) => w.sub(1).pow(2).add(h.sub(w).pow(2)),
      })
    expect(last(minimise(area)({ kind: 'disc', r: 1 })).params).toMatchObject({ kind: 'disc' })
    expectClose(last(minimise(area)({ kind: 'box', w: 4, h: 1 })).params, [1, 1], 1e-7)
  })

  test('float32: parameters of the type of the start, stopping at its rounding', () => {
    const target = vector32([1, -2, 0.1], 3)
    const loss = (p: Var<ReturnType<typeof vector32<3>>>): Var<number> => dot(sub(p, target), sub(p, target))
    const report = last(minimise(loss)(castValue('float32', zeros(3))))
    expect(report.converged).toBe(true)
    expect(report.params.dtype).toBe('float32')
    expectClose(report.params, [1, -2, 0.1], 1e-6)
  })

  test('a value that is large beside what can be gained', () => {
    const report = last(minimise((x: Var<number>) => x.sub(3).pow(2).add(1e10))(0))
    expect(report.converged).toBe(true)
    expectClose(report.params, 3, 1e-6)
  })

  test('a kink at the minimum', () => {
    const report = last(minimise((p: BVar<[number, number]>) => p[0].abs().add(p[1].mul(p[1])))([0.7, 1]))
    // The gradient vanishes at the kink only, where steps meet it by chance: whatever happens, no exception and no NaN.
    expect(Number.isFinite(report.value)).toBe(true)
    expect(report.value).toBeLessThan(0.7)
  })

  test('a kink is no minimum of a smooth function: nothing is gained, but the gradient is not small', () => {
    const failure = minimise === newtonCG ? 'trustRegion' : 'lineSearch'
    const cone = (p: Var<Vector<3>>): Var<number> => dot(p, p).sqrt().add(1)
    const report = last(minimise(cone)(vector([0.3, -0.4, 0.7], 3)))
    expect(report).toMatchObject({ converged: false, reason: failure })
    expect(report.value).toBeCloseTo(1, 12)
    expect(report.evaluations).toBeLessThan(200)
    // Wolfe’s function, which is not bounded below: where y = 0 it has a kink, and descent may stop there.
    const wolfe = ([x, y]: BVar<[number, number]>): Var<number> => {
      if (x.value >= Math.abs(y.value)) return x.mul(x).mul(9).add(y.mul(y).mul(16)).sqrt().mul(5)
      const roof = x.mul(9).add(y.abs().mul(16))
      return x.value > 0 ? roof : roof.sub(x.pow(9))
    }
    const stuck = last(minimise(wolfe)([5, 4]))
    if (stuck.converged) expect(stuck.gradientNorm).toBeLessThan(1e-8)
    else expect(stuck.reason).toBe(failure)
  })

  test('rounding is told from a kink by what the gradient has been', () => {
    for (const start of [
      { x: -1.2, y: 1 },
      { x: 1.00000001, y: 1.000000019 },
    ]) {
      const report = last(minimise((p: BVar<Point>) => rosenbrock(p).add(1).mul(1e10), patient)(start))
      if (minimise === gradientDescent) continue // which is slow
      expect(report).toMatchObject({ converged: true, value: 1e10 })
      expectClose(report.params, { x: 1, y: 1 }, 1e-7)
    }
  })

  test('parameters of very different sizes: no step is short beside the largest alone', () => {
    const f = ({ a, b }: BVar<{ a: number; b: number }>): Var<number> =>
      a.div(1e10).sub(1).pow(2).add(b.mul(1e10).exp().sub(5).pow(2))
    const report = last(minimise(f)({ a: 0.9e10, b: 0 }))
    // The gradient by a is 10⁻²⁰ of that by b: it is lost in rounding, but that by b is not.
    expectClose(report.params.b * 1e10, Math.log(5), 1e-14)
  })

  test('gradients whose square overflows', () => {
    const f = ([x, y]: BVar<[number, number]>): Var<number> =>
      x.sub(1).pow(2).mul(1e200).add(y.sub(2).pow(2).mul(3e200))
    const report = last(minimise(f, { stepTolerance: 0 })([3, 4]))
    expect(report.converged).toBe(true)
    expectClose(report.params, [1, 2], 1e-8)
    expect(last(minimise((x: Var<number>) => x.sub(1).pow(2).mul(1e200))(3))).toMatchObject({ params: 1, value: 0 })
  })

  test('iterates are the caller’s: what is written into them changes nothing', () => {
    const f = (p: Var<Vector<2>>): Var<number> => {
      const [x, y] = [dot(p, vector([1, 0], 2)), dot(p, vector([0, 1], 2))]
      return x
        .sub(1)
        .pow(2)
        .add(y.sub(x.mul(x)).pow(2).mul(100))
    }
    const values = (spoil: boolean): number[] =>
      Array.from(minimise(f, { iterations: 15 })(vector([-1.2, 1], 2)), ({ params, value }) => {
        if (spoil) params.data.fill(NaN)
        return value
      })
    expect(values(true)).toEqual(values(false))
  })

  test('parameters of a user’s type, whose dictionary has a map', () => {
    const squares: Op<[Float64Array], number> = op1(
      (x: Float64Array) => x.reduce((total, xi, i) => total + (xi - i) ** 2, 0),
      (dz, x) => [slope(x, dz)],
    )
    const slope: Op<[Float64Array, number], Float64Array> = op2(
      (x: Float64Array, dz: number) => x.map((xi, i) => 2 * dz * (xi - i)),
      (dy, _x, dz) => [doubled(dy, dz), zero(dy)],
    )
    const doubled: Op<[Float64Array, number], Float64Array> = op2(
      (y: Float64Array, dz: number) => y.map(yi => 2 * dz * yi),
      dx => [dx, zero(dx)],
    )
    const zero: Op<[Float64Array], number> = op1(
      (_: Float64Array) => 0,
      (_, x) => [x],
    )
    const report = last(minimise((x: Var<Float64Array>) => squares(x))(Float64Array.of(5, 5, 5)))
    expect(report.converged).toBe(true)
    expectClose(vector(report.params), [0, 1, 2], 1e-8)
  })

  test('no parameters: nothing to do', () => {
    for (const empty of [{}, [], zeros(0)]) {
      const report = last(minimise(((_: unknown) => sum(vector([1, 2]))) as never)(empty as never))
      expect(report).toMatchObject({ converged: true, reason: 'gradient', value: 3, iterations: 0 })
    }
  })

  test('unbounded below: not converged', () => {
    expect(last(minimise((x: Var<number>) => x.neg())(3))).toMatchObject({ converged: false, reason: 'unbounded' })
  })

  test('where it leads to infinity or NaN it says so', () => {
    const logarithm = last(minimise((x: Var<number>) => x.log())(3))
    // 1/x² is infinite before log x is.
    const reason = minimise === newtonCG ? 'nonFiniteHessian' : 'nonFiniteValue'
    expect(logarithm).toMatchObject({ converged: false, reason })
    expect(Number.isFinite(logarithm.value)).toBe(true)
    const start = last(minimise((x: Var<number>) => x.sqrt())(-1))
    expect(start).toMatchObject({ converged: false, reason: 'nonFiniteValue', iterations: 0 })
    const slope = last(minimise((x: Var<number>) => x.sqrt())(0))
    expect(slope).toMatchObject({ converged: false, reason: 'nonFiniteGradient', iterations: 0 })
    expect(last(minimise((x: Var<number>) => x.mul(x))(NaN)).reason).toBe('nonFiniteParams')
  })

  test('steps back from where the function is not defined', () => {
    // x·log x: its minimum is at 1/e; for x < 0 it is NaN.
    const report = last(minimise((x: Var<number>) => x.log().mul(x))(3))
    expect(report.converged).toBe(true)
    expectClose(report.params, Math.exp(-1), 1e-7)
  })

  test('tolerances end it', () => {
    const start = { x: -1.2, y: 1 }
    const loose = last(minimise(rosenbrock, { gradientTolerance: 1, ...patient })(start))
    expect(loose).toMatchObject({ converged: true, reason: 'gradient' })
    expect(loose.gradientNorm).toBeGreaterThan(1e-8)
    expect(last(minimise(rosenbrock, { reductionTolerance: 0.9, gradientTolerance: 0 })(start)).reason).toBe(
      'reduction',
    )
    expect(last(minimise(rosenbrock, { stepTolerance: 10, gradientTolerance: 0 })(start)).reason).toBe('step')
    expect(last(minimise(rosenbrock, { iterations: 0 })(start))).toMatchObject({ reason: 'iterations', iterations: 0 })
  })

  test('what is refused', () => {
    const start = zeros(2)
    const bowl = (x: Var<Vector<2>>): Var<number> => dot(x, x)
    expectFailure(
      () => minimise(bowl, { rate: 1 } as never),
      UsageError,
      new RegExp(`^${name}: there is no option 'rate'`),
    )
    expectFailure(() => minimise(bowl, { iterations: NaN }), UsageError, new RegExp(`^${name}: iterations is NaN`))
    expectFailure(
      () => minimise(bowl, { iterations: 10.5 }),
      UsageError,
      /iterations is 10.5, but must be a whole number/,
    )
    expectFailure(() => minimise(bowl, null as never), UsageError, /the options are null/)
    expectFailure(() => minimise(undefined as never), UsageError, new RegExp(`^${name}: the first argument`))
    expectFailure(() => minimise(bowl)('2' as never), UsageError, new RegExp(`^${name}: the start is the string`))
    expectFailure(() => minimise(bowl)(new Set([1]) as never), UnknownLeafError)
    expectFailure(() => minimise(((x: Var<Vector<2>>) => x) as never)(start as never).next(), ShapeMismatchError)
    expectFailure(
      () => minimise(((x: Var<Vector<2>>) => ({ x })) as never)(start as never).next(),
      StructureMismatchError,
    )
    expectFailure(() => minimise((() => 3) as never)(start as never).next(), ResultError)
    expectFailure(
      () => minimise((x: Var<number>, y: Var<number>) => x.mul(y))(1, ...([] as unknown as [number])).next(),
      UsageError,
      /1 argument, but 2 are needed/,
    )
  })
})

describe('how the methods go', () => {
  test.each(Object.entries({ conjugateGradientDescent, lbfgs, gradientDescent }))(
    '%s: steps fulfil the strong conditions of Wolfe',
    (name, minimise) => {
      const curvature = name === 'conjugateGradientDescent' ? 0.1 : 0.9
      let before: Point | undefined
      for (const { params, value } of minimise(rosenbrock, { iterations: 25, gradientTolerance: 1e-3 })({
        x: -1.2,
        y: 1,
      })) {
        if (before !== undefined) {
          const step = mapNumbers((x, y) => x - y, params, before)
          const slope = innerProduct(gradBP(rosenbrock)(before), step)
          expect(slope).toBeLessThan(0)
          const start = (before.x - 1) ** 2 + 100 * (before.y - before.x ** 2) ** 2
          expect(value).toBeLessThanOrEqual(start + 1e-4 * slope + 1e-12)
          expect(Math.abs(innerProduct(gradBP(rosenbrock)(params), step))).toBeLessThanOrEqual(
            curvature * Math.abs(slope) * (1 + 1e-9),
          )
        }
        before = params
      }
    },
  )

  test('many parameters: far fewer steps than steepest descent', () => {
    const n = 60
    const scale = vector(Float64Array.from({ length: n }, (_, i) => 1 + 50 * i))
    const loss = (x: Var<Vector>): Var<number> => dot(x.mul(scale), x).add(logSumExp(x))
    const steps = each.map(([, minimise]) => {
      const report = last(minimise(loss, patient)(vector(new Float64Array(n).fill(1))))
      expect(report.converged).toBe(true)
      return report.iterations
    })
    const [steepest, conjugate, limited, newton] = steps
    expect(conjugate).toBeLessThan(steepest / 4)
    expect(limited).toBeLessThan(steepest / 4)
    expect(newton).toBeLessThan(30)
  })

  test('newtonCG: curvatures that differ much, in about as many products as parameters for each step', () => {
    for (const [decades, evaluations] of [
      [8, 500],
      [12, 750],
    ]) {
      const d = vector(Float64Array.from({ length: 20 }, (_, i) => 10 ** ((decades * i) / 19)))
      const report = last(newtonCG((x: Var<Vector>) => dot(x.mul(d), x).div(2))(vector(new Float64Array(20).fill(1))))
      expect(report).toMatchObject({ converged: true, reason: 'gradient' })
      expect(report.evaluations).toBeLessThan(evaluations)
    }
  })

  test('newtonCG says where the Hessian is not finite', () => {
    const f = ([x, y]: BVar<[number, number]>): Var<number> => x.abs().pow(1.5).add(y.sub(1).pow(2))
    expect(last(newtonCG(f)([0, 3]))).toMatchObject({ converged: false, reason: 'nonFiniteHessian', iterations: 0 })
  })

  test('newtonCG leaves a saddle by negative curvature', () => {
    const loss = ([x, y]: BVar<[number, number]>): Var<number> => x.pow(4).sub(x.mul(x).mul(2)).add(y.mul(y))
    const report = last(newtonCG(loss)([1e-9, 1]))
    expect(report.converged).toBe(true)
    expectClose(report.value, -1, 1e-12)
    const saddle = ([x, y]: BVar<[number, number]>): Var<number> => x.mul(x).sub(y.mul(y)).add(y.pow(4))
    expectClose(last(newtonCG(saddle)([1, 1e-3])).value, -0.25, 1e-12)
    // On the axis of symmetry nothing leads away, and it stops at the saddle, as documented.
    expect(last(newtonCG(saddle)([1, 0]))).toMatchObject({ params: [0, 0], reason: 'gradient' })
  })

  test('lbfgs remembers as many steps as it is told', () => {
    const start = { x: -1.2, y: 1 }
    const runs = [0, 1, 20].map(memory => last(lbfgs(rosenbrock, { memory, ...patient })(start)))
    for (const run of runs) expect(run.converged).toBe(true)
    expectFailure(() => lbfgs(rosenbrock, { memory: 1.5 }), UsageError, /memory is 1.5, but must be a whole number/)
    expect(runs[2].iterations).toBeLessThan(runs[0].iterations)
  })

  test('ascent is descent of the negative, its values being those of the function', () => {
    const negative = (p: BVar<Point>): Var<number> => rosenbrock(p).neg()
    const start = { x: 0.5, y: 0.5 }
    for (const [up, down] of [
      [gradientAscent, gradientDescent],
      [conjugateGradientAscent, conjugateGradientDescent],
    ] as const) {
      const ascent = Array.from(up(negative, { iterations: 5 })(start))
      const descent = Array.from(down(rosenbrock, { iterations: 5 })(start))
      expect(flat(ascent.map(({ params }) => params))).toEqual(flat(descent.map(({ params }) => params)))
      expect(ascent.map(({ value }) => -value)).toEqual(descent.map(({ value }) => value))
    }
    expectClose(last(conjugateGradientAscent((x: Var<number>) => x.cos())(1)).params, 0, 1e-8)
  })
})
