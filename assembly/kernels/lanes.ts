/**
 * Two float64 or four float32 lanes, chosen by the type argument T: the few helpers every kernel shares. A `v128` lives in
 * a register, never in an export. Numbers that a kernel takes or gives by value are float64, whatever T is.
 */

/** How many lanes a vector has: a constant of each instance. A power of two. */
@inline
export function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>()
}

/** The bytes of n elements. */
@inline
export function bytes<T>(n: i32): usize {
  return <usize>n * sizeof<T>()
}

/** A number in each lane. */
@inline
export function splat<T>(value: f64): v128 {
  return v128.splat<T>(<T>value)
}

/**
 * a·b + c in each lane. The relaxed build rounds once where the processor has a fused instruction; the plain build
 * rounds twice, everywhere. So results may differ in the last bits between the builds.
 */
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c)
  return v128.add<T>(v128.mul<T>(a, b), c)
}

/** Does `madd` use the instruction that may round once? */
export function isFused(): bool {
  return ASC_FEATURE_RELAXED_SIMD
}

/** In each lane a where the mask is all ones, b where it is all zeros. */
@inline
export function select<T>(mask: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return sizeof<T>() == 8 ? i64x2.relaxed_laneselect(a, b, mask) : i32x4.relaxed_laneselect(a, b, mask)
  }
  return v128.bitselect(a, b, mask)
}

/** The sum of all lanes, added in float64. */
@inline
export function horizontalSum<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
  return horizontalSum<f64>(f64x2.add(lowToFloat64(v), lowToFloat64(v128.shuffle<f32>(v, v, 2, 3, 2, 3))))
}

/** The first two float32 lanes as float64. */
@inline
function lowToFloat64(v: v128): v128 {
  return f64x2.promote_low_f32x4(v)
}

/** [Σ a, Σ b] over two float64 lanes each. */
@inline
export function horizontalSums(a: v128, b: v128): v128 {
  return f64x2.add(firstLanes(a, b), secondLanes(a, b))
}

/** [Σ a, Σ b, Σ c, Σ d] over four float32 lanes each. */
@inline
export function horizontalSums32(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7))
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7))
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7))
}

/** [a₀, b₀] of float64. */
@inline
export function firstLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2)
}

/** [a₁, b₁] of float64. */
@inline
export function secondLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3)
}

/** The one element at p in lane 0, and 0 in the others: how the last elements are read that do not fill a vector. */
@inline
export function loadOne<T>(p: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_zero(p) : v128.load32_zero(p)
}

/** Writes lane 0 to p, and nothing else. */
@inline
export function storeOne<T>(p: usize, v: v128): void {
  if (sizeof<T>() == 8) v128.store64_lane(p, v, 0)
  else v128.store32_lane(p, v, 0)
}
