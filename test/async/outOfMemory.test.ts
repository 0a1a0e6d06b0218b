/** Where memory ends while async runs are open. */
import {
  asyncOp1,
  backprop,
  dot,
  gradBP,
  gradBPAsync,
  init,
  OutOfMemoryError,
  sum,
  type Var,
  vector,
  type Vector,
} from 'backprop-wasm'
import { expect, test } from 'vitest'
import { expectUsable } from '../support/failures.ts'
import { bytesInUse } from '../support/tape.ts'
import { after, gate } from '../support/waiting.ts'

const LENGTH = 20_000
const passOn = asyncOp1(async (v: Vector) => {
  await after(1)
  return [v, async (dz: Vector) => [await after(1, dz)]]
})
/** Takes about that many megabytes. */
const large =
  (megabytes: number) =>
  (v: Var<Vector>): Var<number> => {
    let w = v
    for (let i = 0; i < megabytes * 7; i++) w = w.mul(1.0001)
    return sum(w)
  }
const x = vector(Float64Array.from({ length: LENGTH }, (_, i) => i % 7))

test('start with 16 MiB', async () => {
  await init({ maximumBytes: 2 ** 24 })
  expectUsable()
})

test('a synchronous run that asks for too much leaves an async one as it was, also what it has recorded', async () => {
  const { opened, open } = gate()
  const f = async (v: Var<Vector>): Promise<Var<number>> => {
    const w = v.mul(v).add(1)
    const y = await passOn(w)
    expect(() => gradBP(large(30))(x)).toThrow(OutOfMemoryError)
    await opened
    expect(() => gradBP(large(30))(x)).toThrow(OutOfMemoryError)
    return dot(y, v)
  }
  const running = gradBPAsync(f)(x)
  await after(30)
  expect(() => gradBP(large(30))(x)).toThrow(OutOfMemoryError)
  open()
  const twin = (v: Var<Vector>): Var<number> => dot(v.mul(v).add(1), v)
  expect(await running).toEqual(backprop(twin)(x)[1])
  expectUsable()
})

test('an async run that asks for too much is rejected, and the memory is there for the others', async () => {
  await gradBPAsync(async (v: Var<Vector>) => sum(await passOn(v)))(x)
  const before = bytesInUse()
  const f = async (v: Var<Vector>): Promise<Var<number>> => large(30)(await passOn(v))
  const { opened, open } = gate()
  const waiting = gradBPAsync(async (v: Var<Vector>) => {
    const w = v.mul(v)
    const y = await passOn(w)
    await opened
    return dot(y, v.add(w))
  })(x)
  await expect(gradBPAsync(f)(x)).rejects.toThrow(OutOfMemoryError)
  open()
  const twin = (v: Var<Vector>): Var<number> => dot(v.mul(v), v.add(v.mul(v)))
  expect((await waiting).at(5)).toBeCloseTo(gradBP(twin)(x).at(5), 10)
  expect(bytesInUse()).toBeLessThanOrEqual(before + 2 ** 21)
  expectUsable()
})

test('so is one whose walk back asks for too much', async () => {
  // As much again as forwards, for the cotangents; a third run holds what is missing.
  const f = async (v: Var<Vector>): Promise<Var<number>> => large(9)(await passOn(v.mul(1)))
  await expect(gradBPAsync(f)(x)).rejects.toThrow(OutOfMemoryError)
  expect((await gradBPAsync(async (v: Var<Vector>) => sum(await passOn(v)))(x)).at(5)).toBe(1)
  expectUsable()
})
