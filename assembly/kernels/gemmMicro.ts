import { madd } from './lanes'

/** The tile one call of the micro-kernel makes: rows × columns. Both operands are packed in panels of this width. */
export const TILE = 4

/**
 * C = P·Q, or C += P·Q if `accumulate`: the one tile of 4×4 in which `gemm` does its work.
 *
 * P is one packed panel of A and Q one of B, both with k steps of 4 elements (`pack`); c is the tile's first element
 * and rowBytes the distance of its rows. k ≥ 1. C is not read unless `accumulate`.
 *
 * Eight sums, two vectors of Q and one splat of P are eleven of V8's fifteen registers. Unrolled by four, with a
 * conditional exit after each step: without the exits V8 before 13 gathers the loads of all steps at the top, and
 * spills.
 */
export function multiplyTile(k: i32, p: usize, q: usize, c: usize, rowBytes: usize, accumulate: bool): void {
  let p0: v128
  let q0: v128
  let q1: v128
  let c00 = f64x2.splat(0)
  let c01 = c00
  let c10 = c00
  let c11 = c00
  let c20 = c00
  let c21 = c00
  let c30 = c00
  let c31 = c00

  while (true) {
    q0 = v128.load(q, 0)
    q1 = v128.load(q, 16)
    p0 = v128.load64_splat(p, 0)
    c00 = madd(p0, q0, c00)
    c01 = madd(p0, q1, c01)
    p0 = v128.load64_splat(p, 8)
    c10 = madd(p0, q0, c10)
    c11 = madd(p0, q1, c11)
    p0 = v128.load64_splat(p, 16)
    c20 = madd(p0, q0, c20)
    c21 = madd(p0, q1, c21)
    p0 = v128.load64_splat(p, 24)
    c30 = madd(p0, q0, c30)
    c31 = madd(p0, q1, c31)
    if (k == 1) break

    q0 = v128.load(q, 32)
    q1 = v128.load(q, 48)
    p0 = v128.load64_splat(p, 32)
    c00 = madd(p0, q0, c00)
    c01 = madd(p0, q1, c01)
    p0 = v128.load64_splat(p, 40)
    c10 = madd(p0, q0, c10)
    c11 = madd(p0, q1, c11)
    p0 = v128.load64_splat(p, 48)
    c20 = madd(p0, q0, c20)
    c21 = madd(p0, q1, c21)
    p0 = v128.load64_splat(p, 56)
    c30 = madd(p0, q0, c30)
    c31 = madd(p0, q1, c31)
    if (k == 2) break

    q0 = v128.load(q, 64)
    q1 = v128.load(q, 80)
    p0 = v128.load64_splat(p, 64)
    c00 = madd(p0, q0, c00)
    c01 = madd(p0, q1, c01)
    p0 = v128.load64_splat(p, 72)
    c10 = madd(p0, q0, c10)
    c11 = madd(p0, q1, c11)
    p0 = v128.load64_splat(p, 80)
    c20 = madd(p0, q0, c20)
    c21 = madd(p0, q1, c21)
    p0 = v128.load64_splat(p, 88)
    c30 = madd(p0, q0, c30)
    c31 = madd(p0, q1, c31)
    if (k == 3) break

    q0 = v128.load(q, 96)
    q1 = v128.load(q, 112)
    p0 = v128.load64_splat(p, 96)
    c00 = madd(p0, q0, c00)
    c01 = madd(p0, q1, c01)
    p0 = v128.load64_splat(p, 104)
    c10 = madd(p0, q0, c10)
    c11 = madd(p0, q1, c11)
    p0 = v128.load64_splat(p, 112)
    c20 = madd(p0, q0, c20)
    c21 = madd(p0, q1, c21)
    p0 = v128.load64_splat(p, 120)
    c30 = madd(p0, q0, c30)
    c31 = madd(p0, q1, c31)
    k -= 4
    if (k == 0) break
    p += 128
    q += 128
  }

  writeRow(c, c00, c01, accumulate)
  c += rowBytes
  writeRow(c, c10, c11, accumulate)
  c += rowBytes
  writeRow(c, c20, c21, accumulate)
  c += rowBytes
  writeRow(c, c30, c31, accumulate)
}

@inline
function writeRow(c: usize, left: v128, right: v128, accumulate: bool): void {
  if (accumulate) {
    left = f64x2.add(v128.load(c, 0), left)
    right = f64x2.add(v128.load(c, 16), right)
  }
  v128.store(c, left, 0)
  v128.store(c, right, 16)
}
