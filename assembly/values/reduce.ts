/** Values of the reductions and of their transposes. Rows are the rows of the rows × cols that the slot says. */
import { dot, fill, maximum, minimum, scale, sum } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, rows, scalar } from '../slots'

/** out = op(a, b) for the opcodes from Sum to ExtremeShare. */
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
    case Opcode.Maximum:
      store<f64>(y, maximum(count(a), pa))
      break
    case Opcode.Minimum:
      store<f64>(y, minimum(count(a), pa))
      break
    case Opcode.ExtremeShare:
      extremeShare(count(a), pa, scalar(b), y)
      break
    default:
      break
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
