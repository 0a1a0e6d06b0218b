import { describe, expect, test } from 'vitest'
import { loadBinaries } from './binaries'
import { expectClose, expectSame, Random, Workbench } from './workbench'

type Sizes = readonly [m: number, n: number, k: number]

const small = [0, 1, 2, 3, 4, 5, 8, 9]
const everySmall: readonly Sizes[] = small.flatMap(m => small.flatMap(n => small.map(k => [m, n, k] as const)))

/** Around the block sizes: 64 rows, 1024 columns, depth 256. */
const edges: readonly Sizes[] = [
  [63, 65, 255],
  [64, 64, 256],
  [65, 63, 257],
  [129, 6, 513],
  [5, 1023, 3],
  [4, 1024, 4],
  [6, 1025, 258],
  [1, 1030, 300],
  [300, 1, 300],
  [130, 130, 1],
]

/** Too large for three loops: compared through a random vector. */
const large: readonly Sizes[] = [
  [257, 300, 785],
  [128, 300, 784],
  [66, 2051, 515],
  [515, 66, 1030],
]

const transposes = [false, true].flatMap(a => [false, true].map(b => [a, b] as const))

for (const binary of await loadBinaries()) {
  const { kernels, type } = binary
  const random = new Random(type)

  /** All four transposes, overwriting and accumulating, for each of these α, with buffers on 16 bytes or beside them. */
  const everywhere = (
    sizes: readonly Sizes[],
    alphas: readonly number[],
    check: (
      bench: Workbench,
      run: {
        m: number
        n: number
        k: number
        alpha: number
        transposeA: boolean
        transposeB: boolean
        accumulate: boolean
        context: string
      },
    ) => void,
  ) => {
    const benches = [new Workbench(binary, 0), new Workbench(binary, 1)] as const
    for (const [m, n, k] of sizes)
      for (const [transposeA, transposeB] of transposes)
        for (const accumulate of [false, true])
          for (const alpha of alphas) {
            const bench = benches[random.number(-1, 1) < 0 ? 0 : 1]
            const context =
              `C ${accumulate ? '+=' : '='} ${alpha}·A${transposeA ? 'ᵀ' : ''}·B${transposeB ? 'ᵀ' : ''}, ` +
              `m = ${m}, n = ${n}, k = ${k}, skew ${bench.skew}`
            check(bench, { m, n, k, alpha, transposeA, transposeB, accumulate, context })
            bench.finish(context)
          }
  }

  /** A workspace as small as allowed, full of NaN. */
  const workspace = (bench: Workbench, m: number, n: number, k: number) =>
    bench.output(kernels.gemmWorkspaceBytes(m, n, k) / type.bytes)

  describe(`level 3, ${binary.name}`, () => {
    for (const [title, sizes] of [
      ['every small size', everySmall],
      ['the edges of blocks', edges],
    ] as const)
      test(`gemm against three loops: ${title}`, () => {
        everywhere(sizes, [1, -0.02], (bench, { m, n, k, alpha, transposeA, transposeB, accumulate, context }) => {
          const a = bench.input(random.integers(m * k))
          const b = bench.input(random.integers(k * n))
          const start = accumulate ? random.integers(m * n) : type.array(m * n).fill(NaN)
          const [actual, expected] = [bench.inout(start), bench.inout(start)]
          kernels.gemm(m, n, k, alpha, a, transposeA, b, transposeB, actual, accumulate, workspace(bench, m, n, k))
          kernels.gemmReference(m, n, k, alpha, a, transposeA, b, transposeB, expected, accumulate, 0)
          const [c, reference] = [bench.read(actual, m * n), bench.read(expected, m * n)]
          // Integers are exact with α = 1. Otherwise each of k terms, at most 64·|α|, is rounded thrice.
          if (alpha === 1) expectSame(c, reference, context)
          else expectClose(c, reference, 3 * (k + 1) ** 2 * 2 * type.epsilon, context)
        })
      })

    test('gemm against three loops: real numbers', () => {
      everywhere(
        [
          [33, 34, 35],
          [5, 7, 300],
        ],
        [1, 0.5],
        (bench, { m, n, k, alpha, transposeA, transposeB, accumulate, context }) => {
          const a = bench.input(random.numbers(m * k))
          const b = bench.input(random.numbers(k * n))
          const start = random.numbers(m * n)
          const [actual, expected] = [bench.inout(start), bench.inout(start)]
          kernels.gemm(m, n, k, alpha, a, transposeA, b, transposeB, actual, accumulate, workspace(bench, m, n, k))
          kernels.gemmReference(m, n, k, alpha, a, transposeA, b, transposeB, expected, accumulate, 0)
          expectClose(bench.read(actual, m * n), bench.read(expected, m * n), (k + 2) ** 2 * type.epsilon, context)
        },
      )
    })

    test('large products, through a random vector: C·v = α·op(A)·(op(B)·v) + C₀·v', () => {
      everywhere(large, [1, -2], (bench, { m, n, k, alpha, transposeA, transposeB, accumulate, context }) => {
        const a = bench.input(random.integers(m * k))
        const b = bench.input(random.integers(k * n))
        const v = bench.input(random.integers(n))
        const start = accumulate ? random.integers(m * n) : type.array(m * n).fill(NaN)
        const c = bench.inout(start)
        const [bv, abv, expected, actual] = [bench.output(k), bench.output(m), bench.output(m), bench.output(m)]

        if (transposeB) kernels.gemvTReference(n, k, b, v, 0, bv)
        else kernels.gemvReference(k, n, b, v, 0, bv)
        if (transposeA) kernels.gemvTReference(k, m, a, bv, 0, abv)
        else kernels.gemvReference(m, k, a, bv, 0, abv)
        kernels.scaleReference(m, alpha, abv, expected)
        if (accumulate) kernels.gemvReference(m, n, c, v, expected, expected)

        kernels.gemm(m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate, workspace(bench, m, n, k))
        kernels.gemvReference(m, n, c, v, 0, actual)
        expectSame(bench.read(actual, m), bench.read(expected, m), context)
      })
    })

    test('A and B may be the same', () => {
      const bench = new Workbench(binary)
      const n = 70
      const a = bench.input(random.integers(n * n))
      const [actual, expected] = [bench.output(n * n), bench.output(n * n)]
      kernels.gemm(n, n, n, 1, a, false, a, true, actual, false, workspace(bench, n, n, n))
      kernels.gemmReference(n, n, n, 1, a, false, a, true, expected, false, 0)
      expectSame(bench.read(actual, n * n), bench.read(expected, n * n), 'A·Aᵀ')
      bench.finish('A·Aᵀ')
    })

    test('a NaN or ∞ reaches its row and column, and no other', () => {
      const [m, n, k] = [6, 7, 5]
      for (let i = 0; i < m; i++)
        for (let l = 0; l < k; l++)
          for (const odd of [NaN, Infinity]) {
            const bench = new Workbench(binary)
            const a = bench.input(
              type
                .array(m * k)
                .fill(1)
                .with(i * k + l, odd),
            )
            const b = bench.input(type.array(k * n).fill(1))
            const c = bench.output(m * n)
            kernels.gemm(m, n, k, 1, a, false, b, false, c, false, workspace(bench, m, n, k))
            for (let row = 0; row < m; row++)
              expect([...bench.read(c + type.bytes * n * row, n)]).toEqual(new Array(n).fill(row === i ? odd : k))
          }
    })

    test('the workspace is bounded', () => {
      expect(kernels.gemmWorkspaceBytes(1_000_000, 1_000_000, 1_000_000)).toBe((64 + 1024) * 256 * type.bytes + 128)
      expect(kernels.gemmWorkspaceBytes(0, 0, 0)).toBe(128)
    })

    test('pack makes panels of four or eight lines and fills the last up with zeros', () => {
      for (const width of type.name === 'float64' ? [4] : [4, 8])
        for (const lines of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 17])
          for (const depth of [0, 1, 2, 3, 4, 5, 7, 9])
            for (const alongDepth of [false, true])
              for (const skew of [0, 1] as const) {
                const bench = new Workbench(binary, skew)
                // A block in the middle of a larger matrix, so that strides and sizes differ.
                const stride = Math.max(lines, depth) + 3
                const matrix = random.numbers(stride * stride)
                const panels = Math.ceil(lines / width)
                const out = bench.output(panels * width * depth)
                const [lineStride, depthStride] = alongDepth ? [stride, 1] : [1, stride]
                const [lineBytes, depthBytes] = [type.bytes * lineStride, type.bytes * depthStride]
                kernels.pack(width, lines, depth, bench.input(matrix), lineBytes, depthBytes, out)
                const expected = Array.from({ length: panels * width * depth }, (_, i) => {
                  const line = width * Math.floor(i / (width * depth)) + (i % width)
                  const step = Math.floor((i % (width * depth)) / width)
                  return line < lines ? matrix[line * lineStride + step * depthStride] : 0
                })
                const context = `${lines} lines, depth ${depth}, ${alongDepth ? 'along depth' : 'along lines'}`
                expectSame(bench.read(out, expected.length), expected, context)
                bench.finish(context)
              }
    })
  })
}
