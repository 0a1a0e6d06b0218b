/** What a user's function may do while it is called: run the library, throw, make memory grow; and what it may not. */
import {
  backprop,
  backpropWith,
  boxed,
  type Boxed,
  constVar,
  type Differentiable,
  dot,
  evalBP,
  gradBP,
  LostDerivativeError,
  op1,
  op2,
  runOp,
  sum,
  tapeOf,
  type Var,
  VarOutOfRunError,
  type Vector,
  vector,
  zeros,
} from 'backprop-wasm'
import { printTape } from 'backprop-wasm/inspect'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { bytesInUse, isRunOpen, linearBytes, tapeLevel } from '../support/tape.ts'

type N = Var<number>
type V = Var<Vector>

const cube = (x: N): N => x.mul(x).mul(x)

/** x³, by calls of the library itself in primal and pullback. */
const cubeOp = op1((x: number) => [evalBP(cube)(x), dz => [dz * gradBP(cube)(x)]])
const cubeAgain = op1(
  (x: number) => evalBP(cube)(x),
  (dz, x) => [dz.mul(gradBP(cube)(x))],
)

describe.each([
  ['plain values', cubeOp],
  ['variables', cubeAgain],
] as const)('the library is called in primal and pullback on %s', (_make, op) => {
  test('in a function, among ops of the engine', () => {
    expect(backprop((x: N, y: N) => op(x.mul(y)).add(op(x)).mul(y))(2, 3)).toEqual([
      (216 + 8) * 3,
      [3 * (3 * 36 * 3 + 12), 216 + 8 + 3 * 3 * 36 * 2],
    ])
  })

  test('in a pullback that outlives its run, outside and inside of another run', () => {
    const [value, pullback] = backpropWith((x: N) => op(op(x)))(1.5)
    expect(value).toBeCloseTo(1.5 ** 9)
    expect(pullback(1)).toBeCloseTo(9 * 1.5 ** 8)
    expect(
      gradBP((y: N) => {
        const z = y.mul(y)
        const before = pullback(2)
        return z.mul(before).add(op(z))
      })(2),
    ).toBeCloseTo(4 * 18 * 1.5 ** 8 + 6 * 2 ** 5)
    expect(pullback(1)).toBeCloseTo(9 * 1.5 ** 8)
  })

  test('in nested runs', () => {
    const inner = (x: N, y: N): N => op(y).mul(gradBP((z: N) => z.mul(z).mul(x))(y))
    expect(evalBP(inner)(2, 3)).toBe(27 * 12)
  })
})

test('second order through calls of the library', () => {
  expect(gradBP((x: N) => gradBP((y: N) => cubeAgain(y))(x))(2)).toBe(12)
})

describe('a pullback that outlives its run', () => {
  const product = op2((x: Vector, u: number) => [
    vector(x.data.map(xi => xi * u)),
    dz => [vector(dz.data.map(d => d * u)), dz.data.reduce((sum, d, i) => sum + d * x.data[i], 0)],
  ])

  test('walks over host ops of its own, many times', () => {
    const [, pullback] = backpropWith((x: V, u: N) => product(product(x, u).mul(x), u))(vector([1, 2]), 3)
    for (let i = 0; i < 3; i++) {
      const [byX, byU] = pullback(vector([1, 10]))
      expect(byX.toArray()).toEqual([2 * 9, 20 * 2 * 9])
      expect(byU).toBe(6 * (1 + 40))
    }
  })

  test('what a pullback records on an outer run stays there', () => {
    let outer: N | undefined
    let made: N | undefined
    const op = op1((x: number) => [
      x,
      dz => {
        made = outer?.mul(outer)
        return [dz]
      },
    ])
    const [, pullback] = backpropWith((x: N) => op(x).mul(2))(1)
    const gradient = gradBP((y: N) => {
      outer = y
      const before = y.mul(3)
      pullback(1)
      expect(made?.value).toBe(25)
      return (made as N).mul(before)
    })(5)
    expect(gradient).toBe(3 * 3 * 25)
  })
})

describe('what throws', () => {
  class Mine extends Error {}
  const inPrimal = op1((_x: number): [number, () => [number]] => {
    throw new Mine('primal')
  })
  const inPullback = op1((x: number) => [
    x,
    (): [number] => {
      throw new Mine('pullback')
    },
  ])
  const inPullbackOnVars = op1(
    (x: number) => x,
    (): [number] => {
      throw new Mine('pullback')
    },
  )

  test.each([
    ['primal', inPrimal],
    ['pullback', inPullback],
    ['pullback on variables', inPullbackOnVars],
  ] as const)('%s: the error comes through, the engine goes on', (_where, op) => {
    const f = (x: N): N => op(x.mul(x)).mul(x)
    for (let i = 0; i < 100; i++) expectFailure(() => gradBP(f)(2), Mine)
    expect(isRunOpen()).toBe(false)
    expect(gradBP((x: N) => cube(x))(2)).toBe(12)
    const around = (x: N): N => {
      const y = x.mul(x)
      expect(() => gradBP(f)(3)).toThrow(Mine)
      expect(() => gradBP(f)(x).value).toThrow(Mine)
      return y.mul(x)
    }
    expect(backprop(around)(2)).toEqual([8, 12])
    expect(gradBP((x: N) => gradBP(around)(x))(2)).toBe(12)
  })

  test('in a pullback that outlives its run: it may be called again', () => {
    let fail = true
    const op = op1((x: number) => [
      x * x,
      dz => {
        if (fail) throw new Mine('now')
        return [2 * x * dz]
      },
    ])
    const [, pullback] = backpropWith((x: N) => op(op(x)))(3)
    expectFailure(() => pullback(1), Mine)
    fail = false
    expect(pullback(1)).toBe(4 * 27)
  })

  test('caught in the function: nothing is left of the call', () => {
    const f = (x: N): N => {
      const before = tapeLevel()
      expect(() => inPrimal(x)).toThrow(Mine)
      expect(tapeLevel()).toEqual(before)
      return x.mul(x)
    }
    expect(gradBP(f)(3)).toBe(6)
  })
})

describe('code of the user’s that is reached in other ways uses the engine', () => {
  const twice = (x: number): number => evalBP((y: N) => y.mul(2))(x)

  test('the one of a dictionary, by a pullback that outlives its run', () => {
    const numbers: Differentiable<number> = { zero: () => 0, one: () => twice(0.5), add: (x, y) => twice(x + y) / 2 }
    const square = op1((x: Boxed<number>) => [
      boxed(x.value ** 2, numbers),
      dz => [boxed(2 * x.value * dz.value, numbers)],
    ])
    const [, pullback] = backpropWith((x: Var<Boxed<number>>) => square(x))(boxed(3, numbers))
    const ones = pullback as unknown as () => Boxed<number>
    expect(ones().value).toBe(6)
    expect(ones().value).toBe(6)
  })

  test('a getter in what a pullback gives', () => {
    const product = op1((x: { a: number; b: number }) => [
      x.a * x.b,
      dz => [
        {
          get a() {
            return twice(x.b * dz) / 2
          },
          get b() {
            return twice(x.a * dz) / 2
          },
        },
      ],
    ])
    const f = (a: N, b: N): N => product({ a, b }).mul(a)
    const [, pullback] = backpropWith(f)(3, 4)
    expect(gradBP(f)(3, 4)).toEqual([24, 9])
    expect(pullback(1)).toEqual([24, 9])
    expect(pullback(1)).toEqual([24, 9])
  })
})

test('a result is read once, though a getter may give something else the next time', () => {
  let reads = 0
  const op = op1((x: number) => [
    {
      get y(): number | Vector {
        return reads++ === 0 ? vector([x, x]) : x
      },
    },
    ({ y }) => [typeof y === 'number' ? NaN : y.data[0] + y.data[1]],
  ])
  expect(gradBP((x: N) => sum(op(x).y as V))(3)).toBe(2)
  expect(reads).toBe(1)
})

describe('memory', () => {
  test('grows in primal and pullback', () => {
    const before = linearBytes()
    const big = (): void => {
      evalBP((x: V) => x.add(1))(zeros(4_000_000))
    }
    const op = op2((x: Vector, u: number) => {
      big()
      return [
        vector(x.data.map(xi => u * xi)),
        dz => {
          evalBP((x: V) => x.add(1).mul(2).exp())(zeros(8_000_000))
          return [vector(dz.data.map(d => u * d)), dz.data.reduce((sum, d, i) => sum + d * x.data[i], 0)]
        },
      ]
    })
    const f = (x: V, u: N): N => dot(op(x.mul(x), u), x).mul(u)
    const [byX, byU] = gradBP(f)(vector([1, 2]), 3)
    expect(linearBytes()).toBeGreaterThan(before)
    expect(byX.toArray()).toEqual([27, 108])
    expect(byU).toBe(2 * 3 * 9)
  })

  test('is as it was after every run', () => {
    const op = op1((x: Vector) => [
      vector(x.data.map(xi => xi * xi)),
      dz => [vector(dz.data.map((d, i) => 2 * d * x.data[i]))],
    ])
    const f = gradBP((x: V) => op(op(x.mul(x)).add(x)))
    const x = zeros(10_000)
    f(x)
    const before = bytesInUse()
    for (let i = 0; i < 200; i++) f(x)
    expect(bytesInUse()).toBe(before)
  })
})

test('a variable that leaks out of its run by way of an op', () => {
  let leaked: N | undefined
  const op = op1((x: number) => [x, dz => [dz]])
  gradBP((x: N) => (leaked = op(x)))(3)
  expectFailure(() => leaked?.value, VarOutOfRunError)
  expectFailure(() => op(leaked as N), VarOutOfRunError)
  expect(runOp(op)(3)).toBe(3)
})

describe('nested runs', () => {
  const product = op2((x: number, y: number) => [x * y, dz => [dz * y, dz * x]])
  const sizes = op1((x: Vector) => [{ n: x.data.length * 1, x }, dz => [dz.x]])

  test('a derivative by an outer variable that would be lost is an error', () => {
    const f = (x: N): N => x.mul(evalBP((y: N) => product(y, x))(3))
    expectFailure(() => gradBP(f)(2), LostDerivativeError)
    const g = (x: V): N => (x.value.at(0) > 0 ? constVar(evalBP((y: N) => sizes(x).n.mul(y))(3)) : sizes(x).n)
    expectFailure(() => gradBP(g)(vector([1, 2])), LostDerivativeError)
    expect(gradBP((x: N) => x.mul(evalBP((y: N) => product(y, x))(constVar(3))))(2)).toBe(12)
  })

  test('an op on outer variables only, recorded inside an inner run, used after it', () => {
    const f = (x: N, b: N): N => {
      let kept: N | undefined
      const g = gradBP((u: N) => {
        kept = product(x, b)
        return u.mul(u).mul(kept)
      })(b)
      return g.mul(kept as N)
    }
    // 2b·xb · xb
    expect(gradBP(f)(2, 3)).toEqual([4 * 2 * 27, 6 * 4 * 9])
  })
})

test('what is seen of the tape', () => {
  const op = op2((x: number, y: number) => [x * y, dz => [dz * y, dz * x]])
  const parts = op1((x: number) => [{ x, all: vector([x, x]) }, dz => [dz.x + dz.all.at(0) + dz.all.at(1)]])
  const { slots, constants } = tapeOf((x: N, y: N) => parts(op(x, y).add(1)))(2, 3)
  expect(printTape(slots, constants).split('\n')).toEqual([
    '%-1 = Leaf : number',
    '%0 = Leaf : number',
    '%1 = Leaf : number',
    '%2 = Host %0 %1 : number',
    '%3 = Add %2 %-1 : number',
    '%4 = Host : host',
    '%5 = Host : number',
    '%6 = Host : 2',
  ])
})

test('primals run once, in the order of the records', () => {
  const order: string[] = []
  const tell = (name: string) =>
    op1((x: number) => {
      order.push(name)
      return [
        x + 1,
        dz => {
          order.push(`back ${name}`)
          return [dz]
        },
      ]
    })
  const [a, b] = [tell('a'), tell('b')]
  gradBP((x: N) => {
    const y = a(x.mul(2))
    const z = b(y.mul(y))
    return z.add(y)
  })(1)
  expect(order).toEqual(['a', 'b', 'back b', 'back a'])
})
