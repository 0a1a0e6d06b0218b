/**
 * How digits are written: each as a few strokes in the unit square, x to the right, y downwards, in two or three ways.
 */

/** Points x0, y0, x1, y1 … that the pen visits. */
export type Stroke = Float64Array
/** One way of writing a digit. */
export type Glyph = readonly Stroke[]

type Cubic = readonly [
  startX: number,
  startY: number,
  control1X: number,
  control1Y: number,
  control2X: number,
  control2Y: number,
  endX: number,
  endY: number,
]

/** The ways of writing each digit, 0 to 9. */
export function digitGlyphs(): readonly (readonly Glyph[])[] {
  return [
    // 0
    [
      [arc(0.5, 0.5, 0.42, 0.5, -80, 290)],
      [arc(0.5, 0.5, 0.3, 0.5, -60, 300)],
      [path(curve(0.62, 0, 0.05, 0.02, -0.05, 0.98, 0.45, 1), curve(0.45, 1, 0.98, 1, 1.02, 0.02, 0.45, 0.06))],
    ],
    // 1
    [
      [line(0.5, 0, 0.5, 1)],
      [line(0.25, 0.24, 0.56, 0, 0.54, 1)],
      [line(0.28, 0.22, 0.54, 0, 0.54, 1), line(0.22, 1, 0.84, 1)],
    ],
    // 2
    [
      [path(arc(0.48, 0.3, 0.36, 0.3, -165, 25), line(0.8, 0.43, 0.08, 1, 0.92, 1))],
      [
        path(
          arc(0.48, 0.28, 0.34, 0.28, -150, 20),
          curve(0.8, 0.38, 0.66, 0.72, 0.36, 1, 0.16, 0.98),
          curve(0.16, 0.98, -0.04, 0.92, 0.12, 0.74, 0.36, 0.86),
          curve(0.36, 0.86, 0.62, 1, 0.8, 1.02, 0.96, 0.88),
        ),
      ],
    ],
    // 3
    [
      [path(arc(0.44, 0.26, 0.36, 0.26, -155, 85), arc(0.44, 0.74, 0.42, 0.26, -85, 155))],
      [path(line(0.12, 0, 0.82, 0, 0.42, 0.42), arc(0.42, 0.71, 0.42, 0.29, -85, 150))],
    ],
    // 4
    [
      [line(0.3, 0, 0.1, 0.6, 0.92, 0.6), line(0.68, 0.22, 0.66, 1)],
      [line(0.64, 1, 0.64, 0, 0.06, 0.66, 0.94, 0.66)],
      [path(curve(0.16, 0.04, 0.06, 0.62, 0.3, 0.56, 0.8, 0.5)), line(0.8, 0.02, 0.76, 1)],
    ],
    // 5
    [
      [path(line(0.84, 0, 0.24, 0, 0.18, 0.46), arc(0.44, 0.69, 0.42, 0.31, -130, 150))],
      [
        path(curve(0.2, 0.06, 0.16, 0.5, 0.1, 0.44, 0.42, 0.42), arc(0.42, 0.71, 0.4, 0.29, -90, 140)),
        line(0.2, 0.04, 0.86, 0.0),
      ],
    ],
    // 6
    [
      [path(curve(0.74, 0.02, 0.36, 0.1, 0.1, 0.42, 0.12, 0.72), arc(0.48, 0.72, 0.36, 0.28, 180, 540))],
      [path(line(0.5, 0, 0.16, 0.6), arc(0.46, 0.76, 0.33, 0.24, 205, 560))],
    ],
    // 7
    [
      [line(0.1, 0, 0.9, 0, 0.36, 1)],
      [line(0.1, 0.02, 0.88, 0.02, 0.4, 1), line(0.28, 0.5, 0.82, 0.48)],
      [path(curve(0.06, 0.12, 0.2, -0.04, 0.5, 0.08, 0.9, 0), curve(0.9, 0, 0.6, 0.36, 0.46, 0.6, 0.44, 1))],
    ],
    // 8
    [
      [arc(0.5, 0.25, 0.3, 0.25, 90, 450), arc(0.5, 0.75, 0.38, 0.25, -90, 270)],
      [
        path(
          curve(0.8, 0.14, 0.66, -0.08, 0.16, -0.04, 0.18, 0.22),
          curve(0.18, 0.22, 0.2, 0.46, 0.86, 0.52, 0.84, 0.78),
          curve(0.84, 0.78, 0.8, 1.08, 0.16, 1.06, 0.16, 0.78),
          curve(0.16, 0.78, 0.18, 0.52, 0.8, 0.44, 0.8, 0.14),
        ),
      ],
    ],
    // 9
    [
      [path(arc(0.48, 0.28, 0.34, 0.28, 0, -360), line(0.82, 0.28, 0.74, 1))],
      [path(arc(0.5, 0.27, 0.34, 0.27, -20, -380), curve(0.83, 0.2, 0.88, 0.76, 0.72, 1.04, 0.22, 0.96))],
    ],
  ]
}

/** A polyline; each side in quarters, so that the wobble can bend it. */
function line(...corners: number[]): Stroke {
  const quarters = 4
  const sides = corners.length / 2 - 1
  const points = new Float64Array(2 * (quarters * sides + 1))
  for (let k = 0; k <= quarters * sides; k++) {
    const side = Math.min(Math.floor(k / quarters), sides - 1)
    const t = k / quarters - side
    points[2 * k] = mix(corners[2 * side], corners[2 * side + 2], t)
    points[2 * k + 1] = mix(corners[2 * side + 1], corners[2 * side + 3], t)
  }
  return points
}

/** Part of an ellipse. Degrees, clockwise on paper; 0 is to the right of the middle. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const sides = Math.ceil(Math.abs(to - from) / 15)
  const points = new Float64Array(2 * (sides + 1))
  for (let k = 0; k <= sides; k++) {
    const angle = (mix(from, to, k / sides) * Math.PI) / 180
    points[2 * k] = cx + rx * Math.cos(angle)
    points[2 * k + 1] = cy + ry * Math.sin(angle)
  }
  return points
}

/** A cubic Bézier curve: start, two control points, end. */
function curve(...[x0, y0, x1, y1, x2, y2, x3, y3]: Cubic): Stroke {
  const sides = 12
  const points = new Float64Array(2 * (sides + 1))
  for (let k = 0; k <= sides; k++) {
    const t = k / sides
    const s = 1 - t
    points[2 * k] = s * s * s * x0 + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t * t * t * x3
    points[2 * k + 1] = s * s * s * y0 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t * t * t * y3
  }
  return points
}

/** Parts drawn without lifting the pen. */
function path(...parts: readonly Stroke[]): Stroke {
  return Float64Array.from(parts.flatMap(part => Array.from(part)))
}

const mix = (from: number, to: number, t: number): number => from + (to - from) * t
