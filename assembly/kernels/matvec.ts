/**
 * Level 2: a matrix and a vector. Matrices are row-major and contiguous (the stride of a row is its length), pointers
 * are multiples of T's size, sizes are ≥ 0. Outputs overlap no input, except that c may be y itself.
 *
 * These kernels are bound by memory: each element of A is read (and written, in `ger`) once.
 */
import { bytes, horizontalSums, horizontalSums32, lanes, loadOne, madd, splat, storeOne } from './lanes'
import { axpy, copy, dot, fill, scaleHere } from './vector'

/**
 * y = c + A·x, with A m×n, x of n and y of m elements.
 *
 * c points to m values, or is 0 for none (y is then written without being read), or is y itself (y += A·x).
 */
export function gemv<T>(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  const rowBytes = bytes<T>(n)
  for (let rest = m >> 2; rest != 0; rest--) {
    dotFourRows<T>(n, a, x, c, y)
    a += rowBytes << 2
    y += bytes<T>(4)
    if (c) c += bytes<T>(4)
  }
  for (let rest = m & 3; rest != 0; rest--) {
    const product = dot<T>(n, a, x)
    store<T>(y, <T>(c ? load<T>(c) + product : product))
    a += rowBytes
    y += sizeof<T>()
    if (c) c += sizeof<T>()
  }
}

/**
 * Four rows of `gemv` at once, so that x is loaded once for four and memory is read in four streams.
 *
 * The two sets of sums alternate to halve the chain of dependent additions. The conditional exits end a basic block
 * after each step: V8 before 13 gathers the loads of a block at its top, and five loads over eight sums are what
 * its sixteen registers can hold.
 */
function dotFourRows<T>(n: i32, a: usize, x: usize, c: usize, y: usize): void {
  const rowBytes = bytes<T>(n)
  let p0 = a
  let p1 = p0 + rowBytes
  let p2 = p1 + rowBytes
  let p3 = p2 + rowBytes
  let s0 = splat<T>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  let t0 = s0
  let t1 = s0
  let t2 = s0
  let t3 = s0
  const vectorsEnd = x + bytes<T>(n & -lanes<T>())
  while (x != vectorsEnd) {
    let v = v128.load(x, 0)
    s0 = madd<T>(v128.load(p0, 0), v, s0)
    s1 = madd<T>(v128.load(p1, 0), v, s1)
    s2 = madd<T>(v128.load(p2, 0), v, s2)
    s3 = madd<T>(v128.load(p3, 0), v, s3)
    if (x + 16 == vectorsEnd) {
      p0 += 16
      p1 += 16
      p2 += 16
      p3 += 16
      x += 16
      break
    }
    v = v128.load(x, 16)
    t0 = madd<T>(v128.load(p0, 16), v, t0)
    t1 = madd<T>(v128.load(p1, 16), v, t1)
    t2 = madd<T>(v128.load(p2, 16), v, t2)
    t3 = madd<T>(v128.load(p3, 16), v, t3)
    p0 += 32
    p1 += 32
    p2 += 32
    p3 += 32
    x += 32
  }
  for (let rest = n & (lanes<T>() - 1); rest != 0; rest--) {
    const v = loadOne<T>(x)
    t0 = madd<T>(loadOne<T>(p0), v, t0)
    t1 = madd<T>(loadOne<T>(p1), v, t1)
    t2 = madd<T>(loadOne<T>(p2), v, t2)
    t3 = madd<T>(loadOne<T>(p3), v, t3)
    p0 += sizeof<T>()
    p1 += sizeof<T>()
    p2 += sizeof<T>()
    p3 += sizeof<T>()
    x += sizeof<T>()
  }
  s0 = v128.add<T>(s0, t0)
  s1 = v128.add<T>(s1, t1)
  s2 = v128.add<T>(s2, t2)
  s3 = v128.add<T>(s3, t3)
  if (sizeof<T>() == 8) {
    storeSums<T>(horizontalSums(s0, s1), c, y)
    storeSums<T>(horizontalSums(s2, s3), c ? c + 16 : 0, y + 16)
  } else storeSums<T>(horizontalSums32(s0, s1, s2, s3), c, y)
}

/** A vector of results, added to what is at c, unless c is 0. */
@inline
function storeSums<T>(sums: v128, c: usize, y: usize): void {
  v128.store(y, c ? v128.add<T>(v128.load(c), sums) : sums)
}

/**
 * y = c + Aᵀ·x, with A m×n, x of m and y of n elements.
 *
 * c points to n values, or is 0 for none (y is then written without being read), or is y itself (y += Aᵀ·x).
 */
export function gemvT<T>(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  gemvTPart<T>(m, n, bytes<T>(n), a, x, c, y)
}

/** `gemvT` with n columns of a matrix whose rows lie `rowBytes` apart. */
export function gemvTPart<T>(m: i32, n: i32, rowBytes: usize, a: usize, x: usize, c: usize, y: usize): void {
  if (c == 0) fill<T>(n, 0, y)
  else if (c != y) copy<T>(n, c, y)

  for (let rest = m >> 2; rest != 0; rest--) {
    axpyFourRows<T>(n, rowBytes, a, x, y)
    a += rowBytes << 2
    x += bytes<T>(4)
  }
  for (let rest = m & 3; rest != 0; rest--) {
    axpy<T>(n, load<T>(x), a, y)
    a += rowBytes
    x += sizeof<T>()
  }
}

/** y += x₀·A₀ + x₁·A₁ + x₂·A₂ + x₃·A₃: four rows of `gemvT`, so that y is read and written once for four. */
function axpyFourRows<T>(n: i32, rowBytes: usize, a: usize, x: usize, y: usize): void {
  let p0 = a
  let p1 = p0 + rowBytes
  let p2 = p1 + rowBytes
  let p3 = p2 + rowBytes
  const x0 = v128.load_splat<T>(x, 0)
  const x1 = v128.load_splat<T>(x, sizeof<T>())
  const x2 = v128.load_splat<T>(x, 2 * sizeof<T>())
  const x3 = v128.load_splat<T>(x, 3 * sizeof<T>())
  const blocksEnd = y + bytes<T>(n & -(4 * lanes<T>()))
  while (y != blocksEnd) {
    v128.store(y, addFour<T>(v128.load(y, 0), x0, v128.load(p0, 0), x1, v128.load(p1, 0), x2, v128.load(p2, 0), x3, v128.load(p3, 0)), 0)
    v128.store(y, addFour<T>(v128.load(y, 16), x0, v128.load(p0, 16), x1, v128.load(p1, 16), x2, v128.load(p2, 16), x3, v128.load(p3, 16)), 16)
    v128.store(y, addFour<T>(v128.load(y, 32), x0, v128.load(p0, 32), x1, v128.load(p1, 32), x2, v128.load(p2, 32), x3, v128.load(p3, 32)), 32)
    v128.store(y, addFour<T>(v128.load(y, 48), x0, v128.load(p0, 48), x1, v128.load(p1, 48), x2, v128.load(p2, 48), x3, v128.load(p3, 48)), 48)
    p0 += 64
    p1 += 64
    p2 += 64
    p3 += 64
    y += 64
  }
  const vectorsEnd = y + bytes<T>(n & (3 * lanes<T>()))
  while (y != vectorsEnd) {
    v128.store(y, addFour<T>(v128.load(y), x0, v128.load(p0), x1, v128.load(p1), x2, v128.load(p2), x3, v128.load(p3)))
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
    y += 16
  }
  for (let rest = n & (lanes<T>() - 1); rest != 0; rest--) {
    storeOne<T>(y, addFour<T>(loadOne<T>(y), x0, loadOne<T>(p0), x1, loadOne<T>(p1), x2, loadOne<T>(p2), x3, loadOne<T>(p3)))
    p0 += sizeof<T>()
    p1 += sizeof<T>()
    p2 += sizeof<T>()
    p3 += sizeof<T>()
    y += sizeof<T>()
  }
}

/** (y + x₀·a₀ + x₁·a₁) + (x₂·a₂ + x₃·a₃) */
@inline
function addFour<T>(y: v128, x0: v128, a0: v128, x1: v128, a1: v128, x2: v128, a2: v128, x3: v128, a3: v128): v128 {
  return v128.add<T>(madd<T>(x1, a1, madd<T>(x0, a0, y)), madd<T>(x3, a3, v128.mul<T>(x2, a2)))
}

/**
 * A = α·x·yᵀ, added to A if `accumulate`; otherwise A is written without being read.
 * A is m×n, x of m and y of n elements. Rounded as (α·xᵢ)·yⱼ.
 *
 * Rows are written one at a time: with two at once, as they are added, writing 300×784 took 1.5 times as long.
 */
export function ger<T>(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  const rowBytes = bytes<T>(n)
  if (!accumulate) {
    for (; m != 0; m--) {
      scaleHere<T>(n, alpha * load<T>(x), y, a)
      a += rowBytes
      x += sizeof<T>()
    }
    return
  }
  for (let rest = m >> 2; rest != 0; rest--) {
    addFourRows<T>(n, alpha, x, y, a)
    a += rowBytes << 2
    x += bytes<T>(4)
  }
  for (let rest = m & 3; rest != 0; rest--) {
    axpy<T>(n, alpha * load<T>(x), y, a)
    a += rowBytes
    x += sizeof<T>()
  }
}

/** Four rows of an accumulating `ger`, so that y is loaded once for four: Aᵢ += (α·xᵢ)·y. */
function addFourRows<T>(n: i32, alpha: f64, x: usize, y: usize, a: usize): void {
  const rowBytes = bytes<T>(n)
  const x0 = splat<T>(alpha * load<T>(x, 0))
  const x1 = splat<T>(alpha * load<T>(x, sizeof<T>()))
  const x2 = splat<T>(alpha * load<T>(x, 2 * sizeof<T>()))
  const x3 = splat<T>(alpha * load<T>(x, 3 * sizeof<T>()))
  let p0 = a
  let p1 = p0 + rowBytes
  let p2 = p1 + rowBytes
  let p3 = p2 + rowBytes
  const blocksEnd = y + bytes<T>(n & -(4 * lanes<T>()))
  while (y != blocksEnd) {
    const y0 = v128.load(y, 0)
    const y1 = v128.load(y, 16)
    const y2 = v128.load(y, 32)
    const y3 = v128.load(y, 48)
    v128.store(p0, madd<T>(x0, y0, v128.load(p0, 0)), 0)
    v128.store(p0, madd<T>(x0, y1, v128.load(p0, 16)), 16)
    v128.store(p0, madd<T>(x0, y2, v128.load(p0, 32)), 32)
    v128.store(p0, madd<T>(x0, y3, v128.load(p0, 48)), 48)
    v128.store(p1, madd<T>(x1, y0, v128.load(p1, 0)), 0)
    v128.store(p1, madd<T>(x1, y1, v128.load(p1, 16)), 16)
    v128.store(p1, madd<T>(x1, y2, v128.load(p1, 32)), 32)
    v128.store(p1, madd<T>(x1, y3, v128.load(p1, 48)), 48)
    v128.store(p2, madd<T>(x2, y0, v128.load(p2, 0)), 0)
    v128.store(p2, madd<T>(x2, y1, v128.load(p2, 16)), 16)
    v128.store(p2, madd<T>(x2, y2, v128.load(p2, 32)), 32)
    v128.store(p2, madd<T>(x2, y3, v128.load(p2, 48)), 48)
    v128.store(p3, madd<T>(x3, y0, v128.load(p3, 0)), 0)
    v128.store(p3, madd<T>(x3, y1, v128.load(p3, 16)), 16)
    v128.store(p3, madd<T>(x3, y2, v128.load(p3, 32)), 32)
    v128.store(p3, madd<T>(x3, y3, v128.load(p3, 48)), 48)
    p0 += 64
    p1 += 64
    p2 += 64
    p3 += 64
    y += 64
  }
  const vectorsEnd = y + bytes<T>(n & (3 * lanes<T>()))
  while (y != vectorsEnd) {
    const y0 = v128.load(y)
    v128.store(p0, madd<T>(x0, y0, v128.load(p0)))
    v128.store(p1, madd<T>(x1, y0, v128.load(p1)))
    v128.store(p2, madd<T>(x2, y0, v128.load(p2)))
    v128.store(p3, madd<T>(x3, y0, v128.load(p3)))
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
    y += 16
  }
  for (let rest = n & (lanes<T>() - 1); rest != 0; rest--) {
    const y0 = loadOne<T>(y)
    storeOne<T>(p0, madd<T>(x0, y0, loadOne<T>(p0)))
    storeOne<T>(p1, madd<T>(x1, y0, loadOne<T>(p1)))
    storeOne<T>(p2, madd<T>(x2, y0, loadOne<T>(p2)))
    storeOne<T>(p3, madd<T>(x3, y0, loadOne<T>(p3)))
    p0 += sizeof<T>()
    p1 += sizeof<T>()
    p2 += sizeof<T>()
    p3 += sizeof<T>()
    y += sizeof<T>()
  }
}
