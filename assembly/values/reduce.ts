/** Values of the reductions and of their transposes. Rows are the rows of the rows × cols that the slot says. */
import { axpy, copy, dot, fill, maximum, minimum, scale, sum } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, isTensor, rows, scalar } from '../slots'

/** out = op(a, b) for the opcodes from Sum to SumRepeats. */
export function reduce(word: i32, out: usize, a: usize, b: usize): void {
  const y = data(out)
  const pa = data(a)
  const pb = data(b)
  switch (word & 0xff) {
    case Opcode.Sum:
      store<f64>(y, sum(count(a), pa))
      break
    case Opcode.Broadcast:
      fill(count(out), scalar(a), y)
      break
    case Opcode.Dot:
      store<f64>(y, dot(count(a), pa, pb))
      break
    case Opcode.RowSum: {
      const n = cols(a)
      for (let i = 0, m = rows(a); i < m; i++) store<f64>(y + (i << 3), sum(n, pa + (<usize>(i * n) << 3)))
      break
    }
    case Opcode.RowDot: {
      const n = cols(a)
      for (let i = 0, m = rows(a); i < m; i++) {
        const row = <usize>(i * n) << 3
        store<f64>(y + (i << 3), dot(n, pa + row, pb + row))
      }
      break
    }
    case Opcode.RowBroadcast: {
      const n = cols(out)
      for (let i = 0, m = rows(out); i < m; i++) fill(n, load<f64>(pa + (i << 3)), y + (<usize>(i * n) << 3))
      break
    }
    case Opcode.RowScale: {
      const n = cols(out)
      for (let i = 0, m = rows(out); i < m; i++) {
        const row = <usize>(i * n) << 3
        scale(n, load<f64>(pb + (i << 3)), pa + row, y + row)
      }
      break
    }
    case Opcode.Maximum: {
      const n = rowLength(a, out)
      for (let i = 0, m = count(out); i < m; i++) store<f64>(y + (i << 3), maximum(n, pa + (<usize>(i * n) << 3)))
      break
    }
    case Opcode.Minimum: {
      const n = rowLength(a, out)
      for (let i = 0, m = count(out); i < m; i++) store<f64>(y + (i << 3), minimum(n, pa + (<usize>(i * n) << 3)))
      break
    }
    case Opcode.ExtremeShare: {
      const n = rowLength(a, b)
      for (let i = 0, m = count(b); i < m; i++) {
        const row = <usize>(i * n) << 3
        extremeShare(n, pa + row, load<f64>(pb + (i << 3)), y + row)
      }
      break
    }
    case Opcode.Repeat:
      repeat(a, out)
      break
    case Opcode.SumRepeats:
      sumRepeats(a, out)
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
function repeat(a: usize, out: usize): void {
  const size = count(a)
  if (size == 0) return
  const n = isTensor(a) ? cols(a) : 1
  const times = count(out) / size
  let x = data(a)
  let y = data(out)
  for (let i = 0, m = size / n; i < m; i++) {
    if (n == 1) fill(times, load<f64>(x), y)
    else for (let j = 0; j < times; j++) copy(n, x, y + (<usize>(j * n) << 3))
    x += <usize>n << 3
    y += <usize>(times * n) << 3
  }
}

/** Each row is the sum of as many rows of a, in order. */
function sumRepeats(a: usize, out: usize): void {
  const size = count(out)
  if (size == 0) return
  const n = isTensor(out) ? cols(out) : 1
  const times = count(a) / size
  let x = data(a)
  let y = data(out)
  for (let i = 0, m = size / n; i < m; i++) {
    if (n == 1) store<f64>(y, sum(times, x))
    else if (times == 0) fill(n, 0, y)
    else {
      copy(n, x, y)
      for (let j = 1; j < times; j++) axpy(n, 1, x + (<usize>(j * n) << 3), y)
    }
    x += <usize>(times * n) << 3
    y += <usize>n << 3
  }
}

/** yᵢ = 1/k where xᵢ is one of the k elements that equal the extreme, else 0. All are NaN if the extreme is. */
function extremeShare(n: i32, x: usize, extreme: f64, y: usize): void {
  let ties = 0
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) if (load<f64>(x + i) == extreme) ties++
  const share: f64 = 1 / <f64>ties
  const other: f64 = extreme == extreme ? 0 : NaN
  for (let i: usize = 0, size = <usize>n << 3; i < size; i += 8) {
    store<f64>(y + i, load<f64>(x + i) == extreme ? share : other)
  }
}
