/**
 * The way back over host ops. The engine stops where a cotangent has reached one; here its pullback is called, what it gives
 * is added to the cotangents of the operands, and the walk goes on below. Host ops next to each other take no crossing.
 */
import type { Space } from './differentiable.ts'
import { NotTwiceDifferentiableError, StructureMismatchError } from './errors.ts'
import { addHost, applyHost, evaluatePlain, UserOp } from './host.ts'
import { type AnyPullback, type HostCall, type HostOp, type Pullback, SamplePullbacks } from './hostStore.ts'
import { current, type Run } from './run.ts'
import { checkLike, isPromise, mapLeaves, someLeaf, spaceOfLeaf } from './structure.ts'
import { countOf, Found, SCALAR, type Tape } from './tape.ts'
import { dataOf, Tensor, tensorOf } from './tensor.ts'
import { slotOf } from './apply.ts'
import { valueOf } from './value.ts'
import { type AnyVar, constantLeaf, HOST, hostVarOf, isConstant, Var, varLike, varOf } from './var.ts'

/** Adds what is in slot `source` to the cotangent of a variable; as a record of the run `owner` if there is one. */
export function addCotangent(tape: Tape, target: AnyVar, source: number, owner: Run | undefined): void {
  const { slot } = target
  if (target.shape !== HOST) tape.seed(slot, source, owner !== undefined)
  else if (owner === undefined) addValue(tape, target, tape.hostValue(source))
  else if (!tape.touched(slot)) tape.setAdjointSlot(slot, source)
  else {
    const space = spaceOfLeaf(target) as Space
    const sum = addHost(space, hostVarOf(owner, tape.adjointSlot(slot), space), hostVarOf(owner, source, space))
    tape.setAdjointSlot(slot, slotOf('add', sum, current as Run))
  }
}

/** Adds a value of a user's type to the cotangent of a variable, in a walk that is not recorded. */
function addValue(tape: Tape, target: AnyVar, value: unknown): void {
  const index = tape.hostIndex(target.slot)
  const { cotangents, spaces, values } = tape.host
  const space = spaces[index] as Space
  if (space.fits?.(values[index], value) === false) {
    throw new StructureMismatchError('a cotangent', 'it is of another form than its value, another length for example.')
  }
  cotangents[index] = tape.touched(target.slot) ? space.add(cotangents[index], value) : value
  tape.touch(target.slot)
}

/** The zero of what a variable holds. */
export function zeroLeaf(tape: Tape, leaf: AnyVar): unknown {
  const { slot, shape } = leaf
  if (shape === HOST) return (spaceOfLeaf(leaf) as Space).zero(tape.hostValue(slot))
  return shape.length === 0 ? 0 : tensorOf(dataOf(leaf.dtype, countOf(shape)), shape)
}

/** The slot of a constant, the one of what a variable holds: what a result is seeded with. */
export function oneSlot(tape: Tape, leaf: AnyVar): number {
  const { slot, shape } = leaf
  if (shape === HOST) {
    const space = spaceOfLeaf(leaf) as Space
    return tape.constantHost(space.one(tape.hostValue(slot)), space)
  }
  return shape.length === 0 ? tape.constantNumber(1) : tape.constantFilled(1, shape, leaf.dtype)
}

/**
 * A walk from slot `from`, where a cotangent has reached a host op, down to slot `stop`. `finish` or `finishAsync` takes it to
 * its end, by `advance`, `pull` and `give` in turns.
 */
export class HostWalk {
  readonly #tape: Tape
  readonly #stop: number
  readonly #first: number
  /** The run that records belong to, if the walk is recorded. */
  readonly #owner: Run | undefined
  #slot: number
  /** The call that the walk stands at. */
  #op: HostOp | undefined
  #call: HostCall | undefined

  constructor(tape: Tape, from: number, stop: number, first: number, owner: Run | undefined) {
    this.#tape = tape
    this.#slot = from
    this.#stop = stop
    this.#first = first
    this.#owner = owner
  }

  /** Walks on to its end. */
  finish(): void {
    while (this.advance()) this.give(this.pull())
  }

  /** The same where pullbacks may give promises. Others may use the engine meanwhile. */
  async finishAsync(): Promise<void> {
    while (this.advance()) {
      const gradient = this.pull()
      this.give(isPromise(gradient) ? await gradient : gradient)
    }
  }

  /** Walks on to the next pullback that must be called; false at the end. */
  advance(): boolean {
    const tape = this.#tape
    const stop = this.#stop
    const record = this.#owner !== undefined
    let slot = this.#slot
    while (slot >= stop) {
      const found = tape.found(slot)
      if (found === Found.Engine) {
        slot = tape.backward(slot, stop, this.#first, record)
        continue
      }
      if (found === Found.HostPart) tape.touch(tape.operandB(slot))
      else if (found === Found.Host || (found === Found.HostNumbers && (record || !this.#pullNumbers(slot)))) {
        const call = callAt(tape, slot, this.#owner)
        if (someLeaf(call.inputs, leaf => this.#wants(leaf as AnyVar))) {
          this.#op = tape.host.ops[tape.node(slot)]
          this.#call = call
          this.#slot = slot
          return true
        }
        clear(tape, slot, call.parts)
      }
      slot--
    }
    this.#slot = slot
    return false
  }

  /** The short way for one or two numbers, with a pullback on plain values. False, with nothing done, where that is not so. */
  #pullNumbers(slot: number): boolean {
    const tape = this.#tape
    const first = this.#first
    const pullback = tape.host.nodes[tape.node(slot)] as Pullback | undefined
    if (pullback === undefined) return false
    const a = tape.operandB(slot)
    const b = tape.operandC(slot)
    const binary = tape.hostOperands(slot) === 2
    if (a < first && (!binary || b < first)) {
      tape.clear(slot)
      return true
    }
    const gradient = pullback(tape.adjointNumber(slot)) as readonly unknown[]
    if (!Array.isArray(gradient) || gradient.length !== (binary ? 2 : 1)) this.#refuse(slot, gradient)
    const byA: unknown = gradient[0]
    const byB: unknown = binary ? gradient[1] : 0
    if (typeof byA !== 'number' || typeof byB !== 'number') this.#refuse(slot, gradient)
    tape.clear(slot)
    if (a >= first) tape.addNumber(a, byA)
    if (binary && b >= first) tape.addNumber(b, byB)
    return true
  }

  /** Throws for a gradient that does not fit. */
  #refuse(slot: number, gradient: unknown): never {
    const op = this.#tape.host.ops[this.#tape.node(slot)] as HostOp
    checkGradient(op, callAt(this.#tape, slot, this.#owner), gradient, (_input, given) => {
      checkPlain(op, given)
    })
    throw new StructureMismatchError(op.name, 'the gradient does not fit.')
  }

  #wants(leaf: AnyVar): boolean {
    return !isConstant(leaf) && leaf.slot >= this.#first && !this.#tape.endsGradient(leaf.slot)
  }

  /** Calls the pullback that the walk stands at. */
  pull(): unknown {
    const tape = this.#tape
    const op = this.#op as HostOp
    const call = this.#call as HostCall
    const owner = this.#owner
    if (owner !== undefined) {
      const cotangent = mapLeaves(call.output, '', leaf => this.#recordedCotangent(leaf as AnyVar))
      const inputs = call.inputs.map(input => inRun(input, owner))
      if (op.onVars !== undefined) return op.onVars(...([cotangent, ...inputs, inRun(call.output, owner)] as never[]))
      return applyHost(pullbackOp(op, call, call.pullback as AnyPullback), [cotangent, ...inputs])
    }
    const plain = (variables: unknown): unknown => mapLeaves(variables, '', leaf => plainLeaf(tape, leaf as AnyVar))
    const cotangent = mapLeaves(call.output, '', leaf => this.#plainCotangent(leaf as AnyVar))
    const { pullback } = call
    if (pullback !== undefined) return (pullback as Pullback)(cotangent)
    const { onVars } = op
    if (onVars === undefined) throw new NotTwiceDifferentiableError(op.name)
    const values = [cotangent, ...call.inputs.map(plain), plain(call.output)]
    return evaluatePlain(onVars, values)
  }

  /** Adds what the pullback gave to the cotangents of the operands, and lets the walk go on. */
  give(gradient: unknown): void {
    const tape = this.#tape
    const owner = this.#owner
    const op = this.#op as HostOp
    const call = this.#call as HostCall
    clear(tape, this.#slot, call.parts)
    checkGradient(op, call, gradient, (input, given) => {
      if (owner === undefined) checkPlain(op, given)
      if (!this.#wants(input)) return
      if (owner !== undefined) {
        const variable = given instanceof Var ? given : constantLeaf(given)
        addCotangent(tape, input, slotOf('a pullback', variable, current as Run), owner)
      } else if (typeof given === 'number') tape.addNumber(input.slot, given)
      else if (given instanceof Tensor) tape.seed(input.slot, tape.constantTensor(given), false)
      else addValue(tape, input, given)
    })
    this.#slot--
  }

  /** The cotangent of a leaf of a result, in a recorded walk. */
  #recordedCotangent(leaf: AnyVar): Var<unknown> {
    const tape = this.#tape
    const { slot } = leaf
    if (tape.touched(slot)) return varLike(leaf, this.#owner, tape.adjointSlot(slot))
    return constantLeaf(zeroLeaf(tape, leaf))
  }

  /** The same in a walk that is not recorded. */
  #plainCotangent(leaf: AnyVar): unknown {
    const tape = this.#tape
    const { slot, shape } = leaf
    if (!tape.touched(slot)) return zeroLeaf(tape, leaf)
    if (shape === HOST) return tape.host.cotangents[tape.hostIndex(slot)]
    if (shape.length === 0) return tape.adjointNumber(slot)
    return tape.adjointTensor(slot, shape)
  }
}

/** What is recorded of the call at a slot; `owner` is the run for variables made here. */
export function callAt(tape: Tape, slot: number, owner: Run | undefined): HostCall {
  const node = tape.host.nodes[tape.node(slot)]
  const count = tape.hostOperands(slot)
  if (count === 0) return node as HostCall
  const a = varOf(owner, tape.operandB(slot), SCALAR)
  return {
    inputs: count === 1 ? [a] : [a, varOf(owner, tape.operandC(slot), SCALAR)],
    output: varOf(owner, slot, SCALAR),
    parts: 0,
    pullback: node as Pullback | undefined,
  }
}

/** Forgets the cotangents of a result. */
function clear(tape: Tape, slot: number, parts: number): void {
  for (let i = slot; i <= slot + parts; i++) tape.clear(i)
}

/** Throws unless a gradient has the structure of the inputs; `visit` gets each pair of leaves. */
function checkGradient(
  op: HostOp,
  call: HostCall,
  gradient: unknown,
  visit: (input: AnyVar, given: unknown) => void,
): void {
  const { inputs } = call
  if (!Array.isArray(gradient) || gradient.length !== inputs.length) {
    const count = inputs.length === 1 ? 'one element' : `${String(inputs.length)} elements`
    throw new StructureMismatchError(
      `${op.name}, the gradient`,
      `the pullback must return an array of ${count}, the gradient by each argument.`,
    )
  }
  for (let i = 0; i < inputs.length; i++) {
    checkLike(inputs[i], gradient[i], `${op.name}, the gradient by argument ${String(i + 1)}`, (input, given) => {
      visit(input as AnyVar, given)
    })
  }
}

/** Throws if a pullback on plain values gives a variable. */
function checkPlain(op: HostOp, given: unknown): void {
  if (!(given instanceof Var)) return
  throw new StructureMismatchError(
    `${op.name}, the gradient`,
    'a variable stands where a plain value is expected. Give its .value; or write the pullback on variables, as the ' +
      'second argument.',
  )
}

/** The variables of a call as variables of the run in which its gradient is recorded. */
function inRun(variables: unknown, run: Run): unknown {
  return mapLeaves(variables, '', leaf =>
    isConstant(leaf) ? leaf : varLike(leaf as AnyVar, run, (leaf as AnyVar).slot),
  )
}

/** The value of a variable on the tape that is walked over, as a leaf. */
function plainLeaf(tape: Tape, leaf: AnyVar): unknown {
  const { slot, shape } = leaf
  if (isConstant(leaf)) return valueOf(leaf)
  if (shape === HOST) return tape.hostValue(slot)
  return shape.length === 0 ? tape.number(slot) : tape.tensor(slot, shape)
}

/** A pullback of plain values as an op, whose own gradient is an error. */
function pullbackOp(op: HostOp, call: HostCall, pullback: AnyPullback): UserOp {
  const name = `the pullback of ${op.name}`
  if (pullback instanceof SamplePullbacks) {
    const samples = pullback.pullbacks.map(sample => pullbackOp(op, call, sample as AnyPullback))
    // Called where there is no sample, for the structure of the gradient alone: that of the inputs.
    const structure = (_cotangent: unknown, ...inputs: unknown[]): unknown => [inputs, () => inputs]
    return new UserOp(name, structure, undefined, samples)
  }
  return new UserOp(name, (cotangent: unknown) => {
    const gradient = pullback(cotangent)
    checkGradient(op, call, gradient, () => undefined)
    return [
      gradient,
      () => {
        throw new NotTwiceDifferentiableError(op.name)
      },
    ]
  })
}
