/** Jacobians and Hessians. How they are made: docs/design/derivatives.md. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import type { VarFunction, Wrt } from '../differentiate.ts'
import { UnknownLeafError } from '../errors.ts'
import { choose, recordInside, type RecordedPullback, transposed } from '../grad.ts'
import { collect, slice } from '../ops/part.ts'
import { current, type Run } from '../run.ts'
import type { ArgumentsOf, FunctionOf, Positions, ResultOf } from '../signatures.ts'
import { leavesOf, mapLeaves, pathText } from '../structure.ts'
import { countOf } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { apply, sameShape } from '../apply.ts'
import { type AnyVar, constantLeaf, HOST, type Var } from '../var.ts'
import { inType } from '../vmap/batch.ts'
import { Template } from '../vmap/template.ts'
import { type DerivativeBody, derivativeOperator, gradientOf, JACOBIAN_OPTIONS } from './recorded.ts'
import type {
  DerivativeOptions,
  Hessians,
  HessiansOfAll,
  JacobianOptions,
  Jacobians,
  NumberFunction,
  TransposedJacobians,
} from './types.ts'

/**
 * All derivatives of all results: jacobian(f)(x)ᵢⱼ = ∂fᵢ/∂xⱼ. At each leaf of the result it has the structure of the
 * argument (a tuple for several), whose leaves have the sizes of both, those of the result first: a number by a number is a number,
 * one by a tensor a tensor, a vector of M by one of N an M×N matrix. Original: jacobian of ad.
 *
 * A pullback of all rows at once, or a tangent of all columns, whichever are fewer; `mode` says otherwise. An op whose pullback
 * is one of plain values has rows only. For each leaf of more than 32 numbers f is called once more.
 *
 * @param f the function, of one or several arguments; any result
 * @param options `wrt` for arguments that are data, `mode` for rows or columns
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ at each leaf of the result, M, the structure of the arguments, N becoming M×N
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} (from the function) when an argument or the result holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) in forward mode, when f calls an op whose pullback is one of plain
 * values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const polar = (r: Var<number>, t: Var<number>) => ({ x: t.cos().mul(r), y: t.sin().mul(r) })
 * jacobian(polar)(2, 0) // → { x: [1, 0], y: [0, 2] }
 *
 * const squares = (x: Var<Vector<2>>) => x.mul(x)
 * jacobian(squares)(vector([1, 2], 2)).toArray() // → [[2, 0], [0, 4]]
 * ```
 */
export function jacobian<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: JacobianOptions<I> = {}): Jacobians<ArgumentsOf<O, Vs>, ResultOf<O, W>, I> {
  return jacobianOperator('jacobian', f, options, false) as never
}

/**
 * The same the other way round: jacobianTransposed(f)(x)ⱼᵢ = ∂fᵢ/∂xⱼ. At each leaf of the argument it has the structure of the
 * result, the sizes of the argument coming first. Original: jacobianT of ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param options as in `jacobian`
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ at each leaf of the arguments, N, the structure of the result, M becoming N×M
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} (from the function) when an argument or the result holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) in forward mode, when f calls an op whose pullback is one of plain
 * values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const sums = (x: Var<Vector<3>>) => ({ sum: sum(x), twice: x.add(x) })
 * const { sum: s, twice } = jacobianTransposed(sums)(vector([1, 2, 3], 3))
 * s.toArray() // → [1, 1, 1]
 * twice.toArray() // → [[2, 0, 0], [0, 2, 0], [0, 0, 2]]
 * ```
 */
export function jacobianTransposed<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: FunctionOf<Vs, W, O>,
  options: JacobianOptions<I> = {},
): TransposedJacobians<ArgumentsOf<O, Vs>, ResultOf<O, W>, I> {
  return jacobianOperator('jacobianTransposed', f, options, true) as never
}

/**
 * All second derivatives of a function whose result is one number: hessian(f)(x)ᵢⱼ = ∂²f/∂xᵢ∂xⱼ. It is the Jacobian of the
 * gradient: at each leaf of the argument the structure of the argument. A product with a vector, `hvp`, needs no Hessian.
 * Original: hessian of ad.
 *
 * @param f the function, of one or several arguments; its result is one number
 * @param options `wrt` as in `grad`
 * @shape f: (…BVar) ↦ Var<number> → (…plain) ↦ at each leaf of the arguments, M, their structure, N becoming M×N
 * @throws {ShapeMismatchError} (from the function) when the result is a tensor; take `hessianF`.
 * @throws {StructureMismatchError} (from the function) when the result is a structure; take `hessianF`.
 * @throws {ResultError} (from the function) when the result is a plain value, or undefined.
 * @throws {UnknownLeafError} (from the function) when an argument holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * hessian((x: Var<number>, y: Var<number>) => x.mul(y))(1, 2) // → [[0, 1], [1, 0]]
 * ```
 */
export function hessian<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(f: NumberFunction<Vs, W, O>, options: DerivativeOptions<I> = {}): Hessians<ArgumentsOf<O, Vs>, I> {
  return derivativeOperator('hessian', f, options, (f, args, wrt) =>
    recordJacobian(gradientOf('hessian', f, wrt), args, wrt, 'reverse', false),
  ) as never
}

/**
 * All second derivatives of all results: the Jacobian of the Jacobian, hessianF(f)(x)ᵢⱼₖ = ∂²fᵢ/∂xⱼ∂xₖ. Original: hessianF of
 * ad.
 *
 * @param f the function, of one or several arguments; any result
 * @param options `wrt` as in `grad`
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ at each leaf of the result the structure of a Hessian
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} (from the function) when an argument or the result holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * hessianF((x: Var<number>, y: Var<number>) => [x.mul(y), x.mul(x)])(1, 2) // → [[[0, 1], [1, 0]], [[2, 0], [0, 0]]]
 * ```
 */
export function hessianF<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: DerivativeOptions<I> = {}): HessiansOfAll<ArgumentsOf<O, Vs>, ResultOf<O, W>, I> {
  return derivativeOperator('hessianF', f, options, (f, args, wrt) => {
    const first = (...vars: unknown[]): unknown => recordJacobian(f, vars, wrt, 'auto', false)
    return recordJacobian(first, args, wrt, 'auto', false)
  }) as never
}

/** What messages call the ops that put a Jacobian together. */
const JACOBIAN = 'jacobian'

type Mode = 'auto' | 'forward' | 'reverse'

function jacobianOperator(op: string, f: unknown, options: JacobianOptions<unknown>, transposed: boolean): unknown {
  const body: DerivativeBody = (f, args, wrt) => recordJacobian(f, args, wrt, options.mode ?? 'auto', transposed)
  return derivativeOperator(op, f, options, body, { kinds: JACOBIAN_OPTIONS })
}

/** Of one leaf, up to so many rows or columns are made one after another: measured, docs/design/derivatives.md. */
const ONE_BY_ONE = 32

/** Records a Jacobian; `across` if the sizes of the arguments come first. */
export function recordJacobian(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
  mode: Mode,
  across: boolean,
): unknown {
  const { host } = (current as Run).tape
  const before = host.ops.length
  const recorded = recordInside(f, args, wrt)
  const [value] = recorded
  const inputs = choose(args, wrt)
  const columns = countNumbers('the argument', inputs)
  const rows = countNumbers("the function's result", value)
  const canForward = host.ops.slice(before).every(op => op.onVars !== undefined)
  const isForward = mode === 'auto' ? columns < rows && canForward : mode === 'forward'
  const [varied, found] = isForward ? [inputs, value] : [value, inputs]
  const linear = (call: typeof recorded): typeof recorded => (isForward ? transposed(...call) : call)
  let once: typeof recorded | undefined
  const blocks = leavesOf(varied).map(({ shape }, i) => {
    const count = countOf(shape)
    return count <= ONE_BY_ONE
      ? oneByOne(count, i, (once ??= linear(recorded)))
      : allAtOnce(count, i, () => linear(recordInside(f, args, wrt)))
  })
  return isForward === across ? byVaried(varied, found, blocks) : byFound(varied, found, blocks)
}

/** How many numbers there are. @throws {UnknownLeafError} for a value of a user's type, which has no number of them. */
function countNumbers(start: string, structure: unknown): number {
  let count = 0
  mapLeaves(structure, start, leaf => {
    const { shape } = leaf as AnyVar
    if (shape === HOST) {
      throw new UnknownLeafError(pathText(start), leaf, 'Only numbers and tensors have a Jacobian; take jvp, or vjp.')
    }
    count += countOf(shape)
  })
  return count
}

/**
 * What a leaf of what was found is for each number of a leaf of what was varied, below each other in a shape that has room for
 * all of it.
 */
type Block = (shape: Shape) => AnyVar

/** What is varied, and the linear function of it that gives what is found. */
type LinearCall = readonly [values: unknown, linear: RecordedPullback]

/**
 * Applies a linear function to one number after another of the leaf at a place. What leads to other leaves only has no part in
 * it, here and where all are taken at once.
 */
function oneByOne(count: number, place: number, [values, linear]: LinearCall): Block[] {
  const leaf = leavesOf(values)[place] as AnyVar
  const results = Array.from({ length: count }, (_, i) => leavesOf(linear(unit(leaf, i), leaf)))
  return (results[0] ?? []).map((only, k) => shape => {
    if (count === 1 && sameShape(only.shape, shape)) return only
    return reshaped(
      collect(
        JACOBIAN,
        results.map(found => found[k]),
      ),
      shape,
    )
  })
}

/** The same for all numbers of a leaf as one batch; `record` makes the function once more, on the template that is open. */
function allAtOnce(count: number, place: number, record: () => LinearCall): Block[] {
  const template = new Template(current as Run, count)
  try {
    const [values, linear] = record()
    const leaf = leavesOf(values)[place] as AnyVar
    return leavesOf(linear(template.input(units(leaf)), leaf)).map(result => {
      const whole = template.output(result, '')
      return shape => reshaped(whole, shape)
    })
  } finally {
    template.close()
  }
}

/** What is like a leaf and has a one at one element, zeros elsewhere. */
function unit({ shape, dtype }: AnyVar, element: number): Var<unknown> {
  if (shape.length === 0) return constantLeaf(1)
  const data = dataOf(dtype, countOf(shape))
  data[element] = 1
  return constantLeaf(tensorOf(data, shape))
}

/** The same for each element, below each other. */
function units({ shape, dtype }: AnyVar): Var<unknown> {
  const size = countOf(shape)
  const data = dataOf(dtype, size * size)
  for (let i = 0; i < size; i++) data[i * size + i] = 1
  return constantLeaf(tensorOf(data, [size, ...shape]))
}

function reshaped(x: AnyVar, shape: Shape): AnyVar {
  return sameShape(x.shape, shape) ? x : slice(JACOBIAN, x, 0, shape)
}

/** At each leaf of what was varied what was found; a block for each leaf of the one, and in it of the other. */
function byVaried(varied: unknown, found: unknown, blocks: readonly (readonly Block[])[]): unknown {
  let i = 0
  return mapLeaves(varied, '', leaf => {
    const own = blocks[i++] as readonly Block[]
    let k = 0
    return mapLeaves(found, '', other => entry(own[k++], leaf as AnyVar, other as AnyVar, false))
  })
}

/** At each leaf of what was found what was varied. */
function byFound(varied: unknown, found: unknown, blocks: readonly (readonly Block[])[]): unknown {
  let k = 0
  return mapLeaves(found, '', leaf => {
    let i = 0
    const result = mapLeaves(varied, '', other => entry(blocks[i++]?.[k], other as AnyVar, leaf as AnyVar, true))
    k++
    return result
  })
}

/** The derivatives that belong to two leaves, in the sizes of both; those of the one that was varied first, or last. */
function entry(block: Block | undefined, varied: AnyVar, found: AnyVar, isLast: boolean): AnyVar {
  const shape = isLast ? [...found.shape, ...varied.shape] : [...varied.shape, ...found.shape]
  const dtype = typeOf([varied, found])
  // There is no block where nothing was varied.
  if (block === undefined || countOf(shape) === 0) return constantLeaf(tensorOf(dataOf(dtype, 0), shape))
  const [count, size] = [countOf(varied.shape), countOf(found.shape)]
  const isRow = count === 1 || size === 1
  const part = !isLast || isRow ? block(shape) : reshaped(transpose(block([count, size]), count, size), shape)
  return shape.length === 0 ? part : inType(part, dtype)
}

/** The type of the elements: float32 if no leaf has float64. Numbers have no say. */
function typeOf(leaves: readonly AnyVar[]): DType {
  return leaves.some(({ shape, dtype }) => shape.length > 0 && dtype === 'float64') ? 'float64' : 'float32'
}

/** A matrix transposed, in as many steps as the smaller size has: no op does it alone. */
function transpose(table: AnyVar, rows: number, columns: number): AnyVar {
  const shape = [columns, rows]
  if (rows <= columns) {
    const columnAt = (i: number): AnyVar => slice(JACOBIAN, table, i * columns, [columns, 1])
    const first = columnAt(0)
    let whole: AnyVar = apply(JACOBIAN, Opcode.RowEmbed, shape, first, first, 0)
    for (let i = 1; i < rows; i++) whole = apply(JACOBIAN, Opcode.RowPut, shape, whole, columnAt(i), i)
    return whole
  }
  const rowAt = (i: number): AnyVar =>
    slice(JACOBIAN, apply(JACOBIAN, Opcode.RowSlice, [rows, 1], table, table, i), 0, [rows])
  return collect(
    JACOBIAN,
    Array.from({ length: columns }, (_, i) => rowAt(i)),
  )
}
