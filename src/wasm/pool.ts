/**
 * The workers of the engine. They take chunks of ops by themselves (assembly/threads); here they are started, watched, ended, and
 * started anew when one has died.
 */
import { JOB_BUSY, JOB_FAILED } from '../../assembly/shared/job.ts'
import { OutOfMemoryError, WorkerError } from '../errors.ts'
import type { ThreadedExports } from './exports.ts'
import type { Spawn, Thread } from './host.ts'
import type { LinearMemory } from './memory.ts'

/** How long the workers may take to start, in milliseconds. */
const START = 10_000
/** How often a pool starts anew when it dies again and again, and how long, in milliseconds, one lives that does not. */
const MOST_RESTARTS = 3
const LIFE = 10_000

/** What the pool needs of a running engine. */
export interface PoolEngine {
  readonly memory: LinearMemory
  readonly exports: ThreadedExports
  /** The engine without its data, which are in memory already, for the workers. */
  readonly module: WebAssembly.Module
  readonly spawn: Spawn
}

/** A worker's own memory. */
interface Room {
  readonly workspace: number
  readonly statics: number
}

export class Pool {
  /** How many workers there should be: as many as were asked for, none once closed. */
  wanted: number
  /** Why fewer work than were asked for. */
  reason: WorkerError | undefined
  /** How many work. */
  count = 0
  /**
   * How long the main thread waits for a chunk that a worker has taken, in milliseconds: so long, and a hundred times as
   * long as the whole op takes on one thread.
   */
  patience = 5000
  #engine: PoolEngine | undefined
  #rooms: Room[] = []
  #threads: readonly Thread[] = []
  #startedAt = 0
  #restarts = 0
  #closed = false
  /** Of the wait for a worker: when it was looked at last, and how long the main thread has waited. */
  #lookedAt = 0
  #waited = 0

  constructor(wanted: number) {
    this.wanted = wanted
  }

  /** Starts the workers. Fulfilled when all work, or it is known why they do not. */
  async open(engine: PoolEngine): Promise<void> {
    this.#engine = engine
    await this.#start(engine)
  }

  /** So many workers take part from now on, of those that there are. */
  use(count: number): void {
    this.#engine?.exports.useWorkers(Math.min(count, this.count))
  }

  /** Ops are shared that take so many nanoseconds; all that can be for 0. */
  shareFrom(nanoseconds: number): void {
    this.#engine?.exports.shareFrom(nanoseconds)
  }

  /** Ends all workers, for good. Fulfilled when they have ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.wanted = 0
    await this.#stop(new WorkerError('the workers were closed by closeWorkers().'))
  }

  /**
   * Called by the engine again and again while the main thread waits for chunks of an op that takes so many nanoseconds.
   * Time in which this thread did not run does not count: the workers may not have run either.
   */
  readonly stalled = (first: number, nanoseconds: number): void => {
    const now = performance.now()
    this.#waited = first ? 0 : this.#waited + Math.min(now - this.#lookedAt, 10)
    this.#lookedAt = now
    const failed = this.#load(JOB_FAILED)
    // Others that are at work may finish, so that nobody writes to memory that will soon be another value's.
    const isOver = failed > 0 && this.#busy(failed - 1) < 0
    if (!isOver && this.#waited < this.patience + nanoseconds / 1e4) return
    const index = failed > 0 ? failed - 1 : Math.max(0, this.#busy())
    const error = new WorkerError(
      `worker ${String(index + 1)} of ${String(this.count)} ` +
        (failed > 0
          ? 'failed'
          : `has not answered for ${(this.#waited / 1000).toFixed(1)} s: it was ended from outside, or hangs`) +
        ', and with it part of an op. The call gives no result, and what it was changing in place (parameters of a step, ' +
        'residents in `into`) is undefined: write it anew. The library works on, with one thread until new workers have started.',
      index + 1,
    )
    void this.#fail(error)
    throw error
  }

  async #start(engine: PoolEngine): Promise<void> {
    const { memory, exports, module, spawn } = engine
    const threads: Thread[] = []
    this.#threads = threads
    exports.resetJob()
    try {
      this.#makeRooms(engine)
    } catch (error) {
      this.#freeRooms(engine)
      if (!(error instanceof OutOfMemoryError)) throw error
      await this.#stop(
        new WorkerError(`there is no memory for the workers: each of ${String(this.wanted)} takes some two megabytes.`),
      )
      return
    }
    await new Promise<void>(fulfil => {
      const settled = (): void => {
        clearTimeout(timer)
        fulfil()
      }
      const gone = (index: number, reason: string): void => {
        settled()
        if (this.#threads !== threads) return
        const repair = this.count > 0 ? '' : ` ${refused}`
        void this.#fail(new WorkerError(`worker ${String(index + 1)} is gone: ${reason}.${repair}`, index + 1))
      }
      let missing = this.wanted
      const ready = (): void => {
        if (--missing > 0 || this.#threads !== threads) return
        this.count = this.wanted
        this.reason = undefined
        this.#startedAt = performance.now()
        for (const thread of threads) thread.release()
        exports.useWorkers(this.count)
        settled()
      }
      const timer = setTimeout(() => {
        gone(this.wanted - missing, `it has not started within ${String(START / 1000)} s`)
      }, START)
      for (const [index, room] of this.#rooms.entries()) {
        if (this.#threads !== threads) break // one of them could not be started
        try {
          const setup = { module, memory: memory.memory, index, ...room }
          threads.push(
            spawn(setup, {
              ready,
              gone: reason => {
                gone(index, reason)
              },
            }),
          )
        } catch (error) {
          gone(index, String(error))
        }
      }
    })
  }

  /** Each worker's memory, which it keeps when it starts anew. */
  #makeRooms({ memory, exports }: PoolEngine): void {
    const workspaceBytes = exports.gemmWorkspaceBytes(1 << 20, 1 << 20, 1 << 20)
    while (this.#rooms.length < this.wanted) {
      const workspace = memory.allocate(workspaceBytes)
      try {
        this.#rooms.push({ workspace, statics: memory.allocate(exports.heapStart() >>> 0) })
      } catch (error) {
        memory.free(workspace)
        throw error
      }
    }
  }

  #freeRooms({ memory }: PoolEngine): void {
    for (const { workspace, statics } of this.#rooms.splice(0)) {
      memory.free(workspace)
      memory.free(statics)
    }
  }

  /** Ends all workers because of one, and starts them anew unless that has not helped. */
  async #fail(error: WorkerError): Promise<void> {
    const hasWorked = this.count > 0
    if (hasWorked && performance.now() - this.#startedAt > LIFE) this.#restarts = 0
    await this.#stop(error)
    if (!this.#closed && hasWorked && this.#restarts++ < MOST_RESTARTS && this.#engine !== undefined)
      await this.#start(this.#engine)
  }

  /** Nobody but the main thread works from now on. Fulfilled when the workers have ended. */
  async #stop(reason: WorkerError): Promise<void> {
    const threads = this.#threads
    this.#threads = []
    this.count = 0
    this.reason = reason
    this.#engine?.exports.useWorkers(0)
    await Promise.all(threads.map(thread => thread.terminate()))
  }

  /** A worker that is at work on a chunk, other than `but`; −1 for none. */
  #busy(but = -1): number {
    const { memory, exports } = this.#engine as PoolEngine
    const start = exports.jobBlock() + JOB_BUSY
    return memory.u8.subarray(start, start + this.count).findIndex((busy, index) => busy === 1 && index !== but)
  }

  #load(offset: number): number {
    const { memory, exports } = this.#engine as PoolEngine
    return Atomics.load(memory.i32, (exports.jobBlock() + offset) / 4)
  }
}

/** What may be in the way of a worker that has not even started. */
const refused =
  "Under a content security policy allow 'worker-src blob:', or serve the file dist/browser/worker.js and give its address: " +
  'await init({ workers, workerUrl }).'
