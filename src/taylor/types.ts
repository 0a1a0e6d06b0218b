/** The types of the Taylor operators. Types only. */
import type { Jacobian } from '../derivatives/types.ts'

/**
 * The terms of orders 0 to N, each of the type W: a tuple for a literal N up to 20, so that each has a place of its own;
 * otherwise an array.
 *
 * @example
 * ```ts
 * const cubic: Terms<number, 3> = [1, 3, 3, 1]
 * ```
 */
export type Terms<W, N extends number> = number extends N ? W[] : TermsUpTo<W, N, []>

type TermsUpTo<W, N extends number, Built extends W[]> = Built['length'] extends N
  ? [...Built, W]
  : Built['length'] extends 20
    ? W[]
    : TermsUpTo<W, N, [...Built, W]>

/**
 * A value of the type W and its derivatives by V up to order N: [value, Jacobian, Jacobian of that, …], a tuple for a literal
 * N up to 6.
 *
 * @example
 * ```ts
 * const quadratic: Jet<number, Vector<2>, 2> = [5, vector([2, 4], 2), matrix([2, 0, 0, 2], 2, 2)]
 * ```
 */
export type Jet<W, V, N extends number> = number extends N ? unknown[] : JetUpTo<W, V, N, []>

type JetUpTo<W, V, N extends number, Built extends unknown[]> = Built['length'] extends N
  ? [...Built, W]
  : Built['length'] extends 6
    ? unknown[]
    : JetUpTo<Jacobian<W, V>, V, N, [...Built, W]>
