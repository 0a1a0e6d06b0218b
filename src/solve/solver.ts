/** What all solvers have in common: how they are called, and what they evaluate. */
import { compile } from '../compile/compile.ts'
import type { VarFunction } from '../differentiate.ts'
import { counted, describe, UsageError } from '../errors.ts'
import { Resident } from '../resident.ts'
import { isStatic, someLeaf } from '../structure.ts'
import { Var } from '../var.ts'
import { type Iterates, KeptIterates, type Steps } from './iterates.ts'

/**
 * A solver: checks what it is called with, and gives the iterates.
 *
 * @param op its name, for messages
 * @param f the function of parameters and data
 * @param run the steps for the arguments of a call; nothing is to be computed before the first is asked for
 * @param own what comes before the data
 */
export function solver<V>(
  op: string,
  f: VarFunction,
  run: (args: readonly unknown[]) => Steps<V>,
  own: readonly string[] = ['the start'],
): (...args: unknown[]) => Iterates<unknown, V> {
  const data = Array.from({ length: Math.max(0, f.length - 1) }, (_, i) => `argument ${String(i + 2)} of the function`)
  const needed = [...own, ...data]
  return (...args) => {
    if (args.length < needed.length) {
      const has = `the call has ${counted(args.length)}, but ${String(needed.length)} are needed`
      throw new UsageError(`${op}: ${has}: ${needed.join(', ')}.`)
    }
    checkStart(op, args[0])
    args.forEach((arg, i) => {
      if (!someLeaf(arg, leaf => leaf instanceof Var)) return
      throw new UsageError(
        `${op}: ${needed[i] ?? `argument ${String(i + 1)}`} holds a variable, but solvers are not differentiated. Give its .value; ` +
          "the derivative of what is found is that of one step of Newton's method recorded there: docs/solve.md shows how.",
      )
    })
    return new KeptIterates(run(args))
  }
}

/** Throws where the start is no structure of parameters. */
function checkStart(op: string, start: unknown): void {
  if (isStatic(start)) {
    throw new UsageError(`${op}: the start is ${describe(start)}. Give a number, a tensor, or a structure of them.`)
  }
  if (!someLeaf(start, leaf => leaf instanceof Resident)) return
  throw new UsageError(
    `${op}: the start has resident parameters, but the iterates are plain. Give a copy of them: .read(). As data they may be resident.`,
  )
}

/** An operator as it is, or compiled. */
export function evaluated(operator: unknown, { compile: isCompiled }: { readonly compile: boolean }): VarFunction {
  return (isCompiled ? compile(operator as never) : operator) as VarFunction
}
