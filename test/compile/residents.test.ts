/** Residents, errors and memory of compiled functions. */
import {
  backprop,
  backpropWith,
  boxed,
  compile,
  constVar,
  dot,
  evalBP,
  evalBPAsync,
  gradBP,
  matMul,
  matVec,
  matrix,
  NotCompilableError,
  op1,
  op2,
  resident,
  ResidentError,
  ResultError,
  sgdStep,
  ShapeMismatchError,
  stopGradient,
  sub,
  sum,
  UnknownLeafError,
  UsageError,
  vector,
  type BVar,
  type Matrix,
  type Resident,
  type Tensor,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure, expectUsable } from '../support/failures.ts'
import { liveBytes } from '../support/heap.ts'
import { loss, newNetwork, samples } from '../support/network.ts'
import { expectClose } from '../support/plain.ts'
import { bytesInUse, linearBytes } from '../support/tape.ts'

const norm = (x: Var<Vector>): Var<number> => dot(x, x)

describe('residents', () => {
  test('that are freed, or read by an open run, or stand at two places', () => {
    const step = compile(sgdStep((w: Var<Vector>, x: Var<Vector>) => dot(w, x), { rate: 1 }))
    const w = resident(vector([1, 2]))
    using x = resident(vector([3, 4]))
    expect(step(w, x)).toBe(11)
    expect(w.read().toArray()).toEqual([-2, -2])
    expectFailure(() => step(w, w), ResidentError, /^sgdStep: the data hold the parameters as well/)
    expectFailure(
      () => evalBP((v: Var<Vector>) => sum(v).add(step(w, x)))(w),
      ResidentError,
      /^sgdStep, the parameters: a run that is still open reads/,
    )
    expect(w.read().toArray()).toEqual([-2, -2])
    w.free()
    expectFailure(() => step(w, x), ResidentError, /^sgdStep, the parameters: .* freed/)
    expectFailure(() => step(vector([1, 2]) as never, x), ResidentError, /^sgdStep: the parameters must be resident/)
    expectUsable()
  })

  test('as into: freed, read by an open run, an argument of the same call', () => {
    const into = resident(vector([0, 0]))
    using x = resident(vector([3, 4]))
    const gradient = compile(gradBP(norm, { into }))
    gradient(x)
    expect(into.read().toArray()).toEqual([6, 8])
    expectFailure(() => gradient(into), ResidentError, /^into: .* argument of the same call/)
    expectFailure(
      () => evalBP((v: Var<Vector>) => sum(v).add(gradient(x)[0 as never] ?? 0))(into),
      ResidentError,
      /^into: a run/,
    )
    into.free()
    expectFailure(() => gradient(x), ResidentError, /^into: .* freed/)
  })

  test('that are captured are refused, everywhere', () => {
    using w = resident(vector([1, 2]))
    const capturing = [
      (x: Var<number>): Var<number> => x.mul(evalBP(norm)(w)),
      (x: Var<number>): Var<number> =>
        gradBP((y: Var<number>, v: Var<Vector>) => norm(v).mul(y), { wrt: 0 })(x, w as never),
      (x: Var<number>): Var<number> => x.mul(compile(evalBP(norm))(w)),
    ]
    for (const f of capturing) {
      expect(evalBP(f)(2)).toBe(f === capturing[1] ? 5 : 10)
      expectFailure(() => compile(evalBP(f))(2), ResidentError, /^compile: .* none of its arguments/)
    }
    const inner = compile(evalBP(norm))
    inner(w)
    expectFailure(() => compile(evalBP((x: Var<number>) => x.mul(inner(w))))(2), ResidentError, /^compile: /)
  })

  test('a step makes pullbacks that have read the parameters refuse', () => {
    using w = resident(vector([1, 2]))
    const [, pullback] = backpropWith(norm)(w)
    pullback(1)
    compile(sgdStep(norm, { rate: 0.1 }))(w)
    expectFailure(() => pullback(1), ResidentError, /have changed/)
    const [, again] = backpropWith(norm)(w)
    compile(gradBP(norm, { into: w }))(vector([1, 1]))
    expectFailure(() => again(1), ResidentError, /have changed/)
  })

  type P = BVar<{ a: Matrix; b: Matrix; c: Matrix; v: Vector; u: Vector; s: number }>
  const table = matrix([1, -2, 0.5, 2, 1, -1, 0.25, 3, 1], 3, 3) as Matrix
  const start = {
    a: matrix([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3) as Matrix,
    b: matrix([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 3, 3) as Matrix,
    c: matrix([1, 0, 2, 0, -1, 1, 3, 1, 0], 3, 3) as Matrix,
    v: vector([0.5, -1, 2]),
    u: vector([1, 1, -1]),
    s: 0.5,
  }
  /** Ways of reading parameters in which one update may come too early for another. */
  const losses: Readonly<Record<string, (p: P, x: Var<Vector>) => Var<number>>> = {
    'both operands of one product': p => dot(matMul(p.a, p.b), table),
    'a chain of products': p => dot(matMul(matMul(p.a, p.b), p.a), table),
    'each the gradient of the other': p => dot(p.v, p.u),
    'each the gradient of the other, numbers and tensors': p => dot(p.v, p.u).mul(p.s).add(p.s.mul(p.s)),
    'a matrix and its vector': p => sum(matVec(p.a, p.v)).add(dot(matVec(p.b, p.v, { transpose: true }), p.u)),
    'three products in a ring': p =>
      dot(matMul(p.a, p.b), table)
        .add(dot(matMul(p.b, p.a), table))
        .add(dot(matMul(p.a, table), p.b)),
    'a product that must wait for a later reader of what it changes': p => {
      const later = dot(matMul(stopGradient(p.a), p.c), table)
      return later.add(dot(matMul(p.a, p.b), table))
    },
    'the parameter itself': p => p.s,
    'a square': (p, x) => dot(p.v, p.v).add(dot(sub(p.u, x), sub(p.u, x))),
    nothing: () => constVar(3),
  }
  test.each(Object.entries(losses))('%s', (_name, f) => {
    using here = resident(start)
    using there = resident(start)
    const step = sgdStep(f, { rate: 0.01 })
    const compiled = compile(step)
    for (let i = 0; i < 4; i++) {
      const x = vector([i, 1, -1])
      expectClose(compiled(here, x), step(there, x), 1e-13)
      expectClose(here.read(), there.read(), 1e-13)
    }
    expect(compiled.recordings).toBe(1)
  })

  test('a step as a part of a larger function, once', () => {
    const step = sgdStep((w: Var<Vector>, x: Var<Vector>) => dot(w, x), { rate: 1 })
    const f = (w: Var<Vector>, x: Var<Vector>) => ({
      loss: step(w as never, x as never) as unknown as Var<number>,
      before: w,
    })
    const compiled = compile(evalBP(f)) as unknown as (
      w: Resident<Vector>,
      x: Vector,
    ) => { loss: number; before: Tensor }
    using w = resident(vector([1, 2]))
    for (const [loss, before] of [
      [11, [1, 2]],
      [-14, [-2, -2]],
    ] as const) {
      const result = compiled(w, vector([3, 4]))
      expect([result.loss, result.before.toArray()]).toEqual([loss, before])
    }
    const twice = compile(evalBP((v: Var<Vector>, x: Var<Vector>) => [f(v, x).loss, f(v, x).loss]))
    expectFailure(() => twice(w, vector([3, 4])), UsageError, /changes parameters once/)
  })
})

describe('what cannot be compiled says why', () => {
  const square = op1((x: number) => [x * x, (dz: number) => [2 * x * dz]], 'square')
  const product = op2(
    (x: number, y: number) => x * y,
    (dz, x, y) => [dz.mul(y), dz.mul(x)],
    'product',
  )

  test('ops of the user', () => {
    const error = expectFailure(
      () => compile(gradBP((x: Var<number>) => square(x.add(1))))(2),
      NotCompilableError,
      /^compile: square: this op is a function of TypeScript/,
    )
    expect(error.what).toBe('square')
    expectFailure(() => compile(gradBP((x: Var<number>) => product(x, 3)))(2), NotCompilableError, /^compile: product/)
    // On constants they give constants.
    expect(compile(gradBP((x: Var<number>) => x.mul(square(constVar(3)))))(2)).toBe(9)
  })

  test("values of users' types", () => {
    const text = boxed('a', { zero: () => '', one: () => '', add: (a, b) => a + b })
    const f = (p: { readonly t: unknown; readonly x: Var<number> }): Var<number> => p.x
    const error = expectFailure(
      () =>
        compile(evalBP(f as never) as never as ReturnType<typeof evalBP<[{ x: Var<number> }], Var<number>>>)({
          t: text,
          x: 1,
        } as never),
      NotCompilableError,
      /argument 1\.t: a value of a user's type/,
    )
    expect(error.what).toBe('argument 1.t')
  })

  test('pullbacks, promises, plain results, no function', () => {
    const pullback = backpropWith((x: Var<number>) => x.mul(x))
    expectFailure(
      () => compile(pullback as never as ReturnType<typeof evalBP<[Var<number>], Var<number>>>)(2),
      NotCompilableError,
      /holds a function/,
    )
    const promise = evalBP(((x: Var<number>) => Promise.resolve(x)) as never) as never as ReturnType<
      typeof evalBP<[Var<number>], Var<number>>
    >
    expectFailure(() => compile(promise)(2), NotCompilableError, /promise/)
    const waiting = evalBPAsync(async (x: Var<number>) => Promise.resolve(x))
    expectFailure(() => compile(waiting as never as typeof promise)(2), NotCompilableError, /promise/)
    const plain = evalBP(((x: Var<number>) => x.value * 2) as never) as never as ReturnType<
      typeof evalBP<[Var<number>], Var<number>>
    >
    expectFailure(() => compile(plain)(2), ResultError, /^the function's result is a plain number/)
    expectFailure(() => compile(3 as never), UsageError, /compile\(gradBP\(f\)\)/)
  })

  test('errors of the function and of its arguments are the same, and nothing is kept', () => {
    const f = compile(evalBP((x: Var<Vector>, y: Var<Vector>) => dot(x, y)))
    expectFailure(() => f(vector([1]), vector([1, 2])), ShapeMismatchError, /^dot: /)
    expectFailure(() => f(vector([1]), new Date() as never), UnknownLeafError, /^argument 2: /)
    expectFailure(() => (f as unknown as (x: Vector) => number)(vector([1])), UsageError, /takes 2 arguments/)
    expect(f.recordings).toBe(0)
    expect(f(vector([1, 2]), vector([3, 4]))).toBe(11)
  })

  test('into of another structure, and inside another operator', () => {
    const f = compile(gradBP(norm, { into: vector([0, 0, 0]) }))
    expectFailure(() => f(vector([1, 2])), ShapeMismatchError, /^into: /)
    const nested = compile(gradBP((x: Var<Vector>) => norm(gradBP(norm, { into: vector([0, 0]) })(x) as never)))
    expectFailure(() => nested(vector([1, 2])), UsageError, /into is for plain results/)
  })

  test('arguments whose getters call the function', () => {
    const f = compile(evalBP((p: { x: Var<number> }) => p.x))
    const loop = {
      get x(): number {
        return f(loop)
      },
    }
    f({ x: 1 })
    expectFailure(() => f(loop), UsageError, /getter/)
    expect(f({ x: 2 })).toBe(2)
  })
})

describe('memory', () => {
  const data = samples(4)

  test('is given back by free, by using, and by the collector; freed functions work again', async () => {
    const used = bytesInUse()
    const make = (): ReturnType<typeof compile<ReturnType<typeof evalBP<[Var<Vector>], Var<number>>>>> =>
      compile(evalBP(norm))
    const f = make()
    const x = vector(new Float64Array(1000).fill(1))
    expect(f(x)).toBe(1000)
    expect(bytesInUse()).toBeGreaterThan(used + 8000)
    f.free()
    f.free()
    expect(bytesInUse()).toBe(used)
    expect([f(x), f.recordings]).toEqual([1000, 2])
    f.free()
    {
      using g = make()
      g(x)
    }
    expect(bytesInUse()).toBe(used)
    for (let i = 0; i < 50; i++) make()(x)
    expect(bytesInUse()).toBeGreaterThan(used)
    for (let i = 0; i < 100 && bytesInUse() > used; i++) {
      liveBytes()
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    expect(bytesInUse()).toBeLessThanOrEqual(used)
  })

  test('keeps no argument alive', async () => {
    const f = compile(backprop(norm))
    const forget = (): WeakRef<object>[] => {
      const x = vector(new Float64Array(10))
      const r = resident(vector(new Float64Array(10)))
      f(x)
      f(r)
      return [new WeakRef(x), new WeakRef(r)]
    }
    const refs = forget()
    // Looking at a weak reference keeps what it refers to until the next task.
    for (let i = 0; i < 5; i++) {
      await new Promise(resolve => setTimeout(resolve, 10))
      liveBytes()
    }
    expect(refs.map(ref => ref.deref())).toEqual([undefined, undefined])
  })

  test('100 000 replays take none', () => {
    using parameters = resident(newNetwork())
    using step = compile(sgdStep(loss, { rate: 1e-4 }))
    const loop = (steps: number): void => {
      for (let i = 0; i < steps; i++) step(parameters, data[i % 4].x, data[i % 4].target)
    }
    loop(2000)
    const before = { linear: linearBytes(), used: bytesInUse(), live: liveBytes() }
    loop(100_000)
    expect(linearBytes()).toBe(before.linear)
    expect(bytesInUse()).toBe(before.used)
    // What the compiler of JavaScript may come to hold: less than a pointer a step.
    expect(liveBytes() - before.live).toBeLessThan(600_000)
  })

  test('is what is needed at one time, not what is computed in all', () => {
    const n = 10_000
    const chain = (x: Var<Vector>): Var<number> => {
      let y = x
      for (let i = 0; i < 50; i++) y = y.sin().add(1).mul(0.5)
      return sum(y)
    }
    const x = vector(new Float64Array(n).fill(0.3))
    const expected = evalBP(chain)(x)
    const before = bytesInUse()
    using value = compile(evalBP(chain))
    expect(value(x)).toBe(expected)
    // The argument and one buffer, and 150 slots.
    expect(bytesInUse() - before).toBeLessThan(2.1 * 8 * n)
  })

  test('of a step is not much more than what is needed by hand', () => {
    const numbers = 16 + 4 + 12 + 8 + 4 + 12 + 8
    using parameters = resident(newNetwork())
    const step = compile(sgdStep(loss, { rate: 0.1 }))
    evalBP(norm)(vector([1]))
    const before = bytesInUse()
    step(parameters, data[0].x, data[0].target)
    expect(bytesInUse() - before).toBeLessThan(2.5 * 8 * numbers + 50 * 32)
    step.free()
  })
})
