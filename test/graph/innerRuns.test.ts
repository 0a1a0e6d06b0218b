/** What an inner run could take from the runs around it when it ends, or while it is open. */
import {
  backpropWith,
  constVar,
  dot,
  evalBP,
  exp,
  gradBP,
  resident,
  ResidentError,
  sgdStep,
  sum,
  UsageError,
  vector,
  zeros,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

type Vec = Var<Vector>

describe('tensors of an outer run that are still pending when an inner run starts', () => {
  const inner: readonly (readonly [string, () => unknown])[] = [
    ['gradBP', () => gradBP((y: Var<number>) => y.mul(y))(1)],
    ['evalBP', () => evalBP((y: Vec) => y.mul(y))(vector([9, 9, 9]))],
    ['backpropWith', () => backpropWith((y: Vec) => y.mul(y))(vector([9, 9, 9]))[1](vector([1, 1, 1]))],
    ['sgdStep', () => sgdStep((w: Vec) => dot(w, w), { rate: 0.1 })(resident(vector([1, 2])))],
    [
      'one that throws',
      () => {
        try {
          evalBP((y: Vec): Vec => {
            if (y.mul(2).value.at(0) > 0) throw new Error('mine')
            return y
          })(vector([9, 9, 9]))
        } catch {
          return undefined
        }
        throw new Error('did not throw')
      },
    ],
  ]

  test.each(inner)('%s does not write over them', (_title, run) => {
    const f = (x: Vec): Var<number> => {
      const z = x.mul(2)
      run()
      return sum(z.mul(z))
    }
    expect(gradBP(f)(vector([1, 2, 3])).toArray()).toEqual([8, 16, 24])
    expect(gradBP((x: Vec) => sum(gradBP(f)(x)))(vector([1, 2, 3])).toArray()).toEqual([8, 8, 8])
  })
})

describe('what belongs to an outer run, made in an inner one', () => {
  test('a constant that a pullback gives there', () => {
    const f = (x: Var<number>): Var<number> => {
      const [, pull] = backpropWith((u: Var<number>) => u)(x)
      let k: Var<number> | undefined
      evalBP((_: Var<number>) => {
        k = pull(5)
        return constVar(1)
      })(0)
      x.mul(7)
      return x.mul(k ?? 0)
    }
    expect(gradBP(f)(2)).toBe(5)
  })

  test('an outer variable times a constant that was made there', () => {
    const f = (x: Var<number>): Var<number> => {
      let k: Var<number> | undefined
      gradBP((y: Var<number>) => {
        k = x.mul(exp(constVar(2)))
        return y
      })(1)
      return k ?? x
    }
    expect(gradBP(f)(3)).toBeCloseTo(Math.exp(2), 12)
  })

  test('outer data times a number', () => {
    const f = (x: Var<number>, data: Var<number>): Var<number> => {
      let k: Var<number> | undefined
      gradBP((y: Var<number>) => {
        k = data.mul(2)
        return y
      })(1)
      return x.mul(k ?? 0)
    }
    expect(gradBP(f, { wrt: 0 })(3, 4)).toBe(8)
  })
})

describe('resident parameters that the function itself reads', () => {
  test('are no target of into', () => {
    using r = resident(vector([1, 2, 3]))
    const f = (x: Vec): Vec => {
      const read = evalBP((u: Vec, d: Vec) => u.mul(d))(x, r as never)
      return x.mul(read)
    }
    expect(() => gradBP(f, { into: r })(vector([1, 1, 1]))).toThrow(ResidentError)
    expect(r.read().toArray()).toEqual([1, 2, 3])
  })

  test('are not changed by the step', () => {
    using r = resident({ w: vector([1, 2]), v: vector([1, 1]) })
    type Read = { w: Vec; v: Vec }
    const loss = ({ w, v }: Read): Var<number> => {
      const product = evalBP((u: Vec, d: Read) => dot(u, d.w))(v, r as never)
      return sum(w.add(1)).mul(product)
    }
    expect(() => sgdStep(loss, { rate: 1 })(r)).toThrow(ResidentError)
    expect([r.read().w.toArray(), r.read().v.toArray()]).toEqual([
      [1, 2],
      [1, 1],
    ])
  })

  test('are data of a call that is recorded', () => {
    using r = resident(vector([1, 2]))
    const f = (x: Vec): Var<number> => evalBP((u: Vec, d: Vec) => dot(u, d))(x, r as never)
    expect(gradBP(f)(vector([3, 4])).toArray()).toEqual([1, 2])
  })

  test('are noticed by a pullback of an inner run when they change', () => {
    using w = resident(vector([5, 6]))
    let pull: ((cotangent: number) => Vector) | undefined
    gradBP(
      (x: Vec, d: Vec) => {
        pull = backpropWith((u: Vec) => dot(u, d))(vector([3, 4]))[1]
        return dot(x, d)
      },
      { wrt: 0 },
    )(vector([1, 1]), w)
    expect(pull?.(1).toArray()).toEqual([5, 6])
    w.write(vector([100, 200]))
    expect(() => pull?.(1)).toThrow(ResidentError)
  })
})

test('a getter in a cotangent may differentiate', () => {
  const inner = (): number => gradBP((x: Var<number>) => x.mul(x))(5)
  const [, pull] = backpropWith((x: Var<number>) => ({ y: x.mul(x), z: x.mul(3) }))(3)
  const cotangent = {
    get y(): number {
      return inner()
    },
    get z(): number {
      return inner()
    },
  }
  expect(pull(cotangent)).toBe(90)
})

test('into: shared memory and variables are refused', () => {
  const z = zeros(2)
  const f = (a: { p: Vec; q: Vec }): Var<number> => dot(a.p, a.q)
  expect(() => gradBP(f, { into: { p: z, q: z } })({ p: vector([1, 2]), q: vector([3, 4]) })).toThrow(UsageError)
  expect(() => gradBP((x: Var<number>) => x.mul(x), { into: constVar(1) as never })).toThrow(UsageError)
})

test('deep structures cost what they hold', () => {
  interface List {
    readonly x: number
    readonly next?: List
  }
  interface VarList {
    readonly x: Var<number>
    readonly next?: VarList
  }
  let list: List = { x: 1 }
  for (let i = 0; i < 2000; i++) list = { x: 1, next: list }
  const total = (start: VarList): Var<number> => {
    let s = start.x
    for (let at = start.next; at !== undefined; at = at.next) s = s.add(at.x)
    return s
  }
  expect(evalBP(total as never)(list as never)).toBe(2001)
})
