/** Static memory is one for all threads: what an op changes there, each thread must have in a copy of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withoutData } from '../../src/wasm/load.ts'
import { simd } from '../../src/wasm/threads.ts'

const assembly = join(import.meta.dirname, '../../assembly')
const files = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))

test('what workers change goes through own(…)', () => {
  // Room without values is there to be written; a list of values is a table.
  const room = /const (\w+)(?:: usize)? = (?:ASC_FEATURE_THREADS \? )?memory\.data\((?!<|\[)/g
  const found: string[] = []
  for (const file of files.filter(file => /^(kernels|values|threads)/.test(file))) {
    const text = readFileSync(join(assembly, file), 'utf8')
    for (const [, name] of text.matchAll(room)) {
      found.push(name)
      if (name === 'job') continue // it is what threads share
      const uses = text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0
      const owned = text.match(new RegExp(`\\bown\\(${name}\\)`, 'g'))?.length ?? 0
      expect([file, name, owned]).toEqual([file, name, uses - 1])
    }
  }
  expect(found.sort()).toEqual(['allCoefficients', 'allCotangentTerms', 'job', 'parts', 'repeatedScalars'])
})

test('a worker’s binary is the same without its data: an instance leaves memory as it is', () => {
  const bytes = Uint8Array.from(Buffer.from(simd, 'base64'))
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true })
  const view = new Uint8Array(memory.buffer).fill(0xaa)
  const imports = { env: { memory, stalled: () => undefined } }
  const worker = new WebAssembly.Instance(new WebAssembly.Module(withoutData(bytes)), imports)
  expect(view.every(byte => byte === 0xaa)).toBe(true)
  const main = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports)
  expect(view.every(byte => byte === 0xaa)).toBe(false)
  expect(Object.keys(worker.exports)).toEqual(Object.keys(main.exports))
})
