/**
 * The program of a worker: an instance of the engine over the main thread's memory, which takes chunks of ops for ever. A script of
 * its own, for a Web Worker; src/wasm/host.ts makes Node's threads look like one.
 */
import { JOB_FAILED } from '../../assembly/shared/job.ts'

/** What a worker is given to start with. */
export interface Setup {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly index: number
  /** Its own workspace of gemm, and its own copy of the static memory that changes. */
  readonly workspace: number
  readonly statics: number
}

/** What the engine exports for workers. */
interface WorkerExports {
  jobBlock(): number
  useWorkspace(address: number): void
  useStatics(address: number): void
  serve(index: number): void
}

globalThis.onmessage = ({ data }: MessageEvent<Setup>) => {
  const { module, memory, index, workspace, statics } = data
  // Only the main thread waits for others.
  const instance = new WebAssembly.Instance(module, { env: { memory, stalled: () => undefined } })
  const exports = instance.exports as unknown as WorkerExports
  exports.useWorkspace(workspace)
  exports.useStatics(statics)
  globalThis.postMessage('ready')
  try {
    exports.serve(index)
  } catch (error) {
    Atomics.store(new Int32Array(memory.buffer), (exports.jobBlock() + JOB_FAILED) / 4, index + 1)
    throw error
  }
}
