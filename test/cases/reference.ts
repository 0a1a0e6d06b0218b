/** Small cases of our own in the schema of the published ones, with answers in plain arithmetic and by differences. */
import type { Random } from '../support/random.ts'
import type { Attributes, Case, CaseNumber, CaseTensor } from './schema.ts'
import { countOf } from './values.ts'

/** An operand: its element at these indices. */
export type Entry = (...index: number[]) => number

/** An op on operands of some sizes, its result given element by element. */
export interface Example {
  readonly op: string
  readonly attrs?: Attributes
  /** The sizes of the operands. */
  readonly operands: readonly (readonly number[])[]
  /** The sizes of the result. */
  readonly shape: readonly number[]
  /** Its element at these indices. */
  readonly at: (operands: readonly Entry[], ...index: number[]) => number
  /** The range that the elements of the operands are drawn from; −1 … 1 if left out. */
  readonly between?: readonly [number, number]
}

/** A function of named tensors in plain arithmetic: the elements of its result. */
export type PlainFunction = (inputs: Readonly<Record<string, readonly number[]>>) => readonly number[]

/** The tensor whose elements are given one by one. */
export function built(shape: readonly number[], at: Entry): CaseTensor {
  const data = Array.from({ length: countOf(shape) }, (_, offset) => {
    let rest = offset
    const index = shape.toReversed().map(n => {
      const i = rest % n
      rest = (rest - i) / n
      return i
    })
    return at(...index.toReversed())
  })
  return { shape, data }
}

/** The element of a tensor at these indices. */
function entryOf(shape: readonly number[], data: readonly number[]): Entry {
  return (...index) => {
    const value = data[index.reduce((offset, i, dimension) => offset * shape[dimension] + i, 0)]
    if (value === undefined || index.length !== shape.length) throw new RangeError(`no element ${index.join()}`)
    return value
  }
}

/**
 * Draws tensors whose elements, however many, are all different, and lie on a grid that has no whole number on it: so that
 * differences may be taken where functions have kinks.
 */
export function drawn(random: Random): (shape: readonly number[], between?: readonly [number, number]) => CaseTensor {
  const cells = Array.from({ length: 256 }, (_, i) => i)
  const next = (): number => {
    const [cell] = cells.splice(random.below(cells.length), 1)
    return (cell + 0.5) / 256
  }
  return (shape, [from, to] = [-1, 1]) => ({
    shape,
    data: Array.from({ length: countOf(shape) }, () => from + (to - from) * next()),
  })
}

/** The numbers of a tensor. */
export function numbersOf({ data }: CaseTensor): number[] {
  return data.map(Number)
}

/** The case that an example is, with random operands and a random cotangent, and the answers to it. */
export function caseOf(example: Example, random: Random): Case {
  const names = example.operands.map((_, i) => `x${String(i)}`)
  const draw = drawn(random)
  const inputs = Object.fromEntries(names.map((name, i) => [name, draw(example.operands[i], example.between)]))
  const f: PlainFunction = given => {
    const entries = names.map((name, i) => entryOf(example.operands[i], given[name]))
    return numbersOf(built(example.shape, (...index) => example.at(entries, ...index)))
  }
  const step = { id: 's0', op: example.op, args: names, ...(example.attrs && { attrs: example.attrs }) }
  const dy = draw(example.shape)
  return {
    id: example.op,
    program: { steps: [step], out: 's0' },
    inputs,
    wrt: names,
    dy,
    expected: {
      value: { shape: example.shape, data: f(plainly(inputs)) },
      grad: gradientByDifferences(f, inputs, names, numbersOf(dy)),
    },
  }
}

/** The elements of named tensors. */
export function plainly(inputs: Readonly<Record<string, CaseTensor>>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, numbersOf(tensor)]))
}

/** The derivative of f at 0: central differences of fourth order. */
function slope(f: (t: number) => readonly number[], step = 5e-4): number[] {
  const [a, b, c, d] = [f(step), f(-step), f(2 * step), f(-2 * step)]
  return a.map((value, i) => (8 * (value - b[i]) - (c[i] - d[i])) / (12 * step))
}

/** The Jacobian by one input, by differences: elements of the output × elements of the input. */
export function jacobianByDifferences(
  f: PlainFunction,
  inputs: Readonly<Record<string, CaseTensor>>,
  name: string,
): number[][] {
  const at = plainly(inputs)
  const columns = at[name].map((_, j) =>
    slope(t => f({ ...at, [name]: at[name].map((value, k) => (k === j ? value + t : value)) })),
  )
  return f(at).map((_, i) => columns.map(column => column[i]))
}

/** The gradient of ⟨f, cotangent⟩ by some inputs, by differences. */
export function gradientByDifferences(
  f: PlainFunction,
  inputs: Readonly<Record<string, CaseTensor>>,
  names: readonly string[],
  cotangent: readonly number[],
): Record<string, CaseTensor> {
  const inner: PlainFunction = given => [f(given).reduce((sum, value, i) => sum + value * cotangent[i], 0)]
  return Object.fromEntries(
    names.map(name => [name, { shape: inputs[name].shape, data: jacobianByDifferences(inner, inputs, name)[0] }]),
  )
}

/** The Hessian of a function whose result is one number, by several inputs, one after another, by differences. */
export function hessianByDifferences(
  f: PlainFunction,
  inputs: Readonly<Record<string, CaseTensor>>,
  names: readonly string[],
): number[][] {
  const gradient: PlainFunction = given => {
    const at = Object.fromEntries(Object.entries(given).map(([name, data]) => [name, { ...inputs[name], data }]))
    return names.flatMap(name => jacobianByDifferences(f, at, name)[0])
  }
  const jacobians = names.map(name => jacobianByDifferences(gradient, inputs, name))
  return jacobians[0].map((_, i) => jacobians.flatMap(jacobian => jacobian[i]))
}

/** Where a tensor differs from the one expected, beyond a tolerance of its size; undefined if nowhere. */
export function difference(wanted: CaseTensor, given: CaseTensor | undefined, tolerance: number): string | undefined {
  if (given === undefined) return 'it is missing'
  if (wanted.shape.join() !== given.shape.join())
    return `its sizes are ${given.shape.join()}, not ${wanted.shape.join()}`
  const isFar = (a: CaseNumber, i: number): boolean => {
    const [x, y] = [Number(a), Number(given.data[i])]
    return !Object.is(x, y) && !(x === y) && !(Math.abs(x - y) <= tolerance * (1 + Math.abs(x)))
  }
  const at = wanted.data.findIndex(isFar)
  return at < 0 ? undefined : `element ${String(at)} is ${String(given.data[at])}, not ${String(wanted.data[at])}`
}
