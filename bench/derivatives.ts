/**
 * What derivatives cost, over what they are derivatives of: hvp over gradient, jvp over value, Jacobians over their sizes.
 *
 *   npm run bench:derivatives                  about two minutes
 *   npm run bench:derivatives -- --quick       half a minute, wider intervals
 *   npm run bench:derivatives -- --json FILE   {machine, node, rows, ratios, exponents}
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import {
  collectVar,
  compile,
  evalBP,
  grad,
  hvp,
  jacobian,
  jvp,
  matrix,
  matVec,
  resident,
  sequenceVar,
  vector,
} from '../src/index.ts'
import type { Matrix, Var, Vector } from '../src/index.ts'
import { rosenbrockInput } from './manual/rosenbrock.ts'
import { randomNetwork, randomNumbers } from './manual/network.ts'
import { measure, median, quantile, ratio, type Ratio, rowOf, type Times, type Variant } from './measure.ts'
import { exponentOf } from './scaling/fit.ts'
import { loss, tensorsOf } from './works.ts'

interface Cost {
  readonly name: string
  readonly work: string
  readonly over: string
  readonly under: string
  /** What it must not exceed. */
  readonly atMost?: number
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } })
const options = values.quick ? { millis: 400, rounds: 11 } : { millis: 3000, rounds: 51 }
const random = randomNumbers(2)
const results = new Map<string, Times[]>()

function take(work: string, variants: readonly Variant[]): readonly Times[] {
  const times = measure(variants, options)
  results.set(work, times)
  for (const { variant, micros } of times) {
    console.log(`${work.padEnd(24)} ${variant.padEnd(20)} ${median(micros).toFixed(1).padStart(10)} µs`)
  }
  return times
}

/** The network on one sample; gradients and products are copied out. */
function network(): void {
  const parameters = resident(tensorsOf(randomNetwork(1)))
  const direction = resident(tensorsOf(randomNetwork(3)))
  const input = vector(
    Float64Array.from({ length: 784 }, () => Math.abs(random())),
    784,
  )
  const target = vector(
    Float64Array.from({ length: 10 }, (_, i) => (i === 3 ? 1 : 0)),
    10,
  )
  const value = evalBP(loss)
  const gradient = grad(loss, { wrt: 0 })
  const inPlace = grad(loss, { wrt: 0, into: resident(tensorsOf(randomNetwork(1))) })
  const product = hvp(loss, { wrt: 0 })
  const tangent = jvp(loss, { wrt: 0 })
  const compiled = {
    value: compile(value),
    gradient: compile(gradient),
    product: compile(product),
    tangent: compile(tangent),
  }
  take('mlp', [
    { name: 'value', run: () => value(parameters, input, target) },
    { name: 'gradient', run: () => gradient(parameters, input, target) },
    { name: 'gradient, in place', run: () => inPlace(parameters, input, target) },
    { name: 'hvp', run: () => product(parameters, input, target, direction) },
    { name: 'jvp', run: () => tangent(parameters, input, target, direction) },
    { name: 'value, compiled', run: () => compiled.value(parameters, input, target) },
    { name: 'gradient, compiled', run: () => compiled.gradient(parameters, input, target) },
    { name: 'hvp, compiled', run: () => compiled.product(parameters, input, target, direction) },
    { name: 'jvp, compiled', run: () => compiled.tangent(parameters, input, target, direction) },
  ])
}

/** Rosenbrock's function of 1000 variables, number by number. */
function rosenbrock(): void {
  const f = (v: Var<Vector>): Var<number> => {
    const x = sequenceVar(v)
    const terms = x.slice(1).map((next, i) => {
      const here = x[i]
      const curve = next.sub(here.mul(here))
      const step = here.sub(1)
      return curve.mul(curve).mul(100).add(step.mul(step))
    })
    return terms.reduce((total, term) => total.add(term))
  }
  const x: Vector = vector(rosenbrockInput(1000))
  const v: Vector = vector(Float64Array.from({ length: 1000 }, (_, i) => Math.cos(i)))
  const [value, gradient, product, tangent] = [evalBP(f), grad(f), hvp(f), jvp(f)]
  const compiled = {
    value: compile(value),
    gradient: compile(gradient),
    product: compile(product),
    tangent: compile(tangent),
  }
  take('rosenbrock1000', [
    { name: 'value', run: () => value(x) },
    { name: 'gradient', run: () => gradient(x) },
    { name: 'hvp', run: () => product(x, v) },
    { name: 'jvp', run: () => tangent(x, v) },
    { name: 'value, compiled', run: () => compiled.value(x) },
    { name: 'gradient, compiled', run: () => compiled.gradient(x) },
    { name: 'hvp, compiled', run: () => compiled.product(x, v) },
    { name: 'jvp, compiled', run: () => compiled.tangent(x, v) },
  ])
}

const INNER = 256

/** A layer of 256 between so many inputs and outputs: the Jacobian costs as many passes as the smaller number. */
function jacobians(): { name: string; exponent: ReturnType<typeof exponentOf> }[] {
  const sizes = [8, 16, 32, 64, 128, 256]
  const weights = (m: number, n: number): Matrix =>
    matrix(
      Float64Array.from({ length: m * n }, () => random() / 16),
      m,
      n,
    )
  const input = (n: number): Vector => vector(Float64Array.from({ length: n }, () => random()))
  const of = (inputs: number, outputs: number): (() => unknown) => {
    const [a, b, x] = [weights(INNER, inputs), weights(outputs, INNER), input(inputs)]
    const whole = jacobian((v: Var<Vector>) => matVec(b, matVec(a, v).tanh()))
    return () => whole(x)
  }
  const series = {
    'outputs, of 256 inputs': (n: number) => of(INNER, n),
    'inputs, of 256 outputs': (n: number) => of(n, INNER),
    both: (n: number) => of(n, n),
  }
  return Object.entries(series).map(([name, make]) => {
    const points = sizes.map(size => {
      const [{ micros }] = take(`jacobian, ${name}`, [{ name: String(size), run: make(size) }])
      return { size, micros: quantile(micros, 0.1) }
    })
    return { name, exponent: exponentOf(points) }
  })
}

/** Numbers, one by one: up to 32 rows as one loop, more as one batch. */
function numbers(): void {
  const f = (v: Var<Vector>): Var<Vector> => {
    const x = sequenceVar(v)
    return collectVar(
      x.map((xi, i) =>
        xi
          .mul(x[(i + 1) % x.length])
          .sin()
          .add(xi.mul(xi)),
      ),
    )
  }
  for (const size of [2, 32, 33, 256]) {
    const x: Vector = vector(Float64Array.from({ length: size }, () => random()))
    const [forward, reverse] = [jacobian(f, { mode: 'forward' }), jacobian(f, { mode: 'reverse' })]
    const compiled = compile(reverse)
    take(`numbers, ${String(size)}`, [
      { name: 'forward', run: () => forward(x) },
      { name: 'reverse', run: () => reverse(x) },
      { name: 'reverse, compiled', run: () => compiled(x) },
    ])
  }
}

const costs: readonly Cost[] = ['mlp', 'rosenbrock1000'].flatMap(work => [
  ...(work === 'mlp'
    ? [{ name: 'mlp: hvp ÷ gradient, in place', work, over: 'hvp', under: 'gradient, in place' }]
    : []),
  { name: `${work}: hvp ÷ gradient`, work, over: 'hvp', under: 'gradient', atMost: 5 },
  { name: `${work}: hvp ÷ gradient, compiled`, work, over: 'hvp, compiled', under: 'gradient, compiled', atMost: 5 },
  { name: `${work}: jvp ÷ value`, work, over: 'jvp', under: 'value' },
  { name: `${work}: jvp ÷ value, compiled`, work, over: 'jvp, compiled', under: 'value, compiled' },
])

const machine = cpus()[0]?.model ?? 'unknown'
console.log(`${machine}, Node ${process.versions.node}\n`)
network()
rosenbrock()
numbers()
const exponents = jacobians()
const ratios: (Cost & { readonly measured: Ratio })[] = costs.map(cost => {
  const times = results.get(cost.work) ?? []
  const [over, under] = [cost.over, cost.under].map(name => times.find(({ variant }) => variant === name))
  if (over === undefined || under === undefined)
    throw new Error(`${cost.work}: no variant ${cost.over} or ${cost.under}`)
  return { ...cost, measured: ratio(over, under) }
})
console.log('')
for (const { name, atMost, measured } of ratios) {
  const verdict =
    atMost === undefined ? '' : measured.median <= atMost ? `≤ ${String(atMost)}: pass` : `≤ ${String(atMost)}: MISS`
  const interval = `${measured.low.toFixed(2)} … ${measured.high.toFixed(2)}`
  console.log(`${name.padEnd(40)} ${measured.median.toFixed(2).padStart(6)} (${interval}) ${verdict}`)
}
for (const { name, exponent } of exponents) {
  console.log(
    `jacobian over ${name}: exponent ${exponent.value.toFixed(2)} (${exponent.low.toFixed(2)} … ${exponent.high.toFixed(2)})`,
  )
}
if (values.json !== undefined) {
  const rows = [...results].flatMap(([work, times]) => times.map(one => rowOf(work, one)))
  writeFileSync(
    values.json,
    `${JSON.stringify({ machine, node: process.versions.node, rows, ratios, exponents }, null, 2)}\n`,
  )
}
