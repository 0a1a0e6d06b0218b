/** Gradients written where the caller wants them. */
import {
  backprop,
  dot,
  gradBP,
  matVec,
  matrix,
  resident,
  ResidentError,
  ShapeMismatchError,
  StructureMismatchError,
  sum,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { flat } from '../support/plain.ts'
import { dirtyMemory } from '../support/differences.ts'

type Net = { w: Matrix<2, 3>; b: Vector<2>; unused: Vector; rate: number }
const net: Net = { w: matrix([1, 2, 3, 4, 5, 6], 2, 3), b: vector([1, -1], 2), unused: vector([7]), rate: 2 }
const x = vector([1, 0, -1], 3)

const loss = (p: BVar<Net>): Var<number> => {
  const y = matVec(p.w, x).add(p.b)
  return dot(y, y).mul(p.rate)
}
const expected = gradBP(loss)(net)

/** A net of other numbers. */
const other = (): Net => ({
  w: matrix(new Float64Array(6).fill(NaN), 2, 3),
  b: vector([NaN, NaN], 2),
  unused: vector([NaN]),
  rate: NaN,
})

describe('plain tensors', () => {
  test('are overwritten and returned, numbers too', () => {
    const target = other()
    const gradient = gradBP(loss, { into: target })(net)
    expect(gradient).toEqual(expected)
    expect([gradient.w, gradient.b, gradient.unused]).toEqual([target.w, target.b, target.unused])
    expect(gradient).toBe(target)
    expect(gradient.w).toBe(target.w)
    expect(gradient.w.data).toBe(target.w.data)
    expect(target.rate).toBe(expected.rate)
  })

  test('a single tensor', () => {
    const target = vector([9, 9, 9])
    const gradient = gradBP((v: Var<Vector>) => dot(v, v), { into: target })(vector([1, 2, 3]))
    expect(gradient).toBe(target)
    expect(target.toArray()).toEqual([2, 4, 6])
  })

  test('with keys in another order', () => {
    const gradient = gradBP((p: BVar<{ a: number; b: number; v: Vector }>) => p.a.mul(2).add(p.b.mul(3)), {
      into: { v: vector([5]), b: 0, a: 0 },
    })({ a: 1, b: 1, v: vector([1]) })
    expect([gradient.a, gradient.b, flat(gradient.v)]).toEqual([2, 3, [0]])
  })

  test('for the arguments that wrt chooses', () => {
    const f = (a: Var<Vector>, b: Var<Vector>, c: Var<number>): Var<number> => dot(a, b).mul(c)
    const [byC, byA] = gradBP(f, { wrt: [2, 0], into: [0, vector([0, 0])] })(vector([1, 2]), vector([3, 4]), 5)
    expect([byC, byA.toArray()]).toEqual([11, [15, 20]])
    const target = vector([0, 0])
    expect(gradBP(f, { wrt: 1, into: target })(vector([1, 2]), vector([3, 4]), 5)).toBe(target)
    expect(target.toArray()).toEqual([5, 10])
  })

  test('may be the argument itself, which was copied', () => {
    const v = vector([1, 2, 3])
    gradBP((u: Var<Vector>) => dot(u.mul(u), u), { into: v })(v)
    expect(v.toArray()).toEqual([3, 12, 27])
  })

  test('work with backprop, and again and again', () => {
    const target = vector([0, 0])
    const step = backprop((v: Var<Vector>) => dot(v, v), { into: target })
    for (let i = 1; i < 5; i++) {
      const [value, gradient] = step(vector([i, 1]))
      expect([value, gradient]).toEqual([i * i + 1, target])
      expect(target.toArray()).toEqual([2 * i, 2])
    }
  })
})

describe('resident parameters', () => {
  test('are written without a copy, untouched ones with zeros', () => {
    using target = resident(other())
    dirtyMemory()
    const gradient = gradBP(loss, { into: target })(net)
    expect(gradient).toBe(target)
    expect(target.read()).toEqual(expected)
  })

  test('take every way that a cotangent arrives: passed on, added up, seeded, by broadcast', () => {
    using target = resident({ a: vector([0, 0]), b: vector([0, 0]), c: vector([0, 0]), s: 0 })
    const f = (
      p: BVar<{ a: Vector; b: Vector; c: Vector; s: number }>,
    ): readonly [Var<Vector>, Var<Vector>, Var<number>] => [
      p.a.add(p.b).add(p.b),
      p.c,
      sum(p.c.mul(p.s)).add(dot(p.a, p.b)),
    ]
    for (let i = 0; i < 3; i++) {
      dirtyMemory()
      gradBP(f, { into: target })({ a: vector([1, 2]), b: vector([3, 4]), c: vector([5, 6]), s: 7 })
      const { a, b, c, s } = target.read()
      expect([flat(a), flat(b), flat(c), s]).toEqual([[4, 5], [3, 4], [8, 8], 11])
    }
  })

  test('as a part of the structure, beside tensors and numbers', () => {
    using w = resident(matrix([0, 0, 0, 0, 0, 0], 2, 3))
    const target = { ...other(), w }
    const gradient = gradBP(loss, { into: target as unknown as Net })(net) as unknown as typeof target
    expect(gradient.w).toBe(w)
    expect(w.read()).toEqual(expected.w)
    expect(gradient.b).toBe(target.b)
    expect(flat([gradient.b, gradient.unused, gradient.rate])).toEqual(
      flat([expected.b, expected.unused, expected.rate]),
    )
  })

  test('as a part that is a structure itself, before a number', () => {
    type P = { a: { x: number; v: Vector }; b: number }
    using a = resident({ x: 0, v: vector([0]) })
    const f = (p: BVar<P>): Var<number> => p.a.x.mul(3).add(p.b.mul(5)).add(sum(p.a.v))
    const gradient = gradBP(f, { into: { a, b: 0 } as unknown as P })({ a: { x: 1, v: vector([1]) }, b: 7 })
    expect(gradient.b).toBe(5)
    expect([a.read().x, flat(a.read().v)]).toEqual([3, [1]])
  })

  test('parameters and gradient both resident', () => {
    using parameters = resident(net)
    using target = resident(other())
    gradBP(loss, { into: target })(parameters)
    expect(target.read()).toEqual(expected)
    expect(parameters.read()).toEqual(net)
  })
})

describe('what does not fit', () => {
  const dotSelf = (v: Var<Vector>): Var<number> => dot(v, v)

  test('another shape, another structure', () => {
    expect(() => gradBP(dotSelf, { into: vector([0]) })(vector([1, 2]))).toThrow(ShapeMismatchError)
    expect(() => gradBP(dotSelf, { into: 0 as never })(vector([1, 2]))).toThrow(StructureMismatchError)
    expect(() => gradBP(loss, { into: { ...net, extra: 1 } as never })(net)).toThrow(/into: keys differ/)
    expect(() => gradBP(loss, { into: { ...net, b: vector([0, 0, 0]) } as never })(net)).toThrow(
      /into\.b: shapes differ/,
    )
  })

  test('resident parameters that the call reads, that are freed, or that stand at two places', () => {
    const r = resident(vector([1, 2]))
    expect(() => gradBP(dotSelf, { into: r })(r)).toThrow(ResidentError)
    const pair = (a: Var<Vector>, b: Var<Vector>): Var<number> => dot(a, b)
    expect(() => gradBP(pair, { into: [r, r] as never })(vector([1, 2]), vector([3, 4]))).toThrow(/two places/)
    expect(flat(r.read())).toEqual([1, 2])
    r.free()
    expect(() => gradBP(dotSelf, { into: r })(vector([1, 2]))).toThrow(/into: .*freed/)
  })
})
