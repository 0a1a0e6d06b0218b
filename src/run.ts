/**
 * Runs: from the moment a function gets its variables until its results have been read. Nested runs share one tape.
 */
import { recorder } from './compile/recorder.ts'
import { LostDerivativeError, VarOutOfRunError } from './errors.ts'
import type { Resident } from './resident.ts'
import { Tape, type TapeMark } from './tape.ts'

export class Run {
  readonly tape: Tape
  /** The run in which this one was started, if any. */
  readonly outer: Run | undefined
  /** The first slot of the run. */
  readonly first: number
  /** How many runs it is nested in. */
  readonly depth: number
  /** Must its records stay when it ends, because one of them belongs to a run around it? */
  #keeps = false
  /** May its variables be used? */
  open = true
  /** Has it ended, and were its records taken back? */
  dropped = false
  /** Are its results plain values, which no derivative by a variable of an enclosing run goes through? */
  readonly plain: boolean
  readonly #mark: TapeMark
  /** The resident parameters that this run reads; undefined for none. */
  residents: Resident<unknown>[] | undefined = undefined

  constructor(tape: Tape, outer: Run | undefined, plain: boolean) {
    this.tape = tape
    this.plain = plain
    this.outer = outer
    this.first = tape.length
    this.depth = outer === undefined ? 0 : outer.depth + 1
    this.#mark = tape.mark()
  }

  /** Has an op of the user's been recorded since it began? */
  get hasHostOps(): boolean {
    return this.tape.host.ops.length > this.#mark.hostNodes
  }

  /** Notes that the run reads these parameters, so that they cannot change meanwhile. */
  read(resident: Resident<unknown>): void {
    if (recorder !== undefined) recorder.refuseResident()
    resident.readers++
    if (this.residents === undefined) this.residents = [resident]
    else this.residents.push(resident)
  }

  /**
   * Ends the run. Its records are taken back unless an enclosing run still needs them: because the result is recorded
   * there, or because a variable of the enclosing run was used in this one.
   */
  close(keepRecords: boolean): void {
    this.open = false
    // Records that stay go on reading the parameters.
    const { residents, outer } = this
    if (residents !== undefined) {
      if (!keepRecords || outer === undefined) for (const resident of residents) resident.readers--
      else if (outer.residents === undefined) outer.residents = residents
      else for (const resident of residents) outer.residents.push(resident)
    }
    if (outer === undefined || (!keepRecords && !this.#keeps)) {
      this.dropped = true
      this.tape.reset(this.#mark)
    }
    current = outer
  }

  /** Notes that a slot made just now belongs to `owner`, a run around this one: the runs between must keep it. */
  pin(owner: Run): void {
    this.#keeps = true
    for (let run = this.outer; run !== undefined && run !== owner; run = run.outer) run.#keeps = true
  }
}

/** The innermost open run. */
export let current: Run | undefined
let shared: Tape | undefined

/** Starts a run, nested in the current one; `plain` if its results will be plain values. */
export function openRun(plain: boolean): Run {
  shared ??= new Tape()
  // What is pending belongs to the runs around: its results must lie below the mark that this run is taken back to.
  if (current !== undefined) shared.run()
  current = new Run(shared, current, plain)
  return current
}

/** Throws unless variables of this run may be used now. */
export function checkOpen(run: Run, what: string): void {
  if (!run.open) throw new VarOutOfRunError(what)
}

/** Throws if what depends on a variable of run `own` would go into a plain result between it and run `user`. */
export function checkKept(own: Run, user: Run, what: string): void {
  for (let run: Run | undefined = user; run !== undefined && run !== own; run = run.outer) {
    if (run.plain) throw new LostDerivativeError(what)
  }
}
