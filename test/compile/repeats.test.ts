/** Loops made of repeated terms: the bits of the interpreter, whatever is before, between and behind them. */
import {
  collectVar,
  compile,
  evalBP,
  exp,
  gradBP,
  max,
  min,
  pow,
  backprop,
  resident,
  sequenceVar,
  sgdStep,
  sin,
  sqrt,
  sum,
  tanh,
  vector,
  where,
  type Var,
  type Vector,
} from 'backprop-wasm'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { RepeatWriter } from '../../src/compile/generate/repeatLoop.ts'
import type { Turn } from '../../src/compile/generate/turn.ts'
import { both, expectAlike, expectSame } from '../support/generated.ts'
import { LENGTH, repetitive, runRepetitive, type Repetitive } from '../support/repetitive.ts'
import { Random, seed } from '../support/random.ts'

fc.configureGlobal({ seed })

type Numbers = readonly Var<number>[]
type Scalar = Var<number>

const write = vi.spyOn(RepeatWriter.prototype, 'write')
beforeEach(() => {
  write.mockClear()
})

/** The loops that have been written since the test began, or since `write` was cleared. */
const loops = (): { period: number; turns: number }[] => {
  return write.mock.contexts.map(writer => {
    const { period, turns } = (writer as { slots: Turn }).slots
    return { period, turns }
  })
}
const covered = (): number => loops().reduce((total, { turns, period }) => total + turns * period, 0)

const numbers = (n: number, start: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(start + i) / 2)
/** Numbers of every kind among common ones. */
const special = [NaN, Infinity, -Infinity, -0, 0, 1e308, 5e-324, 1, -1]
const withSpecial = (n: number, start: number): number[] =>
  numbers(n, start).map((x, i) => ((i + start) % 5 === 0 ? special[(i + start) % special.length] : x))

const total = (terms: Numbers): Scalar => terms.reduce((a, b) => a.add(b))

describe('Rosenbrock', () => {
  const n = 1000
  const rosenbrock = (x: Numbers): Scalar =>
    total(
      x.slice(0, -1).map((here, i) => {
        const a = x[i + 1].sub(here.mul(here))
        const b = here.sub(1)
        return a.mul(a).mul(100).add(b.mul(b))
      }),
    )
  const ofVector = (x: Var<Vector>): Scalar => rosenbrock(sequenceVar(x))

  test('the gradient by numbers is one loop', () => {
    const { all, generated } = expectAlike(gradBP(rosenbrock), [[numbers(n, 1)], [withSpecial(n, 2)]])
    expect(generated).toBe(all)
    expect(loops()).toEqual([{ period: 11, turns: n - 2 }])
  })

  test('the gradient by a vector, too, and what is computed is the gradient', () => {
    const { all, generated } = expectAlike(gradBP(ofVector), [[vector(numbers(n, 1))], [vector(withSpecial(n, 2))]])
    expect(generated).toBe(all)
    expect(loops()).toEqual([{ period: 13, turns: n - 2 }])
  })

  test('from a resident into a resident, other residents later', () => {
    using into = resident(vector(new Float64Array(n)))
    const compiled = compile(gradBP(ofVector, { wrt: 0, into }), { generate: 'always' })
    for (const start of [1, 2, 3]) {
      using x = resident(vector(withSpecial(n, start)))
      compiled(x)
      expectSame(into.read(), gradBP(ofVector)(x.read()))
    }
    expect(compiled.recordings).toBe(1)
    expect(covered()).toBeGreaterThan(12 * n)
  })

  test('few variables have no loop', () => {
    expectAlike(gradBP(rosenbrock), [[numbers(10, 1)]])
    expect(loops()).toEqual([])
  })
})

describe('shapes of programs', () => {
  const vectors = (n: number): [Vector][] => [[vector(numbers(n, 1))], [vector(withSpecial(n, 4))]]
  const ofElements = (f: (x: Numbers) => Scalar) => (x: Var<Vector>) => f(sequenceVar(x))

  test.each<[string, (x: Numbers) => Scalar, number]>([
    ['a sum of squares', x => total(x.map(e => e.mul(e))), 0.95],
    ['a product', x => x.reduce((a, b) => a.mul(b)), 0.95],
    [
      'windows of three',
      x =>
        total(
          x.slice(2).map((e, i) =>
            x[i]
              .add(x[i + 1])
              .mul(e)
              .mul(e),
          ),
        ),
      0.95,
    ],
    ['windows of seven', x => total(x.slice(6).map((e, i) => e.mul(total(x.slice(i, i + 6))))), 0.9],
    ['from both ends', x => total(x.map((e, i) => e.mul(x[x.length - 1 - i]).add(1))), 0.9],
    ['all with the first', x => total(x.map(e => e.mul(x[0]).add(x[1]))), 0.9],
    [
      'a recurrence of the second order',
      x => x.reduce(([a, b], e) => [b, a.mul(0.3).add(b.mul(e))], [x[0], x[1]])[1],
      0.9,
    ],
    ['a recurrence of the sixth order', x => sixth(x), 0.8],
    ['weights that grow', x => total(x.map((e, i) => e.mul(i + 0.5))), 0.9],
    ['functions', x => x.reduce((y, e) => tanh(sin(y).mul(e).add(exp(e.neg()))), x[0]), 0.9],
    ['powers', x => total(x.map(e => pow(e, 3).add(pow(e, 2)).sub(pow(e.abs(), 0.5)))), 0.9],
    ['choices', x => total(x.map((e, i) => where(x[x.length - 1 - i], max(e, 0.1), min(e, x[0])))), 0.9],
  ])('%s: values and gradients', (_, f, share) => {
    const n = 500
    for (const g of [evalBP(ofElements(f)), gradBP(ofElements(f))]) {
      write.mockClear()
      const { all, generated } = expectAlike(g, vectors(n))
      expect(generated).toBe(all)
      expect(covered()).toBeGreaterThan(share * all)
    }
    for (const g of [evalBP(f), gradBP(f)]) expectAlike(g, [[numbers(n, 1)], [withSpecial(n, 3)]])
  })

  const sixth = (x: Numbers): Scalar => {
    const values = [...x.slice(0, 6)]
    for (const e of x.slice(6)) values.push(values[values.length - 6].mul(0.9).add(e))
    return total(values.slice(-6))
  }

  test('exponents that differ from term to term', () => {
    const f = (x: Numbers): Scalar => total(x.map((e, i) => pow(e.abs(), (i % 4) / 2).add(pow(e, i % 3))))
    for (const g of [evalBP(f), gradBP(f)]) expectAlike(g, [[numbers(400, 1)], [withSpecial(400, 3)]])
    expect(covered()).toBeGreaterThan(1000)
  })

  test('exponents that grow from term to term', () => {
    const f = (x: Numbers): Scalar => total(x.map((e, i) => pow(e, i + 3)))
    for (const g of [evalBP(f), gradBP(f)]) expectAlike(g, [[numbers(400, 1)], [withSpecial(400, 3)]])
  })

  test('what the first turn computes is read in all', () => {
    const f = (x: Var<Vector>): Numbers => {
      const e = sequenceVar(x) as Numbers
      return e.map(a => tanh(a).mul(tanh(e[0])))
    }
    expectAlike(evalBP(f) as (x: Vector) => unknown, vectors(400))
    expect(loops()).toEqual([{ period: 3, turns: 400 }])
  })

  test('elements of many tensors, some of them resident', () => {
    const f = (x: readonly Var<Vector>[]): Scalar =>
      total(
        x.map(v => {
          const [a, b] = sequenceVar(v) as Numbers
          return a.mul(b).add(b.mul(b))
        }),
      )
    const parts = (start: number): Vector[] => Array.from({ length: 200 }, (_, i) => vector(withSpecial(2, start + i)))
    for (const g of [evalBP(f), gradBP(f)]) expectAlike(g as (x: Vector[]) => unknown, [[parts(1)], [parts(5)]])
    for (const g of [evalBP(f), gradBP(f)]) {
      const compiled = compile(g as never, { generate: 'always' }) as (x: unknown) => unknown
      for (const start of [1, 5]) {
        using p = resident(parts(start))
        expectSame(compiled(p), (g as (x: unknown) => unknown)(parts(start)))
      }
    }
  })

  test('a chain of 10,000 and its gradient', () => {
    const f = ({ a, b, x }: { a: Scalar; b: Scalar; x: Scalar }): Scalar => {
      let y = x
      for (let i = 0; i < 10_000; i++) y = y.mul(a).add(b)
      return y
    }
    const at = (a: number) => [{ a, b: 0.3, x: 0.7 }] as const
    for (const g of [evalBP(f as never), gradBP(f as never)]) {
      expectAlike(g as (p: object) => unknown, [[...at(0.9)], [...at(-0.999)], [...at(NaN)], [...at(3)]])
    }
    expect(covered()).toBeGreaterThan(50_000)
  })

  test('conditions in turns: each turn stops where it did', () => {
    const f = gradBP((x: Numbers) => x.reduce((y, e) => (y.lt(e) ? y.add(e.mul(e)) : y.sub(e).mul(0.5)), x[0].mul(0.5)))
    const compiled = compile(f, { generate: 'always' })
    const n = 300
    // Descending at first, then with one step up at another place each time, which is another program.
    const base = Array.from({ length: n }, (_, i) => -1 - i)
    expectSame(compiled(base), f(base))
    expect(covered()).toBeGreaterThan(n)
    for (const at of [0, 1, 150, n - 2, n - 1]) {
      const x = base.map((e, i) => (i === at ? 1e4 : e))
      for (const _ of [1, 2]) expectSame(compiled(x), f(x))
      expectSame(compiled(base), f(base))
    }
    expect(compiled.recordings).toBeLessThanOrEqual(6)
  })

  test('elements of a tensor that is computed, and one put together', () => {
    const f = (x: Var<Vector>): Var<Vector> => {
      const e = sequenceVar(x.mul(2)) as Numbers
      const y = collectVar(e.map((a, i) => a.mul(e[(i + 1) % e.length]))) as Var<Vector>
      const z = sequenceVar(y.sub(x)) as Numbers
      return collectVar([...z].reverse().map((a, i) => a.sub(e[i])))
    }
    for (const g of [evalBP(f), gradBP((x: Var<Vector>) => sum(f(x).mul(x)))]) {
      expectAlike(g as (x: Vector) => unknown, vectors(300))
    }
    expect(covered()).toBeGreaterThan(2000)
  })

  test('values of every turn among the results', () => {
    const f = (x: Numbers): Numbers => {
      const sums: Scalar[] = []
      for (const e of x) sums.push((sums[sums.length - 1] ?? x[0]).mul(0.5).add(sqrt(e.mul(e).add(1))))
      return [...sums].reverse()
    }
    expectAlike(evalBP(f), [[numbers(400, 1)], [withSpecial(400, 3)]])
    expect(covered()).toBeGreaterThan(1500)
  })
})

describe('random programs that repeat themselves', () => {
  const draw = (start: number): [number[], Vector] => {
    const random = new Random(start)
    const draws = (n: number): number[] => Array.from({ length: n }, () => random.between(-1.2, 1.2))
    return [draws(3), vector(draws(LENGTH))]
  }
  const drawSpecial = (start: number): [number[], Vector] => {
    const [x, v] = draw(start)
    const random = new Random(start)
    const replace = (e: number): number => (random.next() < 0.05 ? special[random.below(special.length)] : e)
    return [x.map(replace), vector(Array.from(v.data, replace))]
  }
  const scalar = (program: Repetitive) => (x: Numbers, v: Var<Vector>) => {
    const results = runRepetitive(program)(x, v)
    return tanh(total(results.map((y, i) => y.mul(i + 0.5))))
  }

  test('values', () => {
    let withLoops = 0
    const periods = new Set<number>()
    fc.assert(
      fc.property(repetitive, fc.nat(), (program, start) => {
        write.mockClear()
        const { all, generated } = expectAlike(evalBP(runRepetitive(program)), [
          draw(start),
          draw(start + 1),
          drawSpecial(start),
        ])
        if (all >= 6) expect(generated).toBe(all)
        if (loops().length > 0) withLoops++
        for (const { period } of loops()) periods.add(period)
      }),
      { numRuns: 150 },
    )
    expect(periods.size).toBeGreaterThan(12)
    expect(withLoops).toBeGreaterThan(100)
  })

  test('gradients', () => {
    let withLoops = 0
    const periods = new Set<number>()
    fc.assert(
      fc.property(repetitive, fc.nat(), (program, start) => {
        write.mockClear()
        const { all, generated } = expectAlike(backprop(scalar(program)), [
          draw(start),
          draw(start + 1),
          drawSpecial(start),
        ])
        if (all >= 6) expect(generated).toBe(all)
        if (loops().length > 0) withLoops++
        for (const { period } of loops()) periods.add(period)
      }),
      { numRuns: 150 },
    )
    expect(periods.size).toBeGreaterThan(12)
    expect(withLoops).toBeGreaterThan(100)
  })

  test('gradients of gradients', () => {
    fc.assert(
      fc.property(repetitive, fc.nat(), (program, start) => {
        const f = scalar({ ...program, turns: Math.min(program.turns, 100) })
        const first = (x: Numbers, v: Var<Vector>): Scalar =>
          sum(gradBP(f)(x as never, v as never)[1] as unknown as Var<Vector>)
        expectAlike(gradBP(first), [draw(start), drawSpecial(start)])
      }),
      { numRuns: 40 },
    )
    expect(covered()).toBeGreaterThan(10_000)
  })

  test('steps of residents, which are read where they are written', () => {
    fc.assert(
      fc.property(repetitive, fc.nat(), (program, start) => {
        const f = scalar(program)
        const step = sgdStep((p: { x: Numbers; v: Var<Vector> }, w: Var<Vector>) => f(p.x, p.v.add(w)), { rate: 0.1 })
        const plain = sgdStep((p: { x: Numbers; v: Var<Vector> }) => f(p.x, p.v), { rate: 0.1 })
        const [x, v] = draw(start)
        const [, w] = draw(start + 1)
        for (const [one, ...rest] of [[step, w], [plain]] as const) {
          const { interpreted, generated } = both(one as (...args: readonly unknown[]) => unknown)
          const ways = [interpreted, generated].map(g => {
            using p = resident({ x, v })
            return [g(p, ...rest), g(p, ...rest), g(p, ...rest), p.read()]
          })
          expectSame(ways[1], ways[0])
          generated.free()
        }
      }),
      { numRuns: 60 },
    )
    expect(covered()).toBeGreaterThan(10_000)
  })
})
