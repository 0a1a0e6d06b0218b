/**
 * The elementwise ops: on scalars, on tensors of one shape, and with a scalar on either side of a tensor.
 */
import { binaryLoops, leftSlopes, rightSlopes, type BinaryOp } from './binaryLoops.ts'
import { dot, productInto, scaleInto, sum } from './kernels/vector.ts'
import { Op, TENSOR } from './scalarWalk.ts'
import { TensorStorage, type TensorNode } from './tensorStorage.ts'
import { unaryLoops, type UnaryOp } from './unaryLoops.ts'
import { unaryPulls } from './unaryPulls.ts'

/** The tape whose elementwise ops also take tensors. */
export class ElementwiseTape extends TensorStorage {
  private scratch = new Float64Array(1024)

  override add(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.Add, a, b) : super.add(a, b)
  }

  override sub(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.Sub, a, b) : super.sub(a, b)
  }

  override mul(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.Mul, a, b) : super.mul(a, b)
  }

  override div(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.Div, a, b) : super.div(a, b)
  }

  override pow(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.Pow, a, b) : super.pow(a, b)
  }

  override logBase(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.LogBase, a, b) : super.logBase(a, b)
  }

  override atan2(a: number, b: number): number {
    return (a | b) < 0 ? this.mapPair(Op.Atan2, a, b) : super.atan2(a, b)
  }

  override neg(a: number): number {
    return a < 0 ? this.map(Op.Neg, a) : super.neg(a)
  }

  override abs(a: number): number {
    return a < 0 ? this.map(Op.Abs, a) : super.abs(a)
  }

  override sign(a: number): number {
    return a < 0 ? this.map(Op.Sign, a) : super.sign(a)
  }

  override recip(a: number): number {
    return a < 0 ? this.map(Op.Recip, a) : super.recip(a)
  }

  override exp(a: number): number {
    return a < 0 ? this.map(Op.Exp, a) : super.exp(a)
  }

  override log(a: number): number {
    return a < 0 ? this.map(Op.Log, a) : super.log(a)
  }

  override sqrt(a: number): number {
    return a < 0 ? this.map(Op.Sqrt, a) : super.sqrt(a)
  }

  override sin(a: number): number {
    return a < 0 ? this.map(Op.Sin, a) : super.sin(a)
  }

  override cos(a: number): number {
    return a < 0 ? this.map(Op.Cos, a) : super.cos(a)
  }

  override tan(a: number): number {
    return a < 0 ? this.map(Op.Tan, a) : super.tan(a)
  }

  override asin(a: number): number {
    return a < 0 ? this.map(Op.Asin, a) : super.asin(a)
  }

  override acos(a: number): number {
    return a < 0 ? this.map(Op.Acos, a) : super.acos(a)
  }

  override atan(a: number): number {
    return a < 0 ? this.map(Op.Atan, a) : super.atan(a)
  }

  override sinh(a: number): number {
    return a < 0 ? this.map(Op.Sinh, a) : super.sinh(a)
  }

  override cosh(a: number): number {
    return a < 0 ? this.map(Op.Cosh, a) : super.cosh(a)
  }

  override tanh(a: number): number {
    return a < 0 ? this.map(Op.Tanh, a) : super.tanh(a)
  }

  override asinh(a: number): number {
    return a < 0 ? this.map(Op.Asinh, a) : super.asinh(a)
  }

  override acosh(a: number): number {
    return a < 0 ? this.map(Op.Acosh, a) : super.acosh(a)
  }

  override atanh(a: number): number {
    return a < 0 ? this.map(Op.Atanh, a) : super.atanh(a)
  }

  override log1p(a: number): number {
    return a < 0 ? this.map(Op.Log1p, a) : super.log1p(a)
  }

  override expm1(a: number): number {
    return a < 0 ? this.map(Op.Expm1, a) : super.expm1(a)
  }

  override logistic(a: number): number {
    return a < 0 ? this.map(Op.Logistic, a) : super.logistic(a)
  }

  override log1pExp(a: number): number {
    return a < 0 ? this.map(Op.Log1pExp, a) : super.log1pExp(a)
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
