/** Expecting an error, and that nothing is left of it: no open run, no memory, and the next gradient is right. */
import { BackpropError, backprop, gradBP, sum, vector, type Var, type Vector } from 'backprop-wasm'
import { expect } from 'vitest'
import { bytesInUse, isRunOpen } from './tape.ts'

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E

/** Throws unless the engine computes a known gradient, with no run open before or after. */
export function expectUsable(): void {
  expect(isRunOpen()).toBe(false)
  const result = backprop((x: Var<number>, y: Var<number>) => x.mul(y.sqrt()).add(x.pow(y)))(2, 3)
  expect(result).toEqual([11.464101615137753, [13.732050807568877, 6.1225277136691885]])
  // A tensor takes a chunk of the arena, which then stays.
  expect(gradBP((x: Var<Vector>) => sum(x))(vector([1, 2])).toArray()).toEqual([1, 1])
  expect(isRunOpen()).toBe(false)
}

/**
 * The error that the body throws, which must be of that very class; its message must match all patterns. Memory in use
 * is the same afterwards.
 */
export function expectFailure<E extends Error>(body: () => unknown, type: ErrorClass<E>, ...patterns: RegExp[]): E {
  expectUsable()
  const before = bytesInUse()
  let caught: unknown
  try {
    body()
  } catch (error) {
    caught = error
  }
  if (!(caught instanceof type)) throw new Error(`expected ${type.name}, got ${String(caught)}`, { cause: caught })
  if (caught instanceof BackpropError) expect(caught.name).toBe(type.name)
  for (const pattern of patterns) expect(caught.message).toMatch(pattern)
  expectUsable()
  expect(bytesInUse()).toBe(before)
  return caught
}
