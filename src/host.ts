/**
 * Host ops: applying a function of the user's to variables. It is called at once, on plain values; what is recorded has its
 * value already. The way back over such records is in walk.ts.
 */
import type { Space } from './differentiable.ts'
import { UnknownLeafError, UsageError } from './errors.ts'
import type { AnyPullback, HostOp, Pullback } from './hostStore.ts'
import { checkKept, checkReach, current, hasTemplates, openAsyncRun, openRun, type Run, within } from './run.ts'
import { isLeaf, isPromise, isStatic, mapLeaves, pathText, someLeaf, spaceOfLeaf } from './structure.ts'
import { SCALAR, type Tape } from './tape.ts'
import { Tensor } from './tensor.ts'
import { slotOf } from './apply.ts'
import { valueOf } from './value.ts'
import { type AnyVar, constantLeaf, hostVarOf, Var, varOf } from './var.ts'
import type { Template } from './vmap/template.ts'

/** A function of plain values. */
export type PlainFunction = (...values: never[]) => unknown

/** A pullback on variables: (z̄, …inputs, z) ↦ the gradient, a tuple. */
export type VarPullback = (...vars: never[]) => unknown

/** An op made of a function of plain values. */
export class UserOp implements HostOp {
  readonly name: string
  readonly onVars: VarPullback | undefined
  /** Values ↦ value; without `onVars`, values ↦ [value, pullback]. */
  readonly primal: PlainFunction
  /** An op for each sample of a batch, if they differ: the pullbacks of its calls. */
  readonly samples: readonly UserOp[] | undefined

  constructor(name: string, primal: PlainFunction, onVars?: VarPullback, samples?: readonly UserOp[]) {
    this.name = name
    this.primal = primal
    this.onVars = onVars
    this.samples = samples
  }

  /** The value and, unless there is one on variables, the pullback. */
  call(values: readonly unknown[]): readonly [value: unknown, pullback: Pullback | undefined] {
    const result = this.primal(...(values as never[]))
    return this.onVars === undefined ? checkPair(this.name, result) : [result, undefined]
  }
}

/** What the one-argument makers want from a user's function. */
export function checkPair(op: string, result: unknown): readonly [value: unknown, pullback: Pullback] {
  if (isPromise(result))
    throw new UsageError(`${op}: the function gives a promise. Make such an op with asyncOp1, asyncOp2, ….`)
  if (!Array.isArray(result) || result.length !== 2 || typeof result[1] !== 'function') {
    throw new UsageError(
      `${op}: the function must return [value, pullback], for example [x * y, dz => [dz * y, dz * x]]; or give the ` +
        'pullback as the second argument.',
    )
  }
  return result as unknown as readonly [unknown, Pullback]
}

/** The name of an argument in messages. */
function argumentOf(op: string, index: number): string {
  return `${op}, argument ${String(index + 1)}`
}

/** A variable, or constant, for a leaf of an op's input. */
function lifted(leaf: unknown, path: string): Var<unknown> {
  if (leaf instanceof Var) return leaf as Var<unknown>
  if (typeof leaf === 'number' || leaf instanceof Tensor || spaceOfLeaf(leaf) !== undefined) return constantLeaf(leaf)
  throw new UnknownLeafError(pathText(path), leaf, 'Pass resident parameters as an argument of the operator.')
}

/**
 * Applies an op to inputs of any structure, with variables or plain values at the leaves. If none of them is a variable of
 * a run the result is made of constants.
 */
export function applyHost(op: UserOp, inputs: readonly unknown[]): unknown {
  return callHost(op, inputs)[0]
}

/** The same, with the pullback of this call, unless the op has one on variables. */
export function callHost(
  op: UserOp,
  inputs: readonly unknown[],
): readonly [result: unknown, pullback: AnyPullback | undefined] {
  const template = templateOf(inputs)
  if (template !== undefined) return template.callHost(op, inputs)
  const { vars, owner, values } = liftInputs(op.name, inputs)
  const [value, pullback] = op.call(values)
  return [recordCall(op, vars, owner, value, pullback), pullback]
}

/** The innermost of the templates that variables among the inputs belong to. */
export function templateOf(inputs: readonly unknown[]): Template | undefined {
  if (!hasTemplates()) return undefined
  let found: Template | undefined
  someLeaf(inputs, leaf => {
    const template = leaf instanceof Var ? leaf.run?.tape.template : undefined
    if (template !== undefined && (found === undefined || template.depth > found.depth)) found = template
    return false
  })
  return found
}

/** The inputs of an op: with a variable at each leaf, as plain values, and the innermost of the runs that they belong to. */
export function liftInputs(
  op: string,
  inputs: readonly unknown[],
): { vars: unknown[]; values: unknown[]; owner: Run | undefined } {
  let owner: Run | undefined
  let some: Run | undefined
  const vars = inputs.map((input, i) =>
    mapLeaves(input, argumentOf(op, i), (leaf, path) => {
      const variable = lifted(leaf, path)
      const { run, slot } = variable
      if (run !== undefined) {
        some ??= run
        if (!run.open || run.tape !== some.tape) checkReach(run, some, pathText(path), slot)
        if (slot >= 0 && (owner === undefined || run.depth > owner.depth)) owner = run
      }
      return variable
    }),
  )
  const values = vars.map(input => mapLeaves(input, '', leaf => valueOf(leaf as AnyVar)))
  return { vars, values, owner }
}

/** Records a call that has been made, for the run `owner`. */
export function recordCall(
  op: HostOp,
  vars: readonly unknown[],
  owner: Run | undefined,
  value: unknown,
  pullback: AnyPullback | undefined,
): unknown {
  const path = `${op.name}, the result`
  const leaves: unknown[] = []
  // Read once: a getter in it need not give the same again.
  const copied = mapLeaves(value, path, (leaf, start) => {
    leaves.push(checkResult(leaf, start))
    return leaf
  })
  if (leaves.length === 0) {
    // A structure without leaves is one of the variants that a result may have, and null is Maybe's nothing.
    if (!isStatic(value) || value === null) return value
    throw new UsageError(`${path} holds no number, no tensor and no value of a differentiable type.`)
  }
  if (owner === undefined) return mapLeaves(copied, path, constantLeaf)
  const run = owner.tape.innermost
  // An op that has waited longer than its run did: nothing depends on it, and its variables cannot be used.
  if (run === undefined) return mapLeaves(copied, path, leaf => variableFor(owner, 0, leaf))
  if (run.outer !== undefined) checkRuns(op.name, vars, owner)
  if (owner !== run) run.pin(owner)
  const { tape } = run
  const parts = isLeaf(value) ? 0 : leaves.length
  const first = parts === 0 ? tape.length : tape.length + 1
  let slot = first
  const output = mapLeaves(copied, path, leaf => variableFor(owner, slot++, leaf))
  tape.recordHost(op, { inputs: vars, output, parts, pullback })
  for (let i = 0; i < leaves.length; i++) setResult(tape, first + i, leaves[i])
  return output
}

/** Is it a variable of this run that holds a number? What has the very `run` is a variable, so no class is looked up. */
function isScalarOf(run: Run, x: unknown): x is AnyVar {
  if (typeof x !== 'object' || x === null) return false
  return (x as AnyVar).run === run && (x as AnyVar).shape === SCALAR && (x as AnyVar).slot >= 0
}

/** Applies an op of one input; the short way for a number. */
export function applyHost1(op: UserOp, x: unknown): unknown {
  const run = current
  if (run === undefined || run.tape.template !== undefined || !isScalarOf(run, x)) return applyHost(op, [x])
  const { tape } = run
  const result = (op.primal as (x: number) => unknown)(tape.number(x.slot))
  let value = result
  let pullback: Pullback | undefined
  if (op.onVars === undefined) {
    const pair = checkPair(op.name, result)
    value = pair[0]
    pullback = pair[1]
  }
  if (typeof value !== 'number') return recordCall(op, [x], run, value, pullback)
  return varOf(run, tape.recordHostNumber(op, 1, x.slot, x.slot, value, pullback), SCALAR)
}

/** Applies an op of two inputs; the short way for two numbers, of which one may be plain. */
export function applyHost2(op: UserOp, x: unknown, y: unknown): unknown {
  const run = current
  if (run === undefined || run.tape.template !== undefined) return applyHost(op, [x, y])
  const { tape } = run
  let a: number
  let b: number
  if (isScalarOf(run, x)) {
    a = x.slot
    if (typeof y === 'number') b = tape.constantNumber(y)
    else if (isScalarOf(run, y)) b = y.slot
    else return applyHost(op, [x, y])
  } else if (typeof x === 'number' && isScalarOf(run, y)) {
    a = tape.constantNumber(x)
    b = y.slot
  } else return applyHost(op, [x, y])
  const result = (op.primal as (x: number, y: number) => unknown)(tape.number(a), tape.number(b))
  let value = result
  let pullback: Pullback | undefined
  if (op.onVars === undefined) {
    const pair = checkPair(op.name, result)
    value = pair[0]
    pullback = pair[1]
  }
  if (typeof value !== 'number') {
    return recordCall(op, [constantLeaf(x), constantLeaf(y)], run, value, pullback)
  }
  return varOf(run, tape.recordHostNumber(op, 2, a, b, value, pullback), SCALAR)
}

/** Throws if a derivative would be lost in a plain result between a variable's run and the result's. */
function checkRuns(op: string, vars: readonly unknown[], owner: Run): void {
  someLeaf(vars, leaf => {
    const { run, slot } = leaf as AnyVar
    if (run !== undefined && slot >= 0) checkKept(run, owner, op, slot)
    return false
  })
}

function checkResult(leaf: unknown, path: string): unknown {
  if (leaf instanceof Var) {
    throw new UsageError(
      `${pathText(path)} is a variable. An op gets plain values and gives plain values; a function of variables needs no ` +
        'op, or becomes one by opOf(f).',
    )
  }
  if (typeof leaf === 'number' || leaf instanceof Tensor || spaceOfLeaf(leaf) !== undefined) return leaf
  throw new UnknownLeafError(pathText(path), leaf, 'Return plain values.')
}

/** The variable for a result. */
function variableFor(run: Run | undefined, slot: number, leaf: unknown): Var<unknown> {
  if (typeof leaf === 'number') return varOf(run, slot, SCALAR)
  if (leaf instanceof Tensor) return varOf(run, slot, leaf.shape, leaf.dtype)
  return hostVarOf(run, slot, spaceOfLeaf(leaf) as Space)
}

function setResult(tape: Tape, slot: number, leaf: unknown): void {
  if (typeof leaf === 'number') tape.hostNumber(slot, leaf)
  else if (leaf instanceof Tensor) tape.hostTensor(slot, leaf)
  else tape.hostObject(slot, leaf, spaceOfLeaf(leaf) as Space)
}

/** What binds a variable of a user's type as an input of a run. */
export const identity: HostOp = { name: 'identity', onVars: (cotangent: unknown) => [cotangent] }

/** Binds a variable of a user's type as an input of the run. */
export function hostIdentity(run: Run, x: Var<unknown>): Var<unknown> {
  const { tape } = run
  const space = spaceOfLeaf(x) as Space
  const value = tape.hostValue(slotOf('an argument', x, run))
  const input = tape.template !== undefined && x.run?.tape !== tape ? tape.template.local(x) : x
  const output = hostVarOf(run, tape.length, space)
  const slot = tape.recordHost(identity, { inputs: [input], output, parts: 0, pullback: cotangent => [cotangent] })
  tape.hostObject(slot, value, space)
  return output
}

/** a + b for values of a user's type, differentiable again. */
export function addHost(space: Space, a: Var<unknown>, b: Var<unknown>): Var<unknown> {
  const op = new UserOp(
    'add',
    (x, y) => space.add(x, y),
    (cotangent: unknown) => [cotangent, cotangent],
  )
  return applyHost(op, [a, b]) as Var<unknown>
}

/** factor·a for a value of a user's type, differentiable again. @throws {UsageError} where its dictionary cannot scale. */
export function scaleHost(op: string, space: Space, factor: number, a: Var<unknown>): Var<unknown> {
  if (space.scale === undefined) {
    throw new UsageError(
      `${op}: a value of a type of its own is to be multiplied by a number, and its dictionary has no scale. Add it: ` +
        '{ zero, one, add, scale }, see Differentiable.',
    )
  }
  const scaled = new UserOp(
    'scale',
    x => space.scale?.(factor, x),
    (cotangent: unknown) => [scaleHost(op, space, factor, cotangent as Var<unknown>)],
  )
  return applyHost(scaled, [a]) as Var<unknown>
}

/** The value of f at plain inputs, f being a function of variables that gives a structure of variables or plain values. */
export function evaluatePlain(f: (...vars: never[]) => unknown, values: readonly unknown[]): unknown {
  const run = openRun(true)
  try {
    return plainGradient(f(...(inputsOf(run, values) as never[])))
  } finally {
    run.close(false)
  }
}

/** The same for a function that may give a promise. */
export async function evaluatePlainAsync(
  f: (...vars: never[]) => unknown,
  values: readonly unknown[],
): Promise<unknown> {
  const run = openAsyncRun()
  try {
    const vars = inputsOf(run, values)
    return plainGradient(await within(undefined, () => f(...(vars as never[]))))
  } finally {
    run.close(false)
  }
}

/** Variables of the run for plain values. */
function inputsOf(run: Run, values: readonly unknown[]): unknown[] {
  const { tape } = run
  return values.map(value =>
    mapLeaves(value, '', leaf => {
      if (typeof leaf === 'number') return varOf(run, tape.leafNumber(leaf), SCALAR)
      if (leaf instanceof Tensor) return varOf(run, tape.leafTensor(leaf), leaf.shape, leaf.dtype)
      const space = spaceOfLeaf(leaf) as Space
      return hostVarOf(run, tape.leafHost(leaf, space), space)
    }),
  )
}

/** What a pullback on variables gives, as plain values. */
function plainGradient(result: unknown): unknown {
  return mapLeaves(result, 'the gradient', leaf => (leaf instanceof Var ? valueOf(leaf) : leaf))
}
