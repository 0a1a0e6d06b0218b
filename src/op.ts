/** Ops of the user's own, as values: makers, composition, what runs them. An op is a function of variables. */
import { withLength } from './differentiate.ts'
import { evalBP, gradBP, backpropWith } from './grad.ts'
import { applyHost, applyHost1, applyHost2, type PlainFunction, UserOp, type VarPullback } from './host.ts'
import { NoGradientError, UsageError } from './errors.ts'
import type { Evaluated, Gradient } from './signatures.ts'
import { zeroOf } from './space.ts'
import { mapLeaves } from './structure.ts'
import type { AnyTensor, BVar, Mixed, Primal } from './types.ts'
import { valueOf } from './value.ts'
import { type AnyVar, constantLeaf, constVar, type Var } from './var.ts'

/** A variable at each leaf of each input. */
export type Variables<Ins extends readonly unknown[]> = { [K in keyof Ins]: BVar<Ins[K]> }

/** A variable or a plain value at each leaf of each input. */
export type Given<Ins extends readonly unknown[]> = { [K in keyof Ins]: Mixed<BVar<Ins[K]>> }

/** The plain types behind variables. */
type Primals<Vs extends readonly unknown[]> = { [K in keyof Vs]: Primal<Vs[K]> }

/**
 * An op: a differentiable function, as a value, of inputs of the types `Ins`, with a result of the type `Out`. Called on
 * variables, or on plain values that are constants then, it gives variables and is recorded. Operators take it as any
 * function of variables.
 *
 * @example
 * ```ts
 * const area: Op<[number, number], number> = op2((w: number, h: number) => [w * h, dz => [dz * h, dz * w]])
 * gradBP((x: Var<number>) => area(x, 3).add(x))(2) // → 4
 * ```
 */
export interface Op<Ins extends readonly unknown[], Out> {
  (...inputs: Given<Ins>): BVar<Out>
  (...inputs: Variables<Ins>): BVar<Out>
}

/** A gradient as variables or plain values. */
export type VarGradient<Ins extends readonly unknown[]> = Readonly<Given<Ins>>

/** @internal The op for what a maker was given. */
export function userOp(maker: string, f: unknown, pullbackOrName: unknown, name: string | undefined): UserOp {
  if (typeof f !== 'function') throw new UsageError(`${maker}: the first argument must be a function of plain values.`)
  const onVars = typeof pullbackOrName === 'function' ? (pullbackOrName as VarPullback) : undefined
  const given = typeof pullbackOrName === 'string' ? pullbackOrName : name
  if (onVars === undefined && pullbackOrName !== undefined && given === undefined) {
    throw new UsageError(`${maker}: the second argument must be the pullback on variables, or the op's name.`)
  }
  return new UserOp(given ?? (f.name === '' ? maker : f.name), f as PlainFunction, onVars)
}

/**
 * An op of one input, made of a function of plain values. Either it gives value and pullback, x ↦ [z, z̄ ↦ [x̄]]; or
 * it gives the value, and the second argument is the pullback on variables, (z̄, x, z) ↦ [x̄]: then it can be
 * differentiated again. Original: op1, op1'.
 *
 * @param f the function; annotate its parameter
 * @param name what messages call it; by default the function's own name
 * @shape x ↦ [z, z̄ ↦ [x̄]] → Op<[X], Z>
 * @throws {UsageError} (from the op) when the function does not give value and pullback.
 * @throws {StructureMismatchError} (from the walk back) when the gradient has another structure than the input.
 * @throws {NotTwiceDifferentiableError} when a second derivative goes through a pullback on plain values.
 * @example
 * ```ts
 * const square = op1((x: number) => [x * x, dz => [2 * x * dz]])
 * gradBP((x: Var<number>) => square(x))(3) // → 6
 * const cube = op1((x: number) => x ** 3, (dz, x) => [dz.mul(x).mul(x).mul(3)])
 * gradBP((x: Var<number>) => gradBP((y: Var<number>) => cube(y))(x))(3) // → 18
 * ```
 */
export function op1<A, C>(
  f: (x: A) => readonly [C, (cotangent: NoInfer<C>) => readonly [NoInfer<A>]],
  name?: string,
): Op<[A], C>
export function op1<A, C>(
  f: (x: A) => C,
  pullback: (cotangent: BVar<NoInfer<C>>, x: BVar<NoInfer<A>>, z: BVar<NoInfer<C>>) => VarGradient<[NoInfer<A>]>,
  name?: string,
): Op<[A], C>
export function op1(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('op1', f, pullbackOrName, name)
  return (x: unknown) => applyHost1(op, x)
}

/**
 * An op of two inputs, made of a function of plain values: (x, y) ↦ [z, z̄ ↦ [x̄, ȳ]], or value and pullback on
 * variables, (z̄, x, y, z) ↦ [x̄, ȳ]. Original: op2, op2'. @sameAs op1
 */
export function op2<A, B, C>(
  f: (x: A, y: B) => readonly [C, (cotangent: NoInfer<C>) => readonly [NoInfer<A>, NoInfer<B>]],
  name?: string,
): Op<[A, B], C>
export function op2<A, B, C>(
  f: (x: A, y: B) => C,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    x: BVar<NoInfer<A>>,
    y: BVar<NoInfer<B>>,
    z: BVar<NoInfer<C>>,
  ) => VarGradient<[NoInfer<A>, NoInfer<B>]>,
  name?: string,
): Op<[A, B], C>
export function op2(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('op2', f, pullbackOrName, name)
  return (x: unknown, y: unknown) => applyHost2(op, x, y)
}

/**
 * An op of three inputs, made of a function of plain values: (x, y, w) ↦ [z, z̄ ↦ [x̄, ȳ, w̄]], or value and
 * pullback on variables, (z̄, x, y, w, z) ↦ [x̄, ȳ, w̄]. Original: op3, op3'. @sameAs op1
 */
export function op3<A, B, D, C>(
  f: (x: A, y: B, w: D) => readonly [C, (cotangent: NoInfer<C>) => readonly [NoInfer<A>, NoInfer<B>, NoInfer<D>]],
  name?: string,
): Op<[A, B, D], C>
export function op3<A, B, D, C>(
  f: (x: A, y: B, w: D) => C,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    x: BVar<NoInfer<A>>,
    y: BVar<NoInfer<B>>,
    w: BVar<NoInfer<D>>,
    z: BVar<NoInfer<C>>,
  ) => VarGradient<[NoInfer<A>, NoInfer<B>, NoInfer<D>]>,
  name?: string,
): Op<[A, B, D], C>
export function op3(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('op3', f, pullbackOrName, name)
  return (x: unknown, y: unknown, w: unknown) => applyHost(op, [x, y, w])
}

/**
 * An op of any number of inputs, made of a function of plain values: (…xs) ↦ [z, z̄ ↦ […x̄s]], or value and
 * pullback on variables, (z̄, …xs, z) ↦ […x̄s]. Original: opN. @sameAs op1
 */
export function opN<Ins extends readonly unknown[], C>(
  f: (...inputs: Ins) => readonly [C, (cotangent: NoInfer<C>) => Readonly<NoInfer<Ins>>],
  name?: string,
): Op<Ins, C>
export function opN<Ins extends readonly unknown[], C>(
  f: (...inputs: Ins) => C,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    ...inputsAndResult: [...Variables<NoInfer<Ins>>, BVar<NoInfer<C>>]
  ) => VarGradient<NoInfer<Ins>>,
  name?: string,
): Op<Ins, C>
export function opN(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('opN', f, pullbackOrName, name)
  return (...inputs: unknown[]) => applyHost(op, inputs)
}

/**
 * An op of no input: op0(z)() = z, a constant. Original: op0.
 *
 * @param value the value, of any structure
 * @shape z → Op<[], Z>
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * const two = op0(2)
 * gradBP((x: Var<number>) => x.mul(two()))(5) // → 2
 * ```
 */
export function op0<Out>(value: Out): Op<[], Out> {
  return opConst(value)
}

/**
 * An op that gives the same value whatever its inputs are: opConst(z)(…xs) = z, with gradient zero. Original: opConst.
 *
 * @param value the value, of any structure
 * @shape z → Op<Ins, Z>
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * const one: Op<[number, number], number> = opConst(1)
 * gradBP((x: Var<number>) => one(x, 2).add(x))(5) // → 1
 * ```
 */
export function opConst<Out, Ins extends readonly unknown[] = readonly unknown[]>(value: Out): Op<Ins, Out> {
  const constant = constVar<Out>(value)
  return () => constant
}

/** The same with a variable at each leaf: what is plain becomes a constant. */
function liftAll(value: unknown): unknown {
  return mapLeaves(value, 'argument', constantLeaf)
}

/**
 * What gives back what it gets, with a variable at each leaf.
 *
 * @example
 * ```ts
 * const id: Passing = idOp
 * id(2).value // → 2
 * ```
 */
export interface Passing {
  (x: number): Var<number>
  <A extends AnyTensor>(x: A): Var<A>
  <V>(x: V): V
}

/**
 * The identity as an op: idOp(x) = x. It records nothing. Original: idOp.
 *
 * @param x a variable, a structure of variables, or plain
 * @shape any → same
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * gradBP((x: Var<number>) => idOp(x).mul(x))(3) // → 6
 * ```
 */
export const idOp: Passing = ((x: unknown) => liftAll(x)) as Passing

/**
 * Gathers its inputs into a tuple: opTup(…xs) = [...xs]. It records nothing; an array literal does the same. Original:
 * opTup.
 *
 * @param inputs variables, or structures of them
 * @shape (…xs) → [...xs]
 * @throws {UnknownLeafError} for a leaf that cannot be differentiated.
 * @example
 * ```ts
 * gradBP((x: Var<number>) => opTup(x, x.mul(x)))(3) // → 7
 * ```
 */
export function opTup<Vs extends readonly unknown[]>(...inputs: Vs): Vs {
  return inputs.map(liftAll) as unknown as Vs
}

/**
 * An op that gives its input another type, the same values: opCoerce()(x) = x. For types that differ in name only, such as a
 * branded number. It records nothing. Original: opCoerce.
 *
 * @shape nothing → Op<[A], B>
 * @throws nothing
 * @example
 * ```ts
 * const sized: Op<[Vector], Vector<3>> = opCoerce<Vector, Vector<3>>()
 * ```
 */
export function opCoerce<A, B>(): Op<[A], B> {
  return liftAll as Op<[A], B>
}

/**
 * The same variable with another type, for types that differ in name only: coerceVar(x) = x. Nothing is recorded, nothing is
 * checked. Original: coerceVar.
 *
 * @param x the variable
 * @shape A → B
 * @throws nothing
 * @example
 * ```ts
 * type Metres = number & { readonly unit?: 'm' }
 * const length = (x: Var<number>): Var<Metres> => coerceVar<Metres, number>(x)
 * ```
 */
export function coerceVar<B, A>(x: Var<A>): Var<B> {
  return x as unknown as Var<B>
}

/**
 * Two functions, each the other's inverse: `from(to(a)) = a`. For ops they must be linear, as a change of representation is.
 *
 * @example
 * ```ts
 * const complex: Iso<readonly [number, number], { re: number; im: number }> = {
 *   to: ([re, im]) => ({ re, im }),
 *   from: ({ re, im }) => [re, im],
 * }
 * ```
 */
export interface Iso<A, B> {
  /** The way there. */
  readonly to: (a: A) => B
  /** The way back. */
  readonly from: (b: B) => A
}

/**
 * A change of representation as an op: z = to(x); pullback x̄ = from(z̄), which is right where `to` is linear and
 * keeps inner products, such as taking apart and putting together. Differentiates again. Original: opIso.
 *
 * @param iso the two functions, on plain values
 * @param name what messages call it
 * @shape Iso<A, B> → Op<[A], B>
 * @throws {StructureMismatchError} (from the walk back) when `from` gives another structure than the input's.
 * @example
 * ```ts
 * const pair = opIso({
 *   to: (v: Vector<2>) => ({ x: v.at(0), y: v.at(1) }),
 *   from: ({ x, y }) => vector([x, y], 2),
 * })
 * gradBP((v: Var<Vector<2>>) => pair(v).x.mul(3))(vector([1, 2], 2)).toArray() // → [3, 0]
 * ```
 */
export function opIso<A, B>(iso: Iso<A, B>, name = 'opIso'): Op<[A], B> {
  const forth: UserOp = new UserOp(name, iso.to, (cotangent: unknown) => [applyHost1(back, cotangent)])
  const back: UserOp = new UserOp(name, iso.from, (cotangent: unknown) => [applyHost1(forth, cotangent)])
  return ((x: unknown) => applyHost1(forth, x)) as Op<[A], B>
}

/**
 * A part of a value: `get` reads it, `set` gives a value in which it is replaced.
 *
 * @example
 * ```ts
 * const first: Lens<readonly number[], number> = { get: xs => xs[0], set: (xs, x) => [x, ...xs.slice(1)] }
 * ```
 */
export interface Lens<S, A> {
  /** The part. */
  readonly get: (whole: S) => A
  /** The whole with another part. */
  readonly set: (whole: S, part: A) => S
}

/**
 * The part that a lens looks at, as an op: z = get(x); pullback x̄ = set(0, z̄), zero but for the part. Differentiates
 * again. For records and arrays a property access does the same, at no cost. Original: opLens.
 *
 * @param lens the lens, on plain values
 * @param name what messages call it
 * @shape Lens<S, A> → Op<[S], A>
 * @throws {StructureMismatchError} (from the walk back) when `set` gives another structure than the input's.
 * @example
 * ```ts
 * const second = opLens({ get: (x: Float64Array) => x[1], set: (x, x1) => x.with(1, x1) })
 * gradBP((x: Var<Float64Array>) => second(x).mul(5))(Float64Array.of(1, 2, 3)) // → [0, 5, 0]
 * ```
 */
export function opLens<S, A>(lens: Lens<S, A>, name = 'opLens'): Op<[S], A> {
  const set = lens.set as (whole: unknown, part: unknown) => unknown
  const view: UserOp = new UserOp(name, lens.get, (cotangent: unknown, whole: unknown) => {
    const zero = zeroOf(mapLeaves(whole, '', leaf => valueOf(leaf as AnyVar)))
    const embed = new UserOp(
      name,
      (part: unknown) => set(zero, part),
      (wholeCotangent: unknown) => [applyHost1(view, wholeCotangent)],
    )
    return [applyHost1(embed, cotangent)]
  })
  return ((x: unknown) => applyHost1(view, x)) as Op<[S], A>
}

/**
 * An op from a function of variables: opOf(f)(…xs) = f(…xs), where plain values may stand for variables. Its
 * records are those of f, so it differentiates as often as f. An op stays what it is. Original: bpOp, implicitly.
 *
 * @param f the function; annotate its parameters
 * @shape (…BVar) ↦ BVar → Op
 * @throws {UsageError} when f is no function.
 * @example
 * ```ts
 * const norm = opOf((x: Var<number>, y: Var<number>) => x.mul(x).add(y.mul(y)).sqrt())
 * runOp(norm)(3, 4) // → 5
 * gradOp(norm)(3, 4) // → [0.6, 0.8]
 * ```
 */
export function opOf<Vs extends readonly unknown[], W>(f: (...vars: Vs) => W): Op<Primals<Vs>, Primal<W>> {
  if (typeof f !== 'function') throw new UsageError('opOf: the argument must be a function of variables.')
  const op = (...inputs: unknown[]): unknown =>
    (f as unknown as (...vars: unknown[]) => unknown)(...inputs.map(liftAll))
  return withLength(op, f.length) as Op<Primals<Vs>, Primal<W>>
}

/**
 * Feeds one op with several others, which get the same inputs: composeOp([f, g], h)(…xs) = h(f(…xs), g(…xs)). What
 * comes back to an input by several ways adds up. Original: composeOp.
 *
 * @param ops the ops that get the inputs, as many as `outer` has inputs
 * @param outer the op that gets their results
 * @shape Op<Ins, Mᵢ>, Op<[M₁, M₂, …], Out> → Op<Ins, Out>
 * @throws nothing
 * @example
 * ```ts
 * const sum2: Op<[number, number], number> = addOp
 * const product: Op<[number, number], number> = mulOp
 * gradOp(composeOp([sum2, product], product))(2, 3) // → [21, 16]
 * ```
 */
export function composeOp<Ins extends readonly unknown[], Mids extends readonly unknown[], Out>(
  ops: readonly Op<Ins, unknown>[] & { readonly [K in keyof Mids]: Op<Ins, Mids[K]> },
  outer: Op<Mids, Out>,
): Op<Ins, Out> {
  const all = ops as unknown as readonly ((...inputs: unknown[]) => unknown)[]
  const last = outer as (...inputs: unknown[]) => unknown
  return ((...inputs: unknown[]) => last(...all.map(op => op(...inputs)))) as Op<Ins, Out>
}

/**
 * One op after another: composeOp1(f, g)(…xs) = g(f(…xs)). Original: composeOp1, `~.`.
 *
 * @param inner the op that gets the inputs
 * @param outer the op that gets its result
 * @shape Op<Ins, M>, Op<[M], Out> → Op<Ins, Out>
 * @throws nothing
 * @example
 * ```ts
 * const product: Op<[number, number], number> = mulOp
 * const root: Op<[number], number> = sqrtOp
 * runOp(composeOp1(product, root))(2, 8) // → 4
 * ```
 */
export function composeOp1<Ins extends readonly unknown[], Mid, Out>(
  inner: Op<Ins, Mid>,
  outer: Op<[Mid], Out>,
): Op<Ins, Out> {
  const first = inner as (...inputs: unknown[]) => unknown
  const last = outer as (x: unknown) => unknown
  return ((...inputs: unknown[]) => last(first(...inputs))) as Op<Ins, Out>
}

/**
 * An op without a gradient: noGrad(f)(…xs) = f(…xs). If its gradient is needed that is an error, never a silent
 * zero; where zero is meant take `stopGradient`. Original: noGrad.
 *
 * @param f a function of plain values; annotate its parameters
 * @param name what messages call it; by default the function's own name
 * @shape (…plain) ↦ plain → Op
 * @throws {NoGradientError} (from the walk back) when its gradient is needed.
 * @example
 * ```ts
 * const floor = noGrad((x: number) => Math.floor(x))
 * evalBP((x: Var<number>) => floor(x))(2.5) // → 2
 * gradBP((x: Var<number>) => floor(constVar(2.5)).mul(x))(1) // → 2
 * ```
 */
export function noGrad<Ins extends readonly unknown[], C>(f: (...inputs: Ins) => C, name?: string): Op<Ins, C> {
  const plain = userOp('noGrad', f, name, undefined)
  const op = new UserOp(plain.name, (...inputs: never[]) => [
    plain.primal(...inputs),
    () => {
      throw new NoGradientError(plain.name)
    },
  ])
  return ((...inputs: unknown[]) => applyHost(op, inputs)) as Op<Ins, C>
}

/** An op of one input without a gradient: noGrad1(f)(x) = f(x). Original: noGrad1. @sameAs noGrad */
export function noGrad1<A, C>(f: (x: A) => C, name?: string): Op<[A], C> {
  return noGrad(f, name)
}

/**
 * The value of an op at plain inputs: runOp(op)(…xs) = op(…xs). Inside a run, with a variable among the inputs, it is
 * the op itself. Original: runOp, evalOp.
 *
 * @param op the op
 * @shape Op<Ins, Out> → (…Ins) ↦ Out
 * @throws {UnknownLeafError} when an input has a leaf that cannot be differentiated.
 * @example
 * ```ts
 * const f = op2((x: number, y: number) => [x * Math.sqrt(y), dz => [dz * Math.sqrt(y), (dz * x) / (2 * Math.sqrt(y))]])
 * runOp(f)(3, 4) // → 6
 * ```
 */
export function runOp<Ins extends readonly unknown[], Out>(op: Op<Ins, Out>): Evaluated<Variables<Ins>, BVar<Out>> {
  return evalBP(op as never) as never
}

/**
 * The gradient of an op at plain inputs, the result being seeded with ones: gradOp(op)(…xs) = op′(…xs)ᵀ·1, bare for one
 * input, a tuple for several. Original: gradOp.
 *
 * @param op the op
 * @shape Op<Ins, Out> → (…Ins) ↦ the structure of the inputs
 * @throws {UnknownLeafError} when an input has a leaf that cannot be differentiated.
 * @throws {NoGradientError} when the op has none.
 * @example
 * ```ts
 * const f = op2((x: number, y: number) => [x * Math.sqrt(y), dz => [dz * Math.sqrt(y), (dz * x) / (2 * Math.sqrt(y))]])
 * gradOp(f)(3, 4) // → [2, 0.75]
 * ```
 */
export function gradOp<Ins extends readonly unknown[], Out>(op: Op<Ins, Out>): Gradient<Variables<Ins>> {
  return gradBP(op as never)
}

/**
 * The pullback of an op at plain inputs: gradOpWith(op)(…xs)(z̄) = op′(…xs)ᵀ·z̄. Original: gradOpWith.
 *
 * @param op the op
 * @shape Op<Ins, Out> → (…Ins) ↦ cotangent ↦ the structure of the inputs
 * @throws {StructureMismatchError} when the cotangent has another structure than the result.
 * @throws {NoGradientError} when the op has none.
 * @example
 * ```ts
 * const product: Op<[number, number], number> = mulOp
 * gradOpWith(product)(3, 4)(10) // → [40, 30]
 * ```
 */
export function gradOpWith<Ins extends readonly unknown[], Out>(
  op: Op<Ins, Out>,
): (...inputs: Readonly<Ins>) => (cotangent: Out) => GradientOf<Ins> {
  const pullbackAt = backpropWith(op as never) as unknown as (...inputs: unknown[]) => [unknown, unknown]
  return (...inputs) => pullbackAt(...inputs)[1] as (cotangent: Out) => GradientOf<Ins>
}

/** Bare for one input, a tuple for several. */
type GradientOf<Ins extends readonly unknown[]> = Ins extends readonly [infer A]
  ? A
  : { -readonly [K in keyof Ins]: Ins[K] }
