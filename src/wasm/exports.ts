/** What the engine binary exports (assembly/index.ts), as TypeScript sees it. */

/** Addresses come back as signed numbers: use `>>> 0`. */
export interface EngineExports extends Kernels, Kernels32 {
  controlBlock(): number
  useTape(origin: number, recordRoom: number, constantRoom: number): void
  prepareWalks(): void
  forward(from: number, to: number): number
  backward(from: number, stop: number, first: number, record: boolean): number
  evaluate(slot: number): number
  seed(target: number, source: number, record: boolean): number
  forget(from: number, to: number): void
  descend(first: number, firstRecord: number, loss: number, scale: number): number
  applyGradient(first: number, firstRecord: number, scale: number): void
  replay(from: number, to: number): number
  traitsOf(opcode: number): number
  /** 0 or 1. */
  isFused(): number
  numberOf(word: number, a: number, b: number): number
  expScalar(x: number): number
  logScalar(x: number): number
  logisticScalar(x: number): number
  tanhScalar(x: number): number
  useWorkspace(address: number): void
  gemmWorkspaceBytes(m: number, n: number, k: number): number
  heapStart(): number
  convertDoubles(n: number, scale: number, offset: number, x: number, y: number): void
}

/** The kernels for float64 … */
interface Kernels {
  convertBytes(n: number, scale: number, offset: number, x: number, y: number): void
  convertFloats(n: number, scale: number, offset: number, x: number, y: number): void
  axpy(n: number, alpha: number, x: number, y: number): void
  dot(n: number, x: number, y: number): number
  fill(n: number, value: number, y: number): void
  scale(n: number, alpha: number, x: number, y: number): void
  sum(n: number, x: number): number
  gemv(m: number, n: number, a: number, x: number, c: number, y: number): void
  gemvT(m: number, n: number, a: number, x: number, c: number, y: number): void
  ger(m: number, n: number, alpha: number, x: number, y: number, a: number, accumulate: boolean): void
  gemm(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    transposeA: boolean,
    b: number,
    transposeB: boolean,
    c: number,
    accumulate: boolean,
    workspace: number,
  ): void
  mapExp(n: number, x: number, y: number): void
  mapLog(n: number, x: number, y: number): void
  mapTanh(n: number, x: number, y: number): void
  mapLogistic(n: number, x: number, y: number): void
  mapLogisticBack(
    n: number,
    a: number,
    aTensor: boolean,
    b: number,
    bTensor: boolean,
    y: number,
    accumulate: boolean,
  ): void
}

/** What the binaries with threads export beside it for the main thread (assembly/threads/index.ts). */
export interface ThreadedExports extends EngineExports {
  jobBlock(): number
  resetJob(): void
  useWorkers(count: number): void
  shareFrom(nanoseconds: number): void
}
/** … and, with 32 after their names, for float32. */
type Kernels32 = { [Name in keyof Kernels as `${Name}32`]: Kernels[Name] }
