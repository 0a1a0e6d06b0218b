/** Products of a recorded derivative with vectors that have ones in the rows, or columns, of one colour. */
import type { RecordedPullback } from '../grad.ts'
import { leavesOf } from '../structure.ts'
import { countOf } from '../tape.ts'
import { dataOf, tensorOf } from '../tensor.ts'
import type { Data } from '../types.ts'
import { type AnyVar, constantLeaf, type Var } from '../var.ts'
import { type Colouring, NONE } from './colouring.ts'

/** A derivative: values, and the linear function that takes vectors of their structure. */
export type Derivative = readonly [values: unknown, linear: RecordedPullback]

/** Applies the linear function to the vector of each colour; for each the leaves of what it gives. */
export function productsOf([values, linear]: Derivative, { colours, count }: Colouring): AnyVar[][] {
  return seedsOf(leavesOf(values), colours, count).map(({ leaves, seeds }) => leavesOf(linear(seeds, leaves)))
}

/** A vector of one colour: the leaves that it has ones in, and it in those. What leads to other leaves only has no part in it. */
interface Seeds {
  readonly leaves: AnyVar[]
  readonly seeds: Var<unknown>[]
}

function seedsOf(leaves: readonly AnyVar[], colours: Int32Array, count: number): Seeds[] {
  const all = Array.from({ length: count }, (): Seeds => ({ leaves: [], seeds: [] }))
  let start = 0
  for (const leaf of leaves) {
    const { shape, dtype } = leaf
    const size = countOf(shape)
    const ones = new Map<number, Data>()
    for (let i = 0; i < size; i++) {
      const colour = colours[start + i] as number
      if (colour === NONE) continue
      let data = ones.get(colour)
      if (data === undefined) ones.set(colour, (data = dataOf(dtype, size)))
      data[i] = 1
    }
    for (const [colour, data] of ones) {
      all[colour]?.leaves.push(leaf)
      all[colour]?.seeds.push(constantLeaf(shape.length === 0 ? 1 : tensorOf(data, shape)))
    }
    start += size
  }
  return all
}
