/**
 * Addresses beyond 2³¹, which are negative as 32-bit numbers, up to the last byte of 4 GiB. The memory below is given out
 * and never touched, so that it costs nothing.
 */
import {
  backprop,
  backpropWith,
  compile,
  dot,
  evalBP,
  gradBP,
  OutOfMemoryError,
  outer,
  resident,
  sequenceVar,
  sgdStep,
  sum,
  vector,
  zeros,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../src/wasm/engine.ts'
import { checkFirstOrder, checkSecondOrder, checkThirdOrder } from '../support/differences.ts'
import { expectUsable } from '../support/failures.ts'
import { loss, newNetwork, samples } from '../support/network.ts'
import { operandsOf, operations } from '../support/operations.ts'
import { expectClose, flat } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

/** Takes what linear memory there is, up to that address. */
function takeUpTo(address: number): void {
  const { memory } = engine()
  const block = memory.allocate(64)
  memory.allocate(address - block - 64)
}

describe('beyond 2 GiB', () => {
  beforeAll(() => takeUpTo(2 ** 31 - 2 ** 16))

  test(
    'every op has its derivatives of three orders',
    seeded(random => {
      for (const operation of operations) {
        for (const shapes of operation.cases) {
          if (shapes.flat().some(size => size > 20)) continue
          const x = operandsOf(operation, shapes, random)
          checkFirstOrder(operation.apply, x, random)
          checkSecondOrder(operation.apply, x, random)
          checkThirdOrder(operation.apply, x, random)
        }
      }
    }),
  )

  test('resident parameters, their steps and gradients', () => {
    const [{ x, target }] = samples(1)
    const network = newNetwork()
    using parameters = resident(network)
    using into = resident(newNetwork(5))
    const expected = flat(gradBP(loss, { wrt: 0 })(network, x, target))
    gradBP(loss, { wrt: 0, into })(parameters, x, target)
    expectClose(into.read(), expected, 1e-15)
    into.write(newNetwork(6))
    using compiled = compile(gradBP(loss, { wrt: 0, into }))
    compiled(parameters, x, target)
    expectClose(into.read(), expected, 1e-15)
    sgdStep(loss, { rate: 0.5 })(parameters, x, target)
    expectClose(
      parameters.read(),
      flat(network).map((p, i) => p - 0.5 * expected[i]),
      1e-15,
    )
  })

  test('compiled steps, and conditions', () => {
    const data = samples(4)
    using here = resident(newNetwork())
    using there = resident(newNetwork())
    using step = compile(sgdStep(loss, { rate: 0.5 }))
    for (const { x, target } of data) {
      expect(step(here, x, target)).toBe(sgdStep(loss, { rate: 0.5 })(there, x, target))
    }
    expect(here.read()).toEqual(there.read())
    using branch = compile(gradBP((x: Var<Vector>) => (sum(x).gt(1) ? dot(x, x) : sum(x))))
    for (const x of [vector([1, 2]), vector([0, 1]), vector([3, 1])]) {
      expect(branch(x).toArray()).toEqual(sum(x).value > 1 ? [...x.data].map(n => 2 * n) : [1, 1])
    }
    expect(branch.recordings).toBe(2)
  })

  test('generated code, on numbers and elements of resident parameters', () => {
    const f = (v: Var<Vector>, x: Var<number>): Var<number> =>
      sequenceVar(v).reduce((y, element, i) => (y.gt(i) ? y.mul(x) : y.add(element).exp()), x)
    using v = resident(vector([1, 2, 3, -1, 0.5, 2]))
    using step = compile(backprop(f), { generate: 'always' })
    for (const x of [0.5, 2, -1]) expect(step(v, x)).toEqual(backprop(f)(v, x))
    expect(step.instructions.generated).toBeGreaterThan(20)
  })

  test('a tape that grows there, and a pullback that is replayed there', () => {
    const f = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 0; i < 100_000; i++) y = y.add(x)
      return y
    }
    expect(gradBP(f)(1)).toBe(100_001)
    const [, pullback] = backpropWith((x: Var<Vector>) => x.mul(x))(vector([1, 2]))
    expect(pullback(vector([1, 10])).toArray()).toEqual([2, 40])
  })
})

test('a result of exactly 4 GiB, whose size is 0 as a 32-bit number, is refused', () => {
  expect(() => outer(zeros(2 ** 15), zeros(2 ** 14))).toThrow(OutOfMemoryError)
  expect(() => outer(zeros(2 ** 16), zeros(2 ** 16))).toThrow(OutOfMemoryError)
  expectUsable()
})

describe('at the end of 4 GiB', () => {
  const room = 3 * 2 ** 20
  beforeAll(() => takeUpTo(2 ** 32 - room))

  test('the last byte can be used', () => {
    const { memory } = engine()
    const before = memory.availableBytes
    const last = resident(zeros(before / 8 - 2 ** 15))
    expect(last.read().data.every(x => x === 0)).toBe(true)
    expectUsable()
    last.free()
    const n = 2 ** 17
    const x = vector(new Float64Array(n).fill(2))
    expect(evalBP((v: Var<Vector>) => sum(v))(x)).toBe(2 * n)
    expectUsable()
  })

  test('no more is an OutOfMemoryError, forwards, backwards and recorded', () => {
    const x = vector(new Float64Array(2 ** 15).fill(0.5))
    const chain = (v: Var<Vector>): Var<number> => {
      let y = v
      for (let i = 0; i < 100; i++) y = y.mul(v)
      return sum(y)
    }
    for (const body of [
      () => evalBP(chain)(x),
      () => gradBP((v: Var<Vector>) => dot(gradBP(chain)(v), v))(x),
      () => gradBP((v: Var<Vector>) => sum(v))(zeros(2 ** 19)),
      () => resident(zeros(2 ** 19)),
    ]) {
      for (let i = 0; i < 3; i++) expect(body).toThrow(OutOfMemoryError)
      expectUsable()
    }
  })

  test('lengths of tensors from 0 to what is left, one after the other', () => {
    for (let n = 1; n <= room / 8; n *= 2) {
      const x = vector(new Float64Array(n).fill(1))
      try {
        expect(flat(gradBP((v: Var<Vector>) => sum(v.mul(v)))(x)).every(g => g === 2)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(OutOfMemoryError)
        expect(n).toBeGreaterThan(2 ** 14)
      }
    }
    expectUsable()
  })
})
