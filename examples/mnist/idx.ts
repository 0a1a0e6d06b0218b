/**
 * Reads the MNIST files: the IDX format, plain or gzipped.
 *
 * An IDX file: magic number 0x00000803 (images) or 0x00000801 (labels), then each dimension (images: count, rows, columns;
 * labels: count), all as big-endian 32-bit integers, then the bytes, row by row. Everything is checked.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { FileError, lengthProblem, messageOf } from './fileError.ts'
import { CLASSES, PIXELS, SIDE, type Data, type Samples } from './samples.ts'

const IMAGES_MAGIC = 0x0803
const LABELS_MAGIC = 0x0801
const DOWNLOAD = 'Download the file again and compare its MD5 sum with the published one.'
const MAKE_DIGITS = 'or leave --data away to train on digits made here.'

/** An IDX file is not there or not as it should be. Offsets are in the unpacked data, unless the packing itself is bad. */
export class IdxError extends FileError {
  override readonly name = 'IdxError'
}

/** The four MNIST files in a folder, as training and test samples. */
export function loadMnist(folder: string): Data {
  const names = listFolder(folder)
  const find = (stem: string, ending: string): string => findFile(folder, names, stem, ending)
  const trainImages = find('train-images', 'idx3-ubyte')
  const trainLabels = find('train-labels', 'idx1-ubyte')
  const testImages = find('t10k-images', 'idx3-ubyte')
  const testLabels = find('t10k-labels', 'idx1-ubyte')
  return { train: readSamples(trainImages, trainLabels), test: readSamples(testImages, testLabels) }
}

/** Reads a file of images and the file of their labels. */
export function readSamples(imagesFile: string, labelsFile: string): Samples {
  const images = parseImages(readUnpacked(imagesFile), imagesFile)
  const labels = parseLabels(readUnpacked(labelsFile), labelsFile)
  const count = images.length / PIXELS
  if (labels.length !== count) {
    throw new IdxError({
      file: labelsFile,
      offset: 4,
      expected: `${count} labels, one for each image in ${imagesFile}`,
      found: `${labels.length} labels`,
      repair: 'Take both files from the same set: train images with train labels, t10k images with t10k labels.',
    })
  }
  return { count, images, labels }
}

/** The pixels in the content of an image file. `file` is its name, for errors. */
export function parseImages(content: Uint8Array, file: string): Uint8Array {
  const [count, rows, columns] = header(content, file, IMAGES_MAGIC, 3)
  if (rows !== SIDE || columns !== SIDE) {
    throw new IdxError({
      file,
      offset: rows === SIDE ? 12 : 8,
      expected: `images of ${SIDE} × ${SIDE} pixels`,
      found: `${rows} × ${columns}`,
      repair: `Scale the images to ${SIDE} × ${SIDE}, or use the MNIST files.`,
    })
  }
  return body(content, file, 16, count, PIXELS)
}

/** The labels in the content of a label file. `file` is its name, for errors. */
export function parseLabels(content: Uint8Array, file: string): Uint8Array {
  const [count] = header(content, file, LABELS_MAGIC, 1)
  const labels = body(content, file, 8, count, 1)
  const bad = labels.findIndex(label => label >= CLASSES)
  if (bad >= 0) {
    throw new IdxError({
      file,
      offset: 8 + bad,
      expected: `a label from 0 to ${CLASSES - 1}`,
      found: String(labels[bad]),
      repair: `Sets with other classes (letters, say) do not fit this network. If it should be MNIST: ${DOWNLOAD}`,
    })
  }
  return labels
}

/** Checks magic number and length of the header; returns the dimensions. */
function header(content: Uint8Array, file: string, magic: number, dimensions: number): number[] {
  const kind = magic === IMAGES_MAGIC ? 'images' : 'labels'
  const bytes = 4 + 4 * dimensions
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  if (content.length >= 4 && view.getUint32(0) !== magic) {
    const found = view.getUint32(0)
    const expected = `the magic number ${hex(magic)} of an IDX file of ${kind}`
    throw new IdxError({ file, offset: 0, expected, found: hex(found), repair: magicRepair(found, magic) })
  }
  if (content.length < bytes) {
    const found = `the end of the file after ${content.length} bytes`
    throw new IdxError({
      file,
      offset: content.length,
      expected: `a header of ${bytes} bytes`,
      found,
      repair: DOWNLOAD,
    })
  }
  const sizes = Array.from({ length: dimensions }, (_, k) => view.getUint32(4 + 4 * k))
  if (sizes[0] === 0) {
    throw new IdxError({ file, offset: 4, expected: `some ${kind}`, found: 'a count of 0', repair: DOWNLOAD })
  }
  return sizes
}

/** Checks that count × `itemBytes` bytes follow the header, no more and no less; returns them. */
function body(content: Uint8Array, file: string, headerBytes: number, count: number, itemBytes: number): Uint8Array {
  const parts = `${headerBytes} of header, then ${count} × ${itemBytes}`
  const problem = lengthProblem(file, content.length, headerBytes + count * itemBytes, parts)
  if (problem !== undefined) throw new IdxError({ ...problem, repair: DOWNLOAD })
  return content.subarray(headerBytes)
}

function magicRepair(found: number, expected: number): string {
  if (found === IMAGES_MAGIC) return 'This is a file of images: are the names of two files swapped?'
  if (found === LABELS_MAGIC) return 'This is a file of labels: are the names of two files swapped?'
  if (found === (expected & 0xff) * 2 ** 24 + (expected >>> 8) * 2 ** 16) {
    return 'Its integers are little-endian: write the file again with big-endian ones.'
  }
  if (found >>> 16 === 0x504b) return 'This is a ZIP archive: unpack it first.'
  return `This is no such file (a web page saved under its name, perhaps). ${DOWNLOAD}`
}

/** A file's content, unpacked if it begins as gzip files do (1f 8b). */
function readUnpacked(file: string): Uint8Array {
  const content = readWhole(file)
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content
  try {
    return gunzipSync(content)
  } catch (cause) {
    const truncated = cause instanceof Error && 'code' in cause && cause.code === 'Z_BUF_ERROR'
    throw new IdxError({
      file,
      offset: truncated ? content.length : 0,
      expected: truncated ? 'more of the gzip stream' : 'a sound gzip stream',
      found: truncated ? 'the end of the file: it is truncated' : `a damaged one (${messageOf(cause)})`,
      repair: DOWNLOAD,
      cause,
    })
  }
}

function readWhole(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    const repair = 'Make it a readable file.'
    throw new IdxError({ file, expected: 'a readable file', found: messageOf(cause), repair, cause })
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    const repair = `Give --data the folder that holds the four MNIST files, ${MAKE_DIGITS}`
    throw new IdxError({ file: folder, expected: 'a readable folder', found: messageOf(cause), repair, cause })
  }
}

/** The path of a file in the folder: a dash or (some unpackers' way) a dot before `idx`, plain or gzipped. */
function findFile(folder: string, names: readonly string[], stem: string, ending: string): string {
  const candidates = [`${stem}-${ending}`, `${stem}.${ending}`].flatMap(name => [name, `${name}.gz`])
  const name = candidates.find(candidate => names.includes(candidate))
  if (name === undefined) {
    throw new IdxError({
      file: folder,
      expected: `one of the files ${candidates.join(', ')}`,
      found: names.length === 0 ? 'an empty folder' : 'none of them',
      repair: `Put the MNIST file into this folder, ${MAKE_DIGITS}`,
    })
  }
  return join(folder, name)
}

const hex = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`
