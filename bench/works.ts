/** What is measured: each work in all its variants, checked against each other before any of them is timed. */
import {
  compile,
  evalBP,
  gradBP,
  logistic,
  matMul,
  matrix,
  matVec,
  op1,
  op2,
  resident,
  sgdStep,
  softmax,
  vector,
} from '../src/index.ts'
import { softmaxCrossEntropy, type BVar, type Matrix, type Var, type Vector } from '../src/index.ts'
import { engine } from '../src/wasm/engine.ts'
import { hasRelaxedSimd } from '../src/wasm/binary.ts'
import { BaselineTape, ScalarTape } from './baseline/index.ts'
import { batchWorks } from './batchWorks.ts'
import { CHAIN_INPUT, chainDerivative, chainGradientOfClosures, chainGradientOnTape } from './manual/chain.ts'
import { ClosureEngine } from './manual/closures.ts'
import { type Binary, HostTape, type HostValue, type Unary } from './manual/hostTape.ts'
import * as naive from './manual/naive.ts'
import { emptyNetwork, randomNetwork, randomNumbers, type NetworkArrays } from './manual/network.ts'
import * as onTape from './manual/onTape.ts'
import * as optimised from './manual/optimised.ts'
import { registerLoop } from './manual/registers.ts'
import { ManualWasm } from './manual/wasm.ts'
import type { Variant } from './measure.ts'
import { float32Works } from './float32Works.ts'
import { generatedWorks } from './generatedWorks.ts'
import { partWorks } from './partWorks.ts'

/** A work: the same result by every variant. */
export interface Work {
  readonly name: string
  /**
   * The work that its variants ours-f32 and ours-2cores are rows of, where that is another: they are timed beside their own ours and
   * manual-ts, in a process that does not disturb the others.
   */
  readonly row?: string
  readonly variants: readonly Variant[]
  /** How many of what one run does, for rates: floating-point operations, records, or elements. */
  readonly units: { readonly name: 'GFLOP/s' | 'ns a record' | 'ns an element'; readonly count: number }
}

export interface Net {
  w1: Matrix<300, 784>
  b1: Vector<300>
  w2: Matrix<100, 300>
  b2: Vector<100>
  w3: Matrix<10, 100>
  b3: Vector<10>
}

type Input = Var<Vector<784>>
type Target = Var<Vector<10>>

const logits = (net: BVar<Net>, x: Input): Target => {
  const z1 = logistic(matVec(net.w1, x).add(net.b1))
  const z2 = logistic(matVec(net.w2, z1).add(net.b2))
  return matVec(net.w3, z2).add(net.b3)
}
const probabilities = (net: BVar<Net>, x: Input): Target => softmax(logits(net, x))
export const loss = (net: BVar<Net>, x: Input, t: Target): Var<number> => softmaxCrossEntropy(logits(net, x), t)

export function tensorsOf(arrays: NetworkArrays): Net {
  return {
    w1: matrix(arrays.w1, 300, 784),
    b1: vector(arrays.b1, 300),
    w2: matrix(arrays.w2, 100, 300),
    b2: vector(arrays.b2, 100),
    w3: matrix(arrays.w3, 10, 100),
    b3: vector(arrays.b3, 10),
  }
}

export function arraysOf(net: Net): NetworkArrays {
  return { w1: net.w1.data, b1: net.b1.data, w2: net.w2.data, b2: net.b2.data, w3: net.w3.data, b3: net.b3.data }
}

export function copyOf(network: NetworkArrays): NetworkArrays {
  const names = Object.keys(network) as (keyof NetworkArrays)[]
  return Object.fromEntries(names.map(name => [name, network[name].slice()])) as unknown as NetworkArrays
}

/** params −= rate · gradient. */
function descend(params: NetworkArrays, gradient: NetworkArrays, rate: number): void {
  for (const name of Object.keys(params) as (keyof NetworkArrays)[]) {
    const to = params[name]
    const from = gradient[name]
    for (let i = 0; i < to.length; i++) to[i] -= rate * from[i]
  }
}

/** Throws unless two results agree to 1e-10, relative to the largest number. */
function checkClose(what: string, a: Float64Array, b: Float64Array): void {
  let largest = 1e-300
  let difference = 0
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]))
    difference = Math.max(difference, Math.abs(a[i] - b[i]))
  }
  if (!(difference <= 1e-10 * largest)) throw new Error(`${what}: results differ by ${String(difference / largest)}`)
}

export function checkNetworks(what: string, a: NetworkArrays, b: NetworkArrays): void {
  for (const name of Object.keys(a) as (keyof NetworkArrays)[]) checkClose(`${what}, ${name}`, a[name], b[name])
}

/** So small that a million steps on one sample leave the network what it is. */
export const RATE = 1e-9
export const MLP_FLOPS = 2 * (784 * 300 + 300 * 100 + 100 * 10)

/** The network 784-300-100-10 on one sample: forward, gradient, step of SGD. */
export function networkWorks(): Work[] {
  const start = randomNetwork(1)
  const random = randomNumbers(2)
  const x = Float64Array.from({ length: 784 }, () => Math.abs(random()))
  const t = Float64Array.from({ length: 10 }, (_, i) => (i === 3 ? 1 : 0))
  const input = vector(x, 784)
  const target = vector(t, 10)
  const net = tensorsOf(start)
  const parameters = resident(net)
  const gradient = resident(tensorsOf(emptyNetwork()))
  const byHand = new ManualWasm(parameters, gradient)
  const tape = new BaselineTape()
  const out = new Float64Array(10)
  const gradientArrays = emptyNetwork()

  const runOurs = evalBP(probabilities)
  const gradientOurs = gradBP(loss, { wrt: 0, into: gradient })
  const gradientCopying = gradBP(loss, { wrt: 0 })
  const stepOurs = sgdStep(loss, { rate: RATE })
  const runCompiled = compile(runOurs)
  const gradientCompiled = compile(gradientOurs)
  const stepCompiled = compile(stepOurs)

  naive.run(start, x, out)
  const expected = out.slice()
  checkClose('run, ours', expected, runOurs(parameters, input).data)
  checkClose('run, ours-compiled', expected, runCompiled(parameters, input).data)
  checkClose('run, manual-wasm', expected, byHand.run(x))
  optimised.run(start, x, out)
  checkClose('run, manual-ts', expected, out)
  onTape.run(tape, start, x, out)
  checkClose('run, baseline-ts', expected, out)

  const gradientExpected = emptyNetwork()
  naive.gradient(start, x, t, gradientExpected)
  gradientOurs(parameters, input, target)
  checkNetworks('gradient, ours', gradientExpected, arraysOf(gradient.read()))
  gradient.write(tensorsOf(emptyNetwork()))
  gradientCompiled(parameters, input, target)
  checkNetworks('gradient, ours-compiled', gradientExpected, arraysOf(gradient.read()))
  checkNetworks('gradient, ours-copying', gradientExpected, arraysOf(gradientCopying(net, input, target)))
  byHand.gradient(x, t)
  checkNetworks('gradient, manual-wasm', gradientExpected, arraysOf(gradient.read()))
  optimised.gradient(start, x, t, gradientArrays)
  checkNetworks('gradient, manual-ts', gradientExpected, gradientArrays)
  onTape.gradient(tape, start, x, t, gradientArrays)
  checkNetworks('gradient, baseline-ts', gradientExpected, gradientArrays)

  const stepped = resident(net)
  const steppedByHand = new ManualWasm(stepped, gradient)
  const steppedNaive = copyOf(start)
  const steppedOptimised = copyOf(start)
  const steppedOnTape = copyOf(start)
  const steppedCopying = copyOf(start)
  const copyingNet = tensorsOf(steppedCopying)
  const check = sgdStep(loss, { rate: 0.5 })
  check(stepped, input, target)
  naive.step(steppedNaive, x, t, 0.5)
  checkNetworks('step, ours', steppedNaive, arraysOf(stepped.read()))
  stepped.write(net)
  compile(check)(stepped, input, target)
  checkNetworks('step, ours-compiled', steppedNaive, arraysOf(stepped.read()))
  optimised.step(steppedOptimised, x, t, 0.5)
  checkNetworks('step, manual-ts', steppedNaive, steppedOptimised)
  stepped.write(net)
  steppedByHand.step(x, t, 0.5)
  checkNetworks('step, manual-wasm', steppedNaive, arraysOf(stepped.read()))

  return [
    {
      name: 'mlp.run.b1',
      units: { name: 'GFLOP/s', count: MLP_FLOPS },
      variants: [
        { name: 'naive-ts', run: () => naive.run(start, x, out) },
        { name: 'manual-ts', run: () => optimised.run(start, x, out) },
        { name: 'baseline-ts', run: () => onTape.run(tape, start, x, out) },
        { name: 'manual-wasm', run: () => byHand.run(x) },
        { name: 'ours', run: () => runOurs(parameters, input) },
        { name: 'ours-compiled', run: () => runCompiled(parameters, input) },
        { name: 'ours-copying', run: () => runOurs(net, input) },
      ],
    },
    {
      name: 'mlp.gradient.b1',
      units: { name: 'GFLOP/s', count: 2 * MLP_FLOPS + 2 * (300 * 100 + 100 * 10) - MLP_FLOPS / 2 },
      variants: [
        { name: 'naive-ts', run: () => naive.gradient(start, x, t, gradientArrays) },
        { name: 'manual-ts', run: () => optimised.gradient(start, x, t, gradientArrays) },
        { name: 'baseline-ts', run: () => onTape.gradient(tape, start, x, t, gradientArrays) },
        { name: 'manual-wasm', run: () => byHand.gradient(x, t) },
        { name: 'ours', run: () => gradientOurs(parameters, input, target) },
        { name: 'ours-compiled', run: () => gradientCompiled(parameters, input, target) },
        { name: 'ours-copying', run: () => gradientCopying(net, input, target) },
      ],
    },
    {
      name: 'mlp.step.b1',
      units: { name: 'GFLOP/s', count: 2 * MLP_FLOPS + 2 * (300 * 100 + 100 * 10) },
      variants: [
        { name: 'naive-ts', run: () => naive.step(steppedNaive, x, t, RATE) },
        { name: 'manual-ts', run: () => optimised.step(steppedOptimised, x, t, RATE) },
        {
          name: 'baseline-ts',
          run: () => {
            onTape.gradient(tape, steppedOnTape, x, t, gradientArrays)
            descend(steppedOnTape, gradientArrays, RATE)
          },
        },
        { name: 'manual-wasm', run: () => steppedByHand.step(x, t, RATE) },
        { name: 'ours', run: () => stepOurs(stepped, input, target) },
        { name: 'ours-compiled', run: () => stepCompiled(stepped, input, target) },
        {
          name: 'ours-copying',
          run: () => {
            descend(steppedCopying, arraysOf(gradientCopying(copyingNet, input, target)), RATE)
          },
        },
      ],
    },
  ]
}

/** One matrix-vector and one matrix product. */
export function kernelWorks(): Work[] {
  const random = randomNumbers(3)
  const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, random)
  return [gemvWork(numbers), gemmWork(numbers)]
}

function gemvWork(numbers: (n: number) => Float64Array): Work {
  const m = 300 as const
  const n = 784 as const
  const a = numbers(m * n)
  const x = numbers(n)
  const y = new Float64Array(m)
  const { memory, exports } = engine()
  const [ra, rx] = [resident(matrix(a, m, n)), resident(vector(x, n))]
  const [pa, px, py] = [ra.flat[0].pointer, rx.flat[0].pointer, memory.allocate(8 * m)]
  const ours = evalBP((a: Var<Matrix<300, 784>>, x: Var<Vector<784>>) => matVec(a, x))
  naive.gemv(m, n, a, x, y)
  const expected = y.slice()
  checkClose('gemv, ours', expected, ours(ra, rx).data)
  exports.gemv(m, n, pa, px, 0, py)
  checkClose('gemv, manual-wasm', expected, memory.f64.slice(py / 8, py / 8 + m))
  optimised.gemv(m, n, a, x, y)
  checkClose('gemv, manual-ts', expected, y)
  return {
    name: 'gemv.300x784',
    units: { name: 'GFLOP/s', count: 2 * m * n },
    variants: [
      { name: 'naive-ts', run: () => naive.gemv(m, n, a, x, y) },
      { name: 'manual-ts', run: () => optimised.gemv(m, n, a, x, y) },
      { name: 'manual-wasm', run: () => exports.gemv(m, n, pa, px, 0, py) },
      { name: 'ours', run: () => ours(ra, rx) },
    ],
  }
}

function gemmWork(numbers: (n: number) => Float64Array): Work {
  const n = 512 as const
  const a = numbers(n * n)
  const b = numbers(n * n)
  const c = new Float64Array(n * n)
  const { memory, exports } = engine()
  const [ra, rb] = [resident(matrix(a, n, n)), resident(matrix(b, n, n))]
  const [pa, pb, pc] = [ra.flat[0].pointer, rb.flat[0].pointer, memory.allocate(8 * n * n)]
  const workspace = memory.allocate(exports.gemmWorkspaceBytes(n, n, n))
  const ours = evalBP((a: Var<Matrix<512, 512>>, b: Var<Matrix<512, 512>>) => matMul(a, b))
  const kernel = (): void => {
    exports.gemm(n, n, n, 1, pa, false, pb, false, pc, false, workspace)
  }
  naive.gemm(n, n, n, a, b, c)
  const expected = c.slice()
  checkClose('gemm, ours', expected, ours(ra, rb).data)
  kernel()
  checkClose('gemm, manual-wasm', expected, memory.f64.slice(pc / 8, pc / 8 + n * n))
  optimised.gemm(n, n, n, a, b, c)
  checkClose('gemm, manual-ts', expected, c)
  const flops = 2 * n ** 3
  return {
    name: 'gemm.512',
    units: { name: 'GFLOP/s', count: flops },
    variants: [
      { name: 'naive-ts', run: () => naive.gemm(n, n, n, a, b, c) },
      { name: 'manual-ts', run: () => optimised.gemm(n, n, n, a, b, c) },
      { name: 'registers', run: registerLoop(flops, hasRelaxedSimd()) },
      { name: 'manual-wasm', run: kernel },
      { name: 'ours', run: () => ours(ra, rb) },
    ],
  }
}

const CHAIN_LENGTH = 10_000

/** The chain of scalar records: recording, forward and backward. */
export function scalarWorks(): Work[] {
  const tape = new ScalarTape()
  const closures = new ClosureEngine()
  const ours = gradBP((x: Var<number>) => {
    let v = x
    let i = 0
    for (; i + 2 < CHAIN_LENGTH; i += 3) v = v.add(x).mul(x).sub(x)
    if (i < CHAIN_LENGTH) v = v.add(x)
    if (i + 1 < CHAIN_LENGTH) v = v.mul(x)
    return v
  })
  const compiled = compile(ours)
  const variants: Variant[] = [
    { name: 'naive-ts', run: () => chainGradientOfClosures(closures, CHAIN_LENGTH, CHAIN_INPUT) },
    { name: 'manual-ts', run: () => chainDerivative(CHAIN_LENGTH, CHAIN_INPUT) },
    { name: 'baseline-ts', run: () => chainGradientOnTape(tape, CHAIN_LENGTH, CHAIN_INPUT) },
    { name: 'ours', run: () => ours(CHAIN_INPUT) },
    { name: 'ours-compiled', run: () => compiled(CHAIN_INPUT) },
  ]
  const expected = chainDerivative(CHAIN_LENGTH, CHAIN_INPUT)
  for (const { name, run } of variants) {
    checkClose(`scalar.chain, ${name}`, Float64Array.of(expected), Float64Array.of(run() as number))
  }
  return [{ name: 'scalar.chain', units: { name: 'ns a record', count: CHAIN_LENGTH }, variants }]
}

const HOST_LENGTH = 100_000
/** The ops of the graph of host ops: the same functions on the tape of closures and by `op1` and `op2`. */
const hostProduct: Binary = (x, y) => [x * y, dz => [dz * y, dz * x]]
const hostMean: Binary = (x, y) => [0.5 * (x + y), dz => [0.5 * dz, 0.5 * dz]]
const hostSquash: Unary = x => [x / (1 + x * x), dz => [(dz * (1 - x * x)) / (1 + x * x) ** 2]]

/** A graph of 10⁵ ops of the user's on numbers: forward, and gradient. */
export function hostWorks(): Work[] {
  const product = op2(hostProduct)
  const mean = op2(hostMean)
  const squash = op1(hostSquash)
  const graph = (x: Var<number>): Var<number> => {
    let v = x
    for (let i = 0; i < HOST_LENGTH; i += 4) v = mean(mean(squash(product(v, x)), x), v)
    return v
  }
  const onClosures = (tape: HostTape, x: HostValue): HostValue => {
    let v = x
    for (let i = 0; i < HOST_LENGTH; i += 4) {
      v = tape.binary(hostMean, tape.binary(hostMean, tape.unary(hostSquash, tape.binary(hostProduct, v, x)), x), v)
    }
    return v
  }
  const runClosures = (at: number): number => {
    const tape = new HostTape()
    return onClosures(tape, tape.input(at)).data
  }
  const gradientOfClosures = (at: number): number => {
    const tape = new HostTape()
    const x = tape.input(at)
    tape.backward(onClosures(tape, x))
    return x.cotangent
  }
  const run = evalBP(graph)
  const gradient = gradBP(graph)
  checkClose('host.run', Float64Array.of(runClosures(0.7)), Float64Array.of(run(0.7)))
  checkClose('host.graph', Float64Array.of(gradientOfClosures(0.7)), Float64Array.of(gradient(0.7)))
  const units = { name: 'ns a record', count: HOST_LENGTH } as const
  return [
    {
      name: 'host.run',
      units,
      variants: [
        { name: 'naive-ts', run: () => runClosures(0.7) },
        { name: 'ours', run: () => run(0.7) },
      ],
    },
    {
      name: 'host.graph',
      units,
      variants: [
        { name: 'naive-ts', run: () => gradientOfClosures(0.7) },
        { name: 'ours', run: () => gradient(0.7) },
      ],
    },
  ]
}

const RECORD_USES = 500_000

/** The fields of a record used 500 000 times in all: what a use costs must not depend on how many fields there are. */
export function recordWorks(): Work[] {
  const variants = [10, 1000].map(fields => {
    const record = Object.fromEntries(Array.from({ length: fields }, (_, i) => [`field${String(i)}`, 1 + i / fields]))
    const gradient = gradBP((r: BVar<Record<string, number>>) => {
      // Once: an object with 1000 keys is a dictionary to JavaScript, slower to read than one with 10.
      const vars = Object.values(r)
      let v = vars[0]
      for (let i = 1; i < RECORD_USES; i++) v = v.add(vars[i % fields])
      return v
    })
    const expected = new Float64Array(fields).fill(RECORD_USES / fields)
    checkClose(`record.uses, ${String(fields)}`, expected, Float64Array.from(Object.values(gradient(record))))
    return { name: `${String(fields)} fields`, run: () => gradient(record) }
  })
  return [{ name: 'record.uses', units: { name: 'ns a record', count: RECORD_USES }, variants }]
}

/** The works of the benchmark, those together that share their data. Each group is measured in a process of its own. */
export const workGroups = {
  network: networkWorks,
  batch: batchWorks,
  kernel: kernelWorks,
  scalar: scalarWorks,
  part: partWorks,
  host: hostWorks,
  record: recordWorks,
  generated: generatedWorks,
  float32: float32Works,
} as const satisfies Record<string, () => Work[]>

export type WorkGroup = keyof typeof workGroups
