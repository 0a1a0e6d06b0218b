/** Derivatives of a function of named inputs, as the cases ask for them. */
import { backpropWith, constVar, dot, evalBP, gradBP, Tensor, vmap } from 'backprop-wasm'
import type { Inputs } from './program.ts'
import type { CaseNumber, PlainValue } from './schema.ts'
import { constant, countOf, fromScalar, toScalar, type Value } from './values.ts'

/** A function of named variables. */
export type Differentiated = (inputs: Inputs) => Value

/** Plain values by name. */
export type Named = Readonly<Record<string, PlainValue>>

/** Tensors by name. */
type Tensors = Readonly<Record<string, Tensor>>

/** The library's types know tensors and numbers apart; which of them an input is, a case says at run time. */
function typed(at: Named): Tensors {
  return at as Tensors
}

/** The value. */
export function valueOf(f: Differentiated, at: Named): PlainValue {
  return evalBP(f)(typed(at))
}

/** Value, and the gradient for a cotangent of the value, given by its elements; ones if none is given. */
export function valueAndGradient(f: Differentiated, at: Named, cotangent?: readonly CaseNumber[]): [PlainValue, Named] {
  const [value, pullback] = backpropWith(f)(typed(at))
  const shape = shapeOf(value)
  const elements = cotangent === undefined ? new Float64Array(countOf(shape)).fill(1) : Float64Array.from(cotangent, Number)
  return [value, pullback((shape.length === 0 ? elements[0] : new Tensor(elements, shape)) as Tensor)]
}

/** The sizes of a plain value. */
function shapeOf(value: PlainValue): readonly number[] {
  return typeof value === 'number' ? [] : value.shape
}

/**
 * The gradients for several cotangents, which lie along the first dimension of a tensor: by name of the input a tensor with
 * that dimension in front.
 */
function gradientsFor(f: Differentiated, at: Named, cotangents: Tensor): Tensors {
  return evalBP((inputs: Inputs) => {
    const [, pullback] = backpropWith(f)(inputs)
    const each = vmap(pullback) as unknown as (cotangents: Value) => Inputs
    return each(constVar(cotangents))
  })(typed(at))
}

/** The Jacobian: by name of the input a matrix, or more dimensions, of the output's elements by the input's sizes. */
export function jacobian(f: Differentiated, at: Named): Tensors {
  const shape = shapeOf(valueOf(f, at))
  const m = countOf(shape)
  const basis = new Float64Array(m * m)
  for (let i = 0; i < m; i++) basis[i * (m + 1)] = 1
  return gradientsFor(f, at, new Tensor(basis, [m, ...shape]))
}

/**
 * The blocks of a Jacobian that is zero elsewhere, since the i-th part of the output depends on the i-th part of an input
 * only: by one cotangent for each element of a part, in all parts at once. Parts × elements of the output × of the input.
 */
export function jacobianBlocks(f: Differentiated, at: Named): Tensors {
  const shape = shapeOf(valueOf(f, at))
  const [parts] = shape
  const elements = countOf(shape.slice(1))
  const cotangents = new Float64Array(elements * parts * elements)
  for (let i = 0; i < elements; i++) {
    for (let part = 0; part < parts; part++) cotangents[(i * parts + part) * elements + i] = 1
  }
  const gradients = gradientsFor(f, at, new Tensor(cotangents, [elements, ...shape]))
  return Object.fromEntries(
    Object.entries(gradients).map(([name, { data, shape: sizes }]) => {
      const size = countOf(sizes.slice(2))
      const blocks = new Float64Array(data.length)
      for (let i = 0; i < elements; i++) {
        for (let part = 0; part < parts; part++) {
          const from = (i * parts + part) * size
          blocks.set(data.subarray(from, from + size), (part * elements + i) * size)
        }
      }
      return [name, new Tensor(blocks, [parts, elements, ...sizes.slice(2)])]
    }),
  )
}

/** The gradient with respect to all inputs, one after another, as a function. */
const gradientOf = (f: Differentiated) => (inputs: Inputs) => gradBP((given: Inputs) => f(given))(inputs)

/** The Hessian of a function whose value is a number: by all elements of all inputs, one after another. */
export function hessian(f: Differentiated, at: Named): Tensor {
  const names = Object.keys(at)
  return stacked(names.map(name => sideBySide(Object.values(jacobian(inputs => gradientOf(f)(inputs)[name], at)))))
}

/** The product of the Hessian with a vector, whose elements are those of the inputs in the given order. */
export function hessianVectorProduct(f: Differentiated, at: Named, vector: readonly CaseNumber[]): Tensor {
  let from = 0
  const directions = Object.entries(at).map(([name, value]) => {
    const shape = shapeOf(value)
    const elements = Float64Array.from(vector.slice(from, (from += countOf(shape))), Number)
    return [name, constant(shape.length === 0 ? elements[0] : new Tensor(elements, shape))] as const
  })
  const along = (inputs: Inputs): Value => {
    const gradient = gradientOf(f)(inputs)
    return fromScalar(
      directions.map(([name, direction]) => dot<Tensor>(gradient[name], direction)).reduce((a, b) => a.add(b)),
    )
  }
  const product = gradBP((inputs: Inputs) => along(inputs))(typed(at))
  return joined(Object.values(product))
}
