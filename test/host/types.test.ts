/** Values of users' types: every way of saying how they are differentiated, and what they go through. */
import {
  addValues,
  backprop,
  backpropWith,
  boxed,
  type Boxed,
  type BVar,
  checkLaws,
  constVar,
  CycleError,
  differentiable,
  type Differentiable,
  dot,
  evalBP,
  exp,
  gradBP,
  innerProduct,
  LawError,
  mapNumbers,
  oneOf,
  type Op,
  op1,
  op2,
  OperandError,
  randomOf,
  registerDifferentiable,
  resident,
  ResidentError,
  scaleValue,
  ShapeMismatchError,
  StructureMismatchError,
  tanh,
  UnknownLeafError,
  UsageError,
  type Var,
  type Vector,
  vector,
  zeroOf,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { Complex, complexNumbers } from '../support/hostOps.ts'

type N = Var<number>

const product: Op<[Complex, Complex], Complex> = op2(
  (a: Complex, b: Complex) => new Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re),
  (dz, a, b) => [product(dz, conjugate(b)), product(dz, conjugate(a))],
)
const conjugate: Op<[Complex], Complex> = op1(
  (a: Complex) => new Complex(a.re, -a.im),
  dz => [conjugate(dz)],
)
const real: Op<[Complex], number> = op1(
  (a: Complex) => a.re,
  dz => [ofReal(dz)],
)
const ofReal: Op<[number], Complex> = op1(
  (x: number) => new Complex(x, 0),
  dz => [real(dz)],
)

/** Re a³. */
const realCube = (a: Var<Complex>): N => real(product(product(a, a), a))
const at = new Complex(1, 2)

/** A class that is not ours, with content that only its methods reach. */
class Money {
  #cents: number

  private constructor(cents: number) {
    this.#cents = cents
  }

  static of(cents: number): Money {
    return new Money(cents)
  }

  get cents(): number {
    return this.#cents
  }
}
declare module 'backprop-wasm' {
  interface DifferentiableTypes {
    Money: Money
  }
}
const moneySpace: Differentiable<Money> = {
  zero: () => Money.of(0),
  one: () => Money.of(1),
  add: (a, b) => Money.of(a.cents + b.cents),
}
registerDifferentiable(Money, moneySpace)
const worth = op2((m: Money, rate: number) => [m.cents * rate, dz => [Money.of(dz * rate), dz * m.cents]])

/** A class that is gone through field by field. */
class Line {
  slope: number
  start: Vector
  name = 'line'

  constructor(slope: number, start: Vector) {
    this.slope = slope
    this.start = start
  }

  get [differentiable](): 'product' {
    return 'product'
  }

  at(this: BVar<Pick<Line, 'slope' | 'start'>>, x: N): Var<Vector> {
    return this.start.add(this.slope.mul(x))
  }
}

describe('a class with a dictionary', () => {
  test('value, gradient, pullback', () => {
    expect(evalBP(realCube)(at)).toBe(-11)
    expect(gradBP(realCube)(at)).toEqual(new Complex(-9, -12))
    const [value, pullback] = backpropWith((a: Var<Complex>) => product(a, a))(at)
    expect(value).toEqual(new Complex(-3, 4))
    expect(pullback(new Complex(0, 1))).toEqual(new Complex(4, 2))
    expect(backprop((a: Var<Complex>) => product(a, a))(at)).toEqual([new Complex(-3, 4), new Complex(2, -4)])
  })

  test('second and third order', () => {
    const second = (a: Var<Complex>): N => real(gradBP(realCube)(a))
    expect(gradBP(second)(at)).toEqual(new Complex(6, -12))
    expect(gradBP((a: Var<Complex>) => real(gradBP(second)(a)))(at)).toEqual(new Complex(6, 0))
  })

  test('in records, tuples, arrays and maps, beside numbers and tensors', () => {
    type Mixed = { z: Complex; rest: readonly [number, Vector]; more: Map<string, Complex>; name: string }
    const value: Mixed = {
      z: at,
      rest: [2, vector([1, 2])],
      more: new Map([
        ['a', new Complex(0, 1)],
        ['b', new Complex(1, 0)],
      ]),
      name: 'mixed',
    }
    const f = ({ z, rest: [s, v], more }: BVar<Mixed>): N => {
      const a = more.get('a')
      return a === undefined ? s : real(product(z, a)).mul(s).add(dot(v, v))
    }
    expect(backprop(f)(value)).toEqual([
      -4 + 5,
      {
        z: new Complex(0, -2),
        rest: [-2, vector([2, 4])],
        more: new Map([
          ['a', new Complex(2, -4)],
          ['b', new Complex(0, 0)],
        ]),
        name: 'mixed',
      },
    ])
  })

  test('.value, constants, data, unused inputs, an input returned', () => {
    expect(evalBP((a: Var<Complex>) => real(a).mul(a.value.im))(at)).toBe(2)
    expect(gradBP((a: Var<Complex>, b: Var<Complex>) => real(product(a, b)), { wrt: 1 })(at, at)).toEqual(
      new Complex(1, -2),
    )
    expect(gradBP((a: Var<Complex>) => product(a, constVar(at)))(at)).toEqual(new Complex(1, -2))
    expect(gradBP((_a: Var<Complex>) => constVar(2))(at)).toEqual(new Complex(0, 0))
    expect(gradBP((a: Var<Complex>) => a)(at)).toEqual(new Complex(1, 0))
    expect(gradBP((a: Var<Complex>) => [a, product(a, a), a] as const)(at)).toEqual(new Complex(4, -4))
    expect(product(at, at).value).toEqual(new Complex(-3, 4))
    expect(Object.prototype.toString.call(product(at, at))).toContain('Var')
  })

  test('nested runs: an inner function of an outer variable', () => {
    const f = (a: Var<Complex>): N => real(gradBP((b: Var<Complex>) => real(product(product(b, b), a)))(a))
    // b ↦ Re b²a has the gradient conj(2ba); at b = a its real part is 2·Re a².
    expect(evalBP(f)(at)).toBe(-6)
    expect(gradBP(f)(at)).toEqual(new Complex(4, -8))
    const outer = gradBP((a: Var<Complex>) => evalBP((b: Var<Complex>) => product(b, a))(a))
    expect(outer(at)).toEqual(new Complex(2, -4))
  })

  test('the engine has no ops for it', () => {
    const error = /has no ops for: write one/
    expectFailure(() => evalBP((a: Var<Complex>) => exp(a as never) as unknown as N)(at), OperandError, /^exp: /, error)
    expectFailure(() => evalBP((a: Var<Complex>) => a.add(a))(at), OperandError, /^add: /, error)
    expectFailure(() => evalBP((a: Var<Complex>) => tanh(constVar(2)).mul(a as never))(at), OperandError, error)
  })

  test('a cotangent of another type', () => {
    const [, pullback] = backpropWith((a: Var<Complex>) => ({ z: a }))(at)
    const error = expectFailure(() => pullback({ z: 1 as never }), StructureMismatchError)
    expect(error.path).toBe('cotangent.z')
    expectFailure(() => pullback({ z: { re: 1, im: 2 } as never }), StructureMismatchError)
    expectFailure(() => pullback({ z: Money.of(1) as never }), StructureMismatchError)
    expect(pullback({ z: new Complex(2, 3) })).toEqual(new Complex(2, 3))
  })

  test('a box with a dictionary of its own each time: the error says so', () => {
    const made = (): Boxed<number> => boxed(1, { zero: () => 0, one: () => 1, add: (a, b) => a + b })
    expectFailure(() => addValues(made(), made()), StructureMismatchError, /the same object each time, made once/)
  })

  test('cannot be written to by into', () => {
    const into = { z: at }
    expectFailure(() => gradBP((p: BVar<{ z: Complex }>) => real(p.z), { into })({ z: at }), UsageError, /^into: /)
  })

  test('cannot be resident', () => {
    expectFailure(() => resident({ w: 1, z: at }), ResidentError, /^resident\.z: a value of a user's type/)
  })
})

describe('a registered class', () => {
  test('is one leaf', () => {
    const f = (m: Var<Money>, rate: N): N => worth(m, rate).mul(rate)
    const [value, [byMoney, byRate]] = backprop(f)(Money.of(250), 2)
    expect([value, byMoney.cents, byRate]).toEqual([1000, 4, 1000])
  })

  test('a subclass, too; a second dictionary is refused', () => {
    registerDifferentiable(Money, moneySpace)
    expectFailure(() => registerDifferentiable(Money, { ...moneySpace }), UsageError, /registered already/)
    expectFailure(() => registerDifferentiable(Date, { zero: () => 0 } as never), UsageError, /has no one/)
  })
})

describe('a class that is gone through field by field', () => {
  test('is rebuilt with its methods, on the side of the variables as well', () => {
    const line = new Line(2, vector([1, 3]))
    const f = (l: BVar<Line>, x: N): N => {
      const y = Line.prototype.at.call(l, x)
      return dot(y, y)
    }
    const [value, [byLine, byX]] = backprop(f)(line, 5)
    expect(value).toBe(121 + 169)
    expect(byLine).toBeInstanceOf(Line)
    expect([byLine.slope, byLine.start.toArray(), byLine.name]).toEqual([240, [22, 26], 'line'])
    expect(byX).toBe(96)
    expect(gradBP((l: BVar<Line>, x: N) => dot(l.at(x), vector([1, 1])))(line, 5)[1]).toBe(4)
  })

  test('can be resident', () => {
    using line = resident(new Line(2, vector([1, 3])))
    expect(line.read()).toEqual(new Line(2, vector([1, 3])))
    expect(line.read()).toBeInstanceOf(Line)
  })

  test('a field may say so in place of a getter', () => {
    class Point {
      readonly [differentiable] = 'product'
      x = 1
      inner: Point | null
      constructor(inner: Point | null = null) {
        this.inner = inner
      }
    }
    const f = (p: BVar<Point>): N => (p.inner === null ? p.x : p.x.mul(p.inner.x).mul(3))
    const gradient = gradBP(f)(new Point(new Point()))
    expect([gradient.x, gradient.inner?.x, gradient.inner instanceof Point]).toEqual([3, 3, true])
    expect(gradBP((p: BVar<Point>) => gradBP(f)(p).x)(new Point(new Point())).inner?.x).toBe(3)
    expect(addValues(gradient, gradient).inner?.x).toBe(6)
    using p = resident(new Point(new Point()))
    expect(p.read().inner).toBeInstanceOf(Point)
  })

  test('a class that says nothing is still unknown', () => {
    class Plain {
      x = 1
    }
    const error = expectFailure(
      () => gradBP((p: BVar<{ p: Plain }>) => p.p.x)({ p: new Plain() }),
      UnknownLeafError,
      /\[differentiable\]/,
    )
    expect(error.path).toBe('argument 1.p')
  })
})

describe('a dictionary that is none', () => {
  test('made anew each time: the message says so', () => {
    class Fresh {
      get [differentiable](): Differentiable<Fresh> {
        return { zero: () => new Fresh(), one: () => new Fresh(), add: a => a }
      }
    }
    const same = op1((x: Fresh) => [x, dz => [dz]])
    const pattern =
      /an instance of Fresh is given, whose dictionary is not that of the value\. .*the same object each time/
    expectFailure(() => gradBP((x: Var<Fresh>) => same(x))(new Fresh()), StructureMismatchError, pattern)
    expectFailure(() => addValues({ a: new Fresh() }, { a: new Fresh() }), StructureMismatchError, pattern)
  })

  test.each(['produkt', { zero: () => 0, add: () => 0 }, 3, null])('%j', how => {
    class Wrong {
      get [differentiable](): never {
        return how as never
      }
    }
    const pattern = /^\[differentiable\] of an instance of Wrong: the dictionary has no (zero|one)/
    expectFailure(() => gradBP((x: Var<Wrong>) => x)(new Wrong()), UsageError, pattern)
  })
})

test('a boxed value: the dictionary is given by hand', () => {
  const integers: Differentiable<bigint> = { zero: () => 0n, one: () => 1n, add: (a, b) => a + b }
  const box = (n: bigint): Boxed<bigint> => boxed(n, integers)
  const twice = op1((x: Boxed<bigint>) => [box(2n * x.value), dz => [box(2n * dz.value)]])
  const f = (x: Var<Boxed<bigint>>) => ({ a: twice(x), b: twice(twice(x)) })
  const [value, gradient] = backprop(f)(box(3n))
  expect([value.a.value, value.b.value, gradient.value]).toEqual([6n, 12n, 6n])
  expect(scaleOf(() => scaleValue(2, box(1n)))).toMatch(/dictionary of Boxed has no scale/)
  expectFailure(() => boxed(1, {} as never), UsageError, /^boxed: the dictionary has no zero/)
})

function scaleOf(body: () => unknown): string {
  return expectFailure(body, UsageError).message
}

describe('Float64Array', () => {
  const squares = op1((x: Float64Array) => [x.map(xi => xi * xi), dz => [dz.map((d, i) => 2 * d * x[i])]])

  test('is one leaf of host memory', () => {
    const f = (x: Var<Float64Array>) => squares(squares(x))
    expect(gradBP(f)(Float64Array.of(1, 2))).toEqual(Float64Array.of(4, 32))
    expect(gradBP((_x: Var<Float64Array>) => constVar(1))(Float64Array.of(1, 2))).toEqual(Float64Array.of(0, 0))
    const both = gradBP((x: Var<Float64Array>) => [x, squares(x), squares(x)] as const)
    expect(both(Float64Array.of(1, 2))).toEqual(Float64Array.of(5, 9))
  })

  test('of another length does not add up', () => {
    const wrong = op1((x: Float64Array) => [x, () => [new Float64Array(1)]])
    expectFailure(
      () => gradBP((x: Var<Float64Array>) => [wrong(x), wrong(x)] as const)(new Float64Array(2)),
      StructureMismatchError,
      /another form than its value/,
    )
  })
})

describe('Map', () => {
  const prices = new Map([
    ['a', 2],
    ['b', 3],
    ['c', 4],
  ])
  const f = (m: BVar<Map<string, number>>): N => (m.get('a') as N).mul(m.get('b') as N)

  test('the gradient has the same keys', () => {
    expect(gradBP(f)(prices)).toEqual(
      new Map([
        ['a', 3],
        ['b', 2],
        ['c', 0],
      ]),
    )
    expect(gradBP((m: BVar<Map<string, number>>) => gradBP(f)(m).get('a') as N)(prices).get('b')).toBe(1)
  })

  test('as a result, as a cotangent with other keys, in into', () => {
    const [value, pullback] = backpropWith((x: N) => new Map([[1, x.mul(x)] as const, [2, x] as const]))(3)
    expect(value).toEqual(new Map([[1, 9] as const, [2, 3] as const]))
    expect(pullback(new Map([[2, 10] as const, [1, 1] as const]))).toBe(16)
    const wrong = new Map([[1, 1]])
    const error = expectFailure(
      () => pullback(wrong as never),
      StructureMismatchError,
      /keys of the Map differ: expected 1, 2/,
    )
    expect(error.path).toBe('cotangent')
    expectFailure(() => pullback([1, 2] as never), StructureMismatchError, /a Map is expected/)
    const into = new Map(prices)
    gradBP(f, { into })(prices)
    expect(into.get('a')).toBe(3)
  })

  test('resident, in a loop that contains itself', () => {
    using m = resident(prices)
    expect(m.read()).toEqual(prices)
    expect(gradBP(f)(m).get('a')).toBe(3)
    const loop = new Map<string, unknown>()
    loop.set('loop', loop)
    const error = expectFailure(() => gradBP((m: BVar<Map<string, number>>) => f(m))(loop as never), CycleError)
    expect(error.message).toContain('.get("loop")')
  })
})

describe('the space of plain values', () => {
  const x = { z: at, n: 2, v: vector([1, 2]), m: new Map([['k', 3]]), tag: 'x' }
  test('by structure', () => {
    expect(zeroOf(x)).toEqual({ z: new Complex(0, 0), n: 0, v: vector([0, 0]), m: new Map([['k', 0]]), tag: 'x' })
    expect(oneOf(x)).toEqual({ z: new Complex(1, 0), n: 1, v: vector([1, 1]), m: new Map([['k', 1]]), tag: 'x' })
    expect(addValues(x, x)).toEqual(scaleValue(2, x))
    expect(innerProduct(x, x)).toBe(5 + 4 + 5 + 9)
    expect(randomOf(x, () => 0.5)).toEqual({
      z: new Complex(0.5, 0.5),
      n: 0.5,
      v: vector([0.5, 0.5]),
      m: new Map([['k', 0.5]]),
      tag: 'x',
    })
  })

  test('number by number', () => {
    const lists: Differentiable<readonly number[]> = {
      zero: zeroOf,
      one: oneOf,
      add: addValues,
      map: (f, a, ...others) => a.map((x, i) => f(x, ...others.map(b => b[i]))),
    }
    const value = {
      n: 2,
      v: vector([1, 2]),
      w: new Float64Array([3, 4]),
      m: new Map([['k', [3]]]),
      b: boxed([5, 6], lists),
      tag: 'x',
      none: null,
    }
    const by = <T>(factor: number, x: T): T => mapNumbers(number => factor * number, x)
    const result = mapNumbers((a, b, c) => 100 * a + 10 * b + c, value, by(2, value), by(3, value))
    expect(result).toEqual(by(123, value))
    expect(result.b.value).toEqual([615, 738])
    expect([result.tag, result.none]).toEqual(['x', null])
    expect(mapNumbers(Math.abs, -3)).toBe(3)
    expect(mapNumbers((a, b) => 10 * a + b, value.v, value.v).toArray()).toEqual([11, 22])
    const digits = mapNumbers((a, b, c, d) => 1000 * a + 100 * b + 10 * c + d, value, value, value, value)
    expect(digits).toEqual(by(1111, value))
    expect(value.v.toArray()).toEqual([1, 2])
    expectFailure(() => mapNumbers((a, b) => a * b, { a: vector([1]) }, { a: vector([1, 2]) }), ShapeMismatchError)
    const differ = expectFailure(() => mapNumbers((a, b) => a * b, { a: [1] }, { a: [1, 2] }), StructureMismatchError)
    expect(differ.path).toBe('mapNumbers.a')
    const [one, two] = [new Float64Array(1), new Float64Array(2)]
    expectFailure(() => mapNumbers((a, b) => a + b, { a: one }, { a: two }), StructureMismatchError, /differ in form/)
    expectFailure(() => mapNumbers(x => x, { d: new Date(0) }), UnknownLeafError)
  })

  test('what a dictionary lacks is named', () => {
    expect(scaleOf(() => scaleValue(2, { m: Money.of(1) }))).toMatch(
      /^scaleValue\.m: the dictionary of Money has no scale/,
    )
    expect(scaleOf(() => innerProduct(Money.of(1), Money.of(1)))).toMatch(/no inner/)
    expect(scaleOf(() => randomOf(Money.of(1), Math.random))).toMatch(/no random/)
    expect(scaleOf(() => mapNumbers(x => x, { m: Money.of(1) }))).toMatch(
      /^mapNumbers\.m: the dictionary of Money has no map/,
    )
    expectFailure(() => zeroOf(constVar(1)), UnknownLeafError)
    expectFailure(() => addValues<unknown>({ a: 1 }, { b: 1 }), StructureMismatchError)
  })
})

describe('laws', () => {
  const number = fc.double({ min: -1e3, max: 1e3, noNaN: true })
  const three = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 3, maxLength: 3 })
  /** The space of a structure, by the functions over structures. */
  const byStructure: Differentiable<unknown> = {
    zero: zeroOf,
    one: oneOf,
    add: addValues,
    scale: scaleValue,
    inner: innerProduct,
    random: randomOf,
  }
  const structures: Record<string, fc.Arbitrary<unknown>> = {
    number,
    'a vector': fc.tuple(number, number, number).map(v => vector(v)),
    'a tuple': fc.tuple(number, fc.tuple(number)),
    'an array': fc.array(number, { minLength: 4, maxLength: 4 }),
    'a record with a tag': fc.record({ kind: fc.constant('point'), x: number, y: fc.record({ z: number }) }),
    'a Map': fc.tuple(number, number).map(
      ([a, b]) =>
        new Map([
          ['a', a],
          ['b', b],
        ] as const),
    ),
    'a Float64Array': fc.tuple(number, number).map(v => Float64Array.from(v)),
    'complex numbers': fc.tuple(number, number).map(([re, im]) => new Complex(re, im)),
    'a class by its fields': fc.tuple(number, number).map(([a, b]) => new Line(a, vector([b]))),
    'a record of all': fc.record({ c: fc.tuple(number, number).map(([re, im]) => new Complex(re, im)), n: number }),
  }

  test.each(Object.entries(structures))('hold for %s', (_name, one) => {
    fc.assert(
      fc.property(three(one), samples => checkLaws(byStructure, samples, { tolerance: 1e-9 })),
      { numRuns: 40 },
    )
  })

  test('hold for dictionaries themselves', () => {
    const complex = fc.tuple(number, number).map(([re, im]) => new Complex(re, im))
    fc.assert(
      fc.property(three(complex), samples => checkLaws(complexNumbers, samples)),
      { numRuns: 40 },
    )
    checkLaws(moneySpace, [Money.of(1), Money.of(2)], { equal: (a, b) => a.cents === b.cents })
  })

  const good = complexNumbers
  test.each<[string, Differentiable<Complex>, RegExp]>([
    ['a zero that is none', { ...good, zero: () => new Complex(1, 0) }, /zero is neutral/],
    ['a zero that depends on more than the form', { ...good, zero: a => new Complex(0, a.im * 0 || 1) }, /zero/],
    ['a sum that does not commute', { ...good, add: a => a }, /./],
    ['a scale that adds', { ...good, scale: (s, a) => new Complex(a.re + s, a.im) }, /^scale/],
    ['an inner product that is not symmetric', { ...good, inner: (a, b) => a.re * b.im }, /^inner/],
  ])('are broken by %s', (_what, space, message) => {
    const error = expectFailure(
      () => checkLaws(space, [new Complex(1, 2), new Complex(-3, 0.5), new Complex(0, 1)]),
      LawError,
      message,
    )
    expect(error.values.length).toBeGreaterThan(0)
    expect(error.message.startsWith(error.law)).toBe(true)
  })

  test('a random value of another form is found', () => {
    const lists: Differentiable<readonly number[]> = {
      zero: like => like.map(() => 0),
      one: like => like.map(() => 1),
      add: (a, b) => a.map((ai, i) => ai + b[i]),
      random: () => [1],
    }
    expectFailure(() => checkLaws(lists, [[1, 2]]), LawError, /^random/)
  })

  test('a map that is not that of the numbers is found', () => {
    const pairs: Differentiable<number[]> = { zero: zeroOf, one: oneOf, add: addValues, scale: scaleValue }
    const samples = [
      [1, 2],
      [3, -4],
    ]
    checkLaws({ ...pairs, map: mapNumbers }, samples)
    expectFailure(() => checkLaws({ ...pairs, map: a => a as never }, samples), LawError)
    expectFailure(() => checkLaws({ ...pairs, map: (f, a) => [f(a[0]), a[1]] }, samples), LawError, /map to zero/)
    expectFailure(() => checkLaws({ ...pairs, map: (f, a) => [f(a[0], 0), f(a[1], 0)] }, samples), LawError, /map adds/)
  })

  test('values without visible fields cannot be compared', () => {
    const samples = [Money.of(1), Money.of(2)]
    expectFailure(() => checkLaws(moneySpace, samples), UsageError, /an instance of Money has no fields .*equal:/)
    checkLaws(moneySpace, samples, { equal: (a, b) => a.cents === b.cents })
  })

  test('an add that changes its argument is found', () => {
    const counts: Differentiable<number[]> = {
      zero: like => like.map(() => 0),
      one: like => like.map(() => 1),
      add: (a, b) => {
        a[0] += b[0]
        return a
      },
    }
    expectFailure(() => checkLaws(counts, [[1], [2], [3]]), LawError)
  })
})
