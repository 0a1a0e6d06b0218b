/** The network 784-300-100-10 on a batch of samples: by `vmap` of the function of one sample, and by hand. */
import { compile, gradBP, logistic, matrix, matVec, resident, softmaxCrossEntropy, sum, vmap } from '../src/index.ts'
import { zeros, type BVar, type Matrix, type Var, type Vector } from '../src/index.ts'
import { ManualBatch } from './manual/batch.ts'
import { emptyNetwork, randomNetwork, randomNumbers, type NetworkArrays } from './manual/network.ts'
import type { Work } from './works.ts'

interface Net {
  w1: Matrix<300, 784>
  b1: Vector<300>
  w2: Matrix<100, 300>
  b2: Vector<100>
  w3: Matrix<10, 100>
  b3: Vector<10>
}

const sampleLoss = (net: BVar<Net>, x: Var<Vector<784>>, t: Var<Vector<10>>): Var<number> => {
  const z1 = logistic(matVec(net.w1, x).add(net.b1))
  const z2 = logistic(matVec(net.w2, z1).add(net.b2))
  return softmaxCrossEntropy(matVec(net.w3, z2).add(net.b3), t)
}
const losses = vmap(sampleLoss, { shared: 0 })
const batchLoss = (net: BVar<Net>, x: Var<Matrix<number, 784>>, t: Var<Matrix<number, 10>>): Var<number> =>
  sum(losses(net, x, t))

/** The gradient for so many samples. */
export function batchWork(size: number, tensorsOf: (arrays: NetworkArrays) => Net): Work {
  const random = randomNumbers(3)
  const inputs: Matrix<number, 784> = matrix(
    Float64Array.from({ length: size * 784 }, () => Math.abs(random())),
    size,
    784,
  )
  const targets: Matrix<number, 10> = zeros(size, 10)
  for (let i = 0; i < size; i++) targets.data[10 * i + (i % 10)] = 1
  const net = tensorsOf(randomNetwork(1))
  const parameters = resident(net)
  const gradient = resident(tensorsOf(emptyNetwork()))
  const [x, t] = [resident(inputs), resident(targets)]
  const byHand = new ManualBatch(size, parameters, gradient, x)
  const recorded = gradBP(batchLoss, { wrt: 0, into: gradient })
  const compiled = compile(recorded)

  recorded(parameters, x, t)
  const expected = gradient.read()
  for (const [name, run] of [
    ['compiled', () => compiled(parameters, x, t)],
    ['by hand', () => byHand.gradient(targets.data)],
  ] as const) {
    gradient.write(tensorsOf(emptyNetwork()))
    run()
    checkSame(name, gradient.read(), expected)
  }
  return {
    name: `mlp.gradient.b${String(size)}`,
    units: { name: 'GFLOP/s', count: 2 * size * (2 * 784 * 300 + 3 * (300 * 100 + 100 * 10)) },
    variants: [
      { name: 'manual-wasm', run: () => byHand.gradient(targets.data) },
      { name: 'ours-vmap', run: () => recorded(parameters, x, t) },
      { name: 'ours-compiled', run: () => compiled(parameters, x, t) },
    ],
  }
}

function checkSame(what: string, actual: Net, expected: Net): void {
  for (const name of Object.keys(expected) as (keyof Net)[]) {
    const [a, b] = [actual[name].data, expected[name].data]
    const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-300)
    if (!a.every((value, i) => Math.abs(value - b[i]) <= 1e-10 * largest)) {
      throw new Error(`gradient of a batch, ${what}: ${name} differs`)
    }
  }
}
