/**
 * The scalar mathematics that `Math` has no function for.
 *
 * Conventions of a power: it takes no logarithm for its derivative by the base; x⁰ has derivative 0 by x for every x;
 * 0ʸ has derivative 0 by y for y > 0.
 */

/** 1 / (1 + e⁻ˣ), without overflow. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}

/** log(1 + eˣ), without overflow. */
export function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))
}

/** log x / log base. */
export function logBase(base: number, x: number): number {
  return Math.log(x) / Math.log(base)
}

/** ∂(xᵇ)/∂x = b·xᵇ⁻¹, and 0 for b = 0. */
export function powerByBase(x: number, b: number): number {
  return b === 0 ? 0 : b === 2 ? 2 * x : b * Math.pow(x, b - 1)
}

/** ∂y/∂b = y·log x of y = xᵇ, and 0 for y = 0. */
export function powerByExponent(x: number, y: number): number {
  return y === 0 ? 0 : y * Math.log(x)
}

/** ∂ atan2(p, q)/∂p = q / (p² + q²), dividing by the larger first so that no square overflows. */
export function atan2ByFirst(p: number, q: number): number {
  if (Math.abs(q) >= Math.abs(p)) {
    const r = p / q
    return 1 / (q * (1 + r * r))
  }
  const r = q / p
  return r / (p * (1 + r * r))
}
