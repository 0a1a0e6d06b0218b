/** Arguments, `wrt`, `into`, cotangents. */
import type { Mistake } from '../mistake.ts'

export const calls: readonly Mistake[] = [
  {
    what: 'wrt beyond the last argument',
    program: 'gradBP(g, { wrt: ⟦2│1⟧ })',
    at: 'wrt',
    says: ["Type '2' is not assignable to type '0 | 1 | readonly (0 | 1)[]"],
  },
  {
    what: 'wrt beyond the last argument, in an array',
    program: 'backprop(g, { wrt: [0, ⟦2│1⟧] })',
    at: '2',
    says: ["Type '2' is not assignable to type '0 | 1'"],
  },
  {
    what: 'wrt by name',
    program: "backpropWith(g, { wrt: ⟦'x'│0⟧ })",
    at: 'wrt',
    says: ["Type 'string' is not assignable to type '0 | 1 | readonly (0 | 1)[]"],
  },
  {
    what: 'a string as argument',
    program: "gradBP((x: Var<number>) => x.mul(x))(⟦'3'│3⟧)",
    at: "'3'",
    says: ["Argument of type 'string' is not assignable to parameter of type 'Plain<number>'"],
  },
  {
    what: 'a typed array as argument',
    program: 'const data = new Float64Array(3)\ngradBP((x: Var<Vector<3>>) => dot(x, x))(⟦data│vector(data, 3)⟧)',
    at: 'data',
    says: ["is not assignable to parameter of type 'Plain<Vector<3>>'"],
  },
  {
    what: 'an argument too few',
    program: 'gradBP(g)(1⟦│, v3⟧)',
    at: 'gradBP(g)',
    says: ['Expected at least 2 arguments, but got 1'],
  },
  {
    what: 'an argument too many',
    program: 'evalBP(g)(1, v3⟦, 2│⟧)',
    at: '2',
    says: ['Expected 2 arguments, but got 3'],
  },
  {
    what: 'a gradient that would be taken by the index as well',
    program:
      'const slope = gradBP((x: Var<number>) => x.mul(x))\nconst slopes: number[] = [1, 2].map(⟦slope│x => slope(x)⟧)',
    at: 'slope',
    says: ["Types of parameters 'nothingMore' and 'index' are incompatible"],
  },
  {
    what: 'a gradient by an argument too many',
    program: 'gradBP(f)(layer⟦, 2│⟧)',
    at: '2',
    says: ["Argument of type '2' is not assignable to parameter of type 'never'"],
  },
  {
    what: 'resident parameters of another size',
    program: 'gradBP((x: Var<Vector<3>>) => dot(x, x))(resident(⟦v4│v3⟧))',
    at: 'resident(v4)',
    says: ["Type 'Resident<Vector<4>>' is not assignable to type 'Resident<Vector<3>>'"],
  },
  {
    what: 'a cotangent of another size',
    program: 'backpropWith((x: Var<Vector<3>>) => x.mul(2))(v3)[1](⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Vector<3>'"],
  },
  {
    what: 'into of another size',
    program: 'gradBP((x: Var<Vector<3>>) => dot(x, x), { into: ⟦v4│v3⟧ })',
    at: 'into',
    says: ["Type 'Vector<4>' is not assignable to type 'Plain<Vector<3>> | undefined'"],
  },
  {
    what: 'into of another argument than wrt',
    program: 'gradBP(g, { wrt: ⟦0│1⟧, into: v3 })',
    at: 'into',
    says: ["Type 'Vector<3>' is not assignable to type 'Plain<number> | undefined'"],
  },
  {
    what: 'a gradient taken for another type',
    program: 'const gradient: Vector<⟦4│3⟧> = gradBP((x: Var<Vector<3>>) => dot(x, x))(v3)',
    at: 'gradient',
    says: ["Type 'Vector<3>' is not assignable to type 'Vector<4>'"],
  },
  {
    what: 'a resident gradient taken for a plain one',
    program: 'const gradient: ⟦Layer│{ read(): Layer }⟧ = gradBP(f, { into: resident(layer) })(layer)',
    at: 'gradient',
    says: ["Type 'Resident<Layer>' is missing the following properties from type 'Layer': w, b"],
  },
]
