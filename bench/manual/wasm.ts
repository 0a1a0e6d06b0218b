/**
 * The network 784-300-100-10 by hand on our own kernels: raw exports called from TypeScript, one call a kernel, all
 * buffers in linear memory, overwriting where nothing is to be kept, bias and update fused into the products. What
 * "by hand on the same kernels" means in the benchmarks.
 */
import type { EngineExports } from '../../src/wasm/exports.ts'
import { load } from '../../src/wasm/load.ts'
import { LinearMemory } from '../../src/wasm/memory.ts'
import type { NetworkArrays } from './network.ts'

export class ManualWasm {
  readonly memory: LinearMemory
  readonly kernels: EngineExports
  readonly parameters: Record<keyof NetworkArrays, number>
  readonly gradients: Record<keyof NetworkArrays, number>
  readonly #sizes: Record<keyof NetworkArrays, number>
  readonly #x: number
  readonly #h1: number
  readonly #h2: number
  readonly #p: number
  readonly #d1: number
  readonly #d2: number
  readonly #d3: number

  constructor(network: NetworkArrays) {
    this.memory = new LinearMemory(2 ** 28)
    this.kernels = load(this.memory.memory, false)
    this.memory.start(this.kernels.heapStart() >>> 0)
    const block = (n: number): number => this.memory.allocate(8 * n)
    const names = Object.keys(network) as (keyof NetworkArrays)[]
    const each = <T>(value: (name: keyof NetworkArrays) => T): Record<keyof NetworkArrays, T> =>
      Object.fromEntries(names.map(name => [name, value(name)])) as Record<keyof NetworkArrays, T>
    this.#sizes = each(name => network[name].length)
    this.parameters = each(name => block(network[name].length))
    this.gradients = each(name => block(network[name].length))
    this.#x = block(784)
    this.#h1 = block(300)
    this.#h2 = block(100)
    this.#p = block(10)
    this.#d1 = block(300)
    this.#d2 = block(100)
    this.#d3 = block(10)
    this.write(network)
  }

  /** Sets the parameters. */
  write(network: NetworkArrays): void {
    for (const name of Object.keys(network) as (keyof NetworkArrays)[]) {
      this.memory.f64.set(network[name], this.parameters[name] / 8)
    }
  }

  /** A copy of one gradient. */
  gradientOf(name: keyof NetworkArrays): Float64Array {
    const at = this.gradients[name] / 8
    return this.memory.f64.slice(at, at + this.#sizes[name])
  }

  /** A copy of one parameter. */
  parameterOf(name: keyof NetworkArrays): Float64Array {
    const at = this.parameters[name] / 8
    return this.memory.f64.slice(at, at + this.#sizes[name])
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
