/** What `vmap` infers. */
import {
  compile,
  dot,
  gradBP,
  matVec,
  sum,
  vector,
  vmap,
  zeros,
  type BVar,
  type Matrix,
  type Tensor,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { expectTypeOf, test } from 'vitest'

type Net = { w: Matrix<2, 3>; b: Vector<2> }
type Shape = { kind: 'circle'; radius: number } | { kind: 'box'; width: number; sizes: Vector<3> }
const layer = (net: BVar<Net>, x: Var<Vector<3>>): Var<Vector<2>> => matVec(net.w, x).add(net.b)
const square = (x: Var<number>): Var<number> => x.mul(x)

test('a number is a vector, a vector a matrix, a matrix a tensor of one size more', () => {
  expectTypeOf(vmap(square)(vector([1, 2], 2))).toEqualTypeOf<Vector<2>>()
  expectTypeOf(vmap((x: Var<Vector<3>>) => dot(x, x))(zeros(5, 3))).toEqualTypeOf<Vector<5>>()
  expectTypeOf(vmap((x: Var<Vector<3>>) => x.exp())(zeros(5, 3))).toEqualTypeOf<Matrix<5, 3>>()
  expectTypeOf(vmap((x: Var<Matrix<2, 3>>) => x.exp())(zeros(5, 2, 3))).toEqualTypeOf<Tensor<readonly [5, 2, 3]>>()
})

test('shared arguments stay what they are', () => {
  const forward = vmap(layer, { shared: 0 })
  expectTypeOf(forward({ w: zeros(2, 3), b: zeros(2) }, zeros(7, 3))).toEqualTypeOf<Matrix<7, 2>>()
  const add = (a: Var<number>, b: Var<number>, c: Var<number>): Var<number> => a.add(b).add(c)
  expectTypeOf(vmap(add, { shared: [0, 2] })(1, vector([1, 2], 2), 3)).toEqualTypeOf<Vector<2>>()
})

test('structures: records, tuples, unions with their tags', () => {
  const both = vmap((p: { x: Var<number>; name: string }) => [p.x, { y: p.x.exp() }] as const)
  const result = both({ x: vector([1, 2, 3], 3), name: 'a' })
  expectTypeOf(result).toEqualTypeOf<[Vector<3>, { y: Vector<3> }]>()
  const size = vmap((s: BVar<Shape>) => (s.kind === 'circle' ? s.radius : s.width.mul(sum(s.sizes))))
  expectTypeOf(size({ kind: 'box', width: vector([1, 2], 2), sizes: zeros(2, 3) })).toEqualTypeOf<Vector<2>>()
})

test('variables give variables', () => {
  const f = (net: BVar<Net>, x: Var<Matrix<7, 3>>): Var<Matrix<7, 2>> => vmap(layer, { shared: 0 })(net, x)
  expectTypeOf(f).toBeFunction()
  const generic = <B extends number>(net: BVar<Net>, x: Var<Matrix<B, 3>>): Var<Matrix<B, 2>> =>
    vmap(layer, { shared: 0 })(net, x)
  expectTypeOf(generic<4>).returns.toEqualTypeOf<Var<Matrix<4, 2>>>()
  const oneVariable = (w: Var<number>) =>
    vmap((a: Var<number>, x: Var<number>) => a.mul(x), { shared: 0 })(w, vector([1, 2], 2))
  expectTypeOf(oneVariable).returns.toEqualTypeOf<Var<Vector<2>>>()
})

test('plain batches in functions that are generic in their number', () => {
  const doubled = <B extends number>(x: Vector<B>): Vector<B> => vmap((x: Var<number>) => x.mul(2))(x)
  expectTypeOf(doubled<4>).returns.toEqualTypeOf<Vector<4>>()
  const products = <B extends number>(x: Matrix<B, 3>, y: Vector<B>): Matrix<B, 3> =>
    vmap((x: Var<Vector<3>>, y: Var<number>) => x.mul(y))(x, y)
  expectTypeOf(products<4>).returns.toEqualTypeOf<Matrix<4, 3>>()
})

test('generic in the size of a sample: variables', () => {
  const f = <N extends number>(x: Var<Matrix<5, N>>): Var<Matrix<5, N>> => vmap((row: Var<Vector<N>>) => row.mul(2))(x)
  expectTypeOf(f<4>).returns.toEqualTypeOf<Var<Matrix<5, 4>>>()
  const table = (x: Var<Vector<2>>, ys: Var<Vector<3>>): Var<Matrix<2, 3>> =>
    vmap(
      (a: Var<number>, b: Var<Vector<3>>) => vmap((c: Var<number>, y: Var<number>) => c.mul(y), { shared: 0 })(a, b),
      {
        shared: 1,
      },
    )(x, ys)
  expectTypeOf(table).toBeFunction()
})

test('a batch of batches', () => {
  const outer = vmap(
    vmap((x: Var<number>, y: Var<number>) => x.mul(y)),
    { shared: 1 },
  )
  expectTypeOf(outer(zeros(2, 3), vector([1, 2, 3]))).toEqualTypeOf<Matrix<2>>()
})

test('gradients of batches, batches of gradients, programs', () => {
  const slopes = vmap(gradBP(square))
  expectTypeOf(slopes(vector([1, 2], 2))).toEqualTypeOf<Vector<2>>()
  const perSample = vmap(
    gradBP((net: BVar<Net>, x: Var<Vector<3>>) => sum(layer(net, x)), { wrt: 0 }),
    { shared: 0 },
  )
  expectTypeOf(perSample({ w: zeros(2, 3), b: zeros(2) }, zeros(7, 3))).toEqualTypeOf<{
    w: Tensor<readonly [7, 2, 3]>
    b: Matrix<7, 2>
  }>()
  const whole = gradBP((net: BVar<Net>, x: Var<Matrix<7, 3>>) => sum(vmap(layer, { shared: 0 })(net, x)), { wrt: 0 })
  expectTypeOf(whole({ w: zeros(2, 3), b: zeros(2) }, zeros(7, 3))).toEqualTypeOf<Net>()
  expectTypeOf(compile(vmap(square))(vector([1, 2], 2))).toEqualTypeOf<Vector<2>>()
  expectTypeOf(gradBP(vmap(square))(vector([1, 2]))).toEqualTypeOf<Vector>()
})

test('mistakes do not compile', () => {
  const pair = vmap((x: Var<number>, y: Var<number>) => x.mul(y))
  // @ts-expect-error batches of different sizes
  pair(vector([1, 2], 2), vector([1, 2, 3], 3))
  // @ts-expect-error a number is no batch
  vmap(square)(3)
  // @ts-expect-error a sample of another size
  vmap((x: Var<Vector<3>>) => x)(zeros(5, 4))
  // @ts-expect-error no such argument
  vmap(square, { shared: 1 })
  // @ts-expect-error not annotated
  vmap(x => x)
})
