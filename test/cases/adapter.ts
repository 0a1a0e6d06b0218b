/** The adapter: one function from a case to the answer of the library, for the checker of the published cases. */
import { valueAndGradient, type Differentiated, type Named } from './derivatives.ts'
import { evaluate } from './program.ts'
import { type Case, type CaseTensor, caseTensorOf, plainOf } from './schema.ts'
import { Unsupported } from './unsupported.ts'
import { constant } from './values.ts'

/** What the library says to a case: every part that the case expects. */
export type Answer = Record<string, CaseTensor | Record<string, CaseTensor>>

/**
 * Runs a case.
 *
 * @param c the case
 * @throws {Unsupported} when the library does not have an op of it.
 */
export function run(c: Case): Answer {
  const f = functionOf(c)
  const at = plainInputs(c, c.wrt ?? [])
  const [value, gradient] = valueAndGradient(f, at, c.dy && plainOf(c.dy))
  return { value: caseTensorOf(value), grad: mapValues(gradient, caseTensorOf) }
}

/** The function that a case is about, of its inputs to be differentiated by; the others are constants. */
function functionOf(c: Case): Differentiated {
  const { program } = c
  if (program === undefined) throw new Unsupported(c.fn ?? '', 'no such function')
  const constants = mapValues(plainInputs(c, Object.keys(c.inputs)), constant)
  return inputs => evaluate(program, { ...constants, ...inputs })
}

function plainInputs(c: Case, names: readonly string[]): Named {
  return Object.fromEntries(names.map(name => [name, plainOf(c.inputs[name])]))
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))
}
