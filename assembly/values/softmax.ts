/** Values of softmax and its relatives, row by row. */
import { dot, fill, maximum, sum } from '../kernels/vector'
import { mapExp } from '../kernels/math'
import { Opcode } from '../shared/opcodes'
import { cols, data, rows } from '../slots'

/** What to subtract before the exponential: the maximum, or 0 where it is infinite and would give ∞ − ∞. */
@inline
function shiftOf(largest: f64): f64 {
  return Math.abs(largest) == Infinity ? 0 : largest
}

/** y = eˣ⁻ˢ; returns Σ y. */
function shiftedExp(n: i32, x: usize, shift: f64, y: usize): f64 {
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) store<f64>(y + i, load<f64>(x + i) - shift)
  mapExp(n, y, y)
  return sum(n, y)
}

/** y = softmax(x); an element of +∞ takes all, shared with others of its kind; only −∞ gives NaN. */
function softmaxRow(n: i32, x: usize, y: usize): void {
  const largest = maximum(n, x)
  let total: f64 = 0
  if (largest == Infinity) {
    for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) {
      const one: f64 = load<f64>(x + i) == Infinity ? 1 : 0
      store<f64>(y + i, one)
      total += one
    }
  } else total = shiftedExp(n, x, shiftOf(largest), y)
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) store<f64>(y + i, load<f64>(y + i) / total)
}

/**
 * log Σ eˣ⁻ᵐ where m is the largest of the numbers, and finite: log(1 + the other terms), so that a sum that is almost
 * 1, when one number is far ahead, keeps its digits.
 */
function logExcess(n: i32, x: usize, largest: f64): f64 {
  let others: f64 = 0
  let left = true
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) {
    const value = load<f64>(x + i)
    if (left && value == largest) left = false
    else others += Math.exp(value - largest)
  }
  return Math.log1p(others)
}

/** log Σ eˣ without overflow; −∞ for no elements. */
function logSumExpRow(n: i32, x: usize): f64 {
  const largest = maximum(n, x)
  if (Math.abs(largest) == Infinity || largest != largest) return largest
  return largest + logExcess(n, x, largest)
}

/** −Σ t log softmax(x) = Σ t (m − x + logExcess); an element with t = 0 adds nothing, even where x = −∞. */
function crossEntropyRow(n: i32, x: usize, t: usize): f64 {
  const largest = maximum(n, x)
  if (largest == Infinity) return infiniteCrossEntropyRow(n, x, t)
  const excess: f64 = Math.abs(largest) < Infinity ? logExcess(n, x, largest) : 0
  let loss: f64 = 0
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) {
    const weight = load<f64>(t + i)
    if (weight != 0) loss += weight * (largest - load<f64>(x + i) + excess)
  }
  return loss
}

/** The same where k elements are +∞ and share the probability 1: −log softmax is log k for these, ∞ for the others. */
function infiniteCrossEntropyRow(n: i32, x: usize, t: usize): f64 {
  let shared: f64 = 0
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) if (load<f64>(x + i) == Infinity) shared += 1
  const logShared = Math.log(shared)
  let loss: f64 = 0
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) {
    const weight = load<f64>(t + i)
    if (weight != 0) loss += weight * (load<f64>(x + i) == Infinity ? logShared : Infinity)
  }
  return loss
}

/** out = op(a, b, c) for the opcodes from Softmax to SoftmaxCrossEntropyBack. */
export function softmax(word: i32, out: usize, a: usize, b: usize, c: usize): void {
  const opcode = word & 0xff
  const table = opcode == Opcode.SoftmaxCrossEntropyBack ? b : a
  const n = cols(table)
  const y = data(out)
  const pa = data(a)
  const pb = data(b)
  const pc = data(c)
  for (let i = 0, m = rows(table); i < m; i++) {
    const row = <usize>(i * n) << 3
    const element = <usize>i << 3
    switch (opcode) {
      case Opcode.Softmax:
        softmaxRow(n, pa + row, y + row)
        break
      case Opcode.SoftmaxBack: {
        const mean = dot(n, pa + row, pb + row)
        for (let j = row, end = row + (<usize>n << 3); j < end; j += 8) {
          store<f64>(y + j, load<f64>(pb + j) * (load<f64>(pa + j) - mean))
        }
        break
      }
      case Opcode.LogSumExp:
        store<f64>(y + element, logSumExpRow(n, pa + row))
        break
      case Opcode.SoftmaxCrossEntropy:
        store<f64>(y + element, crossEntropyRow(n, pa + row, pb + row))
        break
      case Opcode.SoftmaxCrossEntropyBack: {
        const cotangent = load<f64>(pa + element)
        const total = sum(n, pc + row)
        softmaxRow(n, pb + row, y + row)
        for (let j = row, end = row + (<usize>n << 3); j < end; j += 8) {
          store<f64>(y + j, cotangent * (total * load<f64>(y + j) - load<f64>(pc + j)))
        }
        break
      }
      default:
        fill(n, NaN, y + row)
    }
  }
}
