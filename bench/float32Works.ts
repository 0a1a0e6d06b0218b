/**
 * float32 beside float64: the same programs, compiled, on resident parameters. What is checked before: that they agree to the
 * precision of float32.
 */
import {
  castValue,
  compile,
  evalBP,
  gradBP,
  logistic,
  matMul,
  matVec,
  matrix,
  outer,
  resident,
  sgdStep,
} from '../src/index.ts'
import { softmaxCrossEntropy, sum, vector, zeroOf } from '../src/index.ts'
import type { BVar, DType, Matrix, PlainTensor, Var, Vector } from '../src/index.ts'
import { OptimisedBatch } from './manual/batch.ts'
import { emptyNetwork, type NetworkArrays, randomNetwork, randomNumbers } from './manual/network.ts'
import * as optimised from './manual/optimised.ts'
import type { Variant } from './measure.ts'
import type { Work } from './works.ts'

interface Net<D extends DType> {
  w1: Matrix<300, 784, D>
  b1: Vector<300, D>
  w2: Matrix<100, 300, D>
  b2: Vector<100, D>
  w3: Matrix<10, 100, D>
  b3: Vector<10, D>
}

/** The largest difference that float32 may make, relative to the largest number. */
const TOLERANCE = 2e-6

/** Throws unless the results of the two types agree. */
function checkAgree(what: string, wide: unknown, narrow: unknown): void {
  const [a, b] = [wide, narrow].map(numbersOf) as [number[], number[]]
  let largest = 1e-300
  let difference = 0
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]))
    difference = Math.max(difference, Math.abs(a[i] - b[i]))
  }
  if (!(difference <= TOLERANCE * largest))
    throw new Error(`${what}: float32 differs by ${String(difference / largest)}`)
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  const { data } = value as PlainTensor
  return data instanceof Float64Array || data instanceof Float32Array
    ? Array.from(data)
    : Object.values(value as object).flatMap(numbersOf)
}

const oneLoss = <D extends DType>(net: BVar<Net<D>>, x: Var<Vector<784, D>>, t: Var<Vector<10, D>>): Var<number> => {
  const z1 = logistic(matVec(net.w1, x).add(net.b1))
  const z2 = logistic(matVec(net.w2, z1).add(net.b2))
  return softmaxCrossEntropy(matVec(net.w3, z2).add(net.b3), t)
}

/** The mean of a batch's losses. The biases: one row for each sample. */
const batchLoss = <D extends DType>(
  net: BVar<Net<D>>,
  ones: Var<Vector<128, D>>,
  x: Var<Matrix<128, 784, D>>,
  t: Var<Matrix<128, 10, D>>,
): Var<number> => {
  const z1 = logistic(matMul(x, net.w1, { transposeB: true }).add(outer(ones, net.b1)))
  const z2 = logistic(matMul(z1, net.w2, { transposeB: true }).add(outer(ones, net.b2)))
  return sum(softmaxCrossEntropy(matMul(z2, net.w3, { transposeB: true }).add(outer(ones, net.b3)), t)).div(128)
}

/** A loss, whatever its parameters and data are. */
type AnyLoss = (net: Var<number>, data: Var<number>) => Var<number>

/** So small that a million steps leave the network what it is. */
const RATE = 1e-9

/** Gradient and step of a loss, in both types. */
function training<Data extends readonly unknown[], Data32 extends readonly unknown[]>(
  name: string,
  flops: number,
  byHand: (start: NetworkArrays) => { readonly gradient: () => unknown; readonly step: () => unknown },
  loss: (net: BVar<Net<'float64'>>, ...data: Data) => Var<number>,
  loss32: (net: BVar<Net<'float32'>>, ...data: Data32) => Var<number>,
  data: readonly unknown[],
): Work[] {
  const arrays = randomNetwork(1)
  const net: Net<'float64'> = {
    w1: matrix(arrays.w1, 300, 784),
    b1: vector(arrays.b1, 300),
    w2: matrix(arrays.w2, 100, 300),
    b2: vector(arrays.b2, 100),
    w3: matrix(arrays.w3, 10, 100),
    b3: vector(arrays.b3, 10),
  }
  const net32 = castValue('float32', net)
  const data32 = castValue('float32', data)
  type Call = (parameters: unknown, ...data: readonly unknown[]) => unknown
  const prepare = (f: unknown, value: unknown, given: readonly unknown[], variant: string): Variant[] => {
    const [parameters, stepped, into] = [resident(value), resident(value), resident(zeroOf(value))]
    const gradient = compile(gradBP(f as AnyLoss, { wrt: 0, into: into as never })) as unknown as Call
    const step = compile(sgdStep(f as AnyLoss, { rate: RATE })) as unknown as Call
    gradient(parameters, ...given)
    const result = into.read()
    return [
      { name: variant, run: () => gradient(parameters, ...given) },
      { name: variant, run: () => step(stepped, ...given) },
      { name: variant, run: () => result },
    ]
  }
  const [gradient, step, result] = prepare(loss, net, data, 'ours-compiled')
  const [gradient32, step32, result32] = prepare(loss32, net32, data32, 'ours-f32')
  checkAgree(`${name}, gradient`, result.run(), result32.run())
  checkAgree(`${name}, loss`, step.run(), step32.run())
  const units = { name: 'GFLOP/s', count: flops } as const
  const plain = byHand(arrays)
  checkAgree(`${name}, gradient by hand`, result.run(), plain.gradient())
  const work = (what: 'gradient' | 'step', variants: Variant[]): Work => ({
    name: `float32.${what}.${name}`,
    row: `mlp.${what}.${name}`,
    units,
    variants: [{ name: 'manual-ts', run: plain[what] }, ...variants],
  })
  return [work('gradient', [gradient, gradient32]), work('step', [step, step32])]
}

const SAMPLE_FLOPS = 2 * (784 * 300 + 300 * 100 + 100 * 10)

/** A product of that name in both types. */
function products(): Work[] {
  const random = randomNumbers(3)
  const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, random)
  const n = 512 as const
  const wide = 4096 as const
  const [a, b] = [matrix(numbers(n * n), n, n), matrix(numbers(n * n), n, n)]
  const [w, x] = [matrix(numbers(wide * wide), wide, wide), vector(numbers(wide), wide)]
  const multiply = <D extends DType>(
    a: Var<Matrix<512, 512, D>>,
    b: Var<Matrix<512, 512, D>>,
  ): Var<Matrix<512, 512, D>> => matMul(a, b)
  const apply = <D extends DType>(w: Var<Matrix<4096, 4096, D>>, x: Var<Vector<4096, D>>): Var<Vector<4096, D>> =>
    matVec(w, x)
  const work = (name: string, flops: number, f: unknown, operands: readonly unknown[]): Work => {
    const variant = (type: string, values: readonly unknown[]): Variant => {
      const call = evalBP(f as (a: Var<number>, b: Var<number>) => Var<number>) as (
        ...values: readonly unknown[]
      ) => unknown
      const residents = values.map(value => resident(value))
      return { name: type, run: () => call(...residents) }
    }
    const [ours, narrow] = [variant('ours', operands), variant('ours-f32', castValue('float32', operands))]
    checkAgree(name, ours.run(), narrow.run())
    return { name: `float32.${name}`, row: name, units: { name: 'GFLOP/s', count: flops }, variants: [ours, narrow] }
  }
  return [work('gemm.512', 2 * n ** 3, multiply, [a, b]), work('gemv.4096', 2 * wide ** 2, apply, [w, x])]
}

/** All of them. */
export function float32Works(): Work[] {
  const random = randomNumbers(2)
  const pixels = (n: number): Float64Array => Float64Array.from({ length: n }, () => Math.abs(random()))
  const target = Float64Array.from({ length: 1280 }, (_, i) => Number(i % 10 === Math.floor(i / 10) % 10))
  const x = pixels(128 * 784)
  const [x1, target1] = [x.slice(0, 784), target.slice(0, 10)]
  const sample = [vector(x1, 784), vector(target1, 10)]
  const batch = [vector(new Float64Array(128).fill(1), 128), matrix(x, 128, 784), matrix(target, 128, 10)]
  const backward = 3 * SAMPLE_FLOPS - 2 * 784 * 300
  const room = emptyNetwork()
  const oneByHand = (start: NetworkArrays) => ({
    gradient: () => {
      optimised.gradient(start, x1, target1, room)
      return room
    },
    step: () => optimised.step(start, x1, target1, RATE),
  })
  const batchByHand = (start: NetworkArrays) => {
    const loops = new OptimisedBatch(128)
    return {
      gradient: () => {
        loops.gradient(start, x, target, room)
        return room
      },
      step: () => loops.step(start, x, target, RATE),
    }
  }
  return [
    ...products(),
    ...training('b1', backward, oneByHand, oneLoss<'float64'>, oneLoss<'float32'>, sample),
    ...training('b128', 128 * backward, batchByHand, batchLoss<'float64'>, batchLoss<'float32'>, batch),
  ]
}
