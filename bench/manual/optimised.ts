/**
 * The network by hand, as fast as TypeScript goes: rows in blocks, bias and activation fused into the product, all
 * buffers allocated once, outer products that overwrite, and a step that never stores a gradient.
 */
import { gemm as gemmOf } from '../baseline/kernels/gemm.ts'
import { gemv as gemvOf, gemvT, gerAdd, gerSet } from '../baseline/kernels/gemv.ts'
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, type NetworkArrays } from './network.ts'

/** y = A·x, A being m × n. */
export function gemv(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void {
  gemvOf(m, n, false, a, 0, x, 0, y, 0)
}

/** C = A·B, A being m × k and B k × n. */
export function gemm(m: number, n: number, k: number, a: Float64Array, b: Float64Array, c: Float64Array): void {
  gemmOf(false, false, m, n, k, false, a, 0, b, 0, c, 0)
}

const z1 = new Float64Array(HIDDEN1)
const z2 = new Float64Array(HIDDEN2)
const logits = new Float64Array(OUTPUTS)
const delta1 = new Float64Array(HIDDEN1)
const delta2 = new Float64Array(HIDDEN2)
const delta3 = new Float64Array(OUTPUTS)

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** z = logistic(W·x + b). Four rows at once, m being a multiple of four. */
function logisticLayer(m: number, n: number, w: Float64Array, b: Float64Array, x: Float64Array, z: Float64Array): void {
  for (let i = 0; i < m; i += 4) {
    const p0 = (i * n) | 0
    const p1 = (p0 + n) | 0
    const p2 = (p1 + n) | 0
    const p3 = (p2 + n) | 0
    let s0 = b[i]
    let s1 = b[i + 1]
    let s2 = b[i + 2]
    let s3 = b[i + 3]
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const v = x[j]
      s0 += w[(p0 + j) | 0] * v
      s1 += w[(p1 + j) | 0] * v
      s2 += w[(p2 + j) | 0] * v
      s3 += w[(p3 + j) | 0] * v
    }
    z[i] = logistic(s0)
    z[i + 1] = logistic(s1)
    z[i + 2] = logistic(s2)
    z[i + 3] = logistic(s3)
  }
}

/** Computes z1, z2, the logits, and the probabilities into `p`; returns log Σ exp of the logits. */
function forward(params: NetworkArrays, x: Float64Array, p: Float64Array): number {
  logisticLayer(HIDDEN1, INPUTS, params.w1, params.b1, x, z1)
  logisticLayer(HIDDEN2, HIDDEN1, params.w2, params.b2, z1, z2)
  logits.set(params.b3)
  gemvOf(OUTPUTS, HIDDEN2, true, params.w3, 0, z2, 0, logits, 0)
  let max = logits[0]
  for (let i = 1; i < OUTPUTS; i++) if (logits[i] > max) max = logits[i]
  let sum = 0
  for (let i = 0; i < OUTPUTS; i++) sum += p[i] = Math.exp(logits[i] - max)
  for (let i = 0; i < OUTPUTS; i++) p[i] /= sum
  return max + Math.log(sum)
}

/** Writes the network's probabilities for the input x into `out`. */
export function run(params: NetworkArrays, x: Float64Array, out: Float64Array): void {
  forward(params, x, out)
}

/** Runs the network and makes delta3, the derivative by the logits: Σt·p − t. Returns the loss. */
function forwardWithLoss(params: NetworkArrays, x: Float64Array, target: Float64Array): number {
  const logSum = forward(params, x, delta3)
  let total = 0
  for (let i = 0; i < OUTPUTS; i++) total += target[i]
  let loss = 0
  for (let i = 0; i < OUTPUTS; i++) {
    loss += target[i] * (logSum - logits[i])
    delta3[i] = total * delta3[i] - target[i]
  }
  return loss
}

/** delta ∘= z(1 − z): through the logistic function. */
function throughLogistic(delta: Float64Array, z: Float64Array): void {
  for (let j = 0; j < z.length; j++) delta[j] *= z[j] * (1 - z[j])
}

/** Writes the gradient of the loss into `gradientOut` and returns the loss. */
export function gradient(
  params: NetworkArrays,
  x: Float64Array,
  target: Float64Array,
  gradientOut: NetworkArrays,
): number {
  const loss = forwardWithLoss(params, x, target)
  gerSet(OUTPUTS, HIDDEN2, delta3, 0, z2, 0, gradientOut.w3, 0)
  gemvT(OUTPUTS, HIDDEN2, false, params.w3, 0, delta3, 0, delta2, 0)
  throughLogistic(delta2, z2)
  gerSet(HIDDEN2, HIDDEN1, delta2, 0, z1, 0, gradientOut.w2, 0)
  gemvT(HIDDEN2, HIDDEN1, false, params.w2, 0, delta2, 0, delta1, 0)
  throughLogistic(delta1, z1)
  gerSet(HIDDEN1, INPUTS, delta1, 0, x, 0, gradientOut.w1, 0)
  gradientOut.b3.set(delta3)
  gradientOut.b2.set(delta2)
  gradientOut.b1.set(delta1)
  return loss
}

/** One step of gradient descent, changing `params`; returns the loss before it. */
export function step(params: NetworkArrays, x: Float64Array, target: Float64Array, rate: number): number {
  const loss = forwardWithLoss(params, x, target)
  gemvT(OUTPUTS, HIDDEN2, false, params.w3, 0, delta3, 0, delta2, 0)
  throughLogistic(delta2, z2)
  gemvT(HIDDEN2, HIDDEN1, false, params.w2, 0, delta2, 0, delta1, 0)
  throughLogistic(delta1, z1)
  // The weights have been read: now each takes its change without a gradient in between.
  descend(OUTPUTS, HIDDEN2, rate, delta3, z2, params.w3, params.b3)
  descend(HIDDEN2, HIDDEN1, rate, delta2, z1, params.w2, params.b2)
  descend(HIDDEN1, INPUTS, rate, delta1, x, params.w1, params.b1)
  return loss
}

/** W −= rate·δ·xᵀ and b −= rate·δ. */
function descend(
  m: number,
  n: number,
  rate: number,
  delta: Float64Array,
  x: Float64Array,
  w: Float64Array,
  b: Float64Array,
): void {
  gerAdd(m, n, -rate, delta, 0, x, 0, w, 0)
  for (let i = 0; i < m; i++) b[i] -= rate * delta[i]
}
