/** Every export of the engine binary, on one page. */

// controlBlock(): address of what both sides read and write between two calls (shared/layout.ts)
export { controlBlock } from './control'

// Slots: useTape(origin, room for records, room for constants)
export { useTape } from './slots'

// The tape: forward(from, to): slot · backward(from, stop, first, record, scale): slot · evaluate(slot): done?
// seed(target, source, record): done? · forget(from, to) · prepareUpdate(first, firstRecord, last): bytes
export { forward, backward, evaluate, seed, forget, prepareUpdate } from './tape'

// Programs: replay(from, to): where it stopped · traitsOf(opcode): bits of shared/program.ts
export { replay } from './replay'
export { traitsOf } from './traits'

// What generated code calls: numberOf(word, a, b), and functions of one number; isFused(): does this binary multiply and add
// in one instruction?
export { isFused } from './kernels/lanes'
export { numberOf } from './replay'
export { expScalar, logScalar, logisticScalar, tanhScalar } from './kernels/math'

// Products: useWorkspace(address) · gemmWorkspaceBytes(m, n, k): bytes
export { useWorkspace } from './values/product'
export { gemmWorkspaceBytes } from './kernels/gemm'

// Numbers of other types to float64: (n, scale, offset, x, y)
export { convertBytes, convertDoubles, convertFloats } from './kernels/convert'

// Kernels, for benchmarks and for code written by hand: pointers, counts, strides of 1.
export { axpy, dot, fill, scale, sum } from './kernels/vector'
export { gemv, gemvT, ger } from './kernels/matvec'
export { gemm } from './kernels/gemm'
export { mapExp, mapLog, mapLogistic, mapTanh } from './kernels/math'
export { mapLogisticBack } from './kernels/elementwise'

/** The first address that the facade may use: below lie the binary's own tables. */
export function heapStart(): usize {
  return __heap_base
}
