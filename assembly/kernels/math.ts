/**
 * exp, log, tanh and the logistic function: of a vector of T, and of one number. Both give the same bits for the same element,
 * wherever it stands. The formulas are in math64.ts and math32.ts.
 *
 * Each function has an ordinary range, where a short branchless formula holds, and a complete form for the rest. A
 * vector that leaves the ordinary range anywhere takes the complete form, which gives ordinary elements the same bits.
 */
import { bytes, lanes, storeOne } from './lanes'
import { Exp32, Log32, Logistic32, Tanh32 } from './math32'
import { Exp64, Log64, Logistic64, Tanh64 } from './math64'

@inline
function mapLanes<F>(x: v128): v128 {
  const f = changetype<F>(0)
  return f.isOrdinary(x) ? f.ofOrdinary(x) : f.ofAny(x)
}

/** Two vectors in each iteration, so that the processor has two independent chains to work at. */
@inline
function map<T, F>(n: i32, x: usize, y: usize): void {
  const f = changetype<F>(0)
  const blocksEnd = x + bytes<T>(n & -(2 * lanes<T>()))
  while (x != blocksEnd) {
    const x0 = v128.load(x, 0)
    const x1 = v128.load(x, 16)
    if (i32(f.isOrdinary(x0)) & i32(f.isOrdinary(x1))) {
      v128.store(y, f.ofOrdinary(x0), 0)
      v128.store(y, f.ofOrdinary(x1), 16)
    } else {
      v128.store(y, f.ofAny(x0), 0)
      v128.store(y, f.ofAny(x1), 16)
    }
    x += 32
    y += 32
  }
  if (n & lanes<T>()) {
    v128.store(y, mapLanes<F>(v128.load(x)))
    x += 16
    y += 16
  }
  for (let rest = n & (lanes<T>() - 1); rest != 0; rest--) {
    storeOne<T>(y, mapLanes<F>(v128.load_splat<T>(x)))
    x += sizeof<T>()
    y += sizeof<T>()
  }
}

@inline
function mapScalar<F>(x: f64): f64 {
  return f64x2.extract_lane(mapLanes<F>(f64x2.splat(x)), 0)
}

/** yᵢ = e^xᵢ. n ≥ 0; y may be x. */
export function mapExp<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 8) map<T, Exp64>(n, x, y)
  else map<T, Exp32>(n, x, y)
}

/** yᵢ = log xᵢ. n ≥ 0; y may be x. */
export function mapLog<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 8) map<T, Log64>(n, x, y)
  else map<T, Log32>(n, x, y)
}

/** yᵢ = tanh xᵢ. n ≥ 0; y may be x. */
export function mapTanh<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 8) map<T, Tanh64>(n, x, y)
  else map<T, Tanh32>(n, x, y)
}

/** yᵢ = 1 / (1 + e^−xᵢ). n ≥ 0; y may be x. */
export function mapLogistic<T>(n: i32, x: usize, y: usize): void {
  if (sizeof<T>() == 8) map<T, Logistic64>(n, x, y)
  else map<T, Logistic32>(n, x, y)
}

/** e^x of two float64 lanes, with the bits of `mapExp<f64>`. */
@inline
export function expLanes(x: v128): v128 {
  return mapLanes<Exp64>(x)
}

/** e^x, with the bits of `mapExp<f64>`. */
export function expScalar(x: f64): f64 {
  return mapScalar<Exp64>(x)
}

/** log x, with the bits of `mapLog<f64>`. */
export function logScalar(x: f64): f64 {
  return mapScalar<Log64>(x)
}

/** tanh x, with the bits of `mapTanh<f64>`. */
export function tanhScalar(x: f64): f64 {
  return mapScalar<Tanh64>(x)
}

/** 1 / (1 + e^−x), with the bits of `mapLogistic<f64>`. */
export function logisticScalar(x: f64): f64 {
  return mapScalar<Logistic64>(x)
}
