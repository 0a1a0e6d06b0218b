/**
 * Softmax, logSumExp and the cross-entropy, row by row, and their pullbacks.
 */
import {
  crossEntropyPullRow,
  crossEntropyRow,
  crossEntropyTargetPullRow,
  logSumExpPullRow,
  logSumExpRow,
  softmaxPull,
  softmaxRows,
} from './kernels/softmax.ts'
import { ProductTape, touch } from './products.ts'
import { Op } from './scalarWalk.ts'
import { type TensorNode } from './tensorStorage.ts'

/** The tape with all its ops. */
export class SoftmaxTape extends ProductTape {
  /** Softmax of each row. */
  softmax(a: number): number {
    const x = this.node(a)
    const handle = this.pushTensor(Op.Softmax, a, 0, x.rows, x.cols, x.needsGradient)
    const y = this.node(handle)
    softmaxRows(x.rows, x.cols, x.value, x.valueAt, y.value, y.valueAt)
    return handle
  }

  /** log Σⱼ e^xⱼ of each row: a scalar for one row, else a vector with an element for each row. */
  logSumExp(a: number): number {
    const x = this.node(a)
    if (x.rows === 1) return this.push(Op.LogSumExp, a, 0, logSumExpRow(x.cols, x.value, x.valueAt))
    const handle = this.pushTensor(Op.LogSumExpRows, a, 0, 1, x.rows, x.needsGradient)
    const y = this.node(handle)
    for (let i = 0; i < x.rows; i++) {
      y.value[y.valueAt + i] = logSumExpRow(x.cols, x.value, x.valueAt + i * x.cols)
    }
    return handle
  }

  /**
   * Σⱼ −tⱼ log softmax(x)ⱼ of each row, for any target t: a scalar for one row, else a vector with an element for each
   * row.
   */
  softmaxCrossEntropy(logits: number, target: number): number {
    const x = this.node(logits)
    const t = this.node(target)
    const { rows, cols } = x
    if (t.rows !== rows || t.cols !== cols) {
      throw new RangeError(`softmaxCrossEntropy of ${rows}×${cols} logits and a ${t.rows}×${t.cols} target`)
    }
    if (rows === 1) {
      const value = crossEntropyRow(cols, x.value, x.valueAt, t.value, t.valueAt)
      return this.push(Op.SoftmaxCrossEntropy, logits, target, value)
    }
    const needsGradient = x.needsGradient || t.needsGradient
    const handle = this.pushTensor(Op.SoftmaxCrossEntropyRows, logits, target, 1, rows, needsGradient)
    const y = this.node(handle)
    for (let i = 0; i < rows; i++) {
      const row = i * cols
      y.value[y.valueAt + i] = crossEntropyRow(cols, x.value, x.valueAt + row, t.value, t.valueAt + row)
    }
    return handle
  }

  /** Pulls back softmax. */
  protected pullSoftmax(a: number, y: TensorNode): void {
    const x = this.node(a)
    softmaxPull(x.rows, x.cols, touch(x), y.value, y.adjoint, y.valueAt, x.adjoint, x.adjointAt)
  }

  /** Pulls back logSumExp; the cotangent of row i is dy[dyAt + i], its value y[yAt + i]. */
  protected pullLogSumExp(a: number, dy: Float64Array, dyAt: number, y: Float64Array, yAt: number): void {
    const x = this.node(a)
    if (!x.needsGradient) return
    const add = touch(x)
    for (let i = 0; i < x.rows; i++) {
      const row = i * x.cols
      const { value, valueAt, adjoint, adjointAt } = x
      logSumExpPullRow(x.cols, add, y[yAt + i], dy[dyAt + i], value, valueAt + row, adjoint, adjointAt + row)
    }
  }

  /** Pulls back the cross-entropy; the cotangent of row i is dy[dyAt + i]. */
  protected pullCrossEntropy(logits: number, target: number, dy: Float64Array, dyAt: number): void {
    const x = this.node(logits)
    const t = this.node(target)
    const { rows, cols, value, valueAt } = x
    if (x.needsGradient) {
      const add = touch(x)
      for (let i = 0; i < rows; i++) {
        const p = valueAt + i * cols
        const o = x.adjointAt + i * cols
        crossEntropyPullRow(cols, add, dy[dyAt + i], value, p, t.value, t.valueAt + i * cols, x.adjoint, o)
      }
    }
    if (t.needsGradient) {
      const add = touch(t)
      for (let i = 0; i < rows; i++) {
        const o = t.adjointAt + i * cols
        crossEntropyTargetPullRow(cols, add, dy[dyAt + i], value, valueAt + i * cols, t.adjoint, o)
      }
    }
  }
}
