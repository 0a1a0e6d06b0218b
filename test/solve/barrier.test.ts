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
    expectClose(report.params, 1e-2, 1e-8)
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
    expectFailure(() => constrainedDescent(distance, undefined as never), UsageError, /second argument/)
    expectFailure(() => constrainedDescent(distance, disc)('a' as never), UsageError, /the start is the string/)
  })
})
