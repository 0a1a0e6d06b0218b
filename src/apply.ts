/**
 * How ops are recorded: `unary`, `binary` and `apply`, in which the ops of `src/ops/` are written, and what they ask of an
 * operand, its shape, its type of elements and its slot.
 */
import { FLAGS, FLAG_FLOAT32, FLAG_MIXED, FLAG_TENSOR } from '../assembly/shared/layout.ts'
import { Opcode } from '../assembly/shared/opcodes.ts'
import { DTypeMismatchError, OperandError, ShapeMismatchError } from './errors.ts'
import { checkKept, checkOpen, checkReach, current, isWithin, openRun, type Run } from './run.ts'
import { FLOAT32_WORD, SCALAR, type Tape, TENSOR_WORD } from './tape.ts'
import { type PlainTensor, Tensor } from './tensor.ts'
import type { DType, Operand, Shape } from './types.ts'
import { valueOf } from './value.ts'
import { type AnyVar, Constant, HOST, liftPlain, ScalarVar, Var, varOf } from './var.ts'

const MIXED_WORD = FLAG_MIXED << (8 * FLAGS)

/** The type of elements that a record's word says. */
function dtypeIn(word: number): DType {
  return (word & FLOAT32_WORD) === 0 ? 'float64' : 'float32'
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
