/** Steps that change resident parameters in place. */
import { recorder } from './compile/recorder.ts'
import { checkFunction, Invocation, isRecorded, type VarFunction } from './differentiate.ts'
import { ResultError, ShapeMismatchError } from './errors.ts'
import { differentiateInside } from './grad.ts'
import { mapVars } from './mapVars.ts'
import { checkGiven, checkOption, FINITE } from './options.ts'
import type { Resident, ResidentLeaf } from './resident.ts'
import { current } from './run.ts'
import type { DataOf, FunctionOfParameters, Operator, ParametersOf, PlainArguments } from './signatures.ts'
import { StepArguments, withArguments } from './stepArguments.ts'
import { SCALAR } from './tape.ts'
import type { Primal, ReadOnly } from './types.ts'
import { isConstant, Var } from './var.ts'

/**
 * Options of `sgdStep`.
 *
 * @example
 * ```ts
 * const options: SgdOptions = { rate: 0.02 }
 * ```
 */
export interface SgdOptions {
  /** What the gradient is multiplied by. */
  readonly rate: number
}

/**
 * What `sgdStep` gives: changes the parameters, and gives the loss before.
 *
 * @example
 * ```ts
 * const step: Step<number, []> = sgdStep((w: Var<number>) => w.mul(w), { rate: 0.1 })
 * ```
 */
export interface Step<P, Data extends readonly unknown[]> extends Operator {
  (parameters: Resident<P> | Resident<ReadOnly<P>>, ...data: Data): number
}

/**
 * One step of stochastic gradient descent, in place: p ↦ p − rate · ∂loss/∂p. Gives the loss before the step.
 *
 * The update is part of the backward walk wherever a parameter is read by one op only, as the matrix of a product or as a
 * term of a sum: then no gradient is stored. Elsewhere the gradient is gathered and applied at the end.
 *
 * If the function throws, or memory runs out, no parameter has changed.
 *
 * @param f the loss, a number, as a function of the parameters and of data
 * @param options the rate
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (Resident<P>, …plain data) ↦ number
 * @throws {UsageError} when the loss is no function, or the rate no finite number; (from the step) when there are fewer arguments than the
 *   loss takes.
 * @throws {ResidentError} when the parameters are not resident or freed, stand among the data, or an open run reads them.
 * @throws {ResultError} when the loss is no variable.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * const step = sgdStep((w: Var<number>, x: Var<number>) => w.mul(x).sub(1).pow(2), { rate: 0.1 })
 * const w = resident(0)
 * step(w, 2) // → 1
 * w.read() // → 0.4
 * ```
 */
export function sgdStep<P, Data extends readonly unknown[], W, O = unknown>(
  f: FunctionOfParameters<P, Data, W, O, Var<number>>,
  options: SgdOptions,
): Step<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  checkFunction('sgdStep', f)
  checkGiven('sgdStep', options, { rate: FINITE })
  const { rate } = options
  checkOption('sgdStep', 'rate', rate, FINITE)
  const loss = f as VarFunction
  const own = new StepArguments('sgdStep', [PARAMETERS], loss)
  const step = (...args: readonly unknown[]): unknown =>
    recorder !== undefined && isRecorded(args.slice(0, 1))
      ? recordStep(loss, rate, own, args)
      : takeStep(loss, rate, own, args)
  return withArguments(step, own) as unknown as Step<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>>
}

/** @internal Throws unless the loss is a variable that holds a number. */
export function checkLoss(op: string, loss: unknown): void {
  if (!(loss instanceof Var)) throw new ResultError('the loss', loss)
  if (loss.shape === SCALAR) return
  throw new ShapeMismatchError(op, [loss.shape, SCALAR], 'the loss is no number', 'Add it up: sum(loss).')
}

/** @internal What messages call what every step changes. */
export const PARAMETERS = 'the parameters'

/** The step as a part of the program that is being recorded: its loss, a variable. */
function recordStep(f: VarFunction, rate: number, own: StepArguments, args: readonly unknown[]): unknown {
  const run = current
  const [parameters] = args
  own.checkCount(args)
  recorder?.checkTargets('sgdStep', run, [{ what: PARAMETERS, targets: parameters }])
  const [loss, gradient] = differentiateInside(f, args, 0)
  checkLoss('sgdStep', loss)
  // What the loss does not depend on stays as it is.
  const next = mapVars((p, g) => (isConstant(g) ? p : p.sub(g.mul(rate))), parameters, gradient)
  recorder?.assign('sgdStep', [{ what: PARAMETERS, targets: parameters, values: next }])
  return loss
}

/** Runs the loss, walks back and updates. */
function takeStep(loss: VarFunction, rate: number, own: StepArguments, args: readonly unknown[]): unknown {
  own.check(args)
  const invocation = new Invocation(args, 0)
  try {
    own.checkUnread(args, ONE_RUN)
    invocation.call(loss)
    checkLoss('sgdStep', invocation.result)
    update(invocation, own, args, rate)
    return invocation.value()
  } finally {
    invocation.close(false)
  }
}

/** How many runs of the step read the parameters. */
const ONE_RUN = [1]

/** Walks back and updates. Everything that can fail comes before the first write to a parameter. */
function update(invocation: Invocation, own: StepArguments, args: readonly unknown[], rate: number): void {
  const parameters = args[0] as Resident<unknown>
  const { run, inputs, result } = invocation
  const { tape, first } = run
  const firstRecord = first + inputs
  // Again: the loss itself may have read them.
  own.checkUnread(args, ONE_RUN)
  if (run.hasHostOps) {
    // A pullback of the user's may throw: the whole gradient comes first.
    invocation.recording().walk(undefined, false)
    own.checkUnread(args, ONE_RUN)
    tape.applyGradient(first, firstRecord, -rate)
  } else {
    const { slot } = result as Var<number>
    // A constant, or a variable of a run around it, depends on no parameter.
    if (isConstant(result) || slot < first) return
    tape.descend(first, firstRecord, slot, -rate)
  }
  parameters.version++
  // Numbers are inputs by value: the inputs are the leaves, in order.
  for (const i of parameters.numbers) {
    const slot = first + i
    const at = (parameters.flat[i] as ResidentLeaf).pointer / 8
    const { f64 } = tape.memory
    if (tape.touched(slot)) f64[at] = (f64[at] as number) - rate * tape.adjointNumber(slot)
  }
}
