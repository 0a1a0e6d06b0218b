/** Every op to order 5 against nested reverse mode: along random lines, on the shapes of its table. */
import {
  add,
  castValue,
  compile,
  constVar,
  evalBP,
  gradBP,
  jvp,
  mul,
  taylor,
  vmap,
  type DType,
  type Leaf,
  type Shape,
  type Tensor,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { dirtyMemory, innerVar, type OnVars, type Plains, type Vars } from '../support/differences.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { dtypeOf, expectClose, filled, flat, inner, innerSize, randomLike } from '../support/plain.ts'
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

/** Asserts that the terms along a random direction, times a random cotangent, are those of nested gradients. */
function check(f: OnVars, x: Plains, random: Random, order: number): void {
  const direction = x.map(leaf => randomLike(leaf, random))
  const cotangent = randomLike(evalBP(f)(x), random)
  const expected = nested(f, x, direction, cotangent, order)
  dirtyMemory()
  let factorial = 1
  for (const [k, term] of taylor(f, order)(x, direction).entries()) {
    factorial *= Math.max(k, 1)
    const actual = factorial * inner([term], [cotangent])
    const size = factorial * innerSize([term], [cotangent]) + Math.abs(expected[k])
    if (!Object.is(actual, expected[k]) && !(Math.abs(actual - expected[k]) <= 1e-11 * (1 + size))) {
      expect.fail(`order ${k}: ${actual}, by nested gradients ${expected[k]}`)
    }
  }
}

const small = (shapes: readonly Shape[]): boolean => shapes.flat().every(size => size < 10)

describe.each(operations.map(operation => ({ operation, title: titleOf(operation) })))('$title', ({ operation }) => {
  const { apply, cases } = operation
  /** A point and a direction. */
  const drawn = (shapes: readonly Shape[], random: Random, dtype: DType = 'float64'): readonly [Plains, Plains] => {
    const x = operandsOf(operation, shapes, random, dtype)
    return [x, x.map(leaf => randomLike(leaf, random))]
  }

  test.each(cases.map(shapes => ({ shapes, title: JSON.stringify(shapes) })))(
    'to order 5, larger ones to order 2, as nested reverse mode: $title',
    ({ shapes }) => {
      seeded(random => {
        const x = operandsOf(operation, shapes, random)
        check(apply, x, random, flat(x).length > 24 ? 2 : 5)
      })()
    },
  )

  test(
    'where results and operands are used several times',
    seeded(random => {
      for (const shapes of cases.filter(small)) {
        const f = (operands: Vars): Var<Leaf> => {
          const y = apply(operands)
          return innerVar([y, apply(operands), ...operands], [y, y, ...operands]) as unknown as Var<Leaf>
        }
        check(f, operandsOf(operation, shapes, random), random, 4)
      }
    }),
  )

  test(
    'of float32, with elements of float32, as of float64',
    seeded(random => {
      for (const shapes of cases.filter(small)) {
        const [x, direction] = drawn(shapes, random, 'float32')
        const wide = (leaves: Plains): Plains => castValue('float64', leaves)
        const expected = taylor(apply, 4)(wide(x), wide(direction))
        taylor(apply, 4)(x, direction).forEach((term, k) => {
          const scale = flat(expected[k]).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
          expectClose(
            flat(term).map(value => value / scale),
            flat(expected[k]).map(value => value / scale),
            2e-4,
          )
          expect(dtypeOf(term)).toBe(dtypeOf(evalBP(apply)(x)))
        })
      }
    }),
  )

  test(
    'compiled, for values it was not recorded with',
    seeded(random => {
      for (const shapes of cases.filter(small)) {
        const terms = taylor(apply, 4)
        const compiled = compile(terms)
        for (const [x, direction] of [drawn(shapes, random), drawn(shapes, random)]) {
          const expected = terms(x, direction)
          dirtyMemory()
          expectClose(compiled(x, direction), expected, 1e-12)
        }
        expect(compiled.recordings).toBe(1)
      }
    }),
  )

  test(
    'the gradient of a coefficient, by point and direction, as its derivative forwards',
    seeded(random => {
      for (const shapes of cases.filter(small)) {
        const [x, direction] = drawn(shapes, random)
        const cotangent = randomLike(evalBP(apply)(x), random)
        const third = (at: Vars, to: Vars): Var<number> => innerVar([taylor(apply, 3)(at, to)[3]], [cotangent])
        const [dx, ddx] = [0, 1].map(() => x.map(leaf => randomLike(leaf, random)))
        const [byPoint, byDirection] = gradBP(third)(x, direction)
        const [, forwards] = jvp(third)(x, direction, [dx, ddx])
        const [, series] = taylor(third, 1)(x, direction, [dx, ddx])
        const size = innerSize([byPoint, byDirection], [dx, ddx])
        for (const actual of [forwards, series]) {
          expect(Math.abs(actual - inner([byPoint, byDirection], [dx, ddx]))).toBeLessThanOrEqual(1e-12 * (1 + size))
        }
      }
    }),
  )

  test(
    'in batches',
    seeded(random => {
      for (const shapes of cases.filter(small)) {
        const samples = [0, 1, 2].map(() => drawn(shapes, random))
        const batch = (position: 0 | 1): Leaf[] =>
          shapes.map((shape, i) => {
            const data = samples.flatMap(sample => flat(sample[position][i]))
            let next = 0
            return filled([samples.length, ...shape], () => data[next++])
          })
        const terms = taylor(apply, 3)
        const actual = vmap((x: Vars, direction: Vars) => terms(x, direction))(batch(0) as never, batch(1) as never)
        const expected = samples.map(([x, direction]) => terms(x, direction))
        ;(actual as unknown as Tensor[]).forEach((term, k) => {
          expectClose(
            term,
            expected.map(sample => sample[k]),
            1e-12,
          )
        })
      }
    }),
  )
})
