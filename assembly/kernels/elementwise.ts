/**
 * Elementwise loops over one or two operands of type T, a vector at a time. An operand that is a scalar (`aTensor` false) is a
 * float64, rounded to T and repeated. `accumulate` adds to y instead of overwriting it; then y must not overlap an operand.
 * Without it y may be the same buffer as an operand. Any alignment to T's size. Bound by memory: three elements are moved for
 * each result, four when accumulating.
 */
import { bytes, lanes, loadOne, splat, storeOne } from './lanes'
import { own } from '../own'

/** What a loop does to its lanes: a type argument, so that each instance compiles to straight code. */
abstract class Lanes {
  abstract of(a: v128, b: v128): v128
}

@final
class Add<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.add<T>(a, b)
  }
}

@final
class Sub<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b)
  }
}

@final
class Mul<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.mul<T>(a, b)
  }
}

@final
class Div<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.div<T>(a, b)
  }
}

@final
class TanhBack<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    const one = splat<T>(1)
    return v128.mul<T>(a, v128.mul<T>(v128.sub<T>(one, b), v128.add<T>(one, b)))
  }
}

@final
class LogisticBack<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.mul<T>(a, v128.mul<T>(b, v128.sub<T>(splat<T>(1), b)))
  }
}

@final
class Neg<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.neg<T>(a)
  }
}

@final
class Abs<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.abs<T>(a)
  }
}

@final
class Sqrt<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.sqrt<T>(a)
  }
}

@final
class Floor<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.floor<T>(a)
  }
}

@final
class Ceil<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.ceil<T>(a)
  }
}

@final
class Round<T> extends Lanes {
  @inline of(a: v128, b: v128): v128 {
    return v128.nearest<T>(a)
  }
}

/** A vector of a repeated scalar for each operand: a scalar becomes a vector that does not advance. */
const repeatedScalars = memory.data(32, 16)

/** y = L(a, b), or y += L(a, b). The tail goes through the same lanes, so every position rounds alike. */
@inline
function map<T, L extends Lanes>(
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
    v128.store(repeated, splat<T>(load<f64>(a)))
    a = repeated
  }
  if (!bTensor) {
    v128.store(repeated + 16, splat<T>(load<f64>(b)))
    b = repeated + 16
  }
  const last = y + bytes<T>(n & -lanes<T>())
  if (accumulate) {
    while (y < last) {
      v128.store(y, v128.add<T>(v128.load(y), changetype<L>(0).of(v128.load(a), v128.load(b))))
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
  for (let rest = n & (lanes<T>() - 1); rest != 0; rest--) {
    const value = changetype<L>(0).of(loadOne<T>(a), loadOne<T>(b))
    storeOne<T>(y, accumulate ? v128.add<T>(loadOne<T>(y), value) : value)
    if (aTensor) a += sizeof<T>()
    if (bTensor) b += sizeof<T>()
    y += sizeof<T>()
  }
}

/** y = a + b. */
export function mapAdd<T>(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<T, Add<T>>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a − b. */
export function mapSub<T>(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<T, Sub<T>>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a·b. */
export function mapMul<T>(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<T, Mul<T>>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a / b. */
export function mapDiv<T>(n: i32, a: usize, aTensor: bool, b: usize, bTensor: bool, y: usize, accumulate: bool): void {
  map<T, Div<T>>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a·(1 − b)(1 + b): the pullback of tanh whose result is b. */
export function mapTanhBack<T>(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  map<T, TanhBack<T>>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = a·b·(1 − b): the pullback of the logistic function whose result is b. */
export function mapLogisticBack<T>(
  n: i32,
  a: usize,
  aTensor: bool,
  b: usize,
  bTensor: bool,
  y: usize,
  accumulate: bool,
): void {
  map<T, LogisticBack<T>>(n, a, aTensor, b, bTensor, y, accumulate)
}

/** y = −a. */
export function mapNeg<T>(n: i32, a: usize, y: usize): void {
  map<T, Neg<T>>(n, a, true, a, true, y, false)
}

/** y = |a|. */
export function mapAbs<T>(n: i32, a: usize, y: usize): void {
  map<T, Abs<T>>(n, a, true, a, true, y, false)
}

/** y = √a, correctly rounded; NaN for a < 0. */
export function mapSqrt<T>(n: i32, a: usize, y: usize): void {
  map<T, Sqrt<T>>(n, a, true, a, true, y, false)
}

/** y = ⌊a⌋. */
export function mapFloor<T>(n: i32, a: usize, y: usize): void {
  map<T, Floor<T>>(n, a, true, a, true, y, false)
}

/** y = ⌈a⌉. */
export function mapCeil<T>(n: i32, a: usize, y: usize): void {
  map<T, Ceil<T>>(n, a, true, a, true, y, false)
}

/** y is the whole number nearest to a, the even one of two. */
export function mapRound<T>(n: i32, a: usize, y: usize): void {
  map<T, Round<T>>(n, a, true, a, true, y, false)
}
