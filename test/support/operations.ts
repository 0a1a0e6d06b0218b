/**
 * Every op that the library exports: where it is smooth, on which shapes it is tested, and what the baseline calls it.
 * A test walks the public names and fails when one is missing here (test/ops/coverage.test.ts).
 */
import * as library from 'backprop-wasm'
import type { DType, Leaf, Matrix, Shape, Var, Vector } from 'backprop-wasm'
import type { BaselineTape } from '../../bench/baseline/index.ts'
import type { OnVars } from './differences.ts'
import { filled } from './plain.ts'
import { type Random } from './random.ts'
import {
  digammaOn,
  erfcOn,
  erfOn,
  inverfcOn,
  inverfOn,
  invnormcdfOn,
  lgammaOn,
  normcdfOn,
  secondPolygammaOn,
} from './specialOnTape.ts'

/** Draws an operand's element where the op is smooth. */
export type Domain = (random: Random) => number

export interface Operation {
  /** The public name. */
  readonly name: string
  /** What tells it from another entry of the same name. */
  readonly variant?: string
  readonly apply: OnVars
  /** What follows the operands in a call. */
  readonly options?: readonly unknown[]
  readonly domains: readonly Domain[]
  /** The operands' shapes, case by case. */
  readonly cases: readonly (readonly Shape[])[]
  /** The same on the baseline's handles; of scalars too unless `tensorsOnly`. */
  readonly baseline: (tape: BaselineTape, operands: readonly number[]) => number
  readonly tensorsOnly?: boolean
}

/** The name of an entry in a test's title. */
export function titleOf({ name, variant }: Operation): string {
  return variant === undefined ? name : `${name}, ${variant}`
}

/** The same by the method of that name, which takes what the function takes after its first operand. */
export function byMethod({ name, options = [] }: Pick<Operation, 'name' | 'options'>): OnVars {
  return ([x, ...others]) => {
    const methods = x as unknown as Record<string, (...args: unknown[]) => Var<Leaf>>
    return methods[name](...others, ...options)
  }
}

/** Operands of a case, drawn from the op's domains. */
export function operandsOf(
  operation: Pick<Operation, 'domains'>,
  shapes: readonly Shape[],
  random: Random,
  dtype: DType = 'float64',
): Leaf[] {
  return shapes.map((shape, i) => filled(shape, () => operation.domains[i](random), dtype))
}

/** Every entry with each type of elements, for `describe.each`. */
export function onEachType(): { title: string; operation: Operation; dtype: DType }[] {
  return (['float64', 'float32'] as const).flatMap(dtype =>
    operations.map(operation => ({ title: `${titleOf(operation)}, ${dtype}`, operation, dtype })),
  )
}

function span(low: number, high: number): Domain {
  return random => random.between(low, high)
}

/** Either sign, with that distance from 0. */
function away(low: number, high: number): Domain {
  return random => random.between(low, high) * random.pick([-1, 1])
}

/** No two of a hundred draws are nearer to each other than 0.03: what decides by comparing stays on one side of a tie. */
function apart(): Domain {
  let drawn = 0
  return random => ((drawn++ * 37) % 101) / 25 - 2 + random.between(-0.005, 0.005)
}

// Shapes

const vectors: readonly Shape[] = [[0], [1], [2], [3], [7], [64], [65]]
const matrices: readonly Shape[] = [
  [1, 5],
  [5, 1],
  [3, 7],
  [0, 4],
  [4, 0],
]
const tensors: readonly Shape[] = [...vectors, ...matrices]
const anyShape: readonly Shape[] = [[], ...tensors, [2, 3, 2]]

const one = (shapes: readonly Shape[]): Shape[][] => shapes.map(shape => [shape])
const pairs = (shapes: readonly Shape[]): Shape[][] => shapes.map(shape => [shape, shape])
/** A scalar on either side. */
const broadcast: readonly Shape[][] = [[0], [1], [7], [65], [3, 7], [1, 5], [2, 3, 2]].flatMap(shape => [
  [[], shape],
  [shape, []],
])

// Entries

type Scalars = Var<Vector>
type UnaryName = {
  [K in keyof BaselineTape]: BaselineTape[K] extends (a: number) => number ? K : never
}[keyof BaselineTape]
type Library = typeof library
type UnaryOp = UnaryName & keyof Library

/** An elementwise op of one operand. */
function unary(name: UnaryOp, domain: Domain): Operation {
  const f = library[name] as (x: Scalars) => Scalars
  return {
    name,
    apply: ([x]) => f(x as unknown as Scalars) as unknown as Var<Leaf>,
    domains: [domain],
    cases: one(anyShape),
    baseline: (tape, [a]) => tape[name](a),
  }
}

/** An elementwise op of one operand that the baseline makes of others. */
function made(
  name: keyof Library,
  domain: Domain,
  baseline: (tape: BaselineTape, x: number) => number,
  apply: (x: Scalars) => unknown = library[name] as (x: Scalars) => unknown,
): Operation {
  return {
    name,
    apply: seenAs(apply),
    domains: [domain],
    cases: one(anyShape),
    baseline: (tape, [x]) => baseline(tape, x),
  }
}

/** A function with steps, which has no derivative, drawn at a distance from them. */
function stepped(name: 'floor' | 'ceil' | 'round', step: number, value: (x: number) => number): Operation {
  const domain: Domain = random => random.pick([-2, -1, 0, 1]) + step + random.between(0.25, 0.75)
  return made(name, domain, (tape, x) => constantLike(tape, x, elementsOn(tape, x, x).map(value)))
}

type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'atan2' | 'logBase'

/** An elementwise op of two operands. */
function binary(name: BinaryOp, first: Domain, second: Domain): Operation {
  const f = library[name] as (x: Scalars, y: Scalars) => Scalars
  return {
    name,
    apply: ([x, y]) => f(x as unknown as Scalars, y as unknown as Scalars) as unknown as Var<Leaf>,
    domains: [first, second],
    cases: [...pairs(anyShape), ...broadcast],
    baseline: (tape, [a, b]) => tape[name](a, b),
  }
}

/** Sees a list of operands as what an op takes, and its result as any leaf. */
function seenAs<T extends readonly unknown[]>(f: (...operands: T) => unknown): OnVars {
  return operands => f(...(operands as unknown as T)) as Var<Leaf>
}

const any = span(-1.5, 1.5)

/** Sizes of products: ones, odd ones, ones beyond a block, empty ones. */
const matVecSizes = [
  [1, 1],
  [1, 5],
  [5, 1],
  [3, 7],
  [7, 2],
  [64, 65],
  [65, 3],
  [0, 3],
  [3, 0],
] as const
const matMulSizes = [
  [1, 1, 1],
  [2, 3, 4],
  [1, 5, 1],
  [5, 1, 5],
  [1, 7, 3],
  [3, 7, 1],
  [3, 3, 3],
  [9, 17, 8],
  [65, 3, 64],
  [0, 2, 3],
  [2, 0, 3],
  [2, 3, 0],
] as const
const outerSizes = [
  [1, 1],
  [3, 4],
  [1, 7],
  [7, 1],
  [64, 65],
  [0, 3],
  [3, 0],
] as const

function matVec(transpose: boolean): Operation {
  return {
    name: 'matVec',
    variant: transpose ? 'transposed' : 'as it is',
    apply: seenAs((a: Var<Matrix>, x: Var<Vector>) =>
      transpose ? library.matVec(a, x, { transpose }) : library.matVec(a, x),
    ),
    options: transpose ? [{ transpose }] : [],
    domains: [any, any],
    cases: matVecSizes.map(([m, n]) => [[m, n], [transpose ? m : n]]),
    baseline: (tape, [a, x]) => tape.matVec(a, x, transpose),
  }
}

function matMul(transposeA: boolean, transposeB: boolean): Operation {
  return {
    name: 'matMul',
    variant: `${transposeA ? 'Aᵀ' : 'A'}·${transposeB ? 'Bᵀ' : 'B'}`,
    apply: seenAs((a: Var<Matrix>, b: Var<Matrix>) =>
      library.matMul(a, b, { transposeA, transposeB } as { transposeA: true; transposeB: true }),
    ),
    options: [{ transposeA, transposeB }],
    domains: [any, any],
    cases: matMulSizes.map(([m, k, n]) => [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]]),
    baseline: (tape, [a, b]) => tape.matMul(a, b, transposeA, transposeB),
  }
}

/** The larger of two handles, or with the sign −1 the smaller one: (a + b ± |a − b|)/2. */
function largerOn(tape: BaselineTape, a: number, b: number, sign: 1 | -1): number {
  const difference = tape.mul(tape.abs(tape.sub(a, b)), tape.constant(sign))
  return tape.mul(tape.add(tape.add(a, b), difference), tape.constant(0.5))
}

function larger(name: 'max' | 'min', sign: 1 | -1): Operation {
  const draw = apart()
  const f = library[name] as (x: Scalars, y: Scalars) => Scalars
  return {
    name,
    apply: seenAs(f),
    domains: [draw, draw],
    cases: [...pairs(anyShape), ...broadcast].filter(shapes => shapes.flat().every(size => size < 50)),
    baseline: (tape, [a, b]) => largerOn(tape, a, b, sign),
  }
}

/** Numbers for each element, as a constant of the baseline in the shape of x. */
function constantLike(tape: BaselineTape, x: number, values: readonly number[]): number {
  return x >= 0 ? tape.constant(values[0]) : tape.constantTensor(Float64Array.from(values), tape.rows(x), tape.cols(x))
}

/** That of two handles which is no scalar, if one is none. */
function widerOn(a: number, b: number): number {
  return a < 0 ? a : b
}

/** The elements of a handle, a scalar being repeated. */
function elementsOn(tape: BaselineTape, x: number, like: number): number[] {
  if (x < 0) return Array.from(tape.values(x))
  return like >= 0 ? [tape.value(x)] : Array.from(tape.values(like), () => tape.value(x))
}

/** A comparison, which has no derivative. */
function comparison(
  name: 'less' | 'lessEqual' | 'greater' | 'greaterEqual' | 'equal' | 'notEqual',
  compare: (x: number, y: number) => boolean,
): Operation {
  const draw = apart()
  const f = library[name] as (x: Scalars, y: Scalars) => Scalars
  return {
    name,
    apply: seenAs(f),
    domains: [draw, draw],
    cases: [...pairs(anyShape), ...broadcast].filter(shapes => shapes.flat().every(size => size < 50)),
    baseline: (tape, [a, b]) => {
      const like = widerOn(a, b)
      const [x, y] = [elementsOn(tape, a, like), elementsOn(tape, b, like)]
      return constantLike(
        tape,
        like,
        x.map((value, i) => Number(compare(value, y[i]))),
      )
    },
  }
}

/** A function of samples: of the rows of its operands, or of the same operand for all of them. */
function overSamples(
  variant: string,
  apply: (...operands: never[]) => unknown,
  cases: Operation['cases'],
  baseline: Operation['baseline'],
): Operation {
  return {
    name: 'vmap',
    variant,
    apply: seenAs(apply),
    domains: cases[0].map(() => any),
    cases,
    baseline,
    tensorsOnly: true,
  }
}

/** The baseline picks the extreme element by a constant vector. */
function extreme(name: 'maximum' | 'minimum', pick: (...values: number[]) => number): Operation {
  return {
    name,
    apply: seenAs((x: Scalars) => library[name](x)),
    domains: [apart()],
    cases: one(anyShape),
    baseline: (tape, [x]) => {
      const values = tape.values(x)
      if (values.length === 0) return tape.constant(pick())
      const mask = values.map(value => Number(value === pick(...values)))
      return tape.dot(x, tape.constantTensor(mask, tape.rows(x), tape.cols(x)))
    },
    tensorsOnly: true,
  }
}

/** On the baseline: rows of x, or elements of a vector, weighted and added: y = W·x. */
function weighted(tape: BaselineTape, x: number, weight: (to: number, from: number, n: number) => number): number {
  const vector = tape.rows(x) === 1
  const n = vector ? tape.cols(x) : tape.rows(x)
  const weights = Float64Array.from({ length: n * n }, (_, i) => weight(Math.floor(i / n), i % n, n))
  const matrix = tape.constantTensor(weights, n, n)
  return vector ? tape.matVec(matrix, x) : tape.matMul(matrix, x)
}

/** Vectors, and matrices of several rows: the baseline takes one row for a vector. */
const collections: readonly Shape[] = [...vectors, ...matrices.filter(([rows]) => rows !== 1)]

/** A function over the parts of a tensor; `baseline` is the same by matrices. */
function overParts(
  name: keyof Library,
  variant: string,
  apply: (x: Scalars) => unknown,
  baseline: (tape: BaselineTape, x: number) => number,
): Operation {
  return {
    name,
    variant,
    apply: seenAs(apply),
    domains: [any],
    cases: one(collections),
    baseline: (tape, [x]) => baseline(tape, x),
  }
}

export const operations: readonly Operation[] = [
  unary('neg', any),
  unary('abs', away(0.2, 2)),
  unary('sign', away(0.2, 2)),
  unary('recip', away(0.7, 2)),
  unary('exp', any),
  unary('log', span(0.7, 3)),
  unary('sqrt', span(0.7, 3)),
  unary('sin', span(-3, 3)),
  unary('cos', span(-3, 3)),
  unary('tan', span(-0.8, 0.8)),
  unary('asin', span(-0.5, 0.5)),
  unary('acos', span(-0.5, 0.5)),
  unary('atan', span(-3, 3)),
  unary('sinh', any),
  unary('cosh', any),
  unary('tanh', any),
  unary('asinh', span(-3, 3)),
  unary('acosh', span(1.8, 4)),
  unary('atanh', span(-0.5, 0.5)),
  unary('log1p', span(-0.3, 3)),
  unary('expm1', any),
  unary('logistic', span(-4, 4)),
  unary('log1pExp', span(-4, 4)),
  stepped('floor', 0, Math.floor),
  stepped('ceil', 0, Math.ceil),
  stepped('round', 0.5, Math.round),
  made('log1mExp', span(-4, -0.5), (tape, x) => tape.log1p(tape.neg(tape.exp(x)))),
  made('erf', any, erfOn),
  made('erfc', any, erfcOn),
  made('normcdf', any, normcdfOn),
  made('inverf', span(-0.3, 0.3), inverfOn),
  made('inverfc', span(0.7, 1.3), inverfcOn),
  made('invnormcdf', span(0.46, 0.54), invnormcdfOn),
  made('lgamma', span(1, 5), lgammaOn),
  made('digamma', span(1.2, 5), digammaOn),
  made('polygamma', span(2, 5), secondPolygammaOn, x => library.polygamma(2, x)),
  {
    ...made(
      'clamp',
      // At a distance from the bounds.
      random => random.pick([-1.5, -0.2, 0.3, 1.4]) + random.between(-0.3, 0.3),
      (tape, x) => largerOn(tape, largerOn(tape, x, tape.constant(-0.7), 1), tape.constant(0.9), -1),
      x => library.clamp(x, -0.7, 0.9),
    ),
    options: [-0.7, 0.9],
  },
  {
    name: 'hypot',
    apply: seenAs((x: Scalars, y: Scalars) => library.hypot(x, y)),
    domains: [away(0.5, 2), away(0.5, 2)],
    cases: [...pairs(anyShape), ...broadcast],
    baseline: (tape, [a, b]) => tape.sqrt(tape.add(tape.mul(a, a), tape.mul(b, b))),
  },
  binary('add', any, any),
  binary('sub', any, any),
  binary('mul', any, any),
  binary('div', any, away(0.7, 2)),
  binary('pow', span(0.7, 2), span(-2, 3)),
  binary('atan2', span(0.5, 2), away(0.5, 2)),
  binary('logBase', span(1.8, 4), span(0.7, 3)),
  matVec(false),
  matVec(true),
  matMul(false, false),
  matMul(true, false),
  matMul(false, true),
  matMul(true, true),
  {
    name: 'outer',
    apply: seenAs((x: Var<Vector>, y: Var<Vector>) => library.outer(x, y)),
    domains: [any, any],
    cases: outerSizes.map(([m, n]) => [[m], [n]]),
    baseline: (tape, [x, y]) => tape.outer(x, y),
  },
  {
    name: 'dot',
    apply: seenAs((x: Scalars, y: Scalars) => library.dot(x, y)),
    domains: [any, any],
    cases: pairs(anyShape),
    baseline: (tape, [x, y]) => tape.dot(x, y),
    tensorsOnly: true,
  },
  {
    name: 'sum',
    apply: seenAs((x: Scalars) => library.sum(x)),
    domains: [any],
    cases: one(anyShape),
    baseline: (tape, [x]) => tape.sum(x),
    tensorsOnly: true,
  },
  {
    name: 'squaredError',
    apply: seenAs((x: Scalars, t: Scalars) => library.squaredError(x, t)),
    domains: [any, any],
    cases: pairs(anyShape),
    baseline: (tape, [x, t]) => tape.squaredError(x, t),
    tensorsOnly: true,
  },
  larger('max', 1),
  larger('min', -1),
  comparison('less', (x, y) => x < y),
  comparison('lessEqual', (x, y) => x <= y),
  comparison('greater', (x, y) => x > y),
  comparison('greaterEqual', (x, y) => x >= y),
  comparison('equal', (x, y) => x === y),
  comparison('notEqual', (x, y) => x !== y),
  {
    name: 'where',
    variant: 'by a comparison',
    apply: seenAs((c: Scalars, a: Scalars, b: Scalars) => library.where(library.less<Vector>(c, 0), a, b)),
    domains: [away(0.2, 2), any, any],
    cases: anyShape
      .filter(shape => shape.every(size => size < 50))
      .flatMap((shape: Shape): Shape[][] => [
        [shape, shape, shape],
        [[], shape, shape],
        [shape, [], shape],
        [shape, shape, []],
        [shape, [], []],
        [[], shape, []],
        [[], [], shape],
      ]),
    baseline: (tape, [c, a, b]) => {
      const like = widerOn(c, widerOn(a, b))
      const chosen = elementsOn(tape, c, like).map(value => Number(value < 0))
      const mask = constantLike(tape, like, chosen)
      const rest = constantLike(
        tape,
        like,
        chosen.map(value => 1 - value),
      )
      return tape.add(tape.mul(mask, a), tape.mul(rest, b))
    },
  },
  extreme('maximum', Math.max),
  extreme('minimum', Math.min),
  {
    name: 'product',
    apply: seenAs((x: Scalars) => library.product(x)),
    domains: [away(0.7, 1.3)],
    cases: one(anyShape),
    baseline: (tape, [x]) => {
      const sign = tape.values(x).reduce((product, value) => product * Math.sign(value), 1)
      return tape.mul(tape.exp(tape.sum(tape.log(tape.abs(x)))), tape.constant(sign))
    },
    tensorsOnly: true,
  },
  overParts(
    'sequenceVar',
    'and back in reverse',
    x => library.collectVar(library.sequenceVar(x).reverse()),
    (tape, x) => weighted(tape, x, (to, from, n) => Number(to + from === n - 1)),
  ),
  {
    name: 'collectVar',
    apply: seenAs((x: Var<number>, y: Var<number>) => library.collectVar([x, y, x])),
    domains: [any, any],
    cases: pairs([...vectors, []]),
    baseline: (tape, [x, y]) => {
      const [outside, middle] = [
        tape.constantVector(Float64Array.of(1, 0, 1)),
        tape.constantVector(Float64Array.of(0, 1, 0)),
      ]
      const spread = (a: number, b: number): number => (b < 0 ? tape.outer(a, b) : tape.mul(a, b))
      return tape.add(spread(outside, x), spread(middle, y))
    },
  },
  overParts(
    'fmap',
    'squares',
    x => library.fmap(part => part.mul(part), x),
    (tape, x) => tape.mul(x, x),
  ),
  {
    name: 'zipWith',
    apply: seenAs((x: Scalars, y: Scalars) => library.zipWith((a, b) => a.mul(b), x, y)),
    domains: [any, any],
    cases: pairs(collections),
    baseline: (tape, [x, y]) => tape.mul(x, y),
  },
  overParts(
    'length',
    'as a factor',
    x => library.mul(x, library.length(x)),
    (tape, x) => tape.mul(x, tape.constant(tape.rows(x) === 1 ? tape.cols(x) : tape.rows(x))),
  ),
  {
    name: 'foldl',
    apply: seenAs((x: Scalars) =>
      library.foldl((y: Var<number>, part) => y.mul(0.5).add(part), library.constVar(0), x),
    ),
    domains: [any],
    cases: one(collections.filter(shape => !shape.includes(0))),
    baseline: (tape, [x]) => {
      const n = tape.rows(x) === 1 ? tape.cols(x) : tape.rows(x)
      const weights = tape.constantVector(Float64Array.from({ length: n }, (_, i) => 0.5 ** (n - 1 - i)))
      return tape.rows(x) === 1 ? tape.dot(x, weights) : tape.matVec(x, weights, true)
    },
  },
  overParts(
    'scan',
    'sums',
    x => library.collectVar(library.scan((y: Var<number>, part) => y.add(part), library.constVar(0), x).slice(1)),
    (tape, x) => weighted(tape, x, (to, from) => Number(from <= to)),
  ),
  overParts(
    'traverse',
    'that does not fail',
    x => library.traverse(part => part.mul(part), x),
    (tape, x) => tape.mul(x, x),
  ),
  overParts(
    'mapAccumL',
    'sums of neighbours',
    x => library.mapAccumL((last: Var<number>, part) => [part, part.add(last)] as const, library.constVar(0), x)[1],
    (tape, x) => weighted(tape, x, (to, from) => Number(from === to || from + 1 === to)),
  ),
  {
    name: 'softmax',
    apply: seenAs((x: Scalars) => library.softmax(x)),
    domains: [span(-2, 2)],
    cases: one(tensors),
    baseline: (tape, [x]) => tape.softmax(x),
  },
  {
    name: 'logSumExp',
    apply: seenAs((x: Scalars) => library.logSumExp(x)),
    domains: [span(-2, 2)],
    cases: one(tensors),
    baseline: (tape, [x]) => tape.logSumExp(x),
  },
  {
    name: 'softmaxCrossEntropy',
    apply: seenAs((x: Scalars, t: Scalars) => library.softmaxCrossEntropy(x, t)),
    // A target of any sign and sum.
    domains: [span(-2, 2), any],
    cases: pairs(tensors),
    baseline: (tape, [x, t]) => tape.softmaxCrossEntropy(x, t),
  },
  overSamples(
    'of parts',
    (x: Var<Matrix>) => library.vmap((v: Var<Vector>) => library.collectVar(library.sequenceVar(v).reverse()))(x),
    one([
      [3, 4],
      [2, 1],
    ]),
    (tape, [x]) => {
      const n = tape.cols(x)
      const swapped = Array.from({ length: n * n }, (_, i) => Number(Math.floor(i / n) + (i % n) === n - 1))
      return tape.matMul(x, tape.constantTensor(Float64Array.from(swapped), n, n))
    },
  ),
  overSamples(
    'of products',
    (x: Var<Matrix>, y: Var<Matrix>) =>
      library.vmap((v: Var<Vector>, w: Var<Vector>) => library.matVec(library.outer(v, w), w))(x, y),
    [
      [
        [3, 4],
        [3, 2],
      ],
      [
        [2, 1],
        [2, 3],
      ],
    ],
    (tape, [x, y]) => {
      const ones = (n: number): number => tape.constantVector(new Float64Array(n).fill(1))
      const squares = tape.matVec(tape.mul(y, y), ones(tape.cols(y)))
      return tape.mul(x, tape.outer(squares, ones(tape.cols(x))))
    },
  ),
  overSamples(
    'with a shared operand',
    (x: Var<Matrix>, b: Var<Vector>) =>
      library.vmap((v: Var<Vector>, shared: Var<Vector>) => v.mul(shared), { shared: 1 })(x, b),
    [
      [[3, 4], [4]],
      [[2, 1], [1]],
    ],
    (tape, [x, b]) => tape.mul(x, tape.outer(tape.constantVector(new Float64Array(tape.rows(x)).fill(1)), b)),
  ),
]
