/** Where the records of a tape were made, those of ended runs too: a variable may be used too late. */
import type { Run } from '../run.ts'
import { Place } from './place.ts'

/** The places of the records that were taken back with a run. */
interface Taken {
  readonly first: number
  readonly places: readonly (Place | undefined)[]
}

export class Places {
  #bySlot: (Place | undefined)[] = []
  readonly #taken = new WeakMap<Run, Taken>()

  /** Notes that what is in the slot is being made. */
  note(slot: number): void {
    this.#bySlot[slot] = Place.here()
  }

  at(slot: number): Place | undefined {
    return this.#bySlot[slot]
  }

  /** The place of a variable's record, though its run may have ended. */
  of(run: Run, slot: number): Place | undefined {
    for (let owner: Run | undefined = run; owner !== undefined; owner = owner.outer) {
      const taken = this.#taken.get(owner)
      if (taken !== undefined) return taken.places[slot - taken.first]
    }
    return this.#bySlot[slot]
  }

  /** Forgets the records from `first` on, but for questions about variables of the run that ends. */
  take(run: Run | undefined, first: number): void {
    const places = this.#bySlot.splice(first)
    if (run !== undefined) this.#taken.set(run, { first, places })
  }

  /** A copy of those of the records that there are. */
  copy(): Places {
    const copy = new Places()
    copy.restore(this)
    return copy
  }

  /** Takes over those of a tape whose slots are copied. */
  restore(from: Places): void {
    this.#bySlot = from.#bySlot.slice()
  }
}
