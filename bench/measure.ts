/** Timing side by side: variants of one work take turns, round by round, so that a slow spell hits all of them. */

/** One way of doing a work. `run` does it once. */
export interface Variant {
  readonly name: string
  readonly run: () => unknown
}

/** The times of one variant, in microseconds a run, one for each round. */
export interface Times {
  readonly variant: string
  readonly micros: Float64Array
}

export interface MeasureOptions {
  /** How long all rounds of one variant together should take, in milliseconds. */
  readonly millis: number
  readonly rounds: number
}

/** Keeps results alive, so that no engine may leave out the work. */
let sink: unknown
export function lastResult(): unknown {
  return sink
}

function timeOf(run: () => unknown, times: number): number {
  const start = performance.now()
  for (let i = 0; i < times; i++) sink = run()
  return (performance.now() - start) * 1000
}

/** Warms every variant up, chooses how often each runs in a round, and takes the rounds in changing order. */
export function measure(variants: readonly Variant[], options: MeasureOptions): Times[] {
  const budget = (options.millis * 1000) / options.rounds
  const repeats = variants.map(({ run }) => {
    let times = 1
    let micros = timeOf(run, times)
    const warmUntil = performance.now() + Math.min(300, options.millis / 4)
    while (performance.now() < warmUntil || micros < budget / 4) {
      if (micros < budget / 4) times *= 2
      micros = timeOf(run, times)
    }
    return Math.max(1, Math.round((times * budget) / micros))
  })
  const results = variants.map(({ name }) => ({ variant: name, micros: new Float64Array(options.rounds) }))
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < variants.length; i++) {
      const which = (i + round) % variants.length
      results[which].micros[round] = timeOf(variants[which].run, repeats[which]) / repeats[which]
    }
  }
  return results
}

/** The q-quantile, by linear interpolation. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort()
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5)
}

/** What results in bench/results hold of the times of a variant. */
export interface Row {
  readonly work: string
  readonly variant: string
  readonly medianMicros: number
  readonly p10: number
  readonly p90: number
}

export function rowOf(work: string, { variant, micros }: Times): Row {
  return { work, variant, medianMicros: median(micros), p10: quantile(micros, 0.1), p90: quantile(micros, 0.9) }
}

/**
 * The ratio a/b of two variants that took turns: the median over rounds, and its 95 % bootstrap interval; and the best decile, which
 * is what b reaches when nobody else uses the machine.
 */
export interface Ratio {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly bestDecile: number
}

export function ratio(a: Times, b: Times): Ratio {
  const ratios = a.micros.map((micros, round) => micros / b.micros[round])
  const medians = new Float64Array(1000)
  let state = 1
  for (let i = 0; i < medians.length; i++) {
    const sample = ratios.map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return ratios[Math.floor((state / 2 ** 32) * ratios.length)]
    })
    medians[i] = median(sample)
  }
  return {
    median: median(ratios),
    low: quantile(medians, 0.025),
    high: quantile(medians, 0.975),
    bestDecile: quantile(ratios, 0.9),
  }
}
