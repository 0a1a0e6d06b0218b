import { describe, expect, test } from 'vitest'
import { BaselineTape, ScalarTape } from '../../bench/baseline/index.ts'
import { atan, exp, log, one, over, pi, real, sinCos, sqrt, times, toDecimals, toNumber } from './bigReal.ts'
import { expectGradient, Inputs } from './differences.ts'

type Unary = (tape: ScalarTape, a: number) => number
type Exact = (x: bigint) => bigint

interface UnaryCase {
  readonly name: string
  readonly op: Unary
  readonly exact: Exact
  /** Where the op is smooth and defined. */
  readonly domain: readonly [number, number]
  /** Arguments beside random ones. */
  readonly points?: readonly number[]
}

const sin: Exact = x => sinCos(x).sin
const cos: Exact = x => sinCos(x).cos
const log1p: Exact = x => log(one + x)
const asin: Exact = x => atan(over(x, sqrt(one - times(x, x))))

const unaryCases: readonly UnaryCase[] = [
  { name: 'neg', op: (t, a) => t.neg(a), exact: x => -x, domain: [-3, 3] },
  { name: 'abs', op: (t, a) => t.abs(a), exact: x => (x < 0n ? -x : x), domain: [-3, -0.1] },
  { name: 'sign', op: (t, a) => t.sign(a), exact: x => (x < 0n ? -one : one), domain: [0.1, 3] },
  { name: 'recip', op: (t, a) => t.recip(a), exact: x => over(one, x), domain: [0.3, 4] },
  { name: 'exp', op: (t, a) => t.exp(a), exact: exp, domain: [-4, 4], points: [-20, 30] },
  { name: 'log', op: (t, a) => t.log(a), exact: log, domain: [0.3, 9], points: [1 - 2 ** -30, 1e6] },
  { name: 'sqrt', op: (t, a) => t.sqrt(a), exact: sqrt, domain: [0.3, 9], points: [2 ** -40, 1e10] },
  { name: 'sin', op: (t, a) => t.sin(a), exact: sin, domain: [-4, 4], points: [2 ** -30, 20] },
  { name: 'cos', op: (t, a) => t.cos(a), exact: cos, domain: [-4, 4], points: [20] },
  { name: 'tan', op: (t, a) => t.tan(a), exact: x => over(sin(x), cos(x)), domain: [-1.2, 1.2] },
  { name: 'asin', op: (t, a) => t.asin(a), exact: asin, domain: [-0.8, 0.8], points: [1 - 2 ** -20] },
  { name: 'acos', op: (t, a) => t.acos(a), exact: x => pi() / 2n - asin(x), domain: [-0.8, 0.8] },
  { name: 'atan', op: (t, a) => t.atan(a), exact: atan, domain: [-4, 4], points: [1e6] },
  { name: 'sinh', op: (t, a) => t.sinh(a), exact: x => (exp(x) - exp(-x)) / 2n, domain: [-3, 3], points: [2 ** -20] },
  { name: 'cosh', op: (t, a) => t.cosh(a), exact: x => (exp(x) + exp(-x)) / 2n, domain: [-3, 3], points: [20] },
  {
    name: 'tanh',
    op: (t, a) => t.tanh(a),
    exact: x => over(exp(x) - exp(-x), exp(x) + exp(-x)),
    domain: [-3, 3],
    points: [2 ** -20, 12],
  },
  { name: 'asinh', op: (t, a) => t.asinh(a), exact: x => log(x + sqrt(one + times(x, x))), domain: [-3, 3] },
  { name: 'acosh', op: (t, a) => t.acosh(a), exact: x => log(x + sqrt(times(x, x) - one)), domain: [1.3, 9] },
  { name: 'atanh', op: (t, a) => t.atanh(a), exact: x => log(over(one + x, one - x)) / 2n, domain: [-0.8, 0.8] },
  { name: 'log1p', op: (t, a) => t.log1p(a), exact: log1p, domain: [-0.6, 4], points: [2 ** -40] },
  { name: 'expm1', op: (t, a) => t.expm1(a), exact: x => exp(x) - one, domain: [-3, 3], points: [2 ** -40] },
  {
    name: 'logistic',
    op: (t, a) => t.logistic(a),
    exact: x => over(one, one + exp(-x)),
    domain: [-5, 5],
    points: [-30, 30],
  },
  {
    name: 'log1pExp',
    op: (t, a) => t.log1pExp(a),
    exact: x => log1p(exp(x)),
    domain: [-5, 5],
    points: [-30, 30],
  },
]

interface BinaryCase {
  readonly name: string
  readonly op: (tape: ScalarTape, a: number, b: number) => number
  readonly exact: (x: bigint, y: bigint) => bigint
  readonly domains: readonly [readonly [number, number], readonly [number, number]]
}

const anywhere = [-3, 3] as const
const positive = [0.3, 4] as const

const binaryCases: readonly BinaryCase[] = [
  { name: 'add', op: (t, a, b) => t.add(a, b), exact: (x, y) => x + y, domains: [anywhere, anywhere] },
  { name: 'sub', op: (t, a, b) => t.sub(a, b), exact: (x, y) => x - y, domains: [anywhere, anywhere] },
  { name: 'mul', op: (t, a, b) => t.mul(a, b), exact: times, domains: [anywhere, anywhere] },
  { name: 'div', op: (t, a, b) => t.div(a, b), exact: over, domains: [anywhere, positive] },
  { name: 'pow', op: (t, a, b) => t.pow(a, b), exact: (x, y) => exp(times(y, log(x))), domains: [positive, anywhere] },
  {
    name: 'logBase',
    op: (t, a, b) => t.logBase(a, b),
    exact: (x, y) => over(log(y), log(x)),
    domains: [[1.5, 9], positive],
  },
  { name: 'atan2', op: (t, a, b) => t.atan2(a, b), exact: (x, y) => atan(over(x, y)), domains: [anywhere, positive] },
]

/** Within 4 units in the last place. (V8's functions are within 1; the baseline's own divide once or twice.) */
function expectClose(actual: number, exact: number, where: string): void {
  expect(Math.abs(actual - exact), `${where}: ${actual} against ${exact}`).toBeLessThanOrEqual(
    4 * Number.EPSILON * Math.abs(exact),
  )
}

test('the reference arithmetic gives constants everybody knows', () => {
  expect(toDecimals(pi(), 40)).toBe('3.1415926535897932384626433832795028841971')
  expect(toDecimals(exp(one), 40)).toBe('2.7182818284590452353602874713526624977572')
  expect(toDecimals(log(2n * one), 40)).toBe('0.6931471805599453094172321214581765680755')
  expect(toDecimals(sqrt(2n * one), 40)).toBe('1.4142135623730950488016887242096980785696')
  expect(toDecimals(sinCos(one).sin, 40)).toBe('0.8414709848078965066525023216302989996225')
  expect(toDecimals(sinCos(one).cos, 40)).toBe('0.5403023058681397174009366074429766037323')
})

describe.each(unaryCases)('$name', ({ op, exact, domain, points = [] }) => {
  const inputs = new Inputs(7)
  const arguments_ = Array.from({ length: 20 }, () => inputs.number(...domain))

  test('has the right value', () => {
    const tape = new BaselineTape()
    for (const x of [...arguments_, ...points]) {
      expectClose(tape.value(op(tape, tape.scalar(x))), toNumber(exact(real(x))), `at ${x}`)
    }
  })

  test('has the right derivative', () => {
    for (const x of arguments_) expectGradient((t, [a]) => op(t, a), [x])
  })
})

describe.each(binaryCases)('$name', ({ op, exact, domains }) => {
  const inputs = new Inputs(8)
  const pairs = Array.from({ length: 20 }, () => [inputs.number(...domains[0]), inputs.number(...domains[1])])

  test('has the right value', () => {
    const tape = new BaselineTape()
    for (const [x, y] of pairs) {
      const value = tape.value(op(tape, tape.scalar(x), tape.scalar(y)))
      expectClose(value, toNumber(exact(real(x), real(y))), `at ${x}, ${y}`)
    }
  })

  test('has the right derivatives', () => {
    for (const pair of pairs) expectGradient((t, [a, b]) => op(t, a, b), pair)
  })

  test('adds both contributions of a value that is both operands', () => {
    const x = domains[0][1] * 0.7
    expectGradient((t, [a]) => op(t, a, a), [x])
  })
})

test('the tape for scalars only gives the same bits as the tape with tensors', () => {
  const inputs = new Inputs(14)
  const record = (tape: ScalarTape, x: number, c: number) => {
    const leaf = tape.scalar(x)
    let y = tape.mul(leaf, tape.constant(c))
    for (const { op, domain } of unaryCases) {
      const middle = tape.constant((domain[0] + domain[1]) / 2)
      y = tape.add(y, op(tape, tape.add(middle, tape.mul(leaf, tape.constant(0.01)))))
    }
    for (const { op } of binaryCases) y = tape.add(y, op(tape, tape.exp(leaf), tape.constant(c)))
    tape.backward(y, 0.3)
    return [tape.value(y), tape.adjoint(leaf), tape.length]
  }
  for (let i = 0; i < 10; i++) {
    const x = inputs.number(0.1, 1)
    const c = inputs.number(1.5, 3)
    const expected = record(new BaselineTape(), x, c)
    expect(record(new ScalarTape(), x, c)).toEqual(expected)
    expect(expected.every(Number.isFinite)).toBe(true)
  }
})

test('atan2 knows all four quadrants', () => {
  const inputs = new Inputs(9)
  for (const [p, q] of [
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1],
  ]) {
    const pair = [p * inputs.number(0.3, 2), q * inputs.number(0.3, 2)]
    expectGradient((t, [a, b]) => t.atan2(a, b), pair)
  }
})

/** Value and derivatives of an op at a point. */
function at(op: (tape: BaselineTape, ...handles: number[]) => number, ...xs: number[]): [number, ...number[]] {
  const tape = new BaselineTape()
  const handles = xs.map(x => tape.scalar(x))
  const y = op(tape, ...handles)
  tape.backward(y)
  return [tape.value(y), ...handles.map(h => tape.adjoint(h))]
}

describe('edge values', () => {
  test('|x| and sign have derivative 0 at 0', () => {
    expect(at((t, a) => t.abs(a), 0)).toEqual([0, 0])
    expect(at((t, a) => t.sign(a), 0)).toEqual([0, 0])
    expect(at((t, a) => t.sign(a), -3)).toEqual([-1, 0])
  })

  test('a square of a negative number takes no logarithm', () => {
    const tape = new BaselineTape()
    const x = tape.scalar(-3)
    const y = tape.pow(x, tape.constant(2))
    tape.backward(y)
    expect([tape.value(y), tape.adjoint(x)]).toEqual([9, -6])
    // An exponent that is a variable has no derivative there, but the base has.
    expect(at((t, a, b) => t.pow(a, b), -3, 2)).toEqual([9, -6, NaN])
  })

  test('powers at 0', () => {
    expect(at((t, a, b) => t.pow(a, b), 0, 2)).toEqual([0, 0, 0])
    expect(at((t, a, b) => t.pow(a, b), 0, 0.5)).toEqual([0, Infinity, 0])
    expect(at((t, a, b) => t.pow(a, b), 0, 1)).toEqual([0, 1, 0])
    expect(at((t, a, b) => t.pow(a, b), 0, 0)).toEqual([1, 0, -Infinity])
    expect(at((t, a, b) => t.pow(a, b), Infinity, 0)).toEqual([1, 0, Infinity])
  })

  test('no overflow in the logistic functions', () => {
    expect(at((t, a) => t.logistic(a), 1000)).toEqual([1, 0])
    expect(at((t, a) => t.logistic(a), -1000)).toEqual([0, 0])
    expect(at((t, a) => t.log1pExp(a), 1000)).toEqual([1000, 1])
    expect(at((t, a) => t.log1pExp(a), -1000)).toEqual([0, 0])
  })

  test('poles', () => {
    expect(at((t, a) => t.log(a), 0)).toEqual([-Infinity, Infinity])
    expect(at((t, a) => t.sqrt(a), 0)).toEqual([0, Infinity])
    expect(at((t, a) => t.recip(a), 0)).toEqual([Infinity, -Infinity])
    expect(at((t, a) => t.acosh(a), 1)).toEqual([0, Infinity])
    expect(at((t, a) => t.atanh(a), 1)).toEqual([Infinity, Infinity])
    expect(at((t, a) => t.log1p(a), -1)).toEqual([-Infinity, Infinity])
  })

  test('large arguments do not overflow in a derivative', () => {
    expect(at((t, a) => t.asinh(a), 1e200)[1]).toBeCloseTo(1e-200, 210)
    expect(at((t, a) => t.acosh(a), 1e200)[1] * 1e200).toBeCloseTo(1, 14)
    const [, byY, byX] = at((t, a, b) => t.atan2(a, b), 1e200, 2e200)
    expect(byY * 1e200).toBeCloseTo(0.4, 14)
    expect(byX * 1e200).toBeCloseTo(-0.2, 14)
  })

  test('NaN goes through', () => {
    for (const { op } of unaryCases) expect(at((t, a) => op(t, a), NaN)[0]).toBeNaN()
  })
})
