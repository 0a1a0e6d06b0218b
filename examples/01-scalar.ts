/**
 * Functions of numbers: the gradient, value and gradient at once, several arguments, and the pullback of a function with
 * more than one result. Everything is checked against finite differences.
 *
 *   npx tsx examples/01-scalar.ts
 */
import assert from 'node:assert/strict'
import { backprop, backpropWith, evalBP, exp, gradBP, sin, type Var } from 'backprop-wasm'

/** Ops are methods of a variable and functions as well: take what reads better. */
const damped = (t: Var<number>): Var<number> => sin(t.mul(3)).mul(exp(t.neg()))

// evalBP, gradBP and backprop make an ordinary function of numbers from it.
const value = evalBP(damped)
const slope = gradBP(damped)
const t = 0.7
const h = 1e-6
const byDifferences = (value(t + h) - value(t - h)) / (2 * h)
assert.ok(Math.abs(slope(t) - byDifferences) < 1e-8)
assert.deepEqual(backprop(damped)(t), [value(t), slope(t)])

// Several arguments: the gradient is a tuple. `wrt` chooses among them; the others are data.
const geometricMean = (a: Var<number>, b: Var<number>): Var<number> => a.mul(b).sqrt()
assert.deepEqual(gradBP(geometricMean)(9, 4), [1 / 3, 0.75])
assert.equal(gradBP(geometricMean, { wrt: 1 })(9, 4), 0.75)

// Several results: the pullback takes a cotangent for each and gives that combination of their gradients.
const polar = (r: Var<number>, angle: Var<number>) => ({ x: r.mul(angle.cos()), y: r.mul(angle.sin()) })
const [point, pullback] = backpropWith(polar)(2, Math.PI / 2)
assert.ok(Math.abs(point.x) < 1e-15 && point.y === 2)
const [, xByAngle] = pullback({ x: 1, y: 0 })
const [yByRadius] = pullback({ x: 0, y: 1 })
assert.deepEqual([xByAngle, yByRadius], [-2, 1])

console.log(
  `at ${t}: value ${value(t).toFixed(6)}, slope ${slope(t).toFixed(6)}, by differences ${byDifferences.toFixed(6)}`,
)
