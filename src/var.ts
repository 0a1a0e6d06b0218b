/**
 * Variables: the class, whose methods are the ops (src/ops/README.md says which), the kinds there are, and constants. How ops
 * are recorded on them is in apply.ts, how their values are read in value.ts.
 *
 * This file imports those and the ops, and is imported by them. That is sound since none of them uses what it imports so while it
 * is loaded, only when it is called.
 */
import { Opcode } from '../assembly/shared/opcodes.ts'
import { Relation } from '../assembly/shared/program.ts'
import { binary, unary } from './apply.ts'
import type { Space } from './differentiable.ts'
import { NumericTagError, shapeText, UnknownLeafError } from './errors.ts'
import { toFloat32, toFloat64 } from './ops/cast.ts'
import { notEqual } from './ops/choice.ts'
import { clamp, logBase } from './ops/elementwise.ts'
import { dot, type If, matMul, type MatMulOptions, matVec, outer } from './ops/product.ts'
import { maximum, minimum, product, squaredError, sum } from './ops/reduce.ts'
import { logSumExp, type PerRow, type Rows, softmax, softmaxCrossEntropy } from './ops/softmax.ts'
import { stopGradient } from './ops/stopGradient.ts'
import type { Run } from './run.ts'
import { spaceOfLeaf, StructureLeaf, mapLeaves } from './structure.ts'
import { SCALAR } from './tape.ts'
import { type Matrix, type PlainTensor, Tensor, type Vector } from './tensor.ts'
import type { AnyTensor, BVar, DType, Leaf, Operand, Shape } from './types.ts'
import { compare, valueOf } from './value.ts'

/** What the engine knows of a variable: any `Var<A>` is one, whatever A is. */
export interface AnyVar {
  /** @internal */
  readonly run: Run | undefined
  /** @internal */
  readonly slot: number
  /** The sizes of what it holds. */
  readonly shape: Shape
  /** The type of the elements of what it holds. */
  readonly dtype: DType
}

/**
 * One variable: a number or tensor inside a run, made by an operator such as `gradBP` or by an op. It records what is
 * done with it; nothing is computed before a value is asked for. Ops are methods of their first operand: x.f(y) is f(x, y).
 *
 * A `Var` is invariant in what it holds: a `Var<Vector<3>>` is no `Var<Vector>`. Code for any size is generic in it.
 *
 * @example
 * ```ts
 * gradBP((x: Var<number>) => x.mul(x).add(1))(3) // → 6
 * ```
 */
export abstract class Var<in out A> implements AnyVar {
  /** @internal The run it belongs to; undefined for a constant that was made outside any. */
  readonly run: Run | undefined
  /** @internal Its slot on the run's tape. */
  readonly slot: number
  /** The sizes of the tensor that it holds, outermost first; empty for a number. */
  declare readonly shape: Shape
  /** The type of the elements of the tensor that it holds; float64 for a number. */
  declare readonly dtype: DType

  /** @internal `varOf` makes one. */
  constructor(run: Run | undefined, slot: number) {
    this.run = run
    this.slot = slot
  }

  /**
   * The value, computed now if it has not been: a number, or a tensor that is a copy. Reading it is no op, no cotangent
   * flows through it; it is there to branch on, and to look at.
   */
  get value(): A {
    return valueOf(this) as A
  }

  /** Makes the type invariant in A; never there. Messages show the name, where one `Var` is to be used as a wider one. */
  declare protected readonly 'sizes are part of the type: forget them with widen(x), or be generic in them': (a: A) => A

  /** this + b, elementwise; a scalar is added to every element. @sameAs add */
  add(b: Operand<A> | Operand<number>): Var<A>
  add<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  add(b: unknown): unknown {
    return binary('add', Opcode.Add, this, b)
  }

  /** this − b, elementwise. @sameAs sub */
  sub(b: Operand<A> | Operand<number>): Var<A>
  sub<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  sub(b: unknown): unknown {
    return binary('sub', Opcode.Sub, this, b)
  }

  /** this · b, elementwise. @sameAs mul */
  mul(b: Operand<A> | Operand<number>): Var<A>
  mul<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  mul(b: unknown): unknown {
    return binary('mul', Opcode.Mul, this, b)
  }

  /** this / b, elementwise. @sameAs div */
  div(b: Operand<A> | Operand<number>): Var<A>
  div<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  div(b: unknown): unknown {
    return binary('div', Opcode.Div, this, b)
  }

  /** this ^ b, elementwise. @sameAs pow */
  pow(b: Operand<A> | Operand<number>): Var<A>
  pow<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  pow(b: unknown): unknown {
    return binary('pow', Opcode.Pow, this, b)
  }

  /** The logarithm of b to the base this, elementwise: the base comes first. @sameAs logBase */
  logBase(b: Operand<A> | Operand<number>): Var<A>
  logBase<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  logBase(this: unknown, b: unknown): unknown {
    return logBase(this as number, b as number)
  }

  /** The angle of the point (b, this), elementwise: y comes first. @sameAs atan2 */
  atan2(b: Operand<A> | Operand<number>): Var<A>
  atan2<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  atan2(b: unknown): unknown {
    return binary('atan2', Opcode.Atan2, this, b)
  }

  /** √(this² + b²), elementwise. @sameAs hypot */
  hypot(b: Operand<A> | Operand<number>): Var<A>
  hypot<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  hypot(b: unknown): unknown {
    return binary('hypot', Opcode.Hypot, this, b)
  }

  /** The larger one of this and b, elementwise. @sameAs max */
  max(b: Operand<A> | Operand<number>): Var<A>
  max<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  max(b: unknown): unknown {
    return binary('max', Opcode.Max, this, b)
  }

  /** The smaller one of this and b, elementwise. @sameAs min */
  min(b: Operand<A> | Operand<number>): Var<A>
  min<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  min(b: unknown): unknown {
    return binary('min', Opcode.Min, this, b)
  }

  /** This between the bounds, elementwise. @sameAs clamp */
  clamp<B extends Leaf>(this: Var<B>, lo: number, hi: number): Var<B> {
    return clamp(this, lo, hi)
  }

  /** The negative, −this, elementwise. @sameAs neg */
  neg(): Var<A> {
    return unary('neg', Opcode.Neg, this)
  }

  /** The absolute value, |this|, elementwise. @sameAs abs */
  abs(): Var<A> {
    return unary('abs', Opcode.Abs, this)
  }

  /** The sign of this: −1, 0 or 1, elementwise. @sameAs sign */
  sign(): Var<A> {
    return unary('sign', Opcode.Sign, this)
  }

  /** The reciprocal, 1/this, elementwise. @sameAs recip */
  recip(): Var<A> {
    return binary('recip', Opcode.Div, 1, this) as Var<A>
  }

  /** The largest whole number that is not above this. @sameAs floor */
  floor(): Var<A> {
    return unary('floor', Opcode.Floor, this)
  }

  /** The smallest whole number that is not below this. @sameAs ceil */
  ceil(): Var<A> {
    return unary('ceil', Opcode.Ceil, this)
  }

  /** The whole number nearest to this, of two the even one. @sameAs round */
  round(): Var<A> {
    return unary('round', Opcode.Round, this)
  }

  /** eˣ of this. @sameAs exp */
  exp(): Var<A> {
    return unary('exp', Opcode.Exp, this)
  }

  /** eˣ − 1 of this. @sameAs expm1 */
  expm1(): Var<A> {
    return unary('expm1', Opcode.Expm1, this)
  }

  /** The natural logarithm of this. @sameAs log */
  log(): Var<A> {
    return unary('log', Opcode.Log, this)
  }

  /** log(1 + x) of this. @sameAs log1p */
  log1p(): Var<A> {
    return unary('log1p', Opcode.Log1p, this)
  }

  /** log(1 + eˣ) of this. @sameAs log1pExp */
  log1pExp(): Var<A> {
    return unary('log1pExp', Opcode.Log1pExp, this)
  }

  /** log(1 − eˣ) of this. @sameAs log1mExp */
  log1mExp(): Var<A> {
    return unary('log1mExp', Opcode.Log1mExp, this)
  }

  /** The square root of this. @sameAs sqrt */
  sqrt(): Var<A> {
    return unary('sqrt', Opcode.Sqrt, this)
  }

  /** The sine of this. @sameAs sin */
  sin(): Var<A> {
    return unary('sin', Opcode.Sin, this)
  }

  /** The cosine of this. @sameAs cos */
  cos(): Var<A> {
    return unary('cos', Opcode.Cos, this)
  }

  /** The tangent of this. @sameAs tan */
  tan(): Var<A> {
    return unary('tan', Opcode.Tan, this)
  }

  /** The arcsine of this. @sameAs asin */
  asin(): Var<A> {
    return unary('asin', Opcode.Asin, this)
  }

  /** The arccosine of this. @sameAs acos */
  acos(): Var<A> {
    return unary('acos', Opcode.Acos, this)
  }

  /** The arctangent of this. @sameAs atan */
  atan(): Var<A> {
    return unary('atan', Opcode.Atan, this)
  }

  /** The hyperbolic sine of this. @sameAs sinh */
  sinh(): Var<A> {
    return unary('sinh', Opcode.Sinh, this)
  }

  /** The hyperbolic cosine of this. @sameAs cosh */
  cosh(): Var<A> {
    return unary('cosh', Opcode.Cosh, this)
  }

  /** The hyperbolic tangent of this. @sameAs tanh */
  tanh(): Var<A> {
    return unary('tanh', Opcode.Tanh, this)
  }

  /** The inverse hyperbolic sine of this. @sameAs asinh */
  asinh(): Var<A> {
    return unary('asinh', Opcode.Asinh, this)
  }

  /** The inverse hyperbolic cosine of this. @sameAs acosh */
  acosh(): Var<A> {
    return unary('acosh', Opcode.Acosh, this)
  }

  /** The inverse hyperbolic tangent of this. @sameAs atanh */
  atanh(): Var<A> {
    return unary('atanh', Opcode.Atanh, this)
  }

  /** 1/(1 + e⁻ˣ) of this. @sameAs logistic */
  logistic(): Var<A> {
    return unary('logistic', Opcode.Logistic, this)
  }

  /** The error function of this. @sameAs erf */
  erf(): Var<A> {
    return unary('erf', Opcode.Erf, this)
  }

  /** The complementary error function of this. @sameAs erfc */
  erfc(): Var<A> {
    return unary('erfc', Opcode.Erfc, this)
  }

  /** The probability that a normal variable is below this. @sameAs normcdf */
  normcdf(): Var<A> {
    return unary('normcdf', Opcode.NormCdf, this)
  }

  /** The inverse error function of this. @sameAs inverf */
  inverf(): Var<A> {
    return unary('inverf', Opcode.Inverf, this)
  }

  /** The inverse complementary error function of this. @sameAs inverfc */
  inverfc(): Var<A> {
    return unary('inverfc', Opcode.Inverfc, this)
  }

  /** The quantile of the normal distribution at this. @sameAs invnormcdf */
  invnormcdf(): Var<A> {
    return unary('invnormcdf', Opcode.InvNormCdf, this)
  }

  /** log |Γ| of this. @sameAs lgamma */
  lgamma(): Var<A> {
    return unary('lgamma', Opcode.LGamma, this)
  }

  /** The derivative of log Γ at this. @sameAs digamma */
  digamma(): Var<A> {
    return unary('digamma', Opcode.Polygamma, this)
  }

  /** 1 where this < b, else 0, elementwise. @sameAs less */
  less(b: Operand<A> | Operand<number>): Var<A>
  less<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  less(b: unknown): unknown {
    return binary('less', Opcode.Less, this, b)
  }

  /** 1 where this ≤ b, else 0, elementwise. @sameAs lessEqual */
  lessEqual(b: Operand<A> | Operand<number>): Var<A>
  lessEqual<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  lessEqual(b: unknown): unknown {
    return binary('lessEqual', Opcode.LessOrEqual, this, b)
  }

  /** 1 where this > b, else 0, elementwise. @sameAs greater */
  greater(b: Operand<A> | Operand<number>): Var<A>
  greater<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  greater(b: unknown): unknown {
    return binary('greater', Opcode.Less, b, this)
  }

  /** 1 where this ≥ b, else 0, elementwise. @sameAs greaterEqual */
  greaterEqual(b: Operand<A> | Operand<number>): Var<A>
  greaterEqual<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  greaterEqual(b: unknown): unknown {
    return binary('greaterEqual', Opcode.LessOrEqual, b, this)
  }

  /** 1 where this = b, else 0, elementwise. @sameAs equal */
  equal(b: Operand<A> | Operand<number>): Var<A>
  equal<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  equal(b: unknown): unknown {
    return binary('equal', Opcode.Equal, this, b)
  }

  /** 0 where this = b, else 1, elementwise. @sameAs notEqual */
  notEqual(b: Operand<A> | Operand<number>): Var<A>
  notEqual<B extends AnyTensor>(this: Var<number>, b: Operand<B>): Var<B>
  notEqual(this: unknown, b: unknown): unknown {
    return notEqual(this as number, b as number)
  }

  /** The product of this matrix and the vector x; of thisᵀ and x with `{ transpose: true }`. @sameAs matVec */
  matVec<M extends number, N extends number, T extends boolean = false, D extends DType = 'float64'>(
    this: Var<Matrix<M, N, D>>,
    x: Operand<Vector<NoInfer<If<T, M, N>>, NoInfer<D>>>,
    options?: { readonly transpose?: T },
  ): Var<Vector<If<T, N, M>, D>> {
    return matVec<M, N, T, D>(this, x, options)
  }

  /** The product of this matrix and the matrix b, either transposed by an option. @sameAs matMul */
  matMul<
    M extends number,
    K extends number,
    L extends number,
    N extends number,
    TA extends boolean = false,
    TB extends boolean = false,
    D extends DType = 'float64',
  >(
    this: Var<Matrix<M, K, D>>,
    b: Operand<Matrix<If<TB, L, NoInfer<If<TA, M, K>>>, If<TB, NoInfer<If<TA, M, K>>, N>, NoInfer<D>>>,
    options?: MatMulOptions<TA, TB>,
  ): Var<Matrix<If<TA, K, M>, If<TB, L, N>, D>> {
    return matMul<M, K, L, N, TA, TB, D>(this, b, options)
  }

  /** The outer product of this vector and y, this · yᵀ. @sameAs outer */
  outer<M extends number, N extends number, D extends DType>(
    this: Var<Vector<M, D>>,
    y: Operand<Vector<N, NoInfer<D>>>,
  ): Var<Matrix<M, N, D>> {
    return outer<M, N, D>(this, y)
  }

  /** The inner product of this and y, of the same shape. @sameAs dot */
  dot<T extends AnyTensor>(this: Var<T>, y: Operand<NoInfer<T>>): Var<number> {
    return dot<T>(this, y)
  }

  /** The sum of all elements. @sameAs sum */
  sum<T extends AnyTensor>(this: Var<T>): Var<number> {
    return sum(this)
  }

  /** The product of all elements. @sameAs product */
  product<T extends AnyTensor>(this: Var<T>): Var<number> {
    return product(this)
  }

  /** The largest of all elements. @sameAs maximum */
  maximum<T extends AnyTensor>(this: Var<T>): Var<number> {
    return maximum(this)
  }

  /** The smallest of all elements. @sameAs minimum */
  minimum<T extends AnyTensor>(this: Var<T>): Var<number> {
    return minimum(this)
  }

  /** The sum of the squares of this − target. @sameAs squaredError */
  squaredError<T extends AnyTensor>(this: Var<T>, target: Operand<NoInfer<T>>): Var<number> {
    return squaredError<T>(this, target)
  }

  /** exp xᵢ / Σⱼ exp xⱼ, for each row of this. @sameAs softmax */
  softmax<T extends Rows>(this: Var<T>): Var<T> {
    return softmax(this)
  }

  /** log Σⱼ exp xⱼ, for each row of this. @sameAs logSumExp */
  logSumExp<T extends Rows>(this: Var<T>): Var<PerRow<T>> {
    return logSumExp(this)
  }

  /** The cross-entropy of the softmax of this, for each row. @sameAs softmaxCrossEntropy */
  softmaxCrossEntropy<T extends Rows>(this: Var<T>, target: Operand<NoInfer<T>>): Var<PerRow<T>> {
    return softmaxCrossEntropy<T>(this, target)
  }

  /** This with elements of float32. @sameAs toFloat32 */
  toFloat32<S extends Shape, D extends DType>(this: Var<Tensor<S, D>>): Var<Tensor<S, 'float32'>> {
    return toFloat32(this)
  }

  /** This with elements of float64. @sameAs toFloat64 */
  toFloat64<S extends Shape, D extends DType>(this: Var<Tensor<S, D>>): Var<Tensor<S>> {
    return toFloat64(this)
  }

  /** The value of this, without a derivative. @sameAs stopGradient */
  stopGradient(): Var<A> {
    return stopGradient<Var<A>>(this)
  }

  /** Is this < b, by value? @sameAs lt */
  lt(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.Less, this, b)
  }

  /** Is this ≤ b, by value? @sameAs le */
  le(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.LessOrEqual, this, b)
  }

  /** Is this > b, by value? @sameAs gt */
  gt(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.Greater, this, b)
  }

  /** Is this ≥ b, by value? @sameAs ge */
  ge(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.GreaterOrEqual, this, b)
  }

  /** Is this = b, by value? @sameAs eq */
  eq(this: Var<number>, b: Operand<number>): boolean {
    return compare(Relation.Equal, this, b)
  }

  /**
   * What `JSON.stringify` writes: toJSON() = value.
   *
   * @returns the value
   * @throws {VarOutOfRunError} when its run has ended.
   * @example
   * ```ts
   * JSON.stringify({ half: constVar(0.5) }) // → '{"half":0.5}'
   * ```
   */
  toJSON(): A {
    return this.value
  }

  /** What the console of Node shows: kind and shape, computing nothing. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this[Symbol.toStringTag]} {}`
  }

  /** What messages and `Object.prototype.toString` call it. */
  get [Symbol.toStringTag](): string {
    return this.shape.length === 0 ? 'Var<number>' : `Var<${shapeText(this.shape)}>`
  }

  /** JavaScript asks for this where a variable stands in the place of a number or a key; there is no right answer. */
  [Symbol.toPrimitive](hint: string): never {
    throw new NumericTagError(
      hint === 'string' ? 'a property key or text' : hint === 'number' ? 'a plain number' : 'an operand of + or ==',
    )
  }
}

// A leaf of structures, but not by `extends`: a derived constructor is so long that V8 would not inline three ops in a row.
Object.setPrototypeOf(Var.prototype, StructureLeaf.prototype)

// Scalars, of which there may be millions, have their shape in common: an object is a fifth smaller without the field.
Object.defineProperty(Var.prototype, 'shape', { value: SCALAR, writable: true })
Object.defineProperty(Var.prototype, 'dtype', { value: 'float64', writable: true })

/**
 * @internal
 *
 * A variable that holds a number: the class itself, abstract only so that nobody else makes one. (A subclass of its own
 * made V8 11 give up optimising `binary`, again and again, for a dependency that changed: fifty times slower.)
 */
export const ScalarVar = Var as unknown as new <A>(run: Run | undefined, slot: number) => Var<A>

/** A variable that holds a tensor. */
class TensorVar extends Var<unknown> {
  override readonly shape: Shape

  constructor(run: Run | undefined, slot: number, shape: Shape) {
    super(run, slot)
    this.shape = shape
  }
}

/** A variable that holds a tensor of float32. */
class Float32Var extends TensorVar {
  override get [Symbol.toStringTag](): string {
    return `Var<float32 ${shapeText(this.shape)}>`
  }
}

Object.defineProperty(Float32Var.prototype, 'dtype', { value: 'float32' })

/** The shape of what has none: a value of a user's type. Empty, and not the shape of a number. */
export const HOST: Shape = Object.freeze([])

/** A variable that holds a value of a user's type. */
class HostVar extends TensorVar {
  readonly space: Space

  constructor(run: Run | undefined, slot: number, space: Space) {
    super(run, slot, HOST)
    this.space = space
  }

  override get [Symbol.toStringTag](): string {
    return 'Var of a type of its own'
  }
}

/** @internal The variable for a slot that holds a value of a user's type. */
export function hostVarOf(run: Run | undefined, slot: number, space: Space): Var<unknown> {
  return new HostVar(run, slot, space)
}

/** @internal A variable for a slot that holds what `like` holds: a number, a tensor of that shape, a value of that type. */
export function varLike(like: AnyVar, run: Run | undefined, slot: number): Var<unknown> {
  return like.shape === HOST
    ? new HostVar(run, slot, spaceOfLeaf(like) as Space)
    : varOf(run, slot, like.shape, like.dtype)
}

/** @internal The variable for a slot. */
export function varOf(run: Run | undefined, slot: number, shape: Shape, dtype: DType = 'float64'): Var<unknown> {
  if (shape.length === 0) return new ScalarVar<unknown>(run, slot)
  return dtype === 'float32' ? new Float32Var(run, slot, shape) : new TensorVar(run, slot, shape)
}

/** @internal A constant that was made outside any run, or is not yet on the tape of one. */
export class Constant extends TensorVar {
  readonly #plain: unknown
  override readonly dtype: DType
  /** The dictionary of a value of a user's type. */
  readonly space: Space | undefined
  /** The run whose tape holds it now, and where. */
  #lifted: Run | undefined
  #slot = 0

  constructor(plain: unknown, space: Space | undefined) {
    // A negative slot, as every constant has: it keeps it off the fast paths of `unary` and `binary`.
    super(undefined, -1, space !== undefined ? HOST : plain instanceof Tensor ? plain.shape : SCALAR)
    this.#plain = plain
    this.dtype = plain instanceof Tensor ? plain.dtype : 'float64'
    this.space = space
  }

  get plain(): unknown {
    return this.#plain
  }

  /** Its slot on the tape of the run. */
  liftInto(run: Run): number {
    if (this.#lifted !== run) {
      this.#slot =
        this.space === undefined
          ? liftPlain(run, this.#plain as number | PlainTensor)
          : run.tape.constantHost(this.#plain, this.space)
      this.#lifted = run
    }
    return this.#slot
  }
}

/** @internal Is it a variable that was made by `constVar`, outside any run? */
export function isConstant(value: unknown): boolean {
  return value instanceof Constant
}

/** @internal Puts a plain value on a run's tape as a constant. */
export function liftPlain(run: Run, plain: number | PlainTensor): number {
  if (typeof plain === 'number') return run.tape.constantNumber(plain)
  return run.tape.constantTensor(plain)
}

/**
 * A constant: constVar(x).value = x, with no cotangent. A structure of plain values becomes one of constants. Not needed
 * where an op takes an operand: plain values are accepted there.
 *
 * @param value a number, a tensor, or a structure of them; tensors are not copied before they are used
 * @shape any → same
 * @throws {UnknownLeafError} for a leaf that is neither number nor tensor.
 * @example
 * ```ts
 * gradBP((x: Var<number>) => x.mul(constVar(5)))(3) // → 5
 * ```
 */
export function constVar(value: number): Var<number>
export function constVar<A extends AnyTensor>(value: A): Var<A>
export function constVar<A>(value: A): BVar<A>
export function constVar(value: unknown): unknown {
  return mapLeaves(value, 'constVar', leaf => constantLeaf(leaf))
}

/** @internal A variable for one leaf of a plain value; a variable stays what it is. */
export function constantLeaf(leaf: unknown): Var<unknown> {
  if (leaf instanceof Var) return leaf as Var<unknown>
  if (typeof leaf === 'number' || leaf instanceof Tensor) return new Constant(leaf, undefined)
  const space = spaceOfLeaf(leaf)
  if (space !== undefined) return new Constant(leaf, space)
  throw new UnknownLeafError('constVar', leaf, 'Give a number, a tensor or a structure of them.')
}
