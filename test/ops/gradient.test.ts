/** The gradient of every op, on every shape of its table, by differences and by the baseline. */
import { backpropWith, gradBP } from 'backprop-wasm'
import { describe, test } from 'vitest'
import { baseline } from '../support/baseline.ts'
import { checkFirstOrder, innerVar, type Vars } from '../support/differences.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { expectClose, flat, randomLike } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

const shapesText = (shapes: readonly (readonly number[])[]): string =>
  shapes.map(shape => (shape.length === 0 ? 'scalar' : shape.join('×'))).join(' and ')

describe.each(operations.map(operation => ({ operation, title: titleOf(operation) })))('$title', ({ operation }) => {
  test.each(operation.cases.map(shapes => ({ shapes, title: shapesText(shapes) })))(
    'gradient by differences: $title',
    ({ shapes }) => {
      seeded(random => checkFirstOrder(operation.apply, operandsOf(operation, shapes, random), random))()
    },
  )

  test(
    'value and gradient of the baseline, on all shapes',
    seeded(random => {
      for (const shapes of operation.cases) {
        if (operation.tensorsOnly === true && shapes.every(shape => shape.length === 0)) continue
        const x = operandsOf(operation, shapes, random)
        const [value, pullback] = backpropWith(operation.apply)(x)
        const cotangent = randomLike(value, random)
        const expected = baseline(operation.baseline, x, cotangent)
        expectClose(value, expected.value, 1e-12, `value on ${shapesText(shapes)}`)
        expectClose(pullback(cotangent), expected.gradient, 1e-12, `gradient on ${shapesText(shapes)}`)
      }
    }),
  )

  test(
    'contributions are added up: applied twice, its operands used beside it, on all shapes',
    seeded(random => {
      for (const shapes of operation.cases) {
        const x = operandsOf(operation, shapes, random)
        const [value, pullback] = backpropWith(operation.apply)(x)
        const [first, last] = [randomLike(value, random), randomLike(value, random)]
        const beside = x.map(leaf => randomLike(leaf, random))
        const gradient = gradBP((operands: Vars) => {
          const before = innerVar([operation.apply(operands)], [first])
          const between = innerVar(operands, beside)
          return before.add(between).add(innerVar([operation.apply(operands)], [last]))
        })(x)
        const expected = [pullback(first), pullback(last), beside].map(flat)
        const sums = flat(x).map((_, i) => expected.reduce((total, part) => total + part[i], 0))
        expectClose(gradient, sums, 1e-12, shapesText(shapes))
      }
    }),
  )
})
