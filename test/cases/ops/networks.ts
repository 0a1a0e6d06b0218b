/** What networks are made of: normalisation, convolution, pooling, losses. */
import {
  abs,
  add,
  lessEqual,
  log,
  log1pExp,
  min,
  mul,
  neg,
  pow,
  softmaxCrossEntropy,
  sub,
  sum,
  type Tensor,
  where,
} from 'backprop-wasm'
import type { Attributes } from '../schema.ts'
import { broadcasting, countOf, fromScalar, toMatrix, type Value } from '../values.ts'
import { type Apply, formula, missing, numberIn, type Operation } from './operation.ts'

const convolution = missing('no convolution')
const pooling = missing('no pooling')

/** (x − mean) / √(variance + eps) · scale + offset, each broadcast; offset and scale may be left out. */
const batchNorm: Apply = (args, attributes) => {
  const [x, mean, variance, offset, scale] = args as readonly [Value, Value, Value, Value?, Value?]
  const deviation = pow<Tensor>(add<Tensor>(variance, numberIn(attributes, 'eps')), -0.5)
  const normal = broadcasting(mul<Tensor>, broadcasting(sub<Tensor>, x, mean), deviation)
  const scaled = scale === undefined ? normal : broadcasting(mul<Tensor>, normal, scale)
  return offset === undefined ? scaled : broadcasting(add<Tensor>, scaled, offset)
}

/** The mean of a loss over all elements of predictions and targets, which are broadcast. */
const meanLoss =
  (loss: (prediction: Value, target: Value, attributes: Attributes) => Value): Apply =>
  ([x, t], attributes) => {
    const losses = broadcasting((a, b) => loss(a, b, attributes), x, t)
    return fromScalar(sum(losses).div(countOf(losses.shape)))
  }

/** ½d² up to δ, δ·(|d| − ½δ) beyond. */
function huber(x: Value, t: Value, attributes: Attributes): Value {
  const delta = numberIn(attributes, 'delta', 1)
  const size = abs(sub<Tensor>(x, t))
  const inner = min<Tensor>(size, delta)
  return inner.mul(inner).mul(0.5).add(size.sub(inner).mul(delta))
}

/** max(0, 1 − (2t − 1)·x), the targets being 0 or 1. */
function hinge(x: Value, t: Value): Value {
  const margin = sub<Tensor>(1, mul<Tensor>(t.mul(2).sub(1), x))
  return where<Tensor>(lessEqual<Tensor>(margin, 0), 0, margin)
}

/** −t·log(p + ε) − (1 − t)·log(1 − p + ε). */
function logLoss(p: Value, t: Value, attributes: Attributes): Value {
  const epsilon = numberIn(attributes, 'eps', 1e-7)
  const holds = mul<Tensor>(t, log(p.add(epsilon)))
  const not = mul<Tensor>(sub<Tensor>(1, t), log(sub<Tensor>(1 + epsilon, p)))
  return neg(holds.add(not))
}

export const networks: Readonly<Record<string, Operation>> = {
  conv2d: convolution,
  conv1d: convolution,
  maxPool: pooling,
  avgPool: pooling,
  batchNorm: formula('sub, mul, pow, add', batchNorm),
  mse: formula(
    'sub, mul',
    meanLoss((x, t) => {
      const error = sub<Tensor>(x, t)
      return mul<Tensor>(error, error)
    }),
  ),
  absoluteDifference: formula(
    'sub, abs',
    meanLoss((x, t) => abs(sub<Tensor>(x, t))),
  ),
  crossEntropy: formula('softmaxCrossEntropy, sum', ([x, t]) => {
    const logits = toMatrix(x)
    return fromScalar(sum(softmaxCrossEntropy(logits, toMatrix(t))).div(logits.shape[0]))
  }),
  bceWithLogits: formula(
    'log1pExp, mul',
    meanLoss((x, t) => add<Tensor>(mul<Tensor>(t, log1pExp(neg(x))), mul<Tensor>(sub<Tensor>(1, t), log1pExp(x)))),
  ),
  huber: formula('abs, min', meanLoss(huber)),
  hinge: formula('where, mul', meanLoss(hinge)),
  logLoss: formula('log, mul', meanLoss(logLoss)),
  cosineDistance: missing('the language does not say along which axis, nor whether lengths are divided out'),
}
