/**
 * The structure of a call's arguments: what decides whether a recorded program fits. Matching a call allocates nothing; it
 * notes each leaf, and only when all fit is anything written.
 */
import { NotCompilableError } from '../errors.ts'
import { Fixed } from '../fixed.ts'
import { Resident, ResidentLeaf } from '../resident.ts'
import { isLeaf, isStatic, keysOf, part } from '../structure.ts'
import { SCALAR } from '../tape.ts'
import { type PlainTensor, Tensor } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'

/** A part of the arguments: does a value have its structure? */
abstract class Node {
  abstract matches(value: unknown): boolean
}

/** The numbers that the matching call has, those of all leaves one behind the other. */
class Numbers {
  given = new Float64Array(8)
  #count = 0

  /** Room for one more: its place. */
  add(): number {
    if (this.#count === this.given.length) {
      const wider = new Float64Array(2 * this.#count)
      wider.set(this.given)
      this.given = wider
    }
    return this.#count++
  }
}

/** A number that is given anew with each call. */
export class NumberLeaf extends Node {
  readonly shape = SCALAR
  readonly #numbers: Numbers
  /** Its place among the numbers. */
  readonly place: number

  constructor(numbers: Numbers) {
    super()
    this.#numbers = numbers
    this.place = numbers.add()
  }

  matches(value: unknown): boolean {
    if (typeof value !== 'number') return false
    this.#numbers.given[this.place] = value
    return true
  }
}

/** A tensor that is given anew with each call. */
export class PlainLeaf extends Node {
  readonly shape: Shape
  readonly #dtype: DType
  /** What the matching call has in its place. Undefined between calls, so that nobody keeps it alive. */
  given: PlainTensor | undefined = undefined

  constructor(shape: Shape, dtype: DType) {
    super()
    this.shape = shape
    this.#dtype = dtype
  }

  matches(value: unknown): boolean {
    if (!(value instanceof Tensor) || !sameSizes(value.shape, this.shape) || value.dtype !== this.#dtype) return false
    this.given = value
    return true
  }
}

/** Resident parameters: any that have the same structure. */
export class ResidentNode extends Node {
  /** The number of its first leaf among all leaves. */
  readonly first: number
  readonly #leaves: unknown
  /** What the matching call has in its place. Undefined between calls, so that nobody keeps forgotten parameters alive. */
  given: Resident<unknown> | undefined = undefined
  /** What a step that changes it calls it, and the same with the step's name: for messages. */
  name = ''
  place = 'an argument'
  /** Which handle had the structure when it was last compared. */
  #known: number

  constructor(resident: Resident<unknown>, first: number) {
    super()
    this.first = first
    this.#leaves = resident.leaves
    this.#known = resident.id
  }

  matches(value: unknown): boolean {
    if (!(value instanceof Resident)) return false
    if (value.id !== this.#known) {
      if (!sameStructure(this.#leaves, value.leaves)) return false
      this.#known = value.id
    }
    this.given = value
    return true
  }
}

/** What is passed through: the very same value. */
class StaticNode extends Node {
  readonly #value: unknown

  constructor(value: unknown) {
    super()
    this.#value = value
  }

  matches(value: unknown): boolean {
    return sameStatic(this.#value, value)
  }
}

class ArrayNode extends Node {
  readonly #elements: readonly Node[]

  constructor(elements: readonly Node[]) {
    super()
    this.#elements = elements
  }

  matches(value: unknown): boolean {
    const elements = this.#elements
    if (!Array.isArray(value) || value.length !== elements.length) return false
    for (let i = 0; i < elements.length; i++) if (!(elements[i] as Node).matches(value[i])) return false
    return true
  }
}

/** An array of numbers, which may be long: their places follow each other. */
class NumbersNode extends Node {
  readonly #numbers: Numbers
  readonly #first: number
  readonly #length: number

  constructor(numbers: Numbers, leaves: readonly NumberLeaf[]) {
    super()
    this.#numbers = numbers
    this.#first = leaves[0]?.place ?? 0
    this.#length = leaves.length
  }

  matches(value: unknown): boolean {
    if (!Array.isArray(value) || value.length !== this.#length) return false
    const { given } = this.#numbers
    const first = this.#first
    for (let i = 0; i < value.length; i++) {
      const element: unknown = value[i]
      if (typeof element !== 'number') return false
      given[first + i] = element
    }
    return true
  }
}

/** A record, or an instance that is gone through like one; keys in the same order. */
class RecordNode extends Node {
  readonly #prototype: unknown
  readonly #keys: readonly string[]
  readonly #parts: readonly Node[]

  constructor(prototype: unknown, keys: readonly string[], parts: readonly Node[]) {
    super()
    this.#prototype = prototype
    this.#keys = keys
    this.#parts = parts
  }

  matches(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== this.#prototype) return false
    const keys = this.#keys
    let found = 0
    for (const key in value) if (keys[found++] !== key) return false
    if (found !== keys.length) return false
    for (let i = 0; i < found; i++) if (!(this.#parts[i] as Node).matches(part(value, keys[i] as string))) return false
    return true
  }
}

class MapNode extends Node {
  readonly #keys: readonly unknown[]
  readonly #parts: readonly Node[]

  constructor(keys: readonly unknown[], parts: readonly Node[]) {
    super()
    this.#keys = keys
    this.#parts = parts
  }

  matches(value: unknown): boolean {
    const keys = this.#keys
    if (!(value instanceof Map) || value.size !== keys.length) return false
    let i = 0
    for (const [key, entry] of value as Map<unknown, unknown>) {
      if (!Object.is(key, keys[i]) || !(this.#parts[i] as Node).matches(entry)) return false
      i++
    }
    return true
  }
}

/** A leaf as programs see it: where its number or its elements come from. */
export type Leaf = NumberLeaf | PlainLeaf | ResidentLeafAt

/** One leaf of resident parameters. */
export class ResidentLeafAt {
  readonly node: ResidentNode
  readonly index: number
  readonly shape: Shape

  constructor(node: ResidentNode, index: number, shape: Shape) {
    this.node = node
    this.index = index
    this.shape = shape
  }
}

export class Signature {
  readonly #arguments: readonly Node[]
  /** All leaves, in the order in which variables are made for them. */
  readonly leaves: Leaf[] = []
  readonly residents: ResidentNode[] = []
  readonly numbers = new Numbers()
  readonly #tensors: PlainLeaf[] = []

  /** The structure of these arguments. @throws {NotCompilableError} for a value of a user's type. */
  constructor(args: readonly unknown[]) {
    this.#arguments = args.map((arg, i) => this.#nodeOf(arg, `argument ${String(i + 1)}`))
  }

  /** Do these arguments have the structure? Then their leaves are noted. */
  matches(args: readonly unknown[]): boolean {
    const nodes = this.#arguments
    if (args.length !== nodes.length) return false
    for (let i = 0; i < nodes.length; i++) if (!(nodes[i] as Node).matches(args[i])) return false
    return true
  }

  /** Forgets the leaves of the last match. */
  forget(): void {
    for (const leaf of this.#tensors) leaf.given = undefined
    for (const node of this.residents) node.given = undefined
  }

  #nodeOf(value: unknown, path: string): Node {
    if (typeof value === 'number') return this.#leaf(new NumberLeaf(this.numbers))
    if (value instanceof Tensor) {
      const leaf = this.#leaf(new PlainLeaf(value.shape, value.dtype))
      this.#tensors.push(leaf)
      return leaf
    }
    if (value instanceof Resident) {
      const node = new ResidentNode(value as Resident<unknown>, this.leaves.length)
      node.given = value as Resident<unknown>
      ;(value as Resident<unknown>).flat.forEach(({ shape }, i) => this.leaves.push(new ResidentLeafAt(node, i, shape)))
      this.residents.push(node)
      return node
    }
    if (isStatic(value)) return new StaticNode(value)
    if (isLeaf(value)) {
      throw new NotCompilableError(
        path,
        "a value of a user's type has its operations in TypeScript.",
        'Call the function without compile, or give its numbers and tensors.',
      )
    }
    const object = value as object
    if (object instanceof Map) {
      const entries = Array.from(object as Map<unknown, unknown>)
      return new MapNode(
        entries.map(([key]) => key),
        entries.map(([key, entry]) => this.#nodeOf(entry, `${path}.get(${String(key)})`)),
      )
    }
    const keys = keysOf(object) as readonly string[] | number
    if (typeof keys === 'number') {
      const elements = Array.from(object as readonly unknown[])
      const nodes = elements.map((element, i) => this.#nodeOf(element, `${path}[${String(i)}]`))
      return nodes.every(node => node instanceof NumberLeaf)
        ? new NumbersNode(this.numbers, nodes)
        : new ArrayNode(nodes)
    }
    const parts = keys.map(key => this.#nodeOf(part(object, key), `${path}.${key}`))
    return new RecordNode(Object.getPrototypeOf(object), keys, parts)
  }

  #leaf<L extends NumberLeaf | PlainLeaf>(leaf: L): L {
    this.leaves.push(leaf)
    return leaf
  }
}

function sameSizes(a: Shape, b: Shape): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function sameStatic(a: unknown, b: unknown): boolean {
  if (a instanceof Fixed) return b instanceof Fixed && Object.is(a.value, b.value)
  return Object.is(a, b)
}

/** Have two resident values the same structure, keys in the same order, and the same shapes? */
function sameStructure(a: unknown, b: unknown): boolean {
  if (a instanceof ResidentLeaf) {
    return b instanceof ResidentLeaf && sameSizes(a.shape, b.shape) && a.dtype === b.dtype
  }
  if (isStatic(a) || isStatic(b)) return sameStatic(a, b)
  const first = entriesOf(a as object)
  const second = entriesOf(b as object)
  if (first.length !== second.length || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  return first.every(([key, value], i) => {
    const [otherKey, other] = second[i] as readonly [unknown, unknown]
    return Object.is(key, otherKey) && sameStructure(value, other)
  })
}

function entriesOf(value: object): (readonly [unknown, unknown])[] {
  return value instanceof Map ? Array.from(value as Map<unknown, unknown>) : Object.entries(value)
}
