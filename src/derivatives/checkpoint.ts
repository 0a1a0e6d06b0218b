/** `checkpoint`: computing again instead of keeping. */
import { recorder } from '../compile/recorder.ts'
import { checkFunction, Invocation, type VarFunction, withLength } from '../differentiate.ts'
import { LostDerivativeError, VarOutOfRunError } from '../errors.ts'
import { evaluator, recordInside } from '../grad.ts'
import { applyHost, type PlainFunction, templateOf, UserOp } from '../host.ts'
import type { ArgumentsOf, Evaluated, FunctionOf, ResultOf } from '../signatures.ts'
import { mapLeaves, someLeaf } from '../structure.ts'
import { valueOf } from '../value.ts'
import { type AnyVar, constantLeaf } from '../var.ts'

/**
 * The same function, of which the walk back keeps the arguments and the result only, and computes the rest once more:
 * checkpoint(f)(x) = f(x). A chain of n steps in √n pieces needs memory for 2√n of them, and runs each twice. Derivatives of
 * any order do the same; pieces may contain pieces.
 *
 * What the function depends on is an argument: a variable of the function around that it only sees is an error, since its
 * derivative would be lost; an argument there that is data (`wrt`) may be seen while that function runs. Where values are not
 * at hand, in a program of `compile` and for the samples of `vmap`, it is f itself, and keeps what f keeps;
 * `checkpoint(vmap(f))` computes a batch again.
 *
 * @param f the function, of one or several arguments; any result. It is called again on the way back, and must do the same
 * @shape f: (…BVar) ↦ BVar → the same
 * @throws {UsageError} when f is no function.
 * @throws {LostDerivativeError} (from the function) when f uses a variable that is none of its arguments.
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @example
 * ```ts
 * const piece = checkpoint((x: Var<number>) => x.sin().exp().sqrt())
 * const slope = (x: Var<number>) => grad((y: Var<number>) => piece(piece(y)))(x)
 * evalBP(slope)(0) // → 0.20573
 * ```
 */
export function checkpoint<Vs extends readonly unknown[], W, O = unknown>(
  f: FunctionOf<Vs, W, O>,
): Evaluated<ArgumentsOf<O, Vs>, ResultOf<O, W>> {
  checkFunction(CHECKPOINT, f)
  const inner = f as VarFunction
  return evaluator(
    CHECKPOINT,
    withLength((...args: unknown[]) => {
      if (recorder !== undefined || templateOf(args) !== undefined) return inner(...args)
      const isActive = args.map(arg => someLeaf(arg, leaf => (leaf as AnyVar).slot >= 0))
      if (!isActive.includes(true)) return inner(...args)
      // What is data stays what it is, and no gradient by it is made.
      const data = args.map((arg, i) => (isActive[i] === true ? undefined : constants(arg)))
      const ofActive = (...vars: unknown[]): unknown => {
        let next = 0
        return inner(...data.map((constant, i) => (isActive[i] === true ? vars[next++] : constant)))
      }
      const active = args.filter((_, i) => isActive[i])
      return applyHost(recomputed(ofActive, plainValue(ofActive)), active)
    }, inner.length),
  ) as never
}

const CHECKPOINT = 'checkpoint'

/** The same values as constants, which belong to no run. */
function constants(variables: unknown): unknown {
  return mapLeaves(variables, '', leaf => constantLeaf(valueOf(leaf as AnyVar)))
}

/**
 * The function on plain values. What varies around it has no part in its derivative, so it must not see that. It may see data of
 * the function around, as long as that runs.
 */
function plainValue(f: VarFunction): VarFunction {
  const value = evaluator(CHECKPOINT, f)
  return (...values) => seeing(LostDerivativeError, () => value(...values))
}

/** Does something that calls the function; a variable that it must not have seen is an error of that type. */
function seeing<T>(type: typeof LostDerivativeError | typeof VarOutOfRunError, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof type) throw new LostDerivativeError(CHECKPOINT, CHECKPOINT)
    throw error
  }
}

/** The op of a function, `primal` being the same for plain values. Its pullback is such an op again. */
function recomputed(f: VarFunction, primal: PlainFunction): UserOp {
  const onVars = (cotangent: unknown, ...inputsAndResult: unknown[]): unknown => {
    const pull = (cotangent: unknown, ...inputs: unknown[]): unknown =>
      recordInside(f, inputs, positions(inputs))[1](cotangent)
    return applyHost(recomputed(pull, plainPullback(f)), [cotangent, ...inputsAndResult.slice(0, -1)])
  }
  return new UserOp(CHECKPOINT, primal, onVars)
}

/** The pullback of a call that is made for it: (ȳ, …plain) ↦ the gradient by each argument. */
function plainPullback(f: VarFunction): (cotangent: unknown, ...values: unknown[]) => unknown {
  return (cotangent, ...values) => {
    const invocation = new Invocation(values, undefined)
    try {
      seeing(VarOutOfRunError, () => {
        invocation.call(f)
      })
      const recording = invocation.recording()
      recording.walk(cotangent, false)
      return recording.plainGradient(invocation.vars)
    } finally {
      invocation.close(false)
    }
  }
}

/** All positions, so that the gradient is a tuple also for one argument. */
function positions(args: readonly unknown[]): readonly number[] {
  return args.map((_, i) => i)
}
