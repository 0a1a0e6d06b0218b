/** Several arguments, chosen arguments, pullbacks that are kept. */
import {
  backprop,
  backpropWith,
  dot,
  gradBP,
  matVec,
  matrix,
  sub,
  sum,
  vector,
  vjp,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { flat } from '../support/plain.ts'
import { tapeLevel } from '../support/tape.ts'

type Line = { slope: number; shift: Vector }
const f = (x: Var<number>, line: BVar<Line>, t: Var<Vector>): Var<number> => {
  const y = line.shift.add(x.mul(line.slope))
  const error = sub(y, t)
  return dot(error, error)
}
const point = [3, { slope: 2, shift: vector([1, 2]) }, vector([5, 5])] as const
// The errors are 2 and 3.
const byX = 2 * (2 + 3) * 2
const byLine = { slope: 2 * (2 + 3) * 3, shift: [4, 6] }
const byT = [-4, -6]

describe('several arguments', () => {
  test('give a tuple of gradients', () => {
    const [x, line, t] = gradBP(f)(...point)
    expect([x, line.slope, line.shift.toArray(), t.toArray()]).toEqual([byX, byLine.slope, byLine.shift, byT])
  })

  test('one argument gives its gradient bare, none an empty tuple', () => {
    expect(gradBP((x: Var<number>) => x.mul(2))(1)).toBe(2)
    const none = backprop(() => dot(vector([1, 2]), vector([3, 4])))()
    expect(none).toEqual([11, []])
  })
})

describe('wrt', () => {
  test('one position: its gradient bare', () => {
    expect(gradBP(f, { wrt: 0 })(...point)).toBe(byX)
    expect(flat(gradBP(f, { wrt: 1 })(...point))).toEqual([byLine.slope, ...byLine.shift])
    expect(gradBP(f, { wrt: 2 })(...point).toArray()).toEqual(byT)
  })

  test('a list of positions: a tuple in the order of the list', () => {
    const [t, x] = gradBP(f, { wrt: [2, 0] })(...point)
    expect([t.toArray(), x]).toEqual([byT, byX])
    expect(gradBP(f, { wrt: [0] })(...point)).toEqual([byX])
  })

  test('no position: nothing is differentiated', () => {
    expect(backprop(f, { wrt: [] })(...point)).toEqual([13, []])
  })

  test('the other arguments are no inputs: they add no record', () => {
    backprop(
      (x: Var<number>, data: BVar<Vector[]>) => {
        expect(tapeLevel().records).toBe(1)
        return data.reduce((total, v) => total.add(sum(v)), x)
      },
      { wrt: 0 },
    )(1, [vector([1, 2]), vector([3])])
  })

  test('works with backprop and backpropWith', () => {
    expect(backprop(f, { wrt: 0 })(...point)).toEqual([13, byX])
    const [value, pullback] = backpropWith(f, { wrt: [2, 0] })(...point)
    const [t, x] = pullback(10)
    expect([value, t.toArray(), x]).toEqual([13, byT.map(g => 10 * g), 10 * byX])
  })
})

describe('pullbacks', () => {
  test('may be called any number of times, later, and in any order', () => {
    const square = backpropWith((x: Var<Vector>) => x.mul(x))
    const [first, pullFirst] = square(vector([1, 2, 3]))
    const [second, pullSecond] = square(vector([10, 20, 30]))
    gradBP((x: Var<number>) => x.exp())(1)
    expect([first.toArray(), second.toArray()]).toEqual([
      [1, 4, 9],
      [100, 400, 900],
    ])
    for (let i = 0; i < 3; i++) {
      expect(pullSecond(vector([1, 0, i])).toArray()).toEqual([20, 0, 60 * i])
      expect(pullFirst(vector([i, 1, 1])).toArray()).toEqual([2 * i, 4, 6])
    }
  })

  test('rows of a Jacobian', () => {
    const a = matrix([1, 2, 3, 4, 5, 6], 2, 3)
    const [, pullback] = backpropWith((x: Var<Vector<3>>) => matVec(a, x))(vector([1, 1, 1], 3))
    expect(pullback(vector([1, 0], 2)).toArray()).toEqual([1, 2, 3])
    expect(pullback(vector([0, 1], 2)).toArray()).toEqual([4, 5, 6])
  })

  test('of a structure take a cotangent of that structure', () => {
    const [value, pullback] = backpropWith((x: Var<number>, a: Var<Matrix>) => ({
      name: 'both',
      parts: [x.mul(3), a.mul(x)] as const,
    }))(2, matrix([1, 2], 1, 2))
    expect(value.parts[1].toArray()).toEqual([[2, 4]])
    const [gx, ga] = pullback({ name: 'both', parts: [10, matrix([1, 100], 1, 2)] })
    expect([gx, ga.toArray()]).toEqual([30 + 1 + 200, [[2, 200]]])
  })

  test('can be called while another run is open, and leave it as it was', () => {
    const [, pullback] = backpropWith((x: Var<Vector>) => x.mul(x))(vector([1, 2]))
    const gradient = gradBP((x: Var<number>) => {
      const y = x.mul(x)
      const before = tapeLevel()
      const g = pullback(vector([1, 1]))
      expect(tapeLevel()).toEqual(before)
      return y.mul(dot(g, g))
    })(3)
    expect(gradient).toBe(6 * 20)
  })

  test('vjp is the same function', () => {
    expect(vjp).toBe(backpropWith)
  })
})
