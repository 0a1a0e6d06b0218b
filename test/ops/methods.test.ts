/**
 * The methods of Var: that they are there by the rule of src/ops/README.md, and that each is the function of its name, bit for
 * bit, in every way a function may be run.
 */
import * as library from 'backprop-wasm'
import {
  backpropWith,
  compile,
  constVar,
  evalBP,
  gradBP,
  tapeOf,
  Var,
  vmap,
  type DType,
  type Leaf,
  type Shape,
} from 'backprop-wasm'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { along, innerVar, type OnVars, type Plains, type Vars } from '../support/differences.ts'
import { byMethod, onEachType, operandsOf, operations, type Operation } from '../support/operations.ts'
import { filled, flat, randomLike } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

// The rule

/** The ops that are functions only: src/ops/README.md says why. */
const functionsOnly = [
  ...['where', 'polygamma', 'sequenceVar', 'collectVar'],
  ...['fmap', 'zipWith', 'length', 'foldl', 'scan', 'traverse', 'mapAccumL'],
]
/** Comparisons by value, which give no variable: compared below. */
const comparisons = ['lt', 'le', 'gt', 'ge', 'eq'] as const
/** What else Var has. */
const members = ['constructor', 'value', 'shape', 'dtype', 'toJSON']

/** The public functions of the files of src/ops; op values under the original's names are the same functions again. */
async function functionsOfOps(): Promise<string[]> {
  const files = readdirSync(join(import.meta.dirname, '../../src/ops')).filter(
    file => file.endsWith('.ts') && file !== 'named.ts',
  )
  const modules = await Promise.all(
    files.map(file => import(`../../src/ops/${file.slice(0, -3)}.ts`) as Promise<object>),
  )
  return modules.flatMap(module => Object.keys(module)).filter(name => name in library)
}

test('every op has a method of its name, but those that are functions only; Var has no others', async () => {
  const functions = await functionsOfOps()
  expect(functions).toContain('matVec')
  expect(functionsOnly.filter(name => !functions.includes(name))).toEqual([])
  const expected = [...functions.filter(name => !functionsOnly.includes(name)), ...members]
  expect(Object.getOwnPropertyNames(Var.prototype).sort()).toEqual(expected.sort())
})

// Each is its function

const any = operations[0].domains
const shapes: readonly Shape[][] = [[[0]], [[1]], [[65]], [[3, 7]]]
type Subject = Pick<Operation, 'name' | 'apply' | 'options' | 'domains' | 'cases'>
/** Those ops that the table does not have, since their derivatives are not those of their values. */
const besides: readonly Subject[] = [
  { name: 'toFloat32', apply: ([x]) => library.toFloat32(x as never) as never, domains: any, cases: shapes },
  { name: 'toFloat64', apply: ([x]) => library.toFloat64(x as never) as never, domains: any, cases: shapes },
  { name: 'stopGradient', apply: ([x]) => library.stopGradient(x), domains: any, cases: [[[]], ...shapes] },
]

const subjects: readonly { title: string; operation: Subject; dtype: DType }[] = [
  ...onEachType().filter(({ operation }) => operation.name in Var.prototype),
  ...(['float64', 'float32'] as const).flatMap(dtype =>
    besides.map(operation => ({ title: `${operation.name}, ${dtype}`, operation, dtype })),
  ),
]

/** Asserts that two structures hold the same types of leaves and the same bits. */
function expectSame(actual: unknown, expected: unknown): void {
  const leaves = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(leaves) : [value])
  const [a, b] = [leaves(actual), leaves(expected)]
  expect(a.map(typeName)).toEqual(b.map(typeName))
  const [x, y] = [flat(a), flat(b)]
  expect(x.length).toBe(y.length)
  for (const [i, number] of x.entries()) expect(number).toBe(y[i])
}

function typeName(leaf: unknown): string {
  return leaf instanceof library.Tensor ? `${leaf.dtype} ${leaf.shape.join('×')}` : typeof leaf
}

test('every method of an op is among the subjects', () => {
  const compared = new Set([...subjects.map(({ operation }) => operation.name), ...comparisons, ...members])
  expect(Object.getOwnPropertyNames(Var.prototype).filter(name => !compared.has(name))).toEqual([])
})

describe.each(subjects)('$title', ({ operation, dtype }) => {
  const { apply } = operation
  const method = byMethod(operation)

  test(
    'the same records, value and gradient',
    seeded(random => {
      for (const shapes of operation.cases) {
        const x = operandsOf(operation, shapes, random, dtype) as Plains
        expect(tapeOf(method)(x as never)).toEqual(tapeOf(apply)(x as never))
        const [value, pullback] = backpropWith(apply)(x)
        const [same, samePullback] = backpropWith(method)(x)
        expectSame(same, value)
        const cotangent = randomLike(value, random)
        expectSame(samePullback(cotangent), pullback(cotangent))
      }
    }),
  )

  test(
    'of constants, of one variable and plain operands, and inside another run',
    seeded(random => {
      for (const shapes of operation.cases) {
        const x = operandsOf(operation, shapes, random, dtype) as Plains
        const [first, ...others] = x as unknown as Vars
        const constants = x.map(leaf => constVar(leaf)) as Vars
        const value = apply(constants)
        expectSame(method(constants).value, value.value)
        expectSame(method([constants[0], ...others]).value, value.value)
        const cotangent = randomLike(value.value, random)
        const slope = (f: OnVars) =>
          gradBP((v: Var<Leaf>) => innerVar([f([v, ...others])], [cotangent]))(first as unknown as Leaf)
        expectSame(slope(method), slope(apply))
        const weights = x.map(leaf => randomLike(leaf, random))
        const second = (f: OnVars) =>
          gradBP(along((operands: Vars) => innerVar([f(operands)], [cotangent]), weights))(x)
        expectSame(second(method), second(apply))
      }
    }),
  )

  test(
    'compiled',
    seeded(random => {
      for (const shapes of operation.cases.filter(shapes => shapes.flat().every(size => size < 10))) {
        const points = [0, 1].map(() => operandsOf(operation, shapes, random, dtype)) as unknown as Plains[]
        const cotangent = randomLike(evalBP(apply)(points[0]), random)
        const [ofFunction, ofMethod] = [apply, method].map(f =>
          compile(library.backprop((operands: Vars) => innerVar([f(operands)], [cotangent]))),
        )
        for (const point of points) expectSame(ofMethod(point), ofFunction(point))
        expect(ofMethod.recordings).toBe(1)
      }
    }),
  )

  test(
    'over a batch',
    seeded(random => {
      for (const shapes of operation.cases.filter(shapes => shapes.flat().every(size => size < 10))) {
        const batches = shapes.map((shape, i) =>
          filled([3, ...shape], () => operation.domains[i](random), shape.length === 0 ? 'float64' : dtype),
        )
        const batched = (f: OnVars) =>
          vmap(((...operands: Vars) => f(operands)) as never) as unknown as (...operands: Vars) => Var<Leaf>
        const run =
          (f: OnVars): OnVars =>
          operands =>
            batched(f)(...operands)
        const value = evalBP(run(apply))(batches as unknown as Plains)
        expectSame(evalBP(run(method))(batches as unknown as Plains), value)
        const cotangent = randomLike(value, random)
        const gradient = (f: OnVars) =>
          gradBP((operands: Vars) => innerVar([run(f)(operands)], [cotangent]))(batches as unknown as Plains)
        expectSame(gradient(method), gradient(apply))
      }
    }),
  )
})

const integers = { zero: () => 0n, one: () => 1n, add: (a: bigint, b: bigint) => a + b }

/** What a call says of values of a user's type, which no op but `stopGradient` takes. */
function messageOf(f: OnVars, count: number): string {
  const integer = constVar(library.boxed(2n, integers)) as unknown as Var<Leaf>
  try {
    f(Array.from({ length: count }, () => integer))
    return 'nothing'
  } catch (error) {
    return String(error)
  }
}

test.each(subjects)('$title: the same error', ({ operation }) => {
  const count = operation.domains.length
  const message = messageOf(operation.apply, count)
  expect(messageOf(byMethod(operation), count)).toBe(message)
  expect(message).toContain(operation.name === 'stopGradient' ? 'nothing' : operation.name)
})

test.each(comparisons)('%s compares as its function does', name => {
  const numbers = [-1, -0, 0, 2, Infinity, NaN]
  for (const a of numbers) {
    for (const b of numbers) {
      const [x, y] = [constVar(a), constVar(b)]
      expect(x[name](b)).toBe(library[name](x, b))
      expect(x[name](y)).toBe(library[name](x, y))
    }
  }
})
