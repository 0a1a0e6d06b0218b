/**
 * Other shapes and other places of the same elements. The library has none of these as ops: tensors are taken apart along
 * their dimensions, `sequenceVar`, and put together, `collectVar`.
 */
import { add, type Tensor } from 'backprop-wasm'
import type { Attributes } from '../schema.ts'
import {
  alongAxis,
  assembled,
  axisOf,
  broadcast,
  countOf,
  filled,
  joined,
  partsOf,
  reshaped,
  underAxis,
  type Value,
} from '../values.ts'
import { type Apply, byParts, numberIn, numbersIn, type Operation, shapeIn } from './operation.ts'
import { transposed } from './transpose.ts'

/** An op on the parts of its operand along the axis that attributes name, the first one otherwise. */
const onParts =
  (f: (parts: Value[], attributes: Attributes, shape: readonly number[]) => Value): Apply =>
  ([x], attributes) =>
    alongAxis(x, axisOf(numberIn(attributes, 'axis', 0), x.shape.length), (parts, shape) => f(parts, attributes, shape))

/** An op on the parts of its operand along each axis in turn; `f` may leave them as they are. */
function onEachAxis(x: Value, f: (parts: Value[], axis: number, shape: readonly number[]) => readonly Value[]): Value {
  return x.shape.reduce<Value>(
    (y, _, axis) => alongAxis(y, axis, (parts, shape) => joined(f(parts, axis, shape), shape)),
    x,
  )
}

/** The sizes asked for, with the one that is −1 found from the number of elements. */
function resolved(shape: readonly number[], count: number): number[] {
  const known = countOf(shape.filter(n => n !== -1))
  return shape.map(n => (n === -1 ? count / known : n))
}

/** The same part, n times. */
function repeated(part: Value, n: number): Value[] {
  return Array.from({ length: n }, () => part)
}

/** What stands before and after the parts of one dimension. */
function padded(parts: Value[], [before, after]: readonly [number, number], edge: Value): Value[] {
  return [...repeated(edge, before), ...parts, ...repeated(edge, after)]
}

/** The parts of one dimension, continued by their mirror image, in which the outermost one is not repeated. */
function mirrored(parts: Value[], [before, after]: readonly [number, number]): Value[] {
  return [
    ...parts.slice(1, before + 1).toReversed(),
    ...parts,
    ...parts.slice(parts.length - 1 - after, parts.length - 1).toReversed(),
  ]
}

const pad: Apply = ([x], attributes) => {
  const paddings = attributes['paddings'] as readonly (readonly [number, number])[]
  const value = numberIn(attributes, 'value', 0)
  return onEachAxis(x, (parts, axis, shape) => {
    const edges = paddings[axis] ?? [0, 0]
    return attributes['mode'] === 'reflect' ? mirrored(parts, edges) : padded(parts, edges, filled(shape, value))
  })
}

/** The sum of the parts in each segment; what is in none has an index below 0. */
const segmentSum: Apply = ([x], attributes) => {
  const parts = partsOf(x)
  const indices = numbersIn(attributes, 'indices')
  return joined(
    Array.from({ length: numberIn(attributes, 'segments') }, (_, segment) =>
      parts
        .filter((_, i) => indices[i] === segment)
        .reduce((total, part) => add<Tensor>(total, part), filled(x.shape.slice(1), 0)),
    ),
  )
}

export const shapes: Readonly<Record<string, Operation>> = {
  reshape: byParts('elements', ([x], attributes) => {
    return reshaped(x, resolved(attributes['shape'] as number[], countOf(x.shape)))
  }),
  transpose: byParts('elements', ([x], attributes) => {
    const reversed = x.shape.map((_, i) => x.shape.length - 1 - i)
    return transposed(x, attributes['perm'] === undefined ? reversed : numbersIn(attributes, 'perm'))
  }),
  broadcastTo: byParts('parts', ([x], attributes) => {
    const shape = numbersIn(attributes, 'shape')
    return broadcast(x, shape)
  }),
  concat: byParts('parts', (args, attributes) =>
    underAxis(args, axisOf(numberIn(attributes, 'axis', 0), args[0].shape.length), xs =>
      joined(xs.flatMap(partsOf), xs[0].shape.slice(1)),
    ),
  ),
  stack: byParts('parts', (args, attributes) =>
    underAxis(args, axisOf(numberIn(attributes, 'axis', 0), args[0].shape.length + 1), joined),
  ),
  slice: byParts('parts', ([x], attributes) => {
    const begin = numbersIn(attributes, 'begin')
    const size = numbersIn(attributes, 'size')
    return onEachAxis(x, (parts, axis) => {
      const from = begin[axis] ?? 0
      const length = size[axis] ?? -1
      return parts.slice(from, length < 0 ? undefined : from + length)
    })
  }),
  index: byParts('parts', ([x], attributes) =>
    numbersIn(attributes, 'at').reduce<Value>((part, i) => partsOf(part).at(i), x),
  ),
  unstack: byParts(
    'parts',
    onParts((parts, attributes) => parts[numberIn(attributes, 'index')]),
  ),
  split: byParts(
    'parts',
    onParts((parts, attributes, shape) => {
      const sizes = numbersIn(attributes, 'sizes')
      const index = numberIn(attributes, 'index')
      const from = sizes.slice(0, index).reduce((sum, n) => sum + n, 0)
      return joined(parts.slice(from, from + sizes[index]), shape)
    }),
  ),
  gather: byParts(
    'parts',
    onParts((parts, attributes, shape) => {
      const chosen = numbersIn(attributes, 'indices').map(i => parts.at(i))
      const sizes = shapeIn(attributes, 'indices')
      return chosen.length === 0 ? filled([...sizes, ...shape], 0) : assembled(chosen, sizes)
    }),
  ),
  segmentSum: byParts('parts', segmentSum),
  tile: byParts('parts', ([x], attributes) => {
    const reps = numbersIn(attributes, 'reps')
    return onEachAxis(x, (parts, axis) => Array.from({ length: reps[axis] ?? 1 }, () => parts).flat())
  }),
  pad: byParts('parts', pad),
  reverse: byParts('parts', ([x], attributes) => {
    const all = attributes['axes'] === undefined || attributes['axes'] === null
    const axes = all ? x.shape.map((_, i) => i) : numbersIn(attributes, 'axes').map(i => axisOf(i, x.shape.length))
    return onEachAxis(x, (parts, axis) => (axes.includes(axis) ? parts.toReversed() : parts))
  }),
  cumsum: byParts(
    'parts',
    onParts((parts, _, shape) => {
      let total: Value | undefined
      return joined(
        parts.map(part => (total = total === undefined ? part : add<Tensor>(total, part))),
        shape,
      )
    }),
  ),
}
