/** One set of ops in three makes: the engine's, host ops with pullbacks on plain values, and with pullbacks on variables. */
import {
  add,
  differentiable,
  type Differentiable,
  dot,
  mul,
  op1,
  op2,
  type Op,
  sin,
  sum,
  type Tensor,
  type Var,
  type Vector,
  vector,
} from 'backprop-wasm'

type N = Var<number>
type V = Var<Vector>

export interface Ops {
  readonly times: (u: N, v: N) => N
  readonly plus: (u: N, v: N) => N
  readonly sine: (u: N) => N
  readonly inner: (x: V, b: V) => N
  readonly scaled: (u: N, x: V) => V
  /** Several results of different kinds. */
  readonly parts: (x: V) => { readonly total: N; readonly squares: V }
  /** (u + iv)², by way of a value of a user's type. */
  readonly square: (u: N, v: N) => readonly [re: N, im: N]
}

export class Complex {
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

export const complexNumbers: Differentiable<Complex> = {
  zero: () => new Complex(0, 0),
  one: () => new Complex(1, 0),
  add: (a, b) => new Complex(a.re + b.re, a.im + b.im),
  scale: (factor, a) => new Complex(factor * a.re, factor * a.im),
  inner: (a, b) => a.re * b.re + a.im * b.im,
  random: (_like, random) => new Complex(random(), random()),
}

const complexProduct = (a: Complex, b: Complex): Complex =>
  new Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
const conjugate = (a: Complex): Complex => new Complex(a.re, -a.im)

function elements(x: Tensor, f: (xi: number, i: number) => number): Vector {
  return vector(x.data.map(f))
}
const innerPlain = (x: Vector, b: Vector): number => x.data.reduce((total, xi, i) => total + xi * b.data[i], 0)
const partsPlain = (x: Vector): { total: number; squares: Vector } => ({
  total: x.data.reduce((total, xi) => total + xi, 0),
  squares: elements(x, xi => xi * xi),
})

export const engineOps: Ops = {
  times: (u, v) => mul(u, v),
  plus: (u, v) => add(u, v),
  sine: u => sin(u),
  inner: (x, b) => dot(x, b),
  scaled: (u, x) => u.mul(x),
  parts: x => ({ total: sum(x), squares: x.mul(x) }),
  square: (u, v) => [u.mul(u).sub(v.mul(v)), u.mul(v).mul(2)],
}

const toComplex = op2((re: number, im: number) => [new Complex(re, im), dz => [dz.re, dz.im]])
const timesComplex = op2((a: Complex, b: Complex) => [
  complexProduct(a, b),
  dz => [complexProduct(dz, conjugate(b)), complexProduct(dz, conjugate(a))],
])
const fromComplex = op1((a: Complex) => [[a.re, a.im] as const, ([re, im]) => [new Complex(re, im)]])

export const plainOps: Ops = {
  times: op2((u: number, v: number) => [u * v, dz => [dz * v, dz * u]], 'times'),
  plus: op2((u: number, v: number) => [u + v, dz => [dz, dz]]),
  sine: op1((u: number) => [Math.sin(u), dz => [dz * Math.cos(u)]]),
  inner: op2((x: Vector, b: Vector) => [
    innerPlain(x, b),
    dz => [elements(b, bi => dz * bi), elements(x, xi => dz * xi)],
  ]),
  scaled: op2((u: number, x: Vector) => [
    elements(x, xi => u * xi),
    dz => [innerPlain(dz, x), elements(dz, di => u * di)],
  ]),
  parts: op1((x: Vector) => [
    partsPlain(x),
    ({ total, squares }) => [elements(x, (xi, i) => total + 2 * xi * squares.data[i])],
  ]),
  square: (u, v) => {
    const z = toComplex(u, v)
    return fromComplex(timesComplex(z, z))
  },
}

const conjugateOp: Op<[Complex], Complex> = op1(conjugate, dz => [conjugateOp(dz)])
const toComplexOp: Op<[number, number], Complex> = op2(
  (re: number, im: number) => new Complex(re, im),
  dz => fromComplexOp(dz),
)
const fromComplexOp: Op<[Complex], readonly [number, number]> = op1(
  (a: Complex) => [a.re, a.im] as const,
  ([re, im]) => [toComplexOp(re, im)],
)
const timesComplexOp: Op<[Complex, Complex], Complex> = op2(complexProduct, (dz, a, b) => [
  timesComplexOp(dz, conjugateOp(b)),
  timesComplexOp(dz, conjugateOp(a)),
])

export const varOps: Ops = {
  times: op2(
    (u: number, v: number) => u * v,
    (dz, u, v) => [dz.mul(v), dz.mul(u)],
    'times',
  ),
  plus: op2(
    (u: number, v: number) => u + v,
    dz => [dz, dz],
  ),
  sine: op1(
    (u: number) => Math.sin(u),
    (dz, u) => [dz.mul(u.cos())],
  ),
  inner: op2(innerPlain, (dz, x, b) => [dz.mul(b), dz.mul(x)]),
  scaled: op2(
    (u: number, x: Vector) => elements(x, xi => u * xi),
    (dz, u, x) => [dot(dz, x), dz.mul(u)],
  ),
  parts: op1(partsPlain, ({ total, squares }, x) => [squares.mul(x).mul(2).add(total)]),
  square: (u, v) => {
    const z = toComplexOp(u, v)
    return fromComplexOp(timesComplexOp(z, z))
  },
}
