/** Hand tracking: how far the points of a depth image are from a skinned hand in a given pose. */
import {
  check,
  collectVar,
  cos,
  matMul,
  matrix,
  type Matrix,
  matVec,
  outer,
  sequenceVar,
  sin,
  sub,
  type Tensor,
  type Var,
  vector,
  type Vector,
} from 'backprop-wasm'
import type { Inputs } from '../program.ts'
import { forgotten, toMatrix, type Value } from '../values.ts'
import { rotationMatrix } from './rotation.ts'

/**
 * The tables of the model, by name: `parents` of bones, `baseRelatives` and `inverseBaseAbsolutes` of their rest pose,
 * `basePositions` of vertices, their `weights` by bone, and the `triangles` of the skin.
 */
export type Hand = Readonly<Record<string, Tensor>>

/** A point in each row. */
type Points = Matrix<number, 3>

type Transform = Var<Matrix<4, 4>>

/** Where the vertices with these numbers are, a row for each. */
type Skin = (vertices: readonly number[]) => Var<Points>

/** theta [26], correspondences [n], points [n, 3] → [n, 3]: each point minus its vertex. */
export function handSimple({ theta, correspondences, points }: Inputs, hand: Hand): Value {
  return forgotten(sub<Points>(pointsIn(points), skinOf(theta, hand)(numbersOf(correspondences))))
}

/** us [n, 2], theta, correspondences, points → [n, 3]: each point minus a point in its triangle, at the coordinates us. */
export function handComplicated({ us, theta, correspondences, points }: Inputs, hand: Hand): Value {
  const skin = skinOf(theta, hand)
  const corner = (k: number) => skin(numbersOf(correspondences).map(triangle => hand['triangles'].at(triangle, k)))
  const u = matVec(toMatrix(us), vector([1, 0]))
  const v = matVec(toMatrix(us), vector([0, 1]))
  const inside = [u, v, u.add(v).neg().add(1)]
    .map((weights, k) => outer(weights, vector([1, 1, 1], 3)).mul(corner(k)))
    .reduce((a, b) => a.add(b))
  return forgotten(sub<Points>(pointsIn(points), inside))
}

/** A point in each row. */
function pointsIn(x: Value): Var<Points> {
  return check(x, [x.shape[0], 3])
}

/** What a tensor of whole numbers holds. */
function numbersOf(x: Value): readonly number[] {
  return Array.from(x.value.data)
}

/**
 * The skin of the hand in a pose. A vertex is a sum over bones i of w_i·T_i·p with a constant position p: for all vertices
 * a product of the constant matrix of all w_i·p with the transforms T_iᵀ below one another.
 */
function skinOf(theta: Value, { parents, baseRelatives, inverseBaseAbsolutes, basePositions, weights }: Hand): Skin {
  const pose = sequenceVar(check(theta, [26]))
  const rotation = rotationMatrix([pose[0], pose[1], pose[2]], 1e-4)
  const translation = collectVar([pose[3], pose[4], pose[5]])
  const bones = parents.shape[0]
  const relatives = sequenceVar(check(baseRelatives, [bones, 4, 4]))
  const inverses = sequenceVar(check(inverseBaseAbsolutes, [bones, 4, 4]))

  const absolutes: Transform[] = []
  for (const [i, rest] of relatives.entries()) {
    const turn = boneRotation(i, pose.slice(6))
    const relative = turn === undefined ? rest : matMul(rest, turn)
    const parent = parents.at(i)
    absolutes.push(parent < 0 ? relative : matMul(absolutes[parent], relative))
  }
  // The transforms are transposed, the last row of each is left out, and the hand is turned as a whole.
  const columns = absolutes.flatMap((absolute, i) =>
    sequenceVar(matMul(inverses[i], absolute, { transposeA: true, transposeB: true })),
  )
  const firstThree = matrix([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], 4, 3)
  const stacked = matMul(matMul(collectVar(columns), firstThree), rotation, { transposeB: true })

  return vertices => {
    const weighted = new Float64Array(vertices.length * bones * 4)
    let at = 0
    for (const vertex of vertices) {
      for (let bone = 0; bone < bones; bone++) {
        for (let k = 0; k < 4; k++) weighted[at++] = weights.at(vertex, bone) * basePositions.at(vertex, k)
      }
    }
    const ones: Vector = vector(new Float64Array(vertices.length).fill(1))
    const turned = matMul(matrix(weighted, vertices.length, bones * 4), stacked)
    return turned.add(outer(ones, translation))
  }
}

/** How a bone is turned by the angles of the fingers, four for each: the palm, the wrist and the first bone of a finger are not. */
function boneRotation(bone: number, angles: readonly Var<number>[]): Transform | undefined {
  const finger = Math.floor((bone - 1) / 4)
  const joint = bone - 2 - 4 * finger
  if (bone < 1 || finger > 4 || joint < 0) return undefined
  const [a, b, c, d] = angles.slice(4 * finger, 4 * finger + 4)
  return joint === 0 ? matMul(aroundZ(b), aroundX(a)) : aroundX(joint === 1 ? c : d)
}

function aroundX(angle: Var<number>): Transform {
  const c = cos(angle)
  const s = sin(angle)
  return collectVar([
    collectVar([1, 0, 0, 0]),
    collectVar([0, c, s.neg(), 0]),
    collectVar([0, s, c, 0]),
    collectVar([0, 0, 0, 1]),
  ])
}

function aroundZ(angle: Var<number>): Transform {
  const c = cos(angle)
  const s = sin(angle)
  return collectVar([
    collectVar([c, s.neg(), 0, 0]),
    collectVar([s, c, 0, 0]),
    collectVar([0, 0, 1, 0]),
    collectVar([0, 0, 0, 1]),
  ])
}
