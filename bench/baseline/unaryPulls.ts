/**
 * The pullbacks of the elementwise ops of one operand on tensors: x̄ (+)= ȳ · f′(x).
 *
 * One loop for each op, as in `unaryLoops.ts`.
 */
import { logistic } from './formulas.ts'
import { Op } from './scalarWalk.ts'
import { type UnaryOp } from './unaryLoops.ts'

/**
 * dxᵢ = dyᵢ·f′(xᵢ), or with `add` dxᵢ += dyᵢ·f′(xᵢ), for n elements. x begins at `xo`, y and dy at `yo`, dx at `dxo`.
 * Without `add` the old dx is not read.
 */
export type UnaryPull = (
  n: number,
  add: boolean,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  dy: Float64Array,
  yo: number,
  dx: Float64Array,
  dxo: number,
) => void

const negPull: UnaryPull = (n, add, _x, _xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    dx[o] = (add ? dx[o] : 0) - dy[(yo + i) | 0]
  }
}

const absPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] * Math.sign(v)
  }
}

const signPull: UnaryPull = (n, add, _x, _xo, _y, _dy, _yo, dx, dxo) => {
  if (!add) dx.fill(0, dxo, dxo + n)
}

const recipPull: UnaryPull = (n, add, _x, _xo, y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const p = (yo + i) | 0
    const v = y[p]
    dx[o] = (add ? dx[o] : 0) - dy[p] * v * v
  }
}

const expPull: UnaryPull = (n, add, _x, _xo, y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const p = (yo + i) | 0
    const v = y[p]
    dx[o] = (add ? dx[o] : 0) + dy[p] * v
  }
}

const logPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / v
  }
}

const sqrtPull: UnaryPull = (n, add, _x, _xo, y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const p = (yo + i) | 0
    const v = y[p]
    dx[o] = (add ? dx[o] : 0) + (0.5 * dy[p]) / v
  }
}

const sinPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] * Math.cos(v)
  }
}

const cosPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) - dy[(yo + i) | 0] * Math.sin(v)
  }
}

const tanPull: UnaryPull = (n, add, _x, _xo, y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const p = (yo + i) | 0
    const v = y[p]
    dx[o] = (add ? dx[o] : 0) + dy[p] * (1 + v * v)
  }
}

const asinPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / Math.sqrt((1 - v) * (1 + v))
  }
}

const acosPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) - dy[(yo + i) | 0] / Math.sqrt((1 - v) * (1 + v))
  }
}

const atanPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / (1 + v * v)
  }
}

const sinhPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] * Math.cosh(v)
  }
}

const coshPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] * Math.sinh(v)
  }
}

const tanhPull: UnaryPull = (n, add, _x, _xo, y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const p = (yo + i) | 0
    const v = y[p]
    dx[o] = (add ? dx[o] : 0) + dy[p] * (1 - v) * (1 + v)
  }
}

const asinhPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / Math.hypot(1, v)
  }
}

const acoshPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / (Math.sqrt(v - 1) * Math.sqrt(v + 1))
  }
}

const atanhPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / ((1 - v) * (1 + v))
  }
}

const log1pPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] / (1 + v)
  }
}

const expm1Pull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] * Math.exp(v)
  }
}

const logisticPull: UnaryPull = (n, add, _x, _xo, y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const p = (yo + i) | 0
    const v = y[p]
    dx[o] = (add ? dx[o] : 0) + dy[p] * v * (1 - v)
  }
}

const log1pExpPull: UnaryPull = (n, add, x, xo, _y, dy, yo, dx, dxo) => {
  for (let i = 0; i < n; i++) {
    const o = (dxo + i) | 0
    const v = x[(xo + i) | 0]
    dx[o] = (add ? dx[o] : 0) + dy[(yo + i) | 0] * logistic(v)
  }
}

/** The pullback of each op of one operand. */
export const unaryPulls: Readonly<Record<UnaryOp, UnaryPull>> = {
  [Op.Neg]: negPull,
  [Op.Abs]: absPull,
  [Op.Sign]: signPull,
  [Op.Recip]: recipPull,
  [Op.Exp]: expPull,
  [Op.Log]: logPull,
  [Op.Sqrt]: sqrtPull,
  [Op.Sin]: sinPull,
  [Op.Cos]: cosPull,
  [Op.Tan]: tanPull,
  [Op.Asin]: asinPull,
  [Op.Acos]: acosPull,
  [Op.Atan]: atanPull,
  [Op.Sinh]: sinhPull,
  [Op.Cosh]: coshPull,
  [Op.Tanh]: tanhPull,
  [Op.Asinh]: asinhPull,
  [Op.Acosh]: acoshPull,
  [Op.Atanh]: atanhPull,
  [Op.Log1p]: log1pPull,
  [Op.Expm1]: expm1Pull,
  [Op.Logistic]: logisticPull,
  [Op.Log1pExp]: log1pExpPull,
}
