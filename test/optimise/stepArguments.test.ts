/** Steps that are called with other arguments than theirs: the same named errors, recorded, compiled, and compiled already. */
import {
  adam,
  compile,
  epoch,
  evalBP,
  gradBP,
  momentum,
  type Resident,
  resident,
  ResidentError,
  sgdStep,
  StructureMismatchError,
  sum,
  table,
  trainStep,
  UsageError,
  type Var,
  vector,
  type Vector,
} from 'backprop-wasm'
import { afterAll, describe, expect, test } from 'vitest'
import { expectFailure, expectUsable } from '../support/failures.ts'
import { flat } from '../support/plain.ts'

type P = { w: Var<Vector> }
type AnyStep = (...args: unknown[]) => unknown
type Failure = readonly [
  what: string,
  args: () => readonly unknown[],
  type: abstract new (...args: never[]) => Error,
  ...patterns: RegExp[],
]

const loss = (p: P, x: Var<Vector>): Var<number> => sum(p.w.sub(x).pow(2))
const method = adam({ rate: 0.1 })
const start = { w: vector([1, 2]) }
const w = resident(start)
const state = resident(method.start(start))
const x = vector([3, 4])
const freed = (value: unknown): Resident<unknown> => {
  const gone = resident(value)
  gone.free()
  return gone
}
const others = [resident(momentum().start(start)), resident(method.start({ w: vector([1, 2, 3]) }))]

afterAll(() => {
  for (const one of [w, state, ...others]) one.free()
})

/** Three ways of calling a step. The last has a program already. */
function ways(make: () => AnyStep, ...first: unknown[]): readonly (readonly [string, AnyStep])[] {
  const warm = compile(make() as never) as AnyStep
  const copies = first.map(one => (one instanceof Object && 'read' in one ? resident((one as typeof w).read()) : one))
  warm(...copies)
  return [
    ['recorded', make()],
    ['compiled', compile(make() as never)],
    ['compiled already', warm],
  ]
}

/** Each failure by each way; the messages are the same, and nothing changes. */
function checkAll(step: readonly (readonly [string, AnyStep])[], failures: readonly Failure[]): void {
  const before = [flat(w.read()), flat(state.read())]
  for (const [what, args, type, ...patterns] of failures) {
    const given = args()
    const messages = step.map(([way, call]) => {
      try {
        return expectFailure(() => call(...given), type, ...patterns).message
      } catch (error) {
        throw new Error(`${what}, ${way}`, { cause: error })
      }
    })
    expect(new Set(messages).size, what).toBe(1)
  }
  expect([flat(w.read()), flat(state.read())]).toEqual(before)
  expectUsable()
}

test('trainStep', () => {
  const counts = /^trainStep: the step takes 3 arguments \(the parameters, the state, 1 of data\), but /
  const data = /^trainStep: the data hold the (parameters|state) as well\. Give data of their own/
  checkAll(
    ways(() => trainStep(loss, method) as never, w, state, x),
    [
      ['nothing', () => [], UsageError, counts, /0 were given; missing: the parameters, the state\.$/],
      ['parameters only', () => [w], UsageError, counts, /1 was given; missing: the state\.$/],
      ['no state', () => [w, x], UsageError, counts, /2 were given; missing: the state\.$/],
      ['no data', () => [w, state], UsageError, counts, /2 were given; missing: data\.$/],
      [
        'data in the place of the state',
        () => [w, x, state],
        ResidentError,
        /trainStep: the state must be resident, not a T/,
      ],
      ['the parameters twice', () => [w, w, x], ResidentError, /^trainStep: the parameters and the state are the same/],
      [
        'the state first',
        () => [state, w, x],
        StructureMismatchError,
        /^adam: the state: it must be a record \{ step, rate/,
      ],
      [
        'plain parameters',
        () => [start, state, x],
        ResidentError,
        /^trainStep: the parameters must be resident, not an obj/,
      ],
      [
        'a plain state',
        () => [w, state.read(), x],
        ResidentError,
        /^trainStep: the state must be resident, not an object/,
      ],
      [
        'undefined parameters',
        () => [undefined, state, x],
        ResidentError,
        /the parameters must be resident, not undefined/,
      ],
      ['a state that is null', () => [w, null, x], ResidentError, /^trainStep: the state must be resident, not null/],
      [
        'a record of residents',
        () => [{ w: resident(x) }, state, x],
        ResidentError,
        /the parameters must be resident, not an/,
      ],
      [
        'a list of residents',
        () => [w, [state], x],
        ResidentError,
        /^trainStep: the state must be resident, not an array/,
      ],
      [
        'freed parameters',
        () => [freed(start), state, x],
        ResidentError,
        /^trainStep, the parameters: .*have been freed/,
      ],
      ['a freed state', () => [w, freed(state.read()), x], ResidentError, /^trainStep, the state: .*have been freed/],
      ['parameters as data', () => [w, state, w], ResidentError, data],
      ['the state as data', () => [w, state, state], ResidentError, data],
      ['parameters in data', () => [w, state, { deep: [w] }], ResidentError, data],
      ["another optimiser's state", () => [w, others[0], x], StructureMismatchError, /moments are \{ velocity \}/],
      [
        'a state of other parameters',
        () => [w, others[1], x],
        StructureMismatchError,
        /^adam: the state\.moments\.mean/,
      ],
    ],
  )
})

test('sgdStep', () => {
  const counts = /^sgdStep: the step takes 2 arguments \(the parameters, 1 of data\), but /
  checkAll(
    ways(() => sgdStep(loss, { rate: 0.1 }) as never, w, x),
    [
      ['nothing', () => [], UsageError, counts, /0 were given; missing: the parameters\.$/],
      ['no data', () => [w], UsageError, counts, /1 was given; missing: data\.$/],
      ['no parameters', () => [x], UsageError, counts, /1 was given; missing: the parameters\.$/],
      [
        'data first',
        () => [x, w],
        ResidentError,
        /^sgdStep: the parameters must be resident, not a Tensor<2>\. Give res/,
      ],
      ['plain parameters', () => [start, x], ResidentError, /^sgdStep: the parameters must be resident, not an object/],
      ['freed parameters', () => [freed(start), x], ResidentError, /^sgdStep, the parameters: .*have been freed/],
      ['parameters as data', () => [w, w], ResidentError, /^sgdStep: the data hold the parameters as well/],
    ],
  )
})

test('an open run reads them', () => {
  for (const [, step] of ways(() => trainStep(loss, method) as never, w, state, x)) {
    const readsParameters = (): unknown => gradBP((p: P) => sum(p.w).add(step(w, state, x) as number))(w as never)
    const readsState = (): unknown =>
      evalBP((s: { step: Var<number> }) => s.step.add(step(w, state, x) as number))(state as never)
    // The first call of a compiled function records a program, which stays.
    expect(readsParameters).toThrow(ResidentError)
    expectFailure(readsParameters, ResidentError, /^trainStep, the parameters: a run that is still open reads/)
    expectFailure(readsState, ResidentError, /^trainStep, the state: a run that is still open reads/)
  }
})

test.each(['recorded', 'compiled'])('more data than the loss names are ignored, as in any call: %s', way => {
  const made = sgdStep(loss as never, { rate: 0.1 }) as unknown as AnyStep
  const step = way === 'compiled' ? (compile(made as never) as unknown as AnyStep) : made
  using one = resident(start)
  using other = resident(start)
  expect(step(one, x, x)).toBe(step(other, x))
  expect(flat(one.read())).toEqual(flat(other.read()))
})

describe('losses that take any number of data', () => {
  const total = (p: P, data: readonly Var<Vector>[]): Var<number> =>
    data.reduce((sofar, x) => sofar.add(loss(p, x)), sum(p.w))
  const any: readonly (readonly [string, AnyStep])[] = [
    ['rest', ((p: P, ...data: Var<Vector>[]) => total(p, data)) as AnyStep],
    [
      'a rest behind one',
      ((p: P, first: Var<Vector>, ...more: Var<Vector>[]) => total(p, [first, ...more])) as AnyStep,
    ],
    ['a default', ((p: P, x: Var<Vector>, y: Var<Vector> = x, z: Var<Vector> = y) => total(p, [x, y, z])) as AnyStep],
    [
      'arguments',
      function (p: P, x: Var<Vector>): Var<number> {
        // eslint-disable-next-line prefer-rest-params -- what is tested
        return total(p, [x, ...(Array.from(arguments).slice(2) as Var<Vector>[])])
      } as AnyStep,
    ],
    ['bound', ((p: P, x: Var<Vector>, ...more: Var<Vector>[]) => total(p, [x, ...more])).bind(undefined) as AnyStep],
    ['an operator', evalBP(loss as never)],
    ['none named', ((p: P) => sum(p.w)) as AnyStep],
  ]
  test.each(any)('%s', (_name, f) => {
    for (const make of [(g: AnyStep) => g, (g: AnyStep) => compile(g as never) as AnyStep]) {
      const step = make(sgdStep(f as never, { rate: 0.1 }) as never)
      using p = resident(start)
      for (const data of [[x], [x, x], [x, x, x]]) expect(Number.isFinite(step(p, ...data))).toBe(true)
    }
  })
})

describe('a step within a compiled function', () => {
  const within = (body: (p: P, s: unknown, x: Var<Vector>, step: AnyStep) => unknown): AnyStep => {
    const step = trainStep(loss, method) as unknown as AnyStep
    return compile(evalBP(((p: P, s: unknown, x: Var<Vector>) => body(p, s, x, step)) as never))
  }

  test.each<[string, (p: P, s: unknown, x: Var<Vector>, step: AnyStep) => unknown, typeof UsageError, RegExp]>([
    ['too few', (p, s, _x, step) => step(p, s), UsageError, /takes 3 arguments .* but 2 were given\.$/],
    [
      'the same',
      (p, _s, x, step) => step(p, p, x),
      ResidentError,
      /^trainStep: the parameters and the state are the same/,
    ],
    [
      'computed parameters',
      (p, s, x, step) => step({ w: p.w.mul(2) }, s, x),
      ResidentError,
      /^trainStep: the parameters must be resident, an argument of the compiled function/,
    ],
    [
      'data as state',
      (p, _s, x, step) => step(p, x, x),
      ResidentError,
      /^trainStep: the state must be resident, an arg/,
    ],
    [
      'changed places',
      (p, s, x, step) => step(s, p, x),
      StructureMismatchError as never,
      /^adam: the state: it must be/,
    ],
  ])('%s', (_name, body, type, message) => {
    const before = [flat(w.read()), flat(state.read())]
    expectFailure(() => within(body)(w, state, x), type, message)
    expect([flat(w.read()), flat(state.read())]).toEqual(before)
  })

  test('parts of one resident value may be parameters and state', () => {
    using both = resident({ p: start, s: method.start(start) })
    using p = resident(start)
    using s = resident(method.start(start))
    const step = trainStep(loss, method) as unknown as AnyStep
    const compiled = compile(
      evalBP(((all: { p: unknown; s: unknown }, x: unknown) => step(all.p, all.s, x)) as never),
    ) as unknown as AnyStep
    expect(compiled(both, x)).toBe(step(p, s, x))
    expect(flat(both.read().p)).toEqual(flat(p.read()))
  })
})

describe('epoch', () => {
  const rows = table(new Float64Array([1, 2, 3, 4]), [2])
  const counts = /^epoch: the step takes 3 arguments \(the parameters, the state, 1 of data\), but /
  const loop = epoch as unknown as (...args: unknown[]) => Iterator<unknown>

  test.each([
    ['recorded', trainStep(loss, method)],
    ['compiled', compile(trainStep(loss, method))],
  ])('other parameters than the step takes: %s', (_name, step) => {
    const before = [flat(w.read()), flat(state.read())]
    const of = (parameters: unknown, tables: unknown[] = [rows]) => loop(tables, step, { parameters })
    expectFailure(
      () => of([w]),
      UsageError,
      counts,
      /2 were given; missing: the state\. Given are 1 by \{ parameters: \[net, …\] \}, and 1 by the tables\.$/,
    )
    expectFailure(() => of(undefined), UsageError, counts, /1 was given; missing: the parameters, the state\./)
    expectFailure(() => of([w, state, w]).next(), ResidentError, /^trainStep: the data hold the parameters as well/)
    expectFailure(() => of([w, w]).next(), ResidentError, /^trainStep: the parameters and the state are the same/)
    expectFailure(() => of([state, w]).next(), StructureMismatchError, /^adam: the state: it must be a record/)
    expectFailure(() => of([start, state]).next(), ResidentError, /^trainStep: the parameters must be resident/)
    expectFailure(() => of([w, freed(state.read())]).next(), ResidentError, /^trainStep, the state: .*freed/)
    expect([flat(w.read()), flat(state.read())]).toEqual(before)
  })
})
