/**
 * The gradient of Rosenbrock's function of n variables,
 *
 *     f(x) = Σᵢ 100·(xᵢ₊₁ − xᵢ²)² + (xᵢ − 1)²,
 *
 * written by hand, and on the baseline's tape.
 */
import { type ScalarTape } from '../baseline/scalarTape.ts'

/** Where the benchmarks take it: no element is at its minimum. */
export function rosenbrockInput(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => 0.5 + 0.3 * Math.sin(i))
}

/** gradient = ∇f(x), in one pass over both. */
export function rosenbrockGradient(x: Float64Array, gradient: Float64Array): void {
  const last = x.length - 1
  let own = 0
  let here = x[0]
  for (let i = 0; i < last; i++) {
    const next = x[i + 1]
    const a = 200 * (next - here * here)
    gradient[i] = own + 2 * (here - 1) - 2 * a * here
    own = a
    here = next
  }
  gradient[last] = own
}

/** The same on a tape that is emptied first. */
export function rosenbrockGradientOnTape(tape: ScalarTape, x: Float64Array, gradient: Float64Array): void {
  tape.reset()
  const n = x.length
  const first = tape.scalar(x[0])
  for (let i = 1; i < n; i++) tape.scalar(x[i])
  const hundred = tape.constant(100)
  const one = tape.constant(1)
  let total = tape.constant(0)
  for (let i = first; i + 1 < first + n; i++) {
    const a = tape.sub(i + 1, tape.mul(i, i))
    const b = tape.sub(i, one)
    total = tape.add(total, tape.add(tape.mul(tape.mul(a, a), hundred), tape.mul(b, b)))
  }
  tape.backward(total)
  for (let i = 0; i < n; i++) gradient[i] = tape.adjoint(first + i)
}
