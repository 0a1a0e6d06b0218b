/** Parts of leaves that hold a structure: lenses, isomorphisms, prisms, traversals. */
import {
  addValues,
  backprop,
  backpropWith,
  type Boxed,
  boxed,
  bindVar,
  type BVar,
  checkLaws,
  choicesVar,
  constVar,
  differentiable,
  type Differentiable,
  evalBP,
  evalBPOp,
  gradBP,
  gradBPOp,
  gSplit,
  gSplits,
  iso,
  isoVar,
  isoVar2,
  isoVar3,
  isoVarN,
  lens,
  match,
  oneOf,
  opLens,
  overVar,
  partsVar,
  previewVar,
  prism,
  setVar,
  sopVar,
  splitVars,
  StructureMismatchError,
  sum,
  tapeOf,
  toListOfVar,
  traversal,
  UsageError,
  type Var,
  vector,
  type Vector,
  viewVar,
  withChoices,
  withInps,
  withParts,
  zeroOf,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose } from '../support/plain.ts'
import { seed } from '../support/random.ts'

fc.configureGlobal({ seed })

/** A product: one leaf with three parts, of which one is a tensor. */
class Body {
  readonly mass: number
  readonly place: Vector<2>
  readonly name: string

  constructor(mass: number, place: Vector<2>, name: string) {
    this.mass = mass
    this.place = place
    this.name = name
  }

  get [differentiable](): Differentiable<Body> {
    return bodies
  }
}
const zeroPlace = (): Vector<2> => vector([0, 0], 2)
const bodies: Differentiable<Body> = {
  zero: like => new Body(0, zeroPlace(), like.name),
  one: like => new Body(1, vector([1, 1], 2), like.name),
  add: (a, b) => new Body(a.mass + b.mass, addValues(a.place, b.place), a.name),
}
const body = (mass: number, x: number, y: number): Body => new Body(mass, vector([x, y], 2), 'body')

const mass = lens(
  (b: Body) => b.mass,
  (b, part) => new Body(part, b.place, b.name),
)
const place = lens(
  (b: Body) => b.place,
  (b, part) => new Body(b.mass, part, b.name),
)

const real = fc.double({ min: -3, max: 3, noNaN: true }).map(x => x + 0) // no −0
const anyBody = fc.tuple(real, real, real).map(([m, x, y]) => body(m, x, y))

/** Numbers of a body, in order. */
const numbersOf = (b: Body): number[] => [b.mass, ...b.place.data]
const bodyOf = (n: readonly number[]): Body => body(n[0], n[1], n[2])

/** Gradient and gradient of ⟨gradient, weights⟩ against central differences. */
function checkOrders(f: (b: Var<Body>) => Var<number>, at: Body, weights: Body): void {
  const along = (b: Var<Body>): Var<number> => {
    const slope = gradBP(f)(b)
    return viewVar(mass, slope)
      .mul(weights.mass)
      .add(sum(viewVar(place, slope).mul(weights.place)))
  }
  const h = 1e-4
  for (const g of [f, along]) {
    const found = numbersOf(gradBP(g)(at))
    const expected = numbersOf(at).map((x, i) => {
      const value = (t: number): number => evalBP(g)(bodyOf(numbersOf(at).with(i, x + t)))
      return (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
    })
    expectClose(found, expected, 1e-8)
  }
}

/** A function that uses each part, and the whole more than once. */
const energy = (b: Var<Body>): Var<number> => {
  const p = viewVar(place, b)
  return viewVar(mass, b)
    .mul(sum(p.mul(p)))
    .add(sum(p.exp()))
}

test('the dictionaries of these tests are lawful', () => {
  checkLaws(bodies, [body(1, 2, 3), body(-1, 0.5, 0), body(2, 2, -7)])
  checkLaws(shapes, [new Box(1, 2), new Box(3, -4), new Box(0.5, 0)])
  checkLaws(shapes, [new Circle(1), new Circle(-3), new Circle(0.5)])
})

describe('lenses', () => {
  test('viewVar: the part, and zero elsewhere', () => {
    const f = (b: Var<Body>): Var<number> => viewVar(mass, b).mul(5)
    expect(backprop(f)(body(2, 3, 4))).toEqual([10, body(5, 0, 0)])
    expect(gradBP((b: Var<Body>) => viewVar(place, b))(body(2, 3, 4))).toEqual(body(0, 1, 1))
    const opView = opLens(mass)
    expect(gradBP((b: Var<Body>) => opView(b).mul(5))(body(2, 3, 4))).toEqual(body(5, 0, 0))
  })

  test('setVar: the gradient goes to the part and to all the rest', () => {
    const f = (m: Var<number>, b: Var<Body>): Var<Body> => setVar(mass, m, b)
    expect(evalBP(f)(7, body(2, 3, 4))).toEqual(body(7, 3, 4))
    const [, pullback] = backpropWith(f)(7, body(2, 3, 4))
    expect(pullback(body(10, 20, 30))).toEqual([10, body(0, 20, 30)])
    // The part that was there has no influence; a plain part is a constant.
    expect(gradBP((b: Var<Body>) => energy(setVar(mass, 7, b)))(body(2, 1, 0)).mass).toBe(0)
  })

  test('overVar', () => {
    const f = (b: Var<Body>): Var<Body> => overVar(mass, m => m.mul(m), b)
    expect(evalBP(f)(body(3, 1, 2))).toEqual(body(9, 1, 2))
    expect(backpropWith(f)(body(3, 1, 2))[1](body(10, 20, 30))).toEqual(body(60, 20, 30))
  })

  test('of records the same, though a property access costs nothing', () => {
    type Point = { readonly x: number; readonly y: number }
    const x = lens(
      (p: Point) => p.x,
      (p, part) => ({ ...p, x: part }),
    )
    const f = (p: BVar<Point>): Var<number> =>
      viewVar(
        x,
        overVar(x, a => a.mul(a), p),
      ).mul(p.y)
    expect(backprop(f)({ x: 3, y: 2 })).toEqual([18, { x: 12, y: 9 }])
  })

  test('their laws, of values and of gradients', () => {
    fc.assert(
      fc.property(anyBody, real, real, anyBody, (b, m, other, cotangent) => {
        const same = (f: (b: Var<Body>) => Var<Body>, g: (b: Var<Body>) => Var<Body>): void => {
          const [value, pullback] = backpropWith(f)(b)
          const [expected, expectedPullback] = backpropWith(g)(b)
          expect(value).toEqual(expected)
          expect(pullback(cotangent)).toEqual(expectedPullback(cotangent))
        }
        const part = (b: Var<Body>): Var<number> => viewVar(mass, setVar(mass, m, b))
        expect(backprop(part)(b)).toEqual([m, body(0, 0, 0)])
        same(
          b => setVar(mass, viewVar(mass, b), b),
          b => b,
        )
        same(
          b => setVar(mass, other, setVar(mass, m, b)),
          b => setVar(mass, other, b),
        )
        same(
          b => overVar(mass, a => a, b),
          b => b,
        )
      }),
      { numRuns: 50 },
    )
  })

  test('first and second order against differences', () => {
    fc.assert(
      fc.property(anyBody, anyBody, (at, weights) => {
        checkOrders(energy, at, weights)
        checkOrders(b => energy(overVar(mass, m => m.mul(m).add(1), b)), at, weights)
        checkOrders(b => energy(setVar(place, viewVar(place, b).mul(viewVar(mass, b)), b)), at, weights)
        checkOrders(
          b => {
            const { mass, place } = gSplit(b)
            return mass.mul(sum(place.mul(place)).exp())
          },
          at.mass > 1 ? body(0.5, 0.25, 0.5) : body(at.mass, 0.5, 0.25),
          weights,
        )
      }),
      { numRuns: 20 },
    )
  })

  test('a lens that sets another structure is named', () => {
    const bad = lens(
      (b: Body) => b.mass,
      () => 3 as never,
    )
    expectFailure(
      () => gradBP((b: Var<Body>) => viewVar(bad, b))(body(1, 2, 3)),
      StructureMismatchError,
      /^viewVar, the gradient by argument 1: /,
    )
  })
})

describe('isomorphisms', () => {
  const parts = iso(
    (b: Body) => [b.mass, b.place] as const,
    ([m, p]) => new Body(m, p, 'body'),
  )

  test('partsVar: all parts by one record', () => {
    const f = (b: Var<Body>): Var<number> => {
      const [m, p] = partsVar(parts, b)
      return m.mul(m).add(sum(p).mul(m))
    }
    expect(backprop(f)(body(3, 4, 5))).toEqual([9 + 27, body(6 + 9, 3, 3)])
    const one = tapeOf((b: Var<Body>) => partsVar(parts, b)[0])(body(1, 2, 3))
    const five = tapeOf((b: Var<Body>) => {
      const [m, p] = partsVar(parts, b)
      return m.add(m).add(sum(p))
    })(body(1, 2, 3))
    // Three uses of the parts: three more ops, no more of the isomorphism.
    expect(five.slots.length / 8 - one.slots.length / 8).toBe(3)
  })

  test('a part that is not used, and one that is returned', () => {
    expect(gradBP((b: Var<Body>) => partsVar(parts, b)[0])(body(3, 4, 5))).toEqual(body(1, 0, 0))
    expect(gradBP((b: Var<Body>) => partsVar(parts, b))(body(3, 4, 5))).toEqual(body(1, 1, 1))
  })

  test('withParts, and as a step', () => {
    const f = (b: Var<Body>): Var<number> => withParts(parts, b, ([m, p]) => sum(p).mul(m))
    expect(gradBP(f)(body(3, 4, 5))).toEqual(body(9, 3, 3))
    const graph = withInps(function* (b: Var<Body>) {
      const product = yield* withParts(parts, b, function* ([m, p]) {
        const total = yield* bindVar(sum(p))
        return total.mul(m)
      })
      return product.mul(2)
    })
    expect(evalBPOp(graph)(body(3, 4, 5))).toBe(54)
    expect(gradBPOp(graph)(body(3, 4, 5))).toEqual(body(18, 6, 6))
  })

  test('isoVar2, isoVar3, isoVarN: from several variables', () => {
    const made = iso(
      ([m, p]: readonly [number, Vector<2>]) => new Body(m, p, 'made'),
      b => [b.mass, b.place] as const,
    )
    const f = (m: Var<number>, p: Var<Vector<2>>): Var<number> => energy(isoVar2(made, m, p))
    expect(backprop(f)(3, vector([0, 2], 2))).toEqual([12 + 1 + Math.exp(2), [4, vector([1, 12 + Math.exp(2)], 2)]])
    const three = iso(
      ([m, x, y]: readonly [number, number, number]) => body(m, x, y),
      b => [b.mass, b.place.at(0), b.place.at(1)] as const,
    )
    expect(gradBP((m: Var<number>) => isoVar3(three, m, m.mul(m), 1))(3)).toBe(1 + 6)
    expect(gradBP((m: Var<number>) => isoVarN(three, m, m.mul(m), m))(3)).toBe(1 + 6 + 1)
    // There and back is the identity, of values and of gradients.
    const round = (m: Var<number>, p: Var<Vector<2>>) => partsVar(parts, isoVar2(made, m, p))
    expect(backpropWith(round)(3, vector([1, 2], 2))[1]([5, vector([6, 7], 2)])).toEqual([5, vector([6, 7], 2)])
  })

  test('splitVars: what is in a box', () => {
    type Pair = { readonly x: number; readonly v: Vector<2> }
    const pairs: Differentiable<Pair> = { zero: zeroOf, one: oneOf, add: addValues }
    const f = (p: Var<Boxed<Pair>>): Var<number> => {
      const { x, v } = splitVars(p)
      return sum(v).mul(x)
    }
    const at = boxed<Pair>({ x: 3, v: vector([4, 5], 2) }, pairs)
    expect(backprop(f)(at)).toEqual([27, boxed({ x: 9, v: vector([3, 3], 2) }, pairs)])
    expectFailure(() => evalBP((x: Var<number>) => splitVars(x as never))(3), UsageError, /^splitVars: .* holds a box/)
  })

  test('gSplit: the fields; what is no field is kept', () => {
    const f = (b: Var<Body>): Var<number> => {
      const { mass, place, name } = gSplit(b)
      expect(name).toBe('body')
      return sum(place).mul(mass)
    }
    const [value, gradient] = backprop(f)(body(3, 4, 5))
    expect([value, gradient]).toEqual([27, body(9, 3, 3)])
    expect(gradient).toBeInstanceOf(Body)
    for (const wrong of [3, vector([1, 2]), Float64Array.of(1)]) {
      const g = (x: Var<number>): Var<number> => gSplit(x as never as Var<Body>).mass
      expectFailure(
        () => evalBP(g)(wrong as never),
        UsageError,
        /^gSplit: the argument must be a variable that holds an/,
      )
    }
  })
})

/** A sum: two classes with a common tag and a common dictionary. */
class Circle {
  readonly kind = 'circle'
  readonly radius: number
  constructor(radius: number) {
    this.radius = radius
  }
  get [differentiable](): Differentiable<Shape> {
    return shapes
  }
}
class Box {
  readonly kind = 'box'
  readonly width: number
  readonly height: number
  constructor(width: number, height: number) {
    this.width = width
    this.height = height
  }
  get [differentiable](): Differentiable<Shape> {
    return shapes
  }
}
/** A constructor without content. */
class Empty {
  readonly kind = 'empty'
  get [differentiable](): Differentiable<Shape> {
    return shapes
  }
}
type Shape = Circle | Box | Empty
const shapes: Differentiable<Shape> = {
  zero: s => match(s, { circle: (): Shape => new Circle(0), box: () => new Box(0, 0), empty: () => new Empty() }),
  one: s => match(s, { circle: (): Shape => new Circle(1), box: () => new Box(1, 1), empty: () => new Empty() }),
  add: (a, b) => {
    if (a.kind === 'circle' && b.kind === 'circle') return new Circle(a.radius + b.radius)
    if (a.kind === 'box' && b.kind === 'box') return new Box(a.width + b.width, a.height + b.height)
    if (a.kind === 'empty' && b.kind === 'empty') return a
    throw new Error(`${a.kind} + ${b.kind}`)
  },
}
/** A variable of the whole sum, not of one of its classes. */
type ShapeVar = Var<Boxed<Shape>>
const boxedShape = (s: Shape): Boxed<Shape> => boxed(s, shapes)

describe('prisms', () => {
  const circle = prism(
    (s: Boxed<Shape>) => (s.value.kind === 'circle' ? s.value.radius : undefined),
    radius => boxedShape(new Circle(radius)),
  )
  const box = prism(
    (s: Boxed<Shape>) => (s.value.kind === 'box' ? ([s.value.width, s.value.height] as const) : undefined),
    ([width, height]) => boxedShape(new Box(width, height)),
  )
  const area = (s: ShapeVar): Var<number> => {
    const radius = previewVar(circle, s)
    if (radius !== undefined) return radius.mul(radius).mul(3)
    const sides = previewVar(box, s)
    return sides === undefined ? constVar(1) : sides[0].mul(sides[1])
  }

  test('previewVar: the gradient has the same constructor', () => {
    expect(backprop(area)(boxedShape(new Circle(2)))).toEqual([12, boxedShape(new Circle(12))])
    expect(backprop(area)(boxedShape(new Box(2, 5)))).toEqual([10, boxedShape(new Box(5, 2))])
    expect(backprop(area)(boxedShape(new Empty()))).toEqual([1, boxedShape(new Empty())])
  })

  test('the second derivative', () => {
    const slope = (s: ShapeVar): Var<number> => previewVar(circle, gradBP(area)(s)) ?? constVar(0)
    expect(backprop(slope)(boxedShape(new Circle(2)))).toEqual([12, boxedShape(new Circle(6))])
    const mixed = (s: ShapeVar): Var<number> => {
      const sides = previewVar(box, gradBP(area)(s))
      return sides === undefined ? constVar(0) : sides[0].mul(7).add(sides[1])
    }
    expect(backprop(mixed)(boxedShape(new Box(2, 5)))).toEqual([37, boxedShape(new Box(1, 7))])
  })

  test('of classes without a box: a variable of one of them', () => {
    const radius = prism(
      (s: Shape) => (s.kind === 'circle' ? s.radius : undefined),
      r => new Circle(r),
    )
    const f = (s: BVar<Shape>): Var<number> => previewVar(radius, s)?.pow(2) ?? constVar(1)
    expect(backprop(f)(new Circle(3))).toEqual([9, new Circle(6)])
    expect(backprop(f)(new Box(3, 4))).toEqual([1, new Box(0, 0)])
    expect(gradBP((s: BVar<Shape>) => f(gradBP(f)(s)))(new Circle(3))).toEqual(new Circle(24))
  })

  test('toListOfVar of a prism: one or none', () => {
    const count = (s: ShapeVar): number => toListOfVar(circle, s).length
    expect(evalBP((s: ShapeVar) => constVar(count(s)))(boxedShape(new Circle(1)))).toBe(1)
    expect(evalBP((s: ShapeVar) => constVar(count(s)))(boxedShape(new Empty()))).toBe(0)
  })

  test('build of another structure is named', () => {
    const bad = prism(
      (s: Boxed<Shape>) => (s.value.kind === 'circle' ? s.value.radius : undefined),
      () => ({ kind: 'circle' }) as never,
    )
    expectFailure(
      () => gradBP((s: ShapeVar) => previewVar(bad, s) ?? constVar(0))(boxedShape(new Circle(2))),
      StructureMismatchError,
      /^previewVar, the gradient by argument 1: /,
    )
  })
})

describe('sums, by an isomorphism to a union', () => {
  type Choice =
    { kind: 'circle'; radius: number } | { kind: 'box'; sides: readonly [number, number] } | { kind: 'empty' }
  const choice = iso(
    ({ value: s }: Boxed<Shape>): Choice => {
      if (s.kind === 'circle') return { kind: 'circle', radius: s.radius }
      return s.kind === 'box' ? { kind: 'box', sides: [s.width, s.height] } : { kind: 'empty' }
    },
    c =>
      boxedShape(
        match(c, {
          circle: (c): Shape => new Circle(c.radius),
          box: c => new Box(...c.sides),
          empty: () => new Empty(),
        }),
      ),
  )
  const area = (s: ShapeVar): Var<number> =>
    match(choicesVar(choice, s), {
      circle: c => c.radius.mul(c.radius).mul(3),
      box: ({ sides: [width, height] }) => width.mul(height),
      empty: () => constVar(1),
    })
  const shapesToTry = [new Circle(2), new Box(2, 5), new Empty()]

  test('choicesVar and sopVar: the constructor of the value', () => {
    expect(shapesToTry.map(s => backprop(area)(boxedShape(s)))).toEqual([
      [12, boxedShape(new Circle(12))],
      [10, boxedShape(new Box(5, 2))],
      [1, boxedShape(new Empty())],
    ])
    expect(sopVar).toBe(isoVar)
    expect(choicesVar).toBe(isoVar)
  })

  test('the second derivative', () => {
    const slope = (s: ShapeVar): Var<number> =>
      match(choicesVar(choice, gradBP(area)(s)), {
        circle: c => c.radius,
        box: ({ sides: [width, height] }) => width.mul(7).add(height),
        empty: () => constVar(0),
      })
    expect(shapesToTry.map(s => gradBP(slope)(boxedShape(s)))).toEqual(
      [new Circle(6), new Box(1, 7), new Empty()].map(boxedShape),
    )
  })

  test('withChoices, and as a step', () => {
    const size = (c: BVar<Choice>): Var<number> =>
      match(c, { circle: c => c.radius, box: c => c.sides[0], empty: () => constVar(0) })
    expect(gradBP((s: ShapeVar) => withChoices(choice, s, size))(boxedShape(new Box(2, 5)))).toEqual(
      boxedShape(new Box(1, 0)),
    )
    const graph = withInps(function* (s: ShapeVar) {
      const c = yield* bindVar(choicesVar(choice, s))
      return yield* match(c, {
        *circle({ radius }) {
          return yield* bindVar(radius.mul(radius).mul(3))
        },
        *box({ sides }) {
          return yield* bindVar(sides[0].mul(sides[1]))
        },
        *empty() {
          return yield* bindVar(constVar(1))
        },
      })
    })
    for (const s of shapesToTry) {
      expect(gradBPOp(graph)(boxedShape(s))).toEqual(gradBP(area)(boxedShape(s)))
      expect(evalBPOp(graph)(boxedShape(s))).toBe(evalBP(area)(boxedShape(s)))
    }
  })

  test('gSplits: of classes with a common tag', () => {
    const area = (s: Var<Circle> | Var<Box>): Var<number> =>
      match(gSplits(s), { circle: c => c.radius.mul(c.radius).mul(3), box: b => b.width.mul(b.height) })
    expect(gradBP((s: Var<Circle>) => area(s))(new Circle(2))).toEqual(new Circle(12))
    const gradient = gradBP((s: Var<Box>) => area(s))(new Box(2, 5))
    expect(gradient).toEqual(new Box(5, 2))
    expect(gradient).toBeInstanceOf(Box)
  })
})

describe('traversals', () => {
  const elements = traversal(
    (x: Float64Array) => [...x],
    (_, parts) => Float64Array.from(parts),
  )

  test('toListOfVar: √(x/y)·z over the list [3, 5, −2]', () => {
    const f = (xs: Var<Float64Array>): Var<number> => {
      const [x, y, z] = toListOfVar(elements, xs)
      return x.div(y).sqrt().mul(z)
    }
    const [value, gradient] = backprop(f)(Float64Array.of(3, 5, -2))
    const root = Math.sqrt(3 / 5)
    expectClose(value, -2 * root)
    expectClose(Array.from(gradient), [-root / 3, root / 5, root])
  })

  test('any number of parts, none among them', () => {
    const squares = (xs: Var<Float64Array>): Var<number>[] => toListOfVar(elements, xs).map(x => x.mul(x))
    expect(backprop(squares)(Float64Array.of(2, 3))).toEqual([[4, 9], Float64Array.of(4, 6)])
    expect(backprop(squares)(Float64Array.of())).toEqual([[], Float64Array.of()])
  })

  test('previewVar: the first part', () => {
    const first = (xs: Var<Float64Array>): Var<number> => previewVar(elements, xs)?.pow(2) ?? constVar(7)
    expect(backprop(first)(Float64Array.of(3, 4))).toEqual([9, Float64Array.of(6, 0)])
    expect(backprop(first)(Float64Array.of())).toEqual([7, Float64Array.of()])
  })

  test('the second derivative of Σ xᵢ³, one record for all parts', () => {
    const cubes = (xs: Var<Float64Array>): Var<number> =>
      toListOfVar(elements, xs)
        .map(x => x.pow(3))
        .reduce((a, b) => a.add(b))
    const slopes = (xs: Var<Float64Array>): Var<number> =>
      toListOfVar(elements, gradBP(cubes)(xs))
        .map((x, i) => x.mul(i + 1))
        .reduce((a, b) => a.add(b))
    fc.assert(
      fc.property(fc.array(real, { minLength: 1, maxLength: 6 }), xs => {
        expectClose(
          Array.from(gradBP(cubes)(Float64Array.from(xs))),
          xs.map(x => 3 * x * x),
        )
        expectClose(
          Array.from(gradBP(slopes)(Float64Array.from(xs))),
          xs.map((x, i) => 6 * x * (i + 1)),
        )
      }),
      { numRuns: 50 },
    )
  })
})
