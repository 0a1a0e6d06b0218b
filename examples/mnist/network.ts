/**
 * The network: 784 pixels → 300 → 100 → 10 digits.
 *
 * Two layers with the logistic function, and a third whose scores go, by softmax, into the cross-entropy with the label.
 */
import { logistic, matVec, matrix, oneHot, softmaxCrossEntropy, sum, table, vector, vmap } from 'backprop-wasm'
import type { BVar, Matrix, Table, Var, Vector } from 'backprop-wasm'
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

/** The same scores for a batch, a row for each sample. */
export const batchLogits = vmap(logits, { shared: 0 })

/** The mean of the samples' cross-entropies. */
export const batchLoss = (net: BVar<Net>, x: Var<Matrix<number, 784>>, targets: Var<Matrix<number, 10>>): Var<number> =>
  sum(losses(net, x, targets)).div(x.shape[0] ?? 0)

const losses = vmap(loss, { shared: 0 })

/** A network to start with: weights and biases uniform from −0.5 to 0.5, as in the tutorial of the original. */
export function freshNet(uniform: (low: number, high: number) => number): Net {
  return makeNet(() => uniform(-0.5, 0.5))
}

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

/** Images as inputs: 0 (paper) to 1 (ink). */
export const pixels = (samples: Samples): Table<readonly [784]> => table(samples.images, [PIXELS], { scale: 1 / 255 })

/** Labels as targets: 1 for the digit, 0 for the others. */
export const targets = (samples: Samples): Table<readonly [10]> => oneHot(samples.labels, CLASSES)

/** The digit with the largest of the ten scores from `from` on (the first of them, if several have it). */
export function answer(scores: Float64Array, from = 0): number {
  let best = 0
  for (let k = 1; k < CLASSES; k++) if (scores[from + k] > scores[from + best]) best = k
  return best
}
