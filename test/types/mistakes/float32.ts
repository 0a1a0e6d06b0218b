/** Tensors of float32 and float64 that meet. */
import type { Mistake } from '../mistake.ts'

const given = 'declare const x32: Var<Vector32<3>>, w32: Var<Matrix32<2, 3>>, plain32: Vector32<3>\n'

export const float32: readonly Mistake[] = [
  {
    what: 'an elementwise op',
    program: given + 'add(x32, ⟦x│x32⟧)',
    at: 'x',
    says: [`Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<NoInfer<Vector32<3>>>'`],
  },
  {
    what: 'a method',
    program: given + 'x.mul(⟦x32│x⟧)',
    at: 'mul',
    says: [
      `Argument of type 'Var<Vector32<3>>' is not assignable to parameter of type 'Operand<Vector<3>> | Operand<number>'`,
    ],
  },
  {
    what: 'a plain operand',
    program: given + 'dot(x, ⟦plain32│v3⟧)',
    at: 'plain32',
    says: [`Argument of type 'Vector32<3>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'`],
  },
  {
    what: 'matVec',
    program: given + 'matVec(w32, ⟦x│x32⟧)',
    at: 'x',
    says: [`Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Vector<3, "float32">>'`],
  },
  {
    what: 'a result that is said to be the other type',
    program: given + 'const z: Var<Vector<3>> = ⟦exp(x32)│toFloat64(exp(x32))⟧',
    at: 'z',
    says: [`Type '"float32"' is not assignable to type '"float64"'`],
  },
  {
    what: 'an argument of an operator',
    program: given + 'gradBP((p: Var<Vector32<3>>) => dot(p, p))(⟦v3│plain32⟧)',
    at: 'v3',
    says: [`'"float64"' is not assignable to type '"float32"'`],
  },
]
