/**
 * The library where ranks and sizes are known at run time only, as they are in a program that was read from a file: a
 * `Value` is a variable of a tensor of any rank, 0 included, for which the library's own type is `Var<number>`. What goes
 * beyond elementwise ops here is composed of the parts of a tensor, `sequenceVar` and `collectVar`.
 */
import {
  check,
  collectVar,
  constVar,
  mul,
  sequenceVar,
  Tensor,
  type Matrix,
  type Shape,
  type Var,
  type Vector,
} from 'backprop-wasm'
import type { PlainValue } from './schema.ts'

/** A variable of any rank. */
export type Value = Var<Tensor>

/** A constant. */
export function constant(plain: PlainValue): Value {
  return typeof plain === 'number' ? fromScalar(constVar(plain)) : constVar(plain)
}

/** A number, as a value of rank 0. */
export function fromScalar(x: Var<number>): Value {
  return x as unknown as Value
}

/** A tensor whose rank was known. */
export function forgotten<S extends Shape>(x: Var<Tensor<S>>): Value {
  return x as unknown as Value
}

/** A value of rank 0, as a number. */
export function toScalar(x: Value): Var<number> {
  if (x.shape.length > 0) throw new RangeError(`a number is needed, not a tensor of sizes ${x.shape.join('×')}`)
  return x as unknown as Var<number>
}

/** A value of rank 1, as a vector. */
export function toVector(x: Value): Var<Vector> {
  return check(x, [x.shape[0]])
}

/** A value of rank 2, as a matrix. */
export function toMatrix(x: Value): Var<Matrix> {
  return check(x, [x.shape[0], x.shape[1]])
}

/** How many elements a tensor of these sizes has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** A constant with one number everywhere. */
export function filled(shape: readonly number[], number: number): Value {
  return shape.length === 0
    ? constant(number)
    : constVar(new Tensor(new Float64Array(countOf(shape)).fill(number), shape))
}

/** The parts along the first dimension. */
export function partsOf(x: Value): Value[] {
  return sequenceVar(x as unknown as Var<Vector>) as unknown as Value[]
}

/** The tensor with these parts along its first dimension; of none, whose sizes would be `shape`, one without elements. */
export function joined(parts: readonly Value[], shape: readonly number[] = []): Value {
  if (parts.length === 0) return filled([0, ...shape], 0)
  return collectVar(parts as unknown as Var<number>[]) as unknown as Value
}

/** Each element, row by row. */
export function elementsOf(x: Value): Value[] {
  return x.shape.length === 0 ? [x] : x.shape.length === 1 ? partsOf(x) : partsOf(x).flatMap(elementsOf)
}

/** The tensor of these sizes with these elements, row by row; the elements may be tensors of one shape themselves. */
export function assembled(elements: readonly Value[], shape: readonly number[]): Value {
  if (shape.length === 0) return elements[0]
  if (elements.length === 0) return filled(shape, 0)
  const [length, ...partShape] = shape as [number, ...number[]]
  if (partShape.length === 0) return joined(elements)
  const size = countOf(partShape)
  return joined(Array.from({ length }, (_, i) => assembled(elements.slice(i * size, (i + 1) * size), partShape)))
}

/** The same elements in another shape. */
export function reshaped(x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : assembled(elementsOf(x), shape)
}

/** The parts along an axis, and the sizes of each, replaced by what `f` makes of them; the sizes before it stay as they are. */
export function alongAxis(x: Value, axis: number, f: (parts: Value[], shape: readonly number[]) => Value): Value {
  return underAxis([x], axis, ([part]) => f(partsOf(part), part.shape.slice(1)))
}

/** What `f` makes of several tensors at each place of the dimensions before an axis, which they have in common. */
export function underAxis(xs: readonly Value[], axis: number, f: (xs: readonly Value[]) => Value): Value {
  if (axis === 0) return f(xs)
  const [length] = xs[0].shape
  if (length === 0) {
    const like = xs.map(x => filled(x.shape.slice(1), 0))
    return joined([], underAxis(like, axis - 1, f).shape)
  }
  const parts = xs.map(partsOf)
  return joined(
    Array.from({ length }, (_, i) =>
      underAxis(
        parts.map(of => of[i]),
        axis - 1,
        f,
      ),
    ),
  )
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}

/** The sizes that several shapes are broadcast to, by the rules of numpy. */
export function commonShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(shape => shape.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map(shape => shape[i - rank + shape.length] ?? 1)
    const size = sizes.find(n => n !== 1) ?? 1
    if (sizes.some(n => n !== size && n !== 1)) throw new RangeError(`no common shape of ${JSON.stringify(shapes)}`)
    return size
  })
}

/** A tensor repeated to larger sizes, by the rules of numpy. */
export function broadcast(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x
  if (x.shape.length === 0) return mul<Tensor>(x, filled(shape, 1))
  const [length, ...partShape] = shape as [number, ...number[]]
  if (x.shape.length < shape.length) {
    const part = broadcast(x, partShape)
    return length === 0 ? filled(shape, 0) : joined(Array.from({ length }, () => part))
  }
  const parts = partsOf(x).map(part => broadcast(part, partShape))
  return length === 0 ? filled(shape, 0) : joined(Array.from({ length }, (_, i) => parts[parts.length === 1 ? 0 : i]))
}

/** An elementwise op of the library on two operands that are broadcast first. */
export function broadcasting(f: (x: Value, y: Value) => Value, x: Value, y: Value): Value {
  const [a, b] = aligned([x, y]) as [Value, Value]
  return f(a, b)
}

/**
 * Operands for an elementwise op of the library, which takes equal shapes or numbers beside a tensor: what the common
 * shape is asked of is repeated, numbers stay as they are.
 */
export function aligned(xs: readonly Value[]): Value[] {
  const shape = commonShape(xs.map(x => x.shape))
  return xs.map(x => (x.shape.length === 0 ? x : broadcast(x, shape)))
}
