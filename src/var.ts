/**
 * Variables, and how ops are recorded on them. Whatever makes a `Var` is here: `constVar`, and `unary`, `binary` and
 * `apply`, in which the ops of `src/ops/` are written. The methods of `Var` are the arithmetic of every day.
 */
import { FLAGS, FLAG_FLOAT32, FLAG_MIXED, FLAG_TENSOR } from '../assembly/shared/layout.ts'
import { Opcode } from '../assembly/shared/opcodes.ts'
import { Relation } from '../assembly/shared/program.ts'
import { recorder } from './compile/recorder.ts'
import type { Space } from './differentiable.ts'
import {
  describe,
  DTypeMismatchError,
  NumericTagError,
  OperandError,
  ShapeMismatchError,
  shapeText,
  UnknownLeafError,
  UsageError,
} from './errors.ts'
import { checkKept, checkOpen, checkReach, current, isWithin, openRun, type Run } from './run.ts'
import { spaceOfLeaf, StructureLeaf, mapLeaves } from './structure.ts'
import { FLOAT32_WORD, SCALAR, type Tape, TENSOR_WORD } from './tape.ts'
import { type PlainTensor, Tensor, tensorOf } from './tensor.ts'
import type { AnyTensor, BVar, DType, Operand, Shape } from './types.ts'

const MIXED_WORD = FLAG_MIXED << (8 * FLAGS)

/** What the engine knows of a variable: any `Var<A>` is one, whatever A is. */
export interface AnyVar {
  /** @internal */
  readonly run: Run | undefined
  /** @internal */
  readonly slot: number
  /** The sizes of what it holds. */
  readonly shape: Shape
  /** The type of the elements of what it holds. */
  readonly dtype: DType
}

/**
 * One variable: a number or tensor inside a run, made by an operator such as `gradBP` or by an op. It records what is
 * done with it; nothing is computed before a value is asked for.
 *
 * A `Var` is invariant in what it holds: a `Var<Vector<3>>` is no `Var<Vector>`. Code for any size is generic in it.
 *
 * @example
 * ```ts
 * gradBP((x: Var<number>) => x.mul(x).add(1))(3) // → 6
 * ```
 */
export abstract class Var<in out A> implements AnyVar {
  /** @internal The run it belongs to; undefined for a constant that was made outside any. */
  readonly run: Run | undefined
  /** @internal Its slot on the run's tape. */
  readonly slot: number
  /** The sizes of the tensor that it holds, outermost first; empty for a number. */
  declare readonly shape: Shape
  /** The type of the elements of the tensor that it holds; float64 for a number. */
  declare readonly dtype: DType

  /** @internal `varOf` makes one. */
  constructor(run: Run | undefined, slot: number) {
    this.run = run
    this.slot = slot
  }

  /**
   * The value, computed now if it has not been: a number, or a tensor that is a copy. Reading it is no op, no cotangent
   * flows through it; it is there to branch on, and to look at.
   */
  get value(): A {
    return valueOf(this) as A
  }

  /** Makes the type invariant in A; never there. Messages show the name, where one `Var` is to be used as a wider one. */
  declare protected readonly 'sizes are part of the type: forget them with widen(x), or be generic in them': (a: A) => A

  /** this + b, elementwise; a scalar is added to every element. @sameAs add */
  add(b: Operand<A> | Operand<number>): Var<A>
  add<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  add(b: unknown): unknown {
    return binary('add', Opcode.Add, this, b)
  }

  /** this − b, elementwise. @sameAs sub */
  sub(b: Operand<A> | Operand<number>): Var<A>
  sub<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  sub(b: unknown): unknown {
    return binary('sub', Opcode.Sub, this, b)
  }

  /** this · b, elementwise. @sameAs mul */
  mul(b: Operand<A> | Operand<number>): Var<A>
  mul<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  mul(b: unknown): unknown {
    return binary('mul', Opcode.Mul, this, b)
  }

  /** this / b, elementwise. @sameAs div */
  div(b: Operand<A> | Operand<number>): Var<A>
  div<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  div(b: unknown): unknown {
    return binary('div', Opcode.Div, this, b)
  }

  /** this ^ b, elementwise. @sameAs pow */
  pow(b: Operand<A> | Operand<number>): Var<A>
  pow<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  pow(b: unknown): unknown {
    return binary('pow', Opcode.Pow, this, b)
  }

  /** The negative, −this, elementwise. @sameAs neg */
  neg(): Var<A> {
    return unary('neg', Opcode.Neg, this)
  }

  /** The absolute value, |this|, elementwise. @sameAs abs */
  abs(): Var<A> {
    return unary('abs', Opcode.Abs, this)
  }

  /** The reciprocal, 1/this, elementwise. @sameAs recip */
  recip(): Var<A> {
    return binary('recip', Opcode.Div, 1, this) as Var<A>
  }

  /** eˣ of this. @sameAs exp */
  exp(): Var<A> {
    return unary('exp', Opcode.Exp, this)
  }

  /** The natural logarithm of this. @sameAs log */
  log(): Var<A> {
    return unary('log', Opcode.Log, this)
  }

  /** The square root of this. @sameAs sqrt */
  sqrt(): Var<A> {
    return unary('sqrt', Opcode.Sqrt, this)
  }

  /** The sine of this. @sameAs sin */
  sin(): Var<A> {
    return unary('sin', Opcode.Sin, this)
  }

  /** The cosine of this. @sameAs cos */
  cos(): Var<A> {
    return unary('cos', Opcode.Cos, this)
  }

  /** The hyperbolic tangent of this. @sameAs tanh */
  tanh(): Var<A> {
    return unary('tanh', Opcode.Tanh, this)
  }

  /** 1/(1 + e⁻ˣ) of this. @sameAs logistic */
  logistic(): Var<A> {
    return unary('logistic', Opcode.Logistic, this)
  }

  /** Is this < b, by value? @sameAs lt */
  lt(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.Less, this, b)
  }

  /** Is this ≤ b, by value? @sameAs le */
  le(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.LessOrEqual, this, b)
  }

  /** Is this > b, by value? @sameAs gt */
  gt(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.Greater, this, b)
  }

  /** Is this ≥ b, by value? @sameAs ge */
  ge(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.GreaterOrEqual, this, b)
  }

  /** Is this = b, by value? @sameAs eq */
  eq(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.Equal, this, b)
  }

  /**
   * What `JSON.stringify` writes: toJSON() = value.
   *
   * @returns the value
   * @throws {VarOutOfRunError} when its run has ended.
   * @example
   * ```ts
   * JSON.stringify({ half: constVar(0.5) }) // → '{"half":0.5}'
   * ```
   */
  toJSON(): A {
    return this.value
  }

  /** What the console of Node shows: kind and shape, computing nothing. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this[Symbol.toStringTag]} {}`
  }

  /** What messages and `Object.prototype.toString` call it. */
  get [Symbol.toStringTag](): string {
    return this.shape.length === 0 ? 'Var<number>' : `Var<${shapeText(this.shape)}>`
  }

  /** JavaScript asks for this where a variable stands in the place of a number or a key; there is no right answer. */
  [Symbol.toPrimitive](hint: string): never {
    throw new NumericTagError(
      hint === 'string' ? 'a property key or text' : hint === 'number' ? 'a plain number' : 'an operand of + or ==',
    )
  }
}

// A leaf of structures, but not by `extends`: a derived constructor is so long that V8 would not inline three ops in a row.
Object.setPrototypeOf(Var.prototype, StructureLeaf.prototype)

// Scalars, of which there may be millions, have their shape in common: an object is a fifth smaller without the field.
Object.defineProperty(Var.prototype, 'shape', { value: SCALAR, writable: true })
Object.defineProperty(Var.prototype, 'dtype', { value: 'float64', writable: true })

/**
 * A variable that holds a number: the class itself, abstract only so that nobody else makes one. (A subclass of its own
 * made V8 11 give up optimising `binary`, again and again, for a dependency that changed: fifty times slower.)
 */
const ScalarVar = Var as unknown as new <A>(run: Run | undefined, slot: number) => Var<A>

/** A variable that holds a tensor. */
class TensorVar extends Var<unknown> {
  override readonly shape: Shape

  constructor(run: Run | undefined, slot: number, shape: Shape) {
    super(run, slot)
    this.shape = shape
  }
}

/** A variable that holds a tensor of float32. */
class Float32Var extends TensorVar {
  override get [Symbol.toStringTag](): string {
    return `Var<float32 ${shapeText(this.shape)}>`
  }
}

Object.defineProperty(Float32Var.prototype, 'dtype', { value: 'float32' })

/** The shape of what has none: a value of a user's type. Empty, and not the shape of a number. */
export const HOST: Shape = Object.freeze([])

/** A variable that holds a value of a user's type. */
class HostVar extends TensorVar {
  readonly space: Space

  constructor(run: Run | undefined, slot: number, space: Space) {
    super(run, slot, HOST)
    this.space = space
  }

  override get [Symbol.toStringTag](): string {
    return 'Var of a type of its own'
  }
}

/** @internal The variable for a slot that holds a value of a user's type. */
export function hostVarOf(run: Run | undefined, slot: number, space: Space): Var<unknown> {
  return new HostVar(run, slot, space)
}

/** @internal A variable for a slot that holds what `like` holds: a number, a tensor of that shape, a value of that type. */
export function varLike(like: AnyVar, run: Run | undefined, slot: number): Var<unknown> {
  return like.shape === HOST
    ? new HostVar(run, slot, spaceOfLeaf(like) as Space)
    : varOf(run, slot, like.shape, like.dtype)
}

/** @internal The variable for a slot. */
export function varOf(run: Run | undefined, slot: number, shape: Shape, dtype: DType = 'float64'): Var<unknown> {
  if (shape.length === 0) return new ScalarVar<unknown>(run, slot)
  return dtype === 'float32' ? new Float32Var(run, slot, shape) : new TensorVar(run, slot, shape)
}

/** The type of elements that a record's word says. */
function dtypeIn(word: number): DType {
  return (word & FLOAT32_WORD) === 0 ? 'float64' : 'float32'
}

/** A constant that was made outside any run, or is not yet on the tape of one. */
class Constant extends TensorVar {
  readonly #plain: unknown
  override readonly dtype: DType
  /** The dictionary of a value of a user's type. */
  readonly space: Space | undefined
  /** The run whose tape holds it now, and where. */
  #lifted: Run | undefined
  #slot = 0

  constructor(plain: unknown, space: Space | undefined) {
    // A negative slot, as every constant has: it keeps it off the fast paths of `unary` and `binary`.
    super(undefined, -1, space !== undefined ? HOST : plain instanceof Tensor ? plain.shape : SCALAR)
    this.#plain = plain
    this.dtype = plain instanceof Tensor ? plain.dtype : 'float64'
    this.space = space
  }

  get plain(): unknown {
    return this.#plain
  }

  /** Its slot on the tape of the run. */
  liftInto(run: Run): number {
    if (this.#lifted !== run) {
      this.#slot =
        this.space === undefined
          ? liftPlain(run, this.#plain as number | PlainTensor)
          : run.tape.constantHost(this.#plain, this.space)
      this.#lifted = run
    }
    return this.#slot
  }
}

/** @internal Is it a variable that was made by `constVar`, outside any run? */
export function isConstant(value: unknown): boolean {
  return value instanceof Constant
}

/** Puts a plain value on a run's tape as a constant. */
function liftPlain(run: Run, plain: number | PlainTensor): number {
  if (typeof plain === 'number') return run.tape.constantNumber(plain)
  return run.tape.constantTensor(plain)
}

/** @internal The value of a variable: a number, a tensor that is a copy, or a value of a user's type. */
export function valueOf(x: AnyVar): unknown {
  const template = x.run?.tape.template
  if (template !== undefined) return valueOf(template.shared(x, '.value'))
  const value = peekOf(x)
  if (recorder !== undefined) recorder.read(x, value)
  return value
}

/** @internal The same, without making it a condition of a program that is being recorded. */
export function peekOf(x: AnyVar): unknown {
  if (x instanceof Constant) {
    const { plain } = x
    return plain instanceof Tensor ? tensorOf(plain.data.slice(), plain.shape) : plain
  }
  const run = x.run as Run
  checkOpen(run, '.value', x.slot)
  const { template } = run.tape
  if (template !== undefined) return peekOf(template.shared(x, '.value'))
  if (x.shape === HOST) return run.tape.hostValue(x.slot)
  if (x.shape.length === 0) return run.tape.number(x.slot)
  return run.tape.tensor(x.slot, x.shape)
}

/** @internal Compares two numbers by value; the outcome is a condition of a program that is being recorded. */
export function compare(relation: Relation, a: Operand<number>, b: Operand<number>): boolean {
  const first = outsideTemplates(relation, a)
  const second = outsideTemplates(relation, b)
  const x = numberIn(first)
  const y = numberIn(second)
  const holds = compareNumbers(relation, x, y)
  if (recorder !== undefined) recorder.compare(relation, first, x, second, y, holds)
  return holds
}

const comparisons: Record<Relation, string> = ['lt', 'le', 'gt', 'ge', 'eq', '.value']

/** What stands outside the functions of `vmap` for what is compared inside: there a variable has a value. */
function outsideTemplates(relation: Relation, x: Operand<number>): Operand<number> {
  let outside: Operand<number> = x
  while (outside instanceof Var && outside.run?.tape.template !== undefined) {
    outside = outside.run.tape.template.shared(outside, comparisons[relation]) as unknown as Var<number>
  }
  return outside
}

function compareNumbers(relation: Relation, a: number, b: number): boolean {
  if (relation === Relation.Less) return a < b
  if (relation === Relation.LessOrEqual) return a <= b
  if (relation === Relation.Greater) return a > b
  return relation === Relation.GreaterOrEqual ? a >= b : a === b
}

/** The number in an operand. */
function numberIn(x: Operand<number>): number {
  const value: unknown = x instanceof Var ? peekOf(x) : x
  if (typeof value === 'number') return value
  throw new UsageError(
    `a comparison: ${describe(value)} stands where a number is expected. Compare one element, x.value.at(0); to choose ` +
      'element by element take max, min or abs.',
  )
}

/** Is it a variable of that run? What has that very `run` is one, so no class is looked up: `instanceof` is slow. */
function belongsTo(run: Run, x: unknown): x is AnyVar {
  return typeof x === 'object' && x !== null && (x as AnyVar).run === run
}

/** @internal The shape of an operand. */
export function shapeOf(op: string, x: unknown): Shape {
  if (current !== undefined && belongsTo(current, x) && x.shape !== HOST) return x.shape
  if (typeof x === 'number') return SCALAR
  if ((x instanceof Var || x instanceof Tensor) && x.shape !== HOST) return x.shape
  throw new OperandError(op, x)
}

/** @internal The type of an operand's elements; float64 for a number. */
export function dtypeOf(x: unknown): DType {
  return typeof x === 'object' && x !== null ? ((x as Partial<AnyVar>).dtype ?? 'float64') : 'float64'
}

/** @internal The slot of an operand, an engine's own or a variable, on the tape of the run. */
export function slotOf(op: string, x: unknown, run: Run): number {
  if (belongsTo(run, x)) return x.slot
  if (x instanceof Constant) return x.liftInto(run)
  if (x instanceof Var) {
    checkReach(x.run as Run, run, op, x.slot)
    const { template } = run.tape
    return template === undefined || x.run?.tape === run.tape ? x.slot : template.slotFor(x)
  }
  return liftPlain(run, x as number | PlainTensor)
}

/** The run that an operand belongs to on the tape of `run`; undefined for plain values and for constants of no run. */
function runOf(x: unknown, run: Run): Run | undefined {
  if (belongsTo(run, x)) return run
  const own = x instanceof Var ? x.run : undefined
  return own === undefined || own.tape === run.tape ? own : run.tape.template?.root
}

/** The run that a variable belongs to. */
function ownRun(x: unknown): Run | undefined {
  return x instanceof Var ? x.run : undefined
}

/** That one of two runs whose tape is the other's, or a template's inside. */
function further(a: Run | undefined, b: Run | undefined): Run | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.tape === b.tape || !isWithin(b.tape, a.tape) ? a : b
}

/** The run that an op on these operands is recorded in: the innermost one on their tape, or the current one. */
function homeOf(a: unknown, b: unknown): Run | undefined {
  if (current !== undefined && (belongsTo(current, a) || belongsTo(current, b))) return current
  return further(ownRun(a), ownRun(b))?.tape.innermost ?? current
}

/** @internal The innermost of the runs that two operands belong to; `run` if they are constants of no run. */
export function innermost(run: Run, a: Run | undefined, b: Run | undefined): Run {
  if (a === undefined) return b ?? run
  return b === undefined || a.depth > b.depth ? a : b
}

/**
 * @internal
 *
 * Records an op whose result has the given shape; runs it at once if every operand is a constant.
 *
 * @param word the opcode with its flags
 * @param offset for ops on parts
 */
export function apply(
  op: string,
  word: number,
  shape: Shape,
  a: unknown,
  b: unknown = a,
  offset?: number,
): Var<unknown> {
  const run = homeOf(a, b)
  if (run === undefined) return applyOutside(op, word, shape, a, b, offset)
  const { tape } = run
  if (belongsTo(run, a) && belongsTo(run, b) && (a.slot >= 0 || b.slot >= 0)) {
    // The usual case: the result is the current run's, as its operands are.
    const full = word | resultFlags(op, word, tape, a.slot, b.slot, shape)
    return varOf(run, tape.recordTensor(full, a.slot, b.slot, shape, offset), shape, dtypeIn(full))
  }
  const slotA = slotOf(op, a, run)
  const slotB = b === a ? slotA : slotOf(op, b, run)
  const full = word | resultFlags(op, word, tape, slotA, slotB, shape)
  const runA = runOf(a, run)
  const runB = runOf(b, run)
  if (slotA < 0 && slotB < 0) {
    const owner = innermost(run, runA, runB)
    if (owner !== run) run.pin(owner)
    return varOf(owner, tape.evaluate(full, slotA, slotB, shape, offset), shape, dtypeIn(full))
  }
  const slot = tape.recordTensor(full, slotA, slotB, shape, offset)
  // A constant does not bind the result to its run.
  const owner = innermost(run, slotA < 0 ? undefined : runA, slotB < 0 ? undefined : runB)
  if (owner !== run) run.pin(owner)
  if (run.outer !== undefined) {
    if (runA !== undefined && slotA >= 0) checkKept(runA, owner, op, slotA)
    if (runB !== undefined && slotB >= 0) checkKept(runB, owner, op, slotB)
  }
  return varOf(owner, slot, shape, dtypeIn(full))
}

/** @internal Records an op on slots of a tape, as `apply` does on variables of one run; gives the slot of the result. */
export function applySlots(
  op: string,
  word: number,
  tape: Tape,
  shape: Shape,
  a: number,
  b: number,
  offset?: number,
): number {
  const full = word | resultFlags(op, word, tape, a, b, shape)
  return a < 0 && b < 0 ? tape.evaluate(full, a, b, shape, offset) : tape.recordTensor(full, a, b, shape, offset)
}

/**
 * The flags of the result of an op on these slots. Tensors are all of one type, unless the op is one that changes it.
 *
 * @throws {DTypeMismatchError} when they are not.
 * @throws {OutOfMemoryError} when no memory could hold the result.
 */
function resultFlags(op: string, word: number, tape: Tape, a: number, b: number, shape: Shape): number {
  const first = tape.valueFlags(a)
  const second = tape.valueFlags(b)
  const either = first | second
  if ((first & second & FLAG_TENSOR) !== 0 && first !== second) throw mismatch(op, tape, a, b)
  if (shape.length === 0) return (either & FLAG_TENSOR) === 0 ? 0 : MIXED_WORD
  const isCast = (word & 0xff) === (Opcode.Cast as number)
  const isFloat32 = (word & FLOAT32_WORD) !== 0 || (!isCast && (either & FLAG_FLOAT32) !== 0)
  tape.checkFits(shape, isFloat32 ? 'float32' : 'float64')
  return isFloat32 ? TENSOR_WORD | FLOAT32_WORD : TENSOR_WORD
}

/** The error for two tensors whose elements differ in type. */
function mismatch(op: string, tape: Tape, a: number, b: number): DTypeMismatchError {
  return new DTypeMismatchError(op, [tape.dtype(a), tape.dtype(b)], 'Cast one of them: toFloat64(x), or toFloat32(x).')
}

/**
 * @internal
 *
 * The same for an op of three operands. A result that is a number needs the word's flag for an op that is no plain scalar
 * arithmetic.
 */
export function apply3(op: string, word: number, shape: Shape, a: unknown, b: unknown, c: unknown): Var<unknown> {
  const operands = [a, b, c]
  const own = operands.map(ownRun).reduce(further)
  const run = own?.tape.innermost ?? current
  if (run === undefined || own?.open === false) return outside(op, operands, () => apply3(op, word, shape, a, b, c))
  const { tape } = run
  const [slotA, slotB, slotC] = operands.map(x => slotOf(op, x, run)) as [number, number, number]
  const isConstant = slotA < 0 && slotB < 0 && slotC < 0
  let owner: Run | undefined
  for (const [i, x] of operands.entries()) {
    const slot = [slotA, slotB, slotC][i] as number
    const runX = slot >= 0 || isConstant ? runOf(x, run) : undefined
    if (runX !== undefined && (owner === undefined || runX.depth > owner.depth)) owner = runX
  }
  owner ??= run
  const slot = applySlots3(op, word, tape, shape, slotA, slotB, slotC)
  if (owner !== run) run.pin(owner)
  if (run.outer !== undefined && !isConstant) {
    for (const x of operands) {
      const runX = runOf(x, run)
      const slotX = slotOf(op, x, run)
      if (runX !== undefined && slotX >= 0) checkKept(runX, owner, op, slotX)
    }
  }
  return varOf(owner, slot, shape, tape.dtype(slot))
}

/** @internal The same on slots of a tape, as `applySlots` is `apply`. */
export function applySlots3(
  op: string,
  word: number,
  tape: Tape,
  shape: Shape,
  a: number,
  b: number,
  c: number,
): number {
  let full = shape.length > 0 ? word : word | MIXED_WORD
  full |= resultFlags(op, word, tape, a, b, shape)
  full |= resultFlags(op, word, tape, b, c, shape)
  full |= resultFlags(op, word, tape, a, c, shape)
  return a < 0 && b < 0 && c < 0 ? tape.evaluate(full, a, b, shape, c) : tape.recordTensor(full, a, b, shape, c)
}

/** Applies an op to constants where no run is open: in a run of its own. */
function applyOutside(op: string, word: number, shape: Shape, a: unknown, b: unknown, offset?: number): Var<unknown> {
  return outside(op, [a, b], () => apply(op, word, shape, a, b, offset))
}

/** Makes a constant of what `make` gives in a run of its own. */
function outside(op: string, operands: readonly unknown[], make: () => Var<unknown>): Var<unknown> {
  for (const x of operands) if (x instanceof Var && x.run !== undefined) checkOpen(x.run, op, x.slot)
  const run = openRun(true)
  try {
    return new Constant(valueOf(make()), undefined)
  } finally {
    run.close(false)
  }
}

/** @internal Records an elementwise op of one operand. */
export function unary<A>(op: string, opcode: Opcode, x: Operand<A>): Var<A> {
  if (x instanceof Var) {
    const { run } = x
    if (run !== undefined && run === current && x.shape === SCALAR && x.slot >= 0) {
      return new ScalarVar<A>(run, run.tape.record(opcode, x.slot, 0))
    }
  }
  return apply(op, opcode, shapeOf(op, x), x) as Var<A>
}

/**
 * @internal
 *
 * Records an elementwise op of two operands of the same shape; either may be a scalar.
 *
 * Scalars of the current run take the short way: what has that very `run` is a variable, so no class is looked up.
 */
export function binary(op: string, opcode: Opcode, a: unknown, b: unknown): Var<unknown> {
  if (typeof a === 'object' && a !== null && (a as AnyVar).shape === SCALAR) {
    const { run, slot } = a as AnyVar
    if (run !== undefined && run === current && slot >= 0) {
      if (typeof b === 'object' && b !== null && (b as AnyVar).run === run && (b as AnyVar).shape === SCALAR) {
        return new ScalarVar<unknown>(run, run.tape.record(opcode, slot, (b as AnyVar).slot))
      }
      if (typeof b === 'number') return binaryNumber(run, opcode, slot, b)
    }
  }
  return binaryTensor(op, opcode, a, b)
}

/** A scalar and a plain number: in a function of its own for the same reason. */
function binaryNumber(run: Run, opcode: Opcode, slot: number, b: number): Var<unknown> {
  return new ScalarVar<unknown>(run, run.tape.record(opcode, slot, run.tape.constantNumber(b)))
}

/** The long way of `binary`, in a function of its own so that the short one is inlined where it is called. */
function binaryTensor(op: string, opcode: Opcode, a: unknown, b: unknown): Var<unknown> {
  return apply(op, opcode, broadcastShape(op, shapeOf(op, a), shapeOf(op, b)), a, b)
}

/** The shape of an elementwise result. */
function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  if (a === b || b.length === 0) return a
  if (a.length === 0) return b
  if (!sameShape(a, b)) {
    throw new ShapeMismatchError(
      op,
      [a, b],
      'shapes differ',
      'Elementwise ops take two operands of the same shape, or a number and a tensor.',
    )
  }
  return a
}

/** @internal The shape of an elementwise result of several operands. */
export function commonShape(op: string, operands: readonly unknown[]): Shape {
  return operands.map(x => shapeOf(op, x)).reduce((a, b) => broadcastShape(op, a, b))
}

/** @internal Are the shapes equal? */
export function sameShape(a: Shape, b: Shape): boolean {
  return a === b || (a.length === b.length && a.every((n, i) => n === b[i]))
}

/**
 * A constant: constVar(x).value = x, with no cotangent. A structure of plain values becomes one of constants. Not needed
 * where an op takes an operand: plain values are accepted there.
 *
 * @param value a number, a tensor, or a structure of them; tensors are not copied before they are used
 * @shape any → same
 * @throws {UnknownLeafError} for a leaf that is neither number nor tensor.
 * @example
 * ```ts
 * gradBP((x: Var<number>) => x.mul(constVar(5)))(3) // → 5
 * ```
 */
export function constVar(value: number): Var<number>
export function constVar<A extends AnyTensor>(value: A): Var<A>
export function constVar<A>(value: A): BVar<A>
export function constVar(value: unknown): unknown {
  return mapLeaves(value, 'constVar', leaf => constantLeaf(leaf))
}

/** @internal A variable for one leaf of a plain value; a variable stays what it is. */
export function constantLeaf(leaf: unknown): Var<unknown> {
  if (leaf instanceof Var) return leaf as Var<unknown>
  if (typeof leaf === 'number' || leaf instanceof Tensor) return new Constant(leaf, undefined)
  const space = spaceOfLeaf(leaf)
  if (space !== undefined) return new Constant(leaf, space)
  throw new UnknownLeafError('constVar', leaf, 'Give a number, a tensor or a structure of them.')
}
