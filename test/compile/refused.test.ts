/** Where the host makes no module of generated code, programs are interpreted; what is wrong with the code is not hidden. */
import { compile, gradBP, type Var } from 'backprop-wasm'
import { createContext, runInContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ModuleWriter } from '../../src/compile/generate/binary.ts'
import { bytesInUse } from '../support/tape.ts'

beforeEach(() => {
  power(2) // The engine starts.
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const power = gradBP((x: Var<number>) => {
  let y = x
  for (let i = 0; i < 20; i++) y = y.mul(x)
  return y
})

type Make = (bytes: Uint8Array<ArrayBuffer>) => object

/** Replaces a constructor of `WebAssembly`. */
function replace(name: 'Module' | 'Instance', make: Make): ReturnType<typeof vi.fn> {
  const replacement = vi.fn(function (bytes: Uint8Array<ArrayBuffer>) {
    return make(bytes)
  })
  const properties = Object.getOwnPropertyDescriptors(WebAssembly)
  vi.stubGlobal('WebAssembly', Object.defineProperties({}, { ...properties, [name]: { value: replacement } }))
  return replacement
}

/** Asserts that the next program is generated. */
function expectGenerated(): void {
  vi.unstubAllGlobals()
  const other = compile(power, { generate: 'always' })
  expect(other(0.5)).toBe(power(0.5))
  expect(other.instructions.generated).toBe(other.instructions.all)
}

describe('no room for code: this program is interpreted, the next one is generated', () => {
  const { Module, CompileError } = WebAssembly
  const isOurs = (bytes: Uint8Array): boolean => bytes.length > 8

  test.each([
    ['a RangeError', new RangeError('WebAssembly.Module(): Out of memory')],
    ['a CompileError', new CompileError('Out of executable memory')],
  ])('%s', (_, error) => {
    const refusing = replace('Module', bytes => {
      if (isOurs(bytes)) throw error
      return new Module(bytes)
    })
    const compiled = compile(power, { generate: 'always' })
    for (const x of [0.5, 2, -1]) expect(compiled(x)).toBe(power(x))
    expect(compiled.instructions.generated).toBe(0)
    expect(refusing.mock.calls.filter(([bytes]) => isOurs(bytes as Uint8Array))).toHaveLength(1)
    expectGenerated()
  })

  test('for an instance', () => {
    const refusing = replace('Instance', () => {
      throw new RangeError('WebAssembly.Instance(): Out of memory')
    })
    const compiled = compile(power, { generate: 'always' })
    expect(compiled(0.5)).toBe(power(0.5))
    expect(compiled.instructions.generated).toBe(0)
    expect(refusing).toHaveBeenCalledOnce()
    expectGenerated()
  })
})

describe('a mistake of the generator', () => {
  test('is thrown: as what the host finds wrong with the code; the engine is as before', () => {
    const before = bytesInUse()
    vi.spyOn(ModuleWriter.prototype, 'finish').mockImplementation(() => Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1))
    const compiled = compile(power, { generate: 'always' })
    for (const x of [2, 3]) expect(() => compiled(x)).toThrow(WebAssembly.CompileError)
    expect(bytesInUse()).toBe(before)
    vi.restoreAllMocks()
    expect(compiled(0.5)).toBe(power(0.5))
    expectGenerated()
  })

  test('where code is generated later, by one call: the others are interpreted', () => {
    vi.spyOn(ModuleWriter.prototype, 'finish').mockImplementation(() => Uint8Array.of(1, 2, 3))
    const compiled = compile(power)
    let thrown = 0
    for (let i = 0; i < 30_000; i++) {
      try {
        compiled(1)
      } catch {
        thrown++
      }
    }
    expect(thrown).toBe(1)
    expect(compiled(0.5)).toBe(power(0.5))
    expect(compiled.instructions.generated).toBe(0)
    vi.restoreAllMocks()
    expectGenerated()
  })

  test('is thrown where it is in what computes it', () => {
    vi.spyOn(ModuleWriter.prototype, 'add').mockImplementation(() => {
      throw new RangeError('Invalid array length')
    })
    expect(() => compile(power, { generate: 'always' })(2)).toThrow(RangeError)
    vi.restoreAllMocks()
    expectGenerated()
  })
})

// Last, as it holds for the whole process.
test('the host allows no code: silently, and once for all', () => {
  const { WebAssembly: host } = runInContext(
    '({ WebAssembly })',
    createContext({}, { codeGeneration: { wasm: false } }),
  ) as {
    WebAssembly: typeof WebAssembly
  }
  expect(() => new host.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))).toThrow(/disallowed by embedder/)
  const refused = vi.spyOn(host, 'Module')
  vi.stubGlobal('WebAssembly', host)
  const compiled = compile(power, { generate: 'always' })
  for (const x of [0.5, 2, -1]) expect(compiled(x)).toBe(power(x))
  expect(compiled.instructions.generated).toBe(0)
  const often = compile(power)
  for (let i = 0; i < 20_000; i++) often(1)
  expect(often(0.5)).toBe(power(0.5))
  expect(compile(power, { generate: 'always' })(2)).toBe(power(2))
  // The module, and the one that cannot be wrong.
  expect(refused).toHaveBeenCalledTimes(2)
})
