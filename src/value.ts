/** What a variable holds, read: its value, and comparisons by value. Reading is no op. */
import { Relation } from '../assembly/shared/program.ts'
import { recorder } from './compile/recorder.ts'
import { describe, UsageError } from './errors.ts'
import { checkOpen, type Run } from './run.ts'
import { Tensor, tensorOf } from './tensor.ts'
import type { Operand } from './types.ts'
import { type AnyVar, Constant, HOST, Var } from './var.ts'

/** @internal The value of a variable: a number, a tensor that is a copy, or a value of a user's type. */
export function valueOf(x: AnyVar): unknown {
  const template = x.run?.tape.template
  if (template !== undefined) return valueOf(template.shared(x, '.value'))
  const value = peekOf(x)
  if (recorder !== undefined) recorder.read(x, value)
  return value
}

/** @internal The same, without making it a condition of a program that is being recorded. */
export function peekOf(x: AnyVar): unknown {
  if (x instanceof Constant) {
    const { plain } = x
    return plain instanceof Tensor ? tensorOf(plain.data.slice(), plain.shape) : plain
  }
  const run = x.run as Run
  checkOpen(run, '.value', x.slot)
  const { template } = run.tape
  if (template !== undefined) return peekOf(template.shared(x, '.value'))
  if (x.shape === HOST) return run.tape.hostValue(x.slot)
  if (x.shape.length === 0) return run.tape.number(x.slot)
  return run.tape.tensor(x.slot, x.shape)
}

/** @internal Compares two numbers by value; the outcome is a condition of a program that is being recorded. */
export function compare(relation: Relation, a: Operand<number>, b: Operand<number>): boolean {
  const first = outsideTemplates(relation, a)
  const second = outsideTemplates(relation, b)
  const x = numberIn(first)
  const y = numberIn(second)
  const holds = compareNumbers(relation, x, y)
  if (recorder !== undefined) recorder.compare(relation, first, x, second, y, holds)
  return holds
}

const comparisons: Record<Relation, string> = ['lt', 'le', 'gt', 'ge', 'eq', '.value']

/** What stands outside the functions of `vmap` for what is compared inside: there a variable has a value. */
function outsideTemplates(relation: Relation, x: Operand<number>): Operand<number> {
  let outside: Operand<number> = x
  while (outside instanceof Var && outside.run?.tape.template !== undefined) {
    outside = outside.run.tape.template.shared(outside, comparisons[relation]) as unknown as Var<number>
  }
  return outside
}

function compareNumbers(relation: Relation, a: number, b: number): boolean {
  if (relation === Relation.Less) return a < b
  if (relation === Relation.LessOrEqual) return a <= b
  if (relation === Relation.Greater) return a > b
  return relation === Relation.GreaterOrEqual ? a >= b : a === b
}

/** The number in an operand. */
function numberIn(x: Operand<number>): number {
  const value: unknown = x instanceof Var ? peekOf(x) : x
  if (typeof value === 'number') return value
  throw new UsageError(
    `a comparison: ${describe(value)} stands where a number is expected. Compare one element, x.value.at(0); to choose ` +
      'element by element take max, min or abs.',
  )
}
