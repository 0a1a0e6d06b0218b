/** Elementwise ops at zeros, ties, infinities, NaN and the ends of the range; scalars and tensors alike. */
import { backprop, gradBP, type Leaf, type Shape, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { innerVar, type OnVars, type Vars } from '../support/differences.ts'
import { binaryEdges, corners, nearlyEqual, points, unaryEdges } from '../support/edges.ts'
import { operations } from '../support/operations.ts'
import { filled, flat } from '../support/plain.ts'

/** Vectors below, at and beyond a SIMD register, so that body and tail of each loop are seen. */
const shapes: readonly Shape[] = [[], [1], [2], [5], [1, 1], [3, 3]]

function applyOf(name: string): OnVars {
  const operation = operations.find(candidate => candidate.name === name)
  if (operation === undefined) throw new Error(`no op ${name}`)
  return operation.apply
}

/** The elements of a result and of a gradient at one point, the same number in each place. */
function at(f: OnVars, operands: readonly Leaf[]): { value: number[]; slopes: number[][] } {
  const [value, gradient] = backprop(f)(operands)
  return { value: flat(value), slopes: gradient.map(flat) }
}

function expectAll(actual: readonly number[], equal: (a: number) => boolean, what: string, expected: number): void {
  for (const a of actual) if (!equal(a)) expect.fail(`${what}: ${a}, expected ${expected}`)
}

const unaryNames = operations.flatMap(({ name, domains }) => (domains.length === 1 && name in unaryEdges ? [name] : []))

describe.each(unaryNames)('%s', name => {
  const f = applyOf(name)
  const { value, slope, cancels } = unaryEdges[name]

  test('has the values and derivatives of its formula at every edge, on scalars and tensors', () => {
    for (const x of points) {
      const y = value(x)
      const expected = slope(x, y)
      for (const shape of shapes) {
        const result = at(f, [filled(shape, () => x)])
        const what = `${name}(${x}) on [${shape.join()}]`
        expectAll(result.value, a => nearlyEqual(a, y), what, y)
        // The sign of a zero derivative is left open.
        const equal = (a: number): boolean =>
          a === expected || nearlyEqual(a, expected) || (cancels === true && Math.abs(a - expected) <= 1e-15)
        expectAll(result.slopes[0], equal, `derivative of ${what}`, expected)
      }
    }
  })

  test('has the same second derivative on scalars and tensors', () => {
    const second = gradBP((x: Vars) => innerVar(gradBP(f)(x), x.map(ones)))
    for (const x of points) {
      const expected = second([x])[0] as number
      for (const shape of shapes) {
        const equal = (a: number): boolean => a === expected || nearlyEqual(a, expected, 1e-12)
        const result = second([filled(shape, () => x)])
        expectAll(flat(result), equal, `second derivative of ${name}(${x}) on [${shape.join()}]`, expected)
      }
    }
  })
})

function ones({ shape }: Var<Leaf>): Leaf {
  return filled(shape, () => 1)
}

test('every elementwise op has its edges in the table', () => {
  const scalars = operations.filter(
    // The choice of three operands: test/ops/where.test.ts.
    ({ cases, domains, tensorsOnly }) => cases[0]?.[0]?.length === 0 && domains.length < 3 && tensorsOnly !== true,
  )
  expect(scalars.map(({ name }) => name).sort()).toEqual(
    [...Object.keys(unaryEdges), ...Object.keys(binaryEdges)].sort(),
  )
})

describe.each(Object.keys(binaryEdges))('%s', name => {
  const f = applyOf(name)
  const { value, slopes } = binaryEdges[name]

  test('has the values and derivatives of its formula at every pair of edges, on scalars and tensors', () => {
    for (const x of corners) {
      for (const y of corners) {
        const z = value(x, y)
        const expected = slopes(x, y)
        for (const shape of shapes) {
          const result = at(f, [filled(shape, () => x), filled(shape, () => y)])
          const what = `${name}(${x}, ${y}) on [${shape.join()}]`
          expectAll(result.value, a => nearlyEqual(a, z), what, z)
          result.slopes.forEach((list, i) => {
            const wanted = expected[i]
            expectAll(list, a => a === wanted || nearlyEqual(a, wanted), `derivative ${i} of ${what}`, wanted)
          })
        }
      }
    }
  })

  test('is the same with a scalar on either side, whose derivative is the sum', () => {
    for (const x of corners) {
      for (const y of corners) {
        const single = at(f, [x, y])
        const left = at(f, [x, filled([2], () => y)])
        const right = at(f, [filled([2], () => x), y])
        const what = `${name}(${x}, ${y})`
        const [byX, byY] = [single.slopes[0][0], single.slopes[1][0]]
        const same = (a: number, b: number): boolean => a === b || nearlyEqual(a, b)
        for (const { value: values } of [left, right]) {
          expectAll(values, a => same(a, single.value[0]), what, single.value[0])
        }
        expectAll(left.slopes[1], a => same(a, byY), `${what}, scalar left, by y`, byY)
        expectAll(right.slopes[0], a => same(a, byX), `${what}, scalar right, by x`, byX)
        expectAll(left.slopes[0], a => same(a, byX + byX), `${what}, scalar left, by x`, byX + byX)
        expectAll(right.slopes[1], a => same(a, byY + byY), `${what}, scalar right, by y`, byY + byY)
      }
    }
  })
})
