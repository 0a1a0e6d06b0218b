/**
 * Weights in a file.
 *
 * Little-endian: the 8 letters BPWEIGHT; uint32 version (1); uint32 number of layer sizes (4); uint32 sizes 784, 300, 100, 10;
 * then w1, b1, w2, b2, w3, b3 as float64, matrices row by row; nothing more.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { FileError, lengthProblem, messageOf } from './fileError.ts'
import { makeNet, type Net } from './network.ts'

const MAGIC = 'BPWEIGHT'
const VERSION = 1
const SIZES = [784, 300, 100, 10] as const
const HEADER_BYTES = 32
const WEIGHTS = 300 * 784 + 300 + 100 * 300 + 100 + 10 * 100 + 10
const SAVE_AGAIN = 'Write the file again with --save.'

/** A file that does not hold weights of this network. */
export class WeightsError extends FileError {
  override readonly name = 'WeightsError'
}

/** Writes the weights to a file. */
export function saveWeights(file: string, net: Net): void {
  writeFileSync(file, encodeWeights(net))
}

/** Reads weights that `saveWeights` has written; anything else is a `WeightsError`. */
export function loadWeights(file: string): Net {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    const repair = 'Give --load a file that --save has written.'
    throw new WeightsError({ file, expected: 'a readable file', found: messageOf(cause), repair, cause })
  }
  return decodeWeights(bytes, file)
}

/** The weights as the bytes of a file. */
export function encodeWeights(net: Net): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 8 * WEIGHTS)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(MAGIC))
  view.setUint32(8, VERSION, true)
  view.setUint32(12, SIZES.length, true)
  SIZES.forEach((size, k) => view.setUint32(16 + 4 * k, size, true))
  let offset = HEADER_BYTES
  for (const { data } of [net.w1, net.b1, net.w2, net.b2, net.w3, net.b3]) {
    for (const weight of data) {
      view.setFloat64(offset, weight, true)
      offset += 8
    }
  }
  return bytes
}

/** The weights in the bytes of a file; `file` is its name, for errors. */
export function decodeWeights(bytes: Uint8Array, file: string): Net {
  checkHeader(bytes, file)
  const parts = `${HEADER_BYTES} of header, then ${WEIGHTS} × 8`
  const problem = lengthProblem(file, bytes.length, HEADER_BYTES + 8 * WEIGHTS, parts)
  if (problem !== undefined) throw new WeightsError({ ...problem, repair: SAVE_AGAIN })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = HEADER_BYTES
  return makeNet(() => {
    const weight = view.getFloat64(offset, true)
    if (!Number.isFinite(weight)) {
      throw new WeightsError({ file, offset, expected: 'a finite number', found: String(weight), repair: SAVE_AGAIN })
    }
    offset += 8
    return weight
  })
}

function checkHeader(bytes: Uint8Array, file: string): void {
  const letters = String.fromCharCode(...bytes.subarray(0, MAGIC.length))
  if (letters !== MAGIC) {
    const repair = 'Give --load a file that --save has written.'
    const expected = `a file of weights, which begins with "${MAGIC}"`
    throw new WeightsError({ file, offset: 0, expected, found: JSON.stringify(letters), repair })
  }
  if (bytes.length < HEADER_BYTES) {
    const expected = `a header of ${HEADER_BYTES} bytes`
    const found = `the end of the file after ${bytes.length} bytes`
    throw new WeightsError({ file, offset: bytes.length, expected, found, repair: SAVE_AGAIN })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(8, true)
  if (version !== VERSION) {
    const repair = `Another release of this program wrote it. ${SAVE_AGAIN}`
    throw new WeightsError({ file, offset: 8, expected: `version ${VERSION}`, found: `version ${version}`, repair })
  }
  const count = view.getUint32(12, true)
  if (count !== SIZES.length) {
    const expected = `${SIZES.length} sizes (${SIZES.join('-')})`
    throw new WeightsError({ file, offset: 12, expected, found: `${count} sizes`, repair: OTHER_NETWORK })
  }
  const sizes = SIZES.map((_, k) => view.getUint32(16 + 4 * k, true))
  const bad = SIZES.findIndex((size, k) => size !== sizes[k])
  if (bad >= 0) {
    const expected = `the sizes ${SIZES.join('-')}`
    throw new WeightsError({ file, offset: 16 + 4 * bad, expected, found: sizes.join('-'), repair: OTHER_NETWORK })
  }
}

const OTHER_NETWORK = 'These are the weights of another network; this program has one only.'
