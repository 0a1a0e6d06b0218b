/** Pullbacks of a function around, called where the samples of a batch are: in `vmap`, in Jacobians of many numbers. */
import {
  backpropWith,
  compile,
  constVar,
  dot,
  evalBP,
  grad,
  gradBP,
  hessian,
  jacobian,
  matVec,
  NotTwiceDifferentiableError,
  op1,
  sum,
  taylor,
  vector,
  vmap,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

const random = new Random(5)
const cube = (x: Var<Vector>): Var<Vector> => x.mul(x).mul(x)

// 32 numbers are taken one by one, more as a batch.
describe.each([1, 32, 33, 40])('%d numbers', n => {
  const x = randomVector(n, random) as Vector

  test('in a Jacobian, in each mode, and its gradient by the point of the pullback', () => {
    for (const mode of ['auto', 'forward', 'reverse'] as const) {
      const total = (x: Var<Vector>): Var<number> => {
        const [, pullback] = backpropWith(cube)(x)
        return sum(jacobian((z: Var<Vector>) => pullback(z).mul(z), { mode })(x) as Var<Matrix>)
      }
      // 3x²z·z, by z at x: 6x³
      expectClose(
        grad(total)(x),
        [...x.data].map(x => 18 * x * x),
        1e-12,
      )
      expectClose(
        compile(grad(total))(x),
        [...x.data].map(x => 18 * x * x),
        1e-12,
      )
    }
  })

  test('in a Hessian, in series, in an inner pullback of a pullback', () => {
    const total = (x: Var<Vector>): Var<number> => {
      const [, pullback] = backpropWith(cube)(x)
      const second = hessian((z: Var<Vector>) => dot(pullback(z).mul(z), pullback(pullback(z))))(x)
      return sum(second as Var<Matrix>)
    }
    // ⟨3x²z², 9x⁴z⟩ = 27x⁶z³, twice by z at x: 162x⁷
    expectClose(
      evalBP(total)(x),
      [...x.data].reduce((a, x) => a + 162 * x ** 7, 0),
      1e-12,
    )
    expectClose(
      gradBP(total)(x),
      [...x.data].map(x => 1134 * x ** 6),
      1e-11,
    )
    const bent = (x: Var<Vector>): Var<number> => {
      const [, pullback] = backpropWith(cube)(x)
      const terms = taylor((z: Var<Vector>) => pullback(z).mul(z), 2)
      return sum(jacobian((z: Var<Vector>) => terms(z, z)[2])(x) as Var<Matrix>)
    }
    expectClose(
      gradBP(bent)(x),
      [...x.data].map(x => 18 * x * x),
      1e-12,
    )
  })
})

test('for each sample of a batch, of structures, shared cotangents, batches in batches, no sample', () => {
  type Layer = { w: Matrix<2, 3>; b: Vector<2>; name: string }
  const layer = (l: BVar<Layer>, x: Var<Vector<3>>) => ({ y: matVec(l.w, x).add(l.b).tanh(), name: l.name })
  const l: Layer = { w: randomMatrix(2, 3, random), b: randomVector(2, random), name: 'a' }
  const x = randomVector(3, random)
  const rows = randomMatrix(5, 2, random)
  const expected = Array.from({ length: 5 }, (_, i) => {
    const [, pullback] = backpropWith(layer)(l, x)
    return pullback({ y: vector([rows.at(i, 0), rows.at(i, 1)], 2), name: 'a' })
  })
  const batched = (l: BVar<Layer>, x: Var<Vector<3>>, rows: Var<Matrix<5, 2>>) => {
    const [, pullback] = backpropWith(layer)(l, x)
    return vmap((y: Var<Vector<2>>) => pullback({ y, name: 'a' }))(rows)
  }
  const [ofLayer, ofX] = evalBP(batched)(l, x, rows)
  expectClose(ofLayer.w, expected.map(([{ w }]) => w.toArray()).flat(2), 1e-14)
  expectClose(ofLayer.b, expected.map(([{ b }]) => b.toArray()).flat(), 1e-14)
  expectClose(ofX, expected.map(([, x]) => x.toArray()).flat(), 1e-14)
  expect(ofLayer.name).toBe('a')
  const byHand = (l: BVar<Layer>, x: Var<Vector<3>>, rows: Var<Matrix<5, 2>>): Var<number> => {
    const slopes = vmap((y: Var<Vector<2>>) =>
      gradBP((l: BVar<Layer>, x: Var<Vector<3>>) => dot(layer(l, x).y, y))(l, x),
    )
    const [ofLayer, ofX] = slopes(rows)
    return sum(ofLayer.w.mul(ofLayer.w)).add(sum(ofX.sin()))
  }
  const byPullback = (l: BVar<Layer>, x: Var<Vector<3>>, rows: Var<Matrix<5, 2>>): Var<number> => {
    const [ofLayer, ofX] = batched(l, x, rows)
    return sum(ofLayer.w.mul(ofLayer.w)).add(sum(ofX.sin()))
  }
  expectClose(gradBP(byPullback)(l, x, rows), gradBP(byHand)(l, x, rows), 1e-12)

  const square = (x: Var<number>): Var<number> => x.mul(x)
  const table = evalBP((x: Var<number>, us: Var<Vector<2>>, vs: Var<Vector<3>>) => {
    const [, pullback] = backpropWith(square)(x)
    return vmap((u: Var<number>) => vmap((v: Var<number>) => pullback(u.mul(v)).add(pullback(u)))(vs))(us)
  })
  expect(table(5, vector([1, 2], 2), vector([1, 2, 3], 3)).toArray()).toEqual([
    [20, 30, 40],
    [40, 60, 80],
  ])
  const none = evalBP((x: Var<number>, us: Var<Vector>) => {
    const [, pullback] = backpropWith(square)(x)
    return vmap((u: Var<number>) => pullback(u))(us)
  })
  expect(none(5, vector([]) as Vector).toArray()).toEqual([])
  const inBatch = vmap((x: Var<number>) => {
    const [, pullback] = backpropWith(square)(x)
    return vmap((u: Var<number>) => pullback(u))(constVar(vector([1, 2, 3], 3)))
  })
  expect(inBatch(vector([5, 7], 2)).toArray()).toEqual([
    [10, 20, 30],
    [14, 28, 42],
  ])
})

test("through an op of the user's: any pullback once, one on variables again", () => {
  const plain = op1((x: number) => [x ** 3, (dz: number) => [3 * x * x * dz]], 'plain')
  const onVars = op1(
    (x: number) => x ** 3,
    (dz, x) => [dz.mul(x).mul(x).mul(3)],
  )
  const total = (op: typeof onVars) => (x: Var<number>, us: Var<Vector<3>>) => {
    const [, pullback] = backpropWith((y: Var<number>) => op(y))(x)
    return sum(vmap((u: Var<number>) => pullback(u).mul(u))(us))
  }
  const us = vector([1, 2, 3], 3)
  expect(evalBP(total(plain))(2, us)).toBe(12 * 14)
  expect(grad(total(onVars))(2, us)).toEqual([12 * 14, vector([24, 48, 72], 3)])
  expect(() => grad(total(plain))(2, us)).toThrow(NotTwiceDifferentiableError)
})
