/**
 * Graphs in the explicit style: step by step in a generator, `yield*` giving each step a name. A graph is an op. It records
 * the same tape as the function of variables that it stands for.
 */
import { withLength } from './differentiate.ts'
import { UsageError } from './errors.ts'
import { backprop, evalBP } from './grad.ts'
import { type Given, type Op, opOf, type Variables } from './op.ts'
import type { Backprop } from './signatures.ts'
import type { BVar, Primal } from './types.ts'

/**
 * A graph of ops as a value, in the explicit or in the implicit style: an op that is made of others. Original: BPOp.
 *
 * @example
 * ```ts
 * const product: BPOp<[number, number], number> = withInps(function* (x: Var<number>, y: Var<number>) {
 *   return yield* opVar(mulOp, x, y)
 * })
 * product(3, 4).value // → 12
 * ```
 */
export type BPOp<Ins extends readonly unknown[], Out> = Op<Ins, Out>

/**
 * A graph in the implicit style: a function of variables. Original: BPOpI.
 *
 * @example
 * ```ts
 * const product: BPOpI<[number, number], number> = (x, y) => x.mul(y)
 * ```
 */
export type BPOpI<Ins extends readonly unknown[], Out> = (...inputs: Variables<Ins>) => BVar<Out>

/** What a graph asks of whoever runs it: one of its inputs, or all. */
class InputRequest {
  readonly index: number | 'all'

  constructor(index: number | 'all') {
    this.index = index
  }
}

/**
 * A step of a graph in the explicit style: `yield*` runs it and gives the variable. Without `yield*` it is no variable, so
 * forgetting it does not compile.
 *
 * @example
 * ```ts
 * const step = (x: Var<number>): Binding<Var<number>> => bindVar(x.mul(2))
 * ```
 */
export interface Binding<V> {
  [Symbol.iterator](): Iterator<InputRequest, V, unknown>
}

/** A step, by a class: so it is known where it is mistaken for a variable. */
class Step<V> implements Binding<V> {
  readonly start: () => Iterator<InputRequest, V, unknown>

  constructor(start: () => Iterator<InputRequest, V, unknown>) {
    this.start = start
  }

  [Symbol.iterator](): Iterator<InputRequest, V, unknown> {
    return this.start()
  }
}

/** A step that runs `make`. */
function binding<V>(make: () => V): Binding<V> {
  return new Step(() => ({ next: () => ({ done: true, value: make() }) }))
}

/**
 * Applies an op to variables, as a step: yield* opVar(op, …xs) = op(…xs). Original: opVar, `~$`, opVar1, opVar2, opVar3.
 *
 * @param op the op, or any function of variables
 * @param inputs its inputs: variables, or plain values
 * @shape op, its inputs → a step that gives its result
 * @throws {UsageError} (from the step) when `op` is no function.
 * @example
 * ```ts
 * const square = withInps(function* (x: Var<number>) {
 *   const y = yield* opVar(mulOp, x, x)
 *   return y
 * })
 * gradBPOp(square)(3) // → 6
 * ```
 */
export function opVar<Ins extends readonly unknown[], Out>(op: Op<Ins, Out>, ...inputs: Given<Ins>): Binding<BVar<Out>>
export function opVar<Inputs extends readonly unknown[], V>(op: (...inputs: Inputs) => V, ...inputs: Inputs): Binding<V>
export function opVar(op: AnyFunction, ...inputs: unknown[]): unknown {
  return binding(() => applied('opVar', op, inputs))
}

/**
 * Gives a variable a name, as a step: yield* bindVar(x) = x. Every variable is bound once and shared as it is, so nothing
 * is recorded. Original: bindVar, bindRef.
 *
 * @param x a variable, or a structure of variables
 * @shape x → a step that gives x
 * @throws nothing
 * @example
 * ```ts
 * const shifted = withInps(function* (x: Var<number>) {
 *   const y = yield* bindVar(x.add(1))
 *   return y.mul(y)
 * })
 * evalBPOp(shifted)(3) // → 16
 * ```
 */
export function bindVar<V>(x: V): Binding<V> {
  return binding(() => x)
}

/** A step that asks for an input. */
function asking<V>(index: number | 'all'): Binding<V> {
  return new Step<V>(() => {
    let asked = false
    return {
      next: (answer: unknown) => {
        if (asked) return { done: true, value: answer as V }
        asked = true
        return { done: false, value: new InputRequest(index) }
      },
    }
  })
}

/**
 * An input of the graph that is being built, by its position: yield* inpVar(i) = the input at i. Original: inpVar.
 *
 * @param index the position, counted from 0
 * @shape position → a step that gives the input
 * @throws {UsageError} (from the step) when there is no such input.
 * @example
 * ```ts
 * const twice = withInps<[Var<number>], Var<number>>(function* () {
 *   const x = yield* inpVar<Var<number>>(0)
 *   return x.add(x)
 * })
 * evalBPOp(twice)(3) // → 6
 * ```
 */
export function inpVar<V>(index: number): Binding<V> {
  return asking(index)
}

/**
 * All inputs of the graph that is being built: yield* inpVars() = […inputs]. Original: inpVars.
 *
 * @shape nothing → a step that gives the inputs
 * @throws nothing
 * @example
 * ```ts
 * const product = withInps<[Var<number>, Var<number>], Var<number>>(function* () {
 *   const [x, y] = yield* inpVars<[Var<number>, Var<number>]>()
 *   return x.mul(y)
 * })
 * gradBPOp(product)(3, 4) // → [4, 3]
 * ```
 */
export function inpVars<Vs extends readonly unknown[]>(): Binding<Vs> {
  return asking('all')
}

/** What a graph is given for what it asks. */
function answer(request: unknown, inputs: readonly unknown[]): unknown {
  if (!(request instanceof InputRequest)) {
    throw new UsageError(
      'withInps: the graph yields something that is no step. Write yield* opVar(…), with the asterisk.',
    )
  }
  const { index } = request
  if (index === 'all') return inputs
  if (!Number.isInteger(index) || index < 0 || index >= inputs.length) {
    throw new UsageError(
      `inpVar: there is no input ${String(index)}; the graph has ${String(inputs.length)}, counted from 0.`,
    )
  }
  return inputs[index]
}

/**
 * A graph in the explicit style as an op: withInps(graph)(…xs) = what the generator returns, its inputs being variables.
 * Original: withInps.
 *
 * @param graph a generator function of the inputs; annotate its parameters
 * @shape function* (…BVar) { … return BVar } → BPOp
 * @throws {UsageError} when it is no generator function, yields something that is no step, or returns one.
 * @example
 * ```ts
 * const layer = withInps(function* (w: Var<Matrix<2, 3>>, b: Var<Vector<2>>, x: Var<Vector<3>>) {
 *   const y = yield* bindVar(matVec(w, x))
 *   const z = yield* bindVar(y.add(b))
 *   return logistic(z)
 * })
 * evalBPOp(layer)(zeros(2, 3), zeros(2), zeros(3)).toArray() // → [0.5, 0.5]
 * ```
 */
export function withInps<Vs extends readonly unknown[], W>(
  graph: (...inputs: Vs) => Generator<unknown, W, unknown>,
): BPOp<{ [K in keyof Vs]: Primal<Vs[K]> }, Primal<W>> {
  const run = (...inputs: Vs): W => {
    const steps: unknown = graph(...inputs)
    if (typeof steps !== 'object' || steps === null || typeof (steps as Iterator<unknown>).next !== 'function') {
      throw new UsageError('withInps: the argument must be a generator function: function* (x: Var<number>) { … }.')
    }
    const running = steps as Generator<unknown, W, unknown>
    let step = running.next()
    while (step.done !== true) step = running.next(answer(step.value, inputs))
    if (step.value instanceof Step) {
      throw new UsageError('withInps: the graph returns a step, not its result. Write return yield* opVar(…).')
    }
    return step.value
  }
  return opOf(withLength(run, graph.length))
}

/**
 * A function of variables as a graph: implicitly(f)(…xs) = f(…xs). Original: implicitly.
 *
 * @param f the function; annotate its parameters
 * @shape (…BVar) ↦ BVar → BPOp
 * @throws {UsageError} when f is no function.
 * @example
 * ```ts
 * gradBPOp(implicitly((x: Var<number>, y: Var<number>) => x.mul(y)))(3, 4) // → [4, 3]
 * ```
 */
export function implicitly<Vs extends readonly unknown[], W>(
  f: (...inputs: Vs) => W,
): BPOp<{ [K in keyof Vs]: Primal<Vs[K]> }, Primal<W>> {
  return opOf(f)
}

/**
 * A graph, or a function of variables, as an op of another graph: bpOp(graph)(…xs) = graph(…xs). A graph is an op
 * already. Original: bpOp.
 *
 * @param graph the graph
 * @shape BPOp → Op
 * @throws {UsageError} when it is no function.
 * @example
 * ```ts
 * const square = implicitly((x: Var<number>) => x.mul(x))
 * const fourth = withInps(function* (x: Var<number>) {
 *   const y = yield* opVar(bpOp(square), x)
 *   return yield* opVar(square, y)
 * })
 * evalBPOp(fourth)(2) // → 16
 * ```
 */
export function bpOp<Ins extends readonly unknown[], Out>(graph: BPOp<Ins, Out>): Op<Ins, Out>
export function bpOp<Vs extends readonly unknown[], W>(
  graph: (...inputs: Vs) => W,
): Op<{ [K in keyof Vs]: Primal<Vs[K]> }, Primal<W>>
export function bpOp(graph: (...inputs: unknown[]) => unknown): unknown {
  return opOf(graph)
}

/**
 * Applies an op to variables: liftB(op, …xs) = op(…xs). A plain call does the same. Original: liftB, `.$`, liftOp.
 *
 * @param op the op, or any function of variables
 * @param inputs its inputs
 * @shape op, its inputs → its result
 * @throws {UsageError} when `op` is no function.
 * @example
 * ```ts
 * gradBP((x: Var<number>, y: Var<number>) => liftB(mulOp, x, y))(3, 4) // → [4, 3]
 * ```
 */
export function liftB<Ins extends readonly unknown[], Out>(op: Op<Ins, Out>, ...inputs: Given<Ins>): BVar<Out>
export function liftB<Inputs extends readonly unknown[], V>(op: (...inputs: Inputs) => V, ...inputs: Inputs): V
export function liftB(op: AnyFunction, ...inputs: unknown[]): unknown {
  return applied('liftB', op, inputs)
}

type AnyFunction = (...inputs: unknown[]) => unknown

function applied(what: string, op: AnyFunction, inputs: readonly unknown[]): unknown {
  if (typeof op !== 'function') throw new UsageError(`${what}: the first argument must be an op.`)
  return op(...inputs)
}

/** liftB for one input: liftB1(op, x) = op(x). Original: liftB1, liftOp1. @sameAs liftB */
export function liftB1<X, Out>(op: Op<[X], Out>, x: Given<[X]>[0]): BVar<Out>
export function liftB1<X, V>(op: (x: X) => V, x: X): V
export function liftB1(op: AnyFunction, x: unknown): unknown {
  return applied('liftB1', op, [x])
}

/** liftB for two inputs: liftB2(op, x, y) = op(x, y). Original: liftB2, liftOp2. @sameAs liftB */
export function liftB2<X, Y, Out>(op: Op<[X, Y], Out>, ...inputs: Given<[X, Y]>): BVar<Out>
export function liftB2<X, Y, V>(op: (x: X, y: Y) => V, x: X, y: Y): V
export function liftB2(op: AnyFunction, ...inputs: unknown[]): unknown {
  return applied('liftB2', op, inputs)
}

/** liftB for three inputs: liftB3(op, x, y, z) = op(x, y, z). Original: liftB3, liftOp3. @sameAs liftB */
export function liftB3<X, Y, Z, Out>(op: Op<[X, Y, Z], Out>, ...inputs: Given<[X, Y, Z]>): BVar<Out>
export function liftB3<X, Y, Z, V>(op: (x: X, y: Y, z: Z) => V, x: X, y: Y, z: Z): V
export function liftB3(op: AnyFunction, ...inputs: unknown[]): unknown {
  return applied('liftB3', op, inputs)
}

/**
 * Value and gradient of a graph: backpropBPOp(graph)(…xs) = [value, gradient], the gradient bare for one input, a tuple for
 * several. Original: backprop.
 *
 * @param graph the graph
 * @shape BPOp<Ins, Out> → (…Ins) ↦ [Out, the structure of the inputs]
 * @throws {UnknownLeafError} when an input has a leaf that cannot be differentiated.
 * @example
 * ```ts
 * backpropBPOp(implicitly((x: Var<number>) => x.mul(x)))(3) // → [9, 6]
 * ```
 */
export function backpropBPOp<Ins extends readonly unknown[], Out>(
  graph: BPOp<Ins, Out>,
): Backprop<Variables<Ins>, BVar<Out>> {
  return backprop(graph as never) as never
}

/**
 * The value of a function without arguments, as it stands: evalBP0(f) = f(), plain. Original: evalBP0.
 *
 * @param f the function
 * @shape () ↦ BVar → plain
 * @throws {ResultError} when the result holds no variable.
 * @example
 * ```ts
 * evalBP0(() => constVar(2).mul(3)) // → 6
 * ```
 */
export function evalBP0<W>(f: () => W): Primal<W> {
  return (evalBP(f as never) as unknown as () => Primal<W>)()
}
