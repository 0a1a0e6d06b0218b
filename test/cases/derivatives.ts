/** Derivatives of a function of named inputs, in the forms that the cases give them in. */
import { backpropWith, hessian, hvp, jacobian, Tensor } from 'backprop-wasm'
import type { Inputs } from './program.ts'
import type { CaseNumber, PlainValue } from './schema.ts'
import { countOf, toScalar, type Value } from './values.ts'

/** A function of named variables. */
export type Differentiated = (inputs: Inputs) => Value

/** Plain values by name. */
export type Named = Readonly<Record<string, PlainValue>>

/** The same for the types of the library, which know tensors from numbers: which one an input is, a case says at run time. */
type Tensors = Readonly<Record<string, Tensor>>

/** Value, and the gradient for a cotangent of the value, given by its elements; ones if none is given. */
export function valueAndGradient(f: Differentiated, at: Named, cotangent?: readonly CaseNumber[]): [PlainValue, Named] {
  const [value, pullback] = backpropWith(f)(at as Tensors) as [PlainValue, (cotangent: PlainValue) => Named]
  const shape = shapeOf(value)
  return [value, pullback(withShape(shape, cotangent ?? new Array<number>(countOf(shape)).fill(1)))]
}

/** The Jacobian: by name of the input the sizes of the output, followed by those of the input. */
export function jacobianOf(f: Differentiated, at: Named): Named {
  return jacobian(f)(at as Tensors)
}

/** The Jacobian by all inputs, one after another: elements of the output × elements of the inputs. */
export function jacobianMatrix(f: Differentiated, at: Named): Tensor {
  const names = Object.keys(at)
  const jacobians = jacobianOf(f, at)
  return sideBySide(names.map(name => ({ entries: elementsIn(jacobians[name]), columns: countOf(shapeOf(at[name])) })))
}

/**
 * The blocks of a Jacobian that is zero elsewhere, since the i-th part of the output depends on the i-th part of an input
 * only: by one cotangent for each element of a part, the same in all parts. Parts × elements of the output × of the input.
 */
export function jacobianBlocks(f: Differentiated, at: Named): Named {
  const [value, pullback] = backpropWith(f)(at as Tensors) as [Tensor, (cotangent: Tensor) => Tensors]
  const { shape } = value
  const [parts] = shape
  const elements = countOf(shape.slice(1))
  const gradients = Array.from({ length: elements }, (_, element) => {
    const cotangent = new Float64Array(value.data.length)
    for (let part = 0; part < parts; part++) cotangent[part * elements + element] = 1
    return pullback(new Tensor(cotangent, shape))
  })
  return Object.fromEntries(
    Object.keys(at).map(name => {
      const sizes = shapeOf(at[name]).slice(1)
      const size = countOf(sizes)
      const blocks = new Float64Array(parts * elements * size)
      for (const [element, gradient] of gradients.entries()) {
        for (let part = 0; part < parts; part++) {
          const row = gradient[name].data.subarray(part * size, (part + 1) * size)
          blocks.set(row, (part * elements + element) * size)
        }
      }
      return [name, new Tensor(blocks, [parts, elements, ...sizes])]
    }),
  )
}

/** The Hessian of a function whose value is a number, by all elements of all inputs, one after another. */
export function hessianMatrix(f: Differentiated, at: Named): Tensor {
  const names = Object.keys(at)
  const blocks = hessian((inputs: Inputs) => toScalar(f(inputs)))(at as Tensors) as Readonly<Record<string, Named>>
  const columns = (name: string) => countOf(shapeOf(at[name]))
  const n = names.reduce((sum, name) => sum + columns(name), 0)
  const rows = names.flatMap(row =>
    elementsIn(sideBySide(names.map(name => ({ entries: elementsIn(blocks[row][name]), columns: columns(name) })))),
  )
  return new Tensor(Float64Array.from(rows), [n, n])
}

/** The product of that Hessian with a vector, in the given order of the inputs. */
export function hessianVectorProduct(
  f: Differentiated,
  at: Named,
  vector: readonly CaseNumber[],
  order: readonly string[],
): Tensor {
  let from = 0
  const direction: Record<string, PlainValue> = {}
  for (const name of order) {
    const shape = shapeOf(at[name])
    direction[name] = withShape(shape, vector.slice(from, (from += countOf(shape))))
  }
  const product: Named = hvp((inputs: Inputs) => toScalar(f(inputs)))(at as Tensors, direction as Tensors)
  const elements = order.flatMap(name => elementsIn(product[name]))
  return new Tensor(Float64Array.from(elements), [elements.length])
}

/** The sizes of a plain value. */
function shapeOf(value: PlainValue): readonly number[] {
  return typeof value === 'number' ? [] : value.shape
}

/** The numbers of a plain value. */
function elementsIn(value: PlainValue): number[] {
  return typeof value === 'number' ? [value] : Array.from(value.data)
}

/** The plain value of these sizes with these elements. */
function withShape(shape: readonly number[], elements: readonly CaseNumber[]): PlainValue {
  return shape.length === 0 ? Number(elements[0]) : new Tensor(Float64Array.from(elements, Number), shape)
}

/** Matrices with the same number of rows as one, each given by its entries. */
function sideBySide(blocks: readonly { entries: readonly number[]; columns: number }[]): Tensor {
  const columns = blocks.reduce((sum, block) => sum + block.columns, 0)
  const rows = blocks.length === 0 ? 0 : blocks[0].entries.length / blocks[0].columns
  const data: number[] = []
  for (let i = 0; i < rows; i++) {
    for (const block of blocks) data.push(...block.entries.slice(i * block.columns, (i + 1) * block.columns))
  }
  return new Tensor(Float64Array.from(data), [rows, columns])
}
