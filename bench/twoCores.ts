/**
 * The works of two cores, measured on one and on two: variants that take turns in this process, whose engine has one worker, by
 * whether it takes part. Prints `MeasuredWork[]` as JSON, for bench/main.ts and bench/bars.ts: their own engine has no workers.
 */
import {
  type BVar,
  compile,
  constVar,
  evalBP,
  gradBP,
  init,
  logistic,
  matMul,
  type Matrix,
  matrix,
  outer,
  resident,
  sgdStep,
  softmaxCrossEntropy,
  sum,
  type Var,
  vector,
  workers,
} from '../src/index.ts'
import { enginePool } from '../src/wasm/engine.ts'
import { emptyNetwork, randomNetwork, randomNumbers } from './manual/network.ts'
import * as optimised from './manual/optimised.ts'
import { measure, type MeasureOptions } from './measure.ts'
import type { MeasuredWork } from './ownProcess.ts'
import { arraysOf, checkNetworks, copyOf, loss, MLP_FLOPS, type Net, RATE, tensorsOf, type Work } from './works.ts'

await init({ workers: 1 })
const pool = enginePool()
if (pool === undefined || pool.count !== 1) throw new Error(`no worker: ${String(workers().reason)}`)

const random = randomNumbers(2)
const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, random)

/** The same run on one thread and on two, which must give the same bits. */
function onBoth(name: string, flops: number, run: () => unknown, result: () => Float64Array): Work {
  const on = (workers: number) => (): unknown => {
    pool?.use(workers)
    return run()
  }
  const bits = [0, 1].map(workers => {
    on(workers)()
    return result().slice()
  })
  if (bits[0].some((value, i) => value !== bits[1][i])) throw new Error(`${name}: the results differ`)
  return {
    name,
    units: { name: 'GFLOP/s', count: flops },
    variants: [
      { name: 'ours', run: on(0) },
      { name: 'ours-2cores', run: on(1) },
    ],
  }
}

function gemmWork(): Work {
  const n = 1024
  const a = resident(matrix(numbers(n * n), n, n))
  const b = resident(matrix(numbers(n * n), n, n))
  const product = compile(evalBP((x: Var<Matrix>, y: Var<Matrix>) => matMul(x, y)))
  let c: Matrix = matrix([0], 1, 1)
  return onBoth(
    `gemm.${String(n)}`,
    2 * n ** 3,
    () => (c = product(a as never, b as never)),
    () => c.data,
  )
}

const SAMPLES = 512

/** The gradient of the loss of a batch: parameters, samples and gradient resident. */
function gradientWork(): Work {
  const start = randomNetwork(1)
  const net = tensorsOf(start)
  const targets = Float64Array.from({ length: SAMPLES * 10 }, (_, i) => (i % 11 === 0 ? 1 : 0))
  const inputs = resident(matrix(numbers(SAMPLES * 784), SAMPLES, 784))
  const wanted = resident(matrix(targets, SAMPLES, 10))
  const ones = vector(new Float64Array(SAMPLES).fill(1), SAMPLES)
  const lossOfAll = (
    { w1, b1, w2, b2, w3, b3 }: BVar<Net>,
    x: Var<Matrix<512, 784>>,
    t: Var<Matrix<512, 10>>,
  ): Var<number> => {
    const each = constVar(ones)
    const z1 = logistic(matMul(x, w1, { transposeB: true }).add(outer(each, b1)))
    const z2 = logistic(matMul(z1, w2, { transposeB: true }).add(outer(each, b2)))
    return sum(softmaxCrossEntropy(matMul(z2, w3, { transposeB: true }).add(outer(each, b3)), t))
  }
  const parameters = resident(net)
  const gradient = resident(net)
  const toGradient = compile(gradBP(lossOfAll, { wrt: 0, into: gradient }))
  return onBoth(
    `mlp.gradient.b${String(SAMPLES)}`,
    2 * SAMPLES * (2 * 784 * 300 + 3 * (300 * 100 + 100 * 10)),
    () => toGradient(parameters, inputs, wanted),
    () => gradient.read().w1.data,
  )
}

/** One sample, parameters and gradient resident: beside plain TypeScript, on one thread and on two. */
function sampleWorks(): Work[] {
  const start = randomNetwork(1)
  const x = numbers(784).map(Math.abs)
  const t = Float64Array.from({ length: 10 }, (_, i) => (i === 3 ? 1 : 0))
  const [input, target] = [vector(x, 784), vector(t, 10)]
  const gradient = resident(tensorsOf(emptyNetwork()))
  const toGradient = compile(gradBP(loss, { wrt: 0, into: gradient }))
  const stepped = resident(tensorsOf(start))
  const step = compile(sgdStep(loss, { rate: RATE }))
  const gradientByHand = emptyNetwork()
  const steppedByHand = copyOf(start)
  const parameters = resident(tensorsOf(start))
  const gradientWork = onBoth(
    'cores.gradient.b1',
    3 * MLP_FLOPS,
    () => toGradient(parameters, input, target),
    () => gradient.read().w1.data,
  )
  const stepWork = onBoth(
    'cores.step.b1',
    3 * MLP_FLOPS,
    () => step(stepped, input, target),
    () => {
      const { data } = stepped.read().w1
      stepped.write(tensorsOf(start))
      return data
    },
  )
  optimised.gradient(start, x, t, gradientByHand)
  checkNetworks('cores.gradient.b1', gradientByHand, arraysOf(gradient.read()))
  const byHand = [
    () => optimised.gradient(start, x, t, gradientByHand),
    () => optimised.step(steppedByHand, x, t, RATE),
  ]
  return [gradientWork, stepWork].map((work, i) => ({
    ...work,
    row: work.name.replace('cores', 'mlp'),
    variants: [{ name: 'manual-ts', run: byHand[i] }, ...work.variants],
  }))
}

const options = JSON.parse(process.argv[2] ?? '') as MeasureOptions
const results: MeasuredWork[] = [gemmWork(), gradientWork(), ...sampleWorks()].map(({ name, row, units, variants }) => {
  const times = measure(variants, options)
  return { name, row, units, times: times.map(({ variant, micros }) => ({ variant, micros: [...micros] })) }
})
console.log(JSON.stringify(results))
