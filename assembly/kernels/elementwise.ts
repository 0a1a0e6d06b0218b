/**
 * Elementwise loops over one or two operands, two numbers at a time. An operand that is a scalar (`aTensor` false) is
 * read once and repeated. `accumulate` adds to y instead of overwriting it; then y must not overlap an operand.
 * Without it y may be the same buffer as an operand. Any 8-byte alignment. Bound by memory: 24 bytes a number, 32
 * when accumulating.
 */
import { own } from '../own'

/** What a loop does to its lanes: a type argument, so that each instance compiles to straight code. */
abstract class Lanes {
  abstract of(a: v128, b: v128): v128
}

@final
class Add extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.add(a, b)
  }
}

@final
class Sub extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.sub(a, b)
  }
}

@final
class Mul extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.mul(a, b)
  }
}

@final
class Div extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.div(a, b)
  }
}

@final
class TanhBack extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    const one = f64x2.splat(1)
    return f64x2.mul(a, f64x2.mul(f64x2.sub(one, b), f64x2.add(one, b)))
  }
}

@final
class LogisticBack extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.mul(a, f64x2.mul(b, f64x2.sub(f64x2.splat(1), b)))
  }
}

@final
class Neg extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.neg(a)
  }
}

@final
class Abs extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.abs(a)
  }
}

@final
class Sqrt extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return f64x2.sqrt(a)
  }
}

/** Two lanes of a repeated scalar for each operand: a scalar becomes a vector that does not advance. */
const repeatedScalars = memory.data(32, 16)

/** y = L(a, b), or y += L(a, b). The tail goes through the same lanes, so every position rounds alike. */
@inline
function map<L extends Lanes>(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  const aStep: usize = aTensor ? 16 : 0
  const bStep: usize = bTensor ? 16 : 0
  const repeated = own(repeatedScalars)
  if (!aTensor) {
    v128.store(repeated, v128.load64_splat(a))
    a = repeated
  }
  if (!bTensor) {
    v128.store(repeated + 16, v128.load64_splat(b))
    b = repeated + 16
  }
  const last = y + (<usize>(n & ~1) << 3)
  if (accumulate) {
    while (y < last) {
      v128.store(y, f64x2.add(v128.load(y), changetype<L>(0).of(v128.load(a), v128.load(b))))
      a += aStep
      b += bStep
      y += 16
    }
  } else {
    while (y < last) {
      v128.store(y, changetype<L>(0).of(v128.load(a), v128.load(b)))
      a += aStep
      b += bStep
      y += 16
    }
  }
  if (n & 1) {
    const value = f64x2.extract_lane(changetype<L>(0).of(v128.load64_zero(a), v128.load64_zero(b)), 0)
    store<f64>(y, accumulate ? load<f64>(y) + value : value)
  }
}

/** y = a + b. */
export function mapAdd(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<Add>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a − b. */
export function mapSub(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<Sub>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a·b. */
export function mapMul(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<Mul>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a / b. */
export function mapDiv(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<Div>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a·(1 − b)(1 + b): the pullback of tanh whose result is b. */
export function mapTanhBack(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  map<TanhBack>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a·b·(1 − b): the pullback of the logistic function whose result is b. */
export function mapLogisticBack(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  map<LogisticBack>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = −a. */
export function mapNeg(n: i32, a: usize, y: usize): void {
  map<Neg>(n, a, true, a, true, y, false)
}

/** y = |a|. */
export function mapAbs(n: i32, a: usize, y: usize): void {
  map<Abs>(n, a, true, a, true, y, false)
}

/** y = √a, correctly rounded; NaN for a < 0. */
export function mapSqrt(n: i32, a: usize, y: usize): void {
  map<Sqrt>(n, a, true, a, true, y, false)
}
