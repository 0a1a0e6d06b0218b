/** Recording a program: the function runs once on variables, in a run of its own, and its records are planned. */
import { FLAGS, FLAG_HOST } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { Invocation, RESULT, type VarFunction } from '../differentiate.ts'
import { NotCompilableError, ResultError } from '../errors.ts'
import { ResidentLeaf } from '../resident.ts'
import type { Run } from '../run.ts'
import { checkLike, isLeaf, isPromise, isStatic, mapLeaves, pathText } from '../structure.ts'
import { slotOf } from '../apply.ts'
import { type AnyVar, constantLeaf, isConstant, Var } from '../var.ts'
import type { Generate } from './generate/execution.ts'
import { Graph } from './graph.ts'
import { type AssignmentNode, type GuardNode, type OutputNode, Plan } from './plan.ts'
import { Cell, Delivered, type Delivery, Program } from './program.ts'
import { type Assignment, type Guard, Recorder, useRecorder, Written } from './recorder.ts'
import { ResidentLeafAt, type ResidentNode, Signature } from './signature.ts'

/** A program and the arguments that it is for. */
export interface Recorded {
  readonly signature: Signature
  readonly program: Program
}

/** Runs the function on variables for these arguments and makes a program of its records; `known` if they have that structure. */
export function record(
  f: VarFunction,
  args: readonly unknown[],
  known: Signature | undefined,
  generate: Generate,
): Recorded {
  const invocation = new Invocation(args, undefined)
  const { run } = invocation
  const before = useRecorder(undefined)
  try {
    const signature = known ?? new Signature(args)
    const extent = { first: run.first, constants: run.tape.constants, inputs: invocation.inputs }
    const recorder = new Recorder(run, slot => signature.leaves[slot - run.first] instanceof ResidentLeafAt)
    useRecorder(recorder)
    const result = f(...invocation.vars)
    useRecorder(undefined)
    checkResult(result)
    refuseHostOps(run)
    const builder = new Builder(run, signature)
    builder.addResult(result)
    for (const guard of recorder.guards) builder.addGuard(guard)
    for (const assignment of recorder.assignments) builder.addAssignment(recorder.assignedBy, assignment)
    return { signature, program: builder.build(new Graph(run.tape, extent), generate) }
  } finally {
    useRecorder(before)
    invocation.close(false)
  }
}

/** Throws unless the result is made of variables, and of what can be given again at each call. */
function checkResult(result: unknown): void {
  if (isPromise(result)) {
    // It is our error that is thrown; what becomes of the promise is nobody's.
    void result.then(undefined, () => undefined)
    throw new NotCompilableError(
      RESULT,
      'it is a promise, and a program waits for nothing.',
      'Call the function without compile.',
    )
  }
  mapLeaves(result, RESULT, (leaf, path) => {
    if (!(leaf instanceof Var || leaf instanceof Written)) throw new ResultError(pathText(path), leaf)
    return leaf
  })
  if (isStatic(result) && result !== null) throw new ResultError(RESULT, result)
  refuseFunctions(result)
}

/** A function in the result, a pullback for one, belongs to the run that has made it. */
function refuseFunctions(value: unknown): void {
  if (typeof value === 'function') {
    throw new NotCompilableError(
      RESULT,
      'it holds a function, which would go on using the values of the first call.',
      'Compile what calls it: backprop(f), or a function that applies the pullback.',
    )
  }
  if (isLeaf(value) || isStatic(value)) return
  for (const part of value instanceof Map ? value.values() : Object.values(value as object)) refuseFunctions(part)
}

/** Throws if an op of the user's has been recorded. */
function refuseHostOps(run: Run): void {
  if (!run.hasHostOps && !run.hasHostValues) return
  const { tape, first } = run
  const slots = tape.viewSlots(first, tape.length)
  for (let at = 0, slot = first; at < slots.length; at += 8, slot++) {
    const word = slots[at] as number
    if ((word & 0xff) !== (Opcode.Host as number) && (word & (FLAG_HOST << (8 * FLAGS))) === 0) continue
    throw new NotCompilableError(
      tape.host.ops[tape.node(slot)]?.name ?? 'an op',
      'this op is a function of TypeScript; what it gives for the first arguments would be given for all.',
      "Write it in the engine's ops, or call the function without compile.",
    )
  }
}

/** Gathers what a program gives, checks and changes, as slots of the tape first, as nodes of the graph in the end. */
class Builder {
  readonly #run: Run
  readonly #signature: Signature
  readonly #outputs: { slot: number; address: number; cell: Cell }[] = []
  readonly #guards: (Omit<GuardNode, 'a' | 'b'> & { a: number; b: number; guard: Guard })[] = []
  readonly #assignments: AssignmentNode[] = []
  readonly #changed = new Set<ResidentNode>()
  #changedBy = ''
  readonly #deliveries: Delivery[] = []
  #result: unknown

  constructor(run: Run, signature: Signature) {
    this.#run = run
    this.#signature = signature
  }

  addResult(result: unknown): void {
    this.#result = mapLeaves(result, '', leaf => {
      if (leaf instanceof Var) return this.#output(leaf, 0)
      return new Delivered(this.#delivery(leaf as Written))
    })
  }

  #output(variable: AnyVar, address: number): Cell {
    const cell = new Cell(variable.shape, variable.dtype)
    this.#outputs.push({ slot: this.#slotOf(variable), address, cell })
    return cell
  }

  #slotOf(variable: unknown): number {
    return slotOf('compile', variable, this.#run)
  }

  #delivery({ target, gradient }: Written): Delivery {
    const copies: { cell: Cell; leaf: unknown }[] = []
    const made = new Map<unknown, Cell>()
    checkLike(gradient, target.expanded, 'into', (variable, leaf) => {
      const { shape } = variable as AnyVar
      const writes = leaf instanceof ResidentLeaf && shape.length > 0
      const cell = this.#output(variable as AnyVar, writes ? leaf.pointer : 0)
      if (!writes && typeof leaf !== 'number') copies.push({ cell, leaf })
      made.set(variable, cell)
    })
    const { into, residents, holdsNumber } = target
    const cells = mapLeaves(gradient, '', variable => made.get(variable))
    const delivery = { into, residents, holdsNumber, cells, copies }
    this.#deliveries.push(delivery)
    return delivery
  }

  addGuard(guard: Guard): void {
    const { relation, a, b, holds } = guard
    const slot = (x: Guard['b']): number => {
      if (x instanceof Var) {
        this.#checkKept(x)
        return isConstant(x) ? this.#slotOf(x) : x.slot
      }
      return this.#slotOf(constantLeaf(x))
    }
    this.#guards.push({ relation, a: slot(a), b: slot(b), holds, guard })
  }

  /** Throws if the records of a variable that was read are gone, because the call that had made them threw. */
  #checkKept(x: AnyVar): void {
    for (let { run } = x; run !== undefined && run !== this.#run; run = run.outer) {
      if (!run.dropped) continue
      throw new NotCompilableError(
        'a value',
        'it was read in a call that threw, and whether it will throw again is not recorded.',
        'Branch by a comparison before the call.',
      )
    }
  }

  addAssignment(op: string, { what, targets, values }: Assignment): void {
    this.#changedBy = op
    checkLike(targets, values, 'the new values', (target, value) => {
      const { slot } = target as AnyVar
      const { node } = this.#signature.leaves[slot - this.#run.first] as ResidentLeafAt
      if (!this.#changed.has(node)) {
        node.name = what
        node.place = `${op}, ${what}`
        this.#changed.add(node)
      }
      this.#assignments.push({ target: slot, value: this.#slotOf(value) })
    })
  }

  build(graph: Graph, generate: Generate): Program {
    const roots = [
      ...this.#outputs.map(({ slot }) => slot),
      ...this.#guards.flatMap(({ a, b }) => [a, b]),
      ...this.#assignments.map(({ value }) => value),
    ]
    graph.simplify(roots.map(slot => graph.nodeOf(slot)))
    const node = (slot: number): number => graph.standIn(graph.nodeOf(slot))
    const outputs = this.#outputs.map(({ slot, address }): OutputNode => ({ node: node(slot), address }))
    const guards = this.#guards.map(guard => ({ ...guard, a: node(guard.a), b: node(guard.b) }))
    const assignments = this.#assignments.map(({ target, value }) => ({
      target: graph.nodeOf(target),
      value: node(value),
    }))
    const { leaves } = this.#signature
    const isResident = (input: number): boolean => leaves[input - graph.constants] instanceof ResidentLeafAt
    const plan = new Plan(graph, { outputs, guards, assignments, isResident })
    for (const [i, { cell }] of this.#outputs.entries()) cell.node = plan.outputs[i] as number
    const effects = {
      result: this.#result,
      cells: this.#outputs.map(({ cell }) => cell),
      deliveries: this.#deliveries,
      changed: [...this.#changed],
      changedBy: this.#changedBy,
      conditions: this.#guards.map(({ guard }) => guard),
    }
    return new Program(graph, plan, this.#signature, effects, generate)
  }
}
