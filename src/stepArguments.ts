/** What a step asks of its arguments: the same whether it is recorded or compiled. */
import type { VarFunction } from './differentiate.ts'
import { counted, describe, ResidentError, UsageError } from './errors.ts'
import { Resident } from './resident.ts'
import { someLeaf } from './structure.ts'

/** The arguments of steps, and of what is compiled from them. */
const known = new WeakMap<object, StepArguments>()

/** What a function asks of its arguments, if it is a step. */
export function argumentsOf(step: object): StepArguments | undefined {
  return known.get(step)
}

/** The same function, whose arguments are known from now on. */
export function withArguments<F extends object>(step: F, args: StepArguments | undefined): F {
  if (args !== undefined) known.set(step, args)
  return step
}

/** Beside the residents that it changes, a step takes the data of its loss. */
export class StepArguments {
  readonly #op: string
  /** What the residents are called, in order. */
  readonly #names: readonly string[]
  /** The same with the step's name before it. */
  readonly #whats: readonly string[]
  /** How many there are at least. */
  readonly #needed: number

  constructor(op: string, names: readonly string[], loss: VarFunction) {
    this.#op = op
    this.#names = names
    this.#whats = names.map(name => `${op}, ${name}`)
    this.#needed = names.length + Math.max(0, loss.length - 1)
  }

  /**
   * What is wrong with so many arguments, of which the first are resident, if that is known; undefined if nothing is. More than
   * needed are the loss's to use or to ignore, as in any call.
   */
  problemOf(count: number, residents: number | undefined): string | undefined {
    const needed = this.#needed
    if (count >= needed) return undefined
    const names = this.#names
    const data = needed - names.length
    const parts = data === 0 ? names : [...names, `${String(data)} of data`]
    const missing = names.slice(residents)
    const hint = residents === undefined ? '' : `; missing: ${missing.join(', ') || 'data'}`
    return (
      `the step takes ${counted(needed)} (${parts.join(', ')}), ` +
      `but ${String(count)} ${count === 1 ? 'was' : 'were'} given${hint}.`
    )
  }

  /** Throws unless there are as many as the step takes. */
  checkCount({ length }: readonly unknown[], residents?: number): void {
    const problem = this.problemOf(length, residents)
    if (problem !== undefined) throw new UsageError(`${this.#op}: ${problem}`)
  }

  /** Throws unless there are as many as the step takes, and those that it changes are resident, there, and not the same. */
  check(args: readonly unknown[]): void {
    const whats = this.#whats
    if (args.length < this.#needed) this.#refuse(args)
    for (let i = 0; i < whats.length; i++) {
      const given = args[i]
      if (!(given instanceof Resident)) this.#refuse(args)
      else if (args.indexOf(given) < i) throw this.#sameAs(args.indexOf(given), i)
      else given.use(whats[i] as string)
    }
  }

  #sameAs(first: number, second: number): ResidentError {
    return sameResidents(this.#op, this.#names[first] as string, this.#names[second] as string)
  }

  /** Throws the error for arguments that are too few, or not resident where they must be. */
  #refuse(args: readonly unknown[]): never {
    const first = args.findIndex(arg => !(arg instanceof Resident))
    this.checkCount(args, first < 0 ? args.length : first)
    const at = this.#names.findIndex((_, i) => !(args[i] instanceof Resident))
    throw notResident(this.#op, this.#names[at] as string, `not ${describe(args[at])}`)
  }

  /** Throws if what is to be changed stands among the data as well. */
  checkData(args: readonly unknown[]): void {
    const count = this.#names.length
    for (let i = 0; i < count; i++) {
      const resident = args[i]
      for (let k = count; k < args.length; k++) {
        if (someLeaf(args[k], leaf => leaf === resident)) throw amongData(this.#op, this.#names[i] as string)
      }
    }
  }

  /** Throws if an open run reads what is to be changed, other than so many of the step's own. */
  checkUnread(args: readonly unknown[], own: readonly number[]): void {
    for (let i = 0; i < own.length; i++) {
      const resident = args[i] as Resident<unknown>
      if (resident.readers <= (own[i] as number)) continue
      this.checkData(args)
      resident.checkUnread(this.#whats[i] as string, own[i])
    }
  }
}

/** The error for something that is to be changed, and is not resident. */
export function notResident(op: string, name: string, more: string): ResidentError {
  return new ResidentError(`${op}: ${name} must be resident, ${more}. Give resident(value).`)
}

/** The error for what is to be changed at two places. */
export function sameResidents(op: string, first: string, second: string): ResidentError {
  const what = first === second ? `two parts of ${first}` : `${first} and ${second}`
  return new ResidentError(`${op}: ${what} are the same. Give each its own.`)
}

/** The error for something that is to be changed, and is read as data. */
export function amongData(op: string, name: string): ResidentError {
  return new ResidentError(`${op}: the data hold ${name} as well. Give data of their own.`)
}
