/** Every op of the table over batches: the same as sample by sample, whichever operands are batches. */
import { compile, evalBP, gradBP, vmap, type Leaf, type Shape, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { dirtyMemory, innerVar, type Vars } from '../support/differences.ts'
import { onEachType, type Operation, operandsOf } from '../support/operations.ts'
import { dtypeOf, expectClose, filled, flat, randomLike, shapeOf } from '../support/plain.ts'
import { type Random, seeded } from '../support/random.ts'

const sizes = [0, 1, 2, 5]

/** A function of several variables, however many. */
type Many = (...operands: Var<Leaf>[]) => Var<Leaf>
type ManyAll = (...operands: Var<Leaf>[]) => Var<Leaf>[]

/** Which operands are batches, in every way but none. */
function choices(count: number): boolean[][] {
  return Array.from({ length: 2 ** count - 1 }, (_, i) =>
    Array.from({ length: count }, (_unused, j) => ((i + 1) & (1 << j)) !== 0),
  )
}

/** The positions of those that are none. */
function sharedOf(isBatch: readonly boolean[]): number[] {
  return isBatch.flatMap((batch, i) => (batch ? [] : [i]))
}

/** The samples below each other, each being like the first argument. */
function stacked(like: Leaf, samples: readonly Leaf[]): Leaf {
  const numbers = samples.flatMap(flat)
  let next = 0
  return filled([samples.length, ...shapeOf(like)], () => numbers[next++], dtypeOf(like))
}

/** The sum of leaves, each being like the first argument. */
function total(like: Leaf, leaves: readonly Leaf[]): Leaf {
  const numbers = leaves.map(flat)
  let next = 0
  const element = (): number => {
    const i = next++
    return numbers.reduce((sum, values) => sum + values[i], 0)
  }
  return filled(shapeOf(like), element, dtypeOf(like))
}

/** Zeros in the shape and type of a leaf; without its first size, if it is that of a batch. */
function zeroLike(leaf: Leaf, isBatch = false): Leaf {
  const shape = shapeOf(leaf)
  return filled(isBatch ? shape.slice(1) : shape, () => 0, isBatch && shape.length === 1 ? 'float64' : dtypeOf(leaf))
}

/** A batch of operands: of each sample, and as what the batched function takes. */
interface Point {
  readonly samples: readonly (readonly Leaf[])[]
  readonly args: readonly Leaf[]
}

function pointOf(isBatch: readonly boolean[], size: number, draw: () => readonly Leaf[]): Point {
  const first = draw()
  const samples = Array.from({ length: size }, () => {
    const sample = draw()
    return sample.map((leaf, i) => (isBatch[i] ? leaf : first[i]))
  })
  return { samples, args: joined(isBatch, first, samples, (_like, leaves) => leaves[0]) }
}

/** What the batched function has for what each sample has: `merge` says how, where it is shared. */
function joined(
  isBatch: readonly boolean[],
  like: readonly Leaf[],
  samples: readonly (readonly Leaf[])[],
  merge: (like: Leaf, leaves: readonly Leaf[]) => Leaf,
): Leaf[] {
  return like.map((leaf, i) => {
    const leaves = samples.map(sample => sample[i])
    if (isBatch[i]) return stacked(leaf, leaves)
    return leaves.length === 0 ? leaf : merge(leaf, leaves)
  })
}

const batched = (f: Many, isBatch: readonly boolean[]): Many =>
  vmap(f as never, { shared: sharedOf(isBatch) as never }) as unknown as Many
const gradients = (f: Many): ManyAll => gradBP(f) as unknown as ManyAll
const valueAt = (f: Many, args: readonly Leaf[]): Leaf =>
  (evalBP(f) as (...args: unknown[]) => unknown)(...args) as Leaf
/** ⟨f, cotangent⟩. */
const along =
  (f: Many, cotangent: Leaf): Many =>
  (...operands) =>
    innerVar([f(...operands)], [cotangent]) as unknown as Var<Leaf>
/** ⟨the gradient of f, weights⟩. */
const slope =
  (f: Many, weights: readonly Leaf[]): Many =>
  (...operands) =>
    innerVar(listOf(gradients(f)(...operands)), weights) as unknown as Var<Leaf>

/** The gradient by one argument comes bare. */
function listOf(gradient: unknown): Vars {
  return (Array.isArray(gradient) ? gradient : [gradient]) as Vars
}

function gradientList(f: Many, args: readonly Leaf[]): readonly Leaf[] {
  const gradient: unknown = (gradBP(f) as (...args: unknown[]) => unknown)(...args)
  return (Array.isArray(gradient) ? gradient : [gradient]) as Leaf[]
}

/** Asserts that the types of elements are the same, and the numbers nearly. */
function expectSame(actual: unknown, expected: unknown, tolerance: number, what: string): void {
  const leaves = (value: unknown): Leaf[] => (Array.isArray(value) ? (value as Leaf[]) : [value as Leaf])
  const types = leaves(expected).map(dtypeOf)
  expect(leaves(actual).map(dtypeOf), what).toEqual(types)
  expectClose(actual, expected, tolerance, what)
}

/** Compares a function over a batch with the function sample by sample, to second order; values to `unit`. */
function check(f: Many, isBatch: readonly boolean[], { samples, args }: Point, random: Random, unit: number): void {
  const like = args.map((leaf, i) => zeroLike(leaf, isBatch[i]))
  const result = valueAt(f, samples[0] ?? like)
  const F = batched(f, isBatch)
  dirtyMemory()
  const values = samples.map(sample => valueAt(f, sample))
  expectSame(valueAt(F, args), stacked(result, values), unit, 'value')
  const cotangents = samples.map(() => randomLike(result, random))
  const cotangent = stacked(result, cotangents)
  const first = samples.map((sample, i) => gradientList(along(f, cotangents[i]), sample))
  const zero = like.map(leaf => zeroLike(leaf))
  const gradient = joined(isBatch, zero, first, total)
  dirtyMemory()
  expectSame(gradientList(along(F, cotangent), args), gradient, 10 * unit, 'gradient')
  const weights = pointOf(isBatch, samples.length, () => like.map(leaf => randomLike(leaf, random)))
  const second = samples.map((sample, i) => gradientList(slope(along(f, cotangents[i]), weights.samples[i]), sample))
  dirtyMemory()
  const actual = gradientList(slope(along(F, cotangent), weights.args), args)
  expectSame(actual, joined(isBatch, zero, second, total), 100 * unit, 'second order')
}

/** Compares the gradients of all samples with those of one after the other, and their gradient. */
function checkPerSample(
  f: Many,
  isBatch: readonly boolean[],
  { samples, args }: Point,
  random: Random,
  unit: number,
): void {
  const like = args.map((leaf, i) => zeroLike(leaf, isBatch[i]))
  const cotangent = randomLike(valueAt(f, samples[0] ?? like), random)
  const g = along(f, cotangent)
  for (const [i, leaf] of like.entries()) {
    // By one operand at a time, also by a shared one: each sample has its own.
    const by: Many = (...operands) => listOf(gradients(g)(...operands))[i]
    const F = batched(by, isBatch)
    dirtyMemory()
    const expected = samples.map(sample => valueAt(by, sample))
    expectSame(valueAt(F, args), stacked(leaf, expected), 10 * unit, `gradient of each by ${i}`)
    const weights = samples.map(() => randomLike(leaf, random))
    const zero = like.map(operand => zeroLike(operand))
    const first = samples.map((sample, j) => gradientList(along(by, weights[j]), sample))
    dirtyMemory()
    const actual = gradientList(along(F, stacked(leaf, weights)), args)
    expectSame(actual, joined(isBatch, zero, first, total), 100 * unit, `gradient of the gradient of each by ${i}`)
  }
}

const small = (shapes: readonly Shape[]): boolean => shapes.flat().every(size => size < 8)

function casesOf(operation: Operation): (readonly Shape[])[] {
  return operation.cases.filter(small)
}

describe.each(onEachType())('$title', ({ operation, dtype }) => {
  const f: Many = (...operands) => operation.apply(operands)
  const unit = dtype === 'float32' ? 4e-6 : 1e-12

  test(
    'value, gradient, second order',
    seeded(random => {
      for (const shapes of casesOf(operation)) {
        for (const isBatch of choices(shapes.length)) {
          for (const size of sizes) {
            check(
              f,
              isBatch,
              pointOf(isBatch, size, () => operandsOf(operation, shapes, random, dtype)),
              random,
              unit,
            )
          }
        }
      }
    }),
    120_000,
  )

  test(
    'a gradient for each sample',
    seeded(random => {
      for (const shapes of casesOf(operation)) {
        for (const isBatch of choices(shapes.length)) {
          for (const size of [0, 3]) {
            checkPerSample(
              f,
              isBatch,
              pointOf(isBatch, size, () => operandsOf(operation, shapes, random, dtype)),
              random,
              unit,
            )
          }
        }
      }
    }),
    120_000,
  )

  test(
    'a batch of batches',
    seeded(random => {
      for (const shapes of casesOf(operation)) {
        for (const inside of choices(shapes.length)) {
          const isBatch = random.pick(choices(shapes.length))
          const F = batched(f, inside)
          const draw = (): Leaf[] => [...pointOf(inside, 2, () => operandsOf(operation, shapes, random, dtype)).args]
          const point = pointOf(isBatch, 3, draw)
          check(F, isBatch, point, random, unit)
          checkPerSample(F, isBatch, point, random, unit)
        }
      }
    }),
    120_000,
  )

  test(
    'compiled',
    seeded(random => {
      for (const shapes of casesOf(operation)) {
        const isBatch = random.pick(choices(shapes.length))
        const points = [0, 1].map(() => pointOf(isBatch, 3, () => operandsOf(operation, shapes, random, dtype)))
        const F = batched(f, isBatch)
        const cotangent = randomLike(valueAt(F, points[0].args), random)
        const gradient = gradBP(along(F, cotangent)) as (...args: unknown[]) => unknown
        const compiled = compile(gradient as never) as (...args: unknown[]) => unknown
        for (const { args } of points) {
          const expected = gradient(...args)
          dirtyMemory()
          expectClose(compiled(...args), expected, unit, 'compiled')
        }
      }
    }),
    120_000,
  )
})
