/**
 * Matrix times vector, and the outer product that is its pullback. A is m × n, row-major, and begins at `ao`.
 *
 * Shapes tried in V8 (Node 20, 300 × 784): gemv one row with 1, 4 and 8 accumulators, 2, 4 and 8 rows at once, 4 rows by
 * 2 and 4 columns, rows as subarrays; gemvT by rows (axpy) 1, 4, 8 at once and by 4 and 8 columns; ger 1, 2, 4 and 8 rows
 * at once. What counts is how many instructions V8 spends on each index, not arithmetic or memory: several rows share
 * the vector's element, and `| 0` spares the overflow check of each index (7 to 25 %).
 */

/** y (+)= A·x. Four rows at once, one accumulator each. */
export function gemv(
  m: number,
  n: number,
  add: boolean,
  a: Float64Array,
  ao: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  let i = 0
  for (; i + 3 < m; i += 4) {
    const p0 = (ao + i * n) | 0
    const p1 = (p0 + n) | 0
    const p2 = (p1 + n) | 0
    const p3 = (p2 + n) | 0
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const v = x[(xo + j) | 0]
      s0 += a[(p0 + j) | 0] * v
      s1 += a[(p1 + j) | 0] * v
      s2 += a[(p2 + j) | 0] * v
      s3 += a[(p3 + j) | 0] * v
    }
    const o = (yo + i) | 0
    y[o] = (add ? y[o] : 0) + s0
    y[o + 1] = (add ? y[o + 1] : 0) + s1
    y[o + 2] = (add ? y[o + 2] : 0) + s2
    y[o + 3] = (add ? y[o + 3] : 0) + s3
  }
  for (; i < m; i++) {
    const p = (ao + i * n) | 0
    let s0 = 0
    let s1 = 0
    let j = 0
    for (; j < n - 1; j = (j + 2) | 0) {
      s0 += a[(p + j) | 0] * x[(xo + j) | 0]
      s1 += a[(p + j + 1) | 0] * x[(xo + j + 1) | 0]
    }
    if (j < n) s0 += a[(p + j) | 0] * x[(xo + j) | 0]
    y[yo + i] = (add ? y[yo + i] : 0) + (s0 + s1)
  }
}

/** x (+)= Aᵀ·y. Eight rows at once: one read and one write of x for eight products. */
export function gemvT(
  m: number,
  n: number,
  add: boolean,
  a: Float64Array,
  ao: number,
  y: Float64Array,
  yo: number,
  x: Float64Array,
  xo: number,
): void {
  if (!add) x.fill(0, xo, xo + n)
  let i = 0
  for (; i + 7 < m; i += 8) {
    const o = (yo + i) | 0
    const y0 = y[o]
    const y1 = y[o + 1]
    const y2 = y[o + 2]
    const y3 = y[o + 3]
    const y4 = y[o + 4]
    const y5 = y[o + 5]
    const y6 = y[o + 6]
    const y7 = y[o + 7]
    const p0 = (ao + i * n) | 0
    const p1 = (p0 + n) | 0
    const p2 = (p1 + n) | 0
    const p3 = (p2 + n) | 0
    const p4 = (p3 + n) | 0
    const p5 = (p4 + n) | 0
    const p6 = (p5 + n) | 0
    const p7 = (p6 + n) | 0
    for (let j = 0; j < n; j = (j + 1) | 0) {
      x[(xo + j) | 0] +=
        a[(p0 + j) | 0] * y0 +
        a[(p1 + j) | 0] * y1 +
        (a[(p2 + j) | 0] * y2 + a[(p3 + j) | 0] * y3) +
        (a[(p4 + j) | 0] * y4 + a[(p5 + j) | 0] * y5 + (a[(p6 + j) | 0] * y6 + a[(p7 + j) | 0] * y7))
    }
  }
  for (; i < m; i++) {
    const v = y[yo + i]
    const p = (ao + i * n) | 0
    for (let j = 0; j < n; j = (j + 1) | 0) x[(xo + j) | 0] += a[(p + j) | 0] * v
  }
}

/** A (+)= y·xᵀ. */
export function ger(
  m: number,
  n: number,
  add: boolean,
  y: Float64Array,
  yo: number,
  x: Float64Array,
  xo: number,
  a: Float64Array,
  ao: number,
): void {
  if (add) gerAdd(m, n, 1, y, yo, x, xo, a, ao)
  else gerSet(m, n, y, yo, x, xo, a, ao)
}

/** A = y·xᵀ, overwriting A. Eight rows at once. */
export function gerSet(
  m: number,
  n: number,
  y: Float64Array,
  yo: number,
  x: Float64Array,
  xo: number,
  a: Float64Array,
  ao: number,
): void {
  let i = 0
  for (; i + 7 < m; i += 8) {
    const o = (yo + i) | 0
    const y0 = y[o]
    const y1 = y[o + 1]
    const y2 = y[o + 2]
    const y3 = y[o + 3]
    const y4 = y[o + 4]
    const y5 = y[o + 5]
    const y6 = y[o + 6]
    const y7 = y[o + 7]
    const p0 = (ao + i * n) | 0
    const p1 = (p0 + n) | 0
    const p2 = (p1 + n) | 0
    const p3 = (p2 + n) | 0
    const p4 = (p3 + n) | 0
    const p5 = (p4 + n) | 0
    const p6 = (p5 + n) | 0
    const p7 = (p6 + n) | 0
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const v = x[(xo + j) | 0]
      a[(p0 + j) | 0] = y0 * v
      a[(p1 + j) | 0] = y1 * v
      a[(p2 + j) | 0] = y2 * v
      a[(p3 + j) | 0] = y3 * v
      a[(p4 + j) | 0] = y4 * v
      a[(p5 + j) | 0] = y5 * v
      a[(p6 + j) | 0] = y6 * v
      a[(p7 + j) | 0] = y7 * v
    }
  }
  for (; i < m; i++) {
    const v = y[yo + i]
    const p = (ao + i * n) | 0
    for (let j = 0; j < n; j = (j + 1) | 0) a[(p + j) | 0] = v * x[(xo + j) | 0]
  }
}

/** A += alpha·y·xᵀ. Eight rows at once. */
export function gerAdd(
  m: number,
  n: number,
  alpha: number,
  y: Float64Array,
  yo: number,
  x: Float64Array,
  xo: number,
  a: Float64Array,
  ao: number,
): void {
  let i = 0
  for (; i + 7 < m; i += 8) {
    const o = (yo + i) | 0
    const y0 = alpha * y[o]
    const y1 = alpha * y[o + 1]
    const y2 = alpha * y[o + 2]
    const y3 = alpha * y[o + 3]
    const y4 = alpha * y[o + 4]
    const y5 = alpha * y[o + 5]
    const y6 = alpha * y[o + 6]
    const y7 = alpha * y[o + 7]
    const p0 = (ao + i * n) | 0
    const p1 = (p0 + n) | 0
    const p2 = (p1 + n) | 0
    const p3 = (p2 + n) | 0
    const p4 = (p3 + n) | 0
    const p5 = (p4 + n) | 0
    const p6 = (p5 + n) | 0
    const p7 = (p6 + n) | 0
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const v = x[(xo + j) | 0]
      a[(p0 + j) | 0] += y0 * v
      a[(p1 + j) | 0] += y1 * v
      a[(p2 + j) | 0] += y2 * v
      a[(p3 + j) | 0] += y3 * v
      a[(p4 + j) | 0] += y4 * v
      a[(p5 + j) | 0] += y5 * v
      a[(p6 + j) | 0] += y6 * v
      a[(p7 + j) | 0] += y7 * v
    }
  }
  for (; i < m; i++) {
    const v = alpha * y[yo + i]
    const p = (ao + i * n) | 0
    for (let j = 0; j < n; j = (j + 1) | 0) a[(p + j) | 0] += v * x[(xo + j) | 0]
  }
}
