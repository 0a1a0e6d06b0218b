/** Functions that branch on values: a program for each outcome, never the wrong one, nothing written before it is sure. */
import {
  compile,
  dot,
  eq,
  evalBP,
  ge,
  gradBP,
  gt,
  le,
  LostDerivativeError,
  matMul,
  matVec,
  outer,
  lt,
  peek,
  resident,
  sgdStep,
  sum,
  UnstableProgramError,
  UsageError,
  vector,
  NotCompilableError,
  type Matrix,
  type Operand,
  type Var,
  type Vector,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure, expectUsable } from '../support/failures.ts'
import { randomMatrix, randomVector } from '../support/plain.ts'
import { Random, seed, seeded } from '../support/random.ts'

fc.configureGlobal({ seed })

const points = [-1, -0, 0, 1, 2, NaN, Infinity, -Infinity]
const comparisons = { lt, le, gt, ge, eq }
type Name = keyof typeof comparisons
const names = Object.keys(comparisons) as Name[]

describe('a comparison is a condition', () => {
  test.each(names)('%s, as a method and as a function, with a variable and with a number', name => {
    const compare = comparisons[name]
    const functions: ((x: Var<number>, y: Var<number>) => boolean)[] = [
      (x, y) => x[name](y),
      (x, y) => compare(x, y),
      x => x[name](1),
      (_x, y) => compare(1, y),
      (x, y) => compare(x.mul(y), y.add(0)),
    ]
    for (const condition of functions) {
      const f = (x: Var<number>, y: Var<number>): Var<number> => (condition(x, y) ? x.mul(y) : x.sub(y.mul(3)))
      const recorded = gradBP(f)
      const compiled = compile(recorded)
      for (const x of points) for (const y of points) expect(compiled(x, y)).toEqual(recorded(x, y))
      expect(compiled.recordings).toBe(2)
    }
  })

  test('conditions of computed values, one after the other, and loops', () => {
    const collatz = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 0; i < 20 && y.gt(1.5); i++) y = y.mul(0.5).sin().lt(0.4) ? y.mul(0.7) : y.sub(0.9)
      return y
    }
    const recorded = gradBP(collatz)
    const compiled = compile(recorded)
    const random = new Random(1)
    for (let i = 0; i < 300; i++) {
      const x = random.between(0, 9)
      expect(compiled(x)).toBe(recorded(x))
    }
    expect(compiled.recordings).toBeGreaterThan(4)
    expect(compiled.recordings).toBeLessThan(60)
  })

  test('conditions inside an inner gradient, and on a gradient', () => {
    const f = (x: Var<number>): Var<number> => {
      const slope = gradBP((y: Var<number>) => (y.gt(0) ? y.mul(y) : y.mul(y).mul(y)))(x)
      return slope.gt(2) ? slope.mul(x) : slope.sub(x)
    }
    const recorded = gradBP(f)
    const compiled = compile(recorded)
    for (const x of [-2, -0.1, 0.5, 1, 1.5, 3, -1, 2]) expect(compiled(x)).toBe(recorded(x))
    expect(compiled.recordings).toBe(4)
  })

  test('a condition of constants is none', () => {
    const five = 5
    const compiled = compile(
      evalBP((x: Var<number>) => {
        const constant = evalBP((y: Var<number>) => (y.gt(0) ? y : y.neg()))(five)
        return lt(constant, 6) ? x.add(constant) : x
      }),
    )
    expect([compiled(1), compiled(2), compiled.recordings]).toEqual([6, 7, 1])
  })

  test('a variable of an outer function, compared in an inner plain one', () => {
    const f = (x: Var<number>): Var<number> => x.mul(evalBP((y: Var<number>) => (y.lt(x) ? y : y.mul(2)))(3))
    const compiled = compile(evalBP(f))
    for (const x of [1, 4, 2, 5]) expect(compiled(x)).toBe(evalBP(f)(x))
    expect(compiled.recordings).toBe(2)
  })
})

/** A random function of numbers that decides by comparing and reading what it computes next. */
const choosing = fc.array(fc.tuple(fc.nat(6), fc.nat(), fc.nat()), { minLength: 1, maxLength: 25 })

function chosen(steps: readonly (readonly [number, number, number])[]) {
  return (x: Var<number>, y: Var<number>, v: Var<Vector>): Var<number> => {
    const values: Var<number>[] = [x, y, sum(v)]
    for (const [kind, first, second] of steps) {
      const a = values[first % values.length]
      const b = values[second % values.length]
      if (kind === 0) values.push(a.lt(b) ? a.sin() : b.mul(0.5))
      else if (kind === 1) values.push(a.ge(0.1) ? dot(v, v).mul(a) : b.cos())
      else if (kind === 2) values.push(a.mul(b))
      else if (kind === 3) values.push(a.sub(b).tanh())
      else if (kind === 4) values.push(gradBP((z: Var<number>) => (z.gt(b) ? z.mul(a) : z.mul(z)))(a))
      else if (kind === 5) values.push(Math.round(a.sin().mul(0.1).add(b.tanh().mul(0.1)).value) > 0 ? a : a.neg())
      else values.push(sum(v.mul(a).add(b)).tanh())
    }
    return values.reduce((total, value) => total.add(value.tanh()))
  }
}

test('random functions that choose are never wrong', () => {
  fc.assert(
    fc.property(choosing, fc.nat(), (steps, start) => {
      const f = chosen(steps.filter(([kind]) => kind !== 5))
      const recorded = gradBP(f)
      const compiled = compile(recorded)
      const random = new Random(start)
      for (let i = 0; i < 8; i++) {
        const [x, y] = [random.between(-1, 1), random.pick([0, 0.1, random.between(-1, 1)])]
        const v = vector([random.between(-1, 1), 0.3, random.between(-0.1, 0.1)])
        expect(compiled(x, y, v)).toEqual(recorded(x, y, v))
      }
      compiled.free()
    }),
    { numRuns: 300 },
  )
})

describe('a value that is read is a condition', () => {
  test('its very bits: of numbers, of tensors, of NaN and −0', () => {
    const f = (x: Var<number>, v: Var<Vector>): Var<number> => x.mul(1 / x.value).add(v.value.data[1] * 2)
    const recorded = evalBP(f)
    const compiled = compile(recorded)
    const v = vector([1, 2])
    const w = vector([1, -0])
    for (const [x, y] of [
      [1, v],
      [2, v],
      [2, w],
      [0, v],
      [-0, v],
      [NaN, w],
      [1, v],
      [NaN, w],
      [-0, v],
    ] as const) {
      expect(compiled(x, y)).toBe(recorded(x, y))
    }
    expect(compiled.recordings).toBe(6)
  })

  test(
    'of sums of products, which are computed as they were recorded',
    seeded(random => {
      const f = (a: Var<Matrix>, b: Var<Matrix>, x: Var<Vector>, y: Var<Vector>): Var<number> => {
        const u = matVec(a, x, { transpose: true }).add(y)
        const v = matMul(a, b).add(outer(x, y))
        return u.value.data.length + v.value.data.length > 0 ? sum(u).add(sum(v)) : sum(x)
      }
      const [a, b] = [0, 1].map(() => randomMatrix(9, 9, random) as Matrix)
      const [x, y] = [0, 1].map(() => randomVector(9, random) as Vector)
      const compiled = compile(gradBP(f))
      for (let i = 0; i < 3; i++) expect(compiled(a, b, x, y)).toEqual(gradBP(f)(a, b, x, y))
      expect(compiled.recordings).toBe(1)
    }),
  )

  test('read again and again as another one, it is an UnstableProgramError that names it, and where it is', () => {
    const readHere = (x: Var<number>): number => x.value
    const compiled = compile(evalBP((x: Var<number>) => x.mul(readHere(x.mul(2)))))
    for (let i = 1; i <= 9; i++) expect(compiled(i)).toBe(2 * i * i)
    const error = expectFailure(
      () => compiled(10),
      UnstableProgramError,
      /\.value of a Var<number>/,
      /recorded 9 times/,
      /comparison/,
      /peek\(x\)/,
    )
    expect(error.recordings).toBe(9)
    expect((error.cause as Error).stack).toContain('readHere')
    // What has been recorded still runs.
    expect(compiled(3)).toBe(18)
    expect(() => compiled(11)).toThrow(UnstableProgramError)
  })

  test('reading by JSON is reading', () => {
    const compiled = compile(evalBP((x: Var<number>) => x.mul(JSON.stringify(x).length)))
    for (const x of [1, 12, 123, 12]) expect(compiled(x)).toBe(x * String(x).length)
    expect(compiled.recordings).toBe(3)
  })

  test('a large number of branches is no instability', () => {
    const f = (x: Var<number>): Var<number> => {
      let y = x
      for (let bit = 32; bit >= 1; bit /= 2) y = y.ge(bit) ? y.sub(bit) : y
      return y.mul(x)
    }
    const compiled = compile(evalBP(f))
    for (let round = 0; round < 2; round++) for (let i = 0; i < 64; i++) expect(compiled(i)).toBe(0)
  })

  test('peek is none', () => {
    const seen: number[] = []
    const compiled = compile(
      evalBP((x: Var<number>, v: Var<Vector>) => {
        seen.push(peek(x.mul(2)), peek(v).data[0])
        return sum(v).mul(x)
      }),
    )
    expect([1, 2, 3].map(x => compiled(x, vector([x, 1])))).toEqual([2, 6, 12])
    expect(seen).toEqual([2, 1])
    expect(compiled.recordings).toBe(1)
  })
})

describe('nothing is written before all conditions hold', () => {
  test('residents keep their values where a condition fails and recording fails too', () => {
    using w = resident({ a: vector([1, 2]), s: 3 })
    using into = resident({ a: vector([7, 7]), s: 7 })
    const loss = (p: { a: Var<Vector>; s: Var<number> }, x: Var<number>): Var<number> => {
      const y = dot(p.a, p.a).mul(p.s).mul(x)
      if (y.gt(100)) throw new RangeError('too large')
      return y
    }
    const step = compile(sgdStep(loss, { rate: 0.01 }))
    const gradient = compile(gradBP(loss, { wrt: 0, into }))
    step(w, 1)
    gradient(w, 1)
    const before = [w.read(), into.read()]
    for (let i = 0; i < 3; i++) {
      expect(() => step(w, 1000)).toThrow(RangeError)
      expect(() => gradient(w, 1000)).toThrow(RangeError)
      expect([w.read(), into.read()]).toEqual(before)
    }
    gradient(w, 1)
    expect(into.read()).toEqual(gradBP(loss, { wrt: 0 })(w, 1))
    expectUsable()
  })

  test('a gradient that is computed before a condition', () => {
    // The gradient by c is exp(x), a record of the function itself.
    const f = (c: Var<Vector>, x: Var<Vector>): Var<number> => {
      const y = dot(c, x.exp())
      if (y.gt(100)) throw new RangeError('too large')
      return y
    }
    using into = resident(vector([7, 7]))
    const gradient = compile(gradBP(f, { wrt: 0, into }))
    gradient(vector([1, 1]), vector([0, 0]))
    expect(into.read().toArray()).toEqual([1, 1])
    expect(() => gradient(vector([1, 1]), vector([9, 9]))).toThrow(RangeError)
    expect(into.read().toArray()).toEqual([1, 1])
  })

  test(
    'a step that branches is the recorded one',
    seeded(random => {
      const start = { a: vector([1, 2, 3]), s: 0.5 }
      const loss = (p: { a: Var<Vector>; s: Var<number> }, x: Var<Vector>): Var<number> => {
        const error = dot(p.a, x).sub(p.s)
        return error.abs().lt(1) ? error.mul(error).mul(0.5) : error.abs().sub(0.5)
      }
      using here = resident(start)
      using there = resident(start)
      const step = sgdStep(loss, { rate: 0.1 })
      const compiled = compile(step)
      for (let i = 0; i < 200; i++) {
        const x = vector([random.between(-1, 1), random.between(-1, 1), random.between(-1, 1)])
        expect(compiled(here, x)).toBe(step(there, x))
        expect(here.read()).toEqual(there.read())
      }
      expect(compiled.recordings).toBe(2)
    }),
  )
})

describe('programs are kept, the last 32', () => {
  test('by structure', () => {
    const f = (x: Var<Vector>): Var<number> => dot(x, x)
    const compiled = compile(gradBP(f))
    const x = (n: number): Vector => vector(new Float64Array(n).fill(n))
    for (let n = 1; n <= 32; n++) compiled(x(n))
    for (let n = 1; n <= 32; n++) expect(compiled(x(n))).toEqual(gradBP(f)(x(n)))
    expect(compiled.recordings).toBe(32)
    compiled(x(33))
    // 1 was used longest ago; it goes, and comes back for 2.
    for (const n of [33, 2, 1, 2, 33]) expect(compiled(x(n))).toEqual(gradBP(f)(x(n)))
    expect(compiled.recordings).toBe(34)
  })

  test('by outcome', () => {
    const f = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 1; i <= 40; i++) if (y.gt(i)) y = y.add(0.0001)
      return y
    }
    const compiled = compile(evalBP(f))
    for (let round = 0; round < 2; round++) for (let i = 0; i <= 40; i++) expect(compiled(i)).toBe(evalBP(f)(i))
    expect(compiled.recordings).toBe(80)
  })
})

describe('what a program cannot know', () => {
  test('numbers that are captured are its constants; arguments are not', () => {
    let captured = 2
    const compiled = compile(evalBP((x: Var<number>) => x.mul(captured)))
    expect(compiled(3)).toBe(6)
    captured = 5
    expect(compiled(3)).toBe(6)
    compiled.free()
    expect(compiled(3)).toBe(15)
  })

  test('a variable of an enclosing function, used or read, is an error', () => {
    const using1 = (x: Var<number>): Var<number> =>
      x.mul(compile(evalBP((y: Var<number>) => y.mul(x as Operand<number>)))(3))
    expectFailure(() => evalBP(using1)(2), LostDerivativeError, /variable of an enclosing function/)
    const reading = (x: Var<number>): Var<number> => x.mul(compile(evalBP((y: Var<number>) => y.mul(x.value)))(3))
    expectFailure(() => evalBP(reading)(2), UsageError, /variable of an enclosing function/)
    const data = (_x: Var<number>, d: Var<number>): Var<number> =>
      d.mul(compile(evalBP((y: Var<number>) => y.mul(d)))(3))
    expectFailure(() => gradBP(data, { wrt: 0 })(1, 2), UsageError, /variable of an enclosing function/)
    const comparing = (x: Var<number>): Var<number> =>
      x.mul(compile(evalBP((y: Var<number>) => (y.lt(x) ? y : y.neg())))(3))
    expectFailure(() => evalBP(comparing)(2), UsageError, /variable of an enclosing function/)
  })

  test('a value that was read in an inner call that threw', () => {
    const f = (x: Var<number>): Var<number> => {
      try {
        gradBP((y: Var<number>) => {
          if (y.mul(2).value > 3) throw new RangeError('no')
          return y
        })(x)
      } catch {
        return x.neg()
      }
      return x
    }
    expect(evalBP(f)(1)).toBe(1)
    const compiled = compile(evalBP(f))
    expect(compiled(1)).toBe(1)
    expectFailure(() => compiled(2), NotCompilableError, /a call that threw/)
  })
})
