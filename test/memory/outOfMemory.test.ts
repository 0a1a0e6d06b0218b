/**
 * Running out of memory, wherever it can happen: a named error with the bytes, parameters unchanged, and an engine that
 * goes on to use all the memory that there is. This file has an engine of its own with 16 MiB.
 */
import {
  backpropWith,
  constVar,
  dot,
  EngineError,
  evalBP,
  exp,
  gradBP,
  init,
  matMul,
  momentum,
  OutOfMemoryError,
  outer,
  resident,
  sgdStep,
  sum,
  trainStep,
  vector,
  zeros,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectUsable } from '../support/failures.ts'
import { expectClose } from '../support/plain.ts'
import { bytesInUse, linearBytes } from '../support/tape.ts'

const MAXIMUM = 16 * 2 ** 20
/** A megabyte of numbers. */
const megabyte = vector(new Float64Array(2 ** 17).fill(0.5))

const half = vector(new Float64Array(2 ** 16).fill(0.5))

beforeAll(async () => {
  await expect(init({ maximumBytes: 2 ** 20 })).rejects.toThrow(/^init: maximumBytes is 1048576\. .*4 MiB to 4 GiB/)
  await expect(init({ maximumBytes: 2 ** 33 })).rejects.toThrow(EngineError)
  await expect(init({ maximumBytes: NaN })).rejects.toThrow(EngineError)
  await init({ maximumBytes: MAXIMUM })
})

/** Nothing is left, and one tensor may take a large part of memory, in a run or to stay. */
afterEach(() => {
  expectUsable()
  expect(linearBytes()).toBeLessThanOrEqual(MAXIMUM)
  const large = zeros(10 * 2 ** 17)
  expect(evalBP((x: Var<Vector>) => sum(x))(large)).toBe(0)
  resident(large).free()
  expectUsable()
})

function expectOutOfMemory(body: () => unknown): OutOfMemoryError {
  try {
    body()
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error
    expect(error.maximumBytes).toBe(MAXIMUM)
    expect(error.requestedBytes).toBeGreaterThan(0)
    expect(error.availableBytes).toBeGreaterThanOrEqual(0)
    expect(error.availableBytes).toBeLessThan(MAXIMUM)
    expect(error.message).toMatch(
      /^out of memory: requested .*, available .*, maximum 16\.0 MiB\. .*init\(\{ maximumBytes \}\)/,
    )
    return error
  }
  throw new Error('there was room')
}

const chain =
  (links: number) =>
  (x: Var<Vector>): Var<number> => {
    let y = x
    for (let i = 0; i < links; i++) y = y.mul(x)
    return sum(y)
  }

describe('OutOfMemoryError', () => {
  test('copying an argument in', () => {
    const error = expectOutOfMemory(() => gradBP((x: Var<Vector>) => sum(x))(zeros(2 ** 22)))
    expect(error.requestedBytes).toBeGreaterThanOrEqual(2 ** 25)
  })

  test('copying a constant in', () => {
    expectOutOfMemory(() => gradBP((x: Var<number>) => sum(x.mul(zeros(2 ** 22))))(1))
    expectOutOfMemory(() => constVar(zeros(2 ** 22)).add(1))
  })

  test('the values of a run', () => {
    expectOutOfMemory(() => evalBP(chain(40))(megabyte))
  })

  test('the cotangents of a run, whose values fit', () => {
    expect(evalBP(chain(8))(megabyte)).toBeCloseTo(2 ** 17 * 0.5 ** 9, 6)
    expectOutOfMemory(() => gradBP(chain(8))(megabyte))
  })

  test('a walk that is recorded', () => {
    const f = chain(6)
    gradBP(f)(half)
    expectOutOfMemory(() => gradBP((x: Var<Vector>) => dot(gradBP(f)(x), x))(half))
  })

  test('the seed of a result that is a tensor', () => {
    expectOutOfMemory(() => gradBP((x: Var<number>) => x.mul(zeros(7 * 2 ** 17)))(1))
  })

  test('the snapshot of a pullback, when it is called; afterwards it may be called again', () => {
    const [, pullback] = backpropWith(chain(3))(half)
    using blocks = resident(zeros(11 * 2 ** 17))
    expectOutOfMemory(() => pullback(1))
    blocks.free()
    expectClose(pullback(1).at(3), 4 * 0.5 ** 3, 1e-15)
  })

  test('the tape: more records than there is room for', () => {
    const endless = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 0; i < 10_000_000; i++) y = y.add(x)
      return y
    }
    expectOutOfMemory(() => gradBP(endless)(1))
    expectOutOfMemory(() => gradBP((x: Var<number>) => gradBP(endless)(x))(1))
  })

  test('the tape: more constants than there is room for', () => {
    expectOutOfMemory(() =>
      gradBP((x: Var<number>) => {
        let y = x
        for (let i = 0; i < 10_000_000; i++) y = exp(constVar(i)).add(1)
        return y
      })(1),
    )
  })

  test('a result that no memory could hold is refused before its size overflows', () => {
    const long = zeros(2 ** 19)
    const error = expectOutOfMemory(() => outer(long, long))
    expect(error.requestedBytes).toBe(2 ** 41)
    expectOutOfMemory(() => matMul(zeros(2 ** 20, 0), zeros(0, 2 ** 20)))
    expectOutOfMemory(() => matMul(zeros(2 ** 31, 0), zeros(0, 2 ** 30)))
  })

  test('resident parameters, of which then nothing stays', () => {
    const before = bytesInUse()
    expectOutOfMemory(() => resident([megabyte, zeros(2 ** 21)]))
    expectOutOfMemory(() => resident(Array.from({ length: 30 }, () => megabyte)))
    expect(bytesInUse()).toBeLessThanOrEqual(before)
  })

  test('caught by a user inside the function: the run goes on', () => {
    const f = (x: Var<Vector>): Var<number> => {
      const y = dot(x, x)
      expectOutOfMemory(() => evalBP(chain(40))(megabyte))
      const recorded = (v: Var<Vector>): Var<number> => {
        const z = chain(40)(v.add(y))
        expect(z.value).toBe('never computed')
        return z
      }
      expectOutOfMemory(() => gradBP(recorded)(constVar(megabyte)))
      return y.add(sum(x))
    }
    expect(gradBP(f)(vector([1, 2])).toArray()).toEqual([3, 5])
  })
})

describe('sgdStep leaves parameters as they were', () => {
  type Net = { w: Matrix; b: Vector; s: number }
  type Vars = { w: Var<Matrix>; b: Var<Vector>; s: Var<number> }
  const net: Net = { w: zeros(256, 512), b: zeros(512), s: 3 }

  /** In place at w and b; more layers take more memory in the walk than forwards. */
  const loss =
    (layers: number) =>
    ({ w, b, s }: Vars, x: Var<Matrix>): Var<number> => {
      let y = matMul(w, x).mul(s)
      for (let i = 0; i < layers; i++) y = y.logistic()
      return sum(y).add(sum(b.add(1)))
    }

  const x = zeros(512, 256)

  test.each([
    ['while it runs forwards', 30, false],
    ['when it reserves for the walk', 12, true],
  ])('%s', (_title, layers, runs) => {
    using parameters = resident(net)
    if (runs) expect(evalBP(loss(layers))(parameters, x)).toBeGreaterThan(0)
    const step = sgdStep(loss(layers), { rate: 0.1 })
    for (let i = 0; i < 2; i++) {
      expectOutOfMemory(() => step(parameters, x))
      expect(parameters.read()).toEqual(net)
    }
    // With less data there is room.
    step(parameters, zeros(512, 1))
    expect(parameters.read().b.at(0)).toBeCloseTo(-0.1, 12)
  })
})

test('trainStep leaves parameters and state as they were, wherever memory ends', () => {
  const net = { w: zeros(256, 512), b: vector([1, 2]) }
  const method = momentum({ rate: 0.1 })
  /** Each layer is a megabyte: it ends forwards, on the way back, in the optimiser, or not at all. */
  const loss =
    (layers: number) =>
    ({ w, b }: { w: Var<Matrix<256, 512>>; b: Var<Vector> }): Var<number> => {
      let y = w
      for (let i = 0; i < layers; i++) y = y.logistic()
      return sum(y).add(dot(b, b))
    }
  let failures = 0
  for (let layers = 14; layers >= 0; layers--) {
    using parameters = resident(net)
    using state = resident(method.start(parameters))
    try {
      trainStep(loss(layers), method)(parameters, state)
      expect(parameters.read().b.at(0)).toBeCloseTo(0.8, 12)
    } catch (error) {
      expect(error).toBeInstanceOf(OutOfMemoryError)
      failures++
      expect(parameters.read()).toEqual(net)
      expect(state.read()).toEqual(method.start(net))
    }
    expectUsable()
  }
  expect(failures).toBeGreaterThan(2)
  expect(failures).toBeLessThan(14)
})

test('the same failure again and again takes no more memory', () => {
  const bodies = [() => gradBP(chain(40))(megabyte), () => gradBP((x: Var<Vector>) => sum(x))(zeros(2 ** 22))]
  for (const body of bodies) expectOutOfMemory(body)
  const before = bytesInUse()
  for (let i = 0; i < 20; i++) for (const body of bodies) expectOutOfMemory(body)
  expect(bytesInUse()).toBeLessThanOrEqual(before)
})
