/** Parts of tensors, and functions over collections. */
import type { Mistake } from '../mistake.ts'

export const collections: readonly Mistake[] = [
  {
    what: 'sequenceVar of a number',
    program: 'sequenceVar(⟦n│x⟧)',
    at: 'n',
    says: [
      `Argument of type 'Var<number>' is not assignable to parameter of type 'Operand<Parts<number, Shape, DType>>'`,
    ],
  },
  {
    what: 'more parts than there are',
    program: 'const [p, q, r⟦, u│⟧] = sequenceVar(x)',
    at: 'u',
    says: ["Tuple type '[Var<number>, Var<number>, Var<number>]' of length '3' has no element at index '3'"],
  },
  {
    what: 'collectVar of vectors of two sizes',
    program: 'collectVar([x, ⟦y│v3⟧])',
    at: 'y',
    says: ["Type 'Var<Vector<4>>' is not assignable to type"],
  },
  {
    what: 'fmap that gives what is no operand',
    program: 'fmap(e => ⟦String(e.value)│e⟧, x)',
    at: 'fmap',
    says: ["Type 'string' is not assignable to type 'Operand<number>'"],
  },
  {
    what: 'zipWith of unequal lengths',
    program: 'zipWith((p, q) => p.mul(q), x, ⟦y│v3⟧)',
    at: 'zipWith',
    says: ["Argument of type 'Var<Vector<4>>' is not assignable", "Type '4' is not assignable to type '3'"],
  },
  {
    what: 'max of two sizes',
    program: 'max(x, ⟦y│v3⟧)',
    at: 'y',
    says: [
      "Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'",
      "Type '4' is not assignable to type '3'",
    ],
  },
  {
    what: 'the size of what is collected',
    program: 'matVec(a, ⟦collectVar([n, 1])│collectVar([n, 1, 2])⟧)',
    at: 'collectVar([n, 1])',
    says: [`Argument of type 'Var<Vector<2>>' is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`],
  },
]
