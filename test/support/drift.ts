/** Compiled steps beside recorded ones, for as long as one likes: the same bits all the way, and memory that stays as it is. */
import { compile, resident, sgdStep, vector, type Resident } from 'backprop-wasm'
import { flat } from './plain.ts'
import { loss, newNetwork, type Network, type Sample, samples } from './network.ts'
import { Random } from './random.ts'

/** How things stand after some steps; M is what was measured of memory. */
export interface Report<M> {
  readonly steps: number
  /** How many numbers of the parameters differ in their bits; the loss of no step has. */
  readonly differing: number
  /** The loss, over all samples. */
  readonly loss: number
  readonly memory: M
  /** Microseconds for a step of either kind since the last report. */
  readonly compiledMicros: number
  readonly recordedMicros: number
}

/** Not a power of two, nor a divisor of the steps between reports. */
const SAMPLES = 97

/** Samples with targets that no network reaches, so that no step is too small to change anything. */
function data(): Sample[] {
  const random = new Random(5)
  return samples(SAMPLES, 4).map(({ x, target }) => {
    const soft = target.data.map(t => 0.8 * t + 0.2 * random.next())
    const total = soft.reduce((sum, t) => sum + t, 0)
    return {
      x,
      target: vector(
        soft.map(t => t / total),
        4,
      ),
    }
  })
}

/** Throws unless two numbers are the same bits. */
function checkSame(a: number, b: number, step: number): void {
  if (!Object.is(a, b)) throw new Error(`step ${step}: the loss is ${a} compiled, ${b} recorded`)
}

/**
 * Takes compiled steps of gradient descent, and calls `rest` after each `between` of them, which may wait; gives the parameters.
 */
export async function stepsWithRests(
  steps: number,
  between: number,
  rest: (taken: number) => void | Promise<void>,
): Promise<number[]> {
  const all = data()
  using parameters = resident<Network>(newNetwork())
  using step = compile(sgdStep(loss, { rate: 0.05 }))
  for (let taken = 1; taken <= steps; taken++) {
    const { x, target } = all[taken % SAMPLES]
    step(parameters, x, target)
    if (taken % between === 0) await rest(taken)
  }
  return flat(parameters.read())
}

/**
 * Takes steps of gradient descent on two copies of a network, compiled on one, recorded on the other, and reports so many
 * times. Before the first report as many steps come as between two, in which the code settles.
 */
export function soakSteps<M>(
  steps: number,
  reports: number,
  memoryNow: () => M,
  visit: (report: Report<M>) => void,
): void {
  const all = data()
  using here = resident<Network>(newNetwork())
  using there = resident<Network>(newNetwork())
  const step = sgdStep(loss, { rate: 0.05 })
  using compiled = compile(step)
  const each = Math.ceil(steps / reports)
  const losses = new Float64Array(each)
  let taken = 0
  const advance = (
    take: (parameters: Resident<Network>, x: Sample['x'], target: Sample['target']) => number,
    parameters: Resident<Network>,
    visitLoss: (value: number, i: number) => void,
  ): number => {
    const started = performance.now()
    for (let i = 0; i < each; i++) {
      const { x, target } = all[(taken + i) % SAMPLES]
      visitLoss(take(parameters, x, target), i)
    }
    return ((performance.now() - started) * 1000) / each
  }
  for (let i = 0; i <= reports; i++) {
    const compiledMicros = advance(compiled, here, (value, at) => {
      losses[at] = value
    })
    const recordedMicros = advance(step, there, (value, at) => {
      checkSame(losses[at], value, taken + at)
    })
    taken += each
    const [a, b] = [flat(here.read()), flat(there.read())]
    const differing = a.filter((x, at) => !Object.is(x, b[at])).length
    const last = losses.slice(-SAMPLES)
    const mean = last.reduce((sum, x) => sum + x, 0) / last.length
    if (i === 0) continue
    visit({ steps: i * each, differing, loss: mean, memory: memoryNow(), compiledMicros, recordedMicros })
  }
  if (compiled.recordings !== 1) throw new Error(`recorded ${compiled.recordings} times`)
}
