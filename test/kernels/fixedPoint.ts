/**
 * The special functions in fixed point, with 200 bits after the point, by their series: what their coefficients are computed
 * from (scripts/coefficients.ts) and their errors are measured against (exactSpecial.ts).
 */
import { artanh, bitLength, bits, ln2, one, precision } from './exact.ts'

export function times(a: bigint, b: bigint): bigint {
  return (a * b) >> bits
}

export function over(a: bigint, b: bigint): bigint {
  return (a << bits) / b
}

/** Newton's iteration for the integer square root. */
export function sqrtOf(a: bigint): bigint {
  if (a === 0n) return 0n
  const square = a << bits
  let root = 1n << BigInt((bitLength(square) + 2) >> 1)
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** arctan(1/n) = 1/n − 1/(3n³) + … */
function arctanOfInverse(n: bigint): bigint {
  let power = one / n
  let sum = 0n
  for (let i = 1n; power !== 0n; i += 2n) {
    sum += (i % 4n === 1n ? power : -power) / i
    power /= n * n
  }
  return sum
}

export const pi = 4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n))
const rootOfPi = sqrtOf(pi)
export const twoOverRootOfPi = over(2n * one, rootOfPi)

/** eᵃ, of moderate size. */
export function expOf(a: bigint): bigint {
  const k = (2n * a + ln2) / (2n * ln2) - (a < 0n ? 1n : 0n)
  const r = a - k * ln2
  let sum = 0n
  let term = one
  for (let i = 1n; term !== 0n && term !== -1n; i++) {
    sum += term
    term = times(term, r) / i
  }
  return k >= 0n ? sum << k : sum >> -k
}

/** log a, for a > 0. */
export function logOf(a: bigint): bigint {
  const k = bitLength(a) - precision
  const mantissa = k >= 0 ? a >> BigInt(k) : a << BigInt(-k)
  return 2n * artanh(over(mantissa - one, mantissa + one)) + BigInt(k) * ln2
}

/** sin a and cos a, for small a. */
export function sinCosOf(a: bigint): { sin: bigint; cos: bigint } {
  let sin = 0n
  let cos = 0n
  let term = one
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    const sign = (n - 1n) % 4n < 2n ? 1n : -1n
    if (n % 2n === 1n) cos += sign * term
    else sin += sign * term
    term = times(term, a) / n
  }
  return { sin, cos }
}

/** erf(a)/a = 2/√π · e^(−a²) · Σ (2a²)ⁿ / (1·3·5 … (2n + 1)): all terms are positive. */
export function erfRatio(square: bigint): bigint {
  let term = one
  let sum = 0n
  for (let n = 1n; term !== 0n; n++) {
    sum += term
    term = times(term, 2n * square) / (2n * n + 1n)
  }
  return times(times(twoOverRootOfPi, expOf(-square)), sum)
}

export function erfOf(a: bigint): bigint {
  return times(a, erfRatio(times(a, a)))
}

/** e^(a²)·erfc(a), for a ≥ 0: by erf for small a, otherwise by the continued fraction of Laplace. */
export function erfcxOf(a: bigint): bigint {
  if (a < 4n * one) return times(expOf(times(a, a)), one - erfOf(a))
  const steps = Math.ceil((12000 / Number(a >> (bits - 10n)) ** 2) * 2 ** 20) + 20
  let fraction = a
  for (let k = BigInt(steps); k > 0n; k--) fraction = a + over((k * one) / 2n, fraction)
  return over(over(one, rootOfPi), fraction)
}

/** The y ≥ 0 with erfc(y) = e^(−square), by Newton's iteration on log erfc(y) from an approximation. */
export function inverfcOfExp(square: bigint, approximation: bigint): bigint {
  let y = approximation
  for (let i = 0; i < 7; i++) {
    const scaled = erfcxOf(y)
    const excess = square - times(y, y) + logOf(scaled)
    y += times(excess, over(scaled, twoOverRootOfPi))
  }
  return y
}

/** B₂, B₄, … as fractions. */
const bernoulli: (readonly [bigint, bigint])[] = []

function greatestDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a < 0n ? -a : a
}

{
  // Akiyama and Tanigawa.
  const row: [bigint, bigint][] = []
  for (let m = 0n; m <= 120n; m++) {
    row[Number(m)] = [1n, m + 1n]
    for (let j = Number(m); j > 0; j--) {
      const [p, q] = row[j - 1]
      const [r, s] = row[j]
      const numerator = BigInt(j) * (p * s - r * q)
      const denominator = q * s
      const divisor = greatestDivisor(numerator, denominator)
      row[j - 1] = [numerator / divisor, denominator / divisor]
    }
    if (m > 0n && m % 2n === 0n) bernoulli.push(row[0])
  }
}

/** B₂ₖ for k ≥ 1, as a fraction. */
export function bernoulliNumber(k: number): readonly [numerator: bigint, denominator: bigint] {
  return bernoulli[k - 1]
}

/** From here on the asymptotic series have all 200 bits. */
const FAR = 40n * one

/** log Γ(a) for a > 0, by the series of Stirling for a + n. */
export function lgammaOf(a: bigint): bigint {
  let product = one
  let z = a
  while (z < FAR) {
    product = times(product, z)
    z += one
  }
  let sum = times(z - one / 2n, logOf(z)) - z + logOf(2n * pi) / 2n - logOf(product)
  const inverse = over(one, z)
  const square = times(inverse, inverse)
  let power = inverse
  for (let k = 1; power !== 0n && k <= 60; k++) {
    const [p, q] = bernoulliNumber(k)
    sum += (power * p) / (q * BigInt(2 * k) * BigInt(2 * k - 1))
    power = times(power, square)
  }
  return sum
}

/** The derivative of that number of log Γ, less one: digamma for 0, its n-th derivative for n; for a > 0. */
export function polygammaOf(n: number, a: bigint): bigint {
  let z = a
  let sum = 0n
  let factorial = 1n
  for (let i = 2n; i <= BigInt(n); i++) factorial *= i
  const powerOf = (x: bigint, exponent: number): bigint => {
    let result = one
    for (let i = 0; i < exponent; i++) result = over(result, x)
    return result
  }
  // ζ(n + 1, a)·n!, and −ψ(a) for n = 0.
  while (z < FAR) {
    sum += factorial * powerOf(z, n + 1)
    z += one
  }
  sum += (factorial * powerOf(z, n + 1)) / 2n
  sum += n === 0 ? -logOf(z) : (factorial / BigInt(n)) * powerOf(z, n)
  const square = powerOf(z, 2)
  let power = powerOf(z, n + 2)
  // (2k + n − 1)! / (2k)!
  let factor = n === 0 ? [1n, 2n] : [factorial * BigInt(n + 1), 2n]
  for (let k = 1; power !== 0n && k <= 60; k++) {
    const [p, q] = bernoulliNumber(k)
    sum += (power * p * factor[0]) / (q * factor[1])
    factor = [factor[0] * BigInt(2 * k + n) * BigInt(2 * k + n + 1), factor[1] * BigInt(2 * k + 1) * BigInt(2 * k + 2)]
    power = times(power, square)
  }
  return n % 2 === 0 ? -sum : sum
}
