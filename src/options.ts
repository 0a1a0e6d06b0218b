/** Options: names that are unknown. */
import { UsageError } from './errors.ts'

/** Throws unless the options are an object whose names are all known. */
export function checkNames(op: string, options: unknown, known: readonly string[]): void {
  const names = known.join(', ')
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(`${op}: the options must be an object; its names are: ${names}.`)
  }
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined) throw new UsageError(`${op}: there is no option ${unknown}. The options are: ${names}.`)
}
