/** Derivative operators. */
import type { Mistake } from '../mistake.ts'

const NUMBER = '"the result must be one number: add it up, sum(…), or take gradBP or jacobian"'

export const derivatives: readonly Mistake[] = [
  {
    what: 'a fixed point of what has another structure',
    program: 'fixedPoint((x: Var<Vector<3>>) => ⟦dot(x, x)│x⟧)',
    at: '(x: Var<Vector<3>>) => dot(x, x)',
    says: ['"the result must have the structure of the parameters"'],
  },
  {
    what: 'the gradient of a tensor',
    program: 'grad((x: Var<Vector<3>>) => ⟦x.mul(x)│dot(x, x)⟧)',
    at: '(x: Var<Vector<3>>) => x.mul(x)',
    says: [NUMBER],
  },
  {
    what: 'the gradient of a structure',
    program: 'valueAndGrad((x: Var<number>) => ⟦[x, x]│x⟧)',
    at: '(x: Var<number>) => [x, x]',
    says: [NUMBER],
  },
  {
    what: 'the Hessian of a tensor',
    program: '⟦hessian│hessianF⟧((x: Var<Vector<3>>) => x.mul(x))',
    at: '(x: Var<Vector<3>>) => x.mul(x)',
    says: [NUMBER],
  },
  {
    what: 'a plain number as result',
    program: 'grad((x: Var<number>) => x⟦.value│⟧)',
    at: '(x: Var<number>) => x.value',
    says: ['"return a variable: leave out .value, or use constVar(…)"'],
  },
  {
    what: 'a parameter without annotation',
    program: 'jacobian(⟦x│(x: Var<number>)⟧ => [x])',
    at: 'x => [x]',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'a tangent of another size',
    program: 'jvp((x: Var<Vector<3>>) => x.mul(x))(v3, ⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Plain<Vector<3>>'"],
  },
  {
    what: 'a direction of another structure',
    program: 'hvp(f)(layer, ⟦{ w: v3 }│{ w: v3, b: 1 }⟧)',
    at: '{ w: v3 }',
    says: ["Property 'b' is missing"],
  },
  {
    what: 'one direction for two arguments',
    program: 'directional(g)(1, v3, ⟦v3│[1, v3]⟧)',
    at: 'v3',
    says: ["Argument of type 'Vector<3>' is not assignable to parameter of type"],
  },
  {
    what: 'no direction',
    program: 'jvp((x: Var<number>) => x)⟦(1)│(1, 1)⟧',
    at: 'jvp((x: Var<number>) => x)',
    says: ['Expected 2 arguments, but got 1'],
  },
  {
    what: 'the derivative by a vector',
    program: 'derivative((x: Var<⟦Vector<3>│number⟧>) => x)',
    at: '(x: Var<Vector<3>>) => x',
    says: ["Type 'Var<number>' is not assignable to type 'Var<Vector<3>>'"],
  },
  {
    what: 'a Jacobian taken the other way round',
    program: 'const j: Matrix<⟦3, 2│2, 3⟧> = jacobian((x: Var<Vector<3>>) => matVec(m23, x))(v3)',
    at: 'j',
    says: ["Type 'Tensor<readonly [2, 3], \"float64\">' is not assignable to type 'Matrix<3, 2>'"],
  },
  {
    what: 'a mode that there is not',
    program: "jacobian((x: Var<number>) => x, { mode: '⟦backward│reverse⟧' })",
    at: 'mode',
    says: [`Type '"backward"' is not assignable to type`],
  },
  {
    what: 'the gradient of an operator whose result is no number',
    program: 'grad(⟦jacobian│grad⟧((x: Var<number>) => ⟦[x, x]│x⟧))',
    at: 'jacobian((x: Var<number>) => [x, x])',
    says: [NUMBER],
  },
  {
    what: 'the derivative of an operator by a vector',
    program: '⟦derivative│jacobian⟧(grad((x: Var<Vector<3>>) => dot(x, x)))',
    at: 'grad((x: Var<Vector<3>>) => dot(x, x))',
    says: ["Type 'Var<number>' is not assignable to type"],
  },
]
