/** Gradients of every order against central differences, with random cotangents and random directions. */
import { backpropWith, dot, evalBP, gradBP, vector, type Leaf, type Var, type Vector } from 'backprop-wasm'
import { expect } from 'vitest'
import { flat, inner, innerSize, moved, randomLike, shapeOf } from './plain.ts'
import { type Random } from './random.ts'

/** The operands of an op, or the arguments of a function, as one list. */
export type Vars = readonly Var<Leaf>[]
export type Plains = readonly Leaf[]
/** An op, or a graph, on a list of operands. */
export type OnVars = (operands: Vars) => Var<Leaf>

const STEP = 2e-3

/** The derivative of f at 0: central differences of fourth order. */
function slope(f: (t: number) => number): number {
  return (8 * (f(STEP) - f(-STEP)) - (f(2 * STEP) - f(-2 * STEP))) / (12 * STEP)
}

/** ⟨a, b⟩ over all leaves, as a variable. */
export function innerVar(a: Vars, b: readonly (Leaf | Var<Leaf>)[]): Var<number> {
  return a
    .map((leaf, i) => dot(leaf as unknown as Var<Vector>, b[i] as Vector))
    .reduce((total, term) => total.add(term))
}

/** The same for a function that may wait. */
export async function slopeOf(f: (t: number) => number | Promise<number>): Promise<number> {
  const near = (await f(STEP)) - (await f(-STEP))
  return (8 * near - ((await f(2 * STEP)) - (await f(-2 * STEP)))) / (12 * STEP)
}

export function expectSlope(actual: number, expected: number, size: number, tolerance: number): void {
  const allowed = tolerance * (1 + size)
  if (!(Math.abs(actual - expected) <= allowed)) {
    expect.fail(`derivative ${actual}, by differences ${expected}; they differ by more than ${allowed}`)
  }
}

const soot = vector(new Float64Array(30_000).fill(NaN))

/** Fills the engine's free memory with NaN: what is read before it was written shows. */
export function dirtyMemory(): void {
  evalBP((x: Var<Vector>) => x.add(1).mul(2))(soot)
}

/** ⟨pullback(cotangent), direction⟩ against differences of ⟨f, cotangent⟩. */
export function checkFirstOrder(f: OnVars, x: Plains, random: Random, tolerance = 1e-8): void {
  dirtyMemory()
  const [value, pullback] = backpropWith(f)(x)
  const cotangent = randomLike(value, random)
  const gradient = pullback(cotangent)
  expect(gradient.map(shapeOf)).toEqual(x.map(shapeOf))
  const run = evalBP(f)
  for (let i = 0; i < 2; i++) {
    const direction = x.map(leaf => randomLike(leaf, random))
    if (flat(direction).length === 0) return
    const expected = slope(t => inner(run(moved(x, t, direction)), cotangent))
    expectSlope(inner(gradient, direction), expected, innerSize(gradient, direction), tolerance)
  }
}

/**
 * The gradient of ⟨pullback(cotangent), weights⟩ by the operands and by the cotangent, against differences of the
 * pullback.
 */
export function checkSecondOrder(f: OnVars, x: Plains, random: Random, tolerance = 1e-8): void {
  dirtyMemory()
  const cotangent = randomLike(evalBP(f)(x), random)
  const weights = x.map(leaf => randomLike(leaf, random))
  const [value, pullback] = backpropWith((operands: Vars, seed: Var<Leaf>) => {
    const [, pull] = backpropWith(f)(operands)
    return innerVar(pull(seed), weights)
  })(x, cotangent)
  const plain = backpropWith(f)(x)[1](cotangent)
  expectSlope(value, inner(plain, weights), innerSize(plain, weights), 1e-11)
  const [byOperands, byCotangent] = pullback(1)
  const gradient = [...byOperands, byCotangent]
  const point = [...x, cotangent]
  const direction = point.map(leaf => randomLike(leaf, random))
  if (flat(x).length === 0) return
  const expected = slope(t => {
    const there = moved(point, t, direction)
    const seed = there.pop() as Leaf
    return inner(backpropWith(f)(there)[1](seed), weights)
  })
  expectSlope(inner(gradient, direction), expected, innerSize(gradient, direction), tolerance)
}

/** The function that f's derivative along `weights` is. */
export function along(f: (operands: Vars) => Var<number>, weights: Plains): (operands: Vars) => Var<number> {
  return operands => innerVar(gradBP(f)(operands), weights)
}

/** The third derivative, each order by a nested gradBP, against differences of the second. */
export function checkThirdOrder(f: OnVars, x: Plains, random: Random, tolerance = 1e-7): void {
  dirtyMemory()
  const cotangent = randomLike(evalBP(f)(x), random)
  const weights = [0, 1].map(() => x.map(leaf => randomLike(leaf, random)))
  const scalar = (operands: Vars): Var<number> => innerVar([f(operands)], [cotangent])
  const second = weights.reduce(along, scalar)
  const gradient = gradBP(second)(x)
  const direction = x.map(leaf => randomLike(leaf, random))
  if (flat(direction).length === 0) return
  const run = evalBP(second)
  const expected = slope(t => run(moved(x, t, direction)))
  expectSlope(inner(gradient, direction), expected, innerSize(gradient, direction), tolerance)
}
