/** Functions over collections: vectors, rows, arrays and Maps, against plain JavaScript; what they refuse. */
import {
  backprop,
  collectVar,
  constVar,
  dot,
  evalBP,
  fmap,
  foldl,
  gradBP,
  length,
  mapAccumL,
  matrix,
  OperandError,
  RankError,
  scan,
  sequenceVar,
  ShapeMismatchError,
  sum,
  traverse,
  vector,
  zipWith,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

const v3 = vector([1, 2, 3], 3)
const m23 = matrix([1, 2, 3, 4, 5, 6], 2, 3)
const plus = (a: Var<number>, b: Var<number>): Var<number> => a.add(b)

describe('fmap', () => {
  test('numbers to numbers, to vectors; rows to numbers, to rows of another length', () => {
    const squares = (x: Var<Vector<3>>): Var<Vector<3>> => fmap(e => e.mul(e), x)
    expect(backprop(squares)(v3)).toEqual([vector([1, 4, 9], 3), vector([2, 4, 6], 3)])
    const tables = (x: Var<Vector<3>>): Var<Matrix<3, 2>> => fmap(e => e.mul(vector([1, 10], 2)), x)
    expect(evalBP(tables)(v3).toArray()).toEqual([[1, 10], [2, 20], [3, 30]]) // prettier-ignore
    expect(gradBP(tables)(v3).toArray()).toEqual([11, 11, 11])
    const sums = (a: Var<Matrix<2, 3>>): Var<Vector<2>> => fmap(row => sum(row), a)
    expect(evalBP(sums)(m23).toArray()).toEqual([6, 15])
    const ends = (a: Var<Matrix<2, 3>>): Var<Matrix<2, 2>> =>
      fmap(row => {
        const [first, , last] = sequenceVar(row)
        return collectVar([first.mul(2), last.mul(2)])
      }, a)
    expect(evalBP(ends)(m23).toArray()).toEqual([[2, 6], [8, 12]]) // prettier-ignore
  })

  test('may branch on values, use outer variables, and give plain ones', () => {
    const f = (x: Var<Vector<3>>, y: Var<number>): Var<Vector<3>> => fmap(e => (e.gt(1) ? e.mul(y) : 0), x)
    expect(evalBP(f)(v3, 5).toArray()).toEqual([0, 10, 15])
    expect(gradBP(f)(v3, 5)).toEqual([vector([0, 5, 5], 3), 5])
  })

  test('the values of a Map, under their keys', () => {
    const f = (x: Var<number>, y: Var<number>): Var<number> => {
      const squared = fmap(v => v.mul(v), new Map([['x', x], ['y', y]])) // prettier-ignore
      expect([...squared.keys()]).toEqual(['x', 'y'])
      return squared.get('x')!.mul(squared.get('y')!)
    }
    expect(backprop(f)(2, 3)).toEqual([36, [36, 24]])
  })

  test('the function gets the member alone, so that an operator may stand in its place', () => {
    const slopes = (x: Var<Vector<3>>): Var<Vector<3>> =>
      fmap(
        gradBP((e: Var<number>) => e.mul(e)),
        x,
      )
    expect(evalBP(slopes)(v3).toArray()).toEqual([2, 4, 6])
  })
})

describe('zipWith', () => {
  test('pairs elements, rows with elements, and members of arrays', () => {
    const f = (x: Var<Vector<3>>, y: Var<Vector<3>>): Var<Vector<3>> => zipWith((a, b) => a.mul(b), x, y)
    expect(backprop(f)(v3, vector([4, 5, 6], 3))).toEqual([vector([4, 10, 18], 3), [vector([4, 5, 6], 3), v3]])
    const scaled = (a: Var<Matrix<2, 3>>, s: Var<Vector<2>>): Var<Matrix<2, 3>> => zipWith((row, e) => row.mul(e), a, s)
    expect(evalBP(scaled)(m23, vector([1, -1], 2)).toArray()).toEqual([[1, 2, 3], [-4, -5, -6]]) // prettier-ignore
    expect(evalBP((x: Var<number>) => zipWith((a, b) => a.mul(b), [x, x], [1, 2]))(3)).toEqual([3, 6])
  })

  test('refuses what does not pair', () => {
    const first = <A>(a: A, _: unknown): A => a
    expect(() => zipWith(first, v3, vector([1, 2]) as never)).toThrow(/^zipWith: lengths differ: 3 and 2\./)
    expect(() => zipWith(first, [1], [])).toThrow(ShapeMismatchError)
    expect(() => zipWith(first, [1], v3 as never)).toThrow(OperandError)
    expect(() => zipWith(first, new Map() as never, new Map() as never)).toThrow(OperandError)
  })
})

describe('foldl, scan, mapAccumL', () => {
  const numbers = new Map([['a', 1], ['b', 2]]) // prettier-ignore

  test('go from the left, over elements, rows, arrays and values', () => {
    const decimal = (y: Var<number>, x: Var<number> | number): Var<number> => y.mul(10).add(x)
    const zero = constVar(0)
    expect(foldl(decimal, zero, v3).value).toBe(123)
    expect(foldl(decimal, zero, numbers).value).toBe(12)
    expect(foldl((y: Var<number>, row) => y.mul(10).add(sum(row)), zero, m23).value).toBe(75)
    expect(scan(decimal, zero, v3).map(y => y.value)).toEqual([0, 1, 12, 123])
    expect(scan(decimal, zero, [4, 5]).map(y => y.value)).toEqual([0, 4, 45])
    expect(scan(decimal, zero, numbers).map(y => y.value)).toEqual([0, 1, 12])
    expect(scan(decimal, zero, vector([])).map(y => y.value)).toEqual([0])
    const both = (y: Var<number>, x: Var<number> | number): [Var<number>, Var<number>] => [decimal(y, x), y]
    const [last, before] = mapAccumL(both, zero, v3)
    expect([last.value, before.value.toArray()]).toEqual([123, [0, 1, 12]])
    const [lastOfList, list] = mapAccumL(both, zero, [4, 5])
    expect([lastOfList.value, list.map(y => y.value)]).toEqual([45, [0, 4]])
    const [lastOfMap, map] = mapAccumL(both, zero, numbers)
    expect([lastOfMap.value, [...map].map(([key, y]) => [key, y.value])]).toEqual([12, [['a', 0], ['b', 1]]]) // prettier-ignore
  })

  test('what is gathered may be a structure', () => {
    const moments = (x: Var<Vector>): Var<number> => {
      const start = { n: constVar(0), square: constVar(0) }
      const { n, square } = foldl(({ n, square }, e) => ({ n: n.add(e), square: plus(square, e.mul(e)) }), start, x)
      return square.sub(n.mul(n).div(length(x)))
    }
    const [value, gradient] = backprop(moments)(vector([1, 2, 6]))
    expect(value).toBe(14)
    expect(gradient.toArray()).toEqual([-4, -2, 6])
  })
})

describe('traverse', () => {
  test('collects, or gives undefined and asks no further', () => {
    const asked: number[] = []
    const root = (e: Var<number>): Var<number> | undefined => {
      asked.push(e.value)
      return e.lt(0) ? undefined : e.sqrt()
    }
    expect(traverse(root, vector([4, 9]))?.value.toArray()).toEqual([2, 3])
    expect(traverse(root, vector([4, -1, 9]))).toBeUndefined()
    expect(asked).toEqual([4, 9, 4, -1])
    const x = constVar(16)
    expect(traverse(root, [x, x])?.map(y => y.value)).toEqual([4, 4])
    expect(traverse(root, new Map([['k', x]]))?.get('k')?.value).toBe(4)
    expect(traverse(row => (sum(row).gt(10) ? row : undefined), m23)).toBeUndefined()
    expect(traverse(row => (sum(row).gt(1) ? row : undefined), m23)?.value).toEqual(m23)
  })
})

test('length counts elements, rows and entries; it is a plain number', () => {
  expect([length(v3), length(m23), length(constVar(v3)), length(vector([])), length(new Map([[1, 2]]))]).toEqual([
    3, 2, 3, 0, 1,
  ])
  expect(gradBP((x: Var<Vector<3>>) => dot(x, x).div(length(x)))(vector([3, 3, 3], 3)).toArray()).toEqual([2, 2, 2])
})

test('a number is no collection', () => {
  for (const f of [
    () => fmap(x => x as never, 3 as never),
    () => length(3 as never),
    () => foldl(plus, constVar(0), 3 as never),
    () => scan(plus, constVar(0), 3 as never),
    () => traverse(x => x as never, 3 as never),
    () => zipWith(x => x as never, 3 as never, v3),
  ]) {
    expect(f).toThrow(RankError)
  }
})
