/** `sparseJacobian` and `sparseHessian`. How they are made: docs/design/sparse.md. */
import { derivativeOperator, gradientOf, JACOBIAN_OPTIONS } from '../derivatives/recorded.ts'
import type { DerivativeOptions, JacobianOptions, NumberFunction } from '../derivatives/types.ts'
import type { VarFunction, Wrt } from '../differentiate.ts'
import type { Fixed } from '../fixed.ts'
import type { ArgumentsOf, Evaluated, FunctionOf, Positions } from '../signatures.ts'
import { type Kind, POSITIONS } from '../options.ts'
import { someLeaf } from '../structure.ts'
import type { PlainTensor, Vector } from '../tensor.ts'
import { Var } from '../var.ts'
import { compress, type Compression, compressSymmetric } from './compression.ts'
import { Compressions, evaluate, plainMatrix, recordedMatrix } from './evaluate.ts'
import type { SparseMatrix } from './matrix.ts'
import type { Records } from './records.ts'

/**
 * The Jacobian as a sparse matrix: sparseJacobian(f)(x)ᵢⱼ = ∂fᵢ/∂xⱼ. Row i is number i of the result, column j number j of the
 * argument: those of all leaves in order, a tensor's row by row. It costs as many products with vectors as there are colours,
 * which is 3 for a tridiagonal matrix and for an arrow of any size.
 *
 * Which entries there are is read from the records of the call; it does not depend on values. It is found once and used again
 * for each call that records the same; another one, by another branch for example, is told from it, and has its own.
 *
 * @param f the function, of one or several arguments; any result
 * @param options `wrt` for arguments that are data, `mode` for products of rows only, `'reverse'`, or of columns only,
 * `'forward'`; by default what takes fewer, both if need be
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ a sparse matrix
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} (from the function) when an argument or the result holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) in forward mode, when f calls an op whose pullback is one of plain
 * values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const f = (x: BVar<number[]>) => x.map((xi, i) => (i === 0 ? xi : xi.mul(x[i - 1])))
 * const jacobian = sparseJacobian(f)
 * const { values, pattern } = jacobian([1, 2, 3, 4])
 * values.toArray() // → [1, 2, 1, 3, 2, 4, 3]
 * Array.from(pattern.value.columns) // → [0, 0, 1, 1, 2, 2, 3]
 * pattern.value.products // → 2
 * ```
 */
export function sparseJacobian<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: JacobianOptions<I> = {}): Evaluated<ArgumentsOf<O, Vs>, SparseMatrix<Var<Vector>>> {
  const find = (records: Records): Compression => {
    const { rows, columnCount } = records.pattern()
    const { mode } = options
    return compress(rows, columnCount, mode ?? (records.isTwiceDifferentiable ? 'auto' : 'reverse'))
  }
  return sparseOperator('sparseJacobian', f, options, JACOBIAN_OPTIONS, f => f, find) as never
}

/**
 * All second derivatives of a function whose result is one number, as a sparse matrix: sparseHessian(f)(x)ᵢⱼ = ∂²f/∂xᵢ∂xⱼ. Rows
 * and columns are the numbers of the argument: those of all leaves in order, a tensor's row by row. Both entries of a pair are
 * there. It costs as many products with the Hessian as there are colours: since it is symmetric, 3 for a tridiagonal matrix and 2
 * for an arrow of any size.
 *
 * Which entries there are is read from the records of the gradient, as in `sparseJacobian`. Ops of the user's must have a pullback
 * that is the derivative, for the Hessian to be symmetric.
 *
 * @param f the function, of one or several arguments; its result is one number
 * @param options `wrt` as in `grad`
 * @shape f: (…BVar) ↦ Var<number> → (…plain) ↦ a sparse matrix
 * @throws {ShapeMismatchError} (from the function) when the result is a tensor.
 * @throws {StructureMismatchError} (from the function) when the result is a structure.
 * @throws {ResultError} (from the function) when the result is a plain value, or undefined.
 * @throws {UnknownLeafError} (from the function) when an argument holds a value of a user's type.
 * @throws {NotTwiceDifferentiableError} (from the function) when f calls an op whose pullback is one of plain values.
 * @throws {UsageError} when f is no function, or an option is not what it must be.
 * @example
 * ```ts
 * const f = (x: BVar<number[]>) => x.slice(1).reduce((y, xi) => y.add(xi.mul(xi).mul(x[0])), x[0])
 * const hessian = sparseHessian(f)([1, 2, 3])
 * hessian.toDense().toArray() // → [[0, 4, 6], [4, 2, 0], [6, 0, 2]]
 * hessian.pattern.value.products // → 2
 * ```
 */
export function sparseHessian<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: NumberFunction<Vs, W, O>,
  options: DerivativeOptions<I> = {},
): Evaluated<ArgumentsOf<O, Vs>, SparseMatrix<Var<Vector>>> {
  const find = (records: Records): Compression => compressSymmetric(records.pattern().rows)
  return sparseOperator(
    'sparseHessian',
    f,
    options,
    { wrt: POSITIONS },
    (f, wrt) => gradientOf('sparseHessian', f, wrt),
    find,
  ) as never
}

/** An operator that gives the Jacobian of what `prepare` makes of the function. */
function sparseOperator(
  op: string,
  f: unknown,
  options: DerivativeOptions<unknown>,
  kinds: { readonly [name: string]: Kind },
  prepare: (f: VarFunction, wrt: Wrt) => VarFunction,
  find: (records: Records) => Compression,
): (...args: unknown[]) => unknown {
  const compressions = new Compressions(find)
  const recorded = derivativeOperator(
    op,
    f,
    options,
    (f, args, wrt) => recordedMatrix(op, evaluate(prepare(f, wrt), args, wrt, compressions)),
    { kinds },
  )
  // Without variables around it the values are read from the products' values, which takes no records.
  const plain = derivativeOperator(
    op,
    f,
    options,
    (f, args, wrt) => evaluate(prepare(f, wrt), args, wrt, compressions),
    { kinds },
  )
  const isVar = (leaf: unknown): boolean => leaf instanceof Var
  return (...args) => {
    if (args.some(arg => someLeaf(arg, isVar))) return recorded(...args)
    const { compression, products } = plain(...args) as {
      readonly compression: Fixed<Compression>
      readonly products: readonly (readonly (number | PlainTensor)[])[]
    }
    return plainMatrix(compression.value, products)
  }
}
