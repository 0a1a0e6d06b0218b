/** The op language of the cases: a program on variables of the library. */
import { operationOf } from './ops/index.ts'
import { type Argument, plainOf, type Program } from './schema.ts'
import { constant, type Value } from './values.ts'

/** Named variables. */
export type Inputs = Readonly<Record<string, Value>>

/**
 * What a program computes on these inputs, recorded like any other function of variables.
 *
 * @param out the step or input whose value is asked for
 * @throws {Unsupported} for an op that the library has nothing for.
 */
export function evaluate(program: Program, inputs: Inputs, out: string = program.out): Value {
  const values = new Map(Object.entries(inputs))
  const valueOf = (argument: Argument): Value => {
    if (typeof argument !== 'string') return constant(typeof argument === 'number' ? argument : plainOf(argument))
    const value = values.get(argument)
    if (value === undefined) throw new RangeError(`the program has no "${argument}" before it is used`)
    return value
  }
  for (const { id, op, args, attrs = {} } of program.steps) {
    values.set(id, operationOf(op)(args.map(valueOf), attrs))
    if (id === out) break
  }
  return valueOf(out)
}
