/**
 * A network of any depth: a chain of layers that ends in an output. How many there are, and how wide, is known at run time
 * only; that each layer fits the next is known to the compiler.
 *
 *   npx tsx examples/08-network-of-any-depth.ts
 */
import assert from 'node:assert/strict'
import {
  evalBP,
  gradBP,
  match,
  matrix,
  matVec,
  resident,
  sgdStep,
  squaredError,
  tanh,
  vector,
  zeros,
  type BVar,
  type Matrix,
  type Operand,
  type Var,
  type Vector,
} from 'backprop-wasm'

/** A network from I inputs to O outputs. What lies between may have any width: `number`. */
type Net<I extends number, O extends number> =
  | { kind: 'output'; w: Matrix<O, I>; b: Vector<O> }
  | { kind: 'layer'; w: Matrix<number, I>; b: Vector; next: Net<number, O> }

const output = <I extends number, O extends number>(w: Matrix<O, I>, b: Vector<O>): Net<I, O> => ({
  kind: 'output',
  w,
  b,
})

/** One more layer in front. All widths are known here, so only layers that fit are put together. */
const layer = <I extends number, H extends number, O extends number>(
  w: Matrix<H, I>,
  b: Vector<NoInfer<H>>,
  next: Net<NoInfer<H>, O>,
): Net<I, O> => ({ kind: 'layer', w, b, next })

/** Generic in both sizes: the types of input and output are kept through all layers. */
const run = <I extends number, O extends number>(net: BVar<Net<I, O>>, x: Operand<Vector<I>>): Var<Vector<O>> =>
  match(net, {
    output: ({ w, b }) => matVec(w, x).add(b),
    layer: ({ w, b, next }) => run<number, O>(next, tanh(matVec(w, x).add(b))),
  })

/** Numbers between −1 and 1 that are the same in every run. */
const numbers = (count: number, from: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(from + 1.7 * i))

const last = output(matrix(numbers(4, 1), 1, 4), vector([0], 1)) // Net<4, 1>
const middle = layer(matrix(numbers(12, 2), 4, 3), zeros(4), last) // Net<3, 1>
const net = layer(matrix(numbers(6, 3), 3, 2), zeros(3), middle) // Net<2, 1>

// @ts-expect-error: the layer has 3 outputs, the next one takes 4 inputs
layer(matrix(numbers(6, 3), 3, 2), zeros(3), last)

// The depth may come from anywhere. Layers of a width that stays the same can be added in a loop.
const deep = (depth: number): Net<2, 1> => {
  let tail: Net<3, 1> = middle
  for (let i = 0; i < depth; i++) tail = layer(matrix(numbers(9, 4 + i), 3, 3), zeros(3), tail)
  return layer(matrix(numbers(6, 3), 3, 2), zeros(3), tail)
}

// Exclusive or: no network without a hidden layer can learn it.
const loss = (p: BVar<Net<2, 1>>, x: Var<Vector<2>>, t: Var<Vector<1>>): Var<number> => squaredError(run(p, x), t)
const samples = [
  [0, 0, -1],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, -1],
].map(([a, b, t]) => ({ x: vector([a, b], 2), t: vector([t], 1) }))

// The gradient is a network with the same layers.
const { x, t } = samples[1]
const gradient: Net<2, 1> = gradBP(loss, { wrt: 0 })(net, x, t)
const shapesOf = (n: Net<number, number>): string =>
  n.kind === 'output' ? n.w.shape.join('×') : `${n.w.shape.join('×')}, ${shapesOf(n.next)}`
assert.equal(shapesOf(gradient), '3×2, 4×3, 1×4')

// A weight of the middle layer, against differences.
assert.ok(gradient.kind === 'layer' && gradient.next.kind === 'layer')
const middleWeights = numbers(12, 2)
const h = 1e-6
const [above, below] = [h, -h].map(step => {
  const w = matrix(middleWeights.with(5, middleWeights[5] + step), 4, 3)
  return evalBP(loss)(layer(matrix(numbers(6, 3), 3, 2), zeros(3), layer(w, zeros(4), last)), x, t)
})
assert.ok(Math.abs(gradient.next.w.data[5] - (above - below) / (2 * h)) < 1e-8)

// Networks of different depths learn the same thing: one type, one step.
const step = sgdStep(loss, { rate: 0.05 })
for (const start of [net, deep(1), deep(2)]) {
  using parameters = resident(start)
  const errorOf = (): number => samples.reduce((total, { x, t }) => total + evalBP(loss)(parameters, x, t), 0)
  const before = errorOf()
  for (let i = 0; i < 500; i++) for (const { x, t } of samples) step(parameters, x, t)
  assert.ok(errorOf() < before / 50)
  console.log(`${shapesOf(start)}: error ${before.toFixed(3)}, after 500 rounds ${errorOf().toExponential(1)}`)
}
