/**
 * The network by hand in plain loops, as one would first write it. Also the plain products for the benchmarks' rows.
 */
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, type NetworkArrays } from './network.ts'

/** y = A·x, A being m × n. */
export function gemv(m: number, n: number, a: Float64Array, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < m; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j]
    y[i] = sum
  }
}

/** C = A·B, A being m × k and B k × n. (The order of the loops that reads B along its rows.) */
export function gemm(m: number, n: number, k: number, a: Float64Array, b: Float64Array, c: Float64Array): void {
  c.fill(0)
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p]
      for (let j = 0; j < n; j++) c[i * n + j] += factor * b[p * n + j]
    }
  }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

function affine(m: number, n: number, w: Float64Array, b: Float64Array, x: Float64Array): Float64Array {
  const y = new Float64Array(m)
  gemv(m, n, w, x, y)
  for (let i = 0; i < m; i++) y[i] += b[i]
  return y
}

function softmax(x: Float64Array): Float64Array {
  const max = Math.max(...x)
  const exps = x.map(v => Math.exp(v - max))
  const sum = exps.reduce((s, e) => s + e, 0)
  return exps.map(e => e / sum)
}

interface Activations {
  z1: Float64Array
  z2: Float64Array
  p: Float64Array
}

function forward(params: NetworkArrays, x: Float64Array): Activations {
  const z1 = affine(HIDDEN1, INPUTS, params.w1, params.b1, x).map(logistic)
  const z2 = affine(HIDDEN2, HIDDEN1, params.w2, params.b2, z1).map(logistic)
  const p = softmax(affine(OUTPUTS, HIDDEN2, params.w3, params.b3, z2))
  return { z1, z2, p }
}

/** Writes the network's probabilities for the input x into `out`. */
export function run(params: NetworkArrays, x: Float64Array, out: Float64Array): void {
  out.set(forward(params, x).p)
}

/** The derivative by a layer's sums, from the derivative by the next layer's: (Wᵀδ) ∘ z(1 − z). */
function deltaBelow(m: number, n: number, w: Float64Array, delta: Float64Array, z: Float64Array): Float64Array {
  const below = new Float64Array(n)
  for (let j = 0; j < n; j++) {
    let sum = 0
    for (let i = 0; i < m; i++) sum += w[i * n + j] * delta[i]
    below[j] = sum * z[j] * (1 - z[j])
  }
  return below
}

function outer(m: number, n: number, y: Float64Array, x: Float64Array, a: Float64Array): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) a[i * n + j] = y[i] * x[j]
  }
}

/** Writes the gradient of the loss into `gradientOut` and returns the loss. */
export function gradient(
  params: NetworkArrays,
  x: Float64Array,
  target: Float64Array,
  gradientOut: NetworkArrays,
): number {
  const { z1, z2, p } = forward(params, x)
  const total = target.reduce((s, t) => s + t, 0)
  const delta3 = p.map((probability, i) => total * probability - target[i])
  const delta2 = deltaBelow(OUTPUTS, HIDDEN2, params.w3, delta3, z2)
  const delta1 = deltaBelow(HIDDEN2, HIDDEN1, params.w2, delta2, z1)
  outer(OUTPUTS, HIDDEN2, delta3, z2, gradientOut.w3)
  outer(HIDDEN2, HIDDEN1, delta2, z1, gradientOut.w2)
  outer(HIDDEN1, INPUTS, delta1, x, gradientOut.w1)
  gradientOut.b3.set(delta3)
  gradientOut.b2.set(delta2)
  gradientOut.b1.set(delta1)
  return p.reduce((loss, probability, i) => (target[i] === 0 ? loss : loss - target[i] * Math.log(probability)), 0)
}

function descend(param: Float64Array, gradient: Float64Array, rate: number): void {
  for (let i = 0; i < param.length; i++) param[i] -= rate * gradient[i]
}

/** One step of gradient descent, changing `params`; returns the loss before it. */
export function step(params: NetworkArrays, x: Float64Array, target: Float64Array, rate: number): number {
  const slope: NetworkArrays = {
    w1: new Float64Array(params.w1.length),
    b1: new Float64Array(params.b1.length),
    w2: new Float64Array(params.w2.length),
    b2: new Float64Array(params.b2.length),
    w3: new Float64Array(params.w3.length),
    b3: new Float64Array(params.b3.length),
  }
  const loss = gradient(params, x, target, slope)
  descend(params.w1, slope.w1, rate)
  descend(params.b1, slope.b1, rate)
  descend(params.w2, slope.w2, rate)
  descend(params.b2, slope.b2, rate)
  descend(params.w3, slope.w3, rate)
  descend(params.b3, slope.b3, rate)
  return loss
}
