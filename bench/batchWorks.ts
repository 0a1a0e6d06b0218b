/** The network 784-300-100-10 on batches: gradient for 32 and 128 samples, step for 128. */
import {
  compile,
  gradBP,
  logistic,
  matMul,
  matrix,
  matVec,
  outer,
  resident,
  sgdStep,
  softmaxCrossEntropy,
  sum,
  vector,
  vmap,
} from '../src/index.ts'
import type { BVar, Matrix, Var, Vector } from '../src/index.ts'
import { naiveGradient, naiveStep, OptimisedBatch } from './manual/batch.ts'
import { emptyNetwork, randomNetwork, randomNumbers } from './manual/network.ts'
import { WasmBatch } from './manual/wasmBatch.ts'
import type { Variant } from './measure.ts'
import { arraysOf, checkNetworks, copyOf, MLP_FLOPS, type Net, RATE, tensorsOf, type Work } from './works.ts'

/** X·Wᵀ + 1·bᵀ: the bias is added to each row. */
function layer<M extends number, N extends number>(
  x: Var<Matrix<number, N>>,
  w: Var<Matrix<M, N>>,
  b: Var<Vector<M>>,
  ones: Vector,
): Var<Matrix<number, M>> {
  return outer(ones, b).add(matMul(x, w, { transposeB: true }))
}

/** The mean of the samples' cross-entropies. */
function lossOf(batch: number) {
  const ones = vector(new Float64Array(batch).fill(1))
  return (net: BVar<Net>, x: Var<Matrix<number, 784>>, t: Var<Matrix<number, 10>>): Var<number> => {
    const z1 = logistic(layer(x, net.w1, net.b1, ones))
    const z2 = logistic(layer(z1, net.w2, net.b2, ones))
    return sum(softmaxCrossEntropy(layer(z2, net.w3, net.b3, ones), t)).div(batch)
  }
}

const sampleLosses = vmap(
  (net: BVar<Net>, x: Var<Vector<784>>, t: Var<Vector<10>>): Var<number> => {
    const z1 = logistic(matVec(net.w1, x).add(net.b1))
    const z2 = logistic(matVec(net.w2, z1).add(net.b2))
    return softmaxCrossEntropy(matVec(net.w3, z2).add(net.b3), t)
  },
  { shared: 0 },
)

/** The same, from the function of one sample. */
function vmapLossOf(batch: number) {
  return (net: BVar<Net>, x: Var<Matrix<number, 784>>, t: Var<Matrix<number, 10>>): Var<number> =>
    sum(sampleLosses(net, x, t)).div(batch)
}

/** The works for batches. */
export function batchWorks(): Work[] {
  return [...worksOf(32).slice(0, 1), ...worksOf(128)]
}

function worksOf(batch: number): [gradient: Work, step: Work] {
  const random = randomNumbers(5)
  const start = randomNetwork(1)
  const x = Float64Array.from({ length: batch * 784 }, () => Math.abs(random()))
  const t = new Float64Array(batch * 10)
  for (let s = 0; s < batch; s++) t[10 * s + (s % 10)] = 1
  const net = tensorsOf(start)
  const input = resident(matrix(x, batch, 784))
  const target = resident(matrix(t, batch, 10))
  const parameters = resident(net)
  const gradient = resident(tensorsOf(emptyNetwork()))
  const stepped = resident(net)
  const loss = lossOf(batch)
  const gradientOurs = gradBP(loss, { wrt: 0, into: gradient })
  const gradientCompiled = compile(gradientOurs)
  const vmapLoss = vmapLossOf(batch)
  const gradientVmap = gradBP(vmapLoss, { wrt: 0, into: gradient })
  const gradientVmapCompiled = compile(gradientVmap)
  const stepOurs = sgdStep(loss, { rate: RATE })
  const stepCompiled = compile(stepOurs)
  const stepVmap = sgdStep(vmapLoss, { rate: RATE })
  const stepVmapCompiled = compile(stepVmap)
  const byHand = new WasmBatch(batch, parameters, gradient, input, target)
  const steppedByHand = new WasmBatch(batch, stepped, gradient, input, target)
  const optimised = new OptimisedBatch(batch)
  const room = emptyNetwork()
  const name = `b${String(batch)}`

  const expected = emptyNetwork()
  naiveGradient(start, batch, x, t, expected)
  const gradients: Variant[] = [
    { name: 'naive-ts', run: () => naiveGradient(start, batch, x, t, room) },
    { name: 'manual-ts', run: () => optimised.gradient(start, x, t, room) },
    { name: 'manual-wasm', run: () => byHand.gradient() },
    { name: 'ours', run: () => gradientOurs(parameters, input, target) },
    { name: 'ours-compiled', run: () => gradientCompiled(parameters, input, target) },
    { name: 'ours-vmap', run: () => gradientVmap(parameters, input, target) },
    { name: 'vmap-compiled', run: () => gradientVmapCompiled(parameters, input, target) },
  ]
  for (const { name: variant, run } of gradients) {
    gradient.write(tensorsOf(emptyNetwork()))
    run()
    const isPlain = variant === 'naive-ts' || variant === 'manual-ts'
    checkNetworks(`gradient ${name}, ${variant}`, expected, isPlain ? room : arraysOf(gradient.read()))
  }

  const steppedNaive = copyOf(start)
  const steppedOptimised = copyOf(start)
  naiveStep(steppedNaive, batch, x, t, 0.5, room)
  optimised.step(steppedOptimised, x, t, 0.5)
  checkNetworks(`step ${name}, manual-ts`, steppedNaive, steppedOptimised)
  const check = sgdStep(loss, { rate: 0.5 })
  const checkCompiled = compile(check)
  const checkVmap = sgdStep(vmapLoss, { rate: 0.5 })
  const steps: Variant[] = [
    { name: 'ours', run: () => check(stepped, input, target) },
    { name: 'ours-compiled', run: () => checkCompiled(stepped, input, target) },
    { name: 'ours-vmap', run: () => checkVmap(stepped, input, target) },
    { name: 'manual-wasm', run: () => steppedByHand.step(0.5) },
  ]
  for (const { name: variant, run } of steps) {
    stepped.write(net)
    run()
    checkNetworks(`step ${name}, ${variant}`, steppedNaive, arraysOf(stepped.read()))
  }

  return [
    {
      name: `mlp.gradient.${name}`,
      units: { name: 'GFLOP/s', count: batch * (2 * MLP_FLOPS + 2 * (300 * 100 + 100 * 10)) },
      variants: gradients,
    },
    {
      name: `mlp.step.${name}`,
      units: { name: 'GFLOP/s', count: batch * (2 * MLP_FLOPS + 2 * (300 * 100 + 100 * 10)) },
      variants: [
        { name: 'naive-ts', run: () => naiveStep(steppedNaive, batch, x, t, RATE, room) },
        { name: 'manual-ts', run: () => optimised.step(steppedOptimised, x, t, RATE) },
        { name: 'manual-wasm', run: () => steppedByHand.step(RATE) },
        { name: 'ours', run: () => stepOurs(stepped, input, target) },
        { name: 'ours-compiled', run: () => stepCompiled(stepped, input, target) },
        { name: 'ours-vmap', run: () => stepVmap(stepped, input, target) },
        { name: 'vmap-compiled', run: () => stepVmapCompiled(stepped, input, target) },
      ],
    },
  ]
}
