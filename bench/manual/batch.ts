/**
 * The network 784-300-100-10 on a batch, by hand on our own kernels: one product of matrices for each layer and pass, biases
 * where the products begin, all buffers in linear memory. The loss is the sum of the samples' losses.
 */
import type { Resident } from '../../src/index.ts'
import { engine } from '../../src/wasm/engine.ts'
import type { EngineExports } from '../../src/wasm/exports.ts'
import type { LinearMemory } from '../../src/wasm/memory.ts'

const names = ['w1', 'b1', 'w2', 'b2', 'w3', 'b3'] as const
type Pointers = Record<(typeof names)[number], number>

function pointersOf({ flat }: Resident<unknown>): Pointers {
  return Object.fromEntries(names.map((name, i) => [name, flat[i].pointer])) as Pointers
}

export class ManualBatch {
  readonly #size: number
  readonly #memory: LinearMemory
  readonly #kernels: EngineExports
  readonly #workspace: number
  readonly #parameters: Pointers
  readonly #gradients: Pointers
  readonly #x: number
  readonly #ones: number
  readonly #h1: number
  readonly #h2: number
  readonly #p: number
  readonly #d1: number
  readonly #d2: number
  readonly #d3: number

  /** Works on the buffers of these resident parameters, in the order w1 b1 w2 b2 w3 b3, and of a resident batch. */
  constructor(size: number, parameters: Resident<unknown>, gradients: Resident<unknown>, x: Resident<unknown>) {
    const { memory, exports } = engine()
    this.#size = size
    this.#memory = memory
    this.#kernels = exports
    this.#workspace = memory.allocate(exports.gemmWorkspaceBytes(1 << 20, 1 << 20, 1 << 20))
    this.#parameters = pointersOf(parameters)
    this.#gradients = pointersOf(gradients)
    this.#x = x.flat[0].pointer
    const block = (n: number): number => memory.allocate(8 * size * n)
    this.#ones = block(1)
    exports.fill(size, 1, this.#ones)
    this.#h1 = block(300)
    this.#h2 = block(100)
    this.#p = block(10)
    this.#d1 = block(300)
    this.#d2 = block(100)
    this.#d3 = block(10)
  }

  /** Y = op(A)·op(B), of m × n, with k in between. */
  #gemm(
    m: number,
    n: number,
    k: number,
    a: number,
    ta: boolean,
    b: number,
    tb: boolean,
    y: number,
    add: boolean,
  ): void {
    this.#kernels.gemm(m, n, k, 1, a, ta, b, tb, y, add, this.#workspace)
  }

  /** Y = bias + X·Wᵀ. */
  #layer(inputs: number, outputs: number, x: number, w: number, bias: number, y: number): void {
    const size = this.#size
    const { u8 } = this.#memory
    for (let i = 0; i < size; i++) u8.copyWithin(y + 8 * i * outputs, bias, bias + 8 * outputs)
    this.#gemm(size, outputs, inputs, x, false, w, true, y, true)
  }

  /** The gradient, into `gradients`; returns the loss. */
  gradient(targets: Float64Array): number {
    const size = this.#size
    const kernels = this.#kernels
    const parameters = this.#parameters
    const gradients = this.#gradients
    this.#layer(784, 300, this.#x, parameters.w1, parameters.b1, this.#h1)
    kernels.mapLogistic(300 * size, this.#h1, this.#h1)
    this.#layer(300, 100, this.#h1, parameters.w2, parameters.b2, this.#h2)
    kernels.mapLogistic(100 * size, this.#h2, this.#h2)
    this.#layer(100, 10, this.#h2, parameters.w3, parameters.b3, this.#p)
    const loss = this.#outputDelta(targets)
    this.#gemm(10, 100, size, this.#d3, true, this.#h2, false, gradients.w3, false)
    kernels.gemvT(size, 10, this.#d3, this.#ones, 0, gradients.b3)
    this.#gemm(size, 100, 10, this.#d3, false, parameters.w3, false, this.#d2, false)
    kernels.mapLogisticBack(100 * size, this.#d2, true, this.#h2, true, this.#d2, false)
    this.#gemm(100, 300, size, this.#d2, true, this.#h1, false, gradients.w2, false)
    kernels.gemvT(size, 100, this.#d2, this.#ones, 0, gradients.b2)
    this.#gemm(size, 300, 100, this.#d2, false, parameters.w2, false, this.#d1, false)
    kernels.mapLogisticBack(300 * size, this.#d1, true, this.#h1, true, this.#d1, false)
    this.#gemm(300, 784, size, this.#d1, true, this.#x, false, gradients.w1, false)
    kernels.gemvT(size, 300, this.#d1, this.#ones, 0, gradients.b1)
    return loss
  }

  /** The softmax's pullback, into #d3; returns the sum of the losses. */
  #outputDelta(targets: Float64Array): number {
    const { f64 } = this.#memory
    let loss = 0
    for (let row = 0; row < this.#size; row++) {
      const p = this.#p / 8 + 10 * row
      const d = this.#d3 / 8 + 10 * row
      let largest = -Infinity
      for (let i = 0; i < 10; i++) largest = Math.max(largest, f64[p + i])
      let total = 0
      for (let i = 0; i < 10; i++) {
        loss -= targets[10 * row + i] * (f64[p + i] - largest)
        const e = Math.exp(f64[p + i] - largest)
        f64[d + i] = e
        total += e
      }
      loss += Math.log(total)
      for (let i = 0; i < 10; i++) f64[d + i] = f64[d + i] / total - targets[10 * row + i]
    }
    return loss
  }
}
