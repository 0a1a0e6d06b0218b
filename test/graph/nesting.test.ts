/** Runs inside runs: which derivative is whose, and what may be mixed. */
import {
  backprop,
  backpropWith,
  constVar,
  dot,
  evalBP,
  gradBP,
  sum,
  Var,
  vector,
  VarOutOfRunError,
  type BVar,
  type Vector,
  LostDerivativeError,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../support/plain.ts'
import { isRunOpen, tapeLevel } from '../support/tape.ts'

test('an inner run that is called with a constant, walked over several times: what reaches its input is dropped', () => {
  // g = 3x·z², f = 9x²·Σ z⁴; so large that a cotangent written to a wrong place would hit the engine's own memory.
  const n = 30_000
  const z = constVar(vector(new Float64Array(n).fill(1.5)))
  const sumOfPowers = n * 1.5 ** 4
  const f = (x: Var<number>): Var<number> => {
    const g = gradBP((y: Var<Vector>) => dot(y, y.mul(y)).mul(x))(z)
    return dot(g, g)
  }
  const twice = (x: Var<number>): Var<number> => {
    const [, pullback] = backpropWith(f)(x)
    return pullback(1).add(pullback(constVar(2)))
  }
  for (let i = 0; i < 3; i++) {
    expectClose(gradBP((x: Var<number>) => gradBP(f)(x))(2), 18 * sumOfPowers)
    expectClose(gradBP(twice)(2), 54 * sumOfPowers)
  }
})

describe('no derivative is taken for another', () => {
  test('d/dx x·(d/dy x + y) = 1', () => {
    const f = (x: Var<number>): Var<number> => x.mul(gradBP((y: Var<number>) => x.add(y))(constVar(1)))
    expect(backprop(f)(3)).toEqual([3, 1])
  })

  test('d/dx x·(d/dy x·y) = 2x', () => {
    const f = (x: Var<number>): Var<number> => x.mul(gradBP((y: Var<number>) => x.mul(y))(constVar(1)))
    expect(backprop(f)(3)).toEqual([9, 6])
  })

  test('d/dx (d/dy x²·y² at y = x) = 6x²', () => {
    const f = (x: Var<number>): Var<number> => gradBP((y: Var<number>) => x.mul(x).mul(y).mul(y))(x)
    expect(backprop(f)(3)).toEqual([54, 54])
  })

  test('an inner gradient at plain arguments is plain: a constant outside', () => {
    const f = (x: Var<number>): Var<number> => {
      const slope: number = gradBP((y: Var<number>) => y.mul(y).mul(y))(2)
      expect(slope).toBe(12)
      return x.mul(slope)
    }
    expect(gradBP(f)(3)).toBe(12)
  })

  test('a plain inner run leaves the records of the outer one as they were', () => {
    const f = (x: Var<number>): Var<number> => {
      const y = x.mul(x)
      const before = tapeLevel()
      for (let i = 0; i < 10; i++) gradBP((v: Var<Vector>) => dot(v, v.mul(i)))(vector([1, 2, 3]))
      evalBP((z: Var<number>) => z.exp())(2)
      expect(tapeLevel()).toEqual(before)
      return y.mul(x)
    }
    expect(backprop(f)(2)).toEqual([8, 12])
  })
})

describe('what an inner run records for an outer one outlives it', () => {
  const keepers: readonly (readonly [string, (make: () => Var<number>) => Var<number>])[] = [
    [
      'a plain inner gradient',
      make => {
        let kept: Var<number> | undefined
        gradBP((y: Var<number>) => y.mul((kept = make()).value))(2)
        return kept!
      },
    ],
    [
      'a plain inner value, two runs deep',
      make => {
        let kept: Var<number> | undefined
        evalBP((y: Var<number>) => {
          evalBP((z: Var<Vector>) => {
            kept = make()
            return dot(z, z).mul(kept.value)
          })(vector([1, 2]))
          return y.mul(y)
        })(2)
        return kept!
      },
    ],
    [
      'an inner run that throws',
      make => {
        let kept: Var<number> | undefined
        try {
          gradBP((y: Var<number>) => {
            kept = make()
            expect(y.mul(kept).value).toBe('anything else')
            return y
          })(2)
        } catch {
          expect(kept).toBeDefined()
        }
        return kept!
      },
    ],
  ]

  test.each(keepers)('%s', (_title, keeping) => {
    const f = (x: Var<number>): Var<number> => {
      const kept = keeping(() => x.mul(x))
      // Records that would be written over what was kept.
      const y = x.add(1).mul(2).sub(3)
      const inner = gradBP((z: Var<number>) => z.mul(z).mul(z))(5)
      return kept.mul(x).add(y).add(inner)
    }
    expect(backprop(f)(3)).toEqual([27 + 5 + 75, 27 + 2])
    expect(gradBP((x: Var<number>) => gradBP(f)(x))(3)).toBe(18)
  })

  test.each(keepers)('a pullback called there: %s', (_title, keeping) => {
    const f = (x: Var<number>): Var<number> => {
      const [, pullback] = backpropWith((y: Var<number>) => y.mul(y).mul(y))(x)
      const kept = keeping(() => pullback(x))
      return kept.add(x.add(1).mul(2))
    }
    // 3x³ + 2x + 2.
    expect(backprop(f)(2)).toEqual([30, 38])
  })

  test('their memory is given back with the outer run', () => {
    const f = (x: Var<number>): Var<number> => {
      for (let i = 0; i < 100; i++) gradBP((y: Var<number>) => y.mul(x.mul(x).value))(2)
      return x.mul(x)
    }
    for (let i = 0; i < 3; i++) expect(gradBP(f)(3)).toBe(6)
    evalBP((x: Var<number>) => {
      expect(tapeLevel().records).toBe(1)
      return x
    })(1)
  })
})

describe('orders', () => {
  test('the tenth derivative of x¹², by ten nested runs', () => {
    let f = (x: Var<number>): Var<number> => x.pow(12)
    for (let i = 0; i < 10; i++) {
      const inner = f
      f = x => gradBP(inner)(x)
    }
    expectClose(evalBP(f)(1.5), (479001600 / 2) * 1.5 ** 2, 1e-12)
  })

  test('a Hessian times a vector is symmetric: u·H·v = v·H·u', () => {
    const f = (x: Var<Vector>): Var<number> => sum(x.exp().mul(x.sin())).mul(dot(x, x))
    const x = vector([0.3, -0.7, 1.1])
    const [u, v] = [vector([1, 2, -1]), vector([0.5, -1, 3])]
    const product = (direction: Vector): Vector => gradBP((y: Var<Vector>) => dot(gradBP(f)(y), direction))(x)
    expectClose(evalBP(() => dot(product(u), v))(), dot(product(v), u).value, 1e-12)
  })

  test('backprop inside backprop gives value and gradient as variables', () => {
    const f = (x: Var<number>): Var<number> => {
      const [value, slope] = backprop((y: Var<number>) => y.mul(y).mul(y))(x)
      expect(value).toBeInstanceOf(Var)
      return value.add(slope)
    }
    expect(backprop(f)(2)).toEqual([8 + 12, 12 + 12])
  })

  test('evalBP inside a run is the function itself', () => {
    const f = (x: Var<number>): Var<number> => evalBP((y: Var<number>) => y.mul(y))(x).mul(x)
    expect(backprop(f)(2)).toEqual([8, 12])
  })
})

describe('mixed arguments', () => {
  const f = (x: Var<number>, y: Var<number>): Var<number> => x.mul(x).mul(y)

  test('a variable and a plain number', () => {
    const g = (x: Var<number>): Var<number> => {
      const [byX, byY] = gradBP(f)(x, 5)
      return byX.add(byY)
    }
    // 2xy + x² at y = 5.
    expect(backprop(g)(3)).toEqual([39, 16])
  })

  test('a structure of both', () => {
    type Pair = { a: number; v: Vector }
    const h = (p: BVar<Pair>): Var<number> => dot(p.v.mul(p.v), p.v.mul(p.a))
    const g = (a: Var<number>): Var<number> => {
      const gradient = gradBP(h)({ a, v: vector([1, 2]) })
      return sum(gradient.v).add(gradient.a)
    }
    expect(backprop(g)(2)).toEqual([2 * 3 * 5 + 9, 15])
  })

  test('chosen by wrt: the others are data, with a derivative outside', () => {
    const g = (x: Var<number>, y: Var<number>): Var<number> => gradBP(f, { wrt: 0 })(x, y)
    expect(backprop(g)(3, 5)).toEqual([30, [10, 6]])
  })

  test('constants outside any run give constants', () => {
    const slope = gradBP((x: Var<number>) => x.mul(x))(constVar(3))
    expect(slope).toBeInstanceOf(Var)
    expect(slope.value).toBe(6)
    expect(evalBP((x: Var<number>) => x.add(1))(constVar(3)).value).toBe(4)
    const [value, gradient] = backprop((x: Var<Vector>) => dot(x, x))(constVar(vector([1, 2])))
    expect([value.value, gradient.value.toArray()]).toEqual([5, [2, 4]])
  })
})

describe('pullbacks inside a run', () => {
  test('are linear in a cotangent that is a variable', () => {
    const f = (x: Var<number>, seed: Var<number>): Var<number> => {
      const [, pullback] = backpropWith((y: Var<number>) => y.mul(y).mul(y))(x)
      return pullback(seed)
    }
    expect(backprop(f)(2, 10)).toEqual([120, [120, 12]])
  })

  test('can be called several times, with plain cotangents too', () => {
    const f = (x: Var<number>): Var<number> => {
      const [value, pullback] = backpropWith((y: Var<number>) => y.mul(y))(x)
      return pullback(1).add(pullback(10)).add(pullback(x)).add(value)
    }
    // 2x + 20x + 2x² + x².
    expect(backprop(f)(3)).toEqual([93, 40])
  })

  test('inside a further run, whose variable is the cotangent', () => {
    const f = (x: Var<number>): Var<number> => {
      const [, pullback] = backpropWith((y: Var<number>) => y.mul(y))(x)
      // d/ds (2x·s)² = 8x²s, at s = 3.
      return gradBP((s: Var<number>) => pullback(s).pow(2))(constVar(3))
    }
    expect(backprop(f)(5)).toEqual([600, 240])
  })

  test('end with the run', () => {
    let kept: ((seed: Var<number>) => Var<number>) | undefined
    gradBP((x: Var<number>) => {
      const [value, pullback] = backpropWith((y: Var<number>) => y.mul(y))(x)
      kept = pullback
      return value
    })(3)
    expect(() => kept?.(constVar(1))).toThrow(VarOutOfRunError)
  })
})

test('after all of this no run is open', () => {
  expect(isRunOpen()).toBe(false)
})

describe('a plain result that would lose a derivative', () => {
  const lost: readonly (readonly [string, (x: Var<number>) => Var<number>])[] = [
    ['evalBP', x => x.mul(evalBP((y: Var<number>) => y.mul(x))(3))],
    ['gradBP', x => x.mul(gradBP((y: Var<number>) => y.mul(y).mul(x))(3))],
    ['backprop', x => x.mul(backprop((y: Var<number>) => y.mul(x))(3)[0])],
    ['backpropWith', x => x.mul(backpropWith((y: Var<number>) => y.mul(x))(3)[1](1))],
    ['a variable that is the result', x => x.mul(evalBP((_: Var<number>) => x)(3))],
    [
      'through a recorded run between',
      x => x.mul(evalBP((y: Var<number>) => gradBP((z: Var<number>) => z.mul(x))(y))(3)),
    ],
    [
      'in the outer variable of a recorded run',
      x => x.mul(evalBP((y: Var<number>) => gradBP((z: Var<number>) => z.mul(y))(x))(3)),
    ],
    [
      'an argument of a recorded run that is nothing else',
      x => x.mul(evalBP((_: Var<number>) => gradBP((z: Var<number>) => z.mul(z))(x))(3)),
    ],
    [
      'the cotangent of a recorded pullback',
      x => {
        const f = (y: Var<number>): Var<number> => backpropWith((z: Var<number>) => z.mul(z))(y)[1](x)
        return x.mul(evalBP(f)(3))
      },
    ],
  ]

  test.each(lost)('%s: a LostDerivativeError, and the engine goes on', (_title, f) => {
    expect(() => gradBP(f)(2)).toThrow(LostDerivativeError)
    expect(gradBP((x: Var<number>) => x.mul(x))(3)).toBe(6)
  })

  test('the repairs that the message names', () => {
    expect(gradBP((x: Var<number>) => x.mul(evalBP((y: Var<number>) => y.mul(x))(constVar(3))))(2)).toBe(12)
    expect(gradBP((x: Var<number>) => x.mul(evalBP((y: Var<number>) => y.mul(x.value))(3)))(2)).toBe(6)
    // gradBP by y of y²·x at 3 is 6x, so this is 6x².
    expect(gradBP((x: Var<number>) => x.mul(gradBP((y: Var<number>) => y.mul(y).mul(x))(constVar(3))))(2)).toBe(24)
  })

  test('data of the outer function has no derivative to lose', () => {
    const f = (x: Var<number>, data: Var<number>): Var<number> => x.mul(evalBP((y: Var<number>) => y.mul(data))(3))
    expect(gradBP(f, { wrt: 0 })(2, 5)).toBe(15)
  })
})
