/** Every op of the case language. */
import { Unsupported } from '../unsupported.ts'
import { elementwise } from './elementwise.ts'
import { networks } from './networks.ts'
import type { Apply, Operation } from './operation.ts'
import { products } from './products.ts'
import { reductions } from './reductions.ts'
import { shapes } from './shapes.ts'

/** By name, in the order of the language's own table. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...elementwise, ...reductions, ...products, ...shapes, ...networks }),
)

/**
 * What an op does.
 *
 * @throws {Unsupported} when the library has nothing for it.
 */
export function operationOf(op: string): Apply {
  const operation = operations.get(op)
  if (operation === undefined) throw new Unsupported(op, 'no op of the case language')
  if (operation.standing === 'missing') throw new Unsupported(op, operation.by)
  return operation.apply
}
