/**
 * The baseline: reverse-mode differentiation as a TypeScript programmer who cares for speed would write it. Handles are
 * integers, records stand in flat typed arrays, values are computed when they are recorded, the walk backwards is a loop.
 *
 *     const tape = new BaselineTape()
 *     const x = tape.scalar(2)
 *     const y = tape.mul(x, tape.sin(x))
 *     tape.backward(y)
 *     tape.value(y)      // 1.8185948536513634
 *     tape.adjoint(x)    // 0.0770037537313969 = sin 2 + 2 cos 2
 */
import { type BinaryOp } from './binaryLoops.ts'
import { type ProductOp } from './products.ts'
import { Op, opOf, RECORD_SHIFT, TENSOR, walkScalars } from './scalarWalk.ts'
import { SoftmaxTape } from './softmax.ts'
import { type UnaryOp } from './unaryLoops.ts'

/** The baseline's tape: records, ops, and the walk backwards. */
export class BaselineTape extends SoftmaxTape {
  /**
   * Walks the tape back from `result`; afterwards `adjoint` and `adjoints` give the derivatives. A scalar's cotangent is
   * 1 unless given, a tensor's must be given.
   */
  override backward(result: number, cotangent: number | Float64Array = 1): void {
    this.clearAdjoints()
    if (result < 0) {
      if (typeof cotangent === 'number') throw new TypeError('the cotangent of a tensor must be a Float64Array')
      const node = this.node(result)
      if (cotangent.length !== node.size) throw new RangeError(`${cotangent.length} elements for the cotangent`)
      if (!node.needsGradient) return
      node.adjoint.set(cotangent, node.adjointAt)
      node.touched = true
    } else {
      if (typeof cotangent !== 'number') throw new TypeError('the cotangent of a scalar must be a number')
      this.adj[result] = cotangent
    }
    let n = result < 0 ? ~result : result
    for (;;) {
      n = walkScalars(this.records, this.val, this.adj, n)
      if (n < 0) break
      this.pull(n)
      n--
    }
    this.clearUntouched()
  }

  /** Pulls back record n, which has to do with a tensor. */
  private pull(n: number): void {
    const op = this.opAt(n)
    if ((op as number) < TENSOR) {
      if (this.adj[n] !== 0) this.pullToScalar(n, op)
      return
    }
    const i = n << RECORD_SHIFT
    const a = this.records[i | 1]
    const b = this.records[i | 2]
    const y = this.node(~n)
    if (!y.touched) return
    if (op < Op.MatVec) {
      this.pullElementwise(opOf<UnaryOp | BinaryOp>(op - TENSOR), a, b, y)
      return
    }
    switch (op) {
      case Op.Softmax:
        this.pullSoftmax(a, y)
        return
      case Op.LogSumExpRows:
        this.pullLogSumExp(a, y.adjoint, y.adjointAt, y.value, y.valueAt)
        return
      case Op.SoftmaxCrossEntropyRows:
        this.pullCrossEntropy(a, b, y.adjoint, y.adjointAt)
        return
      default:
        this.pullProduct(opOf<ProductOp>(op), a, b, y)
    }
  }

  /** Pulls back record n, a scalar that was made from tensors. */
  private pullToScalar(n: number, op: Op): void {
    const i = n << RECORD_SHIFT
    const a = this.records[i | 1]
    const b = this.records[i | 2]
    switch (op) {
      case Op.LogSumExp:
        this.pullLogSumExp(a, this.adj, n, this.val, n)
        return
      case Op.SoftmaxCrossEntropy:
        this.pullCrossEntropy(a, b, this.adj, n)
        return
      default:
        this.pullReduction(opOf<Op.Sum | Op.Dot | Op.SquaredError>(op), a, b, this.adj[n])
    }
  }
}
