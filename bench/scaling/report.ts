/** What was measured, as tables and as a plot. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { type Exponent, exponentOf, largerHalf, type Point } from './fit.ts'

export interface Series {
  readonly variant: string
  readonly points: readonly Point[]
}

export interface Result {
  readonly work: string
  readonly title: string
  /** What the work at a size is counted in, and how many there are for each of the size. */
  readonly unit: string
  readonly unitsPerSize: number
  readonly series: readonly Series[]
}

export interface Results {
  readonly machine: string
  readonly node: string
  readonly results: readonly Result[]
}

function exponentText({ value, low, high }: Exponent): string {
  return `${value.toFixed(3)} | ${low.toFixed(3)} … ${high.toFixed(3)}`
}

/** Nanoseconds with three digits, seconds and so on where they are many. */
export function timeText(micros: number): string {
  const units = [
    ['s', 1e6],
    ['ms', 1e3],
    ['µs', 1],
    ['ns', 1e-3],
    ['ps', 1e-6],
  ] as const
  const [unit, size] = units.find(([, least]) => micros >= least) ?? ['ps', 1e-6]
  return `${String(Number((micros / size).toPrecision(3)))} ${unit}`
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** A table of exponents, then one of times for each work. */
export function tables({ results }: Results): string {
  const exponents = [
    line(['what grows', 'what is timed', 'over sizes', 'exponent', '95 % interval']),
    line(['---', '---', '---', '---', '---']),
    ...results.flatMap(({ title, series }) =>
      series.map(({ variant, points }) => {
        const half = largerHalf(points)
        const range = `${half[0].size} … ${half[half.length - 1].size}`
        return line([title, variant, range, exponentText(exponentOf(half))])
      }),
    ),
  ].join('\n')
  const times = results.map(({ title, unit, unitsPerSize, series }) => {
    const rows = series[0].points.map(({ size }, i) => {
      const cells = series.flatMap(({ points }) => {
        const { micros } = points[i]
        return [timeText(micros), timeText(micros / (size * unitsPerSize))]
      })
      return line([String(size), ...cells])
    })
    const head = series.flatMap(({ variant }) => [variant, `for one ${unit}`])
    return [line([title, ...head]), line(['---', ...head.map(() => '---')]), ...rows].join('\n')
  })
  return [exponents, ...times].join('\n\n')
}

/** One dot. */
interface Row {
  readonly variant: string
  readonly size: number
  readonly seconds: number
}

const WIDTH = 560
const HEIGHT = 380
const COLORS = ['#1f77b4', '#d62728', '#2ca02c']

/** One picture: for each work the times over sizes, both logarithmic. Dashed: in proportion to size, through the last point. */
export function plot({ results }: Results): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const pictures = results.map(({ title, series }, index) => {
    const rows = series.flatMap(({ variant, points }) =>
      points.map(({ size, micros }): Row => ({ variant, size, seconds: micros / 1e6 })),
    )
    const proportional = series.flatMap(({ variant, points }) => {
      const last = points[points.length - 1]
      return points.map(({ size }): Row => ({ variant, size, seconds: (last.micros * size) / last.size / 1e6 }))
    })
    const stroke = ({ variant }: Row): string => COLORS[series.findIndex(one => one.variant === variant)]
    const times = rows.map(({ seconds }) => seconds)
    const channels = { x: 'size', y: 'seconds', z: 'variant', stroke } as const
    const picture = Plot.plot({
      document,
      width: WIDTH,
      height: HEIGHT,
      marginLeft: 56,
      marginRight: 24,
      marginBottom: 56,
      style: { fontSize: '12px', background: 'white', color: 'black' },
      x: { type: 'log', label: title, labelOffset: 44, ticks: 6 },
      y: { type: 'log', label: 'seconds', grid: true, ticks: 6, domain: [Math.min(...times), Math.max(...times)] },
      marks: [
        Plot.line(proportional, { ...channels, strokeDasharray: '3 4', strokeOpacity: 0.5, clip: true }),
        Plot.line(rows, { ...channels, marker: 'dot' }),
        ...series.map(({ variant }, i) =>
          Plot.text([variant], { frameAnchor: 'top-left', dx: 12, dy: 12 + 18 * i, fill: COLORS[i], fontWeight: 600 }),
        ),
      ],
    })
    picture.setAttribute('x', String((index % 2) * WIDTH))
    picture.setAttribute('y', String(Math.floor(index / 2) * HEIGHT))
    return picture.outerHTML
  })
  const [width, height] = [2 * WIDTH, Math.ceil(results.length / 2) * HEIGHT]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n` +
    `<rect width="${width}" height="${height}" fill="white"/>\n${pictures.join('\n')}\n</svg>\n`
  )
}
