/** Structures: records, tuples, arrays of leaves, nested. The one place that knows how to go through them. */
import { CycleError, ShapeMismatchError, StructureMismatchError, UnknownLeafError } from './errors.ts'
import { Fixed } from './fixed.ts'
import type { Shape } from './types.ts'

/** What every class extends whose instances are leaves: tensors, variables, resident parameters. */
export abstract class StructureLeaf {}

/** Is it passed through untouched? */
export function isStatic(value: unknown): boolean {
  const type = typeof value
  return (type !== 'number' && type !== 'object') || value === null || value instanceof Fixed
}

/** Is it a number, or an instance of a leaf class? */
export function isLeaf(value: unknown): boolean {
  return typeof value === 'number' || value instanceof StructureLeaf
}

/** Where something is inside a structure; text only when a message needs it. */
export type Path = string | { readonly above: Path; readonly key: string | number }

/** A path as it reads in a program: `argument 1, .layers[2].w`. */
export function pathText(path: Path): string {
  if (typeof path === 'string') return path
  const { above, key } = path
  const start = pathText(above)
  if (typeof key === 'number') return `${start}[${String(key)}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${start}.${key}` : `${start}[${JSON.stringify(key)}]`
}

/** The keys of a plain object or the number of elements of an array; undefined for any other object. */
export function keysOf(value: object): readonly string[] | number | undefined {
  if (Array.isArray(value)) return value.length
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? Object.keys(value) : undefined
}

/** The part of a structure behind a key. */
export function part(value: object, key: string | number): unknown {
  return (value as Record<string | number, unknown>)[key]
}

/** From this depth on a structure is suspected to contain itself. */
const SUSPICIOUS_DEPTH = 200

/**
 * The same structure with `visit(leaf)` in place of each leaf, visited in the order of keys. What is passed through
 * stays as it is.
 *
 * @throws {UnknownLeafError} for anything that is neither a leaf, nor static, nor a plain structure.
 * @throws {CycleError} when the structure contains itself.
 */
export function mapLeaves(value: unknown, path: Path, visit: (leaf: unknown, path: Path) => unknown): unknown {
  return mapPart(value, path, visit, 0, value)
}

function mapPart(
  value: unknown,
  path: Path,
  visit: (leaf: unknown, path: Path) => unknown,
  depth: number,
  root: unknown,
): unknown {
  if (isLeaf(value)) return visit(value, path)
  if (isStatic(value)) return value
  const object = value as object
  const keys = keysOf(object)
  if (keys === undefined) throw new UnknownLeafError(pathText(path), value, repairFor(object))
  if (depth === SUSPICIOUS_DEPTH) findCycle(root, '', [])
  if (typeof keys === 'number') {
    const result = new Array<unknown>(keys)
    for (let i = 0; i < keys; i++) {
      result[i] = mapPart(part(object, i), { above: path, key: i }, visit, depth + 1, root)
    }
    return result
  }
  const result: Record<string, unknown> = {}
  for (const key of keys) {
    const mapped = mapPart(part(object, key), { above: path, key }, visit, depth + 1, root)
    if (key === '__proto__') Object.defineProperty(result, key, { value: mapped, enumerable: true })
    else result[key] = mapped
  }
  return result
}

/** Throws a CycleError with the path where a structure comes back to one of its ancestors, if it does. */
function findCycle(value: unknown, path: Path, ancestors: readonly unknown[]): void {
  if (isLeaf(value) || isStatic(value)) return
  if (ancestors.includes(value)) throw new CycleError(pathText(path))
  const object = value as object
  const keys = keysOf(object)
  const inside = [...ancestors, value]
  if (typeof keys === 'number') {
    for (let i = 0; i < keys; i++) findCycle(part(object, i), { above: path, key: i }, inside)
  } else for (const key of keys ?? []) findCycle(part(object, key), { above: path, key }, inside)
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
  if (isStatic(value)) return false
  const object = value as object
  if (depth === SUSPICIOUS_DEPTH) findCycle(value, 'an argument', [])
  const keys = keysOf(object)
  if (keys === undefined) return false
  if (typeof keys === 'number') {
    for (let i = 0; i < keys; i++) if (someLeaf(part(object, i), holds, depth + 1)) return true
    return false
  }
  for (const key of keys) if (someLeaf(part(object, key), holds, depth + 1)) return true
  return false
}

/**
 * Throws unless two structures have the same keys, lengths, tags, kinds of leaves and shapes; `visit` gets each pair of
 * leaves.
 */
export function checkLike(
  like: unknown,
  value: unknown,
  path: Path,
  visit?: (like: unknown, value: unknown) => void,
): void {
  if (isLeaf(like)) {
    const expected = shapeOfLeaf(like)
    const given = isLeaf(value) ? shapeOfLeaf(value) : undefined
    if (expected === undefined || given === undefined || (expected.length === 0) !== (given.length === 0)) {
      throw new StructureMismatchError(
        pathText(path),
        'a leaf of another kind: a number or a tensor is expected as in the value.',
      )
    }
    if (expected.some((n, i) => n !== given[i]) || expected.length !== given.length) {
      throw new ShapeMismatchError(
        pathText(path),
        [expected, given],
        'shapes differ',
        'Give the shape that comes first.',
      )
    }
    visit?.(like, value)
    return
  }
  if (isStatic(like)) {
    if (typeof like === 'string' && like !== value) {
      throw new StructureMismatchError(pathText(path), `'${like}' is expected, as in the value.`)
    }
    return
  }
  const keys = keysOf(like as object)
  const others = typeof value === 'object' && value !== null && !isLeaf(value) ? keysOf(value) : undefined
  if (typeof keys === 'number') {
    if (keys !== others) {
      throw new StructureMismatchError(pathText(path), `an array of length ${String(keys)} is expected.`)
    }
    for (let i = 0; i < keys; i++)
      checkLike(part(like as object, i), part(value as object, i), { above: path, key: i }, visit)
    return
  }
  const wanted = keys ?? []
  if (!Array.isArray(others) || others.length !== wanted.length || wanted.some(key => !others.includes(key))) {
    throw new StructureMismatchError(pathText(path), `keys differ: expected { ${wanted.join(', ')} }.`)
  }
  for (const key of wanted)
    checkLike(part(like as object, key), part(value as object, key), { above: path, key }, visit)
}

/** The shape of a leaf, which every leaf but a number and resident parameters has. */
function shapeOfLeaf(leaf: unknown): Shape | undefined {
  return typeof leaf === 'number' ? [] : (leaf as { shape?: Shape }).shape
}
