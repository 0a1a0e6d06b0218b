/** Values of the matrix products, with and without adding to what is there. */
import { gemm, gemmPart } from '../kernels/gemm'
import { bytes } from '../kernels/lanes'
import { gemv, gemvT, gemvTPart, ger } from '../kernels/matvec'
import { fill } from '../kernels/vector'
import { ATTRIBUTE, BLOCKS_SHARE_A, BLOCKS_SHARE_B, BLOCKS_SUM } from '../shared/layout'
import { FLAG_TRANSPOSE_A, FLAG_TRANSPOSE_B } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { Mode } from '../shared/program'
import { cols, count, data, isFloat32, rows } from '../slots'
import { share } from '../threads/share'

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

/** out = α·op(a, b), or out += α·op(a, b), for the opcodes from MatVec to BlockMatMul. α other than 1 needs `accumulate`. */
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
    case Opcode.BlockMatMul:
      blockMatMul<T>(word, out, a, b, alpha, accumulate)
      break
    default:
      break
  }
}

/** The part of `product` for MatMul in some rows and columns of the result. */
export function productPart(
  word: i32,
  out: usize,
  a: usize,
  b: usize,
  alpha: f64,
  accumulate: bool,
  row: i32,
  rowsEnd: i32,
  column: i32,
  columnsEnd: i32,
): void {
  if (isFloat32(out)) productPartOf<f32>(word, out, a, b, alpha, accumulate, row, rowsEnd, column, columnsEnd)
  else productPartOf<f64>(word, out, a, b, alpha, accumulate, row, rowsEnd, column, columnsEnd)
}

@inline
function productPartOf<T>(
  word: i32,
  out: usize,
  a: usize,
  b: usize,
  alpha: f64,
  accumulate: bool,
  row: i32,
  rowsEnd: i32,
  column: i32,
  columnsEnd: i32,
): void {
  gemmPart<T>(
    row,
    rowsEnd,
    column,
    columnsEnd,
    rows(out),
    cols(out),
    transposeA(word) ? rows(a) : cols(a),
    alpha,
    data(a),
    transposeA(word),
    data(b),
    transposeB(word),
    data(out),
    accumulate,
    workspace,
  )
}

/**
 * The part of `productWithBias` for MatVec with the transpose in some columns of the matrix. The bias points to as many elements as
 * out, or is 0 for none.
 */
export function vectorColumns(out: usize, a: usize, x: usize, bias: usize, from: i32, to: i32): void {
  if (isFloat32(out)) vectorColumnsOf<f32>(out, a, x, bias, from, to)
  else vectorColumnsOf<f64>(out, a, x, bias, from, to)
}

@inline
function vectorColumnsOf<T>(out: usize, a: usize, x: usize, bias: usize, from: i32, to: i32): void {
  const start = bytes<T>(from)
  const c: usize = bias ? bias + start : 0
  gemvTPart<T>(rows(a), to - from, bytes<T>(cols(a)), data(a) + start, data(x), c, data(out) + start)
}

/**
 * Cᵢ = α·op(Aᵢ)·op(Bᵢ) for each block i, or Cᵢ += …: m × k times k × n. How many blocks there are is not written anywhere; it
 * follows from the sizes of the three. Where they leave it open the blocks are one product of their own.
 */
function blockMatMul<T>(word: i32, out: usize, a: usize, b: usize, alpha: f64, accumulate: bool): void {
  if (count(out) == 0) return
  if (count(a) == 0 || count(b) == 0) {
    if (!accumulate) fill<T>(count(out), 0, data(out))
    return
  }
  const shared = word >>> (8 * ATTRIBUTE)
  const ta = transposeA(word)
  const tb = transposeB(word)
  const n = cols(out)
  let m = ta ? cols(a) : rows(out)
  let k = ta ? rows(a) : cols(a)
  let blocks = 1
  if (shared & BLOCKS_SHARE_A) {
    if (!ta) m = rows(a)
    blocks = rows(out) / m
  } else if (shared & BLOCKS_SHARE_B) {
    if (ta) {
      k = tb ? cols(b) : rows(b)
      blocks = rows(a) / k
    }
  } else if (shared & BLOCKS_SUM) {
    if (!ta) blocks = rows(a) / m
    else if (tb) {
      k = cols(b)
      blocks = rows(a) / k
    }
  } else {
    blocks = ta ? rows(out) / m : rows(b) / (tb ? n : k)
    if (ta) k /= blocks
    else m /= blocks
  }
  const aBytes: usize = shared & BLOCKS_SHARE_A ? 0 : bytes<T>(m * k)
  const bBytes: usize = shared & BLOCKS_SHARE_B ? 0 : bytes<T>(k * n)
  const outBytes: usize = shared & BLOCKS_SUM ? 0 : bytes<T>(m * n)
  let pa = data(a)
  let pb = data(b)
  let y = data(out)
  let add = accumulate
  for (let i = 0; i < blocks; i++) {
    block<T>(m, n, k, alpha, pa, ta, pb, tb, y, add)
    pa += aBytes
    pb += bBytes
    y += outBytes
    if (shared & BLOCKS_SUM) add = true
  }
}

/** C = α·op(A)·op(B), or C += …, by the kernel that is made for such sizes. */
function block<T>(
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  ta: bool,
  b: usize,
  tb: bool,
  y: usize,
  accumulate: bool,
): void {
  const c = accumulate ? y : 0
  if (k == 1) ger<T>(m, n, alpha, a, b, y, accumulate)
  else if (n == 1 && alpha == 1) {
    if (ta) gemvT<T>(k, m, a, b, c, y)
    else gemv<T>(m, k, a, b, c, y)
  } else if (m == 1 && alpha == 1) {
    if (tb) gemv<T>(n, k, b, a, c, y)
    else gemvT<T>(k, n, b, a, c, y)
  } else gemm<T>(m, n, k, alpha, a, ta, b, tb, y, accumulate, workspace)
}

/** out = bias + op(A)·x, for MatVec. The bias may be out itself. */
export function productWithBias(word: i32, out: usize, a: usize, x: usize, bias: usize): void {
  if (ASC_FEATURE_THREADS) {
    if (share(Mode.Biased, word, out, a, x, bias, 1)) return
  }
  productWithBiasAlone(word, out, a, x, bias)
}

/** `productWithBias`, on one thread. */
export function productWithBiasAlone(word: i32, out: usize, a: usize, x: usize, bias: usize): void {
  if (isFloat32(out)) productWithBiasOf<f32>(word, out, a, x, bias)
  else productWithBiasOf<f64>(word, out, a, x, bias)
}

@inline
function productWithBiasOf<T>(word: i32, out: usize, a: usize, x: usize, bias: usize): void {
  if (transposeA(word)) gemvT<T>(rows(a), cols(a), data(a), data(x), data(bias), data(out))
  else gemv<T>(rows(a), cols(a), data(a), data(x), data(bias), data(out))
}
