/**
 * Level 1: vectors of n ≥ 0 contiguous elements of type T, float64 or float32. Pointers are multiples of T's size. Unless
 * stated otherwise the vectors of one call do not overlap. Each element is computed by the same instructions at every
 * position.
 */
import { bytes, horizontalSum, lanes, loadOne, madd, splat, storeOne } from './lanes'

/** Bytes of a block: four vectors. */
const BLOCK: usize = 64

/** How many of the bytes make whole blocks. */
@inline
function inBlocks(size: usize): usize {
  return size & ~(BLOCK - 1)
}

/** How many of them make whole vectors behind the last block. */
@inline
function inVectors(size: usize): usize {
  return size & (BLOCK - 16)
}

/** How many of n elements do not fill a vector. */
@inline
function ragged<T>(n: i32): i32 {
  return n & (lanes<T>() - 1)
}

/** y = x. The vectors may overlap. */
export function copy<T>(n: i32, x: usize, y: usize): void {
  memory.copy(y, x, bytes<T>(n))
}

/** yᵢ = value. y is not read. */
export function fill<T>(n: i32, value: f64, y: usize): void {
  const v = splat<T>(value)
  const blocksEnd = y + inBlocks(bytes<T>(n))
  while (y != blocksEnd) {
    v128.store(y, v, 0)
    v128.store(y, v, 16)
    v128.store(y, v, 32)
    v128.store(y, v, 48)
    y += BLOCK
  }
  const vectorsEnd = y + inVectors(bytes<T>(n))
  while (y != vectorsEnd) {
    v128.store(y, v)
    y += 16
  }
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    storeOne<T>(y, v)
    y += sizeof<T>()
  }
}

/** y = α·x. y may be x. Otherwise y is not read. */
export function scale<T>(n: i32, alpha: f64, x: usize, y: usize): void {
  scaleHere<T>(n, alpha, x, y)
}

/** `scale`, without a call: for loops over short vectors. */
@inline
export function scaleHere<T>(n: i32, alpha: f64, x: usize, y: usize): void {
  const v = splat<T>(alpha)
  const blocksEnd = x + inBlocks(bytes<T>(n))
  while (x != blocksEnd) {
    v128.store(y, v128.mul<T>(v, v128.load(x, 0)), 0)
    v128.store(y, v128.mul<T>(v, v128.load(x, 16)), 16)
    v128.store(y, v128.mul<T>(v, v128.load(x, 32)), 32)
    v128.store(y, v128.mul<T>(v, v128.load(x, 48)), 48)
    x += BLOCK
    y += BLOCK
  }
  const vectorsEnd = x + inVectors(bytes<T>(n))
  while (x != vectorsEnd) {
    v128.store(y, v128.mul<T>(v, v128.load(x)))
    x += 16
    y += 16
  }
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    storeOne<T>(y, v128.mul<T>(v, loadOne<T>(x)))
    x += sizeof<T>()
    y += sizeof<T>()
  }
}

/** y += α·x. y may be x. */
export function axpy<T>(n: i32, alpha: f64, x: usize, y: usize): void {
  const v = splat<T>(alpha)
  const blocksEnd = x + inBlocks(bytes<T>(n))
  while (x != blocksEnd) {
    v128.store(y, madd<T>(v, v128.load(x, 0), v128.load(y, 0)), 0)
    v128.store(y, madd<T>(v, v128.load(x, 16), v128.load(y, 16)), 16)
    v128.store(y, madd<T>(v, v128.load(x, 32), v128.load(y, 32)), 32)
    v128.store(y, madd<T>(v, v128.load(x, 48), v128.load(y, 48)), 48)
    x += BLOCK
    y += BLOCK
  }
  const vectorsEnd = x + inVectors(bytes<T>(n))
  while (x != vectorsEnd) {
    v128.store(y, madd<T>(v, v128.load(x), v128.load(y)))
    x += 16
    y += 16
  }
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    storeOne<T>(y, madd<T>(v, loadOne<T>(x), loadOne<T>(y)))
    x += sizeof<T>()
    y += sizeof<T>()
  }
}

/**
 * float32 is gathered in its own lanes, twice as fast as in float64, but for so many elements only, of which each partial
 * sum has 64. The sums of such spans are added in float64: so the error does not grow with n.
 */
const SPAN = 1024

/**
 * Σ xᵢ·yᵢ. y may be x. 0 for n = 0. In eight partial sums for float64. For float32 in sixteen, a span at a time: the error is
 * below 66·2⁻²⁴·Σ|xᵢ·yᵢ|, whatever n is.
 */
export function dot<T>(n: i32, x: usize, y: usize): f64 {
  let total: f64 = 0
  if (sizeof<T>() == 4) {
    for (; n > SPAN; n -= SPAN) {
      total += dotOfSpan<T>(SPAN, x, y)
      x += bytes<T>(SPAN)
      y += bytes<T>(SPAN)
    }
  }
  return total + dotOfSpan<T>(n, x, y)
}

function dotOfSpan<T>(n: i32, x: usize, y: usize): f64 {
  let s0 = splat<T>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const blocksEnd = x + inBlocks(bytes<T>(n))
  while (x != blocksEnd) {
    s0 = madd<T>(v128.load(x, 0), v128.load(y, 0), s0)
    s1 = madd<T>(v128.load(x, 16), v128.load(y, 16), s1)
    s2 = madd<T>(v128.load(x, 32), v128.load(y, 32), s2)
    s3 = madd<T>(v128.load(x, 48), v128.load(y, 48), s3)
    x += BLOCK
    y += BLOCK
  }
  const vectorsEnd = x + inVectors(bytes<T>(n))
  while (x != vectorsEnd) {
    s0 = madd<T>(v128.load(x), v128.load(y), s0)
    x += 16
    y += 16
  }
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    s1 = madd<T>(loadOne<T>(x), loadOne<T>(y), s1)
    x += sizeof<T>()
    y += sizeof<T>()
  }
  return horizontalSum<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)))
}

/** Σ xᵢ, in partial sums as those of `dot`. 0 for n = 0. */
export function sum<T>(n: i32, x: usize): f64 {
  let total: f64 = 0
  if (sizeof<T>() == 4) {
    for (; n > SPAN; n -= SPAN) {
      total += sumOfSpan<T>(SPAN, x)
      x += bytes<T>(SPAN)
    }
  }
  return total + sumOfSpan<T>(n, x)
}

function sumOfSpan<T>(n: i32, x: usize): f64 {
  let s0 = splat<T>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const blocksEnd = x + inBlocks(bytes<T>(n))
  while (x != blocksEnd) {
    s0 = v128.add<T>(s0, v128.load(x, 0))
    s1 = v128.add<T>(s1, v128.load(x, 16))
    s2 = v128.add<T>(s2, v128.load(x, 32))
    s3 = v128.add<T>(s3, v128.load(x, 48))
    x += BLOCK
  }
  const vectorsEnd = x + inVectors(bytes<T>(n))
  while (x != vectorsEnd) {
    s0 = v128.add<T>(s0, v128.load(x))
    x += 16
  }
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    s1 = v128.add<T>(s1, loadOne<T>(x))
    x += sizeof<T>()
  }
  return horizontalSum<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)))
}

/** The largest of n numbers; NaN if one is; −∞ for n = 0. 0 is larger than −0. */
export function maximum<T>(n: i32, x: usize): f64 {
  let m = splat<T>(-Infinity)
  const vectorsEnd = x + bytes<T>(n & -lanes<T>())
  while (x != vectorsEnd) {
    m = v128.max<T>(m, v128.load(x))
    x += 16
  }
  if (sizeof<T>() == 4) m = v128.max<T>(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2))
  m = v128.max<T>(m, v128.shuffle<f64>(m, m, 1, 0))
  let largest: f64 = v128.extract_lane<T>(m, 0)
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    largest = max<f64>(largest, load<T>(x))
    x += sizeof<T>()
  }
  return largest
}

/** The smallest of n numbers; NaN if one is; ∞ for n = 0. −0 is smaller than 0. */
export function minimum<T>(n: i32, x: usize): f64 {
  let m = splat<T>(Infinity)
  const vectorsEnd = x + bytes<T>(n & -lanes<T>())
  while (x != vectorsEnd) {
    m = v128.min<T>(m, v128.load(x))
    x += 16
  }
  if (sizeof<T>() == 4) m = v128.min<T>(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2))
  m = v128.min<T>(m, v128.shuffle<f64>(m, m, 1, 0))
  let smallest: f64 = v128.extract_lane<T>(m, 0)
  for (let rest = ragged<T>(n); rest != 0; rest--) {
    smallest = min<f64>(smallest, load<T>(x))
    x += sizeof<T>()
  }
  return smallest
}
