/**
 * The network on a batch by hand on our own kernels: what "by hand on the same kernels" means for batches, as wasm.ts for one
 * sample. Data, parameters and gradients are the buffers that the library works on.
 */
import type { Resident } from '../../src/index.ts'
import { engine } from '../../src/wasm/engine.ts'
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS } from './network.ts'

const SIZES = [INPUTS, HIDDEN1, HIDDEN2, OUTPUTS] as const

export class WasmBatch {
  readonly #engine = engine()
  readonly #batch: number
  /** Where the parameters, and their gradients, are: w1 b1 w2 b2 w3 b3. */
  readonly #parameters: readonly number[]
  readonly #gradients: readonly number[]
  readonly #target: number
  /** The input and the values of the layers; the last one becomes the derivative by the scores. */
  readonly #z: readonly number[]
  readonly #delta: readonly number[]
  readonly #ones: number
  readonly #sums: number
  readonly #workspace: number

  constructor(
    batch: number,
    parameters: Resident<unknown>,
    gradients: Resident<unknown>,
    x: Resident<unknown>,
    target: Resident<unknown>,
  ) {
    const { memory, exports } = this.#engine
    const block = (n: number): number => memory.allocate(8 * n)
    const pointers = ({ flat }: Resident<unknown>): number[] => flat.map(({ pointer }) => pointer)
    this.#batch = batch
    this.#parameters = pointers(parameters)
    this.#gradients = pointers(gradients)
    this.#target = pointers(target)[0]
    this.#z = [pointers(x)[0], ...SIZES.slice(1).map(n => block(batch * n))]
    this.#delta = [HIDDEN1, HIDDEN2].map(n => block(batch * n))
    this.#ones = block(batch)
    exports.fill(batch, 1, this.#ones)
    this.#sums = block(HIDDEN1)
    this.#workspace = block(exports.gemmWorkspaceBytes(HIDDEN1, INPUTS, INPUTS) / 8)
  }

  /** C (+)= α·op(A)·op(B). */
  #gemm(
    [m, n, k]: readonly [number, number, number],
    alpha: number,
    a: number,
    transposeA: boolean,
    b: number,
    transposeB: boolean,
    c: number,
    accumulate: boolean,
  ): void {
    this.#engine.exports.gemm(m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, this.#workspace)
  }

  /** Forward, and back to the derivatives by the sums of each layer. Returns the loss. */
  #derivatives(): number {
    const { exports } = this.#engine
    const batch = this.#batch
    const z = this.#z
    for (let l = 0; l < 3; l++) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      exports.ger(batch, m, 1, this.#ones, this.#parameters[2 * l + 1], z[l + 1], false)
      this.#gemm([batch, m, n], 1, z[l], false, this.#parameters[2 * l], true, z[l + 1], true)
      if (l < 2) exports.mapLogistic(batch * m, z[l + 1], z[l + 1])
    }
    const loss = this.#outputDelta()
    for (let l = 2; l > 0; l--) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const delta = this.#delta[l - 1]
      this.#gemm([batch, n, m], 1, this.#above(l), false, this.#parameters[2 * l], false, delta, false)
      exports.mapLogisticBack(batch * n, delta, true, z[l], true, delta, false)
    }
    return loss
  }

  /** Replaces the scores by (softmax − target) ÷ batch. */
  #outputDelta(): number {
    const { f64 } = this.#engine.memory
    const batch = this.#batch
    let loss = 0
    for (let s = 0; s < batch; s++) {
      const row = this.#z[3] / 8 + s * OUTPUTS
      const target = this.#target / 8 + s * OUTPUTS
      let largest = -Infinity
      for (let k = 0; k < OUTPUTS; k++) largest = Math.max(largest, f64[row + k])
      let total = 0
      for (let k = 0; k < OUTPUTS; k++) {
        const e = Math.exp(f64[row + k] - largest)
        loss -= f64[target + k] * (f64[row + k] - largest)
        f64[row + k] = e
        total += e
      }
      loss += Math.log(total)
      for (let k = 0; k < OUTPUTS; k++) f64[row + k] = (f64[row + k] / total - f64[target + k]) / batch
    }
    return loss / batch
  }

  #above(l: number): number {
    return l === 2 ? this.#z[3] : this.#delta[l]
  }

  /** The gradient, into the gradients; returns the loss. */
  gradient(): number {
    const loss = this.#derivatives()
    for (let l = 0; l < 3; l++) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const delta = this.#above(l)
      this.#gemm([m, n, this.#batch], 1, delta, true, this.#z[l], false, this.#gradients[2 * l], false)
      this.#engine.exports.gemvT(this.#batch, m, delta, this.#ones, 0, this.#gradients[2 * l + 1])
    }
    return loss
  }

  /** One step of gradient descent, the update a part of the products; returns the loss before it. */
  step(rate: number): number {
    const loss = this.#derivatives()
    const { exports } = this.#engine
    for (let l = 0; l < 3; l++) {
      const [n, m] = [SIZES[l], SIZES[l + 1]]
      const delta = this.#above(l)
      this.#gemm([m, n, this.#batch], -rate, delta, true, this.#z[l], false, this.#parameters[2 * l], true)
      exports.gemvT(this.#batch, m, delta, this.#ones, 0, this.#sums)
      exports.axpy(m, -rate, this.#sums, this.#parameters[2 * l + 1])
    }
    return loss
  }
}
