/**
 * Two float64 lanes: the few helpers every kernel shares. A `v128` lives in a register, never in an export.
 */

/**
 * a·b + c in each lane. The relaxed build rounds once where the processor has a fused instruction; the plain build
 * rounds twice, everywhere. So results may differ in the last bits between the builds.
 */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c)
  return f64x2.add(f64x2.mul(a, b), c)
}

/** Does `madd` use the instruction that may round once? */
export function isFused(): bool {
  return ASC_FEATURE_RELAXED_SIMD
}

/** In each lane a where the mask is all ones, b where it is all zeros. */
@inline
export function select(mask: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i64x2.relaxed_laneselect(a, b, mask)
  return v128.bitselect(a, b, mask)
}

/** Lane 0 + lane 1. */
@inline
export function horizontalSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** [lane 0 + lane 1 of a, lane 0 + lane 1 of b]. */
@inline
export function horizontalSums(a: v128, b: v128): v128 {
  return f64x2.add(firstLanes(a, b), secondLanes(a, b))
}

/** [a₀, b₀] */
@inline
export function firstLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2)
}

/** [a₁, b₁] */
@inline
export function secondLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3)
}

/** The one element at p in lane 0, and 0 in lane 1: how the last element of an odd length is read. */
@inline
export function loadOne(p: usize): v128 {
  return v128.load64_zero(p)
}

/** Writes lane 0 to p, and nothing else. */
@inline
export function storeOne(p: usize, v: v128): void {
  v128.store64_lane(p, v, 0)
}

/** The bytes of n elements. */
@inline
export function bytes(n: i32): usize {
  return <usize>n << 3
}
