/** Another order of dimensions. */
import { assembled, countOf, elementsOf, type Value } from '../values.ts'

/**
 * The tensor with its dimensions in another order: result[i₀, i₁, …] has the index i_k in dimension perm[k] of x. Element by
 * element: a product with the identity, which would do for matrices, makes NaN of 0·∞.
 */
export function transposed(x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x
  const shape = perm.map(axis => x.shape[axis])
  const strides = perm.map(axis => countOf(x.shape.slice(axis + 1)))
  const elements = elementsOf(x)
  const ordered: Value[] = []
  const visit = (dimension: number, offset: number): void => {
    if (dimension === perm.length) {
      ordered.push(elements[offset])
      return
    }
    for (let i = 0; i < shape[dimension]; i++) visit(dimension + 1, offset + i * strides[dimension])
  }
  visit(0, 0)
  return assembled(ordered, shape)
}
