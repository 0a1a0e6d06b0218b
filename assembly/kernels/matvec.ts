/**
 * Level 2: a matrix and a vector. Matrices are row-major and contiguous (the stride of a row is its length), pointers
 * are multiples of 8, sizes are ≥ 0. Outputs overlap no input, except that c may be y itself.
 *
 * These kernels are bound by memory: each element of A is read (and written, in `ger`) once.
 */
import { bytes, horizontalSums, loadOne, madd, storeOne } from './lanes'
import { axpy, copy, dot, fill, scaleHere } from './vector'

/**
 * y = c + A·x, with A m×n, x of n and y of m elements.
 *
 * c points to m values, or is 0 for none (y is then written without being read), or is y itself (y += A·x).
 */
export function gemv(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  const rowBytes = bytes(n)
  for (let rest = m >> 2; rest != 0; rest--) {
    dotFourRows(n, a, x, c, y)
    a += rowBytes << 2
    y += 32
    if (c) c += 32
  }
  for (let rest = m & 3; rest != 0; rest--) {
    const product = dot(n, a, x)
    store<f64>(y, c ? load<f64>(c) + product : product)
    a += rowBytes
    y += 8
    if (c) c += 8
  }
}

/**
 * Four rows of `gemv` at once, so that x is loaded once for four and memory is read in four streams.
 *
 * The two sets of sums alternate to halve the chain of dependent additions. The conditional exits end a basic block
 * after each step: V8 before 13 gathers the loads of a block at its top, and five loads over eight sums are what
 * its sixteen registers can hold.
 */
function dotFourRows(n: i32, a: usize, x: usize, c: usize, y: usize): void {
  const rowBytes = bytes(n)
  let p0 = a
  let p1 = p0 + rowBytes
  let p2 = p1 + rowBytes
  let p3 = p2 + rowBytes
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  let t0 = s0
  let t1 = s0
  let t2 = s0
  let t3 = s0
  const pairsEnd = x + bytes(n & ~1)
  while (x != pairsEnd) {
    let v = v128.load(x, 0)
    s0 = madd(v128.load(p0, 0), v, s0)
    s1 = madd(v128.load(p1, 0), v, s1)
    s2 = madd(v128.load(p2, 0), v, s2)
    s3 = madd(v128.load(p3, 0), v, s3)
    if (x + 16 == pairsEnd) {
      p0 += 16
      p1 += 16
      p2 += 16
      p3 += 16
      x += 16
      break
    }
    v = v128.load(x, 16)
    t0 = madd(v128.load(p0, 16), v, t0)
    t1 = madd(v128.load(p1, 16), v, t1)
    t2 = madd(v128.load(p2, 16), v, t2)
    t3 = madd(v128.load(p3, 16), v, t3)
    p0 += 32
    p1 += 32
    p2 += 32
    p3 += 32
    x += 32
  }
  if (n & 1) {
    const v = loadOne(x)
    t0 = madd(loadOne(p0), v, t0)
    t1 = madd(loadOne(p1), v, t1)
    t2 = madd(loadOne(p2), v, t2)
    t3 = madd(loadOne(p3), v, t3)
  }
  let y01 = horizontalSums(f64x2.add(s0, t0), f64x2.add(s1, t1))
  let y23 = horizontalSums(f64x2.add(s2, t2), f64x2.add(s3, t3))
  if (c) {
    y01 = f64x2.add(v128.load(c, 0), y01)
    y23 = f64x2.add(v128.load(c, 16), y23)
  }
  v128.store(y, y01, 0)
  v128.store(y, y23, 16)
}

/**
 * y = c + Aᵀ·x, with A m×n, x of m and y of n elements.
 *
 * c points to n values, or is 0 for none (y is then written without being read), or is y itself (y += Aᵀ·x).
 */
export function gemvT(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  if (c == 0) fill(n, 0, y)
  else if (c != y) copy(n, c, y)

  const rowBytes = bytes(n)
  for (let rest = m >> 2; rest != 0; rest--) {
    axpyFourRows(n, a, x, y)
    a += rowBytes << 2
    x += 32
  }
  for (let rest = m & 3; rest != 0; rest--) {
    axpy(n, load<f64>(x), a, y)
    a += rowBytes
    x += 8
  }
}

/** y += x₀·A₀ + x₁·A₁ + x₂·A₂ + x₃·A₃: four rows of `gemvT`, so that y is read and written once for four. */
function axpyFourRows(n: i32, a: usize, x: usize, y: usize): void {
  const rowBytes = bytes(n)
  let p0 = a
  let p1 = p0 + rowBytes
  let p2 = p1 + rowBytes
  let p3 = p2 + rowBytes
  const x0 = v128.load64_splat(x, 0)
  const x1 = v128.load64_splat(x, 8)
  const x2 = v128.load64_splat(x, 16)
  const x3 = v128.load64_splat(x, 24)
  const blocksEnd = y + bytes(n & ~7)
  while (y != blocksEnd) {
    v128.store(y, addFour(v128.load(y, 0), x0, v128.load(p0, 0), x1, v128.load(p1, 0), x2, v128.load(p2, 0), x3, v128.load(p3, 0)), 0)
    v128.store(y, addFour(v128.load(y, 16), x0, v128.load(p0, 16), x1, v128.load(p1, 16), x2, v128.load(p2, 16), x3, v128.load(p3, 16)), 16)
    v128.store(y, addFour(v128.load(y, 32), x0, v128.load(p0, 32), x1, v128.load(p1, 32), x2, v128.load(p2, 32), x3, v128.load(p3, 32)), 32)
    v128.store(y, addFour(v128.load(y, 48), x0, v128.load(p0, 48), x1, v128.load(p1, 48), x2, v128.load(p2, 48), x3, v128.load(p3, 48)), 48)
    p0 += 64
    p1 += 64
    p2 += 64
    p3 += 64
    y += 64
  }
  const pairsEnd = y + bytes(n & 6)
  while (y != pairsEnd) {
    v128.store(y, addFour(v128.load(y), x0, v128.load(p0), x1, v128.load(p1), x2, v128.load(p2), x3, v128.load(p3)))
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
    y += 16
  }
  if (n & 1) storeOne(y, addFour(loadOne(y), x0, loadOne(p0), x1, loadOne(p1), x2, loadOne(p2), x3, loadOne(p3)))
}

/** (y + x₀·a₀ + x₁·a₁) + (x₂·a₂ + x₃·a₃) */
@inline
function addFour(y: v128, x0: v128, a0: v128, x1: v128, a1: v128, x2: v128, a2: v128, x3: v128, a3: v128): v128 {
  return f64x2.add(madd(x1, a1, madd(x0, a0, y)), madd(x3, a3, f64x2.mul(x2, a2)))
}

/**
 * A = α·x·yᵀ, added to A if `accumulate`; otherwise A is written without being read.
 * A is m×n, x of m and y of n elements. Rounded as (α·xᵢ)·yⱼ.
 *
 * Rows are written one at a time: with two at once, as they are added, writing 300×784 took 1.5 times as long.
 */
export function ger(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  const rowBytes = bytes(n)
  if (!accumulate) {
    for (; m != 0; m--) {
      scaleHere(n, alpha * load<f64>(x), y, a)
      a += rowBytes
      x += 8
    }
    return
  }
  for (let rest = m >> 2; rest != 0; rest--) {
    addFourRows(n, alpha, x, y, a)
    a += rowBytes << 2
    x += 32
  }
  for (let rest = m & 3; rest != 0; rest--) {
    axpy(n, alpha * load<f64>(x), y, a)
    a += rowBytes
    x += 8
  }
}

/** Four rows of an accumulating `ger`, so that y is loaded once for four: Aᵢ += (α·xᵢ)·y. */
function addFourRows(n: i32, alpha: f64, x: usize, y: usize, a: usize): void {
  const rowBytes = bytes(n)
  const x0 = f64x2.splat(alpha * load<f64>(x, 0))
  const x1 = f64x2.splat(alpha * load<f64>(x, 8))
  const x2 = f64x2.splat(alpha * load<f64>(x, 16))
  const x3 = f64x2.splat(alpha * load<f64>(x, 24))
  let p0 = a
  let p1 = p0 + rowBytes
  let p2 = p1 + rowBytes
  let p3 = p2 + rowBytes
  const blocksEnd = y + bytes(n & ~7)
  while (y != blocksEnd) {
    const y0 = v128.load(y, 0)
    const y1 = v128.load(y, 16)
    const y2 = v128.load(y, 32)
    const y3 = v128.load(y, 48)
    v128.store(p0, madd(x0, y0, v128.load(p0, 0)), 0)
    v128.store(p0, madd(x0, y1, v128.load(p0, 16)), 16)
    v128.store(p0, madd(x0, y2, v128.load(p0, 32)), 32)
    v128.store(p0, madd(x0, y3, v128.load(p0, 48)), 48)
    v128.store(p1, madd(x1, y0, v128.load(p1, 0)), 0)
    v128.store(p1, madd(x1, y1, v128.load(p1, 16)), 16)
    v128.store(p1, madd(x1, y2, v128.load(p1, 32)), 32)
    v128.store(p1, madd(x1, y3, v128.load(p1, 48)), 48)
    v128.store(p2, madd(x2, y0, v128.load(p2, 0)), 0)
    v128.store(p2, madd(x2, y1, v128.load(p2, 16)), 16)
    v128.store(p2, madd(x2, y2, v128.load(p2, 32)), 32)
    v128.store(p2, madd(x2, y3, v128.load(p2, 48)), 48)
    v128.store(p3, madd(x3, y0, v128.load(p3, 0)), 0)
    v128.store(p3, madd(x3, y1, v128.load(p3, 16)), 16)
    v128.store(p3, madd(x3, y2, v128.load(p3, 32)), 32)
    v128.store(p3, madd(x3, y3, v128.load(p3, 48)), 48)
    p0 += 64
    p1 += 64
    p2 += 64
    p3 += 64
    y += 64
  }
  const pairsEnd = y + bytes(n & 6)
  while (y != pairsEnd) {
    const y0 = v128.load(y)
    v128.store(p0, madd(x0, y0, v128.load(p0)))
    v128.store(p1, madd(x1, y0, v128.load(p1)))
    v128.store(p2, madd(x2, y0, v128.load(p2)))
    v128.store(p3, madd(x3, y0, v128.load(p3)))
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
    y += 16
  }
  if (n & 1) {
    const y0 = loadOne(y)
    storeOne(p0, madd(x0, y0, loadOne(p0)))
    storeOne(p1, madd(x1, y0, loadOne(p1)))
    storeOne(p2, madd(x2, y0, loadOne(p2)))
    storeOne(p3, madd(x3, y0, loadOne(p3)))
  }
}
