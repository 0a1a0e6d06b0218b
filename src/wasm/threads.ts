/**
 * What only an engine with workers needs: its binaries, and the workers' program. The package has it as a file of its own, which
 * `init({ workers })` loads.
 */
export { wasmBase64 as relaxed } from './generated/relaxed-threads.ts'
export { sources, wasmBase64 as simd } from './generated/simd-threads.ts'
export { program } from './generated/worker.ts'
