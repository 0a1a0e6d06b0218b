/** Values of the matrix products, with and without adding to what is there. */
import { gemm } from '../kernels/gemm'
import { gemv, gemvT, ger } from '../kernels/matvec'
import { FLAG_TRANSPOSE_A, FLAG_TRANSPOSE_B } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { cols, count, data, isFloat32, rows } from '../slots'

/** Packed panels of gemm; given by the facade once. */
let workspace: usize = 0

export function useWorkspace(address: usize): void {
  workspace = address
}

/** Does the word ask for the transpose of its first operand? */
@inline
export function transposeA(word: i32): bool {
  return ((word >> 8) & FLAG_TRANSPOSE_A) != 0
}

/** Does the word ask for the transpose of its second operand? */
@inline
export function transposeB(word: i32): bool {
  return ((word >> 8) & FLAG_TRANSPOSE_B) != 0
}

/** out = α·op(a, b), or out += α·op(a, b), for MatVec, MatMul and Outer. α other than 1 needs `accumulate`. */
export function product<T>(word: i32, out: usize, a: usize, b: usize, alpha: f64, accumulate: bool): void {
  const y = data(out)
  const c = accumulate ? y : 0
  switch (word & 0xff) {
    case Opcode.MatVec:
      if (transposeA(word)) gemvT<T>(rows(a), cols(a), data(a), data(b), c, y)
      else gemv<T>(rows(a), cols(a), data(a), data(b), c, y)
      break
    case Opcode.MatMul:
      gemm<T>(
        rows(out),
        cols(out),
        transposeA(word) ? rows(a) : cols(a),
        alpha,
        data(a),
        transposeA(word),
        data(b),
        transposeB(word),
        y,
        accumulate,
        workspace,
      )
      break
    case Opcode.Outer:
      ger<T>(count(a), count(b), alpha, data(a), data(b), y, accumulate)
      break
    default:
      break
  }
}

/** out = bias + op(A)·x, for MatVec. The bias may be out itself. */
export function productWithBias(word: i32, out: usize, a: usize, x: usize, bias: usize): void {
  if (isFloat32(out)) productWithBiasOf<f32>(word, out, a, x, bias)
  else productWithBiasOf<f64>(word, out, a, x, bias)
}

@inline
function productWithBiasOf<T>(word: i32, out: usize, a: usize, x: usize, bias: usize): void {
  if (transposeA(word)) gemvT<T>(rows(a), cols(a), data(a), data(x), data(bias), data(out))
  else gemv<T>(rows(a), cols(a), data(a), data(x), data(bias), data(out))
}
