/** Looking at a value without depending on it. */
import { peekOf } from '../value.ts'
import type { Var } from '../var.ts'

/**
 * The value of a variable, for printing and counting: peek(x) = x.value. In a function that is compiled it is read while
 * the program is recorded and is no condition of it: the program runs again with other values and does not look. So nothing
 * that the result depends on may come from it; use `.value`, or a comparison, for that.
 *
 * @param x the variable
 * @shape any → the same, as a plain value; a tensor is a copy
 * @throws {VarOutOfRunError} when its run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => {
 *   console.log(peek(x.mul(2)))
 *   return x.mul(x)
 * })(3) // → 9
 * ```
 */
export function peek<A>(x: Var<A>): A {
  return peekOf(x) as A
}
