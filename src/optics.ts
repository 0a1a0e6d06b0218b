/**
 * Parts of leaves that hold a structure of their own, values of users' types for example: lenses, isomorphisms, prisms,
 * traversals. Of records, tuples, arrays and unions the parts are variables already, for JavaScript to take.
 */
import { Boxed, boxed } from './boxed.ts'
import { spaceOf } from './differentiable.ts'
import { UsageError } from './errors.ts'
import { applyHost, applyHost1, UserOp } from './host.ts'
import { type Iso, type Lens, opIso, opLens } from './op.ts'
import { zeroOf } from './space.ts'
import type { AnyTensor, BVar, Mixed, Static } from './types.ts'
import { Var } from './var.ts'

/** A value with a variable, or a plain value, at each leaf. */
type Given<A> = Mixed<BVar<A>>

/**
 * One constructor of a sum: `match` gives what it holds, or undefined for another constructor; `build` makes it.
 *
 * @example
 * ```ts
 * type Reply = readonly ['value', number] | readonly ['failure', string]
 * const value: Prism<Reply, number> = {
 *   match: reply => (reply[0] === 'value' ? reply[1] : undefined),
 *   build: x => ['value', x],
 * }
 * ```
 */
export interface Prism<S, A> {
  /** What the constructor holds, if the value is made by it. */
  readonly match: (whole: S) => A | undefined
  /** The value that holds it. */
  readonly build: (part: A) => S
}

/**
 * Any number of parts of a value, all of one type: `getAll` reads them, `setAll` gives a value in which they are replaced by
 * as many others.
 *
 * @example
 * ```ts
 * const elements: Traversal<Float64Array, number> = { getAll: x => [...x], setAll: (_, parts) => Float64Array.from(parts) }
 * ```
 */
export interface Traversal<S, A> {
  /** The parts. */
  readonly getAll: (whole: S) => readonly A[]
  /** The whole with other parts. */
  readonly setAll: (whole: S, parts: readonly A[]) => S
}

/**
 * An isomorphism from its two functions: from(to(a)) = a. Annotate the parameter of `to`; write a tuple as `[…] as const`.
 * For ops it must be linear and keep inner products, as taking apart and putting together does. Original: iso.
 *
 * @param to the way there
 * @param from the way back
 * @shape A ↦ B, B ↦ A → Iso<A, B>
 * @throws nothing
 * @example
 * ```ts
 * const halves = iso(
 *   (x: Float64Array) => [x.slice(0, 2), x.slice(2)] as const,
 *   ([a, b]) => Float64Array.of(...a, ...b),
 * )
 * const last = (x: Var<Float64Array>) => partsVar(halves, x)[1]
 * gradBP(last)(Float64Array.of(1, 2, 3)) // → [0, 0, 1]
 * ```
 */
export function iso<A, B>(to: (a: A) => B, from: (b: NoInfer<B>) => NoInfer<A>): Iso<A, B> {
  return { to, from }
}

/**
 * A lens from its two functions: get(set(s, a)) = a, set(s, get(s)) = s, set(set(s, a), b) = set(s, b). Annotate the
 * parameter of `get`.
 *
 * @param get reads the part
 * @param set gives the whole with another part
 * @shape S ↦ A, (S, A) ↦ S → Lens<S, A>
 * @throws nothing
 * @example
 * ```ts
 * const second = lens((x: Float64Array) => x[1] ?? NaN, (x, part) => x.with(1, part))
 * gradBP((x: Var<Float64Array>) => viewVar(second, x).mul(5))(Float64Array.of(1, 2, 3)) // → [0, 5, 0]
 * ```
 */
export function lens<S, A>(get: (whole: S) => A, set: (whole: NoInfer<S>, part: NoInfer<A>) => NoInfer<S>): Lens<S, A> {
  return { get, set }
}

/**
 * A prism from its two functions: match(build(a)) = a. Annotate the parameter of `match`.
 *
 * @param match what the constructor holds, undefined for another one
 * @param build makes the value
 * @shape S ↦ A | undefined, A ↦ S → Prism<S, A>
 * @throws nothing
 * @example
 * ```ts
 * const single = prism((x: Float64Array) => (x.length === 1 ? x[0] : undefined), x => Float64Array.of(x))
 * const f = (x: Var<Float64Array>) => previewVar(single, x) ?? constVar(7)
 * gradBP(f)(Float64Array.of(3)) // → [1]
 * gradBP(f)(Float64Array.of(3, 4)) // → [0, 0]
 * ```
 */
export function prism<S, A>(match: (whole: S) => A | undefined, build: (part: NoInfer<A>) => NoInfer<S>): Prism<S, A> {
  return { match, build }
}

/**
 * A traversal from its two functions, lawful as a lens of a list: getAll(setAll(s, parts)) = parts, and so on. Annotate the
 * parameter of `getAll`.
 *
 * @param getAll reads the parts
 * @param setAll gives the whole with other parts, as many
 * @shape S ↦ A[], (S, A[]) ↦ S → Traversal<S, A>
 * @throws nothing
 * @example
 * ```ts
 * const elements = traversal((x: Float64Array) => [...x], (_, parts) => Float64Array.from(parts))
 * const product = (x: Var<Float64Array>) => toListOfVar(elements, x).reduce((a, b) => a.mul(b))
 * gradBP(product)(Float64Array.of(2, 3, 5)) // → [15, 10, 6]
 * ```
 */
export function traversal<S, A>(
  getAll: (whole: S) => readonly A[],
  setAll: (whole: NoInfer<S>, parts: readonly NoInfer<A>[]) => NoInfer<S>,
): Traversal<S, A> {
  return { getAll, setAll }
}

/**
 * The part that a lens looks at, as a variable: viewVar(l, s) = get(s). Pullback: s̄ += set(0, ā). Original: `^^.`,
 * viewVar.
 *
 * @param lens the lens
 * @param whole the variable
 * @shape Lens<S, A>, S → A
 * @throws {StructureMismatchError} (from the walk back) when `set` gives another structure than the whole's.
 * @example
 * ```ts
 * const first = lens((x: Float64Array) => x[0] ?? NaN, (x, part) => x.with(0, part))
 * gradBP((x: Var<Float64Array>) => viewVar(first, x).pow(2))(Float64Array.of(3, 4)) // → [6, 0]
 * ```
 */
export function viewVar<S, A>(lens: Lens<S, A>, whole: NoInfer<Given<S>>): BVar<A> {
  return opLens(lens, 'viewVar')(whole)
}

/**
 * The whole with another part: setVar(l, a, s) = set(s, a). Pullback: ā += get(s̄'), s̄ += set(s̄', 0), where s̄' is the
 * result's cotangent. Original: `.~~`, setVar.
 *
 * @param lens the lens
 * @param part the new part
 * @param whole the variable
 * @shape Lens<S, A>, A, S → S
 * @throws {StructureMismatchError} (from the walk back) when `get` gives another structure than the part's.
 * @example
 * ```ts
 * const first = lens((x: Float64Array) => x[0] ?? NaN, (x, part) => x.with(0, part))
 * const f = (a: Var<number>, x: Var<Float64Array>) => setVar(first, a, x)
 * evalBP(f)(7, Float64Array.of(3, 4)) // → [7, 4]
 * gradBP(f)(7, Float64Array.of(3, 4)) // → [1, [0, 1]]
 * ```
 */
export function setVar<S, A>(lens: Lens<S, A>, part: NoInfer<Given<A>>, whole: NoInfer<Given<S>>): BVar<S> {
  const clear: UserOp = new UserOp(
    'setVar',
    (x: S) => lens.set(x, lens.get(zeroOf(x))),
    (cotangent: unknown) => [applyHost1(clear, cotangent)], // a projection: its own adjoint
  )
  const set = new UserOp(
    'setVar',
    (a: A, x: S) => lens.set(x, a),
    (cotangent: Given<S>) => [viewVar(lens, cotangent), applyHost1(clear, cotangent)],
  )
  return applyHost(set, [part, whole]) as BVar<S>
}

/**
 * The whole with its part changed by a function of variables: overVar(l, f, s) = set(s, f(get(s))). Original: `%~~`,
 * overVar.
 *
 * @param lens the lens
 * @param f the function of the part
 * @param whole the variable
 * @shape Lens<S, A>, A ↦ A, S → S
 * @throws {StructureMismatchError} (from the walk back) when the lens gives other structures than it gets.
 * @example
 * ```ts
 * const first = lens((x: Float64Array) => x[0] ?? NaN, (x, part) => x.with(0, part))
 * const f = (x: Var<Float64Array>) => overVar(first, a => a.mul(a), x)
 * evalBP(f)(Float64Array.of(3, 4)) // → [9, 4]
 * gradBP(f)(Float64Array.of(3, 4)) // → [6, 1]
 * ```
 */
export function overVar<S, A>(lens: Lens<S, A>, f: (part: BVar<A>) => Given<A>, whole: NoInfer<Given<S>>): BVar<S> {
  return setVar(lens, f(viewVar(lens, whole)), whole)
}

/**
 * The parts of a leaf, as variables in the structure that an isomorphism leads to: isoVar(i, x) = to(x). One record, however
 * many parts there are. Pullback: x̄ += from(z̄).
 *
 * To a tuple or a record it takes a product apart (partsVar), to a union a sum (choicesVar), to a union of records a sum of
 * products (sopVar): what it is can then be asked by `match`, and the gradient has the same constructor. Original: isoVar,
 * partsVar, choicesVar, sopVar.
 *
 * @param iso the isomorphism
 * @param x the variable
 * @shape Iso<A, B>, A → B
 * @throws {StructureMismatchError} (from the walk back) when `from` gives another structure than x has.
 * @example
 * ```ts
 * const parts = iso((x: Float64Array) => ({ head: x[0] ?? NaN, tail: x.slice(1) }), p => Float64Array.of(p.head, ...p.tail))
 * const f = (x: Var<Float64Array>) => {
 *   const { head } = isoVar(parts, x)
 *   return head.mul(head)
 * }
 * gradBP(f)(Float64Array.of(3, 4)) // → [6, 0]
 * ```
 */
export function isoVar<A, B>(iso: Iso<A, B>, x: NoInfer<Given<A>>): BVar<B> {
  return opIso(iso, 'isoVar')(x)
}

/**
 * The same from several variables, which are made one value: isoVarN(i, …xs) = to([…xs]). Original: isoVarN, isoVar2,
 * isoVar3.
 *
 * @param iso the isomorphism, from a tuple
 * @param xs the variables, as many as the tuple has elements
 * @shape Iso<[A₁, A₂, …], B>, A₁, A₂, … → B
 * @throws {StructureMismatchError} (from the walk back) when `from` gives another structure than the tuple has.
 * @example
 * ```ts
 * const pair = iso(([x, y]: readonly [number, number]) => Float64Array.of(x, y), v => [v[0] ?? NaN, v[1] ?? NaN] as const)
 * gradBP((x: Var<number>, y: Var<number>) => isoVar2(pair, x.mul(y), y))(3, 4) // → [4, 4]
 * ```
 */
export function isoVarN<As extends readonly unknown[], B>(
  iso: Iso<As, B>,
  ...xs: { readonly [K in keyof As]: NoInfer<Given<As[K]>> }
): BVar<B> {
  return opIso(iso as Iso<unknown, B>, 'isoVarN')(xs)
}

/**
 * What a function makes of the parts of a leaf: withParts(i, x, f) = f(isoVar(i, x)). With a generator function it is a step of
 * a graph in the explicit style: yield* withParts(i, x, function* (parts) { … }). Original: withParts, withChoices.
 *
 * @param iso the isomorphism
 * @param x the variable
 * @param f the function of the parts
 * @shape Iso<A, B>, A, B ↦ C → C
 * @throws {StructureMismatchError} (from the walk back) when `from` gives another structure than x has.
 * @example
 * ```ts
 * const pair = iso((v: Float64Array) => [v[0] ?? NaN, v[1] ?? NaN] as const, ([x, y]) => Float64Array.of(x, y))
 * gradBP((v: Var<Float64Array>) => withParts(pair, v, ([x, y]) => x.mul(y)))(Float64Array.of(3, 4)) // → [4, 3]
 * ```
 */
export function withParts<A, B, C>(iso: Iso<A, B>, x: NoInfer<Given<A>>, f: (parts: BVar<B>) => C): C {
  return f(isoVar(iso, x))
}

/**
 * What is in a box, as variables: splitVars(x) = x.value, taken apart. Original: splitVars.
 *
 * @param x a variable that holds a box
 * @shape Boxed<T> → T
 * @throws {UsageError} when it holds no box, or nothing in the box can be differentiated by itself.
 * @example
 * ```ts
 * type Pair = readonly [number, number]
 * const pairs: Differentiable<Pair> = { zero: zeroOf, one: oneOf, add: addValues }
 * const product = (p: Var<Boxed<Pair>>) => {
 *   const [x, y] = splitVars(p)
 *   return x.mul(y)
 * }
 * gradBP(product)(boxed<Pair>([3, 4], pairs)).value // → [4, 3]
 * ```
 */
export function splitVars<T>(x: Var<Boxed<T>>): BVar<T> {
  const box: unknown = x instanceof Var ? x.value : x
  if (!(box instanceof Boxed)) throw new UsageError('splitVars: the argument must be a variable that holds a box.')
  const { space } = box as Boxed<T>
  return isoVar(
    { to: (whole: Boxed<T>) => whole.value, from: value => boxed(value, space) },
    x as unknown as Given<Boxed<T>>,
  )
}

/** The fields of an instance: what is no method. */
type Fields<C> = {
  [K in keyof C as K extends string ? (C[K] extends (...args: never) => unknown ? never : K) : never]: C[K]
}

/** The variables for the fields of the instance that a variable holds. */
type Split<V> = V extends Var<infer C> ? BVar<Fields<C>> : never

/** Fits a variable that holds an instance with fields; for others the problem, as a type that they do not fit. */
type Splittable<V> =
  V extends Var<infer C>
    ? C extends AnyTensor | ArrayBufferView | number | Static
      ? 'this holds no instance of a class with fields'
      : unknown
    : 'give a variable that holds an instance of a class'

/**
 * The fields of an instance of a class that is one leaf, as a record of variables: gSplit(x) = { …x }. For classes whose own
 * fields are all that they hold; a class with private fields or accessors has its isomorphism written down (isoVar). For an
 * instance of one of several classes with a common tag the result is a union, for `match`. Original: gSplit, gSplits, gTuple,
 * gSOP.
 *
 * @param x a variable that holds the instance
 * @shape an instance → the record of its fields
 * @throws {UsageError} when it holds no instance of a class.
 * @throws {UnknownLeafError} for a field that cannot be differentiated.
 * @example
 * ```ts
 * class Complex {
 *   readonly re: number
 *   readonly im: number
 *   constructor(re: number, im: number) {
 *     this.re = re
 *     this.im = im
 *   }
 *   get [differentiable](): Differentiable<Complex> {
 *     return complexes
 *   }
 * }
 * const complexes: Differentiable<Complex> = {
 *   zero: () => new Complex(0, 0),
 *   one: () => new Complex(1, 0),
 *   add: (a, b) => new Complex(a.re + b.re, a.im + b.im),
 * }
 * const squaredNorm = (z: Var<Complex>) => {
 *   const { re, im } = gSplit(z)
 *   return re.mul(re).add(im.mul(im))
 * }
 * gradBP(squaredNorm)(new Complex(3, 4)) // → { re: 6, im: 8 }
 * ```
 */
export function gSplit<V>(x: V & Splittable<V>): Split<V> {
  const instance: unknown = x instanceof Var ? x.value : x
  if (spaceOf(instance) === undefined || instance instanceof Boxed || ArrayBuffer.isView(instance)) {
    throw new UsageError(
      'gSplit: the argument must be a variable that holds an instance of a class with fields. For a box: splitVars(x).',
    )
  }
  const { to, from } = {
    to: (whole: object) => Object.fromEntries(Object.entries(whole)),
    // What is no field, under a symbol for one, is kept from the instance.
    from: (fields: object) =>
      Object.assign(Object.create(Object.getPrototypeOf(instance) as object) as object, instance, fields),
  }
  return opIso({ to, from }, 'gSplit')(x as never) as Split<V>
}

/** A prism or a traversal as a lens of the list of its parts. */
function listLens<S, A>(optic: Prism<S, A> | Traversal<S, A>): Lens<S, readonly A[]> {
  if ('getAll' in optic) return { get: whole => optic.getAll(whole), set: (whole, parts) => optic.setAll(whole, parts) }
  return {
    get: whole => {
      const part = optic.match(whole)
      return part === undefined ? [] : [part]
    },
    set: (whole, parts) => (parts.length === 0 ? whole : optic.build(parts[0] as A)),
  }
}

function listOf<S, A>(name: string, optic: Prism<S, A> | Traversal<S, A>, whole: Given<S>): BVar<A>[] {
  return opLens(listLens(optic), name)(whole) as unknown as BVar<A>[]
}

/**
 * All parts that a traversal or a prism looks at, as variables: toListOfVar(t, s) = [...getAll(s)]. One record for all of
 * them. Pullback: s̄ += setAll(0, […ās]). Original: `^^..`, toListOfVar.
 *
 * @param optic the traversal, or a prism, which has one part or none
 * @param whole the variable
 * @shape Traversal<S, A>, S → A[]
 * @throws {StructureMismatchError} (from the walk back) when `setAll` or `build` gives another structure than the whole's.
 * @example
 * ```ts
 * const elements = traversal((x: Float64Array) => [...x], (_, parts) => Float64Array.from(parts))
 * const squares = (x: Var<Float64Array>) => toListOfVar(elements, x).map(a => a.mul(a))
 * backprop(squares)(Float64Array.of(2, 3)) // → [[4, 9], [4, 6]]
 * ```
 */
export function toListOfVar<S, A>(optic: Prism<S, A> | Traversal<S, A>, whole: NoInfer<Given<S>>): BVar<A>[] {
  return listOf('toListOfVar', optic, whole)
}

/**
 * What a constructor holds, as a variable, or undefined where the value is made by another one; of a traversal the first
 * part: previewVar(p, s) = match(s). Pullback: s̄ += build(ā), the same constructor. Original: `^^?`, previewVar.
 *
 * @param optic the prism, or a traversal
 * @param whole the variable
 * @shape Prism<S, A>, S → A or undefined
 * @throws {StructureMismatchError} (from the walk back) when `build` gives another structure than the whole's.
 * @example
 * ```ts
 * const single = prism((x: Float64Array) => (x.length === 1 ? x[0] : undefined), x => Float64Array.of(x))
 * const square = (x: Var<Float64Array>) => previewVar(single, x)?.pow(2) ?? constVar(0)
 * gradBP(square)(Float64Array.of(3)) // → [6]
 * gradBP(square)(Float64Array.of(3, 4)) // → [0, 0]
 * ```
 */
export function previewVar<S, A>(optic: Prism<S, A> | Traversal<S, A>, whole: NoInfer<Given<S>>): BVar<A> | undefined {
  return listOf('previewVar', optic, whole)[0]
}
