/**
 * Numbers of other types to T: yᵢ = scale·xᵢ + offset in float64, rounded after the product and after the sum, so that the bits
 * are those of JavaScript, at every position and in every build; then to T. Pointers are multiples of their elements' size; x may
 * be the last bytes of y: element i is written to bytes that no later element is read from.
 */
import { bytes } from './lanes'

/** From unsigned bytes. */
export function convertBytes<T>(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  const s = f64x2.splat(scale)
  const o = f64x2.splat(offset)
  const blocksEnd = x + <usize>(n & ~7)
  while (x != blocksEnd) {
    const words = v128.load_ext<u8>(x)
    const low = i32x4.extend_low_i16x8_u(words)
    const high = i32x4.extend_high_i16x8_u(words)
    storeAffine<T>(y, 0, f64x2.convert_low_i32x4_u(low), s, o)
    storeAffine<T>(y, 2, f64x2.convert_low_i32x4_u(highHalf(low)), s, o)
    storeAffine<T>(y, 4, f64x2.convert_low_i32x4_u(high), s, o)
    storeAffine<T>(y, 6, f64x2.convert_low_i32x4_u(highHalf(high)), s, o)
    x += 8
    y += bytes<T>(8)
  }
  for (const end = x + <usize>(n & 7); x != end; x++) {
    store<T>(y, <T>(scale * <f64>load<u8>(x) + offset))
    y += sizeof<T>()
  }
}

/** From float32; x may be y where T is float32. */
export function convertFloats<T>(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  const s = f64x2.splat(scale)
  const o = f64x2.splat(offset)
  const blocksEnd = x + bytes<f32>(n & ~3)
  while (x != blocksEnd) {
    const floats = v128.load(x)
    storeAffine<T>(y, 0, f64x2.promote_low_f32x4(floats), s, o)
    storeAffine<T>(y, 2, f64x2.promote_low_f32x4(highHalf(floats)), s, o)
    x += 16
    y += bytes<T>(4)
  }
  for (const end = x + bytes<f32>(n & 3); x != end; x += 4) {
    store<T>(y, <T>(scale * <f64>load<f32>(x) + offset))
    y += sizeof<T>()
  }
}

/** From float64 to float64; x may be y. */
export function convertDoubles(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  const s = f64x2.splat(scale)
  const o = f64x2.splat(offset)
  const pairsEnd = x + bytes<f64>(n & ~1)
  while (x != pairsEnd) {
    storeAffine<f64>(y, 0, v128.load(x), s, o)
    x += 16
    y += 16
  }
  if (n & 1) store<f64>(y, scale * load<f64>(x) + offset)
}

/** Writes a pair to element `at` of y, and the next. */
@inline
function storeAffine<T>(y: usize, at: i32, x: v128, scale: v128, offset: v128): void {
  const pair = f64x2.add(f64x2.mul(scale, x), offset)
  if (sizeof<T>() == 8) v128.store(y + bytes<T>(at), pair)
  else v128.store64_lane(y + bytes<T>(at), f32x4.demote_f64x2_zero(pair), 0)
}

/** The upper eight bytes, in the place of the lower ones. */
@inline
function highHalf(v: v128): v128 {
  return v128.shuffle<i64>(v, v, 1, 0)
}
