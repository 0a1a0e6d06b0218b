/** The adapter, naming on the way the cases that the library does not support. */
import { run as answer, type Answer } from './adapter.ts'
import type { Case, Shared } from './schema.ts'
import { Unsupported } from './unsupported.ts'

/**
 * Runs a case.
 *
 * @throws {Unsupported} when the library does not have an op or a function of it.
 */
export function run(c: Case, shared: Shared): Answer {
  try {
    return answer(c, shared)
  } catch (error) {
    if (error instanceof Unsupported) console.log(`UNSUPPORTED ${c.id}  ${error.message}`)
    throw error
  }
}
