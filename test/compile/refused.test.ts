/** Where the host does not compile modules at run time, as under a content security policy: programs are interpreted. */
import { compile, gradBP, type Var } from 'backprop-wasm'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** `WebAssembly` with another constructor of modules. */
function withModule(Module: () => void): typeof WebAssembly {
  const properties = Object.getOwnPropertyDescriptors(WebAssembly)
  return Object.defineProperties({}, { ...properties, Module: { value: Module } }) as typeof WebAssembly
}

const power = gradBP((x: Var<number>) => {
  let y = x
  for (let i = 0; i < 20; i++) y = y.mul(x)
  return y
})

test('no room for code: this program is interpreted, the next one is generated', () => {
  power(2) // the engine starts
  const refusing = vi.fn(function () {
    throw new RangeError('WebAssembly.Module(): Out of memory')
  })
  vi.stubGlobal('WebAssembly', withModule(refusing))
  const compiled = compile(power, { generate: 'always' })
  expect(compiled(0.5)).toBe(power(0.5))
  expect(compiled.instructions.generated).toBe(0)
  expect(refusing).toHaveBeenCalledTimes(1)
  vi.unstubAllGlobals()
  const other = compile(power, { generate: 'always' })
  expect(other(0.5)).toBe(power(0.5))
  expect(other.instructions.generated).toBe(other.instructions.all)
})

test('refused: silently, and once for all', () => {
  const refusing = vi.fn(function () {
    throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
  })
  vi.stubGlobal('WebAssembly', withModule(refusing))
  const compiled = compile(power, { generate: 'always' })
  for (const x of [0.5, 2, -1]) expect(compiled(x)).toBe(power(x))
  expect(compiled.instructions.generated).toBe(0)
  const often = compile(power)
  for (let i = 0; i < 20_000; i++) often(1)
  expect(often(0.5)).toBe(power(0.5))
  expect(compile(power, { generate: 'always' })(2)).toBe(power(2))
  expect(refusing).toHaveBeenCalledTimes(1)
})
