/** Ops and types of the user's in batches: each sample has its own call, its own pullback. */
import {
  backprop,
  evalBP,
  gradBP,
  NotTwiceDifferentiableError,
  op1,
  op2,
  op3,
  opN,
  stopGradient,
  sum,
  vector,
  vmap,
  withBatchRule,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

const numbers = vector([1, 2, 3], 3)
const cube = op1((x: number) => [x ** 3, dz => [3 * x * x * dz]])
const cubeOnVars = op1(
  (x: number) => x ** 3,
  (dz, x) => [dz.mul(x).mul(x).mul(3)],
)
const scaled = op2((a: number, v: Vector) => [
  vector(v.data.map(x => a * x)),
  dz => [v.data.reduce((t, x, i) => t + x * dz.at(i), 0), vector(dz.data.map(d => a * d))],
])
const both = op1((x: number) => [
  { square: x * x, parts: [x, 2 * x] as [number, number] },
  dz => [2 * x * dz.square + dz.parts[0] + 2 * dz.parts[1]],
])

describe('ops on plain values', () => {
  test('are called once for each sample', () => {
    const seen: number[] = []
    const spy = op1((x: number) => {
      seen.push(x)
      return [x + 1, dz => [dz]]
    })
    expect(vmap((x: Var<number>) => spy(x.mul(2)))(numbers).toArray()).toEqual([3, 5, 7])
    expect(seen).toEqual([2, 4, 6])
  })

  test('gradients of a batch and of each sample', () => {
    const f = (x: Var<number>): Var<number> => cube(x.mul(2)).add(x)
    expect(vmap(gradBP(f))(numbers).toArray()).toEqual([25, 97, 217])
    expect(gradBP((x: Var<Vector<3>>) => vmap(f)(x))(numbers).toArray()).toEqual([25, 97, 217])
    const [values, slopes] = vmap(backprop(f))(numbers)
    expect([values.toArray(), slopes.toArray()]).toEqual([
      [9, 66, 219],
      [25, 97, 217],
    ])
  })

  test('tensors, structures, shared operands', () => {
    const v = vector([1, 10], 2)
    const f = (a: Var<number>, x: Var<Vector>): Var<Vector> => scaled(a, x)
    expect(vmap(f, { shared: 1 })(numbers, v).toArray()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ])
    const [byA, byV] = gradBP((a: Var<Vector<3>>, x: Var<Vector>) => vmap(f, { shared: 1 })(a, x))(numbers, v)
    expect([byA.toArray(), byV.toArray()]).toEqual([
      [11, 11, 11],
      [6, 6],
    ])
    const perSample = vmap(gradBP(f), { shared: 1 })(numbers, v)
    expect(perSample[1].toArray()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    const g = (x: Var<number>): Var<number> => {
      const { square, parts } = both(x)
      return square.add(parts[0]).mul(parts[1])
    }
    const expected = [1, 2, 3].map(x => gradBP(g)(x))
    expect(vmap(gradBP(g))(numbers).toArray()).toEqual(expected)
  })

  test('op3 and opN, and a batch of batches', () => {
    const product = op3((a: number, b: number, c: number) => [a * b * c, dz => [dz * b * c, dz * a * c, dz * a * b]])
    const total = opN((...xs: [number, number]) => [xs[0] + xs[1], dz => [dz, dz]])
    const f = (x: Var<number>, y: Var<number>): Var<number> => total(product(x, y, 2), x)
    const table = vmap((x: Var<number>, ys: Var<Vector<2>>) => vmap(gradBP(f), { shared: 0 })(x, ys), { shared: 1 })
    const [byX, byY] = table(numbers, vector([5, 7], 2))
    expect(byX.toArray()).toEqual([
      [11, 15],
      [11, 15],
      [11, 15],
    ])
    expect(byY.toArray()).toEqual([
      [2, 2],
      [4, 4],
      [6, 6],
    ])
  })

  test('a second derivative wants a pullback on variables', () => {
    const second = (f: (x: Var<number>) => Var<number>) =>
      vmap((x: Var<number>) => gradBP((y: Var<number>) => gradBP(f)(y))(x))
    expect(second(x => cubeOnVars(x))(numbers).toArray()).toEqual([6, 12, 18])
    expect(() => second(x => cube(x))(numbers)).toThrow(NotTwiceDifferentiableError)
    expect(gradBP((x: Var<Vector<3>>) => vmap(gradBP(cubeOnVars))(x))(numbers).toArray()).toEqual([6, 12, 18])
  })

  test('without samples the op says by its value at zeros what its result is', () => {
    expect(vmap((x: Var<number>) => both(x).parts)(vector([], 0)).map(part => part.shape)).toEqual([[0], [0]])
    expect(vmap(gradBP(cube))(vector([], 0)).shape).toEqual([0])
  })

  test('an op that throws leaves everything usable', () => {
    const picky = op1((x: number) => {
      if (x === 2) throw new RangeError('two')
      return [x, dz => [dz]]
    })
    expect(() => vmap((x: Var<number>) => picky(x))(numbers)).toThrow('two')
    expect(vmap((x: Var<number>) => picky(x))(vector([1, 3])).toArray()).toEqual([1, 3])
  })
})

test('values of users’ types between ops', () => {
  const toArray = op1((x: number) => [Float64Array.of(x, x * x), dz => [dz[0] + 2 * x * dz[1]]])
  const toNumber = op1((a: Float64Array) => [a[0] * a[1], dz => [Float64Array.of(dz * a[1], dz * a[0])]])
  const f = (x: Var<number>): Var<number> => toNumber(toArray(x))
  expect(vmap(f)(numbers).toArray()).toEqual([1, 8, 27])
  expect(vmap(gradBP(f))(numbers).toArray()).toEqual([3, 12, 27])
  expect(gradBP((x: Var<Vector<3>>) => vmap(f)(x))(numbers).toArray()).toEqual([3, 12, 27])
  const used = (x: Var<number>): Var<number> =>
    toNumber(toArray(x)).add(gradBP(toNumber)(toArray(x)) === undefined ? 0 : 1)
  expect(vmap(used)(numbers).toArray()).toEqual([2, 9, 28])
  const shared = (a: Var<Float64Array>, x: Var<number>): Var<number> => toNumber(a).mul(x)
  expect(vmap(shared, { shared: 0 })(Float64Array.of(2, 3), numbers).toArray()).toEqual([6, 12, 18])
  const g = (a: Var<Float64Array>, x: Var<number>): Var<number> => gradBP(shared)(a, x)[1]
  expect(vmap(g, { shared: 0 })(Float64Array.of(2, 3), numbers).toArray()).toEqual([6, 6, 6])
  expect(evalBP((x: Var<number>) => stopGradient(x))(3)).toBe(3)
})

describe('withBatchRule', () => {
  let calls = 0
  const cubes = op1((xs: Vector) => {
    calls++
    return [vector(xs.data.map(x => x ** 3)), dz => [vector(xs.data.map((x, i) => 3 * x * x * dz.at(i)))]]
  })
  const either = withBatchRule(cubeOnVars, xs => cubes(xs))

  test('the rule is called once for the batch, the op for a sample', () => {
    calls = 0
    expect(vmap((x: Var<number>) => either(x).add(1))(numbers).toArray()).toEqual([2, 9, 28])
    expect(calls).toBe(1)
    expect(either(2).value).toBe(8)
    expect(gradBP((x: Var<Vector<3>>) => vmap((s: Var<number>) => either(s))(x))(numbers).toArray()).toEqual([
      3, 12, 27,
    ])
    expect(vmap(gradBP((x: Var<number>) => either(x)))(numbers).toArray()).toEqual([3, 12, 27])
  })

  test('shared inputs are repeated; a result of another size is an error', () => {
    const add = op2((a: number, b: number) => [a + b, dz => [dz, dz]])
    const rule = withBatchRule(add, (a, b) => a.add(b))
    expect(vmap((a: Var<number>, x: Var<number>) => rule(a, x), { shared: 0 })(10, numbers).toArray()).toEqual([
      11, 12, 13,
    ])
    const wrong = withBatchRule(cube, xs => sum(xs) as unknown as Var<Vector>)
    expect(() => vmap((x: Var<number>) => wrong(x))(numbers)).toThrow(
      'the first size must count the samples, 3. Give one value for each sample',
    )
  })
})
