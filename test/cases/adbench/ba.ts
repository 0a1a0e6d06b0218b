/** Bundle adjustment: the reprojection error of one observation. */
import { check, collectVar, sequenceVar } from 'backprop-wasm'
import type { Inputs } from '../program.ts'
import { forgotten, toScalar, type Value } from '../values.ts'
import { cross, inner, rotationFactors, type Triple } from './rotation.ts'

/** The point X in the frame of a camera that is turned by r and stands at C. */
function inFrame(r: Triple, C: Triple, X: Triple): Triple {
  const d: Triple = [X[0].sub(C[0]), X[1].sub(C[1]), X[2].sub(C[2])]
  const turned = cross(r, d)
  if (inner(r, r).eq(0)) return [d[0].add(turned[0]), d[1].add(turned[1]), d[2].add(turned[2])]
  const { sine, versine, cosine } = rotationFactors(r)
  const along = inner(r, d).mul(versine)
  const coordinate = (i: 0 | 1 | 2) => d[i].mul(cosine).add(turned[i].mul(sine)).add(r[i].mul(along))
  return [coordinate(0), coordinate(1), coordinate(2)]
}

/** cam [11], X [3], w, feat [2] → [3]: the weighted error of the projected point, and 1 − w². */
export function ba(inputs: Inputs): Value {
  const [r0, r1, r2, c0, c1, c2, focal, u0, u1, k1, k2] = sequenceVar(check(inputs['cam'], [11]))
  const [px, py, pz] = inFrame([r0, r1, r2], [c0, c1, c2], sequenceVar(check(inputs['X'], [3])))
  const [featX, featY] = sequenceVar(check(inputs['feat'], [2]))
  const w = toScalar(inputs['w'])
  const x = px.div(pz)
  const y = py.div(pz)
  const square = x.mul(x).add(y.mul(y))
  const scale = k2.mul(square).add(k1).mul(square).add(1).mul(focal)
  return forgotten(
    collectVar([w.mul(x.mul(scale).add(u0).sub(featX)), w.mul(y.mul(scale).add(u1).sub(featY)), w.mul(w).neg().add(1)]),
  )
}
