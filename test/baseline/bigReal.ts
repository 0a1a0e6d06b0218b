/**
 * Elementary functions to 60 decimals in integer arithmetic, by series: what the baseline's values are held against. A
 * real is an integer count of units of 10⁻⁶⁰.
 */

const DIGITS = 60
const UNIT = 10n ** BigInt(DIGITS)

/** The exact value of a double (of moderate size), as a real. */
export function real(x: number): bigint {
  let scaled = x
  let exponent = 0
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    exponent++
  }
  return (BigInt(scaled) * UNIT) / (1n << BigInt(exponent))
}

/** The double nearest to a real. */
export function toNumber(x: bigint): number {
  return Number(toDecimals(x, DIGITS))
}

/** A real with so many decimals, the rest cut off. */
export function toDecimals(x: bigint, decimals: number): string {
  const digits = (x < 0n ? -x : x).toString().padStart(DIGITS + 1, '0')
  const point = digits.length - DIGITS
  return `${x < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point, point + decimals)}`
}

export const one = UNIT

export function times(a: bigint, b: bigint): bigint {
  return (a * b) / UNIT
}

export function over(a: bigint, b: bigint): bigint {
  return (a * UNIT) / b
}

/** Newton's iteration for the integer square root. */
export function sqrt(a: bigint): bigint {
  if (a === 0n) return 0n
  const square = a * UNIT
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2))
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** eᵃ = (e^(a/2ᵏ))^(2ᵏ), the inner one by Taylor's series. */
export function exp(a: bigint): bigint {
  if (a < 0n) return over(UNIT, exp(-a))
  // Guard digits against what the squarings multiply up.
  const guard = 10n ** 20n
  const k = 8n + BigInt((a / UNIT).toString(2).length)
  const one = UNIT * guard
  const r = (a * guard) >> k
  let term = one
  let sum = one
  for (let n = 1n; term !== 0n; n++) {
    term = (term * r) / one / n
    sum += term
  }
  for (let i = 0n; i < k; i++) sum = (sum * sum) / one
  return sum / guard
}

/** log a by Newton's iteration on exp, from the double's logarithm. */
export function log(a: bigint): bigint {
  let y = real(Math.log(toNumber(a)))
  for (let i = 0; i < 4; i++) {
    const e = exp(y)
    y += (2n * UNIT * (a - e)) / (a + e)
  }
  return y
}

/** sin and cos by Taylor's series. */
export function sinCos(a: bigint): { sin: bigint; cos: bigint } {
  let sin = 0n
  let cos = 0n
  let term = UNIT
  for (let n = 1n; term !== 0n; n++) {
    const sign = (n - 1n) % 4n < 2n ? 1n : -1n
    if (n % 2n === 1n) cos += sign * term
    else sin += sign * term
    term = times(term, a) / n
  }
  return { sin, cos }
}

/** atan a: the argument halved three times by atan a = 2 atan(a / (1 + √(1 + a²))), then the series. */
export function atan(a: bigint): bigint {
  let r = a
  for (let i = 0; i < 3; i++) r = over(r, UNIT + sqrt(UNIT + times(r, r)))
  const square = times(r, r)
  let power = r
  let sum = 0n
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += (n % 4n === 1n ? power : -power) / n
    power = times(power, square)
  }
  return 8n * sum
}

/** π = 16 atan(1/5) − 4 atan(1/239). */
export function pi(): bigint {
  return 16n * atan(UNIT / 5n) - 4n * atan(UNIT / 239n)
}
