/** Out of memory while debugging: the error says which op it concerns, and where that was recorded; on the way back too. */
import { exp, gradBP, init, OutOfMemoryError, sum, type Var, type Vector, vector } from 'backprop-wasm'
import { beforeAll, expect, test } from 'vitest'
import { expectUsable } from '../support/failures.ts'

beforeAll(() => init({ debug: true, maximumBytes: 16 * 2 ** 20 }))

const x = vector(new Float64Array(100_000))

/** What comes of a graph so deep: whether all of it was recorded, and the error. */
function outcomeOf(depth: number): { recorded: boolean; error: unknown } {
  let recorded = false
  const f = (x: Var<Vector>): Var<number> => {
    let y = x
    for (let i = 0; i < depth; i++) y = exp(y)
    recorded = true
    return sum(y)
  }
  try {
    gradBP(f)(x)
    return { recorded, error: undefined }
  } catch (error) {
    return { recorded, error }
  }
}

test('forwards in the line that asks for it, backwards by the op', () => {
  expect(outcomeOf(2)).toEqual({ recorded: true, error: undefined })
  // The deeper the graph, the earlier: first on the way back, then forwards.
  const failures = Array.from({ length: 30 }, (_, depth) => outcomeOf(depth)).filter(({ error }) => error !== undefined)
  expect(new Set(failures.map(({ recorded }) => recorded))).toEqual(new Set([true, false]))
  for (const { error } of failures) {
    expect(error).toBeInstanceOf(OutOfMemoryError)
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(
        /It concerns (Exp, recorded .*outOfMemory\.test\.ts:15|Sum, recorded .*outOfMemory\.test\.ts:17):\d+\)?\.$/,
      ),
    )
    expect(error).toHaveProperty(
      'cause.stack',
      expect.stringMatching(/^Place: recorded here\n.*outOfMemory\.test\.ts:(15|17):/),
    )
    expectUsable()
  }
})
