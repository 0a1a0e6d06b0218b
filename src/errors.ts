/** The named errors of the library. Each message says what happened, where, and how to repair it. */

/**
 * What every error of this library is an instance of.
 *
 * @example
 * ```ts
 * import { BackpropError, vector, dot } from 'backprop-wasm'
 *
 * try {
 *   dot(vector([1, 2]), vector([1, 2, 3]) as never)
 * } catch (error) {
 *   if (error instanceof BackpropError) console.log(error.name) // ShapeMismatchError
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
 * import { vector, dot } from 'backprop-wasm'
 *
 * dot(vector([1, 2]), vector([1, 2, 3]) as never)
 * // ShapeMismatchError: dot: sizes differ: 2 and 3. …
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
 * An operand has the wrong number of dimensions for the op, for example a vector where a matrix is needed.
 *
 * @example
 * ```ts
 * import { vector, matVec } from 'backprop-wasm'
 *
 * matVec(vector([1, 2]) as never, vector([1, 2]))
 * // RankError: matVec: operand 1 must be a matrix (rank 2), but has shape 2 (rank 1). …
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
 * import { matrix } from 'backprop-wasm'
 *
 * matrix([1, 2, 3], 2, 2) // SizeError: matrix: 2×2 needs 4 numbers, but 3 were given. …
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
 * import { gradBP, type Var } from 'backprop-wasm'
 *
 * let leaked: Var<number> | undefined
 * gradBP((x: Var<number>) => (leaked = x.mul(x)))(3)
 * leaked?.add(1) // VarOutOfRunError
 * ```
 */
export class VarOutOfRunError extends BackpropError {
  override name = 'VarOutOfRunError'

  constructor(what: string) {
    super(
      `${what}: the variable belongs to a run that has ended. Use a variable only inside the function that it was ` +
        `given to (or in one nested in it); to keep a value beyond the run, keep its \`.value\`.`,
    )
  }
}

/**
 * A leaf of an argument is neither a number nor a tensor, nor something that is passed through untouched.
 *
 * @example
 * ```ts
 * import { gradBP, type Var } from 'backprop-wasm'
 *
 * gradBP((p: { when: Var<number> }) => p.when)({ when: new Date() } as never)
 * // UnknownLeafError: argument 1, .when: an instance of Date …
 * ```
 */
export class UnknownLeafError extends BackpropError {
  override name = 'UnknownLeafError'
  /** Where the leaf is, for example `argument 1, .layers[2].w`. */
  readonly path: string

  constructor(path: string, value: unknown, repair: string) {
    super(`${path}: ${describe(value)} is no number, tensor, record, tuple or array of them. ${repair}`)
    this.path = path
  }
}

/**
 * A variable was used as a plain number or as a property key. A numeric tag is the usual cause: a number in an
 * argument is differentiated, so `kind: 0` becomes a variable.
 *
 * @example
 * ```ts
 * import { gradBP, type Var } from 'backprop-wasm'
 *
 * gradBP((p: { kind: Var<number>; x: Var<number> }) => [p.x][p.kind as never])({ kind: 0, x: 3 })
 * // NumericTagError: a variable was used as a property key …
 * ```
 */
export class NumericTagError extends BackpropError {
  override name = 'NumericTagError'

  constructor(use: string) {
    super(
      `a variable was used as ${use}. A number in an argument is differentiated: for a tag use a string, for an index ` +
        `or a count wrap it as fixed(n); for arithmetic use .add, .mul …; for the number itself use .value.`,
    )
  }
}

/**
 * The function that was to be differentiated returned something that holds no variable.
 *
 * @example
 * ```ts
 * import { gradBP, type Var } from 'backprop-wasm'
 *
 * gradBP((x: Var<number>) => (x.value * 2) as never)(3)
 * // ResultError: the function's result is a plain number …
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
 * import { backpropWith, type Var } from 'backprop-wasm'
 *
 * const [, pullback] = backpropWith((x: Var<number>) => ({ y: x.mul(x) }))(3)
 * pullback({ z: 1 } as never) // StructureMismatchError: cotangent: keys differ …
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
 * An argument contains itself.
 *
 * @example
 * ```ts
 * import { gradBP, type Var } from 'backprop-wasm'
 *
 * const node: { x: number; next?: unknown } = { x: 1 }
 * node.next = node
 * gradBP((n: { x: Var<number> }) => n.x)(node) // CycleError: argument 1, .next: …
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
 * import { init, gradBP, vector, sum, type Var, type Vector } from 'backprop-wasm'
 *
 * await init({ maximumBytes: 8 * 2 ** 20 })
 * gradBP((x: Var<Vector>) => sum(x))(vector(new Float64Array(2 ** 22)))
 * // OutOfMemoryError: requested …, available …, maximum …
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
 * Resident parameters were used after `free()`, at two leaves at once, or changed while an open run was reading them.
 *
 * @example
 * ```ts
 * import { resident, vector } from 'backprop-wasm'
 *
 * const weights = resident(vector([1, 2]))
 * weights.free()
 * weights.read() // ResidentError: read: these resident parameters have been freed …
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
 * import { init, sum, vector } from 'backprop-wasm'
 *
 * sum(vector([1, 2]))
 * await init({ deterministic: true }) // EngineError: init: the engine has already started …
 * ```
 */
export class EngineError extends BackpropError {
  override name = 'EngineError'
}

/**
 * A derivative of higher order than the op supports was asked for: 15 for each operand of a power.
 *
 * @example
 * ```ts
 * import { OrderError } from 'backprop-wasm'
 *
 * console.log(OrderError.name) // OrderError
 * ```
 */
export class OrderError extends BackpropError {
  override name = 'OrderError'
}

/** A value as it reads in messages. */
function describe(value: unknown): string {
  if (typeof value === 'number') return `a plain number (${String(value)})`
  if (typeof value === 'string') return `the string '${value}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const name = (value as { constructor?: { name?: string } }).constructor?.name
  return name === undefined || name === '' || name === 'Object' ? 'an object' : `an instance of ${name}`
}

function bytesText(bytes: number): string {
  return bytes < 2 ** 20 ? `${String(bytes)} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
