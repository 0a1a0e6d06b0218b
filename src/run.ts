/**
 * Runs: from the moment a function gets its variables until its results have been read. Nested runs share one tape.
 */
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
  /** May its variables be used? */
  open = true
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

  /** Notes that the run reads these parameters, so that they cannot change meanwhile. */
  read(resident: Resident<unknown>): void {
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
      else outer.residents = [...(outer.residents ?? []), ...residents]
    }
    if (!keepRecords && (this.outer === undefined || pinned <= this.first)) this.tape.reset(this.#mark)
    current = this.outer
    if (this.outer === undefined) pinned = 0
  }
}

/** The innermost open run. */
export let current: Run | undefined
/** Records below this slot are needed by a run that is not the innermost one. */
let pinned = 0
let shared: Tape | undefined

/** Starts a run, nested in the current one; `plain` if its results will be plain values. */
export function openRun(plain: boolean): Run {
  shared ??= new Tape()
  current = new Run(shared, current, plain)
  return current
}

/** Notes that a record made just now belongs to a run around the current one. */
export function pin(run: Run): void {
  if (run !== current) pinned = run.tape.length
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
