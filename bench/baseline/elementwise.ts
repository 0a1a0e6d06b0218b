/**
 * The elementwise ops: on scalars, on tensors of one shape, and with a scalar on either side of a tensor.
 */
import { binaryLoops, leftSlopes, rightSlopes, type BinaryOp } from './binaryLoops.ts'
import { log1pExp, logBase, logistic } from './formulas.ts'
import { dot, productInto, scaleInto, sum } from './kernels/vector.ts'
import { Op, TENSOR } from './scalarWalk.ts'
import { TapeStorage, type TensorNode } from './storage.ts'
import { unaryLoops, type UnaryOp } from './unaryLoops.ts'
import { unaryPulls } from './unaryPulls.ts'

/** The tape with all elementwise ops. Each method records its op, computes the value at once and returns its handle. */
export class ElementwiseTape extends TapeStorage {
  private scratch = new Float64Array(1024)

  /** a + b. */
  add(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.Add, a, b)
    const v = this.val
    return this.push(Op.Add, a, b, v[a] + v[b])
  }

  /** a − b. */
  sub(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.Sub, a, b)
    const v = this.val
    return this.push(Op.Sub, a, b, v[a] - v[b])
  }

  /** a · b. */
  mul(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.Mul, a, b)
    const v = this.val
    return this.push(Op.Mul, a, b, v[a] * v[b])
  }

  /** a / b. */
  div(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.Div, a, b)
    const v = this.val
    return this.push(Op.Div, a, b, v[a] / v[b])
  }

  /** aᵇ. */
  pow(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.Pow, a, b)
    const v = this.val
    return this.push(Op.Pow, a, b, Math.pow(v[a], v[b]))
  }

  /** Log b / log a: the logarithm of b to the base a. */
  logBase(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.LogBase, a, b)
    const v = this.val
    return this.push(Op.LogBase, a, b, logBase(v[a], v[b]))
  }

  /** The angle of the point (b, a). */
  atan2(a: number, b: number): number {
    if ((a | b) < 0) return this.mapPair(Op.Atan2, a, b)
    const v = this.val
    return this.push(Op.Atan2, a, b, Math.atan2(v[a], v[b]))
  }

  /** −a. */
  neg(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Neg, a) : this.push(Op.Neg, a, 0, -v[a])
  }

  /** |a|. */
  abs(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Abs, a) : this.push(Op.Abs, a, 0, Math.abs(v[a]))
  }

  /** the sign of a. */
  sign(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Sign, a) : this.push(Op.Sign, a, 0, Math.sign(v[a]))
  }

  /** 1 / a. */
  recip(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Recip, a) : this.push(Op.Recip, a, 0, 1 / v[a])
  }

  /** eᵃ. */
  exp(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Exp, a) : this.push(Op.Exp, a, 0, Math.exp(v[a]))
  }

  /** log a. */
  log(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Log, a) : this.push(Op.Log, a, 0, Math.log(v[a]))
  }

  /** √a. */
  sqrt(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Sqrt, a) : this.push(Op.Sqrt, a, 0, Math.sqrt(v[a]))
  }

  /** sin a. */
  sin(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Sin, a) : this.push(Op.Sin, a, 0, Math.sin(v[a]))
  }

  /** cos a. */
  cos(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Cos, a) : this.push(Op.Cos, a, 0, Math.cos(v[a]))
  }

  /** tan a. */
  tan(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Tan, a) : this.push(Op.Tan, a, 0, Math.tan(v[a]))
  }

  /** asin a. */
  asin(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Asin, a) : this.push(Op.Asin, a, 0, Math.asin(v[a]))
  }

  /** acos a. */
  acos(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Acos, a) : this.push(Op.Acos, a, 0, Math.acos(v[a]))
  }

  /** atan a. */
  atan(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Atan, a) : this.push(Op.Atan, a, 0, Math.atan(v[a]))
  }

  /** sinh a. */
  sinh(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Sinh, a) : this.push(Op.Sinh, a, 0, Math.sinh(v[a]))
  }

  /** cosh a. */
  cosh(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Cosh, a) : this.push(Op.Cosh, a, 0, Math.cosh(v[a]))
  }

  /** tanh a. */
  tanh(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Tanh, a) : this.push(Op.Tanh, a, 0, Math.tanh(v[a]))
  }

  /** asinh a. */
  asinh(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Asinh, a) : this.push(Op.Asinh, a, 0, Math.asinh(v[a]))
  }

  /** acosh a. */
  acosh(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Acosh, a) : this.push(Op.Acosh, a, 0, Math.acosh(v[a]))
  }

  /** atanh a. */
  atanh(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Atanh, a) : this.push(Op.Atanh, a, 0, Math.atanh(v[a]))
  }

  /** log(1 + a). */
  log1p(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Log1p, a) : this.push(Op.Log1p, a, 0, Math.log1p(v[a]))
  }

  /** eᵃ − 1. */
  expm1(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Expm1, a) : this.push(Op.Expm1, a, 0, Math.expm1(v[a]))
  }

  /** 1 / (1 + e⁻ᵃ). */
  logistic(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Logistic, a) : this.push(Op.Logistic, a, 0, logistic(v[a]))
  }

  /** log(1 + eᵃ). */
  log1pExp(a: number): number {
    const v = this.val
    return a < 0 ? this.map(Op.Log1pExp, a) : this.push(Op.Log1pExp, a, 0, log1pExp(v[a]))
  }

  /** Pulls back a record of an elementwise op whose result is a tensor. */
  protected pullElementwise(op: UnaryOp | BinaryOp, a: number, b: number, result: TensorNode): void {
    if (isBinary(op)) {
      if (this.wants(a)) this.pullPair(op, a, b, true, result)
      if (this.wants(b)) this.pullPair(op, a, b, false, result)
      return
    }
    const x = this.node(a)
    if (!x.needsGradient) return
    const { value, valueAt, adjoint, adjointAt } = x
    unaryPulls[op](x.size, x.touched, value, valueAt, result.value, result.adjoint, result.valueAt, adjoint, adjointAt)
    x.touched = true
  }

  private map(op: UnaryOp, a: number): number {
    const x = this.node(a)
    const handle = this.pushTensor(op + TENSOR, a, 0, x.rows, x.cols, x.needsGradient)
    const y = this.node(handle)
    unaryLoops[op](x.size, x.value, x.valueAt, y.value, y.valueAt)
    return handle
  }

  private mapPair(op: BinaryOp, a: number, b: number): number {
    const shape = this.node(a < 0 ? a : b)
    const { rows, cols } = shape
    if ((a & b) < 0) {
      const other = this.node(b)
      if (other.rows !== rows || other.cols !== cols) {
        throw new RangeError(`${Op[op]} of a ${rows}×${cols} and a ${other.rows}×${other.cols} tensor`)
      }
    }
    const handle = this.pushTensor(op + TENSOR, a, b, rows, cols, this.wants(a) || this.wants(b))
    const y = this.node(handle)
    // A scalar is read where it stands among the scalars' values, with stride 0.
    const p = a < 0 ? this.node(a) : undefined
    const q = b < 0 ? this.node(b) : undefined
    binaryLoops[op](
      y.size,
      p ? p.value : this.val,
      p ? p.valueAt : a,
      p ? 1 : 0,
      q ? q.value : this.val,
      q ? q.valueAt : b,
      q ? 1 : 0,
      y.value,
      y.valueAt,
    )
    return handle
  }

  /** The contribution of y = op(a, b) to a, or else to b. */
  private pullPair(op: BinaryOp, a: number, b: number, toLeft: boolean, y: TensorNode): void {
    const target = toLeft ? a : b
    const n = y.size
    const dy = y.adjoint
    const at = y.adjointAt
    if (op === Op.Add || op === Op.Sub) {
      this.contribute(target, n, op === Op.Sub && !toLeft ? -1 : 1, dy, at)
    } else if (op === Op.Mul) {
      this.pullFactor(target, toLeft ? b : a, n, dy, at)
    } else {
      const p = a < 0 ? this.node(a) : undefined
      const q = b < 0 ? this.node(b) : undefined
      const z = this.scratchOf(n)
      const slopes = toLeft ? leftSlopes[op] : rightSlopes[op]
      slopes(
        n,
        p ? p.value : this.val,
        p ? p.valueAt : a,
        p ? 1 : 0,
        q ? q.value : this.val,
        q ? q.valueAt : b,
        q ? 1 : 0,
        y.value,
        dy,
        at,
        z,
      )
      this.contribute(target, n, 1, z, 0)
    }
  }

  /** The contribution of a product to one factor: dy times the other. */
  private pullFactor(target: number, other: number, n: number, dy: Float64Array, at: number): void {
    if (other >= 0) {
      this.contribute(target, n, this.val[other], dy, at)
      return
    }
    const factor = this.node(other)
    if (target >= 0) {
      this.adj[target] += dot(n, dy, at, factor.value, factor.valueAt)
      return
    }
    const x = this.node(target)
    productInto(n, x.touched, dy, at, factor.value, factor.valueAt, x.adjoint, x.adjointAt)
    x.touched = true
  }

  /** Adds alpha·z to an operand's adjoint; to a scalar's adjoint, the sum of it. */
  private contribute(handle: number, n: number, alpha: number, z: Float64Array, at: number): void {
    if (handle >= 0) {
      this.adj[handle] += alpha * sum(n, z, at)
      return
    }
    const x = this.node(handle)
    scaleInto(n, x.touched, alpha, z, at, x.adjoint, x.adjointAt)
    x.touched = true
  }

  private scratchOf(size: number): Float64Array {
    if (this.scratch.length < size) this.scratch = new Float64Array(Math.max(size, 2 * this.scratch.length))
    return this.scratch
  }
}

function isBinary(op: UnaryOp | BinaryOp): op is BinaryOp {
  return op <= Op.Atan2
}
