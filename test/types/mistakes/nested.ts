/** Operators inside another run. */
import type { Mistake } from '../mistake.ts'

export const nested: readonly Mistake[] = [
  {
    what: 'a gradient inside another run taken for a plain one',
    program: 'const slope = (x: Var<number>): ⟦number│Var<number>⟧ => gradBP((y: Var<number>) => y.mul(y))(x)',
    at: 'gradBP((y: Var<number>) => y.mul(y))(x)',
    says: ["Type 'Var<number>' is not assignable to type 'number'"],
  },
]
