/**
 * The engine's arithmetic as op values under the original's names: what a function that takes an op is given. Each is the
 * function of that name in elementwise.ts; here the form for numbers comes last, which is the one that TypeScript infers
 * from where the op is passed on.
 */
import type { AnyTensor, Leaf, Operand } from '../types.ts'
import type { Var } from '../var.ts'
import * as elementwise from './elementwise.ts'

/**
 * An elementwise op of one operand, as a value: for numbers and tensors of any shape.
 *
 * @example
 * ```ts
 * const op: UnaryOp = expOp
 * op(0).value // → 1
 * ```
 */
export interface UnaryOp {
  <A extends Leaf>(x: Operand<A>): Var<A>
  (x: Operand<number>): Var<number>
}

/**
 * An elementwise op of two operands, as a value: for numbers and tensors of the same shape, or one of each.
 *
 * @example
 * ```ts
 * const op: BinaryOp = addOp
 * op(2, 3).value // → 5
 * ```
 */
export interface BinaryOp {
  <T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
  <T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
  <T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
  (x: Operand<number>, y: Operand<number>): Var<number>
}

/** (x, y) ↦ x + y, as an op value. Original: `+.`. @sameAs add */
export const addOp: BinaryOp = elementwise.add

/** (x, y) ↦ x − y, as an op value. Original: `-.`. @sameAs sub */
export const subOp: BinaryOp = elementwise.sub

/** (x, y) ↦ x·y, as an op value. Original: `*.`. @sameAs mul */
export const mulOp: BinaryOp = elementwise.mul

/** (x, y) ↦ x/y, as an op value. Original: `/.`. @sameAs div */
export const divOp: BinaryOp = elementwise.div

/** (x, y) ↦ xʸ, as an op value. Original: `**.`. @sameAs pow */
export const powOp: BinaryOp = elementwise.pow

/** (x, y) ↦ the logarithm of y to base x, as an op value. Original: logBaseOp. @sameAs logBase */
export const logBaseOp: BinaryOp = elementwise.logBase

/** x ↦ −x, as an op value. Original: negateOp. @sameAs neg */
export const negateOp: UnaryOp = elementwise.neg

/** x ↦ |x|, as an op value. Original: absOp. @sameAs abs */
export const absOp: UnaryOp = elementwise.abs

/** x ↦ the sign of x, as an op value. Original: signumOp. @sameAs sign */
export const signumOp: UnaryOp = elementwise.sign

/** x ↦ 1/x, as an op value. Original: recipOp. @sameAs recip */
export const recipOp: UnaryOp = elementwise.recip

/** x ↦ eˣ, as an op value. Original: expOp. @sameAs exp */
export const expOp: UnaryOp = elementwise.exp

/** x ↦ the natural logarithm of x, as an op value. Original: logOp. @sameAs log */
export const logOp: UnaryOp = elementwise.log

/** x ↦ √x, as an op value. Original: sqrtOp. @sameAs sqrt */
export const sqrtOp: UnaryOp = elementwise.sqrt

/** x ↦ sin x, as an op value. Original: sinOp. @sameAs sin */
export const sinOp: UnaryOp = elementwise.sin

/** x ↦ cos x, as an op value. Original: cosOp. @sameAs cos */
export const cosOp: UnaryOp = elementwise.cos

/** x ↦ tan x, as an op value. Original: tanOp. @sameAs tan */
export const tanOp: UnaryOp = elementwise.tan

/** x ↦ asin x, as an op value. Original: asinOp. @sameAs asin */
export const asinOp: UnaryOp = elementwise.asin

/** x ↦ acos x, as an op value. Original: acosOp. @sameAs acos */
export const acosOp: UnaryOp = elementwise.acos

/** x ↦ atan x, as an op value. Original: atanOp. @sameAs atan */
export const atanOp: UnaryOp = elementwise.atan

/** x ↦ sinh x, as an op value. Original: sinhOp. @sameAs sinh */
export const sinhOp: UnaryOp = elementwise.sinh

/** x ↦ cosh x, as an op value. Original: coshOp. @sameAs cosh */
export const coshOp: UnaryOp = elementwise.cosh

/** x ↦ tanh x, as an op value. Original: tanhOp. @sameAs tanh */
export const tanhOp: UnaryOp = elementwise.tanh

/** x ↦ asinh x, as an op value. Original: asinhOp. @sameAs asinh */
export const asinhOp: UnaryOp = elementwise.asinh

/** x ↦ acosh x, as an op value. Original: acoshOp. @sameAs acosh */
export const acoshOp: UnaryOp = elementwise.acosh

/** x ↦ atanh x, as an op value. Original: atanhOp. @sameAs atanh */
export const atanhOp: UnaryOp = elementwise.atanh
