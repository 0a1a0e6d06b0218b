/**
 * What sparse derivatives cost: tridiagonal Jacobians and Hessians of many variables, beside dense ones and the gradient.
 *
 *   npm run bench:sparse                    about two minutes
 *   npm run bench:sparse -- --most 1000     no more variables than that
 *
 * Prints the table of docs/design/sparse.md.
 */
import { parseArgs } from 'node:util'
import {
  collectVar,
  compile,
  dot,
  gradBP,
  hessian,
  jacobian,
  sequenceVar,
  sparseHessian,
  sparseJacobian,
  vector,
  type Var,
  type Vector,
} from '../src/index.ts'
import { slice } from '../src/ops/part.ts'
import { measure, median } from './measure.ts'
import { timeText } from './scaling/report.ts'

type V = Var<Vector>

/** Above this there is no room for a dense matrix. */
const DENSE_MOST = 1000
/** Above this a program has more records than it pays to plan. */
const COMPILED_MOST = 10_000
const MILLIS = 600

/** Two functions of many variables, each variable being with its neighbours only. */
interface Band {
  /** rᵢ = xᵢ² − xᵢ₊₁·sin xᵢ₋₁ for the inner elements: its Jacobian is tridiagonal. */
  readonly residual: (x: V) => V
  /** Σ (xᵢ₊₁ − xᵢ²)² + Σ xᵢ², as Rosenbrock's function: its Hessian is tridiagonal. */
  readonly total: (x: V) => Var<number>
}

/** In ops on parts of the vector. */
function byTensors(n: number): Band {
  const part = (x: V, from: number, size: number): V => slice('part', x, from, [size]) as V
  return {
    residual: x => {
      const middle = part(x, 1, n - 2)
      return middle.mul(middle).sub(part(x, 2, n - 2).mul(part(x, 0, n - 2).sin()))
    },
    total: x => {
      const low = part(x, 0, n - 1)
      const valley = part(x, 1, n - 1).sub(low.mul(low))
      return dot(valley, valley).add(dot(x, x))
    },
  }
}

/** In ops on numbers. */
const byElements: Band = {
  residual: x => {
    const e: readonly Var<number>[] = sequenceVar(x)
    return collectVar(e.slice(1, -1).map((xi, i) => xi.mul(xi).sub(e[i + 2].mul(e[i].sin()))))
  },
  total: x => {
    const e: readonly Var<number>[] = sequenceVar(x)
    return e.slice(1).reduce(
      (sum, xi, i) => {
        const valley = xi.sub(e[i].mul(e[i]))
        return sum.add(valley.mul(valley))
      },
      dot(x, x),
    )
  },
}

/** The times of one size, in microseconds, by what was done. */
function timesOf(n: number, { residual, total }: Band): Map<string, number> {
  const x = vector(Float64Array.from({ length: n }, (_, i) => Math.sin(i)))
  const times = new Map<string, number>()
  const first = (name: string, run: () => unknown): void => {
    const start = performance.now()
    run()
    times.set(name, (performance.now() - start) * 1000)
  }
  const operators = [sparseJacobian(residual), sparseHessian(total)] as const
  const variants: [string, (x: Vector) => unknown][] = [
    ['gradient', gradBP(total)],
    ['J', operators[0]],
    ['H', operators[1]],
  ]
  const compiled = n > COMPILED_MOST ? [] : operators.map(operator => compile(operator))
  for (const [i, run] of compiled.entries()) variants.push([i === 0 ? 'J compiled' : 'H compiled', run])
  if (n <= DENSE_MOST) variants.push(['J dense', jacobian(residual)], ['H dense', hessian(total)])
  // Once before, so that no compiler's time is counted with the first call.
  for (const [, run] of variants) run(x)
  first('J first', () => sparseJacobian(residual)(x))
  first('H first', () => sparseHessian(total)(x))
  const list = variants.map(([name, run]) => ({ name, run: () => run(x) }))
  for (const { variant, micros } of measure(list, { millis: MILLIS, rounds: 7 })) times.set(variant, median(micros))
  for (const program of compiled) program.free()
  return times
}

const columns = ['gradient', 'J', 'J compiled', 'J dense', 'J first', 'H', 'H compiled', 'H dense', 'H first']
const { values } = parseArgs({ options: { most: { type: 'string', default: '100000' } } })
console.log(`| n | ops on | ${columns.join(' | ')} |`)
console.log(`|${' --- |'.repeat(columns.length + 2)}`)
for (const n of [100, 1000, 10_000, 100_000].filter(size => size <= Number(values.most))) {
  for (const [name, band] of [
    ['parts', byTensors(n)],
    ['numbers', byElements],
  ] as const) {
    const times = timesOf(n, band)
    const cells = columns.map(column => {
      const micros = times.get(column)
      return micros === undefined ? '' : timeText(micros)
    })
    console.log(`| ${String(n)} | ${name} | ${cells.join(' | ')} |`)
  }
}
