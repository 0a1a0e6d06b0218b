/** Arguments and `wrt`, resident parameters and `into`; operators that are passed on. */
import {
  auto,
  backprop,
  backpropWith,
  constVar,
  dot,
  evalBP,
  exp,
  gradBP,
  matVec,
  resident,
  sgdStep,
  squaredError,
  sum,
  vector,
  vjp,
  type AnyTensor,
  type BVar,
  type Evaluated,
  type Gradient,
  type Leaf,
  type Matrix,
  type Plain,
  type Resident,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { v3, v4, m23, layer, type Layer } from './values.ts'

describe('one argument', () => {
  test('a number', () => {
    const f = (x: Var<number>) => x.mul(x)
    expectTypeOf(evalBP(f)(3)).toEqualTypeOf<number>()
    expectTypeOf(gradBP(f)(3)).toEqualTypeOf<number>()
    expectTypeOf(backprop(f)(3)).toEqualTypeOf<[value: number, gradient: number]>()
    const [value, pullback] = backpropWith(f)(3)
    expectTypeOf(value).toEqualTypeOf<number>()
    expectTypeOf(pullback).toEqualTypeOf<(cotangent: number) => number>()
  })

  test('a tensor, with its sizes', () => {
    const f = (x: Var<Vector<3>>) => matVec(m23, x)
    expectTypeOf(f).returns.toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(evalBP(f)(v3)).toEqualTypeOf<Vector<2>>()
    expectTypeOf(gradBP(f)(v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(backprop(f)(v3)).toEqualTypeOf<[value: Vector<2>, gradient: Vector<3>]>()
    expectTypeOf(backpropWith(f)(v3)[1]).toEqualTypeOf<(cotangent: Vector<2>) => Vector<3>>()
  })

  test('a tensor of unknown size', () => {
    expectTypeOf(gradBP((x: Var<Vector>) => dot(x, x))(vector([1, 2]))).toEqualTypeOf<Vector>()
  })
})

describe('several arguments', () => {
  const f = (x: Var<number>, y: Var<Vector<3>>, z: Var<Vector<4>>) => dot(y, y).mul(x).add(dot(z, z))

  test('the gradient is a tuple', () => {
    expectTypeOf(evalBP(f)(1, v3, v4)).toEqualTypeOf<number>()
    expectTypeOf(gradBP(f)(1, v3, v4)).toEqualTypeOf<[x: number, y: Vector<3>, z: Vector<4>]>()
    expectTypeOf(backprop(f)(1, v3, v4)[1]).toEqualTypeOf<[x: number, y: Vector<3>, z: Vector<4>]>()
    expectTypeOf(backpropWith(f)(1, v3, v4)[1](1)).toEqualTypeOf<[x: number, y: Vector<3>, z: Vector<4>]>()
  })

  test('wrt chooses: bare for one, a tuple in the order given for several', () => {
    expectTypeOf(gradBP(f, { wrt: 0 })(1, v3, v4)).toEqualTypeOf<number>()
    expectTypeOf(gradBP(f, { wrt: [2, 0] })(1, v3, v4)).toEqualTypeOf<[Vector<4>, number]>()
    expectTypeOf(gradBP(f, { wrt: [1] })(1, v3, v4)).toEqualTypeOf<[Vector<3>]>()
    expectTypeOf(backprop(f, { wrt: 2 })(1, v3, v4)).toEqualTypeOf<[value: number, gradient: Vector<4>]>()
    expectTypeOf(backpropWith(f, { wrt: [1, 0] })(1, v3, v4)[1](1)).toEqualTypeOf<[Vector<3>, number]>()
  })

  test('none, an optional one, any number of them', () => {
    expectTypeOf(evalBP(() => constVar(3))()).toEqualTypeOf<number>()
    const optional = (x: Var<number>, y?: Var<number>) => (y === undefined ? x : x.mul(y))
    expectTypeOf(evalBP(optional)(1)).toEqualTypeOf<number>()
    expectTypeOf(gradBP(optional, { wrt: 1 })(1, 2)).toEqualTypeOf<number | undefined>()
    expectTypeOf(gradBP(optional)(1)).toEqualTypeOf<number | [x: number, y?: number | undefined]>()
    const rest = (...xs: Var<number>[]) => xs.reduce((x, y) => x.mul(y))
    expectTypeOf(gradBP(rest)(1, 2, 3)).toEqualTypeOf<number | number[]>()
  })
})

describe('resident parameters', () => {
  const f = (layer: BVar<Layer>) => sum(layer.w)
  test('in place of an argument, or of a part of it', () => {
    expectTypeOf(resident(layer)).toEqualTypeOf<Resident<Layer>>()
    expectTypeOf(resident(layer).read()).toEqualTypeOf<Layer>()
    expectTypeOf(gradBP(f)(resident(layer)).w).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(gradBP(f)({ ...layer, w: resident(layer.w) }).w).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(resident(m23)).toExtend<Plain<Matrix<2, 3>>>()
  })

  test('into: what is given is what comes back', () => {
    const into = { w: m23, b: vector([0, 0], 2), name: '' }
    expectTypeOf(gradBP(f, { into })(layer)).toEqualTypeOf<typeof into>()
    expectTypeOf(gradBP(f, { into: resident(layer) })(layer)).toEqualTypeOf<Resident<Layer>>()
    const g = (x: Var<number>, y: Var<Vector<3>>) => dot(y, y).mul(x)
    expectTypeOf(gradBP(g, { wrt: 1, into: v3 })(1, v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(backprop(g, { wrt: 1, into: resident(v3) })(1, v3)).toEqualTypeOf<
      [value: number, gradient: Resident<Vector<3>>]
    >()
  })

  test('sgdStep: resident parameters, then plain data', () => {
    const step = sgdStep(
      (net: BVar<Layer>, x: Var<Vector<3>>, t: Var<Vector<2>>) => squaredError(matVec(net.w, x), t),
      {
        rate: 0.1,
      },
    )
    expectTypeOf(step).toBeCallableWith(resident(layer), v3, vector([1, 2], 2))
    expectTypeOf(step(resident(layer), v3, vector([1, 2], 2))).toEqualTypeOf<number>()
    const generic = <A extends AnyTensor>(w: Resident<A>) => sgdStep((v: Var<A>) => dot(v, v), { rate: 1 })(w)
    expectTypeOf(generic(resident(v3))).toEqualTypeOf<number>()
    const slope = <A extends Leaf>(w: Resident<A>): A => gradBP((v: Var<A>) => exp(v))(w)
    expectTypeOf(slope(resident(m23))).toEqualTypeOf<Matrix<2, 3>>()
  })
})

describe('passing operators on', () => {
  test('to methods of arrays', () => {
    expectTypeOf([1, 2, 3].map(x => evalBP((v: Var<number>) => v.mul(v))(x))).toEqualTypeOf<number[]>()
    expectTypeOf([1, 2, 3].map(evalBP((v: Var<number>) => v.mul(v)))).toEqualTypeOf<number[]>()
  })

  test('to an optimiser that knows nothing of variables', () => {
    const descend = <P>(_gradient: (parameters: P) => P, start: P): P => start
    expectTypeOf(
      descend(
        gradBP((net: BVar<Layer>) => sum(net.w)),
        layer,
      ).w,
    ).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(
      descend(
        gradBP((x: Var<number>) => x.mul(x)),
        3,
      ),
    ).toEqualTypeOf<number>()
  })

  test('named types', () => {
    expectTypeOf(evalBP((x: Var<number>) => x.mul(2))).toEqualTypeOf<Evaluated<[x: Var<number>], Var<number>>>()
    expectTypeOf(gradBP((x: Var<number>) => x.mul(x))).toEqualTypeOf<Gradient<[x: Var<number>]>>()
    expectTypeOf(vjp).toEqualTypeOf(backpropWith)
    expectTypeOf(auto).toEqualTypeOf(constVar)
  })
})
