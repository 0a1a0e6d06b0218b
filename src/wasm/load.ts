/** Chooses and starts the engine binary. */
import { EngineError } from '../errors.ts'
import type { EngineExports, ThreadedExports } from './exports.ts'
import { wasmBase64 as relaxedBase64 } from './generated/relaxed.ts'
import { wasmBase64 as simdBase64 } from './generated/simd.ts'

/**
 * A module with one function that uses f64x2.relaxed_madd: valid exactly where relaxed SIMD is. One relaxed
 * instruction makes a whole binary invalid elsewhere, so there are two binaries.
 *
 *     (module (func (result v128) i32.const 0 splat, three times; f64x2.relaxed_madd))
 */
// prettier-ignore
const relaxedProbe = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // type: () → v128
  0x03, 0x02, 0x01, 0x00, // one function of that type
  0x0a, 0x13, 0x01, 0x11, 0x00, // code: one body of 17 bytes, no locals
  0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, // i32.const 0, i8x16.splat
  0xfd, 0x87, 0x02, 0x0b, // f64x2.relaxed_madd, end
])

/** @internal Can this engine run relaxed SIMD (fused multiply-add)? */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(relaxedProbe)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Throws where there is no WebAssembly. */
export function requireWebAssembly(): void {
  if (typeof WebAssembly === 'object') return
  throw new EngineError('this JavaScript engine has no WebAssembly. Use Node 20 or newer, or a current browser.')
}

/** The binary that fits: with fused multiply-add where it exists, unless results must be the same everywhere. */
function binary(deterministic: boolean): Uint8Array<ArrayBuffer> {
  return bytesOf(!deterministic && hasRelaxedSimd() ? relaxedBase64 : simdBase64)
}

/** Starts the engine at once. Fails where compiling synchronously is not allowed: use `loadAsync` there. */
export function load(memory: WebAssembly.Memory, deterministic: boolean): EngineExports {
  try {
    const module = new WebAssembly.Module(binary(deterministic))
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
  try {
    const { instance } = await WebAssembly.instantiate(binary(deterministic), { env: { memory } })
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
  { simd, relaxed }: { readonly simd: string; readonly relaxed: string },
  memory: WebAssembly.Memory,
  deterministic: boolean,
  stalled: (first: number, nanoseconds: number) => void,
): Promise<ThreadedEngine> {
  const bytes = bytesOf(!deterministic && hasRelaxedSimd() ? relaxed : simd)
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
