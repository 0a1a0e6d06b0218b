/**
 * A type of your own: complex numbers, with a dictionary and four ops. They stand beside numbers and tensors in one function,
 * and differentiate as often as one likes, since the pullbacks are written on variables.
 *
 *   npx tsx examples/10-complex-numbers.ts
 */
import assert from 'node:assert/strict'
import {
  backprop,
  checkLaws,
  differentiable,
  evalBP,
  gradBP,
  op1,
  op2,
  type BVar,
  type Differentiable,
  type Op,
  type Var,
} from 'backprop-wasm'

class Complex {
  readonly re: number
  readonly im: number

  constructor(re: number, im: number) {
    this.re = re
    this.im = im
  }

  get [differentiable](): Differentiable<Complex> {
    return complexNumbers
  }
}

// The gradient of a real function is ∂/∂re + i·∂/∂im, so the inner product is Re a·conj(b), and the pullback of a linear map
// is its adjoint by that product.
const complexNumbers: Differentiable<Complex> = {
  zero: () => new Complex(0, 0),
  one: () => new Complex(1, 0),
  add: (a, b) => new Complex(a.re + b.re, a.im + b.im),
  scale: (factor, a) => new Complex(factor * a.re, factor * a.im),
  inner: (a, b) => a.re * b.re + a.im * b.im,
  random: (_like, random) => new Complex(random(), random()),
}
checkLaws(complexNumbers, [new Complex(1, 2), new Complex(-3, 0.5), new Complex(0, 1)])

// Ops that are written in terms of each other need their types; elsewhere they are inferred.
const add: Op<[Complex, Complex], Complex> = op2(
  (a: Complex, b: Complex) => complexNumbers.add(a, b),
  dz => [dz, dz],
)
const mul: Op<[Complex, Complex], Complex> = op2(
  (a: Complex, b: Complex) => new Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re),
  (dz, a, b) => [mul(dz, conjugate(b)), mul(dz, conjugate(a))],
)
const conjugate: Op<[Complex], Complex> = op1(
  (a: Complex) => new Complex(a.re, -a.im),
  dz => [conjugate(dz)],
)
const parts: Op<[Complex], { re: number; im: number }> = op1(
  ({ re, im }: Complex) => ({ re, im }),
  ({ re, im }) => [complex(re, im)],
)
const complex: Op<[number, number], Complex> = op2(
  (re: number, im: number) => new Complex(re, im),
  dz => {
    const { re, im } = parts(dz)
    return [re, im]
  },
)

// |p(z)|² for p(z) = z³ − 1, whose zeros are the third roots of one.
const p = (z: Var<Complex>): Var<Complex> => add(mul(mul(z, z), z), new Complex(-1, 0))
const squaredSize = (z: Var<Complex>): Var<number> => {
  const { re, im } = parts(p(z))
  return re.mul(re).add(im.mul(im))
}

// The gradient of |p|² is 2·p·conj(p′) = 6·(z³ − 1)·conj(z²).
const z0 = new Complex(1, 2)
const [value, gradient] = backprop(squaredSize)(z0)
assert.equal(value, 148) // p = −12 − 2i
assert.deepEqual(gradient, new Complex(6 * (-12 * -3 - 2 * -4 * -1), 6 * (-12 * -4 + -2 * -3)))

// Descent on the gradient finds a root; a record holds it beside a number.
type Search = { z: Complex; rate: number }
const loss = ({ z, rate }: BVar<Search>): Var<number> => squaredSize(z).mul(rate)
let state: Search = { z: z0, rate: 0.01 }
for (let i = 0; i < 2000; i++) {
  const { z } = gradBP(loss)(state)
  state = { ...state, z: complexNumbers.add(state.z, new Complex(-z.re, -z.im)) }
}
assert.ok(evalBP(squaredSize)(state.z) < 1e-12)

// Second order: along a direction, by differentiating ⟨gradient, direction⟩.
const along = (z: Var<Complex>): Var<number> => parts(gradBP(squaredSize)(z)).re
const h = 1e-5
const shifted = (by: number): number => gradBP(squaredSize)(new Complex(z0.re + by, z0.im)).re
assert.ok(Math.abs(gradBP(along)(z0).re - (shifted(h) - shifted(-h)) / (2 * h)) < 1e-4)

console.log(
  `a third root of one: ${state.z.re.toFixed(6)} ${state.z.im < 0 ? '−' : '+'} ${Math.abs(state.z.im).toFixed(6)}i`,
)
