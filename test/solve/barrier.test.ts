/** Minima under inequalities. */
import { constrainedDescent, dot, last, sub, UsageError, vector, type BVar, type Var, type Vector } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose } from '../support/plain.ts'

interface Point {
  x: number
  y: number
}
const distance = ({ x, y }: BVar<Point>): Var<number> => x.sub(2).pow(2).add(y.sub(1).pow(2))
const disc = ({ x, y }: BVar<Point>): Var<number> => x.mul(x).add(y.mul(y)).sub(1)

describe('constrainedDescent', () => {
  test('the nearest point of a disc; all iterates are inside, and the values are those of f', () => {
    const run = constrainedDescent(distance, disc)({ x: 0, y: 0 })
    let result = run.next()
    while (result.done !== true) {
      const { params, value } = result.value
      expect(params.x ** 2 + params.y ** 2).toBeLessThan(1)
      expectClose(value, (params.x - 2) ** 2 + (params.y - 1) ** 2, 1e-14)
      result = run.next()
    }
    expect(result.value).toMatchObject({ converged: true, reason: 'gap' })
    expectClose(result.value.params, { x: 2 / Math.sqrt(5), y: 1 / Math.sqrt(5) }, 1e-7)
  })

  test('a linear program: a corner, the constraints being tensors in a structure, and data', () => {
    const cost = (v: Var<Vector<2>>, c: Var<Vector<2>>): Var<number> => dot(v, c)
    const constraints = (v: Var<Vector<2>>): readonly [Var<Vector<2>>, Var<number>] => [
      sub(vector([1, 2], 2), v),
      dot(v, v).sub(100),
    ]
    const report = last(constrainedDescent(cost, constraints)(vector([4, 4], 2), vector([1, 2], 2)))
    expect(report.converged).toBe(true)
    expectClose(report.params, [1, 2], 1e-7)
    expect(report.value).toBeGreaterThan(5)
    expect(report.value).toBeLessThan(5 + 2e-8)
  })

  test('constraints that are not active do not matter', () => {
    const report = last(
      constrainedDescent(
        (x: Var<number>) => x.sub(0.5).pow(2),
        x => [x.neg(), x.sub(1)],
      )(0.1),
    )
    expect(report.converged).toBe(true)
    expectClose(report.params, 0.5, 1e-8)
  })

  test('a looser gap ends it earlier, above the minimum by no more', () => {
    const report = last(
      constrainedDescent(
        (x: Var<number>) => x,
        x => x.neg(),
        { gapTolerance: 2e-2 },
      )(1),
    )
    expect(report).toMatchObject({ converged: true, reason: 'gap' })
    expect(report.value).toBeLessThan(2e-2)
    expect(report.value).toBeGreaterThan(1.9e-2)
  })

  // The least values are known, and whatever the units, what is claimed must hold.
  const scales = [1e-9, 1e-4, 1, 1e4]
  test.each(scales.flatMap(s => scales.map(t => [s, t])))('within the gap: f in units of %d, p of %d', (s, t) => {
    const corner = last(
      constrainedDescent(
        ([x, y]: BVar<[number, number]>) => x.div(t).add(y.div(t).mul(3)).mul(s),
        ([x, y]) => [x.neg().add(t), y.neg()],
      )([5 * t, 4 * t]),
    )
    expect(corner).toMatchObject({ converged: true, reason: 'gap' })
    expect(corner.value - s).toBeGreaterThan(0)
    expect(corner.value - s).toBeLessThan(1e-8)
    const ball = last(
      constrainedDescent(
        (p: BVar<Point>) => distance({ x: p.x.div(t), y: p.y.div(t) }).mul(s),
        p => disc({ x: p.x.div(t), y: p.y.div(t) }),
      )({ x: 0, y: 0 }),
    )
    expect(ball).toMatchObject({ converged: true, reason: 'gap' })
    expect(ball.value - s * (Math.sqrt(5) - 1) ** 2).toBeGreaterThan(0)
    expect(ball.value - s * (Math.sqrt(5) - 1) ** 2).toBeLessThan(1e-8)
  })

  test.each([1e-1, 1e-4, 1e-8])('within a gap of %d: a linear program whose costs go over six orders', gapTolerance => {
    const costs = vector(Float64Array.from({ length: 30 }, (_, i) => 10 ** (-i / 5)))
    const report = last(
      constrainedDescent(
        (x: Var<Vector>) => dot(x, costs),
        x => [x.neg(), x.sub(3)],
        { gapTolerance },
      )(vector(new Float64Array(30).fill(1))),
    )
    expect(report).toMatchObject({ converged: true, reason: 'gap' })
    expect(report.value).toBeLessThan(gapTolerance)
    expect(report.iterations).toBeLessThan(60)
  })

  test('a few steps for each weight', () => {
    const report = last(constrainedDescent(distance, disc)({ x: 0, y: 0 }))
    expect(report.iterations).toBeLessThan(35)
    expect(report.evaluations).toBeLessThan(160)
  })

  test('iterates are the caller’s: what is written into them changes nothing', () => {
    const f = (v: Var<Vector<2>>): Var<number> => dot(v, vector([1, 2], 2))
    const run = (spoil: boolean): number[] =>
      Array.from(constrainedDescent(f, v => sub(vector([1, 2], 2), v))(vector([4, 4], 2)), ({ params, value }) => {
        if (spoil) params.data.fill(NaN)
        return value
      })
    expect(run(true)).toEqual(run(false))
  })

  test('a value that is large beside the gap', () => {
    for (const size of [1e6, 1e9]) {
      const report = last(
        constrainedDescent(
          (p: Var<number>) => p.add(size),
          p => p.neg().add(1),
        )(3),
      )
      expect(report.converged).toBe(true)
      expect(report.params - 1).toBeLessThan(1.001e-8)
    }
  })

  test('evaluations are those that there were', () => {
    let calls = 0
    const counted = (p: BVar<Point>): Var<number> => {
      calls++
      return distance(p)
    }
    expect(last(constrainedDescent(counted, disc)({ x: 0, y: 0 })).evaluations).toBe(calls)
  })

  test('functions that are not convex, and a Hessian that is singular', () => {
    // Away from the centre of the disc, where the Hessian is negative definite; and a parameter that nothing depends on.
    const away = ([x, y, _]: BVar<[number, number, number]>): Var<number> => x.mul(x).add(y.mul(y).mul(2)).neg()
    const report = last(constrainedDescent(away, ([x, y]) => disc({ x, y }))([0.3, 0.1, 7]))
    expect(report.converged).toBe(true)
    expectClose(report.value, -2, 1e-6)
    expect(report.params[2]).toBe(7)
    // Without a bound in one direction, in which it falls by very little: no gap is claimed.
    const slope = last(
      constrainedDescent(
        ([x, y]: BVar<[number, number]>) => x.sub(y).mul(1e-12),
        ([x, y]) => [x.add(y).sub(1), x.add(y).neg()],
        { iterations: 200 },
      )([0.3, 0.3]),
    )
    expect(slope.reason).not.toBe('gap')
  })

  test('a gap that rounding hides', () => {
    const report = last(
      constrainedDescent(
        (x: Var<number>) => x.mul(1e9),
        x => x.neg().add(1),
      )(5),
    )
    expect(report.reason).not.toBe('gap')
    expectClose(report.params, 1, 1e-14)
  })

  test('no constraints at all', () => {
    const report = last(constrainedDescent(distance, () => [])({ x: 0, y: 0 }))
    expect(report).toMatchObject({ converged: true, reason: 'gap' })
    expectClose(report.params, { x: 2, y: 1 }, 1e-12)
  })

  test('how else it ends', () => {
    const escape = last(
      constrainedDescent(
        (x: Var<number>) => x.neg(),
        x => x.neg(),
      )(1),
    )
    expect(escape).toMatchObject({ converged: false, reason: 'unbounded' })
    const stopped = last(constrainedDescent(distance, disc, { iterations: 5 })({ x: 0, y: 0 }))
    expect(stopped).toMatchObject({ converged: false, reason: 'iterations', iterations: 5 })
    const broken = last(
      constrainedDescent(
        (x: Var<number>) => x.log(),
        x => x.neg().sub(3),
      )(-1),
    )
    expect(broken).toMatchObject({ converged: false, reason: 'nonFiniteValue', iterations: 0 })
  })

  test('what is refused', () => {
    const outside = constrainedDescent(distance, disc)({ x: 3, y: 0 })
    expectFailure(
      () => outside.next(),
      UsageError,
      /^constrainedDescent: the start is not inside: number 1 .* is 8 there/,
    )
    const edge = constrainedDescent(distance, disc)({ x: 1, y: 0 })
    expectFailure(() => edge.next(), UsageError, /is 0 there/)
    expectFailure(() => constrainedDescent(distance, disc, { shrink: 1 }), UsageError, /shrink is 1/)
    expectFailure(() => constrainedDescent(distance, disc, { mu: 1 } as never), UsageError, /no option 'mu'/)
    expectFailure(
      () => constrainedDescent(distance, disc, { gradientTolerance: 1 } as never),
      UsageError,
      /no option 'gradientTolerance'/,
    )
    expectFailure(() => constrainedDescent(distance, undefined as never), UsageError, /second argument/)
    expectFailure(() => constrainedDescent(distance, disc)('a' as never), UsageError, /the start is the string/)
  })
})
