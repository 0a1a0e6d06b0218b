/** Random compositions of ops, with random choices of what is shared: a batch is the same as its samples one by one. */
import {
  add,
  collectVar,
  compile,
  dot,
  evalBP,
  exp,
  gradBP,
  less,
  logSumExp,
  matMul,
  matVec,
  maximum,
  mul,
  outer,
  sequenceVar,
  softmax,
  sum,
  tanh,
  vmap,
  where,
  type Leaf,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import fc from 'fast-check'
import { test } from 'vitest'
import { expectClose, filled, flat } from '../support/plain.ts'
import { Random, seed } from '../support/random.ts'

const N = 3
type V = Var<Vector>
type Step = (v: V, w: V, m: Var<Matrix>, s: Var<number>) => V

/** Steps from a vector to a vector, all of size N; they use the other arguments as they like. */
const steps: readonly Step[] = [
  v => tanh(v),
  v => softmax(v),
  (v, w) => add(v, w),
  (v, w) => mul(v, w),
  (v, _w, _m, s) => mul(v, s),
  (v, _w, m) => tanh(matVec(m, v)),
  (v, _w, m) => matVec(m, tanh(v), { transpose: true }),
  (v, w, m) => matVec(tanh(matMul(m, outer(v, w))), v),
  (v, w) => mul(w, dot(v, tanh(w))),
  (v, w) => where(less(v, w), v, mul(w, 0.5)),
  (v, _w, _m, s) => where(less(s, 0), v, tanh(v)),
  v => collectVar(sequenceVar(v).reverse()),
  (v, _w, _m, s) => collectVar([s, ...sequenceVar(v).slice(1)]),
  v => add(v, logSumExp(v)),
  v => mul(v, exp(maximum(v).neg())),
  v => gradBP((x: V) => sum(tanh(x.mul(x))))(v),
  (v, _w, m) => gradBP((x: V) => dot(tanh(matVec(m, x)), x))(v),
  (v, w) => vmap((x: Var<number>, y: V) => x.mul(sum(tanh(y.mul(x)))), { shared: 1 })(v, w),
]

type Four = (v: V, w: V, m: Var<Matrix>, s: Var<number>) => Var<number>
const shapes = [[N], [N], [N, N], []] as const

test('vmap of a composition, its gradient, its program, and the gradients of its samples', () => {
  const composition = fc.record({
    chosen: fc.array(fc.nat({ max: steps.length - 1 }), { minLength: 1, maxLength: 5 }),
    shared: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }),
    size: fc.nat({ max: 4 }),
    start: fc.integer(),
  })
  fc.assert(
    fc.property(composition, ({ chosen, shared, size, start }) => {
      const random = new Random(start)
      const f: Four = (v, w, m, s) => sum(chosen.reduce((x, i) => steps[i](x, w, m, s), v))
      const draw = (): Leaf[] => shapes.map(shape => filled(shape, () => random.between(-1, 1)))
      const first = draw()
      const samples = Array.from({ length: size }, () =>
        draw().map((leaf, i) => (shared.includes(i) ? first[i] : leaf)),
      )
      const args = first.map((leaf, i) => (shared.includes(i) ? leaf : stacked(shapes[i], samples, i)))
      const F = vmap(f as never, { shared: shared as never }) as unknown as (...args: unknown[]) => unknown
      const at = f as never as (...operands: Var<Leaf>[]) => Var<Leaf>
      expectClose(
        F(...args),
        samples.map(sample => plain(evalBP(at), sample)),
        1e-11,
        'value',
      )
      const gradient = plain(vmap(gradBP(at) as never, { shared: shared as never }), args) as Leaf[]
      const loop = samples.map(sample => plain(gradBP(at), sample) as Leaf[])
      for (const [i] of shapes.entries()) {
        expectClose(
          gradient[i],
          loop.map(sample => sample[i]),
          1e-10,
          `gradient of each by ${i}`,
        )
      }
      const total = gradBP(((...operands: unknown[]) => sum(F(...operands) as V)) as never)
      const whole = plain(total, args) as Leaf[]
      for (const [i] of shapes.entries()) {
        const parts = loop.map(sample => flat(sample[i]))
        const expected = shared.includes(i)
          ? flat(first[i]).map((_, j) => parts.reduce((t, part) => t + part[j], 0))
          : parts.flat()
        expectClose(whole[i], expected, 1e-10, `gradient by ${i}`)
      }
      expectClose(plain(compile(total as never), args), whole, 1e-12, 'compiled')
    }),
    { numRuns: 150, seed },
  )
})

function stacked(shape: readonly number[], samples: readonly (readonly Leaf[])[], i: number): Leaf {
  const numbers = samples.flatMap(sample => flat(sample[i]))
  let next = 0
  return filled([samples.length, ...shape], () => numbers[next++])
}

function plain(f: unknown, args: readonly unknown[]): unknown {
  return (f as (...args: unknown[]) => unknown)(...args)
}
