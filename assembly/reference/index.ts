/**
 * The kernels once more, as plain loops over one element at a time: what the tests hold the fast ones against. Same
 * names, same arguments; everything is computed in float64, and rounded once where the elements are float32. Compiled into the
 * test binary only.
 */

@inline
function at<T>(p: usize, i: i32): f64 {
  return load<T>(p + <usize>i * sizeof<T>())
}

@inline
function put<T>(p: usize, i: i32, value: f64): void {
  store<T>(p + <usize>i * sizeof<T>(), <T>value)
}

// Level 1

export function copy<T>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, at<T>(x, i))
}

export function fill<T>(n: i32, value: f64, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, value)
}

export function scale<T>(n: i32, alpha: f64, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, alpha * at<T>(x, i))
}

export function axpy<T>(n: i32, alpha: f64, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, at<T>(y, i) + alpha * at<T>(x, i))
}

export function dot<T>(n: i32, x: usize, y: usize): f64 {
  let total: f64 = 0
  for (let i = 0; i < n; i++) total += at<T>(x, i) * at<T>(y, i)
  return total
}

export function sum<T>(n: i32, x: usize): f64 {
  let total: f64 = 0
  for (let i = 0; i < n; i++) total += at<T>(x, i)
  return total
}

export function maximum<T>(n: i32, x: usize): f64 {
  let largest: f64 = -Infinity
  for (let i = 0; i < n; i++) largest = max(largest, at<T>(x, i))
  return largest
}

export function minimum<T>(n: i32, x: usize): f64 {
  let smallest: f64 = Infinity
  for (let i = 0; i < n; i++) smallest = min(smallest, at<T>(x, i))
  return smallest
}

// Level 2

export function gemv<T>(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  for (let i = 0; i < m; i++) {
    let total = c ? at<T>(c, i) : 0
    for (let j = 0; j < n; j++) total += at<T>(a, i * n + j) * at<T>(x, j)
    put<T>(y, i, total)
  }
}

export function gemvT<T>(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  for (let j = 0; j < n; j++) {
    let total = c ? at<T>(c, j) : 0
    for (let i = 0; i < m; i++) total += at<T>(a, i * n + j) * at<T>(x, i)
    put<T>(y, j, total)
  }
}

export function ger<T>(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const product = alpha * at<T>(x, i) * at<T>(y, j)
      put<T>(a, i * n + j, accumulate ? at<T>(a, i * n + j) + product : product)
    }
  }
}

// Level 3

/** Takes the workspace of the fast kernel, and leaves it alone. */
export function gemm<T>(
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  transposeA: bool,
  b: usize,
  transposeB: bool,
  c: usize,
  accumulate: bool,
  _workspace: usize,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total: f64 = 0
      for (let l = 0; l < k; l++) {
        total += at<T>(a, transposeA ? l * m + i : i * k + l) * at<T>(b, transposeB ? j * k + l : l * n + j)
      }
      total *= alpha
      put<T>(c, i * n + j, accumulate ? at<T>(c, i * n + j) + total : total)
    }
  }
}

// Maps, by the compiler's own port of musl

export function expScalar(x: f64): f64 {
  return NativeMath.exp(x)
}

export function logScalar(x: f64): f64 {
  return NativeMath.log(x)
}

export function tanhScalar(x: f64): f64 {
  return NativeMath.tanh(x)
}

export function logisticScalar(x: f64): f64 {
  const e = NativeMath.exp(-abs(x))
  return x >= 0 ? 1 / (1 + e) : e / (1 + e)
}

export function mapExp<T>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, expScalar(at<T>(x, i)))
}

export function mapLog<T>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, logScalar(at<T>(x, i)))
}

export function mapTanh<T>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, tanhScalar(at<T>(x, i)))
}

export function mapLogistic<T>(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put<T>(y, i, logisticScalar(at<T>(x, i)))
}
