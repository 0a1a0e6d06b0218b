/** Structures: records, tuples, arrays of leaves, nested. The one place that knows how to go through them. */
import { CycleError, ShapeMismatchError, StructureMismatchError, UnknownLeafError } from './errors.ts'
import { Fixed } from './fixed.ts'
import type { Shape } from './types.ts'

/** What `mapLeaves` calls a leaf besides numbers: the classes that hold one. Filled by the modules that define them. */
const leafClasses = new Set<object>()

/** Declares that instances of this class are leaves. */
export function declareLeaf(prototype: object): void {
  leafClasses.add(prototype)
}

/** Is it passed through untouched? */
export function isStatic(value: unknown): boolean {
  const type = typeof value
  return (type !== 'number' && type !== 'object') || value === null || value instanceof Fixed
}

/** Is it a number, or an instance of a leaf class? */
export function isLeaf(value: unknown): boolean {
  if (typeof value === 'number') return true
  return typeof value === 'object' && value !== null && leafClasses.has(prototypeOf(value))
}

function prototypeOf(value: object): object {
  return (Object.getPrototypeOf(value) as object | null) ?? Object.prototype
}

/** The path of a key inside a structure, as in a program: `.w`, `[2]`. */
export function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${String(key)}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
}

/** The keys of a plain object or the indices of an array; undefined for any other object. */
export function keysOf(value: object): readonly string[] | number | undefined {
  if (Array.isArray(value)) return value.length
  return prototypeOf(value) === Object.prototype ? Object.keys(value) : undefined
}

/** The part of a structure behind a key. */
export function part(value: object, key: string | number): unknown {
  return (value as Record<string | number, unknown>)[key]
}

/**
 * The same structure with `visit(leaf)` in place of each leaf, visited in the order of keys. What is passed through
 * stays as it is.
 *
 * @throws {UnknownLeafError} for anything that is neither a leaf, nor static, nor a plain structure.
 * @throws {CycleError} when the structure contains itself.
 */
export function mapLeaves(
  value: unknown,
  path: string,
  visit: (leaf: unknown, path: string) => unknown,
  ancestors: readonly object[] = [],
): unknown {
  if (isLeaf(value)) return visit(value, path)
  if (isStatic(value)) return value
  const object = value as object
  const keys = keysOf(object)
  if (keys === undefined) throw new UnknownLeafError(path, value, repairFor(object))
  if (ancestors.includes(object)) throw new CycleError(path)
  const inside = [...ancestors, object]
  if (typeof keys === 'number') {
    const result = new Array<unknown>(keys)
    for (let i = 0; i < keys; i++) result[i] = mapLeaves(part(object, i), join(path, i), visit, inside)
    return result
  }
  const result: Record<string, unknown> = {}
  for (const key of keys) {
    const mapped = mapLeaves(part(object, key), join(path, key), visit, inside)
    if (key === '__proto__') Object.defineProperty(result, key, { value: mapped, enumerable: true })
    else result[key] = mapped
  }
  return result
}

/** What to do about an object that is no leaf. */
function repairFor(value: object): string {
  if (ArrayBuffer.isView(value)) return 'Wrap it: vector(data), or matrix(data, m, n).'
  if (value instanceof Map || value instanceof Set) return 'Use a record or an array.'
  return 'Wrap what is not differentiated as fixed(…), and copy the rest into a plain record: { ...value }.'
}

/** Does a predicate hold for some leaf? Looks no further than it must. */
export function someLeaf(value: unknown, holds: (leaf: unknown) => boolean, depth = 0): boolean {
  if (isLeaf(value)) return holds(value)
  if (isStatic(value) || depth > 100) return false
  const object = value as object
  const keys = keysOf(object)
  if (keys === undefined) return false
  if (typeof keys === 'number') {
    for (let i = 0; i < keys; i++) if (someLeaf(part(object, i), holds, depth + 1)) return true
    return false
  }
  return keys.some(key => someLeaf(part(object, key), holds, depth + 1))
}

/**
 * Throws unless two structures have the same keys, lengths, tags, kinds of leaves and shapes; `visit` gets each pair of
 * leaves.
 */
export function checkLike(
  like: unknown,
  value: unknown,
  path: string,
  visit?: (like: unknown, value: unknown) => void,
): void {
  if (isLeaf(like)) {
    const expected = shapeOfLeaf(like)
    const given = isLeaf(value) ? shapeOfLeaf(value) : undefined
    if (expected === undefined || given === undefined || (expected.length === 0) !== (given.length === 0)) {
      throw new StructureMismatchError(
        path,
        'a leaf of another kind: a number or a tensor is expected as in the value.',
      )
    }
    if (expected.some((n, i) => n !== given[i]) || expected.length !== given.length) {
      throw new ShapeMismatchError(path, [expected, given], 'shapes differ', 'Give the shape that comes first.')
    }
    visit?.(like, value)
    return
  }
  if (isStatic(like)) {
    if (typeof like === 'string' && like !== value) {
      throw new StructureMismatchError(path, `'${like}' is expected, as in the value.`)
    }
    return
  }
  const keys = keysOf(like as object)
  const others = typeof value === 'object' && value !== null && !isLeaf(value) ? keysOf(value) : undefined
  if (typeof keys === 'number') {
    if (keys !== others) {
      throw new StructureMismatchError(path, `an array of length ${String(keys)} is expected.`)
    }
    for (let i = 0; i < keys; i++) checkLike(part(like as object, i), part(value as object, i), join(path, i), visit)
    return
  }
  const wanted = keys ?? []
  if (!Array.isArray(others) || others.length !== wanted.length || wanted.some(key => !others.includes(key))) {
    throw new StructureMismatchError(path, `keys differ: expected { ${wanted.join(', ')} }.`)
  }
  for (const key of wanted) checkLike(part(like as object, key), part(value as object, key), join(path, key), visit)
}

/** The shape of a leaf, which every leaf but a number and resident parameters has. */
function shapeOfLeaf(leaf: unknown): Shape | undefined {
  return typeof leaf === 'number' ? [] : (leaf as { shape?: Shape }).shape
}
