/**
 * Derivatives of higher order: a gradient inside a function that is differentiated. Here a product of the Hessian with a
 * vector, which never forms the Hessian, and Newton's method.
 *
 *   npx tsx examples/04-second-derivatives.ts
 */
import assert from 'node:assert/strict'
import { dot, evalBP, gradBP, logSumExp, softmax, sub, vector, type BVar, type Var, type Vector } from 'backprop-wasm'

// gradBP(f) may be called on variables: the gradient consists of variables then, and goes on to be differentiated.
let derivative = (x: Var<number>): Var<number> => x.mul(x).sin()
for (let order = 1; order <= 3; order++) {
  const f = derivative
  derivative = x => gradBP(f)(x)
}
const x = 0.8
const third = -12 * x * Math.sin(x * x) - 8 * x ** 3 * Math.cos(x * x)
assert.ok(Math.abs(evalBP(derivative)(x) - third) < 1e-12)

/** H·v, where H is the Hessian of f: the gradient of ⟨∇f(x), v⟩. */
const hessianTimes =
  <N extends number>(f: (x: Var<Vector<N>>) => Var<number>, v: Vector<N>) =>
  (at: Vector<N>): Vector<N> =>
    gradBP((y: Var<Vector<N>>) => dot(gradBP(f)(y), v))(at)

// The Hessian of log Σ exp x is diag(s) − s·sᵀ, with s = softmax x.
const at = vector([0.5, -1, 2], 3)
const v = vector([1, 2, -1], 3)
const product = hessianTimes(y => logSumExp(y), v)(at)
const s = softmax(at).value
const sv = dot(s, v).value
const expected = sub(
  vector(
    s.data.map((si, i) => si * v.at(i)),
    3,
  ),
  vector(
    s.data.map(si => si * sv),
    3,
  ),
).value
assert.ok(dot(sub(product, expected), sub(product, expected)).value < 1e-28)

// Newton's method on Rosenbrock's function, in a record of two numbers.
type Point = { x: number; y: number }
const rosenbrock = (p: BVar<Point>): Var<number> => {
  const valley = p.y.sub(p.x.mul(p.x))
  return valley.mul(valley).mul(100).add(p.x.sub(1).pow(2))
}
const slope = gradBP(rosenbrock)
const row = (key: keyof Point): ((p: Point) => Point) => gradBP((p: BVar<Point>) => gradBP(rosenbrock)(p)[key])
const hessian = { x: row('x'), y: row('y') }

let point: Point = { x: -1.2, y: 1 }
let steps = 0
while (Math.hypot(slope(point).x, slope(point).y) > 1e-10) {
  const g = slope(point)
  const [a, b] = [hessian.x(point), hessian.y(point)]
  const determinant = a.x * b.y - a.y * b.x
  point = {
    x: point.x - (g.x * b.y - g.y * a.y) / determinant,
    y: point.y - (a.x * g.y - b.x * g.x) / determinant,
  }
  steps++
  assert.ok(steps < 20)
}
assert.ok(Math.abs(point.x - 1) < 1e-9 && Math.abs(point.y - 1) < 1e-9)

console.log(`third derivative ${third.toFixed(6)}; minimum at (${point.x}, ${point.y}) after ${steps} Newton steps`)
