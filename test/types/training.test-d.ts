/** Steps, optimisers and epochs have the types of the loss, the state and the data. */
import {
  adam,
  compile,
  epoch,
  mapVars,
  matMul,
  momentum,
  oneHot,
  optimiser,
  resident,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  matVec,
  sum,
  table,
  trainStep,
  type BVar,
  type Matrix,
  type Optimiser,
  type OptimiserState,
  type Resident,
  type Var,
  type Vector,
  type View,
} from 'backprop-wasm'
import { describe, expectTypeOf, test } from 'vitest'

interface Layer {
  w: Matrix<2, 3>
  b: Vector<2>
}
declare const layer: Layer
declare const layerVars: BVar<Layer>
declare const net: Resident<Layer>
declare const v2: Vector<2>
declare const v3: Vector<3>

const loss = (net: BVar<Layer>, x: Var<Vector<3>>, t: Var<Vector<2>>): Var<number> =>
  squaredError(matVec(net.w, x).add(net.b), t)

describe('optimisers', () => {
  test('have states of the parameters’ structure', () => {
    expectTypeOf(adam().start(layer)).toEqualTypeOf<OptimiserState<Layer, 'mean' | 'square'>>()
    expectTypeOf(momentum().start(net)).toEqualTypeOf<OptimiserState<Layer, 'velocity'>>()
    expectTypeOf(adam().start(layer).moments.mean).toEqualTypeOf<Layer>()
    expectTypeOf(optimiser({ rate: 1, moments: { a: 0 }, rule: () => (p, _g, m) => [p, m] })).toEqualTypeOf<
      Optimiser<'a'>
    >()
  })

  test('take plain values and variables', () => {
    const method = adam()
    expectTypeOf(method(method.start(layer), layer, layer)).toEqualTypeOf<
      [state: OptimiserState<Layer, 'mean' | 'square'>, parameters: Layer]
    >()
    const state = null as unknown as OptimiserState<BVar<Layer>, 'mean' | 'square', Var<number>>
    expectTypeOf(method(state, layerVars, layerVars)[1]).toEqualTypeOf<BVar<Layer>>()
    // @ts-expect-error -- the state of another optimiser
    method(momentum().start(layer), layer, layer)
    // @ts-expect-error -- a gradient of another structure
    method(method.start(layer), layer, v2)
  })

  test('mapVars gives a structure, or a tuple of them', () => {
    expectTypeOf(mapVars(x => x.neg(), layerVars)).toEqualTypeOf<BVar<Layer>>()
    expectTypeOf(mapVars((x, y) => [x.add(y), x] as const, layerVars, layerVars)).toEqualTypeOf<
      readonly [BVar<Layer>, BVar<Layer>]
    >()
  })
})

describe('trainStep', () => {
  const step = trainStep(loss, adam())
  const state = resident(adam().start(net))

  test('takes parameters, state and data, compiled or not', () => {
    expectTypeOf(step(net, state, v3, v2)).toEqualTypeOf<number>()
    expectTypeOf(compile(step)(net, state, v3, v2)).toEqualTypeOf<number>()
    // @ts-expect-error -- data of another size
    step(net, state, v2, v2)
    // @ts-expect-error -- the state of another optimiser
    step(net, resident(sgd().start(net)), v3, v2)
    // @ts-expect-error -- parameters that are not resident
    step(layer, state, v3, v2)
  })

  test('takes any function from state, parameters and gradient', () => {
    const own = trainStep(
      loss,
      (s: { n: Var<number> }, p: BVar<Layer>, g: BVar<Layer>): [{ n: Var<number> }, BVar<Layer>] => [
        s,
        mapVars((x, y) => x.sub(y), p, g),
      ],
    )
    expectTypeOf(own(net, resident({ n: 1 }), v3, v2)).toEqualTypeOf<number>()
    // @ts-expect-error -- parameters of another structure
    trainStep(loss, (s: Var<number>, p: Var<number>, g: Var<number>): [Var<number>, Var<number>] => [s, p.sub(g)])
  })
})

test('epoch gives batches, or rows, to the step', () => {
  const images = table(new Uint8Array(12), [3], { scale: 1 / 255 })
  const targets = oneHot([0, 1, 1, 0], 2)
  const batchLoss = (w: Var<Matrix<3, 2>>, x: Var<Matrix<number, 3>>, t: Var<Matrix<number, 2>>): Var<number> =>
    sum(softmaxCrossEntropy(matMul(x, w), t))
  const w = null as unknown as Resident<Matrix<3, 2>>
  const state = resident(sgd().start(w))
  const step = trainStep(batchLoss, sgd())
  epoch([images, targets], (x, t) => step(w, state, x, t), { batch: 2 })
  epoch([images, targets], (x, t) => {
    expectTypeOf(x).toEqualTypeOf<Resident<Vector<3>>>()
    expectTypeOf(t).toEqualTypeOf<Resident<Vector<2>>>()
    return 0
  })
  epoch([images, targets], step, { parameters: [w, state], batch: 2 })
  epoch([images], (p, x) => expectTypeOf(x).toEqualTypeOf<Resident<Vector<3>>>() && p.length, { parameters: ['some'] })
  // @ts-expect-error -- rows where batches are expected
  epoch([images, targets], (x, t) => step(w, state, x, t))
  // @ts-expect-error -- rows where batches are expected
  epoch([images, targets], step, { parameters: [w, state] })
  for (const batch of [1, 2]) epoch([images, targets], step, { parameters: [w, state], batch })
  // @ts-expect-error -- no state
  epoch([images, targets], step, { parameters: [w], batch: 2 })
  // @ts-expect-error -- the parameters in another order
  epoch([images, targets], step, { parameters: [state, w], batch: 2 })
  // @ts-expect-error -- the tables in another order
  epoch([targets, images], (x, t) => step(w, state, x, t), { batch: 2 })
})

test('residents: parts, views, what can be loaded', () => {
  expectTypeOf<View<Layer & { readonly tag: string; readonly n: number }>['w']>().toEqualTypeOf<Float64Array>()
  net.assign({ b: v2 })
  // @ts-expect-error -- no such part
  net.assign({ c: v2 })
  net.withView(view => view.w[0])
  // @ts-expect-error -- a structure
  net.load(new Uint8Array(6))
})
