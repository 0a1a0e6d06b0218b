/** Tensors and their parts: what comes out, what it costs, and that records give the same when they are run again. */
import {
  backprop,
  backpropWith,
  collectVar,
  constVar,
  dot,
  evalBP,
  gradBP,
  OperandError,
  OutOfMemoryError,
  RankError,
  resident,
  sequenceVar,
  sgdStep,
  ShapeMismatchError,
  sin,
  sum,
  tapeOf,
  type Tensor,
  vector,
  VarOutOfRunError,
  zeros,
  type Leaf,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { statistics } from 'backprop-wasm/inspect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slice } from '../../src/ops/part.ts'
import { current } from '../../src/run.ts'
import { checkFirstOrder, checkSecondOrder, dirtyMemory, type OnVars, type Vars } from '../support/differences.ts'
import { expectClose, filled, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'
import { linearBytes } from '../support/tape.ts'

fc.configureGlobal({ seed })

const tensors = fc
  .tuple(fc.constantFrom([0], [1], [7], [2, 3], [5, 1], [3, 0], [2, 3, 2]), fc.nat())
  .map(([shape, start]) => {
    const random = new Random(start)
    const odd = [0, -0, NaN, Infinity, -Infinity, 5e-324]
    return filled(shape, () => (random.next() < 0.2 ? random.pick(odd) : random.between(-1, 1))) as Tensor
  })

/** Taken apart and put together, with other types than users have. */
const rebuilt = (x: unknown): Var<Vector> => collectVar(sequenceVar(x as Var<Vector>))

describe('sequenceVar and collectVar', () => {
  test('undo each other to the bit: variables, recorded ones, constants, plain values', () => {
    fc.assert(
      fc.property(tensors, x => {
        expect(evalBP((y: Var<Vector>) => rebuilt(y))(x as Vector)).toEqual(x)
        expect(evalBP((y: Var<Vector>) => rebuilt(rebuilt(y)))(x as Vector)).toEqual(x)
        expect(rebuilt(x).value).toEqual(x)
        expect(rebuilt(constVar(x)).value).toEqual(x)
        expect(evalBP((_: Var<number>) => rebuilt(x))(0)).toEqual(x)
        expect(evalBP((y: Var<Vector>) => evalBP((z: Var<Vector>) => rebuilt(z))(y))(x as Vector)).toEqual(x)
        const data = backprop((_: Var<number>, y: Var<Vector>) => rebuilt(y), { wrt: 0 })
        expect(data(0, x as Vector)).toEqual([x, 0])
      }),
    )
  })

  test('the gradient of what is done to each element is that of the elementwise op', () => {
    fc.assert(
      fc.property(fc.constantFrom([0], [1], [7], [64], [2, 3], [3, 1]), fc.nat(), (shape, start) => {
        const random = new Random(start)
        const x = filled(shape, () => random.between(-1, 1)) as Vector
        const weights = filled(shape, () => random.between(-1, 1)) as Vector
        const whole = (y: Var<Vector>): Var<number> => dot(sin(y).mul(y), weights)
        const byParts = (y: Var<Vector>): Var<number> =>
          dot(collectVar(sequenceVar(y).map(part => sin(part).mul(part))), weights)
        dirtyMemory()
        expectClose(gradBP(byParts)(x), gradBP(whole)(x), 1e-14)
        const second = (f: typeof whole): unknown => gradBP((y: Var<Vector>) => dot(gradBP(f)(y), weights))(x)
        expectClose(second(byParts), second(whole), 1e-14)
      }),
    )
  })

  test('known values: √(x/y)·z over a list, and (Σ xᵢ²)/x', () => {
    const root = (v: Var<Vector<3>>): Var<number> => {
      const [x, y, z] = sequenceVar(v)
      return x.div(y).sqrt().mul(z)
    }
    const [value, gradient] = backprop(root)(vector([3, 5, -2], 3))
    const r = Math.sqrt(3 / 5)
    expectClose([value, gradient], [-2 * r, -2 / (10 * r), (2 * 3) / (50 * r), r], 1e-15)
    const mean = (x: Var<number>, xs: readonly Var<number>[]): Var<number> =>
      xs.reduce((total, xi) => total.add(xi.mul(xi)), constVar(0)).div(x)
    expectClose(backprop(mean)(9, [1, 6, 2]), [41 / 9, -41 / 81, 2 / 9, 12 / 9, 4 / 9], 1e-15)
    const asVector = (x: Var<number>, v: Var<Vector>): Var<number> => mean(x, sequenceVar(v))
    expectClose(backprop(asVector)(9, vector([1, 6, 2])), [41 / 9, -41 / 81, 2 / 9, 12 / 9, 4 / 9], 1e-15)
  })

  test('parts of different kinds are mixed: variables, numbers, constants', () => {
    const f = (x: Var<number>): Var<Vector<4>> => collectVar([2, x, constVar(3).mul(2), x.mul(x)])
    expect(evalBP(f)(5).toArray()).toEqual([2, 5, 6, 25])
    expect(gradBP(f)(5)).toBe(11)
    expect(collectVar([1, constVar(2)]).value.toArray()).toEqual([1, 2])
    expect(collectVar([]).value).toEqual(zeros(0))
  })

  test('what is collected of outer variables in an inner run outlives that run', () => {
    const f = (x: Var<number>): Var<number> => {
      let kept: Var<Vector<3>> | undefined
      evalBP((y: Var<number>) => {
        kept = collectVar([1, x, x.mul(x)])
        return y
      })(1)
      return sum(kept!)
    }
    expect(backprop(f)(3)).toEqual([13, 7])
  })

  test('mistakes have names', () => {
    expect(() => sequenceVar(3 as never)).toThrow(RankError)
    expect(() => sequenceVar('x' as never)).toThrow(OperandError)
    expect(() => collectVar(vector([1]) as never)).toThrow(OperandError)
    expect(() => collectVar([1, vector([1])] as never)).toThrow(
      /^collectVar: part 1 has another shape than part 0: scalar and 1\./,
    )
    expect(() => collectVar([vector([1, 2]), vector([1])] as never)).toThrow(ShapeMismatchError)
    expect(() => collectVar([1, undefined] as never)).toThrow(OperandError)
    expect(() => sequenceVar(zeros(2 ** 31, 0))).toThrow(OutOfMemoryError)
    let leaked: Var<Vector> | undefined
    let part: Var<number> | undefined
    evalBP((x: Var<Vector>) => {
      leaked = x
      part = sequenceVar(x)[0]
      return x
    })(vector([1, 2]))
    expect(() => sequenceVar(leaked!)).toThrow(VarOutOfRunError)
    expect(() => collectVar([1, part!])).toThrow(VarOutOfRunError)
  })
})

/** A step of a random program: a slice of the running vector, or one that is put together. */
interface Step {
  readonly collect: boolean
  readonly picks: readonly number[]
}
const programs = fc.record({
  steps: fc.array(fc.record({ collect: fc.boolean(), picks: fc.array(fc.nat(), { minLength: 3, maxLength: 5 }) }), {
    minLength: 1,
    maxLength: 8,
  }),
  n: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(),
})

/** Vectors and numbers, from which each step makes another; the result is a weighted sum of all. */
function run(steps: readonly Step[], [x, y]: Vars): Var<Leaf> {
  const vectors = [x, y] as unknown as Var<Vector>[]
  const numbers = [sum(vectors[0])]
  for (const { collect, picks } of steps) {
    const from = vectors[picks[0] % vectors.length]
    const [n] = from.shape
    if (collect) {
      vectors.push(collectVar([...picks.map(pick => numbers[pick % numbers.length]), ...sequenceVar(from).slice(0, 2)]))
    } else {
      const start = picks[1] % n
      const count = 1 + (picks[2] % (n - start))
      const part = slice('slice', from, start, [count]) as Var<Vector>
      vectors.push(part.mul(numbers[picks[1] % numbers.length]), part)
      numbers.push(slice('slice', from, start, []) as Var<number>, sum(sin(part)))
    }
  }
  const terms = [...vectors.map((v, i) => sum(sin(v)).mul(i + 1)), ...numbers.map((v, i) => v.mul(v).mul(0.1 * i))]
  return terms.reduce((total, term) => total.add(term)) as unknown as Var<Leaf>
}

describe('random programs of slices and puts', () => {
  const check =
    (order: typeof checkFirstOrder) =>
    ({ steps, n, seed: start }: { steps: readonly Step[]; n: number; seed: number }): void => {
      const random = new Random(start)
      const f: OnVars = inputs => run(steps, inputs)
      order(f, [randomVector(n, random), randomVector(n, random)], random, 1e-6)
    }

  test('have the gradient of differences', () => {
    fc.assert(fc.property(programs, check(checkFirstOrder)), { numRuns: 300 })
  })

  test('have the second derivative of differences', () => {
    fc.assert(fc.property(programs, check(checkSecondOrder)), { numRuns: 200 })
  })
})

test('records that work in place give the same when they are run again', () => {
  const random = new Random(3)
  const f = (x: Var<Vector>, a: Var<Matrix>): Var<number> => {
    const xs = sequenceVar(x)
    const rows = sequenceVar(a)
    const overlapping = slice('slice', x, 1, [3]) as Var<Vector>
    const again = collectVar(xs.map((xi, i) => xi.mul(xs[xs.length - 1 - i])))
    return dot(again, x).add(dot(overlapping, rows[0])).add(dot(rows[1], rows[1]))
  }
  evalBP((x: Var<Vector>, a: Var<Matrix>) => {
    const gradient = gradBP(f)(x, a)
    const second = gradBP((y: Var<Vector>, b: Var<Matrix>) => dot(gradBP(f)(y, b)[0], y))(x, a)
    const values = (): unknown => [gradient, second].map(pair => pair.map(g => g.value as Tensor))
    const before = values()
    const { tape } = current!
    for (let i = 0; i < 2; i++) {
      dirtyMemory()
      expect(tape.engine.exports.forward(0, tape.length)).toBe(tape.length)
      expect(values()).toEqual(before)
    }
    return x
  })(randomVector(5, random), randomMatrix(2, 3, random))
})

test('a pullback outside any run walks over the same records for one seed after the other', () => {
  const [, pullback] = backpropWith((x: Var<Vector>) => collectVar(sequenceVar(x).map(xi => xi.mul(xi))))(
    vector([1, 2, 3]),
  )
  expect(pullback(vector([1, 1, 1])).toArray()).toEqual([2, 4, 6])
  expect(pullback(vector([1, 0, 0])).toArray()).toEqual([2, 0, 0])
  expect(pullback(vector([1, 1, 1])).toArray()).toEqual([2, 4, 6])
})

describe('steps in place', () => {
  test('a parameter that one slice reads is changed where it is, and only there', () => {
    const w = resident(vector([1, 2, 3, 4]))
    const loss = (v: Var<Vector>, x: Var<Vector>): Var<number> => dot(slice('slice', v, 1, [2]) as Var<Vector>, x)
    const step = sgdStep(loss, { rate: 0.5 })
    const bytes = linearBytes()
    expect(step(w, vector([10, 20]))).toBe(80)
    expect(w.read().toArray()).toEqual([1, -3, -7, 4])
    expect(linearBytes()).toBe(bytes)
  })

  test('a parameter of which many parts are read, and parameters that are collected', () => {
    const random = new Random(5)
    type P = { readonly v: Var<Vector>; readonly list: readonly Var<number>[] }
    const loss = ({ v, list }: P): Var<number> => {
      const xs = sequenceVar(v)
      return xs.reduce(
        (total, x, i) => total.add(x.mul(xs[(i + 1) % xs.length])),
        dot(collectVar(list), collectVar(xs)),
      )
    }
    const point = { v: randomVector(6, random) as Vector, list: Array.from(randomVector(6, random).data) }
    const parameters = resident(point)
    sgdStep(loss, { rate: 0.1 })(parameters)
    const gradient = gradBP(loss)(point)
    expectClose(
      parameters.read(),
      flat(point).map((p, i) => p - 0.1 * flat(gradient)[i]),
      1e-15,
    )
  })

  test('the room that is made for a collection grows with it, not with its square', () => {
    const parameters = resident(Array.from({ length: 5000 }, (_, i) => i / 5000))
    const step = sgdStep((list: readonly Var<number>[]) => dot(collectVar(list), collectVar(list)), { rate: 0.1 })
    const before = linearBytes()
    step(parameters)
    // A square would be 5000 · 40 kB.
    expect(linearBytes() - before).toBeLessThan(16 * 2 ** 20)
    expectClose(parameters.read().slice(0, 3), [0, 0.8 / 5000, 1.6 / 5000], 1e-15)
  })
})

describe('what is recorded', () => {
  const opsOf = (f: (x: Var<Vector>) => Var<number>): Readonly<Record<string, number>> => {
    const { slots, constants } = tapeOf(f)(vector(new Float64Array(100).fill(2)))
    return statistics(slots.subarray(8 * constants))
  }

  test('a record for each part, forwards', () => {
    expect(opsOf(x => sum(rebuilt(x)))).toEqual({ Leaf: 1, Slice: 100, Embed: 1, Put: 99, Sum: 1 })
  })

  test('and one for each backwards, none of which copies the whole', () => {
    const { AddAt, Embed } = opsOf(x => sum(gradBP((y: Var<Vector>) => sum(sin(rebuilt(y))))(x)))
    expect([AddAt, Embed]).toEqual([99, 2])
  })
})
