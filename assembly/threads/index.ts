/** Every export of the engine binaries with threads: those of the others, and what a pool of workers needs. */
export * from '../index'

// For the facade: jobBlock(): address of what threads tell each other (shared/job.ts) · resetJob() · useWorkers(count) · shareFrom(nanoseconds)
export { jobBlock, resetJob, shareFrom, useWorkers } from './share'

// For a worker: useStatics(address) · serve(index), which never comes back
export { useStatics } from '../own'
export { serve } from './share'
