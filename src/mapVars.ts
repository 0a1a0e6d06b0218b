/** `mapVars`: a function of leaves, for each place of structures of variables. */
import { ResultError } from './errors.ts'
import { checkLike, mapLeaves } from './structure.ts'
import type { AnyTensor } from './types.ts'
import { Var } from './var.ts'

/** A leaf of some structure: a number or a tensor, of which elementwise ops and sums are known. */
export type AnyLeaf = Var<AnyTensor>

/**
 * A function of the leaves at one place, for each place of several structures of variables: mapVars(f, a, b) has f(aᵢ, bᵢ)
 * where a has aᵢ. Where f gives a tuple, there is a structure for each of its elements. What is static is taken from the first. It
 * is to variables what `mapNumbers` is to plain values.
 *
 * @param f the function: one variable for each structure, whose type is that of tensors, though they may be numbers
 * @param value a structure of variables
 * @param others further ones, of the same structure
 * @shape any number of the same structure → same, or a tuple of them
 * @throws {StructureMismatchError} when the structures differ.
 * @throws {ShapeMismatchError} when shapes differ.
 * @throws {ResultError} when f gives what is neither a variable nor a tuple of variables.
 * @example
 * ```ts
 * const halfway = (a: BVar<[number, Vector]>, b: BVar<[number, Vector]>) => mapVars((x, y) => x.add(y).mul(0.5), a, b)
 * evalBP(halfway)([1, vector([2])], [3, vector([6])]) // → [2, vector([4])]
 * ```
 */
export function mapVars<V>(f: (leaf: AnyLeaf, ...leaves: AnyLeaf[]) => AnyLeaf, value: V, ...others: NoInfer<V>[]): V
export function mapVars<V, const Leaves extends readonly AnyLeaf[]>(
  f: (leaf: AnyLeaf, ...leaves: AnyLeaf[]) => Leaves,
  value: V,
  ...others: NoInfer<V>[]
): { [K in keyof Leaves]: V }
export function mapVars(
  f: (leaf: AnyLeaf, ...leaves: AnyLeaf[]) => AnyLeaf | readonly AnyLeaf[],
  value: unknown,
  ...others: unknown[]
): unknown {
  const results = atEachPlace(f, value, others)
  const [first] = results
  for (const result of results) if (!isVarOrTuple(result)) throw new ResultError('mapVars, what f gives', result)
  if (first === undefined || first instanceof Var) return withLeaves(value, results)
  return first.map((_, k) =>
    withLeaves(
      value,
      results.map(leaves => (leaves as readonly AnyLeaf[])[k]),
    ),
  )
}

/** Is it a variable, or a tuple of variables? */
function isVarOrTuple(x: unknown): boolean {
  return x instanceof Var || (Array.isArray(x) && x.every(part => part instanceof Var))
}

/** @internal What f gives for the leaves at each place of some structures, in order. */
export function atEachPlace<T>(
  f: (leaf: AnyLeaf, ...leaves: AnyLeaf[]) => T,
  value: unknown,
  others: readonly unknown[],
): readonly T[] {
  const columns = others.map(other => {
    const leaves: AnyLeaf[] = []
    checkLike(value, other, 'mapVars', (_, leaf) => leaves.push(leaf as AnyLeaf))
    return leaves
  })
  const results: T[] = []
  mapLeaves(value, 'mapVars', leaf => {
    results.push(f(leaf as AnyLeaf, ...columns.map(leaves => leaves[results.length] as AnyLeaf)))
    return leaf
  })
  return results
}

/** @internal A structure with other leaves, which are given in order. */
export function withLeaves(value: unknown, leaves: readonly unknown[]): unknown {
  let place = 0
  return mapLeaves(value, 'mapVars', () => leaves[place++])
}
