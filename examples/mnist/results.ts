/** What a run has measured: as lines for people, as JSON for programs. */
import { writeFileSync } from 'node:fs'

/** 5000 training samples (fewer at the end of an epoch). Errors are fractions of 1. */
export interface ChunkResult {
  /** Samples in this chunk. */
  readonly samples: number
  /** Time of their training steps, without evaluation. */
  readonly seconds: number
  /** Share of wrong answers on these samples, after training on them. */
  readonly trainError: number
  /** Share of wrong answers on the test samples. */
  readonly validationError: number
}

/** Exactly what `--json` writes. */
export interface Results {
  readonly chunks: readonly ChunkResult[]
  /** Share of wrong answers on the test samples at the end. */
  readonly testError: number
  /** Median over the epochs of the time of their training steps, without evaluation; 0 if there was no epoch. */
  readonly secondsPerEpoch: number
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}

/** The middle one, or the mean of the middle two; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`
export const seconds = (s: number): string => `${s.toFixed(2)} s`
