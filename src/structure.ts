/**
 * Structures: records, tuples, arrays, maps of leaves, nested; instances of classes that are gone through field by field.
 * The one place that knows how to go through them.
 */
import { differentiable, isProduct, type Space, spaceOf } from './differentiable.ts'
import {
  CycleError,
  describe,
  DTypeMismatchError,
  ShapeMismatchError,
  shapeText,
  StructureMismatchError,
  UnknownLeafError,
} from './errors.ts'
import { Fixed } from './fixed.ts'
import type { DType, Shape } from './types.ts'
import type { Var } from './var.ts'

/** What every class extends whose instances are leaves: tensors, variables, resident parameters. */
export abstract class StructureLeaf {
  /** Never there; by it the type checker tells such a class from any other. */
  declare protected readonly leaf: true
}

/** Is it passed through untouched? */
export function isStatic(value: unknown): boolean {
  const type = typeof value
  return (type !== 'number' && type !== 'object') || value === null || value instanceof Fixed
}

/** Is it a number, an instance of a leaf class, or a value of a user's type? */
export function isLeaf(value: unknown): boolean {
  if (typeof value === 'number' || value instanceof StructureLeaf) return true
  return typeof value === 'object' && value !== null && !Array.isArray(value) && spaceOf(value) !== undefined
}

/** Is it something to be awaited? */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** The key of a map's entry, to be told from a property. */
class MapKey {
  readonly key: unknown

  constructor(key: unknown) {
    this.key = key
  }
}

/** The keys that lead from the start of the running traversal to where it is. Text only when a message needs it. */
const trail: (string | number | MapKey)[] = []
let trailLength = 0

/** Where the running traversal is, as in a program: `argument 1, .layers[2].w`. */
export function pathText(start: string): string {
  return trail.slice(0, trailLength).reduce<string>((path, key) => {
    return path + (key instanceof MapKey ? `.get(${mapKeyText(key.key)})` : keyText(key))
  }, start)
}

/** A key as it reads in a path: `.w`, `[2]`, `["a b"]`. */
export function keyText(key: string | number): string {
  if (typeof key === 'number') return `[${String(key)}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function mapKeyText(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' && key !== null ? '…' : String(key)
}

/** The keys of a plain object, of an instance that is gone through like one, or the number of elements of an array; undefined for any other object. */
export function keysOf(value: object): readonly string[] | number | undefined {
  if (Array.isArray(value)) return value.length
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || isProduct(value) ? Object.keys(value) : undefined
}

/**
 * An object of the same kind, without its fields: a record, or an instance of the same class. An instance that says in a
 * field of its own that it is gone through keeps saying so.
 */
function emptyLike(value: object): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype || prototype === null) return {}
  const empty = Object.create(prototype) as Record<string | symbol, unknown>
  if (Object.hasOwn(value, differentiable)) empty[differentiable] = 'product'
  return empty
}

/** The part of a structure behind a key. */
export function part(value: object, key: string | number): unknown {
  return (value as Record<string | number, unknown>)[key]
}

/** From this depth on a structure is suspected to contain itself. */
const SUSPICIOUS_DEPTH = 200

/**
 * The same structure with `visit(leaf)` in place of each leaf, visited in the order of keys. What is passed through
 * stays as it is. While it runs, `pathText` says where it is.
 *
 * @throws {UnknownLeafError} for anything that is neither a leaf, nor static, nor a plain structure.
 * @throws {CycleError} when the structure contains itself.
 */
export function mapLeaves(value: unknown, start: string, visit: (leaf: unknown, start: string) => unknown): unknown {
  if (isLeaf(value)) return visit(value, start)
  const depth = trailLength
  try {
    return mapStructure(value, start, visit, 0, value)
  } finally {
    trailLength = depth
    if (depth === 0 && deep.size > 0) deep.clear()
  }
}

function mapStructure(
  value: unknown,
  start: string,
  visit: (leaf: unknown, start: string) => unknown,
  depth: number,
  root: unknown,
): unknown {
  if (isStatic(value)) return value
  const object = value as object
  const keys = keysOf(object)
  if (keys === undefined && !(object instanceof Map)) {
    throw new UnknownLeafError(pathText(start), value, repairFor(object))
  }
  if (depth >= SUSPICIOUS_DEPTH) enter(object, root, start)
  if (keys === undefined) {
    const result = new Map<unknown, unknown>()
    for (const [key, entry] of object as Map<unknown, unknown>) {
      trail[trailLength++] = new MapKey(key)
      result.set(key, isLeaf(entry) ? visit(entry, start) : mapStructure(entry, start, visit, depth + 1, root))
      trailLength--
    }
    if (depth >= SUSPICIOUS_DEPTH) deep.delete(object)
    return result
  }
  if (typeof keys === 'number') {
    const result = new Array<unknown>(keys)
    for (let i = 0; i < keys; i++) {
      trail[trailLength++] = i
      const child = part(object, i)
      result[i] = isLeaf(child) ? visit(child, start) : mapStructure(child, start, visit, depth + 1, root)
      trailLength--
    }
    if (depth >= SUSPICIOUS_DEPTH) deep.delete(object)
    return result
  }
  const result = emptyLike(object)
  for (const key of keys) {
    trail[trailLength++] = key
    const child = part(object, key)
    const mapped = isLeaf(child) ? visit(child, start) : mapStructure(child, start, visit, depth + 1, root)
    trailLength--
    if (key === '__proto__') Object.defineProperty(result, key, { value: mapped, enumerable: true })
    else result[key] = mapped
  }
  if (depth >= SUSPICIOUS_DEPTH) deep.delete(object)
  return result
}

/** The parts below the suspicious depth that the running traversal is inside of. */
const deep = new Set<object>()

/** Notes that a traversal goes into a deep part; one that it is inside of already means that the structure has no end. */
function enter(object: object, root: unknown, start: string): void {
  if (deep.has(object)) {
    trailLength = 0
    findCycle(root, start, new Set())
  }
  deep.add(object)
}

/** Throws a CycleError with the path where a structure comes back to one of its ancestors. */
function findCycle(value: unknown, start: string, ancestors: Set<unknown>): void {
  if (isLeaf(value) || isStatic(value)) return
  if (ancestors.has(value)) throw new CycleError(pathText(start))
  const object = value as object
  ancestors.add(value)
  for (const [key, child] of childrenOf(object)) {
    trail[trailLength++] = key
    findCycle(child, start, ancestors)
    trailLength--
  }
  ancestors.delete(value)
}

/** The parts of a structure with their keys. */
function childrenOf(object: object): (readonly [string | number | MapKey, unknown])[] {
  if (object instanceof Map)
    return Array.from(object as Map<unknown, unknown>, ([key, entry]) => [new MapKey(key), entry])
  const keys = keysOf(object) ?? []
  const all = typeof keys === 'number' ? Array.from({ length: keys }, (_, i) => i) : keys
  return all.map(key => [key, part(object, key)])
}

/** What to do about an object that is no leaf. */
function repairFor(value: object): string {
  if (value instanceof Float32Array) return 'Wrap it: vector32(data), or matrix32(data, m, n).'
  if (ArrayBuffer.isView(value)) return 'Wrap it: vector(data), or matrix(data, m, n).'
  if (value instanceof Set) return 'Use a record, an array or a Map.'
  if (isPromise(value)) return 'Await it. An op whose function gives a promise is made with asyncOp1, asyncOp2, ….'
  return (
    'Wrap what is not differentiated as fixed(…), or copy it into a plain record: { ...value }. A type of your own says ' +
    'how it is differentiated by [differentiable].'
  )
}

/** The variables of a structure, in order. */
export function leavesOf(structure: unknown): Var<unknown>[] {
  const leaves: Var<unknown>[] = []
  mapLeaves(structure, '', leaf => leaves.push(leaf as Var<unknown>))
  return leaves
}

/** Does a predicate hold for some leaf? Looks no further than it must. */
export function someLeaf(value: unknown, holds: (leaf: unknown) => boolean): boolean {
  if (isLeaf(value)) return holds(value)
  const depth = trailLength
  try {
    return somePart(value, holds, 0, value)
  } finally {
    trailLength = depth
    if (depth === 0 && deep.size > 0) deep.clear()
  }
}

function somePart(value: unknown, holds: (leaf: unknown) => boolean, depth: number, root: unknown): boolean {
  if (isLeaf(value)) return holds(value)
  if (isStatic(value)) return false
  const object = value as object
  const keys = keysOf(object)
  if (keys === undefined && !(object instanceof Map)) return false
  if (depth >= SUSPICIOUS_DEPTH) enter(object, root, 'an argument')
  if (keys === undefined) {
    for (const entry of (object as Map<unknown, unknown>).values())
      if (somePart(entry, holds, depth + 1, root)) return true
  } else if (typeof keys === 'number') {
    for (let i = 0; i < keys; i++) if (somePart(part(object, i), holds, depth + 1, root)) return true
  } else {
    for (const key of keys) if (somePart(part(object, key), holds, depth + 1, root)) return true
  }
  if (depth >= SUSPICIOUS_DEPTH) deep.delete(object)
  return false
}

/**
 * Throws unless two structures have the same keys, lengths, tags, kinds of leaves and shapes; `visit` gets each pair of
 * leaves.
 */
export function checkLike(
  like: unknown,
  value: unknown,
  start: string,
  visit?: (like: unknown, value: unknown) => void,
): void {
  const depth = trailLength
  try {
    checkPart(like, value, start, visit)
  } finally {
    trailLength = depth
  }
}

function checkPart(
  like: unknown,
  value: unknown,
  start: string,
  visit: ((like: unknown, value: unknown) => void) | undefined,
): void {
  if (isLeaf(like)) {
    checkLeaf(like, value, start)
    visit?.(like, value)
    return
  }
  if (isStatic(like)) {
    if (!sameStatic(like, value)) {
      const problem = `${staticText(like)} is expected, as in the value, but ${staticText(value)} is given.`
      throw new StructureMismatchError(pathText(start), problem)
    }
    return
  }
  if (like instanceof Map) {
    checkMap(like, value, start, visit)
    return
  }
  const keys = keysOf(like as object) ?? []
  const others = typeof value === 'object' && value !== null && !isLeaf(value) ? keysOf(value) : undefined
  const into = (key: string | number): void => {
    trail[trailLength++] = key
    checkPart(part(like as object, key), part(value as object, key), start, visit)
    trailLength--
  }
  if (typeof keys === 'number') {
    if (keys !== others) {
      const given = typeof others === 'number' ? `one of length ${String(others)}` : givenText(value)
      const problem = `an array of length ${String(keys)} is expected, but ${given} is given.`
      throw new StructureMismatchError(pathText(start), problem)
    }
    for (let i = 0; i < keys; i++) into(i)
    return
  }
  if (others === undefined || typeof others === 'number') {
    const problem = `a record { ${keys.join(', ')} } is expected, but ${givenText(value)} is given.`
    throw new StructureMismatchError(pathText(start), problem)
  }
  if (!sameKeys(keys, others)) {
    const problem = `keys differ: expected { ${keys.join(', ')} }, given { ${others.join(', ')} }.`
    throw new StructureMismatchError(pathText(start), problem)
  }
  for (const key of keys) into(key)
}

/**
 * Is a static part the same as in another structure? Tags and other plain data must be equal. Of functions and of objects
 * in `fixed` it is only asked that there is one: two that are equal cannot be told from two that differ.
 */
function sameStatic(like: unknown, value: unknown): boolean {
  if (!(like instanceof Fixed)) return sameData(like, value)
  return value instanceof Fixed && sameData(like.value, value.value)
}

function sameData(like: unknown, value: unknown): boolean {
  if (Object.is(like, value)) return true
  const type = typeof like
  return like !== null && value !== null && (type === 'object' || type === 'function') && type === typeof value
}

/** A static part, or what is given in its place, as it reads in messages. */
function staticText(value: unknown): string {
  if (!(value instanceof Fixed)) return describe(value)
  return `fixed(${typeof value.value === 'number' ? String(value.value) : describe(value.value)})`
}

function checkMap(
  like: ReadonlyMap<unknown, unknown>,
  value: unknown,
  start: string,
  visit: ((like: unknown, value: unknown) => void) | undefined,
): void {
  if (!(value instanceof Map)) throw new StructureMismatchError(pathText(start), 'a Map is expected, as in the value.')
  const given = value as ReadonlyMap<unknown, unknown>
  if (given.size !== like.size || !Array.from(like.keys()).every(key => given.has(key))) {
    const expected = Array.from(like.keys(), mapKeyText).join(', ')
    throw new StructureMismatchError(pathText(start), `keys of the Map differ: expected ${expected}.`)
  }
  for (const [key, entry] of like) {
    trail[trailLength++] = new MapKey(key)
    checkPart(entry, given.get(key), start, visit)
    trailLength--
  }
}

function checkLeaf(like: unknown, value: unknown, start: string): void {
  const space = spaceOfLeaf(like)
  if (space !== undefined) {
    const given = spaceOfLeaf(value)
    if (given === space) return
    const problem =
      given === undefined
        ? `a value of the same type as in the value is expected, but ${givenText(value)} is given.`
        : `${describe(value)} is given, whose dictionary is not that of the value. Give a value of the same type; if it ` +
          'is one, let [differentiable], or boxed(value, dictionary), give the same object each time, made once.'
    throw new StructureMismatchError(pathText(start), problem)
  }
  const expected = shapeOfLeaf(like)
  const given = isLeaf(value) && spaceOfLeaf(value) === undefined ? shapeOfLeaf(value) : undefined
  if (expected === given && given !== undefined) {
    checkType(like, value, start)
    return
  }
  if (expected === undefined || given === undefined || (expected.length === 0) !== (given.length === 0)) {
    const wanted = expected === undefined ? 'a leaf' : leafText(expected)
    const problem = `a leaf of another kind: ${wanted} is expected, as in the value, but ${givenText(value)} is given.`
    throw new StructureMismatchError(pathText(start), problem)
  }
  if (expected.length === given.length && expected.every((n, i) => n === given[i])) {
    checkType(like, value, start)
    return
  }
  throw new ShapeMismatchError(pathText(start), [expected, given], 'shapes differ', 'Give the shape that comes first.')
}

function leafText(shape: Shape): string {
  return shape.length === 0 ? 'a number' : `a tensor ${shapeText(shape)}`
}

/** What is given in the place of something else. Of a variable its kind: the caller may have given a plain value. */
function givenText(value: unknown): string {
  if (!(value instanceof StructureLeaf)) return describe(value)
  if (spaceOfLeaf(value) !== undefined) return "a value of a user's type"
  const shape = shapeOfLeaf(value)
  return shape === undefined ? describe(value) : leafText(shape)
}

/** Throws unless two leaves of one shape have elements of the same type. */
function checkType(like: unknown, value: unknown, start: string): void {
  const expected = typeOfLeaf(like)
  const given = typeOfLeaf(value)
  if (expected === given) return
  const repair = `Give what comes first: castValue('${expected}', …), or of variables toFloat32(…), toFloat64(…).`
  throw new DTypeMismatchError(pathText(start), [expected, given], repair)
}

/** The type of a leaf's elements, which every leaf but a number has; float64 for a number. */
function typeOfLeaf(leaf: unknown): DType {
  return typeof leaf === 'number' ? 'float64' : (leaf as { readonly dtype: DType }).dtype
}

/** Are they the same keys, in whatever order? */
function sameKeys(keys: readonly string[], others: readonly string[]): boolean {
  if (keys.length !== others.length) return false
  for (let i = 0; i < keys.length; i++) if (keys[i] !== others[i] && !others.includes(keys[i] as string)) return false
  return true
}

/** The dictionary of a leaf of a user's type, also of a variable that holds one; undefined for any other leaf. */
export function spaceOfLeaf(leaf: unknown): Space | undefined {
  return leaf instanceof StructureLeaf ? (leaf as { readonly space?: Space }).space : spaceOf(leaf)
}

const NUMBER_SHAPE: Shape = []

/** The shape of a leaf, which every leaf but a number and resident parameters has. */
function shapeOfLeaf(leaf: unknown): Shape | undefined {
  return typeof leaf === 'number' ? NUMBER_SHAPE : (leaf as { shape?: Shape }).shape
}
