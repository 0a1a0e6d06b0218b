/**
 * The series of all that a function has recorded, along a curve of its inputs: record by record, from the tape of one run of
 * the function. What does not depend on the inputs is not looked at.
 */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { TRAIT_OFFSET, TRAIT_OPERANDS } from '../../assembly/shared/program.ts'
import type { Space } from '../differentiable.ts'
import { NotTwiceDifferentiableError } from '../errors.ts'
import { backpropWith } from '../grad.ts'
import { hostIdentity, identity } from '../host.ts'
import type { HostCall, HostOp } from '../hostStore.ts'
import type { Run } from '../run.ts'
import { checkLike, leavesOf, mapLeaves, spaceOfLeaf } from '../structure.ts'
import { BARE_WORD, countOf, FLOAT32_WORD, SCALAR } from '../tape.ts'
import type { PlainTensor } from '../tensor.ts'
import { traitsOf } from '../traits.ts'
import type { DType, Shape } from '../types.ts'
import {
  type AnyVar,
  apply,
  constantLeaf,
  HOST,
  isConstant,
  sameShape,
  type Var,
  valueOf,
  varLike,
  varOf,
} from '../var.ts'
import { callAt, zeroLeaf } from '../walk.ts'
import { isFlat, type Make, ruleOf } from './rules.ts'
import { over, Series, TAYLOR, type Term } from './series.ts'

/** A series that has been made, and the next one with the same hash. */
interface Made {
  readonly op: number
  readonly operands: readonly Series[]
  readonly shape: Shape
  readonly dtype: DType
  readonly series: Series
  readonly next: Made | undefined
}

export class Expansion {
  /** The run that coefficients are recorded in. */
  readonly #run: Run
  /** Slots below this one are constants. */
  readonly #first: number
  /** By slot: the inputs' series, and what has been made of them. */
  readonly #series = new Map<number, Series>()
  /** By a hash: what two ops on the same would make twice. */
  readonly #made = new Map<number, Made>()
  readonly #numbers = new Map<number, Series>()
  /** By the first slot of a call of an op of the user's: by slot of its result, the derivative by t. */
  readonly #slopes = new Map<number, ReadonlyMap<number, AnyVar>>()

  constructor(run: Run, first: number) {
    this.#run = run
    this.#first = first
  }

  /** Says what the series of an input is, a variable of the run. What has no elements does not vary. */
  input(x: AnyVar, direction: AnyVar): void {
    const { slot } = x
    const terms = countOf(x.shape) === 0 ? [] : [direction]
    this.#series.set(slot, new Series(this.#shapeOf(x), x.dtype, [varLike(x, this.#run, slot), ...terms]))
  }

  /**
   * The series of a variable of the run, or of a constant. What it depends on comes first, each up to the given order: no chain
   * is so long that following it back would be too deep.
   */
  of(x: AnyVar, order: number): Series {
    if (isConstant(x)) return new Series(x.shape, x.dtype, [x])
    const { slot } = x
    const pending = [slot]
    const needed = new Set<number>()
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.#series.has(next) || needed.has(next)) continue
      needed.add(next)
      if (next >= this.#first) pending.push(...this.#operandsOf(next))
    }
    for (const next of [...needed].sort((a, b) => a - b)) {
      const series = next < this.#first ? this.#constant(next) : this.#recorded(next)
      this.#series.set(next, series)
      series.at(order)
    }
    return this.#series.get(slot) as Series
  }

  /** A slot's shape as the tape knows it: rows and columns. */
  #shapeOf({ slot, shape }: AnyVar): Shape {
    return shape === HOST ? HOST : this.#run.tape.folded(slot)
  }

  #operandsOf(slot: number): readonly number[] {
    const { tape } = this.#run
    const word = tape.word(slot)
    if ((word & 0xff) !== (Opcode.Host as number)) return tape.operands(slot).slice(0, traitsOf(word) & TRAIT_OPERANDS)
    return leavesOf(this.#callAt(slot).call.inputs).flatMap(leaf => (isConstant(leaf) ? [] : [leaf.slot]))
  }

  #constant(slot: number): Series {
    const x = this.#variable(slot)
    return new Series(x.shape, x.dtype, [x])
  }

  #variable(slot: number): AnyVar {
    const { tape } = this.#run
    return varOf(this.#run, slot, tape.folded(slot), tape.dtype(slot))
  }

  #recorded(slot: number): Series {
    const { tape } = this.#run
    const word = tape.word(slot)
    if ((word & 0xff) === (Opcode.Host as number)) return this.#called(slot)
    const operands = this.#operandsOf(slot).map(operand => this.#series.get(operand) as Series)
    if (operands.every(operand => operand.isConstant) || countOf(tape.folded(slot)) === 0) return this.#constant(slot)
    const offset = traitsOf(word) & TRAIT_OFFSET ? tape.operands(slot)[2] : undefined
    return this.#node(word & BARE_WORD, operands, tape.folded(slot), tape.dtype(slot), offset, this.#variable(slot))
  }

  // Ops on series

  /** A further op, none that is recorded. */
  readonly #make: Make = Object.assign(
    (word: number, operands: readonly Series[], shape = widest(operands)) =>
      this.#node(word, operands, shape, typeOf(operands), undefined, undefined),
    { number: (x: number) => this.#number(x) },
  )

  #number(x: number): Series {
    let series = this.#numbers.get(x)
    if (series === undefined) this.#numbers.set(x, (series = new Series(SCALAR, 'float64', [constantLeaf(x)])))
    return series
  }

  #node(
    word: number,
    operands: readonly Series[],
    shape: Shape,
    dtype: DType,
    offset: number | undefined,
    primal: AnyVar | undefined,
  ): Series {
    // What works in the buffer of an op on parts needs one of its own.
    if (offset !== undefined) return this.#newNode(word, operands, shape, dtype, offset, primal)
    const op = word & ~FLOAT32_WORD
    const hash = hashOf(op, operands)
    const first = this.#made.get(hash)
    for (let made = first; made !== undefined; made = made.next) {
      if (
        made.op === op &&
        sameOperands(made.operands, operands) &&
        sameShape(made.shape, shape) &&
        made.dtype === dtype
      ) {
        return made.series
      }
    }
    const series = this.#newNode(word, operands, shape, dtype, offset, primal)
    // Another look: the rule may have made others.
    this.#made.set(hash, { op, operands, shape, dtype, series, next: this.#made.get(hash) })
    return series
  }

  #newNode(
    word: number,
    operands: readonly Series[],
    shape: Shape,
    dtype: DType,
    offset: number | undefined,
    primal: AnyVar | undefined,
  ): Series {
    const next = ruleOf(word & 0xff)({ word, operands, shape, dtype, offset, make: this.#make })
    const series = new Series(shape, dtype, primal === undefined ? [] : [primal], next)
    return isFlat(word & 0xff) || operands.every(operand => operand.isConstant) ? series.start : series
  }

  // Ops of the user's

  /** The call that made a slot, and its first slot. */
  #callAt(slot: number): { start: number; op: HostOp; call: HostCall } {
    const { tape } = this.#run
    const start = tape.hostOperands(slot) > 0 ? slot : tape.operandB(slot)
    return { start, op: tape.host.ops[tape.node(start)] as HostOp, call: callAt(tape, start, this.#run) }
  }

  /** A part of what an op of the user's gives: yₖ = (y′)ₖ₋₁/k. */
  #called(slot: number): Series {
    const { start, op, call } = this.#callAt(slot)
    const leaf = leavesOf(call.output).find(part => part.slot === slot) as AnyVar
    const value = varLike(leaf, this.#run, slot)
    const shape = this.#shapeOf(leaf)
    if (leavesOf(call.inputs).every(input => this.of(input, 0).isConstant))
      return new Series(shape, leaf.dtype, [value])
    if (op === identity) return this.of(leavesOf(call.inputs)[0] as AnyVar, 0)
    if (op.onVars === undefined) throw new NotTwiceDifferentiableError(op.name)
    return new Series(shape, leaf.dtype, [value], k => {
      let slopes = this.#slopes.get(start)
      if (slopes === undefined) this.#slopes.set(start, (slopes = this.#slopesOf(op, call)))
      return over(shape, this.of(slopes.get(slot) as AnyVar, k - 1).at(k - 1), k)
    })
  }

  /**
   * The derivative of what a call gives, J·v, v being that of its inputs: the pullback is linear in its cotangent, and so its
   * own pullback is J. It is recorded like what the function itself has recorded, and has series as that has.
   */
  #slopesOf(op: HostOp, call: HostCall): ReadonlyMap<number, AnyVar> {
    const own = (variables: unknown): unknown =>
      mapLeaves(variables, '', leaf => {
        const x = leaf as AnyVar
        return isConstant(x) ? x : varLike(x, this.#run, x.slot)
      })
    const tangents = mapLeaves(call.inputs, '', leaf => this.#tangent(leaf as AnyVar))
    const zeros = mapLeaves(call.output, '', leaf => constantLeaf(zeroLeaf(this.#run.tape, leaf as AnyVar)))
    const pull = (cotangent: unknown): unknown =>
      mapLeaves(
        op.onVars?.(...([cotangent, ...(own(call.inputs) as unknown[]), own(call.output)] as never[])),
        op.name,
        constantLeaf,
      )
    const [, push] = backpropWith(pull as never)(zeros as never) as unknown as [unknown, (tangent: unknown) => unknown]
    const slopes = new Map<number, AnyVar>()
    checkLike(call.output, push(tangents), op.name, (leaf, slope) => {
      slopes.set((leaf as AnyVar).slot, slope as AnyVar)
    })
    return slopes
  }

  /** The derivative of an input, as a variable that stands for nothing else. */
  #tangent(x: AnyVar): Var<unknown> {
    const series = this.of(x, 0)
    if (series.isConstant) return constantLeaf(zeroLeaf(this.#run.tape, x))
    const tangent = this.#fresh(x, series.derivative.at(0))
    this.#series.set(tangent.slot, series.derivative)
    return tangent
  }

  /** A variable with a slot of its own for what is there, or zero. */
  #fresh(like: AnyVar, term: Term): Var<unknown> {
    const { tape } = this.#run
    const { shape } = like
    if (term !== undefined && term.slot >= 0) {
      if (shape === HOST) return hostIdentity(this.#run, varLike(term, term.run, term.slot))
      return apply(TAYLOR, Opcode.Identity, shape, term)
    }
    const plain = term === undefined ? zeroLeaf(tape, like) : valueOf(term)
    if (shape === HOST) return varLike(like, this.#run, tape.leafHost(plain, spaceOfLeaf(like) as Space))
    const slot = shape.length === 0 ? tape.leafNumber(plain as number) : tape.leafTensor(plain as PlainTensor)
    return varLike(like, this.#run, slot)
  }
}

/** The shape of what goes element by element. */
function widest(operands: readonly Series[]): Shape {
  return operands.find(({ shape }) => shape.length > 0)?.shape ?? SCALAR
}

/** The type of the elements of a result: that of the tensors among the operands. */
function typeOf(operands: readonly Series[]): DType {
  return operands.find(({ shape }) => shape.length > 0)?.dtype ?? 'float64'
}

function hashOf(op: number, operands: readonly Series[]): number {
  let hash = op
  for (const { id } of operands) hash = Math.imul(hash ^ id, 0x9e3779b1) ^ (hash >>> 15)
  return hash
}

function sameOperands(a: readonly Series[], b: readonly Series[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
