/** The derivative operators: values, structures, several arguments, modes. */
import {
  compile,
  derivative,
  directional,
  dot,
  evalBP,
  fixed,
  grad,
  gradBP,
  gradWith,
  hessian,
  hessianF,
  hvp,
  jacobian,
  jacobianTransposed,
  jvp,
  matrix,
  matVec,
  sum,
  Tensor,
  valueAndGrad,
  vector,
  vjp,
  vmap,
  type BVar,
  type Fixed,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose, flat, inner, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

type Model = { w: Matrix<2, 3>; b: Vector<2>; scale: number; name: string; count: Fixed<number> }
const random = new Random(1)
const model = (): Model => ({
  w: randomMatrix(2, 3, random),
  b: randomVector(2, random),
  scale: 1.5,
  name: 'layer',
  count: fixed(2),
})
/** A structured result of a structured argument: a vector, a number, a tag, a matrix. */
const layer = (m: BVar<Model>, x: Var<Vector<3>>) => {
  const y = matVec(m.w, x).add(m.b).tanh()
  return { y, parts: [dot(y, y).mul(m.scale), m.name] as const, w: m.w.mul(m.scale).sin() }
}

describe('grad, valueAndGrad, gradWith', () => {
  test('a number by numbers and tensors, in the structure of the arguments', () => {
    const f = (m: BVar<Model>, x: Var<Vector<3>>): Var<number> => sum(layer(m, x).y)
    const [m, x] = [model(), randomVector(3, random)]
    expect(grad(f)(m, x)).toEqual(gradBP(f)(m, x))
    expect(grad(f, { wrt: 1 })(m, x)).toEqual(gradBP(f, { wrt: 1 })(m, x))
    expect(valueAndGrad(f, { wrt: [0] })(m, x)).toEqual([evalBP(f)(m, x), [gradBP(f)(m, x)[0]]])
    const into = randomVector(3, random)
    expect(grad(f, { wrt: 1, into })(m, x)).toBe(into)
    expect(into).toEqual(gradBP(f, { wrt: 1 })(m, x))
  })

  test('gradWith blends leaf by leaf what is differentiated by', () => {
    const f = (p: BVar<{ a: number; b: Vector<2>; name: string }>, c: Var<number>) => dot(p.b, p.b).mul(p.a).mul(c)
    const p = { a: 2, b: vector([1, 3], 2), name: 'p' }
    const step = gradWith((x, dx) => x.sub(dx.mul(0.1)), f, { wrt: 0 })
    expectClose(step(p, 1), { a: 2 - 1, b: [1 - 0.4, 3 - 1.2] })
    expect(step(p, 1).name).toBe('p')
    const both = gradWith((x, dx) => x.mul(dx), f)(p, 3)
    expectClose(both, [{ a: 60, b: [12, 108] }, 60])
  })
})

describe('jvp, directional, derivative', () => {
  test('the tangent is the transpose of the pullback, for random directions', () => {
    for (let round = 0; round < 5; round++) {
      const [m, x, dm, dx] = [model(), randomVector(3, random), model(), randomVector(3, random)]
      const [value, tangent] = jvp(layer)(m, x, [dm, dx])
      expect(value).toEqual(evalBP(layer)(m, x))
      const [, pullback] = vjp(layer)(m, x)
      const cotangent = { ...value, y: randomVector(2, random), parts: [0.7, 'layer'], w: randomMatrix(2, 3, random) }
      const { name, count, ...rest } = dm
      expect([name, count.value]).toEqual(['layer', 2])
      const gradient = pullback(cotangent as never)
      const numbers = ({ w, b, scale }: Model): unknown[] => [w, b, scale]
      expectClose(
        inner(tangent, { ...cotangent, parts: [0.7] }),
        inner([numbers({ ...rest, name, count }), dx], [numbers(gradient[0]), gradient[1]]),
      )
      expect(tangent.parts[1]).toBe('layer')
    }
  })

  test('the tangent is that of differences', () => {
    const [m, x, dx] = [model(), randomVector(3, random), randomVector(3, random)]
    const h = 1e-5
    const at = (t: number): number[] =>
      flat(
        evalBP(layer)(
          m,
          vector(
            x.data.map((xi, i) => xi + t * dx.at(i)),
            3,
          ),
        ),
      )
    const [above, below] = [at(h), at(-h)]
    const differences = above.map((value, i) => (value - below[i]) / (2 * h))
    expectClose(directional(layer, { wrt: 1 })(m, x, dx), differences, 1e-9)
  })

  test('derivatives by one number: of a number, a structure, a tensor', () => {
    expect(derivative((x: Var<number>) => x.sin())(0)).toBe(1)
    expect(derivative((t: Var<number>) => ({ at: [t.mul(t), t], name: 'a' }))(3)).toEqual({ at: [6, 1], name: 'a' })
    expect(derivative((t: Var<number>) => t.mul(vector([1, 2, 3])))(5).toArray()).toEqual([1, 2, 3])
    expect(jvp((x: Var<number>) => x.sin())(0, 1)).toEqual([0, 1])
  })

  test('results and arguments that nothing depends on', () => {
    const f = (x: Var<number>, y: Var<Vector<2>>) => ({ x: x.mul(2), constant: vector([1, 2], 2), y })
    const g = (x: Var<number>, y: Var<Vector<2>>) => ({ x: x.mul(2), y: y.mul(0), same: y })
    expect(() => jvp(f as never as typeof g)(1, vector([1, 2], 2), [1, vector([3, 4], 2)])).toThrow('not a variable')
    expectClose(jvp(g)(1, vector([1, 2], 2), [1, vector([3, 4], 2)])[1], [2, 0, 0, 3, 4])
    expectClose(jvp((x: Var<number>) => x.mul(0).add(1))(1, 5), [1, 0])
  })
})

const modes = ['auto', 'forward', 'reverse'] as const

describe.each(modes)('jacobian, mode %s', mode => {
  test('a row for each number of the result, a column for each of the arguments', () => {
    const [m, x] = [model(), randomVector(3, random)]
    const whole = jacobian(layer, { mode })(m, x)
    const [, pullback] = vjp(layer)(m, x)
    const zero = { y: vector([0, 0], 2), parts: [0, 'layer'] as [number, 'layer'], w: matrix([0, 0, 0, 0, 0, 0], 2, 3) }
    for (const i of [0, 1]) {
      const [byM, byX] = pullback({ ...zero, y: vector(i === 0 ? [1, 0] : [0, 1], 2) })
      expectClose(whole.y[0].w.data.slice(6 * i, 6 * i + 6), byM.w.data)
      expectClose(whole.y[0].b.data.slice(2 * i, 2 * i + 2), byM.b.data)
      expectClose(whole.y[0].scale.at(i), byM.scale)
      expectClose(whole.y[1].data.slice(3 * i, 3 * i + 3), byX.data)
    }
    const [byM, byX] = pullback({ ...zero, parts: [1, 'layer'] } as never)
    expectClose(whole.parts[0], [byM, byX])
    expect(whole.parts[1]).toBe('layer')
    expect(whole.y[0].name).toBe('layer')
    expect([whole.y[0].w, whole.w[0].w, whole.w[0].scale, whole.w[1]].map(({ shape }) => shape)).toEqual([
      [2, 2, 3],
      [2, 3, 2, 3],
      [2, 3],
      [2, 3, 3],
    ])
    expectClose(whole.w[1], new Float64Array(18))
  })

  test('the transposed one has the same numbers the other way round', () => {
    const [m, x] = [model(), randomVector(3, random)]
    const whole = jacobian(layer, { mode })(m, x)
    const transposed = jacobianTransposed(layer, { mode })(m, x)
    expect(transposed[0].w.w.shape).toEqual([2, 3, 2, 3])
    expect(transposed[1].y.shape).toEqual([3, 2])
    for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) expectClose(transposed[1].y.at(j, i), whole.y[1].at(i, j))
    expectClose(transposed[0].scale.w, whole.w[0].scale)
    expectClose(transposed[0].w.parts[0], whole.parts[0][0].w)
  })

  test('one number, no number, by one number', () => {
    const cube = (x: Var<number>): Var<number> => x.mul(x).mul(x)
    expect(jacobian(cube, { mode })(2)).toBe(12)
    expect(jacobian((x: Var<Vector<3>>) => dot(x, x), { mode })(vector([1, 2, 3], 3)).toArray()).toEqual([2, 4, 6])
    expect(jacobian((t: Var<number>) => t.mul(vector([1, 2], 2)), { mode })(3).toArray()).toEqual([1, 2])
    const empty = jacobian((x: Var<Vector<0>>) => x.exp(), { mode })(vector([], 0))
    expect(empty.shape).toEqual([0, 0])
    expect(jacobian((x: Var<number>, v: Var<Vector>) => v.mul(x), { mode })(2, vector([]))[0].shape).toEqual([0])
  })

  test('so many that they are made all at once: the same as one by one', () => {
    const n = 40
    const weights = randomMatrix(n, n, random)
    const f = (p: { v: Var<Vector<40>>; s: Var<number> }) => {
      const y = matVec(weights, p.v).tanh()
      return { y: y.mul(p.s), head: [dot(y, y), p.s.exp()] }
    }
    const p = { v: randomVector(n, random), s: 0.7 }
    const whole = jacobian(f, { mode })(p)
    const transposed = jacobianTransposed(f, { mode })(p)
    expect([whole.y.v.shape, whole.y.s.shape, whole.head[0].v.shape]).toEqual([[n, n], [n], [n]])
    const [, pullback] = vjp(f)(p)
    for (const i of [0, 1, 17, 39]) {
      const row = new Float64Array(n)
      row[i] = 1
      const zero = { y: vector(new Float64Array(n), n), head: [0, 0] }
      const { v, s } = pullback({ ...zero, y: vector(row, n) })
      expectClose(whole.y.v.data.slice(n * i, n * i + n), v.data)
      expectClose(whole.y.s.at(i), s)
      expectClose(
        Float64Array.from({ length: n }, (_, j) => transposed.v.y.at(j, i)),
        v.data,
      )
      expectClose(whole.head[0], pullback({ ...zero, head: [1, 0] }))
      expectClose(transposed.s.head[1], pullback({ ...zero, head: [0, 1] }).s)
    }
  })

  test('infinities stay in their places', () => {
    const roots = (x: Var<Vector<3>>) => x.sqrt()
    const j = jacobian(roots, { mode, wrt: 0 })(vector([0, 1, 4], 3))
    expect([j.at(1, 1), j.at(2, 2), j.at(2, 1)]).toEqual([0.5, 0.25, 0])
    expect(j.at(0, 0)).toBe(Infinity)
    const apart = jacobian((x: Var<number>, y: Var<number>) => [x.sqrt(), y.mul(y)], { mode })(0, 3)
    expect(apart).toEqual([
      [Infinity, 0],
      [0, 6],
    ])
  })

  test.each([2, 32, 33, 40])('leaves do not meet, however many there are: of %d numbers', n => {
    const roots = (p: readonly Var<number>[]): Var<number>[] => p.map(x => x.sqrt())
    const numbers = Array.from({ length: n }, (_, i) => i)
    const expected = numbers.map(i => numbers.map(j => (i === j ? 0.5 / Math.sqrt(i) : 0)))
    expect(jacobian(roots, { mode })(numbers)).toEqual(expected)
    expect(compile(jacobian(roots, { mode }))(numbers)).toEqual(expected)
    // Nor do those of vectors: what is by the other one is zero, whatever is infinite.
    const parts = (p: readonly Var<Vector>[]): Var<Vector>[] => p.map(x => x.sqrt())
    const zeros = jacobian(parts, { mode })([vector(numbers), vector(numbers.map(i => i + 1))])
    expect([...zeros[0][1].data, ...zeros[1][0].data].every(x => x === 0)).toBe(true)
    // Elements of one do: 0·∞ in the row, or the column, at which it is infinite.
    const own = zeros[0][0]
    expect([own.at(0, 0), own.at(1, 1), own.at(0, 1), own.at(1, 0)]).toEqual([
      Infinity,
      0.5,
      ...(mode === 'forward' ? [NaN, 0] : [0, NaN]),
    ])
  })

  test('unions, arrays of arguments, several batches, programs', () => {
    type Shape = { kind: 'circle'; r: number } | { kind: 'box'; sides: [number, number] }
    const area = (s: BVar<Shape>) =>
      s.kind === 'circle' ? { area: s.r.mul(s.r) } : { area: s.sides[0].mul(s.sides[1]) }
    expect(jacobian(area, { mode })({ kind: 'box', sides: [2, 3] })).toEqual({ area: { kind: 'box', sides: [3, 2] } })
    const f = (x: Var<Vector<2>>) => [x.mul(x), x.exp()] as const
    const each = vmap(jacobian(f, { mode }))(matrix([1, 2, 3, 4], 2, 2))
    expectClose(each[0], [2, 0, 0, 4, 6, 0, 0, 8])
    const compiled = compile(jacobian(f, { mode }))
    for (const x of [vector([1, 2], 2), vector([0, -3], 2)]) expect(compiled(x)).toEqual(jacobian(f, { mode })(x))
    expect(compiled.recordings).toBe(1)
  })
})

describe('hessian, hessianF, hvp', () => {
  const energy = (m: BVar<Model>, x: Var<Vector<3>>): Var<number> => dot(layer(m, x).y, vector([1, -2], 2)).mul(m.scale)

  test('a Hessian in blocks, symmetric, that is the Jacobian of the gradient; products with it', () => {
    const [m, x] = [model(), randomVector(3, random)]
    const h = hessian(energy)(m, x)
    expectClose(h, jacobian(grad(energy))(m, x))
    expectClose(h, jacobian(grad(energy), { mode: 'forward' })(m, x))
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expectClose(h[1][1].at(i, j), h[1][1].at(j, i))
    expectClose(h[0].scale[1], h[1][0].scale)
    const v = randomVector(3, random)
    const product = [0, 1, 2].map(i => inner(h[1][1].data.slice(3 * i, 3 * i + 3), v))
    expectClose(hvp(energy, { wrt: 1 })(m, x, v), product)
    expectClose(jvp(grad(energy, { wrt: 1 }), { wrt: 1 })(m, x, v), [gradBP(energy, { wrt: 1 })(m, x), product])
    expectClose(hessian(energy, { wrt: 1 })(m, x), h[1][1])
  })

  test('a structure of Hessians', () => {
    const f = (x: Var<number>, y: Var<number>) => ({ a: x.mul(y), b: [x.mul(x).mul(y)] })
    expect(hessianF(f)(2, 3)).toEqual({
      a: [
        [0, 1],
        [1, 0],
      ],
      b: [
        [
          [6, 4],
          [4, 0],
        ],
      ],
    })
    const g = (v: Var<Vector<2>>) => v.mul(v).mul(v)
    const h = hessianF(g)(vector([1, 2], 2))
    expect(h).toEqual(new Tensor(Float64Array.of(6, 0, 0, 0, 0, 0, 0, 12), [2, 2, 2]))
  })

  test('compiled, and for each sample of a batch', () => {
    const f = (x: Var<Vector<2>>): Var<number> => sum(x.mul(x).mul(x))
    const x = vector([1, 2], 2)
    expect(compile(hessian(f))(x).toArray()).toEqual([
      [6, 0],
      [0, 12],
    ])
    expect(compile(hvp(f))(x, vector([1, 10], 2)).toArray()).toEqual([6, 120])
    const rows = vmap(hvp(f), { shared: 0 })(x, matrix([1, 0, 0, 1], 2, 2))
    expect(rows.toArray()).toEqual([
      [6, 0],
      [0, 12],
    ])
    expect(vmap(hessian(f))(matrix([1, 2, 3, 4], 2, 2)).shape).toEqual([2, 2, 2])
  })
})
