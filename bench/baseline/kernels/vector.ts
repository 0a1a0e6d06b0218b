/**
 * Loops over vectors. Every operand is an array and the index where it begins. With `add` a result is added to what is there, else it overwrites and the old content is
 * not read. `| 0` spares V8's check of each index for overflow.
 */

/** Σ xᵢ, with 4 accumulators. */
export function sum(n: number, x: Float64Array, xo: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  const end = (xo + n) | 0
  let p = xo | 0
  for (; p < end - 3; p = (p + 4) | 0) {
    s0 += x[p]
    s1 += x[(p + 1) | 0]
    s2 += x[(p + 2) | 0]
    s3 += x[(p + 3) | 0]
  }
  for (; p < end; p = (p + 1) | 0) s0 += x[p]
  return s0 + s1 + (s2 + s3)
}

/** Σ xᵢyᵢ, with 4 accumulators. */
export function dot(n: number, x: Float64Array, xo: number, y: Float64Array, yo: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  let p = xo | 0
  let q = yo | 0
  for (; i < n - 3; i = (i + 4) | 0) {
    s0 += x[p] * y[q]
    s1 += x[(p + 1) | 0] * y[(q + 1) | 0]
    s2 += x[(p + 2) | 0] * y[(q + 2) | 0]
    s3 += x[(p + 3) | 0] * y[(q + 3) | 0]
    p = (p + 4) | 0
    q = (q + 4) | 0
  }
  for (; i < n; i = (i + 1) | 0) s0 += x[(xo + i) | 0] * y[(yo + i) | 0]
  return s0 + s1 + (s2 + s3)
}

/** Σ (xᵢ − yᵢ)². */
export function squaredDistance(n: number, x: Float64Array, xo: number, y: Float64Array, yo: number): number {
  let s0 = 0
  let s1 = 0
  let i = 0
  for (; i < n - 1; i = (i + 2) | 0) {
    const d0 = x[(xo + i) | 0] - y[(yo + i) | 0]
    const d1 = x[(xo + i + 1) | 0] - y[(yo + i + 1) | 0]
    s0 += d0 * d0
    s1 += d1 * d1
  }
  if (i < n) {
    const d0 = x[(xo + i) | 0] - y[(yo + i) | 0]
    s0 += d0 * d0
  }
  return s0 + s1
}

/** yᵢ (+)= alpha · xᵢ. */
export function scaleInto(
  n: number,
  add: boolean,
  alpha: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  if (add) {
    for (let i = 0; i < n; i++) y[(yo + i) | 0] += alpha * x[(xo + i) | 0]
  } else {
    for (let i = 0; i < n; i++) y[(yo + i) | 0] = alpha * x[(xo + i) | 0]
  }
}

/** yᵢ (+)= alpha · (aᵢ − bᵢ). */
export function scaledDifferenceInto(
  n: number,
  add: boolean,
  alpha: number,
  a: Float64Array,
  ao: number,
  b: Float64Array,
  bo: number,
  y: Float64Array,
  yo: number,
): void {
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    y[o] = (add ? y[o] : 0) + alpha * (a[(ao + i) | 0] - b[(bo + i) | 0])
  }
}

/** yᵢ (+)= alpha. */
export function fillInto(n: number, add: boolean, alpha: number, y: Float64Array, yo: number): void {
  if (add) {
    for (let i = 0; i < n; i++) y[(yo + i) | 0] += alpha
  } else {
    y.fill(alpha, yo, yo + n)
  }
}

/** yᵢ (+)= xᵢbᵢ. */
export function productInto(
  n: number,
  add: boolean,
  x: Float64Array,
  xo: number,
  b: Float64Array,
  bo: number,
  y: Float64Array,
  yo: number,
): void {
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    y[o] = (add ? y[o] : 0) + x[(xo + i) | 0] * b[(bo + i) | 0]
  }
}

/** Yᵢⱼ = Aᵢⱼ + bⱼ. */
export function addRowLoop(
  rows: number,
  cols: number,
  a: Float64Array,
  ao: number,
  b: Float64Array,
  bo: number,
  y: Float64Array,
  yo: number,
): void {
  for (let i = 0; i < rows; i++) {
    const r = (ao + i * cols) | 0
    const o = (yo + i * cols) | 0
    for (let j = 0; j < cols; j++) y[(o + j) | 0] = a[(r + j) | 0] + b[(bo + j) | 0]
  }
}

/** bⱼ (+)= Σᵢ Aᵢⱼ: the transpose of repeating a row. */
export function sumRowsInto(
  rows: number,
  cols: number,
  add: boolean,
  a: Float64Array,
  ao: number,
  b: Float64Array,
  bo: number,
): void {
  if (!add) b.fill(0, bo, bo + cols)
  for (let i = 0; i < rows; i++) scaleInto(cols, true, 1, a, ao + i * cols, b, bo)
}
