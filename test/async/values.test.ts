/** Functions that wait: what they give is what their synchronous twins give. */
/* eslint-disable @typescript-eslint/require-await -- a promise is what matters, whether it is waited for or not */
import {
  asyncOp1,
  asyncOp2,
  asyncOp3,
  asyncOpN,
  backprop,
  backpropAsync,
  backpropWith,
  backpropWithAsync,
  boxed,
  type Boxed,
  type BVar,
  constVar,
  type Differentiable,
  dot,
  evalBP,
  evalBPAsync,
  fixed,
  type Fixed,
  gradBP,
  gradBPAsync,
  logistic,
  matrix,
  type Matrix,
  matVec,
  op1,
  op2,
  outer,
  sum,
  Tensor,
  type Var,
  vector,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { after } from '../support/waiting.ts'

const product = (x: number, y: number): [number, (dz: number) => [number, number]] => [
  x * Math.sqrt(y),
  dz => [dz * Math.sqrt(y), (dz * x) / (2 * Math.sqrt(y))],
]
/** The derivative of f at x, by differences of fourth order. */
function slope(f: (x: number) => number, x: number): number {
  const h = 1e-3
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)
}

const now = op2(product)
const later = asyncOp2(async (x: number, y: number) => {
  const [z, pullback] = product(x, y)
  await after(3)
  return [z, async (dz: number) => (await after(2), pullback(dz))] as const
})

describe('known values', () => {
  test('x·√y at (3, 4): 6, (2, 0.75)', async () => {
    expect(await backpropAsync(async (x: Var<number>, y: Var<number>) => later(x, y))(3, 4)).toEqual([6, [2, 0.75]])
    expect(await evalBPAsync(later)(3, 4)).toBe(6)
    expect(await gradBPAsync(later)(3, 4)).toEqual([2, 0.75])
  })

  test('(x·√y)^z at (3, 4, 2): 36, (24, 9, 64.50…)', async () => {
    const f = async (x: Var<number>, y: Var<number>, z: Var<number>): Promise<Var<number>> => (await later(x, y)).pow(z)
    expect(await backpropAsync(f)(3, 4, 2)).toEqual([36, [24, 9, 64.50334089220998]])
  })

  test('an op in every place equals its synchronous twin, bit for bit', async () => {
    const twin = (x: Var<number>, y: Var<number>): Var<number> => {
      const a = now(x, y)
      const b = now(a.mul(y), x.add(2))
      return b.sin().mul(a).add(now(b, y).div(x))
    }
    const f = async (x: Var<number>, y: Var<number>): Promise<Var<number>> => {
      const a = await later(x, y)
      const b = await later(a.mul(y), x.add(2))
      return b
        .sin()
        .mul(a)
        .add((await later(b, y)).div(x))
    }
    for (const [x, y] of [
      [3, 4],
      [0.1, 0.7],
      [-2.3, 11],
    ] as const) {
      expect(await backpropAsync(f)(x, y)).toEqual(backprop(twin)(x, y))
      expect(await evalBPAsync(f)(x, y)).toBe(evalBP(twin)(x, y))
    }
  })

  test('a gradient through two awaits equals central differences', async () => {
    const f = async (x: Var<number>, y: Var<number>): Promise<Var<number>> => {
      const a = await later(x.exp(), y)
      await after(1)
      return (await later(a, y.mul(y))).mul(x)
    }
    const [dx, dy] = await gradBPAsync(f)(0.4, 1.3)
    const at = (x: number, y: number): number => x * Math.exp(x) * Math.sqrt(y) * y
    expect(dx).toBeCloseTo(
      slope(x => at(x, 1.3), 0.4),
      9,
    )
    expect(dy).toBeCloseTo(
      slope(y => at(0.4, y), 1.3),
      9,
    )
  })
})

describe('forms of ops', () => {
  const functions = {
    'both wait': async (x: number) => [x * x, async (dz: number) => [2 * x * dz] as const] as const,
    'the way forth waits': async (x: number) => [x * x, (dz: number) => [2 * x * dz] as const] as const,
    'the way back waits': (x: number) => [x * x, async (dz: number) => [2 * x * dz] as const] as const,
    'nothing waits': (x: number) => [x * x, (dz: number) => [2 * x * dz] as const] as const,
  }
  test.each(Object.entries(functions))('%s', async (_title, f) => {
    const square = asyncOp1(f as (typeof functions)['both wait'])
    expect(await backpropAsync(async (x: Var<number>) => (await square(x)).mul(x))(3)).toEqual([27, 27])
  })

  test('a pullback on variables', async () => {
    const cube = asyncOp1(
      async (x: number) => (await after(1), x ** 3),
      (dz, x) => [dz.mul(x).mul(x).mul(3)],
    )
    expect(await backpropAsync(async (x: Var<number>) => (await cube(x)).mul(2))(2)).toEqual([16, 24])
  })

  test('a pullback on variables that waits, with ops that wait', async () => {
    const square = asyncOp1(async (x: number) => [await after(1, x * x), dz => [2 * x * dz]])
    const cube = asyncOp1(
      async (x: number) => x ** 3,
      async (dz, x) => [(await square(x)).mul(dz).mul(3)],
    )
    expect(await gradBPAsync(async (x: Var<number>) => cube(x))(2)).toBe(12)
  })

  test('a product of a matrix somewhere else, with the pullback by ops of the engine', async () => {
    const remote = asyncOp2(
      async (w: Matrix<2, 3>, x: Vector<3>) => after(2, matVec(w, x).value),
      (dy, w, x) => [outer(dy, x), matVec(w, dy, { transpose: true })],
    )
    const w = matrix([1, 2, 3, 4, 5, 6], 2, 3)
    const x = vector([1, -1, 2], 3)
    const twin = (a: Var<Matrix<2, 3>>, v: Var<Vector<3>>): Var<number> => sum(logistic(matVec(a, v)))
    const f = async (a: Var<Matrix<2, 3>>, v: Var<Vector<3>>): Promise<Var<number>> => sum(logistic(await remote(a, v)))
    expect(await backpropAsync(f)(w, x)).toEqual(backprop(twin)(w, x))
  })

  test('three inputs, and any number', async () => {
    const three = asyncOp3(async (x: number, y: number, w: number) => [
      x * y * w,
      dz => [dz * y * w, dz * x * w, dz * x * y],
    ])
    const many = asyncOpN(async (...xs: number[]) => [
      xs.reduce((a, b) => a * b, 1),
      async (dz: number) => xs.map((_, i) => xs.reduce((a, b, j) => (i === j ? a : a * b), dz)),
    ])
    expect(await backpropAsync(three)(2, 3, 4)).toEqual([24, [12, 8, 6]])
    const f = async (x: Var<number>, y: Var<number>): Promise<Var<number>> => many(x, y, x, 5)
    expect(await backpropAsync(f)(2, 3)).toEqual([60, [60, 20]])
  })

  test('structures in and out', async () => {
    interface Point {
      x: number
      y: Vector
    }
    const op = asyncOp1(async (p: Point) => [
      { s: p.x * 2, t: p.y },
      async (d: { s: number; t: Vector }) => [{ x: 2 * d.s, y: d.t }],
    ])
    const f = async (p: BVar<Point>): Promise<Var<number>> => {
      const q = await op(p)
      return sum(q.t).mul(q.s)
    }
    expect(await backpropAsync(f)({ x: 3, y: vector([1, 2]) })).toEqual([18, { x: 6, y: vector([6, 6]) }])
  })

  test('values of a type of its own', async () => {
    const integers: Differentiable<bigint> = { zero: () => 0n, one: () => 1n, add: (a, b) => a + b }
    const twice = asyncOp1(async (x: Boxed<bigint>) => [
      boxed(2n * x.value, integers),
      async (dz: Boxed<bigint>) => (await after(1), [boxed(2n * dz.value, integers)]),
    ])
    const f = async (x: Var<Boxed<bigint>>): Promise<Var<Boxed<bigint>>> => twice(await twice(x))
    expect((await gradBPAsync(f)(boxed(3n, integers))).value).toBe(4n)
  })

  test('on constants it gives a promise of constants, in a run and outside', async () => {
    const square = asyncOp1(async (x: number) => [x * x, dz => [2 * x * dz]])
    expect((await square(3)).value).toBe(9)
    expect((await square(constVar(3))).mul(2).value).toBe(18)
    expect(await gradBPAsync(async (x: Var<number>) => x.mul(await square(3)))(5)).toBe(9)
  })
})

describe('what a function may do', () => {
  test('synchronous ops of the user’s, of the engine, on all kinds of values', async () => {
    const half = op1((x: number) => [x / 2, dz => [dz / 2]])
    const norm = op1((v: Vector) => [
      Math.hypot(...v.data),
      (dz: number) => [
        new Tensor(
          v.data.map(x => (dz * x) / Math.hypot(...v.data)),
          v.shape,
        ),
      ],
    ])
    const twin = (x: Var<number>, v: Var<Vector>): Var<number> => half(norm(v.mul(x))).add(dot(v, v))
    const f = async (x: Var<number>, v: Var<Vector>): Promise<Var<number>> => {
      const w = v.mul(x)
      await after(1)
      const n = norm(w)
      await after(1)
      return half(n).add(dot(v, v))
    }
    expect(await backpropAsync(f)(2, vector([3, 4]))).toEqual(backprop(twin)(2, vector([3, 4])))
  })

  test('comparisons, values, loops: after an await as before it', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      let y = x
      while (y.lt(100)) y = (await later(y, 4)).add(x.value)
      return y
    }
    expect(await backpropAsync(f)(3)).toEqual([189, 32])
  })

  test('constants made before an await and used after it, also where a synchronous run has ended meanwhile', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      const c = constVar(2).mul(3)
      const slope = gradBP((y: Var<number>) => y.mul(y))(constVar(4))
      await after(2)
      return x.mul(c).mul(slope)
    }
    let inside: Promise<number> | undefined
    gradBP((x: Var<number>) => ((inside = gradBPAsync(f)(5)), x.mul(x)))(1)
    expect(await inside).toBe(48)
    expect(await gradBPAsync(f)(5)).toBe(48)
  })

  test('not wait at all', async () => {
    expect(await gradBPAsync((x: Var<number>) => x.mul(x))(3)).toBe(6)
  })

  test('have any result: structures, the input itself, an inner variable, unused inputs', async () => {
    const f = async (x: Var<number>, _unused: Var<Vector>): Promise<{ x: Var<number>; y: [Var<number>] }> => {
      const y = await later(x, 4)
      y.mul(1000)
      return { x, y: [y] }
    }
    expect(await backpropAsync(f)(3, vector([1, 2]))).toEqual([{ x: 3, y: [6] }, [3, vector([0, 0])]])
  })

  test('get fixed numbers and names untouched', async () => {
    interface Power {
      name: string
      x: number
      n: Fixed<number>
    }
    const f = async (p: BVar<Power>): Promise<Var<number>> => (await after(1), p.x.pow(p.n.value))
    expect(await gradBPAsync(f)({ name: 'p', x: 3, n: fixed(2) })).toEqual({ name: 'p', x: 6, n: fixed(2) })
  })

  test('wrt: the others are data', async () => {
    const f = async (x: Var<number>, y: Var<number>): Promise<Var<number>> => later(x, y.mul(1))
    expect(await gradBPAsync(f, { wrt: 1 })(3, 4)).toBe(0.75)
    expect(await backpropAsync(f, { wrt: [1, 0] })(3, 4)).toEqual([6, [0.75, 2]])
  })
})

describe('pullbacks', () => {
  const f = async (x: Var<number>, v: Var<Vector>): Promise<{ a: Var<number>; b: Var<Vector> }> => ({
    a: await later(x, 4),
    b: v.mul(await later(x, 9)),
  })
  const twin = (x: Var<number>, v: Var<Vector>): { a: Var<number>; b: Var<Vector> } => ({
    a: now(x, 4),
    b: v.mul(now(x, 9)),
  })

  test('are linear, may be called often, later, and at the same time', async () => {
    const [value, pullback] = await backpropWithAsync(f)(3, vector([1, 2]))
    const [twinValue, twinPullback] = backpropWith(twin)(3, vector([1, 2]))
    expect(value).toEqual(twinValue)
    const cotangents = [0, 1, -2.5].map(a => ({ a, b: vector([a, 1]) }))
    expect(await Promise.all(cotangents.map(pullback))).toEqual(cotangents.map(twinPullback))
    await after(5)
    expect(await pullback(cotangents[1])).toEqual(twinPullback(cotangents[1]))
  })

  test('wrt', async () => {
    const [, pullback] = await backpropWithAsync(f, { wrt: 0 })(3, vector([1, 2]))
    expect(await pullback({ a: 1, b: vector([1, 1]) })).toBe(2 + 9)
  })
})
