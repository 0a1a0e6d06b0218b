/**
 * The network of the benchmarks, 784-300-100-10: two logistic layers, softmax, cross-entropy.
 *
 *     z₁ = logistic(W₁x + b₁)    z₂ = logistic(W₂z₁ + b₂)    p = softmax(W₃z₂ + b₃)    loss = −Σ tᵢ log pᵢ
 */

/** Sizes of the layers. */
export const INPUTS = 784
export const HIDDEN1 = 300
export const HIDDEN2 = 100
export const OUTPUTS = 10

/** The network's parameters, or their gradient. Matrices are row-major: a row for each output of the layer. */
export interface NetworkArrays {
  /** 300 × 784. */
  w1: Float64Array
  /** 300. */
  b1: Float64Array
  /** 100 × 300. */
  w2: Float64Array
  /** 100. */
  b2: Float64Array
  /** 10 × 100. */
  w3: Float64Array
  /** 10. */
  b3: Float64Array
}

/** Room for parameters or a gradient, all zeros. */
export function emptyNetwork(): NetworkArrays {
  return {
    w1: new Float64Array(HIDDEN1 * INPUTS),
    b1: new Float64Array(HIDDEN1),
    w2: new Float64Array(HIDDEN2 * HIDDEN1),
    b2: new Float64Array(HIDDEN2),
    w3: new Float64Array(OUTPUTS * HIDDEN2),
    b3: new Float64Array(OUTPUTS),
  }
}

/** Uniform numbers in [−1, 1) from a seed: the same on every machine. (mulberry32) */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/** Parameters to start from: each weight uniform within ±1/√(the row's length), biases likewise. */
export function randomNetwork(seed: number): NetworkArrays {
  const random = randomNumbers(seed)
  const params = emptyNetwork()
  const fill = (to: Float64Array, fanIn: number) => {
    const scale = 1 / Math.sqrt(fanIn)
    for (let i = 0; i < to.length; i++) to[i] = scale * random()
  }
  fill(params.w1, INPUTS)
  fill(params.b1, INPUTS)
  fill(params.w2, HIDDEN1)
  fill(params.b2, HIDDEN1)
  fill(params.w3, HIDDEN2)
  fill(params.b3, HIDDEN2)
  return params
}
