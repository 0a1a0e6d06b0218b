/** What people do in loops. None of it may take more memory the longer it goes on. */
import {
  backpropWith,
  compile,
  dot,
  evalBP,
  gradBP,
  resident,
  sgdStep,
  vector,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { blankNetwork, loss, newNetwork, run, samples, type Network } from './network.ts'

/** Does something `steps` times, without ever giving way to other tasks. */
export type Loop = (steps: number) => void

const data = samples(16)
const network = newNetwork()
const sample = (i: number): (typeof data)[number] => data[i % data.length]

/** Each loop by name; resident parameters are freed by its end. */
export const loops: Readonly<Record<string, Loop>> = {
  'sgdStep on resident parameters': steps => {
    using parameters = resident(network)
    const step = sgdStep(loss, { rate: 0.01 })
    for (let i = 0; i < steps; i++) step(parameters, sample(i).x, sample(i).target)
  },
  'compiled: steps, gradients, gradients into residents, values': steps => {
    using parameters = resident(network)
    using into = resident<Network>(blankNetwork())
    using step = compile(sgdStep(loss, { rate: 0.01 }))
    using gradient = compile(gradBP(loss, { wrt: 0 }))
    using gradientInto = compile(gradBP(loss, { wrt: 0, into }))
    using value = compile(evalBP(run))
    for (let i = 0; i < steps; i++) {
      const { x, target } = sample(i)
      step(parameters, x, target)
      gradient(network, x, target)
      gradientInto(parameters, x, target)
      value(parameters, x)
    }
  },
  'compiled, recorded again and again': steps => {
    using power = compile(
      gradBP((x: Var<number>, y: Var<Vector>) => {
        let total = x
        for (let i = 0; y.shape[0] !== undefined && i < y.shape[0]; i++) total = total.mul(x)
        return total
      }),
    )
    for (let i = 0; i < steps / 4; i++) power(1.01, vector(new Float64Array(1 + (i % 40))))
  },
  'gradBP of a plain network': steps => {
    const gradient = gradBP(loss, { wrt: 0 })
    for (let i = 0; i < steps; i++) gradient(network, sample(i).x, sample(i).target)
  },
  'gradBP into tensors of the caller': steps => {
    const gradient = gradBP(loss, { wrt: 0, into: blankNetwork() })
    for (let i = 0; i < steps; i++) gradient(network, sample(i).x, sample(i).target)
  },
  'gradBP of resident parameters into a resident gradient': steps => {
    using parameters = resident(network)
    using into = resident<Network>(blankNetwork())
    const gradient = gradBP(loss, { wrt: 0, into })
    for (let i = 0; i < steps; i++) gradient(parameters, sample(i).x, sample(i).target)
  },
  'pullbacks, called and forgotten': steps => {
    const ones = vector([1, 1, 1, 1], 4)
    for (let i = 0; i < steps / 2; i++) {
      const [, pullback] = backpropWith(run, { wrt: 0 })(network, sample(i).x)
      pullback(ones)
      if (i % 2 === 0) pullback(ones)
    }
  },
  'gradients of gradients': steps => {
    const twice = gradBP((x: Var<Vector<16>>) => {
      const g = gradBP((y: Var<Vector<16>>) => dot(run_(y), run_(y)))(x)
      return dot(g, g)
    })
    const run_ = (y: Var<Vector<16>>): Var<Vector<16>> => y.mul(y).exp()
    for (let i = 0; i < steps / 2; i++) twice(sample(i).x)
  },
  'scalar graphs of changing length': steps => {
    const power = gradBP((x: Var<number>, y: Var<number>) => {
      let total = x
      for (let i = 0; i < 5 + y.value; i++) total = total.mul(x).add(y)
      return total
    })
    for (let i = 0; i < steps; i++) power(1.01, i % 40)
  },
  'resident parameters made, changed, freed': steps => {
    for (let i = 0; i < steps / 2; i++) {
      const parameters = resident(network)
      evalBP(run)(parameters, sample(i).x)
      parameters.write(network)
      parameters.free()
    }
  },
  'functions that throw': steps => {
    for (let i = 0; i < steps; i++) {
      try {
        gradBP((x: Var<Vector<16>>) => dot(x, x.mul(vector([1]) as never)))(sample(i).x)
      } catch {
        continue
      }
    }
  },
}
