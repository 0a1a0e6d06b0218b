import { describe, expect, test } from 'vitest'
import { BaselineTape } from '../../bench/baseline/index.ts'
import * as naive from '../../bench/manual/naive.ts'
import { emptyNetwork, INPUTS, OUTPUTS, randomNetwork, type NetworkArrays } from '../../bench/manual/network.ts'
import * as onTape from '../../bench/manual/onTape.ts'
import * as optimised from '../../bench/manual/optimised.ts'
import { Inputs } from './differences.ts'

const inputs = new Inputs(12)
const params = randomNetwork(13)
const x = inputs.numbers(INPUTS, 0, 1)
const tape = new BaselineTape()
const names = Object.keys(params) as (keyof NetworkArrays)[]

function oneHot(at: number): Float64Array {
  const target = new Float64Array(OUTPUTS)
  target[at] = 1
  return target
}

/** Equal to 10⁻¹² of the array's largest element. */
function expectNear(actual: Float64Array, expected: Float64Array, name: string): void {
  const largest = expected.reduce((max, v) => Math.max(max, Math.abs(v)), 0)
  expect(largest).toBeGreaterThan(0)
  const error = actual.reduce((max, v, i) => Math.max(max, Math.abs(v - expected[i])), 0)
  expect(error / largest, name).toBeLessThan(1e-12)
}

test('the probabilities agree', () => {
  const expected = new Float64Array(OUTPUTS)
  naive.run(params, x, expected)
  expect(expected.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 14)
  const out = new Float64Array(OUTPUTS)
  optimised.run(params, x, out)
  expectNear(out, expected, 'optimised')
  out.fill(NaN)
  onTape.run(tape, params, x, out)
  expectNear(out, expected, 'tape')
})

describe.each([
  ['one-hot', oneHot(3)],
  ['any', inputs.numbers(OUTPUTS, 0, 0.7)],
])('target: %s', (_, target) => {
  test('losses and gradients agree', () => {
    const expected = emptyNetwork()
    const loss = naive.gradient(params, x, target, expected)
    const out = emptyNetwork()
    for (const gradient of [
      (g: NetworkArrays) => optimised.gradient(params, x, target, g),
      (g: NetworkArrays) => onTape.gradient(tape, params, x, target, g),
    ]) {
      for (const name of names) out[name].fill(NaN)
      expect(Math.abs(gradient(out) / loss - 1)).toBeLessThan(1e-12)
      for (const name of names) expectNear(out[name], expected[name], name)
    }
  })

  test('the gradient is that of the loss, by central differences', () => {
    const gradient = emptyNetwork()
    optimised.gradient(params, x, target, gradient)
    const moved = randomNetwork(13)
    const scratch = emptyNetwork()
    const h = 2 ** -10
    for (const name of names) {
      for (let trial = 0; trial < 5; trial++) {
        const at = Math.floor(inputs.number(0, params[name].length))
        const before = moved[name][at]
        const lossAt = (offset: number) => {
          moved[name][at] = before + offset
          return naive.gradient(moved, x, target, scratch)
        }
        const slope = (8 * (lossAt(h) - lossAt(-h)) - (lossAt(2 * h) - lossAt(-2 * h))) / (12 * h)
        moved[name][at] = before
        expect(Math.abs(gradient[name][at] - slope), `${name}[${at}]`).toBeLessThan(1e-10)
      }
    }
  })

  test('a step is the gradient times the rate', () => {
    const gradient = emptyNetwork()
    const loss = naive.gradient(params, x, target, gradient)
    for (const { step } of [naive, optimised]) {
      const changed = randomNetwork(13)
      expect(Math.abs(step(changed, x, target, 0.02) / loss - 1)).toBeLessThan(1e-12)
      for (const name of names) {
        const change = changed[name].map((v, i) => (params[name][i] - v) / 0.02)
        const error = change.reduce((max, v, i) => Math.max(max, Math.abs(v - gradient[name][i])), 0)
        expect(error, name).toBeLessThan(1e-14) // the rounding of a weight below 1, over the rate
      }
    }
  })
})

test('training lowers the loss', () => {
  const net = randomNetwork(13)
  const target = oneHot(7)
  const first = optimised.step(net, x, target, 0.02)
  for (let i = 0; i < 20; i++) optimised.step(net, x, target, 0.02)
  expect(optimised.step(net, x, target, 0.02)).toBeLessThan(first / 2)
})
