/** Polynomials and quotients of two, with their coefficients in memory, from that of x⁰ on (coefficients.ts). */

/** A polynomial of even degree in two float64 lanes: terms of even and of odd degree in two chains. */
@inline
export function polynomialLanes(x: v128, coefficients: usize, degree: i32): v128 {
  const square = f64x2.mul(x, x)
  let at = coefficients + (<usize>degree << 3)
  let even = v128.load64_splat(at)
  let odd = f64x2.splat(0)
  while (at > coefficients) {
    at -= 16
    odd = f64x2.add(f64x2.mul(odd, square), v128.load64_splat(at, 8))
    even = f64x2.add(f64x2.mul(even, square), v128.load64_splat(at))
  }
  return f64x2.add(even, f64x2.mul(odd, x))
}

/** A quotient of two polynomials of the same degree: the numerator's coefficients come first. */
export function quotient(x: f64, coefficients: usize, degree: i32): f64 {
  const size = <usize>(degree + 1) << 3
  let at = coefficients + size
  let numerator: f64 = 0
  let denominator: f64 = 0
  while (at > coefficients) {
    at -= 8
    numerator = numerator * x + load<f64>(at)
    denominator = denominator * x + load<f64>(at + size)
  }
  return numerator / denominator
}
