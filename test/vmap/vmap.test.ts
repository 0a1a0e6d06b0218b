/** `vmap` with the rest of the library: structures, gradients, programs, steps, graphs, and what it refuses. */
import {
  asyncOp1,
  backprop,
  backpropWith,
  BatchedValueError,
  BatchSizeError,
  collectVar,
  compile,
  constVar,
  dot,
  evalBP,
  fixed,
  fmap,
  gradBP,
  gradBPAsync,
  less,
  logistic,
  LostDerivativeError,
  match,
  matrix,
  matVec,
  opVar,
  peek,
  resident,
  ResultError,
  scan,
  sequenceVar,
  sgdStep,
  softmax,
  softmaxCrossEntropy,
  stopGradient,
  sum,
  tapeOf,
  Tensor,
  UsageError,
  UnknownLeafError,
  VarOutOfRunError,
  vector,
  vmap,
  where,
  withInps,
  zeros,
  type BVar,
  type Fixed,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { printTape } from 'backprop-wasm/inspect'
import { describe, expect, test } from 'vitest'
import { expectClose, randomMatrix, randomVector } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

const square = (x: Var<number>): Var<number> => x.mul(x)
const numbers = vector([1, 2, 3], 3)

describe('structures', () => {
  type Particle = { x: number; v: Vector<2>; tag: string; count: Fixed<number>; rest: [number, { y: Matrix<2, 2> }] }
  const energy = ({ x, v, count, rest: [a, { y }] }: BVar<Particle>): Var<number> =>
    x.mul(a).add(dot(v, matVec(y, v)).mul(count.value))

  test('records, tuples and arrays have a batch at each leaf; what is passed through stays', () => {
    const sample = (i: number): Particle => ({
      x: i,
      v: vector([i, 2 * i], 2),
      tag: 'a',
      count: fixed(2),
      rest: [3, { y: matrix([1, i, i, 1], 2, 2) }],
    })
    const batch = {
      x: vector([1, 2, 3], 3),
      v: matrix([1, 2, 2, 4, 3, 6], 3, 2),
      tag: 'a',
      count: fixed(2),
      rest: [vector([3, 3, 3], 3), { y: new Tensor(Float64Array.of(1, 1, 1, 1, 1, 2, 2, 1, 1, 3, 3, 1), [3, 2, 2]) }],
    } as const
    const expected = [1, 2, 3].map(i => evalBP(energy)(sample(i)))
    expect(vmap(energy)(batch as never)).toEqual(vector(expected))
    const gradient = vmap(gradBP(energy))(batch as never) as unknown as { x: Vector; tag: string; v: Matrix }
    const loop = [1, 2, 3].map(i => gradBP(energy)(sample(i)))
    expect(gradient.tag).toBe('a')
    expectClose(
      gradient.x,
      loop.map(g => g.x),
    )
    expectClose(
      gradient.v,
      loop.map(g => g.v),
    )
  })

  test('unions: one variant for the whole batch, chosen by match or switch', () => {
    type Shape = { kind: 'circle'; radius: number } | { kind: 'box'; width: number; height: number }
    const area = vmap((shape: BVar<Shape>) =>
      match(shape, { circle: ({ radius }) => radius.mul(radius), box: ({ width, height }) => width.mul(height) }),
    )
    expect(area({ kind: 'circle', radius: numbers }).toArray()).toEqual([1, 4, 9])
    expect(area({ kind: 'box', width: numbers, height: numbers }).toArray()).toEqual([1, 4, 9])
  })

  test('a result that does not depend on the batch is repeated', () => {
    const f = vmap((x: Var<number>) => [constVar(7), x, constVar(matrix([1, 2], 1, 2))] as const)
    const [seven, same, table] = f(vector([1, 2], 2))
    expect([seven.toArray(), same.toArray(), table.toArray()]).toEqual([
      [7, 7],
      [1, 2],
      [[[1, 2]], [[1, 2]]],
    ])
    const g = (w: Var<number>): Var<number> => sum(vmap((_x: Var<number>) => w.mul(2))(constVar(vector([1, 2]))))
    expect(gradBP(g)(3)).toBe(4)
  })

  test('Maps, arrays and functions over collections', () => {
    const f = (m: ReadonlyMap<string, Var<number>>, xs: readonly Var<number>[], v: Var<Vector<3>>): Var<number> => {
      const total = xs.reduce((a, b) => a.add(b))
      const sums = scan((a: Var<number>, b) => a.add(b), constVar(0), v)
      return (m.get('a') as Var<number>).mul(total).add(sum(fmap(square, collectVar(sums))))
    }
    const v = matrix([1, 2, 3, 4, 5, 6], 2, 3)
    const batched = vmap(f)(new Map([['a', vector([1, 2], 2)]]), [vector([1, 2], 2), vector([3, 4], 2)], v)
    const loop = [0, 1].map(i =>
      evalBP(f)(new Map([['a', i + 1]]), [i + 1, i + 3], vector(v.data.slice(3 * i, 3 * i + 3), 3)),
    )
    expect(batched.toArray()).toEqual(loop)
  })
})

describe('with the operators', () => {
  const w = matrix([0.1, -0.2, 0.3, 0.4, 0.5, -0.6], 2, 3)
  const xs = matrix([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 2], 4, 3)
  const f = (a: Var<Matrix<2, 3>>, x: Var<Vector<3>>): Var<number> => sum(logistic(matVec(a, x)))
  const rows = [0, 1, 2, 3].map(i => vector(xs.data.slice(3 * i, 3 * i + 3), 3))

  test('a shared matrix times a batch is one product; so is its gradient', () => {
    const whole = (a: Var<Matrix<2, 3>>, x: Var<Matrix<4, 3>>): Var<number> => sum(vmap(f, { shared: 0 })(a, x))
    const lines = (opcode: string, text: string): number => text.split('\n').filter(l => l.includes(opcode)).length
    const forward = tapeOf(whole)(w, xs)
    const text = printTape(forward.slots, forward.constants)
    expect(lines('MatMul', text)).toBe(1)
    expect(lines('MatVec', text)).toBe(0)
    const slope = (a: Var<Matrix<2, 3>>, x: Var<Matrix<4, 3>>): Var<Matrix<2, 3>> => gradBP(whole, { wrt: 0 })(a, x)
    const both = tapeOf(slope)(w, xs)
    expect(lines('MatMul', printTape(both.slots, both.constants))).toBe(2)
    const loop = rows.map(x => gradBP(f, { wrt: 0 })(w, x))
    expectClose(
      gradBP(whole, { wrt: 0 })(w, xs),
      [0, 1, 2, 3, 4, 5].map(i => loop.reduce((t, g) => t + g.data[i], 0)),
    )
  })

  test('backprop, backpropWith and compile of a batch, and a batch of them', () => {
    const batched = vmap(f, { shared: 0 })
    const [values, gradient] = vmap(backprop(f), { shared: 0 })(w, xs)
    expectClose(
      values,
      rows.map(x => evalBP(f)(w, x)),
    )
    expectClose(gradient, [rows.map(x => gradBP(f)(w, x)[0]), rows.map(x => gradBP(f)(w, x)[1])])
    const [value, pullback] = backpropWith((x: Var<Matrix<4, 3>>) => vmap(f, { shared: 0 })(constVar(w), x))(xs)
    expect(value.toArray()).toEqual(batched(w, xs).toArray())
    expect(pullback(vector([0, 1, 0, 0], 4)).toArray()[0]).toEqual([0, 0, 0])
    const perSample = vmap(gradBP(f, { wrt: 0 }), { shared: 0 })
    const compiled = compile(perSample)
    for (const scale of [1, 2]) {
      const scaled = matrix(
        xs.data.map(x => scale * x),
        4,
        3,
      )
      expect(compiled(w, scaled)).toEqual(perSample(w, scaled))
    }
    expect(compiled.recordings).toBe(1)
  })

  test('steps: recorded and compiled', () => {
    const loss = (a: Var<Matrix<2, 3>>, x: Var<Matrix<4, 3>>): Var<number> => sum(vmap(f, { shared: 0 })(a, x))
    const step = sgdStep(loss, { rate: 0.1 })
    const [one, two] = [resident(w), resident(w)]
    const before = step(one, xs)
    expect(compile(step)(two, xs)).toBeCloseTo(before, 12)
    const gradient = gradBP(loss, { wrt: 0 })(w, xs)
    expectClose(
      one.read(),
      w.data.map((value, i) => value - 0.1 * gradient.data[i]),
    )
    expectClose(two.read(), one.read(), 1e-14)
    expect(vmap(f, { shared: 0 })(one, xs)).toEqual(vmap(f, { shared: 0 })(one.read(), xs))
    one.free()
    two.free()
  })

  test('graphs in the explicit style, stopGradient, and plain constants', () => {
    const graph = withInps(function* (x: Var<number>, y: Var<number>) {
      const z = yield* opVar((a: Var<number>, b: Var<number>) => a.mul(b), x, y)
      return z.add(stopGradient(x)).add(1)
    })
    expect(vmap(graph)(numbers, numbers).toArray()).toEqual([3, 7, 13])
    const slopes = vmap((x: Var<number>, y: Var<number>) => gradBP(graph)(x, y)[0])
    expect(slopes(numbers, vector([5, 6, 7])).toArray()).toEqual([5, 6, 7])
  })

  test('a function inside: evalBP and gradBP on plain values, and on what is shared', () => {
    const f = (a: Var<number>, x: Var<number>): Var<number> => {
      const slope = gradBP(square)(a)
      return x.mul(slope).add(gradBP(square)(5)).add(evalBP(square)(3))
    }
    expect(vmap(f, { shared: 0 })(2, numbers).toArray()).toEqual([23, 27, 31])
    expect(gradBP((a: Var<number>) => sum(vmap(f, { shared: 0 })(a, constVar(numbers))))(2)).toBe(12)
  })

  test('second and third order through a batch', () => {
    const cube = (x: Var<number>): Var<number> => x.mul(x).mul(x)
    const second = vmap((x: Var<number>) => gradBP((y: Var<number>) => gradBP(cube)(y))(x))
    expect(second(numbers).toArray()).toEqual([6, 12, 18])
    const third = gradBP((x: Var<Vector<3>>) => second(x))
    expect(third(numbers).toArray()).toEqual([6, 6, 6])
    const softmaxes = vmap(gradBP((x: Var<Vector<3>>) => softmaxCrossEntropy(x, softmax(x))))
    expect(softmaxes(zeros(2, 3)).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })

  test('inside a function that waits', async () => {
    const f = async (x: Var<Vector<3>>): Promise<Var<number>> => {
      await Promise.resolve()
      return sum(vmap(gradBP(square))(x))
    }
    expect((await gradBPAsync(f)(numbers)).toArray()).toEqual([2, 2, 2])
  })

  test('variables of enclosing functions and of enclosing batches are shared', () => {
    const table = vmap((x: Var<number>) => vmap((y: Var<number>) => x.mul(y))(constVar(vector([1, 10], 2))))(numbers)
    expect(table.toArray()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ])
    const f = (a: Var<number>): Var<number> => sum(vmap((x: Var<number>) => x.mul(a))(constVar(numbers)))
    expect(gradBP(f)(2)).toBe(6)
    expect(
      evalBP((a: Var<number>) => vmap((x: Var<number>) => [a, x.mul(a)] as const)(constVar(numbers))[0])(2),
    ).toEqual(vector([2, 2, 2], 3))
  })
})

describe('what is refused', () => {
  const f = vmap((x: Var<number>, y: Var<number>) => x.add(y))

  test('batches of different sizes, arguments that are none, no batch at all', () => {
    expect(() => f(vector([1, 2]), vector([1, 2, 3]))).toThrow(BatchSizeError)
    expect(() => f(vector([1, 2]), vector([1, 2, 3]))).toThrow(
      'argument 1 has 2 samples, argument 2 has 3 (shape 3). The first size counts the samples.',
    )
    expect(() => f(vector([1, 2]), 3 as never)).toThrow('argument 2 is a number, where a batch of samples is expected')
    expect(() => vmap(square, { shared: 0 })(3 as never)).toThrow('all arguments are shared, so there is no batch')
    expect(() => vmap((xs: readonly Var<number>[]) => xs[0])([])).toThrow('there is no variable')
    const nested = vmap((p: { a: Var<number>[] }, x: Var<number>) => x.add(p.a[0]))
    expect(() => nested({ a: [vector([1, 2])] }, vector([1]))).toThrow('argument 1.a[0] has 2 samples')
  })

  test('values of batched variables: each way to ask names itself and the repair', () => {
    const batch = vector([1, 2], 2)
    const asking: readonly [string, (x: Var<number>) => unknown][] = [
      ['.value', x => x.value],
      ['.value', x => JSON.stringify({ x })],
      ['.value', x => peek(x)],
      ['lt', x => x.lt(1)],
      ['le', x => x.le(1)],
      ['gt', x => constVar(1).gt(x)],
      ['ge', x => x.mul(2).ge(1)],
      ['eq', x => x.eq(x)],
      ['.value', x => gradBP((y: Var<number>) => y.mul(constVar(y.value)))(x)],
    ]
    for (const [op, ask] of asking) {
      const run = (): unknown => vmap((x: Var<number>) => (ask(x), x))(batch)
      expect(run).toThrow(BatchedValueError)
      expect(run).toThrow(`vmap: ${op} of a batched variable`)
      expect(run).toThrow('where(condition, a, b)')
    }
    expect(vmap(square)(batch).toArray()).toEqual([1, 4])
  })

  test('what is shared has a value, and may decide', () => {
    const f = vmap((a: Var<number>, x: Var<number>) => (a.mul(2).lt(0) ? x.neg() : x.mul(a.value)), { shared: 0 })
    expect(f(-1, numbers).toArray()).toEqual([-1, -2, -3])
    expect(f(4, numbers).toArray()).toEqual([4, 8, 12])
    const inner = vmap(
      (a: Var<number>, x: Var<number>) => x.mul(gradBP((b: Var<number>) => (b.lt(0) ? b : square(b)))(a)),
      {
        shared: 0,
      },
    )
    expect(inner(3, numbers).toArray()).toEqual([6, 12, 18])
    // A value has the shape that the types say, a vector's being one size.
    const second = vmap(
      (a: Var<Vector<2>>, x: Var<number>) => x.mul(gradBP((b: typeof a) => dot(b, b))(a).value.at(1)),
      {
        shared: 0,
      },
    )
    expect(second(vector([1, 5], 2), numbers).toArray()).toEqual([10, 20, 30])
    const compiled = compile(f)
    expect([compiled(-1, numbers), compiled(4, numbers)].map(v => v.toArray())).toEqual([
      [-1, -2, -3],
      [4, 8, 12],
    ])
    expect(compiled.recordings).toBe(2)
  })

  test('where is the branch that a batch can take', () => {
    const relu = vmap((x: Var<number>) => where(less(x, 0), 0, x))
    expect(relu(vector([-1, 0, 2])).toArray()).toEqual([0, 0, 2])
    const slopes = vmap(gradBP((x: Var<number>) => where(less(x, 0), x.mul(-1), x.mul(x))))
    expect(slopes(vector([-1, 0, 2])).toArray()).toEqual([-1, 0, 4])
  })

  test('results and options that are none', () => {
    expect(() => vmap(((x: Var<number>) => x.shape.length) as never)(numbers as never)).toThrow(ResultError)
    expect(() => vmap(((x: Var<number>) => Promise.resolve(x)) as never)(numbers as never)).toThrow('is a promise')
    expect(() => vmap(3 as never)).toThrow(UsageError)
    expect(() => vmap(square, { shared: -1 as never })).toThrow(
      'vmap: shared is -1, but must be the position of an argument, counted from 0, or an array of positions.',
    )
    expect(() => vmap(square, { share: 0 } as never)).toThrow(
      "vmap: there is no option 'share'. The options are { shared }.",
    )
    expect(() => vmap(square, 0 as never)).toThrow(
      'vmap: the options are a plain number (0). Give a record with some of { shared }.',
    )
    for (const shared of [1, [1]]) {
      const nowhere = vmap(square, { shared: shared as never }) as unknown as typeof square
      expect(() => nowhere(numbers as never)).toThrow(UsageError)
      expect(() => nowhere(numbers as never)).toThrow('vmap: shared is 1, but the call has 1 argument')
    }
    expect(() =>
      (vmap((x: Var<number>, y: Var<number>) => x.add(y)) as unknown as (x: Vector) => unknown)(numbers),
    ).toThrow('vmap: the function takes 2 arguments, but 1 was given')
  })

  test('batches of values of a user’s type, ops that wait, derivatives that would be lost, leaks', () => {
    const ofArrays = vmap(((x: Var<Float64Array>) => x) as never) as (x: unknown) => unknown
    expect(() => ofArrays(new Float64Array(2))).toThrow(UnknownLeafError)
    const waiting = asyncOp1((x: number) => Promise.resolve([x, (dz: number) => [dz] as const] as const))
    const promised = vmap((x: Var<number>) => {
      void waiting(x)
      return x
    })
    expect(() => promised(numbers)).toThrow('this op waits, which the function of vmap cannot')
    const lost = (a: Var<number>): Var<number> => {
      vmap((x: Var<number>) => x.mul(a))(numbers)
      return a
    }
    expect(() => gradBP(lost)(1)).toThrow(LostDerivativeError)
    const lostInside = vmap((x: Var<number>) => {
      evalBP((y: Var<number>) => y.mul(x))(3)
      return x
    })
    expect(() => lostInside(numbers)).toThrow(LostDerivativeError)
    const table = (data: Vector<3> | Var<Vector<3>>) =>
      vmap((x: Var<number>) => vmap((y: Var<number>) => x.mul(y))(data as Var<Vector<3>>))(numbers)
    expect(() => table(numbers)).toThrow('variables of two calls of `vmap` meet')
    expect(() => table(numbers)).toThrow('constVar(data)')
    expect(table(constVar(numbers)).toArray()[2]).toEqual([3, 6, 9])
    let leaked: Var<number> | undefined
    vmap((x: Var<number>) => (leaked = x.mul(2)))(numbers)
    expect(() => leaked?.add(1)).toThrow(VarOutOfRunError)
    expect(gradBP(square)(3)).toBe(6)
  })
})

test(
  'batches of 0 and of 1, of tensors without elements',
  seeded(random => {
    const f = (a: Var<Matrix>, x: Var<Vector>): Var<number> => sum(matVec(a, x).tanh())
    for (const size of [0, 1]) {
      for (const n of [0, 1, 3]) {
        const a = randomMatrix(2, n, random)
        const x = randomMatrix(size, n, random)
        const values = vmap(f, { shared: 0 })(a, x)
        expect(values.shape).toEqual([size])
        const [byA, byX] = gradBP((b: Var<Matrix>, y: Var<Matrix>): Var<Vector> => vmap(f, { shared: 0 })(b, y))(a, x)
        expect([byA.shape, byX.shape]).toEqual([
          [2, n],
          [size, n],
        ])
        if (size === 0) expect(byA.data.every(value => value === 0)).toBe(true)
        else expectClose(byA, gradBP(f, { wrt: 0 })(a, vector(x.data, n)))
        const perSample = vmap(gradBP(f), { shared: 0 })(a, x)
        expect(perSample[0].shape).toEqual([size, 2, n])
      }
    }
    expect(vmap((v: Var<Vector>) => collectVar(sequenceVar(v).map(x => x.exp())))(zeros(0, 3)).shape).toEqual([0, 3])
    expect(randomVector(1, random).shape).toEqual([1])
  }),
)
