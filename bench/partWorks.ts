/**
 * A vector taken apart, each element squared by itself, the results put together and added up; its gradient. The time for an
 * element must not depend on how many there are.
 */
import { collectVar, gradBP, sequenceVar, sum, vector, type Var, type Vector } from '../src/index.ts'
import { BaselineTape } from './baseline/index.ts'
import { randomNumbers } from './manual/network.ts'
import type { Work } from './works.ts'

const SIZES = [100, 1000, 10_000, 100_000]

export function partWorks(): Work[] {
  const ours = gradBP((x: Var<Vector>) => sum(collectVar(sequenceVar(x).map(xi => xi.mul(xi)))))
  const tape = new BaselineTape()
  const onTape = (data: Float64Array): Float64Array => {
    tape.reset()
    const xs = Array.from(data, value => tape.scalar(value))
    let total = tape.constant(0)
    for (const x of xs) total = tape.add(total, tape.mul(x, x))
    tape.backward(total)
    return Float64Array.from(xs, x => tape.adjoint(x))
  }
  return SIZES.map(n => {
    const data = Float64Array.from({ length: n }, randomNumbers(4))
    const x = vector(data)
    const variants = [
      { name: 'naive-ts', run: () => data.map(value => 2 * value) },
      { name: 'baseline-ts', run: () => onTape(data) },
      { name: 'ours', run: () => ours(x).data },
    ]
    const [expected, ...others] = variants.map(({ run }) => run())
    for (const gradient of others) {
      if (!gradient.every((value, i) => value === expected[i])) throw new Error(`parts.${String(n)}: results differ`)
    }
    return { name: `parts.${String(n)}`, units: { name: 'ns an element', count: n }, variants }
  })
}
