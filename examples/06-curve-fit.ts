/**
 * A fit by gradient descent: a decay curve y = a·exp(−b·t) + c through 40 measured points. The parameters are resident,
 * so that a step copies nothing but the loss; the points are data.
 *
 *   npx tsx examples/06-curve-fit.ts
 */
import assert from 'node:assert/strict'
import {
  evalBP,
  exp,
  gradBP,
  resident,
  sgdStep,
  squaredError,
  vector,
  type BVar,
  type Var,
  type Vector,
} from 'backprop-wasm'

type Decay = { a: number; b: number; c: number }

const curve = ({ a, b, c }: BVar<Decay>, t: Var<Vector<40>>): Var<Vector<40>> => a.mul(exp(b.neg().mul(t))).add(c)
const loss = (p: BVar<Decay>, t: Var<Vector<40>>, y: Var<Vector<40>>): Var<number> =>
  squaredError(curve(p, t), y).div(40)

// Measurements: the truth, and some noise.
const truth: Decay = { a: 3, b: 0.8, c: 0.5 }
const times = vector(
  Float64Array.from({ length: 40 }, (_, i) => i / 8),
  40,
)
const exact = evalBP(curve)(truth, times)
const measured = vector(
  exact.data.map((y, i) => y + 0.01 * Math.sin(100 * i)),
  40,
)

// `using` gives the memory back at the end of the block; free() does so at once.
using parameters = resident<Decay>({ a: 1, b: 1, c: 0 })
const step = sgdStep(loss, { rate: 0.2 })
const first = step(parameters, times, measured)
let last = first
for (let i = 0; i < 3000; i++) last = step(parameters, times, measured)

const found = parameters.read()
for (const key of ['a', 'b', 'c'] as const) assert.ok(Math.abs(found[key] - truth[key]) < 0.02)
assert.ok(last < first / 1000)

// At the minimum the gradient by the parameters vanishes; `wrt` leaves the data alone.
const gradient = gradBP(loss, { wrt: 0 })(parameters, times, measured)
assert.ok(Math.hypot(gradient.a, gradient.b, gradient.c) < 1e-6)

const { a, b, c } = found
console.log(
  `a = ${a.toFixed(3)}, b = ${b.toFixed(3)}, c = ${c.toFixed(3)}; loss ${first.toFixed(4)} → ${last.toFixed(6)}`,
)
