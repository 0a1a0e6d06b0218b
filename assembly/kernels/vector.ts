/**
 * Level 1: vectors of n ≥ 0 contiguous float64. Pointers are multiples of 8. Unless stated otherwise the vectors of
 * one call do not overlap. Each element is computed by the same instructions at every position.
 */
import { bytes, horizontalSum, loadOne, madd, storeOne } from './lanes'

/** y = x. The vectors may overlap. */
export function copy(n: i32, x: usize, y: usize): void {
  memory.copy(y, x, bytes(n))
}

/** yᵢ = value. y is not read. */
export function fill(n: i32, value: f64, y: usize): void {
  const v = f64x2.splat(value)
  const blocksEnd = y + bytes(n & ~7)
  while (y != blocksEnd) {
    v128.store(y, v, 0)
    v128.store(y, v, 16)
    v128.store(y, v, 32)
    v128.store(y, v, 48)
    y += 64
  }
  const pairsEnd = y + bytes(n & 6)
  while (y != pairsEnd) {
    v128.store(y, v)
    y += 16
  }
  if (n & 1) store<f64>(y, value)
}

/** y = α·x. y may be x. Otherwise y is not read. */
export function scale(n: i32, alpha: f64, x: usize, y: usize): void {
  scaleHere(n, alpha, x, y)
}

/** `scale`, without a call: for loops over short vectors. */
@inline
export function scaleHere(n: i32, alpha: f64, x: usize, y: usize): void {
  const v = f64x2.splat(alpha)
  const blocksEnd = x + bytes(n & ~7)
  while (x != blocksEnd) {
    v128.store(y, f64x2.mul(v, v128.load(x, 0)), 0)
    v128.store(y, f64x2.mul(v, v128.load(x, 16)), 16)
    v128.store(y, f64x2.mul(v, v128.load(x, 32)), 32)
    v128.store(y, f64x2.mul(v, v128.load(x, 48)), 48)
    x += 64
    y += 64
  }
  const pairsEnd = x + bytes(n & 6)
  while (x != pairsEnd) {
    v128.store(y, f64x2.mul(v, v128.load(x)))
    x += 16
    y += 16
  }
  if (n & 1) storeOne(y, f64x2.mul(v, loadOne(x)))
}

/** y += α·x. y may be x. */
export function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  const v = f64x2.splat(alpha)
  const blocksEnd = x + bytes(n & ~7)
  while (x != blocksEnd) {
    v128.store(y, madd(v, v128.load(x, 0), v128.load(y, 0)), 0)
    v128.store(y, madd(v, v128.load(x, 16), v128.load(y, 16)), 16)
    v128.store(y, madd(v, v128.load(x, 32), v128.load(y, 32)), 32)
    v128.store(y, madd(v, v128.load(x, 48), v128.load(y, 48)), 48)
    x += 64
    y += 64
  }
  const pairsEnd = x + bytes(n & 6)
  while (x != pairsEnd) {
    v128.store(y, madd(v, v128.load(x), v128.load(y)))
    x += 16
    y += 16
  }
  if (n & 1) storeOne(y, madd(v, loadOne(x), loadOne(y)))
}

/** Σ xᵢ·yᵢ, in eight partial sums. y may be x. 0 for n = 0. */
export function dot(n: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const blocksEnd = x + bytes(n & ~7)
  while (x != blocksEnd) {
    s0 = madd(v128.load(x, 0), v128.load(y, 0), s0)
    s1 = madd(v128.load(x, 16), v128.load(y, 16), s1)
    s2 = madd(v128.load(x, 32), v128.load(y, 32), s2)
    s3 = madd(v128.load(x, 48), v128.load(y, 48), s3)
    x += 64
    y += 64
  }
  const pairsEnd = x + bytes(n & 6)
  while (x != pairsEnd) {
    s0 = madd(v128.load(x), v128.load(y), s0)
    x += 16
    y += 16
  }
  if (n & 1) s1 = madd(loadOne(x), loadOne(y), s1)
  return horizontalSum(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)))
}

/** Σ xᵢ, in eight partial sums. 0 for n = 0. */
export function sum(n: i32, x: usize): f64 {
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const blocksEnd = x + bytes(n & ~7)
  while (x != blocksEnd) {
    s0 = f64x2.add(s0, v128.load(x, 0))
    s1 = f64x2.add(s1, v128.load(x, 16))
    s2 = f64x2.add(s2, v128.load(x, 32))
    s3 = f64x2.add(s3, v128.load(x, 48))
    x += 64
  }
  const pairsEnd = x + bytes(n & 6)
  while (x != pairsEnd) {
    s0 = f64x2.add(s0, v128.load(x))
    x += 16
  }
  if (n & 1) s1 = f64x2.add(s1, loadOne(x))
  return horizontalSum(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)))
}

/** The largest of n numbers; NaN if one is; −∞ for n = 0. 0 is larger than −0. */
export function maximum(n: i32, x: usize): f64 {
  let m = f64x2.splat(-Infinity)
  const pairsEnd = x + bytes(n & ~1)
  while (x != pairsEnd) {
    m = f64x2.max(m, v128.load(x))
    x += 16
  }
  const largest = max(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1))
  return n & 1 ? max(largest, load<f64>(x)) : largest
}

/** The smallest of n numbers; NaN if one is; ∞ for n = 0. −0 is smaller than 0. */
export function minimum(n: i32, x: usize): f64 {
  let m = f64x2.splat(Infinity)
  const pairsEnd = x + bytes(n & ~1)
  while (x != pairsEnd) {
    m = f64x2.min(m, v128.load(x))
    x += 16
  }
  const smallest = min(f64x2.extract_lane(m, 0), f64x2.extract_lane(m, 1))
  return n & 1 ? min(smallest, load<f64>(x)) : smallest
}
