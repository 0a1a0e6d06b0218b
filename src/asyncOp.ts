/** Ops of the user's own that wait: for a worker, a graphics processor, a server, a file. */
import { UsageError } from './errors.ts'
import { checkPair, evaluatePlainAsync, liftInputs, recordCall, templateOf, type UserOp } from './host.ts'
import type { Pullback } from './hostStore.ts'
import { type Given, userOp, type VarGradient, type Variables } from './op.ts'
import { within } from './run.ts'
import type { Awaitable } from './signatures.ts'
import type { BVar } from './types.ts'

/**
 * An op that waits, as a value. Called on variables, or on plain values that are constants then, it gives a promise of
 * variables. It is a function for `evalBPAsync`, `gradBPAsync` and their like, and is awaited inside of such. Original: OpM.
 *
 * @example
 * ```ts
 * const square: AsyncOp<[number], number> = asyncOp1(async (x: number) => [x * x, dz => [2 * x * dz]])
 * await gradBPAsync(async (x: Var<number>) => (await square(x)).add(x))(3) // → 7
 * ```
 */
export interface AsyncOp<Ins extends readonly unknown[], Out> {
  (...inputs: Given<Ins>): Promise<BVar<Out>>
  (...inputs: Variables<Ins>): Promise<BVar<Out>>
}

/**
 * An op of one input, made of a function of plain values that may wait, on its way forth, on its way back, or both. Either
 * it gives value and pullback, x ↦ [z, z̄ ↦ [x̄]]; or it gives the value, and the second argument is the pullback on
 * variables, (z̄, x, z) ↦ [x̄]. Each of these may be a promise. Original: OpM.
 *
 * The op is recorded when its value is there. Ops that wait at the same time are recorded in the order in which they end;
 * one that its function does not await has no influence, and its variables cannot be used after the run.
 *
 * @param f the function; annotate its parameter
 * @param name what messages call it; by default the function's own name
 * @shape x ↦ promise of [z, z̄ ↦ promise of [x̄]] → AsyncOp<[X], Z>
 * @throws {UsageError} (from the op) in the function of a synchronous operator; as a rejection, when the function does not
 *   give value and pullback.
 * @throws {StructureMismatchError} (from the walk back) when the gradient has another structure than the input.
 * @example
 * ```ts
 * const square = asyncOp1(async (x: number) => [x * x, async dz => [2 * x * dz]])
 * await gradBPAsync(async (x: Var<number>) => (await square(x)).mul(x))(3) // → 27
 * const cube = asyncOp1(async (x: number) => x ** 3, (dz, x) => [dz.mul(x).mul(x).mul(3)])
 * await gradBPAsync(async (x: Var<number>) => cube(x))(2) // → 12
 * ```
 */
export function asyncOp1<A, C>(
  f: (x: A) => Awaitable<readonly [C, (cotangent: NoInfer<C>) => Awaitable<readonly [NoInfer<A>]>]>,
  name?: string,
): AsyncOp<[A], C>
export function asyncOp1<A, C>(
  f: (x: A) => Awaitable<C>,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    x: BVar<NoInfer<A>>,
    z: BVar<NoInfer<C>>,
  ) => Awaitable<VarGradient<[NoInfer<A>]>>,
  name?: string,
): AsyncOp<[A], C>
export function asyncOp1(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('asyncOp1', f, pullbackOrName, name)
  return (x: unknown) => applyAsync(op, [x])
}

/**
 * An op of two inputs that may wait: (x, y) ↦ [z, z̄ ↦ [x̄, ȳ]], or value and pullback on variables,
 * (z̄, x, y, z) ↦ [x̄, ȳ], or promises of these. Original: OpM. @sameAs asyncOp1
 */
export function asyncOp2<A, B, C>(
  f: (x: A, y: B) => Awaitable<readonly [C, (cotangent: NoInfer<C>) => Awaitable<readonly [NoInfer<A>, NoInfer<B>]>]>,
  name?: string,
): AsyncOp<[A, B], C>
export function asyncOp2<A, B, C>(
  f: (x: A, y: B) => Awaitable<C>,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    x: BVar<NoInfer<A>>,
    y: BVar<NoInfer<B>>,
    z: BVar<NoInfer<C>>,
  ) => Awaitable<VarGradient<[NoInfer<A>, NoInfer<B>]>>,
  name?: string,
): AsyncOp<[A, B], C>
export function asyncOp2(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('asyncOp2', f, pullbackOrName, name)
  return (x: unknown, y: unknown) => applyAsync(op, [x, y])
}

/**
 * An op of three inputs that may wait: (x, y, w) ↦ [z, z̄ ↦ [x̄, ȳ, w̄]], or value and pullback on variables,
 * (z̄, x, y, w, z) ↦ [x̄, ȳ, w̄], or promises of these. Original: OpM. @sameAs asyncOp1
 */
export function asyncOp3<A, B, D, C>(
  f: (
    x: A,
    y: B,
    w: D,
  ) => Awaitable<readonly [C, (cotangent: NoInfer<C>) => Awaitable<readonly [NoInfer<A>, NoInfer<B>, NoInfer<D>]>]>,
  name?: string,
): AsyncOp<[A, B, D], C>
export function asyncOp3<A, B, D, C>(
  f: (x: A, y: B, w: D) => Awaitable<C>,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    x: BVar<NoInfer<A>>,
    y: BVar<NoInfer<B>>,
    w: BVar<NoInfer<D>>,
    z: BVar<NoInfer<C>>,
  ) => Awaitable<VarGradient<[NoInfer<A>, NoInfer<B>, NoInfer<D>]>>,
  name?: string,
): AsyncOp<[A, B, D], C>
export function asyncOp3(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('asyncOp3', f, pullbackOrName, name)
  return (x: unknown, y: unknown, w: unknown) => applyAsync(op, [x, y, w])
}

/**
 * An op of any number of inputs that may wait: (…xs) ↦ [z, z̄ ↦ […x̄s]], or value and pullback on variables,
 * (z̄, …xs, z) ↦ […x̄s], or promises of these. Original: OpM. @sameAs asyncOp1
 */
export function asyncOpN<Ins extends readonly unknown[], C>(
  f: (...inputs: Ins) => Awaitable<readonly [C, (cotangent: NoInfer<C>) => Awaitable<Readonly<NoInfer<Ins>>>]>,
  name?: string,
): AsyncOp<Ins, C>
export function asyncOpN<Ins extends readonly unknown[], C>(
  f: (...inputs: Ins) => Awaitable<C>,
  pullback: (
    cotangent: BVar<NoInfer<C>>,
    ...inputsAndResult: [...Variables<NoInfer<Ins>>, BVar<NoInfer<C>>]
  ) => Awaitable<VarGradient<NoInfer<Ins>>>,
  name?: string,
): AsyncOp<Ins, C>
export function asyncOpN(f: unknown, pullbackOrName?: unknown, name?: string): unknown {
  const op = userOp('asyncOpN', f, pullbackOrName, name)
  return (...inputs: unknown[]) => applyAsync(op, inputs)
}

/** Applies an op that waits. */
function applyAsync(op: UserOp, inputs: readonly unknown[]): Promise<unknown> {
  if (templateOf(inputs) !== undefined) throw waits(op.name, 'the function of vmap')
  const { vars, values, owner } = liftInputs(op.name, inputs)
  // Thrown, not as a rejection: nobody awaits in the function of a synchronous operator.
  if (owner?.isAsync === false) throw waits(op.name, 'the function of a synchronous operator')
  const call = async (): Promise<unknown> => {
    const result = await within(undefined, () => op.primal(...(values as never[])))
    const { onVars } = op
    if (onVars === undefined) return recordCall(op, vars, owner, ...checkPair(op.name, result))
    const pullback: Pullback = cotangent => evaluatePlainAsync(onVars, [cotangent, ...values, result])
    return recordCall(op, vars, owner, result, pullback)
  }
  return call()
}

/** The error for an op that waits where nothing can be awaited. */
function waits(op: string, where: string): UsageError {
  return new UsageError(
    `${op}: this op waits, which ${where} cannot. Take gradBPAsync, evalBPAsync or backpropAsync, and await the op there.`,
  )
}
