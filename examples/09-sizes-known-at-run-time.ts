/**
 * A network whose hidden width is known only at run time, since it comes from a file. It is checked once, where it is
 * read; from there on the width is a type, and what does not fit does not compile.
 *
 *   npx tsx examples/09-sizes-known-at-run-time.ts
 */
import assert from 'node:assert/strict'
import {
  check,
  gradBP,
  logistic,
  matrix,
  matVec,
  resident,
  sgdStep,
  ShapeMismatchError,
  squaredError,
  vector,
  type BVar,
  type Matrix,
  type Operand,
  type Var,
  type Vector,
} from 'backprop-wasm'

type Net<H extends number> = { w1: Matrix<H, 2>; b1: Vector<H>; w2: Matrix<1, H>; b2: Vector<1> }

/** As read from somewhere: nothing is known of the sizes. */
type Loaded = { w1: Matrix; b1: Vector; w2: Matrix; b2: Vector }

/**
 * Checks what was loaded and hands it on. `use` must take a network of any width H, and cannot know which: to it H is a
 * size like any other, equal to itself and to nothing else.
 */
const withNet = <R>({ w1, b1, w2, b2 }: Loaded, use: <H extends number>(net: Net<H>) => R): R => {
  const [width] = b1.shape
  return use({ w1: check(w1, [width, 2]), b1: check(b1, [width]), w2: check(w2, [1, width]), b2: check(b2, [1]) })
}

const run = <H extends number>(net: BVar<Net<H>>, x: Operand<Vector<2>>): Var<Vector<1>> =>
  matVec(net.w2, logistic(matVec(net.w1, x).add(net.b1))).add(net.b2)

const x = vector([0.5, -1], 2)
const t = vector([0.25], 1)

/** The error of a network of any width, before and after some steps down its gradient. */
const train = <H extends number>(start: Net<H>): { before: number; after: number } => {
  using parameters = resident(start)
  const step = sgdStep((net: BVar<Net<H>>, input: Var<Vector<2>>) => squaredError(run(net, input), t), { rate: 0.2 })
  const before = step(parameters, x)
  for (let i = 0; i < 50; i++) step(parameters, x)
  return { before, after: step(parameters, x) }
}

/** The gradient is a network of the same width. */
const gradient = <H extends number>(net: Net<H>): Net<H> =>
  gradBP((net: BVar<Net<H>>) => squaredError(run(net, x), t))(net)

// What a file may hold.
const file = (width: number): string =>
  JSON.stringify({
    w1: Array.from({ length: 2 * width }, (_, i) => Math.sin(1 + i)),
    b1: Array.from({ length: width }, () => 0),
    w2: Array.from({ length: width }, (_, i) => Math.cos(1 + i)),
    b2: [0],
  })
const load = (text: string): Loaded => {
  const { w1, b1, w2, b2 } = JSON.parse(text) as Record<keyof Loaded, number[]>
  return { w1: matrix(w1, w1.length / 2, 2), b1: vector(b1), w2: matrix(w2, 1, w2.length), b2: vector(b2) }
}

for (const width of [3, 8]) {
  const loaded = load(file(width))
  assert.deepEqual(withNet(loaded, gradient).w1.shape, [width, 2])
  const { before, after } = withNet(loaded, train)
  assert.ok(after < before / 1000)
  console.log(`width ${width}: squared error ${before.toFixed(4)}, after 50 steps ${after.toExponential(1)}`)
}

// The width H is no 2, whatever it may be at run time.
// @ts-expect-error: w2 takes H numbers, and x has 2
const mistaken = <H extends number>(net: Net<H>): Var<Vector<1>> => matVec(net.w2, x)
assert.throws(() => withNet(load(file(3)), mistaken), ShapeMismatchError)

// A file whose parts do not fit is refused where it is read.
const broken = { ...load(file(3)), b1: vector([0, 0]) }
assert.throws(() => withNet(broken, train), ShapeMismatchError)
