/**
 * The bars: what the library must reach, as ratios of variants that took turns in one run. For each: required, measured
 * (median over rounds), 95 % bootstrap interval of that median, pass or miss; for compiled functions the upper end of the
 * interval counts. A miss needs a profile in bench/profiles/.
 *
 *   npm run bars                 about seven minutes
 *   npm run bars -- --quick      two minutes, wider intervals
 *
 * Bars of hours, and those that need data, are read from the files of their last run (keptBars.ts).
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { hasRelaxedSimd } from '../src/wasm/binary.ts'
import { breakEven } from './generatedWorks.ts'
import { keptBars } from './keptBars.ts'
import { median, ratio, type Times } from './measure.ts'
import { ofGroup, onTwoCores, twoCoreWorks } from './ownProcess.ts'
import { type WorkGroup, workGroups } from './works.ts'

/** slower ÷ faster, or ours ÷ by hand, of one work. */
interface Bar {
  readonly name: string
  readonly work: string
  readonly over: string
  readonly under: string
  /** At most this, if the ratio is a cost; at least, if it is a gain. Reported only, without either. */
  readonly atMost?: number
  readonly atLeast?: number
  /** Must the whole interval hold it, not the median alone? Or need only the best decile of all rounds? */
  readonly surely?: boolean
  readonly atBest?: boolean
}

const bars: readonly Bar[] = [
  cost('gradient, ours ÷ by hand on the same kernels', 'mlp.gradient.b1', 'ours', 'manual-wasm', 1.05),
  cost('SGD step, ours ÷ by hand on the same kernels', 'mlp.step.b1', 'ours', 'manual-wasm', 1.05),
  cost('gradient, compiled ÷ by hand', 'mlp.gradient.b1', 'ours-compiled', 'manual-wasm', 1.01, true),
  cost('SGD step, compiled ÷ by hand', 'mlp.step.b1', 'ours-compiled', 'manual-wasm', 1.01, true),
  gain('run, optimised TypeScript ÷ ours', 'mlp.run.b1', 'manual-ts', 4),
  gain('gradient, optimised TypeScript ÷ ours', 'mlp.gradient.b1', 'manual-ts', 5),
  gain('SGD step, optimised TypeScript ÷ ours', 'mlp.step.b1', 'manual-ts', 6),
  faster('gradient, optimised TypeScript ÷ compiled', 'mlp.gradient.b1', 'manual-ts', 'ours-compiled', 6),
  faster('SGD step, optimised TypeScript ÷ compiled', 'mlp.step.b1', 'manual-ts', 'ours-compiled', 8),
  onTwo('the gradient, compiled, on two cores, best decile', 'cores.gradient.b1', 6, 'manual-ts'),
  onTwo('the SGD step, compiled, on two cores, best decile', 'cores.step.b1', 8, 'manual-ts'),
  gain('gradient of 128 samples, optimised TypeScript ÷ ours', 'mlp.gradient.b128', 'manual-ts', 4.5),
  gain('gradient of 128 samples, naive loops ÷ ours', 'mlp.gradient.b128', 'naive-ts', 15),
  gain('step of 128 samples, optimised TypeScript ÷ ours', 'mlp.step.b128', 'manual-ts', 4.5),
  gain('step of 128 samples, naive loops ÷ ours', 'mlp.step.b128', 'naive-ts', 15),
  report('gradient of 32 samples, optimised TypeScript ÷ ours', 'mlp.gradient.b32', 'manual-ts'),
  gain('gemv 300×784, naive loops ÷ ours', 'gemv.300x784', 'naive-ts', 5),
  report('gemv 300×784, optimised TypeScript ÷ ours', 'gemv.300x784', 'manual-ts'),
  gain('gemm 512, naive loops ÷ ours', 'gemm.512', 'naive-ts', 12),
  report('gemm 512, optimised TypeScript ÷ ours', 'gemm.512', 'manual-ts'),
  hasRelaxedSimd()
    ? gain('gemm 512, relaxed_madd in registers ÷ ours', 'gemm.512', 'registers', 0.8)
    : gain('gemm 512, mul and add in registers ÷ ours', 'gemm.512', 'registers', 0.85),
  cost('scalar chain, ours ÷ flat TypeScript tape', 'scalar.chain', 'ours', 'baseline-ts', 2.8),
  gain('scalar chain, closure an op ÷ ours', 'scalar.chain', 'naive-ts', 2.5),
  cost('graph of host ops, ours ÷ tape of closures', 'host.graph', 'ours', 'naive-ts', 1.5),
  cost('the same, forward only', 'host.run', 'ours', 'naive-ts', 1.5),
  cost('a use of a record, 1000 fields ÷ 10 fields', 'record.uses', '1000 fields', '10 fields', 1.5),
  onTwo('gemm 1024, one core ÷ two, best decile', 'gemm.1024', 1.7),
  onTwo('gradient of 512 samples, one core ÷ two, best decile', 'mlp.gradient.b512', 1.5),
  cost('Rosenbrock 1000, ours ÷ flat TypeScript tape', 'scalar.rosenbrock1000', 'ours', 'baseline-ts', 2.8),
  cost('generated ÷ by hand, both in place', 'scalar.rosenbrock1000', 'ours-compiled', 'manual-ts', 3),
  faster('interpreted ÷ generated, in place', 'scalar.rosenbrock1000', 'ours-interpreted', 'ours-compiled', 5),
  faster('generated ÷ by hand, a vector copied', 'scalar.rosenbrock1000', 'vector-compiled', 'manual-ts'),
  faster('generated ÷ by hand, 1000 numbers copied', 'scalar.rosenbrock1000', 'numbers-compiled', 'manual-ts'),
  faster('interpreted ÷ generated, 1000 numbers', 'scalar.rosenbrock1000', 'numbers-interpreted', 'numbers-compiled'),
  faster('Adam over 266,610 numbers, unfused ÷ fused', 'elementwise.adam', 'unfused', 'ours-compiled', 1.5),
  faster('gradient of a loss over them, unfused ÷ fused', 'elementwise.loss', 'unfused', 'ours-compiled', 1.5),
  ahead('gradient', 'mlp.gradient.b1', 'ours', 0.37, 'a WASM array library'),
  ahead('gradient of 128', 'mlp.gradient.b128', 'ours', 0.47, 'a WASM array library'),
  ahead('gradient, float32', 'float32.gradient.b1', 'ours-f32', 1.24, 'a jitting library'),
  ahead('gradient of 128, float32', 'float32.gradient.b128', 'ours-f32', 0.17, 'a jitting library'),
  narrow('gemm 512, float64 ÷ float32', 'float32.gemm.512', 'ours'),
  narrow('gemv 4096, float64 ÷ float32', 'float32.gemv.4096', 'ours'),
  narrow('gradient, float64 ÷ float32', 'float32.gradient.b1', 'ours-compiled'),
  narrow('SGD step, float64 ÷ float32', 'float32.step.b1', 'ours-compiled'),
  narrow('gradient of 128 samples, float64 ÷ float32', 'float32.gradient.b128', 'ours-compiled'),
  narrow('SGD step of 128 samples, float64 ÷ float32', 'float32.step.b128', 'ours-compiled'),
]

function cost(name: string, work: string, over: string, under: string, atMost: number, surely = false): Bar {
  return { name, work, over, under, atMost, surely }
}

function gain(name: string, work: string, over: string, atLeast: number): Bar {
  return { name, work, over, under: 'ours', atLeast }
}

function onTwo(name: string, work: string, atLeast: number, over = 'ours'): Bar {
  return { name, work, over, under: 'ours-2cores', atLeast, atBest: true }
}

function faster(name: string, work: string, over: string, under: string, atLeast?: number): Bar {
  return { name, work, over, under, ...(atLeast === undefined ? {} : { atLeast }) }
}

function report(name: string, work: string, over: string): Bar {
  return { name, work, over, under: 'ours' }
}

/** What the best elsewhere in JavaScript takes, over the same optimised loops: less. */
function ahead(name: string, work: string, over: string, atMost: number, elsewhere: string): Bar {
  return { name: `${name} ÷ optimised TypeScript; ${elsewhere}`, work, over, under: 'manual-ts', atMost }
}

/** What float32 must gain where memory or lanes bound. */
function narrow(name: string, work: string, over: string): Bar {
  return { name, work, over, under: 'ours-f32', atLeast: 1.7 }
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const results = new Map<string, readonly Times[]>()
/** By work: the variants that a bar compares. Others would only disturb: one that copies megabytes makes all of them slower. */
const variants: Record<string, string[]> = { 'scalar.rosenbrock1000': ['vector-interpreted'] }
for (const { work, over, under } of bars) {
  if (!twoCoreWorks.includes(work)) variants[work] = [...new Set([...(variants[work] ?? []), over, under])]
}
for (const group of Object.keys(workGroups) as WorkGroup[]) {
  const fast = values.quick ? { millis: 1000, rounds: 41 } : { millis: 5000, rounds: 151 }
  const slow = values.quick ? { millis: 1000, rounds: 5 } : { millis: 6000, rounds: 15 }
  for (const { work, times } of ofGroup({ group, variants, fast, slow })) results.set(work.name, times)
}
for (const { work, times } of onTwoCores(values.quick ? { millis: 2000, rounds: 50 } : { millis: 4000, rounds: 100 }))
  results.set(work.name, times)

let passed = 0
let missed = 0
console.log(`${'bar'.padEnd(56)} ${'required'.padEnd(9)} ${'measured'.padEnd(9)} ${'interval'.padEnd(16)} result`)
for (const bar of bars) {
  const times = results.get(bar.work) ?? []
  const over = times.find(({ variant }) => variant === bar.over)
  const under = times.find(({ variant }) => variant === bar.under)
  if (over === undefined || under === undefined) throw new Error(`${bar.work}: no variant ${bar.over} or ${bar.under}`)
  const measured = ratio(over, under)
  const required =
    bar.atMost !== undefined ? `≤ ${String(bar.atMost)}` : bar.atLeast !== undefined ? `≥ ${String(bar.atLeast)}` : '–'
  const holds =
    bar.atMost !== undefined
      ? (bar.surely === true ? measured.high : measured.median) <= bar.atMost
      : bar.atLeast !== undefined
        ? (bar.atBest === true ? measured.bestDecile : measured.median) >= bar.atLeast
        : undefined
  if (holds === true) passed++
  if (holds === false) missed++
  const profile = `bench/profiles/${bar.work}.md`
  const verdict =
    holds === undefined
      ? 'reported'
      : holds
        ? 'pass'
        : existsSync(profile)
          ? `MISS (${profile})`
          : `MISS, and ${profile} is missing`
  const decile = bar.atBest === true ? `, best decile ${measured.bestDecile.toFixed(3)}` : ''
  console.log(
    `${bar.name.padEnd(56)} ${required.padEnd(9)} ${measured.median.toFixed(3).padEnd(9)} ` +
      `${`${measured.low.toFixed(3)} … ${measured.high.toFixed(3)}`.padEnd(16)} ${verdict}${decile}`,
  )
}
for (const { name, atMost, measured, from, work } of keptBars()) {
  const holds = measured <= atMost
  if (holds) passed++
  else missed++
  const verdict = holds ? 'pass' : `MISS (bench/profiles/${work}.md)`
  console.log(
    `${name.padEnd(56)} ${`≤ ${String(atMost)}`.padEnd(9)} ${measured.toFixed(3).padEnd(9)} ${''.padEnd(16)} ${verdict}, ${from}`,
  )
}
const micros = (variant: string): number =>
  median(results.get('scalar.rosenbrock1000')?.find(times => times.variant === variant)?.micros ?? [])
const { micros: generating, calls } = breakEven(micros('vector-interpreted'), micros('vector-compiled'))
console.log(
  `\nRosenbrock 1000: generating takes ${generating.toFixed(0)} µs, which have paid after ${calls.toFixed(0)} calls`,
)
console.log(`\n${String(passed)} bars passed, ${String(missed)} missed`)
