/** The columns of the table of combinations: what is done with a program, and what its derivative must be. */
import { compile, type Leaf, type Programs } from 'backprop-wasm'
import { expect } from 'vitest'
import { expectSlope, innerVar, type Plains, slopeOf, type Vars } from '../support/differences.ts'
import { inner, innerSize, moved, randomLike } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'
import type { Awaitable, Kind, Subject } from './subjects.ts'

export type Order = 'first' | 'second'

/** What an operator gives: of plain arguments. */
type Operated = (operands: unknown) => unknown

/** How a function runs. */
export interface Mode {
  readonly title: string
  /** The same function, run that way. */
  readonly of: (f: Operated) => Operated
  /** Throws unless it was run that way. */
  readonly check: (f: Operated) => void
}

export const modes: readonly Mode[] = [
  { title: 'recorded', of: f => f, check: () => undefined },
  {
    title: 'compiled',
    of: f => compile(f as never),
    check: f => {
      expect((f as unknown as Programs).recordings).toBe(1)
      ;(f as unknown as Programs).free()
    },
  },
]

/** One way of differentiating. */
export interface Way {
  readonly title: string
  /** Throws unless the derivatives of that order are right: with the library's error where it refuses. */
  readonly check: (kind: Kind, subject: Subject, order: Order, mode: Mode) => Promise<void>
}

/** next(x), now or later. */
function then<T, U>(x: Awaitable<T>, next: (x: T) => U): Awaitable<U> {
  return x instanceof Promise ? x.then(next) : next(x)
}

const TOLERANCE = 1e-8

/** Throws unless a gradient at a point has the slopes of a value along random directions. */
async function expectGradient(
  gradient: unknown,
  value: (point: readonly Leaf[]) => Awaitable<number>,
  point: Plains,
  random: Random,
): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const direction = point.map(leaf => randomLike(leaf, random))
    const expected = await slopeOf(t => value(moved(point, t, direction)))
    expectSlope(inner(gradient, direction), expected, innerSize(gradient, direction), TOLERANCE)
  }
}

/**
 * ∇⟨f, c⟩ against differences of ⟨f, c⟩, and ∇⟨∇⟨f, c⟩, w⟩ against differences of the gradient, for random c and w; at several
 * points, so that a program is run with values that it was not recorded with.
 */
const plain: Way = {
  title: 'plain',
  async check({ operators: { evaluate, gradient } }, { f, points }, order, mode) {
    const random = new Random(seed)
    const cotangent = randomLike((await evaluate(f)(points[0])) as Leaf, random)
    const weights = points[0].map(leaf => randomLike(leaf, random))
    const loss = (operands: Vars): unknown => then(f(operands), y => innerVar([y], [cotangent]))
    const slope = (operands: Vars): unknown =>
      then(gradient(loss)(operands) as Awaitable<Vars>, g => innerVar(g, weights))
    const value = (point: Plains): Awaitable<number> =>
      order === 'first'
        ? (evaluate(loss)(point) as Awaitable<number>)
        : then(gradient(loss)(point), g => inner(g, weights))
    const derivative = mode.of(gradient(order === 'first' ? loss : slope))
    for (const point of points) await expectGradient(await derivative(point), value, point, random)
    mode.check(derivative)
  },
}

export const ways: readonly Way[] = [plain]
