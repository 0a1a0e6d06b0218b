/** Options: records of which every name is known. */
import { describe, UsageError } from './errors.ts'

/** Is it an object with named parts, such as options are? */
export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws unless options are a record, and each is one of those that are known. */
export function checkOptionNames(what: string, options: unknown, known: readonly string[]): void {
  const names = `{ ${known.join(', ')} }`
  if (!isRecord(options)) {
    throw new UsageError(`${what}: the options are ${describe(options)}. Give a record with some of ${names}.`)
  }
  const unknownName = Object.keys(options).find(name => !known.includes(name))
  if (unknownName === undefined) return
  throw new UsageError(`${what}: there is no option '${unknownName}'. The options are ${names}.`)
}

/** @internal The value of an option that should be a number, as it reads in messages. */
export function optionText(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? `'${value}'` : describe(value)
}
