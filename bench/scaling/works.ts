/** What grows: a network by its hidden units, by its batch, and graphs of numbers by their records. */
import {
  compile,
  gradBP,
  logistic,
  matMul,
  matrix,
  outer,
  resident,
  sgdStep,
  softmaxCrossEntropy,
  sum,
  vector,
  type BVar,
  type Matrix,
  type Programs,
  type Resident,
  type Var,
  type Vector,
} from '../../src/index.ts'
import { CHAIN_INPUT } from '../manual/chain.ts'
import { randomNumbers } from '../manual/network.ts'

/** What is timed at one size; freed when it has been. */
export interface Trial {
  readonly variants: Readonly<Record<string, () => unknown>>
  readonly free: () => void
}

export interface Work {
  readonly name: string
  readonly title: string
  readonly sizes: readonly number[]
  /** How many of the smallest things that are done, floating-point operations or records, there are at a size. */
  readonly unit: string
  readonly units: (size: number) => number
  readonly trial: (size: number) => Trial
}

interface Net {
  readonly w1: Matrix
  readonly b1: Vector
  readonly w2: Matrix
  readonly b2: Vector
}

const INPUTS = 784
const CLASSES = 10

/** The loss of a network with one hidden layer, on a batch: a sample a row. `ones` has one for each. */
const loss = (net: BVar<Net>, x: Var<Matrix>, t: Var<Matrix>, ones: Var<Vector>): Var<number> => {
  const hidden = logistic(matMul(x, net.w1, { transposeB: true }).add(outer(ones, net.b1)))
  const logits = matMul(hidden, net.w2, { transposeB: true }).add(outer(ones, net.b2))
  return sum(softmaxCrossEntropy(logits, t))
}

/** So small that however many steps leave the network what it is. */
const RATE = 1e-12

function networkTrial(hidden: number, batch: number): Trial {
  const random = randomNumbers(1)
  const table = (m: number, n: number, scale: number): Matrix =>
    matrix(
      Float64Array.from({ length: m * n }, () => scale * random()),
      m,
      n,
    )
  const net: Net = {
    w1: table(hidden, INPUTS, 0.05),
    b1: vector(new Float64Array(hidden)),
    w2: table(CLASSES, hidden, 0.05),
    b2: vector(new Float64Array(CLASSES)),
  }
  const targets = new Float64Array(batch * CLASSES)
  for (let i = 0; i < batch; i++) targets[i * CLASSES + (i % CLASSES)] = 1
  const parameters = resident(net)
  const into = resident(net)
  // Resident as well, so that no copy of the batch is timed.
  const data = [
    resident(table(batch, INPUTS, 1)),
    resident<Matrix>(matrix(targets, batch, CLASSES)),
    resident<Vector>(vector(new Float64Array(batch).fill(1))),
  ] as const
  const gradient = gradBP(loss, { wrt: 0, into })
  const step = compile(sgdStep(loss as never, { rate: RATE }))
  const compiledGradient = compile(gradient)
  const held: readonly Resident<unknown>[] = [parameters, into, ...data]
  return {
    variants: {
      'gradient, recorded': () => gradient(parameters, ...data),
      'gradient, compiled': () => compiledGradient(parameters, ...data),
      'SGD step, compiled': () => (step as (...args: unknown[]) => unknown)(parameters, ...data),
    },
    free: () => {
      compiledGradient.free()
      step.free()
      for (const one of held) one.free()
    },
  }
}

/** The floating-point operations of a gradient: three products for the first layer less the one by the input, and the second. */
const networkFlops = (hidden: number, batch: number): number => 2 * batch * hidden * (2 * INPUTS + 3 * CLASSES)

/** A gradient recorded anew, replayed, and compiled anew: recorded, planned, and run once. */
function graphTrial(
  gradient: ((...x: number[]) => unknown) & Programs,
  recorded: (...x: number[]) => unknown,
  x: number[],
): Trial {
  return {
    variants: {
      recorded: () => recorded(...x),
      replayed: () => gradient(...x),
      compiling: () => {
        gradient.free()
        return gradient(...x)
      },
    },
    free: () => {
      gradient.free()
    },
  }
}

/** v + x, v · x, v − x in turns: each record takes the one before it, and x. */
function chainTrial(records: number): Trial {
  const gradient = gradBP((x: Var<number>) => {
    let v = x
    let i = 0
    for (; i + 2 < records; i += 3) v = v.add(x).mul(x).sub(x)
    for (; i < records; i++) v = v.add(x)
    return v
  })
  return graphTrial(compile(gradient) as never, gradient as never, [CHAIN_INPUT])
}

/** How many of the last values a record may take. */
const WINDOW = 16

/**
 * Means, ½(v + w), of the last value and another of the last sixteen, drawn at random: each is read twice on average, one
 * seldom, another often. Values and derivatives stay where they are.
 */
function fanTrial(records: number): Trial {
  const gradient = gradBP((x: Var<number>, half: Var<number>) => {
    const window = new Array<Var<number>>(WINDOW).fill(x)
    let last = x
    let state = 1
    for (let i = 0; 2 * i + 1 < records; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      last = last.add(window[state >>> 28]).mul(half)
      window[i % WINDOW] = last
    }
    return last
  })
  return graphTrial(compile(gradient) as never, gradient as never, [1, 0.5])
}

/** From 10ᵃ to 10ᵇ, two for each power of ten. */
function powers(a: number, b: number): number[] {
  return Array.from({ length: 2 * (b - a) + 1 }, (_, i) => Math.round(10 ** (a + i / 2)))
}

const BATCH = 64
const HIDDEN = 100

export const works: readonly Work[] = [
  {
    name: 'hidden',
    title: `hidden units of 784-n-10, a batch of ${String(BATCH)}`,
    sizes: [10, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096],
    unit: 'operation',
    units: n => networkFlops(n, BATCH),
    trial: n => networkTrial(n, BATCH),
  },
  {
    name: 'batch',
    title: `samples in a batch, 784-${String(HIDDEN)}-10`,
    sizes: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    unit: 'operation',
    units: n => networkFlops(HIDDEN, n),
    trial: n => networkTrial(HIDDEN, n),
  },
  {
    name: 'chain',
    title: 'records in a chain of numbers',
    sizes: powers(2, 7),
    unit: 'record',
    units: n => n,
    trial: chainTrial,
  },
  {
    name: 'fan',
    title: 'records in a graph of numbers with fan-out',
    sizes: powers(2, 7),
    unit: 'record',
    units: n => n,
    trial: fanTrial,
  },
]
