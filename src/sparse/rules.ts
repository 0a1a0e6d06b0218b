/**
 * Dependence rules: which inputs each element of a result depends on, from those that the elements of the operands depend on.
 * A rule looks at opcode, flags and shapes only, never at values, so what it says holds at every point. An element that a
 * result does not depend on, or whose derivative is zero everywhere, has no part in it.
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
import { EMPTY, type InputSet, type InputSets } from './sets.ts'

/** For each element of a tensor, or for a number, what it depends on; undefined if nothing depends on any input. */
export type Dependence = readonly InputSet[] | undefined

/** How a value lies in memory. A number is 1 × 1. */
export interface Layout {
  readonly isTensor: boolean
  readonly rows: number
  readonly cols: number
}

/** A value as a rule sees it. */
export interface Value extends Layout {
  readonly sets: Dependence
}

/** One record, with the layout of its result. */
export interface DependenceRecord extends Layout {
  /** Opcode, transposes and attribute. */
  readonly word: number
  /** The operands; the first again where there is no second, no third. */
  readonly a: Value
  readonly b: Value
  readonly c: Value
  /** Of ops on parts. */
  readonly offset: number
  readonly inputs: InputSets
}

/** The dependence of the result, where one of the operands depends on something. */
type Rule = (record: DependenceRecord) => Dependence

/** How many elements a value has. */
function countOf({ rows, cols }: Layout): number {
  return rows * cols
}

/** So many elements that depend on the same. */
function repeated(count: number, set: InputSet): InputSet[] {
  return new Array<InputSet>(count).fill(set)
}

/** What element i of a value depends on; a number is the same for all. */
function at({ sets, isTensor }: Value, i: number): InputSet {
  return sets === undefined ? EMPTY : (sets[isTensor ? i : 0] as InputSet)
}

// Element by element

/** The derivative is zero everywhere. */
const none: Rule = () => undefined

/** Each element of the result on the same elements of these operands. */
function elementwise(...operands: readonly ('a' | 'b' | 'c')[]): Rule {
  return record => {
    const [x, y] = operands.map(name => record[name]).filter(({ sets }) => sets !== undefined)
    if (x === undefined) return undefined
    return y === undefined ? spread(record, x) : pairs(record, x, y)
  }
}

/** The same as an operand, for all elements if that is a number. */
function spread(record: DependenceRecord, { sets, isTensor }: Value): Dependence {
  return isTensor === record.isTensor ? sets : repeated(countOf(record), sets?.[0] ?? EMPTY)
}

function pairs(record: DependenceRecord, x: Value, y: Value): Dependence {
  const { inputs } = record
  if (!record.isTensor) {
    const [first, second] = [at(x, 0), at(y, 0)]
    const both = inputs.union(first, second)
    return both === first ? x.sets : both === second ? y.sets : [both]
  }
  const result = new Array<InputSet>(countOf(record))
  // Neighbours often depend on the same: where every element depends on all.
  let [p, q, both] = [EMPTY, EMPTY, EMPTY]
  for (let i = 0; i < result.length; i++) {
    const [first, second] = [at(x, i), at(y, i)]
    if (first !== p || second !== q) {
      both = inputs.union(first, second)
      p = first
      q = second
    }
    result[i] = both
  }
  return result
}

const unary = elementwise('a')
const binary = elementwise('a', 'b')

// Rows and reductions

/** One number, which depends on all elements. */
const total =
  (...operands: readonly ('a' | 'b')[]): Rule =>
  record => [operands.map(name => allOf(record, record[name])).reduce((x, y) => record.inputs.union(x, y))]

function allOf({ inputs }: DependenceRecord, x: Value): InputSet {
  return inputs.all(x.sets, 0, countOf(x))
}

/**
 * Each row of the result on the same row of each operand: of a table on all its elements, of one number a row on that. The
 * result is a table, or one number a row.
 */
function byRows(result: 'table' | 'numbers', ...operands: readonly ('table' | 'numbers')[]): Rule {
  return record => {
    const { inputs, a, b, c } = record
    const values = [a, b, c].slice(0, operands.length)
    const { rows } = values[operands.indexOf('table')] as Value
    const sets = Array.from({ length: rows }, (_, i) =>
      values.reduce((set, x, position) => {
        const own = operands[position] === 'table' ? inputs.all(x.sets, i * x.cols, x.cols) : at(x, i)
        return inputs.union(set, own)
      }, EMPTY),
    )
    return result === 'numbers' ? sets : sets.flatMap(set => repeated(record.cols, set))
  }
}

/** The extreme of all elements, or, where the result is a tensor, of each row. */
const extreme: Rule = record => {
  const { inputs, a } = record
  const n = record.isTensor ? a.cols : countOf(a)
  return Array.from({ length: countOf(record) }, (_, i) => inputs.all(a.sets, i * n, n))
}

const rowScale: Rule = record => {
  const { inputs, a, b, cols } = record
  return Array.from({ length: countOf(record) }, (_, i) => inputs.union(at(a, i), at(b, Math.floor(i / cols))))
}

const repeat: Rule = record => {
  const { a } = record
  const n = a.isTensor ? a.cols : 1
  const times = countOf(record) / countOf(a)
  return Array.from({ length: countOf(record) }, (_, i) => at(a, Math.floor(i / (n * times)) * n + (i % n)))
}

const sumRepeats: Rule = record => {
  const { inputs, a } = record
  const n = record.isTensor ? record.cols : 1
  const times = countOf(a) / countOf(record)
  return Array.from({ length: countOf(record) }, (_, i) =>
    inputs.all(a.sets, Math.floor(i / n) * n * times + (i % n), times, n),
  )
}

// Products

/** A matrix as a part of a value: op(A) has so many rows and columns, its elements lie from an offset on. */
interface Factor {
  readonly sets: Dependence
  readonly offset: number
  readonly rows: number
  readonly cols: number
  readonly transposed: boolean
}

/** What each row of op(A) depends on. */
function rowsOf(inputs: InputSets, { sets, offset, rows, cols, transposed }: Factor): InputSet[] {
  if (sets === undefined) return repeated(rows, EMPTY)
  return Array.from({ length: rows }, (_, i) =>
    transposed ? inputs.all(sets, offset + i, cols, rows) : inputs.all(sets, offset + i * cols, cols),
  )
}

/** What each column of op(A) depends on: what each row of the transpose does. */
function columnsOf(inputs: InputSets, factor: Factor): InputSet[] {
  return rowsOf(inputs, { ...factor, rows: factor.cols, cols: factor.rows, transposed: !factor.transposed })
}

/** x·yᵀ: each element of the result on one of x and one of y. */
function products(inputs: InputSets, x: readonly InputSet[], y: readonly InputSet[]): InputSet[] {
  return x.flatMap(first => {
    let [before, both] = [EMPTY, first]
    return y.map(second => {
      if (second !== before) {
        both = inputs.union(first, second)
        before = second
      }
      return both
    })
  })
}

function transposeA(word: number): boolean {
  return ((word >> (8 * FLAGS)) & FLAG_TRANSPOSE_A) !== 0
}

function transposeB(word: number): boolean {
  return ((word >> (8 * FLAGS)) & FLAG_TRANSPOSE_B) !== 0
}

/** Σ Aᵢⱼ·xⱼ: on the row, and on all of x. Whether an element of A is zero is not asked. */
const matVec: Rule = record => {
  const { word, inputs, a, b } = record
  const transposed = transposeA(word)
  const [rows, cols] = transposed ? [a.cols, a.rows] : [a.rows, a.cols]
  return products(inputs, rowsOf(inputs, { sets: a.sets, offset: 0, rows, cols, transposed }), [allOf(record, b)])
}

const outer: Rule = ({ inputs, a, b }) => {
  const elements = (x: Value): InputSet[] => Array.from({ length: countOf(x) }, (_, i) => at(x, i))
  return products(inputs, elements(a), elements(b))
}

const matMul: Rule = record => {
  const { rows, cols, word, a } = record
  return block(record, rows, cols, transposeA(word) ? a.rows : a.cols, 0, 0)
}

/** op(A)·op(B), m × k times k × n, of the matrices that lie from these offsets on. */
function block(record: DependenceRecord, m: number, n: number, k: number, a: number, b: number): InputSet[] {
  const { word, inputs } = record
  const first = { sets: record.a.sets, offset: a, rows: m, cols: k, transposed: transposeA(word) }
  const second = { sets: record.b.sets, offset: b, rows: k, cols: n, transposed: transposeB(word) }
  return products(inputs, rowsOf(inputs, first), columnsOf(inputs, second))
}

/** The sizes of one block, and how many there are. */
interface Blocks {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly blocks: number
}

/** They follow from the sizes of the three matrices, as in assembly/values/product.ts. */
function blocksOf({ word, a, b, rows, cols }: DependenceRecord): Blocks {
  const shared = word >>> (8 * ATTRIBUTE)
  const [ta, tb] = [transposeA(word), transposeB(word)]
  const n = cols
  const m = ta ? a.cols : rows
  const k = ta ? a.rows : a.cols
  if (shared & BLOCKS_SHARE_A) {
    const own = ta ? m : a.rows
    return { m: own, n, k, blocks: rows / own }
  }
  if (shared & BLOCKS_SHARE_B) {
    if (!ta) return { m, n, k, blocks: 1 }
    const own = tb ? b.cols : b.rows
    return { m, n, k: own, blocks: a.rows / own }
  }
  if (shared & BLOCKS_SUM) {
    if (!ta) return { m, n, k, blocks: a.rows / m }
    return tb ? { m, n, k: b.cols, blocks: a.rows / b.cols } : { m, n, k, blocks: 1 }
  }
  const blocks = ta ? rows / m : b.rows / (tb ? n : k)
  return ta ? { m, n, k: k / blocks, blocks } : { m: m / blocks, n, k, blocks }
}

const blockMatMul: Rule = record => {
  const { word, inputs } = record
  if (countOf(record) === 0 || countOf(record.a) === 0 || countOf(record.b) === 0) return undefined
  const shared = word >>> (8 * ATTRIBUTE)
  const { m, n, k, blocks } = blocksOf(record)
  const all = Array.from({ length: blocks }, (_, i) =>
    block(record, m, n, k, shared & BLOCKS_SHARE_A ? 0 : i * m * k, shared & BLOCKS_SHARE_B ? 0 : i * k * n),
  )
  if (!(shared & BLOCKS_SUM)) return all.flat()
  return all.reduce((x, y) => x.map((set, i) => inputs.union(set, y[i] as InputSet)))
}

// Parts. What works in its operand's buffer works in its list, too: nothing else reads that operand.

/** Visits the elements of a part, with their places in the whole: in each row as many as the part has a row. */
function forPlaces(
  offset: number,
  whole: Layout,
  part: Layout,
  byRows: boolean,
  visit: (element: number, place: number) => void,
): void {
  const count = countOf(part)
  const n = byRows && whole.rows > 0 ? count / whole.rows : count
  for (let i = 0, start = offset; i < count; start += whole.cols) {
    for (let j = 0; j < n; j++) visit(i++, start + j)
  }
}

const slice: Rule = ({ a, offset, rows, cols }) => a.sets?.slice(offset, offset + rows * cols)

const rowSlice: Rule = record => {
  const part = repeated(countOf(record), EMPTY)
  forPlaces(record.offset, record.a, record, true, (element, place) => {
    part[element] = at(record.a, place)
  })
  return part
}

/** A part of zeros. */
function embed(byRows: boolean): Rule {
  return record => {
    const whole = repeated(countOf(record), EMPTY)
    forPlaces(record.offset, record, record.a, byRows, (element, place) => {
      whole[place] = at(record.a, element)
    })
    return whole
  }
}

/** A part that is added to what is there, or written where there are zeros. */
function into(byRows: boolean, adds: boolean): Rule {
  return record => {
    const { inputs, a, b } = record
    if (b.sets === undefined) return a.sets
    const whole = (a.sets as InputSet[] | undefined) ?? repeated(countOf(record), EMPTY)
    forPlaces(record.offset, record, b, byRows, (element, place) => {
      const part = at(b, element)
      whole[place] = adds ? inputs.union(whole[place] as InputSet, part) : part
    })
    return whole
  }
}

/** What has no operands, and what the engine does not run. */
type Other = Opcode.Leaf | Opcode.Host | Opcode.Count

const rules: Readonly<Record<Exclude<Opcode, Other>, Rule>> = {
  [Opcode.Identity]: unary,
  [Opcode.StopGradient]: none,
  [Opcode.Cast]: unary,
  [Opcode.Neg]: unary,
  [Opcode.Abs]: unary,
  [Opcode.Sign]: none,
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
  [Opcode.Floor]: none,
  [Opcode.Ceil]: none,
  [Opcode.Round]: none,
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
  [Opcode.Mul]: binary,
  [Opcode.Div]: binary,
  [Opcode.Pow]: binary,
  [Opcode.Atan2]: binary,
  [Opcode.Hypot]: binary,
  [Opcode.Max]: binary,
  [Opcode.Min]: binary,
  [Opcode.MaxShare]: none,
  [Opcode.Less]: none,
  [Opcode.LessOrEqual]: none,
  [Opcode.Equal]: none,
  [Opcode.TanhBack]: binary,
  [Opcode.LogisticBack]: binary,
  [Opcode.Where]: elementwise('b', 'c'),
  [Opcode.Sum]: total('a'),
  [Opcode.Broadcast]: unary,
  [Opcode.Dot]: total('a', 'b'),
  [Opcode.RowSum]: byRows('numbers', 'table'),
  [Opcode.RowBroadcast]: record =>
    Array.from({ length: countOf(record) }, (_, i) => at(record.a, Math.floor(i / record.cols))),
  [Opcode.RowDot]: byRows('numbers', 'table', 'table'),
  [Opcode.RowScale]: rowScale,
  [Opcode.Maximum]: extreme,
  [Opcode.Minimum]: extreme,
  [Opcode.ExtremeShare]: none,
  [Opcode.Repeat]: repeat,
  [Opcode.SumRepeats]: sumRepeats,
  [Opcode.MatVec]: matVec,
  [Opcode.MatMul]: matMul,
  [Opcode.Outer]: outer,
  [Opcode.BlockMatMul]: blockMatMul,
  [Opcode.Softmax]: byRows('table', 'table'),
  [Opcode.SoftmaxBack]: byRows('table', 'table', 'table'),
  [Opcode.LogSumExp]: byRows('numbers', 'table'),
  [Opcode.SoftmaxCrossEntropy]: byRows('numbers', 'table', 'table'),
  [Opcode.SoftmaxCrossEntropyBack]: byRows('table', 'numbers', 'table', 'table'),
  [Opcode.Slice]: slice,
  [Opcode.Embed]: embed(false),
  [Opcode.AddAt]: into(false, true),
  [Opcode.Put]: into(false, false),
  [Opcode.RowSlice]: rowSlice,
  [Opcode.RowEmbed]: embed(true),
  [Opcode.RowAddAt]: into(true, true),
  [Opcode.RowPut]: into(true, false),
}

/** The rule of an opcode, which the engine runs and which has operands. */
export function ruleOf(opcode: number): Rule {
  return (rules as Readonly<Record<number, Rule>>)[opcode] as Rule
}

/** Is the derivative of its result zero, whatever its operands are? */
export function isFlat(opcode: number): boolean {
  return ruleOf(opcode) === none
}
