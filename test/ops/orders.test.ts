/** The second and third derivatives of every op, on every shape of its table. */
import type { Leaf, Var } from 'backprop-wasm'
import { describe, test } from 'vitest'
import { checkSecondOrder, checkThirdOrder, innerVar, type Vars } from '../support/differences.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { seeded } from '../support/random.ts'

describe.each(operations.map(operation => ({ operation, title: titleOf(operation) })))('$title', ({ operation }) => {
  test.each(operation.cases.map(shapes => ({ shapes, title: JSON.stringify(shapes) })))(
    'second order: gradient of a pullback by operands and cotangent, $title',
    ({ shapes }) => {
      seeded(random => checkSecondOrder(operation.apply, operandsOf(operation, shapes, random), random))()
    },
  )

  test(
    'second order where results and operands are used several times, on all shapes',
    seeded(random => {
      for (const shapes of operation.cases) {
        const f = (operands: Vars): Var<Leaf> => {
          const y = operation.apply(operands)
          return innerVar([y, operation.apply(operands), ...operands], [y, y, ...operands]) as unknown as Var<Leaf>
        }
        checkSecondOrder(f, operandsOf(operation, shapes, random), random)
      }
    }),
  )

  test(
    'third order: gradBP in gradBP in gradBP, on all small shapes',
    seeded(random => {
      for (const shapes of operation.cases) {
        if (shapes.flat().some(size => size > 20)) continue
        checkThirdOrder(operation.apply, operandsOf(operation, shapes, random), random)
      }
    }),
  )
})
