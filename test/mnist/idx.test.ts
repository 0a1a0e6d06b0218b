import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IdxError, loadMnist, parseImages, parseLabels, readSamples } from '../../examples/mnist/idx.ts'

const words = (...values: number[]) =>
  Buffer.concat(
    values.map(value => {
      const word = Buffer.alloc(4)
      word.writeUInt32BE(value)
      return word
    }),
  )
const imageFile = (count: number, { magic = 0x803, rows = 28, columns = 28, body = count * 784 } = {}) =>
  Buffer.concat([words(magic, count, rows, columns), Buffer.alloc(body, 7)])
const labelFile = (labels: number[], { magic = 0x801, count = labels.length } = {}) =>
  Buffer.concat([words(magic, count), Buffer.from(labels)])

function errorOf(action: () => unknown): IdxError {
  try {
    action()
  } catch (error) {
    if (error instanceof IdxError) return error
    throw error
  }
  throw new Error('no IdxError was thrown')
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'idx-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})
const write = (name: string, content: Uint8Array): string => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

describe('the IDX parser', () => {
  it('reads images and labels', () => {
    expect(parseImages(imageFile(3), 'i')).toEqual(Buffer.alloc(3 * 784, 7))
    expect([...parseLabels(labelFile([0, 9, 5]), 'l')]).toEqual([0, 9, 5])
  })

  const cases: [string, () => unknown, number, RegExp][] = [
    ['a wrong magic number', () => parseImages(words(0x12345678, 1, 28, 28), 'f'), 0, /0x00000803.*0x12345678/],
    ['labels for images', () => parseImages(labelFile([1, 2]), 'f'), 0, /file of labels.*swapped/],
    ['images for labels', () => parseLabels(imageFile(1), 'f'), 0, /file of images.*swapped/],
    ['little-endian integers', () => parseImages(words(0x03080000, 1, 28, 28), 'f'), 0, /little-endian/],
    ['a ZIP archive', () => parseImages(Buffer.from('PK\x03\x04…'), 'f'), 0, /ZIP archive/],
    ['a web page', () => parseImages(Buffer.from('<!doctype html>'), 'f'), 0, /web page/],
    ['an empty file', () => parseImages(Buffer.alloc(0), 'f'), 0, /header of 16 bytes/],
    ['a header cut off', () => parseImages(imageFile(1).subarray(0, 11), 'f'), 11, /header of 16 bytes.*after 11/],
    ['a count of 0', () => parseLabels(labelFile([]), 'f'), 4, /count of 0/],
    ['wrong rows', () => parseImages(imageFile(1, { rows: 8 }), 'f'), 8, /28 × 28.*8 × 28/],
    ['wrong columns', () => parseImages(imageFile(1, { columns: 32 }), 'f'), 12, /28 × 28.*28 × 32/],
    ['images cut off', () => parseImages(imageFile(2, { body: 1000 }), 'f'), 1016, /1584 bytes.*568 bytes too early/],
    ['bytes in excess', () => parseImages(imageFile(1, { body: 790 }), 'f'), 800, /6 bytes more/],
    ['labels cut off', () => parseLabels(labelFile([1], { count: 4 }), 'f'), 9, /12 bytes.*3 bytes too early/],
    ['labels in excess', () => parseLabels(labelFile([1, 2, 3], { count: 1 }), 'f'), 9, /2 bytes more/],
    ['a label of 10', () => parseLabels(labelFile([3, 4, 10, 11]), 'f'), 10, /from 0 to 9, found 10/],
  ]
  it.each(cases)('rejects %s', (_, action, offset, message) => {
    const error = errorOf(action)
    expect(error.name).toBe('IdxError')
    expect(error.file).toBe('f')
    expect(error.offset).toBe(offset)
    expect(error.message).toMatch(message)
    expect(error.message).toMatch(/^f, byte \d+: expected .*, found .*\. [A-Z].*[.?]$/)
  })
})

describe('readSamples', () => {
  it.each(['plain', 'gzipped'])('reads %s files, whatever their name', kind => {
    const pack = kind === 'plain' ? (content: Uint8Array) => content : gzipSync
    const samples = readSamples(write('a', pack(imageFile(2))), write('b.gz', pack(labelFile([4, 2]))))
    expect(samples.count).toBe(2)
    expect(samples.images).toHaveLength(2 * 784)
    expect([...samples.labels]).toEqual([4, 2])
  })

  it('rejects another number of labels than of images', () => {
    const error = errorOf(() => readSamples(write('images', imageFile(2)), write('labels', labelFile([1, 2, 3]))))
    expect(error.file).toBe(join(folder, 'labels'))
    expect(error.message).toMatch(/byte 4: expected 2 labels, one for each image in .*images, found 3/)
  })

  it('rejects a truncated gzip file', () => {
    const packed = gzipSync(imageFile(5))
    const file = write('cut.gz', packed.subarray(0, packed.length - 20))
    const error = errorOf(() => readSamples(file, file))
    expect(error.offset).toBe(packed.length - 20)
    expect(error.message).toMatch(/cut\.gz, byte \d+: expected more of the gzip stream.*truncated.*Download/)
  })

  it.each([
    ['a damaged checksum', -8],
    ['a damaged method', 2],
  ])('rejects a gzip file with %s', (_, where) => {
    const packed = gzipSync(imageFile(5))
    packed[(packed.length + where) % packed.length] ^= 0xff
    const file = write('bad.gz', packed)
    expect(errorOf(() => readSamples(file, file)).message).toMatch(/sound gzip stream.*damaged/)
  })

  it('rejects good gzip around bad data', () => {
    const file = write('swapped.gz', gzipSync(labelFile([1])))
    expect(errorOf(() => readSamples(file, file)).message).toMatch(/swapped\.gz, byte 0.*swapped\?/)
  })

  it('rejects a folder in the place of a file', () => {
    expect(errorOf(() => readSamples(folder, folder)).message).toMatch(/readable file, found EISDIR/)
  })
})

describe('loadMnist', () => {
  const contents = { train: [imageFile(3), labelFile([1, 2, 3])], t10k: [imageFile(2), labelFile([4, 5])] } as const
  const writeAll = (separator: string, ending: string) => {
    for (const [set, [images, labels]] of Object.entries(contents)) {
      const pack = ending === '' ? (content: Uint8Array) => content : gzipSync
      write(`${set}-images${separator}idx3-ubyte${ending}`, pack(images))
      write(`${set}-labels${separator}idx1-ubyte${ending}`, pack(labels))
    }
  }

  it.each([
    ['-', ''],
    ['-', '.gz'],
    ['.', ''],
    ['.', '.gz'],
  ])('finds files named with %j and %j', (separator, ending) => {
    writeAll(separator, ending)
    const { train, test } = loadMnist(folder)
    expect([...train.labels]).toEqual([1, 2, 3])
    expect([...test.labels]).toEqual([4, 5])
  })

  it('names the folder and the four names that it looked for', () => {
    writeAll('-', '')
    rmSync(join(folder, 't10k-labels-idx1-ubyte'))
    const error = errorOf(() => loadMnist(folder))
    expect(error.file).toBe(folder)
    expect(error.message).toContain(
      't10k-labels-idx1-ubyte, t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz',
    )
    mkdirSync(join(folder, 'empty'))
    expect(errorOf(() => loadMnist(join(folder, 'empty'))).message).toMatch(/found an empty folder/)
  })

  it('rejects a folder that is not there, or is a file', () => {
    expect(errorOf(() => loadMnist(join(folder, 'nowhere'))).message).toMatch(/readable folder, found ENOENT.*--data/)
    expect(errorOf(() => loadMnist(write('file', Buffer.alloc(1)))).message).toMatch(/readable folder, found ENOTDIR/)
  })
})
