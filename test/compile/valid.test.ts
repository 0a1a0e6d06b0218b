/** Modules of many programs: the host finds each right, and no program is interpreted because of what its module contains. */
import { backprop, compile, evalBP, vector, type Programs } from 'backprop-wasm'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { ModuleWriter } from '../../src/compile/generate/binary.ts'
import { inputsOf, onVars, programs } from '../support/programs.ts'
import { seed } from '../support/random.ts'
import { LENGTH, repetitive, runRepetitive } from '../support/repetitive.ts'

fc.configureGlobal({ seed })

const finish = vi.spyOn(ModuleWriter.prototype, 'finish')
afterEach(() => {
  finish.mockClear()
})

/** Calls a function that is generated at once; asserts that its modules are right, and gives whether there are any. */
function isGenerated<A extends readonly unknown[]>(f: (...args: A) => unknown, args: A): boolean {
  finish.mockClear()
  const compiled = compile(f as never, { generate: 'always' }) as ((...args: A) => unknown) & Programs
  compiled(...args)
  const { generated } = compiled.instructions
  compiled.free()
  for (const { value } of finish.mock.results) expect(WebAssembly.validate(value as BufferSource)).toBe(true)
  expect(generated > 0).toBe(finish.mock.results.length > 0)
  return generated > 0
}

test('random graphs of tensors and numbers', () => {
  let count = 0
  fc.assert(
    fc.property(programs(60), program => {
      if (isGenerated(backprop(onVars(program)), [inputsOf(program)])) count++
    }),
    { numRuns: 400 },
  )
  expect(count).toBeGreaterThan(200)
})

test('random programs that repeat themselves', () => {
  const x = [0.3, -0.7, 1.1]
  const v = vector(Array.from({ length: LENGTH }, (_, i) => Math.sin(i)))
  let count = 0
  fc.assert(
    fc.property(repetitive, program => {
      if (isGenerated(evalBP(runRepetitive(program)), [x, v])) count++
    }),
    { numRuns: 150 },
  )
  expect(count).toBeGreaterThan(100)
})
