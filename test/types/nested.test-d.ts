/** Operators inside another run. */
import {
  backprop,
  backpropWith,
  dot,
  evalBP,
  gradBP,
  resident,
  type BVar,
  type Operand,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3, V3 } from './values.ts'

describe('inside another run', () => {
  test('a gradient of a gradient', () => {
    const cube = (x: Var<number>) => x.mul(x).mul(x)
    const second = gradBP((x: Var<number>) => gradBP(cube)(x))
    expectTypeOf(gradBP(cube)(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(second(3)).toEqualTypeOf<number>()
    expectTypeOf(evalBP(cube)(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(backprop(cube)(scalar)).toEqualTypeOf<[value: Var<number>, gradient: Var<number>]>()
  })

  test('plain values beside variables', () => {
    const f = (p: BVar<{ a: number; b: Vector<3> }>, c: Var<number>) => dot(p.b, p.b).mul(p.a).mul(c)
    expectTypeOf(gradBP(f, { wrt: 0 })({ a: scalar, b: v3 }, 2)).toEqualTypeOf<BVar<{ a: number; b: Vector<3> }>>()
    expectTypeOf(gradBP(f, { wrt: [1] })({ a: 1, b: V3 }, 2)).toEqualTypeOf<[Var<number>]>()
    expectTypeOf(gradBP(f, { wrt: 0 })({ a: scalar, b: v3 }, resident(2)).a).toEqualTypeOf<Var<number>>()
    const [value, pullback] = backpropWith(f, { wrt: 1 })({ a: 1, b: v3 }, scalar)
    expectTypeOf(value).toEqualTypeOf<Var<number>>()
    expectTypeOf(pullback).toEqualTypeOf<(cotangent: Operand<number>) => Var<number>>()
  })

  test('a product of the Hessian with a vector, generic in the size', () => {
    const hessianTimes =
      <N extends number>(f: (x: Var<Vector<N>>) => Var<number>, v: Vector<N>) =>
      (at: Vector<N>) =>
        gradBP((y: Var<Vector<N>>) => dot(gradBP(f)(y), v))(at)
    expectTypeOf(hessianTimes((x: Var<Vector<3>>) => dot(x, x), v3)).toEqualTypeOf<(at: Vector<3>) => Vector<3>>()
    expectTypeOf(hessianTimes<4>).returns.toEqualTypeOf<(at: Vector<4>) => Vector<4>>()
  })

  test('derivatives of any order, with several arguments', () => {
    const f = (x: Var<number>, y: Var<Vector<3>>) => dot(y, y).mul(x)
    const mixed = gradBP((x: Var<number>, y: Var<Vector<3>>) => gradBP(f, { wrt: 1 })(x, y), { wrt: 0 })
    expectTypeOf(mixed(1, v3)).toEqualTypeOf<number>()
    const rows = gradBP((x: Var<number>, y: Var<Vector<3>>) => gradBP(f)(x, y))
    expectTypeOf(rows(1, v3)).toEqualTypeOf<[x: number, y: Vector<3>]>()
    const third = gradBP((x: Var<number>) => gradBP((y: Var<number>) => gradBP((z: Var<number>) => z.exp())(y))(x))
    expectTypeOf(third(1)).toEqualTypeOf<number>()
  })

  test('of structures', () => {
    type Point = { x: number; v: Vector<3> }
    const f = (p: BVar<Point>) => dot(p.v, p.v).mul(p.x)
    const along = (p: BVar<Point>) => gradBP(f)(p).v
    expectTypeOf(along).returns.toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(gradBP(along)({ x: 1, v: v3 })).toEqualTypeOf<Point>()
    expectTypeOf(evalBP((p: BVar<Point>) => gradBP(f)(p))({ x: 1, v: v3 })).toEqualTypeOf<Point>()
    const both = evalBP((p: BVar<Point>) => backprop(f)(p))
    expectTypeOf(both({ x: 1, v: v3 })).toEqualTypeOf<[value: number, gradient: Point]>()
  })

  test('a pullback inside: it takes variables and plain values', () => {
    const f = (x: Var<number>) => ({ square: x.mul(x), v: x.mul(v3) })
    const g = (x: Var<number>, seed: Var<number>) => backpropWith(f)(x)[1]({ square: seed, v: v3 })
    expectTypeOf(g).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(g)(1, 2)).toEqualTypeOf<[x: number, seed: number]>()
  })

  test('called with plain values it gives plain values', () => {
    const inner = (x: Var<number>) => x.mul(gradBP((y: Var<number>) => y.mul(y))(3))
    expectTypeOf(inner).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(inner)(2)).toEqualTypeOf<number>()
  })
})
