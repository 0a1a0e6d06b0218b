/** Starting workers: how many, when, where there can be none, and ending them. Each test has an engine of its own. */
import type * as backpropWasm from 'backprop-wasm'
import type { Matrix, Var } from 'backprop-wasm'
import { beforeEach, describe, expect, test, vi } from 'vitest'

type Library = typeof backpropWasm

let library: Library

beforeEach(async () => {
  vi.resetModules()
  library = await import('backprop-wasm')
  return async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    await library.closeWorkers()
  }
})

const gradientOf = ({ gradBP }: Library): number => gradBP((x: Var<number>) => x.mul(x))(3)

test('no workers unless they are asked for', async () => {
  expect(library.workers()).toEqual({ count: 0, wanted: 0, reason: undefined })
  await library.init()
  expect(library.workers()).toEqual({ count: 0, wanted: 0, reason: undefined })
  await library.closeWorkers()
  expect(gradientOf(library)).toBe(6)
})

test.each([0, 1, 2, 3, 4])('%i workers', async wanted => {
  await library.init({ workers: wanted })
  expect(library.workers()).toEqual({ count: wanted, wanted, reason: undefined })
  expect(gradientOf(library)).toBe(6)
})

test("'auto': one fewer than there are cores, at most 7", async () => {
  const { availableParallelism } = await import('node:os')
  await library.init({ workers: 'auto' })
  expect(library.workers().count).toBe(Math.min(availableParallelism() - 1, 7))
})

test('a number that is none, after which init works', async () => {
  for (const workers of [-1, 1.5, NaN, Infinity, 65, 'many' as 'auto']) {
    await expect(library.init({ workers })).rejects.toThrow(/^init: workers is .* from 0 to 64, or 'auto'/)
  }
  await library.init({ workers: 1, deterministic: true, maximumBytes: 2 ** 26 })
  expect(library.workers().count).toBe(1)
})

test('after the first use: an EngineError', async () => {
  expect(gradientOf(library)).toBe(6)
  await expect(library.init({ workers: 1 })).rejects.toThrow(library.EngineError)
  await expect(library.init({ workers: 1 })).rejects.toThrow(
    /already started, .* Call init with options once, before any/,
  )
  expect(library.workers().count).toBe(0)
})

test('twice, one after the other or at once; and overtaken by a first use', async () => {
  const first = library.init({ workers: 1 })
  await expect(library.init({ workers: 2 })).rejects.toThrow(library.EngineError)
  await first
  await expect(library.init({ workers: 2 })).rejects.toThrow(/already started/)
  expect(library.workers().count).toBe(1)

  vi.resetModules()
  const other = await import('backprop-wasm')
  const late = other.init({ workers: 1 })
  expect(gradientOf(other)).toBe(6)
  await expect(late).rejects.toThrow(/used before init had finished/)
  expect(other.workers().count).toBe(0)
})

test('closed: everything runs on one thread', async () => {
  await library.init({ workers: 2 })
  await library.closeWorkers()
  const { count, wanted, reason } = library.workers()
  expect([count, wanted]).toEqual([0, 0])
  expect(reason).toBeInstanceOf(library.WorkerError)
  expect(reason?.message).toMatch(/closed by closeWorkers/)
  const square = library.matrix(new Float64Array(300 * 300).fill(1), 300, 300)
  expect(library.evalBP((x: Var<typeof square>) => library.sum(library.matMul(x, x)))(square)).toBe(300 ** 3)
  await library.closeWorkers()
})

describe('where there can be none: one thread, and the reason', () => {
  test('no SharedArrayBuffer', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined)
    await library.init({ workers: 2 })
    const { count, wanted, reason } = library.workers()
    expect([count, wanted]).toEqual([0, 2])
    expect(reason).toBeInstanceOf(library.WorkerError)
    expect(reason?.message).toMatch(/no SharedArrayBuffer.*Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/)
    expect(gradientOf(library)).toBe(6)
  })

  test('a page that is not isolated', async () => {
    vi.stubGlobal('crossOriginIsolated', false)
    await library.init({ workers: 1 })
    expect(library.workers().reason?.message).toMatch(/no SharedArrayBuffer/)
    expect(gradientOf(library)).toBe(6)
  })

  test('what they need was not deployed', async () => {
    vi.doMock('../../src/wasm/threads.ts', () => {
      throw new Error('404')
    })
    await library.init({ workers: 1 })
    vi.doUnmock('../../src/wasm/threads.ts')
    expect(library.workers().count).toBe(0)
    expect(library.workers().reason?.message).toMatch(
      /threads\.js could not be loaded.*where the file of the library is/,
    )
    expect(gradientOf(library)).toBe(6)
  })

  test('what they need is of another version', async () => {
    vi.doMock('../../src/wasm/threads.ts', () => ({ simd: 'AAAA', relaxed: 'AAAA', program: '', sources: 'another' }))
    await library.init({ workers: 1 })
    vi.doUnmock('../../src/wasm/threads.ts')
    expect(library.workers().count).toBe(0)
    expect(library.workers().reason?.message).toMatch(/threads\.js is of another version.*Until then .* on one thread/)
    expect(gradientOf(library)).toBe(6)
  })

  test('no room for what workers need', async () => {
    await library.init({ workers: 4, maximumBytes: 2 ** 22 })
    const { count, reason } = library.workers()
    expect(count).toBe(0)
    expect(reason?.message).toMatch(/no memory for the workers: each of 4/)
    expect(gradientOf(library)).toBe(6)
  })

  test('no room for all of them: what some have taken is given back', async () => {
    await library.init({ workers: 64, maximumBytes: 2 ** 25 })
    expect(library.workers().count).toBe(0)
    const x = library.matrix(new Float64Array(512 * 512).fill(1), 512, 512)
    expect(library.evalBP((a: Var<Matrix>) => library.sum(library.matMul(a, a)))(x)).toBe(512 ** 3)
  })
})
