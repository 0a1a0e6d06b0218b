/**
 * The same NaN and infinities by every way: elementwise ops at edge points, forward mode, reverse mode and series, recorded and
 * compiled,
 * order by order. Where an intermediate result overflows, a way may give NaN: these points are listed, no others.
 */
import { greater, where, type Var } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { binaryEdges, corners, nearlyEqual, points, unaryEdges } from '../support/edges.ts'
import { operations } from '../support/operations.ts'
import type { OnVars } from '../support/differences.ts'
import { waysTo } from './modes.ts'

/** Where x² or 1/x² overflows: from there on an op may have NaN where another way has a number. */
const overflowing: Readonly<Record<string, (order: number, ...operands: readonly number[]) => boolean>> = {
  atan: (order, x) => order > 1 && Math.abs(x) > 1e154,
  atanh: (order, x) => order > 1 && Math.abs(x) > 1e154,
  // All derivatives are infinite at 0: the third adds up both infinities.
  log1mExp: (order, x) => order > 2 && Math.abs(x) < 1e-100,
  div: (order, _, y) => order > 1 && Math.abs(y) < 1e-100,
  atan2: (order, y, x) => order > 1 && Math.hypot(x, y) < 1e-100,
  logBase: (_, ...operands) => operands.some(x => Math.abs(x) < 1e-100 || Math.abs(x) > 1e100),
}

function applyOf(name: string): OnVars {
  const operation = operations.find(candidate => candidate.name === name)
  if (operation === undefined) throw new Error(`no op ${name}`)
  return operation.apply
}

function expectAlike(name: string, f: OnVars, order: number, listed: readonly (readonly number[])[]): void {
  const ways = waysTo(f, order)
  const directions = [
    [1, 0],
    [0.5, -2],
    [-1, 1.5],
  ] as const
  for (const operands of listed) {
    const along = directions.slice(0, order).map(direction => direction.slice(0, operands.length))
    const values = ways.map(({ derivative }) => derivative(operands, along, 1))
    const expected = values.find(value => !Number.isNaN(value)) ?? NaN
    const mayOverflow = overflowing[name]?.(order, ...operands) ?? false
    const isAlike = (value: number): boolean =>
      Math.abs(value - expected) <= 1e-150 || nearlyEqual(value, expected, 1e-9) || (mayOverflow && Number.isNaN(value))
    const different = values.findIndex(value => !isAlike(value))
    if (different >= 0) {
      expect.fail(
        `order ${order} of ${name}(${operands.join(', ')}): ${values[different]} by ${ways[different].name}, ` +
          `${expected} by ${ways[values.findIndex(value => Object.is(value, expected))].name}`,
      )
    }
  }
}

describe.each(Object.keys(unaryEdges))('%s', name => {
  test.each([1, 2, 3])('order %d', order => {
    expectAlike(
      name,
      applyOf(name),
      order,
      points.map(x => [x]),
    )
  })
})

describe.each(Object.keys(binaryEdges))('%s', name => {
  test.each([1, 2])('order %d', order => {
    expectAlike(
      name,
      applyOf(name),
      order,
      corners.flatMap(x => corners.map(y => [x, y])),
    )
  })
})

describe('where', () => {
  const [first, second, larger] = [
    ([a, b]: readonly Var<number>[]) => where(1, a, b),
    ([a, b]: readonly Var<number>[]) => where(0, a, b),
    ([a, b]: readonly Var<number>[]) => where(greater(a, b), a, b),
  ] as unknown as OnVars[]
  const pairs = corners.flatMap(x => corners.map(y => [x, y]))

  test.each([1, 2])('of its operands, order %d', order => {
    for (const f of [first, second, larger]) expectAlike('where', f, order, pairs)
  })

  const functions = {
    sqrt: x => x.sqrt(),
    log: x => x.log(),
    recip: x => x.recip(),
    pow: x => x.pow(1.5),
  } satisfies Record<string, (x: Var<number>) => Var<number>>
  const cases = Object.entries(functions).flatMap(([name, f]) => [1, 2, 3].map(order => ({ name, f, order })))

  test.each(cases)('with the operand of $name chosen as well, order $order', ({ f, order }) => {
    const safe = ([x]: readonly Var<number>[]): Var<number> => where(greater(x, 0), f(where(greater(x, 0), x, 1)), x)
    expectAlike(
      'where',
      safe as unknown as OnVars,
      order,
      points.filter(x => !(x > 0)).map(x => [x]),
    )
  })

  test.each(Object.entries(functions))('without, reverse mode has 0·∞ from %s', (_, f) => {
    const unsafe = ([x]: readonly Var<number>[]): Var<number> => where(1, x, f(x).sub(x.sqrt()))
    for (const { name, derivative } of waysTo(unsafe as unknown as OnVars, 1)) {
      expect([name, derivative([0], [[1]], 1)]).toEqual([name, name.startsWith('reverse') ? NaN : 1])
    }
  })
})
