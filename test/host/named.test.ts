/** The op values of the original's names: each is the op of that meaning, on numbers and on tensors. */
import { evalBP, gradBP, runOp, type Leaf, type Op, type Operand, type Var, vector } from 'backprop-wasm'
import * as library from 'backprop-wasm'
import { expect, test } from 'vitest'
import * as named from '../../src/ops/named.ts'
import { expectClose } from '../support/plain.ts'

const binary = {
  addOp: 'add',
  subOp: 'sub',
  mulOp: 'mul',
  divOp: 'div',
  powOp: 'pow',
  logBaseOp: 'logBase',
} as const
const unary = {
  ...{ negateOp: 'neg', absOp: 'abs', signumOp: 'sign', recipOp: 'recip', expOp: 'exp', logOp: 'log', sqrtOp: 'sqrt' },
  ...{ sinOp: 'sin', cosOp: 'cos', tanOp: 'tan', asinOp: 'asin', acosOp: 'acos', atanOp: 'atan' },
  ...{ sinhOp: 'sinh', coshOp: 'cosh', tanhOp: 'tanh', asinhOp: 'asinh', acoshOp: 'acosh', atanhOp: 'atanh' },
} as const

test('every name is here', () => {
  expect(Object.keys(named).sort()).toEqual([...Object.keys(binary), ...Object.keys(unary)].sort())
})

test.each(Object.entries(binary))('%s is %s', (name, other) => {
  const op = library[name as keyof typeof binary] as Op<[number, number], number>
  const f = library[other] as (x: Var<number>, y: Var<number>) => Var<number>
  expect(runOp(op)(1.5, 2.5)).toBe(evalBP(f)(1.5, 2.5))
  expect(library.gradOp(op)(1.5, 2.5)).toEqual(gradBP(f)(1.5, 2.5))
  const onTensors = library[name as keyof typeof binary]
  expect(onTensors(vector([1.5, 2]), 2.5).value.at(0)).toBeCloseTo(evalBP(f)(1.5, 2.5), 14)
})

test.each(Object.entries(unary))('%s is %s', (name, other) => {
  const x = name === 'acoshOp' ? 1.5 : 0.5
  const op: named.UnaryOp = library[name as keyof typeof unary]
  const f = library[other as keyof typeof library] as unknown as (x: Operand<Leaf>) => Var<Leaf>
  expect(runOp(op as Op<[number], number>)(x)).toBe(f(x).value)
  expectClose(library.gradOp(op)(x), gradBP((y: Var<number>) => f(y as never))(x))
  expectClose(op(vector([x, x])).value.toArray(), [f(x).value, f(x).value], 1e-14)
})
