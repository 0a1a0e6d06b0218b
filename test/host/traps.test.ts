/**
 * Where graphs of host ops go wrong, each trap by name: against the same graph of the engine's ops, and, with pullbacks on
 * variables, by differences at first, second and third order.
 */
import { backprop, constVar, gradBP, type Leaf, type Var, type Vector, vector } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { checkFirstOrder, checkSecondOrder, checkThirdOrder, type Vars } from '../support/differences.ts'
import { engineOps, type Ops, plainOps, varOps } from '../support/hostOps.ts'
import { expectClose, randomVector } from '../support/plain.ts'
import { type Random, seeded } from '../support/random.ts'

type N = Var<number>
type V = Var<Vector>
type Graph = (ops: Ops, u: N, v: N, x: V, b: V) => N

const weights = vector([0.4, -1.1, 0.6])

const traps: Record<string, Graph> = {
  'a value used twice': (ops, u, v) => {
    const y = ops.times(u, v)
    return ops.times(ops.plus(y, u), ops.sine(y))
  },
  'the same value as both operands': (ops, u) => ops.times(u, u),
  'the same tensor as both operands': (ops, _u, _v, x) => ops.inner(x, x),
  'an input returned': (_ops, u) => u,
  'a constant returned': (ops, u, v) => {
    ops.times(u, v)
    return constVar(2)
  },
  'an inner node returned while later nodes exist': (ops, u, v) => {
    const y = ops.times(u, v)
    ops.sine(ops.plus(y, u))
    return y
  },
  'an input that is not used': (ops, u) => ops.sine(u),
  'dead code': (ops, u, v, x, b) => {
    ops.inner(ops.scaled(v, x), b)
    ops.parts(x)
    return ops.times(u, v)
  },
  'several outputs, all used': (ops, u, _v, x, b) => {
    const { total, squares } = ops.parts(x)
    return ops.plus(ops.times(total, u), ops.inner(squares, b))
  },
  'several outputs, one used': (ops, u, _v, x, b) => ops.times(u, ops.inner(ops.parts(x).squares, b)),
  'several outputs, the other used': (ops, u, _v, x) => ops.times(u, ops.parts(x).total),
  'several outputs, one used many times': (ops, u, _v, x) => {
    const { total } = ops.parts(x)
    return ops.times(ops.plus(total, u), ops.times(total, total))
  },
  'an op between ops of the engine': (ops, u, v, x, b) =>
    ops.times(u.sin().add(v), ops.inner(x.mul(b), x.exp())).mul(ops.sine(u.mul(v))),
  'host ops next to each other, and not': (ops, u, v) => {
    let y = ops.times(u, v)
    for (let i = 0; i < 6; i++) y = i % 3 === 0 ? y.add(u).tanh() : ops.sine(ops.plus(y, v))
    return y
  },
  'numbers, tensors and values of a user’s type in one function': (ops, u, v, x, b) => {
    const [re, im] = ops.square(u, ops.inner(x, b))
    return ops.plus(ops.times(re, v), ops.inner(ops.scaled(im, x), b).mul(v))
  },
  'a value of a user’s type used twice': (ops, u, v) => {
    const [re, im] = ops.square(u, v)
    const [again] = ops.square(re, im)
    return ops.times(again, im)
  },
  'a number that a tensor and a number get': (ops, u, v, x) => {
    const y = ops.times(u, v)
    return ops.plus(ops.inner(ops.scaled(y, x), x), y)
  },
  'a tensor that is used before and after': (ops, u, _v, x, b) => {
    const before = ops.inner(x, b)
    const y = ops.scaled(u, x)
    return ops.plus(ops.times(before, ops.inner(y, y)), ops.inner(x, y.add(b)))
  },
  'constants among the operands': (ops, u, _v, x) =>
    ops.plus(ops.times(u, constVar(3)), ops.inner(constVar(weights), ops.scaled(constVar(2), x))),
  'a value asked for in the middle': (ops, u, v) => {
    const y = ops.times(u, v)
    return y.value > 1e9 ? y : ops.plus(y.mul(u), ops.sine(y))
  },
  'an inner run that uses a variable of the outer one': (ops, u, v) => {
    const inner = gradBP((y: N) => ops.times(ops.times(y, y), y).mul(0.5))
    return ops.times(u, inner(v)).add(v)
  },
}

const pointFrom = (random: Random): Leaf[] => [
  random.between(0.5, 1.5),
  random.between(-1.5, -0.5),
  randomVector(3, random),
  randomVector(3, random),
]

describe.each(Object.entries(traps))('%s', (title, graph) => {
  const on =
    (ops: Ops) =>
    ([u, v, x, b]: Vars): Var<Leaf> =>
      graph(ops, u as unknown as N, v as unknown as N, x as unknown as V, b as unknown as V) as unknown as Var<Leaf>
  const nested = title.startsWith('an inner run')

  test.each([
    ['plain values', plainOps],
    ['variables', varOps],
  ] as const)('pullbacks on %s give what the engine’s ops give', (_make, ops) => {
    seeded(random => {
      const x = pointFrom(random)
      // A derivative of a pullback on plain values is an error: test/host/secondOrder.test.ts.
      if (nested && ops === plainOps) return
      expectClose(backprop(on(ops))(x), backprop(on(engineOps))(x), 1e-13)
    })()
  })

  test('first order: differences', () => {
    seeded(random => checkFirstOrder(on(varOps), pointFrom(random), random))()
  })

  test('second order: differences of the pullback', () => {
    seeded(random => checkSecondOrder(on(varOps), pointFrom(random), random))()
  })

  test('third order: differences of the second', () => {
    seeded(random => checkThirdOrder(on(varOps), pointFrom(random), random))()
  })
})

test('10⁵ ops in a chain, forward and back', () => {
  const chain = (ops: Ops) => (u: N, v: N) => {
    let y = u
    for (let i = 0; i < 50_000; i++) y = ops.plus(ops.times(y, v), u)
    return y
  }
  const expected = backprop(chain(engineOps))(0.3, 0.9)
  expectClose(backprop(chain(plainOps))(0.3, 0.9), expected, 1e-13)
  expect(expected[0]).toBeCloseTo(3)
})

test('10⁵ ops on tensors, with pullbacks of both kinds', () => {
  const chain = (ops: Ops) => (u: N, x: V) => {
    let y = x
    for (let i = 0; i < 10_000; i++) y = ops.scaled(u, y)
    return ops.inner(y, x)
  }
  const at = vector([1, 2, 3])
  const expected = backprop(chain(engineOps))(0.9999, at)
  expectClose(backprop(chain(plainOps))(0.9999, at), expected, 1e-11)
  expectClose(backprop(chain(varOps))(0.9999, at), expected, 1e-11)
})
