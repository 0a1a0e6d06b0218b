/** docs/scaling.md shows what bench/results/scaling.json has, and exponents are what they should be. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exponentOf, largerHalf } from '../../bench/scaling/fit.ts'
import { plot, type Results, tables } from '../../bench/scaling/report.ts'
import { works } from '../../bench/scaling/works.ts'
import { expectClose } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'

const root = resolve(import.meta.dirname, '../..')
const results = JSON.parse(readFileSync(resolve(root, 'bench/results/scaling.json'), 'utf8')) as Results

describe('docs/scaling.md', () => {
  const page = readFileSync(resolve(root, 'docs/scaling.md'), 'utf8')

  test('has the tables of what was measured', () => {
    expect(page.split(/<!-- scaling:(?:start|end) -->/)[1].trim()).toBe(tables(results))
  })

  test('and its plot, of all works', () => {
    expect(page).toContain('bench/results/scaling.svg')
    const svg = readFileSync(resolve(root, 'bench/results/scaling.svg'), 'utf8')
    expect(svg).toBe(plot(results))
    for (const { title } of works) expect(svg).toContain(title)
  })

  test('of all works at all sizes', () => {
    expect(results.results.map(({ work }) => work)).toEqual(works.map(({ name }) => name))
    for (const [i, { series }] of results.results.entries()) {
      for (const { points } of series) expect(points.map(({ size }) => size)).toEqual(works[i].sizes)
    }
  })
})

describe('exponents', () => {
  const sizes = [1, 2, 4, 8, 16, 32, 64]
  const points = (micros: (size: number) => number) => sizes.map(size => ({ size, micros: micros(size) }))

  test('of powers are exact', () => {
    for (const k of [0, 0.5, 1, 2]) {
      const { value, low, high } = exponentOf(points(size => 3 * size ** k))
      expectClose([value, low, high], [k, k, k], 1e-9)
    }
  })

  test('are covered by their interval nineteen times of twenty', () => {
    const random = new Random(seed)
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    let covered = 0
    for (let i = 0; i < 2000; i++) {
      const { low, high } = exponentOf(points(size => size * Math.exp(0.05 * normal())))
      if (low <= 1 && 1 <= high) covered++
    }
    expect(covered / 2000).toBeGreaterThan(0.93)
    expect(covered / 2000).toBeLessThan(0.97)
  })

  test('are of the larger half', () => {
    const half = largerHalf(points(size => 1000 + size))
    expect(half.map(({ size }) => size)).toEqual([8, 16, 32, 64])
  })
})
