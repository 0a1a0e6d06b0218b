/**
 * Derivatives recorded on the run around: what the operators are made of. Functions here take and give variables, and are
 * called inside a run.
 */
import { RESULT, type VarFunction, withLength, type Wrt } from '../differentiate.ts'
import { counted, describe, ResultError, ShapeMismatchError, StructureMismatchError, UsageError } from '../errors.ts'
import {
  checkArguments,
  checkOptions,
  choose,
  DIRECTION,
  evaluator,
  recordInside,
  type RecordedPullback,
  transposed,
} from '../grad.ts'
import { type Kind, oneOf, POSITIONS } from '../options.ts'
import { checkLike, isLeaf, isStatic } from '../structure.ts'
import { SCALAR } from '../tape.ts'
import { HOST, Var } from '../var.ts'

/** What an operator makes of the function, its arguments, and the direction if it takes one. It is called inside a run. */
export type DerivativeBody = (f: VarFunction, args: readonly unknown[], wrt: Wrt, direction: unknown) => unknown

/** What the options of Jacobians may be. */
export const JACOBIAN_OPTIONS = { wrt: POSITIONS, mode: oneOf('auto', 'forward', 'reverse') }

/** What an operator takes beside the function and `wrt`. */
interface Takes {
  /** Its options. */
  readonly kinds?: { readonly [name: string]: Kind }
  /** Does a direction come after the arguments of the function? */
  readonly directed?: boolean
}

/** An operator whose calls are those of `body`. */
export function derivativeOperator(
  op: string,
  f: unknown,
  options: { readonly wrt?: unknown },
  body: DerivativeBody,
  { kinds, directed = false }: Takes = {},
): (...args: unknown[]) => unknown {
  const wrt = checkOptions(op, f, options, kinds)
  const inner = f as VarFunction
  const chosen = typeof wrt === 'number' ? [wrt] : wrt
  const inputs = (count: number): Wrt => (directed ? chosen?.concat(count - 1) : chosen)
  const operator = (...all: unknown[]): unknown => {
    const args = directed ? all.slice(0, -1) : all
    if (directed && args.length < inner.length) {
      throw new UsageError(
        `${op}: the function takes ${counted(inner.length)}, and a direction comes after them, but the call has ` +
          `${counted(all.length)}.`,
      )
    }
    checkArguments(op, inner, args, wrt)
    const direction = all.at(-1)
    if (directed) checkLike(choose(args, wrt), direction, `${op}, ${DIRECTION}`)
    return body(inner, args, wrt, direction)
  }
  return evaluator(op, operator, inputs)
}

/** The same function, which throws unless its result is one number. */
export function numberValued(op: string, f: VarFunction): VarFunction {
  const checked = (...args: unknown[]): unknown => checkNumber(op, f(...args))
  return withLength(checked, f.length)
}

function checkNumber(op: string, result: unknown): unknown {
  if (result instanceof Var) {
    if (result.shape === SCALAR) return result
    if (result.shape !== HOST) {
      const repair = 'Add it up, sum(…); or take gradBP, which does, or jacobian, which keeps them apart.'
      throw new ShapeMismatchError(op, [result.shape, SCALAR], 'the result is not one number', repair)
    }
  } else if (isLeaf(result) || isStatic(result)) throw new ResultError(RESULT, result)
  const problem = `one number is expected, but it is ${describe(result)}. Take gradBP, which adds up, or jacobian.`
  throw new StructureMismatchError(`${op}, ${RESULT}`, problem)
}

/** The gradient of a function with one number as result, as a function of variables. */
export function gradientOf(op: string, f: VarFunction, wrt: Wrt): VarFunction {
  const checked = numberValued(op, f)
  return withLength((...args: unknown[]) => recordInside(checked, args, wrt)[1](undefined), f.length)
}

/** Value and tangent of a call: ẏ = J·ẋ for ẋ in the structure of a gradient. */
export function recordTangent(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
): [value: unknown, push: RecordedPullback] {
  const [value, pull] = recordInside(f, args, wrt)
  return [value, transposed(value, pull)[1]]
}
