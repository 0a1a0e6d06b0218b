/** The rows of the table of combinations: kinds of ops, each with programs that use them. */
import {
  asyncOp1,
  asyncOp2,
  evalBP,
  evalBPAsync,
  gradBP,
  gradBPAsync,
  op1,
  sum,
  type Leaf,
  type Var,
  type Vector,
  vector,
} from 'backprop-wasm'
import type { Plains, Vars } from '../support/differences.ts'
import { type Ops, plainOps, varOps } from '../support/hostOps.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { randomVector } from '../support/plain.ts'
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
  { title: 'op of the library', operators: atOnce, subjects: engineSubjects },
  { title: 'op of your own, pullback on variables', operators: atOnce, subjects: hostSubjects(varOps) },
  { title: 'op of your own, pullback on plain values', operators: atOnce, subjects: hostSubjects(plainOps) },
  { title: 'op that waits, pullback on variables', operators: waiting, subjects: waitingSubjects(waitingVars) },
  { title: 'op that waits, pullback on plain values', operators: waiting, subjects: waitingSubjects(waitingPlain) },
]
