/** Solvers have the types of the function: parameters, data and values. */
import {
  constrainedDescent,
  extremum,
  findZero,
  fixedPoint,
  inverse,
  last,
  lbfgs,
  levenbergMarquardt,
  matVec,
  newtonCG,
  adadelta,
  adaMax,
  squaredError,
  sub,
  sum,
  type BVar,
  type Iterate,
  type Iterates,
  type Matrix,
  type OptimiserState,
  type Report,
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

const loss = (net: BVar<Layer>, x: Var<Vector<3>>, t: Var<Vector<2>>): Var<number> =>
  squaredError(matVec(net.w, x).add(net.b), t)
const residuals = (net: BVar<Layer>, x: Var<Vector<3>>): { r: Var<Vector<2>> } => ({ r: matVec(net.w, x).add(net.b) })

describe('minimisers', () => {
  test('iterates have the parameters’ type, data come after the start', () => {
    expectTypeOf(lbfgs(loss)(layer, v3, v2)).toEqualTypeOf<Iterates<Layer>>()
    expectTypeOf(last(newtonCG(loss)(layer, v3, v2))).toEqualTypeOf<Report<Layer>>()
    expectTypeOf(last(levenbergMarquardt(residuals)(layer, v3)).params.w).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(last(extremum(loss)(layer, v3, v2)).value).toEqualTypeOf<number>()
    const limits = (net: BVar<Layer>, x: Var<Vector<3>>) => [sub(net.b, 1), sub(matVec(net.w, x), 5)]
    expectTypeOf(constrainedDescent(loss, limits)(layer, v3, v2)).toEqualTypeOf<Iterates<Layer>>()
    for (const iterate of lbfgs((x: Var<number>) => x.mul(x))(3)) expectTypeOf(iterate).toEqualTypeOf<Iterate<number>>()
    expectTypeOf(lbfgs(loss, { compile: true })(layer, v3, v2).report).toEqualTypeOf<Report<Layer> | undefined>()
  })

  test('what does not fit', () => {
    // @ts-expect-error -- data are missing
    lbfgs(loss)(layer, v3)
    // @ts-expect-error -- another structure
    lbfgs(loss)({ w: layer.w }, v3, v2)
    // @ts-expect-error -- the result is no number
    lbfgs((x: Var<Vector<2>>) => x)
    // @ts-expect-error -- a plain result
    lbfgs((x: Var<number>) => x.value)
    // @ts-expect-error -- the parameter has no type
    lbfgs(x => x)
    // @ts-expect-error -- no such option
    lbfgs(loss, { rate: 1 })
    // @ts-expect-error -- compile is true or false
    lbfgs(loss, { compile: 1 })
    // @ts-expect-error -- a barrier has no tolerance of the gradient
    constrainedDescent(loss, (net: BVar<Layer>) => net.b, { gradientTolerance: 1 })
    // @ts-expect-error -- constraints of other parameters
    constrainedDescent(loss, (x: Var<number>) => x)
    const square = (x: Var<number>) => x.mul(x)
    // @ts-expect-error -- a plain constraint
    constrainedDescent(square, x => x.value)
  })
})

describe('zeros', () => {
  test('values have the type of the result', () => {
    const f = ([x, y]: BVar<[number, number]>): { sum: Var<number>; product: Var<number> } => ({
      sum: x.add(y),
      product: x.mul(y),
    })
    expectTypeOf(findZero(f)([1, 2])).toEqualTypeOf<Iterates<[number, number], { sum: number; product: number }>>()
    expectTypeOf(last(inverse(f)([1, 2], { sum: 3, product: 2 })).params).toEqualTypeOf<[number, number]>()
    expectTypeOf(last(fixedPoint((x: Var<Vector<2>>) => x)(v2)).value).toEqualTypeOf<Vector<2>>()
    const turn = ({ re, im }: BVar<{ re: number; im: number }>) => ({ re: im.mul(-0.5).add(1), im: re.mul(0.5) })
    expectTypeOf(last(fixedPoint(turn)({ re: 0, im: 0 })).params).toEqualTypeOf<{ re: number; im: number }>()
    // A pair that has become a list, and a size that is lost.
    fixedPoint(([x, y]: BVar<[number, number]>) => [y, x])
    fixedPoint((x: Var<Vector<2>>) => x as Var<Vector>)
    const sized = <N extends number>(x: Vector<N>) => last(fixedPoint((x: Var<Vector<N>>) => x.cos())(x)).params
    expectTypeOf(sized(v2)).toEqualTypeOf<Vector<2>>()
    // @ts-expect-error -- two numbers for one
    fixedPoint((x: Var<number>) => [x, x])
    // @ts-expect-error -- one number for a vector
    fixedPoint((x: Var<Vector<2>>) => sum(x))
    // @ts-expect-error -- a vector of another size
    fixedPoint((x: Var<Vector<2>>): Var<Vector<3>> => sum(x).mul(v3))
    // @ts-expect-error -- a field is missing
    fixedPoint(({ re }: BVar<{ re: number; im: number }>) => ({ re }))
    // @ts-expect-error -- a plain result
    fixedPoint((x: Var<number>) => x.value)
    // @ts-expect-error -- what it should be has another structure
    inverse(f)([1, 2], { sum: 3 })
    // @ts-expect-error -- no such method
    findZero(f, { method: 'secant' })
  })
})

describe('optimisers', () => {
  test('have their moments by name', () => {
    expectTypeOf(adadelta().start(layer)).toEqualTypeOf<OptimiserState<Layer, 'square' | 'change'>>()
    expectTypeOf(adaMax().start(layer)).toEqualTypeOf<OptimiserState<Layer, 'mean' | 'largest'>>()
  })
})
