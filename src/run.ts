/**
 * Runs: from the moment a function gets its variables until its results have been read. Nested runs share one tape; an async
 * run, which others may overtake, has one of its own.
 */
import { recorder } from './compile/recorder.ts'
import { newTape } from './debug/debugTape.ts'
import { located } from './debug/place.ts'
import { type BackpropError, LostDerivativeError, VarOutOfRunError } from './errors.ts'
import type { Resident } from './resident.ts'
import type { Tape, TapeMark } from './tape.ts'
import type { Template } from './vmap/template.ts'

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
  /** The run that was current when it was opened. */
  readonly #before: Run | undefined
  /** Are its results plain values, which no derivative by a variable of an enclosing run goes through? */
  readonly plain: boolean
  /** May it stay open while its function waits? Then its tape is its own, and others may end before it or after. */
  readonly isAsync: boolean
  readonly #mark: TapeMark
  /** The resident parameters that this run reads; undefined for none. */
  residents: Resident<unknown>[] | undefined = undefined

  /** Opens a run, nested in the innermost one on the tape. */
  constructor(tape: Tape, plain: boolean, isAsync: boolean) {
    const outer = tape.innermost
    this.tape = tape
    this.plain = plain
    this.isAsync = isAsync
    this.outer = outer
    this.first = tape.length
    this.depth = outer === undefined ? 0 : outer.depth + 1
    this.#mark = tape.mark()
    this.#before = current
    tape.innermost = this
  }

  /** Has an op of the user's been recorded since it began? */
  get hasHostOps(): boolean {
    return this.tape.host.ops.length > this.#mark.hostNodes
  }

  /** Has a value of a user's type been put on the tape since? */
  get hasHostValues(): boolean {
    return this.tape.host.values.length > this.#mark.hostValues
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
    // What a template records is read when its function has returned.
    const taken = !keepRecords && !this.#keeps && this.tape.template === undefined
    if (outer === undefined || taken) {
      this.dropped = true
      this.tape.reset(this.#mark)
    }
    this.tape.innermost = outer
    if (outer === undefined && this.tape.template !== undefined) {
      this.tape.free()
      templates--
    }
    if (this.isAsync) {
      this.tape.free()
      asyncRuns--
    } else current = this.#before
  }

  /** Notes that a slot made just now belongs to `owner`, a run around this one: the runs between must keep it. */
  pin(owner: Run): void {
    this.#keeps = true
    for (let run = this.outer; run !== undefined && run !== owner; run = run.outer) run.#keeps = true
  }
}

/** There may be many async runs and templates at a time, so each begins with less memory than the shared tape does. */
const SMALL_CHUNK_BYTES = 2 ** 16

/** The innermost of the runs whose functions are being called: where an operator opens the next one. */
export let current: Run | undefined
let shared: Tape | undefined
/** How many async runs are open, and how many templates. */
let asyncRuns = 0
let templates = 0

/** Starts a run, nested in the current one; `plain` if its results will be plain values. */
export function openRun(plain: boolean): Run {
  let tape = current?.tape ?? (shared ??= newTape())
  // Plain results are computed at once, which a template's are not.
  if (plain) while (tape.template !== undefined) tape = tape.template.home.tape
  // What is pending belongs to the runs around: its results must lie below the mark that this run is taken back to.
  if (tape.innermost !== undefined) tape.run()
  current = new Run(tape, plain, false)
  return current
}

/** Starts the outermost run of a template, on a tape of its own. */
export function openTemplateRun(template: Template): Run {
  current = new Run(newTape(SMALL_CHUNK_BYTES, template), false, false)
  templates++
  return current
}

/** Starts an async run. It is never the current one. */
export function openAsyncRun(): Run {
  const run = new Run(newTape(SMALL_CHUNK_BYTES), true, true)
  asyncRuns++
  return run
}

/** Does something with another run, or none, as the current one. */
export function within<T>(run: Run | undefined, body: () => T): T {
  const before = current
  current = run
  try {
    return body()
  } finally {
    current = before
  }
}

/** Might there be variables of runs that are not nested in each other? */
export function mayMeet(): boolean {
  return asyncRuns > 0 || templates > 0
}

/** Is a template open? */
export function hasTemplates(): boolean {
  return templates > 0
}

/** Is a tape another one, or that of a template which was opened in a run of the other one, at any depth? */
export function isWithin(inner: Tape, outer: Tape): boolean {
  for (let tape: Tape | undefined = inner; tape !== undefined; tape = tape.template?.home.tape) {
    if (tape === outer) return true
  }
  return false
}

/** Throws unless variables of this run may be used now, for one the variable in that slot. */
export function checkOpen(run: Run, what: string, slot?: number): void {
  if (!run.open) throw madeAt(run, slot, new VarOutOfRunError(what))
}

/** The error, which while debugging says where the variable was made that it is about. */
function madeAt<E extends BackpropError>(run: Run, slot: number | undefined, error: E): E {
  const place = slot === undefined ? undefined : run.tape.places?.of(run, slot)
  return place === undefined ? error : located(error, 'The variable was made', place)
}

/**
 * Throws unless the variable in that slot of run `own` may be used now in run `user`, which is nested in `own` if it is on the same tape, or on
 * that of a template inside.
 */
export function checkReach(own: Run, user: Run, what: string, slot: number): void {
  checkOpen(own, what, slot)
  if (own.tape === user.tape || isWithin(user.tape, own.tape)) return
  // A plain run inside the function of a template.
  if (isWithin(own.tape, user.tape)) throw madeAt(own, slot, new LostDerivativeError(what))
  throw madeAt(own, slot, new VarOutOfRunError(what, own.tape.template && user.tape.template ? 'batches' : 'apart'))
}

/** Throws if what depends on the variable in that slot of run `own` would go into a plain result between it and run `user`. */
export function checkKept(own: Run, user: Run, what: string, slot: number): void {
  for (let run: Run | undefined = user; run !== undefined && run !== own; run = run.outer) {
    if (run.plain) throw madeAt(own, slot, new LostDerivativeError(what))
  }
}
