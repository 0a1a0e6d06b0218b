/** What all solvers have in common: iterates that keep their report, compiled functions, and what a call must be. */
import {
  conjugateGradientAscent,
  conjugateGradientDescent,
  constrainedDescent,
  constVar,
  evalBP,
  extremum,
  findZero,
  fixedPoint,
  gradBP,
  gradientAscent,
  gradientDescent,
  inverse,
  last,
  lbfgs,
  levenbergMarquardt,
  mul,
  newtonCG,
  NotCompilableError,
  op1,
  resident,
  sub,
  sum,
  UnstableProgramError,
  UsageError,
  vector,
  vector32,
  type BVar,
  type Iterates,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose, flat } from '../support/plain.ts'

interface Parameters {
  a: number
  v: Vector<2>
}
type Loss = (p: BVar<Parameters>, c: Var<Vector<2>>) => Var<number>
type Residuals = (p: BVar<Parameters>, c: Var<Vector<2>>) => { one: Var<number>; two: Var<Vector<2>> }
type Options = { compile?: boolean; iterations?: number }
type Solve = (start: Parameters, c: Vector<2>) => Iterates<Parameters, unknown>

const start: Parameters = { a: 0.5, v: vector([1, 2], 2) }
const data = [vector([0.25, 0.5], 2), vector([-0.125, 0.75], 2)]

/** Calls of a function while it is recorded. */
let calls = 0

const bowl: Loss = ({ a, v }, c) => {
  calls++
  const u = sub(v, c)
  return sum(mul(u, u))
    .add(a.sub(1).pow(2).mul(3))
    .add(a.mul(sum(v)).cos())
}
const hill: Loss = (p, c) => bowl(p, c).neg()
const system: Residuals = ({ a, v }, c) => {
  calls++
  return { one: a.mul(3).add(sum(v).sin()), two: v.mul(2).sub(c).add(a.sin()) }
}
const contraction = ({ a, v }: BVar<Parameters>, c: Var<Vector<2>>): BVar<Parameters> => {
  calls++
  return { a: a.sin().div(2), v: v.cos().mul(0.5).add(c) }
}
const limits = ({ a, v }: BVar<Parameters>, c: Var<Vector<2>>) => [a.sub(0.9), sub(v, 3), sum(c).sub(10)]

const solvers: Record<string, (options: Options) => Solve> = {
  gradientDescent: options => gradientDescent(bowl, options),
  conjugateGradientDescent: options => conjugateGradientDescent(bowl, options),
  gradientAscent: options => gradientAscent(hill, options),
  conjugateGradientAscent: options => conjugateGradientAscent(hill, options),
  lbfgs: options => lbfgs(bowl, options),
  newtonCG: options => newtonCG(bowl, options),
  constrainedDescent: options => constrainedDescent(bowl, limits, options),
  levenbergMarquardt: options => levenbergMarquardt(system, options),
  findZero: options => findZero(system, options),
  'findZero, Halley': options => findZero(system, { ...options, method: 'halley' }),
  inverse: options => {
    const solve = inverse(system, options)
    return (start, c) => solve(start, { one: 0.1, two: c }, c)
  },
  fixedPoint: options => fixedPoint(contraction, options),
  extremum: options => extremum(bowl, options),
  'extremum, Halley': options => extremum(bowl, { ...options, method: 'halley' }),
}

describe.each(Object.entries(solvers))('%s', (name, solver) => {
  test('compiled it finds the same, and a second call, with other data, records nothing', () => {
    const [plain, compiled] = [solver({}), solver({ compile: true })]
    for (const [i, c] of data.entries()) {
      calls = 0
      const report = last(compiled(start, c))
      if (i > 0) expect(calls).toBe(0)
      const expected = last(plain(start, c))
      expect(expected.converged).toBe(true)
      expect(calls).toBeGreaterThan(5)
      expect(report.reason).toBe(expected.reason)
      expectClose(flat(report.params), flat(expected.params), 1e-9)
      expectClose(flat(report.value), flat(expected.value), 1e-9)
    }
  })

  test('iterates keep their report; a loop may be left and taken up again', () => {
    const expected = last(solver({})(start, data[0]))
    const looped = solver({})(start, data[0])
    let count = 0
    for (const { params } of looped) count += params.v.shape[0] / 2
    expect(count).toBe(expected.iterations + 1)
    expect(looped.report).toEqual(expected)
    expect(last(looped)).toBe(looped.report)
    expect(last(looped)).toBe(looped.report)
    expect(looped.next()).toEqual({ done: true, value: looped.report })
    expect(Array.from(looped)).toEqual([])
    const left = solver({})(start, data[0])
    for (const _ of left) break
    expect(left.report).toBeUndefined()
    expect(Array.from(left).length).toBe(expected.iterations)
    expect(last(left)).toEqual(expected)
  })

  test('what is missing is said, in the order of the arguments', () => {
    const solve = solver({}) as (...args: unknown[]) => unknown
    const op = name.replace(/,.*/, '')
    if (op !== 'inverse') {
      const message = new RegExp(`^${op}: the call has 1 argument, but 2 are needed: the start, argument 2`)
      expectFailure(() => solve(start), UsageError, message)
    }
    const resided = resident(start)
    expectFailure(() => solve(resided, data[0]), UsageError, new RegExp(`^${op}: the start .* \\.read\\(\\)`))
    expectFailure(
      () => gradBP((c: Var<Vector<2>>) => (solve(start, c), sum(c)))(data[0]),
      UsageError,
      new RegExp(`^${op}: .* holds a variable, but solvers are not differentiated`),
    )
  })
})

describe('compiled functions', () => {
  test('what is captured is a constant, data are not', () => {
    let shift = 1
    const captured = lbfgs((x: Var<number>) => x.sub(shift).pow(2), { compile: true })
    const given = lbfgs((x: Var<number>, shift: Var<number>) => x.sub(shift).pow(2), { compile: true })
    expectClose([last(captured(0)).params, last(given(0, shift)).params], [1, 1], 1e-8)
    shift = 5
    expectClose([last(captured(0)).params, last(given(0, shift)).params], [1, 5], 1e-8)
  })

  test('branches are conditions; float32, resident data and weights of a barrier are arguments', () => {
    const huber = (x: Var<number>): Var<number> => (x.abs().lt(1) ? x.mul(x).div(2) : x.abs().sub(0.5))
    expectClose(last(newtonCG(huber, { compile: true })(7)).params, 0, 1e-8)
    const near = (x: Var<ReturnType<typeof vector32<2>>>, y: Var<ReturnType<typeof vector32<2>>>) =>
      sum(x.sub(y).pow(2))
    const y = resident(vector32([1, 2], 2))
    const found = last(lbfgs(near, { compile: true })(vector32([0, 0], 2), y as never))
    expect(found.params.toArray()).toEqual([1, 2])
    let recorded = 0
    const line = (x: Var<number>): Var<number> => {
      recorded++
      return x
    }
    const least = constrainedDescent(line, x => x.neg().add(1), { compile: true })
    expectClose(last(least(5)).params, 1, 1e-7)
    expect(recorded).toBe(3) // the value, with its barrier the gradient and the product
  })

  test('an empty structure, and what has no derivative', () => {
    expect(last(lbfgs((_: BVar<object>) => constVar(3), { compile: true })({})).value).toBe(3)
    const zero = last(findZero((x: Var<number>) => x.sub(2), { compile: true, method: 'halley' })(5))
    expect(zero).toMatchObject({ params: 2, reason: 'zero' })
  })

  test('what cannot be compiled has the error of compile', () => {
    const square = op1((x: number) => [x * x, (dz: number) => [2 * x * dz]], 'square')
    const f = (x: Var<number>): Var<number> => square(x)
    expect(last(lbfgs(f)(3)).converged).toBe(true)
    expectFailure(() => last(lbfgs(f, { compile: true })(3)), NotCompilableError, /square/)
    const read = lbfgs((x: Var<number>) => x.mul(x.value).add(x.pow(4)), { compile: true, gradientTolerance: 0 })
    expect(() => last(read(3))).toThrow(UnstableProgramError)
  })

  test('options', () => {
    expectFailure(() => lbfgs(bowl, { compile: 1 as never }), UsageError, /^lbfgs: compile is 1, but must be true/)
    expectFailure(
      () => findZero(system, { tolerance: 1 } as never),
      UsageError,
      /no option 'tolerance'.*iterations, valueTolerance, stepTolerance, method, compile/,
    )
  })
})

describe('calls', () => {
  test('inverse takes the start, what it should be, and data', () => {
    const root = inverse((x: Var<number>) => x.mul(x)) as (...args: unknown[]) => unknown
    expectFailure(() => root(4), UsageError, /^inverse: the call has 1 argument, but 2 are needed: the start, y\.$/)
    const shifted = inverse((x: Var<number>, c: Var<number>) => x.mul(x).add(c))
    expect(last(shifted(1, 6, 2)).params).toBe(2)
    expectFailure(
      () => (shifted as (...args: unknown[]) => unknown)(1, 6),
      UsageError,
      /^inverse: the call has 2 arguments, but 3 are needed: the start, y, argument 2 of the function/,
    )
  })

  test('errors have the name of the solver', () => {
    const vectors = ((x: Var<Vector<2>>) => x) as never
    for (const solve of [lbfgs, newtonCG, gradientAscent, extremum]) {
      const run = solve(vectors)(vector([1, 2], 2))
      expect(() => run.next()).toThrow(new RegExp(`^${solve.name}: the result is not one number`))
      // The steps have ended by it, and it stays.
      expect(() => last(run)).toThrow(/the result is not one number/)
      expect(run.report).toBeUndefined()
    }
    expectFailure(() => last(lbfgs(bowl) as never), UsageError, /^last: it takes iterates, but got a function/)
  })

  test('a constant is no plain value; resident data are read', () => {
    const square = (x: Var<number>, y: Var<number>): Var<number> => x.mul(x).sub(y)
    expectFailure(() => findZero(square)(1, constVar(4) as never), UsageError, /^findZero: argument 2 .* a variable/)
    expect(last(findZero(square)(1, resident(4) as never)).params).toBe(2)
    expect(evalBP((y: Var<number>) => y.mul(last(findZero(square)(1, y.value)).params))(9)).toBe(27)
  })
})
