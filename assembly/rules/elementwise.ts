/**
 * Rules of the elementwise ops: what each adds to the cotangents of its operands. ȳ is the cotangent of the result.
 * Everything depends on opcode and shapes only; ties and edges are decided by the values' own conventions.
 */
import { compute1, compute2, constant, contribute1, contribute2, cotangent, pass, primal, wants } from '../emit'
import { ATTRIBUTE, GAUSSIAN_HALF } from '../shared/layout'
import { Opcode } from '../shared/opcodes'
import { operandA, operandB, scalarWordOf, wordOf } from '../slots'
import { isArithmetic } from '../values/elementwise'
import { specialNumber } from '../values/special'

/** Rules of + − × ÷: they call no function, where H is f64. */
@inline
export function arithmeticRule<H>(opcode: i32, slot: usize): void {
  const ta = operandA(slot)
  const tb = operandB(slot)
  const dy = cotangent<H>(slot)
  switch (opcode) {
    // ā += ȳ, b̄ += ȳ
    case Opcode.Add:
      pass<H>(ta, dy)
      pass<H>(tb, dy)
      break
    // ā += ȳ, b̄ −= ȳ
    case Opcode.Sub:
      pass<H>(ta, dy)
      contribute1<H>(tb, Opcode.Neg, dy)
      break
    // ā += ȳ·b, b̄ += ȳ·a
    case Opcode.Mul:
      contribute2<H>(ta, Opcode.Mul, dy, primal<H>(tb))
      contribute2<H>(tb, Opcode.Mul, dy, primal<H>(ta))
      break
    // ā += ȳ/b, b̄ −= ȳ·y/b
    case Opcode.Div: {
      const b = primal<H>(tb)
      contribute2<H>(ta, Opcode.Div, dy, b)
      if (wants(tb)) contribute2<H>(tb, Opcode.Mul, dy, compute1<H>(Opcode.Neg, compute2<H>(Opcode.Div, primal<H>(slot), b)))
      break
    }
    default:
      break
  }
}

/** The factor that a unary op multiplies ȳ by, or divides it by, is written in its line. */
@inline
export function elementwiseRule<H>(slot: usize): void {
  const word = isFloat<H>() ? scalarWordOf(slot) : wordOf(slot)
  if (isArithmetic(word & 0xff)) {
    arithmeticRule<H>(word & 0xff, slot)
    return
  }
  const ta = operandA(slot)
  const dy = cotangent<H>(slot)
  const a = primal<H>(ta)
  const y = primal<H>(slot)
  switch (word & 0xff) {
    case Opcode.Identity:
      pass<H>(ta, dy)
      break
    // The cotangent comes back as what the operand is.
    case Opcode.Cast:
      contribute1<H>(ta, Opcode.Cast, dy)
      break
    // The family of powers is closed: one order more by a, or by b.
    case Opcode.Pow: {
      const tb = operandB(slot)
      const b = primal<H>(tb)
      if (wants(ta)) contribute2<H>(ta, Opcode.Mul, dy, compute2<H>(word + (1 << (8 * ATTRIBUTE)), a, b))
      if (wants(tb)) contribute2<H>(tb, Opcode.Mul, dy, compute2<H>(word + (16 << (8 * ATTRIBUTE)), a, b))
      break
    }
    // ā += ȳ·b/(a² + b²), b̄ −= ȳ·a/(a² + b²)
    case Opcode.Atan2: {
      const tb = operandB(slot)
      const b = primal<H>(tb)
      const radius = compute2<H>(Opcode.Hypot, a, b)
      const scaled = compute2<H>(Opcode.Div, dy, radius)
      if (wants(ta)) contribute2<H>(ta, Opcode.Mul, scaled, compute2<H>(Opcode.Div, b, radius))
      if (wants(tb))
        contribute2<H>(tb, Opcode.Mul, scaled, compute1<H>(Opcode.Neg, compute2<H>(Opcode.Div, a, radius)))
      break
    }
    // ā += ȳ·a/y, b̄ += ȳ·b/y
    case Opcode.Hypot: {
      const tb = operandB(slot)
      if (wants(ta)) contribute2<H>(ta, Opcode.Mul, dy, compute2<H>(Opcode.Div, a, y))
      if (wants(tb)) contribute2<H>(tb, Opcode.Mul, dy, compute2<H>(Opcode.Div, primal<H>(tb), y))
      break
    }
    // The larger one gets ȳ, equal ones a half each.
    case Opcode.Max: {
      const tb = operandB(slot)
      const b = primal<H>(tb)
      if (wants(ta)) contribute2<H>(ta, Opcode.Mul, dy, compute2<H>(Opcode.MaxShare, a, b))
      if (wants(tb)) contribute2<H>(tb, Opcode.Mul, dy, compute2<H>(Opcode.MaxShare, b, a))
      break
    }
    // The smaller one's share is the other's share in the maximum.
    case Opcode.Min: {
      const tb = operandB(slot)
      const b = primal<H>(tb)
      if (wants(ta)) contribute2<H>(ta, Opcode.Mul, dy, compute2<H>(Opcode.MaxShare, b, a))
      if (wants(tb)) contribute2<H>(tb, Opcode.Mul, dy, compute2<H>(Opcode.MaxShare, a, b))
      break
    }
    // Constant on each side of a tie; its derivative is 0 everywhere, also there.
    case Opcode.MaxShare:
      break
    // The same.
    case Opcode.Less:
    case Opcode.LessOrEqual:
    case Opcode.Equal:
      break
    // y = a·(1 − b²): ā += ȳ·(1 − b²), b̄ −= 2ȳ·a·b
    case Opcode.TanhBack: {
      const tb = operandB(slot)
      const b = primal<H>(tb)
      contribute2<H>(ta, Opcode.TanhBack, dy, b)
      if (wants(tb)) {
        contribute2<H>(
          tb,
          Opcode.Mul,
          compute2<H>(Opcode.Mul, dy, a),
          compute2<H>(Opcode.Mul, b, constant<H>(-2)),
        )
      }
      break
    }
    // y = a·b(1 − b): ā += ȳ·b(1 − b), b̄ += ȳ·a·(1 − 2b)
    case Opcode.LogisticBack: {
      const tb = operandB(slot)
      const b = primal<H>(tb)
      contribute2<H>(ta, Opcode.LogisticBack, dy, b)
      if (wants(tb)) {
        contribute2<H>(
          tb,
          Opcode.Mul,
          compute2<H>(Opcode.Mul, dy, a),
          compute2<H>(Opcode.Sub, constant<H>(1), compute2<H>(Opcode.Add, b, b)),
        )
      }
      break
    }
    case Opcode.Neg:
      contribute1<H>(ta, Opcode.Neg, dy)
      break
    // sign a, which is 0 at 0
    case Opcode.Abs:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Sign, a))
      break
    // 0 by decree.
    case Opcode.StopGradient:
      break
    // Constant on each side of a step; their derivative is 0 everywhere, also there.
    case Opcode.Sign:
    case Opcode.Floor:
    case Opcode.Ceil:
    case Opcode.Round:
      break
    // y
    case Opcode.Exp:
      contribute2<H>(ta, Opcode.Mul, dy, y)
      break
    // 1/a
    case Opcode.Log:
      contribute2<H>(ta, Opcode.Div, dy, a)
      break
    // 1/(2y)
    case Opcode.Sqrt:
      contribute2<H>(ta, Opcode.Div, dy, compute2<H>(Opcode.Add, y, y))
      break
    case Opcode.Sin:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Cos, a))
      break
    case Opcode.Cos:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Neg, compute1<H>(Opcode.Sin, a)))
      break
    // 1 + y²
    case Opcode.Tan:
      contribute2<H>(
        ta,
        Opcode.Mul,
        dy,
        compute2<H>(Opcode.Add, constant<H>(1), compute2<H>(Opcode.Mul, y, y)),
      )
      break
    // 1/√((1 − a)(1 + a))
    case Opcode.Asin:
      contribute2<H>(ta, Opcode.Div, dy, rootOfOneMinusSquare<H>(a))
      break
    case Opcode.Acos:
      contribute2<H>(ta, Opcode.Div, dy, compute1<H>(Opcode.Neg, rootOfOneMinusSquare<H>(a)))
      break
    // 1/(1 + a²)
    case Opcode.Atan: {
      const square = compute2<H>(Opcode.Mul, a, a)
      contribute2<H>(ta, Opcode.Div, dy, compute2<H>(Opcode.Add, constant<H>(1), square))
      break
    }
    case Opcode.Sinh:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Cosh, a))
      break
    case Opcode.Cosh:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Sinh, a))
      break
    case Opcode.Tanh:
      contribute2<H>(ta, Opcode.TanhBack, dy, y)
      break
    // 1/√(1 + a²)
    case Opcode.Asinh:
      contribute2<H>(ta, Opcode.Div, dy, compute2<H>(Opcode.Hypot, constant<H>(1), a))
      break
    // 1/√(a − 1)/√(a + 1): as a product of roots, 0·∞ would come in at 1.
    case Opcode.Acosh: {
      const below = compute1<H>(Opcode.Sqrt, compute2<H>(Opcode.Sub, a, constant<H>(1)))
      const above = compute1<H>(Opcode.Sqrt, compute2<H>(Opcode.Add, a, constant<H>(1)))
      contribute2<H>(ta, Opcode.Div, compute2<H>(Opcode.Div, dy, below), above)
      break
    }
    // 1/((1 − a)(1 + a))
    case Opcode.Atanh:
      contribute2<H>(ta, Opcode.Div, dy, oneMinusSquare<H>(a))
      break
    // 1/(1 + a)
    case Opcode.Log1p:
      contribute2<H>(ta, Opcode.Div, dy, compute2<H>(Opcode.Add, constant<H>(1), a))
      break
    // eᵃ
    case Opcode.Expm1:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Exp, a))
      break
    case Opcode.Logistic:
      contribute2<H>(ta, Opcode.LogisticBack, dy, y)
      break
    case Opcode.Log1pExp:
      contribute2<H>(ta, Opcode.Mul, dy, compute1<H>(Opcode.Logistic, a))
      break
    // y' = 1/(1 − e⁻ᵃ), which is the logistic function but for a sign: y'' = y'·(1 − y').
    case Opcode.Log1mExp:
      if (isDerivative(word)) contribute2<H>(ta, Opcode.LogisticBack, dy, y)
      else contribute2<H>(ta, Opcode.Mul, dy, special<H>(nextOrder(word), a))
      break
    // Families that are closed: one order more.
    case Opcode.Gaussian:
    case Opcode.Polygamma:
      contribute2<H>(ta, Opcode.Mul, dy, special<H>(nextOrder(word), a))
      break
    case Opcode.LGamma:
      contribute2<H>(ta, Opcode.Mul, dy, special<H>(Opcode.Polygamma, a))
      break
    // ±2/√π·e^(−a²)
    case Opcode.Erf:
      contribute2<H>(ta, Opcode.Mul, dy, scaledGaussian<H>(Opcode.Gaussian, a, TWO_OVER_ROOT_PI))
      break
    case Opcode.Erfc:
      contribute2<H>(ta, Opcode.Mul, dy, scaledGaussian<H>(Opcode.Gaussian, a, -TWO_OVER_ROOT_PI))
      break
    // e^(−a²/2)/√2π
    case Opcode.NormCdf: {
      const half = Opcode.Gaussian | (GAUSSIAN_HALF << (8 * ATTRIBUTE))
      contribute2<H>(ta, Opcode.Mul, dy, scaledGaussian<H>(half, a, ONE_OVER_ROOT_TWO_PI))
      break
    }
    // With f the function and y = f' : f'' = 2f·y²
    case Opcode.Inverf:
    case Opcode.Inverfc:
      if (isDerivative(word)) {
        const f = special<H>(word & 0xff, a)
        contributeSquare<H>(ta, dy, y, compute2<H>(Opcode.Add, f, f))
      } else contribute2<H>(ta, Opcode.Mul, dy, special<H>(nextOrder(word), a))
      break
    // f'' = f·y²
    case Opcode.InvNormCdf:
      if (isDerivative(word)) contributeSquare<H>(ta, dy, y, special<H>(word & 0xff, a))
      else contribute2<H>(ta, Opcode.Mul, dy, special<H>(nextOrder(word), a))
      break
    default:
      break
  }
}

const TWO_OVER_ROOT_PI: f64 = 1.1283791670955126
const ONE_OVER_ROOT_TWO_PI: f64 = 0.3989422804014327

/** Is it the derivative of its opcode's function? */
@inline
function isDerivative(word: i32): bool {
  return word >>> (8 * ATTRIBUTE) != 0
}

/** The op that is the derivative of this one. */
@inline
function nextOrder(word: i32): i32 {
  return word + (1 << (8 * ATTRIBUTE))
}

/** A special function of a, for numbers without the way through all other elementwise ops. */
@inline
function special<H>(word: i32, a: H): H {
  if (isFloat<H>()) return <H>specialNumber(word, <f64>a)
  return compute1<H>(word, a)
}

/** factor·e^(−a²), or another of its family. */
@inline
function scaledGaussian<H>(word: i32, a: H, factor: f64): H {
  return compute2<H>(Opcode.Mul, special<H>(word, a), constant<H>(factor))
}

/** ā += ȳ·y²·factor */
@inline
function contributeSquare<H>(ta: usize, dy: H, y: H, factor: H): void {
  contribute2<H>(ta, Opcode.Mul, compute2<H>(Opcode.Mul, dy, factor), compute2<H>(Opcode.Mul, y, y))
}

/** (1 − a)(1 + a), which loses nothing near ±1. One op, whose derivative −2a has no 0·∞ where it is 0 itself. */
@inline
function oneMinusSquare<H>(a: H): H {
  return compute2<H>(Opcode.TanhBack, constant<H>(1), a)
}

@inline
function rootOfOneMinusSquare<H>(a: H): H {
  return compute1<H>(Opcode.Sqrt, oneMinusSquare<H>(a))
}
