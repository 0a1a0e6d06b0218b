/** Starting the engine: where it cannot run, twice, too late, and with options. Each test has an engine of its own. */
import type * as backpropWasm from 'backprop-wasm'
import type { Var } from 'backprop-wasm'
import { beforeEach, expect, test, vi } from 'vitest'

type Library = typeof backpropWasm

let library: Library

beforeEach(async () => {
  vi.resetModules()
  library = await import('backprop-wasm')
  return () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  }
})

const gradientOf = ({ gradBP }: Library): number => gradBP((x: Var<number>) => x.mul(x))(3)

test('without WebAssembly: an EngineError that says what to use, and nothing is spoilt', async () => {
  vi.stubGlobal('WebAssembly', undefined)
  expect(() => gradientOf(library)).toThrow(library.EngineError)
  expect(() => gradientOf(library)).toThrow(/no WebAssembly\. Use Node 20 or newer/)
  await expect(library.init()).rejects.toThrow(/no WebAssembly/)
  vi.unstubAllGlobals()
  expect(gradientOf(library)).toBe(6)
})

test('where so much memory cannot be reserved: an EngineError that says how to ask for less', async () => {
  class Scarce extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if ((descriptor.maximum ?? 0) > 1024) throw new RangeError('could not allocate memory')
      super(descriptor)
    }
  }
  vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { Memory: { value: Scarce } }))
  expect(() => gradientOf(library)).toThrow(library.EngineError)
  expect(() => gradientOf(library)).toThrow(
    /grow to 4294967296 bytes\. Ask for less: await init\(\{ maximumBytes, initialBytes \}\)/,
  )
  await library.init({ maximumBytes: 2 ** 26 })
  expect(gradientOf(library)).toBe(6)
})

test('where nothing may be compiled: an EngineError that names the content security policy', async () => {
  const refuse = (): never => {
    throw new WebAssembly.CompileError('refused by policy')
  }
  vi.spyOn(WebAssembly, 'Module').mockImplementation(function () {
    return refuse()
  })
  vi.spyOn(WebAssembly, 'instantiate').mockImplementation(refuse)
  expect(() => gradientOf(library)).toThrow(/could not start\. .*`await init\(\)` first; .*'wasm-unsafe-eval'/)
  const failure: unknown = await library.init().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(library.EngineError)
  expect(failure).toHaveProperty('cause.message', 'refused by policy')
  vi.restoreAllMocks()
  await library.init()
  expect(gradientOf(library)).toBe(6)
})

test('init twice, one after the other or at once', async () => {
  const options = { deterministic: true }
  const first = library.init(options)
  await expect(library.init(options)).rejects.toThrow(/already started, .* Call init with options once/)
  await first
  await expect(library.init(options)).rejects.toThrow(library.EngineError)
  expect(gradientOf(library)).toBe(6)
})

test('init without options, as often as one likes, whenever', async () => {
  const first = library.init()
  await Promise.all([library.init(), first, library.init({})])
  expect(gradientOf(library)).toBe(6)
  await library.init()
})

test('init without options, overtaken by a first use', async () => {
  const late = library.init()
  expect(gradientOf(library)).toBe(6)
  await late
  expect(gradientOf(library)).toBe(6)
})

test('init without options waits for one with options, and fails with it', async () => {
  const bad = library.init({ workers: -1 })
  const second = library.init()
  await expect(bad).rejects.toThrow(/^init: workers/)
  await expect(second).rejects.toThrow(/^init: workers/)
  await library.init({ deterministic: true })
  expect(gradientOf(library)).toBe(6)
})

test('init overtaken by a first use', async () => {
  const late = library.init({ maximumBytes: 2 ** 24 })
  expect(gradientOf(library)).toBe(6)
  await expect(late).rejects.toThrow(/used before init had finished\. Await init first/)
  expect(gradientOf(library)).toBe(6)
})

test('a size out of range, after which init works', async () => {
  for (const maximumBytes of [0, -1, 2 ** 20, 2 ** 33, NaN, Infinity]) {
    await expect(library.init({ maximumBytes })).rejects.toThrow(/^init: maximumBytes is .*4 MiB to 4 GiB/)
  }
  for (const initialBytes of [-1, 2 ** 22 + 1, NaN, '5' as never]) {
    const options = { maximumBytes: 2 ** 22, initialBytes }
    await expect(library.init(options)).rejects.toThrow(/^init: initialBytes is .*0 to maximumBytes \(4194304\)/)
  }
  await library.init({ maximumBytes: 2 ** 22, initialBytes: 0 })
  expect(gradientOf(library)).toBe(6)
})

test('how large memory is at first', async () => {
  const sizes: number[] = []
  class Counted extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor)
      sizes.push(descriptor.initial)
    }
  }
  vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { Memory: { value: Counted } }))
  await library.init({ initialBytes: 3 * 2 ** 16 - 1 })
  expect(gradientOf(library)).toBe(6)
  vi.resetModules()
  const other = await import('backprop-wasm')
  expect(gradientOf(other)).toBe(6)
  expect(sizes).toEqual([3, 512])
})

test('deterministic: the same numbers to a few roundings, and the same bits each time', async () => {
  await library.init({ deterministic: true })
  const { gradBP, dot, matVec, matrix, vector } = library
  const a = matrix(
    Float64Array.from({ length: 35 }, (_, i) => Math.sin(i)),
    5,
    7,
  )
  const x = vector([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], 7)
  const f = (v: Var<typeof x>): Var<number> => {
    const y = matVec(a, v)
    return dot(y, y)
  }
  const gradient = gradBP(f)(x)
  expect(gradBP(f)(x)).toEqual(gradient)
  const y = Array.from({ length: 5 }, (_, i) => x.data.reduce((sum, xj, j) => sum + a.at(i, j) * xj, 0))
  gradient.data.forEach((g, j) => expect(g).toBeCloseTo(2 * y.reduce((sum, yi, i) => sum + yi * a.at(i, j), 0), 13))
})

test.each([
  [
    { worker: 1 },
    /^init: there is no option 'worker'\. The options are \{ maximumBytes, initialBytes, deterministic, workers, workerUrl, debug \}/,
  ],
  [null, /^init: the options are null\. Give a record with some of \{ maximumBytes/],
  [2, /^init: the options are a plain number \(2\)/],
])('options that are none: %j', async (options, message) => {
  const failure: unknown = await library.init(options as never).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(library.UsageError)
  expect(failure).toHaveProperty('message', expect.stringMatching(message))
  await library.init()
  expect(gradientOf(library)).toBe(6)
})
