/** Random expression graphs, to be run on variables and on the baseline alike. */
import { sum, type Leaf, type Shape, type Var, type Vector } from 'backprop-wasm'
import fc from 'fast-check'
import type { BaselineTape } from '../../bench/baseline/index.ts'
import type { Vars } from './differences.ts'
import { type Operation, operations } from './operations.ts'
import { filled } from './plain.ts'
import { Random } from './random.ts'

/** One step: which op, and of which of the values so far. */
type Step = readonly [op: number, first: number, second: number]

export interface Program {
  readonly steps: readonly Step[]
  /** The length of vectors and of each side of matrices. */
  readonly n: number
  readonly seed: number
}

export const programs = (maxSteps: number): fc.Arbitrary<Program> =>
  fc.record({
    steps: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: maxSteps }),
    // The baseline takes a matrix of one row for a vector.
    n: fc.integer({ min: 2, max: 5 }),
    seed: fc.nat(),
  })

/** Number, vector, matrix: the rank. */
type Rank = 0 | 1 | 2
type Signature = readonly [operands: readonly Rank[], result: Rank]

/** Ops that are smooth everywhere and do not grow fast, with the ranks that they take. */
const smooth = ['neg', 'sin', 'cos', 'atan', 'tanh', 'asinh', 'logistic', 'log1pExp', 'add', 'sub', 'mul']
const signatures: Readonly<Record<string, readonly Signature[]>> = {
  sum: [
    [[1], 0],
    [[2], 0],
  ],
  dot: [
    [[1, 1], 0],
    [[2, 2], 0],
  ],
  squaredError: [
    [[1, 1], 0],
    [[2, 2], 0],
  ],
  outer: [[[1, 1], 2]],
  matVec: [[[2, 1], 1]],
  matMul: [[[2, 2], 2]],
  softmax: [
    [[1], 1],
    [[2], 2],
  ],
  logSumExp: [
    [[1], 0],
    [[2], 1],
  ],
  softmaxCrossEntropy: [
    [[1, 1], 0],
    [[2, 2], 1],
  ],
}
const elementwise: readonly Signature[] = [
  [[0, 0], 0],
  [[1, 1], 1],
  [[2, 2], 2],
  [[0, 1], 1],
  [[1, 0], 1],
  [[0, 2], 2],
  [[2, 0], 2],
]

/** Every op with every way of applying it. */
const choices: readonly (readonly [Operation, Signature])[] = operations.flatMap(operation => {
  const { name, domains } = operation
  const known = signatures[name] ?? (smooth.includes(name) ? elementwise : [])
  const single: readonly Signature[] = elementwise.map(([[rank], result]) => [[rank], result])
  const fitting = name in signatures || domains.length === 2 ? known : smooth.includes(name) ? single.slice(0, 3) : []
  return fitting.map(signature => [operation, signature] as const)
})

/** What runs a program: how an op is applied, how all elements of a value are added, how two numbers are. */
interface Backend<H> {
  readonly apply: (operation: Operation, operands: readonly H[]) => H
  readonly sum: (x: H) => H
  readonly add: (x: H, y: H) => H
}

const ranks: readonly Rank[] = [0, 1, 2, 0, 1, 2]

/** The inputs: two of each rank. */
export function inputsOf({ n, seed }: Program): Leaf[] {
  const random = new Random(seed)
  const shapes: readonly Shape[] = [[], [n], [n, n]]
  return ranks.map(rank => filled(shapes[rank], () => random.between(-1, 1)))
}

/** Runs the steps; the result is the sum of the last values of each rank. */
function execute<H>({ steps }: Program, inputs: readonly H[], { apply, sum: total, add }: Backend<H>): H {
  const values: H[][] = [[], [], []]
  inputs.forEach((x, i) => values[ranks[i]].push(x))
  for (const [op, first, second] of steps) {
    const [operation, [operands, result]] = choices[op % choices.length]
    const picks = [first, second]
    values[result].push(
      apply(
        operation,
        operands.map((rank, i) => values[rank][picks[i] % values[rank].length]),
      ),
    )
  }
  const [numbers, vectors, matrices] = values.map(list => list[list.length - 1])
  return add(numbers, add(total(vectors), total(matrices)))
}

/** The program on variables. */
export function onVars(program: Program): (inputs: Vars) => Var<number> {
  return inputs =>
    execute<Var<Leaf>>(program, inputs, {
      apply: ({ apply }, operands) => apply(operands),
      sum: x => sum(x as unknown as Var<Vector>) as unknown as Var<Leaf>,
      add: (x, y) => x.add(y),
    }) as unknown as Var<number>
}

/** The program on the baseline's handles. */
export function onBaseline(program: Program): (tape: BaselineTape, inputs: readonly number[]) => number {
  return (tape, inputs) =>
    execute(program, inputs, {
      apply: ({ baseline }, operands) => baseline(tape, operands),
      sum: x => tape.sum(x),
      add: (x, y) => tape.add(x, y),
    })
}
