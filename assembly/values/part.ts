/** Values of the ops on parts: contiguous elements of a tensor of T, from an offset on. A part that is a number is float64. */
import { axpy, copy, fill } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { count, data, elementShift, isFloat32, isTensor, numberAt, scalar, setNumberAt } from '../slots'

/** The address of the element at an offset. */
@inline
export function elementAt(tensor: usize, offset: usize): usize {
  return data(tensor) + (offset << elementShift(tensor))
}

/** out = op(a, b) at the offset, for the opcodes from Slice to Put. The last two find a's elements in out's buffer. */
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
    default:
      break
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
