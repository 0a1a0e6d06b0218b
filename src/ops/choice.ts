/**
 * Comparisons that give 0 or 1, and the choice between two operands by such a number: branches as values, element by element.
 * The mathematics is in assembly/values/where.ts, assembly/rules/where.ts and assembly/values/elementwise.ts.
 */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import type { AnyTensor, Operand } from '../types.ts'
import { apply3, binary, commonShape } from '../apply.ts'
import type { Var } from '../var.ts'

/**
 * z = 1 where x < y, else 0, elementwise; 0 where one is NaN. Its derivative is 0 everywhere, also where they are equal. For
 * a branch of the program take `lt`, which gives a boolean.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * less(vector([1, 2, 3]), 2).value.toArray() // → [1, 0, 0]
 * ```
 */
export function less(x: Operand<number>, y: Operand<number>): Var<number>
export function less<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function less<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function less<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function less(x: unknown, y: unknown): unknown {
  return binary('less', Opcode.Less, x, y)
}

/**
 * z = 1 where x ≤ y, else 0, elementwise; 0 where one is NaN. Its derivative is 0 everywhere.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * lessEqual(vector([1, 2, 3]), 2).value.toArray() // → [1, 1, 0]
 * ```
 */
export function lessEqual(x: Operand<number>, y: Operand<number>): Var<number>
export function lessEqual<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function lessEqual<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function lessEqual<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function lessEqual(x: unknown, y: unknown): unknown {
  return binary('lessEqual', Opcode.LessOrEqual, x, y)
}

/**
 * z = 1 where x > y, else 0, elementwise; 0 where one is NaN. Its derivative is 0 everywhere.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * greater(vector([1, 2, 3]), 2).value.toArray() // → [0, 0, 1]
 * ```
 */
export function greater(x: Operand<number>, y: Operand<number>): Var<number>
export function greater<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function greater<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function greater<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function greater(x: unknown, y: unknown): unknown {
  return binary('greater', Opcode.Less, y, x)
}

/**
 * z = 1 where x ≥ y, else 0, elementwise; 0 where one is NaN. Its derivative is 0 everywhere.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * greaterEqual(vector([1, 2, 3]), 2).value.toArray() // → [0, 1, 1]
 * ```
 */
export function greaterEqual(x: Operand<number>, y: Operand<number>): Var<number>
export function greaterEqual<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function greaterEqual<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function greaterEqual<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function greaterEqual(x: unknown, y: unknown): unknown {
  return binary('greaterEqual', Opcode.LessOrEqual, y, x)
}

/**
 * z = 1 where x = y, else 0, elementwise; 0 where one is NaN, 1 for 0 and −0. Its derivative is 0 everywhere.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * equal(vector([1, 2, 3]), 2).value.toArray() // → [0, 1, 0]
 * ```
 */
export function equal(x: Operand<number>, y: Operand<number>): Var<number>
export function equal<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function equal<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function equal<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function equal(x: unknown, y: unknown): unknown {
  return binary('equal', Opcode.Equal, x, y)
}

/**
 * z = 0 where x = y, else 1, elementwise; 1 where one is NaN: x ≠ x finds NaN. Its derivative is 0 everywhere.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * notEqual(vector([1, 2, 3]), 2).value.toArray() // → [1, 0, 1]
 * ```
 */
export function notEqual(x: Operand<number>, y: Operand<number>): Var<number>
export function notEqual<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function notEqual<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function notEqual<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function notEqual(x: unknown, y: unknown): unknown {
  return binary('notEqual', Opcode.Sub, 1, binary('notEqual', Opcode.Equal, x, y))
}

/**
 * z = a where the condition is not 0, b where it is, elementwise: a branch whose outcome may differ from element to element,
 * and, in `vmap`, from sample to sample. NaN counts as not 0. Pullback: ā += z̄ where a is chosen, b̄ += z̄ where b is; the
 * other one gets exactly 0, whatever it is, NaN or ∞. By the condition the derivative is 0.
 *
 * Both branches are computed, and the 0 goes back through the one that is not chosen, where an op whose derivative is NaN or ∞
 * makes NaN of it: give such an op an operand that is chosen as well. For a branch that must not be computed take a comparison,
 * `lt(x, y) ? … : …`.
 *
 * @param condition 1 or 0 for each element, as `less` and its like give; or one number for all
 * @param a what stands where it holds
 * @param b what stands elsewhere
 * @shape three of the same shape, any of them a scalar instead → the largest shape
 * @throws {ShapeMismatchError} when shapes of tensors differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const safeRoot = (x: Var<number>) => where(greater(x, 0), where(greater(x, 0), x, 1).sqrt(), 0)
 * gradBP(safeRoot)(4) // → 0.25
 * gradBP(safeRoot)(-1) // → 0
 * ```
 */
export function where(condition: Operand<number>, a: Operand<number>, b: Operand<number>): Var<number>
export function where<T extends AnyTensor>(condition: Operand<T>, a: Operand<number>, b: Operand<number>): Var<T>
export function where<T extends AnyTensor>(
  condition: Operand<NoInfer<T>> | Operand<number>,
  a: Operand<T>,
  b: Operand<NoInfer<T>> | Operand<number>,
): Var<T>
export function where<T extends AnyTensor>(
  condition: Operand<NoInfer<T>> | Operand<number>,
  a: Operand<number>,
  b: Operand<T>,
): Var<T>
export function where(condition: unknown, a: unknown, b: unknown): unknown {
  return apply3('where', Opcode.Where, commonShape('where', [condition, a, b]), condition, a, b)
}
