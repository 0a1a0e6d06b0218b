/**
 * A neural network with one hidden layer and its squared error, written in two ways: implicitly, as a function of one
 * record of parameters, and step by step, as a function of four. Both are generic in their sizes, and both cost the same.
 *
 *   npx tsx examples/03-neural-network.ts
 */
import assert from 'node:assert/strict'
import {
  add,
  dot,
  evalBP,
  gradBP,
  logistic,
  matrix,
  matVec,
  resident,
  sgdStep,
  sub,
  vector,
  type BVar,
  type Matrix,
  type Operand,
  type Var,
  type Vector,
} from 'backprop-wasm'

type Net<I extends number, H extends number, O extends number> = {
  w1: Matrix<H, I>
  b1: Vector<H>
  w2: Matrix<O, H>
  b2: Vector<O>
}

/** Implicit: ordinary expressions. Plain values may stand where variables do: an `Operand` is either. */
const runNet =
  <I extends number, H extends number, O extends number>(x: Operand<Vector<I>>) =>
  (net: BVar<Net<I, H, O>>): Var<Vector<O>> => {
    const z = logistic(matVec(net.w1, x).add(net.b1))
    return logistic(matVec(net.w2, z).add(net.b2))
  }

const netError =
  <I extends number, H extends number, O extends number>(x: Operand<Vector<I>>, target: Operand<Vector<O>>) =>
  (net: BVar<Net<I, H, O>>): Var<number> => {
    const error = sub(runNet<I, H, O>(x)(net), target)
    return dot(error, error)
  }

/** Step by step: each node of the graph has a name. */
const stepByStep =
  <I extends number, H extends number, O extends number>(x: Vector<I>, target: Vector<O>) =>
  (w1: Var<Matrix<H, I>>, b1: Var<Vector<H>>, w2: Var<Matrix<O, H>>, b2: Var<Vector<O>>): Var<number> => {
    const y1 = matVec(w1, x)
    const x2 = logistic(add(y1, b1))
    const y2 = matVec(w2, x2)
    const result = logistic(add(y2, b2))
    const error = sub(result, target)
    return dot(error, error)
  }

/** Numbers between −1 and 1 that are the same in every run. */
const numbers = (count: number, from: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(from + 1.7 * i))

const net: Net<4, 5, 3> = {
  w1: matrix(numbers(20, 1), 5, 4),
  b1: vector(numbers(5, 2), 5),
  w2: matrix(numbers(15, 3), 3, 5),
  b2: vector(numbers(3, 4), 3),
}
const x = vector([0.2, -0.4, 0.6, 0.8], 4)
const target = vector([0, 1, 0], 3)

// The gradient has the type of the parameters: a Net, or a tuple of the four.
const gradient: Net<4, 5, 3> = gradBP(netError<4, 5, 3>(x, target))(net)
const four = gradBP(stepByStep<4, 5, 3>(x, target))(net.w1, net.b1, net.w2, net.b2)
assert.deepEqual(four, [gradient.w1, gradient.b1, gradient.w2, gradient.b2])

// Each of the 43 numbers against finite differences.
const errorOf = evalBP(netError<4, 5, 3>(x, target))
const h = 1e-5
for (const key of ['w1', 'b1', 'w2', 'b2'] as const) {
  const { data } = net[key]
  data.forEach((original, i) => {
    data[i] = original + h
    const above = errorOf(net)
    data[i] = original - h
    const below = errorOf(net)
    data[i] = original
    assert.ok(Math.abs((above - below) / (2 * h) - gradient[key].data[i]) < 1e-9)
  })
}

// Training: the parameters are resident, each step changes them in place.
using parameters = resident(net)
const step = sgdStep(
  (p: BVar<Net<4, 5, 3>>, input: Var<Vector<4>>, wanted: Var<Vector<3>>) => netError<4, 5, 3>(input, wanted)(p),
  { rate: 0.5 },
)
const before = errorOf(net)
for (let i = 0; i < 200; i++) step(parameters, x, target)
const after = errorOf(parameters)
assert.ok(after < before / 20)

console.log(`squared error ${before.toFixed(4)}, after 200 steps ${after.toFixed(4)}`)
