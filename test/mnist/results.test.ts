import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { median, percent, seconds, writeResults, type Results } from '../../examples/mnist/results.ts'

it('writes the results as JSON, nothing added or lost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'results-'))
  const file = join(folder, 'r.json')
  const results: Results = {
    chunks: [{ samples: 5000, seconds: 0.75, trainError: 0.1, validationError: 0.125 }],
    testError: 0.125,
    secondsPerEpoch: 0.75,
  }
  writeResults(file, results)
  const text = readFileSync(file, 'utf8')
  rmSync(folder, { recursive: true })
  expect(JSON.parse(text)).toEqual(results)
  expect(text.endsWith('}\n')).toBe(true)
})

it('takes medians', () => {
  expect(median([])).toBe(0)
  expect(median([5])).toBe(5)
  expect(median([9, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 10])).toBe(3.5)
})

it('prints shares and times', () => {
  expect(percent(0.0123456)).toBe('1.23 %')
  expect(seconds(12.3456)).toBe('12.35 s')
})
