/** Softmax and its relatives, along each of `rows` rows of `cols` elements, shifted by the row's maximum. */

/** max over one row; NaN if there is one. */
function rowMaximum(cols: number, x: Float64Array, at: number): number {
  let max = -Infinity
  for (let j = 0; j < cols; j++) max = Math.max(max, x[(at + j) | 0])
  return max
}

/** log Σⱼ e^xⱼ of one row. An infinite maximum is the result. */
export function logSumExpRow(cols: number, x: Float64Array, at: number): number {
  const max = rowMaximum(cols, x, at)
  if (!Number.isFinite(max)) return max
  let sum = 0
  for (let j = 0; j < cols; j++) sum += Math.exp(x[(at + j) | 0] - max)
  return max + Math.log(sum)
}

/** Y = softmax of each row of X. */
export function softmaxRows(
  rows: number,
  cols: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  for (let i = 0; i < rows; i++) {
    const p = (xo + i * cols) | 0
    const o = (yo + i * cols) | 0
    const max = rowMaximum(cols, x, p)
    let sum = 0
    for (let j = 0; j < cols; j++) {
      const e = Math.exp(x[(p + j) | 0] - max)
      y[(o + j) | 0] = e
      sum += e
    }
    const scale = 1 / sum
    for (let j = 0; j < cols; j++) y[(o + j) | 0] *= scale
  }
}

/** dX (+)= Y ∘ (dY − ⟨dY, Y⟩) for each row: the pullback of softmax. Y and dY begin at `yo`. */
export function softmaxPull(
  rows: number,
  cols: number,
  add: boolean,
  y: Float64Array,
  dy: Float64Array,
  yo: number,
  dx: Float64Array,
  dxo: number,
): void {
  for (let i = 0; i < rows; i++) {
    const p = (yo + i * cols) | 0
    const o = (dxo + i * cols) | 0
    let inner = 0
    for (let j = 0; j < cols; j++) inner += dy[(p + j) | 0] * y[(p + j) | 0]
    for (let j = 0; j < cols; j++) {
      const old = add ? dx[(o + j) | 0] : 0
      dx[(o + j) | 0] = old + y[(p + j) | 0] * (dy[(p + j) | 0] - inner)
    }
  }
}

/** dX (+)= dy · softmax(x) for the row of X at `xo`: the pullback of logSumExp. `lse` is its value. */
export function logSumExpPullRow(
  cols: number,
  add: boolean,
  lse: number,
  dy: number,
  x: Float64Array,
  xo: number,
  dx: Float64Array,
  dxo: number,
): void {
  for (let j = 0; j < cols; j++) {
    const old = add ? dx[(dxo + j) | 0] : 0
    dx[(dxo + j) | 0] = old + dy * Math.exp(x[(xo + j) | 0] - lse)
  }
}

/** Σⱼ −tⱼ log softmax(x)ⱼ of one row, for any t. An element with t = 0 contributes 0, be its logit −∞. */
export function crossEntropyRow(cols: number, x: Float64Array, xo: number, t: Float64Array, to: number): number {
  const lse = logSumExpRow(cols, x, xo)
  let sum = 0
  for (let j = 0; j < cols; j++) {
    const target = t[(to + j) | 0]
    if (target !== 0) sum += target * (lse - x[(xo + j) | 0])
  }
  return sum
}

/** dX (+)= dy · (Σt · softmax(x) − t) for one row: the pullback of the cross-entropy by its logits, for any t. */
export function crossEntropyPullRow(
  cols: number,
  add: boolean,
  dy: number,
  x: Float64Array,
  xo: number,
  t: Float64Array,
  to: number,
  dx: Float64Array,
  dxo: number,
): void {
  const lse = logSumExpRow(cols, x, xo)
  let total = 0
  for (let j = 0; j < cols; j++) total += t[(to + j) | 0]
  for (let j = 0; j < cols; j++) {
    const old = add ? dx[(dxo + j) | 0] : 0
    dx[(dxo + j) | 0] = old + dy * (total * Math.exp(x[(xo + j) | 0] - lse) - t[(to + j) | 0])
  }
}

/** dT (+)= −dy · log softmax(x) for one row: the pullback of the cross-entropy by its target. */
export function crossEntropyTargetPullRow(
  cols: number,
  add: boolean,
  dy: number,
  x: Float64Array,
  xo: number,
  dt: Float64Array,
  dto: number,
): void {
  const lse = logSumExpRow(cols, x, xo)
  for (let j = 0; j < cols; j++) {
    const old = add ? dt[(dto + j) | 0] : 0
    dt[(dto + j) | 0] = old + dy * (lse - x[(xo + j) | 0])
  }
}
