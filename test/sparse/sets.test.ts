/** Sets of inputs, and colours: against plain sets, and against what each must fulfil. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { colourApart, colourStars, NONE } from '../../src/sparse/colouring.ts'
import { compress, type Compression, compressSymmetric } from '../../src/sparse/compression.ts'
import { type Lists, longest, symmetric, transposed } from '../../src/sparse/lists.ts'
import { EMPTY, type InputSet, InputSets } from '../../src/sparse/sets.ts'

describe('sets', () => {
  test('unions in any order, small and large, have the elements of both', () => {
    const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 3 })), { minLength: 1, maxLength: 120 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), steps, (count, list) => {
        const inputs = new InputSets(count)
        const made: InputSet[] = [EMPTY]
        const plain: Set<number>[] = [new Set()]
        for (const [x, y, kind] of list) {
          const [i, j] = [x % made.length, y % made.length]
          if (kind === 0) {
            made.push(inputs.one(x % count))
            plain.push(new Set([x % count]))
          } else if (kind === 1 && i < j) {
            made.push(inputs.all(made, i, j - i))
            plain.push(new Set(plain.slice(i, j).flatMap(set => [...set])))
          } else {
            made.push(inputs.union(made[i], made[j]))
            plain.push(new Set([...plain[i], ...plain[j]]))
          }
        }
        for (const [i, set] of made.entries()) {
          const expected = [...plain[i]].sort((p, q) => p - q)
          expect(Array.from(inputs.elementsOf(set))).toEqual(expected)
          expect(set.weight).toBeGreaterThanOrEqual(expected.length)
          // What is not yet made is not much more than what it will be.
          expect(set.weight).toBeLessThanOrEqual(Math.max(24, 2 * expected.length))
        }
      }),
    )
  })

  test('a sum of many terms, one after another, takes no list for each', () => {
    const count = 200_000
    const inputs = new InputSets(count)
    let sum = EMPTY
    for (let i = 0; i < count; i++) sum = inputs.union(sum, inputs.one(i))
    expect(inputs.elementsOf(sum)).toHaveLength(count)
  })

  test('a long chain of unions with the same few inputs stays short', () => {
    const inputs = new InputSets(100)
    let set = EMPTY
    for (let i = 0; i < 5000; i++) {
      set = inputs.union(set, inputs.one((7 * i) % 100))
      expect(set.weight).toBeLessThanOrEqual(200)
    }
    expect(inputs.elementsOf(set)).toHaveLength(100)
  })

  test('what is in a set already makes none', () => {
    const inputs = new InputSets(3)
    const both = inputs.union(inputs.one(2), inputs.one(0))
    expect(inputs.union(both, inputs.one(2))).toBe(both)
    expect(inputs.union(inputs.one(0), both)).toBe(both)
    expect(inputs.union(both, EMPTY)).toBe(both)
    expect(inputs.all(undefined, 0, 5)).toBe(EMPTY)
    expect(inputs.all([EMPTY, both, both], 0, 3)).toBe(both)
  })
})

/** The columns of each row, in order. */
function listsOf(rows: readonly (readonly number[])[]): Lists {
  const starts = [0]
  for (const row of rows) starts.push(starts[starts.length - 1] + row.length)
  return { starts: Int32Array.from(starts), items: Int32Array.from(rows.flat()) }
}

/** A random pattern. */
const patterns = fc
  .tuple(fc.nat({ max: 14 }), fc.nat({ max: 14 }), fc.integer({ min: 1, max: 10 }), fc.infiniteStream(fc.nat()))
  .map(([m, n, density, stream]) => {
    const draw = (): boolean => (stream.next().value as number) % 10 < density
    const columns = Array.from({ length: n }, (_, j) => j)
    return { rows: Array.from({ length: m }, () => columns.filter(draw)), n }
  })

/** The values that a compression reads, where a[i][j] is the entry in row i and column j. */
function read({ pattern, rows, columns, product, place }: Compression, a: readonly (readonly number[])[]): number[] {
  const [m, n] = pattern.shape
  const sums = [
    ...Array.from({ length: rows.count }, (_, colour) =>
      Array.from({ length: n }, (_unused, j) =>
        a.reduce((sum, row, i) => (rows.colours[i] === colour ? sum + row[j] : sum), 0),
      ),
    ),
    ...Array.from({ length: columns.count }, (_, colour) =>
      Array.from({ length: m }, (_unused, i) =>
        a[i].reduce((sum, entry, j) => (columns.colours[j] === colour ? sum + entry : sum), 0),
      ),
    ),
  ]
  expect(sums).toHaveLength(pattern.products)
  return Array.from(product, (number, k) => sums[number][place[k]])
}

/** A matrix with a number of its own for each entry. */
function filledIn(rows: readonly (readonly number[])[], n: number): number[][] {
  return rows.map((columns, i) => Array.from({ length: n }, (_, j) => (columns.includes(j) ? 1 + i * n + j : 0)))
}

describe('colours', () => {
  test('no two members of a group have the same, nor more than are allowed', () => {
    fc.assert(
      fc.property(patterns, fc.integer({ min: 1, max: 8 }), ({ rows, n }, limit) => {
        const lists = listsOf(rows)
        const most = longest(transposed(lists, n))
        const { colours, count } = colourApart(lists, n, most) as { colours: Int32Array; count: number }
        expect(count).toBeGreaterThanOrEqual(most)
        rows.forEach((columns, i) => {
          expect(colours[i] === NONE).toBe(columns.length === 0)
          rows.forEach((others, j) => {
            if (i < j && columns.some(column => others.includes(column))) expect(colours[i]).not.toBe(colours[j])
          })
        })
        expect(colourApart(lists, n, most, limit) === undefined).toBe(count >= limit)
      }),
    )
  })

  test('a star colouring has no path of four variables in two colours', () => {
    fc.assert(
      fc.property(patterns, ({ rows, n }) => {
        const square = rows.slice(0, n).map(columns => columns.filter(j => j < Math.min(n, rows.length)))
        const lists = symmetric(listsOf(square))
        const count = square.length
        const { colours } = colourStars(lists)
        const neighbours = Array.from({ length: count }, (_, i) =>
          Array.from(lists.items.slice(lists.starts[i], lists.starts[i + 1])),
        )
        neighbours.forEach((around, i) => {
          for (const j of around) {
            expect(neighbours[j]).toContain(i)
            if (j === i) continue
            expect(colours[i]).not.toBe(colours[j])
            for (const k of neighbours[j]) {
              if (k === i || colours[k] !== colours[i]) continue
              for (const l of neighbours[k]) if (l !== j) expect(colours[l]).not.toBe(colours[j])
            }
          }
        })
      }),
    )
  })

  test('every entry of any pattern is read from the products, whichever way', () => {
    fc.assert(
      fc.property(patterns, ({ rows, n }) => {
        const lists = listsOf(rows)
        const a = filledIn(rows, n)
        const expected = rows.flatMap((columns, i) => columns.map(j => a[i][j]))
        const counts = (['auto', 'forward', 'reverse'] as const).map(mode => {
          const compression = compress(lists, n, mode)
          expect(read(compression, a)).toEqual(expected)
          return compression.pattern.products
        })
        expect(counts[0]).toBe(Math.min(...counts))
      }),
    )
  })

  test('every entry of a symmetric pattern is read from the products', () => {
    fc.assert(
      fc.property(patterns, ({ rows, n }) => {
        const count = Math.min(rows.length, n)
        const lists = listsOf(rows.slice(0, count).map(columns => columns.filter(j => j < count)))
        const both = symmetric(lists)
        const square = Array.from({ length: count }, (_, i) =>
          Array.from(both.items.slice(both.starts[i], both.starts[i + 1])),
        )
        const a = square.map((columns, i) =>
          Array.from({ length: count }, (_, j) => (columns.includes(j) ? 1 + Math.min(i, j) * n + Math.max(i, j) : 0)),
        )
        const compression = compressSymmetric(lists)
        expect(read(compression, a)).toEqual(square.flatMap((columns, i) => columns.map(j => a[i][j])))
        expect(compression.pattern.products).toBeLessThanOrEqual(count)
      }),
    )
  })
})
