/** Workers at their own threshold: sizes around it, whole gradients, residents, updates in place, memory that grows. */
import {
  compile,
  constVar,
  evalBP,
  gradBP,
  init,
  logistic,
  matMul,
  type Matrix,
  matrix,
  matVec,
  outer,
  resident,
  sgdStep,
  sin,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  type BVar,
  type Var,
  type Vector,
  vector,
} from 'backprop-wasm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JOB_TICKET } from '../../assembly/shared/job.ts'
import { engine, enginePool } from '../../src/wasm/engine.ts'
import type { ThreadedExports } from '../../src/wasm/exports.ts'
import type { Pool } from '../../src/wasm/pool.ts'
import { Random } from '../support/random.ts'

let pool: Pool

beforeAll(async () => {
  await init({ workers: 2 })
  pool = enginePool() as Pool
  expect(pool.count).toBe(2)
})
afterAll(() => pool.close())

const random = new Random(3)
const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.between(-1, 1))
const bitsOf = ({ data }: Tensor): BigInt64Array => new BigInt64Array(data.buffer)

/** The job's ticket: another one after each job. */
function ticket(): number {
  const { memory, exports } = engine()
  return Atomics.load(memory.i32, ((exports as ThreadedExports).jobBlock() + JOB_TICKET) / 4)
}

/** What `run` gives on one thread; checks that it is the same on others, and that these were asked. */
function sameOnAll<R>(run: () => R, view: (result: R) => unknown, shared = true): R {
  pool.use(0)
  const alone = run()
  for (const count of [1, 2]) {
    pool.use(count)
    const before = ticket()
    expect(view(run())).toEqual(view(alone))
    expect(ticket() !== before).toBe(shared)
  }
  return alone
}

test.each([
  [16, 16, 16, false],
  [300, 200, 301, true],
  [1027, 65, 66, true],
  [65, 300, 1027, true],
  [257, 513, 255, true],
  [5, 5000, 3000, true],
  [3000, 2, 5, false],
])('matMul %i×%i×%i, all transposes', (m, k, n, shared) => {
  const a = { false: matrix(numbers(m * k), m, k), true: matrix(numbers(m * k), k, m) }
  const b = { false: matrix(numbers(n * k), k, n), true: matrix(numbers(n * k), n, k) }
  for (const transposeA of [false, true])
    for (const transposeB of [false, true]) {
      const product = (x: Var<Matrix>, y: Var<Matrix>): Var<Matrix> =>
        matMul(x, y, { transposeA, transposeB } as { transposeA: true; transposeB: true })
      const run = (): Matrix => evalBP(product)(a[`${transposeA}`] as Matrix, b[`${transposeB}`] as Matrix)
      const c = sameOnAll(run, bitsOf, shared)
      const at = (i: number, p: number): number => (transposeA ? a.true.at(p, i) : a.false.at(i, p))
      const bt = (p: number, j: number): number => (transposeB ? b.true.at(j, p) : b.false.at(p, j))
      const [i, j] = [m - 1, n - 1]
      let exact = 0
      for (let p = 0; p < k; p++) exact += at(i, p) * bt(p, j)
      expect(c.at(i, j)).toBeCloseTo(exact, 9)
    }
})

test('elementwise ops: from a size on, and not below', () => {
  const small = vector(numbers(500))
  const large = vector(numbers(100_001))
  const f = (x: Var<Vector>): Var<Vector> => sin(x)
  sameOnAll(() => evalBP(f)(small), bitsOf, false)
  sameOnAll(() => evalBP(f)(large), bitsOf)
})

interface Net {
  w1: Matrix<300, 784>
  b1: Vector<300>
  w2: Matrix<10, 300>
  b2: Vector<10>
}
const SAMPLES = 128
const net: Net = {
  w1: matrix(numbers(300 * 784), 300, 784),
  b1: vector(numbers(300), 300),
  w2: matrix(numbers(3000), 10, 300),
  b2: vector(numbers(10), 10),
}
const inputs = matrix(numbers(SAMPLES * 784), SAMPLES, 784)
const targets = matrix(
  numbers(SAMPLES * 10).map(x => x * x),
  SAMPLES,
  10,
)
const ones = vector(new Float64Array(SAMPLES).fill(1), SAMPLES)
const loss = ({ w1, b1, w2, b2 }: BVar<Net>, x: Var<Matrix<128, 784>>, t: Var<Matrix<128, 10>>): Var<number> => {
  const z = logistic(matMul(x, w1, { transposeB: true }).add(outer(constVar(ones), b1)))
  return sum(softmaxCrossEntropy(matMul(z, w2, { transposeB: true }).add(outer(constVar(ones), b2)), t))
}
const allBits = (value: Net): unknown => Object.values(value).map(leaf => bitsOf(leaf as Tensor))

test('the gradient of a batch, recorded and compiled, plain and resident', () => {
  const gradient = gradBP(loss, { wrt: 0 })
  const compiled = compile(gradient)
  const parameters = resident(net)
  const into = resident(net)
  const toResident = compile(gradBP(loss, { wrt: 0, into }))
  const alone = allBits(sameOnAll(() => gradient(net, inputs, targets), allBits))
  expect(allBits(sameOnAll(() => compiled(net, inputs, targets), allBits))).toEqual(alone)
  const run = (): Net => {
    toResident(parameters, inputs, targets)
    return into.read()
  }
  expect(allBits(sameOnAll(run, allBits))).toEqual(alone)
})

test('steps that change residents in place', () => {
  const step = sgdStep(loss, { rate: 0.01 })
  for (const train of [step, compile(step)]) {
    const parameters = resident(net)
    const run = (): Net => {
      parameters.write(net)
      for (let i = 0; i < 3; i++) train(parameters, inputs, targets)
      return parameters.read()
    }
    sameOnAll(run, allBits)
    parameters.free()
  }
})

test('second derivatives', () => {
  const a = matrix(numbers(800 * 800), 800, 800)
  const f = (x: Var<Vector<800>>): Var<number> => sum(sin(matVec(a, x)))
  const x = vector(numbers(800), 800)
  const second = gradBP((v: Var<Vector<800>>) => sum(gradBP(f)(v).mul(v)))
  sameOnAll(() => second(x), bitsOf)
})

test('memory that grows while workers are there', () => {
  const { memory } = engine()
  pool.use(2)
  const n = 1500
  const x = matrix(new Float64Array(n * 16).fill(1), n, 16)
  let growths = 0
  for (let i = 0; growths < 3; i++) {
    const before = memory.byteLength
    const a = resident(matrix(new Float64Array(n * n).fill(i), n, n))
    const product = evalBP((m: Var<Matrix>, v: Var<Matrix>) => matMul(m, v))(a as never, x as Matrix)
    if (memory.byteLength > before) growths++
    expect(product.data.every(value => value === i * n)).toBe(true)
  }
})

test('a hundred thousand jobs', { timeout: 300_000 }, () => {
  pool.use(2)
  pool.shareFrom(0)
  const x = vector(numbers(256), 256)
  const square = compile(evalBP((v: Var<Vector<256>>) => sum(v.mul(v).add(v))))
  const expected = square(x)
  let wrong = 0
  for (let i = 0; i < 50_000; i++) if (square(x) !== expected) wrong++
  expect(wrong).toBe(0)
  pool.shareFrom(15_000)
})
