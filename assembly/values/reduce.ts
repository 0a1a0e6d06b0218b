/**
 * Values of the reductions and of their transposes. Rows are the rows of the rows × cols that the slot says. One number for each
 * row is a tensor, or a scalar where there is one row. Sums are gathered as kernels/vector.ts says.
 */
import { bytes } from '../kernels/lanes'
import { axpy, copy, dot, fill, maximum, minimum, scale, sum } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, isTensor, numberAt, rows, scalar, setNumberAt } from '../slots'

/** out = op(a, b) for the opcodes from Sum to SumRepeats. */
export function reduce<T>(word: i32, out: usize, a: usize, b: usize): void {
  const y = data(out)
  const pa = data(a)
  const pb = data(b)
  switch (word & 0xff) {
    case Opcode.Sum:
      store<f64>(y, sum<T>(count(a), pa))
      break
    case Opcode.Broadcast:
      fill<T>(count(out), scalar(a), y)
      break
    case Opcode.Dot:
      store<f64>(y, dot<T>(count(a), pa, pb))
      break
    case Opcode.RowSum: {
      const n = cols(a)
      for (let i = 0, m = rows(a); i < m; i++) setNumberAt<T>(out, i, sum<T>(n, pa + bytes<T>(i * n)))
      break
    }
    case Opcode.RowDot: {
      const n = cols(a)
      for (let i = 0, m = rows(a); i < m; i++) {
        const row = bytes<T>(i * n)
        setNumberAt<T>(out, i, dot<T>(n, pa + row, pb + row))
      }
      break
    }
    case Opcode.RowBroadcast: {
      const n = cols(out)
      for (let i = 0, m = rows(out); i < m; i++) fill<T>(n, numberAt<T>(a, i), y + bytes<T>(i * n))
      break
    }
    case Opcode.RowScale: {
      const n = cols(out)
      for (let i = 0, m = rows(out); i < m; i++) {
        const row = bytes<T>(i * n)
        scale<T>(n, numberAt<T>(b, i), pa + row, y + row)
      }
      break
    }
    case Opcode.Maximum: {
      const n = rowLength(a, out)
      for (let i = 0, m = count(out); i < m; i++) setNumberAt<T>(out, i, maximum<T>(n, pa + bytes<T>(i * n)))
      break
    }
    case Opcode.Minimum: {
      const n = rowLength(a, out)
      for (let i = 0, m = count(out); i < m; i++) setNumberAt<T>(out, i, minimum<T>(n, pa + bytes<T>(i * n)))
      break
    }
    case Opcode.ExtremeShare: {
      const n = rowLength(a, b)
      for (let i = 0, m = count(b); i < m; i++) {
        const row = bytes<T>(i * n)
        extremeShare<T>(n, pa + row, numberAt<T>(b, i), y + row)
      }
      break
    }
    case Opcode.Repeat:
      repeat<T>(a, out)
      break
    case Opcode.SumRepeats:
      sumRepeats<T>(a, out)
      break
    default:
      break
  }
}

/** How many elements an extreme is taken of: all of the table's where it is a number, those of a row where it is a tensor. */
@inline
function rowLength(table: usize, extreme: usize): i32 {
  return isTensor(extreme) ? cols(table) : count(table)
}

/** Each row of a, repeated. */
function repeat<T>(a: usize, out: usize): void {
  const size = count(a)
  if (size == 0) return
  const n = isTensor(a) ? cols(a) : 1
  const times = count(out) / size
  let x = data(a)
  let y = data(out)
  for (let i = 0, m = size / n; i < m; i++) {
    if (n == 1) fill<T>(times, numberAt<T>(a, i), y)
    else for (let j = 0; j < times; j++) copy<T>(n, x, y + bytes<T>(j * n))
    x += bytes<T>(n)
    y += bytes<T>(times * n)
  }
}

/** Each row is the sum of as many rows of a, in order. */
function sumRepeats<T>(a: usize, out: usize): void {
  const size = count(out)
  if (size == 0) return
  const n = isTensor(out) ? cols(out) : 1
  const times = count(a) / size
  let x = data(a)
  let y = data(out)
  for (let i = 0, m = size / n; i < m; i++) {
    if (n == 1) setNumberAt<T>(out, i, sum<T>(times, x))
    else if (times == 0) fill<T>(n, 0, y)
    else {
      copy<T>(n, x, y)
      for (let j = 1; j < times; j++) axpy<T>(n, 1, x + bytes<T>(j * n), y)
    }
    x += bytes<T>(times * n)
    y += bytes<T>(n)
  }
}

/** yᵢ = 1/k where xᵢ is one of the k elements that equal the extreme, else 0. All are NaN if the extreme is. */
function extremeShare<T>(n: i32, x: usize, extreme: f64, y: usize): void {
  let ties = 0
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) if (load<T>(x + i) == extreme) ties++
  const share: f64 = 1 / <f64>ties
  const other: f64 = extreme == extreme ? 0 : NaN
  for (let i: usize = 0, size = bytes<T>(n); i < size; i += sizeof<T>()) {
    store<T>(y + i, <T>(load<T>(x + i) == extreme ? share : other))
  }
}
