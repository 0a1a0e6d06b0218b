/** Steps of optimisers, recorded and compiled, against the published rules written in plain loops. */
import {
  adadelta,
  adagrad,
  adam,
  adaMax,
  adamW,
  castValue,
  compile,
  constVar,
  dot,
  evalBP,
  gradBP,
  logistic,
  mapVars,
  matMul,
  matVec,
  matrix,
  momentum,
  op1,
  optimiser,
  resident,
  ResidentError,
  rmsProp,
  sgd,
  sgdStep,
  softmaxCrossEntropy,
  stopGradient,
  ResultError,
  StructureMismatchError,
  sub,
  sum,
  trainStep,
  UsageError,
  vector,
  vector32,
  type BVar,
  type Matrix,
  type Optimiser,
  type OptimiserState,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { dirtyMemory } from '../support/differences.ts'
import { expectFailure } from '../support/failures.ts'
import { loss as networkLoss, newNetwork, samples, type Network } from '../support/network.ts'
import { expectClose, flat, randomMatrix, randomVector } from '../support/plain.ts'
import { Random } from '../support/random.ts'

interface Parameters {
  a: Matrix<3, 3>
  b: Matrix<3, 3>
  v: Vector<3>
  u: Vector<3>
  s: number
}
type P = BVar<Parameters>
type Input = Var<Vector<3>>

/** A constant of the type that the parameters have. */
const tableFor = (p: P): Matrix<3, 3> => castValue(p.a.dtype, randomMatrix(3, 3, new Random(11))) as Matrix<3, 3>

/** Ways of reading parameters: where each gradient comes from decides how an update can be done. */
const losses: Readonly<Record<string, (p: P, x: Input) => Var<number>>> = {
  'a layer': (p, x) => softmaxCrossEntropy(logistic(matVec(p.a, x).add(p.v)), p.u),
  'products of parameters': p => dot(matMul(p.a, p.b), tableFor(p)).add(dot(matMul(p.b, p.a), p.b)),
  'each the gradient of the other': (p, x) => dot(p.v, p.u).mul(p.s).add(dot(p.v, x)),
  'a parameter read twice': (p, x) => dot(matVec(p.a, x), matVec(p.a, p.v)).add(p.s.mul(p.s)),
  'the parameter itself': p => p.s,
  'a gradient inside': (p, x) => {
    const g = gradBP((y: Input) => dot(matVec(p.a, y), y))(x)
    return dot(g, g).add(sum(stopGradient(p.b)))
  },
  nothing: () => constVar(3),
}

/** The rules in plain numbers: the next parameters from the gradient, number by number. */
type Reference = () => (p: number[], g: number[]) => number[]
const references: Readonly<Record<string, readonly [Optimiser<string>, Reference]>> = {
  sgd: [sgd({ rate: 0.05 }), () => (p, g) => p.map((x, i) => x - 0.05 * g[i])],
  momentum: [
    momentum({ rate: 0.02, momentum: 0.8 }),
    () => {
      let v: number[] = []
      return (p, g) => {
        v = g.map((x, i) => 0.8 * (v[i] ?? 0) + x)
        return p.map((x, i) => x - 0.02 * v[i])
      }
    },
  ],
  nesterov: [
    momentum({ rate: 0.02, nesterov: true }),
    () => {
      let v: number[] = []
      return (p, g) => {
        v = g.map((x, i) => 0.9 * (v[i] ?? 0) + x)
        return p.map((x, i) => x - 0.02 * (g[i] + 0.9 * v[i]))
      }
    },
  ],
  adam: [adam({ rate: 0.03 }), () => adamByHand(0.03, 0.9, 0.999, 1e-8)],
  'adam, other numbers': [
    adam({ rate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }),
    () => adamByHand(0.1, 0.5, 0.9, 1e-3),
  ],
  adamW: [adamW({ rate: 0.03, decay: 0.2 }), () => adamByHand(0.03, 0.9, 0.999, 1e-8, 0.2)],
  rmsProp: [
    rmsProp({ rate: 0.02, keep: 0.8, epsilon: 1e-4 }),
    () => {
      let v: number[] = []
      return (p, g) => {
        v = g.map((x, i) => 0.8 * (v[i] ?? 0) + 0.2 * x * x)
        return p.map((x, i) => x - (0.02 * g[i]) / (Math.sqrt(v[i]) + 1e-4))
      }
    },
  ],
  adagrad: [
    adagrad({ rate: 0.1 }),
    () => {
      let v: number[] = []
      return (p, g) => {
        v = g.map((x, i) => (v[i] ?? 0) + x * x)
        return p.map((x, i) => x - (0.1 * g[i]) / (Math.sqrt(v[i]) + 1e-8))
      }
    },
  ],
  // Zeiler 2012, algorithm 1, line by line.
  adadelta: [
    adadelta({ keep: 0.9, epsilon: 1e-3 }),
    () => {
      let v: number[] = []
      let u: number[] = []
      return (p, g) => {
        v = g.map((x, i) => 0.9 * (v[i] ?? 0) + 0.1 * x * x)
        const d = g.map((x, i) => (-Math.sqrt((u[i] ?? 0) + 1e-3) / Math.sqrt(v[i] + 1e-3)) * x)
        u = d.map((x, i) => 0.9 * (u[i] ?? 0) + 0.1 * x * x)
        return p.map((x, i) => x + d[i])
      }
    },
  ],
  // Kingma & Ba 2015, algorithm 2, line by line; what has had no gradient stays.
  adaMax: [
    adaMax({ rate: 0.02, beta1: 0.8, beta2: 0.9 }),
    () => {
      let m: number[] = []
      let u: number[] = []
      let t = 0
      return (p, g) => {
        t++
        m = g.map((x, i) => 0.8 * (m[i] ?? 0) + 0.2 * x)
        u = g.map((x, i) => Math.max(0.9 * (u[i] ?? 0), Math.abs(x)))
        return p.map((x, i) => (u[i] === 0 ? x : x - ((0.02 / (1 - 0.8 ** t)) * m[i]) / u[i]))
      }
    },
  ],
  'adamW on a schedule': [
    adamW({ rate: 0.03, decay: 0.2, schedule: step => step.recip() }),
    () => {
      let t = 0
      const steps = Array.from({ length: 12 }, (_, i) => adamByHand(0.03 / (i + 1), 0.9, 0.999, 1e-8, 0.2))
      // All see the same gradients, and each takes the step of its rate.
      return (p, g) => {
        const all = steps.map(step => step(p, g))
        return all[t++]
      }
    },
  ],
  'sgd on a schedule': [
    sgd({ rate: 0.1, schedule: step => step.recip() }),
    () => {
      let t = 0
      return (p, g) => {
        t++
        return p.map((x, i) => x - (0.1 / t) * g[i])
      }
    },
  ],
}

/** Kingma & Ba 2015, algorithm 1, line by line. */
function adamByHand(
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  decay = 0, // Loshchilov & Hutter 2019, algorithm 2
): ReturnType<Reference> {
  let m: number[] = []
  let v: number[] = []
  let t = 0
  return (p, g) => {
    t++
    m = g.map((x, i) => beta1 * (m[i] ?? 0) + (1 - beta1) * x)
    v = g.map((x, i) => beta2 * (v[i] ?? 0) + (1 - beta2) * x * x)
    const mHat = m.map(x => x / (1 - beta1 ** t))
    const vHat = v.map(x => x / (1 - beta2 ** t))
    return p.map((x, i) => x - rate * (mHat[i] / (Math.sqrt(vHat[i]) + epsilon) + decay * x))
  }
}

function parametersOf(seed: number): Parameters {
  const draw = new Random(seed)
  return {
    a: randomMatrix(3, 3, draw),
    b: randomMatrix(3, 3, draw),
    v: randomVector(3, draw),
    u: randomVector(3, draw),
    s: draw.between(-1, 1),
  }
}

describe.each(Object.entries(references))('%s', (_name, [method, reference]) => {
  test.each([
    ['null', null],
    ['an empty record', {}],
    ['an empty array', []],
  ] as const)('parameters without a leaf: %s', (_, none) => {
    const method = adam()
    const [state, next] = method(method.start(none as unknown), none, none)
    expect(next).toEqual(none)
    expect(state).toEqual({ step: 1, rate: 0.001, moments: { mean: none, square: none } })
  })

  test('a parameter that is the third operand of what it becomes', () => {
    const loss = (p: Var<Vector>): Var<number> => dot(p, p)
    const rule = (t: Var<Vector>, p: Var<Vector>, g: Var<Vector>): [Var<Vector>, Var<Vector>] => {
      const gradient = gradBP((logits: Var<Vector>) => softmaxCrossEntropy(logits, t))
      return [gradient(p.add(g)), p.sub(g.mul(0.1))]
    }
    const step = trainStep(loss, rule)
    const results = [step, compile(step)].map(run => {
      using p = resident<Vector>(vector([1, 2, 3]))
      using t = resident<Vector>(vector([0.2, 0.3, 0.5]))
      run(p, t)
      return [flat(t.read()), flat(p.read())]
    })
    expect(results[1]).toEqual(results[0])
  })

  test.each(Object.entries(losses))('%s: 12 steps, recorded, compiled and on plain values', (_title, loss) => {
    const start = parametersOf(3)
    using recordedAt = resident(start)
    using recordedState = resident(method.start(recordedAt))
    using compiledAt = resident(start)
    using compiledState = resident(method.start(start))
    const recorded = trainStep(loss, method)
    const compiled = compile(recorded)
    const byHand = reference()
    const draw = new Random(5)
    let plainState = method.start(start)
    let plain = start
    for (let i = 0; i < 12; i++) {
      const x = randomVector(3, draw)
      const before = recordedAt.read()
      const gradient = gradBP(loss, { wrt: 0 })(before, x)
      const expected = byHand(flat(before), flat(gradient))
      dirtyMemory()
      const value = recorded(recordedAt, recordedState, x)
      expectClose(value, evalBP(loss)(before, x), 1e-14)
      expectClose(recordedAt.read(), expected, 1e-12)
      expectClose(compiled(compiledAt, compiledState, x), value, 1e-11)
      expectClose(compiledAt.read(), recordedAt.read(), 1e-11)
      expectClose(compiledState.read(), recordedState.read(), 1e-11)
      ;[plainState, plain] = method(plainState, plain, gradBP(loss, { wrt: 0 })(plain, x))
      expectClose(plain, recordedAt.read(), 1e-11)
      expectClose(plainState, recordedState.read(), 1e-11)
    }
    expect(recordedState.read().step).toBe(12)
    expect(compiled.recordings).toBe(1)
  })
})

describe.each(Object.entries(references))('%s, of float32', (_name, [method]) => {
  test.each(Object.entries(losses))('%s: near float64, with the types of the parameters', (_title, loss) => {
    const narrow = castValue('float32', parametersOf(3)) as unknown as Parameters
    using wideAt = resident(castValue('float64', narrow))
    using wideState = resident(method.start(wideAt))
    const ways = [trainStep(loss, method), compile(trainStep(loss, method))].map(step => {
      const at = resident(narrow)
      return { step, at, state: resident(method.start(at)) }
    })
    const exact = trainStep(loss, method)
    const draw = new Random(5)
    for (let i = 0; i < 5; i++) {
      const x = castValue('float32', randomVector(3, draw))
      const expected = exact(wideAt, wideState, castValue('float64', x))
      for (const { step, at, state } of ways) {
        dirtyMemory()
        expectClose(step(at, state, x as never), expected, 1e-4)
        expectClose(at.read(), wideAt.read(), 1e-4)
        const { a, b, v, u } = at.read()
        for (const leaf of [a, b, v, u]) expect(leaf.dtype).toBe('float32')
      }
    }
    for (const { at, state } of ways) {
      const { moments } = state.read()
      for (const moment of Object.values(moments)) expect(moment.a.dtype).toBe('float32')
      at.free()
      state.free()
    }
  })
})

describe('published examples', () => {
  const half = (w: Var<number>): Var<number> => w.mul(w).div(2)

  test('momentum: the first two steps from 1 on w²/2 are 0.1 and 0.18 long', () => {
    const method = momentum({ rate: 0.1, momentum: 0.9 })
    using w = resident(1)
    using state = resident(method.start(w))
    const step = trainStep(half, method)
    step(w, state)
    expect(1 - w.read()).toBeCloseTo(0.1, 14)
    const before = w.read()
    step(w, state)
    expect(before - w.read()).toBeCloseTo(0.18, 14)
  })

  test('adam: the first step is as long as the rate, whatever the gradient', () => {
    for (const scale of [1e-3, 1, 1e6]) {
      const method = adam({ rate: 0.1 })
      using w = resident(10)
      using state = resident(method.start(w))
      trainStep((x: Var<number>) => half(x).mul(scale), method)(w, state)
      expect(w.read()).toBeCloseTo(9.9, 6)
    }
  })

  test('adam on constant gradients: corrected means are the gradient itself', () => {
    const method = adam({ rate: 0.01 })
    using w = resident(vector([0, 0, 0]))
    using state = resident(method.start(w))
    const step = compile(trainStep((x: Var<Vector>, g: Var<Vector>) => dot(x, g), method))
    for (let t = 1; t <= 50; t++) {
      step(w, state, vector([3, -0.25, 0]))
      expectClose(w.read(), [-0.01 * t, 0.01 * t, 0], 1e-6)
    }
  })
})

describe('the rate', () => {
  test('changes from step to step without recording anew', () => {
    const method = adam()
    using w = resident({ a: 1, b: vector([2, 3]) })
    using state = resident(method.start(w))
    const step = compile(trainStep((p: BVar<{ a: number; b: Vector }>) => dot(p.b, p.b).mul(p.a), method))
    for (const rate of [0.1, 0, 0.01]) {
      const before = flat(w.read())
      state.assign({ rate })
      step(w, state)
      flat(w.read()).forEach((x, i) => {
        expect(Math.abs(x - before[i])).toBeLessThanOrEqual(1.01 * rate)
        expect(Math.abs(x - before[i])).toBeGreaterThanOrEqual(0.9 * rate)
      })
    }
    expect(step.recordings).toBe(1)
    expect(state.read().rate).toBe(0.01)
    expect(state.read().step).toBe(3)
  })

  test('follows a schedule that is a part of the program', () => {
    // Warming up for two steps, then halving.
    const schedule = (t: Var<number>): Var<number> => (t.le(2) ? t.div(2) : t.sub(2).mul(-Math.LN2).exp())
    const method = sgd({ rate: 0.1, schedule })
    using w = resident(0)
    using state = resident(method.start(w))
    const step = compile(trainStep((x: Var<number>) => x, method))
    const steps = [0.05, 0.1, 0.05, 0.025, 0.0125]
    for (const length of steps) {
      const before = w.read()
      step(w, state)
      expect(before - w.read()).toBeCloseTo(length, 14)
    }
    // Once for each outcome of the comparison.
    expect(step.recordings).toBe(2)
  })
})

describe('optimisers of the user', () => {
  test('a rule, with moments that begin with 1', () => {
    const adagrad = optimiser({
      rate: 0.5,
      moments: { total: 1 },
      rule:
        ({ rate }) =>
        (p, g, { total }) => {
          const next = total.add(g.mul(g))
          return [p.sub(g.mul(rate).div(next.sqrt())), { total: next }]
        },
    })
    using w = resident<[number, Vector<2>]>([1, vector([2, 3], 2)])
    using state = resident(adagrad.start(w))
    expect(flat(state.read().moments.total)).toEqual([1, 1, 1])
    const step = compile(trainStep((p: BVar<[number, Vector<2>]>) => p[0].mul(3).add(sum(p[1])), adagrad))
    step(w, state)
    expectClose(w.read(), [1 - 1.5 / Math.sqrt(10), 2 - 0.5 / Math.SQRT2, 3 - 0.5 / Math.SQRT2], 1e-14)
    expectClose(state.read().moments.total, [10, 2, 2], 1e-14)
  })

  test('a function of structures: clipping by the norm of the whole gradient', () => {
    type Pair = { a: number; b: Vector<2> }
    const inner = sgd({ rate: 1 })
    type State = OptimiserState<BVar<Pair>, never, Var<number>>
    const clipped = (state: State, p: BVar<Pair>, g: BVar<Pair>) => {
      const length = g.a.mul(g.a).add(dot(g.b, g.b)).sqrt()
      return inner(state, p, length.gt(1) ? mapVars(x => x.div(length), g) : g)
    }
    using w = resident<Pair>({ a: 0, b: vector([0, 0], 2) })
    using state = resident(inner.start(w))
    const step = compile(trainStep((p: BVar<Pair>, x: Var<Vector<2>>) => p.a.add(dot(p.b, x)), clipped))
    step(w, state, vector([2, 2], 2))
    expectClose(w.read(), [-1 / 3, -2 / 3, -2 / 3], 1e-14)
    step(w, state, vector([0, 0], 2))
    expectClose(w.read(), [-1 / 3 - 1, -2 / 3, -2 / 3], 1e-14)
    expect(step.recordings).toBe(2)
  })

  test('states of any structure: a running mean, values that trade places, values that are parts of others', () => {
    type State = { mean: Vector<3>; before: Vector<3>; first: number }
    const method = (state: BVar<State>, p: Var<Vector<3>>, g: Var<Vector<3>>): [BVar<State>, Var<Vector<3>>] => [
      { mean: state.mean.add(p).div(2), before: p, first: sum(state.before) },
      state.before.sub(g),
    ]
    const expected = { p: [1, 2, 3], mean: [0, 0, 0], before: [7, 8, 9] }
    for (const compiled of [false, true]) {
      const step = trainStep((p: Var<Vector<3>>) => sum(p), method)
      const run = compiled ? compile(step) : step
      using p = resident(vector(expected.p, 3))
      using state = resident<State>({ mean: vector([0, 0, 0], 3), before: vector([7, 8, 9], 3), first: 0 })
      let { p: q, mean, before } = expected
      for (let i = 0; i < 4; i++) {
        run(p, state)
        const first = before.reduce((s, x) => s + x, 0)
        ;[q, mean, before] = [before.map(x => x - 1), mean.map((m, j) => (m + q[j]) / 2), q]
        expectClose(p.read(), q, 1e-13)
        expectClose(state.read(), { mean: vector(mean), before: vector(before), first }, 1e-13)
      }
    }
  })

  test('values that are copies, parts, constants or results too', () => {
    type Two = { x: Matrix<2, 2>; y: Matrix<2, 2>; z: Matrix<2, 2>; n: number; k: number }
    const constant = matrix([9, 8, 7, 6], 2, 2)
    const method = (state: Var<number>, p: BVar<Two>): [Var<number>, BVar<Two>] => [
      state.add(1),
      { x: p.y, y: p.x, z: constVar(constant), n: p.k, k: p.n },
    ]
    for (const compiled of [false, true]) {
      const step = trainStep((p: BVar<Two>) => dot(p.x, p.y).mul(p.n), method)
      const run = compiled ? compile(step) : step
      using p = resident<Two>({
        x: matrix([1, 2, 3, 4], 2, 2),
        y: matrix([5, 6, 7, 8], 2, 2),
        z: matrix([0, 0, 0, 0], 2, 2),
        n: 1,
        k: 2,
      })
      using state = resident(0)
      for (let i = 1; i <= 3; i++) {
        run(p, state)
        const odd = i % 2 === 1
        const [x, y] = odd
          ? [
              [5, 6, 7, 8],
              [1, 2, 3, 4],
            ]
          : [
              [1, 2, 3, 4],
              [5, 6, 7, 8],
            ]
        expect(flat(p.read())).toEqual([...x, ...y, 9, 8, 7, 6, ...(odd ? [2, 1] : [1, 2])])
        expect(state.read()).toBe(i)
      }
    }
  })

  test('a large network, in place across every block', () => {
    for (const method of [adam({ rate: 0.01 }), momentum({ nesterov: true }), sgd()] as Optimiser<string>[]) {
      const start: Network = newNetwork()
      using here = resident(start)
      using there = resident(start)
      using hereState = resident(method.start(here))
      using thereState = resident(method.start(there))
      const step = trainStep(networkLoss, method)
      const compiled = compile(step)
      for (const { x, target } of samples(40)) {
        expectClose(compiled(here, hereState, x, target), step(there, thereState, x, target), 1e-9)
      }
      expectClose(here.read(), there.read(), 1e-9)
      expectClose(hereState.read(), thereState.read(), 1e-9)
    }
  })
})

describe('what goes wrong changes nothing', () => {
  const method = momentum({ rate: 1 })
  const loss = (v: Var<Vector>, x: Var<Vector>): Var<number> => dot(v, x)
  const step = trainStep(loss, method)

  test.each([
    ['recorded', step],
    ['compiled', compile(step)],
  ])('residents that are missing, freed, the same, read: %s', (_name, run) => {
    const w = resident(vector([1, 2]))
    const state = resident(method.start(w))
    using x = resident(vector([1, 1]))
    run(w, state, x)
    const before = [flat(w.read()), flat(state.read())]
    expectFailure(() => run(vector([1, 2]) as never, state, x), ResidentError, /trainStep: the parameters must be/)
    expectFailure(() => run(w, state.read() as never, x), ResidentError, /trainStep: the state must be/)
    expectFailure(() => run(w, state, w), ResidentError)
    expectFailure(() => evalBP((v: Var<Vector>) => sum(v).add(run(w, state, x)))(w), ResidentError, /still open/)
    expectFailure(
      () => evalBP((v: Var<number>) => v.add(run(w, state, x)))(state as never),
      ResidentError,
      /still open/,
    )
    expect([flat(w.read()), flat(state.read())]).toEqual(before)
    state.free()
    expectFailure(() => run(w, state, x), ResidentError, /freed/)
    w.free()
    expectFailure(() => run(w, state, x), ResidentError, /freed/)
  })

  test('parameters and state that are the same', () => {
    const swap = (s: Var<Vector>, p: Var<Vector>): [Var<Vector>, Var<Vector>] => [p, s]
    const trade = trainStep((v: Var<Vector>) => dot(v, v), swap)
    for (const run of [trade, compile(trade)]) {
      using w = resident(vector([1, 2]))
      using other = resident(vector([3, 4]))
      run(w, other)
      expect([flat(w.read()), flat(other.read())]).toEqual([
        [3, 4],
        [1, 2],
      ])
      expectFailure(() => run(w, w), ResidentError)
    }
  })

  test('a loss or an optimiser that throws, or gives something else', () => {
    using w = resident(vector([1, 2]))
    using state = resident(method.start(w))
    const x = vector([1, 1])
    const failing: readonly [() => unknown, RegExp | string][] = [
      [() => trainStep((v: Var<Vector>) => v as never, method)(w, state), /^trainStep: the loss is no number/],
      [() => trainStep((v: Var<Vector>) => dot(v, v).value as never, method)(w, state), /not a variable/],
      [
        () =>
          trainStep(loss, (s, p) => {
            if (sum(p).value > 0) throw new Error('mine')
            return [s, p]
          })(w, state, x),
        'mine',
      ],
      [() => trainStep(loss, ((s: unknown) => [s]) as never)(w, state, x), /pair \[state, parameters\]/],
      [() => trainStep(loss, ((s: unknown, p: unknown) => [p, s]) as never)(w, state, x), /optimiser's result/],
      [
        () => trainStep(loss, ((s: unknown, p: Var<Vector>) => [s, sum(p)]) as never)(w, state, x),
        /optimiser's result/,
      ],
      [() => trainStep(loss, ((s: unknown) => [s, vector([1, 2])]) as never)(w, state, x), /not a variable/],
    ]
    for (const [body, message] of failing) expect(body).toThrow(message)
    expect(flat(w.read())).toEqual([1, 2])
    expect(state.read().step).toBe(0)
    expect(() => trainStep(undefined as never, method)).toThrow(UsageError)
    expect(() => trainStep(loss, {} as never)).toThrow(UsageError)
  })

  test('a condition that does not hold leaves all as it is, also if recording anew throws', () => {
    let angry = false
    const choosy = (v: Var<Vector>, x: Var<number>): Var<number> => {
      if (x.gt(0)) return sum(v)
      if (angry) throw new Error('mine')
      return sum(v).neg()
    }
    using w = resident(vector([1, 2]))
    using state = resident(method.start(w))
    const run = compile(trainStep(choosy, method))
    run(w, state, 1)
    const before = [flat(w.read()), flat(state.read())]
    angry = true
    expect(() => run(w, state, -1)).toThrow('mine')
    expect([flat(w.read()), flat(state.read())]).toEqual(before)
    angry = false
    run(w, state, -1)
    run(w, state, 1)
    expect(run.recordings).toBe(2)
    expect(state.read().step).toBe(3)
  })

  test('conditions on the update itself come before it', () => {
    const careful = (state: Var<number>, p: Var<Vector>, g: Var<Vector>): [Var<number>, Var<Vector>] => {
      const next = p.sub(g)
      return sum(next).gt(0) ? [state.add(1), next] : [state, p]
    }
    for (const run of [trainStep(loss, careful), compile(trainStep(loss, careful))]) {
      using w = resident(vector([1, 2]))
      using state = resident(0)
      run(w, state, vector([1, 1]))
      run(w, state, vector([1, 1]))
      run(w, state, vector([0, 0.5]))
      expect(flat(w.read())).toEqual([0, 0.5])
      expect(state.read()).toBe(2)
    }
  })

  test('ops of the user in the loss: recorded only', () => {
    const cube = op1(
      (x: number) => x ** 3,
      (dz, x) => [dz.mul(x).mul(x).mul(3)],
    )
    const f = (w: Var<number>): Var<number> => cube(w)
    using w = resident(2)
    using state = resident(method.start(w))
    trainStep(f, method)(w, state)
    expect(w.read()).toBe(-10)
  })

  test.each([
    () => sgd({ rate: NaN }),
    () => sgd({ rate: '1' as never }),
    () => momentum({ momentum: 1 }),
    () => momentum({ momentum: -0.1 }),
    () => adam({ beta1: 1 }),
    () => adam({ beta2: Infinity }),
    () => adam({ epsilon: 0 }),
    () => adam({ rate: Infinity }),
    () => adam().start('a' as never) && adam().start([new Date() as never]),
  ])('options that make no sense %#', body => {
    expect(body).toThrow(/^(sgd|momentum|adam|optimiser)[:.]/)
  })
})

describe('sgd compiled', () => {
  test('is sgdStep compiled, bit for bit', () => {
    const start = newNetwork(4)
    using here = resident(start)
    using there = resident(start)
    const method = sgd({ rate: 0.05 })
    using state = resident(method.start(here))
    const step = compile(trainStep(networkLoss, method))
    const direct = compile(sgdStep(networkLoss, { rate: 0.05 }))
    for (const { x, target } of samples(20)) {
      expect(step(here, state, x, target)).toBe(direct(there, x, target))
    }
    expect(flat(here.read())).toEqual(flat(there.read()))
  })
})

test('mapVars: one structure, several, static parts, mistakes', () => {
  type Pair = { a: number; tag: string; b: Vector<2> }
  const f = (x: BVar<Pair>, y: BVar<Pair>) => {
    const [total, difference] = mapVars((p, q) => [p.add(q), sub(p, q)] as const, x, y)
    return { total, difference, negative: mapVars(p => p.neg(), x) }
  }
  const one: Pair = { a: 1, tag: 't', b: vector([2, 3], 2) }
  const two: Pair = { a: 10, tag: 't', b: vector([20, 30], 2) }
  const result = evalBP(f)(one, two)
  expect(flat(result)).toEqual([11, 22, 33, -9, -18, -27, -1, -2, -3])
  expect(result.total.tag).toBe('t')
  expect(() => evalBP((x: BVar<Pair>) => mapVars((p, q) => p.add(q), x, { a: x.a } as never))(one)).toThrow(
    StructureMismatchError,
  )
  for (const wrong of [7, undefined, [1], 'a']) {
    expect(() => evalBP((x: BVar<Pair>) => mapVars(() => wrong as never, x))(one)).toThrow(ResultError)
  }
})

test('adaMax takes a step as long as the rate however small the first gradient is, and none where it is 0', () => {
  const method = adaMax({ rate: 0.1 })
  const first = (g: number): number => 1 - method(method.start(1), 1, g)[1]
  for (const g of [1, 1e-30, 1e-200, 1e-300]) expectClose([first(g), first(-g)], [0.1, -0.1], 1e-14)
  expect(first(0)).toBe(0)
  const narrow = vector32([1, 1, 1, 1], 4)
  const [, next] = method(method.start(narrow), narrow, vector32([1, 1e-30, -1e-36, 0], 4))
  expectClose(next, [0.9, 0.9, 1.1, 1], 1e-6)
})

describe('mistakes of use', () => {
  test.each([
    [() => sgd(0.1 as never), /^sgd: the options are a plain number \(0\.1\)\. Give a record/],
    [() => adam(null as never), /^adam: the options are null/],
    [
      () => adam({ learningRate: 1 } as never),
      /^adam: there is no option 'learningRate'\. The options are \{ rate, schedule, beta1/,
    ],
    [() => momentum({ beta: 1 } as never), /^momentum: there is no option 'beta'/],
    [() => sgd({ moments: {} } as never), /^sgd: there is no option 'moments'/],
    [() => adam({ rate: '0.5' } as never), /^adam: rate is '0\.5', but must be a finite number/],
    [() => momentum({ momentum: 1 }), /^momentum: momentum is 1, but must be/],
    [() => adam({ beta1: '0' } as never), /^adam: beta1 is '0'/],
    [() => adam({ epsilon: 0 }), /^adam: epsilon is 0/],
    [() => adam({ epsilon: '1' } as never), /^adam: epsilon is '1'/],
    [() => adamW({ decay: -1 }), /^adamW: decay is -1, but must be a finite number, 0 or more/],
    [() => adamW({ beta1: 1 }), /^adamW: beta1 is 1/],
    [() => rmsProp({ keep: 1 }), /^rmsProp: keep is 1/],
    [() => rmsProp({ momentum: 1 } as never), /^rmsProp: there is no option 'momentum'/],
    [() => adagrad({ epsilon: 0 }), /^adagrad: epsilon is 0/],
    [() => adadelta({ keep: NaN }), /^adadelta: keep is NaN/],
    [() => adaMax({ beta2: -0.1 }), /^adaMax: beta2 is -0\.1/],
    [() => sgd({ schedule: 1 } as never), /^sgd: schedule is 1, but must be a function: step => step\.recip\(\)/],
    [() => optimiser({ rate: 1, moments: {} } as never), /^optimiser: the rule is undefined/],
    [() => optimiser({ rate: 1, moments: 1, rule: () => () => 1 } as never), /^optimiser: moments is/],
    [() => optimiser({ rate: NaN, moments: {}, rule: () => p => [p, {}] }), /^optimiser: rate is NaN/],
    [() => trainStep((p: Var<number>) => p, adam as never), /adam itself\. Call it: trainStep\(loss, adam\(\)\)/],
    [() => trainStep((p: Var<number>) => p, sgd as never), /sgd\(\)/],
    [() => sgd().start([resident(1)]), /^sgd\.start\[0\]: optimisers take numbers and tensors only/],
  ])('options %#', (body, message) => {
    expect(body).toThrow(UsageError)
    expect(body).toThrow(message)
  })

  test.each([
    ['nothing', () => undefined, /^sgd: the schedule gives undefined\. It must give a factor/],
    ['a tensor', () => vector([1, 2]), /^sgd: the schedule gives a /],
    ['a variable of a tensor', () => constVar(vector([1, 2])), /that holds no number/],
  ])('a schedule that gives %s', (_name, schedule, message) => {
    const method = sgd({ schedule: schedule as never })
    expectFailure(() => method(method.start(1), 1, 1), UsageError, message)
  })

  test.each([
    ['no function', () => 1, /the rule gives a plain number/],
    ['nothing for a leaf', () => () => undefined, /no pair/],
    ['no moments', () => (p: unknown) => [p], /no pair/],
    ['a plain leaf', () => (_p: unknown, _g: unknown, m: unknown) => [1, m], /no pair/],
    ['a moment less', () => (p: unknown) => [p, {}], /gives undefined for the moment 'total'/],
    ['a moment more', () => (p: unknown, _g: unknown, m: object) => [p, { ...m, x: p }], /a moment 'x'/],
  ])('a rule that gives %s', (_name, rule, message) => {
    const method = optimiser({ rate: 1, moments: { total: 0 }, rule: rule as never })
    expectFailure(() => method(method.start(1), 1, 1), UsageError, /^optimiser: /, message)
  })

  test('a state of another optimiser, or of other parameters', () => {
    const step = trainStep((v: Var<Vector>) => dot(v, v), adam())
    using w = resident(vector([1, 2]))
    const wrong: readonly [unknown, RegExp][] = [
      [sgd().start(w), /^adam: the state\.moments: the moments are \{ {2}\}, but must be \{ mean, square \}/],
      [momentum().start(w), /the moments are \{ velocity \}/],
      [adam().start(vector([1, 2, 3])), /^adam: the state\.moments\.mean: it is not like the parameters/],
      [adam().start(1), /the state\.moments\.mean/],
      [[1, 2], /^adam: the state: it must be a record/],
    ]
    for (const [value, message] of wrong) {
      using state = resident(value)
      for (const run of [step, compile(step)]) {
        const body = (): unknown => run(w, state as never)
        expectFailure(body, StructureMismatchError, message, /method\.start\(parameters\)/)
      }
    }
    expect(flat(w.read())).toEqual([1, 2])
  })
})
