/** Values of the ops on parts: contiguous elements of a tensor, from an offset on. */
import { axpy, copy, fill } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { count, data } from '../slots'

/** The address of the element at an offset. */
@inline
export function elementAt(tensor: usize, offset: usize): usize {
  return data(tensor) + (offset << 3)
}

/** out = op(a, b) at the offset, for the opcodes from Slice to Put. The last two find a's elements in out's buffer. */
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
    default:
      break
  }
}

/** whole = zeros, with the part from the offset on. Each element is written once. */
export function embed(whole: usize, part: usize, offset: usize): void {
  const start = <i32>offset
  const n = count(part)
  fill(start, 0, data(whole))
  copy(n, data(part), elementAt(whole, offset))
  fill(count(whole) - start - n, 0, elementAt(whole, offset + n))
}
