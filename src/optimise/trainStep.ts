/** Steps of any optimiser, which change resident parameters and the resident state in place. */
import { recorder } from '../compile/recorder.ts'
import { Invocation, isRecorded, type VarFunction } from '../differentiate.ts'
import { StructureMismatchError, UsageError } from '../errors.ts'
import { differentiateInside } from '../grad.ts'
import { type Resident, ResidentLeaf } from '../resident.ts'
import { current } from '../run.ts'
import type { DataOf, FunctionOfParameters, Operator, ParametersOf, PlainArguments } from '../signatures.ts'
import { checkLoss, PARAMETERS } from '../step.ts'
import { StepArguments, withArguments } from '../stepArguments.ts'
import { checkLike, mapLeaves } from '../structure.ts'
import { bytesOf, countOf } from '../tape.ts'
import type { Data as Elements, Primal, ReadOnly } from '../types.ts'
import { slotOf } from '../apply.ts'
import type { AnyVar, Var } from '../var.ts'
import { zeroLeaf } from '../walk.ts'
import { checkStateOf } from './optimiser.ts'
import * as rules from './rules.ts'

/**
 * What `trainStep` gives: changes parameters and state, and gives the loss before.
 *
 * @example
 * ```ts
 * const step: TrainStep<number, OptimiserState<number>, []> = trainStep((w: Var<number>) => w.mul(w), sgd({ rate: 0.1 }))
 * ```
 */
export interface TrainStep<P, State, Data extends readonly unknown[]> extends Operator {
  (
    parameters: Resident<P> | Resident<ReadOnly<P>>,
    state: Resident<State> | Resident<ReadOnly<State>>,
    ...data: Data
  ): number
}

/**
 * One step of an optimiser, in place: [state, p] ↦ optimiser(state, p, ∂loss/∂p). Gives the loss before the step.
 * Compiled, loss, gradient and update are one program, and a step is one call.
 *
 * Where the loss does not depend on a parameter its gradient is zero, and the rule is applied to that: the parameter stays
 * as it is unless a moment or a decay moves it.
 *
 * If a function throws, or memory runs out, neither parameters nor state have changed.
 *
 * @param f the loss, a number, as a function of the parameters and of data
 * @param optimiser `sgd`, `momentum`, `adam`, or a function of your own from variables (state, parameters, gradient) to [state,
 *   parameters]
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (Resident<P>, Resident<State>, …plain data) ↦ number
 * @throws {UsageError} when the loss or the optimiser is no function, or `adam` is given in place of `adam()`; (from the step) when there are
 *   fewer arguments than parameters, state and the data of the loss.
 * @throws {ResidentError} when parameters or state are not resident or freed, the same, stand among the data, or are read by an open run.
 * @throws {ResultError} when the loss is no variable.
 * @throws {StructureMismatchError} when the state is that of another optimiser or of other parameters, or the optimiser gives
 *   another structure than it got.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * const method = adam({ rate: 0.1 })
 * const step = trainStep((w: Var<number>, x: Var<number>) => w.mul(x).sub(1).pow(2), method)
 * const w = resident(0)
 * const state = resident(method.start(w))
 * step(w, state, 2) // → 1
 * w.read() // → 0.1
 * ```
 */
export function trainStep<P, Data extends readonly unknown[], W, State, O = unknown>(
  f: FunctionOfParameters<P, Data, W, O, Var<number>>,
  optimiser: (
    state: State,
    parameters: NoInfer<ParametersOf<O, P>>,
    gradient: NoInfer<ParametersOf<O, P>>,
  ) => readonly [State, NoInfer<ParametersOf<O, P>>],
): TrainStep<Primal<ParametersOf<O, P>>, Primal<State>, PlainArguments<DataOf<O, Data>>> {
  if (typeof f !== 'function' || typeof optimiser !== 'function') {
    throw new UsageError('trainStep: give the loss and an optimiser: trainStep(loss, adam()).')
  }
  for (const [name, method] of Object.entries(rules)) {
    if (method !== (optimiser as unknown)) continue
    throw new UsageError(`trainStep: the optimiser is ${name} itself. Call it: trainStep(loss, ${name}()).`)
  }
  const loss = f as VarFunction
  const update = optimiser as VarFunction
  const own = new StepArguments('trainStep', [PARAMETERS, STATE], loss)
  const step = (...args: readonly unknown[]): unknown =>
    recorder !== undefined && isRecorded(args.slice(0, 1))
      ? recordStep(loss, update, own, args)
      : takeStep(loss, update, own, args)
  return withArguments(step, own) as never
}

/** What messages call it. */
const STATE = 'the state'

/** The step as a part of the program that is being recorded: its loss, a variable. */
function recordStep(loss: VarFunction, optimiser: VarFunction, own: StepArguments, args: readonly unknown[]): unknown {
  const run = current
  const [parameters, state, ...data] = args
  own.checkCount(args)
  recorder?.checkTargets('trainStep', run, [
    { what: PARAMETERS, targets: parameters },
    { what: STATE, targets: state },
  ])
  const [value, gradient] = ofLoss(optimiser, state, () => differentiateInside(loss, [parameters, ...data], 0))
  checkLoss('trainStep', value)
  const [nextState, next] = pairOf(optimiser(state, parameters, gradient))
  recorder?.assign('trainStep', [
    { what: PARAMETERS, targets: parameters, values: next },
    { what: STATE, targets: state, values: nextState },
  ])
  return value
}

/** What the loss gives. Where it throws, and the state is none, it is that which is wrong: the two may have changed places. */
function ofLoss<T>(optimiser: VarFunction, state: unknown, call: () => T): T {
  try {
    return call()
  } catch (error) {
    checkStateOf(optimiser, state)
    throw error
  }
}

/** The two that an optimiser gives. */
function pairOf(result: unknown): readonly [state: unknown, parameters: unknown] {
  if (Array.isArray(result) && result.length === 2) return result as [unknown, unknown]
  throw new StructureMismatchError(RESULT, 'it must be a pair [state, parameters].')
}

const RESULT = "the optimiser's result"

/** How many runs of the step read the parameters, and the state: where the loss runs, and where the optimiser does. */
const RUN_OF_LOSS = [1, 0]
const BOTH_RUNS = [2, 1]

/** Walks back, runs the optimiser on what is there, and writes. */
function takeStep(loss: VarFunction, optimiser: VarFunction, own: StepArguments, args: readonly unknown[]): number {
  own.check(args)
  const [parameters, , ...data] = args
  const invocation = new Invocation([parameters, ...data], 0)
  try {
    own.checkUnread(args, RUN_OF_LOSS)
    ofLoss(optimiser, args[1], () => {
      invocation.call(loss)
    })
    checkLoss('trainStep', invocation.result)
    const value = invocation.value() as number
    invocation.recording().walk(undefined, false)
    update(optimiser, own, args, gradientOf(invocation))
    return value
  } finally {
    invocation.close(false)
  }
}

/** The gradient by the parameters where the walk has left it. */
function gradientOf({ run, vars }: Invocation): unknown {
  const { tape } = run
  return mapLeaves(vars[0], '', leaf => {
    const { slot, shape, dtype } = leaf as AnyVar
    if (!tape.touched(slot)) return zeroLeaf(tape, leaf as AnyVar)
    return shape.length === 0 ? tape.adjointNumber(slot) : new ResidentLeaf(tape.adjointPointer(slot), shape, dtype)
  })
}

/** Runs the optimiser in a run of its own. Everything that can fail comes before the first write. */
function update(optimiser: VarFunction, own: StepArguments, args: readonly unknown[], gradient: unknown): void {
  const [parameters, state] = args as [Resident<unknown>, Resident<unknown>]
  const invocation = new Invocation([state, parameters, gradient], undefined)
  try {
    invocation.call(optimiser)
    const [nextState, next] = pairOf(invocation.result)
    const { run } = invocation
    const { tape } = run
    const { memory } = tape
    const writes: { leaf: ResidentLeaf; variable: AnyVar }[] = []
    const note = (leaf: unknown, variable: unknown): void => {
      writes.push({ leaf: leaf as ResidentLeaf, variable: variable as AnyVar })
    }
    checkLike(parameters.leaves, next, RESULT, note)
    checkLike(state.leaves, nextState, RESULT, note)
    const blocks = [...parameters.flat, ...state.flat]
    /** The new value: a number, where its elements are, or a copy of them if they are in what is written. */
    const values = writes.map(({ leaf, variable }) => {
      const { shape } = leaf
      const slot = slotOf('trainStep', variable, run)
      if (shape.length === 0) return tape.number(slot)
      tape.run()
      const pointer = tape.pointer(slot)
      return pointer !== leaf.pointer && blocks.some(block => holds(block, pointer))
        ? tape.tensor(slot, shape).data
        : pointer
    })
    own.checkUnread(args, BOTH_RUNS)
    parameters.version++
    state.version++
    writes.forEach(({ leaf: { pointer, shape, dtype } }, i) => {
      const value = values[i] as number | Elements
      if (typeof value !== 'number') memory.write(pointer, value)
      else if (shape.length === 0) memory.f64[pointer / 8] = value
      else memory.write(pointer, memory.view(value, countOf(shape), dtype))
    })
  } finally {
    invocation.close(false)
  }
}

/** Is an address inside a block? */
function holds({ pointer, shape, dtype }: ResidentLeaf, address: number): boolean {
  return address >= pointer && address < pointer + bytesOf(dtype) * countOf(shape)
}
