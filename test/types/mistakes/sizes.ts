/** Sizes that do not fit. */
import type { Mistake } from '../mistake.ts'

export const sizes: readonly Mistake[] = [
  {
    what: 'matVec, of variables',
    program: 'matVec(a, ⟦y│x⟧)',
    at: 'y',
    says: [
      `Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`,
      "Type '4' is not assignable to type '3'",
    ],
  },
  {
    what: 'matVec, of plain values: the sizes are no union',
    program: 'matVec(m23, ⟦v4│v3⟧)',
    at: 'v4',
    says: [`Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`],
  },
  {
    what: 'matVec, of a matrix and a vector of another layer',
    program:
      'declare const w: Var<Matrix<10, 300>>, x784: Var<Vector<784>>, x300: Var<Vector<300>>\nmatVec(w, ⟦x784│x300⟧)',
    at: 'x784',
    says: [
      `Argument of type 'Var<Vector<784>>' is not assignable to parameter of type 'Operand<Vector<300, "float64">>'`,
    ],
  },
  {
    what: 'matVec, transposed',
    program: 'matVec(a, ⟦x│vector([1, 2], 2)⟧, { transpose: true })',
    at: 'x',
    says: [`Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Vector<2, "float64">>'`],
  },
  {
    what: 'matVec, of two vectors',
    program: 'matVec(⟦x│a⟧, x)',
    at: 'x',
    says: [
      `Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Matrix<number, number, "float64">>'`,
    ],
  },
  {
    what: 'matMul, of variables',
    program: 'matMul(a, ⟦a│m34⟧)',
    at: 'a',
    says: [
      `Argument of type 'Var<Matrix<2, 3>>' is not assignable to parameter of type 'Operand<Matrix<3, 3, "float64">>'`,
    ],
  },
  {
    what: 'matMul, of plain values',
    program: 'matMul(m23, ⟦m23│m34⟧)',
    at: 'm23',
    says: [`Argument of type 'Matrix<2, 3>' is not assignable to parameter of type 'Operand<Matrix<3, 3, "float64">>'`],
  },
  {
    what: 'matMul, transposed',
    program: 'matMul(a, ⟦m34│m23⟧, { transposeB: true })',
    at: 'm34',
    says: ["Argument of type 'Matrix<3, 4>'", "Type '4' is not assignable to type '3'"],
  },
  {
    what: 'add, of variables',
    program: 'add(x, ⟦y│x⟧)',
    at: 'y',
    says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'add, of plain values',
    program: 'add(v3, ⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'the method add',
    program: 'x.add(⟦y│x⟧)',
    at: 'add',
    says: [
      "Argument of type 'Var<Vector<4>>' is not assignable to parameter of type", // the order of a union varies
      'Operand<Vector<3>>',
    ],
  },
  {
    what: 'sub, of a plain value and a variable',
    program: 'sub(v3, ⟦y│x⟧)',
    at: 'y',
    says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'dot, of variables',
    program: 'dot(x, ⟦y│x⟧)',
    at: 'y',
    says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'dot, of plain values',
    program: 'dot(v3, ⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'softmaxCrossEntropy',
    program: 'softmaxCrossEntropy(x, ⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
  },
  {
    what: 'squaredError, of a matrix and a vector',
    program: 'squaredError(a, ⟦v3│m23⟧)',
    at: 'v3',
    says: ["Argument of type 'Vector<3>' is not assignable to parameter of type 'Operand<NoInfer<Matrix<2, 3>>>'"],
  },
  {
    what: 'a size that is not known',
    program: 'matVec(m23, ⟦vector([1, 2, 3])│check(vector([1, 2, 3]), [3])⟧)',
    at: 'vector([1, 2, 3])',
    says: [
      `is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`,
      "Type 'number' is not assignable to type '3'",
    ],
  },
  {
    what: 'a variable of known size where any size may come: variables are invariant',
    program: 'const square = (v: Var<Vector>) => dot(v, v)\nsquare(⟦x│widen(x)⟧)',
    at: 'x',
    says: [
      "Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Var<Vector>'",
      'sizes are part of the type: forget them with widen(x), or be generic in them',
    ],
  },
  {
    what: 'a variable of any size where a size is needed',
    program:
      'const square = (v: Var<Vector<3>>) => dot(v, v)\ndeclare const any: Var<Vector>\nsquare(⟦any│check(any, [3])⟧)',
    at: 'any',
    says: ["Argument of type 'Var<Vector>' is not assignable to parameter of type 'Var<Vector<3>>'"],
  },
  {
    what: 'generic sizes that need not be equal',
    program:
      'const h = <M extends number, N extends number>(w: Var<Matrix<M, N>>, v: Var<Vector<⟦M│N⟧>>) => matVec(w, v)',
    at: 'v',
    says: [
      `Argument of type 'Var<Vector<M>>' is not assignable to parameter of type 'Operand<Vector<NoInfer<N>, "float64">>'`,
    ],
  },
  {
    what: 'no number and no tensor',
    program: "exp(⟦'2'│2⟧)",
    at: "'2'",
    says: ["Argument of type 'string' is not assignable to parameter of type 'Operand<Leaf>'"],
  },
]
