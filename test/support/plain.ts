/** Plain values: numbers and tensors, alone or in structures, as lists of numbers. */
import {
  matrix,
  Tensor,
  vector,
  zeros,
  zeros32,
  type DType,
  type Leaf,
  type PlainTensor,
  type Shape,
} from 'backprop-wasm'
import { expect } from 'vitest'
import { type Random } from './random.ts'

/** A plain value of the given shape and type; `element` gives its elements. */
export function filled(shape: Shape, element: () => number, dtype: DType = 'float64'): Leaf {
  if (shape.length === 0) return element()
  const tensor: PlainTensor = dtype === 'float32' ? zeros32(...shape) : zeros(...shape)
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = element()
  return tensor
}

/** The shape of a plain leaf. */
export function shapeOf(leaf: Leaf): Shape {
  return typeof leaf === 'number' ? [] : (leaf as Tensor).shape
}

/** The type of a plain leaf's elements. */
export function dtypeOf(leaf: Leaf): DType {
  return typeof leaf === 'number' ? 'float64' : (leaf as PlainTensor).dtype
}

/** Random numbers between −1 and 1 in the shape of another value, and of its type. */
export function randomLike(leaf: Leaf, random: Random): Leaf {
  return filled(shapeOf(leaf), () => random.between(-1, 1), dtypeOf(leaf))
}

/** All numbers of a structure, in order. */
export function flat(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (value instanceof Tensor) return Array.from(value.data)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flat)
  return []
}

/** Σ aᵢ·bᵢ over all numbers of two structures. */
export function inner(a: unknown, b: unknown): number {
  const x = flat(a)
  const y = flat(b)
  expect(x.length).toBe(y.length)
  return x.reduce((total, value, i) => total + value * y[i], 0)
}

/** Σ |aᵢ·bᵢ|: what a rounding error of `inner` is measured by. */
export function innerSize(a: unknown, b: unknown): number {
  const y = flat(b)
  return flat(a).reduce((total, value, i) => total + Math.abs(value * y[i]), 0)
}

/** x + t·direction, leaf by leaf. */
export function moved(x: readonly Leaf[], t: number, direction: readonly Leaf[]): Leaf[] {
  return x.map((leaf, i) => {
    const step = flat(direction[i])
    const values = flat(leaf)
    let next = 0
    const element = (): number => {
      const j = next++
      return values[j] + t * step[j]
    }
    return filled(shapeOf(leaf), element, dtypeOf(leaf))
  })
}

/** Asserts that two structures hold nearly the same numbers: |a − b| ≤ tolerance·(1 + |b|), NaN and ±∞ being equal. */
export function expectClose(actual: unknown, expected: unknown, tolerance = 1e-12, what = ''): void {
  const a = flat(actual)
  const b = flat(expected)
  expect(a.length, `${what}: how many numbers`).toBe(b.length)
  a.forEach((value, i) => {
    if (!isClose(value, b[i], tolerance)) {
      expect.fail(`${what}: number ${i} is ${value}, expected ${String(b[i])} to ${tolerance}`)
    }
  })
}

/** |a − b| ≤ tolerance·(1 + |b|); NaN is close to NaN only, an infinity to itself only. */
export function isClose(a: number, b: number, tolerance: number): boolean {
  if (Object.is(a, b) || a === b) return true
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false
  return Math.abs(a - b) <= tolerance * (1 + Math.abs(b))
}

/** A random vector of length n. */
export function randomVector<N extends number>(n: N, random: Random): ReturnType<typeof vector<N>> {
  return vector(
    Float64Array.from({ length: n }, () => random.between(-1, 1)),
    n,
  )
}

/** A random matrix. */
export function randomMatrix<M extends number, N extends number>(
  m: M,
  n: N,
  random: Random,
): ReturnType<typeof matrix<M, N>> {
  return matrix(
    Float64Array.from({ length: m * n }, () => random.between(-1, 1)),
    m,
    n,
  )
}
