/** How a cost grows: time ∝ sizeᵏ, k by least squares on logarithms. */

/** One measurement: a size, and the time for it. */
export interface Point {
  readonly size: number
  readonly micros: number
}

/** The exponent k, and its 95 % interval. */
export interface Exponent {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** The 97.5 % quantiles of Student's t, for 1, 2, 3, … degrees of freedom. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/** The sizes that count: the larger half, where what a call costs in any case does not matter. */
export function largerHalf(points: readonly Point[]): Point[] {
  return [...points].sort((p, q) => p.size - q.size).slice(Math.floor(points.length / 2))
}

/** The slope of log time over log size, of three points or more. The interval is that of a straight line with equal errors. */
export function exponentOf(points: readonly Point[]): Exponent {
  const n = points.length
  const x = points.map(({ size }) => Math.log(size))
  const y = points.map(({ micros }) => Math.log(micros))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n
  const [mx, my] = [mean(x), mean(y)]
  const sxx = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
  const value = x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i] - my), 0) / sxx
  const residuals = y.reduce((sum, yi, i) => sum + (yi - my - value * (x[i] - mx)) ** 2, 0)
  const margin = quantiles[Math.min(n - 2, quantiles.length) - 1] * Math.sqrt(residuals / (n - 2) / sxx)
  return { value, low: value - margin, high: value + margin }
}
