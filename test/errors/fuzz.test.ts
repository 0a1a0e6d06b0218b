/** Random graphs with operands that do not fit: either a value, or a named error; never a trap of WebAssembly. */
import { BackpropError, gradBP, sum, Var, zeros, type Leaf, type Shape, type Vector } from 'backprop-wasm'
import { expect, test } from 'vitest'
import type { Vars } from '../support/differences.ts'
import { expectUsable } from '../support/failures.ts'
import { operations } from '../support/operations.ts'
import { filled } from '../support/plain.ts'
import { type Random, seeded } from '../support/random.ts'

const shapes: readonly Shape[] = [
  [],
  [0],
  [1],
  [2],
  [3],
  [1, 3],
  [3, 1],
  [2, 3],
  [3, 2],
  [3, 3],
  [0, 3],
  [3, 0],
  [2, 3, 2],
]
const junk: readonly unknown[] = [
  undefined,
  null,
  'x',
  {},
  [],
  true,
  NaN,
  Infinity,
  Symbol('s'),
  10n,
  new Float64Array(3),
]

/** A vector whose sizes no memory holds: [2³¹, 0] has no elements. */
const hollow = zeros(2 ** 31, 0)

/** An operand: a variable, a plain value, or sometimes anything. */
function operandFrom(random: Random, known: Vars): Var<Leaf> {
  const kind = random.next()
  if (kind < 0.6) return random.pick(known)
  if (kind < 0.9) return filled(random.pick(shapes), () => random.between(-2, 2)) as unknown as Var<Leaf>
  if (kind < 0.92) return hollow as unknown as Var<Leaf>
  return random.pick(junk) as Var<Leaf>
}

/** A graph of random ops on what is there; an op that refuses its operands is left out. Counts both. */
function randomGraph(random: Random, count: { fitting: number; refused: number }): (inputs: Vars) => Var<number> {
  return inputs => {
    const known: Var<Leaf>[] = [...inputs]
    for (let i = 0; i < 12; i++) {
      const operation = random.pick(operations)
      const operands = operation.domains.map(() => operandFrom(random, known))
      try {
        const result = operation.apply(operands) as unknown
        // Of an array, collections give an array.
        if (result instanceof Var) known.push(result as Var<Leaf>)
        count.fitting++
      } catch (error) {
        if (!(error instanceof BackpropError)) {
          throw new Error(`${operation.name} of ${operands.map(String).join()} threw`, { cause: error })
        }
        count.refused++
      }
    }
    return known.map(x => sum(x as unknown as Var<Vector>)).reduce((total, x) => total.add(x))
  }
}

test.each([1, 2])('order %d: 1500 random graphs give a value or a BackpropError', order => {
  seeded(random => {
    const count = { fitting: 0, refused: 0 }
    for (let i = 0; i < 1500; i++) {
      const inputs = [random.pick(shapes), random.pick(shapes)].map(shape => filled(shape, () => random.between(-2, 2)))
      const f = randomGraph(random, count)
      const twice = (xs: Vars): Var<number> =>
        gradBP(f)(xs)
          .map(g => sum(g as unknown as Var<Vector>))
          .reduce((total, g) => total.add(g))
      const gradient = gradBP(order === 1 ? f : twice)(inputs)
      expect(gradient.length).toBe(2)
    }
    expect(count.fitting).toBeGreaterThan(1000)
    expect(count.refused).toBeGreaterThan(1000)
    expectUsable()
  })()
})
