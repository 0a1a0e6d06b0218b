/** Batch rules of the user's own. */
import { withLength } from '../differentiate.ts'
import { UsageError } from '../errors.ts'
import { backpropWith } from '../grad.ts'
import { templateOf } from '../host.ts'
import type { HostOp } from '../hostStore.ts'
import type { BatchRule } from './types.ts'

type AnyFunction = (...inputs: unknown[]) => unknown

/**
 * An op with a batch rule of its own: withBatchRule(op, rule)(…xs) = op(…xs), and inside `vmap` rule(…batches), called once
 * for all samples. Without one an op of the user's is called for each sample.
 *
 * In the batches each variable of the inputs has one more size in front, in which the samples are counted; what all samples
 * share is repeated. The gradient of the batch is that of the rule; a gradient inside `vmap` is that of the op, sample by
 * sample.
 *
 * @param op the op, or any function of variables
 * @param rule the same for a batch; a function of variables
 * @shape Op, function of batches → Op
 * @throws {UsageError} when one is no function.
 * @throws {BatchSizeError} (from the op, in `vmap`) when a result of the rule has not the size of the batch in front.
 * @example
 * ```ts
 * const cube = op1((x: number) => [x ** 3, dz => [3 * x * x * dz]])
 * const cubes = op1((xs: Vector) => [
 *   vector(xs.data.map(x => x ** 3)),
 *   dz => [vector(xs.data.map((x, i) => 3 * x * x * dz.at(i)))],
 * ])
 * const either = withBatchRule(cube, xs => cubes(xs))
 * vmap((x: Var<number>) => either(x).add(1))(vector([1, 2, 3])).toArray() // → [2, 9, 28]
 * ```
 */
export function withBatchRule<F extends (...inputs: never[]) => unknown>(op: F, rule: BatchRule<F>): F {
  const [sample, whole] = [op, rule] as unknown as [AnyFunction, AnyFunction]
  if (typeof sample !== 'function' || typeof whole !== 'function') {
    throw new UsageError('withBatchRule: give the op and a function of batches: withBatchRule(op, xs => …).')
  }
  const either = (...inputs: unknown[]): unknown => {
    const template = templateOf(inputs)
    return template === undefined
      ? sample(...inputs)
      : template.callRule(sampleGradient(sample, inputs.length), whole, inputs)
  }
  return withLength(either, op.length) as unknown as F
}

/** The op of one sample, as the walk back over a template sees it. */
function sampleGradient(op: AnyFunction, count: number): HostOp {
  const wrt = Array.from({ length: count }, (_, i) => i)
  const onVars = (cotangent: unknown, ...inputsAndResult: unknown[]): unknown => {
    const [, pull] = backpropWith(op as never, { wrt } as never)(...(inputsAndResult.slice(0, count) as never[])) as [
      unknown,
      (cotangent: unknown) => unknown,
    ]
    return pull(cotangent)
  }
  return { name: op.name === '' ? 'an op' : op.name, onVars }
}
