/**
 * The kernels once more, as plain loops over one element at a time: what the tests hold the fast ones against. Same
 * names, same arguments. Compiled into the test binary only.
 */

@inline
function at(p: usize, i: i32): f64 {
  return load<f64>(p + (<usize>i << 3))
}

@inline
function put(p: usize, i: i32, value: f64): void {
  store<f64>(p + (<usize>i << 3), value)
}

// Level 1

export function copy(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, at(x, i))
}

export function fill(n: i32, value: f64, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, value)
}

export function scale(n: i32, alpha: f64, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, alpha * at(x, i))
}

export function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, at(y, i) + alpha * at(x, i))
}

export function dot(n: i32, x: usize, y: usize): f64 {
  let total: f64 = 0
  for (let i = 0; i < n; i++) total += at(x, i) * at(y, i)
  return total
}

export function sum(n: i32, x: usize): f64 {
  let total: f64 = 0
  for (let i = 0; i < n; i++) total += at(x, i)
  return total
}

export function maximum(n: i32, x: usize): f64 {
  let largest: f64 = -Infinity
  for (let i = 0; i < n; i++) largest = max(largest, at(x, i))
  return largest
}

export function minimum(n: i32, x: usize): f64 {
  let smallest: f64 = Infinity
  for (let i = 0; i < n; i++) smallest = min(smallest, at(x, i))
  return smallest
}

// Level 2

export function gemv(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  for (let i = 0; i < m; i++) {
    let total = c ? at(c, i) : 0
    for (let j = 0; j < n; j++) total += at(a, i * n + j) * at(x, j)
    put(y, i, total)
  }
}

export function gemvT(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  for (let j = 0; j < n; j++) {
    let total = c ? at(c, j) : 0
    for (let i = 0; i < m; i++) total += at(a, i * n + j) * at(x, i)
    put(y, j, total)
  }
}

export function ger(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const product = alpha * at(x, i) * at(y, j)
      put(a, i * n + j, accumulate ? at(a, i * n + j) + product : product)
    }
  }
}

// Level 3

/** Takes the workspace of the fast kernel, and leaves it alone. */
export function gemm(
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
        total += at(a, transposeA ? l * m + i : i * k + l) * at(b, transposeB ? j * k + l : l * n + j)
      }
      total *= alpha
      put(c, i * n + j, accumulate ? at(c, i * n + j) + total : total)
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

export function mapExp(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, expScalar(at(x, i)))
}

export function mapLog(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, logScalar(at(x, i)))
}

export function mapTanh(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, tanhScalar(at(x, i)))
}

export function mapLogistic(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) put(y, i, logisticScalar(at(x, i)))
}
