/** Products, and what is asked of square matrices. */
import { dot, matMul, type MatMulOptions, matVec, outer, sum, Tensor, vmap, where } from 'backprop-wasm'
import {
  assembled,
  constant,
  elementsOf,
  filled,
  forgotten,
  fromScalar,
  joined,
  partsOf,
  toMatrix,
  toVector,
  type Value,
} from '../values.ts'
import { type Apply, byParts, formula, missing, numberIn, type Operation, own } from './operation.ts'

/**
 * The product of matrices, for each place in the dimensions before the last two, which are broadcast: `vmap` over those that
 * both have, what lacks a dimension or has size 1 there being the same for all.
 */
function batched(a: Value, b: Value, options: MatMulOptions): Value {
  if (a.shape.length === 2 && b.shape.length === 2) return forgotten(matMul(toMatrix(a), toMatrix(b), options))
  const deepest = Math.max(a.shape.length, b.shape.length)
  const isShared = (x: Value): boolean => x.shape.length < deepest
  if (a.shape.length === b.shape.length && a.shape[0] !== b.shape[0]) {
    if (a.shape[0] === 1) return batched(partsOf(a)[0], b, options)
    if (b.shape[0] === 1) return batched(a, partsOf(b)[0], options)
  }
  const shared = ([0, 1] as const).filter(i => isShared([a, b][i]))
  const each = vmap((x: Value, y: Value) => batched(x, y, options), { shared })
  return (each as unknown as (x: Value, y: Value) => Value)(a, b)
}

/** The diagonal of a matrix. */
function diagonal(x: Value): Value[] {
  return partsOf(x).flatMap((row, i) => partsOf(row).slice(i, i + 1))
}

/** Keeps the elements of a matrix whose place holds, 0 elsewhere. */
const triangle =
  (keeps: (row: number, column: number, diagonal: number) => boolean): Apply =>
  ([x], attributes) => {
    const [m, n] = x.shape as [number, number]
    const k = numberIn(attributes, 'k', 0)
    const mask = new Float64Array(m * n)
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) mask[i * n + j] = keeps(i, j, k) ? 1 : 0
    return where<Tensor>(constant(new Tensor(mask, [m, n])), x, filled([m, n], 0))
  }

const decomposition = missing('no decompositions of matrices')

export const products: Readonly<Record<string, Operation>> = {
  matMul: own('matMul; batches vmap', ([a, b], { transposeA, transposeB }) =>
    batched(a, b, { transposeA: transposeA === true, transposeB: transposeB === true }),
  ),
  matVec: own('matVec', ([a, x]) => forgotten(matVec(toMatrix(a), toVector(x)))),
  dot: own('dot', ([x, y]) => fromScalar(dot<Tensor>(x, y))),
  outer: own('outer', ([x, y]) => forgotten(outer(toVector(x), toVector(y)))),
  solve: missing('no solving of linear equations'),
  inv: missing('no inverse of a matrix'),
  det: missing('no determinant'),
  logabsdet: missing('no determinant'),
  cholesky: decomposition,
  expm: missing('no exponential of a matrix'),
  sqrtm: missing('no root of a matrix'),
  pinv: missing('no inverse of a matrix'),
  trace: byParts('elements', ([x]) => fromScalar(sum(joined(diagonal(x))))),
  diag: byParts('elements', ([x]) => {
    const elements = elementsOf(x)
    const n = elements.length
    const zero = constant(0)
    return assembled(
      Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? elements[at / (n + 1)] : zero)),
      [n, n],
    )
  }),
  diagPart: byParts('elements', ([x]) => joined(diagonal(x))),
  tril: formula(
    'where',
    triangle((i, j, k) => j - i <= k),
  ),
  triu: formula(
    'where',
    triangle((i, j, k) => j - i >= k),
  ),
  svdvals: decomposition,
  eigvalsh: decomposition,
  eigh: decomposition,
  svd: decomposition,
}
