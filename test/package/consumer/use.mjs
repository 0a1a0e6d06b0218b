// What a user's first program does: the gradient of the README's network, against central differences.
import assert from 'node:assert/strict'
import { constVar, dot, evalBP, gradBP, logistic, matrix, matVec, sub, vector } from 'backprop-wasm'
import { opcodeOf, opName } from 'backprop-wasm/inspect'

const numbers = (n, seed) => Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i))
const net = {
  w1: matrix(numbers(12, 1), 3, 4),
  b1: vector(numbers(3, 2), 3),
  w2: matrix(numbers(6, 3), 2, 3),
  b2: vector(numbers(2, 4), 2),
}
const x = vector(numbers(4, 5), 4)
const target = vector([0, 1], 2)

const run = ({ w1, b1, w2, b2 }) => logistic(matVec(w2, logistic(matVec(w1, constVar(x)).add(b1))).add(b2))
const loss = net => {
  const error = sub(run(net), target)
  return dot(error, error)
}

const gradient = gradBP(loss)(net)
assert.deepEqual(Object.keys(gradient), ['w1', 'b1', 'w2', 'b2'])
for (const key of Object.keys(net)) {
  const { data, shape } = net[key]
  assert.deepEqual([...gradient[key].shape], [...shape])
  for (const i of data.keys()) {
    const at = step => {
      const moved = Float64Array.from(data)
      moved[i] += step
      const leaf = shape.length === 1 ? vector(moved, shape[0]) : matrix(moved, shape[0], shape[1])
      return evalBP(loss)({ ...net, [key]: leaf })
    }
    const difference = (at(1e-5) - at(-1e-5)) / 2e-5
    assert.ok(
      Math.abs(gradient[key].data[i] - difference) < 1e-9,
      `${key}[${i}]: ${gradient[key].data[i]} ${difference}`,
    )
  }
}
assert.equal(opName(opcodeOf('MatVec')), 'MatVec')
console.log('gradient of', Object.keys(gradient).join(', '))
