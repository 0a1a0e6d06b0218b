/** Discriminated unions: narrowed by TypeScript itself, and by `match`. */
import {
  backprop,
  backpropWith,
  constVar,
  evalBP,
  gradBP,
  match,
  matVec,
  resident,
  sgdStep,
  sum,
  type BVar,
  type Fixed,
  type Matrix,
  type Operand,
  type Primal,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3 } from './values.ts'

type Shape = { kind: 'circle'; r: number } | { kind: 'rectangle'; w: number; h: number }
type Tree = { kind: 'leaf'; x: number } | { kind: 'node'; left: Tree; right: Tree }
type List = { head: number; tail: List } | null

declare const shape: BVar<Shape>
declare const tree: BVar<Tree>

describe('narrowing', () => {
  test('a discriminated union: narrowed by its tag, and exhaustively', () => {
    const area = (shape: BVar<Shape>) => {
      switch (shape.kind) {
        case 'circle':
          expectTypeOf(shape.r).toEqualTypeOf<Var<number>>()
          return shape.r.mul(shape.r).mul(Math.PI)
        case 'rectangle':
          return shape.w.mul(shape.h)
      }
    }
    expectTypeOf(area).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(area)({ kind: 'circle', r: 1 })).toEqualTypeOf<Shape>()
    expectTypeOf(backprop(area)({ kind: 'rectangle', w: 1, h: 2 })).toEqualTypeOf<[value: number, gradient: Shape]>()
  })

  test('what is left when every variant has been taken is never', () => {
    if (shape.kind === 'circle') expectTypeOf(shape).toEqualTypeOf<BVar<Extract<Shape, { kind: 'circle' }>>>()
    else if (shape.kind === 'rectangle') expectTypeOf(shape.h).toEqualTypeOf<Var<number>>()
    else expectTypeOf(shape).toEqualTypeOf<never>()
  })

  test('recursive types: they go in as they are, and what comes out can be used as one', () => {
    const total = (tree: BVar<Tree>): Var<number> =>
      tree.kind === 'leaf' ? tree.x : total(tree.left).add(total(tree.right))
    expectTypeOf(gradBP(total)).toExtend<(tree: Tree) => Tree>()
    expectTypeOf(gradBP(total)({ kind: 'leaf', x: 1 })).toExtend<Tree>()
    expectTypeOf(evalBP((tree: BVar<Tree>) => tree)({ kind: 'leaf', x: 1 })).toExtend<Tree>()
    expectTypeOf(evalBP(total)({ kind: 'leaf', x: 1 })).toEqualTypeOf<number>()
    const ended = (list: BVar<List>): Var<number> => (list === null ? constVar(0) : ended(list.tail).add(list.head))
    expectTypeOf(gradBP(ended)).toExtend<(list: List) => List>()
    expectTypeOf(gradBP(ended)(null)).toExtend<List>()
  })

  test('null and undefined', () => {
    const f = (p: BVar<{ a: number | null; b?: Vector<3>; c: readonly (Shape | null)[] }>) => {
      if (p.a !== null) expectTypeOf(p.a).toEqualTypeOf<Var<number>>()
      if (p.b !== undefined) expectTypeOf(p.b).toEqualTypeOf<Var<Vector<3>>>()
      expectTypeOf(p.c.filter(x => x !== null)).toEqualTypeOf<BVar<Shape>[]>()
      return p.a ?? sum(p.b ?? v3)
    }
    expectTypeOf(f).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(f)({ a: null, c: [] })).toEqualTypeOf<{
      a: number | null
      b?: Vector<3>
      c: (Shape | null)[]
    }>()
  })

  test('a result that is a union, and its cotangent', () => {
    const positive = (x: Var<number>) => (x.gt(0) ? x.mul(x) : null)
    expectTypeOf(evalBP(positive)(3)).toEqualTypeOf<number | null>()
    expectTypeOf(backprop(positive)(3)).toEqualTypeOf<[value: number | null, gradient: number]>()
    expectTypeOf(backpropWith(positive)(3)[1]).toEqualTypeOf<(cotangent: number | null) => number>()
    const grown = (s: BVar<Shape>): BVar<Shape> => (s.kind === 'circle' ? { ...s, r: s.r.mul(2) } : s)
    expectTypeOf(evalBP(grown)({ kind: 'circle', r: 1 })).toEqualTypeOf<Shape>()
    expectTypeOf(backpropWith(grown)({ kind: 'circle', r: 1 })[1]).toEqualTypeOf<(cotangent: Shape) => Shape>()
  })

  test('resident parameters that are a union, read-only at any depth', () => {
    type Picture = { readonly shapes: readonly (Readonly<Shape> | null)[] }
    const f = (p: BVar<Picture>) => p.shapes.reduce((a, s) => (s?.kind === 'circle' ? a.add(s.r) : a), constVar(0))
    const picture: Picture = { shapes: [] }
    expectTypeOf(gradBP(f)(resident(picture))).toEqualTypeOf<{ shapes: (Shape | null)[] }>()
    expectTypeOf(sgdStep(f, { rate: 1 })).toBeCallableWith(resident(picture))
    expectTypeOf(sgdStep(f, { rate: 1 })(resident(picture))).toEqualTypeOf<number>()
  })
})

describe('match', () => {
  test('each case gets its variant; the result is the union of what they give', () => {
    const result = match(shape, {
      circle: circle => {
        expectTypeOf(circle).toEqualTypeOf<{ readonly kind: 'circle'; readonly r: Var<number> }>()
        return circle.r
      },
      rectangle: rectangle => {
        expectTypeOf(rectangle.h).toEqualTypeOf<Var<number>>()
        return rectangle.w.mul(rectangle.h)
      },
    })
    expectTypeOf(result).toEqualTypeOf<Var<number>>()
    expectTypeOf(match(shape, { circle: c => c.r, rectangle: () => null })).toEqualTypeOf<Var<number> | null>()
    expectTypeOf(match(shape, { circle: c => [c.r], rectangle: r => ({ w: r.w }) })).toEqualTypeOf<
      Var<number>[] | { w: Var<number> }
    >()
    expectTypeOf(match(shape, { circle: () => v3, rectangle: () => v3 })).toEqualTypeOf<Vector<3>>()
    expectTypeOf(match(shape, 'kind', { circle: c => c.r, rectangle: r => r.w })).toEqualTypeOf<Var<number>>()
  })

  test('in a function that is differentiated', () => {
    const area = (shape: BVar<Shape>) => match(shape, { circle: c => c.r.mul(c.r), rectangle: r => r.w.mul(r.h) })
    expectTypeOf(area).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(area)({ kind: 'circle', r: 1 })).toEqualTypeOf<Shape>()
    expectTypeOf(gradBP((s: BVar<Shape>) => gradBP(area)(s))({ kind: 'circle', r: 1 })).toEqualTypeOf<Shape>()
  })

  test('a recursive union', () => {
    const total = (tree: BVar<Tree>): Var<number> =>
      match(tree, { leaf: t => t.x, node: t => total(t.left).add(total(t.right)) })
    expectTypeOf(evalBP(total)({ kind: 'leaf', x: 1 })).toEqualTypeOf<number>()
    expectTypeOf(match(tree, { leaf: t => t, node: t => t.left })).toExtend<BVar<Tree>>()
  })

  test('plain values', () => {
    const plain = { kind: 'circle', r: 1 } as Shape
    expectTypeOf(match(plain, { circle: c => c.r, rectangle: r => r.w * r.h })).toEqualTypeOf<number>()
    expectTypeOf(match(plain, { circle: c => c, rectangle: () => undefined })).toEqualTypeOf<
      { kind: 'circle'; r: number } | undefined
    >()
  })

  test('tags that are booleans, bigints, null, fixed numbers; under any key', () => {
    type Flag = BVar<{ ok: true; value: Vector<3> } | { ok: false; loss: number }>
    const flag = (f: Flag) => match(f, { true: t => sum(t.value), false: f => f.loss })
    expectTypeOf(flag).returns.toEqualTypeOf<Var<number>>()
    type Level = BVar<{ level: Fixed<0>; low: number } | { level: Fixed<1>; high: Vector<3> }>
    const level = (l: Level) => match(l, { 0: l => l.low, 1: l => l.high })
    expectTypeOf(level).returns.toEqualTypeOf<Var<number> | Var<Vector<3>>>()
    type Big = BVar<{ id: 1n; x: number } | { id: null; y: number }>
    const big = (b: Big) => match(b, { 1: b => b.x, null: b => b.y })
    expectTypeOf(big).returns.toEqualTypeOf<Var<number>>()
    const pair = (p: BVar<['plus', number, number] | ['negate', number]>) =>
      match(p, { plus: ([, x, y]) => x.add(y), negate: ([, x]) => x.neg() })
    expectTypeOf(pair).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(pair)(['negate', 1])).toEqualTypeOf<['plus', number, number] | ['negate', number]>()
  })

  test('several tags for one variant, several variants for one tag', () => {
    type Node = BVar<{ op: 'neg' | 'exp'; of: number } | { op: 'add'; left: number } | { op: 'add'; right: number }>
    const f = (n: Node) =>
      match(n, {
        neg: n => n.of,
        exp: n => {
          expectTypeOf(n.op).toEqualTypeOf<'neg' | 'exp'>()
          return n.of
        },
        add: n => ('left' in n ? n.left : n.right),
      })
    expectTypeOf(f).returns.toEqualTypeOf<Var<number>>()
  })

  test('a key that is the same in all variants, or only tells some apart, does not come into it', () => {
    type Versioned = BVar<
      { kind: 'a'; version: '1'; x: number } | { kind: 'b'; version: '1'; y: number; open: boolean }
    >
    const f = (v: Versioned) => match(v, { a: v => v.x, b: v => v.y })
    expectTypeOf(f).returns.toEqualTypeOf<Var<number>>()
    const open = (v: BVar<{ open: boolean; x: number }>) => match(v, { true: v => v.x, false: v => v.x.neg() })
    expectTypeOf(open).returns.toEqualTypeOf<Var<number>>()
  })

  test('generic in sizes: a network of any depth', () => {
    type Net<I extends number, H extends number, O extends number> =
      { kind: 'output'; w: Matrix<O, I> } | { kind: 'layer'; w: Matrix<H, I>; next: Net<H, H, O> }
    const run = <I extends number, H extends number, O extends number>(
      net: BVar<Net<I, H, O>>,
      x: Operand<Vector<I>>,
    ): Var<Vector<O>> =>
      match(net, {
        output: ({ w }) => matVec(w, x),
        layer: ({ w, next }) => run<H, H, O>(next, matVec(w, x)),
      })
    const loss = (net: BVar<Net<3, 5, 2>>) => sum(run<3, 5, 2>(net, v3))
    expectTypeOf(loss).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(loss)).toExtend<(net: Net<3, 5, 2>) => Net<3, 5, 2>>()
    expectTypeOf(run<3, 5, 2>).returns.toEqualTypeOf<Var<Vector<2>>>()
  })

  test('generators, for graphs that are written step by step', () => {
    function* bind(x: Var<number>): Generator<Var<number>, Var<number>, Var<number>> {
      return yield x
    }
    const steps = function* (s: BVar<Shape>) {
      const size = yield* match(s, {
        *circle(c) {
          return yield* bind(c.r)
        },
        *rectangle(r) {
          return yield* bind(r.w.mul(r.h))
        },
      })
      expectTypeOf(size).toEqualTypeOf<Var<number>>()
      return size
    }
    expectTypeOf(steps).returns.toExtend<Generator<Var<number>, Var<number>, Var<number>>>()
  })

  test('constants and mixtures', () => {
    expectTypeOf(
      match(constVar({ kind: 'circle', r: 1 } as Shape), { circle: c => c.r, rectangle: r => r.w }),
    ).toEqualTypeOf<Var<number>>()
    const mixed: { kind: 'circle'; r: Var<number> } | { kind: 'dot' } = { kind: 'circle', r: scalar }
    expectTypeOf(match(mixed, { circle: c => c.r })).toEqualTypeOf<Var<number>>()
    expectTypeOf<Primal<BVar<Shape>>>().toEqualTypeOf<Shape>()
  })
})
