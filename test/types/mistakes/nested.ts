/** Operators inside another run. */
import type { Mistake } from '../mistake.ts'

export const nested: readonly Mistake[] = [
  {
    what: 'a gradient inside another run taken for a plain one',
    program: 'const slope = (x: Var<number>): ⟦number│Var<number>⟧ => gradBP((y: Var<number>) => y.mul(y))(x)',
    at: 'gradBP((y: Var<number>) => y.mul(y))(x)',
    says: ["Type 'Var<number>' is not assignable to type 'number'"],
  },
  {
    what: 'a variable of another size',
    program: 'const h = gradBP((v: Var<Vector<3>>) => dot(v, v))\ngradBP((v: Var<Vector<⟦4│3⟧>>) => h(v))',
    at: 'v',
    says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type"],
  },
  {
    what: 'a structure of variables of another size',
    program: 'declare const p: BVar<{ w: Vector<⟦4│3⟧>; b: number }>\ngradBP(f)(p)',
    at: 'p',
    says: [
      "Types of property 'w' are incompatible",
      "Type 'Var<Vector<4>>' is not assignable to type 'Plain<Vector<3>>'",
    ],
  },
  {
    what: 'a parameter of the inner function without annotation',
    program: 'gradBP((x: Var<number>) => evalBP(⟦y│(y: Var<number>)⟧ => y)(x))',
    at: 'y => y',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'a cotangent of another structure, inside',
    program: 'gradBP((x: Var<number>) => backpropWith((y: Var<number>) => [y, y] as const)(x)[1](⟦x│[x, 1]⟧))',
    at: 'x',
    says: [
      "Argument of type 'Var<number>' is not assignable to parameter of type 'readonly [number | Var<number>, number | Var<number>]'",
    ],
  },
  {
    what: 'the number in a gradient, taken out inside',
    program: 'gradBP((x: Var<number>) => gradBP((y: Var<number>) => y.mul(y))(x)⟦.value│⟧)',
    at: '(x: Var<number>) => gradBP((y: Var<number>) => y.mul(y))(x).value',
    says: [`Type 'number' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`],
  },
  {
    what: 'a gradient by plain arguments where a variable is needed',
    program: 'gradBP((x: Var<number>) => gradBP((y: Var<number>) => y.mul(y))(⟦3│constVar(3)⟧))',
    at: '(x: Var<number>) => gradBP((y: Var<number>) => y.mul(y))(3)',
    says: [`Type 'number' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`],
  },
]
