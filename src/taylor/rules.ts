/**
 * Series rules: how each op acts on power series. A rule gives the coefficients of the result, in ops that there are, so
 * derivatives, programs and batches need nothing more. An op that is linear acts on each coefficient, one that is linear in
 * each of two operands is a sum of products, what is constant between kinks is so here. Any other elementwise function y
 * follows from its derivative, y′ = Σ ∂y/∂a·a′, and that is the one of its reverse rule (slopes.ts). Why it is so:
 * docs/design/taylor.md.
 *
 * The table is total: an opcode without an entry does not compile.
 */
import { ATTRIBUTE, GAUSSIAN_HALF } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { countOf, FLOAT32_WORD, SCALAR } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import type { Term } from './records.ts'
import { type Make, type Node, type Rule, Series } from './series.ts'
import { slopeOf } from './slopes.ts'

// Ops on coefficients

/** What `emit` wants to know of an op. */
type Op = Pick<Node, 'make' | 'word' | 'shape' | 'offset'>

function emit({ make, word, shape, offset }: Op, a: number, b = a, c?: number): number {
  const { records } = make
  return c === undefined ? records.apply(word, shape, a, b, offset) : records.apply3(word, shape, a, b, c)
}

/** The op on the values at t = 0. One of them is known to be zero only where the op is linear in it. */
function value(node: Node): Term {
  const { operands } = node
  const [a, b, c] = [operands[0]?.at(0), operands[1]?.at(0), operands[2]?.at(0)]
  const isZero = a === undefined || (operands.length > 1 && b === undefined) || (operands.length > 2 && c === undefined)
  return isZero ? undefined : emit(node, a, b, c)
}

/** A coefficient in the shape of the result: a number is repeated. */
function spread({ make: { records }, shape, dtype }: Node, term: Term): Term {
  if (term === undefined || shape.length === 0 || records.isTensor(term)) return term
  return records.apply(dtype === 'float32' ? Opcode.Broadcast | FLOAT32_WORD : Opcode.Broadcast, shape, term)
}

// Linear ops

const linear: Rule = (node, k) => {
  const term = operandOf(node, 0).at(k)
  return term === undefined ? undefined : emit(node, term)
}

const sum: Rule = (node, k) =>
  spread(node, node.make.records.plus(node.shape, operandOf(node, 0).at(k), operandOf(node, 1).at(k)))

const difference: Rule = (node, k) => {
  const [a, b] = [operandOf(node, 0).at(k), operandOf(node, 1).at(k)]
  return spread(node, node.make.records.minus(a === undefined ? operandOf(node, 1).shape : node.shape, a, b))
}

/**
 * b added to a, or written where a is zero, in a's buffer, which belongs to this record: so a coefficient of a that is a
 * constant, of a program for one, is not worked on.
 */
const intoPart =
  (embed: Opcode.Embed | Opcode.RowEmbed): Rule =>
  (node, k) => {
    const { make, shape, offset, dtype } = node
    const [whole, part] = [operandOf(node, 0).at(k), operandOf(node, 1).at(k)]
    if (part === undefined) return whole
    if (whole !== undefined && whole >= 0) return emit(node, whole, part)
    const word = dtype === 'float32' ? embed | FLOAT32_WORD : embed
    return make.records.plus(shape, whole, emit({ make, word, shape, offset }, part))
  }

/** Of what is chosen where it is chosen, exactly zero elsewhere. */
const where: Rule = (node, k) => {
  const [a, b] = [operandOf(node, 1).at(k), operandOf(node, 2).at(k)]
  if (a === undefined && b === undefined) return undefined
  const zero = node.make.records.number(0)
  return emit(node, operandOf(node, 0).at(0) ?? zero, a ?? zero, b ?? zero)
}

function operandOf({ operands }: Node, position: number): Series {
  return operands[position] as Series
}

// Products

/** Linear in each operand: yₖ = Σ aⱼ·bₖ₋ⱼ. */
const bilinear: Rule = (node, k) => {
  const [a, b] = node.operands as readonly [Series, Series]
  return a === b && isSymmetric(node.word) ? squares(node, a, k) : products(node, a, b, k, k)
}

/** Σ aⱼ·bₖ₋ⱼ over j up to the given one. */
function products(node: Op, a: Series, b: Series, k: number, last: number): Term {
  const { records } = node.make
  let total: Term
  for (let j = 0; j <= last; j++) {
    const x = a.at(j)
    const y = x === undefined ? undefined : b.at(k - j)
    if (x !== undefined && y !== undefined) total = records.plus(node.shape, total, emit(node, x, y))
  }
  return total
}

/** The same for a symmetric op on one series twice: each pair is computed once. */
function squares(node: Op, a: Series, k: number): Term {
  const { make, shape } = node
  const { records } = make
  let pairs: Term
  for (let j = 0; 2 * j < k; j++) {
    const [x, y] = [a.at(j), a.at(k - j)]
    if (x !== undefined && y !== undefined) pairs = records.plus(shape, pairs, emit(node, x, y))
  }
  const middle = k % 2 === 0 ? a.at(k / 2) : undefined
  return records.plus(
    shape,
    records.plus(shape, pairs, pairs),
    middle === undefined ? undefined : emit(node, middle, middle),
  )
}

function isSymmetric(word: number): boolean {
  const opcode = word & 0xff
  return opcode === (Opcode.Mul as number) || opcode === (Opcode.Dot as number) || opcode === (Opcode.RowDot as number)
}

/** y = a/b: yₖ = (aₖ − Σ yⱼ·bₖ₋ⱼ)/b₀ over j < k. The first is what the derivative says, as in reverse mode. */
const quotient: Rule = (node, k) => {
  const { make, shape, offset } = node
  const [a, b] = node.operands as readonly [Series, Series]
  if (k === 1 && !b.isConstant && node.at(0) !== undefined) return linearised(node, 1)
  const known = k === 0 ? undefined : products({ make, word: Opcode.Mul, shape, offset }, node, b, k, k - 1)
  const numerator = make.records.minus(shape, a.at(k), known)
  return numerator === undefined ? undefined : emit(node, numerator, b.at(0))
}

// Functions with a derivative

/** yₖ = (y′)ₖ₋₁/k. */
const byDerivative =
  (derivative: (node: Node, y: Series) => Series | undefined): Rule =>
  (node, k) => {
    if (k === 0) return value(node)
    node.inner ??= derivative(node, node)
    return spread(node, node.make.records.over(node.shape, node.inner?.at(k - 1), k))
  }

/** Elementwise, with the derivative that the op's reverse rule has. */
const smooth = byDerivative(({ word, operands, make }, y) => {
  const tangents = operands.map(operand => (operand.isConstant ? undefined : operand.derivative))
  return slopeAlong(make, word, operands, y, tangents)
})

/** Elementwise and linear on each side of a kink: what holds at t = 0 holds for each order, yₖ = Σ ∂y/∂a·aₖ. */
const piecewise: Rule = (node, k) => (k === 0 ? value(node) : linearised(node, k))

/** Σ ∂y/∂a·aₖ, the derivatives being those at t = 0. */
function linearised(node: Node, k: number): Term {
  const { word, operands, make } = node
  const tangents = operands.map(operand => (operand.at(k) === undefined ? undefined : operand.constant(operand.at(k))))
  const starts = operands.map(operand => operand.start)
  return spread(node, slopeAlong(make, word, starts, node.start, tangents)?.at(0))
}

/** Σ ∂y/∂a·v over the operands that have a tangent v. */
function slopeAlong(
  make: Make,
  word: number,
  operands: readonly Series[],
  y: Series,
  tangents: readonly (Series | undefined)[],
): Series | undefined {
  let total: Series | undefined
  for (let position = 0; position < operands.length; position++) {
    const tangent = tangents[position]
    if (tangent === undefined) continue
    const { steps, constants, result } = slopeOf(word, position)
    if (result === undefined) continue
    const operand = operands[position] as Series
    const values = [tangent, operands[1 - position] ?? operand, operand, y]
    const read = (source: number): Series => values[source] ?? make.number(constants[-1 - source] as number)
    for (const step of steps) values.push(make(step.word, step.operands.map(read)))
    const term = read(result)
    total = total === undefined ? term : make(Opcode.Add, [total, term])
  }
  return total
}

/** Constant on each side of a kink, or by decree. */
const flat: Rule = (node, k) => (k === 0 ? value(node) : undefined)

/** The series of an expression of other ops, from order 1 on; the value is the op's own. */
const expanded =
  (expression: (node: Node) => Series): Rule =>
  (node, k) => {
    if (k === 0) return value(node)
    node.inner ??= expression(node)
    return spread(node, node.inner.at(k))
  }

/** a·(1 − b²), the factor of a being computed as (1 − b)(1 + b) at t = 0. */
const tanhBack = expanded(({ word, operands, make }) => {
  const [a, b] = operands as readonly [Series, Series]
  if (!a.isConstant) return make(Opcode.Mul, [a, make(word, [make.number(1), b])])
  return make(Opcode.Mul, [a, make(Opcode.Neg, [make(Opcode.Mul, [b, b])])])
})

/** a·(b − b²), the factor of a being computed as b·(1 − b) at t = 0. */
const logisticBack = expanded(({ word, operands, make }) => {
  const [a, b] = operands as readonly [Series, Series]
  if (!a.isConstant) return make(Opcode.Mul, [a, make(word, [make.number(1), b])])
  return make(Opcode.Mul, [a, make(Opcode.Sub, [b, make(Opcode.Mul, [b, b])])])
})

// Powers

/**
 * ∂ᵏ⁺ˡ(aᵇ)/∂aᵏ∂bˡ: a product where b is a constant whole number, so that a base of 0 is divided by nowhere; else by derivatives,
 * which are in the same family, and from some order on by the lower ones.
 */
const power: Rule = (node, k) => {
  if (k === 0) return value(node)
  node.rule = powerRule(node)
  return node.rule(node, k)
}

/** What holds for a power from order 1 on. */
function powerRule({ word, operands }: Node): Rule {
  const [a, b] = operands as readonly [Series, Series]
  const [k, l] = ordersOf(word)
  const exponents = b.isConstant && l === 0 ? constantNumbers(b) : undefined
  if (exponents?.some(isCount) === true) return expanded(node => countPower(node, exponents))
  const largest = exponents?.reduce((x, y) => (y > x ? y : x), 0) ?? 0
  const isMixed = !a.isConstant && !b.isConstant
  const last = isMixed ? LAST_ORDER : Math.min(LARGEST_ORDER, Math.max(LAST_ORDER, largest + 1))
  return (isMixed ? k + l : Math.max(k, l)) >= last ? byLowerPowers : smooth
}

/**
 * The order from which on derivatives in a family follow from lower ones: it is what keeps the time in bounds. Below it, and up
 * to the exponent where that is a constant, they are right where the base is 0 or an argument infinite.
 */
const LAST_ORDER = 5
/** The order of a derivative of a power that has no room for one more in the attribute. */
const LARGEST_ORDER = 14

/** The orders k, by the base, and l, by the exponent. */
function ordersOf(word: number): readonly [k: number, l: number] {
  const attribute = word >>> (8 * ATTRIBUTE)
  return [attribute & 15, attribute >>> 4]
}

function powerWord(k: number, l: number): number {
  return Opcode.Pow | ((k | (l << 4)) << (8 * ATTRIBUTE))
}

/** Is it 0, 1, 2, …? */
function isCount(x: number): boolean {
  return Number.isInteger(x) && x >= 0
}

/**
 * The k-th derivative of aⁿ by a, n (n − 1) … (n − k + 1)·aⁿ⁻ᵏ, a product of squares of squares where the exponent n is a
 * count. Elements of which it is none are taken from a power of these alone, whose base is 1 in the other places.
 */
function countPower({ word, operands, shape, make }: Node, exponents: readonly number[]): Series {
  const [a, b] = operands as readonly [Series, Series]
  const [k] = ordersOf(word)
  const constant = (numbers: readonly number[]): Series => {
    if (b.shape.length === 0) return make.number(numbers[0] as number)
    const data = dataOf(b.dtype, numbers.length)
    data.set(numbers)
    return new Series(make, b.shape, b.dtype, [make.records.tensor(tensorOf(data, b.shape))])
  }
  const choose = (chosen: readonly boolean[], x: Series, y: Series): Series => {
    if (!chosen.includes(false)) return x
    return chosen.includes(true) ? make(Opcode.Where, [constant(chosen.map(Number)), x, y], shape) : y
  }
  const one = make.number(1)
  const areCounts = exponents.map(isCount)
  const counts = exponents.map(n => (isCount(n) ? n : 0))
  const factors = counts.map(n => fallingFactorial(n, k))
  if (factors.every(factor => factor === 0)) return a.constant(undefined)
  const rest = counts.map(n => Math.max(n - k, 0))
  let product = one
  let square = a
  for (let bit = 1; rest.some(n => n >= bit); bit *= 2) {
    if (bit > 1) square = make(Opcode.Mul, [square, square])
    const factor = choose(
      rest.map(n => Math.floor(n / bit) % 2 === 1),
      square,
      one,
    )
    if (factor !== one) product = product === one ? factor : make(Opcode.Mul, [product, factor])
  }
  const power = factors.every(factor => factor === 1) ? product : make(Opcode.Mul, [constant(factors), product])
  if (!areCounts.includes(false)) return power
  const others = exponents.map(n => (isCount(n) ? 0.5 : n))
  return choose(areCounts, power, make(powerWord(k, 0), [choose(areCounts, one, a), constant(others)], shape))
}

/** n (n − 1) … (n − k + 1) */
function fallingFactorial(n: number, k: number): number {
  let product = 1
  for (let i = 0; i < k; i++) product *= n - i
  return product
}

/**
 * A derivative of a power by those of lower order, P being ∂ᵏ⁺ˡ(aᵇ)/∂aᵏ∂bˡ:
 * a·P(k, l) = (b − k + 1)·P(k − 1, l) + l·P(k − 1, l − 1), and P(0, l) = log a·P(0, l − 1).
 */
function lowerPower({ word, operands, make }: Node): Series {
  const [a, b] = operands as readonly [Series, Series]
  const [k, l] = ordersOf(word)
  const lower = (k: number, l: number): Series => make(powerWord(k, l), operands)
  if (k === 0) return make(Opcode.Mul, [make(Opcode.Log, [a]), lower(0, l - 1)])
  const first = make(Opcode.Mul, [make(Opcode.Sub, [b, make.number(k - 1)]), lower(k - 1, l)])
  if (l === 0) return make(Opcode.Div, [first, a])
  return make(Opcode.Div, [make(Opcode.Add, [first, make(Opcode.Mul, [make.number(l), lower(k - 1, l - 1)])]), a])
}

const byLowerPowers = expanded(lowerPower)

/** The numbers in a constant; undefined where its value depends on variables. */
function constantNumbers(x: Series): readonly number[] | undefined {
  const slot = x.at(0)
  if (slot === undefined || slot >= 0) return undefined
  const { tape } = x.make.records
  return x.shape.length === 0 ? [tape.number(slot)] : Array.from(tape.tensor(slot, x.shape).data)
}

/** ∂ᵏ e^(−a²)/∂aᵏ, or of e^(−a²/2): by derivatives, which are in the same family, and from some order on by the lower ones. */
const gaussian: Rule = (node, k) => {
  const attribute = node.word >>> (8 * ATTRIBUTE)
  return (attribute & (GAUSSIAN_HALF - 1)) >= LAST_ORDER ? byLowerGaussians(node, k) : smooth(node, k)
}

/** G being the function and c = 2, or 1 for the half square: G(k) = −c·(a·G(k − 1) + (k − 1)·G(k − 2)). */
function lowerGaussian({ word, operands, make }: Node): Series {
  const [a] = operands as readonly [Series]
  const attribute = word >>> (8 * ATTRIBUTE)
  const k = attribute & (GAUSSIAN_HALF - 1)
  const lower = (by: number): Series => make(word - (by << (8 * ATTRIBUTE)), operands)
  const first = make(Opcode.Mul, [a, lower(1)])
  const both = make(Opcode.Add, [first, make(Opcode.Mul, [make.number(k - 1), lower(2)])])
  return make(Opcode.Mul, [make.number(attribute & GAUSSIAN_HALF ? -1 : -2), both])
}

const byLowerGaussians = expanded(lowerGaussian)

// Rows

/** The shape of one number for each row: a number where there is one row. */
function rowsShape({ shape }: Series): Shape {
  const rows = shape.length === 0 ? 1 : (shape[0] as number)
  return rows === 1 ? SCALAR : [1, rows]
}

/** One number for each row, along the row; a number goes with every element by itself. */
function alongRows(make: Make, x: Series, shape: Shape): Series {
  return x.shape.length === 0 ? x : make(Opcode.RowBroadcast, [x], shape)
}

const softmax = byDerivative(node => node.make(Opcode.SoftmaxBack, [operandOf(node, 0).derivative, node], node.shape))

/** b∘(a − ⟨a, b⟩) */
const softmaxBack = expanded(({ operands, make, shape }) => {
  const [a, b] = operands as readonly [Series, Series]
  const mean = make(Opcode.RowDot, [a, b], rowsShape(a))
  return make(Opcode.Mul, [b, make(Opcode.Sub, [a, alongRows(make, mean, shape)])])
})

const logSumExp = byDerivative(({ operands, make, shape }) => {
  const [a] = operands as readonly [Series]
  return make(Opcode.RowDot, [make(Opcode.Softmax, [a]), a.derivative], shape)
})

/** Σ b (logSumExp a − a): y′ = ⟨Σb·softmax a − b, a′⟩ + ⟨logSumExp a − a, b′⟩ */
const crossEntropy = byDerivative(({ operands, make, shape }) => {
  const [a, b] = operands as readonly [Series, Series]
  const ones = filled(make, 1, rowsShape(a), a.dtype)
  const byA = make(Opcode.RowDot, [make(Opcode.SoftmaxCrossEntropyBack, [ones, a, b], a.shape), a.derivative], shape)
  if (b.isConstant) return byA
  const normalizer = alongRows(make, make(Opcode.LogSumExp, [a], rowsShape(a)), a.shape)
  const byB = make(Opcode.RowDot, [make(Opcode.Sub, [normalizer, a]), b.derivative], shape)
  return a.isConstant ? byB : make(Opcode.Add, [byA, byB])
})

/** a·(Σc·softmax b − c) */
const crossEntropyBack = expanded(({ operands, make, shape }) => {
  const [a, b, c] = operands as readonly [Series, Series, Series]
  const whole = make(Opcode.RowScale, [make(Opcode.Softmax, [b]), make(Opcode.RowSum, [c], rowsShape(c))], shape)
  return make(Opcode.RowScale, [make(Opcode.Sub, [whole, c]), a], shape)
})

/** Of the extreme elements, the same at each order: those that tie have equal shares. */
const extreme: Rule = (node, k) => {
  if (k === 0) return value(node)
  const { make, shape, offset } = node
  const a = operandOf(node, 0)
  const term = a.at(k)
  if (term === undefined) return undefined
  const share = make(Opcode.ExtremeShare, [a.start, node.start], a.shape).at(0)
  return share === undefined
    ? undefined
    : emit({ make, word: shape.length === 0 ? Opcode.Dot : Opcode.RowDot, shape, offset }, share, term)
}

/** One number in each place. */
function filled(make: Make, x: number, shape: Shape, dtype: DType): Series {
  if (shape.length === 0) return make.number(x)
  return new Series(make, shape, dtype, [make.records.tensor(tensorOf(dataOf(dtype, countOf(shape)).fill(x), shape))])
}

// The table

/** What has a value and no operands, and what the engine does not run. */
type Other = Opcode.Leaf | Opcode.Host | Opcode.Count

const rules: Readonly<Record<Exclude<Opcode, Other>, Rule>> = {
  [Opcode.Identity]: (node, k) => operandOf(node, 0).at(k),
  [Opcode.StopGradient]: flat,
  [Opcode.Cast]: linear,
  [Opcode.Neg]: linear,
  [Opcode.Abs]: piecewise,
  [Opcode.Sign]: flat,
  [Opcode.Exp]: smooth,
  [Opcode.Log]: smooth,
  [Opcode.Sqrt]: smooth,
  [Opcode.Sin]: smooth,
  [Opcode.Cos]: smooth,
  [Opcode.Tan]: smooth,
  [Opcode.Asin]: smooth,
  [Opcode.Acos]: smooth,
  [Opcode.Atan]: smooth,
  [Opcode.Sinh]: smooth,
  [Opcode.Cosh]: smooth,
  [Opcode.Tanh]: smooth,
  [Opcode.Asinh]: smooth,
  [Opcode.Acosh]: smooth,
  [Opcode.Atanh]: smooth,
  [Opcode.Log1p]: smooth,
  [Opcode.Expm1]: smooth,
  [Opcode.Logistic]: smooth,
  [Opcode.Log1pExp]: smooth,
  [Opcode.Floor]: flat,
  [Opcode.Ceil]: flat,
  [Opcode.Round]: flat,
  [Opcode.Log1mExp]: smooth,
  [Opcode.Gaussian]: gaussian,
  [Opcode.Erf]: smooth,
  [Opcode.Erfc]: smooth,
  [Opcode.NormCdf]: smooth,
  [Opcode.Inverf]: smooth,
  [Opcode.Inverfc]: smooth,
  [Opcode.InvNormCdf]: smooth,
  [Opcode.LGamma]: smooth,
  [Opcode.Polygamma]: smooth,
  [Opcode.Add]: sum,
  [Opcode.Sub]: difference,
  [Opcode.Mul]: bilinear,
  [Opcode.Div]: quotient,
  [Opcode.Pow]: power,
  [Opcode.Atan2]: smooth,
  [Opcode.Hypot]: smooth,
  [Opcode.Max]: piecewise,
  [Opcode.Min]: piecewise,
  [Opcode.MaxShare]: flat,
  [Opcode.Less]: flat,
  [Opcode.LessOrEqual]: flat,
  [Opcode.Equal]: flat,
  [Opcode.TanhBack]: tanhBack,
  [Opcode.LogisticBack]: logisticBack,
  [Opcode.Where]: where,
  [Opcode.Sum]: linear,
  [Opcode.Broadcast]: linear,
  [Opcode.Dot]: bilinear,
  [Opcode.RowSum]: linear,
  [Opcode.RowBroadcast]: linear,
  [Opcode.RowDot]: bilinear,
  [Opcode.RowScale]: bilinear,
  [Opcode.Maximum]: extreme,
  [Opcode.Minimum]: extreme,
  [Opcode.ExtremeShare]: flat,
  [Opcode.Repeat]: linear,
  [Opcode.SumRepeats]: linear,
  [Opcode.MatVec]: bilinear,
  [Opcode.MatMul]: bilinear,
  [Opcode.Outer]: bilinear,
  [Opcode.BlockMatMul]: bilinear,
  [Opcode.Softmax]: softmax,
  [Opcode.SoftmaxBack]: softmaxBack,
  [Opcode.LogSumExp]: logSumExp,
  [Opcode.SoftmaxCrossEntropy]: crossEntropy,
  [Opcode.SoftmaxCrossEntropyBack]: crossEntropyBack,
  [Opcode.Slice]: linear,
  [Opcode.Embed]: linear,
  [Opcode.AddAt]: intoPart(Opcode.Embed),
  [Opcode.Put]: intoPart(Opcode.Embed),
  [Opcode.RowSlice]: linear,
  [Opcode.RowEmbed]: linear,
  [Opcode.RowAddAt]: intoPart(Opcode.RowEmbed),
  [Opcode.RowPut]: intoPart(Opcode.RowEmbed),
}

/** The rule of an opcode, which the engine runs and which has operands. */
export function ruleOf(opcode: number): Rule {
  return (rules as Readonly<Record<number, Rule>>)[opcode] as Rule
}

/** Is its result constant, whatever its operands are? */
export function isFlat(opcode: number): boolean {
  return ruleOf(opcode) === flat
}
