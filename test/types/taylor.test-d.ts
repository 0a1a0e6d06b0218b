/** What the Taylor operators infer. */
import {
  compile,
  derivatives,
  directionalDerivatives,
  gradBP,
  jet,
  maclaurin,
  sum,
  taylor,
  vector,
  vmap,
  zeros,
  type BVar,
  type Jet,
  type Matrix,
  type Tensor,
  type Terms,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { expectTypeOf, test } from 'vitest'

type Net = { w: Matrix<2, 3>; b: number; name: string }
const parts = (net: BVar<Net>, x: Var<Vector<3>>) => ({ y: x.mul(net.b), name: net.name })
const net: Net = { w: zeros(2, 3), b: 1, name: 'a' }
const square = (x: Var<number>): Var<number> => x.mul(x)

test('as many terms as orders, one more, each in the structure of the result', () => {
  expectTypeOf(taylor(square, 2)(3, 1)).toEqualTypeOf<[number, number, number]>()
  expectTypeOf(taylor(square, 0)(3, 1)).toEqualTypeOf<[number]>()
  const count = null as never as number
  expectTypeOf(taylor(square, count)(3, 1)).toEqualTypeOf<number[]>()
  expectTypeOf<Terms<number, 100>>().toEqualTypeOf<number[]>()
  type Both = { y: number; z: number }
  expectTypeOf(derivatives((x: Var<number>) => ({ y: x, z: x.exp() }), 1)(3)).toEqualTypeOf<[Both, Both]>()
  expectTypeOf(maclaurin((x: Var<Vector<3>>) => x.exp(), 1)(zeros(3))).toEqualTypeOf<[Vector<3>, Vector<3>]>()
})

test('the direction has the structure of a gradient', () => {
  type Term = { y: Vector<3>; name: string }
  expectTypeOf(taylor(parts, 1)(net, zeros(3), [net, zeros(3)])).toEqualTypeOf<[Term, Term]>()
  expectTypeOf(taylor(parts, 1, { wrt: 1 })(net, zeros(3), zeros(3))).toEqualTypeOf<[Term, Term]>()
  expectTypeOf(directionalDerivatives(parts, 1, { wrt: [0] })(net, zeros(3), [net])).toEqualTypeOf<[Term, Term]>()
  // @ts-expect-error -- of another size
  taylor(parts, 1, { wrt: 1 })(net, zeros(3), zeros(4))
  // @ts-expect-error -- a tuple of one is no bare value
  taylor(parts, 1, { wrt: 1 })(net, zeros(3), [zeros(3)])
  // @ts-expect-error -- a result that is no variable
  taylor((x: Var<number>) => x.value, 2)
  // @ts-expect-error -- of one number only
  derivatives((x: Var<Vector<3>>) => sum(x), 2)
})

test('inside other operators: variables', () => {
  gradBP((x: Var<number>) => {
    const terms = derivatives(square, 1)(x)
    expectTypeOf(terms).toEqualTypeOf<[Var<number>, Var<number>]>()
    return terms[1]
  })
  expectTypeOf(taylor(gradBP(square), 1)(2, 1)).toEqualTypeOf<[number, number]>()
  expectTypeOf(compile(taylor(square, 1))(2, 1)).toEqualTypeOf<[number, number]>()
  expectTypeOf(vmap(derivatives(square, 1))(vector([1, 2], 2))).toEqualTypeOf<[Vector<2>, Vector<2>]>()
})

test('jet: Jacobians of Jacobians', () => {
  type Cube = Tensor<readonly [3, 3, 3]>
  expectTypeOf(jet((x: Var<Vector<3>>) => sum(x), 3)(zeros(3))).toEqualTypeOf<[number, Vector<3>, Matrix<3, 3>, Cube]>()
  expectTypeOf(jet((x: Var<number>, y: Var<number>) => x.mul(y), 1)(1, 2)).toEqualTypeOf<[number, [number, number]]>()
  expectTypeOf<Jet<number, number, 2>>().toEqualTypeOf<[number, number, number]>()
  expectTypeOf<Jet<number, number, number>>().toEqualTypeOf<unknown[]>()
})
