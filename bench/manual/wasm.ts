/**
 * The network 784-300-100-10 by hand on our own kernels: raw exports called from TypeScript, one call a kernel, all
 * buffers in linear memory, overwriting where nothing is to be kept, bias and update fused into the products. What
 * "by hand on the same kernels" means in the benchmarks. Parameters and gradients are the very buffers that the library
 * works on: where a buffer lies in the caches is luck, worth ten per cent, which must not decide a comparison.
 */
import { engine } from '../../src/wasm/engine.ts'
import type { EngineExports } from '../../src/wasm/exports.ts'
import type { LinearMemory } from '../../src/wasm/memory.ts'
import type { Resident } from '../../src/index.ts'
import type { NetworkArrays } from './network.ts'

export class ManualWasm {
  readonly memory: LinearMemory
  readonly kernels: EngineExports
  readonly parameters: Record<keyof NetworkArrays, number>
  readonly gradients: Record<keyof NetworkArrays, number>
  readonly #x: number
  readonly #h1: number
  readonly #h2: number
  readonly #p: number
  readonly #d1: number
  readonly #d2: number
  readonly #d3: number

  /** Works on the buffers of these resident parameters, in the order w1 b1 w2 b2 w3 b3. */
  constructor(parameters: Resident<unknown>, gradients: Resident<unknown>) {
    const { memory, exports } = engine()
    this.memory = memory
    this.kernels = exports
    const names = ['w1', 'b1', 'w2', 'b2', 'w3', 'b3'] as const
    const pointers = ({ flat }: Resident<unknown>): Record<keyof NetworkArrays, number> =>
      Object.fromEntries(names.map((name, i) => [name, flat[i].pointer])) as Record<keyof NetworkArrays, number>
    this.parameters = pointers(parameters)
    this.gradients = pointers(gradients)
    const block = (n: number): number => memory.allocate(8 * n)
    this.#x = block(784)
    this.#h1 = block(300)
    this.#h2 = block(100)
    this.#p = block(10)
    this.#d1 = block(300)
    this.#d2 = block(100)
    this.#d3 = block(10)
  }

  /** Forward to the softmax in #p; returns log Σ eˢ − ⟨s, t⟩ for a one-hot t, or 0 without one. */
  #forward(x: Float64Array, target: Float64Array | undefined): number {
    const { kernels, parameters, memory } = this
    memory.f64.set(x, this.#x / 8)
    kernels.gemv(300, 784, parameters.w1, this.#x, parameters.b1, this.#h1)
    kernels.mapLogistic(300, this.#h1, this.#h1)
    kernels.gemv(100, 300, parameters.w2, this.#h1, parameters.b2, this.#h2)
    kernels.mapLogistic(100, this.#h2, this.#h2)
    kernels.gemv(10, 100, parameters.w3, this.#h2, parameters.b3, this.#p)
    const { f64 } = memory
    const p = this.#p / 8
    let largest = -Infinity
    for (let i = 0; i < 10; i++) largest = Math.max(largest, f64[p + i])
    let total = 0
    let chosen = 0
    for (let i = 0; i < 10; i++) {
      if (target !== undefined) chosen += target[i] * (f64[p + i] - largest)
      const e = Math.exp(f64[p + i] - largest)
      f64[p + i] = e
      total += e
    }
    for (let i = 0; i < 10; i++) f64[p + i] /= total
    return Math.log(total) - chosen
  }

  /** The ten probabilities. */
  run(x: Float64Array): Float64Array {
    this.#forward(x, undefined)
    return this.memory.f64.slice(this.#p / 8, this.#p / 8 + 10)
  }

  #outputDelta(target: Float64Array): void {
    const { f64 } = this.memory
    for (let i = 0; i < 10; i++) f64[this.#d3 / 8 + i] = f64[this.#p / 8 + i] - target[i]
  }

  /** The gradient, into `gradients`; returns the loss. */
  gradient(x: Float64Array, target: Float64Array): number {
    const loss = this.#forward(x, target)
    const { kernels, parameters, gradients } = this
    this.#outputDelta(target)
    kernels.gemvT(10, 100, parameters.w3, this.#d3, 0, this.#d2)
    kernels.ger(10, 100, 1, this.#d3, this.#h2, gradients.w3, false)
    kernels.scale(10, 1, this.#d3, gradients.b3)
    kernels.mapLogisticBack(100, this.#d2, true, this.#h2, true, gradients.b2, false)
    kernels.gemvT(100, 300, parameters.w2, gradients.b2, 0, this.#d1)
    kernels.ger(100, 300, 1, gradients.b2, this.#h1, gradients.w2, false)
    kernels.mapLogisticBack(300, this.#d1, true, this.#h1, true, gradients.b1, false)
    kernels.ger(300, 784, 1, gradients.b1, this.#x, gradients.w1, false)
    return loss
  }

  /** One step of SGD, the update fused into the products; returns the loss before it. */
  step(x: Float64Array, target: Float64Array, rate: number): number {
    const loss = this.#forward(x, target)
    const { kernels, parameters } = this
    this.#outputDelta(target)
    kernels.gemvT(10, 100, parameters.w3, this.#d3, 0, this.#d2)
    kernels.ger(10, 100, -rate, this.#d3, this.#h2, parameters.w3, true)
    kernels.axpy(10, -rate, this.#d3, parameters.b3)
    kernels.mapLogisticBack(100, this.#d2, true, this.#h2, true, this.#d2, false)
    kernels.gemvT(100, 300, parameters.w2, this.#d2, 0, this.#d1)
    kernels.ger(100, 300, -rate, this.#d2, this.#h1, parameters.w2, true)
    kernels.axpy(100, -rate, this.#d2, parameters.b2)
    kernels.mapLogisticBack(300, this.#d1, true, this.#h1, true, this.#d1, false)
    kernels.ger(300, 784, -rate, this.#d1, this.#x, parameters.w1, true)
    kernels.axpy(300, -rate, this.#d1, parameters.b1)
    return loss
  }
}
