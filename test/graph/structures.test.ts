/** Structures of variables: as arguments, as results, as gradients. */
import {
  backprop,
  backpropWith,
  constVar,
  evalBP,
  type Fixed,
  fixed,
  gradBP,
  matrix,
  sum,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

describe('results that are structures', () => {
  test('a record is seeded with ones', () => {
    const f = (x: Var<number>): { square: Var<number>; cube: Var<number> } => ({
      square: x.mul(x),
      cube: x.mul(x).mul(x),
    })
    expect(backprop(f)(2)).toEqual([{ square: 4, cube: 8 }, 4 + 12])
  })

  test('a tuple of a number, a vector and a matrix', () => {
    const f = (x: Var<number>): readonly [Var<number>, Var<Vector>, Var<Matrix<2, 1>>] => [
      x.mul(2),
      x.mul(vector([1, 2])),
      x.mul(x).mul(matrix([3, 4], 2, 1)),
    ]
    const [[a, b, c], gradient] = backprop(f)(5)
    expect([a, b.toArray(), c.toArray()]).toEqual([10, [5, 10], [[75], [100]]])
    expect(gradient).toBe(2 + 3 + 2 * 5 * 7)
  })

  test('arrays in arrays in records, with what is static between', () => {
    const f = (x: Var<number>): { name: string; rows: Var<number>[][]; none: null } => ({
      name: 'powers',
      rows: [[x, x.mul(x)], [x.mul(x).mul(x)], []],
      none: null,
    })
    expect(backprop(f)(2)).toEqual([{ name: 'powers', rows: [[2, 4], [8], []], none: null }, 1 + 4 + 12])
  })

  test('the same variable twice in the result counts twice', () => {
    expect(
      gradBP((x: Var<number>) => {
        const y = x.mul(x)
        return [y, y, { again: y }] as const
      })(3),
    ).toBe(18)
    const f = (x: Var<Vector>): readonly Var<Vector>[] => {
      const y = x.mul(x)
      return [y, y]
    }
    expect(gradBP(f)(vector([1, 2])).toArray()).toEqual([4, 8])
  })

  test('an input returned, alone, twice, and beside what is made of it', () => {
    expect(gradBP((x: Var<number>) => [x, x])(3)).toBe(2)
    expect(gradBP((x: Var<Vector>) => [x, x.mul(2), x] as const)(vector([1, 2])).toArray()).toEqual([4, 4])
    expect(gradBP((x: Var<number>, y: Var<number>) => ({ x, product: x.mul(y), y }))(3, 5)).toEqual([6, 4])
  })

  test('constants among the result have no cotangent', () => {
    const f = (x: Var<number>): readonly Var<number>[] => [constVar(7), x.mul(x), constVar(1).add(2)]
    expect(backprop(f)(3)).toEqual([[7, 9, 3], 6])
  })

  test('in the second order: the Jacobian of a gradient, row sums', () => {
    const f = (x: Var<number>, y: Var<number>): Var<number> => x.mul(x).mul(y)
    expect(gradBP((x: Var<number>, y: Var<number>) => gradBP(f)(x, y))(2, 3)).toEqual([2 * 3 + 2 * 2, 2 * 2])
  })
})

type Layer = { readonly w: Matrix<2, 2>; readonly b: Vector<2>; readonly name: string }
type Net = { readonly layers: readonly Layer[]; readonly scale: number; readonly size: Fixed<number>; skip?: number }

const layer = (start: number, name: string): Layer => ({
  w: matrix([start, start + 1, start + 2, start + 3], 2, 2),
  b: vector([start, -start], 2),
  name,
})

describe('arguments that are structures', () => {
  const net: Net = { layers: [layer(1, 'first'), layer(5, 'second')], scale: 2, size: fixed(2) }

  const total = ({ layers, scale, size, skip }: BVar<Net>): Var<number> => {
    const parts = layers.map(({ w, b }, i) =>
      sum(w)
        .mul(i + 1)
        .add(sum(b.mul(b))),
    )
    const all = parts
      .reduce((a, part) => a.add(part))
      .mul(scale)
      .mul(size.value)
    return skip === undefined ? all : all.add(skip)
  }

  test('the gradient has the structure of the argument; what is static is copied', () => {
    const gradient = gradBP(total)(net)
    expect(Object.keys(gradient)).toEqual(['layers', 'scale', 'size'])
    expect(gradient.layers.map(({ name }) => name)).toEqual(['first', 'second'])
    expect(gradient.layers[1].w.toArray()).toEqual([
      [8, 8],
      [8, 8],
    ])
    expect(gradient.layers[1].b.toArray()).toEqual([40, -40])
    expect(gradient.scale).toBe(2 * (10 + 2 + 2 * 26 + 50))
    expect(gradient.size).toEqual(fixed(2))
  })

  test('an optional key is there exactly when the value has it', () => {
    expect(gradBP(total)({ ...net, skip: 3 }).skip).toBe(1)
    expect('skip' in gradBP(total)(net)).toBe(false)
  })

  test('a union is the same union with its tag', () => {
    type Shape = { kind: 'circle'; r: number } | { kind: 'box'; w: number; h: number }
    const area = (shape: BVar<Shape>): Var<number> => {
      switch (shape.kind) {
        case 'circle':
          return shape.r.mul(shape.r).mul(Math.PI)
        case 'box':
          return shape.w.mul(shape.h)
      }
    }
    expect(gradBP(area)({ kind: 'box', w: 2, h: 3 })).toEqual({ kind: 'box', w: 3, h: 2 })
    expect(gradBP(area)({ kind: 'circle', r: 1 })).toEqual({ kind: 'circle', r: 2 * Math.PI })
  })

  test('a leaf that stands at two places counts at each', () => {
    const shared = vector([1, 2])
    const gradient = gradBP((p: BVar<{ a: Vector; b: Vector }>) => sum(p.a.mul(3)).add(sum(p.b)))({
      a: shared,
      b: shared,
    })
    expect([gradient.a.toArray(), gradient.b.toArray()]).toEqual([
      [3, 3],
      [1, 1],
    ])
  })

  test('the key __proto__ and keys that are no names', () => {
    const value = JSON.parse('{"__proto__": 2, "a b": 3, "0": 5}') as Record<string, number>
    const gradient = gradBP((p: BVar<Record<string, number>>) => {
      const parts = Object.values(p)
      return parts.slice(1).reduce((a, b) => a.mul(b), parts[0])
    })(value)
    expect(Object.entries(gradient).sort()).toEqual([
      ['0', 6],
      ['__proto__', 15],
      ['a b', 10],
    ])
    expect(Object.getPrototypeOf(gradient)).toBe(Object.prototype)
  })

  test('an object without a prototype', () => {
    const value = Object.assign<{ a: number }, object>(Object.create(null) as { a: number }, { a: 3 })
    expect({ ...gradBP((p: BVar<{ a: number }>) => p.a.mul(p.a))(value) }).toEqual({ a: 6 })
  })

  test('changing the argument while or after the function runs changes nothing', () => {
    const x = vector([1, 2])
    const [value, pullback] = backpropWith((v: Var<Vector>) => {
      x.data.fill(100)
      return v.mul(v)
    })(x)
    x.data.fill(-7)
    expect(value.toArray()).toEqual([1, 4])
    expect(pullback(vector([1, 1])).toArray()).toEqual([2, 4])
  })

  test('changing a result changes nothing either', () => {
    const [value, pullback] = backpropWith((v: Var<Vector>) => v.mul(v))(vector([1, 2]))
    value.data.fill(50)
    const cotangent = vector([1, 1])
    const first = pullback(cotangent)
    first.data.fill(70)
    expect(cotangent.toArray()).toEqual([1, 1])
    expect(pullback(cotangent).toArray()).toEqual([2, 4])
  })
})

test('evalBP gives the plain structure', () => {
  const f = (p: BVar<{ a: number; v: Vector }>): { twice: Var<Vector>; a: Var<number> } => ({
    twice: p.v.mul(2),
    a: p.a,
  })
  const value = evalBP(f)({ a: 3, v: vector([1, 2]) })
  expect([value.a, value.twice.toArray()]).toEqual([3, [2, 4]])
})
