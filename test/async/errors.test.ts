/** What goes wrong in functions that wait: each is a named error, after which the engine, and other runs, go on. */
/* eslint-disable @typescript-eslint/require-await -- a promise is what matters, whether it is waited for or not */
import {
  asyncOp1,
  asyncOp2,
  BackpropError,
  backpropAsync,
  backpropWithAsync,
  constVar,
  dot,
  evalBP,
  evalBPAsync,
  exp,
  gradBP,
  gradBPAsync,
  op1,
  resident,
  ResidentError,
  ResultError,
  sgdStep,
  StructureMismatchError,
  UnknownLeafError,
  UsageError,
  type Var,
  VarOutOfRunError,
  vector,
  type Vector,
  zeros,
} from 'backprop-wasm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectFailure, expectUsable } from '../support/failures.ts'
import { bytesInUse } from '../support/tape.ts'
import { after, gate } from '../support/waiting.ts'

const square = asyncOp1(async (x: number) => [await after(1, x * x), dz => [2 * x * dz]], 'square')
const untyped = (f: unknown): ((x: Var<number>) => Promise<Var<number>>) => f as never

let before = 0
beforeEach(() => {
  expectUsable()
  before = bytesInUse()
})
afterEach(() => {
  expectUsable()
  expect(bytesInUse()).toBe(before)
})

/** The error that a promise is rejected with. */
async function failure<E extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
  pattern: RegExp,
): Promise<E> {
  const caught: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(caught instanceof type)) throw new Error(`expected ${type.name}, got ${String(caught)}`)
  if (caught instanceof BackpropError) expect(caught.name).toBe(type.name)
  expect(caught.message).toMatch(pattern)
  return caught
}

describe('a rejection', () => {
  class Lost extends Error {}
  const broken = (where: 'forth' | 'back', waits: number): ReturnType<typeof asyncOp1<Vector, Vector>> =>
    asyncOp1(async (v: Vector) => {
      if (waits > 0) await after(waits)
      if (where === 'forth') throw new Lost('gone')
      return [
        v,
        async (_dz: Vector) => {
          if (waits > 0) await after(waits)
          throw new Lost('gone')
        },
      ]
    })

  test.each([
    ['on the way forth', 'forth', 3],
    ['on the way forth, at once', 'forth', 0],
    ['on the way back', 'back', 3],
    ['on the way back, at once', 'back', 0],
  ] as const)('%s is that of the run; memory and residents are released', async (_title, where, waits) => {
    const op = broken(where, waits)
    const weights = resident(vector([1, 2]))
    const f = async (w: Var<Vector>, x: Var<Vector>): Promise<Var<number>> => dot(await op(w.mul(x)), x.exp())
    const running = gradBPAsync(f)(weights, vector([3, 4]))
    expect(() => weights.write(vector([0, 0]))).toThrow(ResidentError)
    await failure(running, Lost, /gone/)
    await failure(backpropAsync(f)(weights, vector([3, 4])), Lost, /gone/)
    if (where === 'forth') await failure(evalBPAsync(f)(weights, vector([3, 4])), Lost, /gone/)
    else {
      const [, pullback] = await backpropWithAsync(f)(weights, vector([3, 4]))
      await failure(pullback(1), Lost, /gone/)
      await failure(pullback(1), Lost, /gone/)
    }
    weights.write(vector([0, 0]))
    weights.free()
  })

  test('may be caught in the function, which goes on', async () => {
    const op = broken('forth', 1)
    const f = async (v: Var<Vector>): Promise<Var<number>> => {
      const w = await op(v).catch(() => v.mul(2))
      return dot(w, v)
    }
    expect((await gradBPAsync(f)(vector([1, 2]))).toArray()).toEqual([4, 8])
  })

  test('of the function itself, at once, later, or without a promise', async () => {
    await failure(
      gradBPAsync(async (_x: Var<number>): Promise<Var<number>> => Promise.reject(new Lost('a')))(1),
      Lost,
      /a/,
    )
    const later = async (x: Var<number>): Promise<Var<number>> => {
      await square(x)
      throw new Lost('b')
    }
    await failure(gradBPAsync(later)(1), Lost, /b/)
    const atOnce = (_x: Var<number>): Var<number> => {
      throw new Lost('c')
    }
    await failure(gradBPAsync(atOnce)(1), Lost, /c/)
  })

  test('does not touch a run next to it', async () => {
    const op = broken('back', 5)
    const [good, bad] = await Promise.allSettled([
      gradBPAsync(async (x: Var<number>) => (await square(await square(x))).mul(x))(2),
      gradBPAsync(async (v: Var<Vector>) => dot(await op(v), v))(vector([1, 2])),
    ])
    expect(good).toEqual({ status: 'fulfilled', value: 80 })
    expect(bad.status).toBe('rejected')
  })

  test('of a synchronous op, forwards and backwards', async () => {
    for (const back of [false, true]) {
      const op = op1((v: Vector) => {
        if (!back) throw new Lost('gone')
        return [
          v,
          () => {
            throw new Lost('gone')
          },
        ]
      })
      const f = async (v: Var<Vector>): Promise<Var<number>> => (await after(1), dot(op(v), v))
      await failure(gradBPAsync(f)(vector([1, 2])), Lost, /gone/)
    }
  })
})

describe('an async op in a synchronous function', () => {
  const says = [/^square: this op waits/, /gradBPAsync, evalBPAsync or backpropAsync/]

  test('is an error that names the operators', () => {
    expectFailure(() => gradBP(square as never as (x: Var<number>) => Var<number>)(3), UsageError, ...says)
    expectFailure(() => evalBP((x: Var<number>) => (void square(x), x))(3), UsageError, ...says)
    const weights = resident(1)
    expect(() => sgdStep((w: Var<number>) => (void square(w), w), { rate: 1 })(weights)).toThrow(UsageError)
    weights.free()
  })

  test('the same in a synchronous operator inside an async function', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> =>
      gradBP(square as never as (x: Var<number>) => Var<number>)(await square(x))
    await failure(gradBPAsync(f)(3), UsageError, /^square: this op waits/)
  })

  test('a function that is async: the same, and no rejection is left unhandled', async () => {
    const f = (async (x: Var<number>) => (await square(x)).mul(x)) as never as (x: Var<number>) => Var<number>
    expectFailure(() => gradBP(f)(3), UsageError, /the function's result is a promise.*gradBPAsync/)
    await after(10)
  })
})

describe('what is no op that waits', () => {
  test('a synchronous op with a function that gives a promise', () => {
    const op = op1((async (x: number) => [x, (dz: number) => [dz]]) as never, 'late') as unknown as (
      x: Var<number>,
    ) => Var<number>
    expectFailure(() => gradBP(op)(3), UsageError, /^late: the function gives a promise.*asyncOp1/)
    const onVars = op1((async (x: number) => x) as never, ((dz: Var<number>) => [dz]) as never, 'late') as unknown as (
      x: Var<number>,
    ) => Var<number>
    expectFailure(() => gradBP(onVars)(3), UnknownLeafError, /^late, the result: .*Promise.*asyncOp1/)
  })

  test('a function without a pullback', async () => {
    const op = asyncOp1((async (x: number) => x) as never, 'bare') as never as (x: Var<number>) => Promise<Var<number>>
    await failure(gradBPAsync(op)(3), UsageError, /^bare: the function must return \[value, pullback\]/)
  })

  test.each([
    ['no tuple', () => 3, /^op, the gradient: the pullback must return an array of 2 elements/],
    ['too short', () => [1], /^op, the gradient: the pullback must return an array of 2 elements/],
    ['another kind of leaf', () => [1, vector([1])], /^op, the gradient by argument 2: a leaf of another kind/],
  ])('a gradient that does not fit: %s', async (_title, pullback, pattern) => {
    const op = asyncOp2(async (x: number, y: number) => [x * y, (async () => pullback()) as never], 'op')
    await failure(gradBPAsync(op)(2, 3), StructureMismatchError, pattern)
  })
})

describe('variables', () => {
  test('after the run has ended are not to be used', async () => {
    let kept: Var<number> | undefined
    await gradBPAsync(async (x: Var<number>) => (kept = await square(x)))(3)
    const x = kept as unknown as Var<number>
    for (const use of [
      () => x.add(1),
      () => x.value,
      () => gradBP((y: Var<number>) => y.mul(y))(x),
      () => evalBP((y: Var<number>) => y.mul(x))(2),
      () => square(x),
      () => exp(x),
    ])
      expect(use).toThrow(VarOutOfRunError)
    await failure(gradBPAsync(async (y: Var<number>) => y.mul(x))(2), VarOutOfRunError, /^mul: .*has ended/)
  })

  test('of an op that its function has not awaited: no influence, and not to be used', async () => {
    const { opened, open } = gate()
    const slow = asyncOp1(async (v: Vector) => (await opened, [{ v, n: 2 }, () => [v]]))
    let late: ReturnType<typeof slow> | undefined
    const f = async (v: Var<Vector>): Promise<Var<number>> => {
      late = slow(v)
      return dot(v, v)
    }
    expect((await gradBPAsync(f)(vector([1, 2]))).toArray()).toEqual([2, 4])
    open()
    const { v, n } = await (late as NonNullable<typeof late>)
    expect(() => v.mul(2)).toThrow(VarOutOfRunError)
    expect(() => n.value).toThrow(VarOutOfRunError)
  })

  test('of an op that ends while the walk back is waiting', async () => {
    const { opened, open } = gate()
    const slow = asyncOp1(async (v: Vector) => (await opened, [v, () => [v]]))
    const patient = asyncOp1(async (v: Vector) => [v, async (dz: Vector) => (open(), await after(10), [dz])])
    const f = async (v: Var<Vector>): Promise<Var<number>> => {
      void slow(v).then(w => w.mul(w).add(1).value)
      return dot(await patient(v.mul(v)), v)
    }
    expect((await gradBPAsync(f)(vector([1, 2]))).toArray()).toEqual([3, 12])
  })

  test('the one that wins a race counts', async () => {
    const slow = asyncOp2(async (x: number, turns: number) => [await after(turns, x * turns), dz => [dz * turns, 0]])
    const f = async (x: Var<number>): Promise<Var<number>> => Promise.race([slow(x, 9), slow(x, 2)])
    expect(await backpropAsync(f)(3)).toEqual([6, 2])
    await after(20)
  })

  test('as arguments of an async operator are refused, also for a second derivative', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => gradBPAsync(square)(x as never) as never
    await failure(gradBPAsync(f)(3), UsageError, /^gradBPAsync: a variable is among the arguments.*lost/)
    await failure(evalBPAsync(square)(constVar(3) as never), UsageError, /^evalBPAsync: a variable/)
  })
})

describe('usage', () => {
  test('options and arguments', async () => {
    expect(() => gradBPAsync(3 as never)).toThrow(/^gradBPAsync: the first argument must be a function/)
    expect(() => backpropAsync(square, { wrt: 'x' as never })).toThrow(/^backpropAsync: wrt is 'x', but must be/)
    expect(() => evalBPAsync(undefined as never)).toThrow(/^evalBPAsync: the first argument/)
    expect(() => backpropWithAsync(square, 3 as never)).toThrow(/^backpropWithAsync: the options/)
    expect(() => asyncOp1(3 as never)).toThrow(/^asyncOp1: the first argument must be a function/)
    await failure(gradBPAsync(square, { wrt: 1 as never })(3), UsageError, /^gradBPAsync: wrt is 1/)
    await failure((gradBPAsync(square) as () => Promise<number>)(), UsageError, /^gradBPAsync: the function takes 1/)
    await failure(gradBPAsync(square)(new Date() as never), UnknownLeafError, /^argument 1/)
  })

  test('results', async () => {
    await failure(gradBPAsync(untyped(async () => 3))(3), ResultError, /^the function's result is a plain number/)
    await failure(gradBPAsync(untyped(async () => undefined))(3), ResultError, /is undefined/)
    const inside = untyped(async (x: Var<number>) => ({ y: square(x) }))
    await failure(gradBPAsync(inside)(3), UnknownLeafError, /^the function's result\.y: .*Promise.*Await it/)
  })

  test('a cotangent of another structure', async () => {
    const [, pullback] = await backpropWithAsync(async (x: Var<number>) => ({ y: await square(x) }))(3)
    await failure(pullback({ z: 1 } as never), StructureMismatchError, /^cotangent: keys differ/)
    expect(await pullback({ y: 1 })).toBe(6)
  })
})

describe('resident parameters', () => {
  const f = async (w: Var<Vector>, x: Var<Vector>): Promise<Var<number>> => {
    const y = await asyncOp1(async (v: Vector) => (await after(3), [v, async (dz: Vector) => (await after(3), [dz])]))(
      w.mul(x),
    )
    return dot(y, y)
  }

  test('cannot change while an async run that reads them is open', async () => {
    const w = resident(vector([1, 2]))
    const target = resident(vector([0, 0]))
    const step = sgdStep((v: Var<Vector>) => dot(v, v), { rate: 0.1 })
    const running = gradBPAsync(f, { wrt: 0, into: target })(w, vector([3, 4]))
    for (let i = 0; i < 12; i++) {
      expect(() => w.write(vector([0, 0]))).toThrow(ResidentError)
      expect(() => w.free()).toThrow(ResidentError)
      expect(() => step(w)).toThrow(ResidentError)
      expect(() => gradBP((v: Var<Vector>) => dot(v, v), { into: w })(vector([1, 1]))).toThrow(ResidentError)
      // Reading them is free.
      expect(evalBP((v: Var<Vector>) => dot(v, v))(w)).toBe(5)
      await after(1)
      if (w.readers === 0) break
    }
    expect(await running).toBe(target)
    expect(target.read().toArray()).toEqual([18, 64])
    step(w)
    expect(w.read().toArray()).toEqual([0.8, 1.6])
    w.free()
    target.free()
  })

  test('as into are written at the very end, at once', async () => {
    const w = resident(vector([1, 2]))
    const target = resident({ a: vector([7, 7]), b: 5, unused: vector([1]) })
    const g = async (p: { a: Var<Vector>; b: Var<number>; unused: Var<Vector> }): Promise<Var<number>> =>
      (await f(p.a, vector([3, 4]) as never)).mul(p.b)
    const running = gradBPAsync(g, { into: target })({ a: vector([1, 2]), b: 2, unused: vector([9]) })
    let done = false
    void running.then(() => (done = true))
    while (!done) {
      const { a, b } = target.read()
      expect([a.toArray(), b]).toEqual(a.at(0) === 7 ? [[7, 7], 5] : [[36, 128], 73])
      await after(1)
    }
    expect(target.read()).toEqual({ a: vector([36, 128]), b: 73, unused: vector([0]) })
    w.free()
    target.free()
  })

  test('as into of two runs at a time, which overtake each other', async () => {
    const target = zeros(2)
    const wait = asyncOp2(async (v: Vector, n: number) => [await after(n, v), dz => [dz, 0]])
    const g = gradBPAsync(async (v: Var<Vector>, n: Var<number>) => dot(await wait(v, n), v), { wrt: 0, into: target })
    const first = g(vector([1, 2]), 20).then(t => t.toArray())
    const second = g(vector([3, 4]), 1).then(t => t.toArray())
    expect(await second).toEqual([6, 8])
    expect(await first).toEqual([2, 4])
  })

  test('as into that are read, or freed, when the run comes to its end', async () => {
    const target = resident(vector([0, 0]))
    const { opened, open } = gate()
    const wait = asyncOp1(async (v: Vector) => (await opened, [v, (dz: Vector) => [dz]]))
    const reading = evalBPAsync(async (v: Var<Vector>) => dot(await wait(v), v))(target)
    const h = async (v: Var<Vector>): Promise<Var<number>> => (await after(1), dot(v, v))
    await failure(gradBPAsync(h, { into: target })(vector([1, 2])), ResidentError, /^into: a run that is still open/)
    open()
    expect(await reading).toBe(0)
    const freeing = async (v: Var<Vector>): Promise<Var<number>> => (await after(1), target.free(), dot(v, v))
    await failure(gradBPAsync(freeing, { into: target })(vector([1, 2])), ResidentError, /^into: .*freed/)
  })

  test('cannot change while a pullback reads them', async () => {
    const w = resident(vector([1, 2]))
    const [, pullback] = await backpropWithAsync(f, { wrt: 1 })(w, vector([3, 4]))
    const running = pullback(1)
    expect(() => w.write(vector([0, 0]))).toThrow(ResidentError)
    expect((await running).toArray()).toEqual([6, 32])
    w.write(vector([0, 0]))
    await failure(pullback(1), ResidentError, /^the pullback: the resident parameters have changed/)
    w.free()
  })
})
