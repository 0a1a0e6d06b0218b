/** The columns of the table of combinations: what is done with a program, and what its derivative must be. */
import {
  compile,
  dot,
  vector,
  vmap,
  type DType,
  type Leaf,
  type Programs,
  type Shape,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { expect } from 'vitest'
import { expectSlope, innerVar, type Plains, slopeOf, type Vars } from '../support/differences.ts'
import { dtypeOf, filled, flat, inner, innerSize, moved, randomLike, shapeOf } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'
import type { Awaitable, Kind, Subject } from './subjects.ts'

export type Order = 'first' | 'second'

/** What an operator gives: of plain arguments. */
type Operated = (operands: unknown) => unknown

/** How a function runs. */
export interface Mode {
  readonly title: string
  /** The same function, run that way. */
  readonly of: (f: Operated) => Operated
  /** Throws unless it was run that way. */
  readonly check: (f: Operated) => void
}

export const modes: readonly Mode[] = [
  { title: 'recorded', of: f => f, check: () => undefined },
  {
    title: 'compiled',
    of: f => compile(f as never),
    check: f => {
      expect((f as unknown as Programs).recordings).toBe(1)
      ;(f as unknown as Programs).free()
    },
  },
]

/** One way of differentiating. */
export interface Way {
  readonly title: string
  /** Throws unless the derivatives of that order are right: with the library's error where it refuses. */
  readonly check: (kind: Kind, subject: Subject, order: Order, mode: Mode) => Promise<void>
}

/** next(x), now or later. */
function then<T, U>(x: Awaitable<T>, next: (x: T) => Awaitable<U>): Awaitable<U> {
  return x instanceof Promise ? x.then(next) : next(x)
}

const TOLERANCE = 1e-8

/** A value of the given shape and numbers. */
function ofNumbers(shape: Shape, numbers: readonly number[], dtype: DType = 'float64'): Leaf {
  let next = 0
  return filled(shape, () => numbers[next++], dtype)
}

/** The same numbers in float64. */
function widened(leaves: Plains): Leaf[] {
  return leaves.map(leaf => ofNumbers(shapeOf(leaf), flat(leaf)))
}

/** Throws unless a gradient at a point has the slopes of a value along random directions, and the types of its operands. */
async function expectGradient(
  gradient: unknown,
  value: (point: Plains) => Awaitable<number>,
  point: Plains,
  random: Random,
  tolerance = TOLERANCE,
): Promise<void> {
  expect((gradient as Plains).map(dtypeOf)).toEqual(point.map(dtypeOf))
  for (let i = 0; i < 2; i++) {
    const direction = point.map(leaf => randomLike(leaf, random))
    const expected = await slopeOf(t => value(moved(widened(point), t, widened(direction))))
    expectSlope(inner(gradient, direction), expected, innerSize(gradient, direction), tolerance)
  }
}

/** The functions of one sample that are differentiated: ⟨f, c⟩, and ⟨∇⟨f, c⟩, w⟩ for random c and w. */
interface Functions {
  readonly loss: (operands: Vars) => unknown
  readonly slope: (operands: Vars) => unknown
  /** The first of them, of what the subject's derivatives at a point are those of. */
  readonly smooth: (operands: Vars, at: Plains) => unknown
  /** The value of the one whose gradient is of that order, at a plain point, without a derivative inside a derivative. */
  readonly value: (point: Plains, at: Plains) => Awaitable<number>
}

async function functionsOf(
  { operators: { evaluate, gradient } }: Kind,
  { f, points, smooth: smoothOf = f }: Subject,
  order: Order,
  random: Random,
): Promise<Functions> {
  const cotangent = randomLike((await evaluate(f)(points[0])) as Leaf, random)
  const weights = points[0].map(leaf => randomLike(leaf, random))
  const loss = (operands: Vars): unknown => then(f(operands), y => innerVar([y], [cotangent]))
  const smooth = (operands: Vars, at: Plains): unknown =>
    then(smoothOf(operands, at), y => innerVar([y], widened([cotangent])))
  const slope = (operands: Vars): unknown =>
    then(gradient(loss)(operands) as Awaitable<Vars>, g => innerVar(g, weights))
  const value = (point: Plains, at: Plains): Awaitable<number> => {
    const there = (operands: Vars): unknown => smooth(operands, at)
    return order === 'first'
      ? (evaluate(there)(point) as Awaitable<number>)
      : then(gradient(there)(point), g => inner(g, weights))
  }
  return { loss, smooth, slope, value }
}

/** The gradients of both against differences; at several points, so that a program is run with values that it was not recorded with. */
const plain: Way = {
  title: 'plain',
  async check(kind, subject, order, mode) {
    const random = new Random(seed)
    const { loss, slope, value } = await functionsOf(kind, subject, order, random)
    const derivative = mode.of(kind.operators.gradient(order === 'first' ? loss : slope))
    for (const point of subject.points) {
      const at = widened(point)
      await expectGradient(await derivative(point), moving => value(moving, at), point, random, subject.tolerance)
    }
    mode.check(derivative)
  },
}

// Batches

const SAMPLES = 2

/** Two points below each other, leaf by leaf. */
function stacked(points: readonly Plains[]): Leaf[] {
  return points[0].map((leaf, i) => {
    const numbers = points.flatMap(point => flat(point[i]))
    return ofNumbers([points.length, ...shapeOf(leaf)], numbers, dtypeOf(leaf))
  })
}

/** One of the points that are below each other. */
function sampleOf(batch: Plains, sample: number): Leaf[] {
  return batch.map(leaf => {
    const shape = shapeOf(leaf).slice(1)
    const numbers = flat(leaf)
    const count = numbers.length / SAMPLES
    return ofNumbers(shape, numbers.slice(sample * count, (sample + 1) * count), dtypeOf(leaf))
  })
}

/** The points of a subject as batches. */
function batchesOf({ points }: Subject): Leaf[][] {
  return points.map((_point, i) => stacked(Array.from({ length: SAMPLES }, (_, j) => points[(i + j) % points.length])))
}

/** Σ sᵢ·value(xᵢ) over the samples, by a loop; `at` are the samples that the derivatives are taken at. */
function sumOver(
  batch: Plains,
  at: Plains,
  weights: readonly number[],
  value: (point: Plains, at: Plains, sample: number) => Awaitable<number>,
): Awaitable<number> {
  return weights.reduce<Awaitable<number>>(
    (total, weight, i) =>
      then(total, sum => then(value(sampleOf(batch, i), sampleOf(at, i), i), x => sum + weight * x)),
    0,
  )
}

type Batched = (...args: readonly unknown[]) => unknown
const vmapOf = (f: (...args: never[]) => unknown, shared: readonly number[] = []): Batched =>
  vmap(f as never, { shared: shared as never }) as unknown as Batched

const drawWeights = (random: Random): number[] => Array.from({ length: SAMPLES }, () => random.between(0.5, 1.5))

/**
 * The gradient of Σ sᵢ·g(xᵢ) by all samples, g being mapped over them: ⟨f, c⟩ at first order, and its gradient along w, taken
 * for each sample, at second.
 */
const mapped: Way = {
  title: 'vmap',
  async check(kind, subject, order, mode) {
    const random = new Random(seed)
    const { loss, slope, value } = await functionsOf(kind, subject, order, random)
    const weights = drawWeights(random)
    const total = (batch: Vars): unknown =>
      dot(vmapOf(order === 'first' ? loss : slope)(batch) as Var<Vector>, vector(weights))
    const derivative = mode.of(kind.operators.gradient(total))
    for (const batch of batchesOf(subject)) {
      const at = widened(batch)
      const total = (moving: Plains): Awaitable<number> => sumOver(moving, at, weights, value)
      await expectGradient(await derivative(batch), total, batch, random, subject.tolerance)
    }
    mode.check(derivative)
  },
}

/** A gradient for each sample: of ⟨f, c⟩ at first order, of its gradient along w at second. */
const mappedGradient: Way = {
  title: 'vmap of grad',
  async check(kind, subject, order, mode) {
    const random = new Random(seed)
    const { loss, slope, value } = await functionsOf(kind, subject, order, random)
    const derivative = mode.of(vmapOf(kind.operators.gradient(order === 'first' ? loss : slope)))
    const ones = new Array<number>(SAMPLES).fill(1)
    for (const batch of batchesOf(subject)) {
      const at = widened(batch)
      const total = (moving: Plains): Awaitable<number> => sumOver(moving, at, ones, value)
      await expectGradient(await derivative(batch), total, batch, random, subject.tolerance)
    }
    mode.check(derivative)
  },
}

/**
 * The gradient of Σ sᵢ·⟨f(θxᵢ), c⟩ by the samples and by the number θ, which they share; at second order that of this gradient
 * along random directions.
 */
const gradientOfMapped: Way = {
  title: 'grad of vmap',
  async check(kind, subject, order, mode) {
    const { gradient, evaluate } = kind.operators
    const random = new Random(seed)
    const { loss, smooth } = await functionsOf(kind, subject, 'first', random)
    const weights = drawWeights(random)
    const scaled = (shared: Var<Leaf>, x: Vars): unknown => loss(x.map(leaf => leaf.mul(shared)))
    const scaledPlain = ([shared, ...x]: Plains): Leaf[] =>
      x.map(leaf =>
        ofNumbers(
          shapeOf(leaf),
          flat(leaf).map(element => element * (shared as number)),
        ),
      )
    const total = ([shared, ...x]: Vars): unknown => dot(vmapOf(scaled, [0])(shared, x) as Var<Vector>, vector(weights))
    const points = batchesOf(subject).map(batch => [random.between(0.95, 1.05), ...batch])
    const directions = points[0].map(leaf => randomLike(leaf, random))
    const slope = (operands: Vars): unknown =>
      then(gradient(total)(operands) as Awaitable<Vars>, g => innerVar(g, directions))
    // By a loop; at second order along the directions, sample by sample.
    const value = ([shared, ...batch]: Plains, [sharedAt, ...batchAt]: Plains): Awaitable<number> =>
      sumOver(batch, batchAt, weights, (sample, sampleAt, i) => {
        const point = [shared, ...sample]
        const at = scaledPlain([sharedAt, ...sampleAt])
        const ofSample = ([shared, ...x]: Vars): unknown =>
          smooth(
            x.map(leaf => leaf.mul(shared)),
            at,
          )
        if (order === 'first') return evaluate(ofSample)(point) as Awaitable<number>
        const direction = [directions[0], ...sampleOf(directions.slice(1), i)]
        return then(gradient(ofSample)(point), g => inner(g, direction))
      })
    const derivative = mode.of(gradient(order === 'first' ? total : slope))
    for (const point of points) {
      const at = widened(point)
      await expectGradient(await derivative(point), moving => value(moving, at), point, random, subject.tolerance)
    }
    mode.check(derivative)
  },
}

export const ways: readonly Way[] = [plain, mapped, mappedGradient, gradientOfMapped]
