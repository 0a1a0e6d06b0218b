/** What the compiler infers of functions and ops that wait. What must not compile is in mistakes/async.ts. */
/* eslint-disable @typescript-eslint/require-await -- a promise is what matters, whether it is waited for or not */
import {
  asyncOp1,
  asyncOp2,
  asyncOp3,
  asyncOpN,
  backpropAsync,
  backpropWithAsync,
  dot,
  evalBPAsync,
  gradBPAsync,
  matVec,
  resident,
  vector,
  zeros,
  type AsyncOp,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'

declare function remote<T>(value: T): Promise<T>
interface Layer {
  w: Matrix<2, 3>
  b: Vector<2>
  name: string
}
declare const layer: Layer
const v3 = vector([1, 2, 3], 3)

describe('ops', () => {
  test('from value and pullback, wherever the promises are', () => {
    const both = asyncOp1(async (x: number) => {
      const y = await remote(x)
      return [
        y,
        async dz => {
          expectTypeOf(dz).toEqualTypeOf<number>()
          return [await remote(dz)]
        },
      ]
    })
    expectTypeOf(both).toEqualTypeOf<AsyncOp<[number], number>>()
    const forth = asyncOp1(async (x: Vector<3>) => [await remote(2), dz => [(expectTypeOf(dz).toBeNumber(), x)]])
    expectTypeOf(forth).toEqualTypeOf<AsyncOp<[Vector<3>], number>>()
    const back = asyncOp1((x: number) => [
      v3,
      async dz => (expectTypeOf(dz).toEqualTypeOf<Vector<3>>(), [await remote(x)]),
    ])
    expectTypeOf(back).toEqualTypeOf<AsyncOp<[number], Vector<3>>>()
  })

  test('from a value, and a pullback on variables', () => {
    const product = asyncOp2(
      async (w: Matrix<2, 3>, x: Vector<3>) => remote(matVec(w, x).value),
      (dy, w, x, y) => {
        expectTypeOf(dy).toEqualTypeOf<Var<Vector<2>>>()
        expectTypeOf(w).toEqualTypeOf<Var<Matrix<2, 3>>>()
        expectTypeOf(y).toEqualTypeOf<Var<Vector<2>>>()
        return [w, x]
      },
    )
    expectTypeOf(product).toEqualTypeOf<AsyncOp<[Matrix<2, 3>, Vector<3>], Vector<2>>>()
    const waiting = asyncOp1(
      async (x: number) => x,
      async (dz, x) => [dz.mul(await remote(x))],
    )
    expectTypeOf(waiting).toEqualTypeOf<AsyncOp<[number], number>>()
  })

  test('of structures, of three inputs, of any number', () => {
    const norm = asyncOp1(async (p: Layer) => [
      { n: 1, tag: p.name },
      async dz => (expectTypeOf(dz.n).toBeNumber(), [p]),
    ])
    expectTypeOf(norm).toEqualTypeOf<AsyncOp<[Layer], { n: number; tag: string }>>()
    const three = asyncOp3(async (x: number, v: Vector<3>, y: number) => [x * y, dz => [dz * y, v, dz * x]])
    expectTypeOf(three).toEqualTypeOf<AsyncOp<[number, Vector<3>, number], number>>()
    const many = asyncOpN(async (...xs: number[]) => [xs.length, () => xs])
    expectTypeOf(many).toEqualTypeOf<AsyncOp<number[], number>>()
  })

  test('applied to variables and plain values', () => {
    const op = asyncOp2(async (x: number, v: Vector<3>) => [v, dz => [x, dz]])
    gradBPAsync(async (x: Var<number>, v: Var<Vector<3>>) => {
      expectTypeOf(await op(x, v)).toEqualTypeOf<Var<Vector<3>>>()
      expectTypeOf(await op(1, v)).toEqualTypeOf<Var<Vector<3>>>()
      expectTypeOf(op(x, v3)).toEqualTypeOf<Promise<Var<Vector<3>>>>()
      return x
    })
  })
})

describe('operators', () => {
  const f = async (p: BVar<Layer>, x: Var<Vector<3>>): Promise<Var<Vector<2>>> => matVec(p.w, x).add(p.b)

  test('values', () => {
    expectTypeOf(evalBPAsync(f)(layer, v3)).toEqualTypeOf<Promise<Vector<2>>>()
    expectTypeOf(evalBPAsync(async (x: Var<number>) => ({ x, y: [x] }))(1)).toEqualTypeOf<
      Promise<{ x: number; y: number[] }>
    >()
  })

  test('gradients', () => {
    expectTypeOf(gradBPAsync(f)(layer, v3)).toEqualTypeOf<Promise<[Layer, Vector<3>]>>()
    expectTypeOf(gradBPAsync(f, { wrt: 1 })(layer, v3)).toEqualTypeOf<Promise<Vector<3>>>()
    expectTypeOf(gradBPAsync(f, { wrt: [1, 0] })(layer, v3)).toEqualTypeOf<Promise<[Vector<3>, Layer]>>()
    expectTypeOf(gradBPAsync(async (x: Var<number>) => x)(1)).toEqualTypeOf<Promise<number>>()
  })

  test('both, and pullbacks', () => {
    expectTypeOf(backpropAsync(f, { wrt: 0 })(layer, v3)).toEqualTypeOf<Promise<[value: Vector<2>, gradient: Layer]>>()
    expectTypeOf(backpropWithAsync(f, { wrt: 0 })(layer, v3)).toEqualTypeOf<
      Promise<[value: Vector<2>, pullback: (cotangent: Vector<2>) => Promise<Layer>]>
    >()
  })

  test('resident arguments, and into', () => {
    const weights = resident(layer)
    expectTypeOf(gradBPAsync(f)(weights, v3)).toEqualTypeOf<Promise<[Layer, Vector<3>]>>()
    const target = zeros(3)
    expectTypeOf(gradBPAsync(f, { wrt: 1, into: target })(layer, v3)).toEqualTypeOf<Promise<Vector<3>>>()
  })

  test('an op itself, a function that is not async, one that is generic in its sizes', () => {
    const op = asyncOp1(async (x: Vector<3>) => [1, dz => [(expectTypeOf(dz).toBeNumber(), x)]])
    expectTypeOf(gradBPAsync(op)(v3)).toEqualTypeOf<Promise<Vector<3>>>()
    expectTypeOf(gradBPAsync((x: Var<number>) => x.mul(x))(3)).toEqualTypeOf<Promise<number>>()
    const square =
      <N extends number>() =>
      async (x: Var<Vector<N>>): Promise<Var<number>> =>
        dot(x, x)
    expectTypeOf(gradBPAsync(square<3>())(v3)).toEqualTypeOf<Promise<Vector<3>>>()
    const generic = async <N extends number>(x: Vector<N>): Promise<Vector<N>> => gradBPAsync(square<N>())(x)
    expectTypeOf(generic(v3)).toEqualTypeOf<Promise<Vector<3>>>()
  })
})
