/**
 * The elementwise ops of two operands on tensors: yᵢ = op(aᵢ, bᵢ). A scalar operand has stride 0 and is thereby repeated.
 *
 * One loop for each op, as in `unaryLoops.ts`.
 */
import { atan2ByFirst, logBase, powerByBase, powerByExponent } from './formulas.ts'
import { Op } from './scalarWalk.ts'

/** yᵢ = op(aᵢ, bᵢ) for n elements; a begins at `ao` with stride `as`, b at `bo` with stride `bs`, y at `yo`. */
export type BinaryLoop = (
  n: number,
  a: Float64Array,
  ao: number,
  as: number,
  b: Float64Array,
  bo: number,
  bs: number,
  y: Float64Array,
  yo: number,
) => void

const addLoop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = a[p] + b[q]
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const subLoop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = a[p] - b[q]
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const mulLoop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = a[p] * b[q]
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const divLoop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = a[p] / b[q]
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const powLoop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = Math.pow(a[p], b[q])
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const logBaseLoop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = logBase(a[p], b[q])
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const atan2Loop: BinaryLoop = (n, a, ao, as, b, bo, bs, y, yo) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    y[(yo + i) | 0] = Math.atan2(a[p], b[q])
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

/** The loop of each op of two operands. */
export const binaryLoops = {
  [Op.Add]: addLoop,
  [Op.Sub]: subLoop,
  [Op.Mul]: mulLoop,
  [Op.Div]: divLoop,
  [Op.Pow]: powLoop,
  [Op.LogBase]: logBaseLoop,
  [Op.Atan2]: atan2Loop,
} satisfies Partial<Record<Op, BinaryLoop>>

/** An elementwise op of two operands. */
export type BinaryOp = keyof typeof binaryLoops

/** An op whose contributions are not just a multiple of ȳ or ȳ times the other operand. */
export type CurvedOp = Exclude<BinaryOp, Op.Add | Op.Sub | Op.Mul>

/**
 * zᵢ = ȳᵢ · ∂yᵢ/∂aᵢ, or by b. Strides as in {@link BinaryLoop}; y and dy begin at `yo`, z at 0.
 */
export type SlopeLoop = (
  n: number,
  a: Float64Array,
  ao: number,
  as: number,
  b: Float64Array,
  bo: number,
  bs: number,
  y: Float64Array,
  dy: Float64Array,
  yo: number,
  z: Float64Array,
) => void

const divLeft: SlopeLoop = (n, _a, _ao, _as, b, bo, bs, _y, dy, yo, z) => {
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = dy[o] / b[q]
    q = (q + bs) | 0
  }
}

const divRight: SlopeLoop = (n, _a, _ao, _as, b, bo, bs, y, dy, yo, z) => {
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = (-dy[o] * y[o]) / b[q]
    q = (q + bs) | 0
  }
}

const powLeft: SlopeLoop = (n, a, ao, as, b, bo, bs, _y, dy, yo, z) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = dy[o] * powerByBase(a[p], b[q])
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const powRight: SlopeLoop = (n, a, ao, as, _b, _bo, _bs, y, dy, yo, z) => {
  let p = ao | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = dy[o] * powerByExponent(a[p], y[o])
    p = (p + as) | 0
  }
}

const logBaseLeft: SlopeLoop = (n, a, ao, as, _b, _bo, _bs, y, dy, yo, z) => {
  let p = ao | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = (-dy[o] * y[o]) / (a[p] * Math.log(a[p]))
    p = (p + as) | 0
  }
}

const logBaseRight: SlopeLoop = (n, a, ao, as, b, bo, bs, _y, dy, yo, z) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = dy[o] / (b[q] * Math.log(a[p]))
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const atan2Left: SlopeLoop = (n, a, ao, as, b, bo, bs, _y, dy, yo, z) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = dy[o] * atan2ByFirst(a[p], b[q])
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

const atan2Right: SlopeLoop = (n, a, ao, as, b, bo, bs, _y, dy, yo, z) => {
  let p = ao | 0
  let q = bo | 0
  for (let i = 0; i < n; i++) {
    const o = (yo + i) | 0
    z[i] = -dy[o] * atan2ByFirst(b[q], a[p])
    p = (p + as) | 0
    q = (q + bs) | 0
  }
}

/** Contributions to the first operand. */
export const leftSlopes: Readonly<Record<CurvedOp, SlopeLoop>> = {
  [Op.Div]: divLeft,
  [Op.Pow]: powLeft,
  [Op.LogBase]: logBaseLeft,
  [Op.Atan2]: atan2Left,
}

/** Contributions to the second operand. */
export const rightSlopes: Readonly<Record<CurvedOp, SlopeLoop>> = {
  [Op.Div]: divRight,
  [Op.Pow]: powRight,
  [Op.LogBase]: logBaseRight,
  [Op.Atan2]: atan2Right,
}
