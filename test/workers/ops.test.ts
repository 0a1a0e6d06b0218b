/** Every op, on one thread and on several: the same bits, forth and back, recorded and compiled. */
import { backprop, compile, dot, evalBP, init, type Leaf, Tensor, type Var } from 'backprop-wasm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enginePool } from '../../src/wasm/engine.ts'
import type { Pool } from '../../src/wasm/pool.ts'
import { onEachType, operandsOf } from '../support/operations.ts'
import { randomLike } from '../support/plain.ts'
import { Random } from '../support/random.ts'

let pool: Pool

beforeAll(async () => {
  await init({ workers: 3 })
  pool = enginePool() as Pool
  expect(pool.count).toBe(3)
  pool.shareFrom(0) // however small: these operands take less than a microsecond
})
afterAll(() => pool.close())

const bits = (value: unknown): unknown => {
  if (!(value instanceof Tensor)) return value
  return [value.dtype, value.shape, ...new Int32Array(value.data.buffer, 0, value.data.byteLength / 4)]
}

describe.each(onEachType())('$title', ({ operation, dtype }) => {
  const shapes = [...operation.cases, ...operation.cases.map(larger)]
  test.each(shapes.map(shape => [JSON.stringify(shape), shape] as const))('%s', (_shape, shape) => {
    const random = new Random(7)
    const operands = operandsOf(operation, shape, random, dtype)
    const f = (...xs: Var<Leaf>[]): Var<Leaf> => operation.apply(xs)
    const result = evalBP(f as never)(...(operands as never[])) as unknown as Leaf
    const weights = result instanceof Tensor ? randomLike(result, random) : 1
    const loss = (...xs: Var<Leaf>[]): Var<number> => dot(operation.apply(xs) as never, weights as never)
    const run = backprop(loss as never) as (...args: unknown[]) => unknown[]
    const runs = [run, compile(run as never) as unknown as typeof run]
    pool.use(0)
    const alone = runs.map(one =>
      one(...operands)
        .flat()
        .map(bits),
    )
    for (const count of [1, 2, 3]) {
      pool.use(count)
      expect(
        runs.map(one =>
          one(...operands)
            .flat()
            .map(bits),
        ),
      ).toEqual(alone)
    }
  })
})

/** The shapes, with sizes that several threads share. */
function larger(shapes: readonly (readonly number[])[]): number[][] {
  return shapes.map(shape => shape.map(size => (size < 2 ? size : 7 * size)))
}
