/** Types of tensors of float32. */
import {
  castValue,
  check,
  collectVar,
  dot,
  evalBP,
  exp,
  fmap,
  gradBP,
  logSumExp,
  matMul,
  matrix32,
  matVec,
  outer,
  resident,
  sequenceVar,
  softmax,
  sum,
  type Tensor,
  toFloat32,
  toFloat64,
  vector,
  vector32,
  widen,
  zeros32,
  type BVar,
  type Matrix,
  type Matrix32,
  type Resident,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'

declare const w: Var<Matrix32<2, 3>>
declare const x: Var<Vector32<3>>
declare const s: Var<number>

describe('made', () => {
  test('with their sizes', () => {
    expectTypeOf(vector32([1, 2, 3], 3)).toEqualTypeOf<Vector32<3>>()
    expectTypeOf(vector32([1, 2, 3])).toEqualTypeOf<Vector32>()
    expectTypeOf(matrix32([1, 2], 1, 2)).toEqualTypeOf<Matrix32<1, 2>>()
    expectTypeOf(zeros32(2, 3, 4)).toEqualTypeOf<Tensor<readonly [2, 3, 4], 'float32'>>()
    expectTypeOf(vector32([1], 1).data).toEqualTypeOf<Float32Array>()
    expectTypeOf(vector32([1], 1).dtype).toEqualTypeOf<'float32'>()
    expectTypeOf(check(vector32([1, 2, 3]), [3])).toEqualTypeOf<Vector32<3>>()
    expectTypeOf(check(x, [3])).toEqualTypeOf<Var<Vector32<3>>>()
    expectTypeOf(widen(x)).toEqualTypeOf<Var<Vector32>>()
  })

  test('by castValue, in any structure', () => {
    type Net = { layers: [{ w: Matrix<2, 3>; b: Vector<2> }]; rate: number; name: string }
    type Net32 = { layers: [{ w: Matrix32<2, 3>; b: Vector32<2> }]; rate: number; name: string }
    expectTypeOf(castValue('float32', {} as Net)).toEqualTypeOf<Net32>()
    expectTypeOf(castValue('float64', {} as Net32)).toEqualTypeOf<Net>()
  })
})

describe('in ops', () => {
  test('stay what they are', () => {
    expectTypeOf(exp(x)).toEqualTypeOf<Var<Vector32<3>>>()
    expectTypeOf(x.add(x).mul(s).div(2)).toEqualTypeOf<Var<Vector32<3>>>()
    expectTypeOf(s.mul(x)).toEqualTypeOf<Var<Vector32<3>>>()
    expectTypeOf(matVec(w, x)).toEqualTypeOf<Var<Vector32<2>>>()
    expectTypeOf(matMul(w, w, { transposeB: true })).toEqualTypeOf<Var<Matrix32<2, 2>>>()
    expectTypeOf(outer(x, x)).toEqualTypeOf<Var<Matrix32<3, 3>>>()
    expectTypeOf(softmax(w)).toEqualTypeOf<Var<Matrix32<2, 3>>>()
    expectTypeOf(logSumExp(w)).toEqualTypeOf<Var<Vector32<2>>>()
    expectTypeOf(fmap(e => e.mul(e), x)).toEqualTypeOf<Var<Vector32<3>>>()
    expectTypeOf(collectVar([x, x])).toEqualTypeOf<Var<Matrix32<2, 3>>>()
  })

  test('give numbers, which are float64', () => {
    expectTypeOf(dot(x, x)).toEqualTypeOf<Var<number>>()
    expectTypeOf(sum(w)).toEqualTypeOf<Var<number>>()
    expectTypeOf(logSumExp(x)).toEqualTypeOf<Var<number>>()
    expectTypeOf(sequenceVar(x)).toEqualTypeOf<[Var<number>, Var<number>, Var<number>]>()
  })

  test('are cast', () => {
    expectTypeOf(toFloat64(w)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(toFloat32(vector([1, 2], 2))).toEqualTypeOf<Var<Vector32<2>>>()
  })
})

test('operators give what they take', () => {
  type Layer = { w: Matrix32<2, 3>; b: Vector32<2>; scale: number }
  const f = (layer: BVar<Layer>) =>
    sum(
      matVec(layer.w, vector32([1, 2, 3], 3))
        .add(layer.b)
        .mul(layer.scale),
    )
  expectTypeOf(gradBP(f)({} as Layer)).toEqualTypeOf<Layer>()
  expectTypeOf(evalBP((v: Var<Vector32<3>>) => v)(vector32([1, 2, 3], 3))).toEqualTypeOf<Vector32<3>>()
  expectTypeOf(resident({} as Layer)).toEqualTypeOf<Resident<Layer>>()
})
