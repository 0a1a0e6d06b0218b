/**
 * Numbers of other types to float64: yᵢ = scale·xᵢ + offset, rounded after the product and after the sum, so that the bits
 * are those of JavaScript, at every position and in every build. y is a multiple of 8, x of its elements' size; x may
 * be the last bytes of y: element i is written to bytes that no later element is read from.
 */

/** From unsigned bytes. */
export function convertBytes(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  const s = f64x2.splat(scale)
  const o = f64x2.splat(offset)
  const blocksEnd = x + <usize>(n & ~7)
  while (x != blocksEnd) {
    const words = v128.load_ext<u8>(x)
    const low = i32x4.extend_low_i16x8_u(words)
    const high = i32x4.extend_high_i16x8_u(words)
    storeAffine(y, 0, f64x2.convert_low_i32x4_u(low), s, o)
    storeAffine(y, 16, f64x2.convert_low_i32x4_u(highHalf(low)), s, o)
    storeAffine(y, 32, f64x2.convert_low_i32x4_u(high), s, o)
    storeAffine(y, 48, f64x2.convert_low_i32x4_u(highHalf(high)), s, o)
    x += 8
    y += 64
  }
  for (const end = x + <usize>(n & 7); x != end; x++) {
    store<f64>(y, scale * <f64>load<u8>(x) + offset)
    y += 8
  }
}

/** From float32. */
export function convertFloats(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  const s = f64x2.splat(scale)
  const o = f64x2.splat(offset)
  const blocksEnd = x + ((<usize>n & ~3) << 2)
  while (x != blocksEnd) {
    const floats = v128.load(x)
    storeAffine(y, 0, f64x2.promote_low_f32x4(floats), s, o)
    storeAffine(y, 16, f64x2.promote_low_f32x4(highHalf(floats)), s, o)
    x += 16
    y += 32
  }
  for (const end = x + ((<usize>n & 3) << 2); x != end; x += 4) {
    store<f64>(y, scale * <f64>load<f32>(x) + offset)
    y += 8
  }
}

/** From float64; x may be y. */
export function convertDoubles(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  const s = f64x2.splat(scale)
  const o = f64x2.splat(offset)
  const pairsEnd = x + ((<usize>n & ~1) << 3)
  while (x != pairsEnd) {
    storeAffine(y, 0, v128.load(x), s, o)
    x += 16
    y += 16
  }
  if (n & 1) store<f64>(y, scale * load<f64>(x) + offset)
}

@inline
function storeAffine(y: usize, at: usize, x: v128, scale: v128, offset: v128): void {
  v128.store(y + at, f64x2.add(f64x2.mul(scale, x), offset))
}

/** The upper eight bytes, in the place of the lower ones. */
@inline
function highHalf(v: v128): v128 {
  return v128.shuffle<i64>(v, v, 1, 0)
}
