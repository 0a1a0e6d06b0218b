/** The named functions of the cases in plain arithmetic, loop by loop, as their README states them. */
import type { PlainFunction } from '../reference.ts'

type Numbers = readonly number[]

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const rowOf = (a: Numbers, i: number, n: number) => a.slice(i * n, (i + 1) * n)
const total = (xs: Numbers) => xs.reduce((sum, x) => sum + x, 0)
const logSumExp = (xs: Numbers) => Math.log(total(xs.map(Math.exp)))
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** The product of two square matrices of n rows, row by row. */
function product(a: Numbers, b: Numbers, n: number): number[] {
  return range(n * n).map(at => total(range(n).map(k => a[Math.floor(at / n) * n + k] * b[k * n + (at % n)])))
}

/** A point turned by the axis-angle r. */
function rotated(r: Numbers, x: Numbers): number[] {
  const angle = Math.hypot(...r)
  const [a, b, c] = r.map(value => value / angle)
  const along = (1 - Math.cos(angle)) * (a * x[0] + b * x[1] + c * x[2])
  const cross = [b * x[2] - c * x[1], c * x[0] - a * x[2], a * x[1] - b * x[0]]
  return x.map((value, i) => value * Math.cos(angle) + cross[i] * Math.sin(angle) + [a, b, c][i] * along)
}

export const ba: PlainFunction = ({ cam, X, w: [w], feat }) => {
  const p = rotated(
    cam.slice(0, 3),
    X.map((value, i) => value - cam[3 + i]),
  )
  const [x, y] = [p[0] / p[2], p[1] / p[2]]
  const s = x * x + y * y
  const scale = (1 + cam[9] * s + cam[10] * s * s) * cam[6]
  return [w * (x * scale + cam[7] - feat[0]), w * (y * scale + cam[8] - feat[1]), 1 - w * w]
}

/** log Γ(x) for whole and half numbers. */
function logGamma(x: number): number {
  if (x === 1) return 0
  return x === 0.5 ? Math.log(Math.PI) / 2 : Math.log(x - 1) + logGamma(x - 1)
}

export const gmm: PlainFunction = ({ alphas, means, icf, x, gamma: [gamma], m: [m] }) => {
  const K = alphas.length
  const d = means.length / K
  const n = x.length / d
  const size = (d * (d + 1)) / 2
  const q = (k: number) => rowOf(icf, k, size).slice(0, d)
  const l = (k: number) => rowOf(icf, k, size).slice(d)
  const matrix = (k: number): number[][] => {
    const rows = range(d).map(i => range(d).map(j => (i === j ? Math.exp(q(k)[i]) : 0)))
    let at = 0
    for (let j = 0; j < d; j++) for (let i = j + 1; i < d; i++) rows[i][j] = l(k)[at++]
    return rows
  }
  const density = (i: number, k: number): number => {
    const deviation = range(d).map(j => x[i * d + j] - means[k * d + j])
    const distance = total(matrix(k).map(row => total(row.map((entry, j) => entry * deviation[j])) ** 2))
    return alphas[k] + total(q(k)) - distance / 2
  }
  const prior = (k: number): number => {
    const squares = total(q(k).map(value => Math.exp(2 * value))) + total(l(k).map(value => value * value))
    return (gamma * gamma * squares) / 2 - m * total(q(k))
  }
  const N = d + m + 1
  const multivariate = (d * (d - 1) * Math.log(Math.PI)) / 4 + total(range(d).map(j => logGamma((N - j) / 2)))
  const constant = N * d * (Math.log(gamma) - Math.log(2) / 2) - multivariate
  return [
    (-n * d * Math.log(2 * Math.PI)) / 2 +
      total(range(n).map(i => logSumExp(range(K).map(k => density(i, k))))) -
      n * logSumExp(alphas) +
      total(range(K).map(prior)) -
      K * constant,
  ]
}

export const lstm =
  (b: number): PlainFunction =>
  ({ main, extra, state, sequence }) => {
    const layers = main.length / (8 * b)
    const c = sequence.length / b
    const gate = (layer: number, which: number, x: Numbers) =>
      x.map((value, j) => {
        const at = which * b + j
        return value * main[2 * layer * 4 * b + at] + main[(2 * layer + 1) * 4 * b + at]
      })
    const hidden = range(layers).map(i => rowOf(state, 2 * i, b))
    const cell = range(layers).map(i => rowOf(state, 2 * i + 1, b))
    let loss = 0
    for (let t = 0; t + 1 < c; t++) {
      let x = rowOf(sequence, t, b).map((value, j) => value * extra[j])
      for (const i of range(layers)) {
        const f = gate(i, 0, x).map(sigmoid)
        const o = gate(i, 2, x).map(sigmoid)
        const added = gate(i, 1, hidden[i]).map(sigmoid)
        const change = gate(i, 3, hidden[i]).map(Math.tanh)
        cell[i] = cell[i].map((value, j) => value * f[j] + added[j] * change[j])
        hidden[i] = cell[i].map((value, j) => o[j] * Math.tanh(value))
        x = hidden[i]
      }
      const y = x.map((value, j) => value * extra[b + j] + extra[2 * b + j])
      const normaliser = Math.log(2 + total(y.map(Math.exp)))
      loss += total(y.map((value, j) => sequence[(t + 1) * b + j] * (value - normaliser)))
    }
    return [-loss / ((c - 1) * b)]
  }

/** The tables of a hand, flat, row by row. */
export interface PlainHand {
  readonly parents: Numbers
  readonly baseRelatives: Numbers
  readonly inverseBaseAbsolutes: Numbers
  readonly basePositions: Numbers
  readonly weights: Numbers
  readonly triangles: Numbers
}

/** The rotation of a bone by its triple (x, z, y): Rz·Ry·Rx, as a transform. */
function turned([tx, tz, ty]: Numbers): number[] {
  const [cx, sx, cy, sy, cz, sz] = [tx, ty, tz].flatMap(angle => [Math.cos(angle), Math.sin(angle)])
  const x = [1, 0, 0, 0, 0, cx, -sx, 0, 0, sx, cx, 0, 0, 0, 0, 1]
  const y = [cy, 0, sy, 0, 0, 1, 0, 0, -sy, 0, cy, 0, 0, 0, 0, 1]
  const z = [cz, -sz, 0, 0, sz, cz, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  return product(product(z, y, 4), x, 4)
}

/** Where the vertices of a hand are in a pose. */
function vertices(theta: Numbers, hand: PlainHand): number[][] {
  const bones = hand.parents.length
  const triples = range(bones).map(() => [0, 0, 0])
  for (let f = 0; f < 5; f++) {
    const [a, b, c, d] = theta.slice(6 + 4 * f, 10 + 4 * f)
    triples[2 + 4 * f] = [a, b, 0]
    triples[3 + 4 * f] = [c, 0, 0]
    triples[4 + 4 * f] = [d, 0, 0]
  }
  const absolutes: number[][] = []
  for (const i of range(bones)) {
    const relative = product(rowOf(hand.baseRelatives, i, 16), turned(triples[i]), 4)
    absolutes.push(hand.parents[i] < 0 ? relative : product(absolutes[hand.parents[i]], relative, 4))
  }
  const transforms = absolutes.map((absolute, i) => product(absolute, rowOf(hand.inverseBaseAbsolutes, i, 16), 4))
  return range(hand.basePositions.length / 4).map(v => {
    const position = rowOf(hand.basePositions, v, 4)
    const at = range(3).map(r =>
      total(
        transforms.map(
          (transform, i) =>
            hand.weights[v * bones + i] * total(position.map((value, k) => value * transform[4 * r + k])),
        ),
      ),
    )
    const angle = Math.hypot(...theta.slice(0, 3))
    return (angle < 1e-4 ? at : rotated(theta.slice(0, 3), at)).map((value, i) => value + theta[3 + i])
  })
}

export const handSimple =
  (hand: PlainHand): PlainFunction =>
  ({ theta, correspondences, points }) => {
    const skin = vertices(theta, hand)
    return points.map((value, at) => value - skin[correspondences[Math.floor(at / 3)]][at % 3])
  }

export const handComplicated =
  (hand: PlainHand): PlainFunction =>
  ({ us, theta, correspondences, points }) => {
    const skin = vertices(theta, hand)
    return points.map((value, at) => {
      const point = Math.floor(at / 3)
      const [a, b, c] = rowOf(hand.triangles, correspondences[point], 3).map(vertex => skin[vertex][at % 3])
      const [u, v] = rowOf(us, point, 2)
      return value - (u * a + v * b + (1 - u - v) * c)
    })
  }
