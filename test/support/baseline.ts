/** The pure-TypeScript baseline as an oracle: values and gradients of the same op, computed without the engine. */
import { type Leaf, type Tensor } from 'backprop-wasm'
import { BaselineTape } from '../../bench/baseline/index.ts'
import type { Plains } from './differences.ts'
import { flat } from './plain.ts'

/** A tape's handle for a plain leaf: a tensor of any rank is rows × cols, as in the engine. */
export function inputOn(tape: BaselineTape, leaf: Leaf): number {
  if (typeof leaf === 'number') return tape.scalar(leaf)
  const { data, shape } = leaf as Tensor
  const cols = shape.at(-1) ?? 1
  const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1)
  return tape.tensor(Float64Array.from(data), rows, cols)
}

/** A handle's value as a list. */
export function valueOn(tape: BaselineTape, handle: number): number[] {
  return handle < 0 ? Array.from(tape.values(handle)) : [tape.value(handle)]
}

/** Value, and the gradient for a cotangent, as lists. */
export function baseline(
  f: (tape: BaselineTape, operands: readonly number[]) => number,
  x: Plains,
  cotangent: Leaf,
): { value: number[]; gradient: number[] } {
  const tape = new BaselineTape()
  const handles = x.map(leaf => inputOn(tape, leaf))
  const result = f(tape, handles)
  const seed = flat(cotangent)
  tape.backward(result, result < 0 ? Float64Array.from(seed) : seed[0])
  const gradient = handles.flatMap(handle => (handle < 0 ? Array.from(tape.adjoints(handle)) : [tape.adjoint(handle)]))
  return { value: valueOn(tape, result), gradient }
}
