import { describe, expect, test } from 'vitest'
import { type ElementType, float32, float64, loadBinaries, type Kernels } from './binaries'
import { type Exact, exactExp, exactLog, exactLogistic, exactTanh, ulps } from './exact'
import { expectSameBits, Random, seed, Workbench } from './workbench'

interface Case {
  readonly type: ElementType
  readonly name: 'Exp' | 'Log' | 'Tanh' | 'Logistic'
  readonly exact: (x: number) => Exact
  /** The error that the kernel's documentation states, in ULP. */
  readonly bound: number
  readonly points: (random: Random) => readonly number[]
  /** Arguments whose results are known, to the bit. */
  readonly known: readonly (readonly [x: number, y: number])[]
}

const least = 2 ** -1074
const leastNormal = 2 ** -1022
const greatest = Number.MAX_VALUE
const least32 = 2 ** -149
const leastNormal32 = 2 ** -126
const greatest32 = (2 - 2 ** -23) * 2 ** 127

/** Where 2ᵏ·e^r turns to the next k, and log to the next exponent. */
const halfwayExponents = (random: Random, n: number) =>
  times(n, () => (Math.floor(random.number(-1074, 1023)) + 0.5) * Math.LN2).map(x => step(x, random.number(-3, 4)))

const cases: readonly Case[] = [
  {
    type: float64,
    name: 'Exp',
    exact: exactExp,
    bound: 0.9,
    points: random => [
      ...random.numbers(6000, -745.2, 709.78),
      ...random.numbers(6000, -1, 1),
      ...random.numbers(2000, -745.14, -708), // denormal results
      ...times(1000, () => scattered(random, -60, 3)),
      ...halfwayExponents(random, 2000).filter(x => x < 709),
      ...around(708, -708, -708.3964185322641, 709.782712893384, -745.1332191019411, 0).filter(
        x => x < 709.7827128933841,
      ),
    ],
    known: [
      [0, 1],
      [-0, 1],
      [least, 1],
      [1, Math.E],
      [Infinity, Infinity],
      [-Infinity, 0],
      [709.7827128933841, Infinity],
      [greatest, Infinity],
      [-745.1332191019412, 0],
      [-745.13, least],
      [-greatest, 0],
    ],
  },
  {
    type: float64,
    name: 'Log',
    exact: exactLog,
    bound: 0.9,
    points: random => [
      ...times(6000, () => 2 ** random.number(-1074, 1024)),
      ...random.numbers(6000, 0.5, 2),
      ...times(3000, () => 1 + scattered(random, -53, -3)).filter(x => x !== 1),
      ...times(2000, () => step(Math.SQRT1_2 * 2 ** Math.floor(random.number(-1022, 1024)), random.number(-3, 4))),
      ...times(1000, () => Math.ceil(random.number(0, 1) * 2 ** random.number(0, 52)) * least),
      ...around(leastNormal, Math.SQRT2, Math.SQRT1_2, 2, 0.5),
      ...[least, step(1, 1), step(1, -1), greatest],
    ],
    known: [
      [1, 0],
      [0, -Infinity],
      [-0, -Infinity],
      [Infinity, Infinity],
      [-Infinity, NaN],
      [-1, NaN],
      [-least, NaN],
      [-greatest, NaN],
    ],
  },
  {
    type: float64,
    name: 'Tanh',
    exact: exactTanh,
    bound: 1.4,
    points: random => [
      ...random.numbers(3000, -22.5, 22.5),
      ...random.numbers(6000, -2, 2),
      ...random.numbers(4000, -0.7, 0.7),
      ...times(2000, () => scattered(random, -1074, 1)),
      ...around(0.625, -0.625, 22, -22, leastNormal),
      ...[least, -least, 1e300],
    ],
    known: [
      [0, 0],
      [-0, -0],
      [least, least],
      [-least, -least],
      [22, 1],
      [-22, -1],
      [greatest, 1],
      [Infinity, 1],
      [-Infinity, -1],
    ],
  },
  {
    type: float64,
    name: 'Logistic',
    exact: exactLogistic,
    bound: 2,
    points: random => [
      ...random.numbers(6000, -745.2, 40),
      ...random.numbers(8000, -5, 5),
      ...random.numbers(2000, -745.14, -708), // denormal results
      ...times(1000, () => scattered(random, -60, 3)),
      ...around(708, -708, -708.3964185322641, -745.1332191019411, 0),
    ],
    known: [
      [0, 0.5],
      [-0, 0.5],
      [least, 0.5],
      [40, 1],
      [800, 1],
      [Infinity, 1],
      [-745.1332191019412, 0],
      [-745.13, least],
      [-greatest, 0],
      [-Infinity, 0],
    ],
  },
  {
    type: float32,
    name: 'Exp',
    exact: exactExp,
    bound: 0.9,
    points: random => [
      ...random.numbers(12000, -104, 88.7),
      ...random.numbers(12000, -1, 1),
      ...random.numbers(2000, -103.97, -87), // denormal results
      ...times(1000, () => scattered(random, -30, 3)),
      ...times(2000, () => (Math.floor(random.number(-149, 127)) + 0.5) * Math.LN2),
      ...around32(87, -87, -87.33655, 88.7227, -103.972, 0).filter(x => x < 88.7228),
    ],
    known: [
      [0, 1],
      [-0, 1],
      [least32, 1],
      [1, Math.fround(Math.E)],
      [Infinity, Infinity],
      [-Infinity, 0],
      [88.72284, Infinity],
      [greatest32, Infinity],
      [-103.98, 0],
      [-103.9, least32],
      [-greatest32, 0],
    ],
  },
  {
    type: float32,
    name: 'Log',
    exact: exactLog,
    bound: 0.9,
    points: random => [
      ...times(12000, () => 2 ** random.number(-149, 128)),
      ...random.numbers(12000, 0.5, 2),
      ...times(3000, () => 1 + scattered(random, -23, -3)),
      ...times(2000, () => Math.ceil(random.number(0, 1) * 2 ** random.number(0, 23)) * least32),
      ...around32(leastNormal32, Math.SQRT2, Math.SQRT1_2, 2, 0.5, 1, least32 * 8, greatest32 / 2),
    ],
    known: [
      [1, 0],
      [0, -Infinity],
      [-0, -Infinity],
      [Infinity, Infinity],
      [-Infinity, NaN],
      [-1, NaN],
      [-least32, NaN],
      [-greatest32, NaN],
    ],
  },
  {
    type: float32,
    name: 'Tanh',
    exact: exactTanh,
    bound: 1.4,
    points: random => [
      ...random.numbers(6000, -9.5, 9.5),
      ...random.numbers(12000, -2, 2),
      ...random.numbers(8000, -0.7, 0.7),
      ...times(2000, () => scattered(random, -149, 1)),
      ...around32(0.625, -0.625, 9.25, -9.25, 9.01, leastNormal32),
      ...[least32, -least32, 1e30],
    ],
    known: [
      [0, 0],
      [-0, -0],
      [least32, least32],
      [-least32, -least32],
      [9.25, 1],
      [-9.25, -1],
      [greatest32, 1],
      [Infinity, 1],
      [-Infinity, -1],
    ],
  },
  {
    type: float32,
    name: 'Logistic',
    exact: exactLogistic,
    bound: 2,
    points: random => [
      ...random.numbers(12000, -104, 20),
      ...random.numbers(12000, -5, 5),
      ...random.numbers(2000, -103.97, -87), // denormal results
      ...times(1000, () => scattered(random, -30, 3)),
      ...around32(87, -87, -87.33655, -103.972, 0),
    ],
    known: [
      [0, 0.5],
      [-0, 0.5],
      [least32, 0.5],
      [20, 1],
      [100, 1],
      [Infinity, 1],
      [-103.98, 0],
      [-103.9, least32],
      [-greatest32, 0],
      [-Infinity, 0],
    ],
  },
]

function times<T>(n: number, make: () => T): T[] {
  return Array.from({ length: n }, make)
}

/** Of either sign, its magnitude's exponent uniform between two. */
function scattered(random: Random, low: number, high: number): number {
  return (random.number(-1, 1) < 0 ? -1 : 1) * 2 ** random.number(low, high)
}

/** The float64 so many steps farther from zero. */
function step(x: number, steps: number): number {
  const word = new BigInt64Array(new Float64Array([x]).buffer)
  word[0] += BigInt(Math.floor(steps))
  return new Float64Array(word.buffer)[0]
}

/** Each point and its next neighbours. */
function around(...points: readonly number[]): number[] {
  return points.flatMap(x => (x === 0 ? [0, -0, least, -least] : [-3, -2, -1, 0, 1, 2, 3].map(steps => step(x, steps))))
}

/** The same among the float32. */
function around32(...points: readonly number[]): number[] {
  return points.flatMap(x => {
    const nearest = Math.fround(x)
    if (nearest === 0) return [0, -0, least32, -least32]
    return [-3, -2, -1, 0, 1, 2, 3].map(steps => {
      const word = new Int32Array(new Float32Array([nearest]).buffer)
      word[0] += steps
      return new Float32Array(word.buffer)[0]
    })
  })
}

const allBinaries = await loadBinaries()
const kinds = [
  ['fast', ''],
  ['reference', 'Reference'],
] as const

for (const { type, name, exact, bound, points: doubles, known } of cases) {
  const binaries = allBinaries.filter(binary => binary.type === type)
  const points = (random: Random): number[] =>
    doubles(random)
      .map(type.round)
      .filter(x => name !== 'Log' || x !== 1)
  const map = (kernels: Kernels, kind: (typeof kinds)[number][1] = '') => kernels[`map${name}${kind}`]
  const scalar = (kernels: Kernels) => kernels[`${name.toLowerCase() as Lowercase<typeof name>}Scalar`]
  /** The results of one call over all values. */
  const results = (bench: Workbench, kernel: Kernels['mapExp'], x: ArrayLike<number>) => {
    const y = bench.output(x.length)
    kernel(x.length, bench.input(x), y)
    const read = bench.read(y, x.length)
    bench.finish(name)
    return read
  }

  describe(`${name}, ${type.name}`, () => {
    test(`is within ${bound} ULP of the truth`, () => {
      const x = points(new Random(type))
      const truth = x.map(exact)
      for (const binary of binaries) {
        const y = results(new Workbench(binary), map(binary.kernels), x)
        let worst = 0
        for (let i = 0; i < x.length; i++)
          if (ulps(y[i], truth[i], type.name) > ulps(y[worst], truth[worst], type.name)) worst = i
        const context = `${binary.name}: x = ${x[worst]}, y = ${y[worst]} (TEST_SEED=${seed})`
        expect(ulps(y[worst], truth[worst], type.name), context).toBeLessThanOrEqual(bound)
      }
    })

    for (const binary of binaries) {
      const { kernels } = binary

      for (const [title, kind] of kinds)
        test(`${binary.name}, ${title}: known values`, () => {
          for (const [x, y] of [...known, [NaN, NaN] as const]) {
            const context = `${name}(${x})`
            expectSameBits(results(new Workbench(binary), map(kernels, kind), [x, x, x]), [y, y, y], context)
          }
        })

      test(`${binary.name}: the reference agrees`, () => {
        const x = points(new Random(type))
        const [fast, slow] = [
          results(new Workbench(binary), map(kernels), x),
          results(new Workbench(binary), map(kernels, 'Reference'), x),
        ]
        for (let i = 0; i < x.length; i++) {
          const difference = Math.abs(fast[i] - slow[i])
          const tolerance = Math.max(Math.abs(slow[i]) * 8 * type.epsilon, type === float64 ? 2 * least : 2 * least32)
          expect(difference, `x = ${x[i]} (TEST_SEED=${seed})`).toBeLessThanOrEqual(tolerance)
        }
      })

      test(`${binary.name}: the same bits at every position, in place and for one number`, () => {
        const random = new Random(type)
        const odd = [
          NaN,
          Infinity,
          -Infinity,
          0,
          -0,
          800,
          -800,
          ...(type === float64 ? [1e-320, -740, 1e300] : [1e-40, -100, 1e30]),
        ]
        const values = [
          ...points(random).filter((_, i) => i % 50 === 0),
          ...odd,
          ...times(200, () => random.anyFloat()),
        ]
        for (const skew of [0, 1] as const) {
          const bench = new Workbench(binary, skew)
          const y = results(bench, map(kernels), values)
          if (type === float64) expectSameBits(values.map(scalar(kernels)), y, 'scalar')

          const x = bench.inout(values)
          map(kernels)(values.length, x, x)
          expectSameBits(bench.read(x, values.length), y, 'in place')
          bench.finish('in place')

          // Each value at each place of each short length, beside values that take the other path.
          for (let n = 0; n <= 9; n++)
            for (let place = 0; place < n; place++)
              for (let i = 0; i < values.length; i += 7) {
                const row = times(n, () => odd[Math.floor(random.number(0, odd.length))])
                row[place] = values[i]!
                const context = `${values[i]} at ${place} of ${n} (TEST_SEED=${seed})`
                expectSameBits([results(bench, map(kernels), row)[place]], [y[i]], context)
              }
        }
      })
    }
  })
}
