/**
 * Structures of variables: parameters in records, tuples and arrays, taken apart and put together by JavaScript's own
 * means. The gradient has the structure of the parameters.
 *
 *   npx tsx examples/02-vectors-and-records.ts
 */
import assert from 'node:assert/strict'
import {
  check,
  constVar,
  dot,
  evalBP,
  gradBP,
  matrix,
  matVec,
  sum,
  tanh,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'

// A tensor is a leaf, and so is each number; a string passes through untouched.
type Layer = { name: string; w: Matrix; b: Vector }
type Model = { layers: Layer[]; scale: number; range: [low: number, high: number] }

const model: Model = {
  layers: [
    { name: 'first', w: matrix([0.1, -0.2, 0.3, 0.4, -0.5, 0.6], 3, 2), b: vector([0, 0.1, 0.2]) },
    { name: 'second', w: matrix([0.7, 0.8, -0.9], 1, 3), b: vector([0.3]) },
  ],
  scale: 2,
  range: [-1, 1],
}

/** Destructuring and reduce work on a `BVar<Model>` as on a `Model`; only leaves are variables. */
const output =
  (x: Vector) =>
  ({ layers, scale, range: [low, high] }: BVar<Model>): Var<number> => {
    const last = layers.reduce((y, { w, b }) => tanh(matVec(w, y).add(b)), constVar(x))
    return sum(last).mul(scale).mul(high.sub(low))
  }

const x = vector([1, -1])
const gradient = gradBP(output(x))(model)
assert.deepEqual(Object.keys(gradient), ['layers', 'scale', 'range'])
assert.equal(gradient.layers[0]?.name, 'first')
assert.deepEqual(gradient.layers[0].w.shape, [3, 2])

// range and scale only multiply: their gradients are known exactly.
const y = evalBP(output(x))(model)
assert.ok(Math.abs(gradient.scale - y / 2) < 1e-15)
assert.ok(Math.abs(gradient.range[0] + y / 2) < 1e-15 && Math.abs(gradient.range[1] - y / 2) < 1e-15)

// A weight deep inside, against finite differences.
const withWeight = (weight: number): Model => {
  const [first, ...rest] = model.layers
  assert.ok(first !== undefined)
  const data = first.w.data.with(1, weight)
  return { ...model, layers: [{ ...first, w: matrix(data, 3, 2) }, ...rest] }
}
const h = 1e-6
const difference = (evalBP(output(x))(withWeight(-0.2 + h)) - evalBP(output(x))(withWeight(-0.2 - h))) / (2 * h)
assert.ok(Math.abs(gradient.layers[0].w.at(0, 1) - difference) < 1e-8)

// Sizes are part of the type where they are known. `check` makes them known; a wrong one throws there and then.
const a: Matrix<2, 3> = matrix([1, 2, 3, 4, 5, 6], 2, 3)
const v: Vector<3> = check(vector([1, 0, -1]), [3])
const form = (u: Var<Vector<2>>, w: Var<Vector<3>>): Var<number> => dot(u, matVec(a, w))
const [byU, byW] = gradBP(form)(vector([1, 1], 2), v)
assert.deepEqual(
  [byU.toArray(), byW.toArray()],
  [
    [-2, -2],
    [5, 7, 9],
  ],
)

console.log(`output ${y.toFixed(6)}, its gradient by a weight ${gradient.layers[0].w.at(0, 1).toFixed(6)}`)
