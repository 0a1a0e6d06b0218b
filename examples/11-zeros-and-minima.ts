/**
 * Zeros and minima: methods as generators of iterates. Newton's method on a complex polynomial, a fit by Levenberg–Marquardt, and a
 * minimum by L-BFGS, watched on the way.
 *
 *   npx tsx examples/11-zeros-and-minima.ts
 */
import assert from 'node:assert/strict'
import {
  dot,
  evalBP,
  exp,
  findZero,
  last,
  lbfgs,
  levenbergMarquardt,
  logSumExp,
  matVec,
  matrix,
  sub,
  vector,
  type BVar,
  type Var,
  type Vector,
} from 'backprop-wasm'

// The third roots of one: a complex number is a record of two. Halley's method triples the digits at each step.
type Complex = { re: number; im: number }
const cubeMinusOne = ({ re, im }: BVar<Complex>): BVar<Complex> => ({
  re: re
    .pow(3)
    .sub(re.mul(im.mul(im)).mul(3))
    .sub(1),
  im: re.mul(re).mul(im).mul(3).sub(im.pow(3)),
})
const newton = last(findZero(cubeMinusOne)({ re: -1, im: 1 }))
const halley = last(findZero(cubeMinusOne, { method: 'halley' })({ re: -1, im: 1 }))
for (const { converged, params } of [newton, halley]) {
  assert.ok(converged)
  assert.ok(Math.hypot(params.re + 0.5, params.im - Math.sqrt(3) / 2) < 1e-15)
}
assert.ok(halley.iterations < newton.iterations)

// A decay curve through measured points, in a few steps; the same by steepest descent took thousands (example 6).
type Decay = { a: number; b: number; c: number }
const curve = ({ a, b, c }: BVar<Decay>, t: Var<Vector<40>>): Var<Vector<40>> => a.mul(exp(b.neg().mul(t))).add(c)
const times = vector(
  Float64Array.from({ length: 40 }, (_, i) => i / 8),
  40,
)
const measured = vector(
  evalBP(curve)({ a: 3, b: 0.8, c: 0.5 }, times).data.map((y, i) => y + 0.01 * Math.sin(100 * i)),
  40,
)
const fit = last(
  levenbergMarquardt((p: BVar<Decay>, t: Var<Vector<40>>, y: Var<Vector<40>>) => sub(curve(p, t), y))(
    { a: 1, b: 1, c: 0 },
    times,
    measured,
  ),
)
assert.ok(fit.converged && fit.iterations < 20)
assert.ok(Math.abs(fit.params.b - 0.8) < 0.01)

// A smooth minimum. The loop sees every iterate and may leave at any time; the report says why a method has stopped by itself.
const a = matrix([4, 1, 0, 1, 3, 1, 0, 1, 2], 3, 3)
const smooth = (x: Var<Vector<3>>): Var<number> => dot(x, matVec(a, x)).div(2).add(logSumExp(x))
const values: number[] = []
for (const { value, gradientNorm } of lbfgs(smooth)(vector([1, 2, 3], 3))) {
  values.push(value)
  if (gradientNorm < 1e-4) break
}
assert.ok(values.every((value, i) => i === 0 || value < values[i - 1]))
const lost = last(lbfgs((x: Var<number>) => x.log())(1))
assert.ok(!lost.converged)

console.log(
  `e^(2πi/3) in ${newton.iterations} or ${halley.iterations} steps; ` +
    `b = ${fit.params.b.toFixed(4)} in ${fit.iterations}; log x: ${lost.reason}`,
)
