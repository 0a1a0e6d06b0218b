/** Every op of the table, compiled: the same as recorded, forwards and at first and second order, for values it was not recorded with. */
import { backprop, compile, evalBP, gradBP, type Leaf, type Shape, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { along, dirtyMemory, innerVar, type Plains, type Vars } from '../support/differences.ts'
import { onEachType, operandsOf } from '../support/operations.ts'
import { expectClose, flat, randomLike } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

/** Asserts that two structures hold the same bits; one NaN is as good as another. */
function expectSame(actual: unknown, expected: unknown): void {
  const [a, b] = [flat(actual), flat(expected)]
  expect(a.length).toBe(b.length)
  for (const [i, value] of a.entries()) expect(value).toBe(b[i])
}

const small = (shapes: readonly Shape[]): boolean => shapes.flat().every(size => size < 10)

describe.each(onEachType())('$title', ({ operation, dtype }) => {
  test(
    'value and gradient',
    seeded(random => {
      for (const shapes of operation.cases) {
        const points = [0, 1, 2].map(() => operandsOf(operation, shapes, random, dtype)) as unknown as Plains[]
        const run = evalBP(operation.apply)
        const cotangent = randomLike(run(points[0]), random)
        const both = backprop((operands: Vars): Var<number> => innerVar([operation.apply(operands)], [cotangent]))
        const compiled = compile(run)
        const compiledBoth = compile(both)
        for (const point of points) {
          const [value, expected] = [run(point), both(point)]
          dirtyMemory()
          expectSame(compiled(point), value)
          expectSame(compiledBoth(point), expected)
        }
        // Arguments without a leaf that is read, of shapes with no elements, are programs like any other.
        expect(compiled.recordings).toBe(1)
        expect(compiledBoth.recordings).toBe(1)
      }
    }),
  )

  test(
    'second order',
    seeded(random => {
      for (const shapes of operation.cases.filter(small)) {
        const points = [0, 1].map(() => operandsOf(operation, shapes, random, dtype)) as unknown as Plains[]
        const cotangent = randomLike(evalBP(operation.apply)(points[0]), random)
        const weights = points[0].map((leaf: Leaf) => randomLike(leaf, random))
        const scalar = (operands: Vars): Var<number> => innerVar([operation.apply(operands)], [cotangent])
        const gradient = gradBP(along(scalar, weights))
        const compiled = compile(gradient)
        for (const point of points) {
          const expected = gradient(point)
          dirtyMemory()
          expectClose(compiled(point), expected, dtype === 'float64' ? 1e-12 : 1e-5)
        }
        expect(compiled.recordings).toBe(1)
      }
    }),
  )
})
