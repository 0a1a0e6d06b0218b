/** Random functions with few dependences, of and to random structures: sparse derivatives are the dense ones. */
import {
  collectVar,
  compile,
  constVar,
  cos,
  dot,
  gradBP,
  matVec,
  maximum,
  op1,
  sequenceVar,
  softmax,
  sparseHessian,
  sparseJacobian,
  stopGradient,
  sum,
  tanh,
  vmap,
  type SparseMatrix,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { slice } from '../../src/ops/part.ts'
import { filled } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'
import { denseHessian, denseJacobian, expectMatrix, placesOf, sparse } from './support.ts'

type V = Var<Vector>
type N = Var<number>
const SIZE = 4

const cube = op1(
  (x: number) => x ** 3,
  (dz: N, x: N) => [dz.mul(x.mul(x).mul(3))],
) as (x: N) => N

/** Steps from two numbers to a number. */
const numberSteps: readonly ((a: N, b: N) => N)[] = [
  (a, b) => a.add(b),
  (a, b) => a.sub(b),
  (a, b) => a.mul(b),
  (a, b) => a.mul(b.sin()),
  a => tanh(a),
  a => a.mul(3),
  (a, b) => a.mul(stopGradient(b)),
  (a, b) => (a.lt(b) ? a.mul(a) : b.mul(0.5)),
  a => cube(a),
  (a, b) => gradBP((x: N) => x.mul(b).sin())(a),
]

/** Steps from two vectors and a number to a vector, all of one size. */
const vectorSteps: readonly ((v: V, w: V, a: N, m: Var<Matrix>) => V)[] = [
  (v, w) => v.add(w),
  (v, w) => v.mul(w),
  v => v.sin(),
  (v, _w, a) => v.mul(a),
  (v, w) => collectVar([...sequenceVar(v).slice(1), sequenceVar(w)[0]]),
  v => collectVar(sequenceVar(v).reverse()),
  (v, w, a) => collectVar([a, ...sequenceVar(w).slice(2), sequenceVar(v)[3]]),
  (v, _w, _a, m) => matVec(m, v),
  (_v, w, _a, m) => slice('row', m, SIZE, [SIZE]).mul(w as Var<unknown>) as unknown as V,
  v => softmax(v),
  (v, w) => v.mul(dot(v, w)),
  (v, _w, a) => v.mul(maximum(v).add(a)),
  (v, w) => vmap((x: N, y: N) => x.mul(y).cos())(v, w),
  (v, w) => gradBP((x: V) => dot(x.mul(x), w.mul(cos(x))))(v),
]

const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 14 })
const programs = fc.record({
  steps,
  /** How many of the last numbers and vectors the result has. */
  taken: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 })),
  list: fc.nat({ max: 3 }),
  start: fc.integer(),
})

interface Argument {
  readonly v: V
  readonly list: readonly N[]
  readonly m: Var<Matrix>
}

const pick = <T>(list: readonly T[], i: number): T => list[i % list.length]

test('Jacobians and Hessians of random functions', () => {
  fc.assert(
    fc.property(programs, ({ steps, taken, list, start }) => {
      const random = new Random(start)
      const element = (): number => random.between(-1, 1)
      const f = ({ v, list, m }: Argument, s: N): { numbers: N[]; vectors: Record<string, V>; none: N } => {
        const numbers = [s, ...sequenceVar(v), ...list] as N[]
        const vectors = [v, slice('row', m, 0, [SIZE]) as V]
        for (const [isNumber, step, i, j] of steps) {
          if (isNumber) numbers.push(pick(numberSteps, step)(pick(numbers, i), pick(numbers, j)))
          else vectors.push(pick(vectorSteps, step)(pick(vectors, i), pick(vectors, j), pick(numbers, i + j), m))
        }
        return {
          numbers: numbers.slice(numbers.length - taken[0]),
          vectors: Object.fromEntries(vectors.slice(vectors.length - taken[1]).map((x, i) => [`v${i}`, x])),
          none: constVar(1),
        }
      }
      const total = (argument: Argument, s: N): N => {
        const { numbers, vectors } = f(argument, s)
        return [...numbers, ...Object.values(vectors).map(x => sum(x.mul(x)))].reduce((y, x) => y.add(x), s)
      }
      const args = [
        { v: filled([SIZE], element), list: Array.from({ length: list }, element), m: filled([SIZE, SIZE], element) },
        element(),
      ]
      const dense = denseJacobian(f, args)
      const counts = (['auto', 'forward', 'reverse'] as const).map(mode => {
        const matrix = sparse(sparseJacobian, f, args, { mode })
        expectMatrix(matrix, dense, 1e-9)
        return matrix.pattern.value.products
      })
      expect(counts[0]).toBe(Math.min(...counts))
      const hessian = sparse(sparseHessian, total, args)
      expectMatrix(hessian, denseHessian(total, args), 1e-9)
      const places = placesOf(hessian)
      places.forEach((columns, i) => {
        for (const j of columns) expect(places[j]).toContain(i)
      })
    }),
    { seed, numRuns: 150 },
  )
})

test('compiled, and in batches', () => {
  fc.assert(
    fc.property(programs, ({ steps, start }) => {
      const random = new Random(start)
      const element = (): number => random.between(-1, 1)
      const smooth = numberSteps.filter(step => !step.toString().includes('lt(') && !step.toString().includes('cube'))
      const f = (v: V): V => {
        const numbers = sequenceVar(v) as N[]
        for (const [, step, i, j] of steps) numbers.push(pick(smooth, step)(pick(numbers, i), pick(numbers, j)))
        return collectVar(numbers.slice(-SIZE))
      }
      const operators = [sparseJacobian(f), sparseHessian((v: V) => sum(f(v).mul(v)))] as never as readonly ((
        x: unknown,
      ) => SparseMatrix)[]
      for (const operator of operators) {
        const compiled = compile(operator as never) as unknown as typeof operator & { free: () => void }
        const samples = [0, 1, 2].map(() => filled([SIZE], element) as unknown as Vector)
        const expected = samples.map(x => operator(x))
        for (const [i, x] of samples.entries()) expect(compiled(x).toDense()).toEqual(expected[i].toDense())
        compiled.free()
        const batch = filled(
          [3, SIZE],
          (
            numbers => () =>
              numbers.next().value as number
          )(samples.flatMap(x => [...x.data]).values()),
        )
        const { values } = (vmap(operator as never) as unknown as typeof operator)(batch)
        const all = expected.flatMap(matrix => [...matrix.values.data])
        values.data.forEach((value, i) => {
          expect(value).toBeCloseTo(all[i], 9)
        })
        expect(values.data).toHaveLength(all.length)
      }
    }),
    { seed, numRuns: 60 },
  )
})
