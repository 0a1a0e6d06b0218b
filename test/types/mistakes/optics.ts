/** Parts of leaves. */
import type { Mistake } from '../mistake.ts'

const mass = 'declare const mass: Lens<Body, number>, b: Var<Body>, m: Var<number>\n'

export const optics: readonly Mistake[] = [
  {
    what: 'a part of another type',
    program: `${mass}setVar(mass, ⟦x│m⟧, b)`,
    at: 'x',
    says: ["Argument of type 'Var<Vector<3>>' is not assignable to parameter of type"],
  },
  {
    what: 'a lens of another whole',
    program: `${mass}viewVar(mass, ⟦m│b⟧)`,
    at: 'm',
    says: ["Argument of type 'Var<number>' is not assignable to parameter of type", 'Body'],
  },
  {
    what: 'a lens that sets another whole',
    program: 'lens((b: Body) => b.mass, (b, part) => ⟦part│b⟧)',
    at: 'part',
    says: ["Type 'number' is not assignable to type 'Body'"],
  },
  {
    what: 'a function of the part that gives another part',
    program: `${mass}overVar(mass, () => ⟦x│m⟧, b)`,
    at: 'x',
    says: ["Type 'Var<Vector<3>>' is not assignable to type"],
  },
  {
    what: 'what a constructor may not hold, used as if it did',
    program: `declare const heavy: Prism<Body, number>, b: Var<Body>\npreviewVar(heavy, b)⟦│?⟧.mul(2)`,
    at: 'previewVar(heavy, b)',
    says: ["Object is possibly 'undefined'"],
  },
  {
    what: 'the fields of what has none',
    program: 'declare const b: Var<Body>\ngSplit(⟦n│b⟧)',
    at: 'n',
    says: ['"this holds no instance of a class with fields"'],
  },
  {
    what: 'the fields of a plain instance',
    program: 'declare const b: Var<Body>, plain: Body\ngSplit(⟦plain│b⟧)',
    at: 'plain',
    says: ['"give a variable that holds an instance of a class"'],
  },
  {
    what: 'too few variables for an isomorphism from a tuple',
    program: 'declare const pair: Iso<[number, number], Body>\nisoVar2(pair, n⟦│, n⟧)',
    at: 'isoVar2',
    says: ['Expected 3 arguments, but got 2'],
  },
]
