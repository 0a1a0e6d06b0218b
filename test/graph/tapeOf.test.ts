/** What a function records, pinned as text: a gradient that suddenly needs one record more is seen here. */
import { gradBP, logistic, matVec, matrix, softmaxCrossEntropy, tapeOf, vector } from 'backprop-wasm'
import type { BVar, Matrix, Var, Vector } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { printTape } from '../../src/inspect/index.ts'

type Layer = { w: Matrix<2, 3>; b: Vector<2> }

const layer: Layer = { w: matrix([1, 2, 3, 4, 5, 6], 2, 3), b: vector([0, 1], 2) }
const loss = ({ w, b }: BVar<Layer>, x: Var<Vector<3>>): Var<number> =>
  softmaxCrossEntropy(logistic(matVec(w, x).add(b)), vector([1, 0], 2))

describe('tapeOf', () => {
  test('a layer: three inputs, four ops, one constant', () => {
    const tape = tapeOf(loss)(layer, vector([1, 0, 1], 3))
    expect(tape.constants).toBe(1)
    expect(tape.inputs).toBe(3)
    expect(printTape(tape.slots, tape.constants).split('\n')).toEqual([
      '%-1 = Leaf : 2',
      '%0 = Leaf : 2×3',
      '%1 = Leaf : 2',
      '%2 = Leaf : 3',
      '%3 = MatVec %0 %2 : 2',
      '%4 = Add %3 %1 : 2',
      '%5 = Logistic %4 : 2',
      '%6 = SoftmaxCrossEntropy %5 %-1 : number',
    ])
  })

  test('a recorded gradient: the rules, as records', () => {
    const tape = tapeOf((x: Var<number>) => gradBP((y: Var<number>) => y.sin().mul(y))(x))(1)
    expect(
      printTape(tape.slots.slice(8 * tape.constants))
        .split('\n')
        .map(line => line.split(' ')[2]),
    ).toEqual(['Leaf', 'Identity', 'Sin', 'Mul', 'Mul', 'Mul', 'Cos', 'Mul', 'Add'])
  })

  test('leaves no run open, also when the function throws', () => {
    expect(() =>
      tapeOf((_: Var<number>): Var<number> => {
        throw new Error('mine')
      })(1),
    ).toThrow('mine')
    expect(gradBP((x: Var<number>) => x.mul(x))(3)).toBe(6)
  })
})
