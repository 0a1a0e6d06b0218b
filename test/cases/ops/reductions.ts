/**
 * Reductions. The library reduces all elements; along axes the tensor is made a matrix of what is reduced, row by row, and
 * `vmap` does the rows.
 */
import {
  abs,
  dot,
  equal,
  logSumExp,
  type Matrix,
  maximum,
  minimum,
  pow,
  product,
  softmax,
  sub,
  sum,
  type Tensor,
  type Var,
  type Vector,
  vmap,
  where,
} from 'backprop-wasm'
import type { Attributes } from '../schema.ts'
import { axisOf, countOf, forgotten, fromScalar, reshaped, toMatrix, toVector, type Value } from '../values.ts'
import { formula, numberIn, numbersIn, type Operation, own } from './operation.ts'
import { transposed } from './transpose.ts'

/** What reduces all elements of a tensor. */
type Reduce = (x: Value) => Var<number>

/** The axes that attributes name, counted from the front; all of them if they name none. */
function axesIn(attributes: Attributes, rank: number): readonly number[] {
  if ((attributes['axis'] ?? null) === null) return Array.from({ length: rank }, (_, i) => i)
  return numbersIn(attributes, 'axis').map(axis => axisOf(axis, rank))
}

/** The tensor as a matrix, what is reduced in each row, and the axes that are kept. */
function rowsOf(x: Value, axes: readonly number[]): { rows: Var<Matrix>; kept: number[] } {
  const kept = x.shape.map((_, i) => i).filter(i => !axes.includes(i))
  const last = axes.toSorted((a, b) => a - b)
  const sizes = (of: readonly number[]) => countOf(of.map(i => x.shape[i]))
  return { rows: toMatrix(reshaped(transposed(x, [...kept, ...last]), [sizes(kept), sizes(last)])), kept }
}

/** Reduces along the axes that attributes name. */
const reduction =
  (reduce: (x: Value, attributes: Attributes) => Var<number>) =>
  ([x]: readonly Value[], attributes: Attributes): Value => {
    const axes = axesIn(attributes, x.shape.length)
    const shape =
      attributes['keepDims'] === true
        ? x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
        : x.shape.filter((_, i) => !axes.includes(i))
    if (axes.length === x.shape.length) return reshaped(fromScalar(reduce(x, attributes)), shape)
    const { rows } = rowsOf(x, axes)
    const reduced = vmap((row: Var<Vector>) => reduce(forgotten(row), attributes))(rows)
    return reshaped(forgotten(reduced), shape)
  }

/** The elements in one dimension. */
const flat = (x: Value): Var<Vector> => toVector(reshaped(x, [countOf(x.shape)]))

const mean: Reduce = x => sum(x).div(countOf(x.shape))

const variance: Reduce = x => {
  const deviation = sub<Tensor>(x, mean(x))
  return dot<Tensor>(deviation, deviation).div(countOf(x.shape))
}

/** The p-th root; its slope at 0, which is ∞, is 0 here, as the gradient of a norm at 0 should be a bounded one. */
function root(x: Var<number>, p: number): Var<number> {
  const isZero = equal(x, 0)
  return where(isZero, 0, pow(where(isZero, 1, x), 1 / p))
}

/** The norm that `ord` names: 1, 2 or "fro", a number p, "Infinity". */
function norm(x: Value, attributes: Attributes): Var<number> {
  const order = attributes['ord'] ?? 2
  if (order === 2 || order === 'fro') return root(dot<Tensor>(x, x), 2)
  if (order === 'Infinity') return maximum(abs(x))
  const p = numberIn(attributes, 'ord')
  return p === 1 ? sum(abs(x)) : root(sum(pow<Tensor>(abs(x), p)), p)
}

/** A function of the rows of a matrix applied along an axis of a tensor. */
function onRows(x: Value, axis: number, f: (rows: Var<Matrix>) => Var<Matrix>): Value {
  const { rows, kept } = rowsOf(x, [axis])
  const order = [...kept, axis]
  const turned = order.map(i => x.shape[i])
  const back = x.shape.map((_, i) => order.indexOf(i))
  return transposed(reshaped(forgotten(f(rows)), turned), back)
}

/** A function of the rows of a matrix along the axis that attributes name, the last one otherwise. */
const rowwise =
  (f: (rows: Var<Matrix>) => Var<Matrix>) =>
  ([x]: readonly Value[], attributes: Attributes): Value => {
    return onRows(x, axisOf(numberIn(attributes, 'axis', -1), x.shape.length), f)
  }

export const reductions: Readonly<Record<string, Operation>> = {
  sum: own('sum; along axes vmap', reduction(sum)),
  mean: formula('sum, div', reduction(mean)),
  prod: own('product; along axes vmap', reduction(product)),
  max: own('maximum; along axes vmap', reduction(maximum)),
  min: own('minimum; along axes vmap', reduction(minimum)),
  logSumExp: own(
    'logSumExp; along axes vmap',
    reduction(x => logSumExp(flat(x))),
  ),
  variance: formula('sum, dot', reduction(variance)),
  norm: formula('abs, dot, maximum, pow', reduction(norm)),
  softmax: own(
    'softmax',
    rowwise(rows => softmax(rows)),
  ),
  logSoftmax: formula(
    'vmap; sub, logSumExp',
    rowwise(rows => vmap((row: Var<Vector>) => sub<Vector>(row, logSumExp(row)))(rows)),
  ),
}
