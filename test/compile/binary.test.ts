/** The encoder of WebAssembly: numbers of variable length, and modules that a host accepts. */
import { describe, expect, test } from 'vitest'
import { Bytes, Code, F64, I32, ModuleWriter } from '../../src/compile/generate/binary.ts'

const written = (write: (bytes: Bytes) => void): number[] => {
  const bytes = new Bytes()
  write(bytes)
  return [...bytes.written]
}

describe('numbers', () => {
  test.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624485, [0xe5, 0x8e, 0x26]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('unsigned %d', (value, expected) => {
    expect(written(bytes => bytes.unsigned(value))).toEqual(expected)
  })

  test.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 7]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
    // An address beyond 2 GiB is a negative number of 32 bits.
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('signed %d', (value, expected) => {
    expect(written(bytes => bytes.signed(value))).toEqual(expected)
  })
})

describe('modules', () => {
  /** A module that stores f(3) at address 8 and returns the address. */
  const bytesOf = (isShared: boolean, fill = 0): Uint8Array<ArrayBuffer> => {
    const writer = new ModuleWriter([{ name: 'f', type: { parameters: [F64], results: [F64] } }])
    const code = new Bytes()
    code.i32(0)
    code.f64(3)
    code.indexed(Code.Call, 0)
    code.access(Code.F64Store, 3, 8)
    for (let i = 0; i < fill; i++) {
      code.f64(i)
      code.byte(Code.Drop)
    }
    const first = writer.add([], { integers: 0, floats: 0, vectors: 0 }, code)
    code.clear()
    code.indexed(Code.Call, first)
    code.i32(8)
    writer.add([I32], { integers: 0, floats: 0, vectors: 0 }, code)
    return writer.finish(isShared)
  }
  const run = (bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): unknown => {
    const imports = { env: { memory, f: (x: number) => x * 7 } }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports)
    return (exports['run'] as () => number)()
  }

  test.each([0, 100, 100_000])('with a memory of its own host, and %d instructions more', fill => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 10 })
    expect(run(bytesOf(false, fill), memory)).toBe(8)
    expect(new Float64Array(memory.buffer)[1]).toBe(21)
  })

  test('with a shared memory', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 10, shared: true })
    expect(run(bytesOf(true), memory)).toBe(8)
    expect(new Float64Array(memory.buffer)[1]).toBe(21)
  })
})
