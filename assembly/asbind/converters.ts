/**
 * What as-bind 0.8.2's run time must be told about objects of AssemblyScript 0.20 and later.
 *
 * as-bind keeps a public map from a type's name to a pair of functions, into linear memory and out of it. Those for
 * strings and typed arrays rely on class numbers and a type table that have changed since; these rely on the
 * layout alone:
 *
 *     typed array     ┌────────┬────────┬─────────────┐        buffer      ┌───────────────┐
 *     (12 bytes)      │ buffer │ data ──┼─ byteLength │        (class 1)   │ elements …    │
 *                     └────────┴────────┴─────────────┘                    └───────────────┘
 *     string (class 2): UTF-16 code units; the size in bytes stands in the four bytes before them
 *
 * Arrays are copied in both directions. as-bind's own converters hand out views, which the collector or a growing memory
 * makes invalid.
 */
import { converters, type Converter } from 'as-bind/dist/as-bind.esm.js'

const ARRAY_BUFFER = 1
const STRING = 2

const arrayTypes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const

type ArrayType = (typeof arrayTypes)[number]

/** The pair for typed arrays of one kind. */
function arrayConverter(Type: ArrayType): Converter<InstanceType<ArrayType>> {
  return {
    ascToJs(instance, header) {
      const { buffer } = instance.exports.memory
      const [, data = 0, byteLength = 0] = new Uint32Array(buffer, header >>> 0, 3)
      return new Type(buffer, data, byteLength / Type.BYTES_PER_ELEMENT).slice()
    },
    jsToAsc(instance, values, typeName) {
      const { __new, __pin, __unpin, memory } = instance.exports
      const data = __new(values.byteLength, ARRAY_BUFFER)
      __pin(data) // the next allocation may collect
      let header: number
      try {
        header = __new(12, instance.getTypeId(typeName))
      } finally {
        __unpin(data)
      }
      new Uint32Array(memory.buffer, header >>> 0, 3).set([data, data, values.byteLength])
      new Type(memory.buffer, data >>> 0, values.length).set(values)
      return header
    },
  }
}

/** The pair for strings. */
const stringConverter: Converter<string> = {
  ascToJs(instance, text) {
    const { buffer } = instance.exports.memory
    const [byteLength = 0] = new Uint32Array(buffer, (text >>> 0) - 4, 1)
    return new TextDecoder('utf-16le').decode(new Uint8Array(buffer, text >>> 0, byteLength))
  },
  jsToAsc(instance, value) {
    const { __new, memory } = instance.exports
    const text = __new(2 * value.length, STRING)
    const units = new Uint16Array(memory.buffer, text >>> 0, value.length)
    for (let i = 0; i < value.length; i++) units[i] = value.charCodeAt(i)
    return text
  },
}

/** Teaches as-bind today's layout. To be called before the first `instantiate`; calling it again changes nothing. */
export function installConverters(): void {
  converters.set('~lib/string/String', stringConverter)
  for (const Type of arrayTypes) converters.set(`~lib/typedarray/${Type.name}`, arrayConverter(Type))
}
