/** The laws of `Differentiable`, checked on samples: for tests of users' types. */
import type { Differentiable } from './differentiable.ts'
import { checkSpace } from './differentiable.ts'
import { describe, LawError, UsageError } from './errors.ts'
import { checkGiven, functionLike, NOT_NEGATIVE } from './options.ts'

/**
 * Options of `checkLaws`.
 *
 * @example
 * ```ts
 * const options: LawOptions<bigint> = { equal: (a, b) => a === b }
 * ```
 */
export interface LawOptions<T> {
  /** When two values count as equal; by default all numbers in them must agree to `tolerance`. */
  readonly equal?: (a: T, b: T) => boolean
  /** How far numbers may be apart, relative to the larger one, or absolutely below 1; 1e-9 by default. */
  readonly tolerance?: number
}

/**
 * Checks the laws of a dictionary on all pairs and triples of some values: a + (b + c) = (a + b) + c and the others that
 * `Differentiable` lists. For the tests of one's own types.
 *
 * @param space the dictionary
 * @param samples values of one form; three or more find most mistakes
 * @param options when values count as equal
 * @returns nothing
 * @throws {LawError} for the first law that does not hold.
 * @throws {UsageError} when the dictionary lacks a method, or values without visible fields are to be compared.
 * @example
 * ```ts
 * const integers: Differentiable<bigint> = { zero: () => 0n, one: () => 1n, add: (a, b) => a + b }
 * checkLaws(integers, [1n, -2n, 3n], { equal: (a, b) => a === b })
 * try {
 *   checkLaws({ ...integers, add: (a, b) => a - b }, [1n, 2n], { equal: (a, b) => a === b })
 * } catch (error) {
 *   if (error instanceof LawError) console.log(error.law) // → 'zero is neutral: add(zero(a), a) = a'
 * }
 * ```
 */
export function checkLaws<T>(space: Differentiable<T>, samples: readonly T[], options: LawOptions<T> = {}): void {
  checkSpace('checkLaws', space)
  checkGiven('checkLaws', options, { equal: functionLike('(a, b) => …'), tolerance: NOT_NEGATIVE })
  const { tolerance = 1e-9, equal = (a, b) => near(a, b, tolerance) } = options
  const same = (law: string, left: T, right: T, ...values: readonly unknown[]): void => {
    if (!equal(left, right)) throw new LawError(law, values, left, right)
  }
  const close = (law: string, left: number, right: number, ...values: readonly unknown[]): void => {
    if (!near(left, right, tolerance)) throw new LawError(law, values, left, right)
  }
  const add = (a: T, b: T): T => space.add(a, b)
  const factors = [0.5, -2]
  for (const a of samples) {
    const zero = space.zero(a)
    same('zero is neutral: add(a, zero(a)) = a', add(a, zero), a, a)
    same('zero is neutral: add(zero(a), a) = a', add(zero, a), a, a)
    same('zero depends on the form only: zero(zero(a)) = zero(a)', space.zero(zero), zero, a)
    same('one depends on the form only: one(one(a)) = one(a)', space.one(space.one(a)), space.one(a), a)
    if (space.scale !== undefined) {
      same('scale by one: scale(1, a) = a', space.scale(1, a), a, a)
      same('scale by zero: scale(0, a) = zero(a)', space.scale(0, a), zero, a)
      const [s, t] = factors as [number, number]
      same(
        'scale twice: scale(s·t, a) = scale(s, scale(t, a))',
        space.scale(s * t, a),
        space.scale(s, space.scale(t, a)),
        a,
      )
      const sum = add(space.scale(s, a), space.scale(t, a))
      same('scale is distributive: scale(s + t, a) = scale(s, a) + scale(t, a)', space.scale(s + t, a), sum, a)
    }
    if (space.map !== undefined) {
      same(
        'map to zero: map(() ↦ 0, a) = zero(a)',
        space.map(() => 0, a),
        zero,
        a,
      )
      const [s] = factors as [number, number]
      if (space.scale !== undefined)
        same(
          'map scales: map(x ↦ s·x, a) = scale(s, a)',
          space.map(x => s * x, a),
          space.scale(s, a),
          a,
        )
    }
    if (space.inner !== undefined) {
      close('inner with zero: inner(zero(a), a) = 0', space.inner(zero, a), 0, a)
      if (!(space.inner(a, a) >= 0)) throw new LawError('inner is positive: inner(a, a) ≥ 0', [a], space.inner(a, a), 0)
    }
    if (space.random !== undefined) {
      const random = space.random(a, () => 0.25)
      same('random has the form of its argument: zero(random(a)) = zero(a)', space.zero(random), zero, a)
    }
    for (const b of samples) {
      const sum = add(a, b)
      same('add changes none of its arguments: add(a, b) = add(a, b)', sum, add(a, b), a, b)
      same('add is commutative: add(a, b) = add(b, a)', sum, add(b, a), a, b)
      if (space.map !== undefined)
        same(
          'map adds: map((x, y) ↦ x + y, a, b) = add(a, b)',
          space.map((x, y) => x + y, a, b),
          sum,
          a,
          b,
        )
      if (space.scale !== undefined) {
        for (const s of factors) {
          const separately = add(space.scale(s, a), space.scale(s, b))
          same(
            'scale is distributive: scale(s, a + b) = scale(s, a) + scale(s, b)',
            space.scale(s, sum),
            separately,
            a,
            b,
          )
        }
      }
      if (space.inner !== undefined) {
        const inner = space.inner(a, b)
        close('inner is symmetric: inner(a, b) = inner(b, a)', inner, space.inner(b, a), a, b)
        if (space.scale !== undefined) {
          close(
            'inner is linear: inner(scale(s, a), b) = s·inner(a, b)',
            space.inner(space.scale(2, a), b),
            2 * inner,
            a,
            b,
          )
        }
      }
      for (const c of samples) {
        same('add is associative: add(add(a, b), c) = add(a, add(b, c))', add(sum, c), add(a, add(b, c)), a, b, c)
        if (space.inner !== undefined) {
          const separately = space.inner(a, c) + space.inner(b, c)
          close(
            'inner is linear: inner(a + b, c) = inner(a, c) + inner(b, c)',
            space.inner(sum, c),
            separately,
            a,
            b,
            c,
          )
        }
      }
    }
  }
}

/** Do two values have the same form, and numbers that agree? */
function near(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  if (classOf(a) !== classOf(b)) return false
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && Array.from(a).every(([key, value]) => b.has(key) && near(value, b.get(key), tolerance))
  }
  const keys = Object.keys(a)
  if (keys.length === 0 && a !== b && !Array.isArray(a) && !ArrayBuffer.isView(a) && classOf(a) !== Object.prototype) {
    const problem = `checkLaws: ${describe(a)} has no fields that can be seen, so any two would count as equal.`
    throw new UsageError(`${problem} Say when they are: checkLaws(space, samples, { equal: (a, b) => … }).`)
  }
  if (keys.length !== Object.keys(b).length) return false
  const of = (value: object, key: string): unknown => (value as Record<string, unknown>)[key]
  return keys.every(key => near(of(a, key), of(b, key), tolerance))
}

/** What an object is an instance of; a record without a prototype is a record. */
function classOf(value: object): unknown {
  return (Object.getPrototypeOf(value) as unknown) ?? Object.prototype
}
