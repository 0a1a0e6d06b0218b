/**
 * Measures one group of works and prints `MeasuredWork[]` as JSON, for bench/main.ts and bench/bars.ts: a process for each group,
 * because V8 compiles the library for what it has met, and one that has met every work is slower by up to a fifth in each.
 *
 *   node scripts/run-bundled.mjs bench/workGroup.ts REQUEST      REQUEST: a `WorkRequest` as JSON
 */
import { init } from '../src/index.ts'
import { measure } from './measure.ts'
import type { MeasuredWork, WorkRequest } from './ownProcess.ts'
import { workGroups } from './works.ts'

const { group, only = '', variants, fast, slow } = JSON.parse(process.argv[2] ?? '') as WorkRequest
// So that linear memory never grows: in Node 20 that would slow the variants in plain TypeScript, by up to 1.4 (docs/memory.md).
await init({ initialBytes: 2 ** 29 })
const measured: MeasuredWork[] = []
for (const work of workGroups[group]()) {
  const wanted = variants === undefined ? work.variants.map(({ name }) => name) : variants[work.name]
  if (wanted === undefined || !work.name.startsWith(only)) continue
  const isSlow = work.name.includes('gemm') || work.name.endsWith('b128')
  const times = measure(
    work.variants.filter(({ name }) => wanted.includes(name)),
    isSlow ? slow : fast,
  )
  measured.push({
    name: work.name,
    row: work.row,
    units: work.units,
    times: times.map(({ variant, micros }) => ({ variant, micros: [...micros] })),
  })
}
console.log(JSON.stringify(measured))
