/** Compiled functions, and functions of batches. */
import type { Mistake } from '../mistake.ts'

export const programs: readonly Mistake[] = [
  {
    what: 'a function of variables, without an operator',
    program: 'compile(⟦(x: Var<number>) => x.mul(x)│evalBP((x: Var<number>) => x.mul(x))⟧)',
    at: '(x: Var<number>) => x.mul(x)',
    says: ['"give what an operator makes of it: compile(evalBP(f)), compile(gradBP(f))"'],
  },
  {
    what: 'a pullback, which would go on using the first values',
    program: 'compile(⟦backpropWith│backprop⟧((x: Var<number>) => x.mul(x)))',
    at: 'backpropWith((x: Var<number>) => x.mul(x))',
    says: ['"give what an operator makes of it: compile(evalBP(f)), compile(gradBP(f))"'],
  },
  {
    what: 'an option of another value',
    program: "compile(gradBP((x: Var<number>) => x.mul(x)), { generate: ⟦'sometimes'│'always'⟧ })",
    at: 'generate',
    says: [`Type '"sometimes"' is not assignable to type 'Generate | undefined'`],
  },
  {
    what: 'an option that there is not',
    program: "compile(gradBP((x: Var<number>) => x.mul(x)), { ⟦generat│generate⟧: 'never' })",
    at: 'generat',
    says: ["but 'generat' does not exist in type 'CompileOptions'"],
  },
  {
    what: 'another argument than the function takes',
    program: 'compile(gradBP((x: Var<Vector<3>>) => dot(x, x)))(⟦v4│v3⟧)',
    at: 'v4',
    says: ["Type '4' is not assignable to type '3'"],
  },
  {
    what: 'the derivative as another one',
    program: 'const slope: ⟦Vector<4>│Vector<3>⟧ = compile(gradBP((x: Var<Vector<3>>) => dot(x, x)))(v3)',
    at: 'slope',
    says: ["Type 'Vector<3>' is not assignable to type 'Vector<4>'"],
  },
  {
    what: 'batches of different size',
    program:
      'vmap((x: Var<number>, y: Var<number>) => x.mul(y))(vector([1, 2, 3], 3), vector([1, 2, ⟦3, 4], 4│3], 3⟧))',
    at: 'vector([1, 2, 3], 3), vector([1, 2, 3, 4], 4)',
    says: ['is not assignable to type \'"all batches must have the same size"\''],
  },
  {
    what: 'a list of numbers as a batch',
    program: 'vmap((x: Var<number>) => x.mul(x))(⟦[1, 2, 3]│vector([1, 2, 3])⟧)',
    at: '[1, 2, 3]',
    says: ["Type 'number[]' is not assignable to type 'Plain<Tensor<readonly [number]"],
  },
  {
    what: 'what a compiled function takes, of its four signatures',
    program: 'compile(grad((x: Var<number>) => x.mul(x)))(⟦v3│3⟧)',
    at: 'v3',
    says: [
      "The last overload gave the following error.\n    Argument of type 'Vector<3>' is not assignable to parameter of type 'Plain<number>'",
    ],
  },
]
