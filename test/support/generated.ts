/** Generated code against the interpreter and the recorded function: the same bits. Run once for each engine binary. */
import {
  backprop,
  collectVar,
  compile,
  dot,
  evalBP,
  gradBP,
  logistic,
  matrix,
  max,
  min,
  pow,
  resident,
  sequenceVar,
  sgdStep,
  sign,
  sum,
  tanh,
  toFloat32,
  toFloat64,
  vector,
  where,
  type Leaf,
  type Matrix,
  type Programs,
  type Shape,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dirtyMemory, type Plains, type Vars } from './differences.ts'
import { corners, points } from './edges.ts'
import { loss, newNetwork, samples } from './network.ts'
import { operandsOf, operations, titleOf } from './operations.ts'
import { liveBytes } from './heap.ts'
import { flat } from './plain.ts'
import { inputsOf, onVars, programs } from './programs.ts'
import { Random, seed } from './random.ts'
import { bytesInUse } from './tape.ts'

type Numbers = readonly Var<number>[]
type Call<A extends readonly unknown[]> = (...args: A) => unknown

/** Asserts that two structures hold the same bits; one NaN is as good as another. */
export function expectSame(actual: unknown, expected: unknown): void {
  const [a, b] = [flat(actual), flat(expected)]
  expect(a.length).toBe(b.length)
  const at = a.findIndex((value, i) => !Object.is(value, b[i]))
  if (at >= 0) expect.fail(`number ${at} is ${a[at]}, and ${b[at]} is expected`)
}

/** The function compiled in both ways, and its programs. */
export function both<A extends readonly unknown[]>(
  f: Call<A>,
): { interpreted: Call<A>; generated: Call<A> & Programs } {
  const compilable = f as never
  return {
    interpreted: compile(compilable, { generate: 'never' }),
    generated: compile(compilable, { generate: 'always' }),
  }
}

/** Asserts that a function gives the same bits in all three ways, for these arguments one after the other. */
export function expectAlike<A extends readonly unknown[]>(f: Call<A>, calls: readonly A[]): Programs['instructions'] {
  const { interpreted, generated } = both(f)
  for (const args of calls) {
    const [expected, other] = [f(...args), interpreted(...args)]
    dirtyMemory()
    const actual = generated(...args)
    expectSame(actual, other)
    expectSame(actual, expected)
  }
  const { instructions } = generated
  generated.free()
  return instructions
}

/** The elementwise ops; those on whole tensors pass a number on. */
const onTensors = ['sum', 'maximum', 'minimum', 'product', 'collectVar', 'dot', 'squaredError']
const ofNumbers = operations.filter(
  ({ name, cases }) => !onTensors.includes(name) && cases.some(shapes => shapes.every(shape => shape.length === 0)),
)

/** Enough numbers of one kind to make a function. */
const TIMES = 10

/** ⟨results of an op for every few of the numbers, weights⟩, and all the results. */
function repeated(apply: (operands: Vars) => Var<Leaf>, operands: number): (x: Numbers) => Numbers {
  return x => {
    const results: Var<number>[] = []
    for (let i = 0; i + operands <= x.length; i += operands) {
      results.push(apply(x.slice(i, i + operands) as unknown as Vars) as unknown as Var<number>)
    }
    return results
  }
}

const total = (terms: Numbers): Var<number> => terms.map((x, i) => x.mul(i + 0.5)).reduce((a, b) => a.add(b))

/** One step of a random program: which op, and of which of the values so far. */
type Step = readonly [op: number, first: number, second: number]

const smooth = ['neg', 'sin', 'cos', 'atan', 'tanh', 'asinh', 'logistic', 'log1pExp', 'add', 'sub', 'mul', 'max', 'abs']
const choices = ofNumbers.filter(({ name, variant }) => smooth.includes(name) && variant === undefined)

/** Numbers and elements of a vector, mixed up, with conditions; the vector is put together again, too. */
function randomNumbers(steps: readonly Step[]): (x: Numbers, v: Var<Vector>) => Var<number> {
  return (x, v) => {
    const values = [...x, ...(sequenceVar(v) as Numbers)]
    for (const [op, first, second] of steps) {
      const [a, b] = [values[first % values.length], values[second % values.length]]
      const kind = op % (choices.length + 4)
      if (kind === choices.length) values.push(a.lt(b) ? a.mul(b) : b.sub(a))
      else if (kind === choices.length + 1) values.push(sum((collectVar(values.slice(-3)) as Var<Vector>).mul(a)))
      else if (kind === choices.length + 2) values.push(pow(a, (first % 5) - 1).div(4))
      else if (kind === choices.length + 3) values.push(dot(v, v).mul(a))
      else {
        const { apply, domains } = choices[kind]
        values.push(apply([a, b].slice(0, domains.length) as unknown as Vars) as unknown as Var<number>)
      }
    }
    return tanh(values.slice(-4).reduce((a, b) => a.add(b)))
  }
}

/** All tests, for the engine binary that is in use. */
export function describeGenerated(): void {
  fc.configureGlobal({ seed })
  const random = new Random(seed)

  describe.each(ofNumbers.map(operation => [titleOf(operation), operation] as const))('%s', (_title, operation) => {
    const operands = operation.domains.length
    const scalars: Shape[] = operation.domains.map(() => [])
    const draw = (): number[] =>
      Array.from({ length: TIMES }, () => operandsOf(operation, scalars, random) as number[]).flat()
    const f = repeated(operation.apply, operands)
    const loss = (x: Numbers): Var<number> => total(f(x))

    test('value and gradient', () => {
      const calls: [number[]][] = [[draw()], [draw()], [draw()]]
      expect(expectAlike(evalBP(f), calls).generated).toBeGreaterThan(0)
      const { all, generated } = expectAlike(backprop(loss), calls)
      expect(generated).toBe(all)
    })

    test('at second order', () => {
      const weights = draw()
      const second = gradBP((x: Numbers) => total(gradBP(loss)(x as never) as unknown as Numbers).mul(weights[0]))
      expectAlike(second, [[draw()], [draw()]])
    })

    test('at the edges', () => {
      const edges = operands === 1 ? points : corners.flatMap(a => corners.flatMap(b => [a, b]))
      if (operands > 2) return
      expectAlike(backprop(loss), [[[...edges]], [[...edges].reverse()]])
      if (operands === 1) return
      // With a constant in place of the second operand, too: a power has instructions of its own then.
      for (const b of corners) {
        const withConstant = (x: Numbers): Var<number> =>
          total(x.map(a => operation.apply([a, b] as never) as unknown as Var<number>))
        expectAlike(backprop(withConstant), [[corners]])
        expectAlike(
          gradBP((x: Numbers) => total(gradBP(withConstant)(x as never) as unknown as Numbers)),
          [[corners]],
        )
      }
    })
  })

  describe('loops over tensors', () => {
    const lengths = [1, 2, 3, 8, 65]
    const draw = (n: number, from = random): Vector => vector(Array.from({ length: n }, () => from.between(-2, 2)))
    const draws = (n: number): [Vector, Vector, number] => [draw(n), draw(n), random.between(0.5, 2)]
    const elementwise = ofNumbers.filter(({ cases }) => cases.some(shapes => shapes.every(shape => shape.length === 1)))

    test.each(elementwise.map(operation => [titleOf(operation), operation] as const))(
      'with %s inside',
      (_, operation) => {
        const { apply, domains } = operation
        for (const n of lengths) {
          const operands = (): Leaf[] =>
            operandsOf(
              operation,
              domains.map((): Shape => [n]),
              random,
            )
          const f = (x: Vars): Var<Leaf> => {
            const [first, ...rest] = x as unknown as readonly Var<Vector>[]
            const y = apply([first, ...rest] as unknown as Vars) as unknown as Var<Vector>
            return y.mul(2).sub(first).add(y.div(3)).neg() as unknown as Var<Leaf>
          }
          const calls: [Plains][] = [[operands()], [operands()]]
          const { generated } = expectAlike(evalBP(f), calls)
          expect(generated).toBeGreaterThan(3)
          const inner = (x: Vars): Var<number> => dot(f(x) as unknown as Var<Vector>, x[0] as unknown as Var<Vector>)
          expectAlike(backprop(inner), calls)
          expectAlike(
            gradBP((x: Vars) => inner(gradBP(inner)(x as never) as unknown as Vars)),
            calls,
          )
        }
      },
    )

    test.each(elementwise.map(operation => [titleOf(operation), operation] as const))(
      'with %s of float32, which is interpreted, between loops over float64',
      (_, operation) => {
        const { apply, domains } = operation
        for (const n of lengths) {
          const shapes = domains.map((): Shape => [n])
          const operands = (): Leaf[] => operandsOf(operation, shapes, random, 'float32')
          const f = (x: Vars): Var<number> => {
            const [first] = x as unknown as readonly Var<Vector32>[]
            const y = apply(x) as unknown as Var<Vector32>
            const wide = toFloat64(y.mul(2).sub(first)).mul(3).add(toFloat64(first)).neg()
            const elements = sequenceVar(y) as unknown as Numbers
            const parts = collectVar(elements.map(element => element.mul(element))) as Var<Vector>
            return dot(wide, toFloat64(y))
              .add(sum(parts))
              .add(sum(toFloat32(wide).mul(y)))
          }
          const calls: [Plains][] = [[operands()], [operands()]]
          expectAlike(backprop(f), calls)
          expectAlike(
            gradBP((x: Vars) => dot(gradBP(f)(x as never)[0] as never, x[0] as never)),
            calls,
          )
        }
      },
    )

    test('numbers that are repeated, powers, shares, squares', () => {
      const f = (x: Var<Vector>, y: Var<Vector>, c: Var<number>): Var<Vector> => {
        const z = x
          .mul(c)
          .add(y)
          .mul(c.exp())
          .sub(pow(x, 2))
          .add(pow(y, 1))
          .add(pow(x, 3).mul(pow(y, 0)))
        return max(z, x).add(z.abs().sqrt()).div(x.abs().add(c)).sub(min(y, z).mul(-0))
      }
      for (const n of lengths) {
        expect(expectAlike(evalBP(f), [draws(n), draws(n)]).generated).toBeGreaterThan(10)
        expectAlike(
          backprop((x: Var<Vector>, y: Var<Vector>, c: Var<number>) => sum(f(x, y, c))) as Call<
            [Vector, Vector, number]
          >,
          [draws(n), draws(n)],
        )
      }
    })

    test('edge values in every lane', () => {
      const f = (x: Var<Vector>, y: Var<Vector>): Var<Vector> => {
        const z = x.mul(y).add(x.div(y)).sub(y.abs().sqrt()).add(sign(x))
        return max(min(z, x), y.neg()).add(tanh(x).mul(logistic(y)))
      }
      const all = corners.flatMap(a => corners.map(b => [a, b]))
      for (const pairs of [all, all.slice(1)]) {
        const [x, y] = [0, 1].map(i => vector(pairs.map(pair => pair[i])))
        expectAlike(evalBP(f), [[x, y]])
        expectAlike(
          backprop((x: Var<Vector>, y: Var<Vector>) => sum(f(x, y))),
          [[x, y]],
        )
      }
    })

    test('views of one tensor that overlap', () => {
      const f = (x: Var<Vector>): Var<Vector> => {
        // Rows of a table, and results that lie where operands were.
        let y = x.mul(2)
        for (let i = 0; i < 3; i++) y = y.add(x).mul(y).sub(1)
        return y
      }
      const table = (a: Var<Matrix>): Var<Matrix> => {
        const rows = sequenceVar(a) as unknown as Var<Vector>[]
        return collectVar(rows.map((row, i) => f(row).add(rows[(i + 1) % rows.length])))
      }
      const a = matrix(
        Array.from({ length: 15 }, () => random.between(-1, 1)),
        3,
        5,
      )
      expectAlike(evalBP(table) as Call<[Matrix]>, [[a]])
      expectAlike(backprop((x: Var<Matrix>) => sum(table(x).mul(x))) as Call<[Matrix]>, [[a]])
    })

    test('steps of resident parameters, and gradients that go into them', () => {
      const f = (p: { v: Var<Vector>; w: Var<Vector> }, x: Var<Vector>): Var<number> => {
        const z = p.v.mul(x).add(p.w).mul(x)
        return sum(z.mul(z).add(p.w.abs().mul(0.1)).sub(p.v.div(7)))
      }
      for (const n of lengths) {
        const start = { v: draw(n), w: draw(n) }
        const [x, zero] = [draw(n), { v: vector(new Float64Array(n)), w: vector(new Float64Array(n)) }]
        const step = sgdStep(f, { rate: 0.1 }) as Call<readonly unknown[]>
        const { interpreted, generated } = both(step)
        const ends = [step, interpreted, generated].map(run => {
          using p = resident(start)
          return [run(p, x), run(p, x), run(p, x), p.read()]
        })
        expectSame(ends[2], ends[1])
        expectSame(ends[2], ends[0])
        if (n > 1) expect(generated.instructions.generated).toBeGreaterThan(2)
        const gradients = (['always', 'never'] as const).map(generate => {
          using p = resident(start)
          using into = resident(zero)
          compile(gradBP(f, { wrt: 0, into }), { generate })(p, x)
          return into.read()
        })
        expectSame(gradients[0], gradients[1])
      }
    })

    test('random graphs of tensors of one length, at two orders, their intermediate results among the results', () => {
      const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 2, maxLength: 40 })
      fc.assert(
        fc.property(steps, fc.nat(), fc.integer({ min: 1, max: 9 }), (list, start, n) => {
          const f = (x: Var<Vector>, y: Var<Vector>, c: Var<number>): Var<Vector>[] => {
            const values = [x, y]
            for (const [op, first, second] of list) {
              const [a, b] = [values[first % values.length], values[second % values.length]]
              const kinds = [
                () => a.add(b),
                () => a.sub(b),
                () => a.mul(b).mul(0.5),
                () => a.div(b.abs().add(1)),
                () => a.neg(),
                () => a.abs(),
                () => max(a, b),
                () => min(a, b),
                () => tanh(a),
                () => a.mul(c),
                () => pow(a, (first % 4) - 1).mul(0.1),
                () => a.sub(sum(b)).mul(0.1),
              ]
              values.push(kinds[op % kinds.length]())
            }
            return values.slice(-3)
          }
          const some = new Random(start)
          const call = (): [Vector, Vector, number] => [draw(n, some), draw(n, some), some.between(-1, 1)]
          const calls = [call(), call()]
          expectAlike(evalBP(f) as Call<[Vector, Vector, number]>, calls)
          const loss = (x: Var<Vector>, y: Var<Vector>, c: Var<number>): Var<number> =>
            f(x, y, c)
              .map(z => dot(z, x))
              .reduce((p, q) => p.add(q))
          expectAlike(backprop(loss) as Call<[Vector, Vector, number]>, calls)
          const second = (x: Var<Vector>, y: Var<Vector>, c: Var<number>): Var<number> =>
            dot(gradBP(loss)(x, y, c)[0], y)
          expectAlike(gradBP(second) as Call<[Vector, Vector, number]>, calls)
        }),
        { numRuns: 200 },
      )
    })
  })

  test('random graphs of tensors and numbers', () => {
    fc.assert(
      fc.property(programs(40), program => {
        const calls = [0, 1, 2].map(i => [inputsOf({ ...program, seed: program.seed + i })] as const)
        const { interpreted, generated } = both(backprop(onVars(program)))
        for (const args of calls) expectSame(generated(...args), interpreted(...args))
        generated.free()
      }),
      { numRuns: 200 },
    )
  })

  const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 5, maxLength: 60 })
  const numbers = (from: number): [number[], Vector] => {
    const some = new Random(from)
    const draws = (n: number): number[] => Array.from({ length: n }, () => some.between(-1, 1))
    return [draws(3), vector(draws(4))]
  }

  test('random graphs of numbers with conditions and elements of vectors, at two orders', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, start) => {
        const f = randomNumbers(list)
        const calls = [0, 1, 2, 3].map(i => numbers(start + i))
        expectAlike(backprop(f), calls)
        expectAlike(
          gradBP((x: Numbers, v: Var<Vector>) => f(gradBP(f)(x as never, v as never)[0] as unknown as Numbers, v)),
          calls,
        )
      }),
      { numRuns: 150 },
    )
  })

  test('steps of resident numbers and vectors', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, start) => {
        const f = randomNumbers(list)
        const step = sgdStep((p: { x: Numbers; v: Var<Vector> }, w: Var<Vector>) => f(p.x, p.v.add(w)), { rate: 0.1 })
        const [x, v] = numbers(start)
        const [, w] = numbers(start + 1)
        const { interpreted, generated } = both(step as Call<readonly unknown[]>)
        const ways = [step as Call<readonly unknown[]>, interpreted, generated].map(run => {
          using p = resident({ x, v })
          const values = [0, 1, 2, 3].map(() => run(p, w))
          return [values, p.read()]
        })
        expectSame(ways[2], ways[1])
        expectSame(ways[2], ways[0])
        generated.free()
      }),
      { numRuns: 100 },
    )
  })

  test('resident parameters of other handles: they are read where they are', () => {
    const f = (v: Var<Vector>, x: Var<number>): Var<number> =>
      (sequenceVar(v) as Numbers).map(e => e.mul(x).add(1)).reduce((a, b) => a.mul(b))
    const { generated } = both(backprop(f) as unknown as Call<readonly unknown[]>)
    const first = [1, 2, 3, 4, 5, 6, 7]
    using a = resident(vector(first))
    expectSame(generated(a, 0.5), backprop(f)(vector(first), 0.5))
    const second = [3, 1, 4, 1, 5, 9, 2]
    using b = resident(vector(second))
    expectSame(generated(b, 0.5), backprop(f)(vector(second), 0.5))
    expectSame(generated(a, 0.25), backprop(f)(vector(first), 0.25))
    expect(generated.recordings).toBe(1)
    expect(generated.instructions.generated).toBeGreaterThan(20)
  })

  test('conditions: each outcome has a program, and what they watch is exact', () => {
    const collatz = gradBP((x: Var<number>) => {
      let y = x
      for (let i = 0; i < 12; i++) y = y.gt(1) ? y.mul(0.5).add(0.1) : y.eq(0.3) ? y : y.mul(y).add(x)
      return y
    })
    const compiled = compile(collatz, { generate: 'always' })
    for (const x of [0.7, 3, -2, 0.3, NaN, 1, 0.7, 3, Infinity, -0]) expect(compiled(x)).toBe(collatz(x))
    expect(compiled.recordings).toBeGreaterThan(4)
    expect(compiled.recordings).toBeLessThan(10)
  })

  test('values that are read: their bits are conditions', () => {
    const f = evalBP((x: Var<number>) => {
      let y = x.mul(2).add(1).mul(x)
      for (let i = 0; i < 10; i++) y = y.mul(x)
      return y.add(x.mul(x).value)
    })
    const compiled = compile(f, { generate: 'always' })
    for (const x of [2, -2, 2, NaN, NaN, 0, -0, 0]) expect(compiled(x)).toBe(f(x))
    // −2 and 2 have the same square.
    expect(compiled.recordings).toBe(3)
  })

  test('derivatives of the third order of one chain', () => {
    const chain = (x: Var<number>): Var<number> => {
      let y = x
      for (let i = 0; i < 20; i++) y = logistic(y.mul(x).sub(0.3)).add(pow(x, 3)).mul(max(y, x))
      return y
    }
    const third = gradBP((x: Var<number>) => gradBP((y: Var<number>) => gradBP(chain)(y))(x))
    const { generated, all } = expectAlike(third as Call<[number]>, [[0.3], [-0.8], [0.01]])
    expect(generated).toBe(all)
  })

  test('the network, with few instructions on numbers, is interpreted', () => {
    const [{ x, target }] = samples(1)
    const compiled = compile(gradBP(loss, { wrt: 0 }), { generate: 'always' })
    expectSame(compiled(newNetwork(), x, target), gradBP(loss, { wrt: 0 })(newNetwork(), x, target))
    expect(compiled.instructions.generated).toBe(0)
  })

  const long = (n: number): ((x: Numbers) => Var<number>) => {
    return x => {
      let y = x[0]
      for (let i = 0; i < n; i++) y = i % 3 === 0 ? y.add(x[i % 7]) : i % 3 === 1 ? y.mul(x[(i + 2) % 7]) : y.sub(x[0])
      return y
    }
  }
  const seven = (start: number): [number[]] => [Array.from({ length: 7 }, (_, i) => Math.cos(start + i))]

  test('a choice between what an earlier and a later function compute', () => {
    const f = (numbers: Numbers): Var<number> => {
      const [x, y] = numbers as [Var<number>, Var<number>]
      let z = y
      for (let i = 0; i < 700; i++) z = z.mul(0.999).add(0.001)
      return where(x.sub(1), x.mul(2), z).add(where(x, z, z.mul(2)))
    }
    for (const g of [evalBP(f), gradBP(f)]) expectAlike(g, [[[1, 5]], [[2, 7]], [[1, -3]], [[0, 9]]])
  })

  test('100,000 instructions', () => {
    const { all, generated } = expectAlike(gradBP(long(40_000)), [seven(1), seven(2), seven(3)])
    expect(all).toBeGreaterThan(100_000)
    expect(generated).toBe(all)
  })

  /** The same without repeats. */
  const irregular = (n: number): ((x: Numbers) => Var<number>) => {
    return x => {
      const some = new Random(n)
      let y = x[0]
      for (let i = 0; i < n; i++) {
        const e = x[some.below(7)]
        y = [() => y.add(e), () => y.mul(e), () => y.sub(x[0])][some.below(3)]()
      }
      return y
    }
  }

  test.each([
    ['with loops', long],
    ['without', irregular],
  ])('what is called often is generated by and by, and every mixture gives the same: %s', (_, chain) => {
    const f = gradBP(chain(20_000))
    const compiled = compile(f)
    const expected = flat(f(seven(5)[0] as never))
    const shares = new Set<number>()
    for (let i = 0; i < 400; i++) {
      const actual = flat(compiled(seven(5)[0] as never))
      for (let k = 0; k < 7; k++) if (actual[k] !== expected[k]) expect.fail(`call ${i}, number ${k}`)
      shares.add(compiled.instructions.generated)
    }
    const { all, generated } = compiled.instructions
    expect(generated).toBe(all)
    expect(shares.size).toBeGreaterThan(chain === long ? 1 : 3)
    expect(Math.min(...shares)).toBe(0)
  })

  test('modules go when their programs go', () => {
    const cycle = (i: number): void => {
      const f = compile(
        gradBP((x: Var<number>) => long(30)(Array.from({ length: 7 }, (_, k) => x.add(i + k)))),
        {
          generate: 'always',
        },
      )
      f(0.5)
      expect(f.instructions.generated).toBeGreaterThan(30)
      f.free()
    }
    for (let i = 0; i < 200; i++) cycle(i)
    const before = { live: liveBytes(), used: bytesInUse() }
    for (let i = 200; i < 1200; i++) cycle(i)
    expect(bytesInUse()).toBe(before.used)
    expect(liveBytes() - before.live).toBeLessThan(400_000)
  })

  test('what is called seldom is not, nor what may not', () => {
    const f = gradBP(long(1500))
    const compiled = compile(f)
    const never = compile(f, { generate: 'never' })
    for (let i = 0; i < 50; i++) compiled(seven(i)[0] as never)
    for (let i = 0; i < 3000; i++) never(seven(i)[0] as never)
    expect(compiled.instructions.generated).toBe(0)
    expect(never.instructions.generated).toBe(0)
  })
}
