/**
 * Level 3: the matrix product, in five loops around one micro-kernel, after Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication", ACM TOMS 34 (2008), in the arrangement of BLIS.
 */
import { multiplyTile, TILE_ROWS, tileColumns } from './gemmMicro'
import { bytes } from './lanes'
import { gemv, gemvT, ger } from './matvec'
import { pack } from './pack'
import { fill, scale } from './vector'

/** Rows of A packed at once: BLOCK_ROWS × BLOCK_DEPTH elements (128 kB of float64) stay in the second cache. A multiple of a tile. */
const BLOCK_ROWS = 64
/** Depth of a block: one panel of A and one of B (8 kB each, of float64) stay in the first cache. */
const BLOCK_DEPTH = 256
/** Columns of B packed at once: BLOCK_DEPTH × BLOCK_COLUMNS elements (2 MB of float64) stay in the third cache. A multiple of a tile. */
const BLOCK_COLUMNS = 1024

/** A row of a tile is two vectors. */
const TILE_ROW_BYTES = 32
const TILE_BYTES = TILE_ROWS * TILE_ROW_BYTES

/**
 * Bytes of workspace that `gemm` needs for these sizes: one packed block of A, one of B, and one tile. At most
 * (64 + 1024)·256·8 + 128 bytes, 2.1 MiB, for float64, and half of it for float32, however large the sizes.
 */
export function gemmWorkspaceBytes<T>(m: i32, n: i32, k: i32): i32 {
  const lines = roundUp(min(m, BLOCK_ROWS), TILE_ROWS) + roundUp(min(n, BLOCK_COLUMNS), tileColumns<T>())
  return lines * min(k, BLOCK_DEPTH) * <i32>sizeof<T>() + TILE_BYTES
}

/**
 * C = α·op(A)·op(B), added to C if `accumulate`; otherwise C is written without being read. C is m×n.
 *
 * op(A) is m×k: A is stored m×k, or k×m if `transposeA`. op(B) is k×n: B is stored k×n, or n×k if `transposeB`.
 * All row-major and contiguous. Sizes are ≥ 0; for k = 0 the product is zero. Pointers are multiples of T's size, and
 * of 16 for speed. C overlaps neither A nor B, which may be the same. `workspace` holds gemmWorkspaceBytes<T>(m, n, k)
 * bytes that overlap nothing.
 *
 * Where the product is one of a matrix and a vector, the kernels of level 2 do the work, which is then bound by memory.
 */
export function gemm<T>(
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  transposeA: bool,
  b: usize,
  transposeB: bool,
  c: usize,
  accumulate: bool,
  workspace: usize,
): void {
  if (k == 0) {
    if (!accumulate) fill<T>(m * n, 0, c)
    return
  }
  if (k == 1) {
    ger<T>(m, n, alpha, a, b, c, accumulate)
    return
  }
  if (alpha == 1 && n == 1) {
    if (transposeA) gemvT<T>(k, m, a, b, accumulate ? c : 0, c)
    else gemv<T>(m, k, a, b, accumulate ? c : 0, c)
    return
  }
  if (alpha == 1 && m == 1) {
    if (transposeB) gemv<T>(n, k, b, a, accumulate ? c : 0, c)
    else gemvT<T>(k, n, b, a, accumulate ? c : 0, c)
    return
  }
  gemmPart<T>(0, m, 0, n, m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, workspace)
}

/**
 * The part of `gemm` in the rows of C from `firstRow` up to, not including, `rowsEnd`, and in such columns. An element is the same
 * bits in whichever part it is computed. For k > 0, and without kernels of level 2.
 */
export function gemmPart<T>(
  firstRow: i32,
  rowsEnd: i32,
  firstColumn: i32,
  columnsEnd: i32,
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  transposeA: bool,
  b: usize,
  transposeB: bool,
  c: usize,
  accumulate: bool,
  workspace: usize,
): void {
  const aRowBytes: usize = transposeA ? sizeof<T>() : bytes<T>(k)
  const aDepthBytes: usize = transposeA ? bytes<T>(m) : sizeof<T>()
  const bColumnBytes: usize = transposeB ? bytes<T>(k) : sizeof<T>()
  const bDepthBytes: usize = transposeB ? sizeof<T>() : bytes<T>(n)
  const cRowBytes = bytes<T>(n)

  const tile = workspace
  const packedA = tile + TILE_BYTES
  const packedB = packedA + bytes<T>(roundUp(min(m, BLOCK_ROWS), TILE_ROWS) * min(k, BLOCK_DEPTH))

  for (let column = firstColumn; column < columnsEnd; column += BLOCK_COLUMNS) {
    const columns = min(columnsEnd - column, BLOCK_COLUMNS)
    for (let step = 0; step < k; step += BLOCK_DEPTH) {
      const depth = min(k - step, BLOCK_DEPTH)
      const bBlock = b + <usize>column * bColumnBytes + <usize>step * bDepthBytes
      pack<T>(tileColumns<T>(), columns, depth, bBlock, bColumnBytes, bDepthBytes, packedB)
      for (let row = firstRow; row < rowsEnd; row += BLOCK_ROWS) {
        const rows = min(rowsEnd - row, BLOCK_ROWS)
        const aBlock = a + <usize>row * aRowBytes + <usize>step * aDepthBytes
        pack<T>(TILE_ROWS, rows, depth, aBlock, aRowBytes, aDepthBytes, packedA)
        if (alpha != 1) scale<T>(roundUp(rows, TILE_ROWS) * depth, alpha, packedA, packedA)
        const cBlock = c + <usize>row * cRowBytes + bytes<T>(column)
        multiplyBlock<T>(rows, columns, depth, packedA, packedB, cBlock, cRowBytes, accumulate || step > 0, tile)
      }
    }
  }
}

/** One packed block of A times one of B, tile by tile. A ragged tile is made in `tile`, and its valid part moved. */
function multiplyBlock<T>(
  rows: i32,
  columns: i32,
  depth: i32,
  packedA: usize,
  packedB: usize,
  c: usize,
  cRowBytes: usize,
  accumulate: bool,
  tile: usize,
): void {
  const rowPanelBytes = bytes<T>(depth * TILE_ROWS)
  const columnPanelBytes = bytes<T>(depth * tileColumns<T>())
  for (let column = 0; column < columns; column += tileColumns<T>()) {
    const validColumns = min(columns - column, tileColumns<T>())
    let p = packedA
    for (let row = 0; row < rows; row += TILE_ROWS) {
      const validRows = min(rows - row, TILE_ROWS)
      const target = c + <usize>row * cRowBytes + bytes<T>(column)
      if (validRows == TILE_ROWS && validColumns == tileColumns<T>()) {
        multiplyTile<T>(depth, p, packedB, target, cRowBytes, accumulate)
      } else {
        multiplyTile<T>(depth, p, packedB, tile, TILE_ROW_BYTES, false)
        moveTile<T>(validRows, validColumns, tile, target, cRowBytes, accumulate)
      }
      p += rowPanelBytes
    }
    packedB += columnPanelBytes
  }
}

/** The first rows × columns of `tile` to C: written, or added if `accumulate`. */
function moveTile<T>(rows: i32, columns: i32, tile: usize, c: usize, cRowBytes: usize, accumulate: bool): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const target = c + bytes<T>(column)
      const value = load<T>(tile + bytes<T>(column))
      store<T>(target, accumulate ? load<T>(target) + value : value)
    }
    tile += TILE_ROW_BYTES
    c += cRowBytes
  }
}

/** n rounded up to whole tiles of that many lines, a power of two. */
@inline
function roundUp(n: i32, lines: i32): i32 {
  return (n + lines - 1) & -lines
}
