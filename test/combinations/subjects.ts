/** The rows of the table of combinations: kinds of ops, each with programs that use them. */
import {
  asyncOp1,
  asyncOp2,
  evalBP,
  evalBPAsync,
  gradBP,
  gradBPAsync,
  mul,
  op1,
  stopGradient,
  sum,
  toFloat32,
  toFloat64,
  type DType,
  type Leaf,
  type Shape,
  type Var,
  type Vector,
  vector,
} from 'backprop-wasm'
import type { Plains, Vars } from '../support/differences.ts'
import { type Ops, plainOps, varOps } from '../support/hostOps.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { filled, randomVector } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'
import { after } from '../support/waiting.ts'

/** What may be there at once or later. */
export type Awaitable<T> = T | Promise<T>
/** A function of a list of operands that may wait. */
export type Program = (operands: Vars) => Awaitable<Var<Leaf>>

/** A program, and places to evaluate it at. */
export interface Subject {
  readonly title: string
  readonly f: Program
  readonly points: readonly Plains[]
  /**
   * What the derivatives at a point are those of, in float64, if not of f itself: where f rounds, or where its derivatives are not those
   * of its value.
   */
  readonly smooth?: (operands: Vars, at: Plains) => Awaitable<Var<Leaf>>
  /** How far a derivative may be off, by its size; more than usual where f rounds. */
  readonly tolerance?: number
}

/** The operators for a kind of functions: those that wait have their own. */
export interface Operators {
  readonly evaluate: (f: (operands: Vars) => unknown) => (operands: unknown) => unknown
  readonly gradient: (f: (operands: Vars) => unknown) => (operands: unknown) => unknown
}

export interface Kind {
  readonly title: string
  readonly operators: Operators
  readonly subjects: readonly Subject[]
}

const atOnce = { evaluate: evalBP, gradient: gradBP } as unknown as Operators
const waiting = { evaluate: evalBPAsync, gradient: gradBPAsync } as unknown as Operators

const POINTS = 3

/** Every op of the library, on all shapes that are small. */
const engineSubjects: Subject[] = operations.flatMap(operation =>
  operation.cases
    .filter(shapes => shapes.flat().every(size => size > 0 && size < 10))
    .map(shapes => {
      const random = new Random(seed)
      return {
        title: `${titleOf(operation)}, ${JSON.stringify(shapes)}`,
        f: operation.apply,
        points: Array.from({ length: POINTS }, () => operandsOf(operation, shapes, random)),
      }
    }),
)

/** What a float32 may be off, and a few roundings of it. */
const FLOAT32_TOLERANCE = 2e-6

/** An op that is in no table of operations, its derivatives being those of something else than its value, and programs of it. */
function besides(
  name: string,
  operands: readonly (readonly [Shape, DType])[],
  f: (...operands: V[]) => unknown,
  smooth: (operands: V[], at: readonly Vector[]) => unknown,
): { name: string; subject: Subject } {
  const random = new Random(seed)
  const draw = ([shape, dtype]: readonly [Shape, DType]): Leaf => filled(shape, () => random.between(0.5, 1.5), dtype)
  const isFloat32 = operands.some(([, dtype]) => dtype === 'float32') || name === 'toFloat32'
  const subject: Subject = {
    title: `${name}, ${JSON.stringify(operands)}`,
    f: vars => f(...(vars as unknown as V[])) as Var<Leaf>,
    points: Array.from({ length: POINTS }, () => operands.map(draw)),
    smooth: (vars, at) => smooth(vars as unknown as V[], at as Vector[]) as Var<Leaf>,
    ...(isFloat32 ? { tolerance: FLOAT32_TOLERANCE } : {}),
  }
  return { name, subject }
}

const shapes: readonly Shape[] = [[], [1], [3], [2, 3]]

/** Ops whose derivatives are not those of their values: what rounds, and where derivatives end. */
export const opsBesides = shapes.flatMap(shape => [
  besides(
    'toFloat32',
    [[shape, 'float64']],
    x => toFloat32(x.mul(x)).mul(toFloat32(x)),
    ([x]) => x.mul(x).mul(x),
  ),
  besides(
    'toFloat64',
    [
      [shape, 'float32'],
      [shape, 'float64'],
    ],
    (x, y) => toFloat64(x.mul(x)).mul(y),
    ([x, y]) => x.mul(x).mul(y),
  ),
  besides(
    'stopGradient',
    [[shape, 'float64']],
    x => x.mul(x).mul(stopGradient(x.mul(x))),
    ([x], [at]) => x.mul(x).mul(mul(at, at)),
  ),
])

type N = Var<number>
type V = Var<Vector>

/** A program of numbers and of vectors of three elements, as `ranks` says. */
function subject(title: string, ranks: readonly (0 | 1)[], f: (...operands: never[]) => unknown): Subject {
  const random = new Random(seed)
  const draw = (rank: 0 | 1): Leaf => (rank === 0 ? random.between(0.5, 1.5) : randomVector(3, random))
  return {
    title,
    f: operands => f(...(operands as never[])) as Awaitable<Var<Leaf>>,
    points: Array.from({ length: POINTS }, () => ranks.map(draw)),
  }
}

/** Ops of the user's in all their forms: numbers, vectors, several results, a type of their own. */
function hostSubjects(ops: Ops): Subject[] {
  return [
    subject('one number', [0], (u: N) => ops.sine(u)),
    subject('two numbers', [0, 0], (u: N, v: N) => ops.times(u, ops.plus(u, v))),
    subject('vectors to a number', [1, 1], (x: V, b: V) => ops.inner(x, b)),
    subject('number and vector to a vector', [0, 1], (u: N, x: V) => ops.scaled(u, x)),
    subject('a record as result', [1], (x: V) => {
      const { total, squares } = ops.parts(x)
      return squares.mul(total)
    }),
    subject('a type of its own between', [0, 0], (u: N, v: N) => {
      const [re, im] = ops.square(u, v)
      return re.mul(im)
    }),
    subject('between ops of the engine', [0, 1], (u: N, x: V) => {
      return sum(ops.scaled(ops.sine(u.exp()), x.tanh()).mul(x)).mul(u)
    }),
  ]
}

const scaledBy = (u: number, x: Vector): Vector => vector(x.data.map(xi => u * xi))
const innerOf = (x: Vector, y: Vector): number => x.data.reduce((total, xi, i) => total + xi * y.data[i], 0)

interface WaitingOps {
  readonly sine: (u: N) => Promise<N>
  readonly scaled: (u: N, x: V) => Promise<V>
}

/** Pullbacks on plain values, one of which waits as well. */
const waitingPlain: WaitingOps = {
  sine: asyncOp1(async (u: number) => [await after(3, Math.sin(u)), dz => after(2, [dz * Math.cos(u)] as const)]),
  scaled: asyncOp2(async (u: number, x: Vector) => [
    await after(1, scaledBy(u, x)),
    dz => [innerOf(dz, x), scaledBy(u, dz)],
  ]),
}

const innerOp = op1(
  (x: Vector) => innerOf(x, x),
  (dz, x) => [x.mul(dz).mul(2)],
)

/** Pullbacks on variables. */
const waitingVars: WaitingOps = {
  sine: asyncOp1(
    async (u: number) => after(3, Math.sin(u)),
    (dz, u) => [dz.mul(u.cos())],
  ),
  scaled: asyncOp2(
    async (u: number, x: Vector) => after(1, scaledBy(u, x)),
    (dz, u, x) => [sum(dz.mul(x)), dz.mul(u)],
  ),
}

function waitingSubjects({ sine, scaled }: WaitingOps): Subject[] {
  return [
    subject('one number', [0], (u: N) => sine(u)),
    subject('number and vector', [0, 1], (u: N, x: V) => scaled(u, x)),
    subject('two that wait at a time, and ops of other kinds', [0, 1], async (u: N, x: V) => {
      const [y, s] = await Promise.all([scaled(u, x.exp()), sine(u)])
      return innerOp(y.mul(x)).mul(s)
    }),
  ]
}

export const kinds: readonly Kind[] = [
  {
    title: 'op of the library',
    operators: atOnce,
    subjects: [...engineSubjects, ...opsBesides.map(({ subject }) => subject)],
  },
  { title: 'op of your own, pullback on variables', operators: atOnce, subjects: hostSubjects(varOps) },
  { title: 'op of your own, pullback on plain values', operators: atOnce, subjects: hostSubjects(plainOps) },
  { title: 'op that waits, pullback on variables', operators: waiting, subjects: waitingSubjects(waitingVars) },
  { title: 'op that waits, pullback on plain values', operators: waiting, subjects: waitingSubjects(waitingPlain) },
]
