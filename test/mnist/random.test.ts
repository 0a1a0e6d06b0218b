import { describe, expect, it } from 'vitest'
import { Random } from '../../examples/mnist/random.ts'

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32())

describe('Random', () => {
  it('gives the same numbers for the same seed and stream, others for others', () => {
    expect(draw(new Random(7), 100)).toEqual(draw(new Random(7), 100))
    expect(draw(new Random(7), 4)).not.toEqual(draw(new Random(8), 4))
    expect(draw(new Random(7, 1), 4)).not.toEqual(draw(new Random(7, 2), 4))
  })

  it('keeps its numbers for good: runs can be repeated with later releases', () => {
    expect(draw(new Random(1), 4)).toEqual([393288148, 2174103013, 3814759091, 2092745082])
  })

  it('is uniform', () => {
    const random = new Random(3)
    const bins = new Array<number>(16).fill(0)
    const count = 160_000
    let sum = 0
    let outside = 0
    for (let i = 0; i < count; i++) {
      const x = random.uniform(-0.5, 0.5)
      outside += x >= -0.5 && x < 0.5 ? 0 : 1
      sum += x
      bins[Math.floor((x + 0.5) * 16)]++
    }
    expect(outside).toBe(0)
    expect(Math.abs(sum / count)).toBeLessThan(4 / Math.sqrt(12 * count))
    const chiSquare = bins.reduce((total, bin) => total + (bin - count / 16) ** 2 / (count / 16), 0)
    expect(chiSquare).toBeLessThan(45) // 15 degrees of freedom: exceeded once in 10,000 seeds
  })

  it('draws each integer below a bound', () => {
    const random = new Random(4)
    const seen = new Array<number>(6).fill(0)
    for (let i = 0; i < 60_000; i++) seen[random.below(6)]++
    for (const times of seen) expect(Math.abs(times - 10_000)).toBeLessThan(400)
    expect(random.below(1)).toBe(0)
  })

  it('shuffles: every item once, every order about equally often', () => {
    const random = new Random(5)
    const orders = new Map<string, number>()
    for (let i = 0; i < 12_000; i++) {
      const items = Uint32Array.of(0, 1, 2)
      random.shuffle(items)
      orders.set(items.join(''), (orders.get(items.join('')) ?? 0) + 1)
    }
    expect([...orders.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210'])
    for (const times of orders.values()) expect(Math.abs(times - 2000)).toBeLessThan(200)
    const none = new Uint32Array(0)
    random.shuffle(none)
    expect(none).toHaveLength(0)
  })
})
