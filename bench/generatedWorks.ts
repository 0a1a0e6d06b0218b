/** Works that show what generated code is worth: a program of numbers, and elementwise ones over a whole network's parameters. */
import { compile, gradBP, resident, sequenceVar, sgdStep, stopGradient, sum, vector } from '../src/index.ts'
import type { BVar, Generate, Resident, Var, Vector } from '../src/index.ts'
import { ScalarTape } from './baseline/index.ts'
import { rosenbrockGradient, rosenbrockGradientOnTape, rosenbrockInput } from './manual/rosenbrock.ts'
import { median } from './measure.ts'
import type { Work } from './works.ts'

const VARIABLES = 1000

function rosenbrock(x: readonly Var<number>[]): Var<number> {
  const terms = x.slice(0, -1).map((here, i) => {
    const a = x[i + 1].sub(here.mul(here))
    const b = here.sub(1)
    return a.mul(a).mul(100).add(b.mul(b))
  })
  return terms.reduce((total, term) => total.add(term))
}

const ofNumbers = gradBP((x: Var<number>[]) => rosenbrock(x))
const ofVector = gradBP((x: Var<Vector>) => rosenbrock(sequenceVar(x)))

function rosenbrockWork(): Work {
  const x = rosenbrockInput(VARIABLES)
  const numbers = Array.from(x)
  const input = vector(x)
  const expected = new Float64Array(VARIABLES)
  const out = new Float64Array(VARIABLES)
  const tape = new ScalarTape()
  rosenbrockGradient(x, expected)
  const check = (what: string, actual: ArrayLike<number>): void => {
    for (let i = 0; i < VARIABLES; i++) {
      if (!(Math.abs(actual[i] - expected[i]) <= 1e-10 * 200))
        throw new Error(`rosenbrock, ${what}: element ${String(i)}`)
    }
  }
  const compiled = compile(ofNumbers, { generate: 'always' })
  const interpreted = compile(ofNumbers, { generate: 'never' })
  const compiledVector = compile(ofVector, { generate: 'always' })
  const interpretedVector = compile(ofVector, { generate: 'never' })
  // As by hand: from where x is to where the gradient shall be, nothing is copied.
  const parameters = resident(input)
  const gradient = resident(vector(new Float64Array(VARIABLES)))
  const into = gradBP((x: Var<Vector>) => rosenbrock(sequenceVar(x)), { wrt: 0, into: gradient })
  const compiledResident = compile(into, { generate: 'always' })
  const interpretedResident = compile(into, { generate: 'never' })
  for (const f of [compiledResident, interpretedResident]) {
    f(parameters)
    check('resident', gradient.read().data)
    gradient.write(vector(new Float64Array(VARIABLES)))
  }
  rosenbrockGradientOnTape(tape, x, out)
  check('baseline-ts', out)
  for (const f of [ofNumbers, compiled, interpreted]) check('numbers', f(numbers))
  for (const f of [ofVector, compiledVector, interpretedVector]) check('vector', f(input).data)
  return {
    name: 'scalar.rosenbrock1000',
    units: { name: 'ns a record', count: compiled.instructions.all },
    variants: [
      { name: 'manual-ts', run: () => rosenbrockGradient(x, out) },
      { name: 'baseline-ts', run: () => rosenbrockGradientOnTape(tape, x, out) },
      { name: 'ours', run: () => ofNumbers(numbers) },
      { name: 'ours-interpreted', run: () => interpretedResident(parameters) },
      { name: 'ours-compiled', run: () => compiledResident(parameters) },
      { name: 'numbers-interpreted', run: () => interpreted(numbers) },
      { name: 'numbers-compiled', run: () => compiled(numbers) },
      { name: 'vector', run: () => ofVector(input) },
      { name: 'vector-interpreted', run: () => interpretedVector(input) },
      { name: 'vector-compiled', run: () => compiledVector(input) },
    ],
  }
}

/** As many as the network 784-300-100-10 has parameters. */
const PARAMETERS = 266_610

interface Moments {
  p: Vector
  m: Vector
  v: Vector
}

/** A step that changes parameters and both moments as Adam does: −rate times the gradient of this is the change of each. */
const RATE = 1e-3
const adamLike = ({ p, m, v }: BVar<Moments>, g: Var<Vector>): Var<number> => {
  const nextM = m.mul(0.9).add(g.mul(0.1))
  const nextV = v.mul(0.999).add(g.mul(g).mul(0.001))
  const direction = nextM.mul(1.1).div(nextV.mul(1.2).sqrt().add(1e-8))
  const changes: [Var<Vector>, Var<Vector>][] = [
    [p, direction],
    [m, m.sub(nextM).div(RATE)],
    [v, v.sub(nextV).div(RATE)],
  ]
  return changes.map(([x, change]) => sum(x.mul(stopGradient(change)))).reduce((a, b) => a.add(b))
}

/** Σ d² / (1 + d²) + |x| / 100 with d = x − y: a loss that large differences do not dominate. */
const robust = (x: Var<Vector>, y: Var<Vector>): Var<number> => {
  const d = x.sub(y)
  const square = d.mul(d)
  return sum(square.div(square.add(1)).add(x.abs().mul(0.01)))
}

function loopWorks(): Work[] {
  const numbers = (f: (i: number) => number): Vector =>
    vector(Float64Array.from({ length: PARAMETERS }, (_, i) => f(i)))
  const start: Moments = { p: numbers(Math.sin), m: numbers(() => 0), v: numbers(() => 0.1) }
  const g = resident(numbers(Math.cos))
  const units = { name: 'ns an element', count: PARAMETERS } as const
  const ways: readonly [string, Generate][] = [
    ['unfused', 'never'],
    ['ours-compiled', 'always'],
  ]
  const steps = ways.map(([name, generate]) => {
    const state = resident(start)
    const step = compile(sgdStep(adamLike, { rate: RATE }), { generate })
    step(state, g)
    return { name, state, run: () => step(state, g) }
  })
  const gradients = ways.map(([name, generate]) => {
    const into = resident(start.m)
    const x = resident(start.p)
    const gradient = compile(gradBP(robust, { wrt: 0, into }), { generate })
    gradient(x, g)
    return { name, state: into, run: () => gradient(x, g) }
  })
  for (const [one, other] of [steps, gradients]) checkSame(one.state, other.state)
  return [
    { name: 'elementwise.adam', units, variants: steps },
    { name: 'elementwise.loss', units, variants: gradients },
  ]
}

function checkSame(a: Resident<unknown>, b: Resident<unknown>): void {
  if (JSON.stringify(a.read()) !== JSON.stringify(b.read())) throw new Error('loops: fused and unfused differ')
}

export function generatedWorks(): Work[] {
  return [rosenbrockWork(), ...loopWorks()]
}

/**
 * After how many calls generated code has paid: what a call takes longer in which code is generated and run for the first time,
 * over what each call takes less. By the medians of both, in µs.
 */
export function breakEven(interpretedMicros: number, compiledMicros: number): { micros: number; calls: number } {
  const input = vector(rosenbrockInput(VARIABLES))
  const first = (generate: Generate): number => {
    const f = compile(ofVector, { generate })
    const start = performance.now()
    f(input)
    const micros = (performance.now() - start) * 1000
    kept.push(f)
    return micros
  }
  // They are kept: at the address of one that is gone the same code would be found in a cache.
  const kept: unknown[] = []
  const differences = Array.from({ length: 21 }, () => first('always') - first('never'))
  const micros = median(differences)
  return { micros, calls: micros / (interpretedMicros - compiledMicros) }
}
