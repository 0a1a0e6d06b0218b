import { describe, expect, test } from 'vitest'
import { BaselineTape, ScalarTape } from '../../bench/baseline/index.ts'
import {
  chain,
  chainDerivative,
  chainGradientOfClosures,
  chainGradientOnTape,
  chainOfNumbers,
  chainOnTape,
  CHAIN_INPUT,
} from '../../bench/manual/chain.ts'
import { ClosureEngine } from '../../bench/manual/closures.ts'
import { expectGradient, Inputs } from './differences.ts'

const inputs = new Inputs(10)

test('the example of the documentation', () => {
  const tape = new BaselineTape()
  const x = tape.scalar(2)
  const y = tape.mul(x, tape.sin(x))
  tape.backward(y)
  expect(tape.value(y)).toBe(1.8185948536513634)
  expect(tape.adjoint(x)).toBeCloseTo(Math.sin(2) + 2 * Math.cos(2), 15)
})

describe('the seed', () => {
  test('goes to the result, wherever it stands', () => {
    const tape = new BaselineTape()
    const x = tape.scalar(3)
    const square = tape.mul(x, x)
    const cube = tape.mul(square, x)
    tape.backward(square)
    expect([tape.adjoint(x), tape.adjoint(cube)]).toEqual([6, 0])
    tape.backward(cube)
    expect(tape.adjoint(x)).toBe(27)
    tape.backward(x, 5)
    expect(tape.adjoint(x)).toBe(5)
  })

  test('may be a tensor', () => {
    const tape = new BaselineTape()
    const x = tape.vector(Float64Array.of(1, 2, 3))
    tape.backward(x, Float64Array.of(4, 5, 6))
    expect([...tape.adjoints(x)]).toEqual([4, 5, 6])
    expect(() => tape.backward(x)).toThrow('must be a Float64Array')
    expect(() => tape.backward(x, Float64Array.of(1))).toThrow('1 elements')
  })
})

describe('inputs without gradient', () => {
  test('contribute values and no derivative', () => {
    const tape = new BaselineTape()
    const w = tape.tensor(Float64Array.of(1, 2, 3, 4), 2, 2)
    const x = tape.constantVector(Float64Array.of(5, 6))
    const c = tape.constant(7)
    const y = tape.mul(c, tape.sum(tape.matVec(w, x)))
    tape.backward(y)
    expect(tape.value(y)).toBe(7 * (17 + 39))
    expect([...tape.adjoints(w)]).toEqual([35, 42, 35, 42])
    expect([...tape.adjoints(x)]).toEqual([0, 0])
    expect(tape.adjoint(c)).toBe(0)
  })

  test('what depends on nothing else is left out', () => {
    const tape = new BaselineTape()
    const x = tape.constantVector(Float64Array.of(5, 6))
    const y = tape.softmax(tape.mul(x, tape.constant(2)))
    tape.backward(y, Float64Array.of(1, 0))
    expect([...tape.adjoints(y)]).toEqual([0, 0])
  })
})

describe('gradients given by the caller', () => {
  test('are written in place, over anything that was there', () => {
    const tape = new BaselineTape()
    const gradient = new Float64Array(3).fill(NaN)
    const x = tape.vector(Float64Array.of(1, 2, 3), gradient)
    tape.backward(tape.dot(x, x))
    expect([...gradient]).toEqual([2, 4, 6])
  })

  test('are zero if nothing contributes', () => {
    const tape = new BaselineTape()
    const gradient = new Float64Array(3).fill(NaN)
    const x = tape.vector(Float64Array.of(1, 2, 3), gradient)
    const other = tape.scalar(1)
    tape.dot(x, x)
    tape.backward(tape.mul(other, other))
    expect([...gradient]).toEqual([0, 0, 0])
  })
})

test('a record that the result does not depend on does not disturb it', () => {
  const tape = new BaselineTape()
  const x = tape.scalar(0)
  tape.log(x)
  tape.mul(x, tape.scalar(Infinity))
  const v = tape.vector(Float64Array.of(0, 1))
  tape.div(v, v)
  tape.logSumExp(tape.log(v))
  const y = tape.add(x, tape.sum(v))
  tape.backward(y)
  expect(tape.adjoint(x)).toBe(1)
  expect([...tape.adjoints(v)]).toEqual([1, 1])
})

test('scalars and tensors mix in one graph', () => {
  expectGradient(
    (t, [a, x, s]) => {
      const y = t.tanh(t.mul(t.matVec(a, x), s))
      const norm = t.sqrt(t.dot(y, y))
      return t.add(t.div(y, norm), t.exp(t.mul(s, norm)))
    },
    [inputs.matrix(4, 3), inputs.vector(3), 0.7],
  )
})

describe('reuse', () => {
  test('reset empties the tape; a larger recording follows a smaller one and the other way round', () => {
    const tape = new BaselineTape()
    for (const n of [3, 5000, 10, 20000, 7]) {
      tape.reset()
      expect(tape.length).toBe(0)
      const x = tape.vector(inputs.numbers(n))
      const y = tape.mul(tape.sin(x), x)
      const z = tape.sum(y)
      tape.backward(z)
      const gradient = tape.adjoints(x)
      tape.values(x).forEach((v, i) => expect(gradient[i]).toBeCloseTo(Math.sin(v) + v * Math.cos(v), 14))
    }
  })

  test('tensors survive the growth of the arena', () => {
    const tape = new BaselineTape()
    const x = tape.vector(inputs.numbers(1000))
    let y = x
    for (let i = 0; i < 40; i++) y = tape.add(y, x)
    tape.backward(tape.sum(y))
    expect(tape.adjoints(x).every(v => v === 41)).toBe(true)
    tape.values(x).forEach((v, i) => expect(tape.values(y)[i]).toBeCloseTo(41 * v, 11))
  })

  test('a second walk starts afresh', () => {
    const tape = new BaselineTape()
    const x = tape.vector(Float64Array.of(1, 2))
    const y = tape.dot(x, x)
    tape.backward(y)
    tape.backward(y)
    expect([...tape.adjoints(x)]).toEqual([2, 4])
  })
})

test('reading a handle of the other kind is refused', () => {
  const tape = new BaselineTape()
  const s = tape.scalar(1)
  const v = tape.vector(Float64Array.of(1, 2))
  expect(() => tape.value(v)).toThrow('values()')
  expect(() => tape.adjoint(v)).toThrow('adjoints()')
  expect(() => tape.values(s)).toThrow('a tensor was expected')
  expect(() => tape.tensor(new Float64Array(3), 2, 2)).toThrow('3 elements for a 2×2 tensor')
  expect([tape.rows(v), tape.cols(v)]).toEqual([1, 2])
})

describe('the chain of the benchmarks', () => {
  test.each([0, 1, 2, 3, 4, 5, 300, 100_000])('%i records: all engines agree', length => {
    const byHand = chainDerivative(length, CHAIN_INPUT)
    for (const tape of [new ScalarTape(), new BaselineTape()]) {
      expect(Math.abs(chainGradientOnTape(tape, length, CHAIN_INPUT) / byHand - 1)).toBeLessThan(1e-12)
      expect(tape.length).toBe(length + 1)
    }
    expect(Math.abs(chainGradientOfClosures(new ClosureEngine(), length, CHAIN_INPUT) / byHand - 1)).toBeLessThan(1e-12)
  })

  test('the definition agrees with the copies', () => {
    const numbers = {
      add: (a: number, b: number) => a + b,
      mul: (a: number, b: number) => a * b,
      sub: (a: number, b: number) => a - b,
    }
    for (const length of [0, 1, 2, 3, 50]) {
      expect(chainOfNumbers(length, 1.25)).toBe(chain(numbers, length, 1.25))
      const tape = new BaselineTape()
      expect(tape.value(chainOnTape(tape, length, tape.scalar(1.25)))).toBe(chain(numbers, length, 1.25))
    }
  })

  test('values and derivative stay tame over a million records', () => {
    expect(chainOfNumbers(1_000_000, CHAIN_INPUT)).toBeLessThan(2.2)
    expect(chainDerivative(999_999, CHAIN_INPUT) / 999_999).toBeLessThan(1.2)
  })

  test('the derivative is that of the values', () => {
    expectGradient((t, [x]) => chainOnTape(t, 30, x), [1.1])
  })
})

test('the ops of the closure engine', () => {
  const engine = new ClosureEngine()
  const a = engine.scalar(0.7)
  const b = engine.scalar(1.9)
  const y = a.mul(b).sub(a.div(b)).add(b.log()).mul(a.sin().exp()).add(a.tanh())
  y.backward()
  const tape = new BaselineTape()
  const u = tape.scalar(0.7)
  const v = tape.scalar(1.9)
  const product = tape.add(tape.sub(tape.mul(u, v), tape.div(u, v)), tape.log(v))
  const z = tape.add(tape.mul(product, tape.exp(tape.sin(u))), tape.tanh(u))
  tape.backward(z)
  expect(y.data).toBe(tape.value(z))
  expect(a.gradient).toBeCloseTo(tape.adjoint(u), 14)
  expect(b.gradient).toBeCloseTo(tape.adjoint(v), 14)
})
