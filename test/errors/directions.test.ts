/** A wrong direction is called one, by every operator that takes one, and described as what was given. */
import {
  boxed,
  directional,
  directionalDerivatives,
  DTypeMismatchError,
  evalBP,
  gradBP,
  hvp,
  jvp,
  LostDerivativeError,
  ShapeMismatchError,
  StructureMismatchError,
  sum,
  taylor,
  type Var,
  VarOutOfRunError,
  vector,
  vector32,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../support/failures.ts'

type Operator = (...args: unknown[]) => unknown
type Make = (f: (...args: never[]) => unknown) => Operator

const operators: readonly (readonly [name: string, make: Make])[] = [
  ['jvp', f => jvp(f as never) as never],
  ['directional', f => directional(f as never) as never],
  ['hvp', f => hvp(f as never) as never],
  ['taylor', f => taylor(f as never, 1) as never],
  ['taylor', f => taylor(f as never, 3) as never],
  ['directionalDerivatives', f => directionalDerivatives(f as never, 1) as never],
  ['directionalDerivatives', f => directionalDerivatives(f as never, 3) as never],
]

const cube = (x: Var<number>): Var<number> => x.mul(x).mul(x)
const total = (x: Var<ReturnType<typeof vector>>): Var<number> => sum(x.exp())
const ofRecord = (p: { readonly a: Var<number> }): Var<number> => p.a.mul(p.a)
const ofTwo = (x: Var<number>, y: Var<number>): Var<number> => x.mul(y)

describe.each(operators)('%s', (name, make) => {
  const head = new RegExp(`^${name}, the direction: `)

  test.each([
    ['nothing', undefined, 'undefined'],
    ['a string', 'x', "the string 'x'"],
    ['null', null, 'null'],
    ['a vector', vector([1, 2]), 'a tensor 2'],
    ['an array', [1], 'an array'],
    ['a record', { a: 1 }, 'an object'],
    ["a user's value", boxed('a', { zero: () => '', one: () => '', add: (a, b) => a + b }), "a value of a user's type"],
  ])('%s in the place of a number', (_what, direction, text) => {
    const { message } = expectFailure(() => make(cube)(2, direction), StructureMismatchError, head)
    expect(message).toContain(`a number is expected, as in the value, but ${text} is given.`)
  })

  test('other structures, shapes and types', () => {
    const failing: readonly [() => unknown, abstract new (...args: never[]) => Error, RegExp][] = [
      [() => make(total)(vector([1, 2]), 1), StructureMismatchError, /a tensor 2 is expected.*but a number is given/],
      [() => make(total)(vector([1, 2]), vector([1, 2, 3])), ShapeMismatchError, /shapes differ: 2 and 3/],
      [() => make(total)(vector([1, 2]), vector32([1, 2])), DTypeMismatchError, /float64 and float32/],
      [
        () => make(ofRecord)({ a: 1 }, { b: 1 }),
        StructureMismatchError,
        /keys differ: expected \{ a \}, given \{ b \}/,
      ],
      [
        () => make(ofRecord)({ a: 1 }, 1),
        StructureMismatchError,
        /a record \{ a \} is expected, but a number is given/,
      ],
      [() => make(ofTwo)(1, 2, 3), StructureMismatchError, /an array of length 2 is expected, but a number is given/],
      [
        () => make(ofTwo)(1, 2, vector([1, 2])),
        StructureMismatchError,
        /an array of length 2 is expected, but a tensor 2 is given/,
      ],
    ]
    for (const [body, type, message] of failing) expectFailure(body, type, head, message)
  })

  test('variables: of a run that has ended, of one around a function with plain results', () => {
    let leaked: Var<number> | undefined
    gradBP((x: Var<number>) => (leaked = x.mul(2)))(1)
    expectFailure(() => make(cube)(1, leaked), VarOutOfRunError, /^argument 2: /)
    expectFailure(
      () => evalBP((x: Var<number>) => make(cube)(x, leaked) as Var<number>)(1),
      VarOutOfRunError,
      /^argument 2: /,
    )
    const inside = (outer: Var<number>): Var<number> =>
      outer.mul(evalBP(((z: Var<number>) => make(cube)(z, outer)) as never)(1 as never) as never)
    expectFailure(() => gradBP(inside)(2), LostDerivativeError, /^the direction: /)
  })
})
