/** Every export of the engine binary, on one page. */

// controlBlock(): address of what both sides read and write between two calls (shared/layout.ts)
export { controlBlock } from './control'

// Slots: useTape(origin, room for records, room for constants)
export { useTape } from './slots'

// The tape: forward(from, to): slot · backward(from, stop, first, record): slot · evaluate(slot): done?
// seed(target, source, record): done? · forget(from, to) · prepareWalks(), once, before any other
export { forward, backward, evaluate, seed, forget, prepareWalks } from './tape'

// Steps: descend(first, firstRecord, loss, scale): done? · applyGradient(first, firstRecord, scale)
export { descend, applyGradient } from './tape'

// Programs: replay(from, to): where it stopped · traitsOf(opcode): bits of shared/program.ts
export { replay } from './replay'
export { traitsOf } from './traits'

// What generated code calls: numberOf(word, a, b), and functions of one number; isFused(): does this binary multiply and add
// in one instruction?
export { isFused } from './kernels/lanes'
export { numberOf } from './replay'
export { expScalar, logScalar, logisticScalar, tanhScalar } from './kernels/math'

// Products: useWorkspace(address) · gemmWorkspaceBytes(m, n, k): bytes, of float64, which is enough for float32 as well
export { useWorkspace } from './values/product'
export { gemmWorkspaceBytes } from './kernels/instances'

// Numbers of other types to float64, and to float32: (n, scale, offset, x, y)
export { convertBytes, convertFloats, convertBytes32, convertFloats32 } from './kernels/instances'
export { convertDoubles } from './kernels/convert'

// Kernels, for benchmarks and for code written by hand: pointers, counts, strides of 1.
export { axpy, dot, fill, scale, sum } from './kernels/instances'
export { gemv, gemvT, ger, gemm } from './kernels/instances'
export { mapExp, mapLog, mapLogistic, mapTanh, mapLogisticBack } from './kernels/instances'
// The same for float32.
export { axpy32, dot32, fill32, scale32, sum32 } from './kernels/instances'
export { gemv32, gemvT32, ger32, gemm32 } from './kernels/instances'
export { mapExp32, mapLog32, mapLogistic32, mapTanh32, mapLogisticBack32 } from './kernels/instances'

/** The first address that the facade may use: below lie the binary's own tables. */
export function heapStart(): usize {
  return __heap_base
}
