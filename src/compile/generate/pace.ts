/**
 * Divides long work into steps, so that no call takes much longer than the others. What does the work is a generator function:
 * it says what it has done, and yields when that was enough for this step.
 */
export class Pace {
  #left = 0

  /** Begins a step of so much work: 1 is what is done for an instruction in one pass, some 50 ns. */
  begin(work: number): void {
    this.#left = work
  }

  /** Says that so much has been done. Is it enough for this step? */
  isOver(done: number): boolean {
    this.#left -= done
    return this.#left <= 0
  }
}
