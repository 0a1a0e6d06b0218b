/** Jacobians and Hessians. How they are made: docs/design/derivatives.md. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import type { VarFunction } from '../differentiate.ts'
import { UnknownLeafError, UsageError } from '../errors.ts'
import { choose, recordInside } from '../grad.ts'
import { slice } from '../ops/part.ts'
import { current, type Run } from '../run.ts'
import type { Checked, Chosen, Evaluated, Index, Operator } from '../signatures.ts'
import { mapLeaves, pathText } from '../structure.ts'
import { countOf } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { type AnyVar, apply, constantLeaf, HOST, type Var } from '../var.ts'
import { inType } from '../vmap/batch.ts'
import { Template } from '../vmap/template.ts'
import { derivativeOperator, gradientOf, type Linear, tangentOf, type Wrt } from './recorded.ts'
import type { DerivativeOptions, Jacobian, JacobianOptions, NumberResult } from './types.ts'

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
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(f: Operator<(...args: Vs) => W>, options?: JacobianOptions<I>): Evaluated<Vs, Jacobian<W, Chosen<Vs, I>>>
export function jacobian<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(f: ((...args: Vs) => W) & Checked<Vs, W>, options?: JacobianOptions<I>): Evaluated<Vs, Jacobian<W, Chosen<Vs, I>>>
export function jacobian(f: unknown, options: JacobianOptions<unknown> = {}): unknown {
  return jacobianOperator('jacobian', f, options, false)
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
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(f: Operator<(...args: Vs) => W>, options?: JacobianOptions<I>): Evaluated<Vs, Jacobian<Chosen<Vs, I>, W>>
export function jacobianTransposed<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(f: ((...args: Vs) => W) & Checked<Vs, W>, options?: JacobianOptions<I>): Evaluated<Vs, Jacobian<Chosen<Vs, I>, W>>
export function jacobianTransposed(f: unknown, options: JacobianOptions<unknown> = {}): unknown {
  return jacobianOperator('jacobianTransposed', f, options, true)
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
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(
  f: Operator<(...args: Vs) => Var<number>>,
  options?: DerivativeOptions<I>,
): Evaluated<Vs, Jacobian<Chosen<Vs, I>, Chosen<Vs, I>>>
export function hessian<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(
  f: ((...args: Vs) => W) & Checked<Vs, W, NumberResult<W>>,
  options?: DerivativeOptions<I>,
): Evaluated<Vs, Jacobian<Chosen<Vs, I>, Chosen<Vs, I>>>
export function hessian(f: unknown, options: DerivativeOptions<unknown> = {}): unknown {
  return derivativeOperator('hessian', f, options, (f, args, wrt) =>
    recordJacobian(gradientOf('hessian', f, wrt), args, wrt, 'reverse', false),
  )
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
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(
  f: Operator<(...args: Vs) => W>,
  options?: DerivativeOptions<I>,
): Evaluated<Vs, Jacobian<Jacobian<W, Chosen<Vs, I>>, Chosen<Vs, I>>>
export function hessianF<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Index<Vs> | readonly Index<Vs>[] = undefined,
>(
  f: ((...args: Vs) => W) & Checked<Vs, W>,
  options?: DerivativeOptions<I>,
): Evaluated<Vs, Jacobian<Jacobian<W, Chosen<Vs, I>>, Chosen<Vs, I>>>
export function hessianF(f: unknown, options: DerivativeOptions<unknown> = {}): unknown {
  return derivativeOperator('hessianF', f, options, (f, args, wrt) => {
    const first = (...vars: unknown[]): unknown => recordJacobian(f, vars, wrt, 'auto', false)
    return recordJacobian(first, args, wrt, 'auto', false)
  })
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

/**
 * Records a Jacobian. The function runs once, on a template: only when its result is known it is known how many rows or
 * columns there are.
 */
function recordJacobian(f: VarFunction, args: readonly unknown[], wrt: Wrt, mode: Mode, transposed: boolean): unknown {
  const inputs = choose(args, wrt)
  const template = new Template(current as Run)
  let varied: unknown
  let stacks: unknown
  let isForward: boolean
  try {
    const [value, pull] = recordInside(f, args, wrt)
    const columns = countNumbers('the argument', inputs)
    const rows = countNumbers("the function's result", value)
    isForward = mode === 'auto' ? columns < rows : mode === 'forward'
    varied = isForward ? inputs : value
    stacks = forEachNumber(template, isForward ? columns : rows, varied, isForward ? tangentOf(value, pull) : pull)
  } finally {
    template.close()
  }
  return isForward === transposed ? byVaried(varied, stacks) : byFound(varied, stacks)
}

/**
 * What a linear function gives for each number of a structure: its leaves have one more size in front, in which these numbers
 * are counted.
 */
function forEachNumber(template: Template, count: number, varied: unknown, linear: Linear): unknown {
  template.size = count
  let place = 0
  const basis = mapLeaves(varied, '', leaf => {
    const { shape, dtype } = leaf as AnyVar
    const own = countOf(shape)
    const data = dataOf(dtype, count * own)
    for (let i = 0; i < own; i++) data[(place + i) * own + i] = 1
    place += own
    return template.input(constantLeaf(tensorOf(data, [count, ...shape])))
  })
  return mapLeaves(linear(basis), '', leaf => template.output(leaf as Var<unknown>, ''))
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

/** At each leaf of what was varied, which lies in the first size of the stacks, what was found. */
function byVaried(varied: unknown, stacks: unknown): unknown {
  let place = 0
  return mapLeaves(varied, '', leaf => {
    const { shape } = leaf as AnyVar
    const entries = mapLeaves(stacks, '', stack => entry(stack as AnyVar, leaf as AnyVar, place, false))
    place += countOf(shape)
    return entries
  })
}

/** At each leaf of what was found, what was varied. */
function byFound(varied: unknown, stacks: unknown): unknown {
  return mapLeaves(stacks, '', stack => {
    let place = 0
    return mapLeaves(varied, '', leaf => {
      const part = entry(stack as AnyVar, leaf as AnyVar, place, true)
      place += countOf((leaf as AnyVar).shape)
      return part
    })
  })
}

/** The derivatives that belong to two leaves: some rows of a stack, in the sizes of both; transposed, those of the stack first. */
function entry(stack: AnyVar, varied: AnyVar, place: number, transposed: boolean): AnyVar {
  const found = stack.shape.slice(1)
  const size = countOf(found)
  const shape = transposed ? [...found, ...varied.shape] : [...varied.shape, ...found]
  const count = countOf(varied.shape)
  const isRow = count <= 1 || size <= 1
  const part = !transposed || isRow ? slice(JACOBIAN, stack, place * size, shape) : across(stack, place, count, size)
  const whole = isRow || !transposed ? part : slice(JACOBIAN, part, 0, shape)
  return shape.length === 0 ? whole : inType(whole, typeOf(stack, found, varied))
}

/** The type of the elements: float32 if no leaf has float64. Numbers have no say. */
function typeOf(stack: AnyVar, found: Shape, varied: AnyVar): DType {
  const types = [...(found.length > 0 ? [stack.dtype] : []), ...(varied.shape.length > 0 ? [varied.dtype] : [])]
  return types.includes('float64') ? 'float64' : 'float32'
}

/** Some rows of a stack as columns: a matrix with so many columns and rows. Takes as many steps as the smaller number. */
function across(stack: AnyVar, place: number, columns: number, rows: number): AnyVar {
  let whole: AnyVar | undefined
  if (columns <= rows) {
    for (let i = 0; i < columns; i++) {
      const column = slice(JACOBIAN, stack, (place + i) * rows, [rows, 1])
      whole =
        whole === undefined
          ? apply(JACOBIAN, Opcode.RowEmbed, [rows, columns], column, column, 0)
          : apply(JACOBIAN, Opcode.RowPut, [rows, columns], whole, column, i)
    }
    return whole as AnyVar
  }
  const table = slice(JACOBIAN, stack, place * rows, [columns, rows])
  for (let i = 0; i < rows; i++) {
    const column = apply(JACOBIAN, Opcode.RowSlice, [columns, 1], table, undefined, i)
    const row = slice(JACOBIAN, column, 0, [columns])
    whole =
      whole === undefined
        ? apply(JACOBIAN, Opcode.Embed, [rows, columns], row, row, 0)
        : apply(JACOBIAN, Opcode.Put, [rows, columns], whole, row, i * columns)
  }
  return whole as AnyVar
}
