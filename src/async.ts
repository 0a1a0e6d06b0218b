/** The operators for functions that wait. */
import { Invocation, type VarFunction, type Wrt } from './differentiate.ts'
import { UsageError } from './errors.ts'
import { checkArguments, checkOptions, choose, GRADIENT_OPTIONS } from './grad.ts'
import { openAsyncRun } from './run.ts'
import type {
  ArgumentsOf,
  AsyncFunctionOf,
  BackpropAsync,
  BackpropWithAsync,
  EvaluatedAsync,
  GradientAsync,
  GradientOptions,
  PlainGradient,
  Positions,
  ResultOf,
} from './signatures.ts'
import { Snapshot } from './snapshot.ts'
import { mapLeaves, someLeaf } from './structure.ts'
import { Target } from './target.ts'
import type { Plain } from './types.ts'
import { Var } from './var.ts'

/**
 * The value of a function that may wait: evalBPAsync(f)(x) is a promise of f(x). The function may await what it likes, ops
 * made by `asyncOp1` … among it. Original: runOpM, evalBP of a graph with an OpM.
 *
 * Each call is a run of its own. Others, synchronous or async, may begin and end while it waits.
 *
 * @param f the function, async or not, of one or several arguments
 * @shape f: (…BVar) ↦ promise of BVar → (…plain) ↦ promise of plain
 * @throws {UsageError} (as a rejection) when a variable is among the arguments.
 * @throws {ResultError} (as a rejection) when the result holds no variable.
 * @throws {UnknownLeafError} (as a rejection) when an argument has a leaf that cannot be differentiated.
 * @throws {OutOfMemoryError} (as a rejection) when there is no room.
 * @example
 * ```ts
 * const slowly = asyncOp1(async (x: number) => [x * x, dz => [2 * x * dz]])
 * await evalBPAsync(async (x: Var<number>) => (await slowly(x)).add(1))(3) // → 10
 * ```
 */
export function evalBPAsync<Vs extends readonly unknown[], W, O = unknown>(
  f: AsyncFunctionOf<Vs, W, O>,
): EvaluatedAsync<ArgumentsOf<O, Vs>, ResultOf<O, W>> {
  const plan: Plan = { op: 'evalBPAsync', f: f as VarFunction, wrt: checkOptions('evalBPAsync', f, {}) }
  return (async (...args: unknown[]) => {
    const invocation = open(plan, args)
    try {
      await invocation.callAsync(plan.f)
      return invocation.value()
    } finally {
      invocation.close(false)
    }
  }) as never
}

/**
 * The gradient of a function that may wait: gradBPAsync(f)(x) is a promise of f′(x)ᵀ·1, in the structure of the argument; for
 * several arguments a tuple. On the way back the pullbacks of async ops are awaited one after the other. Original: gradOpM,
 * gradBP of a graph with an OpM.
 *
 * @param f the function, async or not; any result, which is seeded with ones
 * @param options `wrt` for arguments that are data, `into` for where the gradient goes, at the very end
 * @shape f: (…BVar) ↦ promise of BVar → (…plain) ↦ promise of the structure of the arguments
 * @throws {UsageError} (as a rejection) when a variable is among the arguments.
 * @throws {ResultError} (as a rejection) when the result holds no variable.
 * @throws {UnknownLeafError} (as a rejection) when an argument has a leaf that cannot be differentiated.
 * @throws {ResidentError} (as a rejection) when resident parameters given as `into` are read by a run that is open.
 * @throws {OutOfMemoryError} (as a rejection) when there is no room.
 * @example
 * ```ts
 * const slowly = asyncOp1(async (x: number) => [x * x, async dz => [2 * x * dz]])
 * await gradBPAsync(async (x: Var<number>) => (await slowly(x)).mul(x))(3) // → 27
 * ```
 */
export function gradBPAsync<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  G extends Plain<PlainGradient<ArgumentsOf<O, Vs>, I>> = never,
  O = unknown,
>(f: AsyncFunctionOf<Vs, W, O>, options: GradientOptions<I, G> = {}): GradientAsync<ArgumentsOf<O, Vs>, I, G> {
  const plan: Plan = {
    op: 'gradBPAsync',
    f: f as VarFunction,
    wrt: checkOptions('gradBPAsync', f, options, GRADIENT_OPTIONS),
  }
  return (async (...args: unknown[]) => (await differentiate(plan, args, options.into, false))[1]) as never
}

/**
 * Value and gradient of a function that may wait: backpropAsync(f)(x) is a promise of [f(x), f′(x)ᵀ·1]. Original: backprop of
 * a graph with an OpM.
 *
 * @param f the function, async or not; any result, which is seeded with ones
 * @param options as in `gradBPAsync`
 * @shape f: (…BVar) ↦ promise of BVar → (…plain) ↦ promise of [plain, the structure of the arguments]
 * @throws {UsageError} (as a rejection) when a variable is among the arguments.
 * @throws {ResultError} (as a rejection) when the result holds no variable.
 * @throws {UnknownLeafError} (as a rejection) when an argument has a leaf that cannot be differentiated.
 * @throws {ResidentError} (as a rejection) when resident parameters given as `into` are read by a run that is open.
 * @throws {OutOfMemoryError} (as a rejection) when there is no room.
 * @example
 * ```ts
 * const slowly = asyncOp1(async (x: number) => [x * x, dz => [2 * x * dz]])
 * await backpropAsync(async (x: Var<number>) => slowly(x))(3) // → [9, 6]
 * ```
 */
export function backpropAsync<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  G extends Plain<PlainGradient<ArgumentsOf<O, Vs>, I>> = never,
  O = unknown,
>(
  f: AsyncFunctionOf<Vs, W, O>,
  options: GradientOptions<I, G> = {},
): BackpropAsync<ArgumentsOf<O, Vs>, ResultOf<O, W>, I, G> {
  const plan: Plan = {
    op: 'backpropAsync',
    f: f as VarFunction,
    wrt: checkOptions('backpropAsync', f, options, GRADIENT_OPTIONS),
  }
  return (async (...args: unknown[]) => differentiate(plan, args, options.into, true)) as never
}

/**
 * Value and pullback of a function that may wait: backpropWithAsync(f)(x) is a promise of [f(x), ȳ ↦ promise of f′(x)ᵀ·ȳ]. The
 * pullback may be called any number of times, also later; nothing has to be freed. Original: gradOpWithM.
 *
 * @param f the function, async or not
 * @param options `wrt` as in `gradBPAsync`
 * @shape f: (…BVar) ↦ promise of BVar → (…plain) ↦ promise of [plain, cotangent ↦ promise of the structure of the arguments]
 * @throws {UsageError} (as a rejection) when a variable is among the arguments.
 * @throws {ResultError} (as a rejection) when the result holds no variable.
 * @throws {StructureMismatchError} (from the pullback, as a rejection) when the cotangent has another structure.
 * @throws {ShapeMismatchError} (from the pullback, as a rejection) when shapes differ.
 * @throws {OutOfMemoryError} (as a rejection) when there is no room.
 * @example
 * ```ts
 * const slowly = asyncOp1(async (x: number) => [x * x, dz => [2 * x * dz]])
 * const [y, pullback] = await backpropWithAsync(async (x: Var<number>) => slowly(x))(3)
 * y // → 9
 * await pullback(10) // → 60
 * ```
 */
export function backpropWithAsync<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: AsyncFunctionOf<Vs, W, O>,
  options: Pick<GradientOptions<I>, 'wrt'> = {},
): BackpropWithAsync<ArgumentsOf<O, Vs>, ResultOf<O, W>, I> {
  const wrt = checkOptions('backpropWithAsync', f, options)
  const plan: Plan = { op: 'backpropWithAsync', f: f as VarFunction, wrt }
  return (async (...args: unknown[]) => {
    const invocation = open(plan, args)
    try {
      await invocation.callAsync(plan.f)
      const snapshot = new Snapshot(invocation)
      return [invocation.value(), (cotangent: unknown) => pull(snapshot, cotangent, wrt)]
    } finally {
      invocation.close(false)
    }
  }) as never
}

/** What an operator knows before it is called. */
interface Plan {
  /** The operator's name, for messages. */
  readonly op: string
  readonly f: VarFunction
  readonly wrt: Wrt
}

/** An async run for a call of an operator. */
function open({ op, f, wrt }: Plan, args: readonly unknown[]): Invocation {
  checkArguments(op, f, args, wrt)
  if (args.some(arg => someLeaf(arg, leaf => leaf instanceof Var))) {
    throw new UsageError(
      `${op}: a variable is among the arguments, but an async run gives plain results, and the derivative by that variable ` +
        'would be lost. Call the function itself, await f(x), or give the variable’s .value.',
    )
  }
  return new Invocation(args, wrt, openAsyncRun())
}

/** Value and gradient of a call. */
async function differentiate(
  plan: Plan,
  args: readonly unknown[],
  into: unknown,
  wantValue: boolean,
): Promise<[value: unknown, gradient: unknown]> {
  const { f, wrt } = plan
  const invocation = open(plan, args)
  try {
    const vars = choose(invocation.vars, wrt)
    // One for each call: calls may overtake each other.
    const target = into === undefined ? undefined : new Target(into)
    target?.check(invocation, choose(args, wrt), vars)
    await invocation.callAsync(f)
    const value = wantValue ? invocation.value() : undefined
    const recording = invocation.recording()
    await recording.start(undefined, false)?.finishAsync()
    return [value, target === undefined ? recording.plainGradient(vars) : target.takeAll(invocation, vars)]
  } finally {
    invocation.close(false)
  }
}

/** The gradient by a walk over a run that has ended. */
async function pull(snapshot: Snapshot, cotangent: unknown, wrt: Wrt): Promise<unknown> {
  // Copied first: a getter of the user's might change the parameters that the replay reads.
  const copied = mapLeaves(cotangent, 'cotangent', leaf => leaf)
  const { recording, close } = snapshot.open()
  try {
    await recording.start(copied, false)?.finishAsync()
    return recording.plainGradient(choose(recording.vars, wrt))
  } finally {
    close()
  }
}
