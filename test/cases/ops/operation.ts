/** How an op of the case language stands to the library. */
import type { Attributes } from '../schema.ts'
import type { Value } from '../values.ts'

export type Apply = (args: readonly Value[], attributes: Attributes) => Value

/**
 * `own`: the library has that op, under the name `by`. `formula`: a few of its ops make it, at the cost of an op of its own.
 * `parts`: it is made by taking tensors apart and putting them together, a record for each part or element. `missing`: the
 * library has nothing for it; `by` says what.
 */
export type Standing = 'own' | 'formula' | 'parts' | 'missing'

export type Operation =
  | { readonly standing: Exclude<Standing, 'missing'>; readonly by: string; readonly apply: Apply }
  | { readonly standing: 'missing'; readonly by: string }

/** An op of the library. */
export function own(by: string, apply: Apply): Operation {
  return { standing: 'own', by, apply }
}

/** A composition of a few ops of the library. */
export function formula(by: string, apply: Apply): Operation {
  return { standing: 'formula', by, apply }
}

/** A composition that takes tensors apart. */
export function byParts(by: string, apply: Apply): Operation {
  return { standing: 'parts', by, apply }
}

/** What the library would need. */
export function missing(by: string): Operation {
  return { standing: 'missing', by }
}

/** An attribute that is a number. */
export function numberIn(attributes: Attributes, name: string, otherwise?: number): number {
  const value = attributes[name] ?? otherwise
  if (typeof value === 'number') return value
  throw new RangeError(`the attribute ${name} must be a number, not ${JSON.stringify(value)}`)
}

/** An attribute that is a list of numbers, written as such or as a tensor of one dimension; a number is a list of one. */
export function numbersIn(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name]
  if (typeof value === 'number') return [value]
  const list = isTensor(value) ? value.data : value
  if (Array.isArray(list) && list.every(n => typeof n === 'number')) return list
  throw new RangeError(`the attribute ${name} must be a list of numbers, not ${JSON.stringify(value)}`)
}

/** The sizes of an attribute that is a list of numbers or a tensor of them. */
export function shapeIn(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name]
  return isTensor(value) ? value.shape : typeof value === 'number' ? [] : [numbersIn(attributes, name).length]
}

function isTensor(value: unknown): value is { shape: number[]; data: number[] } {
  return typeof value === 'object' && value !== null && 'shape' in value && 'data' in value
}
