/** The list of free memory, against a map of bytes; and that its cost does not grow with how many pieces there are. */
import { resident, vector } from 'backprop-wasm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FreeList } from '../../src/wasm/freeList.ts'
import { bytesInUse, linearBytes } from '../support/tape.ts'
import { Random, seed } from '../support/random.ts'

fc.configureGlobal({ seed })

/** Which of `length` units are free, as the runs of them: [start, size]. */
function runsOf(free: readonly boolean[]): [start: number, size: number][] {
  const runs: [number, number][] = []
  free.forEach((isFree, at) => {
    if (!isFree) return
    if (at > 0 && free[at - 1]) runs.at(-1)[1]++
    else runs.push([at, 1])
  })
  return runs
}

test('takes from the first piece that is large enough, and joins what is given back', () => {
  const step = fc.tuple(fc.constantFrom('take', 'give', 'end'), fc.nat(), fc.integer({ min: 1, max: 6 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const free = new Array<boolean>(40).fill(false)
      const taken: [start: number, size: number][] = [0, 10, 20, 30].map(start => [start, 10])
      const list = new FreeList()
      for (const [kind, which, size] of steps) {
        if (kind === 'take') {
          const start = list.take(size)
          expect(start).toBe(runsOf(free).find(run => run[1] >= size)?.[0])
          if (start === undefined) continue
          free.fill(false, start, start + size)
          taken.push([start, size])
        } else if (kind === 'give' && taken.length > 0) {
          const [[start, count]] = taken.splice(which % taken.length, 1)
          list.give(start, count)
          free.fill(true, start, start + count)
        } else if (kind === 'end') {
          const last = runsOf(free).at(-1)
          const start = last !== undefined && last[0] + last[1] === 40 ? last[0] : 40
          expect(list.startBefore(40)).toBe(start)
          list.takeBefore(40)
          if (start < 40) taken.push([start, 40 - start])
          free.fill(false, start)
        }
        expect(list.bytes).toBe(free.filter(Boolean).length)
      }
    }),
    { numRuns: 500 },
  )
})

/** Milliseconds for making n residents of several sizes, freeing them in a random order, and making as many again. */
function timeOf(n: number): number {
  const random = new Random(seed)
  const values = [1, 9, 17, 40].map(size => vector(new Float64Array(size)))
  const started = performance.now()
  const held = Array.from({ length: n }, () => resident(random.pick(values)))
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[held[i], held[j]] = [held[j], held[i]]
  }
  // Every other one first: the list is as long as it can be.
  for (let i = 0; i < n; i += 2) held[i].free()
  const again = Array.from({ length: n / 2 }, () => resident(random.pick(values)))
  for (let i = 1; i < n; i += 2) held[i].free()
  for (const one of again) one.free()
  return performance.now() - started
}

test('a hundred thousand residents, freed out of order, cost as much each as a thousand do', () => {
  const used = bytesInUse()
  timeOf(1000)
  const few = timeOf(2000) / 2000
  const many = timeOf(100_000) / 100_000
  // Searched linearly it would be fifty times as much.
  expect(many / few).toBeLessThan(10)
  expect(bytesInUse()).toBe(used)
  const before = linearBytes()
  timeOf(100_000)
  expect(linearBytes()).toBe(before)
})
