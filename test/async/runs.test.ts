/** Async runs next to each other, around synchronous ones, and inside them. */
/* eslint-disable @typescript-eslint/require-await -- a promise is what matters, whether it is waited for or not */
import {
  asyncOp1,
  asyncOp2,
  backprop,
  backpropAsync,
  backpropWith,
  constVar,
  dot,
  evalBP,
  evalBPAsync,
  gradBP,
  gradBPAsync,
  LostDerivativeError,
  mul,
  op1,
  sum,
  tapeOf,
  type Var,
  VarOutOfRunError,
  vector,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { liveBytes } from '../support/heap.ts'
import { bytesInUse, isRunOpen, linearBytes } from '../support/tape.ts'
import { after, gate } from '../support/waiting.ts'

const square = asyncOp1(
  async (x: number) => (await after(1), [x * x, async (dz: number) => (await after(1), [2 * x * dz])]),
  'square',
)
const squares = asyncOp1(async (x: Vector) => [mul(x, x).value, async dz => [mul(dz, x).mul(2).value]])

describe('two runs', () => {
  const orders = [
    ['first in, first out', ['a', 'b']],
    ['first in, last out', ['b', 'a']],
  ] as const

  test.each(orders)('interleaved step by step: %s', async (_title, order) => {
    const gates = { a: [gate(), gate(), gate()], b: [gate(), gate(), gate()] }
    const f =
      (name: 'a' | 'b') =>
      async (x: Var<number>, v: Var<Vector>): Promise<Var<number>> => {
        let y = dot(v, v).mul(x)
        for (const { opened } of gates[name]) {
          y = (await square(y)).add(sum(v.mul(x)))
          await opened
          y = y.div(dot(v, v))
        }
        return y
      }
    const twin = (x: Var<number>, v: Var<Vector>): Var<number> => {
      const now = op1((z: number) => [z * z, dz => [2 * z * dz]])
      let y = dot(v, v).mul(x)
      for (let i = 0; i < 3; i++)
        y = now(y)
          .add(sum(v.mul(x)))
          .div(dot(v, v))
      return y
    }
    const ended: string[] = []
    const a = backpropAsync(f('a'))(0.3, vector([1, 2]))
    const b = backpropAsync(f('b'))(0.7, vector([0.5, -1, 1]))
    void a.then(() => ended.push('a'))
    void b.then(() => ended.push('b'))
    for (let i = 0; i < 3; i++) {
      for (const name of order) {
        gates[name][i].open()
        await after(20)
      }
    }
    expect(await a).toEqual(backprop(twin)(0.3, vector([1, 2])))
    expect(await b).toEqual(backprop(twin)(0.7, vector([0.5, -1, 1])))
    expect(ended).toEqual(order)
  })

  test('while one walks back and waits, another begins, ends, and differentiates', async () => {
    const { opened, open } = gate()
    const slow = asyncOp1(async (v: Vector) => [v, async (dz: Vector) => (await opened, [dz])])
    const first = gradBPAsync(async (v: Var<Vector>) => dot((await slow(v.exp())).mul(v), v))(vector([1, 2]))
    await after(20)
    const again = gradBPAsync(async (v: Var<Vector>) => dot(await squares(v), v))(vector([3, 4]))
    expect((await again).toArray()).toEqual([27, 48])
    open()
    const twin = gradBP((v: Var<Vector>) => dot(v.exp().mul(v), v))(vector([1, 2]))
    expect(await first).toEqual(twin)
  })

  test('two ops of one run at a time, in whatever order they end', async () => {
    for (const turns of [
      [1, 9],
      [9, 1],
    ] as const) {
      const slow = asyncOp2(async (x: number, n: number) => [await after(n, x * x), dz => [2 * x * dz, 0]])
      const f = async (x: Var<number>, y: Var<number>): Promise<Var<number>> => {
        const [a, b] = await Promise.all([slow(x.mul(y), turns[0]), slow(x.add(y), turns[1])])
        return a.mul(b)
      }
      const twin = (x: Var<number>, y: Var<number>): Var<number> => x.mul(y).pow(2).mul(x.add(y).pow(2))
      expect(await backpropAsync(f)(3, 2)).toEqual(backprop(twin)(3, 2))
    }
  })

  test('a thousand at a time', async () => {
    const before = bytesInUse()
    const f = async (x: Var<number>, v: Var<Vector>): Promise<Var<number>> => (await square(x)).mul(dot(v, v))
    const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => gradBPAsync(f, { wrt: 0 })(i, vector([1, 2]))))
    expect(all).toEqual(Array.from({ length: 1000 }, (_, i) => 10 * i))
    expect(bytesInUse()).toBe(before)
  })
})

describe('a run inside the function of another', () => {
  test('with plain arguments: its result is plain', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      const slope: number = await gradBPAsync(square)(5)
      return x.mul(slope).mul(await gradBPAsync(async (y: Var<number>) => y.mul(y))(x.value))
    }
    expect(await gradBPAsync(f)(3)).toBe(60)
  })

  test('in the function of a synchronous run, which it outlives', async () => {
    let inner: Promise<number> | undefined
    const f = (x: Var<number>): Var<number> => {
      const y = x.mul(x)
      inner = gradBPAsync(async (z: Var<number>) => (await square(z.mul(2))).mul(z))(3)
      const w = y.add(1)
      evalBP((u: Var<Vector>) => dot(u, u))(vector([1, 2]))
      return w.mul(x)
    }
    expect(backprop(f)(3)).toEqual([30, 28])
    expect(await inner).toBe(108)
  })

  test('in a host op, forwards and backwards', async () => {
    const inner: Promise<number>[] = []
    const op = op1((x: number) => {
      inner.push(gradBPAsync(square)(x))
      return [
        x * x,
        dz => {
          inner.push(gradBPAsync(square)(10 * x))
          return [2 * x * dz]
        },
      ]
    })
    expect(await backpropAsync(async (x: Var<number>) => op((await square(x)).add(op(x))))(2)).toEqual([64, 128])
    expect(await Promise.all(inner)).toEqual([4, 16, 160, 40])
  })
})

describe('synchronous runs inside an async one', () => {
  test('with plain arguments, between two awaits', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      const y = x.mul(x)
      const a = gradBP((z: Var<Vector>) => dot(z, z))(vector([1, 2]))
      const w = await square(y)
      const [b, pullback] = backpropWith((z: Var<number>) => z.exp())(0)
      await after(1)
      return w.mul(a.at(1)).mul(b).mul(pullback(0.5))
    }
    expect(await backpropAsync(f)(3)).toEqual([162, 216])
  })

  test('with variables: derivatives go through them', async () => {
    const cube = (x: Var<number>): Var<number> => x.mul(x).mul(x)
    const f = async (x: Var<number>): Promise<Var<number>> => {
      const before = gradBP(cube)(x)
      const y = await square(x)
      const [value, slope] = backprop(cube)(y)
      const same = evalBP(cube)(x)
      return before.add(value).add(slope).add(same)
    }
    // 3x² + x⁶ + 3x⁴ + x³.
    expect(await backpropAsync(f)(2)).toEqual([12 + 64 + 48 + 8, 12 + 192 + 96 + 12])
  })

  test('of a second order, with ops of the user’s and tensors', async () => {
    const quartic = op1(
      (v: Vector) => v.data.reduce((total, x) => total + x ** 4, 0),
      (dz, v) => [v.pow(3).mul(4).mul(dz)],
    )
    const g = (v: Var<Vector>): Var<number> => quartic(v).mul(dot(v, v))
    const second = (v: Var<Vector>): Var<number> => {
      const slope = gradBP((w: Var<Vector>) => sum(gradBP(g)(w)))(v)
      return dot(slope, v)
    }
    const f = async (v: Var<Vector>): Promise<Var<number>> => {
      const first = second(v)
      return first.add(second(await squares(v)))
    }
    const twin = (v: Var<Vector>): Var<number> => second(v).add(second(v.mul(v)))
    const [value, gradient] = await backpropAsync(f)(vector([0.5, -1.2, 0.3]))
    const [twinValue, twinGradient] = backprop(twin)(vector([0.5, -1.2, 0.3]))
    expect(value).toBeCloseTo(twinValue, 10)
    gradient.data.forEach((x, i) => expect(x).toBeCloseTo(twinGradient.at(i), 9))
  })

  test('a recorded pullback, used after an await, with a variable as cotangent', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      const [value, pullback] = backpropWith((y: Var<number>) => y.mul(y).mul(y))(x)
      const seed = await square(x)
      return pullback(seed).add(pullback(1)).add(value)
    }
    // 3x⁴ + 3x² + x³.
    expect(await backpropAsync(f)(2)).toEqual([48 + 12 + 8, 96 + 12 + 12])
  })

  test('a pullback made there outlives it', async () => {
    let kept: ((cotangent: number) => number) | undefined
    const f = async (x: Var<number>): Promise<Var<number>> => {
      evalBP((y: Var<number>) => {
        kept = backpropWith((z: Var<number>) => op1((w: number) => [w * w, dz => [2 * w * dz]])(z))(7)[1]
        return y.mul(2)
      })(x)
      return square(x)
    }
    expect(await gradBPAsync(f)(2)).toBe(4)
    expect(kept?.(10)).toBe(140)
    expect(gradBP((x: Var<number>) => x.mul(kept?.(1) ?? 0))(1)).toBe(14)
  })

  test('variables of the async run as constants of an inner one, and the derivative through it', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      await after(1)
      // d/dy x²·y² at y = x is 2x³.
      return gradBP((y: Var<number>) => x.mul(x).mul(y).mul(y))(x)
    }
    expect(await backpropAsync(f)(3)).toEqual([54, 54])
  })

  test('the inner run of one reads, by an op alone, a variable of another', async () => {
    const { opened, open } = gate()
    let x: Var<number> | undefined
    const first = backpropAsync(async (y: Var<number>) => {
      x = y
      await opened
      return y.mul(2)
    })(3)
    // In a synchronous run: an op on the async run's variable is recorded there, whichever is open.
    const made = gradBP((z: Var<number>) => {
      const w = (x as Var<number>).mul(5)
      expect(w.value).toBe(15)
      return z.mul(w.value)
    })(1)
    expect(made).toBe(15)
    open()
    expect(await first).toEqual([6, 2])
  })
})

describe('variables of two runs', () => {
  const uses: readonly (readonly [string, (x: Var<number>, y: Var<number>) => unknown])[] = [
    ['in an op of the engine', (x, y) => x.mul(y)],
    ['in an op on tensors', (x, y) => dot(x.mul(vector([1, 2])), y.mul(vector([1, 2])))],
    ['in an op of the user’s', (x, y) => opOfTwo(x, y)],
    ['in an async op', (x, y) => laterOfTwo(x, y)],
    ['as arguments of an operator', (x, y) => gradBP((a: Var<number>, b: Var<number>) => a.mul(b))(x, y)],
    ['as an argument and data', (x, y) => gradBP((a: Var<number>, b: Var<number>) => a.mul(b), { wrt: 0 })(x, y)],
    ['as the result of an operator', (x, y) => gradBP((_: Var<number>) => y)(x)],
    ['as the cotangent of a pullback', (x, y) => backpropWith((a: Var<number>) => a.mul(a))(x)[1](y)],
    ['as the result of a synchronous run', (x, _y) => gradBP((_: Var<number>) => x)(3)],
    ['in an operator with plain arguments', (x, _y) => gradBP((z: Var<number>) => z.mul(x))(3)],
  ]
  const opOfTwo = (x: Var<number>, y: Var<number>): unknown =>
    op1((p: { x: number; y: number }) => [p.x * p.y, dz => [{ x: dz * p.y, y: dz * p.x }]])({ x, y })
  const laterOfTwo = asyncOp2(async (x: number, y: number) => [x * y, dz => [dz * y, dz * x]])

  test.each(uses)('%s: an error that says so, and both go on', async (_title, use) => {
    const { opened, open } = gate()
    let y: Var<number> | undefined
    const other = gradBPAsync(async (v: Var<number>) => {
      y = v.add(1)
      await opened
      return y.mul(v)
    })(3)
    const f = async (x: Var<number>): Promise<Var<number>> => {
      await after(1)
      expect(() => use(x.mul(1), y as Var<number>)).toThrow(VarOutOfRunError)
      expect(() => use(x.mul(1), y as Var<number>)).toThrow(/variables of two runs meet.*as an argument/)
      return square(x)
    }
    expect(await gradBPAsync(f)(5)).toBe(10)
    open()
    expect(await other).toBe(7)
    expect(isRunOpen()).toBe(false)
  })

  test('their values may be used', async () => {
    let y: Var<number> | undefined
    const { opened, open } = gate()
    const other = evalBPAsync(async (v: Var<number>) => ((y = v), await opened, v))(3)
    expect(await gradBPAsync(async (x: Var<number>) => x.mul((y as Var<number>).value))(1)).toBe(3)
    open()
    await other
  })

  test('what the message advises: the variable as an argument', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      await after(1)
      return gradBP((y: Var<number>, a: Var<number>) => y.mul(y).mul(a), { wrt: 0 })(constVar(3), x)
    }
    expect(await backpropAsync(f)(2)).toEqual([12, 6])
  })

  test('a derivative that a plain inner run would lose is an error as ever', async () => {
    const f = async (x: Var<number>): Promise<Var<number>> => {
      await after(1)
      const g = (y: Var<number>): Var<number> => evalBP((z: Var<number>) => z.mul(y))(3) as never
      return gradBP(g)(x)
    }
    await expect(gradBPAsync(f)(2)).rejects.toThrow(LostDerivativeError)
  })
})

describe('memory', () => {
  test('grows between two awaits, in functions, ops and pullbacks; nothing is lost', async () => {
    const grow = (): void => {
      const before = linearBytes()
      for (let n = 2 ** 18; linearBytes() === before; n *= 2) sum(vector(new Float64Array(n)))
    }
    const growing = asyncOp1(async (v: Vector) => {
      grow()
      await after(1)
      grow()
      return [
        mul(v, v).value,
        async (dz: Vector) => {
          grow()
          await after(1)
          return [mul(dz, v).mul(2).value]
        },
      ]
    })
    const alsoGrowing = op1((v: Vector) => (grow(), [mul(v, 3).value, (dz: Vector) => (grow(), [mul(dz, 3).value])]))
    const f = async (v: Var<Vector>): Promise<Var<number>> => {
      const a = v.add(1)
      const b = await growing(a)
      grow()
      return dot(alsoGrowing(b.mul(a)), v)
    }
    const twin = (v: Var<Vector>): Var<number> => {
      const a = v.add(1)
      return dot(a.mul(a).mul(a).mul(3), v)
    }
    const [value, gradient] = await backpropAsync(f)(vector([1, -2, 3]))
    const [twinValue, twinGradient] = backprop(twin)(vector([1, -2, 3]))
    expect(value).toBe(twinValue)
    gradient.data.forEach((x, i) => expect(x).toBeCloseTo(twinGradient.at(i), 10))
  })

  test('is given back by 10,000 runs, some of which fail, two at a time', async () => {
    const failing = asyncOp1(async (v: Vector) => {
      if (v.at(0) % 7 === 3) throw new Error('forwards')
      return [
        v,
        async (dz: Vector) => {
          if (v.at(0) % 7 === 5) throw new Error('backwards')
          return [dz]
        },
      ]
    })
    const f = async (v: Var<Vector>): Promise<Var<number>> => dot(await failing(v.mul(1)), v)
    const runs = async (count: number): Promise<number> => {
      let failures = 0
      for (let i = 0; i < count; i += 2) {
        const both = [i, i + 1].map(x => gradBPAsync(f)(vector([x, 1])))
        for (const result of await Promise.allSettled(both)) if (result.status === 'rejected') failures++
      }
      return failures
    }
    await runs(2000)
    const live = liveBytes()
    const before = { linear: linearBytes(), used: bytesInUse() }
    expect(await runs(10_000)).toBe(Math.ceil((10_000 - 3) / 7) + Math.ceil((10_000 - 5) / 7))
    expect({ linear: linearBytes(), used: bytesInUse() }).toEqual(before)
    // Less than one small object a run.
    expect(liveBytes() - live).toBeLessThan(600_000)
  })

  test('a synchronous run between finds the tape as it left it', async () => {
    const before = tapeOf((x: Var<number>) => x.exp().add(1))(0)
    const running = gradBPAsync(async (x: Var<number>) => (await square(x.mul(2))).add(x))(3)
    await after(1)
    expect(tapeOf((x: Var<number>) => x.exp().add(1))(0)).toEqual(before)
    expect(await running).toBe(25)
  })
})
