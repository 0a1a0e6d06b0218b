/**
 * The kernels for each type of elements, to be called from outside, where nothing is generic: for float64 under their names, for
 * float32 with 32 after it. What they do is said where they are.
 */
import * as level1 from './vector'
import * as level2 from './matvec'
import * as level3 from './gemm'
import * as packing from './pack'
import * as maps from './math'
import * as errors from './errorFunction'
import * as elementwise from './elementwise'
import * as conversions from './convert'

// float64

export function copy(n: i32, x: usize, y: usize): void {
  level1.copy<f64>(n, x, y)
}

export function fill(n: i32, value: f64, y: usize): void {
  level1.fill<f64>(n, value, y)
}

export function scale(n: i32, alpha: f64, x: usize, y: usize): void {
  level1.scale<f64>(n, alpha, x, y)
}

export function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  level1.axpy<f64>(n, alpha, x, y)
}

export function dot(n: i32, x: usize, y: usize): f64 {
  return level1.dot<f64>(n, x, y)
}

export function sum(n: i32, x: usize): f64 {
  return level1.sum<f64>(n, x)
}

export function maximum(n: i32, x: usize): f64 {
  return level1.maximum<f64>(n, x)
}

export function minimum(n: i32, x: usize): f64 {
  return level1.minimum<f64>(n, x)
}

export function gemv(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  level2.gemv<f64>(m, n, a, x, c, y)
}

export function gemvT(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  level2.gemvT<f64>(m, n, a, x, c, y)
}

export function ger(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  level2.ger<f64>(m, n, alpha, x, y, a, accumulate)
}

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
  workspace: usize,
): void {
  level3.gemm<f64>(m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, workspace)
}

export function gemmWorkspaceBytes(m: i32, n: i32, k: i32): i32 {
  return level3.gemmWorkspaceBytes<f64>(m, n, k)
}

export function pack(
  width: i32,
  lines: i32,
  depth: i32,
  source: usize,
  lineBytes: usize,
  depthBytes: usize,
  out: usize,
): void {
  packing.pack<f64>(width, lines, depth, source, lineBytes, depthBytes, out)
}

export function mapExp(n: i32, x: usize, y: usize): void {
  maps.mapExp<f64>(n, x, y)
}

export function mapLog(n: i32, x: usize, y: usize): void {
  maps.mapLog<f64>(n, x, y)
}

export function mapTanh(n: i32, x: usize, y: usize): void {
  maps.mapTanh<f64>(n, x, y)
}

export function mapLogistic(n: i32, x: usize, y: usize): void {
  maps.mapLogistic<f64>(n, x, y)
}

export function mapLogisticBack(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  elementwise.mapLogisticBack<f64>(n, a, aTensor, b, bTensor, y, accumulate)
}

export function convertBytes(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  conversions.convertBytes<f64>(n, scale, offset, x, y)
}

export function convertFloats(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  conversions.convertFloats<f64>(n, scale, offset, x, y)
}

export function mapErf(n: i32, x: usize, y: usize): void {
  errors.mapErf<f64>(n, x, y)
}

export function mapErfc(n: i32, x: usize, y: usize): void {
  errors.mapErfc<f64>(n, x, y)
}

export function mapNormCdf(n: i32, x: usize, y: usize): void {
  errors.mapNormCdf<f64>(n, x, y)
}

export function mapFloor(n: i32, x: usize, y: usize): void {
  elementwise.mapFloor<f64>(n, x, y)
}

export function mapCeil(n: i32, x: usize, y: usize): void {
  elementwise.mapCeil<f64>(n, x, y)
}

export function mapRound(n: i32, x: usize, y: usize): void {
  elementwise.mapRound<f64>(n, x, y)
}

// float32

export function copy32(n: i32, x: usize, y: usize): void {
  level1.copy<f32>(n, x, y)
}

export function fill32(n: i32, value: f64, y: usize): void {
  level1.fill<f32>(n, value, y)
}

export function scale32(n: i32, alpha: f64, x: usize, y: usize): void {
  level1.scale<f32>(n, alpha, x, y)
}

export function axpy32(n: i32, alpha: f64, x: usize, y: usize): void {
  level1.axpy<f32>(n, alpha, x, y)
}

export function dot32(n: i32, x: usize, y: usize): f64 {
  return level1.dot<f32>(n, x, y)
}

export function sum32(n: i32, x: usize): f64 {
  return level1.sum<f32>(n, x)
}

export function maximum32(n: i32, x: usize): f64 {
  return level1.maximum<f32>(n, x)
}

export function minimum32(n: i32, x: usize): f64 {
  return level1.minimum<f32>(n, x)
}

export function gemv32(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  level2.gemv<f32>(m, n, a, x, c, y)
}

export function gemvT32(m: i32, n: i32, a: usize, x: usize, c: usize, y: usize): void {
  level2.gemvT<f32>(m, n, a, x, c, y)
}

export function ger32(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, accumulate: bool): void {
  level2.ger<f32>(m, n, alpha, x, y, a, accumulate)
}

export function gemm32(
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
  level3.gemm<f32>(m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, workspace)
}

export function gemmWorkspaceBytes32(m: i32, n: i32, k: i32): i32 {
  return level3.gemmWorkspaceBytes<f32>(m, n, k)
}

export function pack32(
  width: i32,
  lines: i32,
  depth: i32,
  source: usize,
  lineBytes: usize,
  depthBytes: usize,
  out: usize,
): void {
  packing.pack<f32>(width, lines, depth, source, lineBytes, depthBytes, out)
}

export function mapExp32(n: i32, x: usize, y: usize): void {
  maps.mapExp<f32>(n, x, y)
}

export function mapLog32(n: i32, x: usize, y: usize): void {
  maps.mapLog<f32>(n, x, y)
}

export function mapTanh32(n: i32, x: usize, y: usize): void {
  maps.mapTanh<f32>(n, x, y)
}

export function mapLogistic32(n: i32, x: usize, y: usize): void {
  maps.mapLogistic<f32>(n, x, y)
}

export function mapLogisticBack32(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  elementwise.mapLogisticBack<f32>(n, a, aTensor, b, bTensor, y, accumulate)
}

export function convertBytes32(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  conversions.convertBytes<f32>(n, scale, offset, x, y)
}

export function convertFloats32(n: i32, scale: f64, offset: f64, x: usize, y: usize): void {
  conversions.convertFloats<f32>(n, scale, offset, x, y)
}

export function mapErf32(n: i32, x: usize, y: usize): void {
  errors.mapErf<f32>(n, x, y)
}

export function mapErfc32(n: i32, x: usize, y: usize): void {
  errors.mapErfc<f32>(n, x, y)
}

export function mapNormCdf32(n: i32, x: usize, y: usize): void {
  errors.mapNormCdf<f32>(n, x, y)
}

export function mapFloor32(n: i32, x: usize, y: usize): void {
  elementwise.mapFloor<f32>(n, x, y)
}

export function mapCeil32(n: i32, x: usize, y: usize): void {
  elementwise.mapCeil<f32>(n, x, y)
}

export function mapRound32(n: i32, x: usize, y: usize): void {
  elementwise.mapRound<f32>(n, x, y)
}
