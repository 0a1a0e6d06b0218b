/** Code that is generic in its sizes; sizes that become known, and that are forgotten. */
import {
  backprop,
  check,
  constVar,
  dot,
  evalBP,
  exp,
  gradBP,
  logistic,
  matMul,
  matrix,
  matVec,
  softmaxCrossEntropy,
  sqrt,
  squaredError,
  sub,
  Tensor,
  vector,
  widen,
  zeros,
  type AnyTensor,
  type BVar,
  type Leaf,
  type Matrix,
  type Operand,
  type Var,
  type Vector,
} from 'backprop-wasm'
import type { PlainTensor } from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3, v4, m23, V3, V4, M23 } from './values.ts'

describe('code generic in sizes', () => {
  type Net<M extends number, N extends number, O extends number> = {
    w1: Matrix<N, M>
    b1: Vector<N>
    w2: Matrix<O, N>
    b2: Vector<O>
  }
  const runNet =
    <M extends number, N extends number, O extends number>(x: Vector<M>) =>
    (net: BVar<Net<M, N, O>>) =>
      logistic(matVec(net.w2, logistic(matVec(net.w1, constVar(x)).add(net.b1))).add(net.b2))
  const loss =
    <M extends number, N extends number, O extends number>(x: Vector<M>, target: Vector<O>) =>
    (net: BVar<Net<M, N, O>>) =>
      squaredError(runNet<M, N, O>(x)(net), target)
  const trained = <M extends number, N extends number, O extends number>(
    x: Vector<M>,
    target: Vector<O>,
    net: Net<M, N, O>,
  ): Net<M, N, O> => gradBP(loss<M, N, O>(x, target))(net)
  const predicted = <M extends number, N extends number, O extends number>(x: Vector<M>, net: Net<M, N, O>) => {
    const y: Vector<O> = evalBP(runNet<M, N, O>(x))(net)
    return y
  }

  test("the seed's network", () => {
    expectTypeOf(runNet<784, 300, 10>).returns.returns.toEqualTypeOf<Var<Vector<10>>>()
    expectTypeOf(trained<784, 300, 10>).returns.toEqualTypeOf<Net<784, 300, 10>>()
    expectTypeOf(predicted<784, 300, 10>).returns.toEqualTypeOf<Vector<10>>()
  })

  test('products', () => {
    const product = <M extends number, K extends number, N extends number>(
      a: Var<Matrix<M, K>>,
      b: Operand<Matrix<N, K>>,
    ) => matMul(a, b, { transposeB: true })
    expectTypeOf(product(M23, M23)).toEqualTypeOf<Var<Matrix<2, 2>>>()
    const back = <M extends number, N extends number>(a: Matrix<M, N>, x: Var<Vector<M>>) =>
      matVec(a, x, { transpose: true })
    expectTypeOf(back(zeros(3, 5), V3)).toEqualTypeOf<Var<Vector<5>>>()
    const entropy = <M extends number, N extends number>(x: Var<Matrix<M, N>>, t: Matrix<M, N>): Var<Vector<M>> =>
      softmaxCrossEntropy(x, t)
    expectTypeOf(entropy(M23, m23)).toEqualTypeOf<Var<Vector<2>>>()
  })

  test('a size that is not known beside one that is', () => {
    const rows: Matrix<number, 3> = matrix([1, 2, 3], 1, 3)
    expectTypeOf(matVec(rows, V3)).toEqualTypeOf<Var<Vector>>()
    expectTypeOf(matMul(rows, M23, { transposeB: true })).toEqualTypeOf<Var<Matrix<number, 2>>>()
  })

  test('helpers over any leaf', () => {
    const swish = <A extends Leaf>(x: Var<A>) => x.mul(logistic(x))
    expectTypeOf(swish(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(swish(M23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(gradBP((x: Var<Vector<3>>) => swish(x))(v3)).toEqualTypeOf<Vector<3>>()
    const cosine = <A extends AnyTensor>(x: Operand<A>, y: Operand<A>) =>
      dot<A>(x, y).div(sqrt(dot<A>(x, x).mul(dot<A>(y, y))))
    expectTypeOf(cosine(V3, v3)).toEqualTypeOf<Var<number>>()
    const slope = <A extends Leaf>(x: A): A => gradBP((v: Var<A>) => exp(v))(x)
    expectTypeOf(slope(v4)).toEqualTypeOf<Vector<4>>()
    const both = <A extends AnyTensor>(x: A): [value: number, gradient: A] => backprop((v: Var<A>) => dot(v, v))(x)
    expectTypeOf(both(m23)[1]).toEqualTypeOf<Matrix<2, 3>>()
  })
})

describe('the example of the first page', () => {
  type Net = { w1: Matrix<300, 784>; b1: Vector<300>; w2: Matrix<10, 300>; b2: Vector<10> }
  const runNet = (x: Vector<784>) => (net: BVar<Net>) => {
    const z = logistic(matVec(net.w1, constVar(x)).add(net.b1))
    return logistic(matVec(net.w2, z).add(net.b2))
  }
  const loss = (x: Vector<784>, t: Vector<10>) => (net: BVar<Net>) => {
    const err = sub(runNet(x)(net), t)
    return dot(err, err)
  }
  const data = { x: zeros(784), t: zeros(10) }
  const initial: Net = { w1: zeros(300, 784), b1: zeros(300), w2: zeros(10, 300), b2: zeros(10) }

  test('its types', () => {
    expectTypeOf(runNet).returns.returns.toEqualTypeOf<Var<Vector<10>>>()
    expectTypeOf(loss).returns.returns.toEqualTypeOf<Var<number>>()
    const gradient: Net = gradBP(loss(data.x, data.t))(initial)
    expectTypeOf(gradBP(loss(data.x, data.t))(initial)).toEqualTypeOf(gradient)
  })
})

describe('constants and sizes', () => {
  test('constants of any structure', () => {
    expectTypeOf(constVar(v3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(constVar({ a: 1, b: [v3], c: 'd' })).toEqualTypeOf<BVar<{ a: number; b: Vector<3>[]; c: string }>>()
    const lifted = <A extends AnyTensor>(x: A): Var<A> => constVar(x)
    expectTypeOf(lifted(v4)).toEqualTypeOf<Var<Vector<4>>>()
  })

  test('sizes from literals, checked, forgotten', () => {
    expectTypeOf(vector([1, 2, 3])).toEqualTypeOf<Vector>()
    expectTypeOf(vector([1, 2, 3], 3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(matrix([1, 2], 1, 2)).toEqualTypeOf<Matrix<1, 2>>()
    expectTypeOf(zeros(2, 3, 4)).toEqualTypeOf<Tensor<readonly [2, 3, 4]>>()
    expectTypeOf(check(vector([1, 2, 3]), [3])).toEqualTypeOf<Vector<3>>()
    expectTypeOf(check(constVar(vector([1, 2, 3])), [3])).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(widen(m23)).toEqualTypeOf<Matrix>()
    expectTypeOf(widen(V4)).toEqualTypeOf<Var<Vector>>()
    expectTypeOf(v3).toExtend<Vector>()
  })

  test('what instanceof finds is no tensor of any', () => {
    const found = (x: unknown) => (x instanceof Tensor ? x : undefined)
    expectTypeOf(found).returns.toEqualTypeOf<PlainTensor | undefined>()
    const known = (x: number | Vector<3>) => (x instanceof Tensor ? x : vector([x, x, x], 3))
    expectTypeOf(known).returns.toEqualTypeOf<Vector<3>>()
  })
})
