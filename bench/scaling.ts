/**
 * Does cost grow as work grows? Times over sizes, with the exponent of each.
 *
 *   npm run scaling                       about five minutes
 *   npm run scaling -- --only chain       works whose name begins so
 *   npm run scaling -- --most 100000      no size above this
 *   npm run scaling -- --write            bench/results/scaling.json and .svg, and the tables of docs/scaling.md
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { measure, quantile } from './measure.ts'
import { exponentOf, largerHalf } from './scaling/fit.ts'
import { plot, type Result, type Results, tables, timeText } from './scaling/report.ts'
import { type Work, works } from './scaling/works.ts'

const PAGE = 'docs/scaling.md'
const MARKS = ['<!-- scaling:start -->', '<!-- scaling:end -->'] as const

/** How long each size is measured, in milliseconds, unless three runs take longer. */
const MILLIS = 600

function resultOf({ name, title, sizes, unit, units, trial }: Work, most: number): Result {
  console.log(name)
  const points = new Map<string, { size: number; micros: number }[]>()
  for (const size of sizes.filter(n => n <= most)) {
    const { variants, free } = trial(size)
    const list = Object.entries(variants).map(([variant, run]) => ({ name: variant, run }))
    const started = performance.now()
    for (const { run } of list) run()
    const once = performance.now() - started
    const rounds = Math.max(3, Math.min(15, Math.round((3 * MILLIS) / once)))
    for (const { variant, micros } of measure(list, { millis: MILLIS, rounds })) {
      // The best tenth: what else the machine does has no part in how a cost grows.
      const time = quantile(micros, 0.1)
      console.log(
        `  ${String(size).padStart(9)}  ${variant.padEnd(20)} ${timeText(time).padStart(8)}   ` +
          `${timeText(time / units(size)).padStart(8)} for one ${unit}`,
      )
      const known = points.get(variant)
      if (known === undefined) points.set(variant, [{ size, micros: time }])
      else known.push({ size, micros: time })
    }
    free()
  }
  const series = [...points].map(([variant, list]) => ({ variant, points: list }))
  for (const { variant, points: list } of series) {
    const half = largerHalf(list)
    if (half.length < 3) continue
    const { value, low, high } = exponentOf(half)
    console.log(`  ${variant.padEnd(31)} exponent ${value.toFixed(3)} (${low.toFixed(3)} … ${high.toFixed(3)})`)
  }
  return { work: name, title, unit, unitsPerSize: units(1), series }
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    most: { type: 'string', default: 'Infinity' },
    write: { type: 'boolean', default: false },
  },
})
const machine = cpus()[0]?.model ?? 'unknown'
console.log(`${machine}, Node ${process.versions.node}\n`)
const results: Results = {
  machine,
  node: process.versions.node,
  results: works.filter(({ name }) => name.startsWith(values.only)).map(work => resultOf(work, Number(values.most))),
}
if (values.write) {
  writeFileSync('bench/results/scaling.json', `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync('bench/results/scaling.svg', plot(results))
  const page = readFileSync(PAGE, 'utf8')
  const [before, after] = [page.split(MARKS[0])[0], page.split(MARKS[1])[1]]
  writeFileSync(PAGE, `${before}${MARKS[0]}\n\n${tables(results)}\n\n${MARKS[1]}${after}`)
}
