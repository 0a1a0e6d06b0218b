/** Values of the ops on parts: contiguous elements of a tensor, from an offset on. */
import { axpy, copy, fill } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, rows } from '../slots'

/** The address of the element at an offset. */
@inline
export function elementAt(tensor: usize, offset: usize): usize {
  return data(tensor) + (offset << 3)
}

/** out = op(a, b) at the offset, for the opcodes from Slice to RowPut. AddAt, Put and their like find a's elements in out's buffer. */
export function part(word: i32, out: usize, a: usize, b: usize, offset: usize): void {
  switch (word & 0xff) {
    case Opcode.Slice:
      copy(count(out), elementAt(a, offset), data(out))
      break
    case Opcode.Embed:
      embed(out, a, offset)
      break
    case Opcode.AddAt:
      axpy(count(b), 1, data(b), elementAt(out, offset))
      break
    case Opcode.Put:
      copy(count(b), data(b), elementAt(out, offset))
      break
    case Opcode.RowSlice:
      rowSlice(a, out, offset)
      break
    case Opcode.RowEmbed:
      rowEmbed(out, a, offset)
      break
    case Opcode.RowAddAt:
      rowAddAt(out, b, 1, offset)
      break
    case Opcode.RowPut:
      rowPut(out, b, offset)
      break
    default:
      break
  }
}

/** part = the columns of the whole from the offset on. */
function rowSlice(whole: usize, part: usize, offset: usize): void {
  const m = rows(whole)
  if (m == 0) return
  const n = count(part) / m
  const step = <usize>cols(whole) << 3
  let x = elementAt(whole, offset)
  let y = data(part)
  for (let i = 0; i < m; i++) {
    if (n == 1) store<f64>(y, load<f64>(x))
    else copy(n, x, y)
    x += step
    y += <usize>n << 3
  }
}

/** The columns of the whole from the offset on = part. */
function rowPut(whole: usize, part: usize, offset: usize): void {
  const m = rows(whole)
  if (m == 0) return
  const n = count(part) / m
  const step = <usize>cols(whole) << 3
  let x = data(part)
  let y = elementAt(whole, offset)
  for (let i = 0; i < m; i++) {
    if (n == 1) store<f64>(y, load<f64>(x))
    else copy(n, x, y)
    x += <usize>n << 3
    y += step
  }
}

/** The columns of the whole from the offset on += α·part. */
export function rowAddAt(whole: usize, part: usize, alpha: f64, offset: usize): void {
  const m = rows(whole)
  if (m == 0) return
  const n = count(part) / m
  const step = <usize>cols(whole) << 3
  let x = data(part)
  let y = elementAt(whole, offset)
  for (let i = 0; i < m; i++) {
    if (n == 1) store<f64>(y, load<f64>(y) + alpha * load<f64>(x))
    else axpy(n, alpha, x, y)
    x += <usize>n << 3
    y += step
  }
}

/** whole = zeros, with the part in the columns from the offset on. */
export function rowEmbed(whole: usize, part: usize, offset: usize): void {
  fill(count(whole), 0, data(whole))
  rowPut(whole, part, offset)
}

/** whole = zeros, with the part from the offset on. Each element is written once. */
export function embed(whole: usize, part: usize, offset: usize): void {
  const start = <i32>offset
  const n = count(part)
  fill(start, 0, data(whole))
  copy(n, data(part), elementAt(whole, offset))
  fill(count(whole) - start - n, 0, elementAt(whole, offset + n))
}
