/** One evaluation of a sparse derivative: recording, pattern, products, and the values that are read from them. */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import type { VarFunction, Wrt } from '../differentiate.ts'
import { UnknownLeafError } from '../errors.ts'
import { type Fixed, fixed } from '../fixed.ts'
import { choose, recordInside, transposed } from '../grad.ts'
import { slice } from '../ops/part.ts'
import { mapLeaves, pathText } from '../structure.ts'
import { countOf, SCALAR } from '../tape.ts'
import { type PlainTensor, vector, type Vector } from '../tensor.ts'
import { apply } from '../apply.ts'
import { type AnyVar, constantLeaf, HOST, type Var } from '../var.ts'
import { inType } from '../vmap/batch.ts'
import type { Compression } from './compression.ts'
import { SparseMatrix } from './matrix.ts'
import { type Derivative, productsOf } from './products.ts'
import { Records, watched } from './records.ts'

/** How many programs an operator knows the compression of; the one that was used longest ago is forgotten. */
const MOST_PROGRAMS = 8

interface Known {
  readonly code: Int32Array
  readonly compression: Compression
}

/** The compressions of the programs that a function has recorded. */
export class Compressions {
  readonly #make: (records: Records) => Compression
  /** The one used last first. */
  readonly #known: Known[] = []

  constructor(make: (records: Records) => Compression) {
    this.#make = make
  }

  /** The compression for these records: one that is known if they are the same program. */
  of(records: Records): Compression {
    const known = this.#known
    const at = known.findIndex(({ code }) => records.hasCode(code))
    const [found] = at < 0 ? [{ code: records.code(), compression: this.#make(records) }] : known.splice(at, 1)
    known.unshift(found as Known)
    if (known.length > MOST_PROGRAMS) known.pop()
    return (found as Known).compression
  }
}

/** What products gave, and how it is read. */
export interface Evaluation {
  readonly compression: Fixed<Compression>
  /** For each product the leaves of what it gave. */
  readonly products: readonly (readonly AnyVar[])[]
}

/** Records a call and its products on the run around it. */
export function evaluate(f: VarFunction, args: readonly unknown[], wrt: Wrt, compressions: Compressions): Evaluation {
  checkLeaves('the argument', choose(args, wrt))
  const watch = watched(f)
  const derivative: Derivative = recordInside(watch.f, args, wrt)
  checkLeaves("the function's result", derivative[0])
  const call = watch.call()
  const compression = compressions.of(new Records(call, choose(call.vars, wrt)))
  const { rows, columns } = compression
  const byRows = productsOf(derivative, rows)
  const byColumns = columns.count === 0 ? [] : productsOf(transposed(...derivative), columns)
  return { compression: fixed(compression), products: [...byRows, ...byColumns] }
}

/** Throws for a leaf of a user's type, which has no numbers. */
function checkLeaves(start: string, structure: unknown): void {
  mapLeaves(structure, start, leaf => {
    if ((leaf as AnyVar).shape === HOST) {
      throw new UnknownLeafError(pathText(start), leaf, 'Only numbers and tensors have a Jacobian; take jvp, or vjp.')
    }
    return leaf
  })
}

/** The matrix, from the values of an evaluation. */
export function plainMatrix(
  compression: Compression,
  products: readonly (readonly (number | PlainTensor)[])[],
): SparseMatrix {
  const { pattern, product, place } = compression
  const numbers = products.map(numbersOf)
  const values = new Float64Array(product.length)
  for (let k = 0; k < values.length; k++) {
    values[k] = (numbers[product[k] as number] as Float64Array)[place[k] as number] as number
  }
  return new SparseMatrix(vector(values), fixed(pattern))
}

/** All numbers of these leaves, in order. */
function numbersOf(leaves: readonly (number | PlainTensor)[]): Float64Array {
  const sizes = leaves.map(leaf => (typeof leaf === 'number' ? 1 : leaf.data.length))
  const numbers = new Float64Array(sizes.reduce((total, size) => total + size, 0))
  let start = 0
  for (const [i, leaf] of leaves.entries()) {
    if (typeof leaf === 'number') numbers[start] = leaf
    else numbers.set(leaf.data, start)
    start += sizes[i] as number
  }
  return numbers
}

/** The same, recorded on the run around: entries that lie next to each other in a product are taken as one part. */
export function recordedMatrix(op: string, { compression, products }: Evaluation): SparseMatrix<Var<Vector>> {
  const { pattern, product, place } = compression.value
  const numbers = products.map(leaves => new Numbers(op, leaves))
  const count = product.length
  const shape = [count]
  let whole: Var<unknown> = constantLeaf(vector([]))
  for (let k = 0; k < count;) {
    const from = numbers[product[k] as number] as Numbers
    const start = place[k] as number
    let size = 1
    while (k + size < count && product[k + size] === product[k] && place[k + size] === start + size) size++
    const part = from.part(start, size)
    size = countOf(part.shape)
    whole = k === 0 ? apply(op, Opcode.Embed, shape, part, part, 0) : apply(op, Opcode.Put, shape, whole, part, k)
    k += size
  }
  return new SparseMatrix(whole as Var<Vector>, fixed(pattern))
}

/** The numbers of several leaves, in order, as parts of them. */
class Numbers {
  readonly #op: string
  readonly #leaves: AnyVar[]
  /** Where each leaf begins, and the end. */
  readonly #starts: number[] = [0]

  constructor(op: string, leaves: readonly AnyVar[]) {
    this.#op = op
    this.#leaves = leaves.map(leaf => inType(leaf, 'float64'))
    for (const [i, { shape }] of leaves.entries()) this.#starts.push((this.#starts[i] as number) + countOf(shape))
  }

  /** The numbers from a place on: so many, or as many as the leaf there has. */
  part(place: number, most: number): AnyVar {
    const at = this.#leafAt(place)
    const leaf = this.#leaves[at] as AnyVar
    if (leaf.shape === SCALAR) return leaf
    const size = Math.min(most, (this.#starts[at + 1] as number) - place)
    return slice(this.#op, leaf, place - (this.#starts[at] as number), size === 1 ? SCALAR : [size])
  }

  /** The number of the leaf that holds a place. */
  #leafAt(place: number): number {
    let low = 0
    let high = this.#leaves.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] as number) <= place) low = middle
      else high = middle
    }
    // Before it there may be leaves without numbers, which begin where it does: the last one is it.
    return low
  }
}
