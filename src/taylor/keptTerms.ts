/** The coefficients of many series, as numbers in one array: objects for all would be the collector's to look through. */
import type { Term } from './records.ts'
import type { Series } from './series.ts'

/** Stands for a coefficient that is known to be zero. */
const ZERO = -(2 ** 31)

/** What `add` gives for a series whose coefficients but the first are known to be zero. */
const CONSTANT = -1

export class KeptTerms {
  readonly #order: number
  #terms = new Int32Array(64)
  /** How many places are taken; the first is nobody's, so that 0 is none. */
  #length = 1

  constructor(order: number) {
    this.#order = order
  }

  /** Notes the coefficients of order 1 and above, and says where they are; never 0. */
  add(series: Series): number {
    if (series.isConstant) return CONSTANT
    const place = this.#length
    this.#length = place + this.#order
    if (this.#length > this.#terms.length) {
      const terms = new Int32Array(Math.max(2 * this.#terms.length, this.#length))
      terms.set(this.#terms)
      this.#terms = terms
    }
    for (let k = 1; k <= this.#order; k++) this.#terms[place + k - 1] = series.at(k) ?? ZERO
    return place
  }

  /** The coefficients that are at a place, from the one of order 0 on, which is given. */
  terms(first: number, place: number): Term[] {
    const terms: Term[] = [first]
    if (place === CONSTANT) return terms
    for (let k = 0; k < this.#order; k++) {
      const term = this.#terms[place + k]
      terms.push(term === ZERO ? undefined : term)
    }
    return terms
  }
}
