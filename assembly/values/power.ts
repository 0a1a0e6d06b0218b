/**
 * The powers and all their derivatives:
 *
 *     ∂ᵏ⁺ˡ(xʸ) / ∂xᵏ∂yˡ = xʸ⁻ᵏ · Σⱼ (l over j) · c⁽ʲ⁾(y) · (log x)ˡ⁻ʲ,    c(y) = y (y − 1) … (y − k + 1)
 *
 * The family is closed under differentiation, so one opcode serves every order.
 *
 * Conventions: x⁰ = 1 for every x. A term whose coefficient is zero is zero, whatever x is: the derivative of x⁰ by x
 * at 0 is 0, and x² never takes a logarithm. A term whose power is zero is zero: ∂(xʸ)/∂y at x = 0, y > 0 is 0.
 */

import { own } from '../own'

/** c⁽⁰⁾(y) … c⁽ˡ⁾(y). */
const allCoefficients = memory.data(16 * 8)

/** xʸ; squares are exact to one rounding. */
@inline
function power(x: f64, y: f64): f64 {
  return y == 2 ? x * x : y == 0 ? 1 : y == 1 ? x : Math.pow(x, y)
}

/** ∂ᵏ⁺ˡ(xʸ) / ∂xᵏ∂yˡ for k, l ≤ 15. */
export function powerDerivative(x: f64, y: f64, k: i32, l: i32): f64 {
  if (k == 0 && l == 0) return power(x, y)
  const coefficients = own(allCoefficients)
  for (let j = 1; j <= l; j++) store<f64>(coefficients + (j << 3), 0)
  store<f64>(coefficients, 1)
  // Multiply by (y − i): (c·(y − i))⁽ʲ⁾ = c⁽ʲ⁾·(y − i) + j·c⁽ʲ⁻¹⁾.
  for (let i = 0; i < k; i++) {
    for (let j = l; j >= 0; j--) {
      const at = coefficients + (<usize>j << 3)
      const below: f64 = j > 0 ? load<f64>(at - 8) : 0
      store<f64>(at, load<f64>(at) * (y - <f64>i) + <f64>j * below)
    }
  }
  if (l == 0) {
    const c = load<f64>(coefficients)
    return c == 0 ? 0 : c * power(x, y - <f64>k)
  }
  const base = power(x, y - <f64>k)
  if (base == 0) return 0
  const logarithm = Math.log(x)
  let sum: f64 = 0
  let binomial: f64 = 1
  for (let j = 0; j <= l; j++) {
    const c = load<f64>(coefficients + (<usize>j << 3))
    if (c != 0) sum += binomial * c * power(logarithm, <f64>(l - j))
    binomial = (binomial * <f64>(l - j)) / <f64>(j + 1)
  }
  return base * sum
}
