/** Numbers that are not differentiated. */

/**
 * A value that is passed through untouched, as data: an index, a count, a numeric tag. Made by `fixed`.
 *
 * @example
 * ```ts
 * const index: Fixed<number> = fixed(3)
 * index.value // → 3
 * ```
 */
export class Fixed<out T> {
  /** Never there; keeps a record `{ value }` from being taken for one. */
  declare protected readonly 'made by fixed(value)': true
  /** The value. */
  readonly value: T

  /** The same as `fixed(value)`: new Fixed(value).value = value. @sameAs fixed */
  constructor(value: T) {
    this.value = value
  }
}

/**
 * Wraps a value so that it is not differentiated: it arrives in the function as it is, and stands in the gradient as
 * it is. Needed for numbers, and for objects that are no records, such as a Date; strings and the like pass by themselves.
 *
 * @param value the value
 * @shape any → no leaf
 * @throws nothing
 * @example
 * ```ts
 * type Power = { x: number; n: Fixed<number> }
 * gradBP((p: BVar<Power>) => p.x.pow(p.n.value))({ x: 3, n: fixed(2) }) // → { x: 6, n: fixed 2 }
 * ```
 */
export function fixed<const T>(value: T): Fixed<T> {
  return new Fixed(value)
}
