/**
 * Recursive unions: an expression tree, differentiated by all its constants at once, and a linked list. The gradient is a
 * tree of the same form, a list of the same length.
 *
 *   npx tsx examples/07-recursive-unions.ts
 */
import assert from 'node:assert/strict'
import { backprop, constVar, evalBP, gradBP, match, type BVar, type Var } from 'backprop-wasm'

type Expression =
  | { op: 'constant'; value: number }
  | { op: 'variable'; name: string }
  | { op: 'negate' | 'sine'; of: Expression }
  | { op: 'plus' | 'times'; left: Expression; right: Expression }

type Scope = Readonly<Record<string, Var<number>>>

/** The value of an expression. `op` is named: a variable's `name` may read like an op. */
const evaluate =
  (scope: Scope) =>
  (expression: BVar<Expression>): Var<number> => {
    const value = evaluate(scope)
    return match(expression, 'op', {
      constant: e => e.value,
      variable: e => scope[e.name],
      negate: e => value(e.of).neg(),
      sine: e => value(e.of).sin(),
      plus: e => value(e.left).add(value(e.right)),
      times: e => value(e.left).mul(value(e.right)),
    })
  }

const constant = (value: number): Expression => ({ op: 'constant', value })
const variable = (name: string): Expression => ({ op: 'variable', name })
const times = (left: Expression, right: Expression): Expression => ({ op: 'times', left, right })

// 3·sin(2·x) + −0.5
const formula: Expression = {
  op: 'plus',
  left: times(constant(3), { op: 'sine', of: times(constant(2), variable('x')) }),
  right: { op: 'negate', of: constant(0.5) },
}
const x = 0.7
const [value, gradient] = backprop(evaluate({ x: constVar(x) }))(formula)
assert.ok(Math.abs(value - (3 * Math.sin(2 * x) - 0.5)) < 1e-14)
const byFrequency = 3 * x * Math.cos(2 * x)
assert.ok(gradient.op === 'plus' && gradient.left.op === 'times' && gradient.left.right.op === 'sine')
assert.ok(gradient.left.right.of.op === 'times' && gradient.left.right.of.left.op === 'constant')
assert.ok(Math.abs(gradient.left.right.of.left.value - byFrequency) < 1e-14)
// Everything else is known exactly: tags, names and the other constants.
assert.deepEqual(gradient, {
  op: 'plus',
  left: times(constant(Math.sin(2 * x)), {
    op: 'sine',
    of: times(constant(gradient.left.right.of.left.value), variable('x')),
  }),
  right: { op: 'negate', of: constant(-1) },
})

// The same expression by its variable: the scope holds variables, the tree is data.
const slope = gradBP((at: Var<number>, tree: BVar<Expression>) => evaluate({ x: at })(tree), { wrt: 0 })
assert.ok(Math.abs(slope(x, formula) - 6 * Math.cos(2 * x)) < 1e-14)

/** A list is an element with the rest of the list, or null: TypeScript's own test for null is all that is needed. */
type List = { head: number; tail: List } | null

const fromArray = ([head, ...rest]: readonly number[]): List =>
  head === undefined ? null : { head, tail: fromArray(rest) }
const toArray = (list: List): number[] => (list === null ? [] : [list.head, ...toArray(list.tail)])

/** The polynomial with these coefficients, by Horner's rule. */
const polynomial =
  (at: number) =>
  (coefficients: BVar<List>): Var<number> =>
    coefficients === null ? constVar(0) : polynomial(at)(coefficients.tail).mul(at).add(coefficients.head)

const coefficients = fromArray([1, -2, 0.5, 3])
assert.equal(evalBP(polynomial(2))(coefficients), 1 - 2 * 2 + 0.5 * 4 + 3 * 8)
assert.deepEqual(toArray(gradBP(polynomial(2))(coefficients)), [1, 2, 4, 8])
assert.equal(gradBP(polynomial(2))(null), null)

console.log(`3·sin(2·x) − 0.5 at ${x}: ${value.toFixed(6)}; by the frequency ${byFrequency.toFixed(6)}`)
