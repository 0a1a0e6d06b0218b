/** Loops that never give way: linear memory and the heap stay as they are. */
import { backpropWith, resident, type Var, type Vector, vector } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { liveBytes } from '../support/heap.ts'
import { loops } from '../support/loops.ts'
import { bytesInUse, linearBytes } from '../support/tape.ts'

const STEPS = 20_000
/** What the test runner and the compiler may come to hold meanwhile: less than one small object a step. */
const SLACK = 600_000

describe(`${STEPS} steps`, () => {
  test.each(Object.entries(loops))('%s', (_name, loop) => {
    // Once as long: what V8 keeps of code and feedback settles in the first ten thousand steps.
    loop(STEPS)
    const before = { linear: linearBytes(), used: bytesInUse(), live: liveBytes() }
    loop(STEPS)
    expect(linearBytes()).toBe(before.linear)
    expect(bytesInUse()).toBe(before.used)
    expect(liveBytes() - before.live).toBeLessThan(SLACK)
  })
})

test('pullbacks that are kept hold the heap, not linear memory, and let it go', () => {
  const x = vector(new Float64Array(10_000).fill(1))
  const square = backpropWith((v: Var<Vector>) => v.mul(v))
  square(x)[1](x)
  const before = { linear: linearBytes(), used: bytesInUse(), live: liveBytes() }
  const kept: unknown[] = []
  for (let i = 0; i < 20; i++) kept.push(square(x)[1])
  expect([linearBytes(), bytesInUse()]).toEqual([before.linear, before.used])
  expect(liveBytes() - before.live).toBeGreaterThan(20 * 160_000)
  kept.length = 0
  expect(liveBytes() - before.live).toBeLessThan(SLACK)
})

test('memory that was freed is used again, in whatever order it is freed', () => {
  const sizes = [1000, 10, 5000, 1, 300, 20_000, 0, 64]
  const used = bytesInUse()
  const round = (): void => {
    const held = sizes.map(n => resident(vector(new Float64Array(n))))
    for (const i of [3, 0, 7, 5, 1, 2, 6, 4]) held[i].free()
  }
  round()
  const before = linearBytes()
  for (let i = 0; i < 1000; i++) round()
  expect(linearBytes()).toBe(before)
  expect(bytesInUse()).toBe(used)
})

test('resident parameters that are forgotten are freed by the garbage collector, in the end', async () => {
  const used = bytesInUse()
  for (let i = 0; i < 50; i++) resident(vector(new Float64Array(1000)))
  expect(bytesInUse()).toBe(used + 50 * 8000)
  for (let i = 0; i < 100 && bytesInUse() > used; i++) {
    liveBytes()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  expect(bytesInUse()).toBe(used)
})
