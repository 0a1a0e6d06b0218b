import { describe, expect, test } from 'vitest'
import { loadBinaries } from './binaries'
import { expectClose, expectSame, Random, Workbench } from './workbench'

/** Every remainder of the row and column blocks, then shapes of real use and both extremes. */
const small = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
const shapes: readonly (readonly [m: number, n: number])[] = [
  ...small.flatMap(m => small.map(n => [m, n] as const)),
  ...[63, 64, 65].flatMap(m => [127, 128, 129].map(n => [m, n] as const)),
  [300, 784],
  [1, 1025],
  [1025, 1],
  [257, 3],
  [3, 257],
]

/** Where the addend c comes from: nowhere, another vector, or the result itself. */
const addends = ['none', 'other', 'self'] as const

for (const binary of await loadBinaries()) {
  const { kernels, type } = binary
  const random = new Random(type)

  const everywhere = (check: (bench: Workbench, m: number, n: number, context: string) => void) => {
    for (const skew of [0, 1] as const)
      for (const [m, n] of shapes) {
        const bench = new Workbench(binary, skew)
        const context = `${m}×${n}, skew ${skew}`
        check(bench, m, n, context)
        bench.finish(context)
      }
  }

  describe(`level 2, ${binary.name}`, () => {
    for (const name of ['gemv', 'gemvT'] as const)
      for (const addend of addends)
        test(`${name}, addend: ${addend}`, () => {
          everywhere((bench, m, n, context) => {
            const [length, results] = name === 'gemv' ? [n, m] : [m, n]
            for (const draw of ['integers', 'numbers'] as const) {
              const a = bench.input(random[draw](m * n))
              const x = bench.input(random[draw](length))
              const start = random[draw](results)
              const call = (kernel: typeof kernels.gemv) => {
                const y = addend === 'self' ? bench.inout(start) : bench.output(results)
                kernel(m, n, a, x, addend === 'none' ? 0 : addend === 'self' ? y : bench.input(start), y)
                return bench.read(y, results)
              }
              const [actual, expected] = [call(kernels[name]), call(kernels[`${name}Reference`])]
              if (draw === 'integers') expectSame(actual, expected, context)
              else expectClose(actual, expected, (length + 1) ** 2 * type.epsilon, context)
            }
          })
        })

    for (const accumulate of [false, true])
      test(`ger, ${accumulate ? 'accumulating' : 'overwriting'}`, () => {
        everywhere((bench, m, n, context) => {
          for (const alpha of [1, -2, -0.02]) {
            const x = bench.input(random.integers(m))
            const y = bench.input(random.integers(n))
            const start = accumulate ? random.integers(m * n) : type.array(m * n).fill(NaN)
            const [actual, expected] = [bench.inout(start), bench.inout(start)]
            kernels.ger(m, n, alpha, x, y, actual, accumulate)
            kernels.gerReference(m, n, alpha, x, y, expected, accumulate)
            const tolerance = alpha === -0.02 ? 16 * type.epsilon : 0
            expectClose(bench.read(actual, m * n), bench.read(expected, m * n), tolerance, context)
          }
        })
      })

    test('gemv, gemvT and ger carry NaN and ∞ where they belong', () => {
      const [m, n] = [7, 11]
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++)
          for (const odd of [NaN, Infinity]) {
            const bench = new Workbench(binary)
            const a = bench.input(
              type
                .array(m * n)
                .fill(1)
                .with(i * n + j, odd),
            )
            const ones = bench.input(type.array(n).fill(1))
            const [y, z, outer] = [bench.output(m), bench.output(n), bench.output(m * n)]
            kernels.gemv(m, n, a, ones, 0, y)
            kernels.gemvT(m, n, a, ones, 0, z)
            kernels.ger(m, n, 1, ones, bench.input(type.array(n).fill(1).with(j, odd)), outer, false)
            expect([...bench.read(y, m)]).toEqual(new Array(m).fill(n).with(i, odd))
            expect([...bench.read(z, n)]).toEqual(new Array(n).fill(m).with(j, odd))
            expect([...bench.read(outer + type.bytes * n * i, n)]).toEqual(new Array(n).fill(1).with(j, odd))
            bench.finish('odd values')
          }
    })
  })
}
