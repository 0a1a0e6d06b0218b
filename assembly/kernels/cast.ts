/** Between the types of elements. The vectors of one call do not overlap. */
import { bytes } from './lanes'

/** y = x, rounded to float32: ±∞ beyond 3.4028235677973366e38, to denormals and 0 below 2⁻¹²⁶. */
export function toFloat32(n: i32, x: usize, y: usize): void {
  const pairsEnd = x + bytes<f64>(n & ~1)
  while (x != pairsEnd) {
    v128.store64_lane(y, f32x4.demote_f64x2_zero(v128.load(x)), 0)
    x += 16
    y += 8
  }
  if (n & 1) store<f32>(y, <f32>load<f64>(x))
}

/** y = x, which is exact. */
export function toFloat64(n: i32, x: usize, y: usize): void {
  const pairsEnd = x + bytes<f32>(n & ~1)
  while (x != pairsEnd) {
    v128.store(y, f64x2.promote_low_f32x4(v128.load64_zero(x)))
    x += 8
    y += 16
  }
  if (n & 1) store<f64>(y, load<f32>(x))
}
