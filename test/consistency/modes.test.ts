/**
 * Forward mode, reverse mode and series, recorded and compiled, order by order: every op on every shape of its table. They agree within
 * 16·n·ε·Σ|terms|, where the terms are what the derivatives along the directions add up, of this order and those below, and n
 * is how many numbers the operands and the result hold.
 */
import { evalBP, gradBP, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { innerVar, type Plains, type Vars } from '../support/differences.ts'
import { type Operation, operandsOf, operations, titleOf } from '../support/operations.ts'
import { flat, innerSize, randomLike } from '../support/plain.ts'
import { type Random, seeded } from '../support/random.ts'
import { waysTo } from './modes.ts'

const MULTIPLE = 16

function checkOrder({ apply }: Operation, x: Plains, order: number, random: Random): void {
  const cotangent = randomLike(evalBP(apply)(x), random)
  const directions = Array.from({ length: order }, () => x.map(leaf => randomLike(leaf, random)))
  const ways = waysTo(apply, order)
  const values = ways.map(({ derivative }) => derivative(x, directions, cotangent))
  let terms = 0
  let below = (y: Vars): Var<number> => innerVar([apply(y)], [cotangent])
  for (const direction of directions) {
    const before = below
    terms += innerSize(gradBP(before)(x), direction)
    below = y => innerVar(gradBP(before)(y), direction)
  }
  const n = flat(x).length + flat(cotangent).length
  const allowed = MULTIPLE * n * 2 ** -53 * terms
  for (const [i, value] of values.entries()) {
    if (!(Math.abs(value - values[0]) <= allowed)) {
      expect.fail(
        `${ways[i].name}: ${value}; ${ways[0].name}: ${values[0]}; they differ by ` +
          `${(Math.abs(value - values[0]) / (n * 2 ** -53 * terms)).toFixed(1)}·n·ε·Σ|terms|`,
      )
    }
  }
}

describe.each(operations.map(operation => ({ operation, title: titleOf(operation) })))('$title', ({ operation }) => {
  test.each([1, 2, 3])('order %d', order => {
    seeded(random => {
      for (const shapes of operation.cases) {
        const x = operandsOf(operation, shapes, random)
        if (flat(x).length > [0, Infinity, 100, 20][order]) continue
        checkOrder(operation, x, order, random)
      }
    })()
  })
})
