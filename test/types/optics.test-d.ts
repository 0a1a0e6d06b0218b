/** Parts of leaves: lenses, isomorphisms, prisms, traversals. */
import {
  choicesVar,
  differentiable,
  gradBP,
  gSplit,
  gSplits,
  iso,
  isoVar2,
  lens,
  match,
  overVar,
  partsVar,
  previewVar,
  prism,
  setVar,
  splitVars,
  toListOfVar,
  traversal,
  viewVar,
  withParts,
  type Boxed,
  type BVar,
  type Differentiable,
  type Iso,
  type Lens,
  type Prism,
  type Traversal,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3, V3 } from './values.ts'

declare class Body {
  readonly mass: number
  readonly place: Vector<3>
  readonly name: string
  get [differentiable](): Differentiable<Body>
  moved(by: Vector<3>): Body
}
declare class Circle {
  readonly kind: 'circle'
  readonly radius: number
  get [differentiable](): Differentiable<Circle | Box>
}
declare class Box {
  readonly kind: 'box'
  readonly width: number
  get [differentiable](): Differentiable<Circle | Box>
}
declare const body: Var<Body>
declare const plainBody: Body
declare const shape: BVar<Circle | Box>
declare const withMass: (b: Body, mass: number) => Body

describe('lenses', () => {
  const mass = lens((b: Body) => b.mass, withMass)

  test('whole and part from the first function', () => {
    expectTypeOf(mass).toEqualTypeOf<Lens<Body, number>>()
    const place = lens(
      (b: Body) => b.place,
      (b, part) => {
        expectTypeOf(b).toEqualTypeOf<Body>()
        expectTypeOf(part).toEqualTypeOf<Vector<3>>()
        return b
      },
    )
    expectTypeOf(viewVar(place, body)).toEqualTypeOf<Var<Vector<3>>>()
  })

  test('of variables and of plain values', () => {
    expectTypeOf(viewVar(mass, body)).toEqualTypeOf<Var<number>>()
    expectTypeOf(viewVar(mass, plainBody)).toEqualTypeOf<Var<number>>()
    expectTypeOf(setVar(mass, scalar, body)).toEqualTypeOf<Var<Body>>()
    expectTypeOf(setVar(mass, 3, body)).toEqualTypeOf<Var<Body>>()
    const doubled = overVar(
      mass,
      m => {
        expectTypeOf(m).toEqualTypeOf<Var<number>>()
        return m.mul(2)
      },
      body,
    )
    expectTypeOf(doubled).toEqualTypeOf<Var<Body>>()
    expectTypeOf(gradBP((b: Var<Body>) => viewVar(mass, b))(plainBody)).toEqualTypeOf<Body>()
  })
})

describe('isomorphisms', () => {
  test('to a tuple, a record, a union', () => {
    const parts = iso(
      (b: Body) => [b.mass, b.place] as const,
      ([mass]) => withMass(plainBody, mass),
    )
    expectTypeOf(parts).toEqualTypeOf<Iso<Body, readonly [number, Vector<3>]>>()
    expectTypeOf(partsVar(parts, body)).toEqualTypeOf<readonly [Var<number>, Var<Vector<3>>]>()
    expectTypeOf(withParts(parts, body, ([mass, place]) => place.mul(mass))).toEqualTypeOf<Var<Vector<3>>>()
    type Choice = { kind: 'light' } | { kind: 'heavy'; mass: number }
    const choice = iso(
      (b: Body): Choice => (b.mass < 1 ? { kind: 'light' } : { kind: 'heavy', mass: b.mass }),
      c => withMass(plainBody, c.kind === 'heavy' ? c.mass : 0),
    )
    expectTypeOf(choicesVar(choice, body)).toEqualTypeOf<BVar<Choice>>()
    expectTypeOf(match(choicesVar(choice, body), { light: () => scalar, heavy: h => h.mass })).toEqualTypeOf<
      Var<number>
    >()
  })

  test('from several variables', () => {
    const made = iso(
      ([mass, _place]: readonly [number, Vector<3>]) => withMass(plainBody, mass),
      b => [b.mass, b.place] as const,
    )
    expectTypeOf(isoVar2(made, scalar, V3)).toEqualTypeOf<Var<Body>>()
    expectTypeOf(isoVar2(made, 1, v3)).toEqualTypeOf<Var<Body>>()
  })

  test('what is in a box, and the fields of an instance', () => {
    const split = (x: Var<Boxed<{ a: number; b: [Vector<3>, string] }>>) => splitVars(x)
    expectTypeOf(split).returns.toEqualTypeOf<BVar<{ a: number; b: [Vector<3>, string] }>>()
    expectTypeOf(gSplit(body)).toEqualTypeOf<{
      readonly mass: Var<number>
      readonly place: Var<Vector<3>>
      readonly name: string
    }>()
    expectTypeOf(match(gSplits(shape), { circle: c => c.radius, box: b => b.width })).toEqualTypeOf<Var<number>>()
  })
})

describe('prisms and traversals', () => {
  test('one part or none', () => {
    const circle = prism(
      (s: Circle | Box) => (s.kind === 'circle' ? s.radius : undefined),
      radius => {
        expectTypeOf(radius).toEqualTypeOf<number>()
        return shapeOf()
      },
    )
    expectTypeOf(circle).toEqualTypeOf<Prism<Circle | Box, number>>()
    expectTypeOf(previewVar(circle, shape)).toEqualTypeOf<Var<number> | undefined>()
    expectTypeOf(toListOfVar(circle, shape)).toEqualTypeOf<Var<number>[]>()
  })

  test('any number of parts', () => {
    const elements = traversal(
      (x: Float64Array) => [...x],
      (_, parts) => Float64Array.from(parts),
    )
    expectTypeOf(elements).toEqualTypeOf<Traversal<Float64Array, number>>()
    const f = (x: Var<Float64Array>) => toListOfVar(elements, x).reduce((a, b) => a.mul(b))
    expectTypeOf(f).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(f)(Float64Array.of(1))).toEqualTypeOf<Float64Array>()
  })
})

declare const shapeOf: () => Circle | Box
