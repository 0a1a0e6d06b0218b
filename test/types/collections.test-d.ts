/** Parts of tensors, and functions over collections. */
import {
  collectVar,
  constVar,
  dot,
  fmap,
  foldl,
  length,
  mapAccumL,
  max,
  maximum,
  product,
  scan,
  sequenceVar,
  traverse,
  vector,
  zeros,
  zipWith,
  type Elements,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'
import { scalar, v3, m23, V3, V4, M23 } from './values.ts'

describe('collections', () => {
  test('parts: a tuple for a literal size up to 16, otherwise an array', () => {
    expectTypeOf(sequenceVar(V3)).toEqualTypeOf<[Var<number>, Var<number>, Var<number>]>()
    expectTypeOf(sequenceVar(v3)).toEqualTypeOf<[Var<number>, Var<number>, Var<number>]>()
    expectTypeOf(sequenceVar(M23)).toEqualTypeOf<[Var<Vector<3>>, Var<Vector<3>>]>()
    expectTypeOf(sequenceVar(constVar(zeros(2, 3, 4)))).toEqualTypeOf<[Var<Matrix<3, 4>>, Var<Matrix<3, 4>>]>()
    expectTypeOf(sequenceVar(constVar(vector([1])))).toEqualTypeOf<Var<number>[]>()
    expectTypeOf<Elements<string, 16>['length']>().toEqualTypeOf<16>()
    expectTypeOf<Elements<string, 784>>().toEqualTypeOf<string[]>()
  })

  test('collected: the number of parts is a size where it is known', () => {
    expectTypeOf(collectVar([scalar, 2, scalar])).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(collectVar([V3, v3])).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(collectVar(sequenceVar(V3))).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(collectVar(sequenceVar(M23))).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(collectVar(sequenceVar(V3).map(x => x.mul(2)))).toEqualTypeOf<Var<Vector>>()
    expectTypeOf(collectVar(sequenceVar(M23).map(x => x.mul(2)))).toEqualTypeOf<Var<Matrix<number, 3>>>()
  })

  test('functions over them', () => {
    expectTypeOf(fmap(x => x.mul(2), V3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(fmap(x => x.mul(V4), V3)).toEqualTypeOf<Var<Matrix<3, 4>>>()
    expectTypeOf(fmap(row => dot(row, V3), M23)).toEqualTypeOf<Var<Vector<2>>>()
    expectTypeOf(fmap(row => row.add(v3), m23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(fmap(x => x.exp(), new Map([['a', scalar]]))).toEqualTypeOf<Map<string, Var<number>>>()
    expectTypeOf(zipWith((x, y) => x.mul(y), V3, v3)).toEqualTypeOf<Var<Vector<3>>>()
    expectTypeOf(zipWith((row, x) => row.mul(x), M23, vector([1, 2], 2))).toEqualTypeOf<Var<Matrix<2, 3>>>()
    expectTypeOf(zipWith((x, y) => x.mul(y), [scalar], [2])).toEqualTypeOf<Var<number>[]>()
    expectTypeOf(foldl((y: Var<number>, x) => y.add(x), scalar, V3)).toEqualTypeOf<Var<number>>()
    expectTypeOf(scan((y: Var<number>, x) => y.add(x), scalar, V3)).toEqualTypeOf<Var<number>[]>()
    expectTypeOf(traverse(x => (x.gt(0) ? x : undefined), V3)).toEqualTypeOf<Var<Vector<3>> | undefined>()
    expectTypeOf(mapAccumL((y: Var<number>, x) => [x, y.add(x)], scalar, V3)).toEqualTypeOf<
      [Var<number>, Var<Vector<3>>]
    >()
    expectTypeOf(length(V3)).toEqualTypeOf<3>()
    expectTypeOf(length(constVar(vector([1])))).toEqualTypeOf<number>()
    expectTypeOf([product(V3), maximum(M23)]).toEqualTypeOf<Var<number>[]>()
    expectTypeOf(max(V3, 0)).toEqualTypeOf<Var<Vector<3>>>()
  })

  test('code generic in its sizes', () => {
    const normalised = <M extends number, N extends number>(a: Var<Matrix<M, N>>): Var<Matrix<M, N>> =>
      fmap(row => row.div(dot(row, row).sqrt()), a)
    expectTypeOf(normalised(M23)).toEqualTypeOf<Var<Matrix<2, 3>>>()
    const halves = <N extends number>(x: Var<Vector<N>>) => sequenceVar(x).map(xi => xi.mul(0.5))
    expectTypeOf(halves(V3)).toEqualTypeOf<Var<number>[]>()
    const rows = <M extends number, N extends number>(a: Var<Matrix<M, N>>) =>
      collectVar(sequenceVar(a).map(r => r.neg()))
    expectTypeOf(rows(M23)).toEqualTypeOf<Var<Matrix<number, 3>>>()
  })
})
