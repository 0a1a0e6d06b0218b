/** Every op of the table: sparse derivatives are the dense ones, alone and in batches, in each direction. */
import { evalBP, sparseHessian, sparseJacobian, vmap, type Leaf, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { innerVar } from '../support/differences.ts'
import { onEachType, operandsOf } from '../support/operations.ts'
import { dtypeOf, filled, flat, randomLike, shapeOf } from '../support/plain.ts'
import { seeded } from '../support/random.ts'
import { type AnyFunction, denseHessian, denseJacobian, expectMatrix, placesOf, sparse } from './support.ts'

/** Larger ones say nothing more, and take long. */
const MOST_NUMBERS = 24
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
        expectMatrix(sparse(sparseHessian, weighted, args), denseHessian(weighted, args), tolerance)
      }
    }),
  )

  test(
    'of a batch, where no sample depends on another',
    seeded(random => {
      const size = 3
      for (const shapes of cases) {
        const samples = Array.from({ length: size }, () => operandsOf(operation, shapes, random, dtype))
        const args = shapes.map((_shape, i) => {
          const numbers = samples.flatMap(sample => flat(sample[i]))
          const like = samples[0][i]
          let next = 0
          return filled([size, ...shapeOf(like)], () => numbers[next++], dtypeOf(like))
        })
        if (args.flatMap(flat).length > 3 * MOST_NUMBERS) continue
        const all = vmap(many as never) as AnyFunction
        const matrix = sparse(sparseJacobian, all, args)
        expectMatrix(matrix, denseJacobian(all, args), tolerance)
        const sampleOf = args.flatMap(arg =>
          Array.from({ length: flat(arg).length }, (_, i) => Math.floor((i * size) / flat(arg).length)),
        )
        const places = placesOf(matrix)
        places.forEach((columns, row) => {
          const own = Math.floor((row * size) / places.length)
          for (const column of columns) expect(sampleOf[column]).toBe(own)
        })
        const numbers = evalBP(all as never as () => Var<Leaf>)(...(args as []))
        const weights = randomLike(numbers, random)
        const weighted: AnyFunction = (...batches: Var<Leaf>[]) =>
          innerVar([(all as (...xs: Var<Leaf>[]) => Var<Leaf>)(...batches)], [weights])
        const hessian = sparse(sparseHessian, weighted, args)
        expectMatrix(hessian, denseHessian(weighted, args), tolerance)
        placesOf(hessian).forEach((columns, row) => {
          for (const column of columns) expect(sampleOf[column]).toBe(sampleOf[row])
        })
      }
    }),
  )
})
