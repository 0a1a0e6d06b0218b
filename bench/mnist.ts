/**
 * What `npm run mnist` reaches on the real MNIST: time of the update steps of an epoch, and test errors, for several seeds. Each
 * training is a process of its own, as a user would start it. `npm run bars` reads the file of the last such run.
 *
 *   npm run bench:mnist -- --data DIR                 about six minutes; writes bench/results/mnist.json
 *   npm run bench:mnist -- --data DIR --only adam     trainings whose name begins so; the file keeps the others
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Results } from '../examples/mnist/results.ts'

/** A way to train, with several seeds. */
interface Training {
  readonly name: string
  readonly options: readonly string[]
  readonly epochs: number
  readonly seeds: readonly number[]
}

const FILE = 'bench/results/mnist.json'
const seeds = [1, 2, 3]
const batches = ['--batch', '128', '--optimizer', 'adam']
const trainings: readonly Training[] = [
  { name: 'sgd', options: [], epochs: 10, seeds },
  { name: 'adam', options: batches, epochs: 15, seeds },
  { name: 'adam-2cores', options: [...batches, '--workers', '1'], epochs: 5, seeds: [1] },
]

/** What bench/results/mnist.json holds. */
export interface MnistResults {
  readonly machine: string
  readonly node: string
  readonly date: string
  readonly runs: readonly MnistRun[]
}

export interface MnistRun {
  readonly name: string
  readonly command: string
  readonly seed: number
  /** The median over the epochs, update steps alone. */
  readonly secondsPerEpoch: number
  /** Test errors, as fractions of 1, after each epoch. */
  readonly errors: readonly number[]
}

/** Trains once. */
function run(folder: string, { name, options, epochs }: Training, seed: number, data: string): MnistRun {
  const json = join(folder, 'results.json')
  const args = [...options, '--epochs', String(epochs), '--seed', String(seed)]
  const command = ['npx', 'tsx', 'examples/mnist/main.ts', '--data', data, ...args, '--json', json]
  execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] })
  const { chunks, secondsPerEpoch } = JSON.parse(readFileSync(json, 'utf8')) as Results
  const perEpoch = chunks.length / epochs
  const errors = Array.from({ length: epochs }, (_, i) => chunks[(i + 1) * perEpoch - 1].validationError)
  return { name, command: ['npm run mnist --', '--data DIR', ...args].join(' '), seed, secondsPerEpoch, errors }
}

const { values } = parseArgs({ options: { data: { type: 'string' }, only: { type: 'string', default: '' } } })
if (values.data === undefined) throw new Error('bench:mnist: give the folder of the MNIST files, --data DIR.')
const folder = mkdtempSync(join(tmpdir(), 'mnist-'))
const isWanted = ({ name }: Pick<Training, 'name'>): boolean => name.startsWith(values.only)
const runs: MnistRun[] = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as MnistResults).runs.filter(run => !isWanted(run))
  : []
try {
  for (const training of trainings.filter(isWanted)) {
    for (const seed of training.seeds) {
      const result = run(folder, training, seed, values.data)
      runs.push(result)
      const errors = result.errors.map(error => (100 * error).toFixed(2)).join(' ')
      console.log(`${result.command}: ${result.secondsPerEpoch.toFixed(2)} s an epoch; test errors in %: ${errors}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
const results: MnistResults = {
  machine: cpus()[0]?.model ?? 'unknown',
  node: process.versions.node,
  date: new Date().toISOString().slice(0, 10),
  runs,
}
writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`)
