/** The one place where an opcode becomes a computation, and the type of elements a type argument. */
import { axpy } from '../kernels/vector'
import { Opcode } from '../shared/opcodes'
import { Mode } from '../shared/program'
import { count, data, isFloat32 } from '../slots'
import { share } from '../threads/share'
import { accumulateElementwise, accumulatesElementwise, cast, elementwise } from './elementwise'
import { part } from './part'
import { product } from './product'
import { reduce } from './reduce'
import { softmax } from './softmax'
import { where } from './where'

/**
 * Overwrites the value of `out` with op(a, b, c). `out` has its shape and, if it is a tensor, its buffer. Opcodes that have an
 * offset take it in place of c.
 */
export function execute(word: i32, out: usize, a: usize, b: usize, c: usize): void {
  if (ASC_FEATURE_THREADS) {
    if (share(Mode.Plain, word, out, a, b, c, 1)) return
  }
  executeAlone(word, out, a, b, c)
}

/** `execute`, on one thread. */
export function executeAlone(word: i32, out: usize, a: usize, b: usize, c: usize): void {
  if ((word & 0xff) == Opcode.Cast) cast(out, a)
  else if (isFloat32(out) || isFloat32(a)) executeOn<f32>(word, out, a, b, c)
  else executeOn<f64>(word, out, a, b, c)
}

/** The same where the tensors among `out` and the operands have elements of type T: all have, but for Cast. */
@inline
function executeOn<T>(word: i32, out: usize, a: usize, b: usize, c: usize): void {
  const opcode = word & 0xff
  if (opcode < Opcode.Where) elementwise<T>(word, out, a, b)
  else if (opcode == Opcode.Where) where<T>(out, a, b, c)
  else if (opcode < Opcode.MatVec) reduce<T>(word, out, a, b)
  else if (opcode < Opcode.Softmax) product<T>(word, out, a, b, 1, false)
  else if (opcode < Opcode.Slice) softmax<T>(word, out, a, b, c)
  else part<T>(word, out, a, b, c)
}

/** Is there a kernel that adds op(a, b), or α·op(a, b) if `scaled`, to a tensor in one pass? What `accumulate` can do. */
export function accumulates(opcode: i32, scaled: bool): bool {
  if (opcode == Opcode.Identity || opcode == Opcode.Neg) return true
  if (opcode >= Opcode.MatVec && opcode <= Opcode.BlockMatMul) return !scaled || opcode != Opcode.MatVec
  return !scaled && accumulatesElementwise(opcode)
}

/** Adds α·op(a, b) to the tensor `out` in one pass. False, with nothing done, where there is no such kernel. */
export function accumulate(word: i32, out: usize, a: usize, b: usize, alpha: f64): bool {
  if (ASC_FEATURE_THREADS) {
    if (share(Mode.Scaled, word, out, a, b, b, alpha)) return true
  }
  return accumulateAlone(word, out, a, b, alpha)
}

/** `accumulate`, on one thread. */
export function accumulateAlone(word: i32, out: usize, a: usize, b: usize, alpha: f64): bool {
  return isFloat32(out) ? accumulateOn<f32>(word, out, a, b, alpha) : accumulateOn<f64>(word, out, a, b, alpha)
}

@inline
function accumulateOn<T>(word: i32, out: usize, a: usize, b: usize, alpha: f64): bool {
  const opcode = word & 0xff
  if (opcode == Opcode.Identity) {
    axpy<T>(count(out), alpha, data(a), data(out))
    return true
  }
  if (opcode == Opcode.Neg) {
    axpy<T>(count(out), -alpha, data(a), data(out))
    return true
  }
  if (opcode >= Opcode.MatVec && opcode <= Opcode.BlockMatMul) {
    if (alpha != 1 && opcode == Opcode.MatVec) return false
    product<T>(word, out, a, b, alpha, true)
    return true
  }
  return alpha == 1 && opcode < Opcode.Where && accumulateElementwise<T>(word, out, a, b)
}
