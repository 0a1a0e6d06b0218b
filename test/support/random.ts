/** Random numbers from a seed, which is printed when a test fails. */

/** The seed of every test: `TEST_SEED`, or the same one every time. */
export const seed = Number(process.env['TEST_SEED'] ?? 20251)

/** The generator mulberry32. */
export class Random {
  #state: number

  constructor(start: number) {
    this.#state = start | 0
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** A whole number from 0 up to, not including, n. */
  below(n: number): number {
    return Math.floor(n * this.next())
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]
  }
}

/** A test's body with a generator of its own; a failure names the seed. */
export function seeded(body: (random: Random) => void): () => void {
  return () => {
    try {
      body(new Random(seed))
    } catch (error) {
      if (error instanceof Error) error.message += `\n(seed ${seed}: run again with TEST_SEED=${seed})`
      throw error
    }
  }
}
