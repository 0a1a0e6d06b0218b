/** What ops give. */
import {
  add,
  clamp,
  constVar,
  div,
  dot,
  erf,
  exp,
  hypot,
  lgamma,
  logBase,
  logSumExp,
  lt,
  matMul,
  matVec,
  mul,
  outer,
  polygamma,
  pow,
  round,
  softmax,
  softmaxCrossEntropy,
  sqrt,
  sub,
  vector,
  zeros,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3, v4, m23, V3, M23 } from './values.ts'

describe('ops', () => {
  test('special functions and steps keep the type', () => {
    expectTypeOf(erf(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(lgamma(V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(polygamma(2, M23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(round(v3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(clamp(V3, 0, 1)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(hypot(scalar, V3)).toEqualTypeOf<Var<Vector<3>>>()
    // @ts-expect-error the bounds are numbers
    clamp(V3, V3, 1)
    // @ts-expect-error the order comes first
    polygamma(V3, 1)
    // @ts-expect-error sizes differ
    hypot(V3, v4)
  })

  test('products, with their transposes', () => {
    expectTypeOf(matVec(M23, v3)).toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(matVec(m23, vector([1, 2], 2), { transpose: true })).toEqualTypeOf<Var<Vector<3>>>()
    const [a, b] = [zeros(3, 5), zeros(5, 2)]
    expectTypeOf(matMul(M23, a)).toEqualTypeOf<Var<Matrix<2, 5>>>()
    expectTypeOf(matMul(M23, M23, { transposeA: true })).toEqualTypeOf<Var<Matrix<3, 3>>>()
    expectTypeOf(matMul(M23, m23, { transposeB: true })).toEqualTypeOf<Var<Matrix<2, 2>>>()
    expectTypeOf(matMul(m23, b, { transposeA: true, transposeB: true })).toEqualTypeOf<Var<Matrix<3, 5>>>()
    expectTypeOf(outer(V3, v4)).toEqualTypeOf<Var<Matrix<3, 4>>>()
    expectTypeOf(dot(M23, m23)).toEqualTypeOf<Var<number>>()
  })

  test('a scalar is used for every element, on either side', () => {
    expectTypeOf(add(1, scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(sub(V3, 1)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(div(1, V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(mul(scalar, m23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(pow(v3, scalar)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(logBase(2, v4)).toEqualTypeOf<Var<Vector<4>>>()
    expectTypeOf(V3.mul(scalar)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(scalar.mul(V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(scalar.sub(v4)).toEqualTypeOf<Var<Vector<4>>>()
    expectTypeOf(V3.add(v3).pow(2).neg()).toEqualTypeOf<Var<Vector<3>>>()
  })

  test('along rows', () => {
    expectTypeOf(softmax(M23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(logSumExp(V3)).toEqualTypeOf<Var<number>>()
    expectTypeOf(logSumExp(M23)).toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(softmaxCrossEntropy(V3, v3)).toEqualTypeOf<Var<number>>()
    expectTypeOf(softmaxCrossEntropy(M23, m23)).toEqualTypeOf<Var<Vector<2>>>()
  })

  test('a literal is a number', () => {
    expectTypeOf(exp(2)).toEqualTypeOf<Var<number>>()
    expectTypeOf(sqrt(2).add(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(constVar(5)).toEqualTypeOf<Var<number>>()
    const tag = 5 as const
    expectTypeOf(constVar(tag)).toEqualTypeOf<Var<number>>()
  })

  test('comparisons are plain', () => {
    expectTypeOf(scalar.lt(1)).toEqualTypeOf<boolean>()
    expectTypeOf(lt(1, scalar)).toEqualTypeOf<boolean>()
    expectTypeOf(scalar.value).toEqualTypeOf<number>()
    expectTypeOf(M23.value).toEqualTypeOf<Matrix<2, 3>>()
  })
})
