/** Zeros by the methods of Newton and Halley, and what can be said as a zero: inverses, fixed points, extrema. */
import { numberValued } from '../derivatives/recorded.ts'
import { type VarFunction, withLength } from '../differentiate.ts'
import { UsageError } from '../errors.ts'
import { checkOptions, evaluator, gradientOperator } from '../grad.ts'
import { mapVars } from '../mapVars.ts'
import { oneOf } from '../options.ts'
import type {
  DataOf,
  FunctionOfParameters,
  ParametersOf,
  PlainArguments,
  ResultOf,
  ValidResult,
} from '../signatures.ts'
import type { Primal } from '../types.ts'
import type { Loss, Minimiser } from './minimiser.ts'
import { isShort, moved, multiple, norm } from './flat.ts'
import {
  type Iterate,
  type Iterates,
  nonFinite,
  type Report,
  reportOf,
  type Steps,
  type StopReason,
  withDefaults,
} from './iterates.ts'
import { type Image, Mapping, mappingOperators } from './mapping.ts'
import { type Dense, solve } from './matrix.ts'
import { evaluated, solver } from './solver.ts'

/**
 * Options of `findZero`, `inverse`, `fixedPoint` and `extremum`.
 *
 * @example
 * ```ts
 * const options: RootOptions = { method: 'halley', valueTolerance: 1e-12 }
 * ```
 */
export interface RootOptions {
  /** `'newton'`, by first derivatives, which is the default; `'halley'`, by second ones too. */
  readonly method?: 'newton' | 'halley'
  /** How many steps at most; 100 by default. */
  readonly iterations?: number
  /** Converged when the norm of what is to be zero is no more than this; 0 by default. */
  readonly valueTolerance?: number
  /** Converged when a step changes each number by no more than this times its size; 2⁻⁵² by default. */
  readonly stepTolerance?: number
  /** Is the function compiled, with its derivatives? Then what it captures is constant, what changes must be data; false by default. */
  readonly compile?: boolean
}

const DEFAULTS = { iterations: 100, valueTolerance: 0, stepTolerance: 2 ** -52 } as const

/**
 * What a search for zeros gives: from the start, and data, to the iterates.
 *
 * @example
 * ```ts
 * const root: RootFinder<[start: number], number, number> = findZero((x: Var<number>) => x.mul(x).sub(4))
 * ```
 */
export type RootFinder<Args extends readonly unknown[], P, W> = (...args: Args) => Iterates<P, W>

/**
 * What is to become zero: a function of parameters and data, with any result.
 *
 * @example
 * ```ts
 * const equation: Equation<Var<number>, [], Var<number>> = (x: Var<number>) => x.mul(x).sub(2)
 * ```
 */
export type Equation<P, Data extends readonly unknown[], W, O = unknown> = FunctionOfParameters<P, Data, W, O>

/** A search from a start, and data. */
type ZeroFinder<P, Data extends readonly unknown[], W> = RootFinder<
  [start: Primal<P>, ...data: PlainArguments<Data>],
  Primal<P>,
  Primal<W>
>

/**
 * A zero of a function, by Newton's method: x′ = x + a where f′(x)·a = −f(x); or by Halley's: x′ = x + s where (f′(x) + ½·f″(x)·a)·s =
 * −f(x), for numbers x′ = x − 2·f·f′/(2·f′² − f·f″). The number of digits doubles at each step, or triples, once near to a simple zero.
 *
 * x may have any structure, f(x) any other with as many numbers. A complex number is a record { re, im }: for an analytic function the
 * real derivative, a matrix, solves as the complex one does. It also stops where a short step makes the value no smaller, that is in rounding.
 * Original (ad): findZero, of Numeric.AD.Newton and Numeric.AD.Halley.
 *
 * @param f the function, of parameters and of data
 * @param options the method, and when it stops
 * @shape f: (BVar<P>, …data) ↦ BVar<W> → (P, …plain data) ↦ Iterates<P, W>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable;
 *   (from the iterates) when f does not give as many numbers as x has.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * const f = (x: Var<number>) => x.mul(x).sub(4)
 * const newton = Array.from(findZero(f)(1), ({ params }) => params)
 * newton // → [1, 2.5, 2.05, 2.000609756097561, 2.0000000929222947, 2.000000000000002, 2]
 * const halley = Array.from(findZero(f, { method: 'halley' })(1), ({ params }) => params)
 * halley // → [1, 1.857142857142857, 1.999796789270473, 1.9999999999994755, 2]
 *
 * type Complex = { re: number; im: number }
 * const g = ({ re, im }: BVar<Complex>) => ({ re: re.mul(re).sub(im.mul(im)).add(1), im: re.mul(im).mul(2) }) // z² + 1
 * last(findZero(g)({ re: 1, im: 1 })).params // → { re: 0.000000, im: 1.000000 }
 * ```
 */
export function findZero<P, Data extends readonly unknown[], W, O = unknown>(
  f: Equation<P, Data, W, O>,
  options: RootOptions = {},
): ZeroFinder<ParametersOf<O, P>, DataOf<O, Data>, ResultOf<O, W>> {
  return rootFinder('findZero', f, options, f => f) as never
}

/**
 * An inverse at a point, by the same methods: from a start and y to the x for which f(x) = y. The values are f(x) − y. Original (ad):
 * inverse.
 *
 * @param f the function, of parameters and of data
 * @param options the method, and when it stops
 * @shape f: (BVar<P>, …data) ↦ BVar<W> → (P, W, …plain data) ↦ Iterates<P, W>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable;
 *   (from the iterates) when f does not give as many numbers as x has.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {StructureMismatchError} (from the iterates) when y has another structure than the result.
 * @throws {ShapeMismatchError} (from the iterates) when shapes differ.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * last(inverse((x: Var<number>) => x.sqrt())(1, Math.sqrt(10))).params // → 10.000000
 * ```
 */
export function inverse<P, Data extends readonly unknown[], W, O = unknown>(
  f: Equation<P, Data, W, O>,
  options: RootOptions = {},
): RootFinder<
  [start: Primal<ParametersOf<O, P>>, y: Primal<ResultOf<O, W>>, ...data: PlainArguments<DataOf<O, Data>>],
  Primal<ParametersOf<O, P>>,
  Primal<ResultOf<O, W>>
> {
  const without = (f: VarFunction): VarFunction => {
    const difference = (x: unknown, y: unknown, ...data: unknown[]): unknown => subtracted(f(x, ...data), y)
    return withLength(difference, f.length + 1)
  }
  return rootFinder('inverse', f, options, without, ['the start', 'y']) as never
}

/** W if it has the structure of the parameters, where tuples may have become arrays and sizes may be lost; otherwise the repair. */
type LikeParameters<P, W> = [W] extends [ValidResult<W>]
  ? Alike<Primal<P>, Primal<W>> extends true
    ? W
    : 'the result must have the structure of the parameters'
  : ValidResult<W>

/** Does one of them fit the other, and have records the same fields? */
type Alike<P, W> = [P] extends [W] ? SameNames<P, W> : [W] extends [P] ? SameNames<P, W> : false

/** Have they the same fields, unless they are lists? */
type SameNames<P, W> = W extends readonly unknown[]
  ? true
  : [keyof P, keyof W] extends [keyof W, keyof P]
    ? true
    : false

/**
 * A fixed point, by the same methods: x = f(x). The values are f(x) − x. Original (ad): fixedPoint.
 *
 * @param f the function, of parameters and of data, with a result like the parameters
 * @param options the method, and when it stops
 * @shape f: (BVar<P>, …data) ↦ BVar<P> → (P, …plain data) ↦ Iterates<P, P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {StructureMismatchError} (from the iterates) when the result has another structure than the parameters.
 * @throws {ShapeMismatchError} (from the iterates) when shapes differ.
 * @throws {ResultError} (from the iterates) when the function gives a plain value.
 * @example
 * ```ts
 * last(fixedPoint((x: Var<number>) => x.cos())(1)).params // → 0.7390851332151607
 * ```
 */
export function fixedPoint<P, Data extends readonly unknown[], W, O = unknown>(
  f: FunctionOfParameters<P, Data, W, O, LikeParameters<ParametersOf<O, P>, ResultOf<O, W>>>,
  options: RootOptions = {},
): ZeroFinder<ParametersOf<O, P>, DataOf<O, Data>, ResultOf<O, W>> {
  const without = (f: VarFunction): VarFunction => {
    const difference = (x: unknown, ...data: unknown[]): unknown => subtracted(f(x, ...data), x)
    return withLength(difference, f.length)
  }
  return rootFinder('fixedPoint', f, options, without) as never
}

/**
 * An extremum or a saddle, by the same methods: ∇f(x) = 0. The values are f(x). Where a minimum is wanted, `newtonCG` and `lbfgs`
 * go down. Original (ad): extremum.
 *
 * @param f the function, a number, of parameters and of data
 * @param options the method, and when it stops; `valueTolerance` is for the norm of the gradient
 * @shape f: (BVar<P>, …data) ↦ Var<number> → (P, …plain data) ↦ Iterates<P>
 * @throws {UsageError} when an option is unknown or out of range, data are missing, or an argument holds a variable.
 * @throws {UnknownLeafError} when the start has a leaf that is neither number nor tensor.
 * @throws {ShapeMismatchError} (from the iterates) when the function gives a tensor.
 * @throws {StructureMismatchError} (from the iterates) when it gives a structure.
 * @throws {ResultError} (from the iterates) when it gives a plain value.
 * @example
 * ```ts
 * last(extremum((x: Var<number>) => x.cos())(1)).params // → 0
 * ```
 */
export function extremum<P, Data extends readonly unknown[], W, O = unknown>(
  f: Loss<P, Data, W, O>,
  options: RootOptions = {},
): Minimiser<Primal<ParametersOf<O, P>>, PlainArguments<DataOf<O, Data>>> {
  const op = 'extremum'
  const gradient = (f: VarFunction): VarFunction => gradientOperator(op, numberValued(op, f), { wrt: 0 })
  return rootFinder(op, f, options, gradient, undefined, true) as never
}

/** x − y at each leaf. */
function subtracted(x: unknown, y: unknown): unknown {
  return mapVars((x, y) => x.sub(y), x, y)
}

/** The search for zeros of what is made of f; an extremum's values are those of f itself. */
function rootFinder(
  op: string,
  f: unknown,
  options: RootOptions,
  make: (f: VarFunction) => VarFunction,
  own?: readonly string[],
  isExtremum = false,
): VarFunction {
  const chosen = withDefaults(op, options, DEFAULTS, { method: oneOf('newton', 'halley') })
  const { method = 'newton' } = options
  checkOptions(op, f, {})
  const operators = mappingOperators(op, make(f as VarFunction), chosen)
  const value = isExtremum ? evaluated(evaluator(op, f as VarFunction), chosen) : undefined
  const run = (args: readonly unknown[]): Steps => {
    const valueAt = ({ params, value: zero }: Image): unknown =>
      value === undefined ? zero : value(params, ...args.slice(1))
    return search(op, new Mapping(operators, args), valueAt, isExtremum, method, chosen)
  }
  return solver(op, f as VarFunction, run, own)
}

/** The part of each number below which a step is one of rounding where it makes the value no smaller. */
const SHORT = 2 ** -26

/** The size of a value, in units of Σⱼ |Jᵢⱼ·xⱼ|, below which it is one of rounding where a step makes it no smaller. */
const ROUNDING = 2 ** -50

function* search(
  op: string,
  mapping: Mapping,
  valueAt: (image: Image) => unknown,
  isExtremum: boolean,
  method: 'newton' | 'halley',
  options: Required<Omit<RootOptions, 'method'>>,
): Steps {
  let now = mapping.at(mapping.start)
  if (now.values.length !== now.x.length) {
    const problem = `the function gives ${String(now.values.length)} numbers for ${String(now.x.length)} parameters`
    throw new UsageError(`${op}: ${problem}, but there must be as many. For a best fit take levenbergMarquardt.`)
  }
  let end: StopReason | undefined
  let sizes = new Float64Array(now.x.length) // the largest that each number of x has been
  for (let iterations = 0; ; iterations++) {
    const jacobian = now.jacobian()
    const gradientNorm = norm(isExtremum ? now.values : jacobian.data)
    const iterate: Iterate<unknown, unknown> = { params: now.params, value: valueAt(now), gradientNorm }
    const report = (reason: StopReason): Report<unknown, unknown> =>
      reportOf(iterate, reason, iterations, mapping.evaluations)
    yield iterate
    const size = norm(now.values)
    end =
      nonFinite(now.x, size, jacobian.data) ??
      (size <= options.valueTolerance ? (isExtremum ? 'gradient' : 'zero') : end)
    if (end === undefined && iterations >= options.iterations) end = 'iterations'
    if (end !== undefined) return report(end)
    const step = stepOf(now, jacobian, method)
    if (step === undefined) return report('singular')
    const next = mapping.at(moved(now.x, 1, step))
    // Each number and each equation by its own size: a step that is short beside the largest may be long for another.
    sizes = sizes.map((largest, j) => Math.max(largest, Math.abs(now.x[j] as number)))
    const before = largestShare(now.values, jacobian, sizes)
    const isRounding = isShort(now.x, next.x, SHORT) || before <= ROUNDING
    if (isRounding && largestShare(next.values, jacobian, sizes) >= before) return report('step')
    if (isShort(now.x, next.x, options.stepTolerance)) end = 'step'
    now = next
  }
}

/** The largest |yᵢ|/Σⱼ |Jᵢⱼ|·sizesⱼ: by which part the numbers of x would have to change for y to be accounted for. */
function largestShare(y: Float64Array, { columns, data }: Dense, sizes: Float64Array): number {
  const shares = y.map((yi, i) => {
    const row = data.subarray(i * columns, (i + 1) * columns)
    return yi === 0 ? 0 : Math.abs(yi) / row.reduce((total, d, j) => total + Math.abs(d) * (sizes[j] as number), 0)
  })
  return shares.reduce((largest, share) => Math.max(largest, share), 0)
}

/** A step of Newton's or Halley's method; undefined where the derivative is singular. */
function stepOf(image: Image, jacobian: Dense, method: 'newton' | 'halley'): Float64Array | undefined {
  const negative = multiple(-1, image.values)
  const newton = solve(jacobian, negative)
  if (method === 'newton' || newton === undefined) return newton
  const half = image.bend(newton).data.map((b, i) => (jacobian.data[i] as number) + b / 2)
  return solve({ ...jacobian, data: half }, negative)
}
