/** Every export of the engine binary, on one page. */

// The arena: useChunk(start, limit) · arenaTop(): address · allocate(bytes): address or 0
export { useChunk, arenaTop, allocate } from './memory'

// Slots: useTape(origin, room for records, room for constants) · useCounts(records, constants)
// recordCount() · constantCount()
export { useTape, useCounts, recordCount, constantCount } from './slots'

// The tape: forward(from, to): slot · backward(from, stop, first, record, scale): slot · evaluate(slot): done?
// seed(target, source, record) · forget(from, to) · prepareUpdate(first, firstRecord, last): bytes
// freeBytes(): bytes ·
// lastStatus() · bytesNeeded(): bytes
export { forward, backward, evaluate, seed, forget, prepareUpdate, freeBytes, lastStatus, bytesNeeded } from './tape'

// Products: useWorkspace(address) · gemmWorkspaceBytes(m, n, k): bytes
export { useWorkspace } from './values/product'
export { gemmWorkspaceBytes } from './kernels/gemm'

// Kernels, for benchmarks and for code written by hand: pointers, counts, strides of 1.
export { axpy, dot, fill, scale, sum } from './kernels/vector'
export { gemv, gemvT, ger } from './kernels/matvec'
export { gemm } from './kernels/gemm'
export { mapExp, mapLog, mapLogistic, mapTanh } from './kernels/math'
export { mapAdd, mapLogisticBack, mapMul, mapSub } from './kernels/elementwise'

/** The first address that the facade may use: below lie the binary's own tables. */
export function heapStart(): usize {
  return __heap_base
}
