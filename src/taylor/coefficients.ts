/** The Taylor series of a call, recorded on the run around it. */
import { recordTangent } from '../derivatives/recorded.ts'
import { Invocation, type VarFunction, type Wrt } from '../differentiate.ts'
import { checkCotangent, choose, DIRECTION } from '../grad.ts'
import { openRun, type Run } from '../run.ts'
import { checkLike, mapLeaves } from '../structure.ts'
import { type AnyVar, constantLeaf, type Var, varLike } from '../var.ts'
import { zeroLeaf } from '../walk.ts'
import { Expansion } from './expansion.ts'

/**
 * The coefficients of f(x + ẋ·t) by powers of t, from order 0 to the given one, each in the structure of the result. ẋ has the
 * structure of a gradient. To be called inside a run, with variables or constants at all leaves; what comes is recorded there. The
 * first order alone is forward mode, in which the engine walks and nothing is translated.
 */
export function coefficients(
  f: VarFunction,
  args: readonly unknown[],
  wrt: Wrt,
  direction: unknown,
  order: number,
): unknown[] {
  if (order === 1) {
    const [value, push] = recordTangent(f, args, wrt)
    return [value, push(direction)]
  }
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
  checkCotangent(direction, home, DIRECTION)
  const expansion = new Expansion(home, first, order)
  checkLike(choose(invocation.vars, wrt), direction, DIRECTION, (leaf, given) => {
    expansion.input(leaf as AnyVar, given)
  })
  const term = (y: Var<unknown>, k: number): AnyVar => {
    if (k === 0) return y.run === invocation.run ? varLike(y, home, y.slot) : y
    const coefficient = expansion.of(y).at(k)
    return coefficient === undefined ? constantLeaf(zeroLeaf(tape, y)) : varLike(y, home, coefficient)
  }
  return Array.from({ length: order + 1 }, (_, k) =>
    mapLeaves(invocation.result, '', leaf => term(leaf as Var<unknown>, k)),
  )
}
