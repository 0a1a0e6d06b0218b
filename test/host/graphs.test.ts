/** Graphs in both styles: the same records, the same bits, the same errors. */
import {
  backpropBPOp,
  bindRef,
  bindVar,
  type BPOp,
  type BPOpI,
  type BVar,
  bpOp,
  constRef,
  constVar,
  dot,
  evalBP0,
  evalBPOp,
  gradBP,
  gradBPOp,
  gradOpWith,
  implicitly,
  inpVar,
  inpVars,
  liftB,
  liftB1,
  liftB2,
  liftB3,
  logistic,
  matVec,
  type Matrix,
  mulOp,
  type Op,
  op1,
  op2,
  op3,
  opVar,
  runOp,
  sqrtOp,
  sub,
  tapeOf,
  UsageError,
  type Var,
  type Vector,
  withInps,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

type N = Var<number>
type Net = [w1: Var<Matrix<4, 3>>, b1: Var<Vector<4>>, w2: Var<Matrix<2, 4>>, b2: Var<Vector<2>>]

const random = new Random(7)
const input = randomVector(3, random)
const target = randomVector(2, random)
const net = [
  randomMatrix(4, 3, random),
  randomVector(4, random),
  randomMatrix(2, 4, random),
  randomVector(2, random),
] as const

/** The seed's example: a network with one hidden layer and its squared error, step by step. */
const explicit = withInps(function* (...[w1, b1, w2, b2]: Net) {
  const y1 = yield* opVar(matVec<4, 3>, w1, constRef(input))
  const x2 = yield* bindRef(logistic(y1.add(b1)))
  const y2 = yield* opVar(matVec<2, 4>, w2, x2)
  const output = yield* bindVar(logistic(y2.add(b2)))
  const error = yield* bindVar(sub(output, target))
  return yield* opVar(dot<Vector<2>>, error, error)
})

/** The same as a function. */
const implicit = implicitly((...[w1, b1, w2, b2]: Net) => {
  const x2 = logistic(matVec(w1, constVar(input)).add(b1))
  const error = sub(logistic(matVec(w2, x2).add(b2)), target)
  return dot(error, error)
})

describe('both styles', () => {
  test('record the same tape', () => {
    const a = tapeOf(explicit as (...net: Net) => N)(...net)
    const b = tapeOf(implicit as (...net: Net) => N)(...net)
    expect(a.constants).toBe(b.constants)
    // Words and operands; addresses of buffers differ from run to run.
    const shape = (slots: Int32Array): number[] => Array.from(slots).filter((_, i) => i % 8 < 4)
    expect(shape(a.slots)).toEqual(shape(b.slots))
  })

  test('give the same bits', () => {
    expect(evalBPOp(explicit)(...net)).toBe(evalBPOp(implicit)(...net))
    const [a, b] = [gradBPOp(explicit)(...net), gradBPOp(implicit)(...net)]
    expect(a).toEqual(b)
    expect(backpropBPOp(explicit)(...net)).toEqual(backpropBPOp(implicit)(...net))
    expect(a.map(g => g.shape)).toEqual([[4, 3], [4], [2, 4], [2]])
  })

  test('with host ops, too', () => {
    const op = op2((x: number, y: number) => [x * y * y, dz => [dz * y * y, 2 * dz * x * y]])
    const step = withInps(function* (x: N, y: N) {
      const z = yield* opVar(op, x, y)
      const w = yield* opVar(op, z, 3)
      return yield* bindVar(w.add(z))
    })
    const plain = (x: N, y: N): N => {
      const z = op(x, y)
      return op(z, 3).add(z)
    }
    expect(backpropBPOp(step)(2, 3)).toEqual([180, gradBP(plain)(2, 3)])
  })
})

describe('a graph is an op', () => {
  const square: BPOp<[number], number> = withInps(function* (x: N) {
    return yield* opVar(mulOp, x, x)
  })

  test('in a graph, in a function, by itself', () => {
    const fourth = withInps(function* (x: N) {
      const y = yield* opVar(bpOp(square), x)
      return yield* opVar(square, y)
    })
    expect(evalBPOp(fourth)(2)).toBe(16)
    expect(gradBPOp(fourth)(2)).toBe(32)
    expect(gradBP((x: N) => square(x).add(bpOp((y: N) => y.mul(2))(x)))(3)).toBe(8)
    expect(square(3).value).toBe(9)
    expect(gradOpWith(square)(3)(10)).toBe(60)
    expect(gradBP((x: N) => gradBPOp(fourth)(x))(2)).toBe(48)
  })

  test('a value asked for decides what is built', () => {
    const power = withInps(function* (x: N) {
      let y = x
      while (y.lt(100)) y = yield* bindVar(y.mul(x))
      return y
    })
    expect(backpropBPOp(power)(3)).toEqual([243, 5 * 81])
  })

  test('structures, inputs that are asked for, liftB', () => {
    type P = { a: number; b: number }
    const graph = withInps<[BVar<P>, N], { s: N }>(function* () {
      const p = yield* inpVar<BVar<P>>(0)
      const [, y] = yield* inpVars<[BVar<P>, N]>()
      return { s: liftB2(mulOp as Op<[number, number], number>, p.a, y).add(p.b) }
    })
    expect(backpropBPOp(graph)({ a: 2, b: 5 }, 3)).toEqual([{ s: 11 }, [{ a: 3, b: 1 }, 2]])
    const root: Op<[number], number> = sqrtOp
    const sum3 = op3((x: number, y: number, z: number) => [x + y + z, dz => [dz, dz, dz]])
    expect(gradBP((x: N) => liftB1(root, liftB(mulOp as Op<[number, number], number>, x, x)))(3)).toBe(1)
    expect(gradBP((x: N) => liftB3(sum3, x, x, x))(3)).toBe(3)
    expect(evalBP0(() => constVar(2).mul(3))).toBe(6)
    const f: BPOpI<[number, number], number> = (x, y) => x.mul(y)
    expect(gradBPOp(implicitly(f))(3, 4)).toEqual([4, 3])
    expect(runOp(implicitly(f))(3, 4)).toBe(12)
  })
})

test('mistakes', () => {
  const noStep = withInps(function* (x: N) {
    yield x.mul(x)
    return x
  })
  expectFailure(() => evalBPOp(noStep)(1), UsageError, /Write yield\*/)
  const noInput = withInps<[N], N>(function* () {
    return yield* inpVar<N>(1)
  })
  expectFailure(() => evalBPOp(noInput)(1), UsageError, /^inpVar: there is no input 1; the graph has 1/)
  const noGenerator = withInps(((x: N) => x) as never)
  expectFailure(() => (noGenerator as (x: number) => unknown)(1), UsageError, /generator function/)
  const two = withInps(function* (x: N, y: N) {
    return yield* bindVar(x.mul(y))
  })
  expectFailure(() => evalBPOp(two)(...([1] as unknown as [number, number])), UsageError, /takes 2 arguments/)
  const noStar = withInps(function* (x: N) {
    return (yield bindVar(x)) as N
  })
  expectFailure(() => evalBPOp(noStar)(1), UsageError, /yields something that is no step/)
  for (const step of [(x: N) => bindVar(x), () => inpVar<N>(0)]) {
    // eslint-disable-next-line require-yield -- the mistake in question
    const returned = withInps(function* (x: N) {
      return step(x) as unknown as N
    })
    expectFailure(() => evalBPOp(returned)(1), UsageError, /returns a step.*return yield\*/)
  }
  const noOp = withInps(function* (x: N) {
    return yield* opVar(undefined as unknown as Op<[number], number>, x)
  })
  expectFailure(() => evalBPOp(noOp)(1), UsageError, /must be an op/)
  expectFailure(() => implicitly(3 as never), UsageError)
})

test('a graph that throws: the error comes through, the engine goes on', () => {
  class Mine extends Error {}
  const op = op1((x: number): [number, (dz: number) => [number]] => {
    if (x > 2) throw new Mine('too large')
    return [x, dz => [dz]]
  })
  const graph = withInps(function* (x: N) {
    const y = yield* opVar(op, x)
    return yield* opVar(op, y.mul(2))
  })
  expectFailure(() => gradBPOp(graph)(2), Mine)
  expect(gradBPOp(graph)(1)).toBe(2)
})
