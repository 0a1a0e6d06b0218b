import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshNet, makeNet } from '../../examples/mnist/network.ts'
import { Random } from '../../examples/mnist/random.ts'
import { WeightsError, decodeWeights, encodeWeights, loadWeights, saveWeights } from '../../examples/mnist/weights.ts'

const random = new Random(11)
const net = makeNet(() => random.uniform(-0.5, 0.5))
const good = encodeWeights(net)
const keys = ['w1', 'b1', 'w2', 'b2', 'w3', 'b3'] as const

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weights-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The good file with some bytes changed. */
function changed(change: (view: DataView) => void): Uint8Array {
  const bytes = good.slice()
  change(new DataView(bytes.buffer))
  return bytes
}

describe('a fresh network', () => {
  it('has weights and biases uniform from -0.5 to 0.5', () => {
    const drawn = new Random(3, 1)
    const fresh = freshNet((low, high) => drawn.uniform(low, high))
    for (const key of keys) {
      const { data } = fresh[key]
      const largest = data.reduce((a, b) => Math.max(a, b))
      const smallest = data.reduce((a, b) => Math.min(a, b))
      const mean = data.reduce((a, b) => a + b) / data.length
      // The largest of n is 1/n below the end on average; e^-9 of all seeds are further away than nine times that.
      expect(largest).toBeLessThan(0.5)
      expect(largest).toBeGreaterThan(0.5 - 9 / data.length)
      expect(smallest).toBeGreaterThanOrEqual(-0.5)
      expect(smallest).toBeLessThan(-0.5 + 9 / data.length)
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 12 / data.length))
    }
  })
})

describe('weights in a file', () => {
  it('come back bit for bit', () => {
    const file = join(folder, 'w.bin')
    saveWeights(file, net)
    const back = loadWeights(file)
    for (const key of keys) {
      expect(Buffer.compare(Buffer.from(back[key].data.buffer), Buffer.from(net[key].data.slice().buffer))).toBe(0)
      expect(back[key].shape).toEqual(net[key].shape)
    }
  })

  it('are laid out as documented', () => {
    expect(Buffer.from(good.subarray(0, 8)).toString()).toBe('BPWEIGHT')
    const view = new DataView(good.buffer)
    expect([8, 12, 16, 20, 24, 28].map(offset => view.getUint32(offset, true))).toEqual([1, 4, 784, 300, 100, 10])
    expect(view.getFloat64(32, true)).toBe(net.w1.data[0])
    expect(view.getFloat64(good.length - 8, true)).toBe(net.b3.data[9])
    expect(good).toHaveLength(32 + 8 * 266_610)
  })

  it.each<[string, Uint8Array, number, RegExp]>([
    ['an empty file', new Uint8Array(0), 0, /begins with "BPWEIGHT", found ""/],
    ['another kind of file', Buffer.from('{"chunks": []}'), 0, /found ".*--save/],
    ['a cut header', good.slice(0, 20), 20, /header of 32 bytes.*after 20/],
    ['another version', changed(view => view.setUint32(8, 2, true)), 8, /version 1, found version 2/],
    ['another number of layers', changed(view => view.setUint32(12, 3, true)), 12, /4 sizes .*found 3 sizes/],
    ['another layer size', changed(view => view.setUint32(20, 250, true)), 20, /784-300-100-10, found 784-250-100-10/],
    ['a cut end', good.slice(0, -5), good.length - 5, /5 bytes too early.*truncated/],
    ['bytes in excess', Buffer.concat([good, Buffer.alloc(3)]), good.length, /3 bytes more/],
    ['a NaN', changed(view => view.setFloat64(32 + 8 * 100, NaN, true)), 832, /finite number, found NaN/],
  ])('reject %s', (_, bytes, offset, message) => {
    const file = join(folder, 'bad.bin')
    writeFileSync(file, bytes)
    expect(() => loadWeights(file)).toThrow(message)
    try {
      decodeWeights(bytes, 'f')
    } catch (error) {
      expect(error).toBeInstanceOf(WeightsError)
      expect(error).toMatchObject({ name: 'WeightsError', file: 'f', offset })
    }
  })

  it('reject a file that is not there', () => {
    expect(() => loadWeights(join(folder, 'none'))).toThrow(/readable file, found ENOENT/)
  })
})
