/** Many compiled steps: no drift from the recorded path, and flat memory. `npm run soak` takes a million of them. */
import { expect, test } from 'vitest'
import { type Report, soakSteps } from '../support/drift.ts'
import { liveBytes } from '../support/heap.ts'
import { bytesInUse } from '../support/tape.ts'

test('200,000 steps: the same bits as recorded ones, in the same memory', () => {
  const reports: Report[] = []
  soakSteps(
    200_000,
    4,
    () => ({ linear: bytesInUse(), live: liveBytes() }),
    report => reports.push(report),
  )
  expect(reports.map(({ steps }) => steps)).toEqual([50_000, 100_000, 150_000, 200_000])
  expect(reports.map(({ differing }) => differing)).toEqual([0, 0, 0, 0])
  const [first, last] = [reports[0], reports[3]]
  expect(last.memory.linear).toBe(first.memory.linear)
  expect(last.memory.live - first.memory.live).toBeLessThan(300_000)
  expect(last.loss).toBeLessThan(first.loss + 0.01)
  expect(last.loss).toBeGreaterThan(0.1)
})
