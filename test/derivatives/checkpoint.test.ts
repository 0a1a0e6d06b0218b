/** `checkpoint`: the same values and derivatives, in less memory. */
import {
  backpropWith,
  checkpoint,
  compile,
  dot,
  evalBP,
  grad,
  gradBP,
  hessian,
  hvp,
  jacobian,
  jvp,
  LostDerivativeError,
  matVec,
  op1,
  ResultError,
  UsageError,
  vector,
  vjp,
  vmap,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { expect, test } from 'vitest'
import { expectClose, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'
import { linearBytes } from '../support/tape.ts'

type Layer = { w: Matrix<3, 3>; b: Vector<3>; name: string }
const random = new Random(2)
const layer = (l: BVar<Layer>, x: Var<Vector<3>>) => ({
  y: matVec(l.w, x).add(l.b).tanh(),
  norm: [dot(x, x), l.name] as const,
})
const piece = checkpoint(layer)
const args = (): [Layer, Vector<3>, Vector<3>] => [
  { w: randomMatrix(3, 3, random), b: randomVector(3, random), name: 'a' },
  randomVector(3, random),
  randomVector(3, random),
]
const lossOf =
  (f: typeof layer) =>
  (l: BVar<Layer>, x: Var<Vector<3>>): Var<number> => {
    const first = f(l, x)
    const second = f(l, first.y)
    return dot(second.y, second.y).add(second.norm[0].mul(first.norm[0]))
  }
const [kept, again] = [lossOf(layer), lossOf((l, x) => piece(l, x))]

test('value, gradient, orders two and three, tangent, Jacobian: those of the function', () => {
  for (let round = 0; round < 3; round++) {
    const [l, x, v] = args()
    expect(piece(l, x)).toEqual(evalBP(layer)(l, x))
    expectClose(grad(again)(l, x), grad(kept)(l, x), 1e-12)
    expectClose(grad(again, { wrt: 1 })(l, x), grad(kept, { wrt: 1 })(l, x), 1e-12)
    expectClose(hvp(again, { wrt: 1 })(l, x, v), hvp(kept, { wrt: 1 })(l, x, v), 1e-11)
    expectClose(hessian(again)(l, x), hessian(kept)(l, x), 1e-11)
    expectClose(
      jacobian(hessian(again, { wrt: 1 }), { wrt: 1 })(l, x),
      jacobian(hessian(kept, { wrt: 1 }), { wrt: 1 })(l, x),
      1e-10,
    )
    expectClose(jvp(again, { wrt: 1 })(l, x, v), jvp(kept, { wrt: 1 })(l, x, v), 1e-12)
    const cotangent = { y: v, norm: [2, 'a'] as const }
    expectClose(
      vjp((l: BVar<Layer>, x: Var<Vector<3>>) => piece(l, x))(l, x)[1](cotangent as never),
      vjp(layer)(l, x)[1](cotangent as never),
      1e-12,
    )
  }
})

test('pieces of pieces', () => {
  const inner = checkpoint((x: Var<number>) => x.sin().exp())
  const outer = checkpoint((x: Var<number>) => inner(inner(x)).mul(x))
  const plain = (x: Var<number>): Var<number> => x.sin().exp().sin().exp().mul(x)
  expectClose(grad((x: Var<number>) => outer(outer(x)))(0.3), grad((x: Var<number>) => plain(plain(x)))(0.3))
  const second = (f: (x: Var<number>) => Var<number>) => grad((x: Var<number>) => grad((y: Var<number>) => f(y))(x))
  expectClose(second(outer)(0.3), second(plain)(0.3))
})

test('is called once for the value and once for each walk back', () => {
  let calls = 0
  const f = checkpoint((x: Var<number>) => {
    calls++
    return x.mul(x)
  })
  expect(grad((x: Var<number>) => f(f(x)))(3)).toBe(108)
  expect(calls).toBe(4)
})

test('programs and batches have the function itself', () => {
  const [l, x] = args()
  const compiled = compile(grad(again))
  expectClose(compiled(l, x), grad(kept)(l, x))
  const xs = randomMatrix(4, 3, random)
  expectClose(vmap(grad(again), { shared: 0 })(l, xs), vmap(grad(kept), { shared: 0 })(l, xs))
  const total = (f: typeof kept) => (l: BVar<Layer>) => dot(vmap(f, { shared: 0 })(l, xs), vector([1, 2, 3, 4], 4))
  expectClose(grad(total(again))(l), grad(total(kept))(l))
  const batch = checkpoint((l: BVar<Layer>, x: Var<Matrix<4, 3>>) => vmap(kept, { shared: 0 })(l, x))
  expectClose(grad((l: BVar<Layer>) => dot(batch(l, xs), vector([1, 2, 3, 4], 4)))(l), grad(total(kept))(l))
})

test('ops of the user in a piece', () => {
  const cube = op1((x: number) => [x ** 3, dz => [3 * x * x * dz]])
  const onVars = op1(
    (x: number) => x ** 3,
    (dz, x) => [dz.mul(x).mul(x).mul(3)],
  )
  expect(grad(checkpoint((x: Var<number>) => cube(x)))(2)).toBe(12)
  const second = grad((x: Var<number>) => grad((y: Var<number>) => checkpoint((z: Var<number>) => onVars(z))(y))(x))
  expect(second(2)).toBe(12)
})

test('what it must not see, and what it must give', () => {
  const seen = grad((x: Var<number>) => checkpoint((y: Var<number>) => y.mul(x))(x))
  expect(() => seen(3)).toThrow(LostDerivativeError)
  expect(() => seen(3)).toThrow(
    'checkpoint: a variable of an enclosing function is used in one that checkpoint calls again',
  )
  expect(grad((x: Var<number>) => checkpoint((y: Var<number>, z: Var<number>) => y.mul(z))(x, x))(3)).toBe(6)
  expect(grad((x: Var<number>) => checkpoint((y: Var<number>) => y.mul(x.value))(x))(3)).toBe(3)
  expect(() => checkpoint((x: Var<number>) => x.value as never)(3)).toThrow(ResultError)
  // What is data by `wrt` may be seen: nothing is lost.
  const seesData = (x: Var<number>, d: Var<number>) => checkpoint((y: Var<number>) => y.mul(d).mul(y))(x)
  expect(grad(seesData, { wrt: 0 })(3, 5)).toBe(30)
  expect(hessian(seesData, { wrt: 0 })(3, 5)).toBe(10)
  expect(hvp(seesData, { wrt: 0 })(3, 5, 2)).toBe(20)
  expect(jvp(seesData, { wrt: 0 })(3, 5, 1)).toEqual([45, 30])
  expect(() => grad(seesData)(3, 5)).toThrow(LostDerivativeError)
  expect(() => hessian(seesData)(3, 5)).toThrow(LostDerivativeError)
  const [value, pullback] = backpropWith(seesData, { wrt: 0 })(3, 5)
  expect(value).toBe(45)
  expect(() => pullback(1)).toThrow(
    'checkpoint: a variable of an enclosing function is used in one that checkpoint calls',
  )
  expect(() => checkpoint(3 as never)).toThrow(UsageError)
})

test('a chain in pieces takes a fraction of the memory', () => {
  const STEPS = 1024
  const x = vector(new Float64Array(2 ** 14).fill(0.5))
  const steps = (count: number) => (x: Var<Vector>) => {
    let y = x
    for (let i = 0; i < count; i++) y = y.sin()
    return y
  }
  const root = Math.sqrt(STEPS)
  const pieces = checkpoint(steps(root))
  const inPieces = (x: Var<Vector>): Var<Vector> => {
    let y = x
    for (let i = 0; i < root; i++) y = pieces(y)
    return y
  }
  const grown = (f: (x: Var<Vector>) => Var<Vector>): number => {
    const before = linearBytes()
    expectClose(gradBP(f)(x).at(0), expected)
    return linearBytes() - before
  }
  const one = vector([0.5])
  const expected = gradBP(steps(STEPS))(one as Vector).at(0)
  // The first takes what there is already; so the one that needs less comes first.
  const little = grown(inPieces)
  const much = grown(steps(STEPS))
  expect(much).toBeGreaterThan(STEPS * x.data.byteLength * 0.7)
  expect(little).toBeLessThan(much / 8)
})
