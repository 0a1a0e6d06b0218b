/** The plain loops for each type of elements, as kernels/instances.ts has the kernels. */
import * as reference from './index'

// float64

export function copyReference(n: i32, x: usize, y: usize): void {
  reference.copy<f64>(n, x, y)
}

export function fillReference(n: i32, value: f64, y: usize): void {
  reference.fill<f64>(n, value, y)
}

export function scaleReference(n: i32, alpha: f64, x: usize, y: usize): void {
  reference.scale<f64>(n, alpha, x, y)
}

export function axpyReference(n: i32, alpha: f64, x: usize, y: usize): void {
  reference.axpy<f64>(n, alpha, x, y)
}

export function dotReference(n: i32, x: usize, y: usize): f64 {
  return reference.dot<f64>(n, x, y)
}

export function sumReference(n: i32, x: usize): f64 {
  return reference.sum<f64>(n, x)
}

export function maximumReference(n: i32, x: usize): f64 {
  return reference.maximum<f64>(n, x)
}

export function minimumReference(n: i32, x: usize): f64 {
  return reference.minimum<f64>(n, x)
}

export function gemvReference(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  reference.gemv<f64>(m, n, a, x, c, y)
}

export function gemvTReference(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  reference.gemvT<f64>(m, n, a, x, c, y)
}

export function gerReference(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  reference.ger<f64>(m, n, alpha, x, y, a, accumulate)
}

export function gemmReference(
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
  workspace: usize,
): void {
  reference.gemm<f64>(m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, workspace)
}

export function mapExpReference(n: i32, x: usize, y: usize): void {
  reference.mapExp<f64>(n, x, y)
}

export function mapLogReference(n: i32, x: usize, y: usize): void {
  reference.mapLog<f64>(n, x, y)
}

export function mapTanhReference(n: i32, x: usize, y: usize): void {
  reference.mapTanh<f64>(n, x, y)
}

export function mapLogisticReference(n: i32, x: usize, y: usize): void {
  reference.mapLogistic<f64>(n, x, y)
}

// float32

export function copyReference32(n: i32, x: usize, y: usize): void {
  reference.copy<f32>(n, x, y)
}

export function fillReference32(n: i32, value: f64, y: usize): void {
  reference.fill<f32>(n, value, y)
}

export function scaleReference32(n: i32, alpha: f64, x: usize, y: usize): void {
  reference.scale<f32>(n, alpha, x, y)
}

export function axpyReference32(n: i32, alpha: f64, x: usize, y: usize): void {
  reference.axpy<f32>(n, alpha, x, y)
}

export function dotReference32(n: i32, x: usize, y: usize): f64 {
  return reference.dot<f32>(n, x, y)
}

export function sumReference32(n: i32, x: usize): f64 {
  return reference.sum<f32>(n, x)
}

export function maximumReference32(n: i32, x: usize): f64 {
  return reference.maximum<f32>(n, x)
}

export function minimumReference32(n: i32, x: usize): f64 {
  return reference.minimum<f32>(n, x)
}

export function gemvReference32(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  reference.gemv<f32>(m, n, a, x, c, y)
}

export function gemvTReference32(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  reference.gemvT<f32>(m, n, a, x, c, y)
}

export function gerReference32(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  reference.ger<f32>(m, n, alpha, x, y, a, accumulate)
}

export function gemmReference32(
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
  workspace: usize,
): void {
  reference.gemm<f32>(m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, workspace)
}

export function mapExpReference32(n: i32, x: usize, y: usize): void {
  reference.mapExp<f32>(n, x, y)
}

export function mapLogReference32(n: i32, x: usize, y: usize): void {
  reference.mapLog<f32>(n, x, y)
}

export function mapTanhReference32(n: i32, x: usize, y: usize): void {
  reference.mapTanh<f32>(n, x, y)
}

export function mapLogisticReference32(n: i32, x: usize, y: usize): void {
  reference.mapLogistic<f32>(n, x, y)
}

export function expScalarReference(x: f64): f64 {
  return reference.expScalar(x)
}

export function logScalarReference(x: f64): f64 {
  return reference.logScalar(x)
}

export function tanhScalarReference(x: f64): f64 {
  return reference.tanhScalar(x)
}

export function logisticScalarReference(x: f64): f64 {
  return reference.logisticScalar(x)
}
