/** float32 through everything that is not an op: residents, into, steps, programs, collections, host ops, optics, structures. */
import {
  addValues,
  asyncOp1,
  backprop,
  backpropWith,
  castValue,
  collectVar,
  compile,
  constVar,
  dot,
  DTypeMismatchError,
  evalBP,
  fmap,
  gradBP,
  gradBPAsync,
  innerProduct,
  lens,
  logistic,
  mapNumbers,
  matrix32,
  matVec,
  oneOf,
  op1,
  overVar,
  peek,
  randomOf,
  resident,
  scaleValue,
  sequenceVar,
  sgdStep,
  softmaxCrossEntropy,
  sum,
  tapeOf,
  Tensor,
  vector,
  vector32,
  zeroOf,
  zeros32,
  type BVar,
  type Matrix32,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { printTape } from 'backprop-wasm/inspect'
import { describe, expect, test } from 'vitest'
import { dtypeOf, expectClose, flat } from '../support/plain.ts'

type Layer = { w: Matrix32<2, 3>; b: Vector32<2>; scale: number }
const layer: Layer = { w: matrix32([0.1, 0.2, -0.1, 0, 0.3, -0.2], 2, 3), b: vector32([0, 1], 2), scale: 0.5 }
const x = vector32([1, 2, 3], 3)
const loss = ({ w, b, scale }: BVar<Layer>): Var<number> => {
  const y = logistic(matVec(w, x).add(b)).mul(scale)
  return dot(y, y)
}
const gradient = gradBP(loss)(layer)
const exact = gradBP(({ w, b, scale }: BVar<{ w: Tensor<readonly [2, 3]>; b: Vector<2>; scale: number }>) => {
  const y = logistic(matVec(w, castValue('float64', x)).add(b)).mul(scale)
  return dot(y, y)
})(castValue('float64', layer))

test('the gradient has the types of the parameters', () => {
  expect([gradient.w.dtype, gradient.b.dtype, typeof gradient.scale]).toEqual(['float32', 'float32', 'number'])
  expectClose(gradient, exact, 2e-7)
})

describe('residents', () => {
  test('are read, written, differentiated where they are', () => {
    using parameters = resident(layer)
    expect(parameters.read()).toEqual(layer)
    expect(gradBP(loss)(parameters)).toEqual(gradient)
    parameters.write(gradient)
    expect(parameters.read()).toEqual(gradient)
    expect(() => {
      parameters.write(castValue('float64', layer) as never)
    }).toThrow(DTypeMismatchError)
    expect(parameters.read()).toEqual(gradient)
  })

  test('take a gradient, and so do plain tensors', () => {
    using into = resident(zeroOf(layer))
    expect(gradBP(loss, { into })(layer)).toBe(into)
    expect(into.read()).toEqual(gradient)
    const plain = { w: zeros32(2, 3), b: zeros32(2), scale: 0 }
    expect(gradBP(loss, { into: plain })(layer)).toBe(plain)
    expect(plain).toEqual(gradient)
    expect(() => gradBP(loss, { into: castValue('float64', plain) as never })(layer)).toThrow(DTypeMismatchError)
  })

  test('that no cotangent reaches get zeros, and those that one is passed on to a copy', () => {
    using into = resident({ used: zeros32(3), unused: vector32([7, 7, 7, 7, 7], 5) })
    const f = (p: BVar<{ used: Vector32<3>; unused: Vector32<5> }>): Var<number> => sum(p.used.add(p.used))
    gradBP(f, { into })(into.read())
    expect(into.read()).toEqual({ used: vector32([2, 2, 2], 3), unused: zeros32(5) })
  })

  test.each([
    ['once', loss],
    ['twice', (p: BVar<Layer>) => loss(p).add(dot(p.w, p.w)).add(sum(p.b))],
  ])('are stepped in place, where a parameter is read %s', (_, f) => {
    using parameters = resident(layer)
    const [value, slopes] = backprop(f)(layer)
    const step = sgdStep(f, { rate: 0.25 })
    expect(step(parameters)).toBe(value)
    const expected = mapNumbers((p, g) => p - 0.25 * g, layer, slopes)
    expectClose(parameters.read(), expected, 3e-7)
    using compiled = resident(layer)
    const program = compile(step)
    expect(program(compiled)).toBe(value)
    expectClose(compiled.read(), expected, 3e-7)
    expect(program(compiled)).toBeLessThan(value)
    expect(program.recordings).toBe(1)
  })
})

describe('programs', () => {
  test('are one for each type of elements', () => {
    const f = (v: Var<Vector<3>> | Var<Vector32<3>>): Var<number> => sum((v as Var<Vector32<3>>).mul(2).exp())
    const compiled = compile(gradBP(f as (v: Var<Vector32<3>>) => Var<number>))
    const [narrow, wide] = [vector32([0.1, 0.2, 0.3], 3), vector([0.1, 0.2, 0.3], 3)]
    for (let i = 0; i < 3; i++) {
      expect(dtypeOf(compiled(narrow))).toBe('float32')
      expect(dtypeOf(compiled(wide as never))).toBe('float64')
    }
    expect(compiled.recordings).toBe(2)
    expect(compiled(narrow)).toEqual(gradBP(f as (v: Var<Vector32<3>>) => Var<number>)(narrow))
  })

  test('read values as conditions, to the bit', () => {
    const compiled = compile(evalBP((v: Var<Vector32>) => (v.mul(2).value.at(0) > 1 ? sum(v) : sum(v.neg()))))
    expect([compiled(vector32([1, 2])), compiled(vector32([1, 2])), compiled(vector32([0.25, 2]))]).toEqual([
      3, 3, -2.25,
    ])
    expect(compiled(vector32([NaN, 2]))).toBe(NaN)
    expect(compiled.recordings).toBe(3)
  })

  test('have parts and casts at the right places', () => {
    const f = (v: Var<Vector32<6>>): Var<number> => {
      const [a, b, c, d, e, g] = sequenceVar(v)
      const halves = collectVar([collectVar([a, b, c]), collectVar([d, e, g])])
      return sum(fmap(row => row.mul(row).exp(), halves)).add(
        dot(
          fmap(z => z.mul(z), v),
          v,
        ),
      )
    }
    const point = vector32([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 6)
    expect(compile(gradBP(f))(point)).toEqual(gradBP(f)(point))
    const slopes = point.toArray().map(z => 2 * z * Math.exp(z * z) + 3 * z * z)
    expectClose(gradBP(f)(point).toArray(), slopes, 1e-6)
  })
})

describe('pullbacks', () => {
  test('outlive their run, and take cotangents of the result’s type', () => {
    const [y, pullback] = backpropWith((v: Var<Vector32<3>>) => v.mul(v))(x)
    expect(y.dtype).toBe('float32')
    expect(pullback(vector32([1, 1, 2], 3))).toEqual(vector32([2, 4, 12], 3))
    expect(pullback(vector32([1, 0, 0], 3))).toEqual(vector32([2, 0, 0], 3))
    expect(() => pullback(vector([1, 1, 1], 3) as never)).toThrow(
      /^cotangent: types of elements differ: float32 and float64/,
    )
  })

  test('of plain results: ones of the type', () => {
    expect(gradBP((v: Var<Vector32<3>>) => v.mul(v))(x)).toEqual(vector32([2, 4, 6], 3))
  })
})

describe('ops of the user', () => {
  const square = op1((v: Vector32<3>): [Vector32<3>, (dz: Vector32<3>) => [Vector32<3>]] => [
    mapNumbers(e => e * e, v),
    dz => [mapNumbers((e, d) => 2 * e * d, v, dz)],
  ])

  test('get and give tensors of float32', () => {
    const f = (v: Var<Vector32<3>>): Var<number> => sum(square(v).mul(v))
    expect(gradBP(f)(x)).toEqual(vector32([3, 12, 27], 3))
  })

  test('on variables, twice', () => {
    const cube = op1(
      (v: Vector32<3>) => mapNumbers(e => e ** 3, v),
      (dz: Var<Vector32<3>>, v: Var<Vector32<3>>) => [dz.mul(v).mul(v).mul(3)],
    )
    const second = gradBP((v: Var<Vector32<3>>) => sum(gradBP((u: Var<Vector32<3>>) => sum(cube(u)))(v)))(x)
    expect(second).toEqual(vector32([6, 12, 18], 3))
  })

  test('whose gradient is of the other type are told so', () => {
    const wrong = op1((v: Vector32<3>) => [v, () => [vector([1, 1, 1], 3)]] as never) as unknown as typeof square
    expect(() => gradBP((v: Var<Vector32<3>>) => sum(wrong(v)))(x)).toThrow(DTypeMismatchError)
  })

  test('that wait', async () => {
    const later = asyncOp1((v: Vector32<3>) =>
      Promise.resolve([mapNumbers(e => 2 * e, v), (dz: Vector32<3>) => [mapNumbers(d => 2 * d, dz)]] as const),
    )
    const slopes = await gradBPAsync(async (v: Var<Vector32<3>>) => sum(await later(v)))(x)
    expect(slopes).toEqual(vector32([2, 2, 2], 3))
  })

  test('parts by a lens', () => {
    const first = lens(
      (v: Vector32<3>) => v.at(0),
      (v: Vector32<3>, part: number) => vector32([part, v.at(1), v.at(2)], 3),
    )
    expect(evalBP((v: Var<Vector32<3>>) => overVar(first, a => a.mul(10), v))(x)).toEqual(vector32([10, 2, 3], 3))
  })
})

describe('mixed types', () => {
  const repair = 'Cast one of them: toFloat64(x), or toFloat32(x).'

  test.each([
    ['add', (v: Var<Vector32<3>>) => v.add(vector([1, 2, 3], 3) as never)],
    ['dot', (v: Var<Vector32<3>>) => dot(v, vector([1, 2, 3], 3) as never)],
    ['matVec', (v: Var<Vector32<3>>) => matVec(castValue('float64', layer.w), v as never)],
    ['softmaxCrossEntropy', (v: Var<Vector32<3>>) => softmaxCrossEntropy(v, constVar(vector([1, 0, 0], 3)) as never)],
  ])('in %s are an error that says which, and the repair; the engine goes on', (op, f) => {
    const run = (): unknown => gradBP(f as (v: Var<Vector32<3>>) => Var<number>)(x)
    expect(run).toThrow(DTypeMismatchError)
    expect(run).toThrow(
      new RegExp(
        `^${op}: types of elements differ: float(32 and float64|64 and float32)\\. ${repair.replace(/[().]/g, '\\$&')}$`,
      ),
    )
    expect(gradBP(loss)(layer)).toEqual(gradient)
  })

  test('in collectVar', () => {
    const wide = constVar(vector([1, 2, 3], 3)) as unknown as Var<Vector32<3>>
    const f = (v: Var<Vector32<3>>): Var<Matrix32<2, 3>> => collectVar([v, wide])
    expect(() => evalBP(f)(x)).toThrow(/^collectVar: .*Cast part 1, or part 0/)
  })

  test('in structures', () => {
    expect(() => addValues(layer, castValue('float64', layer) as never)).toThrow(
      "addValues.w: types of elements differ: float32 and float64. Give what comes first: castValue('float32', …), or of variables toFloat32(…), toFloat64(…).",
    )
  })
})

describe('structures', () => {
  test('keep the type', () => {
    const results = [
      zeroOf(layer),
      oneOf(layer),
      scaleValue(2, layer),
      mapNumbers(Math.abs, layer),
      randomOf(layer, () => 0.1),
    ]
    for (const { w, b } of [...results, addValues(layer, layer)])
      expect([w.dtype, b.dtype]).toEqual(['float32', 'float32'])
    expect(randomOf(layer, () => 0.1).b.at(0)).toBe(Math.fround(0.1))
    expect(innerProduct(layer, oneOf(layer))).toBeCloseTo(flat(layer).reduce((a, b) => a + b))
  })

  test('are written as JSON, printed and named', () => {
    expect(JSON.stringify(x)).toBe('[1,2,3]')
    expect(Object.prototype.toString.call(x)).toBe('[object Tensor<float32 3>]')
    const { slots, constants } = tapeOf((v: Var<Vector32<3>>) => v.mul(v))(x)
    expect(printTape(slots, constants)).toBe('%0 = Leaf : 3 float32\n%1 = Mul %0 %0 : 3 float32')
    let tag = ''
    evalBP((v: Var<Vector32<3>>) => {
      tag = Object.prototype.toString.call(v)
      expect(peek(v)).toEqual(x)
      return v
    })(x)
    expect(tag).toBe('[object Var<float32 3>]')
  })

  test('a Float32Array is taken as it is, and copied where float64 is made of it', () => {
    const data = new Float32Array([1, 2, 3])
    expect(vector32(data).data).toBe(data)
    expect(vector(data).data).toEqual(new Float64Array([1, 2, 3]))
    expect(vector32([0.1]).at(0)).toBe(Math.fround(0.1))
    expect(new Tensor<readonly [3], 'float32'>(data, [3]).dtype).toBe('float32')
  })
})
