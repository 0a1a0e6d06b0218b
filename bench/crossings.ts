/**
 * What it costs to take numbers into linear memory and out of it: the table of docs/memory.md.
 *
 *   npm run crossings
 */
import { cpus } from 'node:os'
import { compile, evalBP, gradBP, matrix, resident, sum, zeros } from '../src/index.ts'
import type { Matrix, Var } from '../src/index.ts'
import { engine } from '../src/wasm/engine.ts'
import { measure, quantile, type Variant } from './measure.ts'

const ROWS = 128 as const
const COLS = 784 as const
const COUNT = ROWS * COLS
type Batch = Matrix<typeof ROWS, typeof COLS>

const tensor = matrix(new Float64Array(COUNT).fill(0.5), ROWS, COLS)
const target = zeros(ROWS, COLS)
const held = resident(tensor)
const gradient = resident(zeros(ROWS, COLS))
const number = resident(0)
const floats = new Float32Array(COUNT).fill(0.5)
const bytes = new Uint8Array(COUNT).fill(128)
const many = new Uint8Array(8 * COUNT).fill(128)
const rows = Uint32Array.from({ length: ROWS }, (_, i) => (i * 37) % (8 * ROWS))
const scale = 1 / 255

const passOn = compile(evalBP((x: Var<number>) => x.add(1)))
const first = (x: Var<Batch>): Var<number> => sum(x)
const total = evalBP(first)
const totalCompiled = compile(total)
const slope = (x: Var<Batch>): Var<number> => sum(x.mul(x))
const copied = compile(gradBP(slope))
const into = compile(gradBP(slope, { into: target }))
const intoResident = compile(gradBP(slope, { into: gradient }))
const { exports } = engine()

/** Each crossing, and what is computed on the way, which is taken off. */
const crossings: readonly (readonly [name: string, run: () => unknown, without?: () => unknown])[] = [
  ['a call into WebAssembly (raw export)', () => exports.sum(0, 0)],
  ['a compiled call, number in, number out', () => passOn(1)],
  ['argument: a plain tensor, copied in', () => totalCompiled(tensor), () => totalCompiled(held)],
  ['argument: the same, recorded', () => total(tensor), () => total(held)],
  ['argument: resident', () => totalCompiled(held), () => exports.sum(COUNT, held.flat[0]?.pointer ?? 0)],
  ['result: a new tensor, copied out', () => copied(held), () => intoResident(held)],
  ['result: into a plain tensor', () => into(held), () => intoResident(held)],
  [
    'resident(value), and free',
    () => {
      resident(tensor).free()
    },
  ],
  [
    'write: a plain tensor into a resident',
    () => {
      held.write(tensor)
    },
  ],
  ['read: a resident as a new tensor', () => held.read()],
  ['withView: elements in place', () => held.withView(view => view.length)],
  [
    'write: one number',
    () => {
      number.write(1)
    },
  ],
  [
    'load: Float64Array',
    () => {
      held.load(tensor.data)
    },
  ],
  [
    'load: Float64Array, with a scale',
    () => {
      held.load(tensor.data, { scale })
    },
  ],
  [
    'load: Float32Array',
    () => {
      held.load(floats)
    },
  ],
  [
    'load: Uint8Array, with a scale',
    () => {
      held.load(bytes, { scale })
    },
  ],
  [
    'load: Uint8Array, 128 rows chosen',
    () => {
      held.load(many, { scale, rows })
    },
  ],
  [
    'the same in JavaScript, then write',
    () => {
      const { data } = target
      for (let i = 0; i < COUNT; i++) data[i] = bytes[i] * scale
      held.write(target)
    },
  ],
]

const variants: Variant[] = crossings.flatMap(([name, run, without]) => [
  { name, run },
  ...(without === undefined ? [] : [{ name: `${name}, without`, run: without }]),
])
const times = measure(variants, { millis: 400, rounds: 41 })
/** The lowest decile: what a crossing takes when nothing else runs on the machine. */
const microsOf = (name: string): number => {
  return quantile(times.find(({ variant }) => variant === name)?.micros ?? [0], 0.1)
}

console.log(
  `${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; a tensor of ${String(ROWS)} × ${String(COLS)}, 803 kB\n`,
)
console.log('| crossing | µs | ns a number |')
console.log('| --- | --- | --- |')
for (const [name, , without] of crossings) {
  const micros = microsOf(name) - (without === undefined ? 0 : microsOf(`${name}, without`))
  const isLarge = micros > 2
  console.log(
    `| ${name} | ${micros < 100 ? micros.toPrecision(2) : micros.toFixed(0)} | ${isLarge ? ((1000 * micros) / COUNT).toFixed(2) : ''} |`,
  )
}
