/** How many records series take, by order: what their time is proportional to. */
import { constVar, dot, erf, matrix, matVec, softmax, tapeOf, taylor, vector, type Var } from 'backprop-wasm'
import { expect, test } from 'vitest'
import { SLOT_BYTES } from '../../assembly/shared/layout.ts'

type N = Var<number>

/** How many records the function and its series to that order are. */
function records(f: (x: N) => N, order: number): number {
  const { slots, constants } = tapeOf((x: N) => taylor(f, order)(x, x))(0.3)
  return slots.length / (SLOT_BYTES / 4) - constants
}

const weights = matrix([1, 2, 3, -1, 0.5, 2], 2, 3)
const features = constVar(vector([1, 2, 3], 3))
const targets = vector([1, -1], 2)
const functions: readonly (readonly [name: string, f: (x: N) => N])[] = [
  ['elementary functions of full series', x => x.exp().sin().mul(x.exp()).div(x.exp().add(2)).tanh()],
  ['sine and cosine, which share', x => x.exp().sin().mul(x.exp().cos())],
  ['inverse functions', x => x.exp().mul(0.1).log().add(1).sqrt()],
  ['a layer with softmax', x => dot(softmax(matVec(weights, features.mul(x.exp()))), targets)],
]

/** Functions whose first derivatives are functions of their own. */
const families: typeof functions = [
  ['a power that is no product', x => x.exp().pow(2.5)],
  ['a power of both', x => x.exp().pow(x.sin())],
  ['the error function', x => erf(x.exp())],
]

test.each(functions)('%s: four times as many for twice the order', (_, f) => {
  const [ten, twenty, forty] = [10, 20, 40].map(order => records(f, order))
  expect(twenty / ten).toBeLessThan(4.1)
  expect(forty / twenty).toBeLessThan(4.1)
})

test.each(families)('%s: as many in the end', (_, f) => {
  const [ten, twenty, forty] = [10, 20, 40].map(order => records(f, order))
  expect(twenty / ten).toBeLessThan(5.5)
  expect(forty / twenty).toBeLessThan(4.6)
})

test('polynomials end: no record more beyond the degree', () => {
  const f = (x: N): N => x.pow(3).mul(2).add(x.mul(x)).sub(1)
  expect(records(f, 40)).toBe(records(f, 3))
})

test('sine and cosine of the same take the series of one', () => {
  const sine = (x: N): N => x.exp().sin()
  const both = (x: N): N => x.exp().sin().add(x.exp().cos())
  expect(records(both, 20)).toBeLessThan(records(sine, 20) + 80)
})

test('what does not vary is not looked at', () => {
  const f = (x: N): N => {
    let constant = x.mul(0).value === 0 ? dot(vector([1]), vector([2])) : x
    for (let i = 0; i < 50; i++) constant = constant.sin()
    return constant.mul(x)
  }
  expect(records(f, 20)).toBeLessThan(10)
})
