/** Many compiled steps: no drift from the recorded path, and flat memory. `npm run soak` takes a million of them. */
import { gradBPAsync, type Var } from 'backprop-wasm'
import { expect, test } from 'vitest'
import { type Report, soakSteps, stepsWithRests } from '../support/drift.ts'
import { liveBytes } from '../support/heap.ts'
import { bytesInUse, linearBytes } from '../support/tape.ts'

interface Memory {
  /** Bytes of linear memory that are given out, its size, and bytes of heap and array buffers that live. */
  readonly used: number
  readonly size: number
  readonly live: number
}

const memoryNow = (): Memory => ({ used: bytesInUse(), size: linearBytes(), live: liveBytes() })

/** Throws unless nothing has been kept since the first. */
function expectFlat(first: Memory, last: Memory): void {
  expect(last.used).toBe(first.used)
  expect(last.size).toBe(first.size)
  expect(last.live - first.live).toBeLessThan(300_000)
}

test('200,000 steps: the same bits as recorded ones, in the same memory', () => {
  const reports: Report<Memory>[] = []
  soakSteps(200_000, 4, memoryNow, report => reports.push(report))
  expect(reports.map(({ steps }) => steps)).toEqual([50_000, 100_000, 150_000, 200_000])
  expect(reports.map(({ differing }) => differing)).toEqual([0, 0, 0, 0])
  const [first, last] = [reports[0], reports[3]]
  expectFlat(first.memory, last.memory)
  expect(last.loss).toBeLessThan(first.loss + 0.01)
  expect(last.loss).toBeGreaterThan(0.1)
})

test('200,000 steps between which others run: the same bits as without, in the same memory', async () => {
  const memory: Memory[] = []
  let others = 0
  const other = async (x: Var<number>): Promise<Var<number>> => {
    await Promise.resolve()
    return x.mul(x)
  }
  const parameters = await stepsWithRests(200_000, 1000, async taken => {
    const pending = gradBPAsync(other)(taken)
    // The event loop goes round once, which finalisers need too.
    await new Promise(setImmediate)
    if ((await pending) === 2 * taken) others++
    if (taken % 50_000 === 0) memory.push(memoryNow())
  })
  expect(others).toBe(200)
  expect(memory).toHaveLength(4)
  expectFlat(memory[0], memory[3])
  expect(await stepsWithRests(200_000, 200_000, () => undefined)).toEqual(parameters)
})
