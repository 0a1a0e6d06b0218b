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
import { sameShape } from '../apply.ts'
import { valueOf } from '../value.ts'
import { type AnyVar, constantLeaf, HOST, isConstant, type Var, varLike } from '../var.ts'
import { callAt, zeroLeaf } from '../walk.ts'
import { KeptTerms } from './keptTerms.ts'
import { Records, type Term } from './records.ts'
import { isFlat, ruleOf } from './rules.ts'
import { Computed, type Make, Node, Series } from './series.ts'

/**
 * So many series are there at a time for ops to share. All would be more than the collector can look through in the time that
 * the rest takes; and what shares is near, as the sine and the cosine of one angle are.
 */
const SHARED = 1000

export class Expansion {
  /** What coefficients are recorded with, on the run that they belong to. */
  readonly #records: Records
  /** Slots below this one are constants. */
  readonly #first: number
  /** The highest order that is wanted. */
  readonly #order: number
  /** By slot from the first on: the inputs' series, and what has been made of them, as far as it has not been put away. */
  readonly #series: (Series | undefined)[]
  /** By slot from the first on, of what has been expanded to the highest order: see `#kept`. */
  readonly #places: Int32Array
  readonly #kept: KeptTerms
  /** Which series are there a second time, as kept terms. */
  #spare: number[] = []
  /** By slot from the first on: the number of the last call of `of` that needed it. */
  #marks = new Uint32Array(0)
  #mark = 0
  /** By slot, of those below the first. */
  readonly #constants = new Map<number, Series>()
  /** By a hash, each chained by `beside`: what two ops on the same would make twice. Its length is a power of two. */
  #made = new Array<Node | undefined>(64)
  #madeCount = 0
  readonly #numbers = new Map<number, Series>()
  /** By the first slot of a call of an op of the user's: by slot of its result, the derivative by t. */
  readonly #slopes = new Map<number, ReadonlyMap<number, AnyVar>>()
  readonly #make: Make

  constructor(run: Run, first: number, order: number) {
    this.#records = new Records(run)
    this.#first = first
    this.#order = order
    const count = run.tape.length - first
    this.#series = new Array<Series | undefined>(count)
    this.#places = new Int32Array(count)
    this.#kept = new KeptTerms(order)
    const make = (word: number, operands: readonly Series[], shape = widest(operands)): Series =>
      this.#node(word, operands, shape, typeOf(operands), undefined, undefined)
    this.#make = Object.assign(make, {
      number: (x: number) => this.#number(x),
      records: this.#records,
      order,
    })
  }

  /** Says what the series of an input is, a variable of the run. What has no elements does not vary. */
  input(x: AnyVar, direction: unknown): void {
    const { slot } = x
    const terms = countOf(x.shape) === 0 ? [] : [this.#records.slotOf(direction)]
    this.#set(slot, new Series(this.#make, this.#shapeOf(x), x.dtype, [slot, ...terms]))
  }

  /**
   * The series of a variable of the run, or of a constant. What it depends on comes first, each up to the given order: no chain
   * is so long that following it back would be too deep.
   */
  of(x: AnyVar, order = this.#order): Series {
    const slot = isConstant(x) ? this.#records.slotOf(x) : x.slot
    const first = this.#first
    if (slot < first || this.#has(slot)) return this.#at(slot)
    const marks = this.#marksFor(slot - first + 1)
    const mark = ++this.#mark
    const pending = [slot]
    let lowest = slot
    marks[slot - first] = mark
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next < lowest) lowest = next
      this.#eachOperand(next, operand => {
        if (operand < first || marks[operand - first] === mark || this.#has(operand)) return
        marks[operand - first] = mark
        pending.push(operand)
      })
    }
    for (let next = lowest; next <= slot; next++) {
      // What stands for an op of the user's may have asked for some of these itself.
      if (marks[next - first] !== mark || this.#has(next)) continue
      const isWhole = order === this.#order
      if (isWhole && this.#madeCount > SHARED) this.#putAway()
      const series = this.#recorded(next)
      this.#set(next, series)
      series.at(order)
      if (isWhole) this.#keep(next, series)
    }
    return this.#at(slot)
  }

  #marksFor(count: number): Uint32Array {
    if (this.#marks.length < count) this.#marks = new Uint32Array(Math.max(count, 2 * this.#marks.length))
    return this.#marks
  }

  /** Is there the series of a slot from the first on? */
  #has(slot: number): boolean {
    const index = slot - this.#first
    return this.#series[index] !== undefined || (this.#places[index] ?? 0) !== 0
  }

  /** The series of a slot, or that of a constant; what is recorded has one. */
  #at(slot: number): Series {
    const index = slot - this.#first
    let series = index < 0 ? this.#constants.get(slot) : this.#series[index]
    if (series !== undefined) return series
    if (index < 0) this.#constants.set(slot, (series = this.#constant(slot)))
    else {
      const { tape } = this.#records
      const terms = this.#kept.terms(slot, this.#places[index] as number)
      this.#series[index] = series = new Series(this.#make, tape.folded(slot), tape.dtype(slot), terms)
      this.#spare.push(index)
    }
    return series
  }

  /** Notes the coefficients of a series whose coefficients are all there. */
  #keep(slot: number, series: Series): void {
    const index = slot - this.#first
    if (index >= this.#places.length || series.shape === HOST) return
    this.#places[index] = this.#kept.add(series)
    this.#spare.push(index)
  }

  /** Lets go of the series that ops might share, and of those whose coefficients are kept. */
  #putAway(): void {
    for (const index of this.#spare) this.#series[index] = undefined
    this.#spare = []
    this.#constants.clear()
    this.#made.fill(undefined)
    this.#madeCount = 0
  }

  #set(slot: number, series: Series): void {
    this.#series[slot - this.#first] = series
  }

  /** A slot's shape as the tape knows it: rows and columns. */
  #shapeOf({ slot, shape }: AnyVar): Shape {
    return shape === HOST ? HOST : this.#records.tape.folded(slot)
  }

  #eachOperand(slot: number, visit: (operand: number) => void): void {
    const { tape } = this.#records
    const word = tape.word(slot)
    if ((word & 0xff) === (Opcode.Host as number)) {
      for (const leaf of leavesOf(this.#callAt(slot).call.inputs)) if (!isConstant(leaf)) visit(leaf.slot)
      return
    }
    const operands = tape.operands(slot)
    const count = traitsOf(word) & TRAIT_OPERANDS
    for (let i = 0; i < count; i++) visit(operands[i] as number)
  }

  #constant(slot: number): Series {
    const { tape } = this.#records
    return new Series(this.#make, tape.folded(slot), tape.dtype(slot), [slot])
  }

  #recorded(slot: number): Series {
    const { tape } = this.#records
    const word = tape.word(slot)
    if ((word & 0xff) === (Opcode.Host as number)) return this.#called(slot)
    const traits = traitsOf(word)
    const [a, b, c] = tape.operands(slot)
    const count = traits & TRAIT_OPERANDS
    // An input of an inner run, whose value is given.
    if (count === 0) return this.#constant(slot)
    const first = this.#at(a)
    const operands = count === 1 ? [first] : count === 2 ? [first, this.#at(b)] : [first, this.#at(b), this.#at(c)]
    const shape = tape.folded(slot)
    if (areConstant(operands) || countOf(shape) === 0) return this.#constant(slot)
    const offset = traits & TRAIT_OFFSET ? c : undefined
    return this.#node(word & BARE_WORD, operands, shape, tape.dtype(slot), offset, slot)
  }

  // Ops on series

  #number(x: number): Series {
    let series = this.#numbers.get(x)
    if (series === undefined)
      this.#numbers.set(x, (series = new Series(this.#make, SCALAR, 'float64', [this.#records.number(x)])))
    return series
  }

  #node(
    word: number,
    operands: readonly Series[],
    shape: Shape,
    dtype: DType,
    offset: number | undefined,
    primal: Term,
  ): Series {
    // What works in the buffer of an op on parts needs one of its own.
    const isShared = offset === undefined
    if (isShared) {
      for (let made = this.#made[this.#placeOf(word, operands)]; made !== undefined; made = made.beside) {
        if (
          ((made.word ^ word) & ~FLOAT32_WORD) === 0 &&
          sameOperands(made.operands, operands) &&
          sameShape(made.shape, shape) &&
          made.dtype === dtype
        ) {
          return standFor(made)
        }
      }
    }
    const node = new Node(this.#make, ruleOf(word & 0xff), word, operands, shape, dtype, offset, primal)
    if (isShared) this.#note(node)
    return standFor(node)
  }

  #placeOf(word: number, operands: readonly Series[]): number {
    let hash = word & ~FLOAT32_WORD
    for (const { id } of operands) hash = Math.imul(hash ^ id, 0x9e3779b1) ^ (hash >>> 15)
    return hash & (this.#made.length - 1)
  }

  #note(node: Node): void {
    if (++this.#madeCount > this.#made.length) {
      const all = this.#made
      this.#made = new Array<Node | undefined>(4 * all.length)
      for (const first of all) {
        for (let made = first; made !== undefined;) {
          const { beside } = made
          this.#put(made)
          made = beside
        }
      }
    }
    this.#put(node)
  }

  #put(node: Node): void {
    const place = this.#placeOf(node.word, node.operands)
    node.beside = this.#made[place]
    this.#made[place] = node
  }

  // Ops of the user's

  /** The call that made a slot, and its first slot. */
  #callAt(slot: number): { start: number; op: HostOp; call: HostCall } {
    const { tape } = this.#records
    const start = tape.hostOperands(slot) > 0 ? slot : tape.operandB(slot)
    return { start, op: tape.host.ops[tape.node(start)] as HostOp, call: callAt(tape, start, this.#records.run) }
  }

  /** A part of what an op of the user's gives: yₖ = (y′)ₖ₋₁/k. */
  #called(slot: number): Series {
    const { start, op, call } = this.#callAt(slot)
    const leaf = leavesOf(call.output).find(part => part.slot === slot) as AnyVar
    const shape = this.#shapeOf(leaf)
    if (leavesOf(call.inputs).every(input => this.of(input, 0).isConstant))
      return new Series(this.#make, shape, leaf.dtype, [slot])
    if (op === identity) return this.of(leavesOf(call.inputs)[0] as AnyVar, 0)
    if (op.onVars === undefined) throw new NotTwiceDifferentiableError(op.name)
    return new Computed(this.#make, shape, leaf.dtype, slot, k => {
      let slopes = this.#slopes.get(start)
      if (slopes === undefined) this.#slopes.set(start, (slopes = this.#slopesOf(op, call)))
      return this.#records.over(shape, this.of(slopes.get(slot) as AnyVar, k - 1).at(k - 1), k)
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
        return isConstant(x) ? x : varLike(x, this.#records.run, x.slot)
      })
    const tangents = mapLeaves(call.inputs, '', leaf => this.#tangent(leaf as AnyVar))
    const zeros = mapLeaves(call.output, '', leaf => constantLeaf(zeroLeaf(this.#records.tape, leaf as AnyVar)))
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
    if (series.isConstant) return constantLeaf(zeroLeaf(this.#records.tape, x))
    const tangent = this.#fresh(x, series.derivative.at(0))
    this.#set(tangent.slot, series.derivative)
    return tangent
  }

  /** A variable with a slot of its own for what is there, or zero. */
  #fresh(like: AnyVar, term: Term): Var<unknown> {
    const records = this.#records
    const { run, tape } = records
    const { shape, dtype } = like
    if (term !== undefined && term >= 0) {
      if (shape === HOST) return hostIdentity(run, records.variable(term, shape, dtype))
      return varLike(like, run, records.apply(Opcode.Identity, shape, term))
    }
    const plain = term === undefined ? zeroLeaf(tape, like) : valueOf(records.variable(term, shape, dtype))
    if (shape === HOST) return varLike(like, run, tape.leafHost(plain, spaceOfLeaf(like) as Space))
    const slot = shape.length === 0 ? tape.leafNumber(plain as number) : tape.leafTensor(plain as PlainTensor)
    return varLike(like, run, slot)
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

/** The node itself, or what it is at t = 0 where no more is to come. */
function standFor(node: Node): Series {
  return isFlat(node.word & 0xff) || areConstant(node.operands) ? node.start : node
}

function areConstant(operands: readonly Series[]): boolean {
  for (const operand of operands) if (!operand.isConstant) return false
  return true
}

function sameOperands(a: readonly Series[], b: readonly Series[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
