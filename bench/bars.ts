/**
 * The bars: what the library must reach, as ratios of variants that took turns in one run. For each: required, measured
 * (median over rounds), 95 % bootstrap interval of that median, pass or miss; for compiled functions the upper end of the
 * interval counts. A miss needs a profile in bench/profiles/.
 *
 *   npm run bars                 about four minutes
 *   npm run bars -- --quick      one minute, wider intervals
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { hasRelaxedSimd } from '../src/wasm/load.ts'
import { measure, ratio, type Times } from './measure.ts'
import { allWorks } from './works.ts'

/** slower ÷ faster, or ours ÷ by hand, of one work. */
interface Bar {
  readonly name: string
  readonly work: string
  readonly over: string
  readonly under: string
  /** At most this, if the ratio is a cost; at least, if it is a gain. Reported only, without either. */
  readonly atMost?: number
  readonly atLeast?: number
  /** Must the whole interval hold it, not the median alone? */
  readonly surely?: boolean
}

const bars: readonly Bar[] = [
  cost('gradient, ours ÷ by hand on the same kernels', 'mlp.gradient.b1', 'ours', 'manual-wasm', 1.05),
  cost('SGD step, ours ÷ by hand on the same kernels', 'mlp.step.b1', 'ours', 'manual-wasm', 1.05),
  cost('gradient, compiled ÷ by hand', 'mlp.gradient.b1', 'ours-compiled', 'manual-wasm', 1.01, true),
  cost('SGD step, compiled ÷ by hand', 'mlp.step.b1', 'ours-compiled', 'manual-wasm', 1.01, true),
  gain('run, optimised TypeScript ÷ ours', 'mlp.run.b1', 'manual-ts', 4),
  gain('gradient, optimised TypeScript ÷ ours', 'mlp.gradient.b1', 'manual-ts', 5),
  gain('SGD step, optimised TypeScript ÷ ours', 'mlp.step.b1', 'manual-ts', 6),
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
]

function cost(name: string, work: string, over: string, under: string, atMost: number, surely = false): Bar {
  return { name, work, over, under, atMost, surely }
}

function gain(name: string, work: string, over: string, atLeast: number): Bar {
  return { name, work, over, under: 'ours', atLeast }
}

function report(name: string, work: string, over: string): Bar {
  return { name, work, over, under: 'ours' }
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const results = new Map<string, Times[]>()
for (const work of allWorks().filter(({ name }) => bars.some(bar => bar.work === name))) {
  const slow = work.name.startsWith('gemm')
  const options = values.quick
    ? { millis: 1000, rounds: slow ? 5 : 41 }
    : { millis: slow ? 6000 : 5000, rounds: slow ? 15 : 151 }
  results.set(work.name, measure(work.variants, options))
}

let passed = 0
let missed = 0
console.log(`${'bar'.padEnd(50)} ${'required'.padEnd(9)} ${'measured'.padEnd(9)} ${'interval'.padEnd(16)} result`)
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
        ? measured.median >= bar.atLeast
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
  console.log(
    `${bar.name.padEnd(50)} ${required.padEnd(9)} ${measured.median.toFixed(3).padEnd(9)} ` +
      `${`${measured.low.toFixed(3)} … ${measured.high.toFixed(3)}`.padEnd(16)} ${verdict}`,
  )
}
console.log(`\n${String(passed)} bars passed, ${String(missed)} missed`)
