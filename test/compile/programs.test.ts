/** Compiled functions against recorded ones: random graphs, the network, structures of every kind, nesting. */
import {
  backprop,
  collectVar,
  compile,
  constVar,
  dot,
  evalBP,
  fixed,
  gradBP,
  matMul,
  matrix,
  matVec,
  outer,
  resident,
  sequenceVar,
  sgdStep,
  softmax,
  sum,
  UsageError,
  vector,
  widen,
  zeros,
  type BVar,
  type Fixed,
  type Leaf,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { along, dirtyMemory, type Plains } from '../support/differences.ts'
import { blankNetwork, loss, newNetwork, run, samples } from '../support/network.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { inputsOf, onVars, type Program, programs } from '../support/programs.ts'
import { Random, seed } from '../support/random.ts'

fc.configureGlobal({ seed })

/** The inputs of a program, and others of the same shapes. */
function pointsOf(program: Program): Leaf[][] {
  return [program.seed, program.seed + 1, program.seed + 2].map(start => inputsOf({ ...program, seed: start }))
}

/** Products of products grow beyond what rounding errors can be compared at. */
function isTame(values: unknown): boolean {
  return flat(values).every(x => Math.abs(x) < 1e4)
}

describe('random graphs', () => {
  test('have the value and the gradient that they have when they are recorded', () => {
    fc.assert(
      fc.property(programs(40), program => {
        const recorded = backprop(onVars(program))
        const compiled = compile(recorded)
        for (const point of pointsOf(program)) {
          const expected = recorded(point)
          if (!isTame(expected)) return
          dirtyMemory()
          expectClose(compiled(point), expected, 1e-11)
        }
        expect(compiled.recordings).toBe(1)
        compiled.free()
      }),
      { numRuns: 600 },
    )
  })

  test('have their second derivative', () => {
    fc.assert(
      fc.property(programs(12), program => {
        const f = onVars(program)
        const weights = pointsOf(program)[2] as Plains
        const recorded = gradBP(along(f, weights))
        const compiled = compile(recorded)
        for (const point of pointsOf(program)) {
          const expected = recorded(point)
          if (!isTame(expected)) return
          dirtyMemory()
          expectClose(compiled(point), expected, 1e-10)
        }
        compiled.free()
      }),
      { numRuns: 300 },
    )
  })

  test('are stepped alike, resident, gradient and step', () => {
    fc.assert(
      fc.property(programs(20), program => {
        const f = onVars(program)
        const [start, , last] = pointsOf(program) as [Leaf[], Leaf[], Leaf[]]
        if (!isTame(gradBP(f)(start))) return
        using here = resident(start)
        using there = resident(start)
        using gradient = resident(last)
        const step = sgdStep(f, { rate: 1e-3 })
        const compiledStep = compile(step)
        const compiledGradient = compile(gradBP(f, { into: gradient }))
        for (let i = 0; i < 3; i++) {
          dirtyMemory()
          compiledGradient(here)
          expectClose(gradient.read(), gradBP(f)(there), 1e-10)
          expectClose(compiledStep(here), step(there), 1e-10)
          expectClose(here.read(), there.read(), 1e-10)
        }
        compiledStep.free()
        compiledGradient.free()
      }),
      { numRuns: 400 },
    )
  })
})

describe('random parts, taken out and put together', () => {
  type Step = readonly [kind: number, i: number, j: number]
  const onParts = (steps: readonly Step[]) => (x: Var<Vector>, m: Var<Matrix>) => {
    const vectors: Var<Vector>[] = [x, ...sequenceVar(m)]
    for (const [kind, i, j] of steps) {
      const [a, b] = [vectors[i % vectors.length], vectors[j % vectors.length]]
      const parts = sequenceVar(a)
      if (kind === 0) vectors.push(widen(collectVar([parts[2], parts[0], sequenceVar(b)[1]])))
      else if (kind === 1) vectors.push(collectVar(parts.map((part, k) => part.mul(sequenceVar(b)[k]))))
      else if (kind === 2) vectors.push(sequenceVar(collectVar([a, b, a.tanh()]))[j % 3])
      else if (kind === 3) vectors.push(softmax(a.add(b)))
      else vectors.push(a.mul(parts[j % 3]).add(b))
    }
    return vectors.reduce((total, v) => total.add(dot(v, v).sin()), constVar(0))
  }
  const steps = fc.array(fc.tuple(fc.nat(4), fc.nat(), fc.nat()), { minLength: 1, maxLength: 10 })

  test('at first and second order, and as a step', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, start) => {
        const random = new Random(start)
        const f = onParts(list)
        const first = gradBP(f)
        const second = gradBP((x: Var<Vector>, m: Var<Matrix>) => {
          const [dx, dm] = gradBP(f)(x, m)
          return dot(dx, dx).add(sum(dm))
        })
        const [compiledFirst, compiledSecond] = [compile(first), compile(second)]
        const step = sgdStep((p: { x: Var<Vector>; m: Var<Matrix> }) => f(p.x, p.m), { rate: 1e-3 })
        const compiledStep = compile(step)
        for (let i = 0; i < 3; i++) {
          const [x, m] = [randomVector(3, random) as Vector, randomMatrix(3, 3, random) as Matrix]
          dirtyMemory()
          expectClose(compiledFirst(x, m), first(x, m), 1e-11)
          expectClose(compiledSecond(x, m), second(x, m), 1e-9)
          using here = resident({ x, m })
          using there = resident({ x, m })
          expectClose(compiledStep(here), step(there), 1e-11)
          expectClose(here.read(), there.read(), 1e-11)
        }
        for (const compiled of [compiledFirst, compiledSecond, compiledStep]) compiled.free()
      }),
      { numRuns: 200 },
    )
  })
})

describe('the network', () => {
  const data = samples(8)
  test('run, gradient and steps are the same bits', () => {
    const gradient = gradBP(loss, { wrt: 0 })
    const compiled = compile(gradient)
    const compiledRun = compile(evalBP(run))
    const net = newNetwork()
    for (const { x, target } of data) {
      expect(compiledRun(net, x)).toEqual(evalBP(run)(net, x))
      expect(compiled(net, x, target)).toEqual(gradient(net, x, target))
    }
    using here = resident(net)
    using there = resident(net)
    const step = sgdStep(loss, { rate: 0.1 })
    const compiledStep = compile(step)
    for (let i = 0; i < 100; i++) {
      const { x, target } = data[i % data.length]
      expect(compiledStep(here, x, target)).toBe(step(there, x, target))
    }
    expect(here.read()).toEqual(there.read())
    expect([compiled.recordings, compiledRun.recordings, compiledStep.recordings]).toEqual([1, 1, 1])
  })

  test('gradient into tensors, into residents, into both', () => {
    const net = newNetwork()
    const expected = (i: number): unknown => gradBP(loss, { wrt: 0 })(net, data[i].x, data[i].target)
    const plain = blankNetwork()
    using resided = resident(blankNetwork())
    using first = resident(blankNetwork().first)
    const mixed = { ...blankNetwork(), first }
    for (const into of [plain, resided, mixed]) {
      const compiled = compile(gradBP(loss, { wrt: 0, into: into as typeof plain }))
      for (const i of [0, 1, 2]) {
        const given: unknown = compiled(net, data[i].x, data[i].target)
        expect(given).toBe(into)
        const read = into === plain ? plain : into === resided ? resided.read() : { ...mixed, first: first.read() }
        expect(read).toEqual(expected(i))
      }
    }
  })

  test('value and gradient, the gradient into residents', () => {
    const net = newNetwork()
    using into = resident(blankNetwork())
    const both = backprop(loss, { wrt: 0, into })
    const compiled = compile(both)
    for (const { x, target } of data) {
      const [value, given] = compiled(net, x, target)
      expect(given).toBe(into)
      const gradient = into.read()
      expect(value).toBe(both(net, x, target)[0])
      expect(gradient).toEqual(into.read())
    }
  })
})

type Shape =
  | { kind: 'circle'; r: number }
  | { kind: 'box'; sides: [number, number]; at: Vector<2> }
  | { kind: 'group'; shapes: Shape[] }

const area = (shape: BVar<Shape>): Var<number> => {
  switch (shape.kind) {
    case 'circle':
      return shape.r.mul(shape.r).mul(Math.PI)
    case 'box':
      return shape.sides[0].mul(shape.sides[1]).add(sum(shape.at))
    case 'group':
      return shape.shapes.reduce((total, inner) => total.add(area(inner)), constVar(0))
  }
}

describe('structures', () => {
  const circle: Shape = { kind: 'circle', r: 2 }
  const box: Shape = { kind: 'box', sides: [3, 4], at: vector([5, 6], 2) }
  const shapes: Shape[] = [
    circle,
    box,
    { kind: 'group', shapes: [] },
    { kind: 'group', shapes: [circle, box] },
    { kind: 'group', shapes: [box, circle] },
    { kind: 'group', shapes: [{ kind: 'group', shapes: [circle] }, circle, box] },
  ]

  test('a program for each tag, each length, each order; each recorded once', () => {
    const recorded = backprop(area)
    const compiled = compile(recorded)
    for (let round = 0; round < 3; round++) for (const shape of shapes) expect(compiled(shape)).toEqual(recorded(shape))
    // The empty group has no leaf, so there is nothing to replay.
    expect(compiled.recordings).toBe(shapes.length - 1)
  })

  test('keys, static values, fixed numbers, maps, shapes and kinds of leaves tell programs apart', () => {
    type Options = { n: Fixed<number>; scale?: number; name: string; x: Vector; table: Map<string, number> }
    const f = (p: BVar<Options>): Var<number> => {
      let y = sum(p.x).mul(p.name.length).mul(p.n.value)
      for (const [key, value] of p.table) y = y.add(value.mul(key.length))
      return p.scale === undefined ? y : y.mul(p.scale)
    }
    const start: Options = { n: fixed(2), name: 'ab', x: vector([1, 2]), table: new Map([['k', 3]]) }
    const variants: Options[] = [
      start,
      { ...start, n: fixed(3) },
      { ...start, scale: 0.5 },
      { ...start, name: 'abc' },
      { ...start, x: vector([1, 2, 3]) },
      { ...start, table: new Map() },
      { ...start, table: new Map([['kk', 3]]) },
    ]
    const recorded = gradBP(f)
    const compiled = compile(recorded)
    for (let round = 0; round < 3; round++) {
      for (const options of variants) expect(compiled(options)).toEqual(recorded(options))
    }
    expect(compiled.recordings).toBe(variants.length)
    // The same structure with other numbers is no other program.
    expect(compiled({ ...start, n: fixed(2), x: vector([7, 8]) })).toEqual(recorded({ ...start, x: vector([7, 8]) }))
    expect(compiled.recordings).toBe(variants.length)
  })

  test('residents and plain values, any of the same shapes', () => {
    const f = (p: BVar<{ a: Matrix; s: number }>, x: Var<Vector>): Var<number> => sum(matVec(p.a, x)).mul(p.s)
    const value = (k: number): { a: Matrix; s: number } => ({ a: matrix([k, 2, 3, 4], 2, 2), s: k })
    const recorded = backprop(f)
    const compiled = compile(recorded)
    using one = resident(value(1))
    using two = resident(value(2))
    using part = resident(matrix([5, 6, 7, 8], 2, 2) as Matrix)
    using x = resident(vector([1, -1]))
    for (let round = 0; round < 2; round++) {
      for (const p of [one, two, value(3), { a: part, s: 2 }, one, two]) {
        for (const input of [x, vector([3, round])]) expect(compiled(p, input)).toEqual(recorded(p, input))
      }
    }
    one.write(value(9))
    expect(compiled(one, x)).toEqual(recorded(one, x))
    expect(compiled.recordings).toBe(6)
  })

  test('results of any structure, inputs and constants among them', () => {
    const f = (x: Var<Vector<3>>, s: Var<number>) => ({
      input: x,
      again: [x, x.mul(s)] as const,
      parts: sequenceVar(x),
      five: constVar(5),
      tensor: constVar(vector([1, 2], 2)),
      tag: 'kept',
      s,
    })
    const compiled = compile(evalBP(f))
    using r = resident(vector([7, 8, 9], 3))
    for (const [x, s] of [
      [vector([1, 2, 3], 3), 4],
      [vector([4, 5, 6], 3), 0],
      [r, 1],
    ] as const) {
      expect(compiled(x, s)).toEqual(evalBP(f)(x, s))
    }
    const first = compiled(vector([1, 2, 3], 3), 1)
    compiled(vector([9, 9, 9], 3), 1)
    expect(first.input.toArray()).toEqual([1, 2, 3])
  })

  test('a bare number, several results, a function of no leaf', () => {
    expect(compile(evalBP((x: Var<number>) => x))(3)).toBe(3)
    expect(compile(evalBP((x: Var<number>) => [x, x.exp()] as const))(0)).toEqual([0, 1])
    const constant = compile(evalBP((_tag: string) => constVar(4)))
    expect([constant('a'), constant('b'), constant.recordings]).toEqual([4, 4, 0])
  })

  test('numbers in into are replaced in their records', () => {
    const f = (p: BVar<{ a: number; list: readonly [number, Vector] }>): Var<number> =>
      p.a.mul(p.a).mul(p.list[0]).add(sum(p.list[1]).mul(p.a))
    const into = { a: 0, list: [0, zeros(2)] as [number, Vector] }
    const compiled = compile(gradBP(f, { into }))
    expect(compiled({ a: 3, list: [2, vector([1, 1])] })).toBe(into)
    expect(into).toEqual({ a: 14, list: [9, vector([3, 3])] })
    compiled({ a: 1, list: [5, vector([2, 1])] })
    expect(into).toEqual({ a: 13, list: [1, vector([1, 1])] })
    expect(compile(gradBP((x: Var<number>) => x.mul(x), { into: 0 }))(3)).toBe(6)
  })
})

describe('nesting', () => {
  test('derivatives of every order are one program', () => {
    const f = (x: Var<number>): Var<number> => x.pow(5).add(x.exp())
    const third = gradBP((x: Var<number>) => gradBP((y: Var<number>) => gradBP(f)(y))(x))
    const compiled = compile(third)
    for (const x of [0.5, 1, 2]) expect(compiled(x)).toBe(third(x))
  })

  test('inside another function, with variables, it is the function itself', () => {
    const compiled = compile(gradBP((x: Var<number>) => x.mul(x).mul(x)))
    expect(gradBP((x: Var<number>) => compiled(x))(2)).toBe(12)
    expect(compiled.recordings).toBe(0)
    expect(compiled(constVar(2))).toHaveProperty('value', 12)
    const twice = compile(gradBP((x: Var<number>) => compiled(x)))
    expect([twice(2), twice(3)]).toEqual([12, 18])
  })

  test('inside another function, with plain arguments, it replays and gives a plain value', () => {
    const compiled = compile(gradBP((x: Var<number>) => x.mul(x)))
    const f = (x: Var<number>): Var<number> => x.mul(compiled(3)).add(x.mul(x))
    expect([gradBP(f)(1), gradBP(f)(2), compiled.recordings]).toEqual([8, 10, 1])
    const outerCompiled = compile(gradBP(f))
    expect([outerCompiled(1), outerCompiled(2)]).toEqual([8, 10])
  })

  test('a function that calls itself, compiled, with plain arguments', () => {
    const factorial: (n: number) => number = compile(
      evalBP((n: Var<number>) => (n.le(1) ? n.mul(0).add(1) : n.mul(factorial(n.value - 1)))),
    )
    expect([1, 2, 3, 4].map(factorial)).toEqual([1, 2, 6, 24])
    expect([4, 3, 2, 1].map(factorial)).toEqual([24, 6, 2, 1])
  })
})

describe('plans', () => {
  test('one buffer is used by what is needed at different times', () => {
    const n = 1000
    const f = (x: Var<Vector>): Var<number> => {
      let y = x
      for (let i = 0; i < 50; i++) y = y.sin().add(1).mul(0.5)
      return sum(y)
    }
    const x = vector(new Float64Array(n).fill(0.3))
    const compiled = compile(evalBP(f))
    expect(compiled(x)).toBe(evalBP(f)(x))
  })

  test('what is never used, and what is done twice, is left out', () => {
    const f = (x: Var<Vector>): Var<number> => {
      softmax(x).exp()
      return dot(x.exp(), x.exp())
    }
    const compiled = compile(gradBP(f))
    expect(compiled(vector([1, 2]))).toEqual(gradBP(f)(vector([1, 2])))
  })

  test('sums of products, in every order, with what is still needed', () => {
    const random = new Random(5)
    const f = (a: Var<Matrix>, b: Var<Matrix>, x: Var<Vector>, y: Var<Vector>, z: Var<Vector>) => {
      const p = matMul(a, b)
      const q = p.add(outer(x, y))
      const r = outer(y, z).add(q).add(p)
      const u = matVec(a, x).add(z)
      const v = z.add(matVec(b, u, { transpose: true })).add(u)
      const w = x.mul(y).add(v.mul(z)).add(matVec(r, v))
      return { q, r, u, v, w }
    }
    const recorded = evalBP(f)
    const compiled = compile(recorded)
    for (let i = 0; i < 3; i++) {
      const [a, b] = [0, 1].map(() => randomMatrix(3, 3, random))
      const [x, y, z] = [0, 1, 2].map(() => randomVector(3, random))
      dirtyMemory()
      expectClose(compiled(a, b, x, y, z), recorded(a, b, x, y, z), 1e-13)
    }
  })
})

describe('constants given to an inner function', () => {
  test('are constants of the program, numbers and tensors, and have derivatives', () => {
    const f = (x: Var<number>) => {
      const [dy, dz] = gradBP(
        (y: Var<number>, z: Var<Vector<2>>, k: Var<number>) => y.mul(y).mul(k).add(dot(z, z).mul(k).mul(k)),
        { wrt: [0, 1] },
      )(constVar(3), vector([1, 2], 2), x)
      return dot(dz, dz).add(dy)
    }
    for (const recorded of [evalBP(f), gradBP(f)]) {
      const compiled = compile(recorded)
      for (const x of [0.5, -2]) {
        dirtyMemory()
        expect(compiled(x)).toBe(recorded(x))
      }
      expect(compiled.recordings).toBe(1)
    }
  })

  test('alone give constants, also where the result depends on nothing else', () => {
    const slope = (x: Var<number>) => x.mul(0).add(gradBP((y: Var<number>) => y.mul(y))(constVar(3)))
    expect(compile(evalBP(slope))(2)).toBe(6)
    const tanh = compile(
      evalBP((_: Var<number>) => gradBP((y: Var<Vector<2>>) => y.tanh())(constVar(vector([0, 1], 2)))),
    )
    expect(flat(tanh(2))).toEqual([1, 1 - Math.tanh(1) ** 2])
  })
})

test('what is put together from constants first is no place to add up in', () => {
  const f = (x: Var<Vector<3>>, s: Var<number>) => x.mul(x).add(collectVar([constVar(2), s, constVar(3)]))
  const compiled = compile(evalBP(f))
  for (let i = 0; i < 3; i++) {
    expect(flat(compiled(vector([1, i, 3], 3), i))).toEqual([3, i * i + i, 12])
  }
  expect(compiled.recordings).toBe(1)
})

test('options that are none', () => {
  const square = evalBP((x: Var<number>) => x.mul(x))
  expect(() => compile(square, { generat: 'never' } as never)).toThrow(UsageError)
  expect(() => compile(square, { generat: 'never' } as never)).toThrow(
    "compile: there is no option 'generat'. The options are { generate }.",
  )
  expect(() => compile(square, { generate: 'sometimes' as never })).toThrow(
    "compile: generate is 'sometimes', but must be 'auto', 'always' or 'never'.",
  )
})
