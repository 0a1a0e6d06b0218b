/** Sparse Jacobians and Hessians: known structures, what they cost, what is used again, and where they may stand. */
import {
  abs,
  collectVar,
  compile,
  constVar,
  dot,
  evalBP,
  fixed,
  floor,
  fmap,
  gradBP,
  hessian,
  hvp,
  jacobian,
  jvp,
  matrix,
  matVec,
  max,
  maximum,
  min,
  minimum,
  op1,
  resident,
  sequenceVar,
  sign,
  softmax,
  SparseMatrix,
  sparseHessian,
  sparseJacobian,
  stopGradient,
  sum,
  UnknownLeafError,
  UsageError,
  ResultError,
  ShapeMismatchError,
  NotTwiceDifferentiableError,
  vector,
  vector32,
  vmap,
  where,
  less,
  type BVar,
  type Fixed,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { slice } from '../../src/ops/part.ts'
import { expectClose, flat, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'
import { type AnyFunction, denseHessian, denseJacobian, expectMatrix, placesOf, sparse } from './support.ts'

type V = Var<Vector>
const elements = (x: V): Var<number>[] => sequenceVar(x)
/** The elements of a vector from one up to, not including, another one. */
const part = (x: V, from: number, to: number): V => slice('part', x, from, [to - from]) as V
const random = new Random(3)
const inputs = (n: number): Vector => randomVector(n, random)
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const products = (matrix: SparseMatrix): number => matrix.pattern.value.products

/** yᵢ = sin xᵢ₋₁ + xᵢ·xᵢ₊₁, by elements and by tensors. */
const bandByElements = (x: V): V => {
  const e = elements(x)
  return collectVar(e.map((xi, i) => xi.mul(e[i + 1] ?? 1).add(e[i - 1]?.sin() ?? 0)))
}
const bandByTensors = (x: V): V => {
  const n = x.shape[0]
  const padded = collectVar([vector([0]), x].flatMap(y => elements(y as V)).concat([constVar(1)])) as V
  return part(padded, 1, n + 1)
    .mul(part(padded, 2, n + 2))
    .add(part(padded, 0, n).sin())
}
const bandPlaces = (n: number): number[][] => range(n).map(i => [i - 1, i, i + 1].filter(j => j >= 0 && j < n))

describe('structures', () => {
  test.each([
    ['elements', bandByElements],
    ['tensors', bandByTensors],
  ])('a band, by %s', (_name, f) => {
    for (const n of [1, 2, 3, 4, 10, 40]) {
      const x = inputs(n)
      for (const mode of ['auto', 'forward', 'reverse'] as const) {
        const jacobian = sparseJacobian(f, { mode })(x)
        expectMatrix(jacobian, denseJacobian(f, [x]))
        expect(placesOf(jacobian)).toEqual(bandPlaces(n))
        expect(products(jacobian)).toBe(Math.min(3, n))
      }
    }
  })

  test.each([
    ['elements', (x: V) => elements(x).reduce((y, xi, i, e) => y.add(xi.mul(e[i + 1] ?? 1).mul(xi)), constVar(0))],
    [
      'tensors',
      (x: V) => dot(part(x, 0, x.shape[0] - 1).mul(part(x, 0, x.shape[0] - 1)), part(x, 1, x.shape[0])).add(dot(x, x)),
    ],
  ])('the Hessian of neighbours is a band, by %s', (_name, f) => {
    for (const n of [2, 3, 4, 10, 40, 1000]) {
      const x = inputs(n)
      const hessian = sparseHessian(f)(x)
      if (n < 100) expectMatrix(hessian, denseHessian(f, [x]))
      const places = placesOf(hessian)
      for (const [i, columns] of places.entries()) for (const j of columns) expect(Math.abs(i - j)).toBeLessThan(2)
      expect(products(hessian)).toBeLessThanOrEqual(3)
      expect(hessian.values.data.length).toBeGreaterThanOrEqual(3 * n - 3)
    }
  })

  test('an arrow takes three products of any size; its Hessian two', () => {
    for (const n of [4, 10, 300]) {
      const x = inputs(n)
      const f = (x: V): V => {
        const e = elements(x)
        return collectVar([dot(x, x), ...e.slice(1).map(xi => xi.mul(e[0]))])
      }
      const jacobian = sparseJacobian(f)(x)
      expectMatrix(jacobian, denseJacobian(f, [x]))
      expect(products(jacobian)).toBe(3)
      expect(jacobian.values.data).toHaveLength(n + 2 * (n - 1))
      const g = (x: V): Var<number> => {
        const e = elements(x)
        return sum(fmap(xi => xi.mul(xi).mul(e[0]), x) as V)
      }
      const hessian = sparseHessian(g)(x)
      expectMatrix(hessian, denseHessian(g, [x]))
      expect(products(hessian)).toBe(2)
      expect(hessian.values.data).toHaveLength(n + 2 * (n - 1))
    }
  })

  test('an arrow whose tip is in the middle, or at the end, of the order', () => {
    for (const at of [0, 7, 14]) {
      const f = (x: V): Var<number> => {
        const e = elements(x)
        return e.reduce((y, xi) => y.add(xi.mul(e[at]).sin()), constVar(0))
      }
      expect(products(sparseHessian(f)(inputs(15)))).toBe(2)
    }
  })

  test('blocks', () => {
    const size = 4
    const f = (x: V): V => {
      const e = elements(x)
      return collectVar(
        range(e.length).map(i => {
          const start = i - (i % size)
          return e.slice(start, start + size).reduce((y, xi) => y.mul(xi).add(e[i].tanh()))
        }),
      )
    }
    for (const count of [1, 3, 9]) {
      const x = inputs(size * count)
      const jacobian = sparseJacobian(f)(x)
      expectMatrix(jacobian, denseJacobian(f, [x]))
      expect(products(jacobian)).toBe(size)
      expect(jacobian.values.data).toHaveLength(size * size * count)
      const g = (x: V): Var<number> => sum(f(x))
      const hessian = sparseHessian(g)(x)
      expectMatrix(hessian, denseHessian(g, [x]), 1e-11)
      expect(products(hessian)).toBe(size)
    }
  })

  test('blocks by a batch: the samples of vmap do not touch', () => {
    const f = (a: Var<Matrix>): V => vmap((row: V) => dot(row.tanh(), row).sin())(a)
    const a = matrix(
      range(15).map(() => random.between(-1, 1)),
      5,
      3,
    ) as Matrix
    const jacobian = sparseJacobian(f)(a)
    expectMatrix(jacobian, denseJacobian(f, [a]))
    expect(placesOf(jacobian)).toEqual(range(5).map(i => [3 * i, 3 * i + 1, 3 * i + 2]))
    expect(products(jacobian)).toBe(1)
    const hessian = sparseHessian((a: Var<Matrix>) => sum(f(a)))(a)
    expect(products(hessian)).toBe(3)
    expect(hessian.values.data).toHaveLength(45)
  })

  test('bands of each sample of a batch, whose parts overlap', () => {
    const total = (x: V): Var<number> => {
      const n = x.shape[0]
      const [low, high] = [part(x, 0, n - 1), part(x, 1, n)]
      return dot(low.mul(low).mul(high), high.sin()).add(dot(low, low))
    }
    const f = (a: Var<Matrix>): Var<number> => sum(vmap(total)(a) as V)
    const gradients = (a: Var<Matrix>): Var<Matrix> => vmap(gradBP(total))(a)
    const a = matrix(inputs(15).data, 3, 5) as Matrix
    const places = range(15).map(i => [i - 1, i, i + 1].filter(j => Math.floor(j / 5) === Math.floor(i / 5)))
    for (const second of [sparseHessian(f)(a), sparseJacobian(gradients)(a)]) {
      expectMatrix(second, denseHessian(f, [a]), 1e-11)
      expect(placesOf(second)).toEqual(places)
      expect(products(second)).toBe(3)
    }
  })

  test('what is linear between kinks has no second derivatives', () => {
    const f = (x: V): Var<number> => {
      const [a, b] = [part(x, 0, 3), part(x, 3, 6)]
      const each = max(a, b)
        .add(min(a, b))
        .add(abs(a))
        .add(where(less(a, b), a, b))
        .add(floor(a))
        .add(sign(b))
      return sum(each).add(maximum(a)).add(minimum(x))
    }
    const hessian = sparseHessian(f)(inputs(6))
    expect([hessian.values.data.length, products(hessian)]).toEqual([0, 0])
  })

  test('dense ones: a row, a column, a matrix of weights', () => {
    const weights = matrix(
      range(12).map(() => random.between(-1, 1)),
      3,
      4,
    ) as Matrix
    const layer = (x: V): V => matVec(weights, x).tanh()
    const x = inputs(4)
    const jacobian = sparseJacobian(layer)(x)
    expectMatrix(jacobian, denseJacobian(layer, [x]))
    expect(products(jacobian)).toBe(3)
    expect(products(sparseJacobian(layer, { mode: 'forward' })(x))).toBe(4)
    const square = (x: V): Var<number> => dot(layer(x), layer(x))
    const hessian = sparseHessian(square)(x)
    expectMatrix(hessian, denseHessian(square, [x]), 1e-11)
    expect(products(hessian)).toBe(4)
    const row = sparseJacobian((x: V) => dot(x, x))(x)
    expectMatrix(
      row,
      denseJacobian((x: V) => dot(x, x), [x]),
    )
    expect(products(row)).toBe(1)
    const column = sparseJacobian((t: Var<number>) => t.mul(x))(2)
    expect(column.pattern.value.shape).toEqual([4, 1])
    expect(column.values).toEqual(x)
    expect(products(column)).toBe(1)
  })

  test('empty rows, empty columns, empty matrices, none at all', () => {
    const f = (x: V): V => {
      const e = elements(x)
      return collectVar([constVar(2), e[1].mul(e[3]), stopGradient(e[2]), e[1].mul(0), constVar(1)]) as V
    }
    const x = inputs(5)
    const jacobian = sparseJacobian(f)(x)
    expectMatrix(jacobian, denseJacobian(f, [x]))
    expect(placesOf(jacobian)).toEqual([[], [1, 3], [], [1], []])
    for (const mode of ['forward', 'reverse'] as const)
      expectMatrix(sparseJacobian(f, { mode })(x), denseJacobian(f, [x]))
    const zero = sparseJacobian((x: V) => [stopGradient(x), constVar(3)])(x)
    expect(zero.pattern.value.shape).toEqual([6, 5])
    expect([zero.values.data.length, products(zero)]).toEqual([0, 0])
    expect(flat(zero.toDense())).toEqual(new Array(30).fill(0))
    const none = sparseJacobian((x: V) => x.mul(x))(vector([]) as Vector)
    expect(none.pattern.value.shape).toEqual([0, 0])
    expect(sparseJacobian((p: BVar<{ x: Vector; name: string }>) => p.x)({ x, name: 'x' }).values.toArray()).toEqual([
      1, 1, 1, 1, 1,
    ])
    const linear = sparseHessian((x: V) => sum(x.mul(3)))(x)
    expect([linear.values.data.length, products(linear)]).toEqual([0, 0])
    const some = sparseHessian((x: V) => elements(x)[1].mul(elements(x)[4]))(x)
    expect(some.toDense().toArray()).toEqual(hessian((x: V) => elements(x)[1].mul(elements(x)[4]))(x).toArray())
    expect(placesOf(some)).toEqual([[], [4], [], [], [1]])
    expect(products(some)).toBe(1)
  })

  test('what chooses has the patterns of both; what decides has none', () => {
    const f = (x: V): V => where(less(part(x, 0, 3), part(x, 3, 6)), part(x, 6, 9), part(x, 0, 3).mul(2))
    const x = inputs(9)
    const jacobian = sparseJacobian(f)(x)
    expectMatrix(jacobian, denseJacobian(f, [x]))
    expect(placesOf(jacobian)).toEqual([0, 1, 2].map(i => [i, i + 6]))
  })
})

/** An op that counts how often it is walked back over. */
function counting(): { op: (x: Var<number>) => Var<number>; walks: () => number } {
  let walks = 0
  const op = op1(
    (x: number) => 2 * x,
    (dz: Var<number>) => {
      walks++
      return [dz.mul(2)]
    },
  )
  return { op: op, walks: () => walks }
}

describe('cost', () => {
  test('as many products as colours, whatever the size', () => {
    for (const n of [5, 20, 100]) {
      const { op, walks } = counting()
      const f = (x: V): V => {
        const doubled = elements(x).map(xi => op(xi))
        return collectVar(doubled.map((y, i) => y.mul(doubled[i + 1] ?? 1).add(doubled[i - 1] ?? 0)))
      }
      const x = inputs(n)
      const jacobian = sparseJacobian(f, { mode: 'reverse' })(x)
      expect(products(jacobian)).toBe(3)
      // Each product walks over each of the op's n records.
      expect(walks()).toBe(3 * n)
      expectMatrix(jacobian, denseJacobian(f, [x]))
    }
    for (const n of [5, 20, 100]) {
      const { op, walks } = counting()
      const f = (x: V): Var<number> => {
        const e = elements(x)
        return e.slice(1).reduce((y, xi, i) => y.add(op(xi.mul(e[i]).mul(xi))), constVar(0))
      }
      const hessian = sparseHessian(f)
      const x = inputs(n)
      expectMatrix(hessian(x), denseHessian(f, [x]))
      const before = walks()
      expect(products(hessian(x))).toBe(3)
      // Once for each of its n − 1 records in the gradient; what it gives there is linear, and has its own in each product.
      expect(walks() - before).toBe(n - 1)
    }
  })

  test('a hundred thousand variables in seconds', () => {
    const n = 100_000
    const x = inputs(n)
    const started = performance.now()
    const hessian = sparseHessian((x: V) => {
      const e = elements(x)
      return e.slice(1).reduce((y, xi, i) => y.add(xi.sub(e[i]).pow(4)), e[0])
    })(x)
    expect(products(hessian)).toBe(3)
    expect(hessian.values.data).toHaveLength(3 * n - 2)
    const arrow = sparseJacobian((x: V) => {
      const e = elements(x)
      return [...e.map(xi => xi.mul(e[0])), e.reduce((y, xi) => y.add(xi.mul(xi)))]
    })(x)
    expect(products(arrow)).toBe(3)
    expect(performance.now() - started).toBeLessThan(25_000)
  })
})

describe('used again', () => {
  test('the same records have the same pattern, the very object; others have their own', () => {
    const jacobian = sparseJacobian((x: BVar<number[]>) => (x[0].lt(0) ? [x[0].mul(x[1]), x[2]] : [x[2].sin(), x[1]]))
    const below = jacobian([-1, 2, 3])
    const above = jacobian([1, 2, 3])
    expect(below.toDense().toArray()).toEqual([
      [2, -1, 0],
      [0, 0, 1],
    ])
    expect(above.toDense().toArray()).toEqual([
      [0, 0, Math.cos(3)],
      [0, 1, 0],
    ])
    expect(above.pattern.value).not.toBe(below.pattern.value)
    expect(jacobian([-5, 1, 1]).pattern.value).toBe(below.pattern.value)
    expect(jacobian([5, 1, 1]).pattern.value).toBe(above.pattern.value)
    expect(jacobian([5, 1, 1, 1]).pattern.value).not.toBe(above.pattern.value)
  })

  test('records that differ in nothing but an operand, an offset, a size or a constant’s size', () => {
    let chosen = 0
    const x = inputs(6)
    const variants: readonly ((x: V) => unknown)[] = [
      x => elements(x)[0].mul(elements(x)[1]),
      x => elements(x)[0].mul(elements(x)[2]),
      x => part(x, 0, 2).sin(),
      x => part(x, 1, 3).sin(),
      x => part(x, 1, 4).sin(),
      x => [part(x, 0, 2), elements(x)[3]],
      x => [elements(x)[3], part(x, 0, 2)],
      x => matVec(matrix([1, 2, 3, 4, 5, 6], 1, 6) as Matrix, x),
      x => matVec(matrix([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], 2, 6) as Matrix, x),
      x => x.mul(stopGradient(x)),
      x => x.mul(x),
      x => [x, sum(x)],
      x => [sum(x), x],
    ]
    const jacobian = sparseJacobian(((x: V) => variants[chosen](x)) as never) as unknown as (x: Vector) => SparseMatrix
    for (let round = 0; round < 60; round++) {
      chosen = random.below(variants.length)
      expectMatrix(jacobian(x), denseJacobian(variants[chosen], [x]))
    }
  })

  test('arguments of another shape with as many numbers', () => {
    const f = (a: Var<Matrix>): Var<Matrix> => softmax(a)
    const jacobian = sparseJacobian(f)
    for (const [m, n] of [
      [2, 3],
      [3, 2],
      [1, 6],
      [2, 3],
    ] as const) {
      const a = matrix(inputs(6).data, m, n) as Matrix
      expectMatrix(jacobian(a), denseJacobian(f, [a]))
      expect(products(jacobian(a))).toBe(n)
    }
  })

  test('values of constants have no part in it', () => {
    let factor = 0
    const jacobian = sparseJacobian((x: V) => x.mul(factor))
    const first = jacobian(inputs(3))
    expect(first.values.toArray()).toEqual([0, 0, 0])
    factor = 5
    const second = jacobian(inputs(3))
    expect(second.values.toArray()).toEqual([5, 5, 5])
    expect(second.pattern.value).toBe(first.pattern.value)
  })

  test('more programs than are kept', () => {
    const jacobian = sparseJacobian((x: V) => collectVar(elements(x).reverse()))
    for (let n = 1; n < 30; n++) expect(jacobian(inputs(n)).values.data).toEqual(new Float64Array(n).fill(1))
    expect(
      jacobian(vector([1, 2]))
        .toDense()
        .toArray(),
    ).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  test('a call inside the function of the same operator', () => {
    const inner: (x: BVar<number[]>) => { values: V } = x => jacobian(x)
    const jacobian = sparseJacobian((x: BVar<number[]>): readonly Var<number>[] =>
      x.length < 2 ? [x[0].mul(x[0])] : [sum(inner([x[0]]).values), x[1]],
    )
    expect(jacobian([3, 4]).toDense().toArray()).toEqual([
      [2, 0],
      [0, 1],
    ])
  })
})

describe('arguments and results', () => {
  type Model = { w: Matrix; b: Vector; s: number; name: string; n: Fixed<number> }
  const model: Model = {
    w: matrix([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2, 3),
    b: vector([1, 2]),
    s: 3,
    name: 'm',
    n: fixed(2),
  }
  const f = (m: BVar<Model>, x: V): unknown => ({
    y: matVec(m.w, x).add(m.b),
    parts: [m.s.mul(m.s), m.name, elements(x)[0].mul(m.s)],
    list: m.w.mul(2),
  })

  test('structures: numbers of all leaves in order', () => {
    const x = inputs(3)
    const call = f as AnyFunction
    for (const mode of ['auto', 'forward', 'reverse'] as const) {
      for (const wrt of [undefined, 0, 1, [0], [1, 0], [0, 1]]) {
        const options = wrt === undefined ? {} : { wrt }
        const matrix = sparse(sparseJacobian, call, [model, x], { mode, ...options })
        expectMatrix(matrix, denseJacobian(call, [model, x], options))
      }
    }
    // w: 0 … 5, b: 6, 7, s: 8, x: 9, 10, 11
    expect(placesOf(sparse(sparseJacobian, call, [model, x]))).toEqual([
      [0, 1, 2, 6, 9, 10, 11],
      [3, 4, 5, 7, 9, 10, 11],
      [8],
      [8, 9],
      ...range(6).map(i => [i]),
    ])
  })

  test('an argument that is named twice is refused', () => {
    expect(() => sparseJacobian((x: V) => x.mul(x), { wrt: [0, 0] as never })).toThrow(UsageError)
  })

  test('Hessians of structures, by some arguments', () => {
    const g: AnyFunction = (m: BVar<Model>, x: V) => dot(matVec(m.w, x), m.b).mul(m.s)
    const x = inputs(3)
    for (const wrt of [undefined, 0, 1, [1, 0]]) {
      const options = wrt === undefined ? {} : { wrt }
      expectMatrix(sparse(sparseHessian, g, [model, x], options), denseHessian(g, [model, x], options))
    }
  })

  test('resident parameters, several arguments, several types of elements', () => {
    const x = resident(vector([1, 2, 3]) as Vector)
    expect(sparseJacobian((x: V) => x.mul(x))(x).values.toArray()).toEqual([2, 4, 6])
    x.free()
    const half = (x: Var<ReturnType<typeof vector32>>): unknown => [x.mul(x), sum(x)]
    const x32 = vector32([1, 2, 3])
    for (const mode of ['auto', 'forward', 'reverse'] as const) {
      const matrix = sparse(sparseJacobian, half, [x32], { mode })
      expect(matrix.values.dtype).toBe('float64')
      expect(matrix.values.toArray()).toEqual([2, 4, 6, 1, 1, 1])
    }
  })

  test('the result of another operator', () => {
    const f = (x: V): Var<number> => dot(x.mul(x), x)
    const byGradient = sparseJacobian(gradBP(f))(vector([1, 2]) as Vector)
    expect(byGradient.toDense().toArray()).toEqual([
      [6, 0],
      [0, 12],
    ])
    expect(sparseHessian(evalBP(f))(vector([1, 2]) as Vector).toDense()).toEqual(byGradient.toDense())
  })

  test('ops of the user’s: all of what they give depends on all of what they get', () => {
    const swap = op1((x: Vector) => [vector([x.at(1), x.at(0)]), (dz: Vector) => [vector([dz.at(1), dz.at(0)])]])
    const call: AnyFunction = (x: V) => [(swap as (x: V) => V)(part(x, 0, 2)), elements(x)[2].sin()]
    const x = inputs(3)
    // Its pullback is one of plain values, so it has rows only; that is taken by itself.
    const matrix = sparse(sparseJacobian, call, [x])
    expectMatrix(matrix, denseJacobian(call, [x]))
    expect(placesOf(matrix)).toEqual([[0, 1], [0, 1], [2]])
    expect(() => sparse(sparseJacobian, call, [x], { mode: 'forward' })).toThrow(NotTwiceDifferentiableError)
    const cube = op1(
      (x: number) => x ** 3,
      (dz: Var<number>, x: Var<number>) => [dz.mul(x.mul(x).mul(3))],
    ) as (x: Var<number>) => Var<number>
    const cubes: AnyFunction = (x: V) => elements(x).map(xi => cube(xi))
    for (const mode of ['auto', 'forward', 'reverse'] as const) {
      const diagonal = sparse(sparseJacobian, cubes, [x], { mode })
      expectMatrix(diagonal, denseJacobian(cubes, [x]))
      expect(products(diagonal)).toBe(1)
    }
    const g: AnyFunction = (x: V) => elements(x).reduce((y, xi) => y.add(cube(xi)), constVar(0))
    expectMatrix(sparse(sparseHessian, g, [x]), denseHessian(g, [x]))
    expect(products(sparse(sparseHessian, g, [x]))).toBe(1)
  })
})

describe('many products', () => {
  const n = 40
  const x = inputs(n)
  const full = (x: V): V => x.mul(dot(x.sin(), x))
  const listed: AnyFunction = (x: V) => [full(x), elements(full(x))[3], { pair: [elements(x)[1].mul(sum(x))] }]

  test.each(['reverse', 'forward'] as const)('of dense ones, %s', mode => {
    for (const f of [full, listed]) {
      const matrix = sparse(sparseJacobian, f, [x], { mode })
      expectMatrix(matrix, denseJacobian(f, [x]))
      expect(products(matrix)).toBe(mode === 'reverse' && f === listed ? n + 2 : n)
    }
  })

  test('a Hessian, and one inside another function that has captured variables', () => {
    const f = (x: V): Var<number> => dot(x, x).sin()
    const hessian = sparseHessian(f)(x)
    expectMatrix(hessian, denseHessian(f, [x]), 1e-11)
    expect(products(hessian)).toBe(n)
    const outer = (c: Var<number>): Var<number> =>
      sum(sparseHessian((x: V) => dot(x, x).mul(c.exp()).mul(c).sin())(constVar(x)).values)
    const step = 1e-5
    const slope = (evalBP(outer)(0.3 + step) - evalBP(outer)(0.3 - step)) / (2 * step)
    expectClose(gradBP(outer)(0.3), slope, 1e-6)
  })

  test('the function is called once', () => {
    let calls = 0
    const f = (x: V): V => (calls++ % 2 === 0 ? full(x) : x.mul(2))
    const jacobian = sparseJacobian(f)
    expectMatrix(jacobian(x), denseJacobian(full, [x]))
    expect(products(jacobian(x))).toBe(1)
    expect(products(jacobian(x))).toBe(n)
    expect(calls).toBe(3)
  })
})

describe('inside other functions', () => {
  const f = (x: V): V => bandByElements(x)
  const x = inputs(5)
  /** A function of all entries. */
  const spread = (x: V): Var<number> => {
    const { values } = sparseJacobian(f)(x)
    return dot(values.sin(), values)
  }
  const spreadDense = (x: V): Var<number> => {
    const rows = jacobian(f)(x) as unknown as Var<Matrix>
    return dot(rows.sin(), rows)
  }

  test('values are variables, which are differentiated again', () => {
    expectClose(evalBP(spread)(x), evalBP(spreadDense)(x))
    expectClose(gradBP(spread)(x), gradBP(spreadDense)(x))
    expectClose(hvp(spread)(x, x), hvp(spreadDense)(x, x))
    expectClose(jvp(spread)(x, x), jvp(spreadDense)(x, x))
    const g = (x: V): Var<number> => dot(f(x), f(x))
    const second = (x: V): V => sparseHessian(g)(x).values
    expectClose(evalBP(second)(x), sparseHessian(g)(x).values)
    const total = (x: V): Var<number> => sum(hessian(g)(x) as unknown as V)
    expectClose(gradBP((x: V) => sum(second(x)))(x), gradBP(total)(x))
  })

  test('as a result: the pattern passes through', () => {
    const matrix = evalBP((x: V) => ({ jacobian: sparseJacobian(f)(x), twice: x.mul(2) }))(x)
    expect(matrix.jacobian).toBeInstanceOf(SparseMatrix)
    expectMatrix(matrix.jacobian, denseJacobian(f, [x]))
    const constant = sparseJacobian(f)(constVar(x))
    expectMatrix(new SparseMatrix(constant.values.value, constant.pattern), denseJacobian(f, [x]))
  })

  test('compiled: replayed, and recorded anew where a comparison has another outcome', () => {
    const g = (x: V): V => {
      const e = elements(x)
      return collectVar(e[0].lt(0) ? e.map(xi => xi.mul(xi)) : e.map((xi, i) => xi.mul(e[(i + 1) % e.length])))
    }
    const compiled = compile(sparseJacobian(g))
    for (const first of [1, 2, -1, -2, 3]) {
      const y = vector([first, ...x.data.slice(1)]) as Vector
      const matrix = compiled(y)
      expect(matrix).toBeInstanceOf(SparseMatrix)
      expectMatrix(matrix, denseJacobian(g, [y]))
    }
    expect(compiled.recordings).toBe(2)
    compiled.free()
    const second = compile(sparseHessian((x: V) => dot(f(x), f(x))))
    for (let i = 0; i < 3; i++) {
      const y = inputs(5)
      expectMatrix(
        second(y),
        denseHessian((x: V) => dot(f(x), f(x)), [y]),
      )
    }
    expect(second.recordings).toBe(1)
    second.free()
  })

  test('of each sample of a batch', () => {
    const samples = [inputs(5), inputs(5), inputs(5)]
    const batch = matrix(samples.flatMap(flat), 3, 5) as Matrix
    const all = vmap(sparseJacobian(f) as never) as unknown as (x: Matrix) => SparseMatrix
    const { values, pattern } = all(batch)
    expect(flat(values)).toHaveLength(3 * 13)
    samples.forEach((sample, i) => {
      const own = new SparseMatrix(vector(flat(values).slice(13 * i, 13 * (i + 1))), pattern)
      expectMatrix(own, denseJacobian(f, [sample]))
    })
    expect(() => all(batch).toDense()).toThrow(UsageError)
  })
})

describe('what is refused', () => {
  const f = (x: V): V => x.mul(x)

  test('options, functions, results, arguments of other kinds', () => {
    expect(() => sparseJacobian(f, { mode: 'sideways' as never })).toThrow(UsageError)
    expect(() => sparseJacobian(f, { colours: 3 } as never)).toThrow(UsageError)
    expect(() => sparseHessian((x: V) => sum(x), { mode: 'reverse' } as never)).toThrow(UsageError)
    expect(() => sparseJacobian(3 as never)).toThrow(UsageError)
    expect(() => sparseJacobian(f, { wrt: -1 as never })).toThrow(UsageError)
    expect(() => (sparseJacobian(f) as unknown as () => void)()).toThrow(UsageError)
    expect(() => (sparseHessian(f as never) as unknown as (x: Vector) => void)(inputs(2))).toThrow(ShapeMismatchError)
    expect(() => (sparseJacobian((() => 3) as never) as unknown as (x: number) => void)(1)).toThrow(ResultError)
    const raw = new Float64Array(3)
    const g = (x: Var<Float64Array>): Var<Float64Array> => x
    expect(() => sparseJacobian(g)(raw)).toThrow(UnknownLeafError)
    // The engine is as before.
    expect(sparseJacobian(f)(vector([3]) as Vector).values.toArray()).toEqual([6])
  })

  test('a dense matrix of what has no values', () => {
    evalBP((x: V) => {
      const matrix = sparseJacobian(f)(x) as unknown as SparseMatrix
      expect(() => matrix.toDense()).toThrow(UsageError)
      return x
    })(inputs(2))
    const { pattern } = sparseJacobian(f)(inputs(2))
    expect(() => new SparseMatrix(vector([1]), pattern).toDense()).toThrow(/2 numbers/)
  })
})
