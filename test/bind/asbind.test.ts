/** bind.wasm as as-bind sees it: the type section, the converters, and memory that stays where it is. */
import { instantiateSync } from 'as-bind/dist/as-bind.esm.js'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { installConverters } from '../../assembly/asbind/converters.ts'
import { WORDS, slots } from './slots.ts'

const binary = readFileSync(new URL('../../build/wasm/bind.wasm', import.meta.url))

interface Bound {
  readonly memory: WebAssembly.Memory
  opName(code: number): string
  opcodeOf(name: string): number
  errorText(code: number): string
  printRecords(slots: Int32Array, origin: number): string
  statistics(slots: Int32Array): Int32Array
  dot(a: Float64Array, b: Float64Array): number
  logSumExp(a: Float64Array): number
}

const bound = () => instantiateSync(binary, {}).exports as unknown as Bound

beforeAll(installConverters)

describe('the type section', () => {
  test('names every export with its types', () => {
    const sections = WebAssembly.Module.customSections(new WebAssembly.Module(binary), 'as-bind_bindings')
    expect(sections).toHaveLength(1)
    const string = '~lib/string/String'
    const int32 = '~lib/typedarray/Int32Array'
    const float64 = '~lib/typedarray/Float64Array'
    expect(JSON.parse(new TextDecoder().decode(sections[0]))).toMatchObject({
      importedFunctions: {},
      exportedFunctions: {
        opName: { parameters: ['i32'], returnType: string },
        opcodeOf: { parameters: [string], returnType: 'i32' },
        errorText: { parameters: ['i32'], returnType: string },
        printRecords: { parameters: [int32, 'i32'], returnType: string },
        statistics: { parameters: [int32], returnType: int32 },
        dot: { parameters: [float64, float64], returnType: 'f64' },
        logSumExp: { parameters: [float64], returnType: 'f64' },
      },
    })
  })

  test('is what as-bind goes by: without it the binary is refused', () => {
    expect(() => instantiateSync(withoutSection(binary, 'as-bind_bindings'), {})).toThrow(/as-bind transform/)
  })
})

describe('values across the boundary', () => {
  test('numbers and strings, in and out', () => {
    const bind = bound()
    expect(bind.opcodeOf(bind.opName(5))).toBe(5)
    expect(bind.errorText(0)).toMatch(/^All records/)
  })

  test('strings outside ASCII and outside the basic plane', () => {
    const bind = bound()
    expect(bind.opcodeOf('Ä π 😀')).toBe(-1)
    expect(bind.opcodeOf('')).toBe(-1)
    expect(bind.printRecords(slots({ opcode: bind.opcodeOf('MatVec'), flags: 1 | 4, rows: 2, cols: 3 }), 0)).toBe(
      '%0 = MatVec %0ᵀ %0 : 2×3',
    )
  })

  test('typed arrays, in and out, empty ones and parts of a longer buffer too', () => {
    const bind = bound()
    const part = new Float64Array([9, 1, 2, 9]).subarray(1, 3)
    expect(bind.dot(part, part)).toBe(5)
    expect(bind.dot(new Float64Array(0), new Float64Array(0))).toBe(0)
    expect(bind.statistics(new Int32Array(0))).toBeInstanceOf(Int32Array)
  })

  test('a result is a copy: a later call does not change it', () => {
    const bind = bound()
    const first = bind.statistics(slots({ opcode: 3 }, { opcode: 3 }))
    const before = first.slice()
    for (let i = 0; i < 1000; i++) bind.statistics(new Int32Array(50 * WORDS).fill(i % 40))
    expect(first).toEqual(before)
  })

  test('a wrong number of arguments is refused by as-bind', () => {
    const bind = bound() as unknown as { dot(a: Float64Array): number }
    expect(() => bind.dot(new Float64Array(1))).toThrow('Expected 2 arguments, got 1')
  })
})

test('20,000 calls with arrays and strings leave the memory as large as 2,000 do', () => {
  const bind = bound()
  const a = new Float64Array(1000).fill(0.5)
  const records = slots(...Array.from({ length: 20 }, (_, i) => ({ opcode: i })))
  const calls = (count: number) => {
    for (let i = 0; i < count; i++) {
      expect(bind.dot(a, a)).toBe(250)
      bind.statistics(records)
      if (i % 10 === 0) bind.printRecords(records, 0)
      bind.opcodeOf('SoftmaxCrossEntropyBack')
    }
    return bind.memory.buffer.byteLength
  }
  const settled = calls(2000)
  expect(calls(18_000)).toBe(settled)
  expect(settled).toBeLessThan(2 ** 21)
})

/** A binary less its custom sections of one name. */
function withoutSection(wasm: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const kept = [...wasm.subarray(0, 8)]
  for (let at = 8; at < wasm.length;) {
    const start = at
    const id = wasm[at++]
    const size = leb128(wasm, at)
    const end = size.next + size.value
    const nameLength = leb128(wasm, size.next)
    const title = wasm.subarray(nameLength.next, nameLength.next + nameLength.value)
    if (id !== 0 || new TextDecoder().decode(title) !== name) kept.push(...wasm.subarray(start, end))
    at = end
  }
  return Uint8Array.from(kept)
}

/** An unsigned number of variable length, and where the next thing begins. */
function leb128(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, next: at }
  }
}
