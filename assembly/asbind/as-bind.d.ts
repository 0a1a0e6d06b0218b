/**
 * as-bind's run time, as far as it is used here. The declarations as-bind 0.8.2 brings do not match what it exports, and
 * its main entry is the compiler's transform, so the run time is imported by its file.
 */
declare module 'as-bind/dist/as-bind.esm.js' {
  /** A binary, instantiated and bound. */
  export interface AsBindInstance {
    /** The bound exports, and the run time's own: those are used by converters. */
    readonly exports: Readonly<Record<string, unknown>> & {
      readonly memory: WebAssembly.Memory
      /** Allocates an object of a class; gives a pointer. */
      readonly __new: (byteLength: number, classId: number) => number
      /** Keeps an object from being collected until `__unpin`. */
      readonly __pin: (pointer: number) => number
      readonly __unpin: (pointer: number) => void
      readonly __collect: () => void
    }
    /** The class of a type that is named in the binary's type section. */
    getTypeId(typeName: string): number
  }

  /** How values of one type go into linear memory and come out of it. */
  export interface Converter<T> {
    ascToJs(instance: AsBindInstance, pointer: number, typeName: string): T
    jsToAsc(instance: AsBindInstance, value: T, typeName: string): number
  }

  /** By the type's name as AssemblyScript writes it, such as `~lib/string/String`. */
  export const converters: { set<T>(typeName: string, converter: Converter<T>): unknown }
  export function instantiate(binary: BufferSource, imports: object): Promise<AsBindInstance>
  export function instantiateSync(binary: BufferSource, imports: object): AsBindInstance
  export const version: string
}
