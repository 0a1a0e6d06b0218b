/**
 * Functions of each element. Where shapes differ the operands are repeated by their parts first, since the library's ops take
 * equal shapes, or a number beside a tensor.
 */
import {
  abs,
  acos,
  acosh,
  add,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  ceil,
  cos,
  cosh,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  greater,
  hypot,
  less,
  lessEqual,
  log,
  log1p,
  log1pExp,
  logistic,
  max,
  min,
  mul,
  neg,
  notEqual,
  pow,
  recip,
  round,
  sign,
  sin,
  sinh,
  sqrt,
  sub,
  tan,
  tanh,
  type Operand,
  type Tensor,
  where,
} from 'backprop-wasm'
import { aligned, broadcasting, filled, type Value } from '../values.ts'
import { type Apply, formula, numberIn, own, type Operation } from './operation.ts'

type Unary = (x: Operand<Tensor>) => Value
type Binary = (x: Operand<Tensor>, y: Operand<Tensor>) => Value

/** A function of one operand. */
const unary =
  (f: (x: Value) => Value): Apply =>
  ([x]) =>
    f(x)

/** A function of two operands, which are broadcast. */
const binary =
  (f: (x: Value, y: Value) => Value): Apply =>
  ([x, y]) =>
    broadcasting(f, x, y)

const own1 = (by: string, f: Unary) => own(by, unary(f))
const own2 = (by: string, f: Binary) => own(by, binary(f))

/** x where it is positive, 0 elsewhere; the slope at 0 is 0, where that of `max(x, 0)` is ½. NaN stays. */
const positivePart = (x: Value): Value => where<Tensor>(lessEqual<Tensor>(x, 0), 0, x)

/** x where it is not positive, 0 elsewhere; the slope at 0 is 1. */
const rest = (x: Value): Value => where<Tensor>(greater<Tensor>(x, 0), 0, x)

/** x within bounds; the slope at a bound is 1. */
const clipped = (x: Value, lo: number, hi: number): Value =>
  where<Tensor>(less<Tensor>(x, lo), lo, where<Tensor>(greater<Tensor>(x, hi), hi, x))

/** x, and α·x where x is not positive. */
const leaky = (x: Value, slope: Operand<Tensor> | number): Value =>
  where<Tensor>(greater<Tensor>(x, 0), x, mul<Tensor>(rest(x), slope as Operand<Tensor>))

/** The constants of the self-normalising network. */
const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805

export const elementwise: Readonly<Record<string, Operation>> = {
  add: own2('add', add),
  sub: own2('sub', sub),
  mul: own2('mul', mul),
  div: own2('div', div),
  pow: own2('pow', pow),
  mod: formula(
    'floor, div, mul, sub',
    binary((a, b) => sub<Tensor>(a, mul<Tensor>(floor(div<Tensor>(a, b)), b))),
  ),
  maximum: own2('max', max),
  minimum: own2('min', min),
  atan2: own2('atan2', atan2),
  hypot: own2('hypot', hypot),
  logaddexp: formula(
    'max, log1pExp',
    binary((x, y) => {
      // Where they are equal, infinities included, the difference is 0.
      const same = equal<Tensor>(x, y)
      const apart = (z: Value) => where<Tensor>(same, 0, z)
      return add<Tensor>(max<Tensor>(x, y), log1pExp(neg(abs(sub<Tensor>(apart(x), apart(y))))))
    }),
  ),
  squaredDifference: formula(
    'sub, mul',
    binary((x, y) => {
      const difference = sub<Tensor>(x, y)
      return mul<Tensor>(difference, difference)
    }),
  ),
  prelu: formula('where, mul', binary(leaky)),
  neg: own1('neg', neg),
  abs: own1('abs', abs),
  sign: own1('sign', sign),
  square: formula(
    'mul',
    unary(x => mul<Tensor>(x, x)),
  ),
  sqrt: own1('sqrt', sqrt),
  rsqrt: formula(
    'pow',
    unary(x => pow<Tensor>(x, -0.5)),
  ),
  reciprocal: own1('recip', recip),
  exp: own1('exp', exp),
  expm1: own1('expm1', expm1),
  log: own1('log', log),
  log1p: own1('log1p', log1p),
  sin: own1('sin', sin),
  cos: own1('cos', cos),
  tan: own1('tan', tan),
  asin: own1('asin', asin),
  acos: own1('acos', acos),
  atan: own1('atan', atan),
  sinh: own1('sinh', sinh),
  cosh: own1('cosh', cosh),
  tanh: own1('tanh', tanh),
  asinh: own1('asinh', asinh),
  acosh: own1('acosh', acosh),
  atanh: own1('atanh', atanh),
  erf: own1('erf', erf),
  sigmoid: own1('logistic', logistic),
  logSigmoid: formula(
    'log1pExp',
    unary(x => neg(log1pExp(neg(x)))),
  ),
  softplus: own1('log1pExp', log1pExp),
  relu: formula('where', unary(positivePart)),
  relu6: formula(
    'where',
    unary(x => where<Tensor>(greater<Tensor>(x, 6), 6, positivePart(x))),
  ),
  elu: formula(
    'where, expm1',
    unary(x => where<Tensor>(greater<Tensor>(x, 0), x, expm1(rest(x)))),
  ),
  selu: formula(
    'where, expm1',
    unary(x => where<Tensor>(greater<Tensor>(x, 0), x, expm1(rest(x)).mul(SELU_ALPHA)).mul(SELU_SCALE)),
  ),
  gelu: formula(
    'erf, mul',
    unary(x => x.mul(erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5)),
  ),
  silu: formula(
    'logistic, mul',
    unary(x => x.mul(logistic(x))),
  ),
  floor: own1('floor', floor),
  ceil: own1('ceil', ceil),
  round: own1('round', round),
  identity: own(
    'the variable itself',
    unary(x => x),
  ),
  onesLike: formula(
    'constVar',
    unary(x => filled(x.shape, 1)),
  ),
  zerosLike: formula(
    'constVar',
    unary(x => filled(x.shape, 0)),
  ),
  leakyRelu: formula('where, mul', ([x], attributes) => leaky(x, numberIn(attributes, 'alpha'))),
  step: formula('where, greater', ([x], attributes) => {
    const stepped = where<Tensor>(greater<Tensor>(x, 0), filled(x.shape, 1), numberIn(attributes, 'alpha', 0))
    return where<Tensor>(notEqual<Tensor>(x, x), NaN, stepped)
  }),
  clip: formula('where, less, greater', ([x], attributes) =>
    clipped(x, numberIn(attributes, 'lo'), numberIn(attributes, 'hi')),
  ),
  where: own('where', args => {
    const [condition, a, b] = aligned(args) as [Value, Value, Value]
    return where<Tensor>(condition, a, b)
  }),
}
