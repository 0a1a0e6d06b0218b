/** Programs in little memory: this file has an engine of its own with 16 MiB. */
import {
  compile,
  dot,
  evalBP,
  gradBP,
  init,
  OutOfMemoryError,
  resident,
  sgdStep,
  sum,
  zeros,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { beforeAll, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'

const MAXIMUM = 16 * 2 ** 20
const megabyte = zeros(2 ** 17)
megabyte.data.fill(0.5)

beforeAll(async () => {
  await init({ maximumBytes: MAXIMUM })
})

const chain =
  (links: number) =>
  (x: Var<Vector>): Var<number> => {
    let y = x
    for (let i = 0; i < links; i++) y = y.mul(x)
    return sum(y)
  }

test('a value that cannot be had recorded, for all that is computed stays, can be had compiled', () => {
  expect(() => evalBP(chain(40))(megabyte)).toThrow(OutOfMemoryError)
  using compiled = compile(evalBP(chain(40)))
  expect(compiled(megabyte)).toBeCloseTo(2 ** 17 * 0.5 ** 41, 12)
})

test('no room for a program: a named error, nothing is kept, other programs run', () => {
  using small = compile(gradBP(chain(2)))
  expect(small(zeros(3)).toArray()).toEqual([0, 0, 0])
  using compiled = compile(gradBP(chain(30)))
  expectFailure(() => compiled(megabyte), OutOfMemoryError, /maximum 16\.0 MiB/)
  expect(compiled.recordings).toBe(0)
  expect(small(zeros(3)).toArray()).toEqual([0, 0, 0])
  expect(compiled(zeros(10)).data.length).toBe(10)
})

test('parameters are as they were', () => {
  using parameters = resident(megabyte)
  using step = compile(sgdStep((x: Var<Vector>) => dot(x, x).add(chain(30)(x)), { rate: 1 }))
  expectFailure(() => step(parameters), OutOfMemoryError)
  expect(parameters.read()).toEqual(megabyte)
})
