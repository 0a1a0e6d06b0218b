/** stopGradient: the value passes, nothing comes back. */
import {
  backprop,
  type BVar,
  constVar,
  dot,
  evalBP,
  gradBP,
  resident,
  sgdStep,
  stopGradient,
  sum,
  type Var,
  type Vector,
  vector,
} from 'backprop-wasm'
import { expect, test } from 'vitest'
import { Complex } from '../support/hostOps.ts'

type N = Var<number>
type V = Var<Vector>

test('of a number and of a tensor', () => {
  expect(backprop((x: N) => x.mul(stopGradient(x)))(3)).toEqual([9, 3])
  expect(gradBP((x: N) => stopGradient(x))(3)).toBe(0)
  expect(gradBP((x: V) => dot(x, stopGradient(x)))(vector([1, 2])).toArray()).toEqual([1, 2])
  expect(gradBP((x: V) => stopGradient(x.mul(x)).add(x))(vector([1, 2])).toArray()).toEqual([1, 1])
  expect(gradBP((x: V) => sum(stopGradient(x)))(vector([1, 2])).toArray()).toEqual([0, 0])
})

test('at second order', () => {
  // d/dx of x² · stop(x) is 2x·x; once more, the inner stop holds as well.
  const f = (x: N): N => x.mul(x).mul(stopGradient(x))
  expect(gradBP((x: N) => gradBP(f)(x))(3)).toBe(6)
  expect(gradBP((x: N) => stopGradient(gradBP((y: N) => y.mul(y).mul(y))(x)).mul(x))(2)).toBe(12)
  const g = (x: V): N => dot(x.mul(x), stopGradient(x))
  expect(gradBP((x: V) => gradBP(g)(x))(vector([1, 2])).toArray()).toEqual([2, 4])
})

test('of structures and of values of a user’s type', () => {
  type P = { x: number; z: Complex; tag: string }
  const f = (p: BVar<P>): BVar<P> => stopGradient(p)
  const [value, gradient] = backprop(f)({ x: 2, z: new Complex(1, 2), tag: 't' })
  expect(value).toEqual({ x: 2, z: new Complex(1, 2), tag: 't' })
  expect(gradient).toEqual({ x: 0, z: new Complex(0, 0), tag: 't' })
})

test('of plain values and constants', () => {
  expect(stopGradient(2).value).toBe(2)
  expect(stopGradient(vector([1, 2])).value.toArray()).toEqual([1, 2])
  expect(evalBP((x: N) => stopGradient(constVar(4)).mul(x))(2)).toBe(8)
})

test('a parameter behind it is not changed in place, and not at all', () => {
  using w = resident({ a: vector([1, 2]), b: vector([3, 4]) })
  const step = sgdStep((p: BVar<{ a: Vector; b: Vector }>) => dot(stopGradient(p.a).add(p.b), p.b), { rate: 0.1 })
  step(w)
  expect(w.read().a.toArray()).toEqual([1, 2])
  expect(w.read().b.data[0]).toBeCloseTo(3 - 0.1 * 7)
})
