/** Functions that cannot be differentiated. */
import type { Mistake } from '../mistake.ts'

export const functions: readonly Mistake[] = [
  {
    what: 'a parameter without annotation',
    program: 'gradBP(⟦x│(x: Var<number>)⟧ => x)',
    at: 'x => x',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'one of two parameters without annotation',
    program: 'evalBP((⟦w│w: Var<number>⟧, x: Var<number>) => x)',
    at: '(w, x: Var<number>) => x',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'a parameter of type any',
    program: 'backprop((x: ⟦any│Var<number>⟧) => x)',
    at: '(x: any) => x',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'a generic op instead of a function of one type',
    program: 'gradBP(⟦logistic│(x: Var<number>) => logistic(x)⟧)',
    at: 'logistic',
    says: [`NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">`],
  },
  {
    what: 'a plain number as parameter',
    program: 'gradBP((x: ⟦number│Var<number>⟧) => constVar(2).mul(x))',
    at: '(x: number) => constVar(2).mul(x)',
    says: [
      `Type 'NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">' is not assignable to type 'number'`,
    ],
  },
  {
    what: 'a plain tensor as parameter',
    program: 'backpropWith((x: ⟦Vector<3>│Var<Vector<3>>⟧) => dot(x, x))',
    at: '(x: Vector<3>) => dot(x, x)',
    says: [`Type 'NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">'`],
  },
  {
    what: 'a plain number as result',
    program: 'gradBP((x: Var<number>) => ⟦x.value * 2│x.mul(2)⟧)',
    at: '(x: Var<number>) => x.value * 2',
    says: [`Type 'number' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`],
  },
  {
    what: 'no result',
    program: 'gradBP((x: Var<number>) => { ⟦│return ⟧x.mul(2) })',
    at: '(x: Var<number>) => { x.mul(2) }',
    says: [`Type 'void' is not assignable to type '"return what the ops give: the result holds no variable"'`],
  },
  {
    what: 'a result without variables',
    program: "gradBP((x: Var<number>) => ⟦'text'│x⟧)",
    at: "(x: Var<number>) => 'text'",
    says: [`Type 'string' is not assignable to type '"return what the ops give: the result holds no variable"'`],
  },
  {
    what: 'a promise as result',
    program: 'gradBP(⟦async │⟧(x: Var<number>) => x)',
    at: 'async (x: Var<number>) => x',
    says: [
      `Type 'Promise<Var<number>>' is not assignable to type '"for a function that waits take gradBPAsync, evalBPAsync, …"'`,
    ],
  },
  {
    what: 'a variable compared with >',
    program: 'gradBP((x: Var<number>) => (⟦x > 0│x.gt(0)⟧ ? x : x.neg()))',
    at: 'x > 0',
    says: ["Operator '>' cannot be applied to types 'Var<number>' and 'number'"],
  },
  {
    what: 'a variable compared with ===',
    program: 'gradBP((x: Var<number>) => (⟦x === 0│x.eq(0)⟧ ? x : x.neg()))',
    at: 'x === 0',
    says: ["the types 'Var<number>' and 'number' have no overlap"],
  },
  {
    what: 'a variable multiplied with *',
    program: 'gradBP((x: Var<number>) => ⟦constVar(x * 2)│x.mul(2)⟧)',
    at: 'x',
    says: ['The left-hand side of an arithmetic operation must be of type'],
  },
  {
    what: 'a tensor compared',
    program: '⟦x│n⟧.lt(2)',
    at: 'x',
    says: ["The 'this' context of type 'Var<Vector<3>>' is not assignable to method's 'this' of type 'Var<number>'"],
  },
]
