/** Structures: records, tuples, arrays, interfaces, as arguments and as results. */
import {
  backpropWith,
  constVar,
  evalBP,
  fixed,
  gradBP,
  sum,
  vector,
  type BVar,
  type Fixed,
  type Matrix,
  type Primal,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { v3, m23, type Layer } from './values.ts'

interface Options {
  a?: number
  b: number | null
  c?: Vector<3>
  d?: string
}
type Shape = { kind: 'circle'; r: number } | { kind: 'rectangle'; w: number; h: number }

describe('structures', () => {
  test('a record: each field is a variable, what is static stays', () => {
    const f = (layer: BVar<Layer>) => {
      expectTypeOf(layer.w).toEqualTypeOf<Var<Matrix<2, 3>>>()
      expectTypeOf(layer.name).toEqualTypeOf<string>()
      return sum(layer.w)
    }
    expectTypeOf(gradBP(f)({ w: m23, b: vector([1, 2], 2), name: 'first' })).toEqualTypeOf<{
      w: Matrix<2, 3>
      b: Vector<2>
      name: string
    }>()
    expectTypeOf(gradBP(f)).toExtend<(layer: Layer) => Layer>()
  })

  test('a tuple, an array, and what is read-only', () => {
    expectTypeOf(gradBP((p: BVar<[number, Vector<3>]>) => p[0])([1, v3])).toEqualTypeOf<[number, Vector<3>]>()
    const total = (xs: BVar<number[]>) => xs.reduce((x, y) => x.add(y))
    expectTypeOf(gradBP(total)([1, 2, 3])).toEqualTypeOf<number[]>()
    const readOnly: readonly number[] = [1, 2, 3]
    expectTypeOf(gradBP(total)(readOnly)).toEqualTypeOf<number[]>()
    expectTypeOf(gradBP((p: BVar<[number, number]>) => p[0])([1, 2] as const)).toEqualTypeOf<[number, number]>()
  })

  test('nested', () => {
    type Deep = { layers: { w: Matrix<2, 3>; gains: [number, number] }[]; scale: { out: number } }
    const f = (net: BVar<Deep>) => {
      for (const { gains } of net.layers) expectTypeOf(gains).toEqualTypeOf<readonly [Var<number>, Var<number>]>()
      return net.scale.out
    }
    expectTypeOf(gradBP(f)({ layers: [], scale: { out: 1 } })).toEqualTypeOf<Deep>()
  })

  test('an interface with optional and nullable fields', () => {
    const f = (o: BVar<Options>) => {
      expectTypeOf(o.a).toEqualTypeOf<Var<number> | undefined>()
      expectTypeOf(o.b).toEqualTypeOf<Var<number> | null>()
      return o.b === null ? constVar(1) : o.b.add(o.a ?? 0)
    }
    expectTypeOf(gradBP(f)({ b: 1 })).toEqualTypeOf<{ a?: number; b: number | null; c?: Vector<3>; d?: string }>()
    expectTypeOf(gradBP(f)({ b: 1 })).toExtend<Options>()
  })

  test('a result with a structure, and its cotangent', () => {
    const f = (x: Var<number>, y: Var<Vector<3>>) => ({ x, both: [y, x.mul(y)] as const, unit: 'metre' as const })
    type Value = { x: number; both: [Vector<3>, Vector<3>]; unit: 'metre' }
    expectTypeOf(evalBP(f)(1, v3)).toEqualTypeOf<Value>()
    expectTypeOf(backpropWith(f)(1, v3)[1]).toEqualTypeOf<(cotangent: Value) => [x: number, y: Vector<3>]>()
  })

  test('what is fixed is not differentiated', () => {
    const f = (p: BVar<{ x: number; n: Fixed<number> }>) => {
      expectTypeOf(p.n).toEqualTypeOf<Fixed<number>>()
      return p.x.pow(p.n.value)
    }
    expectTypeOf(gradBP(f)({ x: 3, n: fixed(2) })).toEqualTypeOf<{ x: number; n: Fixed<number> }>()
  })

  test('BVar and Primal undo each other', () => {
    expectTypeOf<Primal<BVar<number>>>().toEqualTypeOf<number>()
    expectTypeOf<Primal<BVar<Options>>>().toEqualTypeOf<{ [K in keyof Options]: Options[K] }>()
    expectTypeOf<Primal<BVar<Shape | null>[]>>().toEqualTypeOf<(Shape | null)[]>()
    expectTypeOf<BVar<boolean | 'a' | bigint | undefined>>().toEqualTypeOf<boolean | 'a' | bigint | undefined>()
  })

  test('taken apart and put together by JavaScript itself', () => {
    type Point = { x: number; rest: Vector<3>; name: string }
    const spread = (p: BVar<Point>) => ({ ...p, x: p.x.mul(2) })
    expectTypeOf(evalBP(spread)({ x: 1, rest: v3, name: '' })).toEqualTypeOf<Point>()
    const without = ({ x, ...others }: BVar<Point>) => [others, x] as const
    expectTypeOf(evalBP(without)({ x: 1, rest: v3, name: '' })).toEqualTypeOf<
      [{ rest: Vector<3>; name: string }, number]
    >()
    const mapped = (xs: BVar<readonly Vector<3>[]>) => xs.map(x => sum(x))
    expectTypeOf(evalBP(mapped)([v3])).toEqualTypeOf<number[]>()
    expectTypeOf(gradBP(mapped)([v3])).toEqualTypeOf<Vector<3>[]>()
    const named = (p: BVar<Record<string, number>>) => Object.values(p).reduce((x, y) => x.add(y))
    expectTypeOf(gradBP(named)({ a: 1 })).toEqualTypeOf<{ [x: string]: number }>()
    const swapped = ([a, b]: BVar<[number, Vector<3>]>) => [b, a] as const
    expectTypeOf(evalBP(swapped)([1, v3])).toEqualTypeOf<[Vector<3>, number]>()
  })

  test('an interface that extends another, and a type with parameters', () => {
    interface Base {
      readonly scale: number
    }
    interface Scaled<N extends number> extends Base {
      readonly v: Vector<N>
    }
    const f = (s: BVar<Scaled<3>>) => sum(s.v).mul(s.scale)
    expectTypeOf(gradBP(f)).toExtend<(s: Scaled<3>) => Scaled<3>>()
    expectTypeOf(gradBP(f)({ scale: 1, v: v3 })).toEqualTypeOf<{ scale: number; v: Vector<3> }>()
    const generic = <N extends number>(s: BVar<Scaled<N>>) => s.v.mul(s.scale)
    expectTypeOf(generic<3>).returns.toEqualTypeOf<Var<Vector<3>>>()
  })
})
