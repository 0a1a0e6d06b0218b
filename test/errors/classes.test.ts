/** Every other named error, provoked; each says what, where, and how to repair it. */
import * as library from 'backprop-wasm'
import {
  backpropWith,
  BackpropError,
  constVar,
  CycleError,
  dot,
  EngineError,
  evalBP,
  exp,
  gradBP,
  init,
  lgamma,
  NumericTagError,
  OrderError,
  polygamma,
  pow,
  resident,
  ResultError,
  ShapeMismatchError,
  StructureMismatchError,
  sum,
  taylor,
  UnknownLeafError,
  type Var,
  VarOutOfRunError,
  vector,
  type BVar,
  type Vector,
  UsageError,
  OperandError,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure, expectUsable } from '../support/failures.ts'

/** Sees a function as one that a compiler would have refused. */
const untyped = (f: (...args: never[]) => unknown): ((x: Var<number>) => Var<number>) => f as never

describe('UnknownLeafError', () => {
  const f = (p: BVar<Record<string, never>>): Var<number> => p as never
  class Point {
    x = 1
  }
  test.each([
    ['a date', { when: new Date() }, 'argument 1.when', /an instance of Date/],
    ['deep in arrays', { layers: [{ w: 1 }, { w: new Point() }] }, 'argument 1.layers[1].w', /an instance of Point/],
    ['a Float32Array', { w: new Float32Array(3) }, 'argument 1.w', /Wrap it: vector32\(data\), or matrix32/],
    ['another typed array', { w: new Int8Array(3) }, 'argument 1.w', /Wrap it: vector\(data\), or matrix/],
    ['a Set', { m: new Set() }, 'argument 1.m', /Use a record, an array or a Map/],
    ['in a Map', new Map([['a b', new Date()]]), 'argument 1.get("a b")', /an instance of Date/],
    ['a promise', Promise.resolve(1), 'argument 1', /Promise/],
    ['a key that is no name', { 'a b': new Date() }, 'argument 1["a b"]', /fixed\(…\)/],
  ] as const)('%s', (_title, argument, path, pattern) => {
    const error = expectFailure(() => gradBP(f)(argument as never), UnknownLeafError, pattern)
    expect(error.path).toBe(path)
    expect(error.message.startsWith(path)).toBe(true)
  })

  test('names the argument by its number', () => {
    const g = (x: Var<number>, _y: Var<number>): Var<number> => x
    const error = expectFailure(() => gradBP(g)(1, new Point() as never), UnknownLeafError)
    expect(error.path).toBe('argument 2')
    const data = expectFailure(() => gradBP(g, { wrt: 0 })(1, new Point() as never), UnknownLeafError)
    expect(data.path).toBe('argument 2')
  })

  test.each([undefined, null, 'text', {}, [1], true])('%j as an operand', operand => {
    const patterns = [/^add: an operand is /, /must be a variable, a number or a tensor/]
    expectFailure(() => evalBP((x: Var<number>) => x.add(operand as never))(1), OperandError, ...patterns)
    expectFailure(() => exp(operand as never), OperandError, /^exp: /)
  })

  test('in constVar and resident', () => {
    expectFailure(() => constVar({ a: new Point() }), UnknownLeafError, /^constVar\.a: /)
    expectFailure(() => resident([new Point()]), UnknownLeafError, /^resident\[0\]: /)
  })
})

describe('UsageError', () => {
  const f = (x: Var<number>, y: Var<number>): Var<number> => x.mul(y)
  const untypedF = f as never as (x: Var<number>) => Var<number>

  test.each([
    ['too few arguments', () => gradBP(untypedF)(1), /^gradBP: the function takes 2 arguments, but 1 was given/],
    ['none', () => (evalBP(untypedF) as unknown as () => number)(), /^evalBP: the function takes 2 arguments/],
    [
      'a position too far',
      () => gradBP(f, { wrt: 2 as never })(1, 2),
      /^gradBP: wrt is 2, but the call has 2 arguments;/,
    ],
    [
      'no position',
      () => gradBP(f, { wrt: 'x' as never }),
      /^gradBP: wrt is 'x', but must be the position of an argument/,
    ],
    ['a negative position', () => backpropWith(f, { wrt: [-1] as never }), /^backpropWith: wrt is \[-1\], but must be/],
    [
      'options that are none',
      () => gradBP(f, 3 as never),
      /the options are a plain number \(3\)\. Give a record with some of \{ wrt, into \}/,
    ],
    ['no function', () => gradBP(3 as never), /the first argument must be a function/],
    [
      'into inside another run',
      () => gradBP((x: Var<number>) => gradBP((y: Var<number>) => y.mul(y), { into: 0 as never })(x))(1),
      /^gradBP: into is for plain results/,
    ],
  ] as const)('%s', (_title, body, pattern) => {
    expectFailure(body, UsageError, pattern)
  })
})

describe('CycleError', () => {
  const f = (x: Var<number>): Var<number> => x

  test('an argument that contains itself, by one way or by many', () => {
    const node: { x: number; next?: unknown; other?: unknown } = { x: 1 }
    node.next = [{ node }]
    expectFailure(() => gradBP(f)(node as never), CycleError, /contains itself\. .*make the structure a tree/)
    node.other = node
    expectFailure(() => gradBP(f)(node as never), CycleError)
    expectFailure(() => constVar(node), CycleError)
    expectFailure(() => resident(node), CycleError)
  })

  test('inside another run', () => {
    const ring: unknown[] = []
    ring.push(ring, ring)
    const nested = (x: Var<number>): Var<number> => {
      gradBP(f)(ring as never)
      return x
    }
    expectFailure(() => gradBP(nested)(3), CycleError)
  })

  test('a part that stands at two places is none', () => {
    const shared = { x: 2 }
    const gradient = gradBP((p: BVar<{ a: { x: number }; b: { x: number } }>) => p.a.x.mul(p.b.x))({
      a: shared,
      b: shared,
    })
    expect(gradient).toEqual({ a: { x: 2 }, b: { x: 2 } })
  })
})

describe('NumericTagError', () => {
  test.each([
    ['a key', (x: Var<number>) => [1, 2][x as never], /a property key or text/],
    ['text', (x: Var<number>) => 'x: '.concat(x as never), /a property key or text/],
    ['a sum', (x: Var<number>) => (x as never as number) + 1, /an operand of \+ or ==/],
    ['a product', (x: Var<number>) => (x as never as number) * 2, /a plain number/],
    ['a comparison', (x: Var<number>) => (x as never as number) < 2, /a plain number/],
    ['Math.sin', (x: Var<number>) => Math.sin(x as never), /a plain number/],
  ] as const)('a variable as %s', (_title, use, pattern) => {
    const f = (x: Var<number>): Var<number> => {
      use(x)
      return x
    }
    expectFailure(() => gradBP(f)(3), NumericTagError, pattern, /fixed\(n\)/, /\.value/)
  })
})

describe('ResultError', () => {
  test.each([
    ['a plain number', (x: Var<number>) => x.value * 2, /^the function's result is a plain number \(6\)/],
    ['a plain tensor', () => vector([1]), /^the function's result is a Tensor<1>/],
    [
      'a number in a structure',
      (x: Var<number>) => ({ a: [x, 3] }),
      /^the function's result\.a\[1\] is a plain number/,
    ],
    ['nothing', () => undefined, /^the function's result is undefined/],
    ['a string', () => 'done', /^the function's result is the string 'done'/],
  ] as const)('%s', (_title, f, pattern) => {
    for (const body of [() => gradBP(untyped(f))(3), () => evalBP(untyped(f))(3), () => backpropWith(untyped(f))(3)]) {
      expectFailure(body, ResultError, pattern, /constVar\(…\)/)
    }
  })

  test('an async function', () => {
    expectFailure(
      () => gradBP(untyped((x: Var<number>) => Promise.resolve(x)))(3),
      UsageError,
      /is a promise.*synchronous/,
    )
  })
})

describe('VarOutOfRunError', () => {
  const leak = (): Var<number> => {
    let leaked: Var<number> | undefined
    gradBP((x: Var<number>) => (leaked = x.mul(x)))(3)
    if (leaked === undefined) throw new Error('nothing leaked')
    return leaked
  }

  const uses: readonly (readonly [string, (x: Var<number>) => unknown])[] = [
    ['an operand', x => x.add(1)],
    ['a second operand', x => constVar(2).mul(x)],
    ['.value', x => x.value],
    ['a comparison', x => x.lt(3)],
    ['an argument of an operator', x => gradBP((y: Var<number>) => y.mul(y))(x)],
    ['an argument that is data', x => gradBP((y: Var<number>, d: Var<number>) => y.mul(d), { wrt: 0 })(2, x)],
    ['a result', x => gradBP((_y: Var<number>) => x)(2)],
    ['a part of a result', x => gradBP((y: Var<number>) => [y, { x }])(2)],
    ['what a constant is made of', x => constVar({ x }).x.exp()],
  ]

  test.each(uses)('a variable of a run that has ended, as %s', (_title, use) => {
    const patterns = [/the variable belongs to a run that has ended/, /keep its `\.value`/]
    const x = leak()
    expectFailure(() => use(x), VarOutOfRunError, ...patterns)
    expectFailure(() => evalBP((y: Var<number>) => (use(x), y.mul(y)))(3), VarOutOfRunError, ...patterns)
  })

  test('a variable of an inner run, used in the outer one after it', () => {
    const f = (x: Var<number>): Var<number> => {
      let inner: Var<number> | undefined
      gradBP((y: Var<number>) => (inner = y.mul(y)))(x)
      return x.add(inner as unknown as Var<number>)
    }
    expectFailure(() => gradBP(f)(3), VarOutOfRunError, /^add: /)
  })

  test('a variable of a run next to this one', () => {
    const f = (x: Var<number>): Var<number> => {
      let first: Var<number> | undefined
      evalBP((y: Var<number>) => (first = y.add(1)))(2)
      return gradBP((y: Var<number>) => y.mul(first as unknown as Var<number>))(x)
    }
    expectFailure(() => gradBP(f)(3), VarOutOfRunError, /^mul: /)
  })
})

describe('StructureMismatchError and ShapeMismatchError of a cotangent', () => {
  const [, pullback] = backpropWith((x: Var<number>, v: Var<Vector>) => ({ tag: 'a', y: x, list: [v, v.mul(x)] }))(
    2,
    vector([1, 2]),
  )
  const good = { tag: 'a', y: 1, list: [vector([1, 1]), vector([1, 1])] }

  test.each([
    ['keys', { tag: 'a', z: 1, list: good.list }, 'cotangent', /keys differ: expected \{ tag, y, list \}/],
    ['a key too many', { ...good, more: 1 }, 'cotangent', /keys differ/],
    ['a length', { ...good, list: [vector([1, 1])] }, 'cotangent.list', /an array of length 2 is expected/],
    ['a kind of leaf', { ...good, list: [1, vector([1, 1])] }, 'cotangent.list[0]', /a leaf of another kind/],
    ['a tag', { ...good, tag: 'b' }, 'cotangent.tag', /the string 'a' is expected.* but the string 'b' is given/],
    ['a leaf for a record', 3, 'cotangent', /a record \{ tag, y, list \} is expected.* a plain number \(3\) is given/],
    ['null', null, 'cotangent', /a record .* but null is given/],
    ['undefined', undefined, 'cotangent', /./],
  ] as const)('another: %s', (title, cotangent, path, pattern) => {
    // No cotangent at all means ones; the type forbids it here, and it does no harm.
    if (title === 'undefined') expect(pullback(cotangent as never)[0]).toBe(1 + 3)
    else {
      const error = expectFailure(() => pullback(cotangent as never), StructureMismatchError, pattern)
      expect(error.path).toBe(path)
    }
  })

  test('a variable of a run around the pullback, which is of plain values', () => {
    const [, plain] = backpropWith((y: Var<number>) => y.mul(y))(3)
    const f = (x: Var<number>): Var<number> => x.mul(plain(x.mul(x) as never))
    expectFailure(() => gradBP(f)(2), StructureMismatchError, /pullback of plain values\. Give its \.value/)
    expect(gradBP((x: Var<number>) => x.mul(plain(x.mul(x).value)))(2)).toBe(24)
  })

  test('another shape names path and shapes', () => {
    const wrong = { ...good, list: [vector([1, 1]), vector([1])] }
    expectFailure(() => pullback(wrong), ShapeMismatchError, /^cotangent\.list\[1\]: shapes differ: 2 and 1/)
    expect(pullback(good)[1].toArray()).toEqual([3, 3])
  })
})

test('OrderError: a derivative of a power beyond the fifteenth', () => {
  let f = (x: Var<number>): Var<number> => pow(x, 0.5)
  for (let i = 0; i < 16; i++) {
    const inner = f
    f = x => gradBP(inner)(x)
  }
  const error = expectFailure(() => evalBP(f)(2), OrderError, /pow: .*15th/, /exp\(y·log x\)/)
  expect(error).toBeInstanceOf(BackpropError)
})

test('OrderError: a derivative of digamma beyond the hundredth', () => {
  const f = (x: Var<number>): Var<number> => gradBP((y: Var<number>) => polygamma(99, y))(x)
  expectFailure(() => gradBP(f)(2), OrderError, /^polygamma: .* order 100/)
  const series = (): unknown => taylor((x: Var<number>) => lgamma(x), 140)(2, 1)
  // The tape keeps the room that it has grown to.
  expect(series).toThrow(OrderError)
  expectFailure(series, OrderError, /nor can a series go further/)
})

test('EngineError: init after the engine has started', async () => {
  expectUsable()
  await expect(init({ deterministic: false })).rejects.toThrow(EngineError)
  await expect(init({ maximumBytes: 2 ** 30 })).rejects.toThrow(
    /^init: the engine has already started, and its options are what they were then\. Call init with options once/,
  )
  // Without options it asks for nothing but an engine that runs.
  await expect(init()).resolves.toBeUndefined()
  await expect(init({})).resolves.toBeUndefined()
  expectUsable()
})

test('every error class is exported, is a BackpropError, and has its name', () => {
  const classes = Object.entries(library).filter(
    (entry): entry is [string, typeof BackpropError] =>
      typeof entry[1] === 'function' && entry[1].prototype instanceof BackpropError,
  )
  expect(classes.map(([name]) => name).sort()).toEqual([
    'BatchSizeError',
    'BatchedValueError',
    'CycleError',
    'DTypeMismatchError',
    'EngineError',
    'LawError',
    'LostDerivativeError',
    'NoGradientError',
    'NotANumberError',
    'NotCompilableError',
    'NotTwiceDifferentiableError',
    'NumericTagError',
    'OperandError',
    'OrderError',
    'OutOfMemoryError',
    'RankError',
    'ResidentError',
    'ResultError',
    'ShapeMismatchError',
    'SizeError',
    'StructureMismatchError',
    'UnknownLeafError',
    'UnknownTagError',
    'UnstableProgramError',
    'UsageError',
    'VarOutOfRunError',
    'WorkerError',
  ])
  expect(() => sum(dot as never)).toThrow(OperandError)
})
