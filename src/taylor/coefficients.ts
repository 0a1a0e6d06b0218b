/** The Taylor series of a call, recorded on the run around it. */
import { Invocation, type VarFunction, type Wrt } from '../differentiate.ts'
import { choose } from '../grad.ts'
import { openRun, type Run } from '../run.ts'
import { checkLike, mapLeaves } from '../structure.ts'
import { type AnyVar, constantLeaf, type Var, varLike } from '../var.ts'
import { inShape } from '../vmap/batch.ts'
import { zeroLeaf } from '../walk.ts'
import { Expansion } from './expansion.ts'

/**
 * The coefficients of f(x + ẋ·t) by powers of t, from order 0 to the given one, each in the structure of the result. ẋ has the
 * structure of a gradient. To be called inside a run, with variables or constants at all leaves; what comes is recorded there.
 */
export function coefficients(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
  direction: unknown,
  order: number,
): unknown[] {
  const invocation = new Invocation(args, wrt, openRun(false))
  let done = false
  try {
    invocation.call(f)
    done = true
  } finally {
    invocation.close(done)
  }
  const { tape, first } = invocation.run
  const home = invocation.run.outer as Run
  const expansion = new Expansion(home, first)
  checkLike(choose(invocation.vars, wrt), direction, 'the direction', (leaf, given) => {
    expansion.input(leaf as AnyVar, constantLeaf(given))
  })
  const term = (y: Var<unknown>, k: number): AnyVar => {
    if (k === 0) return y.run === invocation.run ? varLike(y, home, y.slot) : y
    const coefficient = expansion.of(y, order).at(k)
    return coefficient === undefined ? constantLeaf(zeroLeaf(tape, y)) : inShape(coefficient, y.shape)
  }
  return Array.from({ length: order + 1 }, (_, k) =>
    mapLeaves(invocation.result, '', leaf => term(leaf as Var<unknown>, k)),
  )
}
