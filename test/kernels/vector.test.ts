import { describe, expect, test } from 'vitest'
import { loadBinaries } from './binaries'
import { expectClose, expectSame, expectSameBits, Random, seed, Workbench } from './workbench'

/** Around the pairs, the blocks of eight, and lengths of real use. */
const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 129, 255, 256, 257, 784, 1023, 1025]
const alphas = [1, 0, -0.02]

for (const binary of await loadBinaries()) {
  const { kernels, type } = binary
  const random = new Random(type)

  /** Once per size, and with buffers on 16 bytes and beside them. */
  const everywhere = (check: (bench: Workbench, n: number, context: string) => void) => {
    for (const skew of [0, 1] as const)
      for (const n of sizes) {
        const bench = new Workbench(binary, skew)
        const context = `n = ${n}, skew ${skew}`
        check(bench, n, context)
        bench.finish(context)
      }
  }

  describe(`level 1, ${binary.name}`, () => {
    test('the binary imports its memory and nothing else', () => {
      expect(WebAssembly.Module.imports(binary.module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }])
    })

    test('copy', () => {
      everywhere((bench, n, context) => {
        const x = random.numbers(n)
        const y = bench.output(n)
        kernels.copy(n, bench.input(x), y)
        expectSameBits(bench.read(y, n), x, context)
      })
    })

    test('copy onto an overlapping vector', () => {
      const bench = new Workbench(binary)
      const values = random.numbers(100)
      const x = bench.inout(values)
      kernels.copy(90, x, x + 10 * type.bytes)
      expectSameBits(bench.read(x + 10 * type.bytes, 90), values.subarray(0, 90), 'overlap')
    })

    test('fill', () => {
      for (const value of [0, -0, 2.5, Infinity, NaN])
        everywhere((bench, n, context) => {
          const y = bench.output(n)
          kernels.fill(n, value, y)
          expectSameBits(bench.read(y, n), type.array(n).fill(value), context)
        })
    })

    test('scale, also in place', () => {
      for (const alpha of alphas.map(type.round))
        everywhere((bench, n, context) => {
          const values = random.numbers(n)
          const expected = values.map(v => alpha * v)
          const y = bench.output(n)
          kernels.scale(n, alpha, bench.input(values), y)
          expectSameBits(bench.read(y, n), expected, context)

          const x = bench.inout(values)
          kernels.scale(n, alpha, x, x)
          expectSameBits(bench.read(x, n), expected, `${context}, in place`)
        })
    })

    test('axpy, also of a vector to itself', () => {
      for (const alpha of [...alphas, 3].map(type.round))
        everywhere((bench, n, context) => {
          const x = random.integers(n)
          const start = random.integers(n)
          const [y, expected] = [bench.inout(start), bench.inout(start)]
          kernels.axpy(n, alpha, bench.input(x), y)
          kernels.axpyReference(n, alpha, bench.input(x), expected)
          // One rounding of α·x and one of the sum, or just the latter.
          expectClose(bench.read(y, n), bench.read(expected, n), 16 * type.epsilon, context)

          const own = bench.inout(x)
          kernels.axpy(n, 3, own, own)
          expectSame(
            bench.read(own, n),
            x.map(v => 4 * v),
            `${context}, to itself`,
          )
        })
    })

    test('axpy gives the same bits at each position', () => {
      const bench = new Workbench(binary)
      const n = 37
      const y = bench.inout(type.array(n).fill(1.1))
      kernels.axpy(n, -0.02, bench.input(type.array(n).fill(0.7)), y)
      const [first] = bench.read(y, 1)
      expectSameBits(bench.read(y, n), type.array(n).fill(first), 'positions')
    })

    test('dot and sum are exact where every partial sum is', () => {
      everywhere((bench, n, context) => {
        const x = bench.input(random.integers(n))
        const y = bench.input(random.integers(n))
        expect(kernels.dot(n, x, y), `${context}, seed ${seed}`).toBe(kernels.dotReference(n, x, y))
        expect(kernels.dot(n, x, x), `${context}, seed ${seed}`).toBe(kernels.dotReference(n, x, x))
        expect(kernels.sum(n, x), `${context}, seed ${seed}`).toBe(kernels.sumReference(n, x))
      })
    })

    test('dot and sum are close otherwise', () => {
      everywhere((bench, n, context) => {
        const x = bench.input(random.numbers(n))
        const y = bench.input(random.numbers(n))
        const tolerance = n * n * type.epsilon // n roundings of at most n
        expectClose([kernels.dot(n, x, y)], [kernels.dotReference(n, x, y)], tolerance, context)
        expectClose([kernels.sum(n, x)], [kernels.sumReference(n, x)], tolerance, context)
      })
    })

    test('the error of dot and sum of float32 does not grow with the length', () => {
      if (type.name === 'float64') return
      for (const n of [1023, 1024, 1025, 4096, 100_000]) {
        const bench = new Workbench(binary)
        const [x, y] = [random.numbers(n, 0, 1), random.numbers(n, 0, 1)]
        const [px, py] = [bench.input(x), bench.input(y)]
        const [dot, sum] = [kernels.dotReference(n, px, py), kernels.sumReference(n, px)]
        expectClose([kernels.dot(n, px, py)], [dot], 66 * type.epsilon * dot, `n = ${n}`)
        expectClose([kernels.sum(n, px)], [sum], 66 * type.epsilon * sum, `n = ${n}`)
        bench.finish(`n = ${n}`)
      }
    })

    test('maximum and minimum, to the bit, with NaN, ∞ and both zeros at each position', () => {
      everywhere((bench, n, context) => {
        for (const odd of [undefined, NaN, Infinity, -Infinity]) {
          const values = random.numbers(n)
          if (odd !== undefined && n > 0) values[(n * 7) % n] = odd
          const x = bench.input(values)
          expectSameBits([kernels.maximum(n, x)], [kernels.maximumReference(n, x)], context)
          expectSameBits([kernels.minimum(n, x)], [kernels.minimumReference(n, x)], context)
          expect(kernels.maximum(n, x)).toBe(Math.max(...values))
          expect(kernels.minimum(n, x)).toBe(Math.min(...values))
        }
      })
      const bench = new Workbench(binary)
      for (const n of [1, 2, 3, 5])
        for (let i = 0; i < n; i++) {
          const zeros = type.array(n).fill(-0).with(i, 0)
          expect(kernels.maximum(n, bench.input(zeros))).toBe(0)
          expect(kernels.minimum(n, bench.input(zeros.map(v => -v)))).toBe(-0)
          const spoiled = bench.input(type.array(n).fill(1).with(i, NaN))
          expect([kernels.maximum(n, spoiled), kernels.minimum(n, spoiled)]).toEqual([NaN, NaN])
        }
      bench.finish('odd values')
    })

    test('dot and sum of nothing are +0, and see a NaN or ∞ at each position', () => {
      const bench = new Workbench(binary)
      expect(kernels.dot(0, 64, 64)).toBe(0)
      expect(kernels.sum(0, 64)).toBe(0)
      for (const n of [1, 2, 3, 8, 11])
        for (let i = 0; i < n; i++)
          for (const odd of [NaN, Infinity]) {
            const ones = type.array(n).fill(1)
            const x = bench.input(ones.with(i, odd))
            expect(kernels.sum(n, x)).toBe(odd)
            expect(kernels.dot(n, x, bench.input(ones))).toBe(odd)
            expect(kernels.dot(n, bench.input(ones), x)).toBe(odd)
          }
      bench.finish('odd values')
    })
  })
}
