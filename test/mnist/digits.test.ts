import { describe, expect, it } from 'vitest'
import { makeDigitData, makeDigits } from '../../examples/mnist/digits.ts'
import { Random } from '../../examples/mnist/random.ts'
import { PIXELS, SIDE } from '../../examples/mnist/samples.ts'

const imageOf = (images: Uint8Array, i: number) => images.subarray(i * PIXELS, (i + 1) * PIXELS)

describe('makeDigits', () => {
  const { count, images, labels } = makeDigits(4000, new Random(1))

  it('gives the same digits for the same seed, others for another', () => {
    const again = makeDigits(4000, new Random(1))
    expect(Buffer.compare(again.images, images)).toBe(0)
    expect([...again.labels]).toEqual([...labels])
    expect(Buffer.compare(makeDigits(10, new Random(2)).images, images.subarray(0, 10 * PIXELS))).not.toBe(0)
  })

  it('gives fewer digits as the first of more', () => {
    const fewer = makeDigits(100, new Random(1))
    expect(Buffer.compare(fewer.images, images.subarray(0, 100 * PIXELS))).toBe(0)
  })

  it('keeps the test digits when the number of training digits changes, and both apart', () => {
    const small = makeDigitData(3, 5, 20)
    const large = makeDigitData(3, 50, 20)
    expect(Buffer.compare(small.test.images, large.test.images)).toBe(0)
    expect(Buffer.compare(small.train.images, small.test.images.subarray(0, 5 * PIXELS))).not.toBe(0)
  })

  it('writes each digit about equally often', () => {
    const times = new Array<number>(10).fill(0)
    for (const label of labels) times[label]++
    for (const n of times) expect(Math.abs(n - count / 10)).toBeLessThan(100)
  })

  it('writes dark strokes on white paper: some ink in every picture, most pixels empty', () => {
    for (let i = 0; i < count; i++) {
      const image = imageOf(images, i)
      const inked = image.reduce((n, value) => n + (value > 80 ? 1 : 0), 0)
      expect(inked).toBeGreaterThan(12)
      expect(inked).toBeLessThan(PIXELS / 2)
      expect(Math.max(...image)).toBeGreaterThan(100)
    }
  })

  it('keeps strokes inside the picture, but for a few', () => {
    // A stroke that is cut off leaves ink on the border; specks are single pixels, so the sum tells.
    let cut = 0
    for (let i = 0; i < count; i++) {
      const image = imageOf(images, i)
      let border = 0
      for (let k = 0; k < SIDE; k++) {
        border += image[k] + image[PIXELS - 1 - k] + image[k * SIDE] + image[k * SIDE + SIDE - 1]
      }
      if (border > 1000) cut++
    }
    expect(cut / count).toBeLessThan(0.05)
  })

  it('lets every class look different: the mean pictures tell most digits apart', () => {
    const means = Array.from({ length: 10 }, () => new Float64Array(PIXELS))
    const half = count / 2
    const times = new Array<number>(10).fill(0)
    for (let i = 0; i < half; i++) {
      times[labels[i]]++
      imageOf(images, i).forEach((value, k) => (means[labels[i]][k] += value))
    }
    means.forEach((mean, digit) => mean.forEach((sum, k) => (mean[k] = sum / times[digit])))
    const distance = (a: ArrayLike<number>, b: Float64Array) => b.reduce((sum, y, k) => sum + (a[k] - y) ** 2, 0)
    for (let a = 0; a < 10; a++) for (let b = 0; b < a; b++) expect(distance(means[a], means[b])).toBeGreaterThan(1e5)

    const right = new Array<number>(10).fill(0)
    const all = new Array<number>(10).fill(0)
    for (let i = half; i < count; i++) {
      const distances = means.map(mean => distance(imageOf(images, i), mean))
      all[labels[i]]++
      if (distances.indexOf(Math.min(...distances)) === labels[i]) right[labels[i]]++
    }
    // 10 % would be chance. Not too easy either: that is what the hidden layers are for.
    right.forEach((n, digit) => expect(n / all[digit]).toBeGreaterThan(0.3))
    const total = right.reduce((sum, n) => sum + n) / half
    expect(total).toBeGreaterThan(0.5)
    expect(total).toBeLessThan(0.9)
  })

  it('is fast: 2000 digits in much less than a second', () => {
    const start = performance.now()
    makeDigits(2000, new Random(9))
    expect(performance.now() - start).toBeLessThan(1500) // measured: 80 ms
  })
})
