/**
 * What must not compile, and what the compiler then says. In each program ⟦wrong│right⟧ marks the mistake and its repair:
 * the wrong one must give exactly one diagnostic, at the code and with the texts that are given; the right one none.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, type Diagnostic } from './compile.ts'
import type { Mistake } from './mistake.ts'
import { async } from './mistakes/async.ts'
import { calls } from './mistakes/calls.ts'
import { collections } from './mistakes/collections.ts'
import { derivatives } from './mistakes/derivatives.ts'
import { float32 } from './mistakes/float32.ts'
import { functions } from './mistakes/functions.ts'
import { hostOps } from './mistakes/hostOps.ts'
import { methods } from './mistakes/methods.ts'
import { nested } from './mistakes/nested.ts'
import { optics } from './mistakes/optics.ts'
import { products } from './mistakes/products.ts'
import { programs } from './mistakes/programs.ts'
import { sizes } from './mistakes/sizes.ts'
import { sums } from './mistakes/sums.ts'
import { training } from './mistakes/training.ts'

const scope = `
  import {
    adam, add, addOp, backprop, backpropWith, bindVar, check, collectVar, compile, constVar, derivative, differentiable, directional, dot, epoch, evalBP, exp, fixedPoint, fmap,
    grad, gradBP, gSplit, hessian, hessianF, hvp, isoVar2, jacobian, jvp, lens, logistic, match, matMul, matVec, matrix, max, mul, op1, op2, opVar, overVar, previewVar, resident,
    runOp, sequenceVar, setVar, sgdStep, softmaxCrossEntropy, squaredError, sub, sum, table, trainStep, toFloat32, toFloat64, valueAndGrad, vector, viewVar, vmap, widen, withInps, zeros, zipWith,
    type AnyTensor, type BVar, type Differentiable, type Fixed, type Iso, type Leaf, type Lens, type Matrix, type Op,
    type Matrix32, type Prism, type Tensor, type Var, type Vector, type Vector32,
  } from 'backprop-wasm'

  declare const n: Var<number>, x: Var<Vector<3>>, y: Var<Vector<4>>, a: Var<Matrix<2, 3>>
  declare const v3: Vector<3>, v4: Vector<4>, m23: Matrix<2, 3>, m34: Matrix<3, 4>
  type Layer = { w: Vector<3>; b: number }
  declare const layer: Layer
  type Shape = { kind: 'circle'; r: number } | { kind: 'box'; w: number; h: number }
  declare const s: BVar<Shape>
  declare class Body {
    readonly mass: number
    get [differentiable](): Differentiable<Body>
  }
  const f = (layer: BVar<Layer>) => dot(layer.w, layer.w).add(layer.b)
  const g = (x: Var<number>, y: Var<Vector<3>>) => dot(y, y).mul(x)
`

const families = {
  async,
  collections,
  sizes,
  methods,
  functions,
  products,
  sums,
  hostOps,
  optics,
  nested,
  calls,
  training,
  programs,
  float32,
  derivatives,
}

const variant = (program: string, which: '$1' | '$2') => scope + program.replace(/⟦([^│]*)│([^⟧]*)⟧/gu, which)

const all = Object.values(families).flat()
let found: Map<Mistake, { wrong: Diagnostic[]; right: Diagnostic[] }>
beforeAll(() => {
  const results = compile(all.flatMap(({ program }) => [variant(program, '$1'), variant(program, '$2')]))
  found = new Map(all.map((mistake, i) => [mistake, { wrong: results[2 * i] ?? [], right: results[2 * i + 1] ?? [] }]))
}, 120_000)

describe.each(Object.entries(families))('%s', (_family, mistakes) => {
  test.each(mistakes.map(mistake => [mistake.what, mistake] as const))('%s', (_what, mistake) => {
    const { wrong, right } = found.get(mistake) ?? { wrong: [], right: [] }
    expect(right, 'the repaired program').toEqual([])
    expect(wrong).toHaveLength(1)
    const [diagnostic] = wrong
    expect(diagnostic?.at).toBe(mistake.at)
    for (const text of mistake.says) expect(diagnostic?.text).toContain(text)
  })
})
