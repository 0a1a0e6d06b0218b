/**
 * Seeded random numbers: the same seed gives the same numbers, on every machine.
 *
 * xoshiro128** 1.1 (Blackman and Vigna, 2018) on 32-bit integers, its state filled by splitmix32.
 */

export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  /**
   * @param seed any integer; only its low 32 bits count
   * @param stream a second integer: each (seed, stream) has a sequence of its own, so that e.g. the shuffling does not
   *   change when more weights are drawn
   */
  constructor(seed: number, stream = 0) {
    const next = splitmix32((seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0)
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next() | 1 // never all four zero, where xoshiro would stay
  }

  /** An integer, 0 ≤ n < 2³². */
  uint32(): number {
    const times5 = Math.imul(this.b, 5)
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = (this.d << 11) | (this.d >>> 21)
    return result
  }

  /** A number, 0 ≤ x < 1, with all 53 bits of a float64 random. */
  float(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 0x4000000 + low) / 0x20000000000000
  }

  /** A number, low ≤ x < high. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.float()
  }

  /** An integer, 0 ≤ n < bound, each equally likely (bound ≤ 2³²). */
  below(bound: number): number {
    const unbiased = 0x100000000 - (0x100000000 % bound)
    let n = this.uint32()
    while (n >= unbiased) n = this.uint32()
    return n % bound
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]
  }

  /** Shuffles in place (Fisher and Yates): every order equally likely. */
  shuffle(items: Uint32Array): void {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1)
      const kept = items[last]
      items[last] = items[other]
      items[other] = kept
    }
  }
}

/** Steele, Lea and Flood's splitmix, 32 bits: turns a poor seed (0, 1, 2 …) into well-mixed state words. */
function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  }
}
