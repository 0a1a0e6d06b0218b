/**
 * Training: a step of an optimiser for each sample, as in the original tutorial, or for each batch of some.
 *
 * Each epoch shuffles the training samples and takes them in chunks of 5000; after a chunk come the training error on it and
 * the validation error on all test samples.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { adam, compile, epoch, evalBP, momentum, resident, sgd, trainStep } from 'backprop-wasm'
import type { Optimiser, Progress, Resident } from 'backprop-wasm'
import type { Display } from './display.ts'
import { answer, batchLogits, batchLoss, loss, pixels, targets, type Net } from './network.ts'
import type { OptimizerName } from './options.ts'
import type { Random } from './random.ts'
import { median, percent, seconds, type ChunkResult, type Results } from './results.ts'
import { CLASSES, type Data, type Samples } from './samples.ts'

/** Samples between two looks at the errors, up to a batch more. */
const CHUNK = 5000
/** Samples that are evaluated at once. */
const EVALUATED = 500

export interface Training {
  readonly epochs: number
  /** Samples in each step. */
  readonly batch: number
  readonly optimizer: OptimizerName
  /** Size of a step. */
  readonly rate: number
  /** Shuffles the samples. */
  readonly random: Random
  readonly display: Display
  /** Ends the training: `train` rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Called with a copy of the weights after each epoch. */
  readonly afterEpoch: (net: Net, epoch: number) => void
}

/** The numbers have left the finite ones. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError'
}

/** Trains a network, beginning with `net` (which stays as it is), and reports. */
export async function train(net: Net, data: Data, training: Training): Promise<Results> {
  const { epochs, batch, rate, random, display, afterEpoch } = training
  using params = resident(net)
  const method: Optimiser<string> = methods[training.optimizer]({ rate })
  using state = resident(method.start(params))
  using one = compile(trainStep(loss, method))
  using many = compile(trainStep(batchLoss, method))
  const inputs = [pixels(data.train), targets(data.train)] as const
  const everyTest = upTo(data.test.count)
  const order = upTo(data.train.count)
  const chunkSize = batch * Math.ceil(CHUNK / batch)
  const chunks: ChunkResult[] = []
  const epochSeconds: number[] = []
  try {
    for (let number = 1; number <= epochs; number++) {
      display.line(`[Epoch ${number} of ${epochs}]`)
      random.shuffle(order)
      let trained = 0
      let evaluated = 0
      for (let from = 0; from < order.length; from += chunkSize) {
        const chunk = order.subarray(from, from + chunkSize)
        const { signal } = training
        const slices =
          batch === 1
            ? epoch(inputs, one, { parameters: [params, state], order: chunk, signal })
            : epoch(inputs, many, { parameters: [params, state], order: chunk, signal, batch })
        const stepSeconds = await timed('training', chunk.length, display, slices, value => {
          if (!Number.isFinite(value)) throw diverged(`the loss became ${value} in epoch ${number}`, rate)
        })
        const start = performance.now()
        const trainError = await errorRate(params, data.train, chunk, training)
        const validationError = await errorRate(params, data.test, everyTest, training)
        evaluated += (performance.now() - start) / 1000
        trained += stepSeconds
        chunks.push({ samples: chunk.length, seconds: stepSeconds, trainError, validationError })
        display.line(
          `Trained on ${chunk.length} samples in ${seconds(stepSeconds)}. ` +
            `Training error ${percent(trainError)}, validation error ${percent(validationError)}.`,
        )
      }
      epochSeconds.push(trained)
      display.line(`Epoch ${number}: ${seconds(trained)} of training, ${seconds(evaluated)} of evaluation.`)
      afterEpoch(params.read(), number)
    }
    const testError =
      chunks.length > 0
        ? chunks[chunks.length - 1].validationError
        : await errorRate(params, data.test, everyTest, training)
    return { chunks, testError, secondsPerEpoch: median(epochSeconds) }
  } finally {
    display.end()
  }
}

const methods = { sgd, momentum, adam } as const

/** Share of the chosen samples that the network gets wrong. Forward only, many samples at a time. */
async function errorRate(
  params: Resident<Net>,
  samples: Samples,
  chosen: Uint32Array,
  { display, signal, rate }: Training,
): Promise<number> {
  using scoresOf = compile(evalBP(batchLogits))
  let seen = 0
  let wrong = 0
  const slices = epoch(
    [pixels(samples)],
    x => {
      const { data } = scoresOf(params, x)
      if (!data.every(Number.isFinite)) throw diverged('a score is no longer finite', rate)
      for (let from = 0; from < data.length; from += CLASSES) {
        if (answer(data, from) !== samples.labels[chosen[seen++]]) wrong++
      }
      return 0
    },
    { order: chosen, batch: EVALUATED, signal },
  )
  await timed('evaluating', chosen.length, display, slices)
  return wrong / chosen.length
}

/** Runs an epoch; in its pauses display and Ctrl-C have their turn. Seconds without the pauses. */
async function timed(
  task: string,
  count: number,
  display: Display,
  slices: Iterable<Progress>,
  check: (loss: number) => void = () => undefined,
): Promise<number> {
  let milliseconds = 0
  display.begin(task, count)
  let start = performance.now()
  for (const { rows, loss } of slices) {
    milliseconds += performance.now() - start
    check(loss)
    display.advance(rows)
    await breathe()
    start = performance.now()
  }
  display.end()
  return (milliseconds + performance.now() - start) / 1000
}

const upTo = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i)

const diverged = (what: string, rate: number): DivergedError =>
  new DivergedError(`The training diverged: ${what}. Try a smaller --rate than ${rate}.`)
