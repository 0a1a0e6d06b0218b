/**
 * Training: stochastic gradient descent, one step per sample, as in the original tutorial.
 *
 * Each epoch shuffles the training samples and takes them in chunks of 5000; after a chunk come the training error on it and
 * the validation error on all test samples.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { evalBP, resident, sgdStep, type Resident, type Vector } from 'backprop-wasm'
import type { Display } from './display.ts'
import { answer, logits, loss, oneHot, pixels, type Net } from './network.ts'
import type { Random } from './random.ts'
import { median, percent, seconds, type ChunkResult, type Results } from './results.ts'
import type { Data, Samples } from './samples.ts'

/** Samples between two looks at the errors. */
const CHUNK = 5000
/** Samples between two looks at progress bar and Ctrl-C: some 30 ms. */
const SLICE = 200

export interface Training {
  readonly epochs: number
  /** Size of a gradient step. */
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
  const { epochs, rate, random, display, afterEpoch } = training
  const params = resident(net)
  try {
    const step = sgdStep(loss, { rate })
    const targets = Array.from({ length: 10 }, (_, digit) => oneHot(digit))
    const everyTest = upTo(data.test.count)
    const order = upTo(data.train.count)
    const chunks: ChunkResult[] = []
    const epochSeconds: number[] = []
    for (let epoch = 1; epoch <= epochs; epoch++) {
      display.line(`[Epoch ${epoch} of ${epochs}]`)
      random.shuffle(order)
      let trained = 0
      let evaluated = 0
      for (let from = 0; from < order.length; from += CHUNK) {
        const chunk = order.subarray(from, from + CHUNK)
        const stepSeconds = await inSlices('training', chunk, training, i => {
          const value = step(params, pixels(data.train, i), targets[data.train.labels[i]])
          if (!Number.isFinite(value)) throw diverged(`the loss became ${value} in epoch ${epoch}`, rate)
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
      display.line(`Epoch ${epoch}: ${seconds(trained)} of training, ${seconds(evaluated)} of evaluation.`)
      afterEpoch(params.read(), epoch)
    }
    const testError =
      chunks.length > 0
        ? chunks[chunks.length - 1].validationError
        : await errorRate(params, data.test, everyTest, training)
    return { chunks, testError, secondsPerEpoch: median(epochSeconds) }
  } finally {
    display.end()
    params.free()
  }
}

/** Share of the chosen samples that the network gets wrong. Forward only. */
async function errorRate(
  params: Resident<Net>,
  samples: Samples,
  chosen: Uint32Array,
  training: Training,
): Promise<number> {
  const scoresOf: (net: Resident<Net>, x: Vector<784>) => Vector<10> = evalBP(logits)
  let wrong = 0
  await inSlices('evaluating', chosen, training, i => {
    const scores = scoresOf(params, pixels(samples, i))
    if (!scores.data.every(Number.isFinite)) throw diverged('a score is no longer finite', training.rate)
    if (answer(scores) !== samples.labels[i]) wrong++
  })
  return wrong / chosen.length
}

/** Calls `work` with each item; now and then lets the display and Ctrl-C have their turn. Seconds spent in `work`. */
async function inSlices(
  task: string,
  items: Uint32Array,
  { display, signal }: Training,
  work: (item: number) => void,
): Promise<number> {
  let milliseconds = 0
  display.begin(task, items.length)
  for (let from = 0; from < items.length; from += SLICE) {
    const slice = items.subarray(from, from + SLICE)
    const start = performance.now()
    for (const item of slice) work(item)
    milliseconds += performance.now() - start
    display.advance(from + slice.length)
    await breathe()
    signal.throwIfAborted()
  }
  display.end()
  return milliseconds / 1000
}

const upTo = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i)

const diverged = (what: string, rate: number): DivergedError =>
  new DivergedError(`The training diverged: ${what}. Try a smaller --rate than ${rate}; 0.02 is known to work.`)
