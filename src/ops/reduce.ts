/** Sums, products and extremes. The mathematics is in assembly/values/reduce.ts and assembly/rules/reduce.ts. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { countOf, SCALAR } from '../tape.ts'
import type { AnyTensor, Operand } from '../types.ts'
import { apply, binary, shapeOf } from '../apply.ts'
import { constantLeaf, constVar, type Var } from '../var.ts'
import { slice } from './part.ts'
import { dot } from './product.ts'

/**
 * y = Σ xᵢ, the sum of all elements; 0 for none. Pullback: x̄ᵢ += ȳ. Original: sumElements of hmatrix-backprop.
 *
 * @shape any → scalar
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * sum(vector([1, 2, 3])).value // → 6
 * ```
 */
export function sum<A extends AnyTensor>(x: Operand<A>): Var<number> {
  const scalar = shapeOf('sum', x).length === 0
  return apply('sum', scalar ? Opcode.Identity : Opcode.Sum, SCALAR, x) as Var<number>
}

/**
 * y = Π xᵢ, the product of all elements; 1 for none. Pullback: x̄ᵢ += ȳ·Πⱼ≠ᵢ xⱼ, right where elements are 0, also in
 * derivatives of higher order. The first half is multiplied with the second, and so on: records grow as log n. Original:
 * product, whose derivative was NaN at a 0.
 *
 * @shape any → scalar
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * backprop((x: Var<Vector>) => product(x))(vector([2, 0, 3])) // → [0, [0, 6, 0]]
 * ```
 */
export function product<A extends AnyTensor>(x: Operand<A>): Var<number> {
  const shape = shapeOf('product', x)
  if (shape.length === 0) return apply('product', Opcode.Identity, SCALAR, x) as Var<number>
  let n = countOf(shape)
  if (n === 0) return constVar(1)
  // A plain tensor is lifted once, though it is read several times.
  let factors = constantLeaf(x)
  const element = (i: number): Var<number> => slice('product', factors, i, SCALAR) as Var<number>
  const elements = (from: number, to: number): Var<unknown> => slice('product', factors, from, [to - from])
  let rest: Var<number> | undefined
  while (n > 1) {
    if (n % 2 === 1) {
      const last = element(n - 1)
      rest = rest === undefined ? last : rest.mul(last)
    }
    n = Math.floor(n / 2)
    factors = binary('product', Opcode.Mul, elements(0, n), elements(n, 2 * n))
  }
  return rest === undefined ? element(0) : element(0).mul(rest)
}

/**
 * y = maxᵢ xᵢ, the largest of all elements; −∞ for none, NaN if one is. Pullback: x̄ᵢ += ȳ/k for each of the k elements
 * that are equal to y: ties share alike. The second derivative is 0. Original: maximum, where each tied element got all of ȳ.
 *
 * @shape any → scalar
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * backprop((x: Var<Vector>) => maximum(x))(vector([1, 5, 5])) // → [5, [0, 0.5, 0.5]]
 * ```
 */
export function maximum<A extends AnyTensor>(x: Operand<A>): Var<number> {
  return extreme('maximum', Opcode.Maximum, x)
}

/**
 * y = minᵢ xᵢ, the smallest of all elements; ∞ for none, NaN if one is. Pullback: x̄ᵢ += ȳ/k for each of the k elements
 * that are equal to y: ties share alike. The second derivative is 0. Original: minimum, where each tied element got all of ȳ.
 *
 * @shape any → scalar
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * backprop((x: Var<Vector>) => minimum(x))(vector([1, 5, 5])) // → [1, [1, 0, 0]]
 * ```
 */
export function minimum<A extends AnyTensor>(x: Operand<A>): Var<number> {
  return extreme('minimum', Opcode.Minimum, x)
}

function extreme(op: string, opcode: Opcode, x: unknown): Var<number> {
  const scalar = shapeOf(op, x).length === 0
  return apply(op, scalar ? Opcode.Identity : opcode, SCALAR, x) as Var<number>
}

/**
 * y = Σ (xᵢ − tᵢ)², the squared error. Pullback: x̄ += 2ȳ(x − t), t̄ −= 2ȳ(x − t).
 *
 * @shape two of the same shape → scalar
 * @throws {ShapeMismatchError} when the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * squaredError(vector([1, 2]), vector([0, 4])).value // → 5
 * ```
 */
export function squaredError<T extends AnyTensor>(x: Operand<T>, target: Operand<NoInfer<T>>): Var<number> {
  const difference = binary('squaredError', Opcode.Sub, x, target) as Var<T>
  return dot(difference, difference)
}
