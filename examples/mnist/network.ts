/**
 * The network: 784 pixels → 300 → 100 → 10 digits.
 *
 * Two layers with the logistic function, and a third whose scores go, by softmax, into the cross-entropy with the label.
 */
import { logistic, matVec, matrix, softmaxCrossEntropy, vector } from 'backprop-wasm'
import type { BVar, Matrix, Var, Vector } from 'backprop-wasm'
import { CLASSES, PIXELS, type Samples } from './samples.ts'

/** Weights and biases, layer by layer. */
export type Net = {
  w1: Matrix<300, 784>
  b1: Vector<300>
  w2: Matrix<100, 300>
  b2: Vector<100>
  w3: Matrix<10, 100>
  b3: Vector<10>
}

/** The ten digits' scores; the largest is the network's answer. */
export const logits = (net: BVar<Net>, x: Var<Vector<784>>): Var<Vector<10>> => {
  const z1 = logistic(matVec(net.w1, x).add(net.b1))
  const z2 = logistic(matVec(net.w2, z1).add(net.b2))
  return matVec(net.w3, z2).add(net.b3)
}

/** Cross-entropy of the scores' softmax with the target: −ln of the probability given to the right digit. */
export const loss = (net: BVar<Net>, x: Var<Vector<784>>, target: Var<Vector<10>>): Var<number> =>
  softmaxCrossEntropy(logits(net, x), target)

/** A network of the numbers that `next` gives, one call for each weight and bias: w1 row by row, b1, w2, b2, w3, b3. */
export function makeNet(next: () => number): Net {
  const take = (count: number): Float64Array => Float64Array.from({ length: count }, next)
  return {
    w1: matrix(take(300 * 784), 300, 784),
    b1: vector(take(300), 300),
    w2: matrix(take(100 * 300), 100, 300),
    b2: vector(take(100), 100),
    w3: matrix(take(10 * 100), 10, 100),
    b3: vector(take(10), 10),
  }
}

/** An image as input: 0 (paper) to 1 (ink). */
export function pixels(samples: Samples, i: number): Vector<784> {
  const values = new Float64Array(samples.images.subarray(i * PIXELS, (i + 1) * PIXELS))
  for (let k = 0; k < PIXELS; k++) values[k] = values[k] / 255
  return vector(values, PIXELS)
}

/** A label as target: 1 for this digit, 0 for the others. */
export const oneHot = (digit: number): Vector<10> =>
  vector(
    Float64Array.from({ length: CLASSES }, (_, k) => (k === digit ? 1 : 0)),
    CLASSES,
  )

/** The digit with the largest score (the first of them, if several have it). */
export function answer(scores: Vector<10>): number {
  const { data } = scores
  let best = 0
  for (let k = 1; k < CLASSES; k++) if (data[k] > data[best]) best = k
  return best
}
