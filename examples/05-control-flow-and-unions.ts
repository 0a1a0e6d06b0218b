/**
 * Control flow is JavaScript's own: loops and branches that depend on values, recursion, and a `switch` over a
 * discriminated union, which TypeScript narrows and checks for completeness.
 *
 *   npx tsx examples/05-control-flow-and-unions.ts
 */
import assert from 'node:assert/strict'
import { evalBP, gradBP, type BVar, type Var } from 'backprop-wasm'

/** √x by Newton's iteration: how often it runs depends on x. A comparison computes what has been recorded so far. */
const root = (x: Var<number>): Var<number> => {
  let y = x.add(1).div(2)
  while (y.mul(y).sub(x).abs().gt(1e-14)) y = y.add(x.div(y)).div(2)
  return y
}
assert.ok(Math.abs(evalBP(root)(2) - Math.SQRT2) < 1e-15)
assert.ok(Math.abs(gradBP(root)(2) - 1 / (2 * Math.SQRT2)) < 1e-12)

// A tag is a string: it passes through, and what stands beside it is differentiated.
type Shape = { kind: 'circle'; radius: number } | { kind: 'box'; width: number; height: number } | Group
type Group = { kind: 'group'; parts: Shape[] }

const area = (shape: BVar<Shape>): Var<number> => {
  switch (shape.kind) {
    case 'circle':
      return shape.radius.mul(shape.radius).mul(Math.PI)
    case 'box':
      return shape.width.mul(shape.height)
    case 'group':
      return shape.parts.map(area).reduce((total, part) => total.add(part))
  }
}

const picture: Shape = {
  kind: 'group',
  parts: [
    { kind: 'circle', radius: 2 },
    { kind: 'group', parts: [{ kind: 'box', width: 3, height: 4 }] },
  ],
}
assert.ok(Math.abs(evalBP(area)(picture) - (4 * Math.PI + 12)) < 1e-14)

// The gradient is a Shape as well, with the same tags.
const gradient: Shape = gradBP(area)(picture)
assert.deepEqual(gradient, {
  kind: 'group',
  parts: [
    { kind: 'circle', radius: 4 * Math.PI },
    { kind: 'group', parts: [{ kind: 'box', width: 4, height: 3 }] },
  ],
})

console.log(`area ${evalBP(area)(picture).toFixed(4)}, its gradient ${JSON.stringify(gradient)}`)
