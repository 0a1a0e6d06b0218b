/** The one engine of this realm: its memory and its exports, started at first use. */
import { MOST_WORKERS } from '../../assembly/shared/job.ts'
import { EngineError, WorkerError } from '../errors.ts'
import { ANYTHING, BOOLEAN, checkGiven, type Kind, optionText } from '../options.ts'
import { hasSameSources } from './binary.ts'
import type { EngineExports } from './exports.ts'
import { obstacle, parallelism, threads } from './host.ts'
import { load, loadAsync, loadThreads, requireWebAssembly } from './load.ts'
import { LinearMemory } from './memory.ts'
import { Pool } from './pool.ts'
import type * as parts from './threads.ts'

/**
 * Options of `init`.
 *
 * @example
 * ```ts
 * const options: InitOptions = { maximumBytes: 2 ** 30 }
 * await init(options)
 * ```
 */
export interface InitOptions {
  /** The most memory the engine may use, in bytes: from 4 MiB (2 ** 22) to 4 GiB, the default, which is the most that WebAssembly has. */
  readonly maximumBytes?: number
  /**
   * How much memory there is from the start, in bytes; 32 MiB by default, or `maximumBytes` if that is less. What is not used takes
   * no room. More is worth giving where more will be needed and Node 20 is used: once memory has grown, it runs all loops over
   * typed arrays, yours included, at two thirds of their speed.
   */
  readonly initialBytes?: number
  /** Use the binary without fused multiply-add, so that results are the same bits on every machine, however it is started. */
  readonly deterministic?: boolean
  /**
   * How many workers compute beside the calling thread: from 0, the default, to 64; or `'auto'`, one fewer than the machine has
   * cores, and at most 7. Where there can be none everything runs on one thread; `workers()` says so, and why.
   */
  readonly workers?: number | 'auto'
  /**
   * The address of the file `dist/browser/worker.js`, for pages whose content security policy forbids workers from a blob. Node
   * does not need it.
   */
  readonly workerUrl?: string | { readonly href: string }
  /**
   * Look for NaN: every op runs when it is recorded, and remembers the line of yours that recorded it. The first op, or the first
   * gradient of one, that gives NaN is a `NotANumberError` with that line. Everything is many times slower.
   */
  readonly debug?: boolean
}

/**
 * The workers that there are: what `workers()` gives.
 *
 * @example
 * ```ts
 * const { count, wanted, reason }: Workers = workers()
 * ```
 */
export interface Workers {
  /** How many compute beside the calling thread, now. */
  readonly count: number
  /** How many there should be: as many as `init` was asked for, 0 after `closeWorkers`. */
  readonly wanted: number
  /** Why there are fewer than `init` was asked for; undefined if there are not. */
  readonly reason: WorkerError | undefined
}

const MAXIMUM_BYTES = 2 ** 32
const ADDRESS: Kind = {
  wanted: 'an address: a string, or a URL',
  holds: value => typeof value === 'string' || typeof (value as URL | null)?.href === 'string',
}

/** What the options may be. Numbers are looked at where they are used. */
const OPTIONS = {
  maximumBytes: ANYTHING,
  initialBytes: ANYTHING,
  deterministic: BOOLEAN,
  workers: ANYTHING,
  workerUrl: ADDRESS,
  debug: BOOLEAN,
}

/** The most that 'auto' gives: more have not been measured. */
const MOST_AUTOMATIC = 7

/** @internal A running engine. */
export interface Engine {
  readonly memory: LinearMemory
  readonly exports: EngineExports
  /** Where the control block is, in 32-bit integers. */
  readonly control: number
  /** Is every record to be run at once, and to remember where it was made? */
  readonly debug: boolean
}

let started: Engine | undefined
let starting: Promise<void> | undefined
/** The workers, if any were asked for. */
let pool: Pool | undefined

function newMemory({ maximumBytes = MAXIMUM_BYTES, initialBytes }: InitOptions, isShared = false): LinearMemory {
  if (!(Number.isFinite(maximumBytes) && maximumBytes >= 2 ** 22 && maximumBytes <= MAXIMUM_BYTES)) {
    throw new EngineError(
      `init: maximumBytes is ${optionText(maximumBytes)}. Give a number of bytes from 4 MiB to 4 GiB (2 ** 32).`,
    )
  }
  if (
    initialBytes !== undefined &&
    !(Number.isFinite(initialBytes) && initialBytes >= 0 && initialBytes <= maximumBytes)
  ) {
    throw new EngineError(
      `init: initialBytes is ${optionText(initialBytes)}. Give a number of bytes from 0 to maximumBytes (${String(maximumBytes)}).`,
    )
  }
  requireWebAssembly()
  try {
    return new LinearMemory(maximumBytes, initialBytes, isShared)
  } catch (cause) {
    throw new EngineError(
      `there is no room for a WebAssembly memory that may grow to ${String(maximumBytes)} bytes. Ask for less: ` +
        'await init({ maximumBytes, initialBytes }).',
      { cause },
    )
  }
}

function start(memory: LinearMemory, exports: EngineExports, { debug = false }: InitOptions): Engine {
  memory.start(exports.heapStart() >>> 0)
  exports.prepareWalks()
  exports.useWorkspace(memory.allocate(exports.gemmWorkspaceBytes(1 << 20, 1 << 20, 1 << 20)))
  started = { memory, exports, control: exports.controlBlock() / 4, debug }
  return started
}

/** @internal The engine; starts it if nobody has. */
export function engine(): Engine {
  if (started !== undefined) return started
  const memory = newMemory({})
  return start(memory, load(memory.memory), {})
}

/** @internal The pool of the engine's workers, for benchmarks and tests. */
export function enginePool(): Pool | undefined {
  return pool
}

/** How many workers an option means. */
async function workersOf(option: number | 'auto'): Promise<number> {
  if (option === 'auto') return Math.max(0, Math.min((await parallelism()) - 1, MOST_AUTOMATIC))
  if (Number.isInteger(option) && option >= 0 && option <= MOST_WORKERS) return option
  throw new EngineError(
    `init: workers is ${optionText(option)}. Give a whole number from 0 to ${String(MOST_WORKERS)}, or 'auto'.`,
  )
}

/** Are these options none? Then any engine will do. */
function areNone(options: InitOptions): boolean {
  return Object.keys(options).length === 0
}

function refuseStarted(): void {
  if (started === undefined) return
  throw new EngineError('init: the engine was used before init had finished. Await init first.')
}

/** Starts the engine for the calling thread alone. */
async function startAlone(options: InitOptions): Promise<void> {
  const memory = newMemory(options)
  const exports = await loadAsync(memory.memory, options.deterministic ?? false)
  if (started !== undefined && areNone(options)) return
  refuseStarted()
  start(memory, exports, options)
}

/** Starts the engine and its workers; why there are none, the pool knows. */
async function startPool(workers: Pool, options: InitOptions): Promise<void> {
  const { deterministic = false, workerUrl } = options
  const loaded = obstacle() ?? (await loadParts())
  if (typeof loaded === 'string') {
    await startAlone(options)
    pool = workers
    pool.reason = new WorkerError(`${loaded} Until then everything runs on one thread.`)
    return
  }
  const { program } = loaded
  const memory = newMemory(options, true)
  const { exports, module } = await loadThreads(loaded, memory.memory, deterministic, workers.stalled)
  const spawn = await threads(program, typeof workerUrl === 'object' ? workerUrl.href : workerUrl)
  refuseStarted()
  start(memory, exports, options)
  pool = workers
  await workers.open({ memory, exports, module, spawn })
}

/** What only an engine with workers needs; or why it is not there. */
async function loadParts(): Promise<typeof parts | string> {
  try {
    const loaded = await import('./threads.ts')
    return hasSameSources(loaded)
      ? loaded
      : 'threads.js is of another version. Put there that of the file of the library.'
  } catch (cause) {
    return `threads.js could not be loaded (${String(cause)}). Put it where the file of the library is.`
  }
}

/**
 * Starts the engine with options, compiling in the background: engine = start(options). The first use starts it too; but in a page,
 * or out of a bundle, only `init` loads the binary with fused multiply-add, where there is relaxed SIMD. Without options it may be
 * called at any time: it waits until the engine runs.
 *
 * @param options the options
 * @returns a promise that is fulfilled when the engine runs, and its workers
 * @throws {UsageError} when the options are no record, there is an unknown one, or one of another type.
 * @throws {EngineError} when the engine has started already and there are options, an option is out of range, or WebAssembly cannot run.
 * @example
 * ```ts
 * await init({ maximumBytes: 2 ** 30, workers: 'auto' })
 * ```
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkGiven('init', options, OPTIONS)
  if (started !== undefined || starting !== undefined) {
    if (areNone(options)) return starting
    throw new EngineError(
      'init: the engine has already started, and its options are what they were then. Call init with options once, before any ' +
        'other function.',
    )
  }
  starting = startWith(options)
  try {
    await starting
  } finally {
    starting = undefined
  }
}

async function startWith(options: InitOptions): Promise<void> {
  const wanted = await workersOf(options.workers ?? 0)
  await (wanted > 0 ? startPool(new Pool(wanted), options) : startAlone(options))
}

/**
 * How many workers compute beside the calling thread: count ≤ wanted. Asking does not start the engine.
 *
 * @returns how many there are, how many there should be, and why there are fewer than were asked for
 * @throws nothing
 * @example
 * ```ts
 * await init({ workers: 2 })
 * workers().wanted // → 2
 * ```
 */
export function workers(): Workers {
  return { count: pool?.count ?? 0, wanted: pool?.wanted ?? 0, reason: pool?.reason }
}

/**
 * Ends the workers for good: count = wanted = 0, and the reason says so. The library works on, on one thread. In Node it is not needed: workers do not keep a
 * process alive.
 *
 * @returns a promise that is fulfilled when they have ended
 * @throws nothing
 * @example
 * ```ts
 * await closeWorkers()
 * workers().count // → 0
 * ```
 */
export async function closeWorkers(): Promise<void> {
  await pool?.close()
}
