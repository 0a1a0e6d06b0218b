/** `vmap`: from a function of one sample to a function of a batch. */
import { checkFunction, mapResult, refusePromise, type VarFunction, withLength } from '../differentiate.ts'
import { BatchSizeError, counted, shapeText, UnknownLeafError, UsageError } from '../errors.ts'
import { evaluator } from '../grad.ts'
import { current, type Run } from '../run.ts'
import type { ArgumentsOf, FunctionOf, Positions, ResultOf } from '../signatures.ts'
import { mapLeaves, pathText, someLeaf } from '../structure.ts'
import { checkGiven, POSITIONS } from '../options.ts'
import { type AnyVar, HOST } from '../var.ts'
import { VMAP } from './batch.ts'
import { Template } from './template.ts'
import type { Batched, VmapOptions } from './types.ts'

/**
 * A function of one sample as a function of a batch: vmap(f)(x)ᵢ = f(xᵢ) for each sample i. A number becomes a vector, a
 * tensor gets one more size in front; any structure of them is a batch that has one at each leaf. Arguments that are the same
 * for all samples, parameters for example, are `shared`.
 *
 * The function is called once. What it does is recorded for all samples at once: matVec of a shared matrix becomes one
 * product of matrices, and so does the gradient by that matrix. It may hold gradients, and further `vmap`s; and what `vmap`
 * gives may be differentiated, compiled, and used in steps. With a variable among the arguments it is recorded on the run
 * around, as in `evalBP`.
 *
 * A batched variable has no value that a branch could depend on; choose by `where`. Ops of the user's are called for each
 * sample. See docs/vmap.md.
 *
 * @param f the function, of one or several arguments, of which one at least is a batch
 * @param options which arguments are shared
 * @shape f: (…BVar) ↦ BVar → the same with one more size in front of all but shared arguments
 * @throws {BatchSizeError} (from the function) when batches differ in size, or an argument is none.
 * @throws {BatchedValueError} (from the function) when f asks for the value of a batched variable.
 * @throws {ResultError} (from the function) when the result holds a plain value, or is undefined.
 * @throws {UnknownLeafError} (from the function) when a batch holds a value of a user's type.
 * @throws {UsageError} when f is no function, `shared` no position, or an option unknown; (from the function) when `shared` is
 * the position of no argument.
 * @example
 * ```ts
 * const line = vmap((w: Var<Vector<2>>, x: Var<Vector<2>>) => dot(w, x), { shared: 0 })
 * line(vector([1, 10], 2), matrix([1, 2, 3, 4, 5, 6], 3, 2)).toArray() // → [21, 43, 65]
 *
 * const slopes = vmap(gradBP((x: Var<number>) => x.mul(x)))
 * slopes(vector([1, 2, 3])).toArray() // → [2, 4, 6]
 * ```
 */
export function vmap<
  Vs extends readonly unknown[],
  W,
  const S extends undefined | Positions<ArgumentsOf<O, Vs>> = undefined,
  O = unknown,
>(f: FunctionOf<Vs, W, O>, options: VmapOptions<S> = {}): Batched<ArgumentsOf<O, Vs>, ResultOf<O, W>, S> {
  checkFunction(VMAP, f)
  checkGiven('vmap', options, { shared: POSITIONS })
  const shared = sharedPositions(options)
  const batched = (...args: readonly unknown[]): unknown => mapSamples(f as VarFunction, shared, args)
  return evaluator(VMAP, withLength(batched, (f as VarFunction).length)) as never
}

function sharedPositions({ shared }: VmapOptions<unknown>): readonly number[] {
  return (shared === undefined ? [] : Array.isArray(shared) ? shared : [shared]) as readonly number[]
}

/** Calls a function of one sample, its arguments being variables, and gives its result for all. */
function mapSamples(f: VarFunction, shared: readonly number[], args: readonly unknown[]): unknown {
  const size = batchSize(shared, args)
  checkShared(shared, args.length)
  const template = new Template(current as Run, size)
  try {
    const vars = args.map((arg, i) =>
      shared.includes(i) ? arg : mapLeaves(arg, '', leaf => template.input(leaf as AnyVar)),
    )
    const result = f(...vars)
    refusePromise(result)
    return mapResult(result, (leaf, path) => template.output(leaf, path))
  } finally {
    template.close()
  }
}

/** Throws unless there is an argument at each shared position. */
function checkShared(shared: readonly number[], count: number): void {
  const position = shared.find(i => i >= count)
  if (position === undefined) return
  throw new UsageError(
    `vmap: shared is ${String(position)}, but the call has ${counted(count)}; positions count from 0.`,
  )
}

/** The first size that all batches have. */
function batchSize(shared: readonly number[], args: readonly unknown[]): number {
  let size: number | undefined
  let where = ''
  for (const [i, arg] of args.entries()) {
    if (shared.includes(i)) continue
    const start = `argument ${String(i + 1)}`
    mapLeaves(arg, start, leaf => {
      const { shape } = leaf as AnyVar
      const path = pathText(start)
      if (shape === HOST) {
        throw new UnknownLeafError(
          path,
          leaf,
          `Only numbers and tensors come in batches. Share the argument: { shared: ${String(i)} }.`,
        )
      }
      const [first] = shape
      if (first === undefined) {
        throw new BatchSizeError(
          `vmap: ${path} is a number, where a batch of samples is expected: a vector of numbers. If it is the same for all ` +
            `samples, share it: { shared: ${String(i)} }.`,
        )
      }
      if (size !== undefined && first !== size) {
        throw new BatchSizeError(
          `vmap: batches differ in size: ${where} has ${String(size)} samples, ${path} has ${String(first)} ` +
            `(shape ${shapeText(shape)}). The first size counts the samples. If the argument is the same for all samples, ` +
            `share it: { shared: ${String(i)} }.`,
        )
      }
      if (size === undefined) where = path
      size ??= first
      return leaf
    })
  }
  if (size !== undefined) return size
  const problem = args.some(arg => someLeaf(arg, () => true)) ? 'all arguments are shared' : 'there is no variable'
  throw new BatchSizeError(`vmap: ${problem}, so there is no batch. One argument at least holds samples.`)
}
