/** Compiled functions have the types of the functions that they are made of. */
import {
  backprop,
  compile,
  dot,
  evalBP,
  gradBP,
  matVec,
  peek,
  resident,
  sgdStep,
  squaredError,
  type BVar,
  type Matrix,
  type Programs,
  type Resident,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'

interface Layer {
  w: Matrix<2, 3>
  b: Vector<2>
}
declare const layer: Layer
declare const v2: Vector<2>
declare const v3: Vector<3>
declare const n: Var<number>

const loss = (net: BVar<Layer>, x: Var<Vector<3>>, t: Var<Vector<2>>): Var<number> =>
  squaredError(matVec(net.w, x).add(net.b), t)

describe('compile', () => {
  test('keeps arguments, results, options', () => {
    expectTypeOf(compile(evalBP((x: Var<Vector<3>>) => x.exp()))(v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(compile(gradBP(loss, { wrt: 0 }))(layer, v3, v2)).toEqualTypeOf<Layer>()
    expectTypeOf(compile(backprop(loss, { wrt: [1, 2] }))(layer, v3, v2)).toEqualTypeOf<
      [value: number, gradient: [Vector<3>, Vector<2>]]
    >()
    expectTypeOf(compile(gradBP(loss, { wrt: 0, into: resident(layer) }))(layer, v3, v2)).toEqualTypeOf<
      Resident<Layer>
    >()
    expectTypeOf(compile(sgdStep(loss, { rate: 0.1 }))(resident(layer), v3, v2)).toEqualTypeOf<number>()
  })

  test('keeps the forms that take variables and residents', () => {
    const square = compile(evalBP((x: Var<number>) => x.mul(x)))
    expectTypeOf(square(n)).toEqualTypeOf<Var<number>>()
    expectTypeOf(compile(gradBP(loss, { wrt: 1 }))(resident(layer), v3, v2)).toEqualTypeOf<Vector<3>>()
    expectTypeOf([1, 2].map(x => square(x))).toEqualTypeOf<number[]>()
  })

  test('gives what it knows of programs beside', () => {
    const f = compile(gradBP((x: Var<Vector>) => dot(x, x)))
    expectTypeOf(f).toExtend<Programs>()
    expectTypeOf(f.recordings).toEqualTypeOf<number>()
  })
})

test('peek gives the value', () => {
  expectTypeOf(peek(n)).toEqualTypeOf<number>()
  expectTypeOf(peek(n as unknown as Var<Vector<3>>)).toEqualTypeOf<Vector<3>>()
})
