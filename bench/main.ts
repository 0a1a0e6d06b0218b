/**
 * The benchmark: each work in all its variants, interleaved, medians with spread and the ratio to ours.
 *
 *   npm run bench                         about nine minutes
 *   npm run bench -- --quick              less than 40 seconds: what is wrong by a factor shows, no more
 *   npm run bench -- --only mlp           works whose name begins so
 *   npm run bench -- --json FILE          {machine, node, rows: [{work, variant, medianMicros, p10, p90}]}
 *
 * Variants: naive-ts, plain loops (for scalar.chain and host: an object and a closure a record); manual-ts, by hand in optimised
 * TypeScript; baseline-ts, the pure-TypeScript engine; manual-wasm, by hand on our kernels; ours, the library with resident
 * parameters and gradient; ours-compiled, the same, compiled; ours-copying, the library with both crossing the boundary each
 * time; ours-vmap, a batch by the function of one sample; ours-2cores, compiled, with one worker (timed in a process of its own,
 * beside ours without it); ours-f32, compiled where the row is, on float32 (in a process of its own, too). Rows of
 * scalar.rosenbrock1000 that begin with "numbers" or "vector" copy their argument and the gradient; ours, recorded, is of numbers.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { ratio, type Row, rowOf, type Times } from './measure.ts'
import { ofGroup, onTwoCores, twoCoreWorks } from './ownProcess.ts'
import { type Work, type WorkGroup, workGroups } from './works.ts'

/** The rate that a time means for a work. */
function rateText({ units }: Pick<Work, 'units'>, micros: number): string {
  return units.name === 'GFLOP/s'
    ? `${(units.count / micros / 1000).toFixed(2)} GFLOP/s`
    : `${((micros * 1000) / units.count).toFixed(2)} ${units.name}`
}

function timeText(micros: number): string {
  return micros >= 10_000 ? `${(micros / 1000).toFixed(1)} ms` : `${micros.toFixed(1)} µs`
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
})
const machine = cpus()[0]?.model ?? 'unknown'
console.log(`${machine}, Node ${process.versions.node}\n`)
const rows: Row[] = []

/** Prints what was measured of a work, and adds it to the rows. */
function print(work: Omit<Work, 'variants'>, times: readonly Times[]): void {
  const ours =
    times.find(({ variant }) => variant === 'ours') ?? times.find(({ variant }) => variant === 'ours-compiled')
  console.log(work.name)
  for (const one of times) {
    const isOfAnother = one.variant === 'ours-f32' || one.variant === 'ours-2cores'
    const result = rowOf((isOfAnother ? work.row : undefined) ?? work.name, one)
    rows.push(result)
    const compared = ours === undefined || one === ours ? '' : `${ratio(one, ours).median.toFixed(2)} × ours`
    console.log(
      `  ${one.variant.padEnd(19)} ${timeText(result.medianMicros).padStart(10)}   ` +
        `${timeText(result.p10).padStart(10)} … ${timeText(result.p90).padEnd(10)} ` +
        `${rateText(work, result.medianMicros).padStart(20)}   ${compared}`,
    )
  }
  console.log('')
}

const fast = values.quick ? { millis: 90, rounds: 9 } : { millis: 4000, rounds: 101 }
const slow = values.quick ? { millis: 90, rounds: 3 } : { millis: 6000, rounds: 15 }
const cores = values.quick ? { millis: 90, rounds: 9 } : { millis: 4000, rounds: 100 }
for (const group of Object.keys(workGroups) as WorkGroup[]) {
  for (const { work, times } of ofGroup({ group, only: values.only, fast, slow })) print(work, times)
}
if (twoCoreWorks.some(name => name.startsWith(values.only))) {
  for (const { work, times } of onTwoCores(cores)) if (work.name.startsWith(values.only)) print(work, times)
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine, node: process.versions.node, rows }, null, 2)}\n`)
}
