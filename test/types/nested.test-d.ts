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
})
