/**
 * What one sample of a batch does, recorded on a tape of its own, on which nothing is run; and its translation, record by
 * record, to the run around, where each record is done for all samples. Why it is so: docs/design/vmap.md.
 */
import { FLAGS, FLAG_HOST } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { TRAIT_OFFSET, TRAIT_OPERANDS } from '../../assembly/shared/program.ts'
import { insteadOf } from '../debug/place.ts'
import { traitsOf } from '../traits.ts'
import type { Space } from '../differentiable.ts'
import { BatchedValueError, BatchSizeError, shapeText, UnknownLeafError } from '../errors.ts'
import { callHost, recordCall, type UserOp } from '../host.ts'
import { type AnyPullback, type HostCall, type HostOp, SamplePullbacks } from '../hostStore.ts'
import { collect } from '../ops/part.ts'
import { checkReach, openTemplateRun, type Run, within } from '../run.ts'
import { checkLike, leavesOf, mapLeaves, pathText, someLeaf, spaceOfLeaf } from '../structure.ts'
import { BARE_WORD, countOf } from '../tape.ts'
import { dataOf, type PlainTensor, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { apply, apply3 } from '../apply.ts'
import { valueOf } from '../value.ts'
import { type AnyVar, constantLeaf, HOST, type Var, varLike, varOf } from '../var.ts'
import { Batch, inShape, inType, VMAP } from './batch.ts'
import { ruleOf, type SampleRecord } from './rules.ts'

export class Template {
  /** The run around, in which the samples are. */
  readonly home: Run
  /** How many templates it is nested in. */
  readonly depth: number
  /** How many samples there are. */
  readonly size: number
  /** Its own outermost run. */
  readonly root: Run
  /** By slot: what stands for it in the run around. */
  readonly #batches = new Map<number, Batch>()
  /** The slots of variables from around. */
  readonly #imported = new Map<AnyVar, number>()

  /** Opens a template of so many samples; its run is the current one until it is closed. */
  constructor(home: Run, size: number) {
    this.home = home
    this.depth = (home.tape.template?.depth ?? 0) + 1
    this.size = size
    this.root = openTemplateRun(this)
  }

  close(): void {
    this.root.close(false)
  }

  // Variables from around

  /** One sample of a tensor of samples. */
  input(stack: AnyVar): Var<unknown> {
    const shape = stack.shape.slice(1)
    const slot = this.#leaf(shape, stack.dtype)
    this.#batches.set(slot, this.#stacked(shape, stack))
    return varOf(this.root, slot, shape, stack.dtype)
  }

  /** The slot for a variable from around, the same for all samples. */
  slotFor(x: AnyVar): number {
    const known = this.#imported.get(x)
    if (known !== undefined) return known
    const { tape } = this.root
    const space = x.shape === HOST ? (spaceOfLeaf(x) as Space) : undefined
    const slot = space === undefined ? this.#leaf(x.shape, x.dtype) : tape.leafHost(formOf(x), space)
    this.#imported.set(x, slot)
    this.#batches.set(slot, Batch.shared(this.size, x))
    return slot
  }

  /** The variable for one from around. */
  local(x: AnyVar): Var<unknown> {
    return varLike(x, this.root, this.slotFor(x))
  }

  /** An input without a value. */
  #leaf(shape: Shape, dtype: DType): number {
    const { tape } = this.root
    return shape.length === 0 ? tape.leafNumber(0) : tape.leafAt(0, shape, dtype)
  }

  /** The values of all samples in one tensor: of float64 if they are numbers, as those are. */
  #stacked(shape: Shape, stack: AnyVar): Batch {
    return this.#around(() => Batch.stacked(this.size, shape, shape.length > 0 ? stack : inType(stack, 'float64')))
  }

  // Variables for around

  /** What a variable is for all samples, if that is the same. @throws {BatchedValueError} if it is not. */
  shared(x: AnyVar, op: string): AnyVar {
    const { shared } = this.#batchOf(x)
    if (shared === undefined) throw new BatchedValueError(op)
    return this.#around(() => inShape(shared, x.shape))
  }

  /** The tensor of all samples' values of a result. */
  output(x: Var<unknown>, path: string): AnyVar {
    if (x.shape === HOST) {
      throw new UnknownLeafError(pathText(path), formOf(x), 'Only numbers and tensors can be put into a batch.')
    }
    if (x.run !== undefined) checkReach(x.run, this.root, pathText(path), x.slot)
    return this.#around(() => this.#batchOf(x).stack(x.shape))
  }

  #batchOf(x: AnyVar): Batch {
    if (x.run?.tape !== this.root.tape) return Batch.shared(this.size, x)
    return this.#around(() => this.#translate(x.slot))
  }

  /** Does something in the run around, or, where other runs have been opened in it, in the innermost of them. */
  #around<T>(body: () => T): T {
    return within(this.home.tape.innermost, body)
  }

  // Translation

  /** What stands for a slot, its operands being translated before it, in their order. */
  #translate(slot: number): Batch {
    const known = this.#batches.get(slot)
    if (known !== undefined) return known
    const needed = new Set<number>()
    const pending = [slot]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.#batches.has(next) || needed.has(next)) continue
      needed.add(next)
      for (const operand of this.#operandsOf(next)) pending.push(operand)
    }
    const { places } = this.root.tape
    for (const next of [...needed].sort((a, b) => a - b)) {
      this.#batches.set(
        next,
        insteadOf(places?.at(next), () => this.#batchFor(next)),
      )
    }
    return this.#batches.get(slot) as Batch
  }

  #operandsOf(slot: number): readonly number[] {
    const { tape } = this.root
    const word = tape.word(slot)
    if (slot < 0 || (word & 0xff) === (Opcode.Leaf as number)) return []
    if ((word & 0xff) === (Opcode.Host as number)) return [this.#identityOf(slot).slot]
    return tape.operands(slot).slice(0, traitsOf(word) & TRAIT_OPERANDS)
  }

  /** The operand of the only host op without a batch: one that binds a variable as an input. */
  #identityOf(slot: number): AnyVar {
    const { tape } = this.root
    return (tape.host.nodes[tape.node(slot)] as HostCall).inputs[0] as AnyVar
  }

  #batchFor(slot: number): Batch {
    const { tape } = this.root
    const word = tape.word(slot)
    const opcode = word & 0xff
    if (slot < 0 || opcode === (Opcode.Leaf as number)) return Batch.shared(this.size, this.#constant(slot))
    if (opcode === (Opcode.Host as number)) return this.#batches.get(this.#identityOf(slot).slot) as Batch
    const dtype = tape.dtype(slot)
    const shape = tape.folded(slot)
    // A number is rounded where it meets a tensor.
    const batchAt = (operand: number): Batch => {
      const batch = this.#batches.get(operand) as Batch
      return batch.isNumber && shape.length > 0 ? batch.inType(dtype) : batch
    }
    const [a, b, c] = tape.operands(slot)
    const traits = traitsOf(word)
    const operands = traits & TRAIT_OPERANDS
    const first = batchAt(a)
    const second = operands > 1 ? batchAt(b) : first
    const third = operands > 2 ? batchAt(c) : second
    const offset = traits & TRAIT_OFFSET ? c : 0
    const record = { word: word & BARE_WORD, a: first, b: second, c: third, offset, shape, dtype, size: this.size }
    const isShared = first.shared !== undefined && second.shared !== undefined && third.shared !== undefined
    if (isShared) return Batch.shared(this.size, again(record, operands, (traits & TRAIT_OFFSET) !== 0))
    return ruleOf(opcode)(record).inType(dtype)
  }

  /** A constant that has been lifted onto the template's tape. */
  #constant(slot: number): Var<unknown> {
    const { tape } = this.root
    const word = tape.word(slot)
    if (word & (FLAG_HOST << (8 * FLAGS))) return constantLeaf(tape.hostValue(slot))
    const shape = tape.folded(slot)
    if (shape.length === 0) return constantLeaf(tape.number(slot))
    return constantLeaf(tape.tensor(slot, shape))
  }

  // Ops of the user's

  /** Calls an op for each sample. What it gives is recorded here too, so that the gradient of a sample finds it. */
  callHost(op: UserOp, inputs: readonly unknown[]): readonly [result: unknown, pullback: AnyPullback | undefined] {
    const vars = this.#varsOf(op.name, inputs)
    const call = (index: number): readonly [unknown, AnyPullback | undefined] =>
      this.#around(() => callHost(op.samples?.[index] ?? op, this.#sample(vars, index)))
    if (op.samples === undefined && this.#isShared(vars)) {
      const [value, pullback] = call(0)
      return [this.#recordShared(op, vars, value, pullback), pullback]
    }
    const calls = Array.from({ length: this.size }, (_, i) => call(i))
    const pullback = op.onVars === undefined ? new SamplePullbacks(calls.map(([, pullback]) => pullback)) : undefined
    const values = calls.map(([value]) => value)
    return [this.#recordSamples(op, vars, values, pullback, zeros => op.call(zeros)[0]), pullback]
  }

  /** Calls a function on variables of the run around for each sample; `op` has the gradient of a sample. */
  callEach(op: HostOp, f: (...inputs: unknown[]) => unknown, inputs: readonly unknown[]): unknown {
    const vars = this.#varsOf(op.name, inputs)
    const call = (index: number): unknown => this.#around(() => f(...this.#sample(vars, index)))
    if (this.#isShared(vars)) return this.#recordShared(op, vars, call(0), undefined)
    const values = Array.from({ length: this.size }, (_, i) => call(i))
    return this.#recordSamples(op, vars, values, undefined, zeros =>
      mapLeaves(
        this.#around(() => f(...zeros)),
        '',
        formOf,
      ),
    )
  }

  /** Has every leaf the same value for all samples? */
  #isShared(vars: readonly unknown[]): boolean {
    return !someLeaf(vars, leaf => this.#batchOf(leaf as AnyVar).shared === undefined)
  }

  /** Records the call of an op on what all samples share, which give one result. */
  #recordShared(op: HostOp, vars: readonly unknown[], value: unknown, pullback: AnyPullback | undefined): unknown {
    const result = recordCall(op, vars, this.#ownerOf(vars), mapLeaves(value, '', formOf), pullback)
    const values = leavesOf(value)
    leavesOf(result).forEach(({ slot }, i) => {
      this.#batches.set(slot, Batch.shared(this.size, values[i] as AnyVar))
    })
    return result
  }

  /** Records the call of an op that gave a value for each sample; where there is none, `atZeros` gives a plain one. */
  #recordSamples(
    op: HostOp,
    vars: readonly unknown[],
    samples: readonly unknown[],
    pullback: AnyPullback | undefined,
    atZeros: (zeros: unknown[]) => unknown,
  ): unknown {
    const isEmpty = samples.length === 0
    const structure = isEmpty
      ? atZeros(vars.map(input => mapLeaves(input, '', formOf)))
      : mapLeaves(samples[0], '', formOf)
    for (const sample of samples)
      checkLike(structure, mapLeaves(sample, '', formOf), `${op.name}, the result for a sample`)
    const result = recordCall(op, vars, this.#ownerOf(vars), structure, pullback)
    const leaves = samples.map(leavesOf)
    leavesOf(result).forEach((leaf, i) => {
      const values = leaves.map(sample => sample[i] as AnyVar)
      this.#batches.set(
        leaf.slot,
        this.#around(() => this.#collected(leaf, values)),
      )
    })
    return result
  }

  /**
   * Calls a function of batches in the place of an op of samples; `op` has the gradient of a sample. What all samples share
   * is repeated.
   */
  callRule(op: HostOp, rule: (...batches: unknown[]) => unknown, inputs: readonly unknown[]): unknown {
    const vars = this.#varsOf(op.name, inputs)
    const batches = this.#around(() =>
      vars.map(input => mapLeaves(input, '', leaf => this.#batchOf(leaf as AnyVar).stack((leaf as AnyVar).shape))),
    )
    const path = `${op.name}, the result of the batch rule`
    const stacks: AnyVar[] = []
    const structure = mapLeaves(
      this.#around(() => rule(...batches)),
      path,
      (leaf, start) => {
        const stack = constantLeaf(leaf)
        const [size, ...shape] = stack.shape
        if (size !== this.size) {
          throw new BatchSizeError(
            `${pathText(start)} has the shape ${shapeText(stack.shape)}, where the first size must count the samples, ` +
              `${String(this.size)}. Give one value for each sample: the rule of ${op.name} gets batches and returns one, with ` +
              'one more size in front than the op has.',
          )
        }
        stacks.push(stack)
        return zerosOf(shape, stack.dtype)
      },
    )
    const result = recordCall(op, vars, this.#ownerOf(vars), structure, undefined)
    leavesOf(result).forEach(({ slot, shape }, i) => {
      this.#batches.set(slot, this.#stacked(shape, stacks[i] as AnyVar))
    })
    return result
  }

  /** The inputs of an op, with a variable of this template or a constant at each leaf. */
  #varsOf(op: string, inputs: readonly unknown[]): unknown[] {
    return inputs.map((input, i) =>
      mapLeaves(input, `${op}, argument ${String(i + 1)}`, leaf => {
        const x = constantLeaf(leaf)
        return x.run === undefined || x.run.tape === this.root.tape ? x : this.local(x)
      }),
    )
  }

  /** The inputs of an op for one sample. */
  #sample(vars: readonly unknown[], index: number): unknown[] {
    return vars.map(input =>
      mapLeaves(input, '', leaf => this.#batchOf(leaf as AnyVar).sample(index, (leaf as AnyVar).shape)),
    )
  }

  #collected({ shape, dtype }: AnyVar, values: readonly AnyVar[]): Batch {
    if (shape === HOST) return Batch.ofSamples(values)
    if (values.length === 0) return Batch.stacked(0, shape, constantLeaf(tensorOf(dataOf(dtype, 0), [0, ...shape])))
    return Batch.stacked(values.length, shape, collect(VMAP, values))
  }

  /** The innermost of the runs that the inputs belong to. */
  #ownerOf(vars: readonly unknown[]): Run {
    let owner = this.root
    for (const { run } of vars.flatMap(leavesOf)) if (run !== undefined && run.depth > owner.depth) owner = run
    return owner
  }
}

/** The same op again, on what all samples share. */
function again({ word, a, b, c, offset, shape }: SampleRecord, operands: number, hasOffset: boolean): Var<unknown> {
  const [x, y, z] = [a, b, c].map(batch => batch.shared)
  if (operands > 2) return apply3(VMAP, word, shape, x, y, z)
  return apply(VMAP, word, shape, x, y, hasOffset ? offset : undefined)
}

/** A value of the form of what a variable holds: zeros, or, of a user's type, some value that there is. */
function formOf(leaf: unknown): unknown {
  const { run, slot, shape, dtype } = leaf as AnyVar
  if (shape === HOST) return run === undefined ? valueOf(leaf as AnyVar) : run.tape.hostValue(slot)
  return zerosOf(shape, dtype)
}

function zerosOf(shape: Shape, dtype: DType): number | PlainTensor {
  return shape.length === 0 ? 0 : tensorOf(dataOf(dtype, countOf(shape)), shape)
}
