/** Every op to order 5 against nested reverse mode: along random lines, on the shapes of its table. */
import { add, constVar, evalBP, gradBP, mul, type Leaf, type Var, type Vector } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { coefficients } from '../../src/taylor/coefficients.ts'
import { evaluator } from '../../src/grad.ts'
import { innerVar, type OnVars, type Plains, type Vars } from '../support/differences.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { flat, inner, innerSize, randomLike } from '../support/plain.ts'
import { type Random, seeded } from '../support/random.ts'

/** The derivatives of t ↦ ⟨f(x + t·direction), cotangent⟩ at 0, each by one more gradBP. */
function nested(f: OnVars, x: Plains, direction: Plains, cotangent: Leaf, order: number): number[] {
  const at = (t: Var<number>): Vars =>
    x.map((leaf, i) => add(mul(constVar(direction[i] as Vector), t), leaf as Vector) as unknown as Var<Leaf>)
  let g = (t: Var<number>): Var<number> => innerVar([f(at(t))], [cotangent])
  return Array.from({ length: order + 1 }, () => {
    const before = g
    g = t => gradBP(before)(t)
    return evalBP(before)(0)
  })
}

/** The coefficients of f(x + t·direction). */
function terms(f: OnVars, x: Plains, direction: Plains, order: number): Leaf[] {
  const onVars = (vars: unknown, along: unknown): unknown =>
    coefficients(operands => f(operands as Vars), [vars], undefined, along, order)
  return evaluator('test', onVars)(x, direction) as Leaf[]
}

function check(f: OnVars, x: Plains, random: Random, order: number): void {
  const direction = x.map(leaf => randomLike(leaf, random))
  const cotangent = randomLike(evalBP(f)(x), random)
  const expected = nested(f, x, direction, cotangent, order)
  let factorial = 1
  for (const [k, term] of terms(f, x, direction, order).entries()) {
    factorial *= Math.max(k, 1)
    const actual = factorial * inner([term], [cotangent])
    const size = factorial * innerSize([term], [cotangent]) + Math.abs(expected[k])
    if (!Object.is(actual, expected[k]) && !(Math.abs(actual - expected[k]) <= 1e-11 * (1 + size))) {
      expect.fail(`order ${k}: ${actual}, by nested gradients ${expected[k]}`)
    }
  }
}

describe.each(operations.map(operation => ({ operation, title: titleOf(operation) })))('$title', ({ operation }) => {
  test.each(operation.cases.map(shapes => ({ shapes, title: JSON.stringify(shapes) })))(
    'along a line, $title',
    ({ shapes }) => {
      seeded(random => {
        const x = operandsOf(operation, shapes, random)
        check(operation.apply, x, random, flat(x).length > 24 ? 2 : 5)
      })()
    },
  )
})
