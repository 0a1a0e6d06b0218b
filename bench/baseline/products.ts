/**
 * The products and reductions of tensors, and their pullbacks.
 */
import { ElementwiseTape } from './elementwise.ts'
import { gemm } from './kernels/gemm.ts'
import { gemv, gemvT, ger, gerSet } from './kernels/gemv.ts'
import {
  addRowLoop,
  dot,
  fillInto,
  scaledDifferenceInto,
  scaleInto,
  squaredDistance,
  sum,
  sumRowsInto,
} from './kernels/vector.ts'
import { Op } from './scalarWalk.ts'
import { type TensorNode } from './tensorStorage.ts'

/** A product, or the sum of a matrix and a row. */
export type ProductOp =
  Op.MatVec | Op.MatVecT | Op.MatMulNN | Op.MatMulNT | Op.MatMulTN | Op.MatMulTT | Op.Outer | Op.AddRow

/** The tape with elementwise ops, products and sums. */
export class ProductTape extends ElementwiseTape {
  /** A·x, or Aᵀ·x with `transpose`; a vector. */
  matVec(a: number, x: number, transpose = false): number {
    const A = this.node(a)
    const v = this.node(x)
    const inner = transpose ? A.rows : A.cols
    if (v.size !== inner) throw new RangeError(`matVec: ${inner} columns against a vector of ${v.size}`)
    const size = transpose ? A.cols : A.rows
    const handle = this.pushTensor(transpose ? Op.MatVecT : Op.MatVec, a, x, 1, size, this.wants(a) || this.wants(x))
    const y = this.node(handle)
    const product = transpose ? gemvT : gemv
    product(A.rows, A.cols, false, A.value, A.valueAt, v.value, v.valueAt, y.value, y.valueAt)
    return handle
  }

  /** op(A)·op(B), each as it is or transposed. */
  matMul(a: number, b: number, transposeA = false, transposeB = false): number {
    const A = this.node(a)
    const B = this.node(b)
    const m = transposeA ? A.cols : A.rows
    const k = transposeA ? A.rows : A.cols
    const n = transposeB ? B.rows : B.cols
    const inner = transposeB ? B.cols : B.rows
    if (k !== inner) throw new RangeError(`matMul: inner sizes differ: ${m}×${k} times ${inner}×${n}`)
    const op = transposeA ? (transposeB ? Op.MatMulTT : Op.MatMulTN) : transposeB ? Op.MatMulNT : Op.MatMulNN
    const handle = this.pushTensor(op, a, b, m, n, this.wants(a) || this.wants(b))
    const y = this.node(handle)
    gemm(transposeA, transposeB, m, n, k, false, A.value, A.valueAt, B.value, B.valueAt, y.value, y.valueAt)
    return handle
  }

  /** a·bᵀ of two vectors. */
  outer(a: number, b: number): number {
    const u = this.node(a)
    const v = this.node(b)
    const handle = this.pushTensor(Op.Outer, a, b, u.size, v.size, this.wants(a) || this.wants(b))
    const y = this.node(handle)
    gerSet(u.size, v.size, u.value, u.valueAt, v.value, v.valueAt, y.value, y.valueAt)
    return handle
  }

  /** The vector b added to each row of the matrix A: a bias in a batch. */
  addRow(a: number, b: number): number {
    const A = this.node(a)
    const v = this.node(b)
    if (v.size !== A.cols) throw new RangeError(`addRow: ${A.cols} columns against a vector of ${v.size}`)
    const handle = this.pushTensor(Op.AddRow, a, b, A.rows, A.cols, this.wants(a) || this.wants(b))
    const y = this.node(handle)
    addRowLoop(A.rows, A.cols, A.value, A.valueAt, v.value, v.valueAt, y.value, y.valueAt)
    return handle
  }

  /** Σ of all elements; a scalar. */
  sum(a: number): number {
    const x = this.node(a)
    return this.push(Op.Sum, a, 0, sum(x.size, x.value, x.valueAt))
  }

  /** Σ aᵢbᵢ over all elements; a scalar. */
  dot(a: number, b: number): number {
    const x = this.node(a)
    const y = this.node(b)
    if (x.size !== y.size) throw new RangeError(`dot of ${x.size} and ${y.size} elements`)
    return this.push(Op.Dot, a, b, dot(x.size, x.value, x.valueAt, y.value, y.valueAt))
  }

  /** Σ (aᵢ − bᵢ)² over all elements; a scalar. */
  squaredError(a: number, b: number): number {
    const x = this.node(a)
    const t = this.node(b)
    if (x.size !== t.size) throw new RangeError(`squaredError of ${x.size} and ${t.size} elements`)
    return this.push(Op.SquaredError, a, b, squaredDistance(x.size, x.value, x.valueAt, t.value, t.valueAt))
  }

  /** Pulls back a scalar that was made from tensors; g is its adjoint. */
  protected pullReduction(op: Op.Sum | Op.Dot | Op.SquaredError, a: number, b: number, g: number): void {
    const x = this.node(a)
    if (op === Op.Sum) {
      if (x.needsGradient) fillInto(x.size, touch(x), g, x.adjoint, x.adjointAt)
      return
    }
    const y = this.node(b)
    if (op === Op.Dot) {
      if (x.needsGradient) scaleInto(x.size, touch(x), g, y.value, y.valueAt, x.adjoint, x.adjointAt)
      if (y.needsGradient) scaleInto(y.size, touch(y), g, x.value, x.valueAt, y.adjoint, y.adjointAt)
      return
    }
    if (x.needsGradient) {
      const { adjoint, adjointAt } = x
      scaledDifferenceInto(x.size, touch(x), 2 * g, x.value, x.valueAt, y.value, y.valueAt, adjoint, adjointAt)
    }
    if (y.needsGradient) {
      const { adjoint, adjointAt } = y
      scaledDifferenceInto(x.size, touch(y), 2 * g, y.value, y.valueAt, x.value, x.valueAt, adjoint, adjointAt)
    }
  }

  /** Pulls back a product whose result is a vector or matrix. */
  protected pullProduct(op: ProductOp, a: number, b: number, result: TensorNode): void {
    const A = this.node(a)
    const B = this.node(b)
    const dy = result.adjoint
    const at = result.adjointAt
    switch (op) {
      case Op.MatVec:
        if (A.needsGradient) ger(A.rows, A.cols, touch(A), dy, at, B.value, B.valueAt, A.adjoint, A.adjointAt)
        if (B.needsGradient) gemvT(A.rows, A.cols, touch(B), A.value, A.valueAt, dy, at, B.adjoint, B.adjointAt)
        return
      case Op.MatVecT:
        if (A.needsGradient) ger(A.rows, A.cols, touch(A), B.value, B.valueAt, dy, at, A.adjoint, A.adjointAt)
        if (B.needsGradient) gemv(A.rows, A.cols, touch(B), A.value, A.valueAt, dy, at, B.adjoint, B.adjointAt)
        return
      case Op.Outer:
        if (A.needsGradient) gemv(A.size, B.size, touch(A), dy, at, B.value, B.valueAt, A.adjoint, A.adjointAt)
        if (B.needsGradient) gemvT(A.size, B.size, touch(B), dy, at, A.value, A.valueAt, B.adjoint, B.adjointAt)
        return
      case Op.AddRow:
        if (A.needsGradient) scaleInto(A.size, touch(A), 1, dy, at, A.adjoint, A.adjointAt)
        if (B.needsGradient) sumRowsInto(A.rows, A.cols, touch(B), dy, at, B.adjoint, B.adjointAt)
        return
      default:
        pullMatMul(op === Op.MatMulTN || op === Op.MatMulTT, op === Op.MatMulNT || op === Op.MatMulTT, A, B, result)
    }
  }
}

/** Marks an adjoint as written; returns whether it was before, hence whether the contribution must be added. */
export function touch(node: TensorNode): boolean {
  const before = node.touched
  node.touched = true
  return before
}

/**
 * C = op(A)·op(B):  dop(A) = dC·op(B)ᵀ and dop(B) = op(A)ᵀ·dC; where op transposes, the transpose of that.
 */
function pullMatMul(transposeA: boolean, transposeB: boolean, A: TensorNode, B: TensorNode, C: TensorNode): void {
  const dC = C.adjoint
  const at = C.adjointAt
  if (A.needsGradient) {
    const { rows, cols, adjoint, adjointAt } = A
    if (transposeA) {
      gemm(transposeB, true, rows, cols, C.cols, touch(A), B.value, B.valueAt, dC, at, adjoint, adjointAt)
    } else {
      gemm(false, !transposeB, rows, cols, C.cols, touch(A), dC, at, B.value, B.valueAt, adjoint, adjointAt)
    }
  }
  if (B.needsGradient) {
    const { rows, cols, adjoint, adjointAt } = B
    if (transposeB) {
      gemm(true, transposeA, rows, cols, C.rows, touch(B), dC, at, A.value, A.valueAt, adjoint, adjointAt)
    } else {
      gemm(!transposeA, false, rows, cols, C.rows, touch(B), A.value, A.valueAt, dC, at, adjoint, adjointAt)
    }
  }
}
