/**
 * Batch rules: what each op of one sample is for all samples at once. A rule writes the op for tables of samples in ops that
 * there are, so derivatives, programs and batches of batches need nothing more. An op on shared values only needs no rule.
 *
 * The table is total: an opcode without an entry does not compile.
 */
import {
  ATTRIBUTE,
  BLOCKS_SHARE_A,
  BLOCKS_SHARE_B,
  BLOCKS_SUM,
  FLAGS,
  FLAG_TRANSPOSE_A,
  FLAG_TRANSPOSE_B,
} from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { countOf } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { apply, apply3 } from '../apply.ts'
import { type AnyVar, constantLeaf } from '../var.ts'
import { Batch, type Layout, layoutOf, VMAP } from './batch.ts'

const TRANSPOSE_A = FLAG_TRANSPOSE_A << (8 * FLAGS)
const TRANSPOSE_B = FLAG_TRANSPOSE_B << (8 * FLAGS)

/** The layout of a number. */
const NUMBER: Layout = { rows: 1, cols: 1 }

/** One record of what a sample does. */
export interface SampleRecord {
  /** Opcode, transposes and attribute. */
  readonly word: number
  readonly a: Batch
  /** Operand a again, where there is no second, no third. */
  readonly b: Batch
  readonly c: Batch
  /** Of ops on parts. */
  readonly offset: number
  /** The result's shape, rows and columns; none for a number. */
  readonly shape: Shape
  /** The type of the result's elements; float64 for a number. Operands that are numbers have it already. */
  readonly dtype: DType
  /** How many samples there are. */
  readonly size: number
}

/** The result for all samples, at least one operand not being shared. */
type Rule = (record: SampleRecord) => Batch

/** One sample as one row. */
function row(count: number): Layout {
  return { rows: 1, cols: count }
}

/** The result of a record as a table, in which a sample has the given layout. */
function result({ size, shape }: SampleRecord, layout: Layout, make: (shape: Shape) => AnyVar): Batch {
  return Batch.table(size, shape, layout, make([size * layout.rows, layout.cols]))
}

/** Elementwise: the same op on tables. A number for each sample is repeated over the elements of its row. */
function elementwise(record: SampleRecord, operands: readonly Batch[]): [tables: AnyVar[], layout: Layout] {
  const n = countOf(record.shape)
  const isSpread = (x: Batch): boolean => x.isNumber && x.shared === undefined && record.shape.length > 0
  const layout = operands.some(isSpread) ? row(n) : layoutOf(record.shape)
  const tables = operands.map(x => {
    if (isSpread(x)) return apply(VMAP, Opcode.RowBroadcast, [record.size, n], x.as(NUMBER))
    return x.isNumber && x.shared !== undefined ? x.shared : x.as(layout)
  })
  return [tables, layout]
}

const unary: Rule = record => {
  const [[a], layout] = elementwise(record, [record.a])
  return result(record, layout, shape => apply(VMAP, record.word, shape, a))
}

const binary: Rule = record => {
  const [[a, b], layout] = elementwise(record, [record.a, record.b])
  return result(record, layout, shape => apply(VMAP, record.word, shape, a, b))
}

/** A number for each sample times a tensor is a scaling of rows, or an outer product where the tensor is shared. */
const product: Rule = record => {
  const { a, b, shape } = record
  if (shape.length === 0 || a.isNumber === b.isNumber) return binary(record)
  const [factor, tensor] = a.isNumber ? [a, b] : [b, a]
  return factor.shared === undefined ? scaledRows(record, tensor, factor, row(tensor.count)) : binary(record)
}

/** Rows of a table times a number for each: t has so many rows and columns for each sample. */
function scaledRows(record: SampleRecord, table: Batch, factor: Batch, layout: Layout): Batch {
  const factors = factor.as(row(layout.rows))
  return result(record, layout, shape =>
    table.shared !== undefined && layout.rows === 1
      ? apply(VMAP, Opcode.Outer, shape, factor.as(NUMBER), table.shared)
      : apply(VMAP, Opcode.RowScale, shape, table.as(layout), factors),
  )
}

/** The same op on all samples' rows, where it goes row by row: operands have the rows of operand `like`. */
function byRows(...operands: readonly ('table' | 'element')[]): Rule {
  return record => {
    const { word, a, b, shape } = record
    const table = operands[0] === 'table' ? a : b
    const given = [a, b, record.c].slice(0, operands.length)
    const [x, y, z] = given.map((operand, i) =>
      operand.as(operands[i] === 'table' ? table.layout : row(table.layout.rows)),
    )
    const layout = shape.length === 0 ? NUMBER : layoutOf(shape)
    return result(record, layout, whole =>
      z === undefined ? apply(VMAP, word, whole, x, y) : apply3(VMAP, word, whole, x, y, z),
    )
  }
}

/** Inner products of all elements: of one row each, or with a vector where an operand is shared. */
const dot: Rule = record => {
  const { a, b } = record
  const layout = row(a.count)
  if (a.shared !== undefined) return dot({ ...record, a: b, b: a })
  return result(record, NUMBER, shape =>
    b.shared !== undefined
      ? apply(VMAP, Opcode.MatVec, shape, a.as(layout), b.shared)
      : apply(VMAP, Opcode.RowDot, shape, a.as(layout), b.as(layout)),
  )
}

/** An extreme of all elements of each sample, or, where it has several, of each of its rows. */
const extreme: Rule = record => {
  const { word, a, shape } = record
  const table = shape.length === 0 ? row(a.count) : a.layout
  const layout = shape.length === 0 ? NUMBER : layoutOf(shape)
  return result(record, layout, whole => apply(VMAP, word, whole, a.as(table)))
}

const extremeShare: Rule = record => {
  const { word, a, b } = record
  const table = b.isNumber ? row(a.count) : a.layout
  return result(record, table, shape => apply(VMAP, word, shape, a.as(table), b.as(row(b.count))))
}

/** Whatever is not the layout of its operand is that of its result. */
const repeated: Rule = record => {
  const layout = layoutOf(record.shape)
  return result(record, layout, shape => apply(VMAP, record.word, shape, record.a.as(record.a.layout)))
}

/** A·x for each sample: with a shared matrix one product X·Aᵀ. */
const matVec: Rule = record => {
  const { word, a, b, shape } = record
  const transposed = (word & TRANSPOSE_A) !== 0
  const { rows, cols } = a.layout
  const [m, k] = transposed ? [cols, rows] : [rows, cols]
  if (a.shared !== undefined) {
    const product = Opcode.MatMul | (transposed ? 0 : TRANSPOSE_B)
    return result(record, row(m), whole => apply(VMAP, product, whole, b.as(row(k)), a.shared))
  }
  if (b.shared !== undefined && !transposed) {
    return result(record, row(m), whole => apply(VMAP, Opcode.MatVec, whole, a.as(a.layout), b.shared))
  }
  const shared = b.shared === undefined ? 0 : BLOCKS_SHARE_B
  const product = blocks(transposed, true, shared)
  const table = apply(VMAP, product, [record.size * m, 1], a.as(a.layout), b.sharedRow() ?? b.as(row(k)))
  return Batch.table(record.size, shape, { rows: m, cols: 1 }, table)
}

/** BlockMatMul with the given transposes, and what its blocks share. */
function blocks(transposeA: boolean, transposeB: boolean, shared: number): number {
  const flags = (transposeA ? TRANSPOSE_A : 0) | (transposeB ? TRANSPOSE_B : 0)
  return Opcode.BlockMatMul | flags | (shared << (8 * ATTRIBUTE))
}

const matMul: Rule = record => {
  const { word, a, b, shape } = record
  const [transposeA, transposeB] = [(word & TRANSPOSE_A) !== 0, (word & TRANSPOSE_B) !== 0]
  const layout = layoutOf(shape)
  if (b.shared !== undefined && !transposeA) {
    return result(record, layout, whole => apply(VMAP, word, whole, a.as(a.layout), b.shared))
  }
  const shared = a.shared !== undefined ? BLOCKS_SHARE_A : b.shared !== undefined ? BLOCKS_SHARE_B : 0
  return result(record, layout, whole =>
    apply(VMAP, blocks(transposeA, transposeB, shared), whole, a.shared ?? a.as(a.layout), b.shared ?? b.as(b.layout)),
  )
}

/** x·yᵀ for each sample: a product of blocks whose inner size is 1. */
const outer: Rule = record => {
  const { a, b, shape } = record
  const layout = layoutOf(shape)
  if (b.shared !== undefined) {
    return result(record, layout, whole => apply(VMAP, Opcode.Outer, whole, a.as(row(a.count)), b.shared))
  }
  const product = blocks(true, false, a.shared === undefined ? 0 : BLOCKS_SHARE_A)
  return result(record, layout, whole =>
    apply(VMAP, product, whole, a.sharedRow() ?? a.as(row(a.count)), b.as(row(b.count))),
  )
}

/** How many blocks the product of one sample has; 1 where they can be seen as one product. */
function blockCount({ word, a, b, shape }: SampleRecord): number {
  const [transposeA, transposeB] = [(word & TRANSPOSE_A) !== 0, (word & TRANSPOSE_B) !== 0]
  const shared = word >>> (8 * ATTRIBUTE)
  const { rows, cols } = layoutOf(shape)
  if (shared & BLOCKS_SHARE_A) return rows / (transposeA ? a.layout.cols : a.layout.rows)
  if (shared & BLOCKS_SHARE_B) return transposeA ? a.layout.rows / (transposeB ? b.layout.cols : b.layout.rows) : 1
  if (shared & BLOCKS_SUM) return transposeA ? (transposeB ? a.layout.rows / b.layout.cols : 1) : a.layout.rows / rows
  return transposeA ? rows / a.layout.cols : b.layout.rows / (transposeB ? cols : a.layout.cols)
}

/** Blocks of all samples are more blocks. What the blocks of one sample share is repeated, unless all samples share it. */
const blockMatMul: Rule = record => {
  const { word, a, b, shape, size } = record
  const { rows, cols } = layoutOf(shape)
  if (a.count === 0 || b.count === 0 || rows * cols === 0) {
    return result(record, layoutOf(shape), whole => constantLeaf(tensorOf(dataOf(record.dtype, countOf(whole)), whole)))
  }
  const before = word >>> (8 * ATTRIBUTE)
  const n = blockCount(record)
  let shared = 0
  const operand = (x: Batch, flag: number): AnyVar => {
    if ((before & flag) === 0) return x.as(x.layout)
    if (x.shared !== undefined) {
      shared |= flag
      return x.shared
    }
    if (n === 1) return x.as(x.layout)
    const times = apply(VMAP, Opcode.Repeat, [size * n, x.count], x.as(row(x.count)))
    return Batch.table(size * n, [x.layout.rows, x.layout.cols], row(x.count), times).as(x.layout)
  }
  const x = operand(a, BLOCKS_SHARE_A)
  const y = operand(b, BLOCKS_SHARE_B)
  const product = blocks((word & TRANSPOSE_A) !== 0, (word & TRANSPOSE_B) !== 0, shared)
  if ((before & BLOCKS_SUM) === 0 || n === 1) {
    return result(record, { rows, cols }, whole => apply(VMAP, product, whole, x, y))
  }
  const all = apply(VMAP, product, [size * n * rows, cols], x, y)
  const asRows = Batch.table(size * n, [rows, cols], { rows, cols }, all).as(row(rows * cols))
  return result(record, row(rows * cols), whole => apply(VMAP, Opcode.SumRepeats, whole, asRows))
}

/** A part of each sample: of its row. All of it is the same table in another layout. */
const slice: Rule = record => {
  const { a, shape, offset, size } = record
  const layout = layoutOf(shape)
  if (countOf(shape) === a.count) return Batch.table(size, shape, layout, a.as(layout))
  return result(record, layout, whole => apply(VMAP, Opcode.RowSlice, whole, a.as(row(a.count)), undefined, offset))
}

const embed: Rule = record => {
  const part = record.a.as(record.a.layout)
  return result(record, row(countOf(record.shape)), whole =>
    apply(VMAP, Opcode.RowEmbed, whole, part, part, record.offset),
  )
}

/** Into the row of each sample, which is the whole's own if it is none that all share. */
function intoRow(opcode: Opcode): Rule {
  return record => {
    const { a, b, offset } = record
    const whole = a.shared === undefined ? a.as(row(a.count)) : a.freshRows()
    return result(record, row(a.count), shape => apply(VMAP, opcode, shape, whole, b.as(b.layout), offset))
  }
}

/** Ops on parts of rows: all samples' rows. */
const rowSlice: Rule = record =>
  result(record, layoutOf(record.shape), shape =>
    apply(VMAP, record.word, shape, record.a.as(record.a.layout), undefined, record.offset),
  )

const intoRows: Rule = record => {
  const { word, a, b, offset } = record
  const whole =
    a.shared === undefined
      ? a.as(a.layout)
      : Batch.table(record.size, record.shape, row(a.count), a.freshRows()).as(a.layout)
  return result(record, a.layout, shape => apply(VMAP, word, shape, whole, b.as(b.layout), offset))
}

/** Where the choice is made for each element. */
const where: Rule = record => {
  const [[condition, a, b], layout] = elementwise(record, [record.a, record.b, record.c])
  return result(record, layout, shape => apply3(VMAP, Opcode.Where, shape, condition, a, b))
}

/** What has a value and no operands, and what the engine does not run. */
type Other = Opcode.Leaf | Opcode.Host | Opcode.Count

const rules: Readonly<Record<Exclude<Opcode, Other>, Rule>> = {
  [Opcode.Identity]: ({ a }) => a,
  [Opcode.StopGradient]: unary,
  [Opcode.Cast]: unary,
  [Opcode.Neg]: unary,
  [Opcode.Abs]: unary,
  [Opcode.Sign]: unary,
  [Opcode.Exp]: unary,
  [Opcode.Log]: unary,
  [Opcode.Sqrt]: unary,
  [Opcode.Sin]: unary,
  [Opcode.Cos]: unary,
  [Opcode.Tan]: unary,
  [Opcode.Asin]: unary,
  [Opcode.Acos]: unary,
  [Opcode.Atan]: unary,
  [Opcode.Sinh]: unary,
  [Opcode.Cosh]: unary,
  [Opcode.Tanh]: unary,
  [Opcode.Asinh]: unary,
  [Opcode.Acosh]: unary,
  [Opcode.Atanh]: unary,
  [Opcode.Log1p]: unary,
  [Opcode.Expm1]: unary,
  [Opcode.Logistic]: unary,
  [Opcode.Log1pExp]: unary,
  [Opcode.Floor]: unary,
  [Opcode.Ceil]: unary,
  [Opcode.Round]: unary,
  [Opcode.Log1mExp]: unary,
  [Opcode.Gaussian]: unary,
  [Opcode.Erf]: unary,
  [Opcode.Erfc]: unary,
  [Opcode.NormCdf]: unary,
  [Opcode.Inverf]: unary,
  [Opcode.Inverfc]: unary,
  [Opcode.InvNormCdf]: unary,
  [Opcode.LGamma]: unary,
  [Opcode.Polygamma]: unary,
  [Opcode.Add]: binary,
  [Opcode.Sub]: binary,
  [Opcode.Mul]: product,
  [Opcode.Div]: binary,
  [Opcode.Pow]: binary,
  [Opcode.Atan2]: binary,
  [Opcode.Hypot]: binary,
  [Opcode.Max]: binary,
  [Opcode.Min]: binary,
  [Opcode.MaxShare]: binary,
  [Opcode.Less]: binary,
  [Opcode.LessOrEqual]: binary,
  [Opcode.Equal]: binary,
  [Opcode.TanhBack]: binary,
  [Opcode.LogisticBack]: binary,
  [Opcode.Where]: where,
  [Opcode.Sum]: record =>
    result(record, NUMBER, shape => apply(VMAP, Opcode.RowSum, shape, record.a.as(row(record.a.count)))),
  [Opcode.Broadcast]: record =>
    result(record, row(countOf(record.shape)), shape => apply(VMAP, Opcode.RowBroadcast, shape, record.a.as(NUMBER))),
  [Opcode.Dot]: dot,
  [Opcode.RowSum]: byRows('table'),
  [Opcode.RowBroadcast]: repeated,
  [Opcode.RowDot]: byRows('table', 'table'),
  [Opcode.RowScale]: record => scaledRows(record, record.a, record.b, layoutOf(record.shape)),
  [Opcode.Maximum]: extreme,
  [Opcode.Minimum]: extreme,
  [Opcode.ExtremeShare]: extremeShare,
  [Opcode.Repeat]: repeated,
  [Opcode.SumRepeats]: repeated,
  [Opcode.MatVec]: matVec,
  [Opcode.MatMul]: matMul,
  [Opcode.Outer]: outer,
  [Opcode.BlockMatMul]: blockMatMul,
  [Opcode.Softmax]: byRows('table'),
  [Opcode.SoftmaxBack]: byRows('table', 'table'),
  [Opcode.LogSumExp]: byRows('table'),
  [Opcode.SoftmaxCrossEntropy]: byRows('table', 'table'),
  [Opcode.SoftmaxCrossEntropyBack]: byRows('element', 'table', 'table'),
  [Opcode.Slice]: slice,
  [Opcode.Embed]: embed,
  [Opcode.AddAt]: intoRow(Opcode.RowAddAt),
  [Opcode.Put]: intoRow(Opcode.RowPut),
  [Opcode.RowSlice]: rowSlice,
  [Opcode.RowEmbed]: record => {
    const part = record.a.as(record.a.layout)
    return result(record, layoutOf(record.shape), shape => apply(VMAP, record.word, shape, part, part, record.offset))
  },
  [Opcode.RowAddAt]: intoRows,
  [Opcode.RowPut]: intoRows,
}

/** The rule of an opcode, which the engine runs and which has operands. */
export function ruleOf(opcode: number): Rule {
  return (rules as Readonly<Record<number, Rule>>)[opcode] as Rule
}
