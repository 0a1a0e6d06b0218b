/** Functions and ops that wait. */
import type { Mistake } from '../mistake.ts'

const names = `
  import { asyncOp1, asyncOp2, backpropAsync, backpropWithAsync, evalBPAsync, gradBPAsync, type AsyncOp } from 'backprop-wasm'
  declare const later: AsyncOp<[Vector<3>], number>, moved: AsyncOp<[Vector<3>], Vector<3>>
`

export const async: readonly Mistake[] = [
  {
    what: 'an op that is not awaited',
    program: 'gradBPAsync(async (x: Var<Vector<3>>) => ⟦│(await ⟧later(x)⟦│)⟧.mul(2))',
    at: 'mul',
    says: ["Property 'mul' does not exist on type 'Promise<Var<number>>'"],
  },
  {
    what: 'an op that is not awaited, as an operand',
    program: 'gradBPAsync(async (x: Var<Vector<3>>) => matVec(a, ⟦│await ⟧moved(x)))',
    at: 'moved(x)',
    says: [
      `Argument of type 'Promise<Var<Vector<3>>>' is not assignable to parameter of type 'Operand<Vector<3, "float64">>'`,
    ],
  },
  {
    what: 'an op that is not awaited, in the result',
    program: 'gradBPAsync(async (x: Var<Vector<3>>) => ({ y: ⟦│await ⟧later(x) }))',
    at: 'async (x: Var<Vector<3>>) => ({ y: later(x) })',
    says: ['return a variable: leave out .value, or use constVar(…)'],
  },
  {
    what: 'a function that waits, given to a synchronous operator',
    program: 'gradBP⟦│Async⟧(async (x: Var<Vector<3>>) => later(x))',
    at: 'async (x: Var<Vector<3>>) => later(x)',
    says: ["Type 'Promise<Var<number>>' is not assignable", 'for a function that waits take gradBPAsync'],
  },
  {
    what: 'a plain number as result',
    program: 'gradBPAsync(async (x: Var<Vector<3>>) => (await later(x))⟦.value│⟧)',
    at: 'async (x: Var<Vector<3>>) => (await later(x)).value',
    says: [
      "Type 'Promise<number>' is not assignable to type '\"return a variable: leave out .value, or use constVar(…)\"'",
    ],
  },
  {
    what: 'a parameter without its type',
    program: 'backpropAsync(async (⟦x│x: Var<Vector<3>>⟧) => n)',
    at: 'async (x) => n',
    says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
  },
  {
    what: 'a variable as argument',
    program: 'evalBPAsync(later)(⟦x│v3⟧)',
    at: 'x',
    says: ["Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Plain<Vector<3>>'"],
  },
  {
    what: 'a vector of another size as argument',
    program: 'gradBPAsync(later)(⟦v4│v3⟧)',
    at: 'v4',
    says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Plain<Vector<3>>'"],
  },
  {
    what: 'wrt beyond the last argument',
    program: 'gradBPAsync(async (x: Var<number>, y: Var<number>) => x.mul(y), { wrt: ⟦2│1⟧ })',
    at: 'wrt',
    says: ["Type '2' is not assignable to type '0 | 1 | readonly (0 | 1)[]"],
  },
  {
    what: 'the promise as the gradient',
    program: 'const slope: Vector<3> = ⟦│await ⟧gradBPAsync(later)(v3)',
    at: 'slope',
    says: ["Type 'Promise<Vector<3>>' is missing the following properties from type 'Tensor<readonly [3]"],
  },
  {
    what: 'a gradient with one element too few',
    program: 'asyncOp2(async (x: number, y: number) => [x * y, async dz => [dz * y⟦│, dz * x⟧]])',
    at: 'async (x: number, y: number) => [x * y, async dz => [dz * y]]',
    says: ["Type '[number]' is not assignable to type 'readonly [number, number]'"],
  },
  {
    what: 'a plain pullback where variables are',
    program: 'asyncOp1(async (x: number) => x * x, async dz => [⟦dz * 2│dz.mul(2)⟧])',
    at: 'dz',
    says: ['The left-hand side of an arithmetic operation must be of type'],
  },
].map(mistake => ({ ...mistake, program: names + mistake.program }))
