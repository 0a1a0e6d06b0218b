/** The Taylor operators: values, structures, nesting, programs, batches. */
import {
  checkpoint,
  collectVar,
  compile,
  constVar,
  derivatives,
  directionalDerivatives,
  dot,
  evalBP,
  fixed,
  gradBP,
  hessian,
  jet,
  jvp,
  log1p,
  LostDerivativeError,
  OrderError,
  maclaurin,
  matrix,
  matVec,
  resident,
  sequenceVar,
  stopGradient,
  sum,
  taylor,
  toFloat64,
  UsageError,
  StructureMismatchError,
  ShapeMismatchError,
  vector,
  vector32,
  vmap,
  type BVar,
  type Fixed,
  type Matrix,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { current } from '../../src/run.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

type N = Var<number>

/** Σ tᵏ·termₖ. */
function sumOf(terms: readonly number[], t: number): number {
  return terms.reduceRight((total, term) => total * t + term, 0)
}

describe('one number', () => {
  test('diffs sin at 1, as of ad', () => {
    const expected = Array.from({ length: 13 }, (_, k) => [Math.sin(1), Math.cos(1), -Math.sin(1), -Math.cos(1)][k % 4])
    expectClose(derivatives((x: N) => x.sin(), 12)(1), expected, 1e-14)
  })

  test('taylor exp, of order 20, and its sum', () => {
    const terms = taylor((x: N) => x.exp(), 20)(0, 1)
    let factorial = 1
    terms.forEach((term, k) => {
      factorial *= Math.max(k, 1)
      expect(term * factorial).toBeCloseTo(1, 14)
    })
    expect(sumOf(terms, 1)).toBeCloseTo(Math.E, 14)
    const half = taylor((x: N) => x.exp(), 20)(1, -0.5)
    expect(half.reduce((a, b) => a + b)).toBeCloseTo(Math.exp(0.5), 14)
  })

  test('maclaurin series as they are in tables', () => {
    expectClose(maclaurin((x: N) => x.cos(), 6)(1), [1, 0, -1 / 2, 0, 1 / 24, 0, -1 / 720], 1e-15)
    expectClose(maclaurin((x: N) => x.mul(-1).add(1).recip(), 8)(1), Array(9).fill(1), 1e-15)
    expectClose(maclaurin((x: N) => x.tanh(), 7)(1), [0, 1, 0, -1 / 3, 0, 2 / 15, 0, -17 / 315], 1e-15)
    expectClose(maclaurin((x: N) => x.add(1).sqrt(), 4)(1), [1, 1 / 2, -1 / 8, 1 / 16, -5 / 128], 1e-15)
    // Of a structure, at its zero.
    const f = (p: BVar<{ a: number; v: Vector<2> }>): N => p.a.exp().mul(sum(p.v).add(2))
    expectClose(maclaurin(f, 2)({ a: 1, v: vector([1, 2], 2) }), [2, 5, 4], 1e-15)
  })

  test('polynomials end, exactly', () => {
    const p = (x: N): N => x.pow(3).mul(2).sub(x.mul(x)).add(7)
    expect(derivatives(p, 8)(3)).toEqual([52, 48, 34, 12, 0, 0, 0, 0, 0])
    // At an infinity no zero is multiplied.
    expect(derivatives((x: N) => x.pow(2), 4)(Infinity)).toEqual([Infinity, Infinity, 2, 0, 0])
    expect(derivatives((x: N) => x.mul(x).mul(x), 4)(-0)).toEqual([-0, 0, -0, 6, 0])
    // No logarithm is taken.
    expect(derivatives((x: N) => x.pow(2), 3)(-3)).toEqual([9, -6, 2, 0])
    expect(derivatives((x: N) => x.pow(0), 3)(0)).toEqual([1, 0, 0, 0])
    expect(derivatives((x: N) => x.pow(16), 17)(1).at(-2)).toBe(20922789888000)
  })

  test('powers of every kind', () => {
    // x ** 2.5, whose third derivative is infinite at 0.
    expect(derivatives((x: N) => x.pow(2.5), 5)(0)).toEqual([0, 0, 0, Infinity, -Infinity, Infinity])
    const expected = (b: number, x: number, k: number): number =>
      Array.from({ length: k }, (_, i) => b - i).reduce((a, c) => a * c, 1) * x ** (b - k)
    for (const b of [2.5, -3, 40, -0.5]) {
      const all = derivatives((x: N) => x.pow(b), 20)(1.5)
      all.forEach((value, k) => {
        expect(Math.abs(value / expected(b, 1.5, k) - 1)).toBeLessThan(1e-12)
      })
    }
    // 2 ** x, beyond the orders that the engine has powers for; x ** x.
    derivatives(
      (x: N) => sumLike(2).pow(x),
      18,
    )(1.5).forEach((value, k) => {
      expect(Math.abs(value / (2 ** 1.5 * Math.LN2 ** k) - 1)).toBeLessThan(1e-12)
    })
    expectClose(derivatives((x: N) => x.pow(x), 18)(2), derivatives((x: N) => x.mul(x.log()).exp(), 18)(2), 1e-12)
    expect(derivatives((x: N) => x.pow(x.add(1)), 1)(0)).toEqual([0, 1])
  })

  test('a power by a constant count is exact at 0 to every order, wherever the exponent stands', () => {
    const oneAt = (n: number, order: number): number[] => Array.from({ length: order + 1 }, (_, k) => Number(k === n))
    for (const n of [0, 1, 7, 17, 20, 40]) {
      expect(taylor((x: N) => x.pow(n), n + 2)(0, 1)).toEqual(oneAt(n, n + 2))
      expect(taylor((x: N, y: N) => x.pow(y), n + 2, { wrt: 0 })(0, n, 1)).toEqual(oneAt(n, n + 2))
    }
    expect(compile(taylor((x: N) => x.pow(20), 22))(0, 1)).toEqual(oneAt(20, 22))
    const exponents = vector([7, 6, 0, 19, 2.5])
    const columns = [oneAt(7, 21), oneAt(6, 21), oneAt(0, 21), oneAt(19, 21)]
    const atZero = taylor((x: Var<Vector>) => x.pow(exponents), 21)(vector([0, 0, 0, 0, 2]), vector([1, 1, 1, 1, 1]))
    expect(columns.map((_, i) => atZero.map(term => term.at(i)))).toEqual(columns)
    const half = taylor((x: N) => x.pow(2.5), 21)(2, 1)
    expectClose(
      atZero.map(term => term.at(4)),
      half,
      1e-14,
    )
    const asData = taylor((x: Var<Vector>, y: Var<Vector>) => x.pow(y), 21, { wrt: 0 })
    expect(asData(vector([0, 0, 0, 0, 2]), exponents, vector([1, 1, 1, 1, 1]))).toEqual(atZero)
    // A number to the powers of a tensor, and what the engine has as a derivative of a power.
    const spread = taylor((x: N) => x.pow(exponents), 8)(1.5, 1)
    const slopes = taylor((x: N) => gradBP((y: N) => y.pow(exponents))(x), 8)(1.5, 1)
    for (const [i, n] of [...exponents.data].entries()) {
      const alone = taylor((x: N) => x.pow(n), 9)(1.5, 1)
      expectClose(
        spread.map(term => term.at(i)),
        alone.slice(0, 9),
        1e-13,
      )
    }
    const total = taylor((x: N) => sum(x.pow(exponents)), 9)(1.5, 1)
    expectClose(
      slopes,
      total.slice(1).map((term, k) => term * (k + 1)),
      1e-13,
    )
    // A product's error is one of the exponent's size in ε, which a rounding of the base makes, too.
    taylor((x: N) => x.pow(1000), 6)(1.001, 1).forEach((term, k) => {
      const exact =
        Array.from({ length: k }, (_, i) => (1000 - i) / (i + 1)).reduce((a, c) => a * c, 1) * 1.001 ** (1000 - k)
      expect(Math.abs(term / exact - 1)).toBeLessThan(1000 * 2 ** -52)
    })
  })

  test('constants, and what ends derivatives', () => {
    expect(derivatives((x: N) => ({ y: x.mul(0).add(2), z: stopGradient(x), c: sumLike(5) }), 2)(3)).toEqual([
      { y: 2, z: 3, c: 5 },
      { y: 0, z: 0, c: 0 },
      { y: 0, z: 0, c: 0 },
    ])
    expect(taylor((x: N) => x.exp(), 0)(0, 1)).toEqual([1])
  })

  test('branches by value', () => {
    const f = (x: N): N => (x.gt(1) ? x.mul(x) : x.value < 0 ? x.neg() : x.exp())
    expect(derivatives(f, 2)(3)).toEqual([9, 6, 2])
    expect(derivatives(f, 2)(-3)).toEqual([3, -1, 0])
    expect(derivatives(f, 2)(0)).toEqual([1, 1, 1])
    // Newton's method for a square root, differentiated through its loop.
    const root = (x: N): N => {
      let y = x
      for (let i = 0; i < 60 && Math.abs(y.value * y.value - x.value) > 1e-14; i++) y = x.div(y).add(y).mul(0.5)
      for (let i = 0; i < 4; i++) y = x.div(y).add(y).mul(0.5)
      return y
    }
    expectClose(derivatives(root, 5)(2), derivatives((x: N) => x.sqrt(), 5)(2), 1e-12)
  })
})

/** A constant of the run. */
function sumLike(x: number): N {
  return sum(vector([x, 0]))
}

type Model = { w: Matrix<2, 3>; b: Vector<2>; scale: number; name: string; count: Fixed<number> }
const random = new Random(1)
const model = (): Model => ({
  w: randomMatrix(2, 3, random),
  b: randomVector(2, random),
  scale: 1.5,
  name: 'layer',
  count: fixed(2),
})
const layer = (m: BVar<Model>, x: Var<Vector<3>>) => {
  const y = matVec(m.w, x).add(m.b).tanh()
  return { y, parts: [dot(y, y).mul(m.scale), m.name] as const, w: m.w.mul(m.scale).sin() }
}

describe('structures and directions', () => {
  test('value and first order are those of jvp, the others those of nested jvp', () => {
    const [m, x, dm, dx] = [model(), randomVector(3, random), model(), randomVector(3, random)]
    const all = directionalDerivatives(layer, 3)(m, x, [dm, dx])
    const first = (n: BVar<Model>, z: Var<Vector<3>>) => jvp(layer)(n, z, [dm, dx])[1]
    const second = (n: BVar<Model>, z: Var<Vector<3>>) => jvp(first)(n, z, [dm, dx])[1]
    expect(all[0]).toEqual(evalBP(layer)(m, x))
    expectClose(all[1], jvp(layer)(m, x, [dm, dx])[1], 1e-15)
    expect(all[1].parts[1]).toBe('layer')
    expectClose(all[2], jvp(first)(m, x, [dm, dx])[1], 1e-13)
    expectClose(all[3], jvp(second)(m, x, [dm, dx])[1], 1e-12)
    expect(all[3].parts[1]).toBe('layer')
  })

  test('wrt: the other arguments are data', () => {
    const [m, x, dm, dx] = [model(), randomVector(3, random), model(), randomVector(3, random)]
    const still = { ...dm, w: matrix([0, 0, 0, 0, 0, 0], 2, 3), b: vector([0, 0], 2), scale: 0 }
    const byX = taylor(layer, 3, { wrt: 1 })(m, x, dx)
    expectClose(byX, taylor(layer, 3)(m, x, [still, dx]), 1e-15)
    expectClose(taylor(layer, 2, { wrt: [1] })(m, x, [dx]), byX.slice(0, 3), 0)
    const [, , , cubic] = taylor((p: BVar<Model>, z: N) => z.pow(3).mul(p.scale), 3, { wrt: 1 })(m, 2, 1)
    expect(cubic).toBe(1.5)
  })

  test('Maps, tuples, empty tensors, resident parameters', () => {
    const f = (p: ReadonlyMap<string, N>): readonly [N, Map<string, N>] => {
      const x = p.get('x') as N
      return [x.mul(x), new Map([['y', x.exp()]])]
    }
    const terms = taylor(f, 2)(new Map([['x', 0]]), new Map([['x', 1]]))
    expect(terms).toEqual([
      [0, new Map([['y', 1]])],
      [0, new Map([['y', 1]])],
      [1, new Map([['y', 0.5]])],
    ])
    const none = taylor((v: Var<Vector>) => ({ v: v.sin(), s: sum(v) }), 2)(vector([]), vector([]))
    expect(none.map(({ v, s }) => [v.shape, s])).toEqual([
      [[0], 0],
      [[0], 0],
      [[0], 0],
    ])
    const parameters = resident({ x: vector([1, 2], 2) })
    const square = (p: BVar<{ x: Vector<2> }>): N => dot(p.x, p.x)
    expect(taylor(square, 2)(parameters, { x: vector([1, 0], 2) })).toEqual([5, 2, 1])
    parameters.free()
  })

  test('float32 stays float32', () => {
    const terms = taylor((x: Var<ReturnType<typeof vector32>>) => ({ y: x.sin(), z: toFloat64(x) }), 2)(
      vector32([0.5, 1]),
      vector32([1, 2]),
    )
    expect(terms.map(({ y, z }) => [y.dtype, z.dtype])).toEqual(Array(3).fill(['float32', 'float64']))
    expectClose(terms[2].y, [-Math.sin(0.5) / 2, -2 * Math.sin(1)], 1e-6)
  })
})

test('a chain of 100000 ops is not too deep', () => {
  const f = (x: N): N => {
    let y = x
    for (let i = 0; i < 50_000; i++) y = y.sin().mul(1.0001)
    return y
  }
  const [value, first, second] = derivatives(f, 2)(0)
  expect(Math.abs(value) + Math.abs(second)).toBe(0)
  expect(first).toBeCloseTo(1.0001 ** 50_000, 8)
})

test('what is used again far along a chain, beyond what series are shared for, has its series still', () => {
  const f = (x: N): N[] => {
    const [sine, cosine] = [x.sin(), x.cos()]
    let y = x
    for (let i = 0; i < 700; i++) y = y.mul(0.99).add(y.mul(sine).tanh().mul(0.01))
    return [y, sine.mul(cosine), x.sin().mul(x.cos()), x.mul(x)]
  }
  const nested = (order: number): ((x: N) => N[]) =>
    order === 0 ? f : (x: N) => jvp(nested(order - 1))(x, constVar(1))[1]
  const terms = derivatives(f, 3)(0.4)
  for (let k = 0; k <= 3; k++) expectClose(terms[k], evalBP(nested(k))(0.4), 1e-10)
  expectClose(
    terms.map(term => term[1]),
    terms.map(term => term[2]),
    1e-12,
  )
})

test('a direction from around a function of plain results would lose its derivative', () => {
  const f = (d: N): N => d.mul(gradBP((y: N) => y.mul(taylor((x: N) => x.exp(), 2)(1, d)[1]))(3))
  expect(() => gradBP(f)(2)).toThrow(LostDerivativeError)
})

describe('together with other operators', () => {
  const f = (x: N, a: N): N => x.mul(a).sin().mul(x.exp())

  test('the gradient of a coefficient', () => {
    const second = (a: N): N => taylor((x: N) => f(x, a), 2)(constVar(0.3), 1)[2]
    const nested = (a: N): N => gradBP((x: N) => gradBP((y: N) => f(y, a))(x))(constVar(0.3)).mul(0.5)
    expectClose(gradBP(second)(0.7), gradBP(nested)(0.7), 1e-13)
    // By the direction, and by the point.
    const byBoth = gradBP((x: N, dx: N) => taylor((y: N) => y.exp(), 3)(x, dx)[3])(0.3, 2)
    expectClose(byBoth, [(Math.exp(0.3) * 8) / 6, (Math.exp(0.3) * 12) / 6], 1e-14)
  })

  test('series of a function that has gradients, and series, inside', () => {
    const slope = (x: N): N => gradBP((y: N) => y.mul(x).sin())(x)
    expectClose(derivatives(slope, 3)(0.4), derivatives((x: N) => x.mul(x).cos().mul(x), 3)(0.4), 1e-13)
    const inner = (x: N): N => taylor((y: N) => y.mul(x).exp(), 3)(x, 1)[3]
    const plain = (x: N): N => x.pow(3).mul(x.mul(x).exp()).div(6)
    expectClose(derivatives(inner, 4)(0.4), derivatives(plain, 4)(0.4), 1e-12)
  })

  test('through what is computed again', () => {
    const g = (x: N): N => x.sin().mul(x.exp())
    expectClose(
      derivatives((x: N) => checkpoint(g)(x).mul(x), 4)(0.3),
      derivatives((x: N) => g(x).mul(x), 4)(0.3),
      1e-14,
    )
  })

  test('no perturbation confusion', () => {
    // d/dx (x · d/dy (x + y)) = 1
    expect(derivatives((x: N) => x.mul(derivatives((y: N) => x.add(y), 1)(x)[1]), 2)(3)).toEqual([3, 1, 0])
    // The outer variable is a constant of the inner series, also where both are the same.
    const g = (x: N): N => taylor((y: N) => y.mul(x), 1)(x, 1)[1]
    expect(derivatives(g, 2)(5)).toEqual([5, 1, 0])
  })

  test('compile: the same, and nothing is recorded again', () => {
    const terms = taylor((x: N) => x.sin().div(x.exp().add(2)).tanh(), 8)
    const program = compile(terms)
    for (const [x, dx] of [
      [0.3, 1],
      [-2, 0.5],
      [1, -1],
    ] as const) {
      expectClose(program(x, dx), terms(x, dx), 1e-13)
    }
  })

  test('compile: a branch is a condition', () => {
    const program = compile(derivatives((x: N) => (x.gt(0) ? x.mul(x) : x.exp()), 2))
    expect([program(3), program(0), program(5)]).toEqual([
      [9, 6, 2],
      [1, 1, 1],
      [25, 10, 2],
    ])
    expect(program.recordings).toBe(2)
  })

  test('vmap, on either side', () => {
    const xs = vector([0.1, 0.5, 2], 3)
    const terms = vmap((x: N) => derivatives((y: N) => log1p(y.mul(y).exp()), 4)(x))(xs)
    const each = Array.from(xs.data, x => derivatives((y: N) => log1p(y.mul(y).exp()), 4)(x))
    terms.forEach((batch, k) => {
      expectClose(
        batch,
        each.map(all => all[k]),
        1e-13,
      )
    })
    const along = taylor((v: Var<Vector<3>>) => sum(vmap((x: N) => x.sin().mul(x))(v)), 4)(xs, vector([1, 0, 2], 3))
    expectClose(along, taylor((v: Var<Vector<3>>) => dot(v.sin(), v), 4)(xs, vector([1, 0, 2], 3)), 1e-14)
    const ofOperator = taylor(
      gradBP((x: N) => x.pow(4)),
      2,
    )(2, 1)
    expect(ofOperator).toEqual([32, 48, 24])
    expect(vmap(taylor((x: N) => x.mul(x), 2))(xs, vector([1, 1, 1], 3))[2].toArray()).toEqual([1, 1, 1])
  })
})

describe('jet', () => {
  test('exp(x·y) at (1, 2), as of ad', () => {
    const f = (x: N, y: N): N => x.mul(y).exp()
    const e = Math.exp(2)
    const [value, gradient, second, third] = jet(f, 3)(1, 2)
    expectClose(value, e, 1e-15)
    expectClose(gradient, [2 * e, e], 1e-15)
    expectClose(second, [4 * e, 3 * e, 3 * e, e], 1e-14)
    expectClose(
      third,
      [8, 8, 8, 4, 8, 4, 4, 1].map(c => c * e),
      1e-14,
    )
    expect(third[0][1][0]).toBeCloseTo(8 * e, 12)
  })

  test('the orders are those of jacobian and hessian, and of series along directions', () => {
    const f = (v: Var<Vector<3>>): N => dot(v.sin(), v.mul(v)).exp()
    const x = vector([0.1, -0.4, 0.7], 3)
    const [value, gradient, second, third] = jet(f, 3)(x)
    expect([gradient.shape, second.shape, third.shape]).toEqual([[3], [3, 3], [3, 3, 3]])
    expect(value).toBe(evalBP(f)(x))
    expectClose(gradient, gradBP(f)(x), 1e-15)
    expectClose(second, hessian(f)(x), 1e-13)
    const d = [0.3, -1, 2]
    const along = directionalDerivatives(f, 3)(x, vector(d, 3))
    const cube = flat(third).reduce((t, c, i) => t + c * d[Math.floor(i / 9)] * d[Math.floor(i / 3) % 3] * d[i % 3], 0)
    expectClose(cube, along[3], 1e-12)
  })

  test('structures, wrt, order 0', () => {
    const f = (p: BVar<{ a: number; v: Vector<2> }>, s: N) => ({ y: p.v.mul(p.a).mul(s) })
    const [zeroth, first, second] = jet(f, 2, { wrt: 0 })({ a: 2, v: vector([1, 3], 2) }, 10)
    expect(zeroth.y.toArray()).toEqual([20, 60])
    expect([first.y.a.toArray(), first.y.v.toArray()]).toEqual([
      [10, 30],
      [
        [20, 0],
        [0, 20],
      ],
    ])
    expect(second.y.a.v.toArray()).toEqual([
      [10, 0],
      [0, 10],
    ])
    expect(second.y.v.v.shape).toEqual([2, 2, 2])
    expect(jet((x: N) => x.exp(), 0)(0)).toEqual([1])
  })
})

describe('mistakes', () => {
  test('are named, and leave the engine usable', () => {
    const f = (x: N): N => x.exp()
    for (const order of [-1, 1.5, NaN, undefined]) {
      expect(() => taylor(f, order as never)).toThrow(UsageError)
      expect(() => derivatives(f, order as never)).toThrow(UsageError)
      expect(() => jet(f, order as never)).toThrow(UsageError)
      expect(() => maclaurin(f, order as never)).toThrow(UsageError)
    }
    expect(() => taylor(3 as never, 2)).toThrow(UsageError)
    expect(() => taylor(f, 2, { with: 0 } as never)).toThrow(UsageError)
    expect(() => taylor(f, 2)(1, vector([1]) as never)).toThrow(StructureMismatchError)
    expect(() => taylor((x: Var<Vector>) => sum(x), 2)(vector([1, 2]), vector([1]))).toThrow(ShapeMismatchError)
    expect(() => (derivatives(f, 2) as (x: unknown) => unknown)(vector([1]))).toThrow(UsageError)
    expect(() =>
      taylor((_x: N): N => {
        throw new RangeError('mine')
      }, 2)(1, 1),
    ).toThrow(RangeError)
    expect(current).toBeUndefined()
    expect(taylor(f, 1)(0, 1)).toEqual([1, 1])
  })

  test('orders whose factorial is no number', () => {
    const square = (x: N): N => x.mul(x)
    expect(derivatives(square, 170)(3)).toEqual([9, 6, 2, ...Array.from({ length: 168 }, () => 0)])
    const all = derivatives((x: N) => x.exp(), 170)(0)
    expect(all.every(x => Math.abs(x - 1) < 1e-12)).toBe(true)
    for (const make of [() => derivatives(square, 171), () => directionalDerivatives(square, 171)]) {
      expect(make).toThrow(OrderError)
      expect(make).toThrow(/of order 171 .*171!.*: taylor\.$/)
    }
    expect(taylor(square, 171)(3, 1)).toHaveLength(172)
    const single = directionalDerivatives((x: Var<Vector32<1>>) => x.exp(), 34)(vector32([0], 1), vector32([1], 1))
    expect(single.every(x => Math.abs(x.at(0) - 1) < 1e-4)).toBe(true)
    expect(() =>
      directionalDerivatives((x: Var<Vector32<1>>) => x.exp(), 35)(vector32([0], 1), vector32([1], 1)),
    ).toThrow(/35!, which is larger than any number of float32/)
  })
})

describe('parts, which are worked on in place', () => {
  /** Its gradient adds two parts at the same place, of which the first, the last one read, has a constant derivative. */
  const twice = (v: Var<Vector<2>>): N => {
    const [b, c] = sequenceVar(v)
    const [a] = sequenceVar(v)
    return a.mul(a).add(b.sin()).add(c.exp())
  }
  const slopes = gradBP(twice)
  const at = (t: N): Var<Vector<2>> => slopes(collectVar([t, t.mul(2)]))

  test('the series of a gradient of parts, compiled and called again', () => {
    const terms = derivatives(at, 3)
    const expected = (t: number): number[][] => [
      [2 * t + Math.cos(t), Math.exp(2 * t)],
      [2 - Math.sin(t), 2 * Math.exp(2 * t)],
      [-Math.cos(t), 4 * Math.exp(2 * t)],
      [Math.sin(t), 8 * Math.exp(2 * t)],
    ]
    const program = compile(terms)
    for (const t of [0.3, 0.3, -1, 0.3]) {
      expectClose(terms(t), expected(t), 1e-13)
      expectClose(program(t), expected(t), 1e-13)
    }
  })

  test('numbers into a vector of float32', () => {
    const f = (v: Var<Vector32<2>>): Var<Vector32<2>> => {
      const [a, b] = sequenceVar(v)
      return gradBP((w: Var<Vector32<2>>) => sequenceVar(w)[1].mul(a).mul(b).add(sequenceVar(w)[0].sin()))(v)
    }
    const terms = taylor(f, 2)(vector32([0.5, 2], 2), vector32([1, 0], 2))
    expect(terms.map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'float32'])
    expectClose(terms, [Math.cos(0.5), 1, -Math.sin(0.5), 2, -Math.cos(0.5) / 2, 0], 1e-6)
  })
})
