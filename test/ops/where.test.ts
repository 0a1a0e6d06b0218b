/** The choice between two operands where it may go wrong: NaN in the branch that is not chosen, zeros of either sign. */
import {
  backprop,
  compile,
  constVar,
  evalBP,
  greater,
  gradBP,
  less,
  notEqual,
  ShapeMismatchError,
  sum,
  vector,
  where,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

type V = Var<Vector<3>>
const corners = [0, -0, 1, -1, 5e-324, 1e308, Infinity, -Infinity, NaN]

describe('values', () => {
  test('are those of the chosen operand, bit for bit', () => {
    for (const a of corners) {
      for (const b of corners) {
        for (const c of [0, -0]) expect(where(c, a, b).value).toBe(b)
        for (const c of [1, -1, 5e-324, Infinity, NaN]) expect(where(c, a, b).value).toBe(a)
        const [first, second] = [vector([a, a, a], 3), vector([b, b, b], 3)]
        expect(where(vector([1, 0, 1], 3), first, second).value.toArray()).toEqual([a, b, a])
        expect(where(vector([1, 0, 1], 3), a, second).value.toArray()).toEqual([a, b, a])
        expect(where(vector([1, 0, 1], 3), first, b).value.toArray()).toEqual([a, b, a])
        expect(where(vector([1, 0, 1], 3), a, b).value.toArray()).toEqual([a, b, a])
        expect(where(0, first, second).value.toArray()).toEqual([b, b, b])
        expect(where(0, a, second).value.toArray()).toEqual([b, b, b])
        expect(where(1, first, b).value.toArray()).toEqual([a, a, a])
      }
    }
  })

  test('notEqual finds NaN', () => {
    const withoutNaN = (x: V): V => where(notEqual(x, x), 0, x)
    expect(evalBP(withoutNaN)(vector([1, NaN, 3], 3)).toArray()).toEqual([1, 0, 3])
  })
})

describe('gradients', () => {
  test('are exactly 0 in the branch that is not chosen, whatever it is', () => {
    const root = (x: V): Var<number> => sum(where(greater(x, 0), x.sqrt(), 0))
    const [value, gradient] = backprop(root)(vector([4, -1, 0], 3))
    expect(value).toBe(2)
    // x̄ of √x is 0/(2√x): at −1 and at 0 the derivative of the root itself is NaN and ∞, 0 of it NaN.
    expect(gradient.toArray()[0]).toBe(0.25)
    for (const bad of [NaN, Infinity, -Infinity]) {
      const f = (a: Var<number>, b: Var<number>, c: Var<number>): Var<number> => where(c, a, b)
      expect(gradBP(f)(2, bad, 1)).toEqual([1, 0, 0])
      expect(gradBP(f)(bad, 2, 0)).toEqual([0, 1, 0])
      const onTensors = (a: V, b: V, c: V): Var<number> => sum(where(c, a, b).mul(vector([1, 2, 3], 3)))
      const mask = vector([1, 0, 1], 3)
      const gradients = gradBP(onTensors)(vector([1, bad, 1], 3), vector([bad, 1, bad], 3), mask)
      expect(gradients.map(leaf => leaf.toArray())).toEqual([
        [1, 0, 3],
        [0, 2, 0],
        [0, 0, 0],
      ])
    }
  })

  test('a choice before the op keeps NaN out of what depends on it', () => {
    const safeRoot = (x: V): Var<number> => sum(where(greater(x, 0), where(greater(x, 0), x, 1).sqrt(), 0))
    expect(gradBP(safeRoot)(vector([4, -1, 0], 3)).toArray()).toEqual([0.25, 0, 0])
    const second = gradBP((x: V) => sum(gradBP(safeRoot)(x)))
    expect(second(vector([4, -1, 0], 3)).toArray()).toEqual([-1 / 32, 0, 0])
  })

  test('of scalars that are broadcast are sums over what they are chosen for', () => {
    const f = (a: Var<number>, b: Var<number>, x: V): Var<number> =>
      sum(where(less(x, 2), a, b).mul(vector([1, 10, 100], 3)))
    expect(gradBP(f, { wrt: [0, 1] })(5, 6, vector([1, 2, 3], 3))).toEqual([1, 110])
  })

  test('the same compiled, for both outcomes of one program', () => {
    const slope = compile(gradBP((x: Var<number>) => where(less(x, 0), x.mul(-3), x.mul(x))))
    expect([slope(-1), slope(2), slope(-5)]).toEqual([-3, 4, -3])
    expect(slope.recordings).toBe(1)
  })
})

test('shapes that differ are an error with the op and the shapes', () => {
  const wrong = (): unknown => where(vector([1, 2]), vector([1, 2, 3]), 0)
  expect(wrong).toThrow(ShapeMismatchError)
  expect(wrong).toThrow('where: shapes differ: 2 and 3.')
  expect(constVar(1).value).toBe(1)
})
