/** What the compiler infers: parameters are annotated, everything else follows, exactly. What must not compile is in diagnostics.test.ts. */
import {
  add,
  auto,
  backprop,
  backpropWith,
  check,
  constVar,
  div,
  dot,
  evalBP,
  exp,
  fixed,
  gradBP,
  logBase,
  logistic,
  logSumExp,
  lt,
  matMul,
  matrix,
  matVec,
  mul,
  outer,
  pow,
  resident,
  sgdStep,
  softmax,
  softmaxCrossEntropy,
  sqrt,
  squaredError,
  sub,
  sum,
  Tensor,
  vector,
  vjp,
  widen,
  zeros,
  type AnyTensor,
  type BVar,
  type Evaluated,
  type Fixed,
  type Gradient,
  type Leaf,
  type Matrix,
  type Operand,
  type Plain,
  type Primal,
  type Resident,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'

declare const scalar: Var<number>
declare const v3: Vector<3>
declare const v4: Vector<4>
declare const m23: Matrix<2, 3>
declare const V3: Var<Vector<3>>
declare const V4: Var<Vector<4>>
declare const M23: Var<Matrix<2, 3>>

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

declare const layer: Layer
type Layer = { readonly w: Matrix<2, 3>; readonly b: Vector<2>; readonly name: string }
interface Options {
  a?: number
  b: number | null
  c?: Vector<3>
  d?: string
}
type Shape = { kind: 'circle'; r: number } | { kind: 'rectangle'; w: number; h: number }
type Tree = { kind: 'leaf'; x: number } | { kind: 'node'; left: Tree; right: Tree }

describe('structures', () => {
  test('a record: each field is a variable, what is static stays', () => {
    const f = (layer: BVar<Layer>) => {
      expectTypeOf(layer.w).toEqualTypeOf<Var<Matrix<2, 3>>>()
      expectTypeOf(layer.name).toEqualTypeOf<string>()
      return sum(layer.w)
    }
    expectTypeOf(gradBP(f)({ w: m23, b: vector([1, 2], 2), name: 'first' })).toEqualTypeOf<{
      w: Matrix<2, 3>
      b: Vector<2>
      name: string
    }>()
    expectTypeOf(gradBP(f)).toExtend<(layer: Layer) => Layer>()
  })

  test('a tuple, an array, and what is read-only', () => {
    expectTypeOf(gradBP((p: BVar<[number, Vector<3>]>) => p[0])([1, v3])).toEqualTypeOf<[number, Vector<3>]>()
    const total = (xs: BVar<number[]>) => xs.reduce((x, y) => x.add(y))
    expectTypeOf(gradBP(total)([1, 2, 3])).toEqualTypeOf<number[]>()
    const readOnly: readonly number[] = [1, 2, 3]
    expectTypeOf(gradBP(total)(readOnly)).toEqualTypeOf<number[]>()
    expectTypeOf(gradBP((p: BVar<[number, number]>) => p[0])([1, 2] as const)).toEqualTypeOf<[number, number]>()
  })

  test('nested', () => {
    type Deep = { layers: { w: Matrix<2, 3>; gains: [number, number] }[]; scale: { out: number } }
    const f = (net: BVar<Deep>) => {
      for (const { gains } of net.layers) expectTypeOf(gains).toEqualTypeOf<readonly [Var<number>, Var<number>]>()
      return net.scale.out
    }
    expectTypeOf(gradBP(f)({ layers: [], scale: { out: 1 } })).toEqualTypeOf<Deep>()
  })

  test('an interface with optional and nullable fields', () => {
    const f = (o: BVar<Options>) => {
      expectTypeOf(o.a).toEqualTypeOf<Var<number> | undefined>()
      expectTypeOf(o.b).toEqualTypeOf<Var<number> | null>()
      return o.b === null ? constVar(1) : o.b.add(o.a ?? 0)
    }
    expectTypeOf(gradBP(f)({ b: 1 })).toEqualTypeOf<{ a?: number; b: number | null; c?: Vector<3>; d?: string }>()
    expectTypeOf(gradBP(f)({ b: 1 })).toExtend<Options>()
  })

  test('a discriminated union: narrowed by its tag, and exhaustively', () => {
    const area = (shape: BVar<Shape>) => {
      switch (shape.kind) {
        case 'circle':
          expectTypeOf(shape.r).toEqualTypeOf<Var<number>>()
          return shape.r.mul(shape.r).mul(Math.PI)
        case 'rectangle':
          return shape.w.mul(shape.h)
      }
    }
    expectTypeOf(area).returns.toEqualTypeOf<Var<number>>()
    expectTypeOf(gradBP(area)({ kind: 'circle', r: 1 })).toEqualTypeOf<Shape>()
    expectTypeOf(backprop(area)({ kind: 'rectangle', w: 1, h: 2 })).toEqualTypeOf<[value: number, gradient: Shape]>()
  })

  test('a recursive type', () => {
    const total = (tree: BVar<Tree>): Var<number> =>
      tree.kind === 'leaf' ? tree.x : total(tree.left).add(total(tree.right))
    expectTypeOf(gradBP(total)({ kind: 'leaf', x: 1 })).toExtend<Tree>()
    expectTypeOf(evalBP((tree: BVar<Tree>) => tree)({ kind: 'leaf', x: 1 })).toExtend<Tree>()
  })

  test('a result with a structure, and its cotangent', () => {
    const f = (x: Var<number>, y: Var<Vector<3>>) => ({ x, both: [y, x.mul(y)] as const, unit: 'metre' as const })
    type Value = { x: number; both: [Vector<3>, Vector<3>]; unit: 'metre' }
    expectTypeOf(evalBP(f)(1, v3)).toEqualTypeOf<Value>()
    expectTypeOf(backpropWith(f)(1, v3)[1]).toEqualTypeOf<(cotangent: Value) => [x: number, y: Vector<3>]>()
  })

  test('what is fixed is not differentiated', () => {
    const f = (p: BVar<{ x: number; n: Fixed<number> }>) => {
      expectTypeOf(p.n).toEqualTypeOf<Fixed<number>>()
      return p.x.pow(p.n.value)
    }
    expectTypeOf(gradBP(f)({ x: 3, n: fixed(2) })).toEqualTypeOf<{ x: number; n: Fixed<number> }>()
  })

  test('BVar and Primal undo each other', () => {
    expectTypeOf<Primal<BVar<number>>>().toEqualTypeOf<number>()
    expectTypeOf<Primal<BVar<Options>>>().toEqualTypeOf<{ [K in keyof Options]: Options[K] }>()
    expectTypeOf<Primal<BVar<Shape | null>[]>>().toEqualTypeOf<(Shape | null)[]>()
    expectTypeOf<BVar<boolean | 'a' | bigint | undefined>>().toEqualTypeOf<boolean | 'a' | bigint | undefined>()
  })
})

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

describe('inside another run', () => {
  test('a gradient of a gradient', () => {
    const cube = (x: Var<number>) => x.mul(x).mul(x)
    const second = gradBP((x: Var<number>) => gradBP(cube)(x))
    expectTypeOf(gradBP(cube)(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(second(3)).toEqualTypeOf<number>()
    expectTypeOf(evalBP(cube)(scalar)).toEqualTypeOf<Var<number>>()
    expectTypeOf(backprop(cube)(scalar)).toEqualTypeOf<[value: Var<number>, gradient: Var<number>]>()
  })

  test('plain values beside variables', () => {
    const f = (p: BVar<{ a: number; b: Vector<3> }>, c: Var<number>) => dot(p.b, p.b).mul(p.a).mul(c)
    expectTypeOf(gradBP(f, { wrt: 0 })({ a: scalar, b: v3 }, 2)).toEqualTypeOf<BVar<{ a: number; b: Vector<3> }>>()
    expectTypeOf(gradBP(f, { wrt: [1] })({ a: 1, b: V3 }, 2)).toEqualTypeOf<[Var<number>]>()
    expectTypeOf(gradBP(f, { wrt: 0 })({ a: scalar, b: v3 }, resident(2)).a).toEqualTypeOf<Var<number>>()
    const [value, pullback] = backpropWith(f, { wrt: 1 })({ a: 1, b: v3 }, scalar)
    expectTypeOf(value).toEqualTypeOf<Var<number>>()
    expectTypeOf(pullback).toEqualTypeOf<(cotangent: Operand<number>) => Var<number>>()
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
    expectTypeOf(step).parameter(0).toEqualTypeOf<Resident<Layer>>()
    expectTypeOf(step(resident(layer), v3, vector([1, 2], 2))).toEqualTypeOf<number>()
  })
})

describe('ops', () => {
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
    expectTypeOf(found).returns.toEqualTypeOf<Tensor | undefined>()
    const known = (x: number | Vector<3>) => (x instanceof Tensor ? x : vector([x, x, x], 3))
    expectTypeOf(known).returns.toEqualTypeOf<Vector<3>>()
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
