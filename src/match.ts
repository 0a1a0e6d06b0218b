/** `match`: an expression with a case for each variant of a discriminated union. */
import { describe, UnknownTagError, UsageError } from './errors.ts'
import { Fixed } from './fixed.ts'
import { keyText, part, StructureLeaf } from './structure.ts'
import type { AnyTensor } from './types.ts'
import type { Var } from './var.ts'

/** What can tell the variants of a union apart: what passes through untouched and has a text. */
type Tag = Word | Fixed<Word | number>
type Word = string | boolean | bigint | null | undefined

/** The text of a tag, which is the key of its case: `circle`, `true`, `null`. */
type TagText<T> = T extends Word ? `${T}` : T extends Fixed<infer U extends Word | number> ? `${U}` : never

/** The keys that every variant has, with a literal tag. A variable or a tensor has none: it is a leaf. */
type TagKey<V, K extends keyof V = keyof V> = [V] extends [Var<infer _> | AnyTensor]
  ? never
  : K extends string
    ? [V[K]] extends [Tag]
      ? Nothing extends Record<TagText<V[K]>, unknown>
        ? never // a string, of which any other may come
        : K
      : never
    : never

/** Fits every record that need not have any key: that of all strings, but not that of a literal. */
type Nothing = { readonly nothing?: never }

/** Those among the keys by which some variants differ, and which are always there. */
type Telling<V, K extends keyof V> = K extends unknown
  ? undefined extends V[K]
    ? never
    : true extends Differs<V, K, TagText<V[K]>>
      ? K
      : never
  : never

type Differs<V, K extends keyof V, T> = T extends string ? ([V] extends [Variant<V, K, T>] ? false : true) : never

/** The variants with this tag. */
type Variant<V, K extends PropertyKey, T extends PropertyKey> = V extends unknown
  ? K extends keyof V
    ? T extends TagText<V[K]>
      ? V
      : never
    : never
  : never

/** The keys among which the one that tells the variants apart is looked for: if it is not exactly one, it must be named. */
type Candidates<V> = [Telling<V, TagKey<V>>] extends [never] ? TagKey<V> : Telling<V, TagKey<V>>

/** May another key of some variant hold what reads like a tag of key K, a `name: string` for one? */
type Mistakable<V, K extends keyof V, T = TagText<V[K]>> = V extends unknown
  ? true extends { [J in OtherKey<V, K>]: [TagText<V[J]> & T] extends [never] ? false : true }[OtherKey<V, K>]
    ? true
    : false
  : never
type OtherKey<V, K> = Exclude<keyof V, K | number>

/** The key that tells the variants apart, where it need not be named; otherwise never. */
type FoundKey<V> = Distinct<V, Candidates<V>, Candidates<V>>
type Distinct<V, K, All> = K extends keyof V
  ? [All] extends [K]
    ? true extends Mistakable<V, K>
      ? never
      : K
    : never
  : never

/** `unknown` where the key need not be named; otherwise what to do, as a type that the value does not fit. */
type Matchable<V> = [V] extends [object]
  ? [FoundKey<V>] extends [never]
    ? [TagKey<V>] extends [never]
      ? 'no key has a literal tag in each variant: { kind: "circle", … } | { kind: "box", … }'
      : `name the key that tells the variants apart: match(value, "${Candidates<V> & string}", { … })`
    : unknown
  : 'test for null and undefined first: value === null ? … : match(value, { … })'

/**
 * A function for each tag, of the variants that have it.
 *
 * @example
 * ```ts
 * type Shape = BVar<{ kind: 'circle'; radius: number } | { kind: 'box'; width: number; height: number }>
 * const areas: Cases<Shape, 'kind'> = {
 *   circle: ({ radius }) => radius.mul(radius).mul(Math.PI),
 *   box: ({ width, height }) => width.mul(height),
 * }
 * ```
 */
export type Cases<V, K extends keyof V> = [K] extends [never]
  ? Readonly<Record<string, (variant: V) => unknown>>
  : { readonly [T in TagText<V[K]>]: (variant: Variant<V, K, T>) => unknown }

/** Has a message in place of each case that no variant needs. */
type NoOthers<C, V, K extends keyof V> = [K] extends [never]
  ? unknown
  : { readonly [T in keyof C as Unneeded<T, TagText<V[K]>>]: 'no variant has this tag' }
type Unneeded<T, Text> = T extends string | number ? (`${T}` extends Text ? never : T) : T

/**
 * The result of the case that a variant's tag chooses: match({ kind: 'circle', … }, { circle: f, box: g }) = f(…). A
 * discriminated union is taken apart as an expression; each case gets the variant that it is for. A missing case does not
 * compile, nor does one too many. `switch` over the tag does the same as a statement, `if` for null and undefined.
 *
 * A tag is a string, boolean, bigint, null or undefined, or one of them or a number in `fixed`. Which key holds it is found
 * by the types and again at run time; where another key could be mistaken for it (a `name: string` beside the tag, or a
 * second tag) it is named. Nothing is recorded. Original: choicesVar, withChoices, gSplits, sopVar.
 *
 * @param value a variant of a union, of variables or of plain values
 * @param key the key that holds the tag, where it must be named
 * @param cases a function for each tag
 * @returns what the function for the tag returns
 * @throws {UnknownTagError} when there is no case for the tag.
 * @throws {UsageError} when the value is no record, or two keys hold the tag of a case.
 * @example
 * ```ts
 * type Shape = { kind: 'circle'; radius: number } | { kind: 'box'; width: number; height: number }
 * const area = (shape: BVar<Shape>) =>
 *   match(shape, {
 *     circle: ({ radius }) => radius.mul(radius).mul(Math.PI),
 *     box: ({ width, height }) => width.mul(height),
 *   })
 * gradBP(area)({ kind: 'box', width: 3, height: 4 }) // → { kind: 'box', width: 4, height: 3 }
 * ```
 */
export function match<V, C extends Cases<V, FoundKey<V>>>(
  value: V & Matchable<V>,
  cases: C & NoOthers<C, V, FoundKey<V>>,
): C[keyof C] extends (variant: never) => infer R ? R : never
export function match<V, const K extends TagKey<V>, C extends Cases<V, K>>(
  value: V,
  key: K,
  cases: C & NoOthers<C, V, K>,
): C[keyof C] extends (variant: never) => infer R ? R : never
export function match(value: unknown, ...rest: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null || value instanceof StructureLeaf) {
    throw new UsageError(
      `match: the value is ${describe(value)}, no variant of a union. For null and undefined test first: ` +
        `value === null ? … : match(value, { … }).`,
    )
  }
  const cases = rest[rest.length - 1] as Readonly<Record<string, unknown>>
  const textAt = (key: string): string | undefined => textOf(part(value, key))
  const keys = rest.length > 1 ? [rest[0] as string] : Object.keys(value).filter(key => textAt(key) !== undefined)
  const [key, second] = keys.filter(key => hasCase(cases, textAt(key)))
  if (key === undefined) {
    const tags = keys.map(tagKey => `${keyText(tagKey)} is ${describe(part(value, tagKey))}`)
    throw new UnknownTagError(keys.map(keyText).join(', '), tags.join(', '), Object.keys(cases))
  }
  if (second !== undefined) {
    throw new UsageError(
      `match: ${keyText(key)} and ${keyText(second)} both hold the tag of a case. Name the one that is meant: ` +
        `match(value, '${key}', { … }).`,
    )
  }
  const chosen = cases[textAt(key) as string] as (variant: object) => unknown
  return chosen(value)
}

function hasCase(cases: object, text: string | undefined): boolean {
  return text !== undefined && Object.hasOwn(cases, text)
}

/** The text of a tag, undefined for what is none: a number is differentiated, unless it is fixed. */
function textOf(tag: unknown): string | undefined {
  const word: unknown = tag instanceof Fixed ? tag.value : tag
  const type = typeof word
  if (type === 'function' || type === 'symbol' || (type === 'object' && word !== null)) return undefined
  return typeof tag === 'number' ? undefined : String(word)
}
