/** Resident parameters: as arguments and parts of them, read, written, freed, and guarded while they are in use. */
import {
  backprop,
  backpropWith,
  constVar,
  dot,
  evalBP,
  gradBP,
  matVec,
  matrix,
  Resident,
  resident,
  ResidentError,
  ShapeMismatchError,
  StructureMismatchError,
  sum,
  UnknownLeafError,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { flat } from '../support/plain.ts'
import { bytesInUse } from '../support/tape.ts'

type Net = { w: Matrix<2, 2>; b: Vector<2>; scale: number; name: string }
const net: Net = { w: matrix([1, 2, 3, 4], 2, 2), b: vector([5, 6], 2), scale: 3, name: 'net' }
const x = vector([1, -1], 2)
const loss = (p: BVar<Net>, input: Var<Vector<2>>): Var<number> => {
  const y = matVec(p.w, input).add(p.b).mul(p.scale)
  return dot(y, y)
}

describe('as arguments', () => {
  test('stand for the plain value, in every operator', () => {
    using r = resident(net)
    using rx = resident(x)
    expect(evalBP(loss)(r, x)).toBe(evalBP(loss)(net, x))
    expect(gradBP(loss)(r, x)).toEqual(gradBP(loss)(net, x))
    expect(backprop(loss)(r, rx)).toEqual(backprop(loss)(net, x))
    expect(backpropWith(loss)(net, rx)[1](2)).toEqual(backpropWith(loss)(net, x)[1](2))
  })

  test('stand for a part of a structure', () => {
    using w = resident(net.w)
    using scale = resident(3)
    expect(gradBP(loss)({ ...net, w, scale }, x)).toEqual(gradBP(loss)(net, x))
  })

  test('may be data, and stand at several places at once', () => {
    using r = resident(vector([1, 2]))
    expect(gradBP((a: Var<Vector>, b: Var<Vector>) => dot(a, b), { wrt: 0 })(r, r).toArray()).toEqual([1, 2])
    const [a, b] = gradBP((p: BVar<[Vector, Vector]>) => dot(p[0].mul(p[0]), p[1]))([r, r])
    expect([flat(a), flat(b)]).toEqual([
      [2, 8],
      [1, 4],
    ])
  })

  test('are not changed by a gradient', () => {
    using r = resident(net)
    gradBP(loss)(r, x)
    expect(r.read()).toEqual(net)
  })
})

describe('read and write', () => {
  test('read gives a copy', () => {
    using r = resident(net)
    const copy = r.read()
    expect(copy).toEqual(net)
    copy.b.data.fill(99)
    expect(r.read()).toEqual(net)
  })

  test('write overwrites, in place', () => {
    using r = resident(net)
    const bytes = bytesInUse()
    const next: Net = { ...net, b: vector([7, 8], 2), scale: -1 }
    r.write(next)
    expect(r.read()).toEqual(next)
    expect(bytesInUse()).toBe(bytes)
  })

  test('write checks structure and shapes, and then has changed nothing', () => {
    using r = resident({ a: vector([1, 2]), b: 3 })
    expect(() => r.write({ a: vector([1]), b: 4 })).toThrow(ShapeMismatchError)
    expect(() => r.write({ a: vector([9, 9]) } as never)).toThrow(StructureMismatchError)
    expect(() => r.write({ a: vector([9, 9]), b: vector([1]) } as never)).toThrow(/write\.b: a leaf of another kind/)
    expect(flat(r.read())).toEqual([1, 2, 3])
  })

  test('empty tensors and structures without leaves', () => {
    using r = resident({ none: vector([]), tag: 'x', list: [] as number[] })
    expect(r.read()).toEqual({ none: vector([]), tag: 'x', list: [] })
  })
})

describe('memory', () => {
  test('is given back by free, once, and by using', () => {
    const before = bytesInUse()
    const r = resident(net)
    expect(bytesInUse()).toBeGreaterThan(before)
    r.free()
    r.free()
    expect(bytesInUse()).toBe(before)
    {
      using inBlock = resident(vector(new Float64Array(1000)))
      expect(inBlock).toBeInstanceOf(Resident)
      expect(bytesInUse()).toBe(before + 8000)
    }
    expect(bytesInUse()).toBe(before)
  })

  test('is given back when a leaf is refused', () => {
    const before = bytesInUse()
    expect(() => resident({ a: vector([1, 2]), when: new Date() })).toThrow(UnknownLeafError)
    using part = resident(1)
    const inside = bytesInUse()
    expect(() => resident({ v: vector([1]), part })).toThrow(/resident already/)
    expect(bytesInUse()).toBe(inside)
    part.free()
    expect(bytesInUse()).toBe(before)
  })
})

describe('guards', () => {
  test('use after free is an error that names the use', () => {
    const r = resident(vector([1, 2]))
    r.free()
    expect(() => r.read()).toThrow(/^read: .*freed.*resident\(value\)/)
    expect(() => r.write(vector([1, 2]))).toThrow(/^write: .*freed/)
    expect(() => gradBP((v: Var<Vector>) => dot(v, v))(r)).toThrow(ResidentError)
    expect(() => evalBP((v: Var<Vector>) => sum(v))(r)).toThrow(/freed/)
  })

  test('no change and no free while an open run reads it; reading is free', () => {
    using r = resident(vector([1, 2]))
    gradBP((v: Var<Vector>) => {
      expect(() => r.write(vector([3, 4]))).toThrow(/^write: .*still open/)
      expect(() => r.free()).toThrow(/^free: .*still open/)
      expect(flat(r.read())).toEqual([1, 2])
      return dot(v, v)
    })(r)
    r.write(vector([3, 4]))
    expect(flat(r.read())).toEqual([3, 4])
  })

  test('a nested run that ends leaves what it recorded guarded', () => {
    using r = resident(vector([1, 2]))
    const gradient = gradBP((y: Var<Vector>) => {
      const dotted = gradBP((a: Var<Vector>, b: Var<Vector>) => dot(a.mul(a), b))
      const nested = dotted(y, r)
      expect(() => r.write(vector([5, 6]))).toThrow(ResidentError)
      return dot(nested[0], y)
    })(vector([3, 4]))
    // Σ 2y²b, so that the gradient is 4yb.
    expect(gradient.toArray()).toEqual([12, 32])
    r.write(vector([5, 6]))
  })

  test('a pullback refuses to run after its parameters have changed or gone', () => {
    const r = resident(vector([1, 2]))
    const square = backpropWith((v: Var<Vector>) => v.mul(v))
    const [, pullback] = square(r)
    expect(pullback(vector([1, 1])).toArray()).toEqual([2, 4])
    r.write(vector([1, 2]))
    expect(() => pullback(vector([1, 1]))).toThrow(/the pullback: .*changed.*\.read\(\)/)
    const [, again] = square(r)
    gradBP((v: Var<Vector>) => dot(v, v), { into: r })(vector([8, 9]))
    expect(() => again(vector([1, 1]))).toThrow(/changed/)
    const [, last] = square(r)
    r.free()
    expect(() => last(vector([1, 1]))).toThrow(/freed/)
  })

  test('a run that throws lets go of them', () => {
    using r = resident(vector([1, 2]))
    const f = (_v: Var<Vector>): Var<number> => {
      throw new Error('mine')
    }
    expect(() => gradBP(f)(r)).toThrow('mine')
    r.write(vector([5, 6]))
    expect(flat(r.read())).toEqual([5, 6])
  })

  test('they are no operand: that says how to give them', () => {
    using r = resident(vector([1, 2]))
    expect(() => evalBP((v: Var<Vector>) => v.add(r as never))(vector([1, 2]))).toThrow(
      /pass resident parameters as an argument/,
    )
    expect(() => constVar({ r })).toThrow(UnknownLeafError)
  })
})
