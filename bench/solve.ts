/**
 * What solvers take, recorded at each evaluation and compiled: a solver that was made once and called again, and one that is made for
 * one call. Beside them the evaluations alone, as many of them, compiled.
 *
 *   npm run bench:solve                  about a minute
 *   npm run bench:solve -- --json FILE   {machine, node, rows, ratios}
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import {
  compile,
  constrainedDescent,
  dot,
  evalBP,
  findZero,
  hvp,
  jacobian,
  last,
  lbfgs,
  levenbergMarquardt,
  log1pExp,
  matrix,
  matVec,
  newtonCG,
  sequenceVar,
  sub,
  sum,
  valueAndGrad,
  vector,
} from '../src/index.ts'
import type { BVar, Matrix, Report, Var, Vector } from '../src/index.ts'
import { randomNumbers } from './manual/network.ts'
import { measure, median, ratio, type Ratio, type Row, rowOf, type Times } from './measure.ts'

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const options = { millis: 2500, rounds: 9 }
const random = randomNumbers(2)
const randoms = (n: number): Float64Array => Float64Array.from({ length: n }, () => random())

type Solve = (options: { compile: boolean }) => () => Report<unknown, unknown>

const rows: (Row & { evaluations: number })[] = []
const ratios: { work: string; recordedOverCompiled: Ratio }[] = []

/** Times a solver; `evaluate` makes as many evaluations as a run has. */
function take(work: string, solve: Solve, evaluate?: (report: Report<unknown, unknown>) => void): void {
  const [recorded, compiled] = [solve({ compile: false }), solve({ compile: true })]
  const report = recorded()
  const { evaluations } = report
  const times = measure(
    [
      { name: 'recorded', run: recorded },
      { name: 'compiled', run: compiled },
      { name: 'compiled, one call', run: () => solve({ compile: true })() },
      ...(evaluate === undefined
        ? []
        : [
            {
              name: 'evaluations alone',
              run: () => {
                evaluate(report)
              },
            },
          ]),
    ],
    options,
  )
  for (const one of times) {
    const { variant, micros } = one
    rows.push({ ...rowOf(work, one), evaluations })
    console.log(`${work.padEnd(36)} ${variant.padEnd(20)} ${(median(micros) / 1000).toFixed(2).padStart(9)} ms`)
  }
  const [over, under] = times as [Times, Times]
  const measured = ratio(over, under)
  ratios.push({ work, recordedOverCompiled: measured })
  const interval = `${measured.low.toFixed(1)} … ${measured.high.toFixed(1)}`
  console.log(
    `${work.padEnd(36)} ${report.reason}, ${String(report.iterations)} steps, ${String(evaluations)} evaluations, recorded ÷ compiled ` +
      `${measured.median.toFixed(1)} (${interval})\n`,
  )
}

/** A chain of 1000 numbers: 100·(xᵢ₊₁ − xᵢ)² + xᵢ⁴, number by number. */
function chain(): void {
  const f = (v: Var<Vector>): Var<number> => {
    const x = sequenceVar(v)
    const terms = x.slice(1).map((next, i) => {
      const step = next.sub(x[i])
      return step.mul(step).mul(100).add(x[i].pow(4))
    })
    return terms.reduce((total, term) => total.add(term))
  }
  const start: Vector = vector(Float64Array.from({ length: 1000 }, (_, i) => 3 + Math.cos(i)))
  const [gradient, product] = [compile(valueAndGrad(f)), compile(hvp(f))]
  const times = (run: () => unknown) => (report: Report<unknown, unknown>) => {
    for (let i = 0; i < report.evaluations; i++) run()
  }
  take(
    'chain of 1000, lbfgs',
    options => {
      const run = lbfgs(f, { ...options, iterations: 200 })
      return () => last(run(start))
    },
    times(() => gradient(start)),
  )
  take(
    'chain of 1000, newtonCG',
    options => {
      const run = newtonCG(f, { ...options, iterations: 12 })
      return () => last(run(start))
    },
    times(() => product(start, start)),
  )
}

/** Logistic regression of 1000 samples and 20 parameters, with a small square of these. */
function logistic(): void {
  const samples: Matrix = matrix(randoms(20_000), 1000, 20)
  const truth = randoms(20)
  const signs = evalBP((w: Var<Vector>) => matVec(samples, w))(vector(truth)).data.map(x => (x + random() > 0 ? 1 : -1))
  const f = (w: Var<Vector>, x: Var<Matrix>, t: Var<Vector>): Var<number> =>
    sum(log1pExp(matVec(x, w).mul(t).neg())).add(dot(w, w).mul(0.01))
  const targets: Vector = vector(signs)
  const start: Vector = vector(new Float64Array(20))
  const gradient = compile(valueAndGrad(f, { wrt: 0 }))
  take(
    'logistic 1000×20, lbfgs',
    options => {
      const run = lbfgs(f, options)
      return () => last(run(start, samples, targets))
    },
    ({ evaluations }) => {
      for (let i = 0; i < evaluations; i++) gradient(start, samples, targets)
    },
  )
  take('logistic 1000×20, newtonCG', options => {
    const run = newtonCG(f, options)
    return () => last(run(start, samples, targets))
  })
}

/** Two peaks on a slope, eight parameters and 250 points: the model of NIST's Gauss1. */
function fit(): void {
  type B = [number, number, number, number, number, number, number, number]
  const peak = (x: Var<Vector>, height: Var<number>, place: Var<number>, width: Var<number>): Var<Vector> =>
    height.mul(sub(x, place).div(width).pow(2).neg().exp())
  const curve = ([a, b, c, d, e, f, g, h]: BVar<B>, x: Var<Vector>): Var<Vector> =>
    a
      .mul(x.mul(b.neg()).exp())
      .add(peak(x, c, d, e))
      .add(peak(x, f, g, h))
  const x: Vector = vector(Float64Array.from({ length: 250 }, (_, i) => i + 1))
  const truth: B = [98.8, 0.011, 100.5, 67.5, 23.1, 72, 179, 18.4]
  const y: Vector = vector(evalBP(curve)(truth, x).data.map(y => y + 5 * random()))
  const start: B = [97, 0.009, 100, 65, 20, 70, 178, 16.5]
  const residuals = (p: BVar<B>, x: Var<Vector>, y: Var<Vector>): Var<Vector> => sub(curve(p, x), y)
  const [value, derivative] = [compile(evalBP(residuals)), compile(jacobian(residuals, { wrt: 0 }))]
  take(
    'fit 250×8, levenbergMarquardt',
    options => {
      const run = levenbergMarquardt(residuals, options)
      return () => last(run(start, x, y))
    },
    ({ evaluations, iterations }) => {
      for (let i = 0; i < evaluations; i++) value(start, x, y)
      for (let i = 0; i <= iterations; i++) derivative(start, x, y)
    },
  )
}

/** A system of 20 equations, and the nearest point of a disc. */
function small(): void {
  const system = (v: Var<Vector>): Var<Vector> =>
    v
      .mul(3)
      .add(v.sin().mul(sum(v).div(20).cos()))
      .sub(1)
  const start: Vector = vector(Float64Array.from({ length: 20 }, (_, i) => Math.cos(i)))
  for (const method of ['newton', 'halley'] as const) {
    take(`system of 20, findZero, ${method}`, options => {
      const run = findZero(system, { ...options, method })
      return () => last(run(start))
    })
  }
  type Point = { x: number; y: number }
  const distance = ({ x, y }: BVar<Point>): Var<number> => x.sub(2).pow(2).add(y.sub(1).pow(2))
  const disc = ({ x, y }: BVar<Point>): Var<number> => x.mul(x).add(y.mul(y)).sub(1)
  take('disc, constrainedDescent', options => {
    const run = constrainedDescent(distance, disc, options)
    return () => last(run({ x: 0, y: 0 }))
  })
}

const machine = cpus()[0]?.model ?? 'unknown'
console.log(`${machine}, Node ${process.versions.node}\n`)
chain()
logistic()
fit()
small()
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine, node: process.versions.node, rows, ratios }, null, 2)}\n`)
}
