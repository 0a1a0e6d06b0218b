/** The columns of the table of combinations: what is done with a program, and what its derivative must be. */
import { compile, dot, vector, vmap, type Leaf, type Programs, type Var, type Vector } from 'backprop-wasm'
import { expect } from 'vitest'
import { expectSlope, innerVar, type Plains, slopeOf, type Vars } from '../support/differences.ts'
import { filled, flat, inner, innerSize, moved, randomLike, shapeOf } from '../support/plain.ts'
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

/** Throws unless a gradient at a point has the slopes of a value along random directions. */
async function expectGradient(
  gradient: unknown,
  value: (point: readonly Leaf[]) => Awaitable<number>,
  point: Plains,
  random: Random,
): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const direction = point.map(leaf => randomLike(leaf, random))
    const expected = await slopeOf(t => value(moved(point, t, direction)))
    expectSlope(inner(gradient, direction), expected, innerSize(gradient, direction), TOLERANCE)
  }
}

/** The functions of one sample that are differentiated: ⟨f, c⟩, and ⟨∇⟨f, c⟩, w⟩ for random c and w. */
interface Functions {
  readonly loss: (operands: Vars) => unknown
  readonly slope: (operands: Vars) => unknown
  /** The value of the one whose gradient is of that order, at a plain point, without a derivative inside a derivative. */
  readonly value: (point: Plains) => Awaitable<number>
}

async function functionsOf(
  { operators: { evaluate, gradient } }: Kind,
  { f, points }: Subject,
  order: Order,
  random: Random,
): Promise<Functions> {
  const cotangent = randomLike((await evaluate(f)(points[0])) as Leaf, random)
  const weights = points[0].map(leaf => randomLike(leaf, random))
  const loss = (operands: Vars): unknown => then(f(operands), y => innerVar([y], [cotangent]))
  const slope = (operands: Vars): unknown =>
    then(gradient(loss)(operands) as Awaitable<Vars>, g => innerVar(g, weights))
  const value = (point: Plains): Awaitable<number> =>
    order === 'first'
      ? (evaluate(loss)(point) as Awaitable<number>)
      : then(gradient(loss)(point), g => inner(g, weights))
  return { loss, slope, value }
}

/** The gradients of both against differences; at several points, so that a program is run with values that it was not recorded with. */
const plain: Way = {
  title: 'plain',
  async check(kind, subject, order, mode) {
    const random = new Random(seed)
    const { loss, slope, value } = await functionsOf(kind, subject, order, random)
    const derivative = mode.of(kind.operators.gradient(order === 'first' ? loss : slope))
    for (const point of subject.points) await expectGradient(await derivative(point), value, point, random)
    mode.check(derivative)
  },
}

// Batches

const SAMPLES = 2

/** Two points below each other, leaf by leaf. */
function stacked(points: readonly Plains[]): Leaf[] {
  return points[0].map((leaf, i) => {
    const numbers = points.flatMap(point => flat(point[i]))
    let next = 0
    return filled([points.length, ...shapeOf(leaf)], () => numbers[next++])
  })
}

/** One of the points that are below each other. */
function sampleOf(batch: Plains, sample: number): Leaf[] {
  return batch.map(leaf => {
    const shape = shapeOf(leaf).slice(1)
    const numbers = flat(leaf)
    const count = numbers.length / SAMPLES
    let next = sample * count
    return filled(shape, () => numbers[next++])
  })
}

/** The points of a subject as batches. */
function batchesOf({ points }: Subject): Leaf[][] {
  return points.map((_point, i) => stacked(Array.from({ length: SAMPLES }, (_, j) => points[(i + j) % points.length])))
}

/** Σ sᵢ·value(xᵢ) over the samples, by a loop. */
function sumOver(
  batch: Plains,
  weights: readonly number[],
  value: (point: Plains, sample: number) => Awaitable<number>,
): Awaitable<number> {
  return weights.reduce<Awaitable<number>>(
    (total, weight, i) => then(total, sum => then(value(sampleOf(batch, i), i), x => sum + weight * x)),
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
      await expectGradient(await derivative(batch), moving => sumOver(moving, weights, value), batch, random)
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
      await expectGradient(await derivative(batch), moving => sumOver(moving, ones, value), batch, random)
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
    const { loss } = await functionsOf(kind, subject, 'first', random)
    const weights = drawWeights(random)
    const scaled = (shared: Var<Leaf>, x: Vars): unknown => loss(x.map(leaf => leaf.mul(shared)))
    const total = ([shared, ...x]: Vars): unknown => dot(vmapOf(scaled, [0])(shared, x) as Var<Vector>, vector(weights))
    const points = batchesOf(subject).map(batch => [random.between(0.95, 1.05), ...batch])
    const directions = points[0].map(leaf => randomLike(leaf, random))
    const slope = (operands: Vars): unknown =>
      then(gradient(total)(operands) as Awaitable<Vars>, g => innerVar(g, directions))
    // By a loop; at second order along the directions, sample by sample.
    const ofSample = ([shared, ...x]: Vars): unknown => scaled(shared, x)
    const value = ([shared, ...batch]: Plains): Awaitable<number> =>
      sumOver(batch, weights, (sample, i) => {
        const point = [shared, ...sample]
        if (order === 'first') return evaluate(ofSample)(point) as Awaitable<number>
        const direction = [directions[0], ...sampleOf(directions.slice(1), i)]
        return then(gradient(ofSample)(point), g => inner(g, direction))
      })
    const derivative = mode.of(gradient(order === 'first' ? total : slope))
    for (const point of points) await expectGradient(await derivative(point), value, point, random)
    mode.check(derivative)
  },
}

export const ways: readonly Way[] = [plain, mapped, mappedGradient, gradientOfMapped]
