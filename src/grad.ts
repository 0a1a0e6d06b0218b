/** The operators: from a function of variables to its value, its gradient, its pullback. */
import { recorder } from './compile/recorder.ts'
import { unchecked } from './debug/place.ts'
import {
  checkFunction,
  Invocation,
  isRecorded,
  liftRecorded,
  runElsewhere,
  type VarFunction,
  type Wrt,
} from './differentiate.ts'
import type { Space } from './differentiable.ts'
import { counted, UsageError } from './errors.ts'
import { templateOf } from './host.ts'
import { checkKept, checkOpen, checkReach, current, isWithin, openRun, type Run, within } from './run.ts'
import type {
  ArgumentsOf,
  Backprop,
  BackpropWith,
  Evaluated,
  FunctionOf,
  Gradient,
  GradientOptions,
  PlainGradient,
  Positions,
  ResultOf,
} from './signatures.ts'
import { Snapshot } from './snapshot.ts'
import { ANYTHING, checkGiven, type Kind, POSITIONS } from './options.ts'
import { mapLeaves, someLeaf, spaceOfLeaf } from './structure.ts'
import { countOf } from './tape.ts'
import { Target } from './target.ts'
import { dataOf, tensorOf } from './tensor.ts'
import type { Plain } from './types.ts'
import { valueOf } from './value.ts'
import { type AnyVar, constantLeaf, constVar, HOST, Var, varLike } from './var.ts'

/**
 * The value alone: evalBP(f)(x) = f(x). Inside another run, with a variable among the arguments, it is f itself.
 *
 * @param f the function, of one or several arguments
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ plain
 * @throws {ResultError} when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => x.mul(x).add(1))(3) // → 10
 * ```
 */
export function evalBP<Vs extends readonly unknown[], W, O = unknown>(
  f: FunctionOf<Vs, W, O>,
): Evaluated<ArgumentsOf<O, Vs>, ResultOf<O, W>> {
  checkOptions('evalBP', f, {})
  return evaluator('evalBP', f as VarFunction) as never
}

/**
 * @internal What `evalBP` gives; `op` is what messages call it, and `inputs` says which of so many arguments vary in what f
 * does. The others are constants of the run, where one is opened: so their values are known to whoever asks.
 */
export function evaluator(
  op: string,
  f: VarFunction,
  inputs: (count: number) => Wrt = () => undefined,
): (...args: unknown[]) => unknown {
  return operator(args => {
    checkArguments(op, f, args, undefined)
    if (isRecorded(args)) return f(...args.map(liftRecorded))
    const invocation = new Invocation(args, inputs(args.length))
    try {
      invocation.call(f)
      return plainResult(invocation, invocation.value())
    } finally {
      invocation.close(false)
    }
  })
}

/** A function of arguments that is called inside the run that variables among them belong to. */
function operator(call: (args: readonly unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    const home = runElsewhere(args)
    return home === undefined ? call(args) : within(home, () => call(args))
  }
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
 * @throws {ResultError} when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * gradBP((x: Var<number>, y: Var<number>) => x.mul(y.sqrt()))(3, 4) // → [2, 0.75]
 * ```
 */
export function gradBP<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  G extends Plain<PlainGradient<ArgumentsOf<O, Vs>, I>> = never,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: GradientOptions<I, G> = {}): Gradient<ArgumentsOf<O, Vs>, I, G> {
  return gradientOperator('gradBP', f, options) as never
}

/** @internal What `gradBP` gives; `op` is what messages call it. */
export function gradientOperator(
  op: string,
  f: unknown,
  options: GradientOptions<unknown>,
): (...args: unknown[]) => unknown {
  const plan = planOf(op, f, options)
  return operator(args => differentiate(plan, args, false)[1])
}

/** @internal What `backprop` gives; `op` is what messages call it. */
export function backpropOperator(
  op: string,
  f: unknown,
  options: GradientOptions<unknown>,
): (...args: unknown[]) => unknown {
  const plan = planOf(op, f, options)
  return operator(args => differentiate(plan, args, true))
}

/**
 * Value and gradient at once: backprop(f)(x) = [f(x), f′(x)ᵀ·1]. Original: backprop.
 *
 * @param f the function, of one or several arguments; any result, which is seeded with ones
 * @param options as in `gradBP`
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ [plain, the structure of the arguments]
 * @throws {ResultError} when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} when an argument has a leaf that is neither number nor tensor.
 * @throws {OutOfMemoryError} when there is no room.
 * @example
 * ```ts
 * backprop((x: Var<number>) => x.mul(x))(3) // → [9, 6]
 * ```
 */
export function backprop<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  G extends Plain<PlainGradient<ArgumentsOf<O, Vs>, I>> = never,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: GradientOptions<I, G> = {}): Backprop<ArgumentsOf<O, Vs>, ResultOf<O, W>, I, G> {
  return backpropOperator('backprop', f, options) as never
}

/**
 * Value and pullback: backpropWith(f)(x) = [f(x), ȳ ↦ f′(x)ᵀ·ȳ]. The pullback may be called any number of times, also
 * later; nothing has to be freed. Inside another run it is valid as long as that run. Original: backpropWith.
 *
 * @param f the function, of one or several arguments
 * @param options `wrt` as in `gradBP`
 * @shape f: (…BVar) ↦ BVar → (…plain) ↦ [plain, cotangent ↦ the structure of the arguments]
 * @throws {ResultError} when the result holds a plain value, or is undefined.
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
export function backpropWith<
  Vs extends readonly unknown[],
  W,
  const I extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(
  f: FunctionOf<Vs, W, O>,
  options: Pick<GradientOptions<I>, 'wrt'> = {},
): BackpropWith<ArgumentsOf<O, Vs>, ResultOf<O, W>, I> {
  const wrt = checkOptions('backpropWith', f, options)
  return operator(args => pullbackOf(f as VarFunction, args, wrt)) as never
}

/** What a call outside any run gives: plain, or constants if one was among its arguments. */
function plainResult<T>(invocation: Invocation, result: T): unknown {
  return invocation.gotConstant ? constVar(result) : result
}

/** What an operator knows before it is called. */
interface Plan {
  /** The operator's name, for messages. */
  readonly op: string
  readonly f: VarFunction
  readonly wrt: Wrt
  readonly target: Target | undefined
}

function planOf(op: string, f: unknown, options: GradientOptions<unknown>): Plan {
  const wrt = checkOptions(op, f, options, GRADIENT_OPTIONS)
  return { op, f: f as VarFunction, wrt, target: options.into === undefined ? undefined : new Target(options.into) }
}

/** @internal What the options of the gradient operators may be. Whether `into` fits is seen at the call. */
export const GRADIENT_OPTIONS = { wrt: POSITIONS, into: ANYTHING }

/** @internal The chosen argument positions, if the function and the options are what they must be. */
export function checkOptions(
  op: string,
  f: unknown,
  options: { readonly wrt?: unknown },
  kinds: { readonly [name: string]: Kind } = { wrt: POSITIONS },
): Wrt {
  checkFunction(op, f)
  checkGiven(op, options, kinds)
  const wrt = options.wrt as Wrt
  const twice = typeof wrt === 'object' ? wrt.find((position, i) => wrt.indexOf(position) < i) : undefined
  if (twice === undefined) return wrt
  throw new UsageError(`${op}: wrt has the position ${String(twice)} twice. Give each position once.`)
}

/** @internal Throws unless there are the arguments that the function and `wrt` need. */
export function checkArguments(op: string, f: VarFunction, args: readonly unknown[], wrt: Wrt): void {
  if (args.length < f.length) {
    throw new UsageError(
      `${op}: the function takes ${counted(f.length)}, but ${String(args.length)} ${args.length === 1 ? 'was' : 'were'} given.`,
    )
  }
  for (const position of typeof wrt === 'number' ? [wrt] : (wrt ?? [])) {
    if (position >= args.length) {
      throw new UsageError(
        `${op}: wrt is ${String(position)}, but the call has ${counted(args.length)}; positions count from 0.`,
      )
    }
  }
}

/** Value and gradient of a call. */
function differentiate(
  { op, f, wrt, target }: Plan,
  args: readonly unknown[],
  wantValue: boolean,
): [value: unknown, gradient: unknown] {
  checkArguments(op, f, args, wrt)
  if (isRecorded(args)) {
    if (target === undefined) return differentiateInside(f, args, wrt)
    if (recorder === undefined) {
      throw new UsageError(
        `${op}: into is for plain results; with a variable among the arguments the gradient is recorded.`,
      )
    }
    const run = current
    const [value, gradient] = differentiateInside(f, args, wrt)
    return [value, recorder.into(op, run, target, gradient)]
  }
  const invocation = new Invocation(args, wrt)
  try {
    const { vars } = invocation
    target?.check(invocation, choose(args, wrt), choose(vars, wrt))
    invocation.call(f)
    const value = wantValue ? invocation.value() : undefined
    target?.give(invocation)
    const recording = invocation.recording()
    recording.walk(undefined, false)
    const gradient =
      target === undefined ? recording.plainGradient(choose(vars, wrt)) : target.take(invocation, choose(vars, wrt))
    if (!invocation.gotConstant) return [value, gradient]
    return [plainResult(invocation, value), plainResult(invocation, gradient)]
  } finally {
    invocation.close(false)
  }
}

/** @internal The same on the run around the call: everything is recorded there. */
export function differentiateInside(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
): [value: unknown, gradient: unknown] {
  const [value, pull] = recordInside(f, args, wrt)
  return [value, pull(undefined)]
}

/**
 * @internal Throws if a derivative by a variable in a cotangent, or a direction, would be lost in a plain result between its run
 * and this one.
 */
export function checkCotangent(cotangent: unknown, user: Run, what = 'the cotangent'): void {
  someLeaf(cotangent, leaf => {
    const { run, slot } = leaf as AnyVar
    if (!(leaf instanceof Var) || run === undefined) return false
    checkReach(run, user, what, slot)
    if (slot >= 0 && run.depth < user.depth) checkKept(run, user, what, slot)
    return false
  })
}

/** @internal The pullback of a call: takes the cotangent of its value, or of a part of it that is given too. */
export type RecordedPullback = (cotangent: unknown, part?: unknown) => unknown

/** @internal Value and pullback of a call, both recorded on the run around it; `what` is what messages call a cotangent. */
export function recordInside(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
  what?: string,
): [value: unknown, pull: RecordedPullback] {
  const invocation = new Invocation(args, wrt, openRun(false))
  const { outer } = invocation.run
  let done = false
  try {
    invocation.call(f)
    const recording = invocation.recording()
    const value = mapLeaves(invocation.result, '', leaf => {
      const { run, slot } = leaf as Var<unknown>
      return run === invocation.run ? varLike(leaf as Var<unknown>, outer, slot) : leaf
    })
    const pull: RecordedPullback = (cotangent, part) => {
      if (outer !== undefined) checkCotangent(cotangent, outer, what)
      if (outer !== undefined && current !== outer) current?.pin(outer)
      let done = false
      try {
        const from = part === undefined ? recording : recording.of(part)
        from.walk(cotangent, true, outer)
        const gradient = recording.recordedGradient(choose(recording.vars, wrt), outer)
        done = true
        return gradient
      } finally {
        // A walk that has come to its end has left cotangents at the inputs only.
        recording.forget(done)
      }
    }
    done = true
    return [value, pull]
  } finally {
    invocation.close(done)
  }
}

/** @internal What messages call a tangent that is given. */
export const DIRECTION = 'the direction'

/**
 * @internal
 *
 * The tangent of a call whose value and pullback are recorded, and the gradient that it is the pullback of. The pullback
 * ȳ ↦ Jᵀ·ȳ is linear, and so its own pullback is ẋ ↦ J·ẋ, wherever it is taken: the rules exist once.
 */
export function transposed(value: unknown, pull: RecordedPullback): [gradient: unknown, push: RecordedPullback] {
  // At zeros the gradient is of no account: ∞ · 0 in it is no fault of the user's.
  return unchecked(() => recordInside(pull, [zerosLike(value)], undefined, DIRECTION))
}

/** @internal Constants, the zeros of what variables hold. */
export function zerosLike(variables: unknown): unknown {
  return mapLeaves(variables, '', leaf => {
    const { shape, dtype } = leaf as AnyVar
    if (shape === HOST) return constantLeaf((spaceOfLeaf(leaf) as Space).zero(valueOf(leaf as AnyVar)))
    return constantLeaf(shape.length === 0 ? 0 : tensorOf(dataOf(dtype, countOf(shape)), shape))
  })
}

/** @internal The chosen arguments: bare for one, a tuple for several. */
export function choose(args: readonly unknown[], wrt: Wrt): unknown {
  if (typeof wrt === 'number') return args[wrt]
  if (wrt !== undefined) return wrt.map(index => args[index])
  return args.length === 1 ? args[0] : args
}

/** A function of a structure of variables. */
type Linear = (x: unknown) => unknown

/**
 * A linear function that is recorded on a run, as it may be called where that run is open: also in a function of `vmap` inside
 * of it, for each sample. There its own pullback is its transpose. Both are made in the run that is the innermost then.
 */
function callableWithin(run: Run, make: () => Linear, makeTranspose: () => Linear): Linear {
  let linear: Linear | undefined
  const call = (x: unknown): unknown => {
    checkOpen(run, PULLBACK)
    const template = templateOf([x])
    if (template === undefined || template.root.tape === run.tape || !isWithin(template.root.tape, run.tape)) {
      return within(run.tape.innermost, () => (linear ??= make())(x))
    }
    const onVars = (cotangent: unknown): unknown => [callableWithin(run, makeTranspose, make)(cotangent)]
    return template.callEach({ name: PULLBACK, onVars }, call, [x])
  }
  return call
}

/** What messages call it. */
const PULLBACK = 'the pullback'

/** Value and pullback of a call. */
function pullbackOf(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
): [value: unknown, pullback: (cotangent: unknown) => unknown] {
  checkArguments('backpropWith', f, args, wrt)
  const around = current
  if (around !== undefined && isRecorded(args)) {
    const [value, pull] = recordInside(f, args, wrt)
    const pullback = callableWithin(
      around,
      () => pull,
      () => transposed(value, pull)[1],
    )
    return [value, pullback]
  }
  const invocation = new Invocation(args, wrt)
  try {
    invocation.call(f)
    const value = invocation.value()
    const snapshot = new Snapshot(invocation)
    const pull = (cotangent: unknown): unknown => {
      // Copied first: a getter of the user's might change the parameters that the replay reads.
      const copied = mapLeaves(cotangent, 'cotangent', leaf => leaf)
      const replay = snapshot.open()
      try {
        replay.recording.walk(copied, false)
        return replay.recording.plainGradient(choose(replay.recording.vars, wrt))
      } finally {
        replay.close()
      }
    }
    return [plainResult(invocation, value), cotangent => plainResult(invocation, pull(cotangent))]
  } finally {
    invocation.close(false)
  }
}
