/**
 * Elementwise ops. One element of the result depends on one element of each operand; a scalar operand is used for every
 * element of the other. The mathematics is in assembly/values/elementwise.ts and assembly/rules/elementwise.ts.
 */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { Relation } from '../../assembly/shared/program.ts'
import { describe, UsageError } from '../errors.ts'
import type { AnyTensor, Leaf, Operand } from '../types.ts'
import { binary, unary } from '../apply.ts'
import { compare } from '../value.ts'
import type { Var } from '../var.ts'

/**
 * z = x + y, elementwise. Pullback: x̄ += z̄, ȳ += z̄; summed where a scalar operand is used for every element.
 * Original: `+.`, and `+` of Num.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => add(x, y))(2, 3) // → 5
 * ```
 */
export function add(x: Operand<number>, y: Operand<number>): Var<number>
export function add<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function add<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function add<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function add(x: unknown, y: unknown): unknown {
  return binary('add', Opcode.Add, x, y)
}

/**
 * z = x − y, elementwise. Pullback: x̄ += z̄, ȳ −= z̄; summed where a scalar operand is used for every element.
 * Original: `-.`, and `-` of Num.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => sub(x, y))(2, 3) // → -1
 * ```
 */
export function sub(x: Operand<number>, y: Operand<number>): Var<number>
export function sub<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function sub<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function sub<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function sub(x: unknown, y: unknown): unknown {
  return binary('sub', Opcode.Sub, x, y)
}

/**
 * z = x·y, elementwise. Pullback: x̄ += z̄·y, ȳ += z̄·x; summed where a scalar operand is used for every element.
 * Original: `*.`, and `*` of Num.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => mul(x, y))(2, 3) // → 6
 * ```
 */
export function mul(x: Operand<number>, y: Operand<number>): Var<number>
export function mul<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function mul<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function mul<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function mul(x: unknown, y: unknown): unknown {
  return binary('mul', Opcode.Mul, x, y)
}

/**
 * z = x/y, elementwise. Pullback: x̄ += z̄/y, ȳ −= z̄·z/y; summed where a scalar operand is used for every element. At
 * 0 and ∞ by IEEE 754. Original: `/.`, and `/` of Fractional.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => div(x, y))(3, 2) // → 1.5
 * ```
 */
export function div(x: Operand<number>, y: Operand<number>): Var<number>
export function div<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function div<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function div<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function div(x: unknown, y: unknown): unknown {
  return binary('div', Opcode.Div, x, y)
}

/**
 * z = xʸ, elementwise. Pullback: x̄ += z̄·y·xʸ⁻¹, ȳ += z̄·z·log x; each summed where it is a scalar
 * that is used for every element.
 *
 * x⁰ = 1 for every x, with derivative 0 by x. By y the derivative at x = 0 < y is 0. x² takes no logarithm, so it is
 * differentiated by x at 0 and below. Error ≤ 1 ULP. Original: `**.`, and `**` of Floating.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => pow(x, y))(3, 2) // → 9
 * ```
 */
export function pow(x: Operand<number>, y: Operand<number>): Var<number>
export function pow<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function pow<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function pow<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function pow(x: unknown, y: unknown): unknown {
  return binary('pow', Opcode.Pow, x, y)
}

/**
 * z = atan2(y, x), the angle of the point (x, y), in −π … π; y comes first. Elementwise. Pullback: ȳ += z̄·x/r²,
 * x̄ −= z̄·y/r² with r² = x² + y²; summed where a scalar operand is used for every element. The derivative at the
 * origin is NaN. Error ≤ 2 ULP. Original: `atan2` of RealFloat.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => atan2(x, y))(1, 1) // → 0.78539816
 * ```
 */
export function atan2(y: Operand<number>, x: Operand<number>): Var<number>
export function atan2<T extends AnyTensor>(y: Operand<T>, x: Operand<number>): Var<T>
export function atan2<T extends AnyTensor>(y: Operand<number>, x: Operand<T>): Var<T>
export function atan2<T extends AnyTensor>(y: Operand<T>, x: Operand<NoInfer<T>>): Var<T>
export function atan2(y: unknown, x: unknown): unknown {
  return binary('atan2', Opcode.Atan2, y, x)
}

/**
 * z = max(x, y), the larger one, elementwise; NaN if one is. Pullback: x̄ += z̄ where x > y, ȳ += z̄ where y > x, and half
 * of z̄ to each where they are equal: the mean of the slopes on both sides. The second derivative is 0. Original: max of
 * Ord.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * const relu = (x: Var<Vector>) => max(x, 0)
 * gradBP(relu)(vector([-2, 0, 3])).toArray() // → [0, 0.5, 1]
 * ```
 */
export function max(x: Operand<number>, y: Operand<number>): Var<number>
export function max<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function max<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function max<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function max(x: unknown, y: unknown): unknown {
  return binary('max', Opcode.Max, x, y)
}

/**
 * z = min(x, y), the smaller one, elementwise; NaN if one is. Pullback: x̄ += z̄ where x < y, ȳ += z̄ where y < x, and half
 * of z̄ to each where they are equal: the mean of the slopes on both sides. The second derivative is 0. Original: min of
 * Ord.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * gradBP((x: Var<number>, y: Var<number>) => min(x, y))(3, 3) // → [0.5, 0.5]
 * ```
 */
export function min(x: Operand<number>, y: Operand<number>): Var<number>
export function min<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function min<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function min<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function min(x: unknown, y: unknown): unknown {
  return binary('min', Opcode.Min, x, y)
}

/**
 * z = √(x² + y²) without overflow, elementwise. Pullback: x̄ += z̄·x/z, ȳ += z̄·y/z; summed where a scalar operand is used for
 * every element. ∞ if one is infinite, also beside NaN; the derivative is NaN at the origin, and by an infinite operand. Error ≤ 1 ULP.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>, y: Var<number>) => hypot(x, y))(3, 4) // → 5
 * ```
 */
export function hypot(x: Operand<number>, y: Operand<number>): Var<number>
export function hypot<T extends AnyTensor>(x: Operand<T>, y: Operand<number>): Var<T>
export function hypot<T extends AnyTensor>(x: Operand<number>, y: Operand<T>): Var<T>
export function hypot<T extends AnyTensor>(x: Operand<T>, y: Operand<NoInfer<T>>): Var<T>
export function hypot(x: unknown, y: unknown): unknown {
  return binary('hypot', Opcode.Hypot, x, y)
}

/**
 * y = x, but lo where x is below lo and hi where it is above hi, elementwise. Pullback: x̄ += ȳ between the bounds, 0 outside, and
 * half of ȳ at a bound: the mean of the slopes on both sides, as for `max` and `min`; 0 where lo = hi. NaN stays NaN. The
 * bounds are plain numbers, may be infinite, and are no variables: for those there are `max` and `min`.
 *
 * @param x what is kept between the bounds
 * @param lo the lower bound
 * @param hi the upper bound
 * @shape any → same
 * @throws {UsageError} when lo > hi, or one is NaN.
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * gradBP((x: Var<Vector>) => clamp(x, 0, 1))(vector([-1, 0, 0.5, 2])).toArray() // → [0, 0.5, 1, 0]
 * ```
 */
export function clamp<A extends Leaf>(x: Operand<A>, lo: number, hi: number): Var<A> {
  if (!(lo <= hi)) {
    throw new UsageError(
      `clamp: the bounds are ${describe(lo)} and ${describe(hi)}; the lower one comes first, and none is NaN.`,
    )
  }
  const y = binary('clamp', Opcode.Min, binary('clamp', Opcode.Max, x, lo), hi) as Var<A>
  return lo === hi ? unary('clamp', Opcode.StopGradient, y) : y
}

/**
 * y = −x, elementwise. Pullback: x̄ −= ȳ. Exact. Original: `negateOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => neg(x))(3) // → -3
 * ```
 */
export function neg<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('neg', Opcode.Neg, x)
}

/**
 * y = |x|, elementwise. Pullback: x̄ += ȳ·sign x, with sign 0 = 0. Exact. Original: `absOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => abs(x))(-3) // → 3
 * ```
 */
export function abs<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('abs', Opcode.Abs, x)
}

/**
 * y = sign x: −1, 0 or 1, elementwise. Pullback: x̄ += 0. Exact; sign ±0 = ±0, and NaN stays NaN. Original:
 * `signumOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => sign(x))(-3) // → -1
 * ```
 */
export function sign<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('sign', Opcode.Sign, x)
}

/**
 * y = ⌊x⌋, the largest whole number that is not above x, elementwise. Pullback: x̄ += 0, also at the steps. Exact; ±0, ±∞ and NaN
 * stay. Original: `floor` of RealFrac, which gives an integer.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => floor(x))(-1.5) // → -2
 * ```
 */
export function floor<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('floor', Opcode.Floor, x)
}

/**
 * y = ⌈x⌉, the smallest whole number that is not below x, elementwise. Pullback: x̄ += 0, also at the steps. Exact; ±0, ±∞ and
 * NaN stay, −0 above −1 and below 0. Original: `ceiling` of RealFrac, which gives an integer.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => ceil(x))(-1.5) // → -1
 * ```
 */
export function ceil<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('ceil', Opcode.Ceil, x)
}

/**
 * y is the whole number nearest to x and of two the even one, elementwise: 0.5 → 0, 1.5 → 2, 2.5 → 2, as IEEE 754 rounds, and as
 * `round` of RealFrac does, so that rounding has no bias. (`Math.round` rounds 2.5 to 3 and −2.5 to −2: that is `floor(x + ½)`.)
 * Pullback: x̄ += 0, also at the steps. Exact; ±0, ±∞ and NaN stay. Original: `round` of RealFrac, which gives an integer.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => round(x))(2.5) // → 2
 * ```
 */
export function round<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('round', Opcode.Round, x)
}

/**
 * y = eˣ, elementwise. Pullback: x̄ += ȳ·y. Error ≤ 0.9 ULP; +∞ above 709.78, 0 below −745.13. Original: `expOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => exp(x))(0) // → 1
 * ```
 */
export function exp<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('exp', Opcode.Exp, x)
}

/**
 * y = log x, the natural logarithm, elementwise. Pullback: x̄ += ȳ/x. Error ≤ 0.9 ULP; −∞ at 0, NaN below. Original:
 * `logOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => log(x))(1) // → 0
 * ```
 */
export function log<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('log', Opcode.Log, x)
}

/**
 * y = √x, elementwise. Pullback: x̄ += ȳ/(2y), infinite at 0. Correctly rounded; NaN below 0. Original: `sqrtOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => sqrt(x))(9) // → 3
 * ```
 */
export function sqrt<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('sqrt', Opcode.Sqrt, x)
}

/**
 * y = sin x, elementwise. Pullback: x̄ += ȳ·cos x. Error ≤ 1 ULP; NaN at ±∞. Original: `sinOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => sin(x))(0) // → 0
 * ```
 */
export function sin<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('sin', Opcode.Sin, x)
}

/**
 * y = cos x, elementwise. Pullback: x̄ −= ȳ·sin x. Error ≤ 1 ULP; NaN at ±∞. Original: `cosOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => cos(x))(0) // → 1
 * ```
 */
export function cos<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('cos', Opcode.Cos, x)
}

/**
 * y = tan x, elementwise. Pullback: x̄ += ȳ·(1 + y²). Error ≤ 1 ULP; NaN at ±∞. Original: `tanOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => tan(x))(0) // → 0
 * ```
 */
export function tan<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('tan', Opcode.Tan, x)
}

/**
 * y = arcsin x, in −π/2 … π/2, elementwise. Pullback: x̄ += ȳ/√((1 − x)(1 + x)), infinite at ±1. Error ≤ 1 ULP; NaN
 * outside −1 … 1. Original: `asinOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => asin(x))(1) // → 1.5707963
 * ```
 */
export function asin<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('asin', Opcode.Asin, x)
}

/**
 * y = arccos x, in 0 … π, elementwise. Pullback: x̄ −= ȳ/√((1 − x)(1 + x)), infinite at ±1. Error ≤ 1 ULP; NaN outside
 * −1 … 1. Original: `acosOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => acos(x))(1) // → 0
 * ```
 */
export function acos<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('acos', Opcode.Acos, x)
}

/**
 * y = arctan x, in −π/2 … π/2, elementwise. Pullback: x̄ += ȳ/(1 + x²). Error ≤ 1 ULP; ±π/2 at ±∞. Original: `atanOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => atan(x))(1) // → 0.78539816
 * ```
 */
export function atan<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('atan', Opcode.Atan, x)
}

/**
 * y = sinh x, elementwise. Pullback: x̄ += ȳ·cosh x. Error ≤ 3 ULP; ±∞ beyond ±710.47. Original: `sinhOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => sinh(x))(0) // → 0
 * ```
 */
export function sinh<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('sinh', Opcode.Sinh, x)
}

/**
 * y = cosh x, elementwise. Pullback: x̄ += ȳ·sinh x. Error ≤ 2 ULP; +∞ beyond ±710.47. Original: `coshOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => cosh(x))(0) // → 1
 * ```
 */
export function cosh<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('cosh', Opcode.Cosh, x)
}

/**
 * y = tanh x, elementwise. Pullback: x̄ += ȳ·(1 − y)(1 + y). Error ≤ 1.4 ULP; the derivative loses
 * digits where y is near ±1, as 1 − y does. Original: `tanhOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => tanh(x))(0) // → 0
 * ```
 */
export function tanh<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('tanh', Opcode.Tanh, x)
}

/**
 * y = arsinh x, elementwise. Pullback: x̄ += ȳ/√(1 + x²). Error ≤ 2 ULP. Original: `asinhOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => asinh(x))(0) // → 0
 * ```
 */
export function asinh<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('asinh', Opcode.Asinh, x)
}

/**
 * y = arcosh x, elementwise. Pullback: x̄ += ȳ/(√(x − 1)·√(x + 1)), infinite at 1. Error ≤ 2 ULP; NaN below 1.
 * Original: `acoshOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => acosh(x))(1) // → 0
 * ```
 */
export function acosh<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('acosh', Opcode.Acosh, x)
}

/**
 * y = artanh x, elementwise. Pullback: x̄ += ȳ/((1 − x)(1 + x)), infinite at ±1. Error ≤ 2 ULP; ±∞ at ±1, NaN outside.
 * Original: `atanhOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => atanh(x))(0) // → 0
 * ```
 */
export function atanh<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('atanh', Opcode.Atanh, x)
}

/**
 * y = log(1 + x), accurate near 0, elementwise. Pullback: x̄ += ȳ/(1 + x). Error ≤ 1 ULP; −∞ at −1, NaN below.
 * Original: `log1p` of Numeric.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => log1p(x))(0) // → 0
 * ```
 */
export function log1p<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('log1p', Opcode.Log1p, x)
}

/**
 * y = eˣ − 1, accurate near 0, elementwise. Pullback: x̄ += ȳ·eˣ. Error ≤ 2 ULP; −1 at −∞. Original: `expm1` of
 * Numeric.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => expm1(x))(0) // → 0
 * ```
 */
export function expm1<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('expm1', Opcode.Expm1, x)
}

/**
 * y = 1/(1 + e⁻ˣ), elementwise. Pullback: x̄ += ȳ·y(1 − y). Error ≤ 2 ULP, no overflow; the derivative loses digits
 * where y is near 1, as 1 − y does. Original: `logistic` of the samples.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => logistic(x))(0) // → 0.5
 * ```
 */
export function logistic<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('logistic', Opcode.Logistic, x)
}

/**
 * y = log(1 + eˣ), also called softplus, elementwise. Pullback: x̄ += ȳ/(1 + e⁻ˣ). Error ≤ 2 ULP; no overflow on the
 * right, no loss on the left. Original: `log1pexp` of Numeric.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => log1pExp(x))(0) // → 0.69314718
 * ```
 */
export function log1pExp<A extends Leaf>(x: Operand<A>): Var<A> {
  return unary('log1pExp', Opcode.Log1pExp, x)
}

/**
 * y = 1/x, elementwise. Pullback: x̄ −= ȳ·y/x. Correctly rounded; ±∞ at ±0. Original: `recipOp`.
 *
 * @shape any → same
 * @throws {VarOutOfRunError} when the operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => recip(x))(4) // → 0.25
 * ```
 */
export function recip<A extends Leaf>(x: Operand<A>): Var<A> {
  return binary('recip', Opcode.Div, 1, x) as Var<A>
}

/**
 * z = log x / log b, the logarithm of x to the base b, elementwise; the base comes first. Pullback: that of the two
 * logarithms and the quotient. Original: `logBaseOp`.
 *
 * @shape two of the same shape, or a scalar and any shape → the larger shape
 * @throws {ShapeMismatchError} when both are tensors and the shapes differ.
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => logBase(2, x))(8) // → 3
 * ```
 */
export function logBase(b: Operand<number>, x: Operand<number>): Var<number>
export function logBase<T extends AnyTensor>(b: Operand<number>, x: Operand<T>): Var<T>
export function logBase<T extends AnyTensor>(b: Operand<T>, x: Operand<number>): Var<T>
export function logBase<T extends AnyTensor>(b: Operand<T>, x: Operand<NoInfer<T>>): Var<T>
export function logBase(b: unknown, x: unknown): unknown {
  return binary('logBase', Opcode.Div, unary('logBase', Opcode.Log, x), unary('logBase', Opcode.Log, b))
}

/**
 * Is x < y? Compares the values: lt(x, y) = (x < y), computing them if need be; nothing is recorded.
 *
 * @shape two numbers → boolean
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @throws {UsageError} when an operand is a tensor.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => (lt(x, 5) ? x : x.neg()))(3) // → 3
 * ```
 */
export function lt(x: Operand<number>, y: Operand<number>): boolean {
  return compare(Relation.Less, x, y)
}

/**
 * Is x ≤ y? Compares the values: le(x, y) = (x ≤ y), computing them if need be; nothing is recorded.
 *
 * @shape two numbers → boolean
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @throws {UsageError} when an operand is a tensor.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => (le(x, 5) ? x : x.neg()))(3) // → 3
 * ```
 */
export function le(x: Operand<number>, y: Operand<number>): boolean {
  return compare(Relation.LessOrEqual, x, y)
}

/**
 * Is x > y? Compares the values: gt(x, y) = (x > y), computing them if need be; nothing is recorded.
 *
 * @shape two numbers → boolean
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @throws {UsageError} when an operand is a tensor.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => (gt(x, 5) ? x : x.neg()))(3) // → -3
 * ```
 */
export function gt(x: Operand<number>, y: Operand<number>): boolean {
  return compare(Relation.Greater, x, y)
}

/**
 * Is x ≥ y? Compares the values: ge(x, y) = (x ≥ y), computing them if need be; nothing is recorded.
 *
 * @shape two numbers → boolean
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @throws {UsageError} when an operand is a tensor.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => (ge(x, 5) ? x : x.neg()))(3) // → -3
 * ```
 */
export function ge(x: Operand<number>, y: Operand<number>): boolean {
  return compare(Relation.GreaterOrEqual, x, y)
}

/**
 * Is x = y? Compares the values: eq(x, y) = (x = y), computing them if need be; nothing is recorded.
 *
 * @shape two numbers → boolean
 * @throws {VarOutOfRunError} when an operand's run has ended.
 * @throws {UsageError} when an operand is a tensor.
 * @example
 * ```ts
 * evalBP((x: Var<number>) => (eq(x, 5) ? x : x.neg()))(3) // → -3
 * ```
 */
export function eq(x: Operand<number>, y: Operand<number>): boolean {
  return compare(Relation.Equal, x, y)
}
