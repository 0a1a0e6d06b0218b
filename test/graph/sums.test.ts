/** Sums: discriminated unions, null and undefined as Maybe, as arguments, results and cotangents; `match`. */
import {
  backprop,
  backpropWith,
  constVar,
  evalBP,
  fixed,
  gradBP,
  match,
  resident,
  ResultError,
  StructureMismatchError,
  sum,
  tapeOf,
  UnknownTagError,
  UsageError,
  vector,
  type BVar,
  type Fixed,
  type Var,
  type Vector,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose, flat } from '../support/plain.ts'
import { seed } from '../support/random.ts'

fc.configureGlobal({ seed })

type Circle = { readonly kind: 'circle'; readonly radius: number }
type Box = { readonly kind: 'box'; readonly width: number; readonly height: number }
type Group = { readonly kind: 'group'; readonly parts: readonly Shape[] }
type Shape = Circle | Box | Group

const circle = (radius: number): Circle => ({ kind: 'circle', radius })
const box = (width: number, height: number): Box => ({ kind: 'box', width, height })
const group = (...parts: readonly Shape[]): Group => ({ kind: 'group', parts })

const total = (terms: readonly Var<number>[]): Var<number> => terms.reduce((a, b) => a.add(b), constVar(0))

/** By a statement; the compiler checks that no variant is left. */
const areaBySwitch = (shape: BVar<Shape>): Var<number> => {
  switch (shape.kind) {
    case 'circle':
      return shape.radius.mul(shape.radius).mul(Math.PI)
    case 'box':
      return shape.width.mul(shape.height)
    case 'group':
      return total(shape.parts.map(areaBySwitch))
    default: {
      const none: never = shape
      throw new Error(String(none))
    }
  }
}

/** By an expression. */
const areaByMatch = (shape: BVar<Shape>): Var<number> =>
  match(shape, {
    circle: ({ radius }) => radius.mul(radius).mul(Math.PI),
    box: ({ width, height }) => width.mul(height),
    group: ({ parts }) => total(parts.map(areaByMatch)),
  })

/** By hand. */
const areaOf = (shape: Shape): number =>
  match(shape, {
    circle: ({ radius }) => Math.PI * radius ** 2,
    box: ({ width, height }) => width * height,
    group: ({ parts }) => parts.map(areaOf).reduce((a, b) => a + b, 0),
  })
const slopeOf = (shape: Shape): Shape =>
  match(shape, {
    circle: ({ radius }): Shape => circle(2 * Math.PI * radius),
    box: ({ width, height }) => box(height, width),
    group: ({ parts }) => group(...parts.map(slopeOf)),
  })

const { shapes } = fc.letrec<{ shapes: Shape }>(tie => ({
  shapes: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.double({ min: -2, max: 2, noNaN: true }).map(circle),
    fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })).map(([w, h]) => box(w, h)),
    fc.array(tie('shapes'), { maxLength: 4 }).map(parts => group(...parts)),
  ),
}))

describe.each([
  ['switch', areaBySwitch],
  ['match', areaByMatch],
] as const)('a recursive union, by %s', (_how, area) => {
  test('the value and the gradient, which has the constructors of the value', () => {
    fc.assert(
      fc.property(shapes, shape => {
        const [value, gradient] = backprop(area)(shape)
        expectClose(value, areaOf(shape))
        expectClose(gradient, slopeOf(shape))
        const constructors = (s: Shape): unknown => (s.kind === 'group' ? s.parts.map(constructors) : s.kind)
        expect(constructors(gradient)).toEqual(constructors(shape))
      }),
    )
  })

  test('the second derivative: of |∇area|² it is 2·H·∇area', () => {
    const steepness = (shape: BVar<Shape>): Var<number> => {
      const squares = (s: BVar<Shape>): Var<number> =>
        match(s, {
          circle: ({ radius }) => radius.mul(radius),
          box: ({ width, height }) => width.mul(width).add(height.mul(height)),
          group: ({ parts }) => total(parts.map(squares)),
        })
      return squares(gradBP(area)(shape))
    }
    const second = (s: Shape): Shape =>
      match(s, {
        circle: ({ radius }): Shape => circle(8 * Math.PI ** 2 * radius),
        box: ({ width, height }) => box(2 * width, 2 * height),
        group: ({ parts }) => group(...parts.map(second)),
      })
    fc.assert(
      fc.property(shapes, shape => {
        fc.pre(flat(shape).length > 0)
        expectClose(gradBP(steepness)(shape), second(shape))
      }),
      { numRuns: 50 },
    )
  })

  test('nothing is recorded for the choice', () => {
    const picture = group(circle(2), group(box(3, 4)))
    const byHand = (r: Var<number>, w: Var<number>, h: Var<number>): Var<number> =>
      total([r.mul(r).mul(Math.PI), total([w.mul(h)])])
    expect(tapeOf(area)(picture).slots).toEqual(tapeOf(byHand)(2, 3, 4).slots)
  })
})

describe('match', () => {
  type Named = { kind: 'circle'; radius: number; name: string } | { kind: 'box'; side: number; name: string }
  type Flag = { ok: true; value: number } | { ok: false; loss: number }
  type Level = { level: Fixed<0>; low: number } | { level: Fixed<1>; high: number }
  type Big = { id: 1n; x: number } | { id: 20n; y: number }
  type Pair = readonly ['plus' | 'minus', number, number] | readonly ['negate', number]

  test('any literal tag, under any key', () => {
    const flag = (f: BVar<Flag>): Var<number> => match(f, { true: t => t.value.mul(2), false: f => f.loss.neg() })
    expect(gradBP(flag)({ ok: true, value: 3 })).toEqual({ ok: true, value: 2 })
    expect(gradBP(flag)({ ok: false, loss: 3 })).toEqual({ ok: false, loss: -1 })
    const level = (l: BVar<Level>): Var<number> => match(l, { 0: l => l.low, 1: l => l.high.mul(l.high) })
    expect(gradBP(level)({ level: fixed(1), high: 3 })).toEqual({ level: fixed(1), high: 6 })
    const big = (b: BVar<Big>): Var<number> => match(b, { 1: b => b.x, 20: b => b.y.mul(5) })
    expect(gradBP(big)({ id: 20n, y: 3 })).toEqual({ id: 20n, y: 5 })
    const pair = (p: BVar<Pair>): Var<number> =>
      match(p, { plus: ([, x, y]) => x.add(y), minus: ([, x, y]) => x.sub(y), negate: ([, x]) => x.neg() })
    expect(gradBP(pair)(['minus', 1, 2])).toEqual(['minus', 1, -1])
    expect(gradBP(pair)(['negate', 1])).toEqual(['negate', -1])
  })

  test('a tag that is optional, or null, is named', () => {
    type Chain = { next?: 'more'; x: number } | { next: null; y: number }
    const f = (c: BVar<Chain>): Var<number> =>
      match(c, 'next', { more: c => c.x.mul(2), undefined: c => c.x.mul(3), null: c => c.y.mul(5) })
    expect(gradBP(f)({ next: 'more', x: 1 })).toEqual({ next: 'more', x: 2 })
    expect(gradBP(f)({ x: 1 })).toEqual({ x: 3 })
    expect(gradBP(f)({ next: null, y: 1 })).toEqual({ next: null, y: 5 })
  })

  test('a key that could be mistaken is named', () => {
    const f = (s: BVar<Named>): Var<number> => match(s, 'kind', { circle: s => s.radius.mul(2), box: s => s.side })
    expect(gradBP(f)({ kind: 'circle', radius: 1, name: 'box' })).toEqual({ kind: 'circle', radius: 2, name: 'box' })
    const unsafe = (s: BVar<Named>): Var<number> =>
      match(s as never as BVar<Circle | Box>, { circle: s => s.radius, box: s => s.width })
    expectFailure(
      () => evalBP(unsafe)({ kind: 'circle', radius: 1, name: 'box' }),
      UsageError,
      /^match: \.kind and \.name both hold the tag of a case\. .*match\(value, 'kind', \{ … \}\)/,
    )
  })

  test('results that are structures, and cases with results of their own', () => {
    const f = (s: BVar<Circle | Box>): Var<number> => {
      const part = match(s, {
        circle: s => ({ kind: 'one' as const, x: s.radius }),
        box: s => [s.width, s.height] as const,
      })
      return 'kind' in part ? part.x.mul(3) : part[0].mul(part[1])
    }
    expect(gradBP(f)(circle(2))).toEqual(circle(3))
    expect(gradBP(f)(box(2, 5))).toEqual(box(5, 2))
  })

  test('step by step: cases that are generators', () => {
    function* bind(x: Var<number>): Generator<Var<number>, Var<number>, Var<number>> {
      return yield x
    }
    function* steps(s: BVar<Circle | Box>): Generator<Var<number>, Var<number>, Var<number>> {
      const size = yield* match(s, {
        *circle({ radius }) {
          return yield* bind(radius.mul(radius))
        },
        *box({ width, height }) {
          return yield* bind(width.mul(height))
        },
      })
      return size.mul(2)
    }
    const run = (s: BVar<Circle | Box>): Var<number> => {
      const generator = steps(s)
      let step = generator.next()
      while (!step.done) step = generator.next(step.value)
      return step.value
    }
    const inOne = (s: BVar<Circle | Box>): Var<number> =>
      match(s, { circle: s => s.radius.mul(s.radius), box: s => s.width.mul(s.height) }).mul(2)
    for (const shape of [circle(0.3), box(0.7, 1.1)]) {
      expect(backprop(run)(shape)).toEqual(backprop(inOne)(shape))
      expect(tapeOf(run)(shape)).toEqual(tapeOf(inOne)(shape))
    }
  })

  test.each([
    [
      'another tag',
      { kind: 'cube', side: 2 },
      '.kind',
      /^match: \.kind is the string 'cube', and the cases are for circle, box\./,
    ],
    ['a tag of another type', { kind: true }, '.kind', /^match: \.kind is true/],
    ['no tag', { radius: 2 }, '', /^match: no key holds a tag .*and the cases are for circle, box\./],
    ['a tag that is a number', { kind: 0 }, '', /^match: no key holds a tag \(.* or a number in fixed\)/],
    ['the name of a method', { kind: 'toString', radius: 2 }, '.kind', /^match: \.kind is the string 'toString'/],
    [
      'several that could be meant',
      { 'my kind': 'cube', of: null },
      '["my kind"], .of',
      /is the string 'cube', \.of is null/,
    ],
  ] as const)('%s has no case', (_title, shape, path, pattern) => {
    const f = (s: BVar<Circle | Box>): Var<number> => match(s, { circle: s => s.radius, box: s => s.width })
    const error = expectFailure(() => evalBP(f)(shape as never), UnknownTagError, pattern, /Add the missing case/)
    expect(error.path).toBe(path)
    expect(error.cases).toEqual(['circle', 'box'])
  })

  test('a named key that holds no tag of a case', () => {
    const f = (s: BVar<Circle | Box>): Var<number> => match(s, 'kind', { circle: s => s.radius, box: s => s.width })
    expectFailure(
      () => evalBP(f)({ kind: 0 } as never),
      UnknownTagError,
      /^match: \.kind is a Var<number>, and the cases/,
    )
    expectFailure(() => evalBP(f)({} as never), UnknownTagError, /^match: \.kind is undefined/)
  })

  test.each([
    ['null', null],
    ['undefined', undefined],
    ['a plain number', 3],
    ['a Var<number>', constVar(3)],
  ])('the value is %s', (text, value) => {
    const body = (): unknown => match(value as never as Circle, { circle: () => 1 })
    expectFailure(body, UsageError, new RegExp(`^match: the value is ${text}`), /value === null/)
  })
})

describe('null and undefined as Maybe', () => {
  type Model = {
    readonly slope: number
    readonly shift: number | null
    bend?: number
    readonly rest?: Vector | undefined
  }
  const f = (m: BVar<Model>): Var<number> => {
    const line = m.shift === null ? m.slope : m.slope.mul(m.shift)
    const bent = m.bend === undefined ? line : line.add(m.bend.mul(m.bend))
    return m.rest === undefined ? bent : bent.mul(sum(m.rest))
  }

  test.each<[Model, Model]>([
    [
      { slope: 2, shift: null },
      { slope: 1, shift: null },
    ],
    [
      { slope: 2, shift: 5, bend: 3 },
      { slope: 5, shift: 2, bend: 6 },
    ],
    [
      { slope: 2, shift: null, rest: undefined },
      { slope: 1, shift: null, rest: undefined },
    ],
    [
      { slope: 2, shift: 5, rest: vector([1, 2]) },
      { slope: 15, shift: 6, rest: vector([10, 10]) },
    ],
  ])('of %j', (model, gradient) => {
    const found = gradBP(f)(model)
    expect(found).toEqual(gradient)
    expect(Object.keys(found)).toEqual(Object.keys(model))
  })

  test('arrays with holes of null, tuples of unions, arrays of unions', () => {
    const g = (p: BVar<readonly [(number | null)[], readonly [Circle | null, Box | Circle], Shape[]]>): Var<number> => {
      const [numbers, [first, second], rest] = p
      const known = numbers.filter(x => x !== null)
      return total([...known, ...(first === null ? [] : [first.radius]), areaByMatch(second), ...rest.map(areaByMatch)])
    }
    expect(
      gradBP(g)([
        [1, null, 2],
        [null, box(2, 3)],
        [circle(0), group()],
      ]),
    ).toEqual([
      [1, null, 1],
      [null, box(3, 2)],
      [circle(0), group()],
    ])
    expect(gradBP(g)([[], [circle(1), circle(0)], []])).toEqual([[], [circle(1), circle(0)], []])
  })

  test('a result that is nothing: its gradient is zero', () => {
    const positive = (x: Var<number>): Var<number> | null => (x.gt(0) ? x.mul(x) : null)
    expect(backprop(positive)(3)).toEqual([9, 6])
    expect(backprop(positive)(-3)).toEqual([null, 0])
    expect(evalBP(positive)(-3)).toBe(null)
    const [value, pullback] = backpropWith(positive)(-3)
    expect([value, pullback(null)]).toEqual([null, 0])
    expectFailure(
      () => pullback(1),
      StructureMismatchError,
      /^cotangent: null is expected.* a plain number \(1\) is given/,
    )
    expectFailure(
      () => backpropWith(positive)(3)[1](null),
      StructureMismatchError,
      /^cotangent: a leaf of another kind/,
    )
  })

  test('a result without variables in one of its variants', () => {
    const bracket = (x: Var<number>): { kind: 'in'; at: Var<number> } | { kind: 'out' } =>
      x.abs().lt(1) ? { kind: 'in', at: x.mul(3) } : { kind: 'out' }
    expect(backprop(bracket)(0.5)).toEqual([{ kind: 'in', at: 1.5 }, 3])
    expect(backprop(bracket)(5)).toEqual([{ kind: 'out' }, 0])
    const roots = (x: Var<number>): Var<number>[] => (x.lt(0) ? [] : [x.sqrt(), x.sqrt().neg()])
    expect(backprop(roots)(-4)).toEqual([[], 0])
    expect(backpropWith(roots)(4)[1]([1, 0])).toBe(0.25)
    // In an outer run as well.
    const outer = (x: Var<number>): Var<number> => {
      const [root] = evalBP(roots)(x)
      return root === undefined ? gradBP(roots)(x).add(x) : root
    }
    expect(gradBP(outer)(-4)).toBe(1)
  })

  test('a result that is undefined is a forgotten return', () => {
    const f = (x: Var<number>): Var<number> | null => (x.gt(0) ? x : (undefined as never))
    expectFailure(() => gradBP(f)(-1), ResultError, /^the function's result is undefined/)
  })
})

describe('a cotangent of another constructor', () => {
  type Every = {
    kind: 'every'
    flag: boolean
    big: bigint
    none: null
    missing: undefined
    level: Fixed<number>
    date: Fixed<Date>
    of: symbol
    call: () => number
    list: (Var<number> | null)[]
    part: { kind: 'circle'; radius: Var<number> } | { kind: 'box'; side: Var<number> }
  }
  const of = Symbol('of')
  const call = (): number => 1
  const date = fixed(new Date(0))
  const f = (x: Var<number>): Every => ({
    kind: 'every',
    flag: true,
    big: 2n,
    none: null,
    missing: undefined,
    level: fixed(2),
    date,
    of,
    call,
    list: [x, null],
    part: { kind: 'circle', radius: x.mul(x) },
  })
  const [value, pullback] = backpropWith(f)(3)

  test('the same one is accepted', () => {
    expect(pullback(value)).toBe(3 + 9 * 6)
    // Other functions and other opaque objects are taken for the same ones.
    expect(pullback({ ...value, call: () => 2, date: fixed(new Date(1)) })).toBe(3 + 9 * 6)
  })

  test.each([
    ['a string', { kind: 'none' }, 'cotangent.kind', /the string 'every' is expected.*the string 'none' is given/],
    ['a boolean', { flag: false }, 'cotangent.flag', /true is expected, as in the value, but false is given/],
    ['a bigint', { big: 3n }, 'cotangent.big', /the bigint 2n is expected.*the bigint 3n is given/],
    ['a bigint, as a number', { big: 2 }, 'cotangent.big', /the bigint 2n is expected/],
    ['something for null', { none: { x: 1 } }, 'cotangent.none', /null is expected.*an object is given/],
    ['a number for null', { none: 1 }, 'cotangent.none', /null is expected/],
    ['undefined for null', { none: undefined }, 'cotangent.none', /null is expected.*undefined is given/],
    ['null for undefined', { missing: null }, 'cotangent.missing', /undefined is expected.*null is given/],
    ['a number for undefined', { missing: 1 }, 'cotangent.missing', /undefined is expected/],
    ['a fixed number', { level: fixed(3) }, 'cotangent.level', /fixed\(2\) is expected.*fixed\(3\) is given/],
    ['a number that is not fixed', { level: 2 }, 'cotangent.level', /fixed\(2\) is expected.*a plain number \(2\)/],
    ['a fixed number for an object', { date: fixed(0) }, 'cotangent.date', /fixed\(an instance of Date\) is expected/],
    ['a fixed null for an object', { date: fixed(null) }, 'cotangent.date', /fixed\(null\) is given/],
    ['a symbol', { of: Symbol('of') }, 'cotangent.of', /Symbol\(of\) is expected/],
    ['no function', { call: null }, 'cotangent.call', /a function is expected.*null is given/],
    ['a number for null, in an array', { list: [1, 1] }, 'cotangent.list[1]', /null is expected/],
    ['null for a number', { list: [null, null] }, 'cotangent.list[0]', /a leaf of another kind/],
    ['a length', { list: [1] }, 'cotangent.list', /an array of length 2 is expected, but one of length 1 is given/],
    [
      'a record for an array',
      { list: { 0: 1, 1: null } },
      'cotangent.list',
      /an array of length 2.*an object is given/,
    ],
    [
      'an array for a record',
      { part: ['circle', 1] },
      'cotangent.part',
      /a record \{ kind, radius \} is expected, but an array/,
    ],
    [
      'null for a record',
      { part: null },
      'cotangent.part',
      /a record \{ kind, radius \} is expected, but null is given/,
    ],
    ['the other tag', { part: { kind: 'box', radius: 1 } }, 'cotangent.part.kind', /the string 'circle' is expected/],
    [
      'the other variant',
      { part: { kind: 'box', side: 1 } },
      'cotangent.part',
      /expected \{ kind, radius \}, given \{ kind, side \}/,
    ],
    ['a key too few', { part: { kind: 'circle' } }, 'cotangent.part', /keys differ/],
    ['a key too many', { part: { kind: 'circle', radius: 1, name: 'a' } }, 'cotangent.part', /keys differ/],
  ] as const)('%s', (_title, change, path, pattern) => {
    const error = expectFailure(() => pullback({ ...value, ...change } as never), StructureMismatchError, pattern)
    expect(error.path).toBe(path)
  })

  test('recorded in an outer run', () => {
    const outer = (x: Var<number>): Var<number> => {
      const [inner, pull] = backpropWith(f)(x)
      return pull({ ...inner, flag: false })
    }
    expectFailure(() => gradBP(outer)(3), StructureMismatchError, /^cotangent\.flag: true is expected/)
  })

  test('into and resident parameters take no other constructor either', () => {
    const g = (s: BVar<Shape & { open: boolean }>): Var<number> => areaByMatch(s)
    const into = { ...circle(0), open: false }
    expectFailure(
      () => gradBP(g, { into })({ ...circle(1), open: true }),
      StructureMismatchError,
      /^into\.open: true is/,
    )
    using kept = resident<Circle & { open: boolean }>({ ...circle(1), open: true })
    expectFailure(() => kept.write({ ...circle(2), open: false }), StructureMismatchError, /^write\.open: true is/)
    expect(kept.read()).toEqual({ ...circle(1), open: true })
  })
})

test('resident parameters of a recursive union', () => {
  using picture = resident<Shape>(group(circle(2), group(box(3, 4))))
  expect(gradBP(areaByMatch)(picture)).toEqual(slopeOf(picture.read()))
})
