/**
 * Values of softmax and its relatives, row by row. What is not a kernel's is computed in float64, and rounded once where the
 * elements are float32.
 */
import { bytes } from '../kernels/lanes'
import { dot, fill, maximum, sum } from '../kernels/vector'
import { mapExp } from '../kernels/math'
import { Opcode } from '../shared/opcodes'
import { cols, data, numberAt, rows, setNumberAt } from '../slots'

/** What to subtract before the exponential: the maximum, or 0 where it is infinite and would give ∞ − ∞. */
@inline
function shiftOf(largest: f64): f64 {
  return Math.abs(largest) == Infinity ? 0 : largest
}

/** y = eˣ⁻ˢ; returns Σ y. */
function shiftedExp<T>(n: i32, x: usize, shift: f64, y: usize): f64 {
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) store<T>(y + i, <T>(load<T>(x + i) - shift))
  mapExp<T>(n, y, y)
  return sum<T>(n, y)
}

/** y = softmax(x); an element of +∞ takes all, shared with others of its kind; only −∞ gives NaN. */
function softmaxRow<T>(n: i32, x: usize, y: usize): void {
  const largest = maximum<T>(n, x)
  let total: f64 = 0
  if (largest == Infinity) {
    for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) {
      const one: f64 = load<T>(x + i) == Infinity ? 1 : 0
      store<T>(y + i, <T>one)
      total += one
    }
  } else total = shiftedExp<T>(n, x, shiftOf(largest), y)
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) store<T>(y + i, <T>(load<T>(y + i) / total))
}

/**
 * log Σ eˣ⁻ᵐ where m is the largest of the numbers, and finite: log(1 + the other terms), so that a sum that is almost
 * 1, when one number is far ahead, keeps its digits.
 */
function logExcess<T>(n: i32, x: usize, largest: f64): f64 {
  let others: f64 = 0
  let left = true
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) {
    const value: f64 = load<T>(x + i)
    if (left && value == largest) left = false
    else others += Math.exp(value - largest)
  }
  return Math.log1p(others)
}

/** log Σ eˣ without overflow; −∞ for no elements. */
function logSumExpRow<T>(n: i32, x: usize): f64 {
  const largest = maximum<T>(n, x)
  if (Math.abs(largest) == Infinity || largest != largest) return largest
  return largest + logExcess<T>(n, x, largest)
}

/** −Σ t log softmax(x) = Σ t (m − x + logExcess); an element with t = 0 adds nothing, even where x = −∞. */
function crossEntropyRow<T>(n: i32, x: usize, t: usize): f64 {
  const largest = maximum<T>(n, x)
  if (largest == Infinity) return infiniteCrossEntropyRow<T>(n, x, t)
  const excess: f64 = Math.abs(largest) < Infinity ? logExcess<T>(n, x, largest) : 0
  let loss: f64 = 0
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) {
    const weight: f64 = load<T>(t + i)
    if (weight != 0) loss += weight * (largest - load<T>(x + i) + excess)
  }
  return loss
}

/** The same where k elements are +∞ and share the probability 1: −log softmax is log k for these, ∞ for the others. */
function infiniteCrossEntropyRow<T>(n: i32, x: usize, t: usize): f64 {
  let shared: f64 = 0
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) if (load<T>(x + i) == Infinity) shared += 1
  const logShared = Math.log(shared)
  let loss: f64 = 0
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) {
    const weight: f64 = load<T>(t + i)
    if (weight != 0) loss += weight * (load<T>(x + i) == Infinity ? logShared : Infinity)
  }
  return loss
}

/** out = op(a, b, c) for the opcodes from Softmax to SoftmaxCrossEntropyBack. */
export function softmax<T>(word: i32, out: usize, a: usize, b: usize, c: usize): void {
  const opcode = word & 0xff
  const table = opcode == Opcode.SoftmaxCrossEntropyBack ? b : a
  const n = cols(table)
  const y = data(out)
  const pa = data(a)
  const pb = data(b)
  const pc = data(c)
  for (let i = 0, m = rows(table); i < m; i++) {
    const row = bytes<T>(i * n)
    switch (opcode) {
      case Opcode.Softmax:
        softmaxRow<T>(n, pa + row, y + row)
        break
      case Opcode.SoftmaxBack: {
        const mean = dot<T>(n, pa + row, pb + row)
        for (let j = row, end = row + bytes<T>(n); j < end; j += sizeof<T>()) {
          store<T>(y + j, <T>(<f64>load<T>(pb + j) * (load<T>(pa + j) - mean)))
        }
        break
      }
      case Opcode.LogSumExp:
        setNumberAt<T>(out, i, logSumExpRow<T>(n, pa + row))
        break
      case Opcode.SoftmaxCrossEntropy:
        setNumberAt<T>(out, i, crossEntropyRow<T>(n, pa + row, pb + row))
        break
      case Opcode.SoftmaxCrossEntropyBack: {
        const cotangent = numberAt<T>(a, i)
        const total = sum<T>(n, pc + row)
        softmaxRow<T>(n, pb + row, y + row)
        for (let j = row, end = row + bytes<T>(n); j < end; j += sizeof<T>()) {
          store<T>(y + j, <T>(cotangent * (total * load<T>(y + j) - load<T>(pc + j))))
        }
        break
      }
      default:
        fill<T>(n, NaN, y + row)
    }
  }
}
