/** Series through ops of the user's: by the pullback on variables; a pullback on plain values is an error. */
import {
  boxed,
  type Boxed,
  directionalDerivatives,
  NotTwiceDifferentiableError,
  op1,
  type Op,
  taylor,
  UsageError,
  vector,
  vmap,
  type Differentiable,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { engineOps, plainOps, varOps, type Ops } from '../support/hostOps.ts'
import { expectClose } from '../support/plain.ts'

type N = Var<number>

const graphs: Readonly<Record<string, (ops: Ops) => (u: N, v: N, x: Var<Vector>) => unknown>> = {
  'numbers alone': ops => (u, v) => ops.sine(ops.plus(ops.times(u, v), ops.times(u, u))),
  'the same operand twice': ops => u => ops.times(ops.times(u, u), u),
  tensors: ops => (u, _v, x) => ops.scaled(ops.inner(x, ops.scaled(u, x)), x),
  'several results': ops => (u, _v, x) => {
    const { total, squares } = ops.parts(ops.scaled(u, x))
    return { product: ops.times(total, u), squares: ops.scaled(total, squares) }
  },
  'values of a type of its own': ops => (u, v) => ops.square(ops.sine(u), ops.times(u, v)),
  'ops of the engine between': ops => (u, v, x) => ops.scaled(ops.times(u.exp(), v).tanh(), x.mul(x)).sin(),
}

const point = [0.4, -1.2, vector([0.5, 2], 2)] as const
const direction = [1, 0.5, vector([-1, 0.25], 2)] as const

describe.each(Object.keys(graphs))('%s', name => {
  const graph = graphs[name]

  test('have the series of the same ops of the engine, to order 5', () => {
    const terms = (ops: Ops): unknown[] => directionalDerivatives(graph(ops) as never, 5)(...point, direction as never)
    expectClose(terms(varOps), terms(engineOps), 1e-12)
  })

  test('a pullback on plain values is an error that names the op', () => {
    expect(() => taylor(graph(plainOps) as never, 1)(...point, direction as never)).toThrow(NotTwiceDifferentiableError)
  })
})

test('ops of what does not vary are constants, whatever their pullback', () => {
  const f = (u: N, v: N): N => plainOps.times(v, v).mul(u)
  expect(taylor(f, 2, { wrt: 0 })(2, 3, 1)).toEqual([18, 9, 0])
})

test('where the direction is zero, and where a derivative is constant', () => {
  const f = (u: N): N => varOps.times(u.mul(u), u.mul(u))
  expect(directionalDerivatives(f, 5)(0, 1)).toEqual([0, 0, 0, 0, 24, 0])
})

test('in batches', () => {
  const f = (u: N): N => varOps.sine(varOps.times(u, u))
  const xs = vector([0.1, 0.5, 1], 3)
  const batches = vmap((x: N) => directionalDerivatives(f, 3)(x, 1))(xs)
  const each = Array.from(xs.data, x => directionalDerivatives(f, 3)(x, 1))
  batches.forEach((batch, k) => {
    expectClose(
      batch,
      each.map(terms => terms[k]),
      1e-14,
    )
  })
})

test('a type that cannot be scaled has no orders above the first', () => {
  const plain: Differentiable<{ length: number }> = {
    zero: () => ({ length: 0 }),
    one: () => ({ length: 1 }),
    add: (a, b) => ({ length: a.length + b.length }),
  }
  type Length = Boxed<{ length: number }>
  const wrap: Op<[number], Length> = op1(
    (x: number): Length => boxed({ length: x }, plain),
    dz => [unwrap(dz)],
  )
  const unwrap: Op<[Length], number> = op1(
    (a: Length) => a.value.length,
    dz => [wrap(dz)],
  )
  const f = (x: N): N => unwrap(wrap(x.exp()))
  expect(directionalDerivatives(f, 1)(0, 1)).toEqual([1, 1])
  expect(() => directionalDerivatives(f, 2)(0, 1)).toThrow(UsageError)
})

test('results of one op that need each other, inside an op of several as well', () => {
  const circle = op1(
    (x: number) => ({ sine: Math.sin(x), cosine: Math.cos(x) }),
    (d: { sine: N; cosine: N }, _x: N, y: { sine: N; cosine: N }) => [d.sine.mul(y.cosine).sub(d.cosine.mul(y.sine))],
  ) as unknown as (x: N) => { sine: N; cosine: N }
  const onEngine = (x: N): { sine: N; cosine: N } => ({ sine: x.sin(), cosine: x.cos() })
  const graphOf = (round: typeof circle) => (x: N) => {
    const { sine, cosine } = round(x.mul(x))
    const again = round(sine.mul(2).add(cosine))
    return [again.sine.sub(again.cosine).mul(sine), cosine.mul(again.sine)]
  }
  const terms = (round: typeof circle): unknown => taylor(graphOf(round), 6)(0.7, 1)
  expectClose(terms(circle), terms(onEngine), 1e-12)
})
