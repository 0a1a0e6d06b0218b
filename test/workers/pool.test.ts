/** The pool with threads that are none: what must not go wrong while they start and end. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Reports, Spawn, Thread } from '../../src/wasm/host.ts'
import { LinearMemory } from '../../src/wasm/memory.ts'
import { Pool, type PoolEngine } from '../../src/wasm/pool.ts'

/** Threads in the order in which they were started. */
let threads: (Reports & Thread & { released: boolean; ended: boolean })[]
let active: number

const spawn: Spawn = (_setup, reports) => {
  const thread = {
    ...reports,
    released: false,
    ended: false,
    release: () => (thread.released = true),
    terminate: () => Promise.resolve((thread.ended = true)),
  }
  threads.push(thread)
  return thread
}

function engineWith(spawning: Spawn): PoolEngine {
  const memory = new LinearMemory(2 ** 22)
  memory.start(1024)
  const exports = {
    gemmWorkspaceBytes: () => 64,
    heapStart: () => 64,
    resetJob: () => undefined,
    useWorkers: (count: number) => (active = count),
  }
  return { memory, exports: exports as never, module: undefined as never, spawn: spawning }
}

beforeEach(() => {
  threads = []
  active = 0
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('works when all are ready, and does not keep the process alive then', async () => {
  const pool = new Pool(2)
  const opened = pool.open(engineWith(spawn))
  threads[0].ready()
  expect([pool.count, active, threads[0].released]).toEqual([0, 0, false])
  threads[1].ready()
  await opened
  expect([pool.count, active]).toEqual([2, 2])
  expect(threads.map(thread => thread.released)).toEqual([true, true])
  expect(vi.getTimerCount()).toBe(0)
})

test('one that cannot be started: the others are ended, no more are started', async () => {
  const pool = new Pool(3)
  await pool.open(
    engineWith((setup, reports) => {
      if (setup.index === 1) throw new Error('no more threads')
      return spawn(setup, reports)
    }),
  )
  expect(threads.map(thread => thread.ended)).toEqual([true])
  expect(pool.count).toBe(0)
  expect(pool.reason?.message).toMatch(/worker 2 is gone: Error: no more threads/)
})

test('one that is never ready: after ten seconds the pool is opened without workers', async () => {
  const pool = new Pool(2)
  const opened = pool.open(engineWith(spawn))
  threads[0].ready()
  await vi.advanceTimersByTimeAsync(9_999)
  expect(pool.reason).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  await opened
  expect(pool.count).toBe(0)
  expect(pool.reason?.message).toMatch(/has not started within 10 s/)
  expect(threads.every(thread => thread.ended)).toBe(true)
  threads[1].ready() // too late
  expect([pool.count, active]).toEqual([0, 0])
})

test('closed while it starts, and while it starts anew', async () => {
  const pool = new Pool(1)
  const opened = pool.open(engineWith(spawn))
  await pool.close()
  threads[0].ready()
  await vi.advanceTimersByTimeAsync(10_000)
  await opened
  expect([pool.count, active, threads.length]).toEqual([0, 0, 1])

  const other = new Pool(1)
  const otherOpened = other.open(engineWith(spawn))
  threads[1].ready()
  await otherOpened
  threads[1].gone('it is tired')
  await other.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([other.count, threads.length]).toEqual([0, 2])
  expect(other.reason?.message).toMatch(/closed/)
})

test('dies now and then: it starts anew each time; again and again: three times', async () => {
  const pool = new Pool(1)
  const opened = pool.open(engineWith(spawn))
  threads[0].ready()
  await opened
  for (let life = 0; life < 10; life++) {
    await vi.advanceTimersByTimeAsync(10_001)
    threads[life].gone('it was old')
    await vi.advanceTimersByTimeAsync(0)
    expect([pool.count, threads.length]).toEqual([0, life + 2])
    threads[life + 1].ready()
    expect([pool.count, pool.reason]).toEqual([1, undefined])
  }
  for (let life = 10; life < 13; life++) {
    threads[life].gone('it was young')
    await vi.advanceTimersByTimeAsync(0)
    threads.at(-1)?.ready()
  }
  expect([pool.count, threads.length]).toEqual([0, 13])
  expect(pool.reason?.message).toMatch(/worker 1 is gone: it was young/)
})
