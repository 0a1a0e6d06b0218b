/** Makers of ops: values and gradients that are known, both forms, structures as inputs and results, mistakes. */
import {
  addOp,
  backprop,
  backpropWith,
  type BVar,
  coerceVar,
  composeOp,
  composeOp1,
  constVar,
  evalBP,
  evalOp,
  gradBP,
  gradOp,
  gradOpWith,
  idOp,
  matrix,
  type Matrix,
  mulOp,
  noGrad,
  noGrad1,
  NoGradientError,
  NotTwiceDifferentiableError,
  op0,
  op1,
  op2,
  op3,
  type Op,
  opCoerce,
  opConst,
  opIso,
  opLens,
  opN,
  opOf,
  opTup,
  resident,
  runOp,
  sgdStep,
  ShapeMismatchError,
  sqrtOp,
  stopGradient,
  StructureMismatchError,
  UnknownLeafError,
  UsageError,
  type Var,
  type Vector,
  vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { expectClose } from '../support/plain.ts'

type N = Var<number>

const xRootY = op2((x: number, y: number) => {
  const root = Math.sqrt(y)
  return [x * root, dz => [dz * root, (dz * x) / (2 * root)]]
}, 'x·√y')
const xRootYAgain = op2(
  (x: number, y: number) => x * Math.sqrt(y),
  (dz, x, y) => [dz.mul(y.sqrt()), dz.mul(x).div(y.sqrt().mul(2))],
)

describe('known values', () => {
  test.each([
    ['a pullback on plain values', xRootY],
    ['a pullback on variables', xRootYAgain],
    ['a function of variables', opOf((x: N, y: N) => x.mul(y.sqrt()))],
  ] as const)('x·√y, %s', (_title, op) => {
    expect(runOp(op)(3, 4)).toBe(6)
    expect(evalOp(op)(3, 4)).toBe(6)
    expect(gradOp(op)(3, 4)).toEqual([2, 0.75])
    expect(gradOpWith(op)(3, 4)(10)).toEqual([20, 7.5])
    const power = backprop((x: N, y: N, z: N) => op(x, y).pow(z))(3, 4, 2)
    expect(power).toEqual([36, [24, 9, 64.50334089220998]])
  })

  test('a record: x·y + z', () => {
    type R = { x: number; y: number; z: number }
    const op = op1((r: R) => [r.x * r.y + r.z, dz => [{ x: dz * r.y, y: dz * r.x, z: dz }]])
    expect(gradOp(op)({ x: 5, y: 7, z: 2 })).toEqual({ x: 7, y: 5, z: 1 })
    expect(gradBP(({ x, y, z }: BVar<R>) => x.mul(y).add(z))({ x: 5, y: 7, z: 2 })).toEqual({ x: 7, y: 5, z: 1 })
  })

  test('(Σ xᵢ²)/x over a number and a list', () => {
    const squares = opN((...xs: number[]) => [xs.reduce((sum, x) => sum + x * x, 0), dz => xs.map(x => 2 * dz * x)])
    const f = (x: N, xs: BVar<number[]>): N => squares(...xs).div(x)
    const [value, gradient] = backprop(f)(9, [1, 6, 2])
    expectClose(value, 41 / 9)
    expectClose(gradient, [-41 / 81, [2 / 9, 12 / 9, 4 / 9]])
  })

  test('√(x/y)·z over a list', () => {
    const op = op3((x: number, y: number, z: number) => {
      const root = Math.sqrt(x / y)
      return [root * z, dz => [(dz * z) / (2 * y * root), (-dz * z * x) / (2 * y * y * root), dz * root]]
    })
    const [value, gradient] = backprop(([x, y, z]: BVar<number[]>) => op(x, y, z))([3, 5, -2])
    const root = Math.sqrt(3 / 5)
    expectClose(value, -2 * root)
    expectClose(gradient, [-1 / (5 * root), 3 / (25 * root), root])
  })

  test('op0 and opConst', () => {
    expect(gradBP((x: N) => x.mul(op0(2)()))(5)).toBe(2)
    const one: Op<[number, Vector], number> = opConst(1)
    expect(backprop((x: N, y: Var<Vector>) => one(x, y).add(x))(5, vector([1, 2]))).toEqual([6, [1, vector([0, 0])]])
    expect(op0({ a: 1, b: [vector([2])] })().b[0].value.toArray()).toEqual([2])
  })
})

describe('inputs and results of any structure', () => {
  type Layer = { w: Matrix; b: Vector; name: string }
  const apply = op2(({ w, b, name }: Layer, x: Vector) => {
    const [m, n] = w.shape
    const y = vector(b.data.map((bi, i) => bi + x.data.reduce((sum, xj, j) => sum + w.data[i * n + j] * xj, 0)))
    return [
      { y, name, size: y.data.length + 0 },
      (d: { y: Vector; size: number }) => [
        {
          w: matrix(
            w.data.map((_, k) => d.y.data[Math.floor(k / n)] * x.data[k % n]),
            m,
            n,
          ),
          b: d.y,
          name,
        },
        vector(x.data.map((_, j) => d.y.data.reduce((sum, di, i) => sum + di * w.data[i * n + j], 0))),
      ],
    ]
  }, 'apply')
  const layer: Layer = { w: matrix([1, 2, 3, 4], 2, 2), b: vector([5, 6]), name: 'layer' }

  test('a record with what is static between', () => {
    const [result, pullback] = backpropWith((l: BVar<Layer>, x: Var<Vector>) => apply(l, x))(layer, vector([1, -1]))
    expect(result.y.toArray()).toEqual([4, 5])
    expect(result.name).toBe('layer')
    const [byLayer, byX] = pullback({ y: vector([1, 10]), name: 'layer', size: 0 })
    expect([byLayer.w.toArray(), byLayer.b.toArray(), byLayer.name]).toEqual([
      [
        [1, -1],
        [10, -10],
      ],
      [1, 10],
      'layer',
    ])
    expect(byX.toArray()).toEqual([31, 42])
  })

  test('plain values and constants beside variables', () => {
    const g = gradBP((x: Var<Vector>) => apply(layer, x).y)(vector([1, 1]))
    expect(g.toArray()).toEqual([4, 6])
    const constant = apply(layer, vector([1, 1]))
    expect(constant.y.value.toArray()).toEqual([8, 13])
    expect(gradBP((x: N) => x.mul(constVar(2)).add(xRootY(constVar(3), 4)))(1)).toBe(2)
  })

  test('a union: the gradient has the constructor of the value', () => {
    type Shape = { kind: 'circle'; r: number } | { kind: 'square'; side: number }
    const area = op1((s: Shape) =>
      s.kind === 'circle'
        ? [Math.PI * s.r ** 2, (dz: number): [Shape] => [{ kind: 'circle', r: 2 * Math.PI * s.r * dz }]]
        : [s.side ** 2, (dz: number): [Shape] => [{ kind: 'square', side: 2 * s.side * dz }]],
    )
    const f = (s: BVar<Shape>): N => area(s)
    expect(gradBP(f)({ kind: 'square', side: 3 })).toEqual({ kind: 'square', side: 6 })
    const wrong = op1((_s: Shape) => [1, (_dz: number): [Shape] => [{ kind: 'circle', r: 1 }]])
    const error = expectFailure(
      () => gradBP((s: BVar<Shape>) => wrong(s))({ kind: 'square', side: 3 }),
      StructureMismatchError,
    )
    expect(error.path).toContain('argument 1')
  })

  test('numbers in, a structure out; the short way is left', () => {
    const polar = op2((r: number, a: number) => [
      { x: r * Math.cos(a), y: r * Math.sin(a) },
      ({ x, y }) => [x * Math.cos(a) + y * Math.sin(a), -x * r * Math.sin(a) + y * r * Math.cos(a)],
    ])
    expectClose(gradBP((r: N, a: N) => polar(r, a).y)(2, 0.5), [Math.sin(0.5), 2 * Math.cos(0.5)])
    expectClose(gradBP((a: N) => polar(2, a).x)(0.5), -2 * Math.sin(0.5))
    const both = op1((x: number) => [[x, vector([x, 2 * x])] as const, ([d, v]) => [d + v.data[0] + 2 * v.data[1]]])
    expect(gradBP((x: N) => both(x))(1)).toBe(4)
  })

  test('a result whose parts no one uses has gradient zero', () => {
    const op = op1((x: number) => [{ a: x, b: x * x }, ({ a, b }) => [a + 2 * x * b]])
    expect(gradBP((x: N) => op(x).a)(3)).toBe(1)
    expect(gradBP((x: N) => op(x).b)(3)).toBe(6)
    expect(gradBP((x: N) => op(x))(3)).toBe(7)
  })
})

describe('composition and structure', () => {
  const plus: Op<[number, number], number> = addOp
  const times: Op<[number, number], number> = mulOp

  test('composeOp adds up what comes back by several ways', () => {
    // (x + y)·x·y
    const op = composeOp([plus, times], times)
    expect(runOp(op)(2, 3)).toBe(30)
    expect(gradOp(op)(2, 3)).toEqual([2 * 2 * 3 + 9, 4 + 2 * 2 * 3])
    const mixed = composeOp([xRootY, times], xRootY)
    expectClose(gradOp(mixed)(3, 4), gradOp(opOf((x: N, y: N) => x.mul(y.sqrt()).mul(x.mul(y).sqrt())))(3, 4))
  })

  test('composeOp1', () => {
    const root: Op<[number], number> = sqrtOp
    expect(gradOp(composeOp1(times, root))(2, 8)).toEqual([1, 0.25])
  })

  test('idOp, opTup, opCoerce, coerceVar record nothing', () => {
    expect(gradBP((x: N) => idOp(x).mul(x))(3)).toBe(6)
    expect(gradBP((x: N) => opTup(x, x.mul(x)))(3)).toBe(7)
    expect(opTup(1, { a: 2 }).length).toBe(2)
    const same: Op<[Vector], Vector<2>> = opCoerce<Vector, Vector<2>>()
    expect(gradBP((x: Var<Vector>) => same(x))(vector([1, 2])).toArray()).toEqual([1, 1])
    expect(gradBP((x: N) => coerceVar<number, number>(x))(1)).toBe(1)
  })

  test('opIso and opLens differentiate twice', () => {
    const pair = opIso({
      to: (v: Vector<2>) => ({ x: v.at(0), y: v.at(1) }),
      from: ({ x, y }: { x: number; y: number }) => vector([x, y], 2),
    })
    const f = (v: Var<Vector<2>>): N => {
      const { x, y } = pair(v)
      return x.mul(x).mul(y)
    }
    expect(gradBP(f)(vector([2, 3], 2)).toArray()).toEqual([12, 4])
    expect(gradBP((v: Var<Vector<2>>) => gradBP(f)(v))(vector([2, 3], 2)).toArray()).toEqual([10, 4])
    const at1 = opLens({
      get: (v: Vector) => v.at(1),
      set: (v: Vector, x: number) => vector(v.data.map((vi, i) => (i === 1 ? x : vi))),
    })
    const g = (v: Var<Vector>): N => at1(v).pow(3)
    expect(gradBP(g)(vector([1, 2, 3])).toArray()).toEqual([0, 12, 0])
    expect(gradBP((v: Var<Vector>) => gradBP(g)(v))(vector([1, 2, 3])).toArray()).toEqual([0, 12, 0])
    expect(
      gradBP((v: Var<Vector>) => gradBP((u: Var<Vector>) => gradBP(g)(u))(v))(vector([1, 2, 3])).toArray(),
    ).toEqual([0, 6, 0])
  })

  test('opOf takes variables and plain values, and any function once', () => {
    const op = opOf((p: BVar<{ x: number }>, y: N) => p.x.mul(y))
    expect(op({ x: 2 }, 3).value).toBe(6)
    expect(gradBP((y: N) => op({ x: y }, y))(3)).toBe(6)
    expect(gradOp(opOf(op))({ x: 2 }, 3)).toEqual([{ x: 3 }, 2])
  })
})

describe('no gradient', () => {
  const round = noGrad1((x: number) => Math.round(x), 'round')

  test('the value, in and out of runs', () => {
    expect(runOp(round)(2.4)).toBe(2)
    expect(evalBP((x: N) => round(x).mul(x))(2.5)).toBe(7.5)
    const parts = noGrad((x: Vector, n: number) => ({ first: x.at(0), n }))
    expect(parts(vector([4, 5]), 2).first.value).toBe(4)
  })

  test('an error where the gradient is needed, and only there', () => {
    const error = expectFailure(() => gradBP((x: N) => round(x).mul(x))(2.4), NoGradientError, /^round: /)
    expect(error.op).toBe('round')
    expect(gradBP((x: N) => round(constVar(2.4)).mul(x))(2.4)).toBe(2)
    expect(gradBP((x: N, y: N) => round(y).mul(x), { wrt: 0 })(5, 2.4)).toBe(2)
    expect(gradBP((x: N) => round(stopGradient(x)).mul(x))(2.4)).toBe(2)
    expect(gradBP((x: N) => stopGradient(round(x)).mul(x))(2.4)).toBe(2)
    // In an inner run what comes from the run around it alone is no constant by itself.
    expect(gradBP((x: N) => gradBP((y: N) => y.mul(y).mul(round(stopGradient(x.mul(2)))))(x))(2.4)).toBe(10)
    expect(
      gradBP((x: N) => {
        round(x)
        return x
      })(2.4),
    ).toBe(1)
  })
})

describe('second derivatives', () => {
  test('a pullback on variables: known', () => {
    const square = op2(
      (x: number, y: number) => x * x * y,
      (dz, x, y) => [dz.mul(x).mul(y).mul(2), dz.mul(x).mul(x)],
    )
    expect(gradBP((x: N, y: N) => gradBP(square)(x, y)[0])(3, 4)).toEqual([8, 6])
    expect(gradBP((x: N, y: N) => gradBP(square)(x, y)[1])(3, 4)).toEqual([6, 0])
  })

  test('a pullback on variables may use the result, and plain parts', () => {
    const expo = op1(
      (x: number) => Math.exp(x),
      (dz, _x, z) => [dz.mul(z)],
    )
    let f = (x: N): N => expo(x)
    for (let order = 0; order < 4; order++) {
      const g = f
      f = x => gradBP(g)(x)
    }
    expectClose(evalBP(f)(0.5), Math.exp(0.5), 1e-13)
    const none = op2(
      (x: number, _y: number) => x,
      dz => [dz, 0],
    )
    expect(gradBP((x: N, y: N) => none(x, y).mul(y))(2, 3)).toEqual([3, 2])
  })

  test('of a pullback on plain values: an error that names op and repair', () => {
    const second = (x: N, y: N): N => gradBP((u: N, v: N) => xRootY(u, v))(x, y)[0]
    const error = expectFailure(() => gradBP(second)(3, 4), NotTwiceDifferentiableError, /^x·√y: /, /on variables/)
    expect(error.op).toBe('x·√y')
  })

  test('a first derivative inside a function is there, where nothing goes through it again', () => {
    const first = (x: N, y: N): N => gradBP((u: N, v: N) => xRootY(u, v))(x, y)[0]
    expect(evalBP(first)(3, 4)).toBe(2)
    expect(gradBP((x: N, y: N) => x.mul(constVar(first(x, y).value)))(3, 4)).toEqual([2, 0])
  })
})

describe('mistakes', () => {
  const failing = (op: (x: N, y: N) => N): (() => unknown) => {
    return () => gradBP(op)(3, 4)
  }

  test('no pair, no function, a variable, a string', () => {
    expectFailure(() => op1(3 as never), UsageError, /^op1: the first argument/)
    expectFailure(() => op1((x: number) => x, 3 as never), UsageError, /^op1: the second/)
    const bare: Op<[number, number], number> = op2((x: number, y: number) => (x * y) as never, 'bare')
    expectFailure(failing(bare), UsageError, /^bare: the function must return \[value, pullback\]/)
    const leaked = op1(() => [constVar(1), () => [0]] as never, 'leaked')
    expectFailure(() => gradBP((x: N) => leaked(x) as N)(1), UsageError, /^leaked, the result is a variable/)
    const text = op1(() => ['text', () => [0]] as never, 'text')
    expectFailure(() => gradBP((x: N) => text(x) as N)(1), UsageError, /^text, the result holds no number/)
    const date = op1(() => [{ when: new Date() }, () => [0]] as never, 'date')
    expectFailure(() => gradBP((x: N) => date(x) as N)(1), UnknownLeafError, /^date, the result\.when: /)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a number for a tuple', () => 3, /^op, the gradient: .* an array of 2 elements/],
    ['too few', () => [3], /an array of 2 elements/],
    ['undefined in it', () => [3, undefined], /^op, the gradient by argument 2/],
    ['a tensor for a number', () => [vector([1]), 2], /^op, the gradient by argument 1/],
    ['a variable', () => [constVar(1), constVar(2)], /^op, the gradient: a variable stands where/],
  ])('a gradient that does not fit: %s', (_title, pullback, message) => {
    const op: Op<[number, number], number> = op2((x: number, y: number) => [x * y, pullback as never], 'op')
    expectFailure(failing(op), StructureMismatchError, message)
    // The long way, too.
    expectFailure(
      () => gradBP((x: N) => x.mul(op(3, constVar(4)).mul(op(x, constVar(2)))))(1),
      StructureMismatchError,
      message,
    )
    expect(gradOp(xRootY)(3, 4)).toEqual([2, 0.75])
  })

  test('a gradient of another shape, a missing field', () => {
    const tensors = op1((x: Vector) => [x.at(0), (): [Vector] => [vector([1, 2, 3])]], 'first')
    const error = expectFailure(
      () => gradBP((x: Var<Vector>) => tensors(x))(vector([1, 2])),
      ShapeMismatchError,
      /^first, the gradient by argument 1/,
    )
    expect(error.shapes).toEqual([[2], [3]])
    const record = op1((r: { a: number; b: number }) => [r.a, (dz: number) => [{ a: dz } as never]], 'record')
    expectFailure(
      () => gradBP((r: BVar<{ a: number; b: number }>) => record(r))({ a: 1, b: 2 }),
      StructureMismatchError,
      /^record, the gradient by argument 1: keys differ: expected \{ a, b \}/,
    )
  })

  test('a resident value as an input', () => {
    using w = resident(3)
    expectFailure(() => gradBP((x: N) => xRootY(x, w as never))(1), UnknownLeafError, /^x·√y, argument 2/)
  })
})

test('a step that goes through an op changes all parameters or none', () => {
  let fail = true
  const op = op1((x: number) => [
    x * x,
    dz => {
      if (fail) throw new Error('mine')
      return [2 * x * dz]
    },
  ])
  const step = sgdStep((p: BVar<{ u: number; w: Matrix; b: Vector }>) => op(p.u).mul(p.b.add(p.b).value.at(0)), {
    rate: 0.1,
  })
  using parameters = resident({ u: 3, w: matrix([1, 2], 1, 2), b: vector([2]) })
  expect(() => step(parameters)).toThrow('mine')
  expect(parameters.read().u).toBe(3)
  fail = false
  expect(step(parameters)).toBe(36)
  expect(parameters.read().u).toBeCloseTo(3 - 0.1 * 24)
})
