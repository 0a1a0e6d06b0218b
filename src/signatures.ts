/**
 * The types of the operators: what is inferred from a function of variables, and what is said where it cannot be
 * differentiated. Types only.
 */
import type { Resident } from './resident.ts'
import type { Mixed, NotDifferentiable, Plain, Primal, ReadOnly, Static, Valid } from './types.ts'

/**
 * What an operator takes: a function of variables. It may be what another operator has made. Vs and W are then those of the
 * last of its signatures, which is the one on plain values; O is its type on variables, and for any other function unknown.
 */
export type FunctionOf<Vs extends readonly unknown[], W, O, Wanted = ValidResult<ResultOf<O, W>>> = Checked<
  Vs,
  W,
  O,
  Wanted
> &
  ((...args: Vs) => W)

/** The same for one that may wait. */
export type AsyncFunctionOf<Vs extends readonly unknown[], W, O> = Checked<Vs, W, O> & ((...args: Vs) => Awaitable<W>)

/** The same for one of parameters, by which it is differentiated, and of data. */
export type FunctionOfParameters<
  P,
  Data extends readonly unknown[],
  W,
  O,
  Wanted = ValidResult<ResultOf<O, W>>,
> = Checked<readonly [P, ...Data], W, O, Wanted> & ((parameters: P, ...data: Data) => W)

/** The same where the arguments are known before the function is. */
export type FunctionOn<Vs extends readonly unknown[], W, O> = ((...args: Vs) => ResultOf<O, W>) & Checked<Vs, W, O>

/** The arguments, variables, of such a function. */
export type ArgumentsOf<O, Vs extends readonly unknown[]> = [O] extends [(...args: infer Us) => unknown] ? Us : Vs

/** Its parameters. */
export type ParametersOf<O, P> = [O] extends [(parameters: infer Q, ...data: infer _) => unknown] ? Q : P

/** Its data. */
export type DataOf<O, Data extends readonly unknown[]> = [O] extends [
  (parameters: infer _, ...data: infer Us) => unknown,
]
  ? Us
  : Data

/** Its result. */
export type ResultOf<O, W> = [O] extends [(...args: never) => infer U] ? U : W

/**
 * What fits if the arguments are made of variables and the result is `Wanted`. O is inferred from it. It stands in front of
 * the function's own type, since the compiler reports what does not fit first.
 */
type Checked<Vs extends readonly unknown[], W, O, Wanted = ValidResult<ResultOf<O, W>>> = Fitting<
  ArgumentsOf<O, Vs>,
  ResultOf<O, W>,
  Wanted
> &
  Partial<Operator<O>>

/**
 * `unknown` if the arguments are made of variables and the result is `Wanted`; otherwise a type that the function does not
 * fit, and that has the repair in the place where they differ: the compiler's message ends with it.
 */
type Fitting<Vs extends readonly unknown[], W, Wanted> =
  HasUnknown<Vs> extends true
    ? 'annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …'
    : Vs extends ValidArguments<Vs>
      ? [W] extends [Wanted]
        ? unknown
        : (...args: never) => Wanted
      : (...args: ValidArguments<Vs>) => unknown

/** Is the type of some argument unknown? */
type HasUnknown<Vs extends readonly unknown[]> = true extends {
  [K in keyof Vs]: unknown extends Vs[K] ? true : false
}[number]
  ? true
  : false

type ValidArguments<Vs extends readonly unknown[]> = {
  [K in keyof Vs]: Valid<Vs[K], NotDifferentiable<'annotate it as Var<…>, or as BVar<…> for a structure'>>
}

/** W if it is made of variables; otherwise the repair, in the place of what is not. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a result returns
export type ValidResult<W> = [W] extends [Static | void]
  ? 'return what the ops give: the result holds no variable'
  : [W] extends [PromiseLike<unknown>]
    ? 'for a function that waits take gradBPAsync, evalBPAsync, …'
    : undefined extends W
      ? 'return null where there is no result: undefined is what a forgotten return gives'
      : Valid<W, 'return a variable: leave out .value, or use constVar(…)'>

/** What a call takes. */
export type PlainArguments<Vs extends readonly unknown[]> = { [K in keyof Vs]: Plain<Primal<Vs[K]>> }

/** What a call inside another run takes: variables, and plain values or resident parameters beside them. */
export type MixedArguments<Vs extends readonly unknown[]> = {
  [K in keyof Vs]: Mixed<Vs[K]> | Resident<Primal<Vs[K]>> | Resident<ReadOnly<Primal<Vs[K]>>>
}

/**
 * These arguments and no more, also where the function is passed on: each argument has a gradient, so the index that
 * `xs.map(gradBP(f))` passes would make a tuple of the result.
 */
type Exactly<Args extends readonly unknown[]> = [...Args, ...nothingMore: never[]]

/** The positions of the arguments, as numbers. */
type Index<Vs extends readonly unknown[]> = number extends Vs['length']
  ? number
  : Exclude<Partial<Vs>['length'], Required<Vs>['length']> & number

/** What may choose arguments: a position, or several. (A conditional type, so that messages show the positions themselves.) */
export type Positions<Vs extends readonly unknown[]> =
  Index<Vs> extends infer I extends number ? I | readonly I[] : never

/**
 * What belongs to the arguments that `wrt` chooses: bare for one, a tuple for several; for all if it is undefined, and then
 * either, where optional or rest parameters leave open how many there are.
 */
export type Chosen<Ts extends readonly unknown[], I> = I extends number
  ? Ts[I]
  : I extends readonly number[]
    ? { -readonly [K in keyof I]: Ts[I[K] & keyof Ts] }
    : Ts extends readonly [infer T]
      ? T
      : 1 extends Ts['length']
        ? Ts[0] | { -readonly [K in keyof Ts]: Ts[K] }
        : { -readonly [K in keyof Ts]: Ts[K] }

/** The gradient by the chosen arguments. */
export type PlainGradient<Vs extends readonly unknown[], I> = Chosen<{ [K in keyof Vs]: Primal<Vs[K]> }, I>

/**
 * The gradient as it is returned: what was given as `into`, if anything was. Where G is its own constraint nothing was
 * inferred for it, as for an array literal: that is plain.
 */
type Returned<Gradient, G> = [G] extends [never] ? Gradient : Plain<Gradient> extends G ? Gradient : G

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
  /**
   * Where to write the gradient: plain tensors or resident parameters, in the gradient's structure. They are overwritten
   * and returned; resident ones without a copy.
   */
  readonly into?: G
}

/**
 * What `compile` takes: a function that an operator has made. F is its type on variables.
 *
 * @example
 * ```ts
 * const slopes: Operator[] = [gradBP((x: Var<number>) => x.mul(x)), gradBP((x: Var<number>) => x.exp())]
 * ```
 */
export interface Operator<F = unknown> {
  /** Never there; by it the type checker tells such a function from any other. */
  readonly 'made by an operator': F
}

// Why four signatures each: a call is resolved to the first that fits, plain before variables before a mixture. The last
// repeats the first, because TypeScript infers from the last where the function is passed on (`xs.map(evalBP(f))`,
// `minimise(gradBP(loss), start)`), and of four it reports the last alone. Their `this`, which may be anything, tells the two
// apart: of two alike an intersection, as `compile` gives, would keep the first only.

/** Any `this`: not `unknown`, to be told from it. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- where there is none
export type Anything = object | number | Static | void

/**
 * What `evalBP` gives: W of variables, P of plain values.
 *
 * @example
 * ```ts
 * const double: Evaluated<[Var<number>], Var<number>> = evalBP((x: Var<number>) => x.mul(2))
 * ```
 */
export interface Evaluated<Vs extends readonly unknown[], W, P = Primal<W>> extends Operator<(...args: Vs) => W> {
  (this: unknown, ...args: PlainArguments<Vs>): P
  (...args: Vs): W
  (...args: MixedArguments<Vs>): W
  (this: Anything, ...args: PlainArguments<Vs>): P
}

/**
 * What `gradBP` gives.
 *
 * @example
 * ```ts
 * const slope: Gradient<[Var<number>]> = gradBP((x: Var<number>) => x.mul(x))
 * ```
 */
export interface Gradient<Vs extends readonly unknown[], I = undefined, G = never> extends Operator<
  (...args: Vs) => Chosen<Vs, I>
> {
  (this: unknown, ...args: Exactly<PlainArguments<Vs>>): Returned<PlainGradient<Vs, I>, G>
  (...args: Exactly<Vs>): Chosen<Vs, I>
  (...args: Exactly<MixedArguments<Vs>>): Chosen<Vs, I>
  (this: Anything, ...args: Exactly<PlainArguments<Vs>>): Returned<PlainGradient<Vs, I>, G>
}

/**
 * What `backprop` gives.
 *
 * @example
 * ```ts
 * const both: Backprop<[Var<number>], Var<number>> = backprop((x: Var<number>) => x.mul(x))
 * ```
 */
export interface Backprop<Vs extends readonly unknown[], W, I = undefined, G = never> extends Operator<
  (...args: Vs) => [value: W, gradient: Chosen<Vs, I>]
> {
  (this: unknown, ...args: Exactly<PlainArguments<Vs>>): [value: Primal<W>, gradient: Returned<PlainGradient<Vs, I>, G>]
  (...args: Exactly<Vs>): [value: W, gradient: Chosen<Vs, I>]
  (...args: Exactly<MixedArguments<Vs>>): [value: W, gradient: Chosen<Vs, I>]
  (
    this: Anything,
    ...args: Exactly<PlainArguments<Vs>>
  ): [value: Primal<W>, gradient: Returned<PlainGradient<Vs, I>, G>]
}

/**
 * What `backpropWith` gives.
 *
 * @example
 * ```ts
 * const linear: BackpropWith<[Var<number>], Var<number>> = backpropWith((x: Var<number>) => x.mul(x))
 * ```
 */
export interface BackpropWith<Vs extends readonly unknown[], W, I = undefined> {
  (...args: Exactly<PlainArguments<Vs>>): [value: Primal<W>, pullback: (cotangent: Primal<W>) => PlainGradient<Vs, I>]
  (...args: Exactly<Vs>): [value: W, pullback: (cotangent: Mixed<W>) => Chosen<Vs, I>]
  (...args: Exactly<MixedArguments<Vs>>): [value: W, pullback: (cotangent: Mixed<W>) => Chosen<Vs, I>]
  (...args: Exactly<PlainArguments<Vs>>): [value: Primal<W>, pullback: (cotangent: Primal<W>) => PlainGradient<Vs, I>]
}

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>

/**
 * What `evalBPAsync` gives.
 *
 * @example
 * ```ts
 * const double: EvaluatedAsync<[Var<number>], Var<number>> = evalBPAsync(async (x: Var<number>) => x.mul(2))
 * ```
 */
export type EvaluatedAsync<Vs extends readonly unknown[], W> = (...args: PlainArguments<Vs>) => Promise<Primal<W>>

/**
 * What `gradBPAsync` gives.
 *
 * @example
 * ```ts
 * const slope: GradientAsync<[Var<number>]> = gradBPAsync(async (x: Var<number>) => x.mul(x))
 * ```
 */
export type GradientAsync<Vs extends readonly unknown[], I = undefined, G = never> = (
  ...args: Exactly<PlainArguments<Vs>>
) => Promise<Returned<PlainGradient<Vs, I>, G>>

/**
 * What `backpropAsync` gives.
 *
 * @example
 * ```ts
 * const both: BackpropAsync<[Var<number>], Var<number>> = backpropAsync(async (x: Var<number>) => x.mul(x))
 * ```
 */
export type BackpropAsync<Vs extends readonly unknown[], W, I = undefined, G = never> = (
  ...args: Exactly<PlainArguments<Vs>>
) => Promise<[value: Primal<W>, gradient: Returned<PlainGradient<Vs, I>, G>]>

/**
 * What `backpropWithAsync` gives.
 *
 * @example
 * ```ts
 * const linear: BackpropWithAsync<[Var<number>], Var<number>> = backpropWithAsync(async (x: Var<number>) => x.mul(x))
 * ```
 */
export type BackpropWithAsync<Vs extends readonly unknown[], W, I = undefined> = (
  ...args: Exactly<PlainArguments<Vs>>
) => Promise<[value: Primal<W>, pullback: (cotangent: Primal<W>) => Promise<PlainGradient<Vs, I>>]>
