/** The pure-TypeScript baseline: measure of the benchmarks, oracle of the tests. Not shipped. */
export { ScalarTape } from './scalarTape.ts'
export { BaselineTape } from './tape.ts'
export { gemm } from './kernels/gemm.ts'
export { gemv, gemvT, ger, gerAdd, gerSet } from './kernels/gemv.ts'
