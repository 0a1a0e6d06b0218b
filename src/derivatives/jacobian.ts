/** Jacobians and Hessians. How they are made: docs/design/derivatives.md. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import type { VarFunction } from '../differentiate.ts'
import { UnknownLeafError, UsageError } from '../errors.ts'
import { choose, recordInside, type RecordedPullback } from '../grad.ts'
import { collect, slice } from '../ops/part.ts'
import { current, type Run } from '../run.ts'
import type { ArgumentsOf, FunctionOf, Positions, ResultOf } from '../signatures.ts'
import { mapLeaves, pathText } from '../structure.ts'
import { countOf } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { type AnyVar, apply, constantLeaf, HOST, sameShape, type Var } from '../var.ts'
import { inType } from '../vmap/batch.ts'
import { Template } from '../vmap/template.ts'
import { derivativeOperator, gradientOf, transposed, type Wrt } from './recorded.ts'
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
 * A pullback of all rows at once, or a tangent of all columns, whichever are fewer; `mode` says otherwise.
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
  const operator = derivativeOperator(
    op,
    f,
    options,
    (f, args, wrt) => recordJacobian(f, args, wrt, options.mode ?? 'auto', transposed),
    { names: ['wrt', 'mode'] },
  )
  const { mode = 'auto' } = options
  if (mode === 'auto' || mode === 'forward' || mode === 'reverse') return operator
  throw new UsageError(`${op}: mode is ${JSON.stringify(mode)}. Give 'auto', 'forward' or 'reverse'.`)
}

/** Up to so many rows or columns are made one after another: measured, docs/design/derivatives.md. */
const ONE_BY_ONE = 32

/** Records a Jacobian; `across` if the sizes of the arguments come first. */
export function recordJacobian(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
  mode: Mode,
  across: boolean,
): unknown {
  const recorded = recordInside(f, args, wrt)
  const [value] = recorded
  const inputs = choose(args, wrt)
  const columns = countNumbers('the argument', inputs)
  const rows = countNumbers("the function's result", value)
  const isForward = mode === 'auto' ? columns < rows : mode === 'forward'
  const [varied, found, count] = isForward ? [inputs, value, columns] : [value, inputs, rows]
  const linear = (call: typeof recorded): typeof recorded => (isForward ? transposed(...call) : call)
  const stacks =
    count <= ONE_BY_ONE
      ? oneByOne(found, ...linear(recorded))
      : allAtOnce(varied, count, () => linear(recordInside(f, args, wrt))[1])
  return isForward === across ? byVaried(varied, found, stacks) : byFound(varied, found, stacks)
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

/** What a leaf of what was found is for each number of what was varied. */
interface Stack {
  /** For so many numbers, below each other, in a shape that has room for all of it. */
  readonly rows: (place: number, count: number, shape: Shape) => AnyVar
}

/**
 * Applies a linear function, the pullback of these values, to the cotangents of one number after another. What leads to other
 * leaves only has no part in it.
 */
function oneByOne(found: unknown, values: unknown, linear: RecordedPullback): Stack[] {
  const stacks = leavesOf(found).map((): AnyVar[] => [])
  for (const leaf of leavesOf(values)) {
    for (let i = 0; i < countOf(leaf.shape); i++) {
      leavesOf(linear(units(leaf, 1, i), leaf)).forEach((result, k) => stacks[k]?.push(result))
    }
  }
  return stacks.map(list => ({
    rows: (place, count, shape) => {
      const only = list[place] as AnyVar
      return count === 1 && sameShape(only.shape, shape)
        ? only
        : reshaped(collect(JACOBIAN, list.slice(place, place + count)), shape)
    },
  }))
}

/** Applies a linear function, which `record` makes on the template that is open, to so many numbers as one batch. */
function allAtOnce(varied: unknown, count: number, record: () => RecordedPullback): Stack[] {
  const template = new Template(current as Run, count)
  try {
    const linear = record()
    let place = 0
    const basis = mapLeaves(varied, '', leaf => {
      const batch = template.input(units(leaf as AnyVar, count, -place))
      place += countOf((leaf as AnyVar).shape)
      return batch
    })
    return leavesOf(linear(basis)).map(leaf => {
      const whole = template.output(leaf, '')
      const size = countOf(leaf.shape)
      return { rows: (place, _count, shape) => slice(JACOBIAN, whole, place * size, shape) }
    })
  } finally {
    template.close()
  }
}

/**
 * For each of so many numbers a value like the leaf: the first has its one at element `element`, the others each one element
 * further, and those that are none of its elements have no one. A single value has no size in front.
 */
function units({ shape, dtype }: AnyVar, count: number, element: number): Var<unknown> {
  if (shape.length === 0 && count === 1) return constantLeaf(1)
  const size = countOf(shape)
  const data = dataOf(dtype, count * size)
  for (let row = 0; row < count; row++) {
    const at = element + row
    if (at >= 0 && at < size) data[row * size + at] = 1
  }
  return constantLeaf(tensorOf(data, count === 1 ? shape : [count, ...shape]))
}

function leavesOf(structure: unknown): Var<unknown>[] {
  const leaves: Var<unknown>[] = []
  mapLeaves(structure, '', leaf => leaves.push(leaf as Var<unknown>))
  return leaves
}

function reshaped(x: AnyVar, shape: Shape): AnyVar {
  return sameShape(x.shape, shape) ? x : slice(JACOBIAN, x, 0, shape)
}

/** At each leaf of what was varied what was found. */
function byVaried(varied: unknown, found: unknown, stacks: readonly Stack[]): unknown {
  let place = 0
  return mapLeaves(varied, '', leaf => {
    const from = place
    let k = 0
    place += countOf((leaf as AnyVar).shape)
    return mapLeaves(found, '', other => entry(stacks[k++] as Stack, leaf as AnyVar, from, other as AnyVar, false))
  })
}

/** At each leaf of what was found what was varied. */
function byFound(varied: unknown, found: unknown, stacks: readonly Stack[]): unknown {
  let k = 0
  return mapLeaves(found, '', leaf => {
    const stack = stacks[k++] as Stack
    let place = 0
    return mapLeaves(varied, '', other => {
      const from = place
      place += countOf((other as AnyVar).shape)
      return entry(stack, other as AnyVar, from, leaf as AnyVar, true)
    })
  })
}

/** The derivatives that belong to two leaves, in the sizes of both; those of the one that was varied first, or last. */
function entry(stack: Stack, varied: AnyVar, place: number, found: AnyVar, isLast: boolean): AnyVar {
  const shape = isLast ? [...found.shape, ...varied.shape] : [...varied.shape, ...found.shape]
  const dtype = typeOf([varied, found])
  if (countOf(shape) === 0) return constantLeaf(tensorOf(dataOf(dtype, 0), shape))
  const [count, size] = [countOf(varied.shape), countOf(found.shape)]
  const isRow = count === 1 || size === 1
  const part =
    !isLast || isRow
      ? stack.rows(place, count, shape)
      : reshaped(transpose(stack.rows(place, count, [count, size]), count, size), shape)
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
