/** Steps of a compiled function, several in one call, against the same steps one by one: the same bits, losses and errors. */
import {
  adam,
  compile,
  epoch,
  gradBP,
  matVec,
  oneHot,
  resident,
  ResidentError,
  sgdStep,
  softmaxCrossEntropy,
  squaredError,
  sum,
  table,
  trainStep,
  UnstableProgramError,
  UsageError,
  vector,
  zeros,
  zeros32,
  type BVar,
  type EpochOptions,
  type Matrix,
  type Progress,
  type Resident,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Cache } from '../../src/compile/compile.ts'
import { Execution } from '../../src/compile/generate/execution.ts'
import { flat } from '../support/plain.ts'
import { Random } from '../support/random.ts'
import { bytesInUse } from '../support/tape.ts'

const ROWS = 100
const random = new Random(11)
const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.between(-1, 1))
const xs = table(numbers(4 * ROWS), [4])
const ys = table(numbers(ROWS), [])
const labels = oneHot(
  Array.from({ length: ROWS }, (_, i) => (i * i) % 3),
  3,
)

/** How many steps have run in calls of several. */
let inCalls = 0
const { callEach } = Cache.prototype as { callEach: (this: Cache, ...args: Parameters<Cache['callEach']>) => number }

// The arena keeps what the first run takes.
beforeAll(() => {
  using w = resident({ w: zeros(4), b: 0 })
  sgdStep(line, { rate: 0 })(w, zeros(4), 0)
})
beforeEach(() => {
  inCalls = 0
  vi.spyOn(Cache.prototype, 'callEach').mockImplementation(function (this: Cache, ...args) {
    const taken = callEach.apply(this, args)
    inCalls += taken - args[2]
    return taken
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** All that an epoch yields and gives. */
function all(run: Generator<Progress, Progress, void>): Progress[] {
  const seen: Progress[] = []
  for (let next = run.next(); ; next = run.next()) {
    seen.push(next.value)
    if (next.done === true) return seen
  }
}

type Given = readonly Resident<never>[]
type AnyStep = (...args: never[]) => number
/** `epoch`, as untyped as a test of many steps needs it. */
const untyped = epoch as (
  tables: readonly unknown[],
  step: unknown,
  options: EpochOptions & { readonly dtype?: string },
) => Generator<Progress, Progress, void>

/**
 * Runs two epochs in calls of several steps, and one by one, from the same start. Checks that parameters, losses and numbers of steps are
 * the same, and that so many steps have run in calls.
 */
function check(
  tables: readonly unknown[],
  makeStep: () => AnyStep,
  start: () => Given,
  options: EpochOptions & { readonly dtype?: string } = {},
  least = 1,
): void {
  const before = bytesInUse()
  const once = { sliceMillis: 1e9, ...options }
  const [step, other] = [makeStep(), makeStep()]
  const [parameters, others] = [start(), start()]
  const together = [
    all(untyped(tables, step, { ...once, parameters })),
    all(untyped(tables, step, { ...once, parameters })),
  ]
  expect(inCalls).toBeGreaterThanOrEqual(least)
  const taken = inCalls
  const apart = (...rows: never[]): number => other(...(others as never[]), ...rows)
  const oneByOne = [all(untyped(tables, apart, once)), all(untyped(tables, apart, once))]
  expect(inCalls).toBe(taken)
  expect(together).toEqual(oneByOne)
  const values = (of: Given): unknown => of.map(one => flat(one.read()))
  expect(values(parameters)).toEqual(values(others))
  for (const one of [...parameters, ...others]) one.free()
  for (const one of [step, other]) (one as unknown as { free(): void }).free()
  expect(bytesInUse()).toBe(before)
}

const logits = (w: Var<Matrix<3, 4>>, x: Var<Vector<4>>, t: Var<Vector<3>>): Var<number> =>
  softmaxCrossEntropy(matVec(w, x), t)
interface Line {
  w: Vector<4>
  b: number
}
const line = ({ w, b }: BVar<Line>, x: Var<Vector<4>>, y: Var<number>): Var<number> =>
  sum(w.mul(x)).add(b).sub(y).pow(2)
const lineStart = (): Given => [resident({ w: zeros(4), b: 0.5 }) as Resident<never>]
const lineStep = (): AnyStep => compile(sgdStep(line, { rate: 0.05 }))

describe('the same as one by one', () => {
  test('vectors as rows, a matrix as parameter', () => {
    check(
      [xs, labels],
      () => compile(sgdStep(logits, { rate: 0.1 })),
      () => [resident(zeros(3, 4)) as Resident<never>],
      {},
      2 * ROWS - 1,
    )
  })

  test('numbers as rows and as parameters', () => {
    check([xs, ys], lineStep, lineStart, {}, 2 * ROWS - 1)
    check([xs, ys], lineStep, lineStart, { order: [7, 7, 3, 99, 0, 3] }, 11)
  })

  test('interpreted, and generated at once', () => {
    for (const generate of ['always', 'never'] as const) {
      const options = { generate }
      check([xs, ys], () => compile(sgdStep(line, { rate: 0.05 }), options), lineStart, {}, 2 * ROWS - 1)
    }
  })

  test('Adam, whose state has numbers that change', () => {
    const method = adam({ rate: 0.01 })
    const start = (): Given => {
      const [p] = lineStart() as unknown as [Resident<Line>]
      return [p, resident(method.start(p))] as unknown as Given
    }
    check([xs, ys], () => compile(trainStep(line, method)), start, {}, 2 * ROWS - 1)
  })

  test('batches, and a smaller one at the end', () => {
    const loss = (p: Var<Vector<4>>, x: Var<Matrix<number, 4>>, y: Var<Vector>): Var<number> =>
      squaredError(matVec(x, p), y)
    const start = (): Given => [resident(zeros(4)) as Resident<never>]
    const step = (): AnyStep => compile(sgdStep(loss, { rate: 0.01 }))
    check([xs, ys], step, start, { batch: 7 }, 20)
    check([xs, ys], step, start, { batch: 7, dropLast: true }, 20)
    check([xs, ys], step, start, { batch: 1000 }, 0)
  })

  test('float32', () => {
    const loss = (p: Var<Vector32<4>>, x: Var<Vector32<4>>): Var<number> => sum(p.sub(x).pow(2))
    const start = (): Given => [resident(zeros32(4)) as Resident<never>]
    check([xs], () => compile(sgdStep(loss, { rate: 0.1 })), start, { dtype: 'float32' }, 2 * ROWS - 1)
  })

  test('rows of more than is loaded at a time', () => {
    const wide = table(numbers(50 * 20_000), [20_000])
    const loss = (p: Var<Vector>, x: Var<Vector>): Var<number> => sum(p.sub(x).pow(2))
    const start = (): Given => [resident(zeros(20_000)) as Resident<never>]
    check([wide], () => compile(sgdStep(loss, { rate: 0.1 })), start, {}, 50)
  })

  test('a condition with either outcome, row by row', () => {
    const huber = (b: Var<number>, y: Var<number>): Var<number> => {
      const error = y.sub(b)
      return error.abs().lt(0.5) ? error.mul(error) : error.abs().sub(0.25)
    }
    const start = (): Given => [resident(0.1) as Resident<never>]
    check([ys], () => compile(sgdStep(huber, { rate: 0.3 })), start, {}, 2 * ROWS - 30)
    const alternating = table(
      Float64Array.from({ length: ROWS }, (_, i) => (i % 2) * 2 - 1),
      [],
    )
    check([alternating], () => compile(sgdStep(huber, { rate: 0.01 })), start, {}, 2 * ROWS - 30)
  })

  test('a value that is read, and the error when it is another one almost every time', () => {
    const read = (b: Var<number>, y: Var<number>): Var<number> => b.mul(y.value > 0 ? 2 : 3)
    const few = table(
      Float64Array.from({ length: ROWS }, (_, i) => (i % 5) - 2),
      [],
    )
    check(
      [few],
      () => compile(sgdStep(read, { rate: 0.01 })),
      () => [resident(0.1) as Resident<never>],
      {},
      2 * ROWS - 50,
    )
    using w = resident(0.1)
    const step = compile(sgdStep(read, { rate: 0.01 }))
    expect(() => all(epoch([ys], step, { parameters: [w] }))).toThrow(UnstableProgramError)
    expect(step.recordings).toBe(9)
  })

  test('a step that changes nothing, and one that reads nothing of a table', () => {
    const start = (): Given => [resident(0.1) as Resident<never>]
    const still = (b: Var<number>, y: Var<number>): Var<number> => y.mul(2).add(b.mul(0))
    check([ys], () => compile(sgdStep(still, { rate: 0 })), start, {}, 2 * ROWS - 1)
    const blind = (b: Var<number>, _y: Var<number>): Var<number> => b.mul(b)
    check([ys], () => compile(sgdStep(blind, { rate: 0.1 })), start, {}, 2 * ROWS - 1)
  })
})

describe('what cannot run in one call runs all the same', () => {
  test('a step that is not compiled, and none but the tables', () => {
    using w = resident(0.1)
    using v = resident(0.1)
    const loss = (b: Var<number>, y: Var<number>): Var<number> => b.sub(y).pow(2)
    const step = sgdStep(loss, { rate: 0.1 })
    const together = all(epoch([ys], step, { parameters: [w], sliceMillis: 1e9 }))
    expect(together).toEqual(all(epoch([ys], y => step(v, y), { sliceMillis: 1e9 })))
    expect(w.read()).toBe(v.read())
    expect(inCalls).toBe(0)
    const square = compile(gradBP((y: Var<number>) => y.mul(y)))
    const [, { loss: mean }] = all(epoch([ys], square, { sliceMillis: 1e9 })) as [Progress, Progress]
    expect(mean).toBe(all(epoch([ys], y => 2 * y.read(), { sliceMillis: 1e9 }))[1]?.loss)
    expect(inCalls).toBe(ROWS - 1)
  })

  test('a result that is no number: a UsageError', () => {
    const gradient = compile(gradBP((y: Var<Vector<4>>) => sum(y.mul(y))))
    expect(() => all(epoch([xs], gradient as never, {}))).toThrow(UsageError)
    const pair = compile(gradBP((y: Var<number>) => y.mul(y), { into: resident(0) as never }))
    expect(() => all(epoch([ys], pair as never, {}))).toThrow(UsageError)
  })
})

describe('pauses and errors', () => {
  test('a pause after each step, if that is wanted; and all in time', () => {
    using w = resident(0.1)
    const step = compile(sgdStep((b: Var<number>, y: Var<number>) => b.sub(y).pow(2), { rate: 0.1 }))
    const seen = all(epoch([ys], step, { parameters: [w], sliceMillis: 0 }))
    expect(seen.map(({ steps }) => steps)).toEqual([...Array.from({ length: ROWS }, (_, i) => i + 1), ROWS])
    vi.spyOn(performance, 'now').mockRestore()
    let now = 0
    // Each look at the clock is 2 milliseconds later: a call may take an eighth of the slice, so none takes more than a step.
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 2))
    const slow = all(epoch([ys], step, { parameters: [w], sliceMillis: 10 }))
    expect(Math.max(...slow.slice(1).map(({ steps }, i) => steps - slow[i].steps))).toBeLessThanOrEqual(6)
  })

  test('pauses in time where steps become dear, and where conditions change row by row before', () => {
    // A clock that goes on by what runs cost: a microsecond at first, a millisecond later.
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    let runs = 0
    const { run: execute } = Execution.prototype as { run: (this: Execution) => number }
    vi.spyOn(Execution.prototype, 'run').mockImplementation(function (this: Execution) {
      now += runs++ < 5000 ? 0.001 : 1
      return execute.apply(this)
    })
    const signs = table(
      Float64Array.from({ length: 5000 }, (_, i) => (i < 2000 && i % 2 === 0 ? -1 : 1)),
      [],
    )
    const step = compile(
      sgdStep((b: Var<number>, y: Var<number>) => (y.lt(0) ? b.sub(y) : b.mul(y)).pow(2), { rate: 0.01 }),
    )
    using w = resident(0.1)
    let before = now
    let longest = 0
    const slices = epoch([signs], step, { parameters: [w], sliceMillis: 30 })
    for (let { done } = slices.next(); done !== true; { done } = slices.next()) {
      longest = Math.max(longest, now - before)
      before = now
    }
    expect(inCalls).toBeGreaterThan(4900)
    expect(longest).toBeGreaterThan(29)
    expect(longest).toBeLessThan(50)
  })

  test('data that change in a pause, and a list of parameters', () => {
    const data = new Float64Array(20).fill(1)
    const step = compile(sgdStep((b: Var<number>, y: Var<number>) => b.sub(y).pow(2), { rate: 0.5 }))
    using w = resident(0)
    using other = resident(0)
    const parameters: [Resident<number>] = [w]
    const run = epoch([table(data, [])], step, { parameters, sliceMillis: 0.001 })
    run.next()
    parameters[0] = other
    data.fill(-5)
    all(run)
    expect([w.read(), other.read()]).toEqual([-5, 0])
  })

  test('parameters that are freed, given twice, or read by an open run', () => {
    const step = compile(sgdStep(line, { rate: 0.1 }))
    using p = resident({ w: zeros(4), b: 0 })
    const run = epoch([xs, ys], step, { parameters: [p], sliceMillis: 0 })
    run.next()
    run.next()
    p.readers++
    expect(() => run.next()).toThrow(ResidentError)
    p.readers--
    const next = epoch([xs, ys], step, { parameters: [p], sliceMillis: 0 })
    next.next()
    next.next()
    p.free()
    expect(() => next.next()).toThrow(ResidentError)
    expect(step(resident({ w: vector([1, 2, 3, 4], 4), b: 0 }), vector([1, 1, 1, 1], 4), 10)).toBe(0)
  })

  test('parameters that are no list', () => {
    expect(() => epoch([ys], () => 1, { parameters: 5 as never })).toThrow(
      /^epoch: parameters is 5, but must be a list: \{ parameters: \[net\] \}/,
    )
  })

  test('after an epoch, or a break, the function works on other rows', () => {
    const step = compile(sgdStep((b: Var<number>, y: Var<number>) => b.sub(y).pow(2), { rate: 0.5 }))
    using w = resident(0)
    for (const { steps } of epoch([ys], step, { parameters: [w], sliceMillis: 0 })) if (steps === 10) break
    using y = resident(3)
    step(w, y)
    expect(w.read()).toBe(3)
    y.write(-1)
    step(w, y)
    expect(w.read()).toBe(-1)
    expect(step.recordings).toBe(1)
  })
})
