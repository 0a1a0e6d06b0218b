/** `init({ debug: true })`: NaN is an error where it appears, which knows the user's line, as do errors about earlier records. */
import {
  asyncOp1,
  type BackpropError,
  backprop,
  backpropWith,
  type BVar,
  checkpoint,
  compile,
  constVar,
  evalBP,
  gradBP,
  gradBPAsync,
  hessian,
  init,
  jvp,
  log,
  LostDerivativeError,
  matrix,
  matVec,
  type Matrix,
  NotANumberError,
  op1,
  op2,
  OrderError,
  pow,
  resident,
  sgdStep,
  softmax,
  sqrt,
  sum,
  toFloat32,
  type Var,
  VarOutOfRunError,
  type Vector,
  vector,
  vmap,
  where,
  zeros,
} from 'backprop-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { tapeLevel } from '../support/tape.ts'
import { expectFailure } from '../support/failures.ts'

type N = Var<number>
type V = Var<Vector>

beforeAll(() => init({ debug: true }))

/** The line of the caller, as traces have it. */
function line(offset = 0): RegExp {
  const [, , frame = ''] = (new Error().stack ?? '').split('\n')
  const [, number = ''] = /:(\d+):\d+\)?$/.exec(frame) ?? []
  return new RegExp(`debug\\.test\\.ts:${String(Number(number) + offset)}:\\d+\\)?\\.?$`)
}

/** Throws unless an error's message ends with a line of this file, and its cause begins with that. */
function expectPlace(error: BackpropError, place: RegExp): void {
  expect(error.message).toMatch(place)
  const { name, message, stack = '' } = error.cause as Error
  expect([name, message]).toEqual(['Place', 'recorded here'])
  const [head, first = ''] = stack.split('\n')
  expect(head).toBe('Place: recorded here')
  expect(first).toMatch(place)
  expect(stack).not.toMatch(/[\\/]src[\\/]/)
}

describe('a value', () => {
  test('of a number: the op, its operand, the line', () => {
    let place = /never/
    const f = (x: N): N => {
      const shifted = x.sub(2)
      place = line(1)
      const root = shifted.sqrt()
      return root.mul(3)
    }
    expect(gradBP(f)(6)).toBe(0.75)
    const error = expectFailure(
      () => gradBP(f)(1),
      NotANumberError,
      /^Sqrt: the value is NaN, for the operand -1\. Keep/,
    )
    expect([error.op, error.during]).toEqual(['Sqrt', 'value'])
    expectPlace(error, place)
  })

  test('runs at once: nothing after it is recorded', () => {
    let level = { records: 0, constants: 0 }
    const after: string[] = []
    const f = (x: N): N => {
      level = tapeLevel()
      const y = x.log()
      after.push('here')
      return y.add(1)
    }
    expectFailure(() => evalBP(f)(-1), NotANumberError)
    expect(after).toEqual([])
    expect(level.records).toBe(1)
  })

  test.each([
    [
      'of a vector',
      (x: V) => sum(log(x)),
      /^Log: in the value NaN is at 2 of 3 elements, first at 1, for the operand -1 there/,
    ],
    [
      'of a row',
      (x: V) => sum(softmax(x.mul(Infinity))),
      /^Mul: .* for the operand 0 there and the operand Infinity\. The infinity is in a constant/,
    ],
    ['of float32', (x: V) => sum(sqrt(toFloat32(x))), /^Sqrt: in the value NaN is at 2 of 3 elements, first at 1/],
    [
      'of a constant, by the constant path',
      (x: V) => sum(x.mul(log(constVar(-2)))),
      /^Log: the value is NaN, for the operand -2/,
    ],
  ] as const)('%s', (_title, f, pattern) => {
    const x = vector(_title === 'of a row' ? [1, 0, 2] : [4, -1, -2])
    const error = expectFailure(() => gradBP(f)(x), NotANumberError, pattern)
    expect(error.message).toMatch(/debug\.test\.ts:\d+:\d+\)?\.$/)
  })

  test('that a reduction makes of infinities, which are followed back to where they appear', () => {
    const place = line(2)
    const f = (x: V): N => {
      const large = x.exp()
      return sum(large.mul(2).sub(large))
    }
    const error = expectFailure(
      () => evalBP(f)(vector([1, 800])),
      NotANumberError,
      /^Sub: in the value NaN is at 1 of 2/,
    )
    const [, origin = ''] = /The infinity comes from Exp, recorded (.*?)\. Keep/.exec(error.message) ?? []
    expect(origin).toMatch(place)
  })

  test('infinity alone is no error', () => {
    expect(evalBP((x: N) => x.log())(0)).toBe(-Infinity)
    expect(gradBP((x: N) => x.sqrt())(0)).toBe(Infinity)
    expect(evalBP((x: V) => sum(x.recip()))(vector([0, 1]))).toBe(Infinity)
  })

  test('NaN that comes in with an argument, where it is used', () => {
    expectFailure(() => evalBP((x: N) => x.mul(2))(NaN), NotANumberError, /^Mul: .* The NaN is in an argument/)
    expect(evalBP((x: V) => where(vector([1, 0]), x, 0))(vector([1, NaN])).toArray()).toEqual([1, 0])
  })

  test('of an op of the user’s', () => {
    const bad = op1((x: number) => [Math.log(x), dz => [dz / x]], 'myLog')
    const vectors = op1(
      (x: Vector) => vector(x.data.map(Math.log)),
      (dz, x) => [dz.div(x)],
      'myLogs',
    )
    for (const body of [() => evalBP((x: N) => bad(x))(-1), () => evalBP((x: V) => vectors(x))(vector([1, -1]))]) {
      const error = expectFailure(
        body,
        NotANumberError,
        /^myLogs?: (the value is NaN, for the operand -1|in the value NaN is at 1 of 2 elements, first at 1, for the operand -1 there)/,
      )
      expect(error.message).toMatch(/debug\.test\.ts:\d+:\d+\)?\.$/)
    }
  })
})

describe('a gradient', () => {
  test('0 · ∞ under a choice: the op, its cotangent and operand, the line', () => {
    let place = /never/
    const f = (x: V): N => {
      place = line(1)
      const root = sqrt(x)
      return sum(where(vector([0, 1]), root, 0))
    }
    expect(evalBP(f)(vector([0, 4]))).toBe(2)
    const pattern =
      /^Sqrt: in the gradient NaN is at 1 of 2 elements, first at 0, for the cotangent 0 there and the operand 0 there.*where\(ok, x, 1\)/
    const error = expectFailure(() => gradBP(f)(vector([0, 4])), NotANumberError, pattern)
    expect([error.op, error.during]).toEqual(['Sqrt', 'gradient'])
    expectPlace(error, place)
    const repaired = (x: V): N => sum(where(vector([0, 1]), sqrt(where(vector([0, 1]), x, 1)), 0))
    expect(gradBP(repaired)(vector([0, 4])).toArray()).toEqual([0, 0.25])
  })

  test('recorded, for a second derivative', () => {
    const place = line(1)
    const f = (x: N): N => x.sqrt().mul(0)
    const error = expectFailure(
      () => gradBP((x: N) => gradBP(f)(x))(0),
      NotANumberError,
      /^Sqrt: the value of Div in its gradient is NaN, for the operand 0 and the operand 0/,
    )
    expect([error.op, error.during]).toEqual(['Sqrt', 'gradient'])
    expectPlace(error, place)
  })

  test('kept for later: the line is that of the function', () => {
    const place = line(1)
    const f = (x: N): N => x.sqrt().mul(x)
    const [, pullback] = backpropWith(f)(0)
    expect(backpropWith(f)(4)[1](1)).toBe(3)
    expectPlace(
      expectFailure(() => pullback(0), NotANumberError, /^Sqrt: the gradient is NaN, for the cotangent 0/),
      place,
    )
  })

  test('a step that fails has changed nothing', () => {
    using w = resident<{ a: Matrix; b: number }>({ a: matrix([1, 2, 3, 4], 2, 2), b: 0 })
    const step = sgdStep(
      (p: BVar<{ a: Matrix; b: number }>, x: V) => sum(matVec(p.a as never, x as never)).add(p.b.sqrt().mul(0)),
      { rate: 0.1 },
    )
    expectFailure(() => step(w, vector([1, 1])), NotANumberError, /^Sqrt: the gradient is NaN/)
    expect([...w.read().a.data]).toEqual([1, 2, 3, 4])
    const better = sgdStep((p: BVar<{ a: Matrix; b: number }>, x: V) => sum(matVec(p.a as never, x as never)), {
      rate: 1,
    })
    expect(better(w, vector([1, 2]))).toBe(16)
    expect([...w.read().a.data]).toEqual([0, 0, 2, 2])
  })

  test('of an op of the user’s: on plain values, on variables, for numbers and for vectors', () => {
    const plain = op2((x: number, y: number) => [x * y, dz => [dz * y, dz * NaN]], 'plain')
    const vectors = op1((x: Vector) => [x, dz => [vector(dz.data.map(() => NaN))]], 'vectors')
    const onVars = op1(
      (x: number) => x * x,
      (dz, x) => [dz.mul(x.sub(5).log())],
      'onVars',
    )
    const place = line(1)
    const bodies = [() => gradBP((x: N) => plain(x, x))(2), () => gradBP((x: V) => sum(vectors(x)))(vector([1, 2]))]
    const [first] = bodies.map(body =>
      expectFailure(body, NotANumberError, /^(plain|vectors): the gradient that its pullback gave holds NaN/),
    )
    expectPlace(first, place)
    expectFailure(() => gradBP((x: N) => onVars(x))(2), NotANumberError, /^Log: the value is NaN, for the operand -3/)
  })

  test('of an op that waits', async () => {
    const late = asyncOp1(async (x: number) => {
      await Promise.resolve()
      return [x, async () => Promise.resolve([NaN] as const)]
    }, 'late')
    await expect(gradBPAsync(async (x: N) => late(x))(2)).rejects.toThrow(
      /^late: the gradient that its pullback gave holds NaN/,
    )
  })
})

describe('other functions', () => {
  test('vmap: the line in the function of a sample', () => {
    const place = line(1)
    const f = (x: N): N => x.log()
    const error = expectFailure(
      () => vmap(f)(vector([1, -2])),
      NotANumberError,
      /^Log: in the value NaN is at 1 of 2 elements, first at 1/,
    )
    expectPlace(error, place)
  })

  test('compile: recorded once with the values of the first call, then replayed as it is', () => {
    using logarithm = compile(evalBP((x: N) => x.log()))
    expectFailure(() => logarithm(-1), NotANumberError, /^Log/)
    expect(logarithm(1)).toBe(0)
    expect(logarithm(-1)).toBeNaN()
  })

  test('checkpoint: the line in its function, on the way back too', () => {
    const place = line(1)
    const inner = checkpoint((x: N) => x.sqrt().mul(0))
    expectPlace(
      expectFailure(() => gradBP((x: N) => inner(x))(0), NotANumberError, /^Sqrt: the gradient is NaN/),
      place,
    )
  })

  test('forward mode and second derivatives that are right give no false alarm', () => {
    const f = (x: N): N => x.sqrt()
    expect(jvp(f)(0, 1)).toEqual([0, Infinity])
    expect(jvp(f)(4, 1)).toEqual([2, 0.25])
    expect(
      hessian((x: V) => sum(pow(x, 3)))(vector([1, 2]))
        .toArray()
        .flat(),
    ).toEqual([6, 0, 0, 12])
    expect(backprop((x: BVar<{ a: number; b: Vector }>) => sum(x.b.mul(x.a)))({ a: 2, b: vector([1, 2]) })[0]).toBe(6)
    expect(gradBP((x: V) => sum(x))(zeros(0)).toArray()).toEqual([])
  })
})

describe('errors about a variable or record that was made earlier', () => {
  test('VarOutOfRunError: its line, long after its run; in a run that another has kept', () => {
    const places: RegExp[] = []
    const leaked: N[] = []
    const inner = (y: N): N => {
      places.push(line(1))
      leaked.push(y.mul(2))
      return y
    }
    gradBP((x: N) => {
      places.push(line(1))
      leaked.push(x.mul(x))
      return gradBP(inner)(x).add(x)
    })(3)
    gradBP((x: N) => x.exp().exp().exp())(0.1)
    const uses: ((x: N) => unknown)[] = [x => x.value, x => x.add(1), x => gradBP((y: N) => y.mul(x))(1)]
    for (const use of uses) {
      leaked.forEach((x, i) => {
        expectPlace(
          expectFailure(() => use(x), VarOutOfRunError, /has ended.* The variable was made /s),
          places[i],
        )
      })
    }
  })

  test('LostDerivativeError: the line of the variable whose derivative would be lost', () => {
    let place = /never/
    const f = (x: N): N => {
      place = line(1)
      const y = x.mul(2)
      return y.mul(evalBP((z: N) => z.mul(y))(3))
    }
    expectPlace(
      expectFailure(() => gradBP(f)(2), LostDerivativeError),
      place,
    )
  })

  test('OrderError: the line of the power', () => {
    const place = line(1)
    let f = (x: N): N => x.pow(2.5)
    for (let order = 1; order <= 16; order++) {
      const g = f
      f = x => gradBP(g)(x)
    }
    const error = expectFailure(() => evalBP(f)(2), OrderError, /It concerns Pow, recorded /)
    expectPlace(error, place)
  })
})

test('a trace is only taken for a moment: the limit of the user’s own is as it was', () => {
  const limits = Error as { stackTraceLimit?: number }
  const { stackTraceLimit: before = 10 } = limits
  limits.stackTraceLimit = 3
  try {
    gradBP((x: N) => x.mul(x))(1)
    expect(limits.stackTraceLimit).toBe(3)
  } finally {
    limits.stackTraceLimit = before
  }
})
