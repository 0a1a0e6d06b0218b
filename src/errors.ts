/** The named errors of the library. Each message says what happened, where, and how to repair it. */

/**
 * What every error of this library is an instance of.
 *
 * @example
 * ```ts
 * try {
 *   dot(vector([1, 2]), vector([1, 2, 3]))
 * } catch (error) {
 *   if (error instanceof BackpropError) console.log(error.name) // → 'ShapeMismatchError'
 * }
 * ```
 */
export class BackpropError extends Error {
  override name = 'BackpropError'
}

/** A shape as it reads in messages: `scalar`, `3`, `300×784`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('×')
}

/**
 * Two operands have shapes that do not go together.
 *
 * @example
 * ```ts
 * try {
 *   dot(vector([1, 2]), vector([1, 2, 3])) // sizes that the types do not know
 * } catch (error) {
 *   if (error instanceof ShapeMismatchError) console.log(error.shapes) // → [[2], [3]]
 * }
 * ```
 */
export class ShapeMismatchError extends BackpropError {
  override name = 'ShapeMismatchError'
  /** The op that was applied. */
  readonly op: string
  /** The shapes of its operands, in order. */
  readonly shapes: readonly (readonly number[])[]

  /** @param problem what does not fit, @param repair what to do about it */
  constructor(op: string, shapes: readonly (readonly number[])[], problem: string, repair: string) {
    super(`${op}: ${problem}: ${shapes.map(shapeText).join(' and ')}. ${repair}`)
    this.op = op
    this.shapes = shapes
  }
}

/**
 * Tensors of float32 and float64 stand where all must be of one type.
 *
 * @example
 * ```ts
 * try {
 *   dot(vector([1, 2]), vector32([1, 2]) as never) // without `as never` it does not compile
 * } catch (error) {
 *   if (error instanceof DTypeMismatchError) console.log(error.dtypes.join()) // → 'float64,float32'
 * }
 * ```
 */
export class DTypeMismatchError extends BackpropError {
  override name = 'DTypeMismatchError'
  /** The op that was applied, or the path of the leaf. */
  readonly op: string
  /** The types of the elements, in order. */
  readonly dtypes: readonly string[]

  /** @param repair what to do about it */
  constructor(op: string, dtypes: readonly string[], repair: string) {
    super(`${op}: types of elements differ: ${dtypes.join(' and ')}. ${repair}`)
    this.op = op
    this.dtypes = dtypes
  }
}

/**
 * An operand has the wrong number of dimensions for the op, for example a vector where a matrix is needed.
 *
 * @example
 * ```ts
 * try {
 *   matVec(vector([1, 2]) as never, vector([1, 2])) // without `as never` it does not compile
 * } catch (error) {
 *   if (error instanceof RankError) console.log(error.shape) // → [2]
 * }
 * ```
 */
export class RankError extends BackpropError {
  override name = 'RankError'
  /** The op that was applied. */
  readonly op: string
  /** The shape that was given. */
  readonly shape: readonly number[]

  constructor(op: string, operand: number, expected: string, shape: readonly number[], repair: string) {
    super(
      `${op}: operand ${String(operand)} must be ${expected}, but has shape ${shapeText(shape)} ` +
        `(rank ${String(shape.length)}). ${repair}`,
    )
    this.op = op
    this.shape = shape
  }
}

/**
 * A size is negative, fractional, not a number, or does not match the amount of data.
 *
 * @example
 * ```ts
 * try {
 *   matrix([1, 2, 3], 2, 2)
 * } catch (error) {
 *   if (error instanceof SizeError) console.log(error.name) // → 'SizeError'
 * }
 * ```
 */
export class SizeError extends BackpropError {
  override name = 'SizeError'
}

/**
 * A variable was used after its run had ended, or in a run that is not nested in its own.
 *
 * @example
 * ```ts
 * let leaked: Var<number> | undefined
 * gradBP((x: Var<number>) => (leaked = x.mul(x)))(3)
 * try {
 *   leaked?.add(1)
 * } catch (error) {
 *   if (error instanceof VarOutOfRunError) console.log(error.name) // → 'VarOutOfRunError'
 * }
 * ```
 */
export class VarOutOfRunError extends BackpropError {
  override name = 'VarOutOfRunError'

  /** @internal */
  constructor(what: string, problem: keyof typeof outOfRun = 'ended') {
    super(`${what}: ${outOfRun[problem]}`)
  }
}

const outOfRun = {
  ended:
    'the variable belongs to a run that has ended. Use a variable only inside the function that it was given to (or in ' +
    'one nested in it); to keep a value beyond the run, keep its `.value`.',
  apart:
    'variables of two runs meet, neither of which is inside the other. Each async run stands by itself, and so does an ' +
    'operator that is called with plain arguments in an async function. Pass the variable to that operator as an ' +
    'argument, or use its `.value`.',
  batches:
    'variables of two calls of `vmap` meet, neither of which is inside the other. Called with plain arguments, `vmap` gives a ' +
    'plain result, also inside the function of another one. Pass the data as constVar(data), or the variable as an ' +
    'argument of its own: vmap((x, y) => …, { shared: 0 })(x, data).',
}

/**
 * A leaf of an argument is neither a number nor a tensor, nor something that is passed through untouched.
 *
 * @example
 * ```ts
 * try {
 *   gradBP((p: { when: Var<number> }) => p.when)({ when: new Date() } as never)
 * } catch (error) {
 *   if (error instanceof UnknownLeafError) console.log(error.path) // → 'argument 1.when'
 * }
 * ```
 */
export class UnknownLeafError extends BackpropError {
  override name = 'UnknownLeafError'
  /** Where the leaf is, for example `argument 1.layers[2].w`. */
  readonly path: string

  constructor(path: string, value: unknown, repair: string) {
    super(`${path}: ${describe(value)} is no number, tensor, record, tuple or array of them. ${repair}`)
    this.path = path
  }
}

/**
 * An operand of an op is neither a variable nor a number nor a tensor.
 *
 * @example
 * ```ts
 * try {
 *   sum([1, 2] as never)
 * } catch (error) {
 *   if (error instanceof OperandError) console.log(error.name) // → 'OperandError'
 * }
 * ```
 */
export class OperandError extends BackpropError {
  override name = 'OperandError'

  /** @internal */
  constructor(op: string, value: unknown) {
    super(
      `${op}: an operand is ${describe(value)}, but must be a variable, a number or a tensor. ${operandRepair(value)}`,
    )
  }
}

/** What to do about an operand that is none. */
function operandRepair(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'space' in value)
    return 'What the engine does not know, it has no ops for: write one (op1, op2, …).'
  if (Array.isArray(value)) return 'Make numbers a tensor: vector([…]); add variables up with .add.'
  if (value instanceof Float32Array) return 'Wrap it: vector32(data), or matrix32(data, m, n).'
  if (ArrayBuffer.isView(value)) return 'Wrap it: vector(data), or matrix(data, m, n).'
  if (typeof value === 'object' && value !== null && 'slot' in value) {
    return 'It is one of another copy of this library: let there be one, npm ls backprop-wasm lists them.'
  }
  if (typeof value === 'object' && value !== null && 'value' in value) return 'Give its .value.'
  if (typeof value === 'object' && value !== null)
    return 'Give one of its parts; pass resident parameters as an argument.'
  if (typeof value === 'boolean')
    return 'A boolean is there to branch on; where takes less(x, y), greater(x, y) and the like.'
  return 'Is an argument or a return missing?'
}

/**
 * A variable was used as a plain number or as a property key. A numeric tag is the usual cause: a number in an
 * argument is differentiated, so `kind: 0` becomes a variable.
 *
 * @example
 * ```ts
 * const scales = [10, 20]
 * try {
 *   gradBP((p: { kind: Var<number>; x: Var<number> }) => p.x.mul(scales[p.kind as never] ?? 1))({ kind: 0, x: 3 })
 * } catch (error) {
 *   if (error instanceof NumericTagError) console.log(error.name) // → 'NumericTagError'
 * }
 * ```
 */
export class NumericTagError extends BackpropError {
  override name = 'NumericTagError'

  constructor(use: string) {
    super(
      `a variable was used as ${use}. For arithmetic use .add, .mul, sin(x) …; for the number itself use .value. A number ` +
        `in an argument is differentiated: for a tag use a string, for an index or a count wrap it as fixed(n).`,
    )
  }
}

/**
 * The function that was to be differentiated returned something plain, or nothing.
 *
 * @example
 * ```ts
 * try {
 *   gradBP((x: Var<number>) => (x.value * 2) as never)(3)
 * } catch (error) {
 *   if (error instanceof ResultError) console.log(error.name) // → 'ResultError'
 * }
 * ```
 */
export class ResultError extends BackpropError {
  override name = 'ResultError'

  constructor(path: string, value: unknown) {
    super(
      `${path} is ${describe(value)}, not a variable, so nothing connects it with the inputs. Return what the ops ` +
        `give (without .value); for a constant use constVar(…).`,
    )
  }
}

/**
 * Two structures that must agree do not: another key set, length or kind of leaf.
 *
 * @example
 * ```ts
 * const [, pullback] = backpropWith((x: Var<number>) => ({ y: x.mul(x) }))(3)
 * try {
 *   pullback({ z: 1 } as never)
 * } catch (error) {
 *   if (error instanceof StructureMismatchError) console.log(error.path) // → 'cotangent'
 * }
 * ```
 */
export class StructureMismatchError extends BackpropError {
  override name = 'StructureMismatchError'
  /** Where they differ. */
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.path = path
  }
}

/**
 * `match` has no case for the tag of a value.
 *
 * @example
 * ```ts
 * type Shape = { kind: 'circle'; radius: number }
 * try {
 *   match({ kind: 'cube', side: 2 } as never as Shape, { circle: c => c.radius })
 * } catch (error) {
 *   if (error instanceof UnknownTagError) console.log(error.path) // → '.kind'
 * }
 * ```
 */
export class UnknownTagError extends BackpropError {
  override name = 'UnknownTagError'
  /** The key that holds the tag, or each key that could, as in `.kind`; empty if there is none. */
  readonly path: string
  /** The tags that there are cases for. */
  readonly cases: readonly string[]

  /** @internal */
  constructor(path: string, tags: string, cases: readonly string[]) {
    const found = tags === '' ? 'no key holds a tag (a string, a boolean, null, or a number in fixed)' : tags
    super(
      `match: ${found}, and the cases are for ${cases.join(', ')}. Add the missing case, or give a value that has its ` +
        `declared type.`,
    )
    this.path = path
    this.cases = cases
  }
}

/**
 * An argument contains itself.
 *
 * @example
 * ```ts
 * const node: { x: number; next?: unknown } = { x: 1 }
 * node.next = node
 * try {
 *   gradBP((n: { x: Var<number> }) => n.x)(node)
 * } catch (error) {
 *   if (error instanceof CycleError) console.log(error.name) // → 'CycleError'
 * }
 * ```
 */
export class CycleError extends BackpropError {
  override name = 'CycleError'

  constructor(path: string) {
    super(`${path}: the structure contains itself. A gradient has one number a leaf; make the structure a tree.`)
  }
}

/**
 * WebAssembly memory cannot hold what was asked for. The engine stays usable.
 *
 * @example
 * ```ts
 * await init({ maximumBytes: 8 * 2 ** 20 })
 * try {
 *   gradBP((x: Var<Vector>) => sum(x))(vector(new Float64Array(2 ** 22)))
 * } catch (error) {
 *   if (error instanceof OutOfMemoryError) console.log(error.requestedBytes) // → 33554432
 * }
 * ```
 */
export class OutOfMemoryError extends BackpropError {
  override name = 'OutOfMemoryError'
  /** The bytes that were asked for at once. */
  readonly requestedBytes: number
  /** The bytes that were still to be had. */
  readonly availableBytes: number
  /** The largest size that the memory may have. */
  readonly maximumBytes: number

  constructor(requestedBytes: number, availableBytes: number, maximumBytes: number) {
    super(
      `out of memory: requested ${bytesText(requestedBytes)}, available ${bytesText(availableBytes)}, maximum ` +
        `${bytesText(maximumBytes)}. Make the run smaller (fewer samples at a time), free resident parameters that ` +
        `are no longer used, or raise the maximum: init({ maximumBytes }) before first use, up to 4 GiB.`,
    )
    this.requestedBytes = requestedBytes
    this.availableBytes = availableBytes
    this.maximumBytes = maximumBytes
  }
}

/**
 * Resident parameters were used after `free()`, changed while an open run was reading them, or given at two places of
 * one `into`; or a pullback was called after the parameters that it reads had changed.
 *
 * @example
 * ```ts
 * const weights = resident(vector([1, 2]))
 * weights.free()
 * try {
 *   weights.read()
 * } catch (error) {
 *   if (error instanceof ResidentError) console.log(error.name) // → 'ResidentError'
 * }
 * ```
 */
export class ResidentError extends BackpropError {
  override name = 'ResidentError'
}

/**
 * The engine cannot start here, or was asked for something after it had started.
 *
 * @example
 * ```ts
 * sum(vector([1, 2]))
 * try {
 *   await init({ deterministic: true })
 * } catch (error) {
 *   if (error instanceof EngineError) console.log(error.name) // → 'EngineError'
 * }
 * ```
 */
export class EngineError extends BackpropError {
  override name = 'EngineError'
}

/**
 * Only with `init({ debug: true })`: an op has given NaN, or the gradient of one has on the walk back. The message ends with the
 * line that recorded the op, and `cause` has the calls that led there as its `stack`.
 *
 * @example
 * ```ts
 * await init({ debug: true })
 * try {
 *   gradBP((x: Var<number>) => x.sub(2).sqrt())(1)
 * } catch (error) {
 *   if (error instanceof NotANumberError) console.log(error.op) // → 'Sqrt'
 * }
 * ```
 */
export class NotANumberError extends BackpropError {
  override name = 'NotANumberError'
  /** The op: its opcode's name, as `printTape` has it, or the name of a user's op. */
  readonly op: string
  /** Is NaN in the op's value, or in what its gradient adds to the cotangents of its operands? */
  readonly during: 'value' | 'gradient'

  /** @internal */
  constructor(op: string, during: 'value' | 'gradient', problem: string, repair: string) {
    super(`${op}: ${problem} ${repair}`)
    this.op = op
    this.during = during
  }
}

/**
 * A power was differentiated more often than a record can count: up to order 14 by each operand always works. So it is with
 * `digamma` and `polygamma` beyond the order 99, and with `erf`, `erfc` and `normcdf` beyond 126. Or derivatives of an order n are
 * wanted whose n! is too large for a number: `derivatives` ends at order 170, for float32 at 34; `taylor` does not.
 *
 * @example
 * ```ts
 * let f = (x: Var<number>) => x.pow(2.5)
 * for (let order = 1; order <= 16; order++) {
 *   const g = f
 *   f = x => gradBP(g)(x)
 * }
 * try {
 *   evalBP(f)(2)
 * } catch (error) {
 *   if (error instanceof OrderError) console.log(error.name) // → 'OrderError'
 * }
 * ```
 */
export class OrderError extends BackpropError {
  override name = 'OrderError'
}

/**
 * The gradient of an op that has none, made by `noGrad`, is needed: something that is differentiated goes through it.
 *
 * @example
 * ```ts
 * const round = noGrad((x: number) => Math.round(x), 'round')
 * try {
 *   gradBP((x: Var<number>) => round(x))(2.4)
 * } catch (error) {
 *   if (error instanceof NoGradientError) console.log(error.op) // → 'round'
 * }
 * ```
 */
export class NoGradientError extends BackpropError {
  override name = 'NoGradientError'
  /** The op. */
  readonly op: string

  /** @internal */
  constructor(op: string) {
    super(
      `${op}: this op has no gradient, and one is needed: the result depends on it, and it on what is differentiated. ` +
        `Give it stopGradient(x) where no gradient is meant to flow, or give it a pullback (op1, op2, …).`,
    )
    this.op = op
  }
}

/**
 * A second derivative, or one in forward mode, goes through an op whose pullback is a function of plain values: what it does to
 * its cotangent is not recorded, so it cannot be differentiated. The pullback on variables can.
 *
 * @example
 * ```ts
 * const square = op1((x: number) => [x * x, (dz: number) => [2 * x * dz]], 'square')
 * try {
 *   gradBP((x: Var<number>) => gradBP((y: Var<number>) => square(y))(x))(3)
 * } catch (error) {
 *   if (error instanceof NotTwiceDifferentiableError) console.log(error.op) // → 'square'
 * }
 * const again = op1((x: number) => x * x, (dz, x) => [dz.mul(x).mul(2)])
 * gradBP((x: Var<number>) => gradBP((y: Var<number>) => again(y))(x))(3) // → 2
 * ```
 */
export class NotTwiceDifferentiableError extends BackpropError {
  override name = 'NotTwiceDifferentiableError'
  /** The op. */
  readonly op: string

  /** @internal */
  constructor(op: string) {
    super(
      `${op}: no second derivative goes through this op, and none in forward mode (jvp, taylor, jacobian there): its ` +
        'pullback is a function of plain values, which cannot be differentiated. Write the pullback on variables: ' +
        'op2((x, y) => z, (dz, x, y, z) => [dx, dy]).',
    )
    this.op = op
  }
}

/**
 * A dictionary of a user's type breaks one of the laws of `Differentiable`.
 *
 * @example
 * ```ts
 * try {
 *   checkLaws({ zero: () => 1, one: () => 1, add: (a: number, b: number) => a + b }, [5])
 * } catch (error) {
 *   if (error instanceof LawError) console.log(error.values) // → [5]
 * }
 * ```
 */
export class LawError extends BackpropError {
  override name = 'LawError'
  /** The law. */
  readonly law: string
  /** The values for which it does not hold. */
  readonly values: readonly unknown[]
  /** Its left side for these values. */
  readonly left: unknown
  /** Its right side. */
  readonly right: unknown

  /** @internal */
  constructor(law: string, values: readonly unknown[], left: unknown, right: unknown) {
    super(
      `${law}: this does not hold for the values in .values; the sides are .left and .right. Repair the dictionary.`,
    )
    this.law = law
    this.values = values
    this.left = left
    this.right = right
  }
}

/**
 * An operator called with plain arguments, inside the function of another, used a variable of that function: its result
 * is plain, so the derivative by that variable would be lost, and the outer gradient silently wrong.
 *
 * @example
 * ```ts
 * const f = (x: Var<number>) => x.mul(evalBP((y: Var<number>) => y.mul(x))(3)) // 3x²
 * try {
 *   gradBP(f)(2)
 * } catch (error) {
 *   if (error instanceof LostDerivativeError) console.log(error.name) // → 'LostDerivativeError'
 * }
 * const kept = (x: Var<number>) => x.mul(evalBP((y: Var<number>) => y.mul(x))(constVar(3)))
 * gradBP(kept)(2) // → 12
 * ```
 */
export class LostDerivativeError extends BackpropError {
  override name = 'LostDerivativeError'

  /** @internal `again`: what calls the function again, with plain arguments of its own. */
  constructor(what: string, again?: string) {
    const [where, repair] =
      again === undefined
        ? [
            'that was called with plain arguments, and so gives a plain result',
            'Pass one argument as a variable, for example gradBP(f)(constVar(3)), then the result is made of variables',
          ]
        : [`that ${again} calls again on the way back`, 'Pass it as an argument of that function']
    super(
      `${what}: a variable of an enclosing function is used in one ${where}; the derivative by that variable would be ` +
        `lost. ${repair}; or use .value where a constant is meant.`,
    )
  }
}

/**
 * A function cannot be compiled: it does what only TypeScript can do again, such as calling an op of the user's. It runs
 * without `compile`.
 *
 * @example
 * ```ts
 * const square = op1((x: number) => [x * x, (dz: number) => [2 * x * dz]], 'square')
 * const slope = compile(gradBP((x: Var<number>) => square(x)))
 * try {
 *   slope(3)
 * } catch (error) {
 *   if (error instanceof NotCompilableError) console.log(error.what) // → 'square'
 * }
 * ```
 */
export class NotCompilableError extends BackpropError {
  override name = 'NotCompilableError'
  /** What cannot be compiled: the name of an op, or the place of an argument. */
  readonly what: string

  /** @internal */
  constructor(what: string, problem: string, repair: string) {
    super(`compile: ${what}: ${problem} ${repair}`)
    this.what = what
  }
}

/**
 * A compiled function reads a value that is another one at almost every call, so it was recorded again and again. `cause` is
 * an error made where the value is read: its stack leads to the line.
 *
 * @example
 * ```ts
 * const square = compile(evalBP((x: Var<number>) => x.mul(x.value)))
 * try {
 *   for (let i = 0; i < 10; i++) square(i)
 * } catch (error) {
 *   if (error instanceof UnstableProgramError) console.log(error.recordings) // → 9
 * }
 * ```
 */
export class UnstableProgramError extends BackpropError {
  override name = 'UnstableProgramError'
  /** How often the function was recorded for arguments of this structure. */
  readonly recordings: number

  /** @internal */
  constructor(read: string, recordings: number, cause: Error) {
    super(
      `compile: ${read} is read in the compiled function, and it is another value almost every time, so that the function ` +
        `was recorded ${String(recordings)} times for arguments of one structure. Leave out .value and use ops; branch by a ` +
        `comparison (x.lt(y)); look at it with peek(x) if nothing depends on it. The cause says where it is read.`,
      { cause },
    )
    this.recordings = recordings
  }
}

/**
 * A worker of `init({ workers })` is gone, or could not be started. Thrown by a call only if the worker was gone with part of its
 * result; otherwise the call is done by the other threads, and the error is the `reason` that `workers()` gives.
 *
 * @example
 * ```ts
 * await init({ workers: 2 })
 * const { count, reason } = workers()
 * if (reason instanceof WorkerError) console.log(count, reason.message)
 * ```
 */
export class WorkerError extends BackpropError {
  override name = 'WorkerError'
  /** Which worker it was, counted from 1; undefined when it is about all. */
  readonly worker: number | undefined

  /** @internal */
  constructor(problem: string, worker?: number) {
    super(`workers: ${problem}`)
    this.worker = worker
  }
}

/**
 * The value of a batched variable is asked for inside the function of `vmap`: it is another one for each sample, so nothing
 * can be branched on.
 *
 * @example
 * ```ts
 * try {
 *   vmap((x: Var<number>) => (x.lt(0) ? x.neg() : x))(vector([1, -2])) // instead of where(less(x, 0), x.neg(), x)
 * } catch (error) {
 *   if (error instanceof BatchedValueError) console.log(error.op) // → 'lt'
 * }
 * ```
 */
export class BatchedValueError extends BackpropError {
  override name = 'BatchedValueError'
  /** What asked for the value. */
  readonly op: string

  /** @internal */
  constructor(op: string) {
    super(
      `vmap: ${op} of a batched variable, which has another value for each sample. Choose by where(condition, a, b) with ` +
        'less(x, y), equal(x, y), …; or read values outside of vmap.',
    )
    this.op = op
  }
}

/**
 * The arguments of a function that `vmap` has made are no batch: their first sizes differ, or there is none.
 *
 * @example
 * ```ts
 * try {
 *   vmap((x: Var<number>, y: Var<number>) => x.add(y))(vector([1, 2]), vector([1, 2, 3])) // sizes that the types do not know
 * } catch (error) {
 *   if (error instanceof BatchSizeError) console.log(error.name) // → 'BatchSizeError'
 * }
 * ```
 */
export class BatchSizeError extends BackpropError {
  override name = 'BatchSizeError'
}

/**
 * An operator was called with arguments or options that it cannot take.
 *
 * @example
 * ```ts
 * try {
 *   sgdStep((w: Var<number>) => w.mul(w), { rate: NaN })
 * } catch (error) {
 *   if (error instanceof UsageError) console.log(error.name) // → 'UsageError'
 * }
 * ```
 */
export class UsageError extends BackpropError {
  override name = 'UsageError'
}

/** @internal So many arguments, in words. */
export function counted(count: number): string {
  return count === 1 ? '1 argument' : `${String(count)} arguments`
}

/** A value as it reads in messages. */
export function describe(value: unknown): string {
  if (typeof value === 'number') return `a plain number (${String(value)})`
  if (typeof value === 'string') return `the string '${value}'`
  if (typeof value === 'bigint') return `the bigint ${String(value)}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  if (typeof tag === 'string') return `${/^[AEIO]/.test(tag) ? 'an' : 'a'} ${tag}`
  const name = (value as { constructor?: { name?: string } }).constructor?.name
  return name === undefined || name === '' || name === 'Object' ? 'an object' : `an instance of ${name}`
}

function bytesText(bytes: number): string {
  return bytes < 2 ** 20 ? `${String(bytes)} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
