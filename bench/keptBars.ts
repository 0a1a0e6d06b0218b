/**
 * Bars that no run of a few minutes can measure, read from the files of the runs that did; and the memory of a program, which needs
 * no clock.
 */
import { existsSync, readFileSync } from 'node:fs'
import { compile, resident, sgdStep, zeros } from '../src/index.ts'
import { emptyNetwork } from './manual/network.ts'
import { median } from './measure.ts'
import type { MnistResults, MnistRun } from './mnist.ts'
import { loss, type Net, tensorsOf } from './works.ts'

/** A bar with one figure: at most this. */
export interface KeptBar {
  readonly name: string
  readonly atMost: number
  readonly measured: number
  /** Where the figure is from. */
  readonly from: string
  /** Its profile, should it miss. */
  readonly work: string
}

const MNIST = 'bench/results/mnist.json'

function mnistBars(): KeptBar[] {
  if (!existsSync(MNIST)) throw new Error(`${MNIST} is missing: npm run bench:mnist -- --data DIR`)
  const { runs, node, date } = JSON.parse(readFileSync(MNIST, 'utf8')) as MnistResults
  const from = `${MNIST}, Node ${node}, ${date}`
  const of = (name: string): MnistRun[] => runs.filter(run => run.name === name)
  const seconds = (name: string): number => median(of(name).map(({ secondsPerEpoch }) => secondsPerEpoch))
  const errors = (name: string, epochs: number): number[] => of(name).map(run => 100 * run.errors[epochs - 1])
  const bar = (name: string, measured: number, atMost: number): KeptBar => ({
    name: `MNIST, ${name}`,
    atMost,
    measured,
    from,
    work: 'mnist',
  })
  return [
    bar('a step a sample, seconds an epoch', seconds('sgd'), 10),
    bar('the same, % test error after one epoch, worst seed', Math.max(...errors('sgd', 1)), 6),
    bar('the same, after ten epochs', Math.max(...errors('sgd', 10)), 3),
    bar('batches of 128 by Adam, seconds an epoch', seconds('adam'), 4.5),
    bar('the same on two cores', seconds('adam-2cores'), 3),
    bar('% test error after 15 epochs, median of seeds', median(errors('adam', 15)), 2.4),
  ]
}

/**
 * The numbers that a step by hand keeps at one time: parameters, input, target, and for each layer what it gives and the derivative by
 * what goes into its function (bench/manual/wasm.ts).
 */
const NUMBERS_BY_HAND = 266_610 + 784 + 10 + 2 * (300 + 100 + 10)

function memoryBar(): KeptBar {
  using parameters = resident<Net>(tensorsOf(emptyNetwork()))
  using step = compile(sgdStep(loss, { rate: 0.1 }))
  step(parameters, zeros(784), zeros(10))
  const measured = (8 * 266_610 + step.bytes) / (8 * NUMBERS_BY_HAND)
  return { name: 'memory of the compiled step ÷ by hand', atMost: 2.5, measured, from: 'this run', work: 'memory' }
}

/** All of them. */
export function keptBars(): KeptBar[] {
  return [memoryBar(), ...mnistBars()]
}
