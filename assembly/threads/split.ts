/**
 * How ops are split among threads: which ops, from which size on, along what. A split never changes what is added to what: each
 * element is computed by the same instructions as on one thread, so the result is the same bits for any number of workers. An op
 * that sums over all its elements is not split.
 */
import { TILE_ROWS, tileColumns } from '../kernels/gemmMicro'
import { FLAGS, ROWS, COLS, SLOT_BYTES, VALUE } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { Mode } from '../shared/program'
import { cols, count, data, isFloat32, isTensor, rows, valueFlags } from '../slots'
import { own } from '../own'
import { accumulates, accumulateAlone, executeAlone } from '../values/execute'
import { isElementwise } from '../values/elementwise'
import { elementAt } from '../values/part'
import { productPart, productWithBiasAlone, transposeA, vectorColumns } from '../values/product'

/** Along what an op is split. */
export enum Split {
  /** Not at all. */
  None,
  /** Elements of the result. */
  Elements,
  /** Rows of a table, each by itself. */
  Rows,
  /** Rows of the matrix in A·x and in a·bᵀ. */
  VectorRows,
  /** Columns of the matrix in Aᵀ·x. */
  VectorColumns,
  /** Rows, columns of a matrix product. */
  ProductRows,
  ProductColumns,
}

/** In bytes. */
const CACHE_LINE = 64

/** Four slots that describe a thread's part of result and operands. */
const parts: usize = ASC_FEATURE_THREADS ? memory.data(4 * SLOT_BYTES, 16) : 0

/** How the op is split, if it is. */
export function splitOf(mode: i32, word: i32, out: usize, a: usize, b: usize, alpha: f64): Split {
  const opcode = word & 0xff
  if (!isTensor(out)) return Split.None
  if ((mode == Mode.Accumulate || mode == Mode.Scaled) && !accumulates(opcode, alpha != 1)) return Split.None
  if (isElementwise(opcode)) return Split.Elements
  if (opcode == Opcode.MatMul) {
    // The operand that all threads read is packed by each of them: better the smaller one.
    const m = rows(out)
    const n = cols(out)
    if (min(m, n) < 2 || depthOf(word, a) < 2) return Split.None
    return m >= n ? Split.ProductRows : Split.ProductColumns
  }
  if (opcode == Opcode.Outer) return Split.VectorRows
  if (opcode == Opcode.MatVec) return transposeA(word) ? Split.VectorColumns : Split.VectorRows
  const isRowwise =
    (opcode >= Opcode.RowSum && opcode <= Opcode.RowScale) ||
    (opcode >= Opcode.Softmax && opcode <= Opcode.SoftmaxCrossEntropyBack)
  return isRowwise ? Split.Rows : Split.None
}

/** The inner size of a matrix product. */
@inline
function depthOf(word: i32, a: usize): i32 {
  return transposeA(word) ? rows(a) : cols(a)
}

/** The slot whose rows a rowwise op goes through. */
function tableOf(opcode: i32, out: usize, a: usize, b: usize): usize {
  if (opcode == Opcode.SoftmaxCrossEntropyBack) return b
  return opcode == Opcode.RowBroadcast ? out : a
}

/** How many units there are to split. */
export function unitsOf(split: Split, word: i32, out: usize, a: usize, b: usize): i32 {
  switch (split) {
    case Split.Elements:
      return count(out)
    case Split.Rows:
      return rows(tableOf(word & 0xff, out, a, b))
    case Split.VectorRows:
      return (word & 0xff) == Opcode.Outer ? count(a) : rows(a)
    case Split.VectorColumns:
      return cols(a)
    case Split.ProductRows:
      return rows(out)
    default:
      return cols(out)
  }
}

/**
 * How many units stay together: whole tiles and groups of four rows, so that no element is computed otherwise than on one thread;
 * and whole cache lines of the result.
 */
export function grainOf(split: Split, out: usize): i32 {
  if (split == Split.Rows) return 1
  return split == Split.Elements ? 64 : isFloat32(out) ? linesOf<f32>() : linesOf<f64>()
}

/** Rows or columns that fill tiles, groups of four rows, and a cache line: all are powers of two. */
@inline
function linesOf<T>(): i32 {
  return max(max(TILE_ROWS, tileColumns<T>()), CACHE_LINE / <i32>sizeof<T>())
}

/** About how many nanoseconds the op takes on one thread. Where vectors do the work, float32 takes half of it. */
export function workOf(split: Split, word: i32, out: usize, a: usize, b: usize): f64 {
  const opcode = word & 0xff
  switch (split) {
    case Split.Elements:
      return <f64>count(out) * nanosecondsAnElement(opcode, out)
    case Split.Rows: {
      const table = tableOf(opcode, out, a, b)
      const cheap = opcode <= Opcode.RowScale || opcode == Opcode.SoftmaxBack
      return <f64>count(table) * (cheap ? 0.5 * widthOf(table) : 8)
    }
    case Split.VectorRows:
    case Split.VectorColumns:
      return <f64>max(count(out), count(a)) * 0.2 * widthOf(out)
    default:
      return <f64>count(out) * <f64>depthOf(word, a) * 0.08 * widthOf(out)
  }
}

/** The size of an element, in those of float64. */
@inline
function widthOf(tensor: usize): f64 {
  return isFloat32(tensor) ? 0.5 : 1
}

function nanosecondsAnElement(opcode: i32, out: usize): f64 {
  switch (opcode) {
    case Opcode.Identity:
    case Opcode.StopGradient:
    case Opcode.Cast:
    case Opcode.Neg:
    case Opcode.Abs:
    case Opcode.Add:
    case Opcode.Sub:
    case Opcode.Mul:
    case Opcode.Div:
    case Opcode.Sqrt:
    case Opcode.Floor:
    case Opcode.Ceil:
    case Opcode.Round:
    case Opcode.TanhBack:
    case Opcode.LogisticBack:
      return 0.5 * widthOf(out)
    case Opcode.Exp:
    case Opcode.Log:
    case Opcode.Tanh:
    case Opcode.Logistic:
      return 2 * widthOf(out)
    default:
      return 10
  }
}

/** Does the units from `from` up to, not including, `to`. */
export function runUnits(
  split: Split,
  mode: i32,
  word: i32,
  out: usize,
  a: usize,
  b: usize,
  c: usize,
  alpha: f64,
  from: i32,
  to: i32,
): void {
  switch (split) {
    case Split.ProductRows:
      productPart(word, out, a, b, alpha, mode != Mode.Plain, from, to, 0, cols(out))
      return
    case Split.ProductColumns:
      productPart(word, out, a, b, alpha, mode != Mode.Plain, 0, rows(out), from, to)
      return
    case Split.VectorColumns: {
      const bias: usize = mode == Mode.Biased ? data(c) : mode == Mode.Plain ? 0 : data(out)
      vectorColumns(out, a, b, bias, from, to)
      return
    }
    case Split.Elements:
      out = elements(0, out, from, to)
      a = elements(1, a, from, to)
      b = elements(2, b, from, to)
      break
    case Split.VectorRows:
      if ((word & 0xff) == Opcode.Outer) {
        out = rowsOf(0, out, from, to)
        a = elements(1, a, from, to)
      } else {
        out = elements(0, out, from, to)
        a = rowsOf(1, a, from, to)
        c = elements(3, c, from, to)
      }
      break
    default: {
      const m = rows(tableOf(word & 0xff, out, a, b))
      out = rowsOrElements(0, out, m, from, to)
      a = rowsOrElements(1, a, m, from, to)
      b = rowsOrElements(2, b, m, from, to)
      c = rowsOrElements(3, c, m, from, to)
    }
  }
  if (mode == Mode.Plain) executeAlone(word, out, a, b, c)
  else if (mode == Mode.Biased) productWithBiasAlone(word, out, a, b, c)
  else accumulateAlone(word, out, a, b, alpha)
}

/** A description of m × n elements of a tensor, from the offset on. */
function part(position: i32, tensor: usize, offset: i32, m: i32, n: i32): usize {
  const slot = own(parts) + (<usize>position * SLOT_BYTES)
  store<i32>(slot, valueFlags(tensor) << (8 * FLAGS))
  store<u32>(slot, <u32>elementAt(tensor, offset), VALUE)
  store<i32>(slot, m, ROWS)
  store<i32>(slot, n, COLS)
  return slot
}

/** Elements of a tensor; a scalar stays what it is. */
function elements(position: i32, slot: usize, from: i32, to: i32): usize {
  return isTensor(slot) ? part(position, slot, from, 1, to - from) : slot
}

/** Rows of a matrix. */
function rowsOf(position: i32, slot: usize, from: i32, to: i32): usize {
  return part(position, slot, from * cols(slot), to - from, cols(slot))
}

/** Rows of a table of m rows, or elements of a vector that has one for each of them. */
function rowsOrElements(position: i32, slot: usize, m: i32, from: i32, to: i32): usize {
  return isTensor(slot) && rows(slot) == m ? rowsOf(position, slot, from, to) : elements(position, slot, from, to)
}
