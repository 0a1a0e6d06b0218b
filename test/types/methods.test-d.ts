/** What the methods of Var give: what the functions give, inferred as well. */
import {
  dot,
  matMul,
  matVec,
  outer,
  vector,
  vector32,
  zeros,
  type AnyTensor,
  type Leaf,
  type Matrix,
  type Matrix32,
  type Operand,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3, v4, m23, V3, M23 } from './values.ts'

declare const w: Var<Matrix32<2, 3>>
declare const x: Var<Vector32<3>>
declare const M: Var<Matrix>

describe('methods of variables', () => {
  test('elementwise ones keep the type', () => {
    expectTypeOf(scalar.tan()).toEqualTypeOf<Var<number>>()
    expectTypeOf(V3.log1p().expm1().erf().lgamma().round()).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(w.asinh().sign()).toEqualTypeOf<Var<Matrix32<2, 3>>>()
    expectTypeOf(M23.clamp(0, 1)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(M23.stopGradient()).toEqualTypeOf<Var<Matrix<2, 3>>>()
  })

  test('a scalar goes with any tensor, on either side', () => {
    expectTypeOf(scalar.max(0)).toEqualTypeOf<Var<number>>()
    expectTypeOf(V3.max(0).min(v3).hypot(scalar)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(scalar.atan2(V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(scalar.logBase(m23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(x.less(x).notEqual(1)).toEqualTypeOf<Var<Vector32<3>>>()
  })

  test('products, with their transposes, of variables and plain values', () => {
    expectTypeOf(M23.matVec(V3)).toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(M23.matVec(v3)).toEqualTypeOf(matVec(M23, v3))
    expectTypeOf(M23.matVec(vector([1, 2], 2), { transpose: true })).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(M23.matMul(zeros(3, 5))).toEqualTypeOf<Var<Matrix<2, 5>>>()
    expectTypeOf(M23.matMul(M23, { transposeA: true })).toEqualTypeOf<Var<Matrix<3, 3>>>()
    expectTypeOf(M23.matMul(m23, { transposeB: true })).toEqualTypeOf<Var<Matrix<2, 2>>>()
    expectTypeOf(M23.matMul(zeros(5, 2), { transposeA: true, transposeB: true })).toEqualTypeOf<Var<Matrix<3, 5>>>()
    expectTypeOf(M23.matMul(zeros(3, 5))).toEqualTypeOf(matMul(M23, zeros(3, 5)))
    expectTypeOf(V3.outer(v4)).toEqualTypeOf<Var<Matrix<3, 4>>>()
    expectTypeOf(V3.outer(v4)).toEqualTypeOf(outer(V3, v4))
    expectTypeOf(M23.dot(m23)).toEqualTypeOf<Var<number>>()
    expectTypeOf(M.matVec(vector([1]))).toEqualTypeOf<Var<Vector>>()
  })

  test('reductions, and along rows', () => {
    expectTypeOf(V3.sum()).toEqualTypeOf<Var<number>>()
    expectTypeOf(w.product().add(w.maximum()).add(w.minimum())).toEqualTypeOf<Var<number>>()
    expectTypeOf(M23.squaredError(m23)).toEqualTypeOf<Var<number>>()
    expectTypeOf(M23.softmax()).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(V3.logSumExp()).toEqualTypeOf<Var<number>>()
    expectTypeOf(M23.logSumExp()).toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(M23.softmaxCrossEntropy(m23)).toEqualTypeOf<Var<Vector<2>>>()
  })

  test('of float32', () => {
    expectTypeOf(w.matVec(x)).toEqualTypeOf<Var<Vector32<2>>>()
    expectTypeOf(w.matVec(vector32([1, 2], 2), { transpose: true })).toEqualTypeOf<Var<Vector32<3>>>()
    expectTypeOf(w.matMul(w, { transposeB: true })).toEqualTypeOf<Var<Matrix32<2, 2>>>()
    expectTypeOf(x.outer(x)).toEqualTypeOf<Var<Matrix32<3, 3>>>()
    expectTypeOf(w.logSumExp()).toEqualTypeOf<Var<Vector32<2>>>()
    expectTypeOf(w.toFloat64()).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(V3.toFloat32()).toEqualTypeOf<Var<Vector32<3>>>()
  })

  test('in code that is generic', () => {
    const layer = <M extends number, N extends number>(
      a: Var<Matrix<M, N>>,
      b: Var<Vector<M>>,
      v: Operand<Vector<N>>,
    ): Var<Vector<M>> => a.matVec(v).add(b).tanh()
    expectTypeOf(layer(M23, constant2, v3)).toEqualTypeOf<Var<Vector<2>>>()
    const relu = <A extends Leaf>(v: Var<A>) => v.max(0)
    expectTypeOf(relu(M23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    const cosine = <A extends AnyTensor>(v: Var<A>, u: Var<A>) => v.dot<A>(u).div(v.dot<A>(v).mul(dot<A>(u, u)).sqrt())
    expectTypeOf(cosine(V3, V3)).toEqualTypeOf<Var<number>>()
  })
})

declare const constant2: Var<Vector<2>>
