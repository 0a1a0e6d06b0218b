/** Steps of training. */
import type { Mistake } from '../mistake.ts'

export const training: readonly Mistake[] = [
  {
    what: 'parameters that are not resident',
    program: 'sgdStep((w: Var<Vector<3>>) => dot(w, w), { rate: 1 })(⟦v3│resident(v3)⟧)',
    at: 'v3',
    says: ["Argument of type 'Vector<3>' is not assignable to parameter of type 'Resident<Vector<3>>'"],
  },
  {
    what: 'a loss that is no number',
    program: 'sgdStep((w: Var<Vector<3>>) => ⟦w.mul(w)│dot(w, w)⟧, { rate: 1 })',
    at: '(w: Var<Vector<3>>) => w.mul(w)',
    says: ["Call signature return types 'Var<Vector<3>>' and 'Var<number>' are incompatible"],
  },
  {
    what: 'a loss that is plain',
    program: 'sgdStep((w: Var<Vector<3>>) => dot(w, w)⟦.value│⟧, { rate: 1 })',
    at: '(w: Var<Vector<3>>) => dot(w, w).value',
    says: ["Type 'number' is not assignable to type 'Var<number>'"],
  },
  {
    what: 'data without annotation',
    program: 'sgdStep((w: Var<number>, ⟦x│x: Var<number>⟧) => w, { rate: 1 })',
    at: '(w: Var<number>, x) => w',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'no rate',
    program: 'sgdStep((w: Var<number>) => w.mul(w), {⟦│ rate: 1 ⟧})',
    at: '{}',
    says: ["Property 'rate' is missing in type '{}' but required in type 'SgdOptions'"],
  },
]
