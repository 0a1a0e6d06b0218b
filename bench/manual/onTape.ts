/**
 * The network on the baseline's tape: what the benchmarks compare automatic differentiation in TypeScript by.
 */
import { type BaselineTape } from '../baseline/tape.ts'
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, type NetworkArrays } from './network.ts'

function logits(tape: BaselineTape, w: Handles, x: number): number {
  const z1 = tape.logistic(tape.add(tape.matVec(w.w1, x), w.b1))
  const z2 = tape.logistic(tape.add(tape.matVec(w.w2, z1), w.b2))
  return tape.add(tape.matVec(w.w3, z2), w.b3)
}

interface Handles {
  w1: number
  b1: number
  w2: number
  b2: number
  w3: number
  b3: number
}

function inputs(tape: BaselineTape, params: NetworkArrays, gradientOut?: NetworkArrays): Handles {
  return {
    w1: tape.tensor(params.w1, HIDDEN1, INPUTS, gradientOut?.w1),
    b1: tape.vector(params.b1, gradientOut?.b1),
    w2: tape.tensor(params.w2, HIDDEN2, HIDDEN1, gradientOut?.w2),
    b2: tape.vector(params.b2, gradientOut?.b2),
    w3: tape.tensor(params.w3, OUTPUTS, HIDDEN2, gradientOut?.w3),
    b3: tape.vector(params.b3, gradientOut?.b3),
  }
}

/** Writes the network's probabilities for the input x into `out`. */
export function run(tape: BaselineTape, params: NetworkArrays, x: Float64Array, out: Float64Array): void {
  tape.reset()
  const p = tape.softmax(logits(tape, inputs(tape, params), tape.constantVector(x)))
  out.set(tape.values(p))
}

/** Writes the gradient of the loss into `gradientOut` (the walk writes there, nothing is copied); returns the loss. */
export function gradient(
  tape: BaselineTape,
  params: NetworkArrays,
  x: Float64Array,
  target: Float64Array,
  gradientOut: NetworkArrays,
): number {
  tape.reset()
  const handles = inputs(tape, params, gradientOut)
  const sums = logits(tape, handles, tape.constantVector(x))
  const loss = tape.softmaxCrossEntropy(sums, tape.constantVector(target))
  tape.backward(loss)
  return tape.value(loss)
}
