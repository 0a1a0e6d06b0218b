import { TILE } from './gemmMicro'
import { bytes, firstLanes, loadOne, secondLanes, storeOne } from './lanes'

/**
 * Copies a block of a matrix into panels of four lines, step by step along the depth k that a product sums over.
 * Transposes and ragged edges end here: the micro-kernel sees neither.
 *
 *              depth ──►
 *          ┌ a₀ a₁ a₂ …              panel 0                 panel 1, filled up with zeros
 *    lines │ b₀ b₁ b₂ …      ┌───────────┬───────────┬─     ─┬───────────┬───────────┬─
 *      │   │ c₀ c₁ c₂ …  ──► │a₀ b₀ c₀ d₀│a₁ b₁ c₁ d₁│ …     │e₀ 0  0  0 │e₁ 0  0  0 │ …
 *      ▼   │ d₀ d₁ d₂ …      └───────────┴───────────┴─     ─┴───────────┴───────────┴─
 *          └ e₀ e₁ e₂ …
 *
 * A line is a row of op(A) or a column of op(B). `source` is the block's first element; the elements of a line lie
 * `depthBytes` apart, the lines `lineBytes`, and one of these is 8, as in every row-major matrix. `out` takes
 * ⌈lines/4⌉·4·depth elements and overlaps nothing. lines, depth ≥ 0.
 */
export function pack(lines: i32, depth: i32, source: usize, lineBytes: usize, depthBytes: usize, out: usize): void {
  const panelBytes = bytes(depth * TILE)
  for (let rest = lines >> 2; rest != 0; rest--) {
    if (lineBytes == 8) copyFourLines(depth, source, depthBytes, out)
    else transposeFourLines(depth, source, lineBytes, out)
    source += lineBytes << 2
    out += panelBytes
  }
  if (lines & 3) packLastLines(lines & 3, depth, source, lineBytes, depthBytes, out)
}

/** The four elements of a step lie side by side. */
function copyFourLines(depth: i32, source: usize, depthBytes: usize, out: usize): void {
  for (; depth != 0; depth--) {
    v128.store(out, v128.load(source, 0), 0)
    v128.store(out, v128.load(source, 16), 16)
    source += depthBytes
    out += 32
  }
}

/** Each line lies side by side: two steps of two lines are transposed in registers. */
function transposeFourLines(depth: i32, source: usize, lineBytes: usize, out: usize): void {
  let p0 = source
  let p1 = p0 + lineBytes
  let p2 = p1 + lineBytes
  let p3 = p2 + lineBytes
  for (let pairs = depth >> 1; pairs != 0; pairs--) {
    const v0 = v128.load(p0)
    const v1 = v128.load(p1)
    const v2 = v128.load(p2)
    const v3 = v128.load(p3)
    v128.store(out, firstLanes(v0, v1), 0)
    v128.store(out, firstLanes(v2, v3), 16)
    v128.store(out, secondLanes(v0, v1), 32)
    v128.store(out, secondLanes(v2, v3), 48)
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
    out += 64
  }
  if (depth & 1) {
    storeOne(out, loadOne(p0))
    storeOne(out + 8, loadOne(p1))
    storeOne(out + 16, loadOne(p2))
    storeOne(out + 24, loadOne(p3))
  }
}

/** The last panel has one to three lines, and zeros in place of the others. */
function packLastLines(lines: i32, depth: i32, source: usize, lineBytes: usize, depthBytes: usize, out: usize): void {
  for (; depth != 0; depth--) {
    store<f64>(out, load<f64>(source), 0)
    store<f64>(out, lines > 1 ? load<f64>(source + lineBytes) : 0, 8)
    store<f64>(out, lines > 2 ? load<f64>(source + lineBytes + lineBytes) : 0, 16)
    store<f64>(out, 0, 24)
    source += depthBytes
    out += 32
  }
}
