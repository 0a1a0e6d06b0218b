/** What the compiler infers of ops, graphs and users' types: parameters are annotated, everything else follows, exactly. */
import {
  addOp,
  type Binding,
  boxed,
  type Boxed,
  type BPOp,
  type BVar,
  bindVar,
  composeOp,
  differentiable,
  type Differentiable,
  evalBP,
  expOp,
  gradBP,
  gradOp,
  gradOpWith,
  implicitly,
  mapNumbers,
  matVec,
  type Matrix,
  mulOp,
  noGrad,
  op1,
  op2,
  op3,
  type Op,
  opN,
  opOf,
  opVar,
  runOp,
  stopGradient,
  type Var,
  type Vector,
  vector,
  withInps,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'

declare class Complex {
  readonly re: number
  readonly im: number
  private readonly complex: true
  get [differentiable](): Differentiable<Complex>
}
declare class Line {
  slope: number
  start: Vector<2>
  get [differentiable](): 'product'
}
declare const x: Var<number>, v: Var<Vector<3>>, z: Complex, m: Matrix<2, 3>

describe('makers', () => {
  test('a pullback on plain values', () => {
    expectTypeOf(op1((x: number) => [x * x, dz => [2 * x * dz]])).toEqualTypeOf<Op<[number], number>>()
    expectTypeOf(
      op2((x: number, y: Vector<3>) => {
        const value = y.at(0) * x
        return [value, dz => [dz, y]]
      }),
    ).toEqualTypeOf<Op<[number, Vector<3>], number>>()
    op2((x: number, y: number) => [
      { sum: x + y, product: x * y },
      dz => {
        expectTypeOf(dz).toEqualTypeOf<{ sum: number; product: number }>()
        return [dz.sum, dz.product]
      },
    ])
    expectTypeOf(op3((x: number, y: number, z: Complex) => [z, dz => [x, y, dz]])).toEqualTypeOf<
      Op<[number, number, Complex], Complex>
    >()
    expectTypeOf(opN((...xs: number[]) => [xs.length, dz => xs.map(() => dz)])).toEqualTypeOf<Op<number[], number>>()
  })

  test('a pullback on variables', () => {
    expectTypeOf(
      op1(
        (x: number) => x * x,
        (dz, x) => [dz.mul(x).mul(2)],
      ),
    ).toEqualTypeOf<Op<[number], number>>()
    op2(
      (p: { w: Vector<3>; tag: string }, x: number) => ({ y: p.w, x }),
      (dz, p, x, z) => {
        expectTypeOf(dz).toEqualTypeOf<BVar<{ y: Vector<3>; x: number }>>()
        expectTypeOf(p.w).toEqualTypeOf<Var<Vector<3>>>()
        expectTypeOf(p.tag).toEqualTypeOf<string>()
        expectTypeOf(x).toEqualTypeOf<Var<number>>()
        expectTypeOf(z.y).toEqualTypeOf<Var<Vector<3>>>()
        return [{ w: dz.y, tag: p.tag }, dz.x]
      },
    )
    expectTypeOf(opOf((w: Var<Matrix<2, 3>>, x: Var<Vector<3>>) => matVec(w, x))).toEqualTypeOf<
      Op<[Matrix<2, 3>, Vector<3>], Vector<2>>
    >()
  })

  test('a call takes variables, plain values, or a mixture', () => {
    const op = op2((p: { a: number; b: Vector<3> }, y: number) => [p.a * y, dz => [{ a: dz, b: p.b }, dz]])
    expectTypeOf(op({ a: x, b: v }, x)).toEqualTypeOf<Var<number>>()
    expectTypeOf(op({ a: 1, b: v }, 2)).toEqualTypeOf<Var<number>>()
    expectTypeOf(op({ a: 1, b: vector([1, 2, 3], 3) }, 2)).toEqualTypeOf<Var<number>>()
  })

  test('the op values of the engine', () => {
    const sum: Op<[number, number], number> = addOp
    const scaled: Op<[Vector<3>, number], Vector<3>> = mulOp
    const exponential: Op<[Matrix<2, 3>], Matrix<2, 3>> = expOp
    expectTypeOf(sum(1, x)).toEqualTypeOf<Var<number>>()
    expectTypeOf(scaled(v, 2)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(runOp(exponential)(m)).toEqualTypeOf<Matrix<2, 3>>()
    expectTypeOf(addOp(v, 1)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(composeOp([sum, sum], sum)).toEqualTypeOf<Op<[number, number], number>>()
    expectTypeOf(noGrad((x: Vector<3>, n: number) => x.at(n))).toEqualTypeOf<Op<[Vector<3>, number], number>>()
    expectTypeOf(stopGradient({ x, v })).toEqualTypeOf<{ x: Var<number>; v: Var<Vector<3>> }>()
  })

  test('what runs them', () => {
    const op = op2((x: number, y: Vector<3>) => [x, dz => [dz, y]])
    expectTypeOf(runOp(op)(1, vector([1, 2, 3], 3))).toEqualTypeOf<number>()
    expectTypeOf(gradOp(op)(1, vector([1, 2, 3], 3))).toEqualTypeOf<[number, Vector<3>]>()
    expectTypeOf(gradOp(op)(x, v)).toEqualTypeOf<[Var<number>, Var<Vector<3>>]>()
    expectTypeOf(gradOpWith(op)(1, vector([1, 2, 3], 3))(2)).toEqualTypeOf<[number, Vector<3>]>()
    expectTypeOf(gradBP(op)(1, vector([1, 2, 3], 3))).toEqualTypeOf<[number, Vector<3>]>()
    expectTypeOf(evalBP(op)(1, vector([1, 2, 3], 3))).toEqualTypeOf<number>()
  })
})

describe('users’ types', () => {
  test('are leaves, or taken apart', () => {
    expectTypeOf<BVar<Complex>>().toEqualTypeOf<Var<Complex>>()
    expectTypeOf<BVar<{ z: Complex; n: number }>['z']>().toEqualTypeOf<Var<Complex>>()
    expectTypeOf<BVar<Float64Array>>().toEqualTypeOf<Var<Float64Array>>()
    expectTypeOf<BVar<Boxed<bigint>>>().toEqualTypeOf<Var<Boxed<bigint>>>()
    expectTypeOf<BVar<Line>['slope']>().toEqualTypeOf<Var<number>>()
    expectTypeOf<BVar<Line>['start']>().toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf<BVar<Map<string, Complex>>>().toEqualTypeOf<ReadonlyMap<string, Var<Complex>>>()
  })

  test('values and gradients', () => {
    expectTypeOf(gradBP((a: Var<Complex>) => a)(z)).toEqualTypeOf<Complex>()
    expectTypeOf(gradBP((a: BVar<Map<string, number>>) => a)(new Map<string, number>())).toEqualTypeOf<
      Map<string, number>
    >()
    expectTypeOf(boxed(1n, { zero: () => 0n, one: () => 1n, add: (a, b) => a + b })).toEqualTypeOf<Boxed<bigint>>()
  })
})

describe('graphs', () => {
  test('steps give variables', () => {
    const graph = withInps(function* (w: Var<Matrix<2, 3>>, b: Var<Vector<2>>) {
      const y = yield* opVar(matVec<2, 3>, w, v)
      expectTypeOf(y).toEqualTypeOf<Var<Vector<2>>>()
      const s = yield* bindVar(y.add(b))
      return { s }
    })
    expectTypeOf(graph).toEqualTypeOf<BPOp<[Matrix<2, 3>, Vector<2>], { s: Vector<2> }>>()
    expectTypeOf(opVar(addOp as Op<[number, number], number>, x, 2)).toEqualTypeOf<Binding<Var<number>>>()
    expectTypeOf(implicitly((x: Var<number>) => x.mul(v))).toEqualTypeOf<BPOp<[number], Vector<3>>>()
  })
})

describe('mapNumbers', () => {
  test('keeps the type; the function takes one number for each value', () => {
    const p: { w: Vector<3>; b: number } = { w: vector([1, 2, 3], 3), b: 1 }
    expectTypeOf(mapNumbers(a => a, p)).toEqualTypeOf<{ w: Vector<3>; b: number }>()
    expectTypeOf(mapNumbers((a, b, c) => a + b + c, p, p, p)).toEqualTypeOf<{ w: Vector<3>; b: number }>()
    // @ts-expect-error -- three parameters, two values
    mapNumbers((a, b, c) => a + b + c, p, p)
    // @ts-expect-error -- another structure
    mapNumbers((a, b) => a + b, p, { w: 1 })
  })
})
