/** What an operator or `compile` has made is a function of variables for every operator. */
import {
  backprop,
  backpropAsync,
  backpropWith,
  backpropWithAsync,
  checkpoint,
  compile,
  conjugateGradientAscent,
  conjugateGradientDescent,
  constrainedDescent,
  derivative,
  derivatives,
  directional,
  directionalDerivatives,
  evalBP,
  evalBPAsync,
  extremum,
  findZero,
  fixedPoint,
  grad,
  gradBP,
  gradBPAsync,
  gradientAscent,
  gradientDescent,
  gradWith,
  hessian,
  hessianF,
  hvp,
  inverse,
  jacobian,
  jacobianTransposed,
  jet,
  jvp,
  last,
  lbfgs,
  levenbergMarquardt,
  maclaurin,
  matVec,
  newtonCG,
  resident,
  sgd,
  sgdStep,
  sparseHessian,
  sparseJacobian,
  sum,
  tapeOf,
  taylor,
  trainStep,
  valueAndGrad,
  vmap,
  type BVar,
  type Evaluated,
  type Iterates,
  type Matrix,
  type Primal,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { layer, scalar, v3, V3, type Layer } from './values.ts'

type PlainLayer = Primal<BVar<Layer>>

const energy = (l: BVar<Layer>, x: Var<Vector<3>>): Var<number> => sum(matVec(l.w, x).add(l.b))
const kept = checkpoint(energy)
const sine = checkpoint((x: Var<number>) => x.sin())
const slope = grad((x: Var<number>) => x.sin())
const program = compile(evalBP(energy))

describe('values and gradients', () => {
  test('of one argument, plain and variable', () => {
    expectTypeOf(evalBP(sine)).toEqualTypeOf<Evaluated<[x: Var<number>], Var<number>>>()
    expectTypeOf(evalBP(slope)(1)).toEqualTypeOf<number>()
    expectTypeOf(evalBP(slope)(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(slope)(1)).toEqualTypeOf<number>()
    expectTypeOf(backprop(slope)(1)).toEqualTypeOf<[value: number, gradient: number]>()
    expectTypeOf(backpropWith(slope)(1)[1]).toEqualTypeOf<(cotangent: number) => number>()
    expectTypeOf([1, 2].map(evalBP(sine))).toEqualTypeOf<number[]>()
    expectTypeOf([1, 2].map(compile(evalBP(sine)))).toEqualTypeOf<number[]>()
    expectTypeOf(tapeOf(slope)).parameter(0).extract<number>().toEqualTypeOf<number>()
  })

  test('of several arguments, chosen by wrt, into what is given', () => {
    expectTypeOf(gradBP(kept, { wrt: 1 })(layer, v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(gradBP(program, { wrt: [1] })(layer, v3)).toEqualTypeOf<[Vector<3>]>()
    expectTypeOf(gradBP(kept, { wrt: 1 })(layer, V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(backprop(program, { wrt: 1, into: resident(v3) })(layer, v3)[1]).toEqualTypeOf(resident(v3))
    expectTypeOf(gradBP(gradBP(energy, { wrt: 1 }), { wrt: 0 })(layer, v3).w).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(valueAndGrad(program, { wrt: 1 })(layer, v3)).toEqualTypeOf<[value: number, gradient: Vector<3>]>()
    expectTypeOf(gradWith((x, dx) => x.sub(dx), kept, { wrt: 1 })(layer, v3)).toEqualTypeOf<Vector<3>>()
    // @ts-expect-error -- there is no third argument
    gradBP(kept, { wrt: 2 })
    // @ts-expect-error -- another size
    gradBP(kept, { wrt: 1 })(layer, [1, 2])
  })

  test('of functions that wait', () => {
    expectTypeOf(evalBPAsync(kept)(layer, v3)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(gradBPAsync(kept, { wrt: 1 })(layer, v3)).toEqualTypeOf<Promise<Vector<3>>>()
    expectTypeOf(backpropAsync(slope)(1)).toEqualTypeOf<Promise<[value: number, gradient: number]>>()
    expectTypeOf(backpropWithAsync(slope)(1)).resolves.toExtend<readonly [number, unknown]>()
  })
})

describe('derivatives', () => {
  test('along directions', () => {
    expectTypeOf(jvp(slope)(1, 1)).toEqualTypeOf<[value: number, tangent: number]>()
    expectTypeOf(directional(kept, { wrt: 1 })(layer, v3, v3)).toEqualTypeOf<number>()
    expectTypeOf(derivative(slope)(1)).toEqualTypeOf<number>()
    expectTypeOf(derivative(compile(slope))(1)).toEqualTypeOf<number>()
    expectTypeOf(hvp(kept, { wrt: 1 })(layer, v3, v3)).toEqualTypeOf<Vector<3>>()
  })

  test('all of them', () => {
    expectTypeOf(jacobian(grad(energy, { wrt: 1 }), { wrt: 1 })(layer, v3)).toEqualTypeOf<Matrix<3, 3>>()
    expectTypeOf(jacobianTransposed(kept, { wrt: 1 })(layer, v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(hessian(program, { wrt: 1 })(layer, v3)).toEqualTypeOf<Matrix<3, 3>>()
    expectTypeOf(hessianF(kept, { wrt: 1 })(layer, v3)).toEqualTypeOf<Matrix<3, 3>>()
    expectTypeOf(sparseJacobian(slope)(1).values).toEqualTypeOf<Vector>()
    expectTypeOf(sparseHessian(kept, { wrt: 1 })(layer, v3).values).toEqualTypeOf<Vector>()
  })

  test('series', () => {
    expectTypeOf(taylor(slope, 1)(1, 1)).toEqualTypeOf<[number, number]>()
    expectTypeOf(directionalDerivatives(slope, 1)(1, 1)).toEqualTypeOf<[number, number]>()
    expectTypeOf(derivatives(slope, 1)(1)).toEqualTypeOf<[number, number]>()
    expectTypeOf(maclaurin(slope, 1)(1)).toEqualTypeOf<[number, number]>()
    expectTypeOf(jet(kept, 1, { wrt: 1 })(layer, v3)).toEqualTypeOf<[number, Vector<3>]>()
  })
})

test('batches, and pieces that are computed again', () => {
  const batch = null as never as Matrix<5, 3>
  expectTypeOf(vmap(kept, { shared: 0 })(layer, batch)).toEqualTypeOf<Vector<5>>()
  expectTypeOf(vmap(gradBP(kept, { wrt: 1 }), { shared: 0 })(layer, batch)).toEqualTypeOf<Matrix<5, 3>>()
  expectTypeOf(vmap(program, { shared: 0 })(layer, batch)).toEqualTypeOf<Vector<5>>()
  expectTypeOf(checkpoint(slope)(scalar)).toEqualTypeOf<Var<number>>()
  expectTypeOf(gradBP(vmap((x: Var<number>) => x.mul(x)))(v3)).toEqualTypeOf<Vector>()
})

describe('searches and steps', () => {
  test('minima', () => {
    for (const minimise of [gradientDescent, gradientAscent, conjugateGradientDescent, conjugateGradientAscent]) {
      expectTypeOf(minimise(kept)(layer, v3)).toEqualTypeOf<Iterates<PlainLayer>>()
    }
    expectTypeOf(lbfgs(program)(layer, v3)).toEqualTypeOf<Iterates<PlainLayer>>()
    expectTypeOf(newtonCG(kept)(layer, v3)).toEqualTypeOf<Iterates<PlainLayer>>()
    expectTypeOf(extremum(slope)(1)).toEqualTypeOf<Iterates<number>>()
    expectTypeOf(levenbergMarquardt(slope)(1)).toEqualTypeOf<Iterates<number>>()
    expectTypeOf(constrainedDescent(kept, kept)(layer, v3)).toEqualTypeOf<Iterates<PlainLayer>>()
    expectTypeOf(constrainedDescent(sine, x => x.sub(1))(1)).toEqualTypeOf<Iterates<number>>()
    // @ts-expect-error -- constraints of other parameters
    constrainedDescent(kept, sine)
    // @ts-expect-error -- data are missing
    lbfgs(program)(layer)
  })

  test('zeros', () => {
    expectTypeOf(findZero(slope)(1)).toEqualTypeOf<Iterates<number>>()
    expectTypeOf(last(findZero(grad(energy, { wrt: 1 }))(layer, v3)).value).toEqualTypeOf<Vector<3>>()
    expectTypeOf(inverse(slope)(1, 2)).toEqualTypeOf<Iterates<number>>()
    expectTypeOf(fixedPoint(slope)(1)).toEqualTypeOf<Iterates<number>>()
  })

  test('steps of training', () => {
    expectTypeOf(sgdStep(kept, { rate: 1 })(resident(layer), v3)).toEqualTypeOf<number>()
    const method = sgd({ rate: 1 })
    const step = trainStep(program, method)
    expectTypeOf(step(resident(layer), resident(method.start(resident(layer))), v3)).toEqualTypeOf<number>()
    // @ts-expect-error -- the loss is no number
    sgdStep(jacobian(energy), { rate: 1 })
  })
})

describe('functions that are generic', () => {
  test('in the function, in a size', () => {
    const slopeOf = <F extends (x: Var<number>) => Var<number>>(f: F): number => gradBP(f)(1)
    expectTypeOf(slopeOf((x: Var<number>) => x)).toEqualTypeOf<number>()
    const gradient = <N extends number>(f: (x: Var<Vector<N>>) => Var<number>, x: Vector<N>): Vector<N> =>
      grad(checkpoint(f))(x)
    expectTypeOf(gradient<3>).returns.toEqualTypeOf<Vector<3>>()
    expectTypeOf(gradBP(<N extends number>(x: Var<Vector<N>>) => sum(x))(v3 as Vector)).toEqualTypeOf<Vector>()
  })

  test('helpers that take an operator: they see the signature of plain values', () => {
    const minimise = <P>(gradient: (p: P) => P, start: P): P => gradient(start)
    expectTypeOf(minimise(slope, 1)).toEqualTypeOf<number>()
    expectTypeOf(minimise(compile(slope), 1)).toEqualTypeOf<number>()
    const held = { slope, compiled: compile(slope) }
    expectTypeOf([held.slope(1), held.compiled(1)]).toEqualTypeOf<number[]>()
  })

  test('functions in a list, and a type that is known from outside', () => {
    const functions = [(x: Var<number>): Var<number> => x.sin(), (x: Var<number>): Var<number> => x.cos()]
    expectTypeOf(functions.map(f => grad(f)(1))).toEqualTypeOf<number[]>()
    expectTypeOf(functions.map(checkpoint).map(f => f(1))).toEqualTypeOf<number[]>()
    const double: Evaluated<[Var<number>], Var<number>> = evalBP(x => x.mul(2))
    expectTypeOf(double(1)).toEqualTypeOf<number>()
  })
})
