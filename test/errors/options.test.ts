/** Options of every function that takes some: an unknown name, a value of another type and NaN are named errors. */
import * as library from 'backprop-wasm'
import {
  checkLaws,
  compile,
  epoch,
  evalBP,
  init,
  type Matrix,
  matMul,
  matrix,
  matVec,
  optimiser,
  resident,
  table,
  UsageError,
  type Var,
  vector,
  zeros,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'

const square = (x: Var<number>): Var<number> => x.mul(x)
const keep = (x: unknown): unknown => x

/** What is wrong with the value of an option, by the kind of what is right; a value that is right comes first. */
const kinds: Readonly<Record<string, { readonly right: readonly unknown[]; readonly wrong: readonly unknown[] }>> = {
  boolean: { right: [true, false], wrong: [1, 0, 'true', null, NaN, {}] },
  finite: { right: [0.5], wrong: ['0.5', null, true, NaN, Infinity, 1n, {}] },
  positive: { right: [0.5], wrong: ['0.5', null, true, NaN, Infinity, 0, -1] },
  notNegative: { right: [0, 0.5, Infinity], wrong: ['0.5', null, true, NaN, -1] },
  finiteNotNegative: { right: [0, 0.5], wrong: ['0.5', null, true, NaN, Infinity, -1] },
  count: { right: [0, 3, Infinity], wrong: ['3', null, true, NaN, -1, 0.5] },
  size: { right: [3], wrong: ['3', null, true, NaN, -1, 0.5, 0, Infinity] },
  share: { right: [0, 0.5], wrong: ['0.5', null, true, NaN, 1, -0.5] },
  positions: { right: [0, [0]], wrong: ['0', null, true, NaN, -1, 0.5, {}, ['0'], [-1]] },
  mode: { right: ['auto', 'forward', 'reverse'], wrong: ['backward', null, true, NaN, 1] },
  method: { right: ['newton', 'halley'], wrong: ['Newton', null, true, NaN, 1] },
  generate: { right: ['auto', 'always', 'never'], wrong: ['sometimes', null, true, NaN, 1] },
  dtype: { right: ['float64', 'float32'], wrong: ['float', null, true, NaN, 32] },
  function: { right: [keep], wrong: ['f', null, true, NaN, {}] },
  rows: { right: [[0, 1], Uint8Array.of(1, 0)], wrong: [1, '01', null, true, NaN, {}] },
  list: { right: [[]], wrong: [1, 'net', null, NaN, {}] },
  signal: { right: [new AbortController().signal], wrong: [true, null, 'abort', NaN, {}, new AbortController()] },
}

type Use = (options: never) => unknown
const gradient = { wrt: 'positions' }
const derivative = { wrt: 'positions' }
const minimiser = {
  iterations: 'count',
  gradientTolerance: 'notNegative',
  stepTolerance: 'notNegative',
  reductionTolerance: 'notNegative',
  compile: 'boolean',
}
const root = {
  iterations: 'count',
  valueTolerance: 'notNegative',
  stepTolerance: 'notNegative',
  method: 'method',
  compile: 'boolean',
}
const rate = { rate: 'finite', schedule: 'function' }

/** Options of functions whose first argument is a function. */
const ofFunctions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gradBP: gradient,
  backprop: gradient,
  backpropWith: gradient,
  gradBPAsync: gradient,
  backpropAsync: gradient,
  backpropWithAsync: gradient,
  grad: gradient,
  valueAndGrad: gradient,
  vjp: gradient,
  jvp: derivative,
  directional: derivative,
  hvp: derivative,
  hessian: derivative,
  hessianF: derivative,
  jacobian: { ...derivative, mode: 'mode' },
  jacobianTransposed: { ...derivative, mode: 'mode' },
  sparseJacobian: { ...derivative, mode: 'mode' },
  sparseHessian: derivative,
  vmap: { shared: 'positions' },
  gradientDescent: minimiser,
  gradientAscent: minimiser,
  conjugateGradientDescent: minimiser,
  conjugateGradientAscent: minimiser,
  newtonCG: minimiser,
  lbfgs: { ...minimiser, memory: 'count' },
  levenbergMarquardt: { ...minimiser, radius: 'positive' },
  findZero: root,
  inverse: root,
  fixedPoint: root,
  extremum: root,
}

const optimisers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sgd: rate,
  momentum: { ...rate, momentum: 'share', nesterov: 'boolean' },
  adam: { ...rate, beta1: 'share', beta2: 'share', epsilon: 'positive' },
  adamW: { ...rate, beta1: 'share', beta2: 'share', epsilon: 'positive', decay: 'finiteNotNegative' },
  rmsProp: { ...rate, keep: 'share', epsilon: 'positive' },
  adagrad: { ...rate, epsilon: 'positive' },
  adadelta: { ...rate, keep: 'share', epsilon: 'positive' },
  adaMax: { ...rate, beta1: 'share', beta2: 'share' },
}

const named = library as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>
const call = (name: string, ...args: unknown[]): unknown => (named[name])(...args)
const pixels = new Uint8Array(4)
const text = { zero: () => '', one: () => '', add: (a: string, b: string) => a + b }
const barrier = {
  iterations: 'count',
  stepTolerance: 'notNegative',
  reductionTolerance: 'notNegative',
  weight: 'notNegative',
  shrink: 'share',
  gapTolerance: 'notNegative',
  compile: 'boolean',
}

/** The name that messages begin with, a use with options, and the kind of each. */
const uses: readonly (readonly [name: string, use: Use, options: Readonly<Record<string, string>>])[] = [
  ...Object.entries(ofFunctions).map(([name, options]) => {
    // `vjp` is another name of `backpropWith`.
    return [name === 'vjp' ? 'backpropWith' : name, (given: never) => call(name, square, given), options] as const
  }),
  ...Object.entries(optimisers).map(([name, options]) => [name, (given: never) => call(name, given), options] as const),
  ...['taylor', 'directionalDerivatives', 'jet'].map(
    name => [name, (given: never) => call(name, square, 2, given), derivative] as const,
  ),
  ['gradWith', options => call('gradWith', keep, square, options), derivative],
  ['constrainedDescent', options => call('constrainedDescent', square, square, options), barrier],
  ['optimiser', (options: object) => optimiser({ rate: 1, moments: {}, rule: keep, ...options } as never), rate],
  ['sgdStep', (options: object) => call('sgdStep', square, { rate: 1, ...options }), { rate: 'finite' }],
  ['compile', options => compile(evalBP(square), options), { generate: 'generate' }],
  ['table', options => table(pixels, [2], options), { scale: 'finite', offset: 'finite' }],
  [
    'load',
    (options: object) => {
      using target = resident(zeros(2, 2))
      target.load(pixels, { rows: [0, 1], ...options })
    },
    { scale: 'finite', offset: 'finite', rows: 'rows' },
  ],
  [
    'epoch',
    options => epoch([table(pixels, [2])], () => 1, options),
    {
      parameters: 'list',
      batch: 'size',
      order: 'rows',
      dropLast: 'boolean',
      dtype: 'dtype',
      sliceMillis: 'notNegative',
      signal: 'signal',
    },
  ],
  ['matVec', options => matVec(square2, vector([1, 2]), options), { transpose: 'boolean' }],
  ['matMul', options => matMul(square2, square2, options), { transposeA: 'boolean', transposeB: 'boolean' }],
  [
    'checkLaws',
    options => {
      checkLaws(text, [], options)
    },
    { equal: 'function', tolerance: 'notNegative' },
  ],
]
const square2 = matrix([1, 2, 3, 4], 2, 2) as Matrix

describe.each(uses)('%s', (name, use, options) => {
  const head = new RegExp(`^${name}: `)

  test('takes what is right, and undefined', () => {
    for (const [option, kind] of Object.entries(options)) {
      const right = kinds[kind]?.right ?? []
      expect(right.length).toBeGreaterThan(0)
      for (const value of right) use({ [option]: value } as never)
      if (name !== 'optimiser' && name !== 'sgdStep') use({ [option]: undefined } as never)
    }
  })

  test.each(Object.entries(options))('%s: refuses what is no %s', (option, kind) => {
    const wrong = kinds[kind]?.wrong ?? []
    expect(wrong.length).toBeGreaterThan(3)
    for (const value of wrong) {
      const { message } = expectFailure(() => use({ [option]: value } as never), UsageError, head)
      expect(message).toContain(`: ${option} is `)
      expect(message).toMatch(/, but must be ./)
      if (typeof value === 'number' || typeof value === 'string') expect(message).toContain(String(value))
    }
  })

  test('refuses other names', () => {
    for (const unknown of ['surprise', 'toString', 'constructor']) {
      const { message } = expectFailure(() => use({ [unknown]: 1 } as never), UsageError, head)
      expect(message).toContain(`there is no option '${unknown}'`)
      for (const option of Object.keys(options)) expect(message).toContain(option)
    }
  })
})

test('options that are no record', () => {
  for (const [name, use] of uses) {
    if (['optimiser', 'sgdStep', 'load'].includes(name)) continue
    for (const options of [null, 1, 'x', []]) {
      expectFailure(() => use(options as never), UsageError, new RegExp(`^${name}: the options are`))
    }
  }
  expectFailure(() => call('sgdStep', square), UsageError, /^sgdStep: the options are undefined/)
  expectFailure(() => call('optimiser', undefined), UsageError, /^optimiser: the options are undefined/)
})

test('options that must be given', () => {
  expectFailure(() => call('sgdStep', square, {}), UsageError, /^sgdStep: rate is undefined, but must be a finite/)
  expectFailure(() => call('sgdStep', 1, { rate: 1 }), UsageError, /^sgdStep: the first argument must be a function/)
  expectFailure(() => call('optimiser', { moments: {}, rule: keep }), UsageError, /^optimiser: rate is undefined/)
  expectFailure(
    () => call('optimiser', { rate: 1, moments: { mean: NaN }, rule: keep }),
    UsageError,
    /^optimiser: moments\.mean is NaN, but must be a finite number/,
  )
})

test('init, before it says that the engine runs', async () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ deterministic: 1 }, /^init: deterministic is 1, but must be true or false/],
    [{ deterministic: null }, /^init: deterministic is null, but must be true or false/],
    [{ workerUrl: 1 }, /^init: workerUrl is 1, but must be an address/],
    [{ workerUrl: null }, /^init: workerUrl is null, but must be an address/],
    [{ threads: 2 }, /^init: there is no option 'threads'\. The options are \{ maximumBytes, initialBytes, det/],
  ]
  for (const [options, message] of wrong) {
    await expect(init(options as never)).rejects.toThrow(UsageError)
    await expect(init(options as never)).rejects.toThrow(message)
  }
})
