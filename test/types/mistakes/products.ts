/** Structures that do not fit. */
import type { Mistake } from '../mistake.ts'

export const products: readonly Mistake[] = [
  {
    what: 'a plain structure as parameter',
    program: 'gradBP((layer: ⟦Layer│BVar<Layer>⟧) => dot(layer.w, layer.w))',
    at: '(layer: Layer) => dot(layer.w, layer.w)',
    says: [
      "Types of property 'w' are incompatible",
      `NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">`,
    ],
  },
  {
    what: 'a plain number within the result',
    program: 'evalBP((x: Var<number>) => ({ x, half: [x.⟦value / 2│div(2)⟧] }))',
    at: '(x: Var<number>) => ({ x, half: [x.value / 2] })',
    says: [
      "'half",
      `Type 'number' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`,
    ],
  },
  {
    what: 'a typed array that is no tensor',
    program: 'gradBP((p: BVar<{ data: ⟦Float32Array│Vector⟧; x: number }>) => p.x)',
    at: '(p: BVar<{ data: Float32Array; x: number }>) => p.x',
    says: [`NotDifferentiable<"make a tensor of it, vector(data), or wrap it in fixed()">`],
  },
  {
    what: 'an object with content of its own',
    program: 'gradBP((p: BVar<{ when: ⟦Date│Fixed<Date>⟧; x: number }>) => p.x)',
    at: '(p: BVar<{ when: Date; x: number }>) => p.x',
    says: [`NotDifferentiable<"make a tensor of it, vector(data), or wrap it in fixed()">`],
  },
  {
    what: 'a field that is assigned to',
    program: 'gradBP((p: BVar<Layer>) => { ⟦p.b = p.b.mul(2); return p.b│const b = p.b.mul(2); return b⟧ })',
    at: 'b',
    says: ["Cannot assign to 'b' because it is a read-only property"],
  },
  {
    what: 'a missing field',
    program: 'gradBP(f)({ w: v3⟦│, b: 1⟧ })',
    at: '{ w: v3 }',
    says: [
      "is not assignable to parameter of type 'Plain<{ w: Vector<3>; b: number; }>'",
      "Property 'b' is missing in type '{ w: Vector<3>; }'",
    ],
  },
  {
    what: 'a field too many',
    program: 'gradBP(f)({ w: v3, b: 1⟦, c: 2│⟧ })',
    at: 'c',
    says: ["'c' does not exist in type 'Plain<{ w: Vector<3>; b: number; }>'"],
  },
  {
    what: 'a field of another size',
    program: 'gradBP(f)({ w: ⟦v4│v3⟧, b: 1 })',
    at: 'w',
    says: ["Type 'Vector<4>' is not assignable to type 'Plain<Vector<3>>'"],
  },
  {
    what: 'a cotangent of another structure',
    program: 'backpropWith((x: Var<number>) => [x, x.mul(2)] as const)(3)[1](⟦1│[1, 0]⟧)',
    at: '1',
    says: ["Argument of type 'number' is not assignable to parameter of type '[number, number]'"],
  },
  {
    what: 'into of another structure',
    program: 'gradBP(f, { into: { w: v3⟦│, b: 0⟧ } })',
    at: 'into',
    says: ["Type '{ w: Vector<3>; }' is not assignable to type 'Plain<{ w: Vector<3>; b: number; }> | undefined'"],
  },
  {
    what: 'a record that is no fixed value',
    program: 'gradBP((p: BVar<{ x: number; n: ⟦Fixed<number>│{ value: number }⟧ }>) => p.x)({ x: 1, n: { value: 2 } })',
    at: 'n',
    says: ["is not assignable to type 'Plain<Fixed<number>>'"],
  },
]
