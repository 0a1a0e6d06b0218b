/** The operators: from a function of variables to its value, its gradient, its pullback. */
import { differentiatedBy, Invocation, isRecorded, type VarFunction } from './differentiate.ts'
import { ResidentError } from './errors.ts'
import { Resident, ResidentLeaf } from './resident.ts'
import { checkOpen, current, pin } from './run.ts'
import { Snapshot } from './snapshot.ts'
import { checkLike, isLeaf, isStatic, keysOf, mapLeaves, part } from './structure.ts'
import { countOf } from './tape.ts'
import { Tensor } from './tensor.ts'
import type { AnyTensor, Mixed, Plain, Primal, Shape } from './types.ts'
import { constantLeaf, constVar, Var } from './var.ts'

/**
 * What is wrong with a function that cannot be differentiated, as a type that no function fits.
 *
 * @example
 * ```ts
 * type Problem = NotDifferentiable<'annotate the parameter'>
 * ```
 */
export interface NotDifferentiable<Reason extends string> {
  readonly 'this function cannot be differentiated': Reason
}

/** `unknown` if the arguments and the result are made of variables, otherwise the reason why not. */
type Checked<Vs extends readonly unknown[], W> =
  HasUnknown<Vs> extends true
    ? NotDifferentiable<'annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …'>
    : HasPlain<Vs[number]> extends true
      ? NotDifferentiable<'a parameter is a plain number or tensor: annotate it as Var<…>, or as BVar<…> for a structure'>
      : HasPlain<W> extends true
        ? NotDifferentiable<'the result is a plain value: return a Var (drop the .value, or use constVar)'>
        : unknown

type HasUnknown<Vs extends readonly unknown[]> = true extends {
  [K in keyof Vs]: unknown extends Vs[K] ? true : false
}[number]
  ? true
  : false

/** Is there a plain number or tensor at the top, or one level below? */
type HasPlain<V> = [V] extends [never]
  ? false
  : true extends (V extends number | AnyTensor ? true : false)
    ? true
    : false

/** The plain arguments of a function of variables. */
type PlainArguments<Vs extends readonly unknown[]> = { [K in keyof Vs]: Plain<Vs[K]> }

/** The arguments inside another run. */
type MixedArguments<Vs extends readonly unknown[]> = { [K in keyof Vs]: Mixed<Vs[K]> }

/** The gradient by the arguments that `wrt` chooses: one bare, several as a tuple; by all if it is undefined. */
type PlainGradient<Vs extends readonly unknown[], I> = I extends number
  ? Primal<Vs[I]>
  : I extends readonly number[]
    ? { -readonly [K in keyof I]: Primal<Vs[I[K] & keyof Vs]> }
    : Vs extends readonly [infer V]
      ? Primal<V>
      : { -readonly [K in keyof Vs]: Primal<Vs[K]> }

/** The same as variables. */
type VarGradient<Vs extends readonly unknown[], I> = I extends number
  ? Vs[I]
  : I extends readonly number[]
    ? { -readonly [K in keyof I]: Vs[I[K] & keyof Vs] }
    : Vs extends readonly [infer V]
      ? V
      : { -readonly [K in keyof Vs]: Vs[K] }

/** What a gradient may be written into: plain tensors or resident parameters, in the gradient's structure. */
type Into<G> = Resident<G> | G

/**
 * Options of the gradient operators.
 *
 * @example
 * ```ts
 * const options: GradientOptions<0> = { wrt: 0 }
 * ```
 */
export interface GradientOptions<I = undefined, G = unknown> {
  /** The positions of the arguments to differentiate by: one, or an array; all if left out. The others are data. */
  readonly wrt?: I
  /** Where to write the gradient: its tensors are overwritten and returned; resident parameters without a copy. */
  readonly into?: Into<G>
}

/**
 * What `evalBP` gives.
 *
 * @example
 * ```ts
 * const double: Evaluated<[Var<number>], Var<number>> = evalBP((x: Var<number>) => x.mul(2))
 * ```
 */
export interface Evaluated<Vs extends readonly unknown[], W> {
  (...args: PlainArguments<Vs>): Primal<W>
  (...args: MixedArguments<Vs>): W
}

/**
 * What `gradBP` gives.
 *
 * @example
 * ```ts
 * const slope: Gradient<[Var<number>], undefined> = gradBP((x: Var<number>) => x.mul(x))
 * ```
 */
export interface Gradient<Vs extends readonly unknown[], I> {
  (...args: PlainArguments<Vs>): PlainGradient<Vs, I>
  (...args: MixedArguments<Vs>): VarGradient<Vs, I>
}

/**
 * What `backprop` gives.
 *
 * @example
 * ```ts
 * const both: Backprop<[Var<number>], Var<number>, undefined> = backprop((x: Var<number>) => x.mul(x))
 * ```
 */
export interface Backprop<Vs extends readonly unknown[], W, I> {
  (...args: PlainArguments<Vs>): [value: Primal<W>, gradient: PlainGradient<Vs, I>]
  (...args: MixedArguments<Vs>): [value: W, gradient: VarGradient<Vs, I>]
}

/**
 * What `backpropWith` gives.
 *
 * @example
 * ```ts
 * const linear: BackpropWith<[Var<number>], Var<number>, undefined> = backpropWith((x: Var<number>) => x.mul(x))
 * ```
 */
export interface BackpropWith<Vs extends readonly unknown[], W, I> {
  (...args: PlainArguments<Vs>): [value: Primal<W>, pullback: (cotangent: Primal<W>) => PlainGradient<Vs, I>]
  (...args: MixedArguments<Vs>): [value: W, pullback: (cotangent: Mixed<W>) => VarGradient<Vs, I>]
}

/**
 * The value alone: evalBP(f)(x) = f(x). Inside another run, with a variable among the arguments, it is f itself.
 *
 * @param f the function, of one or several arguments
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ plain
 * @throws {ResultError} when the result holds no variable.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => x.mul(x).add(1))(3) // → 10
 * ```
 */
export function evalBP<Vs extends readonly unknown[], W>(f: ((...args: Vs) => W) & Checked<Vs, W>): Evaluated<Vs, W> {
  const g = f as VarFunction
  return ((...args: unknown[]): unknown => {
    if (isRecorded(args)) return g(...args.map(arg => mapLeaves(arg, 'argument', constantLeaf)))
    const invocation = new Invocation(args, () => true)
    try {
      invocation.call(g)
      return plainResult(invocation, invocation.value())
    } finally {
      invocation.close(false)
    }
  }) as Evaluated<Vs, W>
}

/**
 * The gradient: gradBP(f)(x) = f′(x)ᵀ·1, the sum of the result's elements being differentiated by each element of x. It
 * has the structure of the argument; for several arguments it is a tuple. Original: gradBP, gradBP2, gradBPN.
 *
 * An input that the result does not depend on has gradient zero. Inside another run, with a variable among the
 * arguments, the gradient is made of variables, to be differentiated again.
 *
 * @param f the function, of one or several arguments; any result, which is seeded with ones
 * @param options `wrt` for arguments that are data, `into` for where the gradient goes
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ the structure of the arguments
 * @throws {ResultError} when the result holds no variable.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * gradBP((x: Var<number>, y: Var<number>) => x.mul(y.sqrt()))(3, 4) // → [2, 0.75]
 * ```
 */
export function gradBP<Vs extends readonly unknown[], W, const I extends WrtOf<Vs> = undefined>(
  f: ((...args: Vs) => W) & Checked<Vs, W>,
  options: GradientOptions<I, PlainGradient<Vs, I>> = {},
): Gradient<Vs, I> {
  return ((...args: unknown[]): unknown => differentiate(f as VarFunction, args, options, false)[1]) as Gradient<Vs, I>
}

/** What `wrt` may be. */
type WrtOf<Vs extends readonly unknown[]> = undefined | Index<Vs> | readonly Index<Vs>[]

/** The positions of a tuple, as numbers. */
type Index<Vs extends readonly unknown[]> = number extends Vs['length']
  ? number
  : Exclude<Partial<Vs>['length'], Vs['length']> & number

/**
 * Value and gradient at once: backprop(f)(x) = [f(x), f′(x)ᵀ·1]. Original: backprop.
 *
 * @param f the function, of one or several arguments; any result, which is seeded with ones
 * @param options as in `gradBP`
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ [plain, the structure of the arguments]
 * @throws {ResultError} when the result holds no variable.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * backprop((x: Var<number>) => x.mul(x))(3) // → [9, 6]
 * ```
 */
export function backprop<Vs extends readonly unknown[], W, const I extends WrtOf<Vs> = undefined>(
  f: ((...args: Vs) => W) & Checked<Vs, W>,
  options: GradientOptions<I, PlainGradient<Vs, I>> = {},
): Backprop<Vs, W, I> {
  return ((...args: unknown[]): unknown => differentiate(f as VarFunction, args, options, true)) as Backprop<Vs, W, I>
}

/**
 * Value and pullback: backpropWith(f)(x) = [f(x), ȳ ↦ f′(x)ᵀ·ȳ]. The pullback may be called any number of times, also
 * later; nothing has to be freed. Inside another run it is valid as long as that run. Original: backpropWith.
 *
 * @param f the function, of one or several arguments
 * @param options `wrt` as in `gradBP`
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ [plain, cotangent ↦ the structure of the arguments]
 * @throws {ResultError} when the result holds no variable.
 * @throws {StructureMismatchError} (from the pullback) when the cotangent has another structure than the result.
 * @throws {ShapeMismatchError} (from the pullback) when shapes differ.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * const [y, pullback] = backpropWith((x: Var<number>) => x.mul(x))(3)
 * y // → 9
 * pullback(10) // → 60
 * ```
 */
export function backpropWith<Vs extends readonly unknown[], W, const I extends WrtOf<Vs> = undefined>(
  f: ((...args: Vs) => W) & Checked<Vs, W>,
  options: Pick<GradientOptions<I>, 'wrt'> = {},
): BackpropWith<Vs, W, I> {
  return ((...args: unknown[]): unknown => pullbackOf(f as VarFunction, args, options)) as BackpropWith<Vs, W, I>
}

/** What a call outside any run gives: plain, or constants if one was among its arguments. */
function plainResult<T>(invocation: Invocation, result: T): unknown {
  return invocation.gotConstant && invocation.run.outer === undefined ? constVar(result) : result
}

/** Value and gradient of a call. */
function differentiate(
  f: VarFunction,
  args: readonly unknown[],
  options: GradientOptions<unknown, unknown>,
  wantValue: boolean,
): [value: unknown, gradient: unknown] {
  const wrt = options.wrt as number | readonly number[] | undefined
  if (isRecorded(args)) return differentiateInside(f, args, wrt)
  const invocation = new Invocation(args, differentiatedBy(wrt))
  try {
    const target = options.into === undefined ? undefined : new Target(options.into, invocation, wrt)
    invocation.call(f)
    const value = wantValue ? invocation.value() : undefined
    target?.give()
    const recording = invocation.recording()
    recording.walk(undefined, false)
    const gradient =
      target === undefined
        ? chosen(invocation.vars, wrt, vars => recording.gradient(vars, recording.plain))
        : target.take()
    return [plainResult(invocation, value), plainResult(invocation, gradient)]
  } finally {
    invocation.close(false)
  }
}

/** The same on the run around the call: everything is recorded there. */
function differentiateInside(
  f: VarFunction,
  args: readonly unknown[],
  wrt: number | readonly number[] | undefined,
): [value: unknown, gradient: unknown] {
  const [value, pull] = recordInside(f, args, wrt)
  return [value, pull(undefined)]
}

/** Value and pullback of a call, both recorded on the run around it. */
function recordInside(
  f: VarFunction,
  args: readonly unknown[],
  wrt: number | readonly number[] | undefined,
): [value: unknown, pull: (cotangent: unknown) => unknown] {
  const invocation = new Invocation(args, differentiatedBy(wrt))
  const { outer } = invocation.run
  let done = false
  try {
    invocation.call(f)
    const recording = invocation.recording()
    const value = mapLeaves(invocation.result, '', leaf => {
      const { run, slot, shape } = leaf as Var<unknown>
      return run === invocation.run ? new Var(outer, slot, shape) : leaf
    })
    const pull = (cotangent: unknown): unknown => {
      try {
        recording.walk(cotangent, true)
        return chosen(recording.vars, wrt, vars => recording.gradient(vars, recording.recorded(outer)))
      } finally {
        recording.forget()
        if (outer !== undefined) pin(outer)
      }
    }
    done = true
    return [value, pull]
  } finally {
    invocation.close(done)
  }
}

/** The gradients of the chosen arguments: bare for one, a tuple for several. */
function chosen(
  vars: readonly unknown[],
  wrt: number | readonly number[] | undefined,
  gradient: (vars: unknown) => unknown,
): unknown {
  if (typeof wrt === 'number') return gradient(vars[wrt])
  if (wrt !== undefined) return wrt.map(index => gradient(vars[index]))
  return vars.length === 1 ? gradient(vars[0]) : vars.map(gradient)
}

/** Where the caller wants the gradient. */
class Target {
  readonly #into: unknown
  readonly #invocation: Invocation
  /** The variables of the chosen arguments: the structure that `into` has. */
  readonly #vars: unknown
  /** The resident parameters in `into`. */
  readonly #residents = new Set<Resident<unknown>>()
  /** The input slots and the leaves that their cotangents go to. */
  readonly #pairs: { slot: number; shape: Shape; leaf: unknown }[] = []

  constructor(into: unknown, invocation: Invocation, wrt: number | readonly number[] | undefined) {
    this.#into = into
    this.#invocation = invocation
    const expanded = mapLeaves(into, 'into', leaf => {
      if (!(leaf instanceof Resident)) return leaf
      leaf.use('into')
      leaf.checkUnread('into')
      if (this.#residents.has(leaf)) {
        throw new ResidentError('into: the same resident parameters stand at two places. Give each its own.')
      }
      this.#residents.add(leaf)
      return leaf.leaves
    })
    this.#vars = chosen(invocation.vars, wrt, argument => argument)
    checkLike(this.#vars, expanded, 'into', (leaf, given) => {
      const { slot, shape } = leaf as Var<unknown>
      this.#pairs.push({ slot, shape, leaf: given })
    })
  }

  /** Lets the walk write to resident tensors itself. */
  give(): void {
    const { tape } = this.#invocation.run
    for (const resident of this.#residents) resident.version++
    for (const { slot, shape, leaf } of this.#pairs) {
      if (leaf instanceof ResidentLeaf && shape.length > 0) tape.giveAdjoint(slot, leaf.pointer)
    }
  }

  /** Copies the rest, and returns what was given. */
  take(): unknown {
    const { tape } = this.#invocation.run
    for (const { slot, shape, leaf } of this.#pairs) {
      const touched = tape.touched(slot)
      if (leaf instanceof ResidentLeaf) {
        if (shape.length === 0) tape.memory.f64[leaf.pointer / 8] = touched ? tape.adjointNumber(slot) : 0
        else if (!touched) tape.engine.exports.fill(countOf(shape), 0, leaf.pointer)
      } else if (leaf instanceof Tensor) {
        if (!touched) leaf.data.fill(0)
        else {
          const at = tape.adjointPointer(slot) / 8
          leaf.data.set(tape.memory.f64.subarray(at, at + countOf(shape)))
        }
      }
    }
    if (this.#pairs.some(({ leaf }) => typeof leaf === 'number')) return this.#withNumbers(this.#into, this.#vars)
    return this.#into
  }

  /** Plain numbers cannot be written to: the same structure with the new ones. */
  #withNumbers(into: unknown, vars: unknown): unknown {
    const { tape } = this.#invocation.run
    if (typeof into === 'number') {
      const { slot } = vars as Var<unknown>
      return tape.touched(slot) ? tape.adjointNumber(slot) : 0
    }
    if (isLeaf(into) || isStatic(into)) return into
    const keys = keysOf(into as object)
    const inside = (key: string | number): unknown =>
      this.#withNumbers(part(into as object, key), part(vars as object, key))
    if (typeof keys === 'number') return Array.from({ length: keys }, (_, i) => inside(i))
    return Object.fromEntries((keys ?? []).map(key => [key, inside(key)]))
  }
}

/** Value and pullback of a call. */
function pullbackOf(
  f: VarFunction,
  args: readonly unknown[],
  options: { readonly wrt?: unknown },
): [value: unknown, pullback: (cotangent: unknown) => unknown] {
  const wrt = options.wrt as number | readonly number[] | undefined
  const around = current
  if (around !== undefined && isRecorded(args)) {
    const [value, pull] = recordInside(f, args, wrt)
    return [
      value,
      cotangent => {
        checkOpen(around, 'the pullback')
        return pull(cotangent)
      },
    ]
  }
  const invocation = new Invocation(args, differentiatedBy(wrt))
  try {
    invocation.call(f)
    const value = invocation.value()
    const snapshot = new Snapshot(invocation)
    const pull = (cotangent: unknown): unknown =>
      snapshot.replay(recording => {
        recording.walk(cotangent, false)
        return chosen(recording.vars, wrt, vars => recording.gradient(vars, recording.plain))
      })
    return [plainResult(invocation, value), cotangent => plainResult(invocation, pull(cotangent))]
  } finally {
    invocation.close(false)
  }
}
