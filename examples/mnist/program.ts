/** The program behind `npm run mnist`: from a command line to an exit code. */
import { init, workers } from 'backprop-wasm'
import { makeDigitData } from './digits.ts'
import { displayOn, type TextStream } from './display.ts'
import { FileError } from './fileError.ts'
import { loadMnist } from './idx.ts'
import { freshNet } from './network.ts'
import { HELP, MADE_TEST, MADE_TRAIN, OptionsError, parseOptions, type Options } from './options.ts'
import { Random } from './random.ts'
import { percent, seconds, writeResults } from './results.ts'
import { firstSamples, type Data } from './samples.ts'
import { DivergedError, train } from './train.ts'
import { loadWeights, saveWeights } from './weights.ts'

/** A signal has asked the program to end. */
class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('Interrupted.')
    this.exitCode = exitCode
  }
}

/** Runs the program; `args` are those after node and script. Resolves to the exit code (see `HELP`). */
export async function run(args: readonly string[], stdout: TextStream, stderr: TextStream): Promise<number> {
  const controller = new AbortController()
  // The first Ctrl-C ends the program in good order; while it does so, a second one ends the process at once.
  const onInterrupt = () => controller.abort(new Interrupted(130))
  const onTerminate = () => controller.abort(new Interrupted(143))
  try {
    const options = parseOptions(args)
    if (options.help) {
      stdout.write(`${HELP}\n`)
      return 0
    }
    process.once('SIGINT', onInterrupt)
    process.once('SIGTERM', onTerminate)
    await trainAsTold(options, stdout, controller.signal)
    return 0
  } catch (error) {
    const { text, exitCode } = explain(error)
    stderr.write(`${text}\n`)
    return exitCode
  } finally {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
  }
}

async function trainAsTold(options: Options, stdout: TextStream, signal: AbortSignal): Promise<void> {
  const display = displayOn(stdout)
  if (options.workers > 0) {
    await init({ workers: options.workers })
    const { count, reason } = workers()
    display.line(`${count} of ${options.workers} workers${reason === undefined ? '' : `: ${reason.message}`}.`)
  }
  const data = loadData(options)
  const origin = options.data === undefined ? 'Made' : 'Loaded'
  display.line(`${origin} ${data.train.count} training digits and ${data.test.count} test digits.`)
  const drawWeights = new Random(options.seed, 1)
  const net =
    options.load === undefined ? freshNet((low, high) => drawWeights.uniform(low, high)) : loadWeights(options.load)
  const { batch, optimizer, rate, seed } = options
  const steps = batch === 1 ? 'one step per sample' : `steps of ${batch} samples`
  display.line(`Network 784-300-100-10, ${optimizer}, rate ${rate}, ${steps}, seed ${seed}.`)

  const results = await train(net, data, {
    epochs: options.epochs,
    batch,
    optimizer,
    rate,
    random: new Random(seed, 2),
    display,
    signal,
    afterEpoch: weights => {
      if (options.save !== undefined) saveWeights(options.save, weights)
    },
  })
  display.line(`Test error ${percent(results.testError)}.`)
  if (options.epochs > 0) display.line(`Training took ${seconds(results.secondsPerEpoch)} an epoch (median).`)
  if (options.json !== undefined) writeResults(options.json, results)
}

function loadData({ data: folder, limit, seed }: Options): Data {
  if (folder === undefined) return makeDigitData(seed, limit ?? MADE_TRAIN, MADE_TEST)
  const { train, test } = loadMnist(folder)
  return { train: firstSamples(train, limit ?? train.count), test }
}

/** What to tell the user. An error that nobody foresaw keeps its stack. */
function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof OptionsError) return { text: error.message, exitCode: 2 }
  if (error instanceof Interrupted) return { text: error.message, exitCode: error.exitCode }
  if (error instanceof FileError || error instanceof DivergedError) {
    return { text: `${error.name}: ${error.message}`, exitCode: 1 }
  }
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 }
}
