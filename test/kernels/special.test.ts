/** The special functions' kernels: their stated errors, and the same bits wherever an element stands. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { coefficientsFile } from '../../scripts/coefficients.ts'
import { float32, float64, loadBinaries, type Kernels } from './binaries'
import { type Exact, toNumber, ulps } from './exact'
import {
  exactErf,
  exactErfc,
  exactGaussian,
  exactInverf,
  exactInverfc,
  exactInverfcSlope,
  exactInverfSlope,
  exactInvNormCdf,
  exactLGamma,
  exactNormCdf,
  exactPolygamma,
} from './exactSpecial'
import { expectSameBits, Random, seed, Workbench } from './workbench'

const binaries = await loadBinaries()
const doubles = binaries.filter(({ type }) => type === float64)

function times<T>(n: number, make: () => T): T[] {
  return Array.from({ length: n }, make)
}

/** Powers of two, their exponents uniform between two. */
function scattered(random: Random, n: number, low: number, high: number): number[] {
  return times(n, () => 2 ** random.number(low, high))
}

/** Points at both sides of a middle, at distances from 2^low to 2^high. */
function near(random: Random, middle: number, low: number, high: number): number[] {
  return scattered(random, 500, low, high)
    .flatMap(distance => [middle - distance, middle + distance])
    .filter(x => x !== middle)
}

function minus({ significand, exponent }: Exact): Exact {
  return { significand: -significand, exponent }
}

interface Case {
  readonly name: string
  readonly f: (kernels: Kernels) => (x: number) => number
  readonly exact: (x: number) => Exact
  /** The error that the documentation states, in ULP. */
  readonly bound: number
  readonly points: (random: Random) => readonly number[]
}

const cases: readonly Case[] = [
  {
    name: 'gaussian',
    f:
      ({ gaussian }) =>
      x =>
        gaussian(x, 1),
    exact: x => exactGaussian(x),
    bound: 1.5,
    points: random => [...random.numbers(1500, -26.6, 26.6), ...random.numbers(300, 26.6, 27.28)],
  },
  {
    name: 'gaussian of half the square',
    f:
      ({ gaussian }) =>
      x =>
        gaussian(x, 0.5),
    exact: x => exactGaussian(x, true),
    bound: 1.5,
    points: random => [...random.numbers(1500, -37.6, 37.6), ...random.numbers(300, 37.6, 38.58)],
  },
  {
    name: 'erf',
    f: ({ erfScalar }) => erfScalar,
    exact: exactErf,
    bound: 1.5,
    points: random => [
      ...random.numbers(1500, -1.1, 1.1),
      ...random.numbers(500, 1, 6),
      ...scattered(random, 500, -1074, 0),
    ],
  },
  {
    name: 'erfc',
    f: ({ erfcScalar }) => erfcScalar,
    exact: exactErfc,
    bound: 4.5,
    points: random => [
      ...random.numbers(500, -6, 0.5),
      ...random.numbers(1500, 0.4, 3),
      ...random.numbers(1000, 3, 26.5),
      ...random.numbers(300, 26.5, 27.22), // denormal results
    ],
  },
  {
    name: 'normcdf',
    f: ({ normCdfScalar }) => normCdfScalar,
    exact: exactNormCdf,
    bound: 4.5,
    points: random => [
      ...random.numbers(1500, -4, 4),
      ...random.numbers(1000, -37.5, -4),
      ...random.numbers(300, -38.46, -37.5), // denormal results
    ],
  },
  {
    name: 'inverf',
    f: ({ inverf }) => inverf,
    exact: exactInverf,
    bound: 3.5,
    points: random => [
      ...random.numbers(700, -1, 1),
      ...scattered(random, 300, -1074, -1),
      ...scattered(random, 500, -53, -2).map(rest => 1 - rest),
    ],
  },
  {
    name: 'inverfc',
    f: ({ inverfc }) => inverfc,
    exact: exactInverfc,
    bound: 3.5,
    points: random => [
      ...random.numbers(700, 0, 2),
      ...scattered(random, 700, -1074, -1),
      ...near(random, 1, -52, -3),
      ...scattered(random, 300, -52, -2).map(rest => 2 - rest),
    ],
  },
  {
    name: 'invnormcdf',
    f: ({ invNormCdf }) => invNormCdf,
    exact: exactInvNormCdf,
    bound: 3.5,
    points: random => [
      ...random.numbers(700, 0, 1),
      ...scattered(random, 700, -1074, -1),
      ...near(random, 0.5, -53, -3),
      ...scattered(random, 300, -53, -2).map(rest => 1 - rest),
    ],
  },
  {
    name: 'the slope of inverf',
    f: ({ inverfSlope }) => inverfSlope,
    exact: exactInverfSlope,
    bound: 5,
    points: random => [...random.numbers(500, -1, 1), ...scattered(random, 500, -53, -2).map(rest => 1 - rest)],
  },
  {
    name: 'the slope of inverfc',
    f: ({ inverfcSlope }) => inverfcSlope,
    exact: p => minus(exactInverfcSlope(p)),
    bound: 5,
    points: random => [...random.numbers(500, 0.001, 1.999), ...scattered(random, 700, -1020, -1)],
  },
  {
    name: 'the slope of invnormcdf',
    f:
      ({ invNormCdfSlope }) =>
      p =>
        invNormCdfSlope(p) / (2 * Math.SQRT2),
    exact: p => exactInverfcSlope(2 * Math.min(p, 1 - p)),
    bound: 7,
    points: random => [...random.numbers(500, 0.001, 0.999), ...scattered(random, 700, -1020, -2)],
  },
  {
    name: 'lgamma',
    f: ({ lgamma }) => lgamma,
    exact: exactLGamma,
    bound: 3.5,
    points: random => [
      ...random.numbers(1500, 0, 4),
      ...near(random, 1, -52, -1),
      ...near(random, 2, -51, -1),
      ...random.numbers(500, 3, 30),
      ...scattered(random, 300, 3, 1010),
      ...scattered(random, 300, -1074, 0),
    ],
  },
  {
    name: 'digamma',
    f: ({ digamma }) => digamma,
    exact: x => exactPolygamma(0, x),
    bound: 3,
    points: random => [
      ...random.numbers(1000, 0, 4),
      ...near(random, 1.4616321449683622, -51, -2),
      ...random.numbers(500, 3, 30),
      ...scattered(random, 300, 3, 100),
      ...scattered(random, 300, -1020, 0),
    ],
  },
  ...[1, 2, 3, 4].map(n => ({
    name: `polygamma of order ${n}`,
    f:
      ({ polygamma }: Kernels) =>
      (x: number) =>
        polygamma(n, x),
    exact: (x: number) => exactPolygamma(n, x),
    bound: 8,
    points: (random: Random) => [
      ...random.numbers(300, 0.05, 4),
      ...random.numbers(300, 3, 30),
      ...scattered(random, 200, 3, 200),
      ...scattered(random, 200, -200, 0),
    ],
  })),
]

describe.each(cases)('$name', ({ f, exact, bound, points }) => {
  test(`is within ${bound} ULP of the truth`, () => {
    const x = points(new Random(float64))
    const truth = x.map(exact)
    for (const { name, kernels } of doubles) {
      const y = x.map(f(kernels))
      const errors = y.map((value, i) => ulps(value, truth[i]))
      const worst = errors.indexOf(Math.max(...errors))
      expect(errors[worst], `${name}: x = ${x[worst]}, y = ${y[worst]} (TEST_SEED=${seed})`).toBeLessThanOrEqual(bound)
    }
  })
})

/** Of two terms that may cancel, where the function is reflected, the error is so many half ULP of the larger one. */
function expectReflected(
  f: (x: number) => number,
  exact: (x: number) => Exact,
  other: (x: number) => number,
  bound: number,
): void {
  const random = new Random(float64)
  for (const x of [...random.numbers(400, -12, -0.01), ...random.numbers(100, -200, -12)]) {
    const truth = toNumber(exact(x))
    const scale = Math.max(Math.abs(truth), Math.abs(other(x)))
    expect(Math.abs(f(x) - truth) / scale, `x = ${x} (TEST_SEED=${seed})`).toBeLessThanOrEqual(bound * 2 ** -53)
  }
}

describe.each(doubles)('$name, left of 0', ({ kernels: { lgamma, digamma, polygamma } }) => {
  test('lgamma', () => {
    expectReflected(lgamma, exactLGamma, x => Math.max(1, lgamma(-x)), 12)
  })

  test.each([0, 1, 2, 3, 4])('polygamma of order %i', n => {
    const f = (x: number): number => (n === 0 ? digamma(x) : polygamma(n, x))
    expectReflected(
      f,
      x => exactPolygamma(n, x),
      x => f(1 - x),
      8 + 4 * n,
    )
  })

  test('high orders beside a pole: n!/xⁿ⁺¹', () => {
    for (const n of [20, 51, 99]) {
      const x = -3 - 0.1
      let expected = 1 / (x + 3)
      for (let i = 1; i <= n; i++) expected *= i / (x + 3)
      expect(polygamma(n, x) / (n % 2 === 0 ? -expected : expected)).toBeCloseTo(1, 12)
      expect(polygamma(n, 0.1) * (n % 2 === 0 ? -1 : 1)).toBeGreaterThan(0)
    }
  })
})

const odd = [NaN, Infinity, -Infinity, 0, -0, 0.5, -0.5, 1, -1, 1.5, 2.5, -2.5, 30, -30, 1e-40, 1e30, 5e-324]
const maps = ['Erf', 'Erfc', 'NormCdf', 'Floor', 'Ceil', 'Round'] as const

describe.each(binaries)('$name', binary => {
  const { kernels, type } = binary
  const random = new Random(type)
  const values = [...times(150, () => random.number(-6, 6)), ...times(100, () => random.anyFloat()), ...odd].map(
    type.round,
  )

  test.each(maps)('map%s: the same bits at every position and in place, those of one number', name => {
    const scalars: Partial<Record<(typeof maps)[number], (x: number) => number>> = {
      Erf: kernels.erfScalar,
      Erfc: kernels.erfcScalar,
      NormCdf: kernels.normCdfScalar,
      Floor: Math.floor,
      Ceil: Math.ceil,
    }
    const scalar = scalars[name]
    const map = kernels[`map${name}`]
    for (const skew of [0, 1] as const) {
      const bench = new Workbench(binary, skew)
      const y = bench.output(values.length)
      map(values.length, bench.input(values), y)
      const results = bench.read(y, values.length)
      bench.finish(name)
      if (scalar !== undefined) {
        expectSameBits(
          values.map(x => type.round(scalar(x))),
          results,
          'one number',
        )
      }
      const x = bench.inout(values)
      map(values.length, x, x)
      expectSameBits(bench.read(x, values.length), results, 'in place')
      bench.finish('in place')
      for (let n = 0; n <= 5; n++) {
        for (let place = 0; place < n; place++) {
          for (let i = 0; i < values.length; i += 5) {
            const row = times(n, () => odd[Math.floor(random.number(0, odd.length))])
            row[place] = values[i]
            const out = bench.output(n)
            map(n, bench.input(row), out)
            const context = `${values[i]} at ${place} of ${n} (TEST_SEED=${seed})`
            expectSameBits([bench.read(out, n)[place]], [results[i]], context)
            bench.finish(name)
          }
        }
      }
    }
  })

  test('mapRound gives the even one of two', () => {
    const bench = new Workbench(binary)
    const x = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 7]
    const y = bench.output(x.length)
    kernels.mapRound(x.length, bench.input(x), y)
    expectSameBits(bench.read(y, x.length), [0, 2, 2, -0, -2, -2, 0, 7], 'round')
    bench.finish('round')
  })

  test('float32 is rounded once', () => {
    if (type !== float32) {
      expect(type).toBe(float64)
      return
    }
    const bench = new Workbench(binary)
    const x = [...random.numbers(500, -3, 3), ...random.numbers(200, 3, 10)].map(type.round)
    const y = bench.output(x.length)
    kernels.mapErfc(x.length, bench.input(x), y)
    bench.read(y, x.length).forEach((value, i) => {
      expect(ulps(value, exactErfc(x[i]), 'float32')).toBeLessThanOrEqual(0.51)
    })
  })
})

test('the coefficients are those that the script computes', () => {
  const file = join(import.meta.dirname, '../../assembly/kernels/coefficients.ts')
  expect(readFileSync(file, 'utf8')).toBe(coefficientsFile())
})
