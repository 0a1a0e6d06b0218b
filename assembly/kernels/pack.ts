import { bytes, firstLanes, loadOne, secondLanes, storeOne } from './lanes'

/**
 * Copies a block of a matrix into panels of four or eight lines, step by step along the depth k that a product sums over.
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
 * `depthBytes` apart, the lines `lineBytes`, and one of these is T's size, as in every row-major matrix. A panel has `width`
 * lines, and its steps are one or two vectors: 4 of float64, 4 or 8 of float32. `out` takes ⌈lines/width⌉·width·depth elements
 * and overlaps nothing. lines, depth ≥ 0.
 */
export function pack<T>(
  width: i32,
  lines: i32,
  depth: i32,
  source: usize,
  lineBytes: usize,
  depthBytes: usize,
  out: usize,
): void {
  const stepBytes = bytes<T>(width)
  const panelBytes = stepBytes * <usize>depth
  for (; lines >= width; lines -= width) {
    if (lineBytes == sizeof<T>()) copyLines(depth, source, depthBytes, stepBytes, out)
    else {
      for (let line = 0; line < width; line += 4) {
        transposeFourLines<T>(depth, source + <usize>line * lineBytes, lineBytes, stepBytes, out + bytes<T>(line))
      }
    }
    source += <usize>width * lineBytes
    out += panelBytes
  }
  if (lines != 0) packLastLines<T>(width, lines, depth, source, lineBytes, depthBytes, out)
}

/** The elements of a step lie side by side. */
function copyLines(depth: i32, source: usize, depthBytes: usize, stepBytes: usize, out: usize): void {
  for (; depth != 0; depth--) {
    v128.store(out, v128.load(source, 0), 0)
    if (stepBytes == 32) v128.store(out, v128.load(source, 16), 16)
    source += depthBytes
    out += stepBytes
  }
}

/** Each line lies side by side: as many steps of four lines as a vector has lanes are transposed in registers. */
function transposeFourLines<T>(depth: i32, source: usize, lineBytes: usize, stepBytes: usize, out: usize): void {
  let p0 = source
  let p1 = p0 + lineBytes
  let p2 = p1 + lineBytes
  let p3 = p2 + lineBytes
  for (; depth >= 16 / <i32>sizeof<T>(); depth -= 16 / <i32>sizeof<T>()) {
    const v0 = v128.load(p0)
    const v1 = v128.load(p1)
    const v2 = v128.load(p2)
    const v3 = v128.load(p3)
    if (sizeof<T>() == 8) {
      v128.store(out, firstLanes(v0, v1), 0)
      v128.store(out, firstLanes(v2, v3), 16)
      out += stepBytes
      v128.store(out, secondLanes(v0, v1), 0)
      v128.store(out, secondLanes(v2, v3), 16)
      out += stepBytes
    } else {
      const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5)
      const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5)
      const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7)
      const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7)
      v128.store(out, firstLanes(low01, low23))
      out += stepBytes
      v128.store(out, secondLanes(low01, low23))
      out += stepBytes
      v128.store(out, firstLanes(high01, high23))
      out += stepBytes
      v128.store(out, secondLanes(high01, high23))
      out += stepBytes
    }
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
  }
  for (; depth != 0; depth--) {
    storeOne<T>(out, loadOne<T>(p0))
    storeOne<T>(out + sizeof<T>(), loadOne<T>(p1))
    storeOne<T>(out + 2 * sizeof<T>(), loadOne<T>(p2))
    storeOne<T>(out + 3 * sizeof<T>(), loadOne<T>(p3))
    p0 += sizeof<T>()
    p1 += sizeof<T>()
    p2 += sizeof<T>()
    p3 += sizeof<T>()
    out += stepBytes
  }
}

/** The last panel has fewer lines than its width, and zeros in place of the others. */
function packLastLines<T>(
  width: i32,
  lines: i32,
  depth: i32,
  source: usize,
  lineBytes: usize,
  depthBytes: usize,
  out: usize,
): void {
  for (; depth != 0; depth--) {
    for (let line = 0; line < width; line++) {
      store<T>(out, line < lines ? load<T>(source + <usize>line * lineBytes) : 0)
      out += sizeof<T>()
    }
    source += depthBytes
  }
}
