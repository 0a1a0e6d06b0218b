/**
 * Handwritten digits made here, for those who have no MNIST files at hand.
 *
 * A sample takes one of the ways to write its digit, bends the strokes by a smooth random wobble, rotates, slants, stretches
 * and moves them, and draws them with a pen of random width and darkness; at last come noise and specks.
 */
import { digitGlyphs, type Glyph } from './glyphs.ts'
import { CLASSES, PIXELS, SIDE, type Data, type Samples } from './samples.ts'
import { Random } from './random.ts'

/** How much samples differ. Lengths in pixels unless said otherwise. */
const STYLE = {
  height: [15.5, 21.5],
  /** Width ÷ height. */
  aspect: [0.55, 0.9],
  /** Radians. */
  rotation: [-0.26, 0.26],
  /** Sideways shift per height: to the right is positive. */
  slant: [-0.15, 0.4],
  /** Of the middle, in each direction. */
  shift: [-2.5, 2.5],
  penRadius: [0.6, 1.6],
  /** Width of the soft edge of a stroke. */
  penSoftness: [0.9, 1.5],
  /** Grey value of full ink. */
  ink: [170, 255],
  /** Each wave of the wobble: its amplitude, and its periods per unit of the square. */
  wobble: [0, 0.075],
  wobblePeriods: [0.4, 1.3],
  /** Largest share of its ink that a pixel loses. */
  grain: 0.35,
  /** Most specks in a picture. */
  specks: 4,
} as const

/** Training and test digits; the test digits do not depend on the number of training digits. */
export function makeDigitData(seed: number, trainCount: number, testCount: number): Data {
  return {
    train: makeDigits(trainCount, new Random(seed, 101)),
    test: makeDigits(testCount, new Random(seed, 102)),
  }
}

/** `count` digits, the classes in random order. Fewer digits from the same state are the first of more. */
export function makeDigits(count: number, random: Random): Samples {
  const glyphs = digitGlyphs()
  const images = new Uint8Array(count * PIXELS)
  const labels = new Uint8Array(count)
  const pen = new Pen()
  for (let i = 0; i < count; i++) {
    const label = random.below(CLASSES)
    labels[i] = label
    pen.write(random.pick(glyphs[label]), random)
    pen.develop(images.subarray(i * PIXELS, (i + 1) * PIXELS), random)
  }
  return { count, images, labels }
}

/** Draws glyphs as distances, and turns distances into grey values. */
class Pen {
  /** Of each pixel's middle to the nearest stroke, squared. */
  private readonly squaredDistance = new Float64Array(PIXELS)
  private radius = 0
  private softness = 0

  /** Draws a glyph in a random hand. */
  write(glyph: Glyph, random: Random): void {
    this.radius = random.uniform(...STYLE.penRadius)
    this.softness = random.uniform(...STYLE.penSoftness)
    this.squaredDistance.fill(Infinity)
    const wobbleX = randomWave(random)
    const wobbleY = randomWave(random)
    const place = randomPlacement(random)
    for (const stroke of glyph) {
      let fromX = 0
      let fromY = 0
      for (let k = 0; k < stroke.length; k += 2) {
        const x = stroke[k]
        const y = stroke[k + 1]
        const u = x - 0.5 + wave(wobbleX, x, y)
        const v = y - 0.5 + wave(wobbleY, x, y)
        const toX = place.xu * u + place.xv * v + place.x
        const toY = place.yu * u + place.yv * v + place.y
        if (k > 0) this.segment(fromX, fromY, toX, toY)
        fromX = toX
        fromY = toY
      }
    }
  }

  /** Notes how near the segment comes to the pixels around it. */
  private segment(x0: number, y0: number, x1: number, y1: number): void {
    const reach = this.radius + this.softness / 2
    const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach))
    const right = Math.min(SIDE - 1, Math.floor(Math.max(x0, x1) + reach))
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach))
    const bottom = Math.min(SIDE - 1, Math.floor(Math.max(y0, y1) + reach))
    const dx = x1 - x0
    const dy = y1 - y0
    const perLength = 1 / Math.max(dx * dx + dy * dy, 1e-12)
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) * perLength))
        const ex = x - x0 - along * dx
        const ey = y - y0 - along * dy
        const pixel = y * SIDE + x
        this.squaredDistance[pixel] = Math.min(this.squaredDistance[pixel], ex * ex + ey * ey)
      }
    }
  }

  /** Turns the distances into ink, with noise and specks. `image` must be all zero. */
  develop(image: Uint8Array, random: Random): void {
    const ink = random.uniform(...STYLE.ink)
    const grain = random.uniform(0, STYLE.grain)
    const reach = this.radius + this.softness / 2
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const squared = this.squaredDistance[pixel]
      if (squared >= reach * reach) continue
      const cover = Math.min(1, (reach - Math.sqrt(squared)) / this.softness)
      image[pixel] = Math.round(ink * cover * (1 - grain * random.float()))
    }
    for (let specks = random.below(STYLE.specks + 1); specks > 0; specks--) {
      image[random.below(PIXELS)] = random.below(256)
    }
  }
}

/** Two plane waves: a smooth displacement along one axis. */
interface Wave {
  readonly amplitude1: number
  readonly x1: number
  readonly y1: number
  readonly phase1: number
  readonly amplitude2: number
  readonly x2: number
  readonly y2: number
  readonly phase2: number
}

function randomWave(random: Random): Wave {
  const frequency = (): number => {
    const periods = random.uniform(...STYLE.wobblePeriods)
    return 2 * Math.PI * (random.below(2) === 0 ? periods : -periods)
  }
  const phase = (): number => random.uniform(0, 2 * Math.PI)
  return {
    amplitude1: random.uniform(...STYLE.wobble),
    x1: frequency(),
    y1: frequency(),
    phase1: phase(),
    amplitude2: random.uniform(...STYLE.wobble),
    x2: frequency(),
    y2: frequency(),
    phase2: phase(),
  }
}

function wave(w: Wave, x: number, y: number): number {
  return (
    w.amplitude1 * Math.sin(w.x1 * x + w.y1 * y + w.phase1) + w.amplitude2 * Math.sin(w.x2 * x + w.y2 * y + w.phase2)
  )
}

/** From the unit square (its middle at 0, 0) to pixels: x = xu·u + xv·v + x and y = yu·u + yv·v + y. */
interface Placement {
  readonly xu: number
  readonly xv: number
  readonly x: number
  readonly yu: number
  readonly yv: number
  readonly y: number
}

function randomPlacement(random: Random): Placement {
  const height = random.uniform(...STYLE.height)
  const width = height * random.uniform(...STYLE.aspect)
  const angle = random.uniform(...STYLE.rotation)
  const slant = random.uniform(...STYLE.slant)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const middle = (SIDE - 1) / 2
  return {
    xu: width * cos,
    xv: height * (-slant * cos - sin),
    x: middle + random.uniform(...STYLE.shift),
    yu: width * sin,
    yv: height * (cos - slant * sin),
    y: middle + random.uniform(...STYLE.shift),
  }
}
