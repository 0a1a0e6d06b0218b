/** Rotations by an axis times an angle. */
import { collectVar, constVar, cos, matrix, type Matrix, outer, sin, type Var } from 'backprop-wasm'

/** Three numbers. */
export type Triple = readonly [Var<number>, Var<number>, Var<number>]

export function cross([a, b, c]: Triple, [x, y, z]: Triple): Triple {
  return [b.mul(z).sub(c.mul(y)), c.mul(x).sub(a.mul(z)), a.mul(y).sub(b.mul(x))]
}

export function inner([a, b, c]: Triple, [x, y, z]: Triple): Var<number> {
  return a.mul(x).add(b.mul(y)).add(c.mul(z))
}

/**
 * sin θ / θ and (1 − cos θ) / θ² for the angle θ = |r|, which is not 0. The second one by half the angle: the difference
 * would lose its digits where θ is small.
 */
export function rotationFactors(r: Triple): { sine: Var<number>; versine: Var<number>; cosine: Var<number> } {
  const angle = inner(r, r).sqrt()
  const half = sin(angle.mul(0.5)).div(angle)
  return { sine: sin(angle).div(angle), versine: half.mul(half).mul(2), cosine: cos(angle) }
}

/** The matrix of the rotation: cos θ·I + sin θ·[r/θ]ₓ + (1 − cos θ)·rrᵀ/θ²; the identity for an angle below `smallest`. */
export function rotationMatrix(r: Triple, smallest: number): Var<Matrix<3, 3>> {
  if (inner(r, r).lt(smallest * smallest)) return constVar(matrix([1, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3))
  const { sine, versine, cosine } = rotationFactors(r)
  const [x, y, z] = r
  const [p, q, s] = [x.mul(sine), y.mul(sine), z.mul(sine)]
  const turn = collectVar([
    collectVar([cosine, s.neg(), q]),
    collectVar([s, cosine, p.neg()]),
    collectVar([q.neg(), p, cosine]),
  ])
  const axis = collectVar([x, y, z])
  return turn.add(outer(axis, axis).mul(versine))
}
