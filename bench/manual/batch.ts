/**
 * The network on a batch by hand: in plain loops, sample by sample, and as fast as TypeScript goes, with products of
 * matrices in blocks. The loss is the mean over the batch; x is a row for each sample, so is the target, whose rows sum to 1.
 */
import { gemm } from '../baseline/kernels/gemm.ts'
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, type NetworkArrays } from './network.ts'

const SIZES = [INPUTS, HIDDEN1, HIDDEN2, OUTPUTS] as const
const WEIGHTS = ['w1', 'w2', 'w3'] as const
const BIASES = ['b1', 'b2', 'b3'] as const

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Replaces a row of scores by (softmax − target)·scale; gives the cross-entropy. */
function outputDelta(row: Float64Array, target: Float64Array, scale: number): number {
  let largest = -Infinity
  for (const score of row) largest = Math.max(largest, score)
  let total = 0
  for (const score of row) total += Math.exp(score - largest)
  const logTotal = largest + Math.log(total)
  let loss = 0
  for (let k = 0; k < row.length; k++) {
    loss += target[k] * (logTotal - row[k])
    row[k] = scale * (Math.exp(row[k] - logTotal) - target[k])
  }
  return loss
}

/** The gradient in plain loops, as one would first write it: sample by sample, added up. Returns the loss. */
export function naiveGradient(
  params: NetworkArrays,
  batch: number,
  x: Float64Array,
  target: Float64Array,
  out: NetworkArrays,
): number {
  for (const name of [...WEIGHTS, ...BIASES]) out[name].fill(0)
  let loss = 0
  for (let s = 0; s < batch; s++) {
    const layers: Float64Array[] = [x.subarray(s * INPUTS, (s + 1) * INPUTS)]
    for (let l = 0; l < 3; l++) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const w = params[WEIGHTS[l]]
      const y = new Float64Array(m)
      for (let i = 0; i < m; i++) {
        let sum = params[BIASES[l]][i]
        for (let j = 0; j < n; j++) sum += w[i * n + j] * layers[l][j]
        y[i] = l < 2 ? logistic(sum) : sum
      }
      layers.push(y)
    }
    let delta = layers[3]
    loss += outputDelta(delta, target.subarray(s * OUTPUTS, (s + 1) * OUTPUTS), 1 / batch)
    for (let l = 2; l >= 0; l--) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const [w, dw, db] = [params[WEIGHTS[l]], out[WEIGHTS[l]], out[BIASES[l]]]
      for (let i = 0; i < m; i++) {
        db[i] += delta[i]
        for (let j = 0; j < n; j++) dw[i * n + j] += delta[i] * layers[l][j]
      }
      if (l === 0) break
      const below = new Float64Array(n)
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let i = 0; i < m; i++) sum += w[i * n + j] * delta[i]
        below[j] = sum * layers[l][j] * (1 - layers[l][j])
      }
      delta = below
    }
  }
  return loss / batch
}

/** One step of gradient descent in plain loops; `gradient` is room for the gradient. */
export function naiveStep(
  params: NetworkArrays,
  batch: number,
  x: Float64Array,
  target: Float64Array,
  rate: number,
  gradient: NetworkArrays,
): number {
  const loss = naiveGradient(params, batch, x, target, gradient)
  for (const name of [...WEIGHTS, ...BIASES]) {
    for (let i = 0; i < params[name].length; i++) params[name][i] -= rate * gradient[name][i]
  }
  return loss
}

/** The network in optimised TypeScript for batches of one size: all buffers are made once. */
export class OptimisedBatch {
  readonly #batch: number
  /** The values of the layers; the last one becomes the derivative by the scores. */
  readonly #z: readonly Float64Array[]
  /** The derivatives by the sums of the hidden layers. */
  readonly #delta: readonly Float64Array[]

  constructor(batch: number) {
    this.#batch = batch
    this.#z = SIZES.slice(1).map(n => new Float64Array(batch * n))
    this.#delta = [HIDDEN1, HIDDEN2].map(n => new Float64Array(batch * n))
  }

  /** Forward, and back to the derivatives by the sums of each layer. Returns the loss. */
  #derivatives(params: NetworkArrays, x: Float64Array, target: Float64Array): number {
    const batch = this.#batch
    for (let l = 0; l < 3; l++) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const z = this.#z[l]
      for (let s = 0; s < batch; s++) z.set(params[BIASES[l]], s * m)
      gemm(false, true, batch, m, n, true, l === 0 ? x : this.#z[l - 1], 0, params[WEIGHTS[l]], 0, z, 0)
      if (l < 2) for (let i = 0; i < z.length; i++) z[i] = logistic(z[i])
    }
    let loss = 0
    for (let s = 0; s < batch; s++) {
      const row = [s * OUTPUTS, (s + 1) * OUTPUTS] as const
      loss += outputDelta(this.#z[2].subarray(...row), target.subarray(...row), 1 / batch)
    }
    for (let l = 2; l > 0; l--) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const [delta, z] = [this.#delta[l - 1], this.#z[l - 1]]
      gemm(false, false, batch, n, m, false, this.#above(l), 0, params[WEIGHTS[l]], 0, delta, 0)
      for (let i = 0; i < delta.length; i++) delta[i] *= z[i] * (1 - z[i])
    }
    return loss / batch
  }

  /** The derivative by the sums of layer l. */
  #above(l: number): Float64Array {
    return l === 2 ? this.#z[2] : this.#delta[l]
  }

  /** Writes the gradient of the loss into `out`; returns the loss. */
  gradient(params: NetworkArrays, x: Float64Array, target: Float64Array, out: NetworkArrays): number {
    const loss = this.#derivatives(params, x, target)
    for (const name of BIASES) out[name].fill(0)
    this.#pullParameters(x, out, false)
    return loss
  }

  /** One step of gradient descent, the update a part of the products; returns the loss before it. */
  step(params: NetworkArrays, x: Float64Array, target: Float64Array, rate: number): number {
    const loss = this.#derivatives(params, x, target)
    for (let l = 0; l < 3; l++) {
      const delta = this.#above(l)
      for (let i = 0; i < delta.length; i++) delta[i] *= -rate
    }
    this.#pullParameters(x, params, true)
    return loss
  }

  /** W (+)= δᵀ·X and b += Σ δ for each layer. */
  #pullParameters(x: Float64Array, out: NetworkArrays, add: boolean): void {
    const batch = this.#batch
    for (let l = 0; l < 3; l++) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const delta = this.#above(l)
      gemm(true, false, m, n, batch, add, delta, 0, l === 0 ? x : this.#z[l - 1], 0, out[WEIGHTS[l]], 0)
      const bias = out[BIASES[l]]
      for (let s = 0; s < batch; s++) {
        const row = s * m
        for (let i = 0; i < m; i++) bias[i] += delta[row + i]
      }
    }
  }
}
