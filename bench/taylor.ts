/**
 * Series by order: what taylor costs, recorded and compiled, beside the same arithmetic by hand in TypeScript, and beside
 * nested gradients. Times should grow as the square of the order.
 *
 *   npm run bench:taylor                  half a minute
 *   npm run bench:taylor -- --json FILE   the figures
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compile, gradBP, matrix, matVec, sum, taylor, vector, type Var, type Vector } from '../src/index.ts'
import { jvp } from '../src/derivatives/tangent.ts'
import { measure, median, type Variant } from './measure.ts'

type N = Var<number>

const orders = [5, 10, 20] as const

/** A function of one number in which every op is on full series. */
const scalar = (x: N): N => {
  const u = x.exp().mul(0.5)
  return u.sin().mul(u.exp()).div(u.mul(u).add(1)).tanh()
}
/** The same with a power that is none of a small integer. */
const power = (x: N): N => x.exp().add(x).pow(2.5)
/** A layer of 100 numbers. */
const weights = matrix(
  Float64Array.from({ length: 10000 }, (_, i) => Math.sin(i) / 10),
  100,
  100,
)
const layer = (v: Var<Vector<100>>): N => sum(matVec(weights, v).tanh())
const point = vector(
  Float64Array.from({ length: 100 }, (_, i) => Math.cos(i)),
  100,
)
const direction = vector(
  Float64Array.from({ length: 100 }, (_, i) => Math.sin(3 * i)),
  100,
)

/** The series of `scalar`, by the usual recurrences. */
function byHand(x0: number, order: number): Float64Array {
  const n = order + 1
  const series = (): Float64Array => new Float64Array(n)
  const [x, s, c, e, product, d, q, y, w] = Array.from({ length: 9 }, series)
  x[0] = Math.exp(x0) / 2
  for (let k = 1; k < n; k++) x[k] = x[k - 1] / k
  s[0] = Math.sin(x[0])
  c[0] = Math.cos(x[0])
  e[0] = Math.exp(x[0])
  for (let k = 1; k < n; k++) {
    for (let j = 1; j <= k; j++) {
      const slope = (j / k) * x[j]
      s[k] += slope * c[k - j]
      c[k] -= slope * s[k - j]
      e[k] += slope * e[k - j]
    }
  }
  for (let k = 0; k < n; k++) {
    for (let j = 0; j <= k; j++) {
      product[k] += s[j] * e[k - j]
      d[k] += x[j] * x[k - j]
    }
  }
  d[0] += 1
  for (let k = 0; k < n; k++) {
    let rest = product[k]
    for (let j = 0; j < k; j++) rest -= q[j] * d[k - j]
    q[k] = rest / d[0]
  }
  y[0] = Math.tanh(q[0])
  w[0] = 1 - y[0] * y[0]
  for (let k = 1; k < n; k++) {
    for (let j = 1; j <= k; j++) y[k] += (j / k) * q[j] * w[k - j]
    for (let j = 0; j <= k; j++) w[k] -= y[j] * y[k - j]
  }
  return y
}

function nested(f: (x: N) => N, order: number): (x: number) => number {
  let g = f
  for (let k = 1; k < order; k++) {
    const before = g
    g = x => gradBP(before)(x)
  }
  return gradBP(g)
}

function variants(name: string, run: (order: number) => () => unknown): Variant[] {
  return orders.map(order => ({ name: `${name} ${String(order)}`, run: run(order) }))
}

function pair(name: string, f: (x: N) => N): Variant[] {
  const recorded = (order: number): (() => unknown) => {
    const terms = taylor(f, order)
    return () => terms(0.3, 1)
  }
  const compiled = (order: number): (() => unknown) => {
    const terms = compile(taylor(f, order))
    return () => terms(0.3, 1)
  }
  return [...variants(`${name}, recorded`, recorded), ...variants(`${name}, compiled`, compiled)]
}

const works: Variant[][] = [
  pair('scalar', scalar),
  [
    ...variants('scalar, by hand', order => () => byHand(0.3, order)),
    ...[2, 3, 4, 5].map(order => {
      const f = nested(scalar, order)
      return { name: `scalar, nested gradBP ${String(order)}`, run: () => f(0.3) }
    }),
  ],
  pair('power', power),
  [
    ...variants('layer of 100, recorded', order => {
      const terms = taylor(layer, order)
      return () => terms(point, direction)
    }),
    ...variants('layer of 100, compiled', order => {
      const terms = compile(taylor(layer, order))
      return () => terms(point, direction)
    }),
  ],
  [
    { name: 'layer of 100, order 2 by series', run: bind(taylor(layer, 2)) },
    { name: 'layer of 100, jvp', run: bind(jvp(layer)) },
    { name: 'layer of 100, order 2 by series, compiled', run: bind(compile(taylor(layer, 2))) },
    { name: 'layer of 100, jvp, compiled', run: bind(compile(jvp(layer))) },
    { name: 'scalar, order 2 by series', run: bindScalar(taylor(scalar, 2)) },
    { name: 'scalar, jvp', run: bindScalar(jvp(scalar)) },
    { name: 'scalar, order 2 by series, compiled', run: bindScalar(compile(taylor(scalar, 2))) },
    { name: 'scalar, jvp, compiled', run: bindScalar(compile(jvp(scalar))) },
  ],
]

function bind(f: (v: typeof point, d: typeof direction) => unknown): () => unknown {
  return () => f(point, direction)
}

function bindScalar(f: (x: number, d: number) => unknown): () => unknown {
  return () => f(0.3, 1)
}

const same = taylor(scalar, 20)(0.3, 1)
for (const [k, term] of byHand(0.3, 20).entries()) {
  if (!(Math.abs(term - same[k]) <= 1e-12 * (1 + Math.abs(term)))) throw new Error(`term ${String(k)} differs by hand`)
}

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const figures: Record<string, number> = {}
for (const work of works) {
  for (const { variant, micros } of measure(work, { millis: 600, rounds: 15 })) {
    figures[variant] = Math.round(median(micros) * 100) / 100
    console.log(`${variant.padEnd(48)} ${figures[variant].toFixed(2).padStart(10)} µs`)
  }
}
for (const name of new Set(
  Object.keys(figures).flatMap(key => (/ 20$/.exec(key) === null ? [] : [key.slice(0, -3)])),
)) {
  const [ten, twenty] = [figures[`${name} 10`], figures[`${name} 20`]]
  console.log(`${name.padEnd(48)} order 20 ÷ order 10: ${(twenty / ten).toFixed(2)} (n²: 4)`)
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
