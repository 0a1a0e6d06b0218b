/**
 * Where tapes go wrong, each trap by name: a first-order test with the gradient known, a second- and a third-order one by
 * differences. Inputs are x and b, vectors; memory is full of NaN before each.
 */
import {
  backpropWith,
  collectVar,
  constVar,
  dot,
  exp,
  gradBP,
  logSumExp,
  matVec,
  matrix,
  outer,
  product,
  sequenceVar,
  sin,
  softmax,
  sub,
  sum,
  vector,
  type Leaf,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, test } from 'vitest'
import { slice } from '../../src/ops/part.ts'
import { checkFirstOrder, checkSecondOrder, checkThirdOrder, dirtyMemory, type Vars } from '../support/differences.ts'
import { expectClose, randomVector } from '../support/plain.ts'
import { type Random, seeded } from '../support/random.ts'

type V = Var<Vector>
type Graph = (x: V, b: V) => Var<number>

interface Trap {
  readonly title: string
  readonly graph: Graph
  /** ∂/∂xᵢ and ∂/∂bᵢ where the graph is a sum over independent elements. */
  readonly gradient?: (x: number, b: number, w: number) => readonly [byX: number, byB: number]
}

/** Different weights for the elements, so that no two have the same cotangent. */
const w = vector([0.3, -1.2, 0.7, 2, -0.4])

const borrowed: readonly Trap[] = [
  {
    title: 'x + b hands its cotangent on, and x is used again after it',
    graph: (x, b) => {
      const y = x.add(b)
      return dot(y, w).add(dot(x.mul(x), x))
    },
    gradient: (x, _b, wi) => [wi + 3 * x * x, wi],
  },
  {
    title: 'x + b hands its cotangent on, and x was used before it',
    graph: (x, b) => {
      const cube = dot(x.mul(x), x)
      return cube.add(dot(x.add(b), w))
    },
    gradient: (x, _b, wi) => [wi + 3 * x * x, wi],
  },
  {
    title: 'x + b hands its cotangent on, and b is used again on both sides',
    graph: (x, b) => {
      const before = dot(b, b)
      const y = x.add(b)
      return before.add(dot(y.mul(y), w)).add(dot(b, w))
    },
    gradient: (x, b, wi) => [2 * wi * (x + b), 2 * b + 2 * wi * (x + b) + wi],
  },
  {
    title: 'x + x',
    graph: x => dot(x.add(x).mul(x), w),
    gradient: (x, _b, wi) => [4 * wi * x, 0],
  },
  {
    title: 'a lender that has itself borrowed: (x + b) + (x + b) + x',
    graph: (x, b) => {
      const y = x.add(b)
      const z = y.add(y).add(x)
      return dot(z.mul(z), w)
    },
    gradient: (x, b, wi) => [2 * wi * 3 * (3 * x + 2 * b), 2 * wi * 2 * (3 * x + 2 * b)],
  },
  {
    title: 'x − b: one side borrows, the other is negated',
    graph: (x, b) => {
      const y = x.sub(b)
      return dot(y, w).add(dot(x, x)).add(dot(b, b))
    },
    gradient: (x, b, wi) => [wi + 2 * x, -wi + 2 * b],
  },
  {
    title: 'the lender is read after it has lent: y = x + b, then y·y',
    graph: (x, b) => {
      const y = x.add(b)
      const z = y.add(x)
      return dot(z, y)
    },
    gradient: (x, b) => [2 * (x + b) + (2 * x + b), x + b + (2 * x + b)],
  },
  {
    title: 'two borrow from one lender, and both are written to',
    graph: (x, b) => {
      const p = x.mul(2)
      const q = b.mul(3)
      const y = p.add(q)
      return dot(y, w).add(dot(p, p)).add(dot(q, q))
    },
    gradient: (x, b, wi) => [2 * wi + 8 * x, 3 * wi + 18 * b],
  },
]

const partial: readonly Trap[] = [
  {
    title: 'a scalar gets parts from sums, broadcasts and plain arithmetic',
    graph: (x, b) => {
      const s = sum(x)
      return dot(b.mul(s), w)
        .add(s.mul(s))
        .add(sum(s.div(b.mul(b).add(1))))
    },
  },
  {
    title: 'a product over an inner size of 0 writes zeros, not what was there',
    graph: (x, b) => {
      const nothing = matVec(matrix([], 5, 0), constVar(vector([], 0)))
      return dot(x.mul(nothing as V), b).add(sum(x))
    },
    gradient: () => [1, 0],
  },
  {
    title: 'rows of a matrix that only some results use',
    graph: (x, b) => {
      const table = outer(x, b)
      const first = matVec(table, vector([1, 0, 0, 0, 0]))
      return dot(first, w).add(sum(table.mul(table)))
    },
  },
  {
    title: 'a tensor reached by a scalar spread over it, then by itself',
    graph: (x, b) => sum(x).add(dot(x, b)).add(logSumExp(x)),
  },
]

const overwritten: readonly Trap[] = [
  {
    title: 'a cotangent grows after another record has read it',
    graph: (x, b) => {
      const y = exp(x)
      const z = softmax(y.add(b))
      return dot(z, y)
        .add(dot(y.mul(y), z))
        .add(dot(y, w))
    },
  },
  {
    title: 'the same gradient taken twice in one run',
    graph: (x, b) => {
      const f = (u: V): Var<number> => dot(u.mul(u), b.mul(u))
      return dot(gradBP(f)(x), w).add(dot(gradBP(f)(x), x))
    },
    gradient: (x, b, wi) => [6 * wi * x * b + 9 * x * x * b, 3 * wi * x * x + 3 * x * x * x],
  },
  {
    title: 'gradients of two functions of the same variables, interleaved',
    graph: (x, b) => {
      const first = gradBP((u: V) => dot(sin(u), b))(x)
      const second = gradBP((u: V) => dot(u.mul(u), x))(b)
      return dot(first, second).add(dot(first, x))
    },
    gradient: (x, b) => [
      -2 * b * b * x * Math.sin(x) + 2 * b * b * Math.cos(x) + b * Math.cos(x) - b * x * Math.sin(x),
      4 * b * x * Math.cos(x) + x * Math.cos(x),
    ],
  },
  {
    title: 'a value asked for in the middle, between records that share it',
    graph: (x, b) => {
      const y = x.mul(b)
      const half = sum(y).value > 1e9 ? y : y.mul(0.5)
      return dot(half, y).add(dot(sub(y, half), w))
    },
    gradient: (x, b, wi) => [x * b * b + 0.5 * wi * b, x * x * b + 0.5 * wi * x],
  },
]

const outerVars: readonly Trap[] = [
  {
    title: 'an outer variable used in an inner run is a constant there and counts outside',
    graph: (x, b) => dot(gradBP((u: V) => dot(u.mul(u), b))(x), x),
    gradient: (x, b) => [4 * b * x, 2 * x * x],
  },
  {
    title: 'an op on outer variables only, recorded inside an inner run, used after it',
    graph: (x, b) => {
      let kept: V | undefined
      const g = gradBP((u: V) => {
        kept = x.mul(b)
        return dot(u.mul(u), kept)
      })(b)
      return dot(g, kept!)
    },
    gradient: (x, b) => [4 * x * b * b * b, 6 * x * x * b * b],
  },
  {
    title: 'an inner function that returns an outer variable has no gradient of its own',
    graph: (x, b) => dot(gradBP((_u: V) => x)(b), w).add(dot(x, b)),
    gradient: (x, b) => [b, x],
  },
  {
    title: 'three runs deep, each using the variables of all outside it',
    graph: (x, b) => {
      const middle = (u: V): Var<number> => {
        const innermost = gradBP((v: V) => dot(v.mul(v).mul(u), x.add(b)))(u)
        return dot(innermost, u.mul(x))
      }
      return dot(gradBP(middle)(b), w)
    },
    // innermost = 2u²(x + b); middle = Σ 2u³x(x + b); its gradient at b: 6b²x(x + b).
    gradient: (x, b, wi) => [wi * (12 * b * b * x + 6 * b * b * b), wi * (12 * b * x * x + 18 * b * b * x)],
  },
]

/** n elements of x from an offset on. */
const elements = (x: V, offset: number, n: number): V => slice('slice', x, offset, [n]) as V
const w2 = vector([0.7, -1.3])
/** Σ wᵢxᵢ² by elements. */
const squares = (x: V): Var<number> =>
  sequenceVar(x)
    .map((xi, i) => xi.mul(xi).mul(w.data[i]))
    .reduce((total, term) => total.add(term))

const parts: readonly Trap[] = [
  {
    title: 'one element is used, the others get zeros, not what was there',
    graph: x => sequenceVar(x)[0].mul(3),
  },
  {
    title: 'parts, each used twice',
    graph: x => squares(x).add(squares(x)),
    gradient: (x, _b, wi) => [4 * wi * x, 0],
  },
  {
    title: 'the whole is used before, between and after its parts',
    graph: (x, b) => {
      const before = dot(x, b)
      const first = squares(x)
      const between = dot(x.mul(x), x)
      const second = squares(x)
      return before.add(first).add(between).add(second).add(dot(x, w))
    },
    gradient: (x, b, wi) => [b + 4 * wi * x + 3 * x * x + wi, x],
  },
  {
    title: 'overlapping parts',
    graph: x =>
      dot(elements(x, 0, 4), elements(x, 1, 4))
        .add(dot(elements(x, 3, 2), w2))
        .add(dot(elements(x, 0, 2), elements(x, 3, 2))),
  },
  {
    title: 'parts of parts',
    graph: x => {
      const middle = elements(x, 1, 3)
      return dot(elements(middle, 1, 2), w2)
        .mul(sequenceVar(middle)[0])
        .add(dot(middle, middle))
    },
  },
  {
    title: 'a part is added to a cotangent that x has borrowed: its lender is read again, and b borrows as well',
    graph: (x, b) => {
      const early = squares(x)
      const y = x.add(b)
      return dot(y.mul(y), w).add(early)
    },
    gradient: (x, b, wi) => [2 * wi * (x + b) + 2 * wi * x, 2 * wi * (x + b)],
  },
  {
    title: 'x hands on a cotangent that is made of parts, and its target gets a part besides',
    graph: (x, b) => {
      const early = squares(b)
      const y = x.mul(x)
      const z = y.add(b)
      return squares(z).add(early)
    },
    gradient: (x, b, wi) => [4 * wi * x * (x * x + b), 2 * wi * (x * x + b) + 2 * wi * b],
  },
  {
    title: 'a cotangent made of parts is read by products, and grows no more after that',
    graph: (x, b) => {
      const y = x.mul(b)
      const z = y.mul(y)
      return squares(z).add(squares(y)).add(squares(x))
    },
    gradient: (x, b, wi) => [
      4 * wi * (x * b) ** 3 * b + 2 * wi * x * b * b + 2 * wi * x,
      4 * wi * (x * b) ** 3 * x + 2 * wi * x * x * b,
    ],
  },
  {
    title: 'seed at an input of which parts are used besides',
    graph: (x, b) => {
      const g = gradBP((u: V) => ({ u, part: squares(u), again: u.mul(b) }))(x)
      return dot(g, g)
    },
    gradient: (x, b, wi) => [2 * (1 + 2 * wi * x + b) * 2 * wi, 2 * (1 + 2 * wi * x + b)],
  },
  {
    title: 'a tensor is taken apart and put together again, and used on the way',
    graph: (x, b) => {
      const xs = sequenceVar(x)
      const y = collectVar(xs.map((xi, i) => xi.mul(sequenceVar(b)[i]))) as V
      return dot(y.mul(y), x).add(dot(y, w)).add(xs[2].mul(xs[4]).mul(0))
    },
    gradient: (x, b, wi) => [3 * x * x * b * b + wi * b, 2 * x * x * x * b + wi * x],
  },
  {
    title: 'one part stands at several places, constants beside it',
    graph: (x, b) => {
      const y = collectVar([sum(x), 2, sum(x), sum(b), sum(x)])
      return dot(y, w as Vector<5>).add(dot(y.mul(y), y))
    },
  },
  {
    title: 'rows, used alone and in the whole; values asked for in the middle',
    graph: (x, b) => {
      const table = collectVar([x, b, x.mul(b), vector([1, 2, 3, 4, 5])])
      const rows = sequenceVar(table)
      const factor = sum(rows[2]).value > 1e9 ? 1 : 2
      return dot(table, table)
        .mul(factor)
        .add(dot(rows[0], rows[2].mul(rows[3])))
        .add(dot(rows[0], w))
    },
  },
  {
    title: 'parts of an outer variable are collected in an inner run, used after it',
    graph: (x, b) => {
      let kept: V | undefined
      const g = gradBP((u: V) => {
        kept = collectVar(sequenceVar(x).map(xi => xi.mul(xi)))
        return dot(u.mul(u), kept)
      })(b)
      return dot(g, kept!)
    },
    gradient: (x, b) => [8 * b * x ** 3, 2 * x ** 4],
  },
  {
    title: 'one pullback inside the run, called for two seeds',
    graph: (x, b) => {
      const [y, pull] = backpropWith((u: V) => collectVar(sequenceVar(u).map(ui => ui.mul(ui).mul(ui))))(x)
      return dot(pull(b), w).add(dot(pull(b.mul(x)), y))
    },
    gradient: (x, b, wi) => [6 * wi * b * x + 18 * b * x ** 5, 3 * wi * x * x + 3 * x ** 6],
  },
  {
    title: 'a product, of elements that are cotangents of parts themselves',
    graph: (x, b) => product(x.add(b)).mul(product(gradBP((u: V) => product(u))(x))),
  },
]

const seeds: readonly Trap[] = [
  {
    title: 'seed at an input',
    graph: (x, b) => dot(gradBP((u: V) => u)(x), b).add(dot(x, w)),
    gradient: (_x, _b, wi) => [wi, 1],
  },
  {
    title: 'seed at an input that is used besides',
    graph: (x, b) => {
      const g = gradBP((u: V) => {
        dot(u, exp(u))
        return [u, u.mul(b)] as const
      })(x)
      return dot(g, w)
    },
    gradient: (_x, _b, wi) => [0, wi],
  },
  {
    title: 'seed at a constant',
    graph: (x, b) => dot(gradBP((_u: V) => constVar(w))(x), b).add(dot(x, b)),
    gradient: (x, b) => [b, x],
  },
  {
    title: 'seed at an inner node that later records use',
    graph: (x, b) => {
      const g = gradBP((u: V) => {
        const y = u.mul(u)
        exp(y).add(u)
        return y
      })(x)
      return dot(g, b)
    },
    gradient: (x, b) => [2 * b, 2 * x],
  },
  {
    title: 'seeds at an inner node and at what is made of it',
    graph: (x, b) => {
      const g = gradBP((u: V) => {
        const y = u.mul(u)
        return { last: y.mul(u), first: y, again: y }
      })(x)
      return dot(g, b)
    },
    gradient: (x, b) => [b * (6 * x + 4), 3 * x * x + 4 * x],
  },
]

const groups = { 'borrowed cotangent': borrowed, 'partial cover': partial, 'overwritten slot': overwritten }
const moreGroups = { parts, 'outer variable in an inner run': outerVars, 'place of the seed': seeds }

describe.each(Object.entries({ ...groups, ...moreGroups }))('%s', (_group, traps) => {
  describe.each(traps)('$title', ({ graph, gradient }) => {
    const onList = ([x, b]: Vars): Var<Leaf> => graph(x as unknown as V, b as unknown as V) as unknown as Var<Leaf>
    const pointFrom = (random: Random): [Vector, Vector] => [randomVector(5, random), randomVector(5, random)]

    test.each(gradient === undefined ? [] : [gradient])('first order: the gradient is as known', known => {
      seeded(random => {
        const [x, b] = pointFrom(random)
        dirtyMemory()
        const actual = gradBP(graph)(x, b)
        const pairs = Array.from(x.data, (xi, i) => known(xi, b.data[i], w.data[i]))
        expectClose(actual, [pairs.map(([byX]) => byX), pairs.map(([, byB]) => byB)], 1e-13)
      })()
    })

    test('first order: differences', () => {
      seeded(random => checkFirstOrder(onList, pointFrom(random), random))()
    })

    test('second order: differences of the pullback', () => {
      seeded(random => checkSecondOrder(onList, pointFrom(random), random))()
    })

    test('third order: differences of the second', () => {
      seeded(random => checkThirdOrder(onList, pointFrom(random), random))()
    })
  })
})
