/** Options: records of which every name is known, and what the value behind it may be. */
import { describe, UsageError } from './errors.ts'

/** What the value of an option may be. */
export interface Kind {
  /** In words, as they go on after "must be". */
  readonly wanted: string
  readonly holds: (value: unknown) => boolean
}

/** Numbers that fulfil a condition. */
export function numberThat(wanted: string, holds: (value: number) => boolean): Kind {
  return { wanted, holds: value => typeof value === 'number' && holds(value) }
}

/** A function; the example shows which. */
export function functionLike(example: string): Kind {
  return { wanted: `a function: ${example}`, holds: value => typeof value === 'function' }
}

/** One of some words. */
export function oneOf(...words: readonly [...string[], string]): Kind {
  const texts = words.map(word => `'${word}'`)
  const wanted = `${texts.slice(0, -1).join(', ')} or ${String(texts.at(-1))}`
  return { wanted, holds: value => words.includes(value as string) }
}

export const BOOLEAN: Kind = { wanted: 'true or false', holds: value => typeof value === 'boolean' }
export const FINITE = numberThat('a finite number', Number.isFinite)
export const POSITIVE = numberThat('a positive number', value => value > 0 && value < Infinity)
/** Infinity is one. */
export const NOT_NEGATIVE = numberThat('a number, 0 or more', value => value >= 0)
/** Infinity is one. */
export const COUNT = numberThat('a whole number, 0 or more', value => value >= 0 && value === Math.floor(value))
export const SIZE = numberThat('a whole number, 1 or more', value => Number.isInteger(value) && value > 0)
/** What is kept of something: less than all. */
export const SHARE = numberThat('a number from 0 up to, not including, 1', value => value >= 0 && value < 1)

/** What is checked where it is used. */
export const ANYTHING: Kind = { wanted: 'anything', holds: () => true }

function isPosition(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0
}

/** One argument of a function, or several. */
export const POSITIONS: Kind = {
  wanted: 'the position of an argument, counted from 0, or an array of positions',
  holds: value => (Array.isArray(value) ? value.every(isPosition) : isPosition(value)),
}

/** Which rows of data. Whether they are there depends on the data. */
export const ROWS: Kind = {
  wanted: 'an array of rows, or a typed array: [2, 0, 1]',
  holds: value => typeof value === 'object' && isPosition((value as Partial<ArrayLike<unknown>> | null)?.length),
}

/** Is it an object with named parts, such as options are? */
export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws unless options are a record, each is one of those that are known, and of its kind unless it is undefined. */
export function checkGiven(what: string, options: unknown, kinds: { readonly [name: string]: Kind }): void {
  if (!isRecord(options)) {
    throw new UsageError(`${what}: the options are ${describe(options)}. Give a record with some of ${namesOf(kinds)}.`)
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind === undefined) {
      throw new UsageError(`${what}: there is no option '${name}'. The options are ${namesOf(kinds)}.`)
    }
    if (value !== undefined) checkOption(what, name, value, kind)
  }
}

/** Throws unless the value of an option is of a kind. */
export function checkOption(what: string, name: string, value: unknown, { wanted, holds }: Kind): void {
  if (holds(value)) return
  throw new UsageError(`${what}: ${name} is ${optionText(value)}, but must be ${wanted}.`)
}

function namesOf(kinds: object): string {
  return `{ ${Object.keys(kinds).join(', ')} }`
}

/** @internal What stands where an option, or a number, should be, as it reads in messages. */
export function optionText(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `'${value}'`
  const isList = Array.isArray(value) && value.length <= 8
  return isList ? `[${value.map(optionText).join(', ')}]` : describe(value)
}
