/** Makes the bytes of a generated module a running one, or tells why the host does not. */

/** The host makes no module of bytes that are right. Then instructions are interpreted. */
export class ModuleRefusedError extends Error {
  override name = 'ModuleRefusedError'
  /** Does the host refuse every module, as under a content security policy? Otherwise it had no room for this one. */
  readonly isForAll: boolean

  constructor(isForAll: boolean, cause: unknown) {
    super('the host has refused a generated module', { cause })
    this.isForAll = isForAll
  }
}

/** The module without content, which every host accepts that accepts any: `\0asm`, and version 1. */
const EMPTY = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)

function acceptsAny(): boolean {
  try {
    new WebAssembly.Module(EMPTY)
    return true
  } catch {
    return false
  }
}

/**
 * An instance of the module of these bytes.
 *
 * Hosts throw different errors for one reason, and the same for different ones: a policy is a `CompileError` or an `EvalError`,
 * a lack of room a `RangeError` or a `CompileError`, and bytes that are wrong a `CompileError`, too. So the host is asked:
 * for a module that cannot be wrong, and whether these bytes are right.
 *
 * @throws {@link ModuleRefusedError} where that is the host's decision. Anything else that is thrown is a mistake of the generator.
 */
export function instanceOf(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports): WebAssembly.Instance {
  let module
  try {
    module = new WebAssembly.Module(bytes)
  } catch (error) {
    const isForAll = !acceptsAny()
    if (isForAll || WebAssembly.validate(bytes)) throw new ModuleRefusedError(isForAll, error)
    throw error
  }
  try {
    return new WebAssembly.Instance(module, imports)
  } catch (error) {
    if (error instanceof RangeError) throw new ModuleRefusedError(false, error)
    throw error
  }
}
