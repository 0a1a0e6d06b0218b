import { lanes, madd, splat } from './lanes'

/** The tile that one call of the micro-kernel makes: so many rows … */
export const TILE_ROWS = 4

/** … and two vectors of columns: 4 for float64, 8 for float32. */
@inline
export function tileColumns<T>(): i32 {
  return 2 * lanes<T>()
}

/**
 * C = P·Q, or C += P·Q if `accumulate`: the one tile in which `gemm` does its work.
 *
 * P is one packed panel of A and Q one of B, with k steps of as many elements as the tile has rows and columns (`pack`); c is
 * the tile's first element and rowBytes the distance of its rows. k ≥ 1. C is not read unless `accumulate`.
 *
 * Eight sums, two vectors of Q and one splat of P are eleven of V8's fifteen registers. Unrolled by four, with a
 * conditional exit after each step: without the exits V8 before 13 gathers the loads of all steps at the top, and
 * spills.
 */
export function multiplyTile<T>(k: i32, p: usize, q: usize, c: usize, rowBytes: usize, accumulate: bool): void {
  let p0: v128
  let q0: v128
  let q1: v128
  let c00 = splat<T>(0)
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
    p0 = v128.load_splat<T>(p, 0)
    c00 = madd<T>(p0, q0, c00)
    c01 = madd<T>(p0, q1, c01)
    p0 = v128.load_splat<T>(p, sizeof<T>())
    c10 = madd<T>(p0, q0, c10)
    c11 = madd<T>(p0, q1, c11)
    p0 = v128.load_splat<T>(p, 2 * sizeof<T>())
    c20 = madd<T>(p0, q0, c20)
    c21 = madd<T>(p0, q1, c21)
    p0 = v128.load_splat<T>(p, 3 * sizeof<T>())
    c30 = madd<T>(p0, q0, c30)
    c31 = madd<T>(p0, q1, c31)
    if (k == 1) break

    q0 = v128.load(q, 32)
    q1 = v128.load(q, 48)
    p0 = v128.load_splat<T>(p, 4 * sizeof<T>())
    c00 = madd<T>(p0, q0, c00)
    c01 = madd<T>(p0, q1, c01)
    p0 = v128.load_splat<T>(p, 5 * sizeof<T>())
    c10 = madd<T>(p0, q0, c10)
    c11 = madd<T>(p0, q1, c11)
    p0 = v128.load_splat<T>(p, 6 * sizeof<T>())
    c20 = madd<T>(p0, q0, c20)
    c21 = madd<T>(p0, q1, c21)
    p0 = v128.load_splat<T>(p, 7 * sizeof<T>())
    c30 = madd<T>(p0, q0, c30)
    c31 = madd<T>(p0, q1, c31)
    if (k == 2) break

    q0 = v128.load(q, 64)
    q1 = v128.load(q, 80)
    p0 = v128.load_splat<T>(p, 8 * sizeof<T>())
    c00 = madd<T>(p0, q0, c00)
    c01 = madd<T>(p0, q1, c01)
    p0 = v128.load_splat<T>(p, 9 * sizeof<T>())
    c10 = madd<T>(p0, q0, c10)
    c11 = madd<T>(p0, q1, c11)
    p0 = v128.load_splat<T>(p, 10 * sizeof<T>())
    c20 = madd<T>(p0, q0, c20)
    c21 = madd<T>(p0, q1, c21)
    p0 = v128.load_splat<T>(p, 11 * sizeof<T>())
    c30 = madd<T>(p0, q0, c30)
    c31 = madd<T>(p0, q1, c31)
    if (k == 3) break

    q0 = v128.load(q, 96)
    q1 = v128.load(q, 112)
    p0 = v128.load_splat<T>(p, 12 * sizeof<T>())
    c00 = madd<T>(p0, q0, c00)
    c01 = madd<T>(p0, q1, c01)
    p0 = v128.load_splat<T>(p, 13 * sizeof<T>())
    c10 = madd<T>(p0, q0, c10)
    c11 = madd<T>(p0, q1, c11)
    p0 = v128.load_splat<T>(p, 14 * sizeof<T>())
    c20 = madd<T>(p0, q0, c20)
    c21 = madd<T>(p0, q1, c21)
    p0 = v128.load_splat<T>(p, 15 * sizeof<T>())
    c30 = madd<T>(p0, q0, c30)
    c31 = madd<T>(p0, q1, c31)
    k -= 4
    if (k == 0) break
    p += 16 * sizeof<T>()
    q += 128
  }

  writeRow<T>(c, c00, c01, accumulate)
  c += rowBytes
  writeRow<T>(c, c10, c11, accumulate)
  c += rowBytes
  writeRow<T>(c, c20, c21, accumulate)
  c += rowBytes
  writeRow<T>(c, c30, c31, accumulate)
}

@inline
function writeRow<T>(c: usize, left: v128, right: v128, accumulate: bool): void {
  if (accumulate) {
    left = v128.add<T>(v128.load(c, 0), left)
    right = v128.add<T>(v128.load(c, 16), right)
  }
  v128.store(c, left, 0)
  v128.store(c, right, 16)
}
