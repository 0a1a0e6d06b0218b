/**
 * Values of the reductions and of their transposes. Rows are the rows of the rows × cols that the slot says. One number for each
 * row is a tensor, or a scalar where there is one row. Sums are gathered as kernels/vector.ts says.
 */
import { bytes } from '../kernels/lanes'
import { dot, fill, maximum, minimum, scale, sum } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, numberAt, rows, scalar, setNumberAt } from '../slots'

/** out = op(a, b) for the opcodes from Sum to ExtremeShare. */
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
    case Opcode.Maximum:
      store<f64>(y, maximum<T>(count(a), pa))
      break
    case Opcode.Minimum:
      store<f64>(y, minimum<T>(count(a), pa))
      break
    case Opcode.ExtremeShare:
      extremeShare<T>(count(a), pa, scalar(b), y)
      break
    default:
      break
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
