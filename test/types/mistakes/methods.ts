/** Methods of what has them not, and operands that do not fit. */
import type { Mistake } from '../mistake.ts'

export const methods: readonly Mistake[] = [
  {
    what: 'matVec of a number',
    program: '⟦n│a⟧.matVec(x)',
    at: 'n',
    says: [
      `The 'this' context of type 'Var<number>' is not assignable to method's 'this' of type 'Var<Matrix<number, number, "float64">>'`,
    ],
  },
  {
    what: 'matVec of a vector',
    program: '⟦x│a⟧.matVec(x)',
    at: 'x',
    says: [
      `The 'this' context of type 'Var<Vector<3>>' is not assignable to method's 'this' of type 'Var<Matrix<number, number, "float64">>'`,
    ],
  },
  {
    what: 'matVec, a vector of another size',
    program: 'a.matVec(⟦y│x⟧)',
    at: 'y',
    says: [
      `Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`,
      "Type '4' is not assignable to type '3'",
    ],
  },
  {
    what: 'matVec, a plain vector of another size',
    program: 'a.matVec(⟦v4│v3⟧)',
    at: 'v4',
    says: [`Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`],
  },
  {
    what: 'matVec, transposed',
    program: 'a.matVec(⟦x│vector([1, 2], 2)⟧, { transpose: true })',
    at: 'x',
    says: [`Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Vector<2, "float64">>'`],
  },
  {
    what: 'matVec, of float32 and float64',
    program: 'declare const w32: Var<Matrix32<2, 3>>, x32: Var<Vector32<3>>\nw32.matVec(⟦x│x32⟧)',
    at: 'x',
    says: [`Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Vector<3, "float32">>'`],
  },
  {
    what: 'matVec, generic sizes that need not be equal',
    program:
      'const h = <M extends number, N extends number>(w: Var<Matrix<M, N>>, v: Var<Vector<⟦M│N⟧>>) => w.matVec(v)',
    at: 'v',
    says: [
      `Argument of type 'Var<Vector<M>>' is not assignable to parameter of type 'Operand<Vector<NoInfer<N>, "float64">>'`,
    ],
  },
  {
    what: 'matMul',
    program: 'a.matMul(⟦a│m34⟧)',
    at: 'a',
    says: [
      `Argument of type 'Var<Matrix<2, 3>>' is not assignable to parameter of type 'Operand<Matrix<3, 3, "float64">>'`,
    ],
  },
  {
    what: 'matMul, transposed',
    program: 'a.matMul(⟦m34│m23⟧, { transposeB: true })',
    at: 'm34',
    says: ["Argument of type 'Matrix<3, 4>'", "Type '4' is not assignable to type '3'"],
  },
  {
    what: 'outer, of a number',
    program: 'x.outer(⟦n│y⟧)',
    at: 'n',
    says: [
      `Argument of type 'Var<number>' is not assignable to parameter of type 'Operand<Vector<number, "float64">>'`,
    ],
  },
  {
    what: 'dot',
    program: 'x.dot(⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'the sum of a number',
    program: '⟦n│x⟧.sum()',
    at: 'n',
    says: ["The 'this' context of type 'Var<number>' is not assignable to method's 'this' of type 'Var<AnyTensor>'"],
  },
  {
    what: 'the softmax of a number',
    program: '⟦n│x⟧.softmax()',
    at: 'n',
    says: ["The 'this' context of type 'Var<number>' is not assignable to method's 'this' of type 'Var<Rows>'"],
  },
  {
    what: 'softmaxCrossEntropy',
    program: 'x.softmaxCrossEntropy(⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'max, of two sizes',
    program: 'x.max(⟦v4│v3⟧)',
    at: 'max',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type", 'Operand<Vector<3>>'],
  },
  {
    what: 'bounds that are variables',
    program: 'x.clamp(⟦n│0⟧, 1)',
    at: 'n',
    says: ["Argument of type 'Var<number>' is not assignable to parameter of type 'number'"],
  },
]
