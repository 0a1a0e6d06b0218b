/** A user's function that throws: the error comes through as it is, and nothing of its run is left. */
import {
  backprop,
  backpropWith,
  constVar,
  dot,
  evalBP,
  exp,
  gradBP,
  resident,
  sgdStep,
  softmax,
  vector,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'
import { tapeLevel } from '../support/tape.ts'

class Mine extends Error {
  override name = 'Mine'
}

const fail = (): never => {
  throw new Mine('mine')
}

/** Records, asks for a value, throws. */
const failing = (x: Var<number>): Var<number> => {
  const y = exp(x.mul(x))
  if (softmax(y.mul(vector([1, 2, 3]))).value.at(0) < 2) fail()
  return y
}

const operators: readonly (readonly [string, () => unknown])[] = [
  ['evalBP', () => evalBP(failing)(1)],
  ['gradBP', () => gradBP(failing)(1)],
  ['backprop', () => backprop(failing)(1)],
  ['backpropWith', () => backpropWith(failing)(1)],
  ['gradBP of constants', () => gradBP(failing)(constVar(1))],
  ['evalBP in gradBP', () => gradBP((x: Var<number>) => evalBP(failing)(x).add(x))(1)],
  ['gradBP in gradBP', () => gradBP((x: Var<number>) => gradBP(failing)(x).mul(x))(1)],
  ['a plain gradBP in gradBP', () => gradBP((x: Var<number>) => x.mul(gradBP(failing)(1)))(1)],
  ['three deep', () => gradBP((x: Var<number>) => gradBP((y: Var<number>) => gradBP(failing)(y.mul(x)).add(y))(x))(1)],
  [
    'the outer function, after an inner run',
    () =>
      gradBP((x: Var<number>) => {
        gradBP((y: Var<number>) => exp(y.mul(x)))(x)
        return fail()
      })(1),
  ],
  [
    'a function called while a variable of it is read',
    () => gradBP((v: Var<Vector>) => (dot(v, v).value > 0 ? fail() : v))(vector([1, 2])),
  ],
]

describe('the error of a user comes through', () => {
  test.each(operators)('%s', (_title, body) => {
    const error = expectFailure(body, Mine, /^mine$/)
    expect(error.cause).toBeUndefined()
  })

  test('a thousand times, with nothing piling up', () => {
    expectFailure(() => {
      for (let i = 0; i < 1000; i++) {
        for (const [, body] of operators) expect(body).toThrow(Mine)
      }
      fail()
    }, Mine)
  })

  test('what is thrown need not be an Error', () => {
    let caught: unknown
    try {
      gradBP((_x: Var<number>): Var<number> => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'text'
      })(1)
    } catch (error) {
      caught = error
    }
    expect(caught).toBe('text')
    expectFailure(fail, Mine)
  })
})

describe('caught inside the outer function', () => {
  test('the outer run goes on as if the inner one had not been', () => {
    const f = (x: Var<number>): Var<number> => {
      const y = x.mul(x)
      const before = tapeLevel()
      for (const [, body] of operators) expect(body).toThrow(Mine)
      expect(tapeLevel()).toEqual(before)
      return y.mul(x)
    }
    expect(backprop(f)(2)).toEqual([8, 12])
  })

  test('also where the inner run used variables of the outer one', () => {
    const f = (x: Var<number>): Var<number> => {
      const y = x.mul(x)
      expect(() =>
        gradBP((z: Var<number>) => {
          y.mul(x)
          return failing(z.mul(y))
        })(x),
      ).toThrow(Mine)
      return y.mul(x)
    }
    expect(backprop(f)(2)).toEqual([8, 12])
    expect(gradBP((x: Var<number>) => gradBP(f)(x))(2)).toBe(12)
  })

  test('an error of the library in an inner run, too', () => {
    const f = (x: Var<Vector>): Var<number> => {
      const y = x.mul(x)
      expect(() => gradBP((z: Var<Vector>) => dot(z.mul(y), vector([1])))(x)).toThrow(/^dot: shapes differ/)
      return dot(y, x)
    }
    expect(gradBP(f)(vector([1, 2])).toArray()).toEqual([3, 12])
  })
})

describe('resident parameters', () => {
  test('are let go by every operator, and unchanged', () => {
    const bad = (v: Var<Vector>): Var<number> => failing(dot(v, v))
    using w = resident(vector([1, 2]))
    const into = resident(vector([3, 4]))
    for (const body of [
      () => gradBP(bad)(w),
      () => gradBP(bad, { into })(w),
      () => backpropWith(bad)(w),
      () => sgdStep(bad, { rate: 1 })(w),
      () => gradBP((x: Var<number>) => x.mul(evalBP(bad)(w)))(1),
    ]) {
      expectFailure(body, Mine)
      w.write(vector([1, 2]))
    }
    expect(into.read().toArray()).toEqual([3, 4])
    into.free()
  })
})

test('a getter, a toJSON or a proxy in an argument that throws', () => {
  const argument = {
    x: 1,
    get y(): number {
      return fail()
    },
  }
  expectFailure(() => gradBP((p: { x: Var<number>; y: Var<number> }) => p.x)(argument), Mine)
  const proxy = new Proxy({ x: 1 }, { ownKeys: fail })
  expectFailure(() => gradBP((p: { x: Var<number> }) => p.x)(proxy), Mine)
})
