/** The made digits are no task for a linear classifier: it stays well behind a network with one hidden layer. */
import {
  type BVar,
  compile,
  evalBP,
  matrix,
  type Matrix,
  matVec,
  resident,
  type Resident,
  sgdStep,
  softmaxCrossEntropy,
  tanh,
  type Var,
  type Vector,
  vector,
  zeros,
} from 'backprop-wasm'
import { expect, test } from 'vitest'
import { makeDigitData } from '../../examples/mnist/digits.ts'
import { Random } from '../../examples/mnist/random.ts'
import { CLASSES, PIXELS, type Samples } from '../../examples/mnist/samples.ts'

interface Layer {
  readonly w: Matrix
  readonly b: Vector
}

type CompiledStep<P> = Disposable & ((p: Resident<P>, x: Vector, t: Vector) => number)

const HIDDEN = 64
const EPOCHS = 5
const { train, test: unseen } = makeDigitData(1, 4000, 2000)

const pictureOf = ({ images }: Samples, i: number): Vector =>
  vector(Float64Array.from(images.subarray(i * PIXELS, (i + 1) * PIXELS), grey => grey / 255))
const targets = Array.from({ length: CLASSES }, (_, digit): Vector => {
  const target = zeros(CLASSES)
  target.data[digit] = 1
  return target
})

const affine = ({ w, b }: BVar<Layer>, x: Var<Vector>): Var<Vector> => matVec(w, x).add(b)

/** The share of unseen digits that a classifier names after some epochs of single steps. */
function trained<P>(initial: P, logits: (p: BVar<P>, x: Var<Vector>) => Var<Vector>): number {
  const loss = (p: BVar<P>, x: Var<Vector>, t: Var<Vector>): Var<number> => softmaxCrossEntropy(logits(p, x), t)
  using parameters = resident(initial)
  using step = compile(sgdStep(loss as never, { rate: 0.02 }) as never) as unknown as CompiledStep<P>
  for (let i = 0; i < EPOCHS * train.count; i++) {
    const at = i % train.count
    step(parameters, pictureOf(train, at), targets[train.labels[at]])
  }
  const scores = evalBP(logits as never) as (p: unknown, x: Vector) => Vector
  let right = 0
  for (let i = 0; i < unseen.count; i++) {
    const { data } = scores(parameters, pictureOf(unseen, i))
    if (data.indexOf(Math.max(...data)) === unseen.labels[i]) right++
  }
  return right / unseen.count
}

test('a linear classifier names some four fifths of them, a network with 64 hidden units many more', () => {
  const random = new Random(2)
  const layer = (m: number, n: number): Layer => {
    const elements = Float64Array.from({ length: m * n }, () => random.uniform(-0.5, 0.5) / Math.sqrt(n))
    return { w: matrix(elements, m, n), b: zeros(m) }
  }
  const linear = trained(layer(CLASSES, PIXELS), affine)
  const deep = trained({ first: layer(HIDDEN, PIXELS), last: layer(CLASSES, HIDDEN) }, ({ first, last }, x) =>
    affine(last, tanh(affine(first, x))),
  )
  expect(linear).toBeGreaterThan(0.75)
  expect(linear).toBeLessThan(0.87)
  expect(deep).toBeGreaterThan(linear + 0.07)
})
