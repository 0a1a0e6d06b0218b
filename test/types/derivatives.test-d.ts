/** What the derivative operators infer. */
import {
  checkpoint,
  compile,
  derivative,
  directional,
  dot,
  grad,
  gradWith,
  hessian,
  hessianF,
  hvp,
  jacobian,
  jacobianTransposed,
  jvp,
  matVec,
  resident,
  sum,
  toFloat64,
  valueAndGrad,
  vmap,
  type BVar,
  type Jacobian,
  type Matrix,
  type Matrix32,
  type Operand,
  type Tensor,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { layer, m23, scalar, v3, V3, v4, type Layer } from './values.ts'

const energy = (l: BVar<Layer>, x: Var<Vector<3>>): Var<number> => sum(matVec(l.w, x).add(l.b))
const output = (l: BVar<Layer>, x: Var<Vector<3>>) => ({ y: matVec(l.w, x), parts: [dot(x, x), l.name] as const })

describe('gradients', () => {
  test('in the structure of the arguments, chosen by wrt', () => {
    expectTypeOf(grad(energy)(layer, v3)).toEqualTypeOf<
      [l: { w: Matrix<2, 3>; b: Vector<2>; name: string }, x: Vector<3>]
    >()
    expectTypeOf(grad(energy, { wrt: 1 })(layer, v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(grad(energy, { wrt: 1 })(layer, V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(valueAndGrad(energy, { wrt: [1] })(layer, v3)).toEqualTypeOf<[value: number, gradient: [Vector<3>]]>()
    expectTypeOf(grad(energy, { wrt: 1, into: resident(v3) })(layer, v3)).toEqualTypeOf(resident(v3))
    expectTypeOf(gradWith((x, dx) => x.sub(dx), energy, { wrt: 1 })(layer, v3)).toEqualTypeOf<Vector<3>>()
  })

  test('of what an operator has made', () => {
    const cube = (x: Var<number>): Var<number> => x.mul(x).mul(x)
    expectTypeOf(grad(grad(cube))(2)).toEqualTypeOf<number>()
    expectTypeOf(grad(grad(grad(cube)))(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(grad(derivative(cube))(2)).toEqualTypeOf<number>()
    expectTypeOf(jacobian(grad(energy, { wrt: 1 }), { wrt: 1 })(layer, v3)).toEqualTypeOf<Matrix<3, 3>>()
    const [[y], [, second]] = jvp(valueAndGrad(cube))(1, 2)
    expectTypeOf([y, second] as const).toEqualTypeOf<readonly [number, number]>()
  })
})

describe('directions', () => {
  test('after the arguments, in the structure of the gradient', () => {
    const [value, tangent] = jvp(output, { wrt: 1 })(layer, v3, v3)
    expectTypeOf(value).toEqualTypeOf(tangent)
    expectTypeOf(value.y).toEqualTypeOf<Vector<2>>()
    expectTypeOf(tangent.parts).toEqualTypeOf<[number, string]>()
    expectTypeOf(directional(output)(layer, v3, [layer, v3]).y).toEqualTypeOf<Vector<2>>()
    expectTypeOf(directional(output, { wrt: 1 })(layer, V3, v3).y).toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(hvp(energy, { wrt: 1 })(layer, v3, v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(hvp(energy, { wrt: 1 })(layer, v3, V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(hvp(energy)(layer, v3, [layer, v3])[0].w).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(derivative((t: Var<number>) => ({ t, v: t.mul(v3) }))(1)).toEqualTypeOf<{ t: number; v: Vector<3> }>()
  })
})

describe('Jacobians', () => {
  test('the sizes of result and argument, in that order', () => {
    const product = (x: Var<Vector<3>>) => matVec(m23, x)
    expectTypeOf(jacobian(product)(v3)).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(jacobian(product, { mode: 'forward' })(V3)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(jacobianTransposed(product)(v3)).toEqualTypeOf<Matrix<3, 2>>()
    expectTypeOf(jacobian((w: Var<Matrix<2, 3>>) => matVec(w, v3))(m23)).toEqualTypeOf<Tensor<readonly [2, 2, 3]>>()
    expectTypeOf(jacobian((x: Var<number>) => x.mul(v4))(1)).toEqualTypeOf<Vector<4>>()
    expectTypeOf(jacobian((x: Var<Vector<3>>) => dot(x, x))(v3)).toEqualTypeOf<Vector<3>>()
    expectTypeOf(jacobian((x: Var<number>) => x)(1)).toEqualTypeOf<number>()
  })

  test('at each leaf of the result the structure of the arguments', () => {
    const whole = jacobian(output)(layer, v3)
    expectTypeOf(whole.y[0].w).toEqualTypeOf<Tensor<readonly [2, 2, 3]>>()
    expectTypeOf(whole.y[0].name).toEqualTypeOf<string>()
    expectTypeOf(whole.y[1]).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(whole.parts[0][1]).toEqualTypeOf<Vector<3>>()
    expectTypeOf(whole.parts[1]).toEqualTypeOf<string>()
    const transposed = jacobianTransposed(output, { wrt: 1 })(layer, v3)
    expectTypeOf(transposed).toEqualTypeOf<{ y: Matrix<3, 2>; parts: [Vector<3>, string] }>()
    type Plainly = Jacobian<{ y: Vector<2>; s: number }, [number, Vector<3>]>
    expectTypeOf<Plainly>().toEqualTypeOf<{ y: [Vector<2>, Matrix<2, 3>]; s: [number, Vector<3>] }>()
  })

  test('second derivatives', () => {
    expectTypeOf(hessian(energy, { wrt: 1 })(layer, v3)).toEqualTypeOf<Matrix<3, 3>>()
    expectTypeOf(hessian(energy)(layer, v3)[0].b[1]).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(hessianF((x: Var<Vector<3>>) => matVec(m23, x))(v3)).toEqualTypeOf<Tensor<readonly [2, 3, 3]>>()
    expectTypeOf(jacobian(hessian((x: Var<Vector<3>>) => dot(x, x)))(v3)).toEqualTypeOf<Tensor<readonly [3, 3, 3]>>()
  })

  test('float32 where no leaf has float64; unions; sizes that are generic, and unknown', () => {
    type V32 = Var<Vector32<3>>
    expectTypeOf<Jacobian<Vector32<3>, Vector32<3>>>().toEqualTypeOf<Tensor<readonly [3, 3], 'float32'>>()
    const [x32, X32] = [null as never as Vector32<3>, null as never as V32]
    expectTypeOf(jacobian((x: V32) => x.mul(x))(x32)).toEqualTypeOf<Matrix32<3, 3>>()
    expectTypeOf(jacobian((x: V32) => toFloat64(x))(x32)).toEqualTypeOf<Matrix<3, 3>>()
    expectTypeOf(jacobian((x: V32) => x.mul(x))(X32)).toEqualTypeOf<Var<Matrix32<3, 3>>>()
    type Shape = { kind: 'circle'; r: number } | { kind: 'box'; sides: Vector<2> }
    expectTypeOf<Jacobian<number, Shape>>().toEqualTypeOf<Shape>()
    const generic =
      <N extends number>(f: (x: Var<Vector<N>>) => Var<Vector<N>>) =>
      (x: Vector<N>): Tensor<readonly [N, N]> =>
        jacobian(f)(x)
    expectTypeOf(generic<4>).returns.toEqualTypeOf<(x: Vector<4>) => Matrix<4, 4>>()
    const unknown: Matrix = jacobian((x: Var<Vector>) => x.mul(x))(v3 as Vector)
    expectTypeOf(unknown).toEqualTypeOf<Matrix>()
  })
})

test('compiled, batched, checkpointed', () => {
  const f = (x: Var<Vector<3>>) => x.mul(x)
  expectTypeOf(compile(jacobian(f))(v3)).toEqualTypeOf<Matrix<3, 3>>()
  expectTypeOf(vmap(jvp(f))).toBeFunction()
  expectTypeOf(
    vmap(
      hvp((x: Var<Vector<3>>) => dot(x, x)),
      { shared: 0 },
    )(v3, m23),
  ).toEqualTypeOf<Matrix<2, 3>>()
  expectTypeOf(checkpoint(output)(layer, v3).y).toEqualTypeOf<Vector<2>>()
  expectTypeOf(checkpoint(output)(layer, V3).y).toEqualTypeOf<Var<Vector<2>>>()
  const direction: Operand<Vector<3>> = v3
  expectTypeOf(jvp(f)(V3, direction)[1]).toEqualTypeOf<Var<Vector<3>>>()
})
