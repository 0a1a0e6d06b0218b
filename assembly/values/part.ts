/** Values of the ops on parts: contiguous elements of a tensor of T, from an offset on. A part that is a number is float64. */
import { bytes } from '../kernels/lanes'
import { axpy, copy, fill } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, elementShift, isFloat32, isTensor, numberAt, rows, scalar, setNumberAt } from '../slots'

/** The address of the element at an offset. */
@inline
export function elementAt(tensor: usize, offset: usize): usize {
  return data(tensor) + (offset << elementShift(tensor))
}

/** out = op(a, b) at the offset, for the opcodes from Slice to RowPut. AddAt, Put and their like find a's elements in out's buffer. */
export function part<T>(word: i32, out: usize, a: usize, b: usize, offset: usize): void {
  switch (word & 0xff) {
    case Opcode.Slice:
      if (isTensor(out)) copy<T>(count(out), elementAt(a, offset), data(out))
      else setNumberAt<T>(out, 0, numberAt<T>(a, <i32>offset))
      break
    case Opcode.Embed:
      embed<T>(out, a, offset)
      break
    case Opcode.AddAt:
      addPart(out, b, offset, 1)
      break
    case Opcode.Put:
      put<T>(out, b, offset)
      break
    case Opcode.RowSlice:
      rowSlice<T>(a, out, offset)
      break
    case Opcode.RowEmbed:
      rowEmbed<T>(out, a, offset)
      break
    case Opcode.RowAddAt:
      rowAddPart(out, b, offset, 1)
      break
    case Opcode.RowPut:
      rowPut<T>(out, b, offset)
      break
    default:
      break
  }
}

/** part = the columns of the whole from the offset on. */
function rowSlice<T>(whole: usize, part: usize, offset: usize): void {
  if (!isTensor(part)) {
    setNumberAt<T>(part, 0, numberAt<T>(whole, <i32>offset))
    return
  }
  const m = rows(whole)
  if (m == 0) return
  const n = count(part) / m
  const step = bytes<T>(cols(whole))
  let x = elementAt(whole, offset)
  let y = data(part)
  for (let i = 0; i < m; i++) {
    if (n == 1) store<T>(y, load<T>(x))
    else copy<T>(n, x, y)
    x += step
    y += bytes<T>(n)
  }
}

/** The columns of the whole from the offset on = part. */
function rowPut<T>(whole: usize, part: usize, offset: usize): void {
  if (!isTensor(part)) {
    put<T>(whole, part, offset)
    return
  }
  const m = rows(whole)
  if (m == 0) return
  const n = count(part) / m
  const step = bytes<T>(cols(whole))
  let x = data(part)
  let y = elementAt(whole, offset)
  for (let i = 0; i < m; i++) {
    if (n == 1) store<T>(y, load<T>(x))
    else copy<T>(n, x, y)
    x += bytes<T>(n)
    y += step
  }
}

/** whole = zeros, with the part in the columns from the offset on. */
function rowEmbed<T>(whole: usize, part: usize, offset: usize): void {
  fill<T>(count(whole), 0, data(whole))
  rowPut<T>(whole, part, offset)
}

/** The columns of the whole from the offset on += α·part. */
export function rowAddPart(whole: usize, part: usize, offset: usize, alpha: f64): void {
  if (!isTensor(part)) addPart(whole, part, offset, alpha)
  else if (isFloat32(whole)) rowAddPartOf<f32>(whole, part, offset, alpha)
  else rowAddPartOf<f64>(whole, part, offset, alpha)
}

@inline
function rowAddPartOf<T>(whole: usize, part: usize, offset: usize, alpha: f64): void {
  const m = rows(whole)
  if (m == 0) return
  const n = count(part) / m
  const step = bytes<T>(cols(whole))
  let x = data(part)
  let y = elementAt(whole, offset)
  for (let i = 0; i < m; i++) {
    if (n == 1) store<T>(y, <T>(load<T>(y) + alpha * load<T>(x)))
    else axpy<T>(n, alpha, x, y)
    x += bytes<T>(n)
    y += step
  }
}

/** whole[offset …] = part */
@inline
function put<T>(whole: usize, part: usize, offset: usize): void {
  if (isTensor(part)) copy<T>(count(part), data(part), elementAt(whole, offset))
  else setNumberAt<T>(whole, <i32>offset, scalar(part))
}

/** whole = zeros, with the part from the offset on. Each element is written once. */
function embed<T>(whole: usize, part: usize, offset: usize): void {
  const start = <i32>offset
  const n = count(part)
  fill<T>(start, 0, data(whole))
  put<T>(whole, part, offset)
  fill<T>(count(whole) - start - n, 0, elementAt(whole, offset + n))
}

/** whole[offset …] += α·part */
export function addPart(whole: usize, part: usize, offset: usize, alpha: f64): void {
  if (isFloat32(whole)) addPartOf<f32>(whole, part, offset, alpha)
  else addPartOf<f64>(whole, part, offset, alpha)
}

@inline
function addPartOf<T>(whole: usize, part: usize, offset: usize, alpha: f64): void {
  if (isTensor(part)) axpy<T>(count(part), alpha, data(part), elementAt(whole, offset))
  else setNumberAt<T>(whole, <i32>offset, numberAt<T>(whole, <i32>offset) + alpha * scalar(part))
}
