/** Starts the engine. */
import { EngineError } from '../errors.ts'
import { binary, binaryAtOnce, threadedBinary } from './binary.ts'
import type { EngineExports, ThreadedExports } from './exports.ts'

/** Throws where there is no WebAssembly. */
export function requireWebAssembly(): void {
  if (typeof WebAssembly === 'object') return
  throw new EngineError('this JavaScript engine has no WebAssembly. Use Node 20 or newer, or a current browser.')
}

/** Starts the engine at once. Fails where compiling synchronously is not allowed: use `loadAsync` there. */
export function load(memory: WebAssembly.Memory): EngineExports {
  try {
    const module = new WebAssembly.Module(binaryAtOnce())
    return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as EngineExports
  } catch (cause) {
    throw new EngineError(
      'the WebAssembly engine could not start. Where compiling at once is not allowed, `await init()` first; under a ' +
        "content security policy allow 'wasm-unsafe-eval'; the engine needs WebAssembly SIMD.",
      { cause },
    )
  }
}

/** Starts the engine, compiling in the background. */
export async function loadAsync(memory: WebAssembly.Memory, deterministic: boolean): Promise<EngineExports> {
  const bytes = await binary(deterministic)
  try {
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } })
    return instance.exports as unknown as EngineExports
  } catch (cause) {
    throw refused(cause)
  }
}

function refused(cause: unknown): EngineError {
  return new EngineError(
    "the WebAssembly engine could not start. Under a content security policy allow 'wasm-unsafe-eval'; the engine " +
      'needs WebAssembly SIMD.',
    { cause },
  )
}

/** An engine for several threads: that of the main thread, and what the workers make theirs of. */
export interface ThreadedEngine {
  readonly exports: ThreadedExports
  readonly module: WebAssembly.Module
}

/** Starts the engine over shared memory. `stalled` is what it calls while it waits for a worker. */
export async function loadThreads(
  binaries: { readonly simd: string; readonly relaxed: string },
  memory: WebAssembly.Memory,
  deterministic: boolean,
  stalled: (first: number, nanoseconds: number) => void,
): Promise<ThreadedEngine> {
  const bytes = threadedBinary(binaries, deterministic)
  try {
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory, stalled } })
    const module = await WebAssembly.compile(withoutData(bytes))
    return { exports: instance.exports as unknown as ThreadedExports, module }
  } catch (cause) {
    throw refused(cause)
  }
}

/** The sections of a binary that write to memory when it is instantiated: data, and how many of them there are. */
const DATA = 11
const DATA_COUNT = 12

/**
 * The binary without its data. Each instance of a binary writes them again, over what others have there by now; a worker's
 * instance must not.
 */
export function withoutData(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const kept = new Uint8Array(bytes.length)
  kept.set(bytes.subarray(0, 8)) // magic and version
  let length = 8
  for (let at = 8; at < bytes.length;) {
    // A section is its number, the size of its content as LEB128, and its content.
    let end = at + 1
    let size = 0
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = bytes[end++] as number
      size |= (byte & 0x7f) << shift
    }
    end += size
    if (bytes[at] !== DATA && bytes[at] !== DATA_COUNT) {
      kept.set(bytes.subarray(at, end), length)
      length += end - at
    }
    at = end
  }
  return kept.slice(0, length)
}
