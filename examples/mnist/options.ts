/** The command line of `npm run mnist`. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  /** Folder of the MNIST files; absent: digits are made here. */
  readonly data: string | undefined
  readonly epochs: number
  readonly seed: number
  /** Samples in each step. */
  readonly batch: number
  readonly optimizer: OptimizerName
  readonly rate: number
  /** Threads that compute beside the calling one. */
  readonly workers: number
  /** Number of training samples; absent: all. */
  readonly limit: number | undefined
  readonly json: string | undefined
  readonly save: string | undefined
  readonly load: string | undefined
  readonly help: boolean
}

/** The optimisers, with the rate of each that is known to work for one sample at a time, and for batches. */
const RATES = { sgd: [0.02, 0.5], momentum: [0.002, 0.1], adam: [0.0005, 0.001] } as const

export type OptimizerName = keyof typeof RATES

/** A command line that cannot be obeyed; the program ends with exit code 2. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError'

  constructor(problem: string) {
    super(`${problem.replace(/\.$/, '')}. --help lists the options.`)
  }
}

/** Training digits made when neither --data nor --limit is given. */
export const MADE_TRAIN = 20_000
/** Test digits made when no --data is given. */
export const MADE_TEST = 4_000
/** The most workers. */
const WORKERS_MOST = 64
/** More cannot be made: their images would fill the memory. */
const MADE_MOST = 1_000_000

export const HELP = `Usage: npm run mnist -- [options]

Trains a 784-300-100-10 network on handwritten digits and prints the errors after every 5000 samples (or what whole
batches make of that): the training error on these, the validation error on all test samples.

  --data DIR     folder of the four MNIST files (train-images-idx3-ubyte …, plain or .gz);
                 without it the program makes its own digits: ${MADE_TRAIN} to train on, ${MADE_TEST} to test
  --epochs N     passes over the training samples (default 3; 0 only tests)
  --seed S       of the random numbers, 0 … 4294967295 (default 1): same seed, same run
  --batch N      samples in each step (default 1)
  --optimizer O  sgd, momentum or adam (default sgd)
  --rate R       size of a step, greater than 0 (default: for single samples sgd 0.02, momentum 0.002, adam 0.0005;
                 for batches sgd 0.5, momentum 0.1, adam 0.001)
  --workers N    threads that compute beside the calling one (default 0); it takes batches to give them work
  --limit N      use only the first N training samples; without --data: make N of them
  --load FILE    start with the weights in FILE instead of random ones
  --save FILE    write the weights to FILE after each epoch
  --json FILE    write the results to FILE when done:
                 {chunks: [{samples, seconds, trainError, validationError}], testError, secondsPerEpoch}
                 samples: in this chunk. seconds: training steps of this chunk, without evaluation.
                 Errors: fractions of 1. testError: after the last epoch, on all test samples.
                 secondsPerEpoch: median over the epochs of their training steps' time, without evaluation
                 (0 if there was no epoch); the log shows both times.
  --help         this text

Exit codes: 0 done, 1 bad data, diverged training or a file that cannot be written, 2 bad options,
130 ended by Ctrl-C.`

/** Reads the arguments (without node and script), or throws an `OptionsError`. */
export function parseOptions(args: readonly string[]): Options {
  const values = rawValues(args)
  const batch = integer('--batch', values.batch, 1, MADE_MOST) ?? 1
  const optimizer = optimizerName(values.optimizer)
  return {
    data: nonEmpty('--data', values.data),
    epochs: integer('--epochs', values.epochs, 0, 1_000_000) ?? 3,
    seed: integer('--seed', values.seed, 0, 0xffffffff) ?? 1,
    batch,
    optimizer,
    rate: positive('--rate', values.rate) ?? RATES[optimizer][batch === 1 ? 0 : 1],
    workers: integer('--workers', values.workers, 0, WORKERS_MOST) ?? 0,
    limit: integer('--limit', values.limit, 1, MADE_MOST),
    json: writable('--json', values.json),
    save: writable('--save', values.save),
    load: nonEmpty('--load', values.load),
    help: values.help ?? false,
  }
}

function rawValues(args: readonly string[]) {
  const value = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: value,
        epochs: value,
        seed: value,
        batch: value,
        optimizer: value,
        rate: value,
        workers: value,
        limit: value,
        json: value,
        save: value,
        load: value,
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error))
  }
}

function integer(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) {
    throw new OptionsError(`${name} must be a whole number from ${least} to ${most}, not '${text}'.`)
  }
  return value
}

function optimizerName(text = 'sgd'): OptimizerName {
  if (Object.hasOwn(RATES, text)) return text as OptimizerName
  throw new OptionsError(`--optimizer must be ${Object.keys(RATES).join(', ')}, not '${text}'.`)
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? NaN : Number(text)
  if (!(value > 0 && value < Infinity)) {
    throw new OptionsError(`${name} must be a finite number greater than 0, not '${text}'.`)
  }
  return value
}

function nonEmpty(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new OptionsError(`${name} must name a file or folder, not ''.`)
  return text
}

/** A file that can be written: found out before the training, not after it. */
function writable(name: string, text: string | undefined): string | undefined {
  const file = nonEmpty(name, text)
  if (file === undefined) return undefined
  const folder = dirname(resolve(file))
  if (!existsSync(folder)) throw new OptionsError(`${name}: there is no folder ${folder} for '${file}'; make it first.`)
  if (!existsSync(file)) return checkAccess(name, file, folder)
  if (statSync(file).isDirectory()) throw new OptionsError(`${name} must name a file; '${file}' is a folder.`)
  return checkAccess(name, file, file)
}

function checkAccess(name: string, file: string, target: string): string {
  try {
    accessSync(target, constants.W_OK)
  } catch {
    throw new OptionsError(`${name}: no permission to write '${file}'.`)
  }
  return file
}
