/**
 * Special functions, elementwise: the error function and its relatives, log Γ and its derivatives. The mathematics is in
 * assembly/kernels/errorFunction.ts and assembly/kernels/gamma.ts.
 */
import { ATTRIBUTE, LAST_POLYGAMMA } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { describe, UsageError } from '../errors.ts'
import type { Leaf, Operand } from '../types.ts'
import { apply, shapeOf, unary } from '../apply.ts'
import type { Var } from '../var.ts'

/**
 * y = log(1 − eˣ) for x < 0, by log(−expm1 x) near 0 and log1p(−eˣ) elsewhere, elementwise. Pullback:
 * x̄ −= ȳ/(e⁻ˣ − 1). Error ≤ 2 ULP; −0 at −∞, −∞ at ±0, NaN above. The derivative is −0 at −∞, −∞ at −0, ∞ at +0.
 * Original: `log1mexp` of Numeric.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => log1mExp(x))(-1) // → -0.45867515
 * ```
 */
export function log1mExp<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('log1mExp', Opcode.Log1mExp, x)
}

/**
 * y = erf x = 2/√π ∫₀ˣ e^(−t²) dt, elementwise. Pullback: x̄ += ȳ·2/√π·e^(−x²). Error ≤ 1.5 ULP; ±1 at ±∞, ±0 at ±0. The
 * derivatives of every order are 0 at ±∞. Original: `erf` of `ad`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => erf(x))(1) // → 0.84270079
 * ```
 */
export function erf<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('erf', Opcode.Erf, x)
}

/**
 * y = erfc x = 1 − erf x, with all digits where that is near 0, elementwise. Pullback: x̄ −= ȳ·2/√π·e^(−x²). Error ≤ 4.5 ULP,
 * denormal results included; 2 at −∞, 0 at ∞ and above 27.23. Original: `erfc` of `ad`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => erfc(x))(1) // → 0.15729921
 * ```
 */
export function erfc<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('erfc', Opcode.Erfc, x)
}

/**
 * y = ½ erfc(−x/√2), the probability that a normal variable is below x, elementwise. Pullback: x̄ += ȳ·e^(−x²/2)/√(2π).
 * Error ≤ 4.5 ULP, denormal results included; 0 at −∞ and below −38.49, ½ at 0, 1 at ∞. Original: `normcdf` of `ad`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => normcdf(x))(1.96) // → 0.9750021
 * ```
 */
export function normcdf<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('normcdf', Opcode.NormCdf, x)
}

/**
 * y with erf y = x, for −1 ≤ x ≤ 1, elementwise. Pullback: x̄ += ȳ·½√π·e^(y²), to the same accuracy. Error ≤ 3.5 ULP; ±0 at
 * ±0; ±∞ at ±1, with derivative ∞; NaN outside. Original: `inverf` of `ad`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => inverf(x))(0.5) // → 0.47693628
 * ```
 */
export function inverf<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('inverf', Opcode.Inverf, x)
}

/**
 * y with erfc y = x, for 0 ≤ x ≤ 2, elementwise. Pullback: x̄ −= ȳ·½√π·e^(y²), to the same accuracy also where x is tiny.
 * Error ≤ 3.5 ULP, denormal arguments included; ∞ at 0 and −∞ at 2, with derivative −∞; NaN outside. Original: `inverfc` of `ad`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => inverfc(x))(1e-300) // → 26.209469
 * ```
 */
export function inverfc<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('inverfc', Opcode.Inverfc, x)
}

/**
 * y with normcdf y = x, for 0 ≤ x ≤ 1: the quantile of the normal distribution, elementwise. Pullback:
 * x̄ += ȳ·√(2π)·e^(y²/2), to the same accuracy also where x is tiny. Error ≤ 3.5 ULP, denormal arguments included; −∞ at 0 and ∞
 * at 1, with derivative ∞; NaN outside. Original: `invnormcdf` of `ad`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => invnormcdf(x))(0.975) // → 1.959964
 * ```
 */
export function invnormcdf<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('invnormcdf', Opcode.InvNormCdf, x)
}

/**
 * y = log |Γ(x)|, elementwise. Pullback: x̄ += ȳ·digamma x. Error ≤ 3.5 ULP for x > 0, also near the zeros 1 and 2; for
 * x < 0 that of its larger term, log(π/|x sin πx|) or lgamma(−x). ∞ at the poles 0, −1, −2 …, whose derivative is that of
 * `digamma`, and at ±∞.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => lgamma(x))(5) // → 3.1780538
 * ```
 */
export function lgamma<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('lgamma', Opcode.LGamma, x)
}

/**
 * y = ψ(x) = d log Γ(x)/dx, elementwise. Pullback: x̄ += ȳ·ψ′(x), which is `polygamma(1, x)`. Error ≤ 3 ULP for x > 0, also
 * near its zero 1.4616; for x < 0 that of its larger term, π·cot πx or ψ(1 − x). ∞ at ∞, −∞ at 0, ∞ at −0; NaN at the other
 * poles −1, −2 … and at −∞.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => digamma(x))(1) // → -0.57721566
 * ```
 */
export function digamma<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('digamma', Opcode.Polygamma, x)
}

/**
 * y = ψ⁽ⁿ⁾(x), the derivative of order n of `digamma`, elementwise; n = 0 is `digamma` itself, 1 the trigamma function. Pullback:
 * x̄ += ȳ·ψ⁽ⁿ⁺¹⁾(x). Error ≤ 8 ULP for x > 0 and n ≤ 4, more above; for x < 0 that of its larger term. At the poles
 * 0, −1, −2 … it is ∞ for odd n; for even n −∞ at 0, ∞ at −0, NaN at the others. 0 at ∞, NaN at −∞.
 *
 * @param n the order, a whole number up to 99
 * @param x where
 * @shape any → same
 * @throws {UsageError} when n is none of these numbers.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => polygamma(1, x))(1) // → 1.6449341
 * ```
 */
export function polygamma<A extends Leaf>(n: number, x: Operand<A>): Var<A> {
  if (!Number.isInteger(n) || n < 0 || n >= LAST_POLYGAMMA) {
    throw new UsageError(
      `polygamma: the order is ${describe(n)}; it is a whole number from 0 to ${LAST_POLYGAMMA - 1}.`,
    )
  }
  return apply('polygamma', Opcode.Polygamma | (n << (8 * ATTRIBUTE)), shapeOf('polygamma', x), x) as Var<A>
}
