/** Which opcodes stand on the tape of the open run, and which of them a walk back from a result will reach. */
import type { Var } from 'backprop-wasm'
import { OPERAND_A, SLOT_BYTES } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { current } from '../../src/run.ts'
import type { AnyVar } from '../../src/var.ts'

const noOperands: readonly number[] = [Opcode.Leaf, Opcode.Host]
const threeOperands: readonly number[] = [Opcode.Where, Opcode.SoftmaxCrossEntropyBack]
const twoOperands: readonly number[] = [
  Opcode.Add,
  Opcode.Sub,
  Opcode.Mul,
  Opcode.Div,
  Opcode.Pow,
  Opcode.Atan2,
  Opcode.Hypot,
  Opcode.Max,
  Opcode.Min,
  Opcode.MaxShare,
  Opcode.Less,
  Opcode.LessOrEqual,
  Opcode.Equal,
  Opcode.TanhBack,
  Opcode.LogisticBack,
  Opcode.Dot,
  Opcode.RowDot,
  Opcode.RowScale,
  Opcode.ExtremeShare,
  Opcode.AddAt,
  Opcode.Put,
  Opcode.RowAddAt,
  Opcode.RowPut,
  Opcode.MatVec,
  Opcode.MatMul,
  Opcode.Outer,
  Opcode.BlockMatMul,
  Opcode.SoftmaxBack,
  Opcode.SoftmaxCrossEntropy,
]

function operandCount(opcode: number): number {
  if (noOperands.includes(opcode)) return 0
  return threeOperands.includes(opcode) ? 3 : twoOperands.includes(opcode) ? 2 : 1
}

/** The opcodes of all records that the result depends on: those that the walk from it reaches. */
export function reachedFrom(result: Var<number>): Set<number> {
  const tape = current?.tape
  if (tape === undefined) throw new Error('no run is open')
  const words = SLOT_BYTES / 4
  const slots = tape.copySlots(0, tape.length)
  const reached = new Set([(result as unknown as AnyVar).slot])
  const opcodes = new Set<number>()
  for (let slot = tape.length - 1; slot >= 0; slot--) {
    if (!reached.has(slot)) continue
    const opcode = slots[slot * words] & 0xff
    opcodes.add(opcode)
    for (let i = 0; i < operandCount(opcode); i++) reached.add(slots[slot * words + OPERAND_A / 4 + i])
  }
  return opcodes
}
