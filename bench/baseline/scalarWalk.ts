/**
 * The op numbers, and the reverse walk over scalar records: the hot loop of every scalar graph.
 *
 * The enum stands beside the walk because esbuild and tsx write an enum's numbers into the file that declares it, and
 * only then is the `switch` a jump table.
 */
import { atan2ByFirst, logistic, powerByBase, powerByExponent } from './formulas.ts'

/** What a record does. The numbers are the baseline's own: it shares nothing with the library it is the measure of. */
export enum Op {
  /** An input. */
  Leaf = 0,
  /** An input of which no derivative is wanted. */
  Constant,

  // Elementwise, two operands.
  Add,
  Sub,
  Mul,
  Div,
  Pow,
  LogBase,
  Atan2,

  // Elementwise, one operand.
  Neg,
  Abs,
  Sign,
  Recip,
  Exp,
  Log,
  Sqrt,
  Sin,
  Cos,
  Tan,
  Asin,
  Acos,
  Atan,
  Sinh,
  Cosh,
  Tanh,
  Asinh,
  Acosh,
  Atanh,
  Log1p,
  Expm1,
  Logistic,
  Log1pExp,

  // A scalar from tensors.
  Sum = 48,
  Dot,
  SquaredError,
  LogSumExp,
  SoftmaxCrossEntropy,

  // A tensor from tensors. An elementwise op on tensors is the scalar op plus TENSOR, hence 64 to 127.
  MatVec = 128,
  MatVecT,
  MatMulNN,
  MatMulNT,
  MatMulTN,
  MatMulTT,
  Outer,
  AddRow,
  Softmax,
  LogSumExpRows,
  SoftmaxCrossEntropyRows,
}

/** Added to an elementwise op whose result is a tensor. */
export const TENSOR = 64

/** A number read from the tape, as the op that was written there. */
export function opOf<T extends Op = Op>(stored: number): T {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- only ops are ever stored
  return stored as T
}

/**
 * A record takes four places of the array of records: op, first operand, second operand, and the number of the tensor
 * that is its result, if it is one.
 */
export const RECORD_SHIFT = 2

/**
 * Walks the records `from`, `from` − 1, … down to 0 and adds each scalar record's adjoint, times its slope, to its
 * operands' adjoints. Returns the first record that has to do with a tensor, which the caller pulls back before it
 * calls again; or −1 when the tape is done.
 *
 * A cotangent of exactly 0 stops at a record whose slope may be infinite: 0 · ∞ from a record that the result does not
 * depend on must not become NaN. (The test is in the cases and not before them: 0.6 ns a record. The three commonest ops
 * are asked for before the switch: 0.9 ns.)
 */
export function walkScalars(records: Int32Array, val: Float64Array, adj: Float64Array, from: number): number {
  for (let n = from | 0; n >= 0; n = (n - 1) | 0) {
    const i = n << RECORD_SHIFT
    const op = opOf(records[i])
    const a = records[i | 1]
    const b = records[i | 2]
    const g = adj[n]
    if (op === Op.Mul) {
      if (g !== 0) {
        adj[a] += g * val[b]
        adj[b] += g * val[a]
      }
      continue
    }
    if (op === Op.Add) {
      adj[a] += g
      adj[b] += g
      continue
    }
    if (op === Op.Sub) {
      adj[a] += g
      adj[b] -= g
      continue
    }
    switch (op) {
      case Op.Leaf:
      case Op.Constant:
      case Op.Sign:
        break
      case Op.Div:
        if (g !== 0) {
          const q = g / val[b]
          adj[a] += q
          adj[b] -= q * val[n]
        }
        break
      case Op.Pow:
        if (g !== 0) {
          adj[a] += g * powerByBase(val[a], val[b])
          if (records[b << RECORD_SHIFT] !== (Op.Constant as number)) adj[b] += g * powerByExponent(val[a], val[n])
        }
        break
      case Op.LogBase:
        if (g !== 0) {
          const q = g / Math.log(val[a])
          adj[a] -= (q * val[n]) / val[a]
          adj[b] += q / val[b]
        }
        break
      case Op.Atan2:
        if (g !== 0) {
          adj[a] += g * atan2ByFirst(val[a], val[b])
          adj[b] -= g * atan2ByFirst(val[b], val[a])
        }
        break
      case Op.Neg:
        adj[a] -= g
        break
      case Op.Abs:
        if (g !== 0) adj[a] += g * Math.sign(val[a])
        break
      case Op.Recip:
        if (g !== 0) adj[a] -= g * val[n] * val[n]
        break
      case Op.Exp:
        if (g !== 0) adj[a] += g * val[n]
        break
      case Op.Log:
        if (g !== 0) adj[a] += g / val[a]
        break
      case Op.Sqrt:
        if (g !== 0) adj[a] += (0.5 * g) / val[n]
        break
      case Op.Sin:
        if (g !== 0) adj[a] += g * Math.cos(val[a])
        break
      case Op.Cos:
        if (g !== 0) adj[a] -= g * Math.sin(val[a])
        break
      case Op.Tan:
        if (g !== 0) adj[a] += g * (1 + val[n] * val[n])
        break
      case Op.Asin:
        if (g !== 0) adj[a] += g / Math.sqrt((1 - val[a]) * (1 + val[a]))
        break
      case Op.Acos:
        if (g !== 0) adj[a] -= g / Math.sqrt((1 - val[a]) * (1 + val[a]))
        break
      case Op.Atan:
        if (g !== 0) adj[a] += g / (1 + val[a] * val[a])
        break
      case Op.Sinh:
        if (g !== 0) adj[a] += g * Math.cosh(val[a])
        break
      case Op.Cosh:
        if (g !== 0) adj[a] += g * Math.sinh(val[a])
        break
      case Op.Tanh:
        if (g !== 0) adj[a] += g * (1 - val[n]) * (1 + val[n])
        break
      case Op.Asinh:
        if (g !== 0) adj[a] += g / Math.hypot(1, val[a])
        break
      case Op.Acosh:
        if (g !== 0) adj[a] += g / (Math.sqrt(val[a] - 1) * Math.sqrt(val[a] + 1))
        break
      case Op.Atanh:
        if (g !== 0) adj[a] += g / ((1 - val[a]) * (1 + val[a]))
        break
      case Op.Log1p:
        if (g !== 0) adj[a] += g / (1 + val[a])
        break
      case Op.Expm1:
        if (g !== 0) adj[a] += g * Math.exp(val[a])
        break
      case Op.Logistic:
        if (g !== 0) adj[a] += g * val[n] * (1 - val[n])
        break
      case Op.Log1pExp:
        if (g !== 0) adj[a] += g * logistic(val[a])
        break
      default:
        return n
    }
  }
  return -1
}
