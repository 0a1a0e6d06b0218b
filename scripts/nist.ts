/**
 * Levenberg–Marquardt on the regressions of NIST (Statistical Reference Datasets, nonlinear regression), from both published
 * starts, with its default options: how many digits of the certified parameters it finds.
 *
 *   npm run nist -- DIR           the problems of DIR/nist.json; the exit status is 1 if one has fewer than 6 digits
 *   npm run nist -- DIR --write   the same, and puts the table into docs/nist.md
 */
import { last, levenbergMarquardt, type Report, type Tensor, type Vector } from 'backprop-wasm'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { evaluate } from '../test/cases/program.ts'
import { type Case, plainOf } from '../test/cases/schema.ts'
import { constant, type Value } from '../test/cases/values.ts'

/** Digits beyond which the certified values, which have eleven, say nothing. */
const MOST_DIGITS = 11

/** Fewer digits than these are a failure. */
const LEAST_DIGITS = 6

interface Run {
  readonly digits: number
  readonly report: Report<Vector>
}

/** The fit of a problem from the start of a case. */
function fit(c: Case): Report<Vector> {
  const { program, residual, inputs } = c
  if (program === undefined || residual === undefined) throw new RangeError(`${c.id} is no problem of least squares`)
  const { b, ...data } = inputs
  const constants = Object.fromEntries(Object.entries(data).map(([name, tensor]) => [name, constant(plainOf(tensor))]))
  const residuals = (b: Value): Value => evaluate(program, { ...constants, b }, residual)
  return last(levenbergMarquardt(residuals)(plainOf(b) as Tensor)) as Report<Vector>
}

/** The number of digits that all parameters have right: −log₁₀ of the largest relative error. */
function digitsOf(found: ArrayLike<number>, certified: readonly number[]): number {
  const errors = certified.map((c, i) => Math.abs(found[i] - c) / Math.abs(c))
  return Math.max(0, Math.min(MOST_DIGITS, -Math.log10(Math.max(...errors))))
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
})
const [directory] = positionals
if (directory === undefined || positionals.length > 1) {
  console.error('usage: npm run nist -- DIR [--write]')
  process.exit(2)
}
const { cases } = JSON.parse(readFileSync(join(directory, 'nist.json'), 'utf8')) as { cases: Case[] }
const named = new Map(cases.map(c => [c.id, c]))
const caseOf = (problem: string, part: string): Case => {
  const c = named.get(`nist/${problem}/${part}`)
  if (c === undefined) throw new RangeError(`there is no case nist/${problem}/${part}`)
  return c
}

const problems = [...new Set(cases.map(c => c.id.split('/')[1]))].sort()
const runs: Run[] = []
const rows = problems.map(problem => {
  const certified = caseOf(problem, 'certified').inputs['b'].data.map(Number)
  const starts = ['start1', 'start2'].map(start => {
    const report = fit(caseOf(problem, start))
    const run = { digits: digitsOf(report.params.data, certified), report }
    runs.push(run)
    return `${run.digits.toFixed(1)} | ${String(report.iterations)} | ${String(report.evaluations)} | ${report.reason}`
  })
  const points = caseOf(problem, 'certified').inputs['y'].data.length
  return `| ${problem} | ${String(certified.length)} | ${String(points)} | ${starts.join(' | ')} |`
})

const atLeast = (digits: number): number => runs.filter(run => run.digits >= digits).length
const converged = runs.filter(({ report }) => report.converged).length
const summary =
  `${String(runs.length)} runs: ${String(converged)} converged, ${String(atLeast(LEAST_DIGITS))} with ` +
  `${String(LEAST_DIGITS)} digits or more, ${String(atLeast(9))} with 9 or more.`
const table = [
  '| problem | parameters | points | start 1: digits | steps | evaluations | reason | start 2: digits | steps | evaluations | reason |',
  `|${' --- |'.repeat(11)}`,
  ...rows,
].join('\n')
console.log(table)
console.log(summary)

if (options.write) {
  const page = join(import.meta.dirname, '../docs/nist.md')
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(
      /(<!-- nist:start -->)[^]*(<!-- nist:end -->)/,
      `$1\n\n${table}\n\n${summary}\n\n$2`,
    ),
  )
}
process.exitCode = atLeast(LEAST_DIGITS) === runs.length ? 0 : 1
