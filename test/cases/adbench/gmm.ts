/** The Gaussian mixture with a Wishart prior. */
import {
  collectVar,
  dot,
  exp,
  lgamma,
  log,
  logSumExp,
  matMul,
  type Matrix,
  matVec,
  max,
  outer,
  sequenceVar,
  stopGradient,
  sub,
  sum,
  type Var,
  vector,
  type Vector,
  vmap,
} from 'backprop-wasm'
import type { Inputs } from '../program.ts'
import { fromScalar, toMatrix, toScalar, toVector, type Value } from '../values.ts'

/** alphas [K], means [K, d], icf [K, d(d + 1)/2], x [n, d], gamma, m → the logarithm of the posterior density. */
export function gmm(inputs: Inputs): Value {
  const alphas = toVector(inputs['alphas'])
  const means = toMatrix(inputs['means'])
  const icf = toMatrix(inputs['icf'])
  const x = toMatrix(inputs['x'])
  const gamma = toScalar(inputs['gamma'])
  const m = toScalar(inputs['m']).value
  const [n, d] = x.shape as [number, number]
  const [K] = alphas.shape as [number]
  const ones = vector(new Float64Array(n).fill(1))
  const onesOfPoint = vector(new Float64Array(d).fill(1))

  /** The logarithms of the weighted densities of one component at all points, and of its prior density. */
  const component = (alpha: Var<number>, mean: Var<Vector>, parameters: Var<Vector>) => {
    const elements = sequenceVar(parameters)
    const logDiagonal = collectVar(elements.slice(0, d))
    const below = elements.slice(d)
    const diagonal = exp(logDiagonal)
    const q = lowerTriangle(sequenceVar(diagonal), below)
    const deviations = matMul(sub<Matrix>(x, outer(ones, mean)), q, { transposeB: true })
    const distances = matVec(deviations.mul(deviations), onesOfPoint)
    const logDeterminant = sum(logDiagonal)
    const offDiagonal = collectVar(below)
    const size = dot(diagonal, diagonal).add(dot(offDiagonal, offDiagonal))
    return {
      densities: distances.mul(-0.5).add(alpha).add(logDeterminant),
      prior: gamma.mul(gamma).mul(0.5).mul(size).sub(logDeterminant.mul(m)),
    }
  }
  const { densities, prior } = vmap(component)(alphas, means, icf)

  const N = d + m + 1
  const constant = log(gamma)
    .sub(Math.log(2) / 2)
    .mul(N * d)
    .sub(logMultivariateGamma(N / 2, d))
  return fromScalar(
    sum(logSumExpOf(sequenceVar(densities)))
      .sub(logSumExp(alphas).mul(n))
      .add(sum(prior))
      .sub(constant.mul(K))
      .sub((n * d * Math.log(2 * Math.PI)) / 2),
  )
}

/** The lower triangular matrix with this diagonal, and below it these elements, column by column. */
function lowerTriangle(diagonal: readonly Var<number>[], below: readonly Var<number>[]): Var<Matrix> {
  const d = diagonal.length
  const columnStart = (j: number) => j * (d - 1) - (j * (j - 1)) / 2
  return collectVar(
    diagonal.map((own, i) =>
      collectVar(diagonal.map((_, j) => (i === j ? own : i > j ? below[columnStart(j) + i - j - 1] : 0))),
    ),
  )
}

/** log Σ exp of vectors, element by element, with a shift so that nothing overflows. */
function logSumExpOf(xs: readonly Var<Vector>[]): Var<Vector> {
  const largest = stopGradient(xs.reduce((a, b) => max<Vector>(a, b)))
  return log(xs.map(x => exp(x.sub(largest))).reduce((a, b) => a.add(b))).add(largest)
}

/** log Γ_d(a) of the multivariate gamma function. */
function logMultivariateGamma(a: number, d: number): Var<number> {
  const halves = Float64Array.from({ length: d }, (_, j) => a - j / 2)
  return sum(lgamma(vector(halves))).add((d * (d - 1) * Math.log(Math.PI)) / 4)
}
