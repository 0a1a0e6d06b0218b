/**
 * Chooses the engine's binary: with fused multiply-add where the JavaScript engine has it, unless results must be the same
 * everywhere. One relaxed instruction makes a whole binary invalid elsewhere, so there are two. The plain one is inside the
 * library; the relaxed one is a file beside it, `relaxed.js`. Where it cannot be loaded the plain one runs.
 */
import { sources, wasmBase64 } from './generated/simd.ts'
import type * as relaxedFile from './relaxed.js'

/** A binary, to be compiled. */
type Binary = Uint8Array<ArrayBuffer>

/** Of Node, and of Deno and Bun, what loads a file at once. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: 'node:module'): { createRequire(beside: string): (path: string) => unknown }
  }
}

/**
 * A module with one function that uses f64x2.relaxed_madd: valid exactly where relaxed SIMD is.
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

/** The binary for one thread. */
export async function binary(deterministic: boolean): Promise<Binary> {
  if (deterministic || !hasRelaxedSimd()) return bytesOf(wasmBase64)
  return relaxedOrPlain(await importRelaxed())
}

/** The same at once. Where files come over a network it is the plain one. */
export function binaryAtOnce(): Binary {
  return hasRelaxedSimd() ? relaxedOrPlain(requireRelaxed()) : bytesOf(wasmBase64)
}

/** The binary for several threads, of the two that there are. */
export function threadedBinary(
  { simd, relaxed }: { readonly simd: string; readonly relaxed: string },
  deterministic: boolean,
): Binary {
  return bytesOf(!deterministic && hasRelaxedSimd() ? relaxed : simd)
}

/** Are the binaries of a file made from the same sources as the one inside? A file of another version may lie in a cache. */
export function hasSameSources<F extends { readonly sources: string }>(file: F | undefined): file is F {
  return file?.sources === sources
}

function relaxedOrPlain(relaxed: typeof relaxedFile | undefined): Binary {
  return bytesOf(hasSameSources(relaxed) ? relaxed.wasmBase64 : wasmBase64)
}

/** The module `relaxed.js`, if it can be loaded. */
async function importRelaxed(): Promise<typeof relaxedFile | undefined> {
  try {
    return await import('./relaxed.js')
  } catch {
    return undefined
  }
}

/** The same without waiting. No `import` of Node's modules: bundlers for the web would look for them. */
function requireRelaxed(): typeof relaxedFile | undefined {
  try {
    const node = (globalThis as Host).process?.getBuiltinModule?.('node:module')
    return node?.createRequire(import.meta.url)('./relaxed.js') as typeof relaxedFile | undefined
  } catch {
    return undefined // it is not there, or this Node cannot require a module
  }
}

function bytesOf(base64: string): Binary {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
