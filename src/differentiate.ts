/**
 * How operators run a user's function: variables for its arguments, its result, cotangents for its inputs. What users
 * call is in grad.ts and step.ts.
 */
import { Opcode } from '../assembly/shared/opcodes.ts'
import type { Space } from './differentiable.ts'
import { ResultError, StructureMismatchError, UnknownLeafError, UsageError } from './errors.ts'
import { hostIdentity } from './host.ts'
import { mapResident, Resident, ResidentLeaf } from './resident.ts'
import { checkKept, checkOpen, checkReach, current, isWithin, mayMeet, openRun, type Run, within } from './run.ts'
import { checkLike, isPromise, isStatic, mapLeaves, pathText, someLeaf, spaceOfLeaf } from './structure.ts'
import { SCALAR, tensorWord, type Tape } from './tape.ts'
import { Tensor } from './tensor.ts'
import { slotOf } from './apply.ts'
import { valueOf } from './value.ts'
import { type AnyVar, constantLeaf, HOST, hostVarOf, isConstant, Var, varLike, varOf } from './var.ts'
import { addCotangent, HostWalk, oneSlot, zeroLeaf } from './walk.ts'

/** Which arguments are differentiated by: the one at a position, those at several, or all. */
export type Wrt = number | readonly number[] | undefined

/** A function of variables, as operators see it. */
export type VarFunction = (...args: unknown[]) => unknown

/** Throws unless an operator has got a function. */
export function checkFunction(op: string, f: unknown): void {
  if (typeof f !== 'function') throw new UsageError(`${op}: the first argument must be a function of variables.`)
}

/** The same function with as many parameters as another has. */
export function withLength<F extends (...args: never[]) => unknown>(f: F, length: number): F {
  return Object.defineProperty(f, 'length', { value: length })
}

function isVar(leaf: unknown): boolean {
  return leaf instanceof Var
}

/** The run that the variables among the arguments belong to, if it is one that the current run is not nested in. */
export function runElsewhere(args: readonly unknown[]): Run | undefined {
  if (!mayMeet()) return undefined
  let found: Run | undefined
  const holds = (leaf: unknown): boolean => {
    const run = leaf instanceof Var ? leaf.run : undefined
    if (run?.open !== true || (current !== undefined && isWithin(current.tape, run.tape))) return false
    found = run.tape.innermost
    return true
  }
  for (const arg of args) if (someLeaf(arg, holds)) break
  return found
}

/** Is the call to be recorded on the run around it, because a variable is among its arguments? */
export function isRecorded(args: readonly unknown[]): boolean {
  if (current === undefined) return false
  for (const arg of args) if (someLeaf(arg, isVar)) return true
  return false
}

/** What messages call the result. */
export const RESULT = "the function's result"

const argumentNames = ['argument 1', 'argument 2', 'argument 3', 'argument 4']

/** The name of an argument in messages. */
function argumentPath(index: number): string {
  return argumentNames[index] ?? `argument ${String(index + 1)}`
}

/** A run with its inputs and what the function made of them. */
export class Invocation {
  readonly run: Run
  /** The variables that the function got. */
  readonly vars: unknown[]
  /** How many inputs there are: the first slots of the run. */
  readonly inputs: number
  /** What the function returned. */
  result: unknown = undefined
  /** Was a constant variable among the arguments of a call outside any run? Then its results are constants too. */
  gotConstant = false

  /**
   * Makes variables of a run for the arguments. Those at the positions `wrt`, or all, are its inputs; the others are
   * constants. The run is one that has just been opened: of plain results, unless another is given.
   */
  constructor(args: readonly unknown[], wrt: Wrt, run = openRun(true)) {
    this.run = run
    try {
      // Inputs first, so that they are the first slots of the run.
      const vars = new Array<unknown>(args.length)
      for (let i = 0; i < args.length; i++) if (isChosen(wrt, i)) vars[i] = this.#inputs(args[i], i)
      this.inputs = run.tape.length - run.first
      for (let i = 0; i < args.length; i++) if (!isChosen(wrt, i)) vars[i] = this.#data(args[i], i)
      this.vars = vars
    } catch (error) {
      this.run.close(false)
      throw error
    }
  }

  /** The variables for an argument that is differentiated. */
  #inputs(arg: unknown, index: number): unknown {
    // The usual case goes through no structure twice.
    if (arg instanceof Resident) return this.#residentInputs(arg)
    return mapLeaves(arg, argumentPath(index), (leaf, path) => this.#input(leaf, path))
  }

  /** The variables for an argument that is data: constants on the run's tape. */
  #data(arg: unknown, index: number): unknown {
    const { run } = this
    if (arg instanceof Tensor) return liftData(run, arg, '')
    return mapLeaves(arg, argumentPath(index), (leaf, path) => liftData(run, leaf, path))
  }

  /** The variable, or variables, for a leaf that is differentiated. */
  #input(leaf: unknown, path: string): unknown {
    const { run } = this
    const { tape } = run
    if (typeof leaf === 'number') return varOf(run, tape.leafNumber(leaf), SCALAR)
    if (leaf instanceof Tensor) return varOf(run, tape.leafTensor(leaf), leaf.shape, leaf.dtype)
    if (leaf instanceof ResidentLeaf) return varOf(run, tape.leavesAt([leaf]), leaf.shape, leaf.dtype)
    if (leaf instanceof Resident) return this.#residentInputs(leaf)
    if (isConstant(leaf)) {
      this.gotConstant = true
      return this.#input(valueOf(leaf as Var<unknown>), path)
    }
    if (leaf instanceof Var) {
      const own = leaf.run as Run
      checkReach(own, run, pathText(path), leaf.slot)
      if (leaf.slot >= 0) checkKept(own, run, pathText(path), leaf.slot)
      const { shape } = leaf
      if (shape === HOST) return hostIdentity(run, leaf as Var<unknown>)
      const word = Opcode.Identity | (shape.length > 0 ? tensorWord(leaf.dtype) : 0)
      const slot = slotOf(pathText(path), leaf, run)
      return varOf(run, tape.recordTensor(word, slot, slot, shape), shape, leaf.dtype)
    }
    const space = spaceOfLeaf(leaf)
    if (space !== undefined) return hostVarOf(run, tape.leafHost(leaf, space), space)
    throw new UnknownLeafError(pathText(path), leaf, 'Give a number or a tensor.')
  }

  #residentInputs(resident: Resident<unknown>): unknown {
    const { run } = this
    resident.use('an argument')
    run.read(resident)
    let slot = run.tape.leavesAt(resident.flat)
    return mapResident(resident.leaves, ({ shape, dtype }) => varOf(run, slot++, shape, dtype))
  }

  /** Calls the function and checks that its result is made of variables. */
  call(f: VarFunction): void {
    const result = f(...this.vars)
    refusePromise(result)
    this.#take(result)
  }

  /** The same for a function that may wait. Others may use the engine meanwhile. */
  async callAsync(f: VarFunction): Promise<void> {
    // In no run, as it will be when it goes on after an await.
    this.#take(await within(undefined, () => f(...this.vars)))
  }

  #take(result: unknown): void {
    this.result = result
    if (result instanceof Var) this.result = this.#checkResult(result, RESULT)
    else this.result = mapResult(result, (leaf, path) => this.#checkResult(leaf, path))
  }

  /** A variable of the result, as one on the tape of the run. */
  #checkResult(leaf: Var<unknown>, path: string): Var<unknown> {
    const { run, slot } = leaf
    if (run === undefined || run === this.run) return leaf
    checkReach(run, this.run, pathText(path), slot)
    if (slot >= 0) checkKept(run, this.run, pathText(path), slot)
    const { template } = this.run.tape
    return template === undefined || run.tape === this.run.tape ? leaf : template.local(leaf)
  }

  /** The result's value. */
  value(): unknown {
    return mapLeaves(this.result, '', leaf => valueOf(leaf as Var<unknown>))
  }

  /** What has been recorded, to walk back over. */
  recording(): Recording {
    const { run } = this
    return new Recording(run.tape, run.first, run.first + this.inputs, this.vars, this.result)
  }

  /** Ends the run; with `keepRecords` its records stay, as part of the enclosing run. */
  close(keepRecords: boolean): void {
    const { run } = this
    run.close(keepRecords)
    // Where records stay, a walk that was broken off must not be taken up by the next one.
    if (run.tape.length > run.first) run.tape.forget(run.first, run.tape.length)
  }
}

/** Throws if the result of a function that must not wait is a promise. */
export function refusePromise(result: unknown): void {
  if (!isPromise(result)) return
  // It is our error that is thrown; what becomes of the promise is nobody's.
  void result.then(undefined, () => undefined)
  throw new UsageError(
    `${RESULT} is a promise: it must be synchronous. For a function that waits take gradBPAsync, evalBPAsync or ` +
      'backpropAsync; or await before the call.',
  )
}

/** The result of a function, with `visit(variable)` in place of each variable. @throws {ResultError} for any other leaf. */
export function mapResult(result: unknown, visit: (leaf: Var<unknown>, path: string) => unknown): unknown {
  const mapped = mapLeaves(result, RESULT, (leaf, path) => {
    if (!(leaf instanceof Var)) throw new ResultError(pathText(path), leaf)
    return visit(leaf as Var<unknown>, path)
  })
  // A structure without leaves is one of the variants that a result may have, and null is Maybe's nothing.
  if (isStatic(result) && result !== null) throw new ResultError(RESULT, result)
  return mapped
}

/** The variable, or variables, for a leaf that is data: constants on the run's tape. A variable stays what it is. */
function liftData(run: Run, leaf: unknown, path: string): unknown {
  const { tape } = run
  if (leaf instanceof Var) {
    if (leaf.run !== undefined) checkReach(leaf.run, run, pathText(path), leaf.slot)
    return leaf
  }
  if (typeof leaf === 'number') return varOf(run, tape.constantNumber(leaf), SCALAR)
  if (leaf instanceof Tensor) return varOf(run, tape.constantTensor(leaf), leaf.shape, leaf.dtype)
  if (leaf instanceof ResidentLeaf) {
    const { pointer, shape, dtype } = leaf
    if (shape.length > 0) return varOf(run, tape.constantAt(pointer, shape, dtype), shape, dtype)
    return varOf(run, tape.constantNumber(tape.memory.f64[pointer / 8] as number), SCALAR)
  }
  if (leaf instanceof Resident) {
    leaf.use('an argument')
    run.read(leaf)
    return mapLeaves(leaf.leaves, path, inner => liftData(run, inner, path))
  }
  const space = spaceOfLeaf(leaf)
  if (space !== undefined) return hostVarOf(run, tape.constantHost(leaf, space), space)
  throw new UnknownLeafError(pathText(path), leaf, 'Give a number or a tensor.')
}

/** An argument of a call that is recorded on the current run. */
export function liftRecorded(arg: unknown, index: number): unknown {
  const run = current as Run
  return mapLeaves(arg, argumentPath(index), (leaf, path) => liftData(run, leaf, path))
}

/** The records of one call: inputs from slot `first` on, records from slot `firstRecord` on. */
export class Recording {
  readonly tape: Tape
  readonly first: number
  readonly firstRecord: number
  /** The variables that the function got. */
  readonly vars: readonly unknown[]
  /** What it returned. */
  readonly result: unknown

  constructor(tape: Tape, first: number, firstRecord: number, vars: readonly unknown[], result: unknown) {
    this.tape = tape
    this.first = first
    this.firstRecord = firstRecord
    this.vars = vars
    this.result = result
  }

  /** The same with a part of the result in its place. */
  of(result: unknown): Recording {
    return new Recording(this.tape, this.first, this.firstRecord, this.vars, result)
  }

  /**
   * Seeds the result and walks back to the inputs. The seed is the cotangent, of the result's structure; ones if it is
   * undefined. `owner` is the run that the records of a recorded walk belong to.
   */
  walk(cotangent: unknown, record: boolean, owner?: Run): void {
    this.start(cotangent, record, owner)?.finish()
  }

  /** The same, but no further than to the first host op that a cotangent has reached: the walk from there on, if any. */
  start(cotangent: unknown, record: boolean, owner?: Run): HostWalk | undefined {
    const { tape, first, firstRecord } = this
    let last = -1
    const wants = (leaf: Var<unknown>): boolean => !isConstant(leaf) && leaf.slot >= first
    const seed = (leaf: Var<unknown>, source: number): void => {
      addCotangent(tape, leaf, source, record ? owner : undefined)
      last = Math.max(last, leaf.slot)
    }
    const { result } = this
    if (cotangent === undefined && !record && result instanceof Var && result.shape === SCALAR) {
      // The usual case, a loss: no slot for the one.
      if (wants(result)) {
        tape.seedNumber(result.slot, 1)
        last = result.slot
      }
    } else if (cotangent === undefined) {
      mapLeaves(result, '', leaf => {
        const variable = leaf as Var<unknown>
        if (wants(variable)) seed(variable, oneSlot(tape, variable))
        return leaf
      })
    } else {
      checkLike(result, cotangent, 'cotangent', (leaf, given) => {
        const source = this.#cotangentSlot(given, spaceOfLeaf(leaf))
        if (wants(leaf as Var<unknown>)) seed(leaf as Var<unknown>, source)
      })
    }
    if (last < firstRecord) return undefined
    const stoppedAt = tape.backward(last, firstRecord, first, record)
    if (stoppedAt < firstRecord) return undefined
    return new HostWalk(tape, stoppedAt, firstRecord, first, record ? owner : undefined)
  }

  #cotangentSlot(given: unknown, space: Space | undefined): number {
    const { tape } = this
    if (space !== undefined && !(given instanceof Var)) return tape.constantHost(given, space)
    if (typeof given === 'number') return tape.constantNumber(given)
    if (given instanceof Tensor) return tape.constantTensor(given)
    if (isConstant(given)) return this.#cotangentSlot(valueOf(given as Var<unknown>), space)
    const { run, slot } = given as Var<unknown>
    if (run !== undefined) {
      checkOpen(run, 'the cotangent', slot)
      if (run.tape !== tape && tape.template !== undefined && isWithin(tape, run.tape)) {
        return tape.template.slotFor(given as AnyVar)
      }
      if (run.tape !== tape) {
        throw new StructureMismatchError(
          'cotangent',
          'a variable is given to the pullback of plain values. Give its .value; or, for a derivative through the ' +
            'pullback, make it inside the run, with a variable among the arguments.',
        )
      }
    }
    return slot
  }

  /** The cotangents of inputs as plain values, copies, in the structure of their variables; zeros where none arrived. */
  plainGradient(vars: unknown): unknown {
    const { tape } = this
    return mapLeaves(vars, '', leaf => {
      const { slot, shape } = leaf as AnyVar
      const touched = tape.touched(slot)
      if (shape === HOST) {
        if (touched) return tape.host.cotangents[tape.hostIndex(slot)]
        return zeroLeaf(tape, leaf as AnyVar)
      }
      if (!touched) return zeroLeaf(tape, leaf as AnyVar)
      return shape.length === 0 ? tape.adjointNumber(slot) : tape.adjointTensor(slot, shape)
    })
  }

  /** The same as variables of the given run, after a recorded walk. */
  recordedGradient(vars: unknown, run: Run | undefined): unknown {
    const { tape } = this
    return mapLeaves(vars, '', leaf => {
      const { slot } = leaf as AnyVar
      if (tape.touched(slot)) return varLike(leaf as AnyVar, run, tape.adjointSlot(slot))
      return constantLeaf(zeroLeaf(tape, leaf as AnyVar))
    })
  }

  /** Forgets the cotangents, all or those of the inputs. */
  forget(inputsOnly = false): void {
    this.tape.forget(this.first, inputsOnly ? this.firstRecord : this.tape.length)
  }
}

/** Is this one of the argument positions to differentiate by? */
function isChosen(wrt: Wrt, index: number): boolean {
  return wrt === undefined || wrt === index || (typeof wrt === 'object' && wrt.includes(index))
}
