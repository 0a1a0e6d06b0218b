/**
 * The scalar chain of the benchmarks. From an input x (default {@link CHAIN_INPUT}) and v₀ = x, record i = 0, 1, 2, … is
 *
 *     i mod 3 = 0:  v + x        i mod 3 = 1:  v · x        i mod 3 = 2:  v − x
 *
 * Three records make v·x + x² − x. With x = 1 + 10⁻⁷ both v and the adjoint along the chain stay between 1 and 2.2 over
 * a million records, so that no overflow or subnormal number (with which a processor is twenty times slower) spoils a
 * measurement.
 *
 * The chain stands here once for each engine: one function for all of them would call its ops through pointers that V8
 * cannot inline, and measure that.
 */
import { type ScalarTape } from '../baseline/scalarTape.ts'
import { type ClosureEngine, type Value } from './closures.ts'

/** The chain's input in the benchmarks. */
export const CHAIN_INPUT = 1.0000001

/** The three ops of the chain on some engine's variables. */
export interface ChainOps<V> {
  add(a: V, b: V): V
  mul(a: V, b: V): V
  sub(a: V, b: V): V
}

/** The chain on any engine: the definition, for tests and for engines that are called in no other way. */
export function chain<V>(ops: ChainOps<V>, length: number, x: V): V {
  let v = x
  for (let i = 0; i < length; i++) v = i % 3 === 0 ? ops.add(v, x) : i % 3 === 1 ? ops.mul(v, x) : ops.sub(v, x)
  return v
}

/** The chain on the baseline's tape: records it and returns the result's handle. `x` is a handle. */
export function chainOnTape(tape: ScalarTape, length: number, x: number): number {
  let v = x
  let i = 0
  for (; i + 2 < length; i += 3) v = tape.sub(tape.mul(tape.add(v, x), x), x)
  if (i < length) v = tape.add(v, x)
  if (i + 1 < length) v = tape.mul(v, x)
  return v
}

/** The chain with an object and a closure for each record. */
export function chainOfClosures(length: number, x: Value): Value {
  let v = x
  let i = 0
  for (; i + 2 < length; i += 3) v = v.add(x).mul(x).sub(x)
  if (i < length) v = v.add(x)
  if (i + 1 < length) v = v.mul(x)
  return v
}

/** The chain in plain arithmetic. */
export function chainOfNumbers(length: number, x: number): number {
  let v = x
  let i = 0
  for (; i + 2 < length; i += 3) v = (v + x) * x - x
  if (i < length) v = v + x
  if (i + 1 < length) v = v * x
  return v
}

/** The derivative of the chain by its input, written by hand: two numbers carried along, no tape. */
export function chainDerivative(length: number, x: number): number {
  let v = x
  let slope = 1
  let i = 0
  for (; i + 2 < length; i += 3) {
    slope = (slope + 1) * x + (v + x) - 1
    v = (v + x) * x - x
  }
  if (i < length) {
    v = v + x
    slope += 1
  }
  if (i + 1 < length) slope = slope * x + v
  return slope
}

/** The chain's derivative on a tape that is emptied first. */
export function chainGradientOnTape(tape: ScalarTape, length: number, input: number): number {
  tape.reset()
  const x = tape.scalar(input)
  tape.backward(chainOnTape(tape, length, x))
  return tape.adjoint(x)
}

/** The chain's derivative on a closure engine that is emptied first. */
export function chainGradientOfClosures(engine: ClosureEngine, length: number, input: number): number {
  engine.reset()
  const x = engine.scalar(input)
  chainOfClosures(length, x).backward()
  return x.gradient
}
