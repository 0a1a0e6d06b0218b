/** Ops of the user's own, and graphs in the explicit style. */
import type { Mistake } from '../mistake.ts'

export const hostOps: readonly Mistake[] = [
  {
    what: 'a gradient of another type',
    program: 'op2((x: number, y: Vector<3>) => [x, dz => [dz, ⟦x│y⟧]])',
    at: '(x: number, y: Vector<3>) => [x, dz => [dz, x]]',
    says: [
      "'[number, number]' and 'readonly [number, NoInfer<Vector<3>>]' are incompatible",
      "Type 'number' is not assignable to type 'Tensor<readonly [3]",
    ],
  },
  {
    what: 'a gradient with one element too few',
    program: 'op2((x: number, y: number) => [x * y, dz => [dz * y⟦│, dz * x⟧]])',
    at: '(x: number, y: number) => [x * y, dz => [dz * y]]',
    says: ["Type '[number]' is not assignable to type 'readonly [number, number]'", 'Source has 1 element(s)'],
  },
  {
    what: 'an operand of another type',
    program: 'const op = op1((x: Vector<3>) => [x.at(0), () => [x]])\nop(⟦y│x⟧)',
    at: 'y',
    says: ["Type 'Var<Vector<4>>' is not assignable to type 'Var<Vector<3>>'"],
  },
  {
    what: 'an op that has another type than is needed',
    program: 'const op: Op<[Vector<3>], ⟦Vector<4>│Vector<3>⟧> = op1((x: Vector<3>) => [x, dz => [dz]])',
    at: 'op',
    says: ["Type 'Op<[Vector<3>], Vector<3>>' is not assignable to type 'Op<[Vector<3>], Vector<4>>'"],
  },
  {
    what: 'a step without yield*',
    program: 'withInps(function* (x: Var<number>) { const y = ⟦│yield* ⟧bindVar(x.mul(x)); return y.add(1) })',
    at: 'add',
    says: ["Property 'add' does not exist on type 'Binding<Var<number>>'"],
  },
  {
    what: 'a plain pullback where variables are',
    program: 'op1((x: number) => x * x, dz => [⟦dz * 2│dz.mul(2)⟧])',
    at: 'dz',
    says: ['The left-hand side of an arithmetic operation must be of type'],
  },
]
