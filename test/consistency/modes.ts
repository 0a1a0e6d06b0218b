/** The ways to a derivative: forward mode, reverse mode and series, one inside the other, each recorded and compiled. */
import { compile, directional, directionalDerivatives, evalBP, gradBP, type Leaf, type Var } from 'backprop-wasm'
import { innerVar, type OnVars, type Plains, type Vars } from '../support/differences.ts'

/** A scalar function of operands. */
type Scalar = (x: Vars) => Var<number>

/** ⟨f⁽ᵏ⁾(x)·v₁⋯vₖ, c⟩. */
export interface Way {
  readonly name: string
  readonly derivative: (x: Plains, directions: readonly Plains[], cotangent: Leaf) => number
}

/**
 * The derivative along a direction: of forward mode, an inner product with the gradient, or a term of a series. That goes to order
 * 2, since series of order 1 are forward mode.
 */
const modes = {
  forward: (f: Scalar, x: Vars, v: Vars): Var<number> => directional(f)(x, v),
  reverse: (f: Scalar, x: Vars, v: Vars): Var<number> => innerVar(gradBP(f)(x), v),
  series: (f: Scalar, x: Vars, v: Vars): Var<number> => directionalDerivatives(f, 2)(x, v)[1],
}
type Mode = keyof typeof modes
const names = Object.keys(modes) as Mode[]

/** All ways to the derivative of an order k, 2·3ᵏ: the first mode is the innermost. */
export function waysTo(f: OnVars, order: number): Way[] {
  let sequences: Mode[][] = [[]]
  for (let i = 0; i < order; i++) {
    sequences = sequences.flatMap(inside => names.map(mode => [...inside, mode]))
  }
  return sequences.flatMap(inside => {
    const onVars = (x: Vars, directions: readonly Vars[], cotangent: Var<Leaf>): Var<number> => {
      const start: Scalar = y => innerVar([f(y)], [cotangent])
      const step =
        (g: Scalar, mode: Mode, i: number): Scalar =>
        y =>
          modes[mode](g, y, directions[i])
      return inside.reduce(step, start)(x)
    }
    const recorded = evalBP(onVars)
    const name = inside.join(', then ')
    return [
      { name, derivative: recorded },
      { name: `${name}, compiled`, derivative: compile(recorded) },
    ]
  })
}
