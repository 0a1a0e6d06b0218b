/** sgdStep against p − rate·gradient, for every way in which a parameter is read. */
import {
  add,
  constVar,
  dot,
  gradBP,
  logistic,
  matMul,
  matVec,
  outer,
  resident,
  ResidentError,
  ResultError,
  sgdStep,
  softmaxCrossEntropy,
  sub,
  sum,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
  UsageError,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { dirtyMemory } from '../support/differences.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

interface Parameters {
  a: Matrix<3, 3>
  b: Matrix<3, 3>
  v: Vector<3>
  u: Vector<3>
  s: number
}
type P = BVar<Parameters>

const random = new Random(7)
const data = randomVector(3, random)
const table = randomMatrix(3, 3, random)

/** Each way of reading parameters, as a loss. */
const losses: Readonly<Record<string, (p: P, x: Var<Vector<3>>) => Var<number>>> = {
  'matVec, bias, read once each: in place': (p, x) => {
    const y = logistic(matVec(p.a, x).add(p.v))
    return dot(y, sub(y, p.u))
  },
  'a transposed matVec: in place': (p, x) => dot(matVec(p.a, x, { transpose: true }), x),
  'first operand of matMul, plain and transposed: in place': p =>
    sum(matMul(p.a, table)).add(dot(matMul(p.b, table, { transposeA: true, transposeB: true }), table)),
  'second operand of matMul': p => dot(matMul(table, p.a), matMul(table, p.b, { transposeB: true })),
  'both operands of one matMul': p => dot(matMul(p.a, p.b), table),
  'the same parameter as both operands': p => dot(matMul(p.a, p.a), table).add(dot(p.v.mul(p.v), p.v)),
  'a parameter read by two ops': (p, x) => dot(matVec(p.a, x), matVec(p.a, p.v)).add(dot(p.v, x)),
  'the vector of matVec': p => sum(matVec(table, p.v).mul(p.u)),
  'bias add on both sides, minus on both sides': (p, x) =>
    dot(add(p.v, x), x).add(dot(sub(x, p.u), sub(x, matVec(p.a, x)))),
  'bias and bias in one add': (p, x) => dot(p.v.add(p.u), x.mul(x)),
  'a scalar, spread and alone': (p, x) => dot(x.mul(p.s), x).add(p.s.mul(p.s)),
  'elementwise ops and outer': (p, x) => dot(outer(p.v, p.u), table).add(dot(p.a.exp(), p.b)).add(dot(x, x)),
  'softmax and cross-entropy': (p, x) => softmaxCrossEntropy(matVec(p.a, x).add(p.v), p.u),
  'a parameter nothing reads': (p, x) => dot(p.v, x),
  'a parameter read by dead code too': (p, x) => {
    matVec(p.a, x).mul(p.v)
    return dot(matVec(p.a, x), x)
  },
  'a scalar parameter as the loss itself': p => p.s,
  'a gradient inside the loss': (p, x) => {
    const g = gradBP((y: Var<Vector<3>>) => dot(matVec(p.a, y), y))(x)
    return dot(g, g)
  },
  'a constant loss': () => constVar(4),
}

function parametersOf(seed: number): Parameters {
  const draw = new Random(seed)
  return {
    a: randomMatrix(3, 3, draw),
    b: randomMatrix(3, 3, draw),
    v: randomVector(3, draw),
    u: randomVector(3, draw),
    s: draw.between(-1, 1),
  }
}

describe.each(Object.entries(losses))('%s', (_title, loss) => {
  test('three steps are three manual updates, and the value is the loss before each', () => {
    const rate = 0.1
    using parameters = resident(parametersOf(3))
    const step = sgdStep(loss, { rate })
    for (let i = 0; i < 3; i++) {
      const before = parameters.read()
      const gradient = flat(gradBP(loss, { wrt: 0 })(before, data))
      const value = flat(loss(constVar(before), constVar(data)).value)
      dirtyMemory()
      expectClose(step(parameters, data), value, 1e-14)
      const after = flat(before).map((p, j) => p - rate * gradient[j])
      expectClose(parameters.read(), after, 1e-13)
    }
  })
})

describe('steps', () => {
  test('converge: a line through three points', () => {
    const xs = [0, 1, 2]
    const loss = (p: BVar<{ slope: number; shift: number }>, x: Var<number>, y: Var<number>): Var<number> =>
      sub(p.slope.mul(x).add(p.shift), y).pow(2)
    const step = sgdStep(loss, { rate: 0.1 })
    using line = resident({ slope: 0, shift: 0 })
    for (let i = 0; i < 2000; i++) for (const x of xs) step(line, x, 3 * x - 1)
    expectClose(line.read(), [3, -1], 1e-6)
  })

  test('a bare parameter, a tuple of parameters', () => {
    using w = resident(vector([1, 2]))
    sgdStep((v: Var<Vector>) => dot(v, v), { rate: 0.25 })(w)
    expect(flat(w.read())).toEqual([0.5, 1])
    using pair = resident<[number, Vector]>([1, vector([2])])
    sgdStep((p: BVar<[number, Vector]>) => sum(p[1].mul(p[0])), { rate: 0.5 })(pair)
    expect(flat(pair.read())).toEqual([0, 1.5])
  })

  test('a large layer, whose update crosses every block', () => {
    const draw = new Random(5)
    const w = randomMatrix(70, 130, draw)
    const x = randomVector(130, draw)
    const loss = (p: Var<Matrix<70, 130>>, input: Var<Vector<130>>): Var<number> => {
      const y = matVec(p, input)
      return dot(y, y)
    }
    using parameters = resident(w)
    sgdStep(loss, { rate: 0.01 })(parameters, x)
    const gradient = flat(gradBP(loss, { wrt: 0 })(w, x))
    expectClose(
      parameters.read(),
      flat(w).map((wi, i) => wi - 0.01 * gradient[i]),
      1e-13,
    )
  })

  test('data may be resident, structured, and change each time', () => {
    type Sample = { x: Vector; t: number }
    using w = resident(vector([0, 0]))
    using x = resident(vector([1, 2]))
    const step = sgdStep((v: Var<Vector>, sample: BVar<Sample>) => sub(dot(v, sample.x), sample.t).pow(2), {
      rate: 0.1,
    })
    step(w, { x, t: 1 })
    expectClose(w.read(), [0.2, 0.4], 1e-15)
    step(w, { x: vector([1, 0]), t: 0.2 })
    expectClose(w.read(), [0.2, 0.4], 1e-15)
  })
})

describe('guards', () => {
  const loss = (v: Var<Vector>, x: Var<Vector>): Var<number> => dot(v, x)
  const step = sgdStep(loss, { rate: 1 })

  test('parameters must be resident, not freed, and nobody else may read them', () => {
    expect(() => step(vector([1, 2]) as never, vector([1, 2]))).toThrow(/must be resident.*resident\(value\)/)
    const w = resident(vector([1, 2]))
    expect(() => step(w, w)).toThrow(ResidentError)
    gradBP((v: Var<Vector>) => {
      expect(() => step(w, vector([1, 1]))).toThrow(/still open/)
      return dot(v, v)
    })(w)
    expect(flat(w.read())).toEqual([1, 2])
    w.free()
    expect(() => step(w, vector([1, 1]))).toThrow(/freed/)
  })

  test('a loss that is no number, or plain, changes nothing', () => {
    using w = resident(vector([1, 2]))
    expect(() => sgdStep((v: Var<Vector>) => v as never, { rate: 1 })(w)).toThrow(
      /^sgdStep: the loss is no number: 2 and scalar/,
    )
    expect(() => sgdStep((v: Var<Vector>) => dot(v, v).value as never, { rate: 1 })(w)).toThrow(ResultError)
    expect(flat(w.read())).toEqual([1, 2])
  })

  test.each([[undefined], [{}], [{ rate: NaN }], [{ rate: Infinity }], [{ rate: '0.1' }], [{ lr: 0.1 }]])(
    'options %j are refused',
    options => {
      expect(() => sgdStep((v: Var<Vector>) => dot(v, v), options as never)).toThrow(UsageError)
    },
  )

  test('a loss that throws changes nothing', () => {
    using w = resident(vector([1, 2]))
    const failing = sgdStep(
      (v: Var<Vector>) => {
        if (dot(v, v).value > 0) throw new Error('mine')
        return dot(v, v)
      },
      { rate: 1 },
    )
    expect(() => failing(w)).toThrow('mine')
    expect(flat(w.read())).toEqual([1, 2])
    step(w, vector([1, 1]))
    expect(flat(w.read())).toEqual([0, 1])
  })
})
