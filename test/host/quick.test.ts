import { expect, test } from 'vitest'
import {
  op2,
  op1,
  type Op,
  type Boxed,
  gradBP,
  backprop,
  evalBP,
  backpropWith,
  vector,
  boxed,
  differentiable,
  type Differentiable,
  type Var,
  type Vector,
  type BVar,
  runOp,
  gradOp,
  sgdStep,
  resident,
  sum,
  gradOpWith,
} from 'backprop-wasm'

const f = op2((x: number, y: number) => [x * Math.sqrt(y), dz => [dz * Math.sqrt(y), (dz * x) / (2 * Math.sqrt(y))]])
test('known', () => {
  expect(runOp(f)(3, 4)).toBe(6)
  expect(gradOp(f)(3, 4)).toEqual([2, 0.75])
  const g = (x: Var<number>, y: Var<number>, z: Var<number>) => f(x, y).pow(z)
  expect(backprop(g)(3, 4, 2)).toEqual([36, [24, 9, 64.50334089220998]])
  expect(gradBP((x: Var<number>) => f(x, 4).add(f(x, x)))(4)).toBeCloseTo(2 + 1.5 * 2)
  expect(gradOpWith(f)(3, 4)(10)).toEqual([20, 7.5])
})
const g = op2(
  (x: number, y: number) => x * x * y,
  (dz, x, y) => [dz.mul(x).mul(y).mul(2), dz.mul(x).mul(x)],
)
test('second', () => {
  expect(gradBP((x: Var<number>, y: Var<number>) => g(x, y))(3, 4)).toEqual([24, 9])
  expect(gradBP((x: Var<number>, y: Var<number>) => gradBP(g)(x, y)[0])(3, 4)).toEqual([8, 6])
  expect(evalBP((x: Var<number>, y: Var<number>) => gradBP(f)(x, y)[0])(3, 4)).toEqual(2)
  expect(() => gradBP((x: Var<number>, y: Var<number>) => gradBP(f)(x, y)[0])(3, 4)).toThrow(/plain values/)
})
class C {
  readonly re: number
  readonly im: number
  constructor(re: number, im: number) {
    this.re = re
    this.im = im
  }
  get [differentiable](): Differentiable<C> {
    return space
  }
}
const space: Differentiable<C> = {
  zero: () => new C(0, 0),
  one: () => new C(1, 0),
  add: (a, b) => new C(a.re + b.re, a.im + b.im),
}
const mulC: Op<[C, C], C> = op2(
  (a: C, b: C) => new C(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re),
  (dz, a, b) => [mulC(dz, conj(b)), mulC(dz, conj(a))],
)
const conj: Op<[C], C> = op1(
  (a: C) => new C(a.re, -a.im),
  dz => [conj(dz)],
)
const re: Op<[C], number> = op1(
  (a: C) => a.re,
  dz => [real(dz)],
)
const real: Op<[number], C> = op1(
  (x: number) => new C(x, 0),
  dz => [re(dz)],
)
test('complex', () => {
  const h = (a: Var<C>) => re(mulC(mulC(a, a), a))
  expect(backprop(h)(new C(1, 2))).toEqual([-11, { re: -9, im: -12 }])
  const [v, pb] = backpropWith(h)(new C(1, 2))
  expect(v).toBe(-11)
  expect(pb(2)).toEqual({ re: -18, im: -24 })
  // d/da re(grad·c)
  const second = gradBP((a: Var<C>) => re(gradBP(h)(a)))(new C(1, 2))
  expect(second).toEqual({ re: 6, im: -12 })
  const [, pb2] = backpropWith((a: Var<C>) => re(gradBP(h)(a)))(new C(1, 2))
  expect(pb2(1)).toEqual({ re: 6, im: -12 })
})
test('structures', () => {
  const rec = op1((p: { x: number; y: Vector }) => [
    { s: p.x * 2, t: p.y },
    (d: { s: number; t: Vector }) => [{ x: 2 * d.s, y: d.t }],
  ])
  const f2 = (p: BVar<{ x: number; y: Vector }>) => {
    const q = rec(p)
    return sum(q.t).mul(q.s)
  }
  expect(backprop(f2)({ x: 3, y: vector([1, 2]) })).toEqual([18, { x: 6, y: vector([6, 6]) }])
  const w = resident({ x: 3, y: vector([1, 2]) })
  expect(sgdStep((p: BVar<{ x: number; y: Vector }>) => f2(p), { rate: 0.1 })(w)).toBe(18)
  expect(w.read()).toEqual({ x: 3 - 0.6, y: vector([1 - 6 * 0.1, 2 - 6 * 0.1]) })
})
test('map, f64', () => {
  const m = new Map([
    ['a', 1],
    ['b', 2],
  ])
  expect(gradBP((m: BVar<Map<string, number>>) => m.get('a')!.mul(m.get('b')!))(m)).toEqual(
    new Map([
      ['a', 2],
      ['b', 1],
    ]),
  )
  const s = op1((x: Float64Array) => [x.reduce((a, b) => a + b * b, 0), (d: number) => [x.map(xi => 2 * d * xi)]])
  expect(gradBP((x: Var<Float64Array>) => s(x))(Float64Array.of(1, 2))).toEqual(Float64Array.of(2, 4))
})
test('by hand', () => {
  const integers: Differentiable<bigint> = { zero: () => 0n, one: () => 1n, add: (a, b) => a + b }
  const twice = op1((x: Boxed<bigint>) => [boxed(2n * x.value, integers), dz => [boxed(2n * dz.value, integers)]])
  expect(gradBP((x: Var<Boxed<bigint>>) => twice(twice(x)))(boxed(3n, integers)).value).toBe(4n)
  expect(backpropWith((x: Var<Boxed<bigint>>) => twice(x))(boxed(3n, integers))[1](boxed(3n, integers)).value).toBe(6n)
})
