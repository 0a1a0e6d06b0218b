/** Every op of the table: sparse derivatives are the dense ones, alone and in batches, in each direction. */
import { evalBP, gradBP, sparseHessian, sparseJacobian, vmap, type Leaf, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { innerVar } from '../support/differences.ts'
import { onEachType, operandsOf } from '../support/operations.ts'
import { dtypeOf, filled, flat, randomLike, shapeOf } from '../support/plain.ts'
import { seeded } from '../support/random.ts'
import { type AnyFunction, denseHessian, denseJacobian, expectMatrix, placesOf, sparse } from './support.ts'

/** Larger ones say nothing more, and take long. */
const MOST_NUMBERS = 24
/** Which operands are batches, in every way but none. */
function choices(count: number): boolean[][] {
  return Array.from({ length: 2 ** count - 1 }, (_, i) =>
    Array.from({ length: count }, (_unused, j) => ((i + 1) & (1 << j)) !== 0),
  )
}

const modes = ['auto', 'forward', 'reverse'] as const

describe.each(onEachType())('$title', ({ operation, dtype }) => {
  const tolerance = dtype === 'float64' ? 1e-10 : 2e-4
  const many: AnyFunction = (...operands: Var<Leaf>[]) => operation.apply(operands)
  const cases = operation.cases.filter(
    shapes => shapes.reduce((total, shape) => total + shape.reduce((n, size) => n * size, 1), 0) <= MOST_NUMBERS,
  )

  test(
    'Jacobian and Hessian',
    seeded(random => {
      expect(cases.length).toBeGreaterThan(0)
      for (const shapes of cases) {
        const args = operandsOf(operation, shapes, random, dtype)
        const dense = denseJacobian(many, args)
        for (const mode of modes) expectMatrix(sparse(sparseJacobian, many, args, { mode }), dense, tolerance)
        const value = evalBP(many as never as () => Var<Leaf>)(...(args as []))
        const weights = randomLike(value, random)
        const weighted: AnyFunction = (...operands: Var<Leaf>[]) => innerVar([operation.apply(operands)], [weights])
        const second = denseHessian(weighted, args)
        expectMatrix(sparse(sparseHessian, weighted, args), second, tolerance)
        expectMatrix(sparse(sparseJacobian, gradBP(weighted as never), args), second, tolerance)
      }
    }),
  )

  test(
    'of a batch, whichever operands are shared: no sample depends on another',
    seeded(random => {
      const size = 3
      for (const shapes of cases) {
        for (const isBatch of choices(shapes.length)) {
          const samples = Array.from({ length: size }, () => operandsOf(operation, shapes, random, dtype))
          const args = samples[0].map((like, i) => {
            const numbers = samples.flatMap(sample => flat(sample[i]))
            let next = 0
            return isBatch[i] ? filled([size, ...shapeOf(like)], () => numbers[next++], dtypeOf(like)) : like
          })
          if (args.flatMap(flat).length > 2 * MOST_NUMBERS) continue
          const shared = isBatch.flatMap((batch, i) => (batch ? [] : [i]))
          const all = vmap(many as never, { shared: shared as never }) as AnyFunction
          const matrix = sparse(sparseJacobian, all, args)
          expectMatrix(matrix, denseJacobian(all, args), tolerance)
          /** The sample that a number of the arguments belongs to; undefined for what all share. */
          const sampleOf = args.flatMap((arg, i) => {
            const { length } = flat(arg)
            return Array.from({ length }, (_, j) => (isBatch[i] ? Math.floor((j * size) / length) : undefined))
          })
          const places = placesOf(matrix)
          places.forEach((columns, row) => {
            const own = Math.floor((row * size) / places.length)
            for (const column of columns) expect([own, undefined]).toContain(sampleOf[column])
          })
          const weights = randomLike(evalBP(all as never as () => Var<Leaf>)(...(args as [])), random)
          const weighted: AnyFunction = (...batches: Var<Leaf>[]) =>
            innerVar([(all as (...xs: Var<Leaf>[]) => Var<Leaf>)(...batches)], [weights])
          const hessian = sparse(sparseHessian, weighted, args)
          const second = denseHessian(weighted, args)
          expectMatrix(hessian, second, tolerance)
          // Its pattern is made symmetric; this one is not.
          expectMatrix(sparse(sparseJacobian, gradBP(weighted as never), args), second, tolerance)
          placesOf(hessian).forEach((columns, row) => {
            for (const column of columns) {
              expect([sampleOf[row], undefined]).toContain(sampleOf[row] === undefined ? undefined : sampleOf[column])
            }
          })
        }
      }
    }),
  )
})
