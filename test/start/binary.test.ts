/** Which binary starts: the one with fused multiply-add where there is relaxed SIMD, by either way; else the plain one. */
import { setFlagsFromString } from 'node:v8'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type * as startedEngine from '../../src/wasm/engine.ts'
import { hasRelaxedSimd } from '../../src/wasm/binary.ts'

const hadRelaxedSimd = hasRelaxedSimd()
// Behind a flag in Node 20; later Nodes need none.
if (!hadRelaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd')

const relaxedFile = '../../src/wasm/relaxed.js'

let library: typeof startedEngine

beforeEach(async () => {
  vi.resetModules()
  library = await import('../../src/wasm/engine.ts')
  return async () => {
    vi.doUnmock(relaxedFile)
    vi.restoreAllMocks()
    await library.closeWorkers()
  }
})

/** Does the engine, started now if it has not been, multiply and add in one? */
function isFused(): boolean {
  const { exports } = library.engine()
  return exports.isFused() !== 0
}

/** From now on requiring a file gives this. */
function stubRequire(require: (path: string) => unknown): void {
  const module = { createRequire: () => require } as never
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(module)
}

test('Node has relaxed SIMD by default from 22 on, so the whole suite runs on it there', () => {
  expect(hadRelaxedSimd).toBe(Number(process.versions.node.split('.')[0]) >= 22)
  expect(hasRelaxedSimd()).toBe(true)
})

describe('at the first use', () => {
  test('the relaxed binary', () => {
    expect(isFused()).toBe(true)
  })

  test('its file is asked for by its place beside the library', () => {
    const paths: string[] = []
    stubRequire(path => paths.push(path))
    expect(isFused()).toBe(false)
    expect(paths).toEqual(['./relaxed.js'])
  })

  test.each([
    ['nothing can be loaded at once', () => vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)],
    ['in a page', () => vi.spyOn(globalThis, 'process', 'get').mockReturnValue(undefined as never)],
    [
      'the file is not there',
      () =>
        stubRequire(() => {
          throw new Error('MODULE_NOT_FOUND')
        }),
    ],
    ['it is of another version', () => stubRequire(() => ({ wasmBase64: 'AAAA', sources: 'another' }))],
    ['it is another file', () => stubRequire(() => null)],
    ['there is no relaxed SIMD', () => vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)],
  ])('%s: the plain one', (_where, arrange) => {
    arrange()
    expect(isFused()).toBe(false)
  })
})

describe('init', () => {
  test('the relaxed binary', async () => {
    stubRequire(() => undefined)
    await library.init()
    expect(isFused()).toBe(true)
  })

  test.each([
    [
      'the file is not there',
      () => {
        throw new Error('404')
      },
    ],
    ['it is of another version', () => ({ wasmBase64: 'AAAA', sources: 'another' })],
  ])('%s: the plain one', async (_where, file) => {
    vi.doMock(relaxedFile, file)
    await library.init()
    expect(isFused()).toBe(false)
  })

  test('deterministic: the plain one, and the file is not loaded', async () => {
    let asked = 0
    vi.doMock(relaxedFile, () => ({ wasmBase64: 'AAAA', sources: String(asked++) }))
    await library.init({ deterministic: true })
    expect([isFused(), asked]).toEqual([false, 0])
  })

  test('no relaxed SIMD: the plain one, and the file is not loaded', async () => {
    let asked = 0
    vi.doMock(relaxedFile, () => ({ wasmBase64: 'AAAA', sources: String(asked++) }))
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    await library.init()
    expect([isFused(), asked]).toEqual([false, 0])
  })

  test.each([false, true])('with a worker, deterministic: %s', async deterministic => {
    await library.init({ workers: 1, deterministic })
    expect(library.workers().count).toBe(1)
    expect(isFused()).toBe(!deterministic)
  })
})
